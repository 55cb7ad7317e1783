/* Pruning: exactly the share that is asked for, the smallest first, per layer or across layers,
 * and what is refused.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model_make.h"
#include "technique/select.h"

static int setup(void **state)
{
	Made *f = made_new(400, MADE_LAYERS);

	made_fit(f->model, &f->train, 8);
	*state = f;
	return 0;
}

static Model *prune(Made *f, const Model *model, const char *sparsity, const char *scope,
		    const char *criterion)
{
	const char *const settings[] = { "sparsity", sparsity, "scope", scope, "criterion",
					 criterion,  "epochs", "0",     NULL };

	return made_with(model, "prune", NULL, settings, &f->err);
}

static size_t kept(const Model *model, size_t span)
{
	const Span *s = &model->span[span];
	size_t n = 0;

	for (size_t i = 0; i < s->rows * s->cols; i++)
		n += model->mask[s->offset + i];
	return n;
}

static size_t weights(const Model *model, size_t span)
{
	return model->span[span].rows * model->span[span].cols;
}

/* What is gone is 0 and no larger than what stays; biases and what stays are as they were. */
static void check_magnitude(const Model *before, const Model *after, size_t first, size_t last)
{
	float gone = 0, least = INFINITY;

	for (size_t i = first; i < last; i += 2) {
		const Span *s = &before->span[i];

		for (size_t at = s->offset; at < s->offset + s->rows * s->cols; at++) {
			if (after->mask[at])
				least = fminf(least, fabsf(before->params[at]));
			else
				gone = fmaxf(gone, fabsf(before->params[at]));
			assert_true(after->params[at] ==
				    (after->mask[at] ? before->params[at] : 0));
		}
	}
	assert_true(gone <= least);
}

static void check_biases(const Model *before, const Model *after)
{
	for (size_t i = 1; i < before->spans; i += 2) {
		const Span *s = &before->span[i];

		assert_int_equal(kept(after, i), s->cols);
		assert_memory_equal(before->params + s->offset, after->params + s->offset,
				    s->cols * sizeof(float));
	}
}

static void test_global(void **state)
{
	Made *f = *state;
	size_t all = 24 * 33 + 33 * 20 + 20 * 4;
	static const char *const share[] = { "0", "0.3", "0.5", "0.9", "0.99" };

	for (size_t i = 0; i < 5; i++) {
		Model *p = prune(f, f->model, share[i], "global", "magnitude");
		size_t want = all - (size_t)llround(strtod(share[i], NULL) * (double)all);

		made_fine(p, &f->err);
		assert_int_equal(kept(p, 0) + kept(p, 2) + kept(p, 4), want);
		assert_int_equal(model_nonzero(p), want + 57);
		check_magnitude(f->model, p, 0, 6);
		check_biases(f->model, p);
		model_free(p);
	}
}

static void test_layer(void **state)
{
	Made *f = *state;
	Model *p = prune(f, f->model, "0.75", "layer", "magnitude");

	made_fine(p, &f->err);
	for (size_t i = 0; i < 6; i += 2) {
		size_t n = weights(p, i);

		assert_int_equal(kept(p, i), n - (size_t)llround(0.75 * (double)n));
		check_magnitude(f->model, p, i, i + 2);
	}
	check_biases(f->model, p);
	model_free(p);
}

/* Layers never die, even where another layer's weights are all larger. */
static void test_each_layer_keeps_one(void **state)
{
	Made *f = *state;

	for (size_t i = 0; i < weights(f->model, 2); i++)
		f->model->params[f->model->span[2].offset + i] *= 1e-6f;
	Model *global = prune(f, f->model, "0.9999", "global", "magnitude");
	Model *layer = prune(f, f->model, "0.9999", "layer", "random");

	assert_true(global && layer);
	for (size_t i = 0; i < 6; i += 2) {
		assert_int_equal(kept(global, i), 1);
		assert_int_equal(kept(layer, i), 1);
	}
	model_free(global);
	model_free(layer);
}

static void test_equal_scores(void **state)
{
	Made *f = *state;

	for (size_t i = 0; i < f->model->count; i++)
		f->model->params[i] = 0.5f;
	Model *p = prune(f, f->model, "0.4", "global", "magnitude");

	made_fine(p, &f->err);
	assert_int_equal(kept(p, 0) + kept(p, 2) + kept(p, 4), 1532 - 613);
	model_free(p);
}

static void test_random(void **state)
{
	Made *f = *state;
	Model *a = prune(f, f->model, "0.5", "global", "random");
	Model *b = prune(f, f->model, "0.5", "global", "random");
	Model *c = prune(f, f->model, "0.5", "global", "magnitude");
	const char *const other[] = { "criterion", "random", "sparsity", "0.5", "seed",
				      "2",         "epochs", "0",        NULL };
	Model *d = made_with(f->model, "prune", NULL, other, &f->err);
	size_t same = 0;

	assert_true(a && b && c && d);
	made_same(a, b);
	assert_memory_not_equal(a->mask, d->mask, a->count);
	for (size_t i = 0; i < a->count; i++)
		same += a->mask[i] == c->mask[i];
	/* Half of the weights agree by chance, and all of the biases and the padding. */
	assert_true(same > a->count * 4 / 10 && same < a->count * 6 / 10);
	model_free(a);
	model_free(b);
	model_free(c);
	model_free(d);
}

/* A second pruning starts from the first: the share is of all weights, and nothing comes back. */
static void test_again(void **state)
{
	Made *f = *state;
	Model *first = prune(f, f->model, "0.5", "global", "random");
	Model *second = prune(f, first, "0.8", "global", "magnitude");
	Model *less = prune(f, first, "0.2", "global", "magnitude");

	assert_true(first && second && less);
	for (size_t i = 0; i < first->count; i++)
		assert_true(second->mask[i] <= first->mask[i]);
	assert_int_equal(model_nonzero(second), 1532 - 1226 + 57);
	assert_memory_equal(less->mask, first->mask, first->count);
	model_free(first);
	model_free(second);
	model_free(less);
}

static void test_fine_tuning_helps(void **state)
{
	Made *f = *state;
	const char *const tuned[] = { "sparsity", "0.9",   "epochs", "30", "lr_scale",
				      "3",        "batch", "16",     NULL };
	Model *bare = prune(f, f->model, "0.9", "global", "magnitude");
	Model *after = made_with(f->model, "prune", &f->train, tuned, &f->err);

	assert_true(bare && after);
	assert_int_equal(model_nonzero(after), model_nonzero(bare));
	assert_memory_equal(after->mask, bare->mask, bare->count);
	assert_true(made_accuracy(after, KERNEL_CSR, &f->test) >
		    made_accuracy(bare, KERNEL_CSR, &f->test));
	model_free(bare);
	model_free(after);
}

static void refused(Made *f, const Model *model, const Rows *data, const char *const *settings,
		    const char *says)
{
	f->err = (Err){ .code = ERR_NONE };
	assert_null(made_with(model, "prune", data, settings, &f->err));
	assert_int_equal(f->err.code,
			 strstr(says, "not a number") ? ERR_DIVERGED : ERR_ARGUMENT);
	if (!strstr(f->err.text, says) || strncmp(f->err.text, "prune: ", 7) != 0)
		fail_msg("'%s' does not say '%s'", f->err.text, says);
}

static void test_refusals(void **state)
{
	Made *f = *state;
	const char *const none[] = { "epochs", "0", NULL };
	Model *int8 = made_with(f->model, "quantize", &f->train, NULL, &f->err);

	assert_non_null(int8);
	refused(f, f->model, NULL, NULL, "epochs = 0");
	refused(f, f->model, &f->test, NULL, "test rows");
	refused(f, int8, NULL, none, "quantized");
	f->model->params[0] = NAN;
	refused(f, f->model, NULL, none, "not a number");
	model_free(int8);
}

static int compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static void test_select(void **state)
{
	Random random;
	float values[300], sorted[300];

	(void)state;
	random_init(&random, 1, RANDOM_ROWS);
	for (size_t round = 0; round < 50; round++) {
		size_t n = 1 + random_below(&random, 300);

		for (size_t i = 0; i < n; i++)
			sorted[i] = round % 2 ? (float)random_normal(&random)
					      : (float)random_below(&random, 5) - 2;
		sorted[0] = round % 3 ? sorted[0] : INFINITY;
		memcpy(values, sorted, sizeof values);
		qsort(sorted, n, sizeof *sorted, compare);
		for (size_t i = 0; i < 20; i++) {
			size_t k = random_below(&random, n);

			assert_true(select_kth(values, n, k) == sorted[k]);
		}
		qsort(values, n, sizeof *values, compare);
		assert_memory_equal(values, sorted, n * sizeof *values);
	}
}

typedef struct Curve {
	FitWatch watch; /* first member */
	size_t epochs;
} Curve;

static bool curve_epoch(FitWatch *self, const FitEpoch *report, Err *err)
{
	Curve *curve = (Curve *)self;

	(void)err;
	curve->epochs = report->epoch;
	return true;
}

/* In the end exactly the share that was asked for is gone. */
static void test_cubic(void **state)
{
	static const char *const settings[] = { "sparsity", "0.8",    "schedule", "cubic",
						"epochs",   "12",     "batch",	  "16",
						"begin",    "0.1",    "end",	  "0.6",
						NULL };
	Made *f = *state;
	Curve curve = { .watch = { .epoch = curve_epoch } };
	const Technique *with = technique_find("prune");
	Params params;

	made_fine(params_init(&params, &with->info, &f->err), &f->err);
	for (size_t i = 0; settings[i]; i += 2)
		made_fine(params_set_text(&params, settings[i], settings[i + 1], &f->err), &f->err);
	made_fine(params_set_object(&params, "data", "rows", &f->train, &f->err), &f->err);
	Model *model = with->apply(f->model, &params, &curve.watch, NULL, &f->err);
	size_t all = 0, left = 0;

	made_fine(model, &f->err);
	assert_int_equal(curve.epochs, 12);
	for (size_t i = 0; i < model->spans; i += 2) {
		all += weights(model, i);
		left += kept(model, i);
	}
	assert_int_equal(left, all - (size_t)llround(0.8 * (double)all));
	for (size_t i = 0; i < model->count; i++)
		assert_true(!model->mask || model->mask[i] || model->params[i] == 0);
	assert_true(made_accuracy(model, KERNEL_CSR, &f->test) >
		    made_accuracy(f->model, KERNEL_DENSE, &f->test) - 0.1);
	model_free(model);
}

static void test_cubic_refusals(void **state)
{
	static const char *const none[] = { "schedule", "cubic", "epochs", "0", NULL };
	static const char *const turned[] = { "schedule", "cubic", "begin", "0.6",
					      "end",	  "0.5",   NULL };
	Made *f = *state;

	assert_null(made_with(f->model, "prune", &f->train, none, &f->err));
	assert_non_null(strstr(f->err.text, "epochs must be above 0"));
	assert_null(made_with(f->model, "prune", &f->train, turned, &f->err));
	assert_non_null(strstr(f->err.text, "begin is 0.6, but must not be above end, 0.5"));
}

/* Of 1,000,000 weights: scoring and taking away look at the control now and then. */
static void test_stopped(void **state)
{
	static const char *const ways[][7] = { { "epochs", "0", NULL },
					       { "epochs", "0", "scope", "layer", NULL },
					       { "epochs", "0", "criterion", "random", NULL } };
	Model *model = made_model("64,1000,1000,10", "1");

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		assert_in_range(made_stops(model, "prune", NULL, ways[i]), 7, 60);
	model_free(model);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, made_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_global),
		TEST(test_layer),
		TEST(test_each_layer_keeps_one),
		TEST(test_equal_scores),
		TEST(test_random),
		TEST(test_again),
		TEST(test_fine_tuning_helps),
		TEST(test_refusals),
		TEST(test_cubic),
		TEST(test_cubic_refusals),
		cmocka_unit_test(test_select),
		cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests_name("prune", tests, NULL, NULL);
}
