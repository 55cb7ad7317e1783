/* Losses against PyTorch, against the textbook in double and the differences of it; every
 * instruction level gives the same bits.
 * SPDX-License-Identifier: MIT */
#include "num/train/loss.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "levels.h"
#include "unit.h"
#include "fixture.h"

#define ROWS 7
#define COLS_MAX 150 /* more than a block of distillation */

static void near(const char *name, double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance))
		fail_msg("%s: got %.9g, expected %.9g", name, got, want);
}

/* --- PyTorch ---------------------------------------------------------------------------------- */

static Loss loss_of(const json_t *it)
{
	Loss loss;
	LossKind kind;

	assert_true(loss_find(fixture_text(it, "name"), &kind));
	loss = loss_default(kind);
	loss.smoothing = (float)fixture_number_or(it, "smoothing", 0);
	loss.delta = (float)fixture_number_or(it, "delta", (double)loss.delta);
	loss.alpha = (float)fixture_number_or(it, "alpha", (double)loss.alpha);
	loss.temperature = (float)fixture_number_or(it, "temperature", (double)loss.temperature);
	return loss;
}

static void test_pytorch(void **state)
{
	json_t *root = fixture_load("loss");
	size_t cases = json_array_size(fixture_list(root, "cases"));
	size_t rows = fixture_size(root, "rows"), n = fixture_size(root, "n"), seen = 0;
	float logits[64], teacher[64], one[64], grad[64];
	uint16_t labels[16], bits[16];

	(void)state;
	fixture_floats(root, "logits", logits, rows * n);
	fixture_floats(root, "teacher", teacher, rows * n);
	fixture_floats(root, "one_logits", one, rows);
	fixture_labels(root, "labels", labels, rows);
	fixture_labels(root, "one_labels", bits, rows);
	for (size_t i = 0; i < cases; i++) {
		const json_t *it = json_array_get(fixture_list(root, "cases"), i);
		size_t classes = fixture_size(it, "classes"), right = 0;
		Loss loss = loss_of(it);
		double sum =
			loss_run(cpu_features(), &loss, grad, classes == 1 ? one : logits,
				 classes == 1 ? bits : labels,
				 loss.kind == LOSS_DISTILL ? teacher : NULL, rows, classes, &right);

		near(losses[loss.kind].name, sum / (double)rows, fixture_number_or(it, "loss", NAN),
		     1e-6);
		fixture_near(it, "grad", grad, rows * classes, 2e-7, losses[loss.kind].name);
		seen |= (size_t)1 << loss.kind;
	}
	assert_int_equal(seen, ((size_t)1 << LOSS_KINDS) - 1);
	json_decref(root);
}

/* --- the textbook ----------------------------------------------------------------------------- */

static double log_sum(const double *x, size_t n, double t)
{
	double sum = 0, max = x[0];

	for (size_t j = 0; j < n; j++)
		max = fmax(max, x[j]);
	for (size_t j = 0; j < n; j++)
		sum += exp((x[j] - max) / t);
	return max / t + log(sum);
}

static double xent(const Loss *loss, const double *x, size_t label, size_t n)
{
	double sum = 0, smoothing = (double)loss->smoothing, all = log_sum(x, n, 1);

	for (size_t j = 0; j < n; j++)
		sum += ((j == label) * (1 - smoothing) + smoothing / (double)n) * (all - x[j]);
	return sum;
}

static double divergence(const double *x, const double *teacher, size_t n, double t)
{
	double sum = 0, all = log_sum(x, n, t), all_teacher = log_sum(teacher, n, t);

	for (size_t j = 0; j < n; j++)
		sum += exp(teacher[j] / t - all_teacher) *
		       (teacher[j] / t - all_teacher - (x[j] / t - all));
	return sum;
}

/* Of one output of a loss that knows each alone; hot: its target, 0 or 1. */
static double element(const Loss *loss, double x, double hot)
{
	double delta = (double)loss->delta, d = fabs(x - hot);

	switch (loss->kind) {
	case LOSS_BCE:
		return fmax(x, 0) - x * hot + log1p(exp(-fabs(x)));
	case LOSS_HINGE:
		return fmax(0, 1 - (2 * hot - 1) * x);
	case LOSS_MSE:
		return d * d;
	default:
		return d <= delta ? d * d / 2 : delta * (d - delta / 2);
	}
}

/* The loss of one row. */
static double row_loss(const Loss *loss, const double *x, size_t label, const double *teacher,
		       size_t n)
{
	double alpha = (double)loss->alpha, t = (double)loss->temperature, sum = 0;

	if (loss->kind == LOSS_XENT)
		return xent(loss, x, label, n);
	if (loss->kind == LOSS_DISTILL)
		return (1 - alpha) * xent(loss, x, label, n) +
		       alpha * t * t * divergence(x, teacher, n, t);
	for (size_t j = 0; j < n; j++)
		sum += element(loss, x[j], (n == 1 ? label == 1 : label == j) ? 1 : 0);
	return loss->kind == LOSS_HINGE ? sum : sum / (double)n;
}

typedef struct Data {
	float logits[ROWS * COLS_MAX], teacher[ROWS * COLS_MAX];
	uint16_t labels[ROWS];
} Data;

static void fill(Data *data, size_t n)
{
	Random random;

	random_init(&random, 11, RANDOM_WEIGHTS);
	for (size_t i = 0; i < ROWS * n; i++) {
		data->logits[i] = random_uniform(&random, -3, 3);
		data->teacher[i] = random_uniform(&random, -3, 3);
	}
	for (size_t r = 0; r < ROWS; r++)
		data->labels[r] = (uint16_t)random_below(&random, n == 1 ? 2 : n);
}

/* The losses with parameters that make a difference. */
static const Loss tried[] = {
	{ .kind = LOSS_XENT },
	{ .kind = LOSS_XENT, .smoothing = 0.3f },
	{ .kind = LOSS_BCE },
	{ .kind = LOSS_HINGE },
	{ .kind = LOSS_MSE },
	{ .kind = LOSS_HUBER, .delta = 0.75f },
	{ .kind = LOSS_DISTILL, .alpha = 0.7f, .temperature = 4 },
	{ .kind = LOSS_DISTILL, .alpha = 0.2f, .temperature = 0.5f, .smoothing = 0.1f },
};

#define TRIED (sizeof tried / sizeof *tried)

static double run(uint32_t features, const Loss *loss, float *grad, const Data *data, size_t n,
		  size_t *right)
{
	return loss_run(features, loss, grad, data->logits, data->labels,
			loss->kind == LOSS_DISTILL ? data->teacher : NULL, ROWS, n, right);
}

static void check_differences(const Loss *loss, const Data *data, size_t n)
{
	const char *name = losses[loss->kind].name;
	static float grad[ROWS * COLS_MAX];
	size_t right = 0, predicted = 0;
	double got = run(cpu_features(), loss, grad, data, n, &right), sum = 0, h = 1e-6;

	for (size_t r = 0; r < ROWS; r++) {
		double x[COLS_MAX], teacher[COLS_MAX];
		size_t best = 0;

		for (size_t j = 0; j < n; j++) {
			x[j] = (double)data->logits[r * n + j];
			teacher[j] = (double)data->teacher[r * n + j];
			best = x[j] > x[best] ? j : best;
		}
		if (n == 1)
			best = x[0] >
			       (loss->kind == LOSS_MSE || loss->kind == LOSS_HUBER ? 0.5 : 0);
		predicted += best == data->labels[r];
		sum += row_loss(loss, x, data->labels[r], teacher, n);
		for (size_t j = 0; j < n; j++) {
			double kept = x[j], high, low;

			x[j] = kept + h;
			high = row_loss(loss, x, data->labels[r], teacher, n);
			x[j] = kept - h;
			low = row_loss(loss, x, data->labels[r], teacher, n);
			x[j] = kept;
			near(name, (double)grad[r * n + j], (high - low) / (2 * h) / ROWS, 2e-7);
		}
	}
	near(name, got, sum, 2e-6 * fabs(sum));
	assert_int_equal(right, predicted);
}

static void test_differences(void **state)
{
	static const size_t widths[] = { 2, 5, 10, COLS_MAX };
	static Data data;

	(void)state;
	for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
		fill(&data, widths[w]);
		for (size_t i = 0; i < TRIED; i++)
			check_differences(&tried[i], &data, widths[w]);
	}
	fill(&data, 1);
	for (size_t i = 0; i < TRIED; i++)
		if (tried[i].kind != LOSS_XENT && tried[i].kind != LOSS_DISTILL)
			check_differences(&tried[i], &data, 1);
}

/* --- bits ------------------------------------------------------------------------------------- */

/* Every level, and in place: the bits of the plain level, the same sum. */
static void test_levels(void **state)
{
	static const size_t widths[] = { 1, 5, 10, 16, 33, COLS_MAX };
	static float want[ROWS * COLS_MAX], grad[ROWS * COLS_MAX];
	static Data data, copy;

	(void)state;
	for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
		for (size_t i = 0; i < TRIED; i++) {
			size_t right = 0, n = widths[w];
			double sum;

			fill(&data, n);
			if (n == 1) /* a class of its own for the losses of several */
				memset(data.labels, 0, sizeof data.labels);
			sum = run(0, &tried[i], want, &data, n, &right);
			for (size_t l = 0; l < LEVELS; l++) {
				size_t again = 0;

				if (!level_runs(levels[l]))
					continue;
				assert_true(run(levels[l], &tried[i], grad, &data, n, &again) ==
					    sum);
				assert_memory_equal(grad, want, ROWS * n * sizeof *grad);
				copy = data;
				assert_true(run(levels[l], &tried[i], copy.logits, &copy, n,
						&again) == sum);
				assert_memory_equal(copy.logits, want, ROWS * n * sizeof *grad);
				assert_int_equal(again, 2 * right);
			}
		}
}

/* --- edges ------------------------------------------------------------------------------------ */

static void test_xent_edges(void **state)
{
	const Loss loss = loss_default(LOSS_XENT);
	float logits[4] = { 1000, -1000, 0, 1000 }, grad[4];
	uint16_t label = 1;
	size_t right = 5;

	(void)state;
	near("xent", loss_run(cpu_features(), &loss, grad, logits, &label, NULL, 1, 4, &right),
	     2000 + log(2), 1e-3);
	assert_int_equal(right, 5);
	near("xent", (double)grad[0], 0.5, 1e-6);
	near("xent", (double)grad[1], -1, 1e-6);
	label = 0; /* the first of equals is the prediction; in place */
	loss_run(cpu_features(), &loss, logits, logits, &label, NULL, 1, 4, &right);
	assert_int_equal(right, 6);
	near("xent", (double)logits[0], -0.5, 1e-6);
}

/* Far logits are finite, and what is not a number is told by the sum. */
static void test_numbers(void **state)
{
	uint16_t label = 2;

	(void)state;
	for (size_t i = 0; i < TRIED; i++)
		for (size_t at = 0; at < 4; at++) {
			float logits[4] = { 1e4f, -1e4f, 0, 1e4f },
			      teacher[4] = { -1e4f, 1e4f, 0, 1 };
			float grad[4];
			const float *given = tried[i].kind == LOSS_DISTILL ? teacher : NULL;
			size_t right = 0;

			assert_true(isfinite(loss_run(cpu_features(), &tried[i], grad, logits,
						      &label, given, 1, 4, &right)));
			for (size_t j = 0; j < 4; j++)
				assert_true(isfinite(grad[j]));
			logits[at] = NAN;
			assert_true(isnan(loss_run(cpu_features(), &tried[i], grad, logits, &label,
						   given, 1, 4, &right)));
		}
}

/* e^x by way of two classes: within 3e-7 of the right value, all the way down. */
static void test_accuracy(void **state)
{
	const Loss loss = loss_default(LOSS_XENT);

	(void)state;
	for (int i = 0; i < 8000; i++) {
		float logits[2] = { 0, (float)-i / 100 }, grad[2];
		uint16_t label = 0;
		size_t right = 0;
		double e = exp((double)logits[1]);

		loss_run(cpu_features(), &loss, grad, logits, &label, NULL, 1, 2, &right);
		near("e^x", (double)grad[1], e / (1 + e), 3e-7 * e / (1 + e));
	}
}

/* A teacher that says the same adds nothing; without alpha there is no teacher. */
static void test_distill(void **state)
{
	Loss loss = { .kind = LOSS_DISTILL, .alpha = 1, .temperature = 3 };
	const Loss plain = loss_default(LOSS_XENT);
	float grad[ROWS * 5], want[ROWS * 5];
	static Data data;
	size_t right = 0;

	(void)state;
	fill(&data, 5);
	near("distill",
	     loss_run(cpu_features(), &loss, grad, data.logits, data.labels, data.logits, ROWS, 5,
		      &right),
	     0, 1e-6);
	for (size_t i = 0; i < ROWS * 5; i++)
		near("distill", (double)grad[i], 0, 1e-7);
	loss.alpha = 0;
	near("distill", run(cpu_features(), &loss, grad, &data, 5, &right),
	     run(cpu_features(), &plain, want, &data, 5, &right), 1e-5);
	for (size_t i = 0; i < ROWS * 5; i++)
		near("distill", (double)grad[i], (double)want[i], 1e-7);
}

/* Of one logit the border lies where both classes are equally far. */
static void test_one_logit(void **state)
{
	float logits[4] = { 0.25f, 0.75f, -0.25f, 0 }, grad[4];
	static const uint16_t labels[4] = { 1, 1, 0, 1 };

	(void)state;
	for (size_t i = 0; i < TRIED; i++) {
		bool squares = tried[i].kind == LOSS_MSE || tried[i].kind == LOSS_HUBER;
		size_t right = 0;

		if (tried[i].kind == LOSS_XENT || tried[i].kind == LOSS_DISTILL)
			continue;
		loss_run(cpu_features(), &tried[i], grad, logits, labels, NULL, 4, 1, &right);
		assert_int_equal(right, squares ? 2 : 3);
	}
}

static void test_names(void **state)
{
	LossKind kind = LOSS_HUBER;

	(void)state;
	for (int i = 0; i < LOSS_KINDS; i++) {
		assert_true(loss_find(losses[i].name, &kind));
		assert_int_equal(kind, i);
		assert_non_null(losses[i].title);
		assert_non_null(losses[i].about);
	}
	assert_false(loss_find("none", &kind));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pytorch), cmocka_unit_test(test_differences),
		cmocka_unit_test(test_levels),  cmocka_unit_test(test_xent_edges),
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_accuracy),
		cmocka_unit_test(test_distill), cmocka_unit_test(test_one_logit),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
