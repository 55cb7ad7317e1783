/* Seeds: rows, each drawn with a chance that grows with the square of its distance to those drawn
 * before it.
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>
#include <string.h>

#include "model/clusters/kmeans_inside.h"
#include "num/dense/gemm.h"
#include "num/nearest/bytes.h"

#define TRIALS_MAX 16

typedef struct Seeding {
	KmeansWork *work;
	const Rows *rows;
	bool bytes; /* in whole numbers */
	size_t chunks, trials;
	uint32_t drawn[TRIALS_MAX];
	size_t q_ld;
	int8_t *q; /* (trials, q_ld) candidates as bytes */
	float *y;  /* (trials, features) or as floats, and ½ of their squares */
	double squares[TRIALS_MAX];
	double *own;      /* (rows) Σ x² − 256·Σ x of bytes, or Σ x² */
	float *nearest;   /* (rows) squared distance to the nearest seed */
	float *tried;     /* (trials, rows) the same with one more */
	double *chunk;    /* (trials, chunks) their sums */
	double *sum;      /* (chunks) of nearest */
	float *x;         /* (KMEANS_CHUNK, features) of each thread */
	int32_t *product; /* (KMEANS_CHUNK, trials) of each thread; or f32 */
} Seeding;

static bool seeding_take(Seeding *s, Arena *arena, Err *err)
{
	size_t n = s->rows->count, features = s->work->features;
	size_t threads = pool_threads(s->work->pool);

	s->q = arena_take(arena, TRIALS_MAX, s->q_ld, err);
	s->y = arena_take(arena, TRIALS_MAX * features, sizeof *s->y, err);
	s->own = arena_take(arena, n, sizeof *s->own, err);
	s->nearest = arena_take(arena, n, sizeof *s->nearest, err);
	s->tried = arena_take(arena, TRIALS_MAX * n, sizeof *s->tried, err);
	s->chunk = arena_take(arena, TRIALS_MAX * s->chunks, sizeof *s->chunk, err);
	s->sum = arena_take(arena, s->chunks, sizeof *s->sum, err);
	s->product = arena_take(arena, threads * KMEANS_CHUNK * TRIALS_MAX, sizeof(float), err);
	s->x = s->work->x;
	return s->q && s->y && s->own && s->nearest && s->tried && s->chunk && s->sum && s->product;
}

static const uint8_t *seeding_bytes(const Seeding *s, size_t position)
{
	return rows_in_place(s->rows, position, 1);
}

/* --- distances -------------------------------------------------------------------------------- */

static double float_squares(const float *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * (double)x[i];
	return sum;
}

static void own_task(void *user, unsigned part, unsigned parts)
{
	Seeding *s = user;
	size_t begin, end, features = s->work->features;
	float *x = s->x + part * KMEANS_CHUNK * features;

	pool_share(s->rows->count, KMEANS_CHUNK, part, parts, &begin, &end);
	for (size_t row = begin; row < end; row++) {
		int32_t sum, squares;

		s->nearest[row] = FLT_MAX;
		if (s->bytes) {
			bytes_sums(s->work->cpu, seeding_bytes(s, row), features, &sum, &squares);
			s->own[row] = squares - 256 * sum;
		} else {
			rows_floats(s->rows, row, 1, x);
			s->own[row] = float_squares(x, features);
		}
	}
}

/* Σ x·y of the rows of a chunk with the candidates, row by row. */
static void seeding_products(Seeding *s, size_t row, size_t n, unsigned part)
{
	size_t features = s->work->features;
	int32_t *product = s->product + part * KMEANS_CHUNK * TRIALS_MAX;
	float *x = s->x + part * KMEANS_CHUNK * features;

	if (!s->bytes) {
		rows_floats(s->rows, row, n, x);
		gemm_run(s->work->cpu, false, true, n, s->trials, features, x, features, s->y,
			 features, 0, (float *)(void *)product, s->trials);
		return;
	}
	for (size_t i = 0; i < n; i++)
		bytes_dots(s->work->cpu, seeding_bytes(s, row + i), features, 1, s->q, s->q_ld,
			   s->trials, features, product + i * s->trials);
}

static void try_task(void *user, unsigned part, unsigned parts)
{
	Seeding *s = user;
	size_t begin, end, count = s->rows->count;
	const int32_t *whole = s->product + part * KMEANS_CHUNK * TRIALS_MAX;
	const float *real = (const float *)(const void *)whole;

	pool_share(s->chunks, 1, part, parts, &begin, &end);
	for (size_t chunk = begin; chunk < end; chunk++) {
		size_t row = chunk * KMEANS_CHUNK;
		size_t n = count - row < KMEANS_CHUNK ? count - row : KMEANS_CHUNK;

		seeding_products(s, row, n, part);
		for (size_t t = 0; t < s->trials; t++) {
			double sum = 0;

			for (size_t i = 0; i < n; i++) {
				size_t at = i * s->trials + t;
				double product = s->bytes ? whole[at] : (double)real[at];
				double square = s->own[row + i] + s->squares[t] - 2 * product;
				float near = s->nearest[row + i];
				float now = (float)(square > 0 ? square : 0);

				now = now < near && row + i != s->drawn[t] ? now
				      : row + i == s->drawn[t]             ? 0
									   : near;
				s->tried[t * count + row + i] = now;
				sum += (double)now;
			}
			s->chunk[t * s->chunks + chunk] = sum;
		}
	}
}

/* --- drawing ---------------------------------------------------------------------------------- */

/* A row with a chance in proportion to `nearest`; any row when all are at 0. */
static size_t seeding_draw(const Seeding *s, Random *random)
{
	double total = 0, at;
	size_t chunk = 0, row, end;

	for (size_t i = 0; i < s->chunks; i++)
		total += s->sum[i];
	if (!(total > 0))
		return (size_t)random_below(random, s->rows->count);
	at = random_unit(random) * total;
	for (; chunk + 1 < s->chunks && at >= s->sum[chunk]; chunk++)
		at -= s->sum[chunk];
	row = chunk * KMEANS_CHUNK;
	end = row + KMEANS_CHUNK < s->rows->count ? row + KMEANS_CHUNK : s->rows->count;
	for (; row + 1 < end && at >= (double)s->nearest[row]; row++)
		at -= (double)s->nearest[row];
	return row;
}

static void seeding_candidate(Seeding *s, size_t t, size_t row)
{
	size_t features = s->work->features;
	int32_t sum, squares;

	s->drawn[t] = (uint32_t)row;
	if (s->bytes) {
		const uint8_t *bytes = seeding_bytes(s, row);

		bytes_to_signed(bytes, features, s->q + t * s->q_ld, s->q_ld);
		bytes_sums(s->work->cpu, bytes, features, &sum, &squares);
		s->squares[t] = squares;
	} else {
		rows_floats(s->rows, row, 1, s->y + t * features);
		s->squares[t] = float_squares(s->y + t * features, features);
	}
}

/* The candidate that leaves the smallest sum becomes seed c. */
static void seeding_keep(Seeding *s, size_t c)
{
	size_t best = 0, count = s->rows->count;
	double least = INFINITY;

	pool_run(s->work->pool, try_task, s);
	for (size_t t = 0; t < s->trials; t++) {
		double sum = 0;

		for (size_t i = 0; i < s->chunks; i++)
			sum += s->chunk[t * s->chunks + i];
		if (sum < least) {
			least = sum;
			best = t;
		}
	}
	memcpy(s->nearest, s->tried + best * count, count * sizeof *s->nearest);
	memcpy(s->sum, s->chunk + best * s->chunks, s->chunks * sizeof *s->sum);
	rows_floats(s->rows, s->drawn[best], 1, s->work->centre + c * s->work->features);
}

static bool seeding_plus(Seeding *s, Random *random, Err *err)
{
	size_t trials = 2 + (size_t)log((double)s->work->clusters);

	pool_run(s->work->pool, own_task, s);
	for (size_t c = 0; c < s->work->clusters; c++) {
		if (!control_poll(s->work->control, err))
			return false;
		s->trials = c == 0 ? 1 : trials;
		for (size_t t = 0; t < s->trials; t++)
			seeding_candidate(s, t,
					  c == 0 ? (size_t)random_below(random, s->rows->count)
						 : seeding_draw(s, random));
		seeding_keep(s, c);
	}
	return true;
}

static bool seeding_random(Seeding *s, Random *random, Arena *arena, Err *err)
{
	size_t count = s->rows->count;
	uint32_t *order = arena_take(arena, count, sizeof *order, err);

	if (!order)
		return false;
	for (size_t i = 0; i < count; i++)
		order[i] = (uint32_t)i;
	random_shuffle(random, order, count);
	for (size_t c = 0; c < s->work->clusters; c++)
		rows_floats(s->rows, order[c], 1, s->work->centre + c * s->work->features);
	return true;
}

bool kmeans_seed(KmeansWork *work, const Rows *rows, Random *random, Arena *arena, Err *err)
{
	Seeding s = { .work = work, .rows = rows };

	s.bytes = rows->set->form == DATASET_BYTES && work->features <= BYTES_FEATURES_MAX;
	s.q_ld = (work->features + BYTES_ALIGN - 1) / BYTES_ALIGN * BYTES_ALIGN;
	s.chunks = (rows->count + KMEANS_CHUNK - 1) / KMEANS_CHUNK;
	if (work->options->init == KMEANS_RANDOM)
		return seeding_random(&s, random, arena, err);
	return seeding_take(&s, arena, err) && seeding_plus(&s, random, err);
}
