/* k-means against Lloyd's algorithm as it is written down, and the adjusted Rand index against
 * counting pairs.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/clusters/kmeans.h"
#include "model/clusters/rand.h"
#include "model_make.h"
#include "num/cpu.h"

#define ROWS 1300 /* more than two pieces of work */
#define FEATURES 11
#define SOURCES 7

static Err err;

/* Rows around SOURCES places. */
static Dataset *new_set(DatasetForm form, uint64_t seed)
{
	Dataset *set = dataset_new("made", form, ROWS, FEATURES, SOURCES, 0, &err);
	double place[SOURCES][FEATURES];
	Random random;

	made_fine(set, &err);
	random_init(&random, seed, RANDOM_ROWS);
	set->train_rows = ROWS;
	set->byte_scale = 1.0f / 255;
	for (size_t i = 0; i < SOURCES * FEATURES; i++)
		place[i / FEATURES][i % FEATURES] = 30 + 190 * random_unit(&random);
	for (size_t i = 0; i < ROWS; i++) {
		set->labels[i] = (uint16_t)random_below(&random, SOURCES);
		for (size_t f = 0; f < FEATURES; f++) {
			double x = place[set->labels[i]][f] + 12 * random_normal(&random);

			x = x < 0 ? 0 : x > 255 ? 255 : x;
			if (form == DATASET_BYTES)
				set->bytes[i * FEATURES + f] = (uint8_t)x;
			else
				set->floats[i * FEATURES + f] = (float)(x / 50 - 2);
		}
	}
	return set;
}

static double square(const float *a, const float *b)
{
	double sum = 0;

	for (size_t f = 0; f < FEATURES; f++)
		sum += ((double)a[f] - (double)b[f]) * ((double)a[f] - (double)b[f]);
	return sum;
}

static size_t nearest(const float *x, const float *centre, size_t clusters, double *distance)
{
	size_t best = 0;

	*distance = square(x, centre);
	for (size_t c = 1; c < clusters; c++) {
		double now = square(x, centre + c * FEATURES);

		if (now < *distance) {
			*distance = now;
			best = c;
		}
	}
	return best;
}

static float *all_floats(const Dataset *set)
{
	Rows rows = { .set = set, .count = ROWS };
	float *x = malloc(ROWS * FEATURES * sizeof *x);

	assert_non_null(x);
	rows_floats(&rows, 0, ROWS, x);
	return x;
}

/* One step of Lloyd: how far the centres move, squared; the inertia before it. */
static double lloyd_step(const float *x, const float *centre, size_t clusters, double *inertia)
{
	double *sum = calloc(clusters * FEATURES, sizeof *sum), moved = 0;
	size_t *size = calloc(clusters, sizeof *size);

	assert_true(sum && size);
	*inertia = 0;
	for (size_t i = 0; i < ROWS; i++) {
		double distance;
		size_t c = nearest(x + i * FEATURES, centre, clusters, &distance);

		*inertia += distance;
		size[c]++;
		for (size_t f = 0; f < FEATURES; f++)
			sum[c * FEATURES + f] += (double)x[i * FEATURES + f];
	}
	for (size_t c = 0; c < clusters; c++) {
		assert_true(size[c] > 0);
		for (size_t f = 0; f < FEATURES; f++) {
			double move = sum[c * FEATURES + f] / (double)size[c] -
				      (double)centre[c * FEATURES + f];

			moved += move * move;
		}
	}
	free(sum);
	free(size);
	return moved;
}

/* Inertia never rises while it runs. */
typedef struct Seen {
	size_t iterations;
	double last;
} Seen;

static bool see(void *user, size_t restart, size_t iteration, double inertia, Err *e)
{
	Seen *seen = user;

	(void)e, (void)restart;
	if (iteration > 1)
		assert_true(inertia <= seen->last * (1 + 1e-9));
	seen->last = inertia;
	seen->iterations++;
	return true;
}

static KmeansOptions options_of(size_t clusters, uint64_t seed, Seen *seen)
{
	return (KmeansOptions){ .clusters = clusters,
				.restarts = 1,
				.tolerance = 0,
				.iterations = 300,
				.seed = seed,
				.see = see,
				.user = seen };
}

/* Runs until no row moves: a fixed point of the plain algorithm. Clusters below, at and above
 * the number of bounds. */
static void test_fixed_point(void **state)
{
	static const size_t clusters[] = { 1, 2, 7, 16, 17, 40 };

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		size_t k = clusters[i / 2];
		Dataset *set = new_set(i % 2 ? DATASET_BYTES : DATASET_FLOATS, i);
		Rows rows = { .set = set, .count = ROWS };
		Seen seen = { 0 };
		KmeansOptions options = options_of(k, i, &seen);
		float *x = all_floats(set), *centre = calloc(k * FEATURES, sizeof *centre);
		double inertia;
		Kmeans result;

		assert_non_null(centre);
		made_fine(kmeans_fit(&result, centre, &rows, &options, NULL, &err), &err);
		assert_true(lloyd_step(x, centre, k, &inertia) < 1e-6);
		assert_true(fabs(inertia - result.inertia) < 1e-5 * inertia);
		assert_int_equal(seen.iterations, result.iterations);
		assert_true(result.iterations < 300);
		free(x);
		free(centre);
		dataset_free(set);
	}
}

/* Seeds far apart find places far apart. */
static void test_finds_places(void **state)
{
	Dataset *set = new_set(DATASET_BYTES, 5);
	Rows rows = { .set = set, .count = ROWS };
	KmeansOptions options = options_of(SOURCES, 1, &(Seen){ 0 });
	float *x = all_floats(set), centre[SOURCES * FEATURES];
	uint16_t label[ROWS];
	Kmeans result;
	double distance;

	(void)state;
	options.restarts = 3;
	options.see = NULL;
	made_fine(kmeans_fit(&result, centre, &rows, &options, NULL, &err), &err);
	for (size_t i = 0; i < ROWS; i++)
		label[i] = (uint16_t)nearest(x + i * FEATURES, centre, SOURCES, &distance);
	assert_true(adjusted_rand(label, SOURCES, set->labels, SOURCES, ROWS) > 0.98);
	/* nearly so by mini-batches */
	options.batch = 100;
	made_fine(kmeans_fit(&result, centre, &rows, &options, NULL, &err), &err);
	for (size_t i = 0; i < ROWS; i++)
		label[i] = (uint16_t)nearest(x + i * FEATURES, centre, SOURCES, &distance);
	assert_true(adjusted_rand(label, SOURCES, set->labels, SOURCES, ROWS) > 0.9);
	free(x);
	dataset_free(set);
}

static void test_threads(void **state)
{
	float centre[3][SOURCES * FEATURES];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		Dataset *set = new_set(i % 2 ? DATASET_BYTES : DATASET_FLOATS, 9);
		Rows rows = { .set = set, .count = ROWS };

		for (unsigned threads = 1; threads <= 3; threads++) {
			Pool *pool = pool_new(threads, &err);
			KmeansOptions options = options_of(SOURCES, 2, NULL);
			Kmeans result;

			made_fine(pool, &err);
			options.see = NULL;
			options.pool = pool;
			options.batch = i / 2 * 64;
			made_fine(kmeans_fit(&result, centre[threads - 1], &rows, &options, NULL,
					     &err),
				  &err);
			assert_memory_equal(centre[0], centre[threads - 1], sizeof centre[0]);
			pool_free(pool);
		}
		dataset_free(set);
	}
}

/* More clusters than different rows: it ends, and no centre is where nothing is. */
static void test_equal_rows(void **state)
{
	Dataset *set = new_set(DATASET_BYTES, 1);
	Rows rows = { .set = set, .count = ROWS };
	KmeansOptions options = options_of(5, 1, &(Seen){ 0 });
	float centre[5 * FEATURES];
	Kmeans result;

	(void)state;
	options.see = NULL;
	for (size_t i = 0; i < ROWS * FEATURES; i++)
		set->bytes[i] = i < ROWS * FEATURES / 2 ? 0 : 255;
	for (int init = 0; init < 2; init++) {
		options.init = (KmeansInit)init;
		made_fine(kmeans_fit(&result, centre, &rows, &options, NULL, &err), &err);
		assert_true(result.inertia < 1e-3);
	}
	dataset_free(set);
}

/* The layer's largest output is the nearest centre. */
static void test_model(void **state)
{
	const ModelKind *kind = model_kind_find("k-means");
	Dataset *set = new_set(DATASET_FLOATS, 4);
	Rows rows = { .set = set, .count = ROWS };
	ProgramOptions options = { .batch = 64 };
	FitOptions fit;
	uint16_t label[ROWS];
	float *x = all_floats(set), centre[5 * FEATURES];
	Params params;
	double distance;

	(void)state;
	made_fine(params_init(&params, &kind->info, &err), &err);
	made_fine(params_set_text(&params, "clusters", "5", &err), &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	fit_options_init(&fit, model);
	made_fine(model_fit(model, &rows, &fit, NULL, NULL, &err), &err);
	assert_int_equal(model_outputs(model), 5);
	for (size_t i = 0; i < 5 * FEATURES; i++)
		centre[i] = model->params[model->span[0].offset + i % FEATURES * 5 + i / FEATURES];
	made_fine(kernel_wish_parse(&options.wish, "auto", &err), &err);
	Program *program = program_new(model, &options, &err);

	made_fine(program, &err);
	made_fine(program_predict(program, &rows, label, NULL, &err), &err);
	for (size_t i = 0; i < ROWS; i++)
		assert_int_equal(label[i], nearest(x + i * FEATURES, centre, 5, &distance));
	program_free(program);
	model_free(model);
	free(x);
	dataset_free(set);
}

/* --- agreement -------------------------------------------------------------------------------- */

static void test_rand(void **state)
{
	/* sklearn.metrics.adjusted_rand_score's own example: 0.57142857… */
	const uint16_t a[] = { 0, 0, 1, 2 }, b[] = { 0, 0, 1, 1 }, c[] = { 1, 1, 0, 0 };
	uint16_t left[200], right[200];
	Random random;
	double both = 0, in_left = 0, in_right = 0, chance;

	(void)state;
	assert_true(fabs(adjusted_rand(a, 3, b, 2, 4) - 4.0 / 7) < 1e-12);
	assert_true(fabs(adjusted_rand(b, 2, c, 2, 4) - 1) < 1e-12);
	assert_true(fabs(adjusted_rand(a, 3, a, 3, 1) - 1) < 1e-12);
	random_init(&random, 1, RANDOM_ROWS);
	for (size_t i = 0; i < 200; i++) {
		left[i] = (uint16_t)random_below(&random, 5);
		right[i] =
			random_below(&random, 3) ? left[i] % 4 : (uint16_t)random_below(&random, 4);
	}
	for (size_t i = 0; i < 200; i++) {
		for (size_t j = 0; j < i; j++) {
			both += left[i] == left[j] && right[i] == right[j];
			in_left += left[i] == left[j];
			in_right += right[i] == right[j];
		}
	}
	chance = in_left * in_right / (200 * 199 / 2.0);
	assert_true(fabs(adjusted_rand(left, 5, right, 4, 200) -
			 (both - chance) / ((in_left + in_right) / 2 - chance)) < 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed_point), cmocka_unit_test(test_finds_places),
		cmocka_unit_test(test_threads),     cmocka_unit_test(test_equal_rows),
		cmocka_unit_test(test_model),       cmocka_unit_test(test_rand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
