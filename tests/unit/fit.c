/* What a fit can be told: optimizers, losses, a teacher, full batches, clipping, warm-up, bfloat16;
 * what it refuses; and the steps that PyTorch takes.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model_make.h"

#include "fixture.h"
#include "model/update.h"
#include "num/cpu.h"

static int setup(void **state)
{
	Made *f = made_new(400, MADE_LAYERS);

	f->options.batch = 32;
	f->options.epochs = 12;
	f->options.lr = 3e-3f;
	*state = f;
	return 0;
}

/* A free design for the made rows. */
static Model *network(const char *input, const char *lines)
{
	const ModelKind *kind = model_kind_find("network");
	Err err = { .code = ERR_NONE };
	Params params;

	made_fine(params_init(&params, &kind->info, &err), &err);
	made_fine(params_set_text(&params, "input", input, &err), &err);
	made_fine(params_set_text(&params, "layers", lines, &err), &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	return model;
}

typedef struct Watch {
	FitWatch base;
	FitEpoch first, last;
	size_t epochs;
} Watch;

static bool watch_epoch(FitWatch *self, const FitEpoch *report, Err *err)
{
	Watch *watch = (Watch *)self;

	(void)err;
	if (watch->epochs++ == 0)
		watch->first = *report;
	watch->last = *report;
	return true;
}

static Watch fit(Made *f, Model *model)
{
	Watch watch = { .base = { watch_epoch } };

	made_fine(model_fit(model, &f->train, &f->options, &watch.base, NULL, &f->err), &f->err);
	return watch;
}

/* How many epochs are behind a model goes with its copies; what is shaped by its data begins anew. */
static void test_epochs_behind(void **state)
{
	Made *f = *state;
	const ModelKind *kind = model_kind_find("logistic");
	Params params;

	f->options.epochs = 3;
	assert_int_equal(fit(f, f->model).last.behind, 0);
	f->options.epochs = 2;
	Model *copy = model_dup(f->model, &f->err);

	made_fine(copy, &f->err);
	assert_int_equal(fit(f, copy).first.behind, 3);
	assert_int_equal(fit(f, copy).last.behind, 5);
	assert_int_equal(f->model->epochs, 3);
	model_free(copy);
	made_fine(params_init(&params, &kind->info, &f->err), &f->err);
	Model *linear = model_new(kind, &params, &f->err);

	made_fine(linear, &f->err);
	fit_options_init(&f->options, linear);
	for (int again = 0; again < 2; again++)
		assert_int_equal(fit(f, linear).last.behind, 0);
	assert_true(linear->epochs > 0);
	model_free(linear);
}

/* --- losses ----------------------------------------------------------------------------------- */

static void test_losses(void **state)
{
	Made *f = *state;

	for (int kind = 0; kind < LOSS_KINDS; kind++) {
		if (kind == LOSS_DISTILL)
			continue;
		Model *model = made_model(MADE_LAYERS, "1");

		model_free(f->model);
		f->model = model;
		f->options.loss = loss_default((LossKind)kind);
		Watch watch = fit(f, model);

		assert_true(watch.last.loss < 0.6 * watch.first.loss);
		assert_true(made_accuracy(model, KERNEL_DENSE, &f->test) > 0.9);
	}
}

/* One output tells two classes apart, but not by softmax. */
static void test_one_output(void **state)
{
	Made *f = *state;
	uint16_t two[] = { 0, 1 };
	Rows rows;

	f->set->classes = 2;
	for (size_t i = 0; i < f->set->rows; i++)
		f->set->labels[i] = f->set->labels[i] % 2;
	made_fine(rows_of_classes(&rows, &f->train, two, 2, &f->err), &f->err);
	f->train = rows;
	for (int kind = LOSS_BCE; kind <= LOSS_HUBER; kind++) {
		Model *model = made_model("24,16,1", "1");

		f->options.loss = loss_default((LossKind)kind);
		assert_true(fit(f, model).last.accuracy > 0.9);
		f->options.loss = loss_default(LOSS_XENT);
		assert_false(model_fit(model, &f->train, &f->options, NULL, NULL, &f->err));
		assert_int_equal(f->err.code, ERR_ARGUMENT);
		model_free(model);
	}
	rows_done(&rows);
}

/* Where the last layer is what the loss contains, it is left out. */
static void test_last_layer(void **state)
{
	Made *f = *state;
	static const char *const last[] = { "softmax", "sigmoid" };

	for (int i = 0; i < 2; i++) {
		char lines[64];

		f->options.loss = loss_default(i ? LOSS_BCE : LOSS_XENT);
		snprintf(lines, sizeof lines, "dense 9;tanh;dense 4;%s", last[i]);
		Model *with = network("24", lines),
		      *without = network("24", "dense 9;tanh;dense 4");

		fit(f, with);
		fit(f, without);
		assert_memory_equal(with->params, without->params,
				    with->count * sizeof *with->params);
		model_free(with);
		model_free(without);
	}
}

/* --- a teacher -------------------------------------------------------------------------------- */

/* With alpha 1 the labels do not count: a student of nonsense labels learns what its teacher knows. */
static void test_teacher(void **state)
{
	Made *f = *state;
	uint16_t *labels = malloc(f->set->rows * sizeof *labels);

	assert_non_null(labels);
	fit(f, f->model);
	Model *before = model_dup(f->model, &f->err), *student = made_model("24,12,4", "2");

	memcpy(labels, f->set->labels, f->set->rows * sizeof *labels);
	for (size_t i = 0; i < f->set->rows; i++)
		f->set->labels[i] = (uint16_t)(i % 4);
	f->options.loss = loss_default(LOSS_DISTILL);
	f->options.loss.alpha = 1;
	f->options.teacher = f->model;
	f->options.epochs = 20;
	fit(f, student);
	memcpy(f->set->labels, labels, f->set->rows * sizeof *labels);
	made_same(before, f->model);
	assert_true(made_accuracy(student, KERNEL_DENSE, &f->test) > 0.9);
	free(labels);
	model_free(before);
	model_free(student);
}

/* --- full batches ----------------------------------------------------------------------------- */

/* Softmax regression is convex: L-BFGS comes to where the gradient vanishes, however the rows are cut
 * into batches. */
static void test_lbfgs(void **state)
{
	Made *f = *state;
	Model *a = made_model("24,4", "1"), *b = made_model("24,4", "1");
	Model *again = made_model("24,4", "1");

	f->options.lbfgs = true;
	f->options.optimizer.decay = 0.01f;
	f->options.epochs = 60;
	Watch whole = fit(f, a);

	assert_true(whole.epochs < 60 && whole.last.loss < whole.first.loss);
	assert_true(whole.last.accuracy > 0.9);
	assert_int_equal(a->steps, whole.epochs);
	fit(f, again);
	made_same(a, again);
	f->options.batch = 400;
	Watch cut = fit(f, b);

	assert_true(fabs(whole.last.loss - cut.last.loss) < 1e-5);
	for (size_t i = 0; i < a->count; i++)
		assert_true(fabsf(a->params[i] - b->params[i]) < 0.02f);
	model_free(again);
	model_free(a);
	model_free(b);
}

static void test_lbfgs_mask(void **state)
{
	Made *f = *state;
	const char *const some[] = { "sparsity", "0.7", "epochs", "0", NULL };
	Model *pruned = made_with(f->model, "prune", NULL, some, &f->err);

	made_fine(pruned, &f->err);
	f->options.lbfgs = true;
	fit(f, pruned);
	for (size_t i = 0; i < pruned->count; i++)
		assert_true(pruned->mask[i] || pruned->params[i] == 0);
	assert_true(made_accuracy(pruned, KERNEL_DENSE, &f->test) > 0.9);
	model_free(pruned);
}

/* --- steps ------------------------------------------------------------------------------------ */

/* How far one step of plain gradient descent with lr 1 moves the parameters. */
static double step_length(Made *f)
{
	Model *moved = model_dup(f->model, &f->err);
	double sum = 0;

	f->options.epochs = 1;
	f->options.batch = f->train.count;
	f->options.optimizer = optimizer_default(OPTIMIZER_SGD);
	f->options.lr = 1;
	made_fine(model_fit(moved, &f->train, &f->options, NULL, NULL, &f->err), &f->err);
	for (size_t i = 0; i < moved->count; i++)
		sum += pow((double)moved->params[i] - (double)f->model->params[i], 2);
	model_free(moved);
	return sqrt(sum);
}

static void test_clip(void **state)
{
	Made *f = *state;
	double free_length = step_length(f);

	f->options.clip = (float)free_length / 4;
	assert_true(fabs(step_length(f) / free_length - 0.25) < 1e-3);
	f->options.clip = (float)free_length * 4;
	assert_true(step_length(f) == free_length);
}

static void test_warmup(void **state)
{
	Made *f = *state;
	Model *slow = model_dup(f->model, &f->err), *fast = model_dup(f->model, &f->err);
	double slow_loss, fast_loss;

	f->options.epochs = 1;
	fast_loss = fit(f, fast).last.loss;
	f->options.warmup = 1;
	slow_loss = fit(f, slow).last.loss;
	assert_true(slow_loss > fast_loss);
	model_free(slow);
	model_free(fast);
}

static void test_bf16(void **state)
{
	Made *f = *state;
	Model *a = made_model(MADE_LAYERS, "1"), *b = made_model(MADE_LAYERS, "1");

	f->options.bf16 = true;
	if (cpu_features() & CPU_BF16) {
		fit(f, a);
		fit(f, b);
		made_same(a, b);
		f->options.bf16 = false;
		fit(f, f->model);
		assert_memory_not_equal(a->params, f->model->params, a->count * sizeof(float));
		assert_true(made_accuracy(a, KERNEL_DENSE, &f->test) > 0.9);
	} else {
		assert_false(model_fit(a, &f->train, &f->options, NULL, NULL, &f->err));
		assert_int_equal(f->err.code, ERR_NEED);
	}
	model_free(a);
	model_free(b);
}

typedef struct Hook {
	uint64_t next, steps;
	Model *model;
} Hook;

/* Prunes the first weight in the middle of the fit. */
static void hook_step(void *user, Model *model, uint64_t step, uint64_t steps)
{
	Hook *hook = user;
	Err err = { .code = ERR_NONE };

	assert_int_equal(step, hook->next++);
	hook->steps = steps;
	if (step == steps / 2) {
		made_fine(model_take_mask(model, &err), &err);
		model->mask[0] = 0;
	}
	if (step > steps / 2)
		assert_true(model->params[0] == 0);
}

static void test_hook(void **state)
{
	Made *f = *state;
	Hook hook = { 0 };

	f->options.step = hook_step;
	f->options.step_user = &hook;
	fit(f, f->model);
	assert_int_equal(hook.steps, 12 * 10);
	assert_int_equal(hook.next, 12 * 10);
	assert_true(f->model->params[0] == 0 && f->model->params[1] != 0);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void refused(Made *f, const char *says)
{
	assert_false(model_fit(f->model, &f->train, &f->options, NULL, NULL, &f->err));
	assert_int_equal(f->err.code, ERR_ARGUMENT);
	if (!strstr(f->err.text, says))
		fail_msg("'%s' does not say '%s'", f->err.text, says);
}

static void test_refused_options(void **state)
{
	Made *f = *state;
	const FitOptions options = f->options;
	Model *other = made_model("24,5", "1");

	f->options.warmup = 1.5f;
	refused(f, "warmup");
	f->options = options;
	f->options.clip = -1;
	refused(f, "clip");
	f->options = options;
	f->options.optimizer.momentum = 1;
	refused(f, "momentum");
	f->options = options;
	f->options.loss.smoothing = NAN;
	refused(f, "smoothing");
	f->options = options;
	f->options.loss = loss_default(LOSS_DISTILL);
	refused(f, "needs a teacher");
	f->options.teacher = other;
	refused(f, "has 5 outputs");
	f->options.teacher = f->model;
	refused(f, "its own teacher");
	f->options.loss = loss_default(LOSS_XENT);
	refused(f, "distill");
	model_free(other);
}

static void test_refused_rows(void **state)
{
	Made *f = *state;
	uint16_t labels[300];

	f->options.batch = 301;
	refused(f, "batch is 301, but there are only 300 training rows");
	f->options.batch = 32;
	memcpy(labels, f->set->labels, sizeof labels);
	for (size_t i = 0; i < 300; i++)
		f->set->labels[i] = 2;
	refused(f, "all 300 training rows of made are of class 2");
	memcpy(f->set->labels, labels, sizeof labels);
	f->model->params[f->model->span[2].offset + 3] = NAN;
	refused(f, "1.weight holds what is not a number");
}

/* --- PyTorch ---------------------------------------------------------------------------------- */

static Model *trajectory_model(const json_t *c)
{
	const json_t *layers = fixture_list(c, "layers");
	char lines[512] = "", input[32];
	size_t i, features = fixture_size(c, "features");
	json_t *line;

	json_array_foreach(layers, i, line)
	{
		strcat(lines, i ? ";" : "");
		strcat(lines, json_string_value(line));
	}
	if (strncmp(lines, "conv", 4) == 0)
		snprintf(input, sizeof input, "1,%g,%g", sqrt((double)features),
			 sqrt((double)features));
	else
		snprintf(input, sizeof input, "%zu", features);
	return network(input, lines);
}

/* The gradient of a bias in front of a batch normalization is 0 but for rounding, which Adam scales
 * up: what becomes of it, and so of the running mean behind it, says nothing. */
static bool trajectory_idle(const Model *model, size_t s)
{
	if (strstr(model->span[s].name, ".mean"))
		return true;
	return s + 1 < model->spans && strstr(model->span[s].name, ".bias") &&
	       strstr(model->span[s + 1].name, ".scale");
}

/* All spans in turn, from (begin) or to (end) a list without padding. */
static void trajectory_params(const json_t *c, const char *key, Model *model, bool ended)
{
	size_t n = (size_t)model_parameters(model), at = 0;
	float *all = malloc(n * sizeof *all);

	assert_non_null(all);
	fixture_floats(c, key, all, n);
	for (size_t s = 0; s < model->spans; s++)
		for (size_t i = 0; i < model->span[s].rows * model->span[s].cols; i++) {
			float *w = &model->params[model->span[s].offset + i];
			bool check = ended && !trajectory_idle(model, s);

			if (check && !(fabsf(*w - all[at]) <= 2e-5f * (1 + fabsf(all[at]))))
				fail_msg("%s: %s[%zu] is %.7g, PyTorch has %.7g",
					 fixture_text(c, "name"), model->span[s].name, i,
					 (double)*w, (double)all[at]);
			if (!ended)
				*w = all[at];
			at++;
		}
	free(all);
}

static FitOptions trajectory_options(const json_t *c, const Model *model)
{
	FitOptions options;
	OptimizerKind kind;

	fit_options_init(&options, model);
	assert_true(optimizer_find(fixture_text(c, "optimizer"), &kind));
	options.optimizer = optimizer_default(kind);
	options.optimizer.momentum =
		(float)fixture_number_or(c, "momentum", (double)options.optimizer.momentum);
	options.lr = (float)fixture_number_or(c, "lr", -1);
	options.batch = fixture_size(c, "batch");
	return options;
}

/* The fixture's numbers are below 0 too, so they are put where gathered rows would stand. */
static double trajectory_step(Graph *graph, Update *update, const float *x, const uint16_t *labels,
			      size_t n, uint64_t step)
{
	GraphValue *in = &graph->value[0], *out = &graph->value[graph->output];
	Loss loss = loss_default(LOSS_XENT);
	size_t right = 0;

	if (in->layout == LAYOUT_TILES_F32)
		convert_rows_to_tiles(graph->features, x, in->n, in->data, KERNEL_TILE * in->n, n,
				      in->n);
	else
		memcpy(in->data, x, n * in->n * sizeof *x);
	graph_forward(graph, NULL, NULL, n, NULL, true, step);
	double sum = loss_run(graph->features, &loss, out->grad, out->data, labels, NULL, n, out->n,
			      &right);

	graph_backward(graph, n, step);
	update_run(update, n, step);
	return sum / (double)n;
}

static void check_trajectory(const json_t *c)
{
	Err err = { .code = ERR_NONE };
	Model *model = trajectory_model(c);
	FitOptions options = trajectory_options(c, model);
	size_t rows = fixture_size(c, "rows"), n = options.batch, features = model_inputs(model);
	size_t steps = json_array_size(fixture_list(c, "loss"));
	float *x = malloc(rows * features * sizeof *x), loss[64];
	uint16_t *labels = malloc(rows * sizeof *labels);
	Arena *arena = arena_new(0, &err);
	Update update;

	assert_true(x && labels && arena && steps <= 64);
	fixture_floats(c, "x", x, rows * features);
	fixture_labels(c, "labels", labels, rows);
	fixture_floats(c, "loss", loss, steps);
	trajectory_params(c, "begin", model, false);
	Graph *graph =
		graph_take(model, &(GraphOptions){ .batch = n, .training = true }, arena, &err);

	made_fine(graph && update_init(&update, model, graph, &options, steps, arena, &err), &err);
	for (size_t s = 0; s < steps; s++) {
		size_t at = s * n % rows;
		double got = trajectory_step(graph, &update, x + at * features, labels + at, n, s);

		assert_true(fabs(got - (double)loss[s]) < 1e-5 * (1 + (double)loss[s]));
	}
	trajectory_params(c, "end", model, true);
	arena_free(arena);
	free(labels);
	free(x);
	model_free(model);
}

static void test_trajectories(void **state)
{
	json_t *root = fixture_load("training"), *c;
	size_t i;

	(void)state;
	json_array_foreach(fixture_list(root, "cases"), i, c) check_trajectory(c);
	assert_true(i >= 5);
	json_decref(root);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, made_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_epochs_behind), TEST(test_losses),
		TEST(test_one_output),    TEST(test_last_layer),
		TEST(test_teacher),       TEST(test_lbfgs),
		TEST(test_lbfgs_mask),    TEST(test_clip),
		TEST(test_warmup),        TEST(test_bf16),
		TEST(test_hook),          TEST(test_refused_options),
		TEST(test_refused_rows),  cmocka_unit_test(test_trajectories),
	};

	return cmocka_run_group_tests_name("fit", tests, NULL, NULL);
}
