/* Text as a bag of words: an embedding bag and a dense layer, trained on compressed rows. Each step
 * touches the table's rows of the words that its texts have, and no others.
 *
 * The optimizer is Adam as PyTorch's SparseAdam has it: the moments of a row of the table move when
 * its words come by, with the constants of the step. Or plain gradient descent. The learning rate
 * falls along a cosine.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "model/layers/bag.h"
#include "model/linear/linear.h"
#include "num/blas.h"
#include "num/train/loss.h"
#include "num/train/optimizer.h"

enum { OPTIMIZE_ADAM, OPTIMIZE_SGD };
enum { FORM_F32, FORM_INT8 };
#define BYTE_CODE_MAX 127

/* Numbers that are moved, with the moments of Adam. */
typedef struct Moved {
	float *w, *m, *v;
} Moved;

typedef struct Textbag {
	LinearFit fit;
	Bag bag;
	size_t classes, batch, epochs;
	bool adam;
	float lr, decay;
	Moved table;        /* (buckets, units) */
	Moved weight, bias; /* (units, classes), (classes) */
	/* Of a batch. */
	SparseRow *row;
	uint16_t *label;
	float *hidden, *grad_hidden; /* (batch, units) */
	float *logits;               /* (batch, classes), then the gradients there */
	float *grad_weight, *grad_bias;
	/* The rows of the table that it touches: slot[bucket] is below slots and bucket[slot] is that
	 * bucket, or the bucket has none; grad (slots, units). */
	size_t slots;
	uint32_t *slot, *bucket;
	float *grad;
	/* Of all rows, and for dense ones: 0, 1, … and a batch of values. */
	uint32_t *order;
	float *value;
} Textbag;

/* --- memory ----------------------------------------------------------------------------------- */

static bool moved_take(Moved *moved, size_t n, bool adam, Arena *arena, Err *err)
{
	moved->w = arena_take(arena, n, sizeof *moved->w, err);
	if (moved->w && adam) {
		moved->m = arena_take(arena, n, sizeof *moved->m, err);
		moved->v = moved->m ? arena_take(arena, n, sizeof *moved->v, err) : NULL;
	}
	return moved->w && (!adam || moved->v);
}

/* Entries of the longest row. */
static size_t textbag_longest(const Rows *rows)
{
	size_t longest = 1;

	if (rows->set->form != DATASET_SPARSE)
		return rows->set->features;
	for (size_t i = 0; i < rows->count; i++) {
		size_t count = rows_sparse(rows, i).count;

		longest = count > longest ? count : longest;
	}
	return longest;
}

static bool textbag_take_batch(Textbag *t, Arena *arena, Err *err)
{
	const Rows *rows = t->fit.rows;
	size_t units = t->bag.units, slots = t->batch * textbag_longest(rows);

	slots = slots < t->bag.buckets ? slots : t->bag.buckets;
	t->row = arena_take(arena, t->batch, sizeof *t->row, err);
	t->label = arena_take(arena, t->batch, sizeof *t->label, err);
	t->hidden = arena_take(arena, t->batch * units, sizeof *t->hidden, err);
	t->grad_hidden = arena_take(arena, t->batch * units, sizeof *t->grad_hidden, err);
	t->logits = arena_take(arena, t->batch * t->classes, sizeof *t->logits, err);
	t->grad_weight = arena_take(arena, units * t->classes, sizeof *t->grad_weight, err);
	t->grad_bias = arena_take(arena, t->classes, sizeof *t->grad_bias, err);
	t->slot = arena_take(arena, t->bag.buckets, sizeof *t->slot, err);
	t->bucket = arena_take(arena, slots, sizeof *t->bucket, err);
	t->grad = arena_take(arena, slots * units, sizeof *t->grad, err);
	t->order = arena_take(arena, rows->count, sizeof *t->order, err);
	if (rows->set->form != DATASET_SPARSE)
		t->value = arena_take(arena, t->batch * t->bag.features, sizeof *t->value, err);
	return t->row && t->label && t->hidden && t->grad_hidden && t->logits && t->grad_weight &&
	       t->grad_bias && t->slot && t->bucket && t->grad && t->order &&
	       (t->value || rows->set->form == DATASET_SPARSE);
}

static bool textbag_take(Textbag *t, Arena *arena, Err *err)
{
	size_t units = t->bag.units;

	return moved_take(&t->table, t->bag.buckets * units, t->adam, arena, err) &&
	       moved_take(&t->weight, units * t->classes, t->adam, arena, err) &&
	       moved_take(&t->bias, t->classes, t->adam, arena, err) &&
	       textbag_take_batch(t, arena, err);
}

/* Small rows of the table, so that words which come by once say little; weights as a dense layer
 * begins. */
static void textbag_init(Textbag *t)
{
	size_t units = t->bag.units;
	float bound = 1 / sqrtf((float)units);
	Random random;

	random_init(&random, t->fit.model->seed, RANDOM_WEIGHTS);
	for (size_t i = 0; i < t->bag.buckets * units; i++)
		t->table.w[i] = random_uniform(&random, -bound / 2, bound / 2);
	for (size_t i = 0; i < units * t->classes; i++)
		t->weight.w[i] = random_uniform(&random, -bound, bound);
	t->bag.table = t->table.w;
	for (size_t i = 0; i < t->fit.rows->count; i++)
		t->order[i] = (uint32_t)i;
}

/* --- a step ----------------------------------------------------------------------------------- */

static void textbag_rows(Textbag *t, const uint32_t *order, size_t n)
{
	const Rows *rows = t->fit.rows;

	for (size_t r = 0; r < n; r++) {
		t->label[r] = rows_label(rows, order[r]);
		if (!t->value) {
			t->row[r] = rows_sparse(rows, order[r]);
			continue;
		}
		float *value = t->value + r * t->bag.features;

		rows_floats(rows, order[r], 1, value);
		t->row[r] = (SparseRow){ t->bag.features, NULL, value };
	}
}

/* The place of a bucket's gradient; a new one is 0. */
static float *textbag_grad(Textbag *t, size_t bucket)
{
	size_t slot = t->slot[bucket], units = t->bag.units;

	if (slot < t->slots && t->bucket[slot] == bucket)
		return t->grad + slot * units;
	slot = t->slots++;
	t->slot[bucket] = (uint32_t)slot;
	t->bucket[slot] = (uint32_t)bucket;
	return memset(t->grad + slot * units, 0, units * sizeof *t->grad);
}

static void textbag_scatter(Textbag *t, size_t n)
{
	size_t units = t->bag.units;

	t->slots = 0;
	for (size_t r = 0; r < n; r++) {
		const SparseRow *row = &t->row[r];
		const float *dy = t->grad_hidden + r * units;
		float factor = bag_factor(&t->bag, row);

		for (size_t e = 0; e < row->count; e++) {
			float by = factor * row->value[e], *grad;

			if (!(by < 0 || by > 0))
				continue;
			grad = textbag_grad(t, bag_bucket(&t->bag, bag_column(row, e)));
			for (size_t u = 0; u < units; u++)
				grad[u] += by * dy[u];
		}
	}
}

static void moved_step(const Textbag *t, const AdamStep *step, float lr, const Moved *moved,
		       size_t at, const float *grad, size_t n)
{
	if (t->adam)
		train_adam(t->fit.cpu, moved->w + at, moved->m + at, moved->v + at, grad, n, step);
	else
		train_sgd(t->fit.cpu, moved->w + at, NULL, grad, n, lr, 0, t->decay);
}

static void textbag_move(Textbag *t, float lr, uint64_t number)
{
	size_t units = t->bag.units;
	Optimizer adam = optimizer_default(OPTIMIZER_ADAM);
	AdamStep step = train_adam_step(lr, adam.beta1, adam.beta2, adam.epsilon, number);

	step.decay = lr * t->decay;
	for (size_t i = 0; i < t->slots; i++)
		moved_step(t, &step, lr, &t->table, t->bucket[i] * units, t->grad + i * units,
			   units);
	moved_step(t, &step, lr, &t->weight, 0, t->grad_weight, units * t->classes);
	step.decay = 0;
	moved_step(t, &step, lr, &t->bias, 0, t->grad_bias, t->classes);
}

/* The rows order[0 … n − 1]. Returns their summed loss. */
static double textbag_step(Textbag *t, const uint32_t *order, size_t n, float lr, uint64_t number,
			   size_t *right)
{
	const Loss loss = loss_default(LOSS_XENT);
	uint32_t cpu = t->fit.cpu;
	size_t units = t->bag.units, classes = t->classes;

	textbag_rows(t, order, n);
	bag_rows(cpu, &t->bag, t->row, n, t->hidden);
	blas_gemm_fast(cpu, false, false, n, classes, units, t->hidden, units, t->weight.w, classes,
		       0, t->logits, classes);
	train_bias_act(cpu, t->logits, t->bias.w, n, classes, false);
	double sum = loss_run(cpu, &loss, t->logits, t->logits, t->label, NULL, n, classes, right);

	if (!isfinite(sum))
		return sum;
	blas_gemm_fast(cpu, true, false, units, classes, n, t->hidden, units, t->logits, classes, 0,
		       t->grad_weight, classes);
	train_bias_grad(cpu, t->grad_bias, t->logits, n, classes);
	blas_gemm_fast(cpu, false, true, n, units, classes, t->logits, classes, t->weight.w,
		       classes, 0, t->grad_hidden, units);
	textbag_scatter(t, n);
	textbag_move(t, lr, number);
	return sum;
}

/* --- epochs ----------------------------------------------------------------------------------- */

static bool textbag_epoch(Textbag *t, size_t epoch, bool *stop, Err *err)
{
	size_t count = t->fit.rows->count, right = 0;
	uint64_t steps = (count + t->batch - 1) / t->batch;
	const Schedule schedule = { .kind = SCHEDULE_COSINE, .lr = t->lr };
	double loss = 0;

	for (size_t at = 0; at < count; at += t->batch) {
		uint64_t number = (epoch - 1) * steps + at / t->batch;
		float lr = schedule_lr(&schedule, number, steps * t->epochs);

		if (!control_poll(t->fit.control, err))
			return false;
		loss += textbag_step(t, t->order + at,
				     count - at < t->batch ? count - at : t->batch, lr, number + 1,
				     &right);
		if (!isfinite(loss))
			return err_set(err, ERR_DIVERGED,
				       "the loss is no longer a number in epoch %zu: try a smaller "
				       "lr",
				       epoch);
	}
	return linear_report(&t->fit, epoch, t->epochs, loss / (double)count,
			     (double)right / (double)count, stop, err);
}

static bool textbag_run(Textbag *t, Err *err)
{
	bool stop = false;
	Random random;

	textbag_init(t);
	random_init(&random, t->fit.model->seed, RANDOM_ROWS);
	for (size_t epoch = 1; epoch <= t->epochs && !stop; epoch++) {
		random_shuffle(&random, t->order, t->fit.rows->count);
		if (!textbag_epoch(t, epoch, &stop, err))
			return false;
	}
	return true;
}

/* --- the model -------------------------------------------------------------------------------- */

/* Whole numbers from −BYTE_CODE_MAX to BYTE_CODE_MAX times a scale for each unit. */
static void textbag_codes(const Textbag *t, uint8_t *codes, float *scale)
{
	size_t units = t->bag.units, n = t->bag.buckets * units;

	memset(scale, 0, units * sizeof *scale);
	for (size_t i = 0; i < n; i++)
		scale[i % units] = fmaxf(scale[i % units], fabsf(t->table.w[i]));
	for (size_t u = 0; u < units; u++)
		scale[u] /= BYTE_CODE_MAX;
	for (size_t i = 0; i < n; i++) {
		float by = scale[i % units];
		/* A scale that is hardly above 0 is rounded itself. */
		float most = BYTE_CODE_MAX, code = by > 0 ? rintf(t->table.w[i] / by) : 0;

		codes[i] = (uint8_t)((int)fminf(fmaxf(code, -most), most) + BAG_CODE_ZERO);
	}
}

static bool textbag_write(const Textbag *t, bool bytes, Err *err)
{
	Model *model = t->fit.model;
	uint64_t steps = model->steps;
	size_t units = t->bag.units;
	char lines[3 * LAYER_TEXT_MAX];

	text_format(lines, sizeof lines, "%s %zu buckets=%zu by=%s; dense %zu",
		    bytes ? "embedding-bag-int8" : "embedding-bag", units, t->bag.buckets,
		    t->bag.mean ? "mean" : "sum", t->classes);
	if (!model_restart(model, (Shape){ t->bag.features, 1, 1 }, lines, err))
		return false;
	model->steps = steps;
	if (bytes)
		textbag_codes(t, model_span_data(model, model->layer[0].span[0]),
			      model_span_data(model, model->layer[0].span[1]));
	else
		memcpy(model_span_data(model, model->layer[0].span[0]), t->table.w,
		       t->bag.buckets * units * sizeof(float));
	memcpy(linear_weights(&t->fit, 0), t->weight.w, units * t->classes * sizeof(float));
	memcpy(linear_biases(&t->fit, 0), t->bias.w, t->classes * sizeof(float));
	return true;
}

static size_t textbag_size(const Model *model, const char *name)
{
	return (size_t)model_setting(model, name)->integer;
}

static bool textbag_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
			Control *control, Err *err)
{
	Textbag t = {
		.fit = linear_fit(model, train, options, watch, control),
		.bag = { .features = train->set->features,
			 .units = textbag_size(model, "units"),
			 .buckets = textbag_size(model, "buckets"),
			 .mean = model_setting(model, "by")->choice == 0 },
		.classes = train->set->classes,
		.batch = textbag_size(model, "batch"),
		.epochs = textbag_size(model, "epochs"),
		.adam = model_setting(model, "optimizer")->choice == OPTIMIZE_ADAM,
		.lr = (float)model_setting(model, "lr")->number,
		.decay = (float)model_setting(model, "decay")->number,
	};
	Arena *arena = arena_new(0, err);
	bool fine;

	/* A bucket for each word is as many as there can be any use for. */
	if (t.bag.buckets > t.bag.features)
		t.bag.buckets = t.bag.features;
	t.batch = t.batch < train->count ? t.batch : train->count;
	model->steps = 0;
	fine = arena && textbag_take(&t, arena, err) && textbag_run(&t, err) &&
	       textbag_write(&t, model_setting(model, "form")->choice == FORM_INT8, err);
	arena_free(arena);
	return fine;
}

static const Param textbag_params[] = {
	{ .name = "units",
	  .type = PARAM_INT,
	  .value = "16",
	  .minimum = 1,
	  .maximum = BAG_UNITS_MAX,
	  .unit = "units",
	  .help = "Numbers that stand for a word." },
	{ .name = "buckets",
	  .type = PARAM_INT,
	  .value = "4096",
	  .minimum = 1,
	  .maximum = BAG_BUCKETS_MAX,
	  .unit = "rows",
	  .help = "Rows of the table; where words are more, some share one." },
	{ .name = "by",
	  .type = PARAM_CHOICE,
	  .value = "mean",
	  .choices = "mean|sum",
	  .help = "What becomes of a text's words: their sum, or that divided by how many they "
		  "are." },
	{ .name = "form",
	  .type = PARAM_CHOICE,
	  .value = "f32",
	  .choices = "f32|int8",
	  .help = "Of the table once it is trained: floats, or bytes in a quarter of the memory." },
	{ .name = "optimizer",
	  .type = PARAM_CHOICE,
	  .value = "adam",
	  .choices = "adam|sgd",
	  .help = "How numbers move; of the table those of words that came by." },
	{ .name = "lr",
	  .type = PARAM_NUMBER,
	  .value = "0.02",
	  .minimum = 1e-9,
	  .maximum = 1e6,
	  .help = "Size of the first steps; the last are 0." },
	{ .name = "decay",
	  .type = PARAM_NUMBER,
	  .value = "0",
	  .minimum = 0,
	  .maximum = 1e6,
	  .help = "How much numbers shrink in a step that moves them, times lr." },
	{ .name = "epochs",
	  .type = PARAM_INT,
	  .value = "20",
	  .minimum = 1,
	  .maximum = 1000000,
	  .unit = "epochs",
	  .help = "Passes over the rows." },
	{ .name = "batch",
	  .type = PARAM_INT,
	  .value = "16",
	  .minimum = 1,
	  .maximum = 4096,
	  .unit = "rows",
	  .help = "Rows of a step." },
	LINEAR_SEED,
	{ 0 },
};

static const char *const textbag_keys[] = { NULL };

const ModelKind model_textbag = {
	.info = { .name = "textbag",
		  .title = "hashed embedding bag",
		  .about = "A few numbers for each word, summed over a text; a dense layer tells "
			   "the classes apart.",
		  .params = textbag_params },
	.takes = MODEL_SPARSE,
	.by_data = true,
	.fit_keys = textbag_keys,
	.fit = textbag_fit,
};
