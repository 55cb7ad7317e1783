/* Eigenvectors and principal components by what they must satisfy.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/clusters/pca.h"
#include "model_make.h"
#include "num/cpu.h"
#include "num/eigen.h"

static Err err;

/* --- eigenvectors ----------------------------------------------------------------------------- */

static void symmetric(size_t n, int kind)
{
	double *a = malloc(n * n * sizeof *a), *z = malloc(n * n * sizeof *z);
	double *value = malloc(n * sizeof *value), *room = malloc(n * sizeof *room), trace = 0;
	Random random;

	assert_true(a && z && value && room);
	random_init(&random, n, RANDOM_ROWS);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
			a[i * n + j] = a[j * n + i] = kind == 0   ? random_normal(&random)
						      : kind == 1 ? (i == j ? 3 : 0)
								  : 1; /* rank 1 */
	memcpy(z, a, n * n * sizeof *z);
	assert_true(eigen_symmetric(z, n, value, room));
	for (size_t i = 0; i < n; i++) {
		trace += a[i * n + i] - value[i];
		assert_true(i == 0 || value[i] <= value[i - 1]);
		for (size_t j = 0; j <= i; j++)
			assert_true(fabs(eigen_dot(0, z + i * n, z + j * n, n) - (i == j)) < 1e-12);
		for (size_t r = 0; r < n; r++)
			assert_true(fabs(eigen_dot(0, a + r * n, z + i * n, n) -
					 value[i] * z[i * n + r]) < 1e-10);
	}
	assert_true(fabs(trace) < 1e-9);
	free(a);
	free(z);
	free(value);
	free(room);
}

static void test_symmetric(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 10, 60 };
	double not [] = { 1, NAN, NAN, 1 }, value[2], room[2];

	(void)state;
	for (size_t i = 0; i < 5; i++)
		for (int kind = 0; kind < 3; kind++)
			symmetric(sizes[i], kind);
	assert_false(eigen_symmetric(not, 2, value, room));
}

static void test_orthonormal(void **state)
{
	enum { COUNT = 12, N = 37 };
	double q[COUNT * N];
	Random random;

	(void)state;
	random_init(&random, 1, RANDOM_ROWS);
	for (size_t i = 0; i < COUNT * N; i++)
		q[i] = random_normal(&random);
	for (size_t f = 0; f < N; f++)
		q[5 * N + f] = 2 * q[f] - q[3 * N + f]; /* depends */
	eigen_orthonormal(cpu_features(), q, COUNT, N);
	for (size_t i = 0; i < COUNT; i++)
		for (size_t j = 0; j <= i; j++)
			assert_true(fabs(eigen_dot(0, q + i * N, q + j * N, N) -
					 (i == j && i != 5)) < 1e-13);
}

/* --- components ------------------------------------------------------------------------------- */

#define ROWS 1100 /* more than two blocks */
#define FEATURES 70

/* Features that depend on fewer others. */
static Dataset *new_set(DatasetForm form)
{
	Dataset *set = dataset_new("made", form, ROWS, FEATURES, 2, 0, &err);
	double mix[FEATURES][6];
	Random random;

	made_fine(set, &err);
	random_init(&random, 2, RANDOM_ROWS);
	set->train_rows = ROWS;
	set->byte_scale = 1.0f / 255;
	for (size_t i = 0; i < FEATURES * 6; i++)
		mix[i / 6][i % 6] = random_normal(&random) * (double)(6 - i % 6);
	for (size_t i = 0; i < ROWS; i++) {
		double source[6];

		set->labels[i] = i % 2;
		for (size_t j = 0; j < 6; j++)
			source[j] = random_normal(&random);
		for (size_t f = 0; f < FEATURES; f++) {
			double x = 128 + 3 * random_normal(&random);

			for (size_t j = 0; j < 6; j++)
				x += mix[f][j] * source[j];
			x = x < 0 ? 0 : x > 255 ? 255 : x;
			if (form == DATASET_BYTES)
				set->bytes[i * FEATURES + f] = (uint8_t)x;
			else
				set->floats[i * FEATURES + f] = (float)x + 500;
		}
	}
	return set;
}

static void covariance_plain(const Dataset *set, double *mean, double *out)
{
	Rows rows = { .set = set, .count = ROWS };
	float x[FEATURES];

	memset(mean, 0, FEATURES * sizeof *mean);
	memset(out, 0, FEATURES * FEATURES * sizeof *out);
	for (size_t i = 0; i < ROWS; i++) {
		rows_floats(&rows, i, 1, x);
		for (size_t f = 0; f < FEATURES; f++)
			mean[f] += (double)x[f] / ROWS;
	}
	for (size_t i = 0; i < ROWS; i++) {
		rows_floats(&rows, i, 1, x);
		for (size_t f = 0; f < FEATURES; f++)
			for (size_t g = 0; g < FEATURES; g++)
				out[f * FEATURES + g] += ((double)x[f] - mean[f]) *
							 ((double)x[g] - mean[g]) / (ROWS - 1);
	}
}

static void components(DatasetForm form)
{
	static double mean[FEATURES], a[FEATURES * FEATURES], z[FEATURES * FEATURES];
	Dataset *set = new_set(form);
	Rows rows = { .set = set, .count = ROWS };
	PcaOptions options = { .components = 8, .seed = 3 };
	double value[FEATURES], room[FEATURES], trace = 0;
	Arena *arena = arena_new(0, &err);
	Pca pca;

	made_fine(arena, &err);
	covariance_plain(set, mean, a);
	memcpy(z, a, sizeof z);
	assert_true(eigen_symmetric(z, FEATURES, value, room));
	made_fine(pca_fit(&pca, &rows, &options, arena, NULL, &err), &err);
	for (size_t f = 0; f < FEATURES; f++) {
		trace += value[f];
		assert_true(fabs(pca.mean[f] - mean[f]) < 1e-6 * fabs(mean[f]));
	}
	assert_true(fabs(trace - pca.total) < 1e-5 * trace);
	for (size_t i = 0; i < 8; i++) {
		const double *own = pca.component + i * FEATURES;
		double same = eigen_dot(0, own, z + i * FEATURES, FEATURES);
		size_t largest = 0;

		assert_true(fabs(pca.variance[i] - value[i]) < 1e-5 * value[i]);
		if (i < 6) /* noise has no clear directions */
			assert_true(fabs(fabs(same) - 1) < 1e-6);
		for (size_t f = 1; f < FEATURES; f++)
			largest = fabs(own[f]) > fabs(own[largest]) ? f : largest;
		assert_true(own[largest] > 0);
	}
	arena_free(arena);
	dataset_free(set);
}

static void test_components(void **state)
{
	(void)state;
	components(DATASET_BYTES);
	components(DATASET_FLOATS);
}

/* Without the matrix: more features than PCA_FEATURES_MAX, of which a few vary. */
static void test_wide(void **state)
{
	enum { WIDE = PCA_FEATURES_MAX + 3, COUNT = 300 };
	Dataset *set = dataset_new("made", DATASET_FLOATS, COUNT, WIDE, 2, 0, &err);
	Rows rows = { .set = set, .count = COUNT };
	double variance[3] = { 0 };
	Random random;

	(void)state;
	made_fine(set, &err);
	random_init(&random, 2, RANDOM_ROWS);
	for (size_t i = 0; i < COUNT; i++)
		for (size_t j = 0; j < 3; j++)
			set->floats[i * WIDE + 1000 * j] =
				(float)((1 << (3 - j)) * random_normal(&random)) + 5;
	for (unsigned threads = 1; threads <= 2; threads++) {
		Pool *pool = pool_new(threads, &err);
		PcaOptions options = { .components = 3, .seed = 3, .pool = pool };
		Arena *arena = arena_new(0, &err);
		Pca pca;

		made_fine(pool && arena, &err);
		made_fine(pca_fit(&pca, &rows, &options, arena, NULL, &err), &err);
		for (size_t j = 0; j < 3; j++) {
			assert_true(pca.component[j * WIDE + 1000 * j] > 0.95);
			assert_true(threads == 1 || memcmp(&variance[j], &pca.variance[j],
							   sizeof variance[j]) == 0);
			variance[j] = pca.variance[j];
		}
		assert_true(fabs(variance[0] + variance[1] + variance[2] - pca.total) <
			    1e-4 * pca.total);
		arena_free(arena);
		pool_free(pool);
	}
	dataset_free(set);
}

/* --- models ----------------------------------------------------------------------------------- */

static Model *fitted(const Dataset *set, const char *components, const char *whiten, Pool *pool)
{
	const ModelKind *kind = model_kind_find("pca");
	Rows rows = { .set = set, .count = ROWS };
	FitOptions fit;
	Params params;

	assert_non_null(kind);
	made_fine(params_init(&params, &kind->info, &err), &err);
	made_fine(params_set_text(&params, "components", components, &err), &err);
	made_fine(params_set_text(&params, "whiten", whiten, &err), &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	fit_options_init(&fit, model);
	fit.pool = pool;
	if (model_fit(model, &rows, &fit, NULL, NULL, &err))
		return model;
	model_free(model);
	return NULL;
}

/* Outputs have mean 0, no correlation, and with whitening variance 1. */
static void test_whiten(void **state)
{
	static float y[ROWS * 5];
	Dataset *set = new_set(DATASET_FLOATS);
	Rows rows = { .set = set, .count = ROWS };
	ProgramOptions options = { .batch = 64 };
	Model *model = fitted(set, "5", "true", NULL);

	(void)state;
	made_fine(model, &err);
	made_fine(kernel_wish_parse(&options.wish, "auto", &err), &err);
	Program *program = program_new(model, &options, &err);

	made_fine(program, &err);
	made_fine(program_score(program, &rows, y, NULL, &err), &err);
	for (size_t i = 0; i < 5; i++) {
		double sum = 0;

		for (size_t r = 0; r < ROWS; r++)
			sum += (double)y[r * 5 + i];
		assert_true(fabs(sum / ROWS) < 1e-3);
		for (size_t j = 0; j <= i; j++) {
			double both = 0;

			for (size_t r = 0; r < ROWS; r++)
				both += (double)y[r * 5 + i] * (double)y[r * 5 + j];
			assert_true(fabs(both / (ROWS - 1) - (i == j)) < 2e-3);
		}
	}
	program_free(program);
	model_free(model);
	dataset_free(set);
}

static void test_threads(void **state)
{
	Pool *pool = pool_new(3, &err);

	(void)state;
	made_fine(pool, &err);
	for (int form = 0; form < 2; form++) {
		Dataset *set = new_set(form ? DATASET_FLOATS : DATASET_BYTES);
		Model *one = fitted(set, "9", "false", NULL),
		      *more = fitted(set, "9", "false", pool);

		made_fine(one && more, &err);
		assert_memory_equal(one->params, more->params, one->count * sizeof(float));
		model_free(one);
		model_free(more);
		assert_null(fitted(set, "71", "false", NULL));
		assert_int_equal(err.code, ERR_ARGUMENT);
		dataset_free(set);
	}
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_symmetric),  cmocka_unit_test(test_orthonormal),
		cmocka_unit_test(test_components), cmocka_unit_test(test_wide),
		cmocka_unit_test(test_whiten),     cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
