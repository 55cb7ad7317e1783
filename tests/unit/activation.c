/* Activations against PyTorch, libm and their own differences; every instruction level gives the
 * same bits.
 * SPDX-License-Identifier: MIT */
#include "num/train/activation.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "levels.h"
#include "unit.h"
#include "fixture.h"

#define COUNT 24

static double leaky(double x)
{
	return x < 0 ? 0.01 * x : x;
}

static double relu(double x)
{
	return x < 0 ? 0 : x;
}

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

static double gelu(double x)
{
	return x * 0.5 * erfc(-x / sqrt(2));
}

static double (*const reference[ACT_KINDS])(double) = {
	[ACT_RELU] = relu,       [ACT_LEAKY] = leaky, [ACT_TANH] = tanh,
	[ACT_SIGMOID] = sigmoid, [ACT_GELU] = gelu,
};
static const char *const names[ACT_KINDS] = {
	[ACT_RELU] = "relu",       [ACT_LEAKY] = "leaky", [ACT_TANH] = "tanh",
	[ACT_SIGMOID] = "sigmoid", [ACT_GELU] = "gelu",
};

static int find(const char *name)
{
	int kind = 0;

	while (kind < ACT_KINDS && strcmp(names[kind], name) != 0)
		kind++;
	return kind;
}

static void test_pytorch(void **state)
{
	json_t *root = fixture_load("activation");
	size_t cases = json_array_size(fixture_list(root, "cases")), n = fixture_size(root, "n");
	float x[COUNT], dy[COUNT], y[COUNT], dx[COUNT];

	(void)state;
	assert_int_equal(cases, ACT_KINDS + 1);
	fixture_floats(root, "x", x, COUNT);
	fixture_floats(root, "dy", dy, COUNT);
	for (size_t i = 0; i < cases; i++) {
		const json_t *it = json_array_get(fixture_list(root, "cases"), i);
		const char *name = fixture_text(it, "name");
		int kind = find(name);

		if (kind == ACT_KINDS) {
			assert_string_equal(name, "softmax");
			act_softmax(cpu_features(), y, x, COUNT / n, n);
			act_softmax_grad(cpu_features(), dx, dy, y, COUNT / n, n);
		} else {
			act_run(cpu_features(), (ActKind)kind, y, x, COUNT);
			act_grad(cpu_features(), (ActKind)kind, dx, dy,
				 act_of_x((ActKind)kind) ? x : y, COUNT);
		}
		fixture_near(it, "y", y, COUNT, 3e-7, name);
		fixture_near(it, "dx", dx, COUNT, 1e-6, name);
	}
	json_decref(root);
}

static void near(const char *name, float x, float got, double want, double tolerance)
{
	if (!(fabs((double)got - want) <= tolerance))
		fail_msg("%s at %.9g: got %.9g, expected %.9g", name, (double)x, (double)got, want);
}

/* Values within a few units in the last place of libm's, gradients of the differences of libm's. */
static void test_differences(void **state)
{
	const double h = 1e-5;

	(void)state;
	for (int kind = 0; kind < ACT_KINDS; kind++) {
		double (*f)(double) = reference[kind];

		for (int i = -1600; i < 1600; i++) {
			float x = ((float)i + 0.5f) / 160, y, dx, dy = 2;
			double slope = (f((double)x + h) - f((double)x - h)) / (2 * h);

			act_run(cpu_features(), (ActKind)kind, &y, &x, 1);
			near(names[kind], x, y, f((double)x),
			     kind == ACT_GELU ? 4e-7 * fmax(1, (double)x)
					      : 3e-7 * fabs(f((double)x)));
			act_grad(cpu_features(), (ActKind)kind, &dx, &dy,
				 act_of_x((ActKind)kind) ? &x : &y, 1);
			near(names[kind], x, dx, 2 * slope, 3e-6);
		}
	}
}

static void test_softmax_differences(void **state)
{
	enum { N = 5 };
	const double h = 1e-5;
	float x[N] = { 0.5f, -1, 2, 0.25f, 1.5f }, dy[N] = { 1, -2, 0.5f, 3, -0.25f }, y[N], dx[N];

	(void)state;
	act_softmax(cpu_features(), y, x, 1, N);
	act_softmax_grad(cpu_features(), dx, dy, y, 1, N);
	for (size_t i = 0; i < N; i++) {
		double value[2];

		for (int side = 0; side < 2; side++) {
			double sum = 0, dot = 0;

			for (size_t j = 0; j < N; j++) {
				double e = exp((double)x[j] + (j == i ? (side ? h : -h) : 0));

				sum += e;
				dot += e * (double)dy[j];
			}
			value[side] = dot / sum;
		}
		near("softmax", x[i], dx[i], (value[1] - value[0]) / (2 * h), 1e-6);
	}
}

/* Far out nothing overflows, and what is not a number stays so. */
static void test_edges(void **state)
{
	static const float x[] = { INFINITY, 1e30f, -1e30f, NAN };
	static const float want[ACT_KINDS][3] = {
		[ACT_RELU] = { INFINITY, 1e30f, 0 }, [ACT_LEAKY] = { INFINITY, 1e30f, -1e28f },
		[ACT_TANH] = { 1, 1, -1 },           [ACT_SIGMOID] = { 1, 1, 0 },
		[ACT_GELU] = { INFINITY, 1e30f, 0 },
	};

	(void)state;
	for (int kind = 0; kind < ACT_KINDS; kind++) {
		float y[4], dx[4], dy[4] = { 1, 1, 1, 1 };

		act_run(cpu_features(), (ActKind)kind, y, x, 4);
		for (size_t i = 0; i < 3; i++)
			assert_true(y[i] == want[kind][i] || fabsf(y[i] - want[kind][i]) < 1e-37f);
		assert_true(isnan(y[3]));
		act_grad(cpu_features(), (ActKind)kind, dx, dy, act_of_x((ActKind)kind) ? x : y, 4);
		for (size_t i = 1; i < 3; i++)
			assert_true(dx[i] >= 0 && dx[i] <= 1);
	}
}

static void test_own_slope(void **state)
{
	float x[3] = { -2, 0, 3 }, dx[3], dy[3] = { 1, 2, 4 };

	(void)state;
	act_leaky(cpu_features(), 0.25f, x, x, 3);
	assert_true(x[0] == -0.5f && x[1] == 0 && x[2] == 3);
	act_leaky_grad(cpu_features(), 0.25f, dx, dy, x, 3);
	assert_true(dx[0] == 0.25f && dx[1] == 0.5f && dx[2] == 4);
}

/* Every level, every length around a vector's, in place: the bits of the plain level, nothing
 * beyond the end. */
static void test_levels(void **state)
{
	enum { N = 80 };
	float x[N], dy[N], want[N], y[N];
	Random random;

	(void)state;
	random_init(&random, 3, RANDOM_WEIGHTS);
	for (size_t i = 0; i < N; i++) {
		x[i] = random_uniform(&random, -4, 4);
		dy[i] = random_uniform(&random, -1, 1);
	}
	for (int kind = 0; kind < ACT_KINDS; kind++)
		for (size_t l = 0; l < LEVELS; l++)
			for (size_t n = 0; n <= 67 && level_runs(levels[l]); n++) {
				memcpy(want, x, sizeof x);
				memcpy(y, x, sizeof x);
				act_run(0, (ActKind)kind, want, x, n);
				act_run(levels[l], (ActKind)kind, y, y, n);
				assert_memory_equal(y, want, sizeof y);
				memcpy(want, dy, sizeof dy);
				memcpy(y, dy, sizeof dy);
				act_grad(0, (ActKind)kind, want, dy, x, n);
				act_grad(levels[l], (ActKind)kind, y, y, x, n);
				assert_memory_equal(y, want, sizeof y);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pytorch),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_softmax_differences),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_own_slope),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
