/* Covariance matrices: of bytes by exact integer products, of floats by f32 products of centred
 * rows, summed in f64.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/clusters/pca.h"
#include "num/dense/gemm.h"
#include "num/nearest/bytes.h"

#define BYTES_ROWS 512 /* of a block */
#define FLOATS_ROWS 1024
#define TILE 48   /* rows of the matrix that are made at once */
#define FLUSH 128 /* blocks whose sums stay below 2^31 */
#define VECTOR 16

typedef struct Covariance {
	const Rows *rows;
	Pool *pool;
	uint32_t cpu;
	size_t features, panels, ld;
	const double *mean;
	double *out;
	size_t begin, count; /* rows of the block */
	/* Bytes: */
	uint8_t *upright; /* (features, BYTES_ROWS) the block, turned */
	uint8_t *panel;
	int8_t *q;    /* (features, BYTES_ROWS) */
	int32_t *sum; /* (features, ld) of products since the last flush; above the diagonal */
	/* Floats: */
	float *x;     /* (FLOATS_ROWS, features) less the mean */
	float *strip; /* (features, TILE) of each thread */
} Covariance;

/* --- means ------------------------------------------------------------------------------------ */

static void mean_task(void *user, unsigned part, unsigned parts)
{
	Covariance *c = user;
	size_t begin, end, n = c->rows->count;
	double scale = c->rows->set->form == DATASET_BYTES ? (double)c->rows->set->byte_scale : 1;

	pool_share(c->features, VECTOR, part, parts, &begin, &end);
	for (size_t row = 0; row < n && begin < end; row++) {
		const void *x = rows_in_place(c->rows, row, 1);

		if (c->rows->set->form == DATASET_BYTES)
			for (size_t f = begin; f < end; f++)
				c->out[f] += ((const uint8_t *)x)[f];
		else
			for (size_t f = begin; f < end; f++)
				c->out[f] += (double)((const float *)x)[f];
	}
	for (size_t f = begin; f < end; f++)
		c->out[f] *= scale / (double)n;
}

void covariance_mean(const Rows *rows, Pool *pool, double *mean)
{
	Covariance c = { .rows = rows, .features = rows->set->features, .out = mean };

	memset(mean, 0, c.features * sizeof *mean);
	pool_run(pool, mean_task, &c);
}

/* --- bytes ------------------------------------------------------------------------------------ */

static bool bytes_take(Covariance *c, Arena *arena, Err *err)
{
	c->panels = (c->features + BYTES_PANEL - 1) / BYTES_PANEL;
	c->ld = c->panels * BYTES_PANEL;
	c->upright = arena_take(arena, c->features, BYTES_ROWS, err);
	c->panel = arena_take(arena, c->panels, bytes_panel_size(BYTES_ROWS), err);
	c->q = arena_take(arena, c->features, BYTES_ROWS, err);
	c->sum = arena_take(arena, c->features * c->ld, sizeof *c->sum, err);
	return c->upright && c->panel && c->q && c->sum;
}

/* The block's columns as rows of both operands; rows that are not there are 0 in the panels. */
static void bytes_turn_task(void *user, unsigned part, unsigned parts)
{
	Covariance *c = user;
	size_t begin, end;

	pool_share(c->features, BYTES_PANEL, part, parts, &begin, &end);
	for (size_t from = begin; from < end; from += BYTES_PANEL) {
		size_t to = end - from < BYTES_PANEL ? end : from + BYTES_PANEL;

		for (size_t i = 0; i < c->count; i++) {
			const uint8_t *x = rows_in_place(c->rows, c->begin + i, 1);

			for (size_t f = from; f < to; f++)
				c->upright[f * BYTES_ROWS + i] = x[f];
		}
		for (size_t f = from; f < to; f++) {
			uint8_t *column = c->upright + f * BYTES_ROWS;

			memset(column + c->count, 0, BYTES_ROWS - c->count);
			bytes_panel_set(c->panel, BYTES_ROWS, f, column);
			bytes_to_signed(column, BYTES_ROWS, c->q + f * BYTES_ROWS, BYTES_ROWS);
		}
	}
}

/* Threads take turns with tiles of TILE rows and a panel's columns that reach above the
 * diagonal. */
static void bytes_task(void *user, unsigned part, unsigned parts)
{
	Covariance *c = user;
	size_t tile = 0;

	for (size_t panel = 0; panel < c->panels; panel++) {
		for (size_t row = 0; row < c->features; row += TILE) {
			size_t rows = c->features - row < TILE ? c->features - row : TILE;

			if (row >= (panel + 1) * BYTES_PANEL || tile++ % parts != part)
				continue;
			bytes_products(c->cpu, c->q + row * BYTES_ROWS, BYTES_ROWS, rows,
				       c->panel + panel * bytes_panel_size(BYTES_ROWS), BYTES_ROWS,
				       c->sum + row * c->ld + panel * BYTES_PANEL, c->ld, true);
		}
	}
}

static void bytes_flush(Covariance *c)
{
	for (size_t f = 0; f < c->features; f++)
		for (size_t g = f; g < c->features; g++)
			c->out[f * c->features + g] += c->sum[f * c->ld + g];
	memset(c->sum, 0, c->features * c->ld * sizeof *c->sum);
}

/* out holds Σ (x − 128)·y of bytes; means are those of features. */
static void bytes_finish(Covariance *c)
{
	double scale = (double)c->rows->set->byte_scale, n = (double)c->rows->count;

	for (size_t f = 0; f < c->features; f++) {
		for (size_t g = f; g < c->features; g++) {
			double *of = &c->out[f * c->features + g];
			double sum_f = c->mean[f] / scale * n, sum_g = c->mean[g] / scale * n;

			*of = (*of + 128 * sum_g - sum_f * sum_g / n) * scale * scale / (n - 1);
		}
	}
}

static bool bytes_covariance(Covariance *c, Arena *arena, Control *control, Err *err)
{
	if (!bytes_take(c, arena, err))
		return false;
	for (size_t block = 0; c->begin < c->rows->count; block++, c->begin += BYTES_ROWS) {
		size_t left = c->rows->count - c->begin;

		if (!control_poll(control, err))
			return false;
		if (block % FLUSH == FLUSH - 1)
			bytes_flush(c);
		c->count = left < BYTES_ROWS ? left : BYTES_ROWS;
		pool_run(c->pool, bytes_turn_task, c);
		pool_run(c->pool, bytes_task, c);
	}
	bytes_flush(c);
	bytes_finish(c);
	return true;
}

/* --- floats ----------------------------------------------------------------------------------- */

static void floats_center_task(void *user, unsigned part, unsigned parts)
{
	Covariance *c = user;
	size_t begin, end;

	pool_share(c->count, 1, part, parts, &begin, &end);
	for (size_t row = begin; row < end; row++) {
		float *x = c->x + row * c->features;

		rows_floats(c->rows, c->begin + row, 1, x);
		for (size_t f = 0; f < c->features; f++)
			x[f] = (float)((double)x[f] - c->mean[f]);
	}
}

static void floats_task(void *user, unsigned part, unsigned parts)
{
	Covariance *c = user;
	size_t d = c->features;
	float *strip = c->strip + part * d * TILE;

	for (size_t col = part * TILE; col < d; col += parts * TILE) {
		size_t cols = d - col < TILE ? d - col : TILE, rows = col + cols;

		gemm_run(c->cpu, true, false, rows, cols, c->count, c->x, d, c->x + col, d, 0,
			 strip, TILE);
		for (size_t f = 0; f < rows; f++)
			for (size_t g = 0; g < cols; g++)
				c->out[f * d + col + g] += (double)strip[f * TILE + g];
	}
}

static bool floats_covariance(Covariance *c, Arena *arena, Control *control, Err *err)
{
	size_t d = c->features, threads = pool_threads(c->pool);

	c->x = arena_take(arena, FLOATS_ROWS * d, sizeof *c->x, err);
	c->strip = arena_take(arena, threads * d * TILE, sizeof *c->strip, err);
	if (!c->x || !c->strip)
		return false;
	for (; c->begin < c->rows->count; c->begin += FLOATS_ROWS) {
		size_t left = c->rows->count - c->begin;

		if (!control_poll(control, err))
			return false;
		c->count = left < FLOATS_ROWS ? left : FLOATS_ROWS;
		pool_run(c->pool, floats_center_task, c);
		pool_run(c->pool, floats_task, c);
	}
	for (size_t i = 0; i < d * d; i++)
		c->out[i] /= (double)(c->rows->count - 1);
	return true;
}

bool covariance_of(const Rows *rows, const double *mean, Pool *pool, uint32_t cpu,
		   double *covariance, Arena *arena, Control *control, Err *err)
{
	size_t d = rows->set->features;
	Covariance c = { .rows = rows,
			 .pool = pool,
			 .cpu = cpu,
			 .features = d,
			 .mean = mean,
			 .out = covariance };
	bool fine;

	memset(covariance, 0, d * d * sizeof *covariance);
	fine = rows->set->form == DATASET_BYTES ? bytes_covariance(&c, arena, control, err)
						: floats_covariance(&c, arena, control, err);
	for (size_t f = 0; f < d; f++)
		for (size_t g = f + 1; g < d; g++)
			covariance[g * d + f] = covariance[f * d + g];
	return fine;
}
