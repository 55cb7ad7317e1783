/* Training: it learns, repeats bit for bit, holds masks, keeps the best weights, refuses what it
 * must.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model_make.h"

static int setup(void **state)
{
	Made *f = made_new(400, MADE_LAYERS);

	f->options.batch = 32; /* 300 rows: the last batch is short */
	f->options.epochs = 3;
	*state = f;
	return 0;
}

static bool fit(Made *f, Model *model)
{
	f->err = (Err){ .code = ERR_NONE };
	return model_fit(model, &f->train, &f->options, NULL, NULL, &f->err);
}

static void test_defaults(void **state)
{
	Made *f = *state;
	FitOptions o;

	f->model->seed = 9;
	fit_options_init(&o, f->model);
	assert_int_equal(o.optimizer.kind, OPTIMIZER_ADAM);
	assert_int_equal(o.schedule, SCHEDULE_CONSTANT);
	assert_true(o.lr == 1e-3f && o.optimizer.beta1 == 0.9f && o.optimizer.beta2 == 0.999f);
	assert_true(o.optimizer.decay == 0 && o.clip == 0 && o.warmup == 0 && !o.lbfgs && !o.bf16);
	assert_int_equal(o.loss.kind, LOSS_XENT);
	assert_int_equal(o.batch, 64);
	assert_int_equal(o.epochs, 10);
	assert_int_equal(o.seed, 9);
	assert_int_equal(o.patience, 0);
}

static const float rates[OPTIMIZER_KINDS] = {
	[OPTIMIZER_SGD] = 0.2f,      [OPTIMIZER_MOMENTUM] = 0.05f, [OPTIMIZER_NESTEROV] = 0.05f,
	[OPTIMIZER_RMSPROP] = 3e-3f, [OPTIMIZER_ADAM] = 3e-3f,     [OPTIMIZER_ADAMW] = 3e-3f,
};

static void set_optimizer(FitOptions *options, int kind)
{
	options->optimizer = optimizer_default((OptimizerKind)kind);
	options->lr = rates[kind];
}

/* Every optimizer with every schedule learns the patterns, and does the same again. */
static void test_learns_and_repeats(void **state)
{
	Made *f = *state;

	f->options.epochs = 12;
	for (int optimizer = 0; optimizer < OPTIMIZER_KINDS; optimizer++) {
		Model *of[SCHEDULE_KINDS];

		for (int schedule = 0; schedule < SCHEDULE_KINDS; schedule++) {
			Model *a = made_model(MADE_LAYERS, "1"), *b = made_model(MADE_LAYERS, "1");

			set_optimizer(&f->options, optimizer);
			f->options.schedule = (ScheduleKind)schedule;
			made_fine(fit(f, a) && fit(f, b), &f->err);
			made_same(a, b);
			assert_int_equal(a->steps, 12 * 10);
			assert_true(made_accuracy(a, KERNEL_DENSE, &f->test) > 0.9);
			model_free(b);
			of[schedule] = a;
		}
		for (int s = 0; s + 1 < SCHEDULE_KINDS; s++)
			assert_memory_not_equal(of[s]->params, of[s + 1]->params,
						of[s]->count * sizeof(float));
		for (int s = 0; s < SCHEDULE_KINDS; s++)
			model_free(of[s]);
	}
}

/* The order of the rows depends on the seed alone. */
static void test_seed(void **state)
{
	Made *f = *state;
	Model *other = model_dup(f->model, &f->err);

	made_fine(fit(f, f->model), &f->err);
	f->options.seed++;
	made_fine(fit(f, other), &f->err);
	assert_memory_not_equal(f->model->params, other->params, other->count * sizeof(float));
	model_free(other);
}

static void test_mask_is_held(void **state)
{
	Made *f = *state;
	const char *const some[] = { "sparsity", "0.7", "epochs", "0", NULL };

	for (int optimizer = 0; optimizer < OPTIMIZER_KINDS; optimizer++) {
		Model *pruned = made_with(f->model, "prune", NULL, some, &f->err);
		size_t held = 0, moved = 0;

		assert_non_null(pruned);
		Model *before = model_dup(pruned, &f->err);

		set_optimizer(&f->options, optimizer);
		f->options.optimizer.decay = 0.01f;
		made_fine(fit(f, pruned), &f->err);
		for (size_t i = 0; i < pruned->count; i++) {
			if (!pruned->mask[i]) {
				assert_true(pruned->params[i] == 0);
				held++;
			}
			moved += pruned->params[i] != before->params[i];
		}
		assert_memory_equal(pruned->mask, before->mask, pruned->count);
		assert_true(held > 900 && moved > 300);
		model_free(before);
		model_free(pruned);
	}
}

typedef struct Watch {
	FitWatch base;
	FitEpoch last;
	size_t epochs, end_at; /* end_at: fails then */
	double least;
	size_t best;
	float *params; /* of the best epoch */
	const Model *model;
} Watch;

static bool watch_epoch(FitWatch *self, const FitEpoch *report, Err *err)
{
	Watch *watch = (Watch *)self;

	watch->last = *report;
	assert_int_equal(report->epoch, ++watch->epochs);
	assert_true(report->time_s > 0);
	if (watch->params && report->valid_loss < watch->least) {
		watch->least = report->valid_loss;
		watch->best = report->epoch;
		memcpy(watch->params, watch->model->params, watch->model->count * sizeof(float));
	}
	return watch->epochs != watch->end_at || err_set(err, ERR_INTERRUPTED, "enough");
}

static void test_watch(void **state)
{
	Made *f = *state;
	Watch watch = { .base = { watch_epoch } };

	f->options.lr = 0.01f;
	made_fine(model_fit(f->model, &f->train, &f->options, &watch.base, NULL, &f->err), &f->err);
	assert_int_equal(watch.epochs, 3);
	assert_int_equal(watch.last.epochs, 3);
	assert_true(watch.last.accuracy > 0.4 && watch.last.accuracy <= 1);
	assert_true(watch.last.loss > 0 && watch.last.loss < 1.5);
	assert_true(isnan(watch.last.valid_loss) && isnan(watch.last.valid_accuracy));
	watch = (Watch){ .base = { watch_epoch }, .end_at = 2 };
	assert_false(model_fit(f->model, &f->train, &f->options, &watch.base, NULL, &f->err));
	assert_int_equal(f->err.code, ERR_INTERRUPTED);
	assert_int_equal(watch.epochs, 2);
}

/* A high learning rate makes the validation loss jump: the fit ends early with the best weights. */
static void test_patience(void **state)
{
	Made *f = *state;
	Rows valid = { .set = f->set, .first = 250, .count = 50 };
	Watch watch = { .base = { watch_epoch }, .least = INFINITY, .model = f->model };

	watch.params = malloc(f->model->count * sizeof(float));
	assert_non_null(watch.params);
	f->train.count = 250;
	f->options.valid = &valid;
	f->options.patience = 2;
	f->options.epochs = 200;
	f->options.lr = 0.03f;
	made_fine(model_fit(f->model, &f->train, &f->options, &watch.base, NULL, &f->err), &f->err);
	assert_true(watch.epochs < 200);
	assert_int_equal(watch.epochs, watch.best + 2);
	assert_memory_equal(f->model->params, watch.params, f->model->count * sizeof(float));
	assert_true(watch.last.valid_accuracy >= 0 && watch.last.valid_accuracy <= 1);
	free(watch.params);
}

static void test_diverges(void **state)
{
	Made *f = *state;

	f->options.optimizer = optimizer_default(OPTIMIZER_SGD);
	f->options.lr = 1e30f;
	assert_false(fit(f, f->model));
	assert_int_equal(f->err.code, ERR_DIVERGED);
	assert_non_null(strstr(f->err.text, "epoch 1, step "));
}

typedef struct Poll {
	Control base;
	size_t calls, end_at, stop_at;
} Poll;

static bool poll_end(Control *self, Err *err)
{
	Poll *poll = (Poll *)self;

	return ++poll->calls != poll->end_at || err_set(err, ERR_LIMIT, "time is over");
}

static bool poll_stopping(const Control *self)
{
	const Poll *poll = (const Poll *)self;

	return poll->stop_at && poll->calls >= poll->stop_at;
}

static void test_control(void **state)
{
	Made *f = *state;
	Poll poll = { .base = { .poll = poll_end, .stopping = poll_stopping }, .end_at = 14 };
	Watch watch = { .base = { watch_epoch } };

	assert_false(model_fit(f->model, &f->train, &f->options, &watch.base, &poll.base, &f->err));
	assert_int_equal(f->err.code, ERR_LIMIT);
	assert_int_equal(f->model->steps, 13);
	assert_int_equal(watch.epochs, 1);
	poll = (Poll){ .base = { .poll = poll_end, .stopping = poll_stopping }, .stop_at = 5 };
	f->model->steps = 0;
	watch.epochs = 0;
	made_fine(model_fit(f->model, &f->train, &f->options, &watch.base, &poll.base, &f->err),
		  &f->err);
	assert_int_equal(f->model->steps, 4);
	assert_int_equal(watch.epochs, 0);
}

static void refused(Made *f, const char *says)
{
	assert_false(fit(f, f->model));
	assert_int_equal(f->err.code, ERR_ARGUMENT);
	if (!strstr(f->err.text, says))
		fail_msg("'%s' does not say '%s'", f->err.text, says);
}

static void test_refusals(void **state)
{
	Made *f = *state;
	const Rows train = f->train;
	const FitOptions options = f->options;

	f->train.test = true;
	refused(f, "test rows");
	f->train = train;
	f->options.valid = &f->test;
	refused(f, "test rows");
	f->options = options;
	f->options.patience = 1;
	refused(f, "valid");
	f->options = options;
	f->options.epochs = 0;
	refused(f, "epochs");
	f->options = options;
	f->options.batch = FIT_BATCH_MAX + 1;
	refused(f, "batch");
	f->options = options;
	f->options.lr = NAN;
	refused(f, "lr");
	f->options = options;
	f->options.optimizer.decay = -0.1f;
	refused(f, "decay");
	f->options = options;
	f->train.count = 0;
	refused(f, "no training rows");
	f->train = train;
	f->set->features = 23;
	refused(f, "24 features");
	f->set->features = 24;
	f->set->classes = 3;
	refused(f, "4 outputs");
	f->set->classes = 4;
	model_free(f->model);
	f->model = made_model("24,4", "1");
	Model *int8 = made_with(f->model, "quantize", &f->train, NULL, &f->err);

	assert_non_null(int8);
	model_free(f->model);
	f->model = int8;
	refused(f, "quantized");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, made_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_defaults), TEST(test_learns_and_repeats),
		TEST(test_seed),     TEST(test_mask_is_held),
		TEST(test_watch),    TEST(test_patience),
		TEST(test_diverges), TEST(test_control),
		TEST(test_refusals),
	};

	return cmocka_run_group_tests_name("training", tests, NULL, NULL);
}
