/* Training: memory, steps, epochs, validation, patience.
 * SPDX-License-Identifier: MIT */
#include "model/training.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "model/training_inside.h"

/* --- memory ----------------------------------------------------------------------------------- */

/* The loss contains the last layer: it is taken of that layer's inputs. */
static bool training_headless(const Model *model, const Loss *loss)
{
	const char *last = model->layer[model->layers - 1].kind->info.name;

	if (loss->kind == LOSS_XENT || loss->kind == LOSS_DISTILL)
		return strcmp(last, "softmax") == 0;
	return loss->kind == LOSS_BCE && strcmp(last, "sigmoid") == 0;
}

static uint32_t *training_take_order(size_t rows, Arena *arena, Err *err)
{
	uint32_t *order = arena_take(arena, rows, sizeof *order, err);

	for (size_t i = 0; order && i < rows; i++)
		order[i] = (uint32_t)i;
	return order;
}

static bool training_take_graphs(Training *t, Arena *arena, Err *err)
{
	const FitOptions *o = t->options;
	GraphOptions graph = {
		.batch = o->batch,
		.pool = o->pool,
		.training = true,
		.bf16 = o->bf16,
		.seed = o->seed,
		.headless = training_headless(t->model, &o->loss),
	};

	t->graph = graph_take(t->model, &graph, arena, err);
	if (!t->graph || !o->teacher)
		return t->graph;
	graph.training = graph.bf16 = false;
	graph.headless = training_headless(o->teacher, &o->loss);
	t->teacher = graph_take(o->teacher, &graph, arena, err);
	return t->teacher;
}

bool training_take(Training *t, size_t together, uint64_t rows, Arena *arena, Err *err)
{
	const FitOptions *o = t->options;
	uint64_t steps = (rows + o->batch - 1) / o->batch * o->epochs;

	t->best_loss = INFINITY;
	if (t->model->numbers)
		t->targets = arena_take(arena, o->batch, sizeof *t->targets, err);
	else
		t->labels = arena_take(arena, o->batch, sizeof *t->labels, err);
	if (!t->labels && !t->targets)
		return false;
	t->order = training_take_order(together, arena, err);
	if (!t->order)
		return false;
	if (o->valid) {
		t->in_turn = training_take_order(o->valid->count, arena, err);
		if (!t->in_turn)
			return false;
	}
	if (o->patience) {
		t->best = arena_take(arena, t->model->count, sizeof(float), err);
		if (!t->best)
			return false;
	}
	return training_take_graphs(t, arena, err) &&
	       (o->lbfgs || update_init(&t->update, t->model, t->graph, o, steps, arena, err));
}

/* --- one step --------------------------------------------------------------------------------- */

static float *training_grad(const Training *t)
{
	return t->graph->value[t->graph->output].grad;
}

static double training_loss(const Training *t, const Loss *loss, const float *teacher, size_t n,
			    size_t *right)
{
	const GraphValue *logits = &t->graph->value[t->graph->output];

	if (t->targets)
		return loss_run_numbers(t->graph->features, loss, training_grad(t), logits->data,
					t->targets, n);
	return loss_run(t->graph->features, loss, training_grad(t), logits->data, t->labels,
			teacher, n, logits->n, right);
}

/* The rows order[0 … n − 1] through the graph, and what they should give. */
static void training_batch(Training *t, const Rows *rows, const uint32_t *order, size_t n,
			   bool training, uint64_t step)
{
	for (size_t i = 0; t->targets && i < n; i++)
		t->targets[i] = rows_target(rows, order[i]);
	graph_forward(t->graph, rows, order, n, t->labels, training, step);
}

double training_share(const Training *t, size_t right, size_t count)
{
	return t->targets ? (double)NAN : (double)right / (double)count;
}

double training_forward(Training *t, const uint32_t *order, size_t n, uint64_t step, size_t *right)
{
	const float *teacher = NULL;

	training_batch(t, t->train, order, n, true, step);
	if (t->teacher) {
		graph_forward(t->teacher, t->train, order, n, NULL, false, 0);
		teacher = graph_logits(t->teacher);
	}
	return training_loss(t, &t->options->loss, teacher, n, right);
}

/* --- epochs ----------------------------------------------------------------------------------- */

/* The step numbered `step` of the whole fit. */
static double training_step(Training *t, const uint32_t *order, size_t n, uint64_t step,
			    size_t *right)
{
	const FitOptions *o = t->options;

	if (o->step) {
		o->step(o->step_user, t->model, step, t->update.steps);
		update_mask(&t->update, t->model->params);
	}
	double sum = training_forward(t, order, n, step, right);

	if (!isfinite(sum))
		return sum;
	graph_backward(t->graph, n, step);
	update_run(&t->update, n, step);
	t->model->steps++;
	return sum;
}

bool training_rows(Training *t, bool *cut, Err *err)
{
	size_t batch = t->options->batch, count = t->train->count;

	for (size_t at = 0; at < count; at += batch) {
		size_t n = count - at < batch ? count - at : batch;

		if (!control_poll(t->control, err))
			return false;
		if (t->seen > 0 && control_stopping(t->control)) {
			*cut = true;
			return true;
		}
		double sum = training_step(t, t->order + at, n, t->steps++, &t->right);

		if (!isfinite(sum))
			return err_set(
				err, ERR_DIVERGED,
				"the loss is no longer a number in epoch %zu, step %zu (lr %g): "
				"try a smaller lr",
				t->epoch, t->seen / batch + 1, (double)t->options->lr);
		t->loss += sum;
		t->seen += n;
	}
	return true;
}

void training_epoch_begin(Training *t, size_t epoch)
{
	t->epoch = epoch;
	t->loss = 0;
	t->right = t->seen = 0;
}

/* One pass over the rows. *cut: a "stop" came before the last batch. */
static bool training_epoch(Training *t, FitEpoch *report, bool *cut, Err *err)
{
	int64_t begin_ns = clock_now_ns();

	training_epoch_begin(t, report->epoch);
	if (!training_rows(t, cut, err))
		return false;
	report->loss = t->loss / (double)t->seen;
	report->accuracy = training_share(t, t->right, t->seen);
	report->time_s = (double)(clock_now_ns() - begin_ns) / (double)CLOCK_NS_PER_S;
	return true;
}

static bool training_validate(Training *t, FitEpoch *report, Err *err)
{
	const Rows *valid = t->options->valid;
	size_t right = 0, batch = t->options->batch;
	Loss plain = t->options->loss;
	double loss = 0;

	report->valid_loss = report->valid_accuracy = NAN;
	if (!valid)
		return true;
	if (plain.kind == LOSS_DISTILL)
		plain.kind = LOSS_XENT;
	for (size_t at = 0; at < valid->count; at += batch) {
		size_t n = valid->count - at < batch ? valid->count - at : batch;

		if (!control_poll(t->control, err))
			return false;
		training_batch(t, valid, t->in_turn + at, n, false, 0);
		loss += training_loss(t, &plain, NULL, n, &right);
	}
	report->valid_loss = loss / (double)valid->count;
	report->valid_accuracy = training_share(t, right, valid->count);
	return true;
}

/* Keeps the best weights; true when patience is over. */
static bool training_patience(Training *t, const FitEpoch *report)
{
	if (!t->best)
		return false;
	if (report->valid_loss < t->best_loss) {
		t->best_loss = report->valid_loss;
		t->waited = 0;
		memcpy(t->best, t->model->params, t->model->count * sizeof(float));
		return false;
	}
	return ++t->waited >= t->options->patience;
}

bool training_judge(Training *t, FitEpoch *report, bool *done, Err *err)
{
	if (!training_validate(t, report, err))
		return false;
	*done = training_patience(t, report);
	return true;
}

bool training_epoch_end(Training *t, FitEpoch *report, bool *done, Err *err)
{
	if (!training_judge(t, report, done, err))
		return false;
	if (t->watch && !t->watch->epoch(t->watch, report, err))
		return false;
	*done = *done || control_stopping(t->control);
	return true;
}

static bool training_steps(Training *t, Err *err)
{
	const FitOptions *o = t->options;
	bool done = false;
	Random random;

	random_init(&random, o->seed, RANDOM_ROWS);
	for (size_t epoch = 1; epoch <= o->epochs && !done; epoch++) {
		FitEpoch report = { .epoch = epoch, .epochs = o->epochs };

		random_shuffle(&random, t->order, t->train->count);
		if (!training_epoch(t, &report, &done, err))
			return false;
		if (done)
			break;
		if (!training_epoch_end(t, &report, &done, err))
			return false;
	}
	return true;
}

/* Where one output turns from class 0 to class 1 (loss.h). */
static float training_border(const Model *model, const Loss *loss)
{
	bool half = loss->kind == LOSS_MSE || loss->kind == LOSS_HUBER;

	return half || training_headless(model, loss) ? 0.5f : 0;
}

void training_begin(const Training *t)
{
	Model *model = t->model;

	if (model->mask)
		train_mask(t->graph->features, model->params, model->mask, model->count);
	model->border = training_border(model, &t->options->loss);
}

void training_end(const Training *t)
{
	if (t->best && t->best_loss < INFINITY)
		memcpy(t->model->params, t->best, t->model->count * sizeof(float));
}

static bool training_run(Training *t, Arena *arena, Err *err)
{
	training_begin(t);
	if (!(t->options->lbfgs ? training_lbfgs(t, arena, err) : training_steps(t, err)))
		return false;
	training_end(t);
	return true;
}

bool training_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
		  Control *control, Err *err)
{
	Training t = {
		.model = model,
		.train = train,
		.options = options,
		.watch = watch,
		.control = control,
	};
	Arena *arena = arena_new(0, err);
	bool fine = arena && training_take(&t, train->count, train->count, arena, err) &&
		    training_run(&t, arena, err);

	arena_free(arena);
	return fine;
}
