/* The contract of every kind of layer: its gradients are those of its outputs by finite differences,
 * in every layout that it takes, for whole blocks of rows and for rests; the same bits however threads
 * share the rows; lanes past the last row stay harmless; impossible shapes are refused in words.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../unit/model_make.h"
#include "num/cpu.h"
#include "num/pool.h"

typedef struct Case {
	const char *line, *input;
} Case;

static const Case cases[] = {
	{ "dense 7", "5" },
	{ "dense 33", "2,3,4" },
	{ "conv2d 2", "1,5,6" },
	{ "conv2d 5 kernel=3 pad=1", "3,6,5" },
	{ "conv2d 4 kernel=2 stride=2 groups=2", "4,6,6" },
	{ "conv2d 6 kernel=3 stride=2 pad=2 groups=3", "3,5,7" },
	{ "conv2d 3 kernel=5 pad=2", "2,5,5" },
	{ "conv2d 17 kernel=1", "4,3,3" },
	{ "maxpool 2", "3,6,4" },
	{ "maxpool 3 stride=2 pad=1", "2,7,5" },
	{ "avgpool 2", "3,6,4" },
	{ "avgpool 3 stride=1 pad=1", "2,4,5" },
	{ "globalpool", "3,4,5" },
	{ "batchnorm", "6" },
	{ "batchnorm momentum=0.3", "3,4,2" },
	{ "dropout 0.4", "11" },
	{ "dropout 0.7", "2,3,3" },
	{ "flatten", "2,3,3" },
	{ "add 1", "9" },
	{ "add 1", "2,3,3" },
	{ "relu", "2,3,3" },
	{ "leaky 0.2", "13" },
	{ "tanh", "2,3,3" },
	{ "sigmoid", "13" },
	{ "gelu", "2,3,5" },
	{ "softmax", "6" },
	{ "softmax", "2,2,2" },
	{ "embedding-bag 5 buckets=11", "11" },
	{ "embedding-bag 18 buckets=6", "14" },
	{ "embedding-bag 4 buckets=7 by=sum", "2,3,3" },
};
#define CASES (sizeof cases / sizeof *cases)

/* --- a layer at work -------------------------------------------------------------------------- */

/* Behind a relu, which add reads; a last dense layer, for a network must have weights. */
static Model *case_model(const Case *c, Err *err)
{
	const ModelKind *kind = model_kind_find("network");
	char lines[600];
	Params params;

	snprintf(lines, sizeof lines, "relu;%s;dense 2", c->line);
	made_fine(params_init(&params, &kind->info, err), err);
	made_fine(params_set_text(&params, "input", c->input, err), err);
	made_fine(params_set_text(&params, "layers", lines, err), err);
	return model_new(kind, &params, err);
}

typedef struct Work {
	Model *model;
	const Layer *layer;
	size_t rows, blocks, in, out;
	/* In the layer's layout … */
	float *x, *skip, *y, *dy, *dx;
	float *flat; /* … and as rows */
	float *span[LAYER_SPANS_MAX], *grad[LAYER_SPANS_MAX], *update[LAYER_SPANS_MAX];
	size_t count[LAYER_SPANS_MAX];
	void *kept, *scratch;
	LayerRun run;
} Work;

static void *work_take(size_t bytes)
{
	size_t whole = (bytes + 63) / 64 * 64;
	void *p = aligned_alloc(64, whole ? whole : 64);

	assert_non_null(p);
	memset(p, 0, whole ? whole : 64);
	return p;
}

/* Sixteen values an eighth apart, none of them 0 and no two of a neighbourhood equal: differences of
 * 1/64 cross no kink. */
static float work_value(size_t i, size_t seed)
{
	return (float)((i * 7 + seed * 5 + i / 16 * 3) % 32) / 8.0f - 2.0f + 1.0f / 16 +
	       (float)(i % 5) / 128;
}

static void work_layout(const Work *w, const float *rows, float *out, size_t n)
{
	if (w->run.layout == LAYOUT_TILES_F32)
		convert_rows_to_tiles(w->run.features, rows, n, out, KERNEL_TILE * n, w->rows, n);
	else
		memcpy(out, rows, w->rows * n * sizeof *rows);
}

static void work_rows(const Work *w, const float *x, float *rows, size_t n)
{
	if (w->run.layout == LAYOUT_TILES_F32)
		convert_tiles_to_rows(w->run.features, x, KERNEL_TILE * n, rows, n, w->rows, n);
	else
		memcpy(rows, x, w->rows * n * sizeof *rows);
}

static void work_fill(Work *w, float *out, size_t n, size_t seed)
{
	for (size_t i = 0; i < w->rows * n; i++)
		w->flat[i] = work_value(i, seed);
	work_layout(w, w->flat, out, n);
}

static void work_take_spans(Work *w)
{
	for (size_t k = 0; k < w->layer->spans; k++) {
		const Span *span = &w->model->span[w->layer->span[k]];

		w->count[k] = span->rows * span->cols;
		w->span[k] = w->model->params + span->offset;
		w->grad[k] = work_take(w->count[k] * sizeof(float));
		w->update[k] = span->trained ? NULL : w->span[k];
		for (size_t i = 0; span->trained && i < w->count[k]; i++)
			w->span[k][i] = work_value(i * 3 + k, 4) / 2;
	}
}

static void work_init(Work *w, Model *model, size_t rows, Layout layout)
{
	const Layer *layer = &model->layer[1];
	size_t blocks = (rows + KERNEL_TILE - 1) / KERNEL_TILE;
	size_t in = shape_size(layer->in), out = shape_size(layer->out);
	size_t most = (in > out ? in : out) * blocks * KERNEL_TILE * sizeof(float);
	const LayerKind *kind = layer->kind;

	*w = (Work){ .model = model, .layer = layer, .rows = rows, .blocks = blocks };
	w->in = in;
	w->out = out;
	w->x = work_take(most);
	w->skip = work_take(most);
	w->y = work_take(most);
	w->dy = work_take(most);
	w->dx = work_take(most);
	w->flat = work_take(most);
	w->kept = kind->kept_bytes ? work_take(kind->kept_bytes(layer, rows)) : NULL;
	w->scratch = kind->scratch_bytes ? work_take(kind->scratch_bytes(layer, rows)) : NULL;
	work_take_spans(w);
	w->run = (LayerRun){
		.layer = layer,
		.index = 1,
		.span = (const void *const *)w->span,
		.grad = w->grad,
		.update = w->update,
		.features = cpu_features(),
		.layout = layout,
		.rows = rows,
		.end = rows,
		.training = true,
		.seed = 3,
		.step = 5,
		.x = w->x,
		.skip = kind->skips ? w->skip : NULL,
		.y = w->y,
		.dy = w->dy,
		.dx = w->dx,
		.kept = w->kept,
		.scratch = w->scratch,
	};
	work_fill(w, w->x, in, 1);
	work_fill(w, w->skip, in, 2);
	work_fill(w, w->dy, out, 3);
}

static void work_done(Work *w)
{
	for (size_t k = 0; k < w->layer->spans; k++)
		free(w->grad[k]);
	free(w->x);
	free(w->skip);
	free(w->y);
	free(w->dy);
	free(w->dx);
	free(w->flat);
	free(w->kept);
	free(w->scratch);
}

/* Rows shared among so many threads, one after the other. */
static void work_rows_in_parts(Work *w, void (*pass)(const LayerRun *), unsigned parts)
{
	for (unsigned part = 0; part < parts; part++) {
		LayerRun run = w->run;

		if (w->layer->kind->whole)
			part = parts;
		else
			pool_share(w->rows, KERNEL_TILE, part, parts, &run.begin, &run.end);
		if (run.begin < run.end)
			pass(&run);
	}
}

static void work_pass(Work *w, unsigned parts)
{
	const LayerKind *kind = w->layer->kind;

	work_rows_in_parts(w, kind->forward, parts);
	work_rows_in_parts(w, kind->backward, parts);
	for (unsigned part = 0; kind->gradient && part < parts; part++)
		kind->gradient(&w->run, part, parts);
}

/* Σ dy·y, what the gradients are of. */
static double work_sum(Work *w)
{
	double sum = 0;

	work_rows_in_parts(w, w->layer->kind->forward, 1);
	work_rows(w, w->y, w->flat, w->out);
	for (size_t i = 0; i < w->rows * w->out; i++)
		sum += (double)w->flat[i] * (double)work_value(i, 3);
	return sum;
}

/* --- gradients -------------------------------------------------------------------------------- */

/* The number at *at, up and down by 1/64. */
static double work_numeric(Work *w, float *at)
{
	const float step = 1.0f / 64, kept = *at;

	*at = kept + step;
	double up = work_sum(w);

	*at = kept - step;
	double down = work_sum(w);

	*at = kept;
	return (up - down) / (2 * (double)step);
}

static void work_near(const Case *c, const char *what, size_t i, double numeric, double analytic,
		      double most)
{
	if (!(fabs(numeric - analytic) <= 2e-3 * (most + fabs(numeric)) + 2e-3))
		fail_msg("%s on %s: %s %zu: %g by differences, %g", c->line, c->input, what, i,
			 numeric, analytic);
}

static double work_most(const float *x, size_t n)
{
	double most = 0;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, fabs((double)x[i]));
	return most;
}

/* Where row r, number i lies in a buffer of n numbers a row. */
static size_t work_place(const Work *w, size_t r, size_t i, size_t n)
{
	if (w->run.layout == LAYOUT_TILES_F32)
		return r / KERNEL_TILE * KERNEL_TILE * n + i * KERNEL_TILE + r % KERNEL_TILE;
	return r * n + i;
}

static void check_gradients(const Case *c, Work *w)
{
	size_t size = w->blocks * KERNEL_TILE * w->in;
	float *dx = work_take(size * sizeof *dx);
	float *grad[LAYER_SPANS_MAX];

	work_pass(w, 1);
	memcpy(dx, w->dx, size * sizeof *dx);
	for (size_t k = 0; k < w->layer->spans; k++) {
		grad[k] = work_take(w->count[k] * sizeof **grad);
		memcpy(grad[k], w->grad[k], w->count[k] * sizeof **grad);
	}
	for (size_t r = 0; r < w->rows; r += 1 + w->rows / 3)
		for (size_t i = 0; i < w->in; i++) {
			size_t at = work_place(w, r, i, w->in);

			work_near(c, "input", i, work_numeric(w, &w->x[at]), (double)dx[at],
				  work_most(dx, size));
		}
	for (size_t k = 0; k < w->layer->spans; k++) {
		for (size_t i = 0; !w->update[k] && i < w->count[k]; i++)
			work_near(c, "parameter", i, work_numeric(w, &w->span[k][i]),
				  (double)grad[k][i], work_most(grad[k], w->count[k]));
		free(grad[k]);
	}
	free(dx);
}

/* What lies in lanes past the last row harms nobody: finite, and 0 in dx. */
static void check_lanes(const Work *w)
{
	size_t lanes = w->rows % KERNEL_TILE, first = w->rows / KERNEL_TILE * KERNEL_TILE;

	if (w->run.layout != LAYOUT_TILES_F32 || lanes == 0)
		return;
	for (size_t lane = lanes; lane < KERNEL_TILE; lane++) {
		for (size_t i = 0; i < w->in; i++)
			assert_true(w->dx[first * w->in + i * KERNEL_TILE + lane] == 0);
		for (size_t i = 0; i < w->out; i++)
			assert_true(isfinite(w->y[first * w->out + i * KERNEL_TILE + lane]));
	}
}

static void check_parts(Model *model, size_t rows, Layout layout, bool bf16)
{
	Work one, other;

	work_init(&one, model, rows, layout);
	one.run.bf16 = bf16;
	work_pass(&one, 1);
	check_lanes(&one);
	for (unsigned parts = 2; parts <= 3; parts++) {
		work_init(&other, model, rows, layout);
		other.run.bf16 = bf16;
		work_pass(&other, parts);
		assert_memory_equal(one.y, other.y,
				    one.blocks * KERNEL_TILE * one.out * sizeof *one.y);
		assert_memory_equal(one.dx, other.dx,
				    one.blocks * KERNEL_TILE * one.in * sizeof *one.dx);
		for (size_t k = 0; k < one.layer->spans; k++)
			assert_memory_equal(one.grad[k], other.grad[k],
					    one.count[k] * sizeof(float));
		work_done(&other);
	}
	work_done(&one);
}

/* b is a but for the rounding of products. */
static void check_rounded(const float *a, const float *b, size_t n)
{
	float most = 0;

	for (size_t i = 0; i < n; i++)
		most = fabsf(a[i]) > most ? fabsf(a[i]) : most;
	for (size_t i = 0; i < n; i++)
		assert_true(fabsf(a[i] - b[i]) <= 0.02f * most);
}

/* Mixed precision gives the numbers of f32, rounded, where the layer has products. */
static void check_bf16(Model *model, Layout layout)
{
	size_t rows = 37, all;
	Work f32, bf16;

	work_init(&f32, model, rows, layout);
	work_init(&bf16, model, rows, layout);
	bf16.run.bf16 = true;
	all = f32.blocks * KERNEL_TILE;
	for (size_t i = 0; i < all * f32.in; i++) /* no bfloat16 */
		f32.x[i] = bf16.x[i] = f32.x[i] / 3;
	work_pass(&f32, 1);
	work_pass(&bf16, 1);
	check_rounded(f32.y, bf16.y, all * f32.out);
	check_rounded(f32.dx, bf16.dx, all * f32.in);
	for (size_t k = 0; k < f32.layer->spans; k++)
		check_rounded(f32.grad[k], bf16.grad[k], f32.count[k]);
	if (f32.layer->kind->role == LAYER_WEIGHTS)
		assert_memory_not_equal(f32.grad[0], bf16.grad[0], f32.count[0] * sizeof(float));
	work_done(&bf16);
	work_done(&f32);
}

/* Not training: the same for the same rows, whatever stands beside them, and nothing kept. */
static void check_inference(Model *model, Layout layout)
{
	Work many, few;

	work_init(&many, model, 37, layout);
	work_init(&few, model, 5, layout);
	many.run.training = few.run.training = false;
	many.run.kept = few.run.kept = NULL;
	many.run.update = few.run.update = NULL;
	for (size_t k = 0; k < many.layer->spans; k++)
		few.span[k] = many.span[k];
	work_rows_in_parts(&many, many.layer->kind->forward, 1);
	work_rows_in_parts(&few, few.layer->kind->forward, 1);
	work_rows(&many, many.y, many.flat, many.out);
	work_rows(&few, few.y, few.flat, few.out);
	assert_memory_equal(many.flat, few.flat, few.rows * few.out * sizeof *few.flat);
	work_done(&few);
	work_done(&many);
}

static void check_case(const Case *c)
{
	static const Layout layouts[] = { LAYOUT_ROWS_F32, LAYOUT_TILES_F32 };
	static const size_t rows[] = { 2, 16, 21, 50 };
	Err err = { .code = ERR_NONE };
	Model *model = case_model(c, &err);

	made_fine(model, &err);
	for (size_t l = 0; l < 2; l++) {
		Layout layout = layouts[l];
		Work w;

		if (layer_layout(&model->layer[1], layout) != layout)
			continue;
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
			for (int bf16 = 0; bf16 < 2; bf16++)
				check_parts(model, rows[i], layout, bf16);
		check_bf16(model, layout);
		work_init(&w, model, 5, layout);
		check_gradients(c, &w);
		work_done(&w);
		work_init(&w, model, 18, layout);
		check_gradients(c, &w);
		work_done(&w);
		check_inference(model, layout);
	}
	model_free(model);
}

static void test_layers(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		char name[32] = "";

		sscanf(cases[i].line, "%31s", name);
		if (layer_kind_find(name)->backward)
			check_case(&cases[i]);
	}
}

/* --- the table -------------------------------------------------------------------------------- */

static void test_rows_of_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; layer_kinds[i]; i++) {
		const LayerKind *kind = layer_kinds[i];
		size_t n = strlen(kind->info.name), of = 0;

		assert_true(kind->info.title && kind->info.about && kind->shape);
		assert_ptr_equal(layer_kind_find(kind->info.name), kind);
		/* Those of models with a fit of their own: contract/models.c. */
		if (kind->forward && !kind->backward) {
			assert_true(!kind->gradient && !kind->adam);
			continue;
		}
		assert_true(kind->role == LAYER_SHAPE || (kind->forward && kind->backward));
		assert_true(kind->role != LAYER_WEIGHTS || (kind->gradient && kind->init));
		for (size_t c = 0; c < CASES; c++)
			of += strncmp(cases[c].line, kind->info.name, n) == 0 &&
			      (cases[c].line[n] == ' ' || !cases[c].line[n]);
		if (of == 0)
			fail_msg("no case for the layer %s", kind->info.name);
	}
}

/* at: "layer 2", the one that is refused. */
static void refused_at(const char *at, const char *input, const char *line, const char *says)
{
	Err err = { .code = ERR_NONE };

	assert_null(case_model(&(Case){ line, input }, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	if (!strstr(err.text, says))
		fail_msg("'%s' does not say '%s'", err.text, says);
	assert_non_null(strstr(err.text, at));
}

static void refused(const char *input, const char *line, const char *says)
{
	refused_at("layer 2", input, line, says);
}

static void test_refusals(void **state)
{
	char line[500];

	(void)state;
	refused("1,3,3", "conv2d 4 kernel=5", "5");
	refused("3,8,8", "conv2d 4 groups=2", "groups");
	refused("4,8,8", "conv2d 3 groups=2", "groups");
	refused("4,8,8", "conv2d", "filters");
	refused("4,8,8", "conv2d 4 kernal=3", "kernel");
	refused("4,8,8", "conv2d 0", "filters");
	refused("1,3,3", "maxpool 4", "4");
	refused("1,8,8", "maxpool 2 pad=2", "pad");
	refused("7", "maxpool 2", "2");
	refused("7", "dropout 1", "rate");
	refused("7", "dropout -0.1", "rate");
	refused("7", "batchnorm momentum=2", "momentum");
	refused("7", "leaky -1", "slope");
	refused("7", "add 2", "from");
	refused("7", "add 0", "from");
	refused("7", "dense 0", "units");
	refused("7", "sofmax", "softmax");
	refused_at("layer 3", "7", "dense 3;add 1", "layer 1 gives 7 x 1 x 1");
	snprintf(line, sizeof line, "dense 3%400sunits=4", "");
	refused("7", line, "more than 383 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_of_the_table),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests_name("layers", tests, NULL, NULL);
}
