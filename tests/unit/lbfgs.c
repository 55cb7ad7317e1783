/* L-BFGS on functions whose minima are known.
 * SPDX-License-Identifier: MIT */
#include "num/train/lbfgs.h"

#include <math.h>
#include <string.h>

#include "levels.h"
#include "unit.h"

#define N_MAX 64

typedef struct Problem {
	size_t n, calls, fail_at; /* fail_at: the call that fails; 0: none */
	double (*value)(const float *w, double *grad, size_t n);
} Problem;

static bool eval(void *user, const float *w, float *grad, double *loss, Err *err)
{
	Problem *problem = user;
	double g[N_MAX] = { 0 };

	if (++problem->calls == problem->fail_at)
		return err_set(err, ERR_INTERRUPTED, "enough");
	*loss = problem->value(w, g, problem->n);
	for (size_t i = 0; i < problem->n; i++)
		grad[i] = (float)g[i];
	return true;
}

/* Σ ½·c_i·(w_i − i)², curvatures c from 1 to 100. */
static double quadratic(const float *w, double *grad, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double c = pow(100, (double)i / (double)n), d = (double)w[i] - (double)i;

		sum += 0.5 * c * d * d;
		grad[i] = c * d;
	}
	return sum;
}

/* Σ 100·(w_{i+1} − w_i²)² + (1 − w_i)²: a curved valley to (1, 1, …). */
static double rosenbrock(const float *w, double *grad, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i + 1 < n; i++) {
		double x = (double)w[i], d = (double)w[i + 1] - x * x;

		sum += 100 * d * d + (1 - x) * (1 - x);
		grad[i] += -400 * x * d - 2 * (1 - x);
		grad[i + 1] += 200 * d;
	}
	return sum;
}

/* Σ w − log w: no number where w is not above 0; least at 1. */
static double barrier(const float *w, double *grad, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum += (double)w[i] - (w[i] > 0 ? log((double)w[i]) : NAN);
		grad[i] = 1 - 1 / (double)w[i];
	}
	return sum;
}

/* Steps until it is done, at most limit; returns them. The loss never rises. */
static size_t solve(Problem *problem, float *w, size_t limit, uint32_t features, Lbfgs *last)
{
	Err err = { .code = ERR_NONE };
	Arena *arena = arena_new(0, &err);
	Lbfgs *l = lbfgs_take(problem->n, LBFGS_HISTORY, features, arena, &err);
	size_t steps = 0;
	double before = INFINITY;

	assert_non_null(l);
	for (; !l->done && steps < limit; steps++) {
		if (!lbfgs_step(l, w, eval, problem, &err))
			fail_msg("%s", err.text);
		assert_true(l->loss <= before);
		before = l->loss;
	}
	assert_int_equal(l->evaluations, problem->calls);
	*last = *l;
	arena_free(arena);
	return steps;
}

static void test_quadratic(void **state)
{
	Problem problem = { .n = 50, .value = quadratic };
	float w[50] = { 0 };
	Lbfgs last;

	(void)state;
	assert_true(solve(&problem, w, 200, cpu_features(), &last) < 100);
	assert_true(last.done && last.loss < 1e-4);
	for (size_t i = 0; i < 50; i++)
		assert_true(fabsf(w[i] - (float)i) < 1e-2f);
	assert_true(problem.calls < last.iterations + 30); /* one a step, mostly */
}

static void test_rosenbrock(void **state)
{
	static const size_t sizes[] = { 2, 10 };

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		Problem problem = { .n = sizes[k], .value = rosenbrock };
		float w[10] = { -1.2f, 1, -1.2f, 1, -1.2f, 1, -1.2f, 1, -1.2f, 1 };
		Lbfgs last;

		assert_true(solve(&problem, w, 200, cpu_features(), &last) < 120);
		assert_true(last.done && problem.calls < last.iterations + 30);
		for (size_t i = 0; i < sizes[k]; i++)
			assert_true(fabsf(w[i] - 1) < 3e-3f);
	}
}

static void test_barrier(void **state)
{
	Problem problem = { .n = 5, .value = barrier };
	float w[5] = { 0.01f, 0.5f, 3, 40, 1 };
	Lbfgs last;

	(void)state;
	solve(&problem, w, 200, cpu_features(), &last);
	assert_true(last.done);
	for (size_t i = 0; i < 5; i++)
		assert_true(fabsf(w[i] - 1) < 1e-2f);
}

/* −Σ w has no minimum, and no curvature to learn. */
static double slope(const float *w, double *grad, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum -= (double)w[i];
		grad[i] = -1;
	}
	return sum;
}

static void test_slope(void **state)
{
	Problem problem = { .n = 3, .value = slope };
	float w[3] = { 1, 2, 3 };
	Lbfgs last;

	(void)state;
	solve(&problem, w, 3, cpu_features(), &last);
	assert_int_equal(last.iterations, 3);
	assert_true(last.kept == 0 && isfinite(last.loss) && w[0] > 1e6f);
}

/* At the minimum nothing moves. */
static void test_done(void **state)
{
	Problem problem = { .n = 3, .value = rosenbrock };
	float w[3] = { 1, 1, 1 };
	Lbfgs last;

	(void)state;
	assert_int_equal(solve(&problem, w, 5, cpu_features(), &last), 1);
	assert_true(last.done && last.iterations == 0 && problem.calls == 1);
	assert_true(w[0] == 1 && w[1] == 1 && w[2] == 1);
}

static void test_levels(void **state)
{
	float want[33];

	(void)state;
	for (size_t l = 0; l < LEVELS; l++) {
		Problem problem = { .n = 33, .value = quadratic };
		float w[33] = { 0 };
		Lbfgs last;

		if (!level_runs(levels[l]))
			continue;
		solve(&problem, w, 30, levels[l], &last);
		if (l == 0)
			memcpy(want, w, sizeof w);
		assert_memory_equal(w, want, sizeof w);
	}
}

/* An error of eval comes out whatever call it was, and w stays where the last step left it. */
static void test_errors(void **state)
{
	(void)state;
	for (size_t fail_at = 1; fail_at < 12; fail_at++) {
		Problem problem = { .n = 4, .value = rosenbrock, .fail_at = fail_at };
		float w[4] = { -1.2f, 1, -1.2f, 1 }, kept[4];
		Err err = { .code = ERR_NONE };
		Arena *arena = arena_new(0, &err);
		Lbfgs *l = lbfgs_take(4, 3, cpu_features(), arena, &err);
		bool fine = true;

		assert_non_null(l);
		for (int i = 0; i < 12 && fine; i++) {
			memcpy(kept, w, sizeof w);
			fine = lbfgs_step(l, w, eval, &problem, &err);
		}
		assert_false(fine);
		assert_int_equal(err.code, ERR_INTERRUPTED);
		assert_memory_equal(w, kept, sizeof w);
		arena_free(arena);
	}
}

static void test_diverged(void **state)
{
	Problem problem = { .n = 2, .value = barrier };
	float w[2] = { 1, -1 };
	Err err = { .code = ERR_NONE };
	Arena *arena = arena_new(0, &err);
	Lbfgs *l = lbfgs_take(2, LBFGS_HISTORY, cpu_features(), arena, &err);

	(void)state;
	assert_non_null(l);
	assert_false(lbfgs_step(l, w, eval, &problem, &err));
	assert_int_equal(err.code, ERR_DIVERGED);
	arena_free(arena);
}

static void test_too_large(void **state)
{
	Err err = { .code = ERR_NONE };
	Arena *arena = arena_new(0, &err);

	(void)state;
	assert_null(lbfgs_take(SIZE_MAX / 8, LBFGS_HISTORY, 0, arena, &err));
	assert_int_equal(err.code, ERR_MEMORY);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quadratic), cmocka_unit_test(test_rosenbrock),
		cmocka_unit_test(test_barrier),   cmocka_unit_test(test_slope),
		cmocka_unit_test(test_done),      cmocka_unit_test(test_levels),
		cmocka_unit_test(test_errors),    cmocka_unit_test(test_diverged),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
