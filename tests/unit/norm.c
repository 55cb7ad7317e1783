/* Batch normalization against PyTorch, the textbook in double and its differences, in both layouts;
 * every instruction level gives the same bits.
 * SPDX-License-Identifier: MIT */
#include "num/train/norm.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "num/kernel.h"
#include "levels.h"
#include "unit.h"
#include "fixture.h"

#define CHANNELS_MAX 70 /* more than are summed together */
#define SPACE 8192

/* A layer, a batch of it in one layout, and room for all results. */
typedef struct Batch {
	bool tiles;
	size_t rows, channels, pixels, ld, size; /* size: floats of x in all */
	float gamma[CHANNELS_MAX], beta[CHANNELS_MAX], mean[CHANNELS_MAX], var[CHANNELS_MAX];
	float batch_mean[CHANNELS_MAX], batch_inv[CHANNELS_MAX];
	float grad_gamma[CHANNELS_MAX], grad_beta[CHANNELS_MAX];
	float x[SPACE], dy[SPACE], y[SPACE], dx[SPACE], infer[SPACE];
} Batch;

static BatchNorm norm_of(Batch *b)
{
	return (BatchNorm){ .channels = b->channels,
			    .pixels = b->pixels,
			    .gamma = b->gamma,
			    .beta = b->beta,
			    .mean = b->mean,
			    .var = b->var,
			    .batch_mean = b->batch_mean,
			    .batch_inv = b->batch_inv,
			    .epsilon = NORM_EPSILON,
			    .momentum = NORM_MOMENTUM };
}

static void batch_init(Batch *b, bool tiles, size_t rows, size_t channels, size_t pixels,
		       size_t padding)
{
	memset(b, 0, sizeof *b);
	b->tiles = tiles;
	b->rows = rows;
	b->channels = channels;
	b->pixels = pixels;
	b->ld = (tiles ? KERNEL_TILE * channels * pixels : channels) + padding;
	b->size = (tiles ? (rows + KERNEL_TILE - 1) / KERNEL_TILE : rows) * b->ld;
	assert_true(b->size <= SPACE && channels <= CHANNELS_MAX);
	for (size_t c = 0; c < channels; c++)
		b->var[c] = 1;
}

/* Where value p of channel c of a row lies. */
static size_t at(const Batch *b, size_t row, size_t c, size_t p)
{
	if (!b->tiles)
		return row * b->ld + c;
	return row / KERNEL_TILE * b->ld + (c * b->pixels + p) * KERNEL_TILE + row % KERNEL_TILE;
}

static void run(uint32_t features, Batch *b)
{
	BatchNorm norm = norm_of(b);

	if (b->tiles) {
		norm_tiles(features, &norm, b->y, b->ld, b->x, b->ld, b->rows);
		norm_tiles_grad(features, &norm, b->dx, b->grad_gamma, b->grad_beta, b->dy, b->ld,
				b->x, b->ld, b->rows);
		norm_tiles_infer(features, &norm, b->infer, b->ld, b->x, b->ld, b->rows);
		return;
	}
	norm_rows(features, &norm, b->y, b->ld, b->x, b->ld, b->rows);
	norm_rows_grad(features, &norm, b->dx, b->grad_gamma, b->grad_beta, b->dy, b->ld, b->x,
		       b->ld, b->rows);
	norm_rows_infer(features, &norm, b->infer, b->ld, b->x, b->ld, b->rows);
}

/* --- PyTorch ---------------------------------------------------------------------------------- */

/* From rows of images, as fixtures have them, to the batch's layout, or back. */
static void spread(const Batch *b, float *to, const float *images)
{
	for (size_t r = 0; r < b->rows; r++)
		for (size_t c = 0; c < b->channels; c++)
			for (size_t p = 0; p < b->pixels; p++)
				to[at(b, r, c, p)] = images[(r * b->channels + c) * b->pixels + p];
}

static void gather(const Batch *b, float *images, const float *from)
{
	for (size_t r = 0; r < b->rows; r++)
		for (size_t c = 0; c < b->channels; c++)
			for (size_t p = 0; p < b->pixels; p++)
				images[(r * b->channels + c) * b->pixels + p] =
					from[at(b, r, c, p)];
}

static void check_pytorch(const json_t *it, Batch *b, bool tiles)
{
	const char *name = fixture_text(it, "name");
	float images[SPACE];
	size_t count, channels = fixture_size(it, "channels");

	batch_init(b, tiles, fixture_size(it, "rows"), channels, fixture_size(it, "pixels"), 0);
	count = b->rows * channels * b->pixels;
	fixture_floats(it, "x", images, count);
	spread(b, b->x, images);
	fixture_floats(it, "dy", images, count);
	spread(b, b->dy, images);
	fixture_floats(it, "gamma", b->gamma, channels);
	fixture_floats(it, "beta", b->beta, channels);
	run(cpu_features(), b);
	gather(b, images, b->y);
	fixture_near(it, "y", images, count, 2e-6, name);
	gather(b, images, b->dx);
	fixture_near(it, "dx", images, count, 2e-6, name);
	gather(b, images, b->infer);
	fixture_near(it, "infer", images, count, 2e-6, name);
	fixture_near(it, "dgamma", b->grad_gamma, channels, 2e-6, name);
	fixture_near(it, "dbeta", b->grad_beta, channels, 2e-6, name);
	fixture_near(it, "mean", b->mean, channels, 1e-6, name);
	fixture_near(it, "var", b->var, channels, 1e-6, name);
}

static void test_pytorch(void **state)
{
	json_t *root = fixture_load("norm");
	static Batch batch;

	(void)state;
	assert_int_equal(json_array_size(fixture_list(root, "cases")), 2);
	check_pytorch(json_array_get(fixture_list(root, "cases"), 0), &batch, false);
	check_pytorch(json_array_get(fixture_list(root, "cases"), 0), &batch, true);
	check_pytorch(json_array_get(fixture_list(root, "cases"), 1), &batch, true);
	json_decref(root);
}

/* --- the textbook ----------------------------------------------------------------------------- */

/* Everything random, what no row owns too. */
static void batch_fill(Batch *b)
{
	Random random;

	random_init(&random, b->rows + 100 * b->channels, RANDOM_WEIGHTS);
	for (size_t i = 0; i < b->size; i++) {
		b->x[i] = random_uniform(&random, 1, 4);
		b->dy[i] = random_uniform(&random, -1, 1);
		b->y[i] = b->dx[i] = b->infer[i] = 77;
	}
	for (size_t c = 0; c < b->channels; c++) {
		b->gamma[c] = random_uniform(&random, -2, 2);
		b->beta[c] = random_uniform(&random, -2, 2);
	}
}

/* Σ dy·y of one channel, x[index] moved by h. */
static double objective(const Batch *b, size_t c, size_t index, double h)
{
	double count = (double)(b->rows * b->pixels), sum = 0, var = 0, result = 0;

	for (int pass = 0; pass < 3; pass++)
		for (size_t r = 0; r < b->rows; r++)
			for (size_t p = 0; p < b->pixels; p++) {
				size_t i = at(b, r, c, p);
				double x = (double)b->x[i] + (i == index ? h : 0);
				double d = x - sum / count;

				sum += pass == 0 ? x : 0;
				var += pass == 1 ? d * d : 0;
				if (pass == 2)
					result += (double)b->dy[i] *
						  (d / sqrt(var / count + (double)NORM_EPSILON) *
							   (double)b->gamma[c] +
						   (double)b->beta[c]);
			}
	return result;
}

static void check_differences(Batch *b)
{
	const double h = 1e-6;

	batch_fill(b);
	run(cpu_features(), b);
	for (size_t c = 0; c < b->channels; c += 3) {
		float kept = b->gamma[c];
		double value = objective(b, c, SIZE_MAX, 0), slope = (double)b->grad_beta[c];

		/* y is linear in gamma and beta */
		slope = slope * (double)b->beta[c] + (double)b->grad_gamma[c] * (double)kept;
		assert_true(fabs(slope - value) < 1e-5);
		for (size_t r = 0; r < b->rows; r++)
			for (size_t p = 0; p < b->pixels; p++) {
				size_t i = at(b, r, c, p);

				slope = (objective(b, c, i, h) - objective(b, c, i, -h)) / (2 * h);
				if (!(fabs((double)b->dx[i] - slope) < 1e-5))
					fail_msg("row %zu, channel %zu: %g, not %g", r, c,
						 (double)b->dx[i], slope);
			}
	}
}

static void test_differences(void **state)
{
	static Batch batch;

	(void)state;
	batch_init(&batch, false, 9, 70, 1, 0);
	check_differences(&batch);
	batch_init(&batch, true, 21, 4, 6, 0);
	check_differences(&batch);
	batch_init(&batch, true, 16, 3, 1, 0);
	check_differences(&batch);
}

/* --- what nobody owns ------------------------------------------------------------------------- */

/* Lanes past the last row and columns past the last channel change nothing and stay harmless. */
static void check_strangers(bool tiles, size_t rows, size_t channels, size_t pixels)
{
	static Batch one, two;
	bool own[SPACE] = { false };

	batch_init(&one, tiles, rows, channels, pixels, 5);
	batch_fill(&one);
	two = one;
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < channels; c++)
			for (size_t p = 0; p < pixels; p++)
				own[at(&one, r, c, p)] = true;
	for (size_t i = 0; i < two.size; i++)
		if (!own[i]) {
			two.x[i] = -1000;
			two.dy[i] = 1000;
		}
	run(cpu_features(), &one);
	run(cpu_features(), &two);
	assert_memory_equal(two.grad_gamma, one.grad_gamma, sizeof one.grad_gamma);
	assert_memory_equal(two.var, one.var, sizeof one.var);
	for (size_t i = 0; i < two.size; i++) {
		bool lane = tiles && i % two.ld < two.ld - 5 && !own[i];

		if (own[i])
			assert_true(two.y[i] == one.y[i] && two.dx[i] == one.dx[i]);
		else if (lane)
			assert_true(isfinite(two.y[i]) && isfinite(two.infer[i]) && two.dx[i] == 0);
		else
			assert_true(two.y[i] == 77 && two.dx[i] == 77 && two.infer[i] == 77);
	}
}

static void test_strangers(void **state)
{
	(void)state;
	check_strangers(false, 5, 67, 1);
	check_strangers(true, 19, 5, 4);
	check_strangers(true, 1, 2, 3);
	check_strangers(true, 32, 3, 2);
}

/* --- bits ------------------------------------------------------------------------------------- */

static void check_levels(Batch *b)
{
	static Batch want, got;

	batch_fill(b);
	want = *b;
	run(0, &want);
	for (size_t l = 0; l < LEVELS; l++) {
		BatchNorm norm;

		if (!level_runs(levels[l]))
			continue;
		got = *b;
		run(levels[l], &got);
		assert_memory_equal(&got, &want, sizeof got);
		got = *b; /* in place: first backward, which wants x */
		norm = norm_of(&got);
		memcpy(got.batch_mean, want.batch_mean, sizeof got.batch_mean);
		memcpy(got.batch_inv, want.batch_inv, sizeof got.batch_inv);
		(b->tiles ? norm_tiles_grad : norm_rows_grad)(levels[l], &norm, got.dy,
							      got.grad_gamma, got.grad_beta, got.dy,
							      got.ld, got.x, got.ld, got.rows);
		assert_memory_equal(got.dy, want.dx, got.size * sizeof(float));
		(b->tiles ? norm_tiles : norm_rows)(levels[l], &norm, got.x, got.ld, got.x, got.ld,
						    got.rows);
		assert_memory_equal(got.x, want.y, got.size * sizeof(float));
	}
}

static void test_levels(void **state)
{
	static Batch batch;

	(void)state;
	for (size_t channels = 1; channels <= CHANNELS_MAX; channels += 3) {
		batch_init(&batch, false, 5, channels, 1, 0);
		check_levels(&batch);
	}
	for (size_t rows = 1; rows <= 33; rows += 4) {
		batch_init(&batch, true, rows, 3, 5, 0);
		check_levels(&batch);
	}
}

/* --- edges ------------------------------------------------------------------------------------ */

/* One value: no variance, and no division by 0. Equal values far from 0: none below 0 either. */
static void test_no_variance(void **state)
{
	static Batch batch;

	(void)state;
	batch_init(&batch, false, 1, 3, 1, 0);
	batch_fill(&batch);
	run(cpu_features(), &batch);
	for (size_t c = 0; c < 3; c++) {
		assert_true(fabsf(batch.y[c] - batch.beta[c]) < 1e-3f);
		assert_true(fabsf(batch.var[c] - 0.9f) < 1e-6f);
		assert_true(fabsf(batch.dx[c]) < 1e-3f);
	}
	batch_init(&batch, false, 101, CHANNELS_MAX, 1, 0); /* sums that are no longer exact */
	batch_fill(&batch);
	for (size_t i = 0; i < batch.size; i++)
		batch.x[i] = 1.2345678e6f * (float)(i % CHANNELS_MAX + 1);
	run(cpu_features(), &batch);
	for (size_t i = 0; i < batch.size; i++)
		assert_true(isfinite(batch.y[i]) && isfinite(batch.dx[i]));
	for (size_t c = 0; c < CHANNELS_MAX; c++)
		assert_true(batch.var[c] >= 0.9f);
}

/* A layer and its normalization, and the folded layer, say the same. */
static void test_fold(void **state)
{
	enum { IN = 6, OUT = 5 };
	static Batch b;
	float w[IN * OUT], bias[OUT], x[IN];
	Random random;

	(void)state;
	batch_init(&b, false, 1, OUT, 1, 0);
	batch_fill(&b);
	random_init(&random, 8, RANDOM_WEIGHTS);
	for (size_t i = 0; i < IN * OUT; i++)
		w[i] = random_uniform(&random, -1, 1);
	for (size_t i = 0; i < IN; i++)
		x[i] = random_uniform(&random, -1, 1);
	for (size_t o = 0; o < OUT; o++) {
		bias[o] = random_uniform(&random, -1, 1);
		b.mean[o] = random_uniform(&random, -1, 1);
		b.var[o] = random_uniform(&random, 0.1f, 2);
		b.x[o] = bias[o];
		for (size_t i = 0; i < IN; i++)
			b.x[o] += x[i] * w[i * OUT + o];
	}
	BatchNorm norm = norm_of(&b);

	norm_rows_infer(cpu_features(), &norm, b.y, b.ld, b.x, b.ld, 1);
	norm_fold(&norm, w, bias, IN);
	for (size_t o = 0; o < OUT; o++) {
		float sum = bias[o];

		for (size_t i = 0; i < IN; i++)
			sum += x[i] * w[i * OUT + o];
		assert_true(fabsf(sum - b.y[o]) < 3e-6f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pytorch),     cmocka_unit_test(test_differences),
		cmocka_unit_test(test_strangers),   cmocka_unit_test(test_levels),
		cmocka_unit_test(test_no_variance), cmocka_unit_test(test_fold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
