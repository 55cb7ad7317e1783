/* Subspace iteration, and what makes components of the subspace.
 * SPDX-License-Identifier: MIT */
#include "model/clusters/pca.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "num/cpu.h"
#include "num/dense/gemm.h"
#include "num/eigen.h"

#define MORE 10           /* directions above the components, which make it converge */
#define ITERATIONS_MAX 96 /* with the matrix at hand */
#define LOOK 8            /* iterations between two looks at the variances */
#define STILL 1e-6        /* share by which variances change at the end */
#define ROWS 256          /* of a block of products with the rows */
#define COLS 48           /* of it that are made at once */

typedef struct Subspace {
	const Rows *rows;
	const PcaOptions *options;
	uint32_t cpu;
	size_t features, count; /* directions */
	const double *mean;
	double *matrix; /* (features, features); NULL: products with the rows */
	float *matrix_f32;
	double *q, *product; /* (count, features) orthonormal directions, and with the matrix */
	float *q_f32, *product_f32;
	double *ritz;                  /* (count, count) */
	double *value, *room, *before; /* (count) */
	double *turned;                /* (count, features) */
	/* Of a block of rows: */
	float *x, *score; /* (ROWS, features), (ROWS, count) */
	float *strip;     /* (count, COLS) of each thread */
	size_t begin, block;
} Subspace;

static bool subspace_take(Subspace *s, Arena *arena, Err *err)
{
	size_t d = s->features, n = s->count, threads = pool_threads(s->options->pool);

	s->q = arena_take(arena, n * d, sizeof *s->q, err);
	s->product = arena_take(arena, n * d, sizeof *s->product, err);
	s->turned = arena_take(arena, n * d, sizeof *s->turned, err);
	s->q_f32 = arena_take(arena, n * d, sizeof *s->q_f32, err);
	s->product_f32 = arena_take(arena, n * d, sizeof *s->product_f32, err);
	s->ritz = arena_take(arena, n * n, sizeof *s->ritz, err);
	s->value = arena_take(arena, n, sizeof *s->value, err);
	s->room = arena_take(arena, n, sizeof *s->room, err);
	s->before = arena_take(arena, n, sizeof *s->before, err);
	if (!s->q || !s->product || !s->turned || !s->q_f32 || !s->product_f32 || !s->ritz ||
	    !s->value || !s->room || !s->before)
		return false;
	if (s->matrix) {
		s->matrix_f32 = arena_take(arena, d * d, sizeof *s->matrix_f32, err);
		for (size_t i = 0; s->matrix_f32 && i < d * d; i++)
			s->matrix_f32[i] = (float)s->matrix[i];
		return s->matrix_f32;
	}
	s->x = arena_take(arena, ROWS * d, sizeof *s->x, err);
	s->score = arena_take(arena, ROWS * n, sizeof *s->score, err);
	s->strip = arena_take(arena, threads * n * COLS, sizeof *s->strip, err);
	return s->x && s->score && s->strip;
}

/* --- products --------------------------------------------------------------------------------- */

static void matrix_task(void *user, unsigned part, unsigned parts)
{
	Subspace *s = user;
	size_t d = s->features, begin, end;

	pool_share(d, COLS, part, parts, &begin, &end);
	if (begin < end)
		gemm_run(s->cpu, false, false, s->count, end - begin, d, s->q_f32, d,
			 s->matrix_f32 + begin, d, 0, s->product_f32 + begin, d);
}

/* In f64, for the variances. */
static void matrix_exact_task(void *user, unsigned part, unsigned parts)
{
	Subspace *s = user;
	size_t d = s->features, begin, end;

	pool_share(s->count, 1, part, parts, &begin, &end);
	for (size_t i = begin; i < end; i++) {
		double *to = s->product + i * d;

		memset(to, 0, d * sizeof *to);
		for (size_t f = 0; f < d; f++)
			eigen_add(s->cpu, to, s->q[i * d + f], s->matrix + f * d, d);
	}
}

static void rows_score_task(void *user, unsigned part, unsigned parts)
{
	Subspace *s = user;
	size_t d = s->features, begin, end;

	pool_share(s->block, 16, part, parts, &begin, &end);
	for (size_t row = begin; row < end; row++) {
		float *x = s->x + row * d;

		rows_floats(s->rows, s->begin + row, 1, x);
		for (size_t f = 0; f < d; f++)
			x[f] = (float)((double)x[f] - s->mean[f]);
	}
	if (begin < end)
		gemm_run(s->cpu, false, true, end - begin, s->count, d, s->x + begin * d, d,
			 s->q_f32, d, 0, s->score + begin * s->count, s->count);
}

static void rows_product_task(void *user, unsigned part, unsigned parts)
{
	Subspace *s = user;
	size_t d = s->features;
	float *strip = s->strip + part * s->count * COLS;

	for (size_t col = part * COLS; col < d; col += parts * COLS) {
		size_t cols = d - col < COLS ? d - col : COLS;

		gemm_run(s->cpu, true, false, s->count, cols, s->block, s->score, s->count,
			 s->x + col, d, 0, strip, COLS);
		for (size_t i = 0; i < s->count; i++)
			for (size_t f = 0; f < cols; f++)
				s->product[i * d + col + f] += (double)strip[i * COLS + f];
	}
}

static bool rows_products(Subspace *s, Control *control, Err *err)
{
	size_t numbers = s->count * s->features;

	memset(s->product, 0, numbers * sizeof *s->product);
	for (s->begin = 0; s->begin < s->rows->count; s->begin += ROWS) {
		size_t left = s->rows->count - s->begin;

		if (!control_poll(control, err))
			return false;
		s->block = left < ROWS ? left : ROWS;
		pool_run(s->options->pool, rows_score_task, s);
		pool_run(s->options->pool, rows_product_task, s);
	}
	for (size_t i = 0; i < numbers; i++)
		s->product[i] /= (double)(s->rows->count - 1);
	return true;
}

/* product = q · matrix. */
static bool subspace_multiply(Subspace *s, bool exact, Control *control, Err *err)
{
	size_t numbers = s->count * s->features;

	if (s->matrix && exact) {
		pool_run(s->options->pool, matrix_exact_task, s);
		return true;
	}
	for (size_t i = 0; i < numbers; i++)
		s->q_f32[i] = (float)s->q[i];
	if (!s->matrix)
		return rows_products(s, control, err);
	pool_run(s->options->pool, matrix_task, s);
	for (size_t i = 0; i < numbers; i++)
		s->product[i] = (double)s->product_f32[i];
	return true;
}

/* --- directions ------------------------------------------------------------------------------- */

/* Of the subspace of q the directions of most variance become its rows (Rayleigh and Ritz). */
static bool subspace_turn(Subspace *s, Control *control, Err *err)
{
	size_t d = s->features, n = s->count;

	if (!subspace_multiply(s, true, control, err))
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
			s->ritz[i * n + j] = s->ritz[j * n + i] =
				(eigen_dot(s->cpu, s->q + i * d, s->product + j * d, d) +
				 eigen_dot(s->cpu, s->q + j * d, s->product + i * d, d)) /
				2;
	if (!eigen_symmetric(s->ritz, n, s->value, s->room))
		return err_set(err, ERR_DIVERGED, "the variances of %s are no numbers",
			       s->rows->set->name);
	memset(s->turned, 0, n * d * sizeof *s->turned);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			eigen_add(s->cpu, s->turned + i * d, s->ritz[i * n + j], s->q + j * d, d);
	memcpy(s->q, s->turned, n * d * sizeof *s->q);
	return true;
}

/* Whether the variances of the components changed by less than STILL; remembers them. */
static bool subspace_still(Subspace *s)
{
	bool still = true;

	for (size_t i = 0; i < s->options->components; i++) {
		still = still && fabs(s->value[i] - s->before[i]) <= STILL * fabs(s->value[i]);
		s->before[i] = s->value[i];
	}
	return still;
}

static bool subspace_see(const Subspace *s, size_t iteration, double total, Err *err)
{
	double explained = 0;

	for (size_t i = 0; i < s->options->components; i++)
		explained += s->value[i];
	return !s->options->see ||
	       s->options->see(s->options->user, iteration, total > 0 ? explained / total : 1, err);
}

static bool subspace_iterate(Subspace *s, double total, Control *control, Err *err)
{
	size_t most = s->matrix ? ITERATIONS_MAX : PCA_PASSES;
	size_t look = s->matrix ? LOOK : 2;

	eigen_orthonormal(s->cpu, s->q, s->count, s->features);
	for (size_t i = 1;; i++) {
		bool last = i >= most || s->count == s->features || control_stopping(control);

		if (!control_poll(control, err))
			return false;
		if (i % look == 0 || last) {
			if (!subspace_turn(s, control, err) || !subspace_see(s, i, total, err))
				return false;
			if (subspace_still(s) || last)
				return true;
		} else if (!subspace_multiply(s, false, control, err)) {
			return false;
		}
		memcpy(s->q, s->product, s->count * s->features * sizeof *s->q);
		eigen_orthonormal(s->cpu, s->q, s->count, s->features);
	}
}

/* --- all -------------------------------------------------------------------------------------- */

static void pca_begin(const Subspace *s)
{
	Random random;

	random_init(&random, s->options->seed, RANDOM_WEIGHTS);
	for (size_t i = 0; i < s->count * s->features; i++)
		s->q[i] = random_normal(&random);
}

/* Of a matrix that is not there. */
static double pca_total(const Rows *rows, const double *mean, float *x)
{
	double total = 0;

	for (size_t row = 0; row < rows->count; row++) {
		rows_floats(rows, row, 1, x);
		for (size_t f = 0; f < rows->set->features; f++) {
			double difference = (double)x[f] - mean[f];

			total += difference * difference;
		}
	}
	return total / (double)(rows->count - 1);
}

static void pca_signs(const Subspace *s)
{
	for (size_t i = 0; i < s->count; i++) {
		double *q = s->q + i * s->features;
		size_t largest = 0;

		for (size_t f = 1; f < s->features; f++)
			largest = fabs(q[f]) > fabs(q[largest]) ? f : largest;
		double sign = q[largest] < 0 ? -1 : 1;

		for (size_t f = 0; f < s->features; f++)
			q[f] *= sign;
	}
}

bool pca_fit(Pca *out, const Rows *rows, const PcaOptions *options, Arena *arena, Control *control,
	     Err *err)
{
	size_t d = rows->set->features, more = options->components + MORE;
	Subspace s = { .rows = rows, .options = options, .cpu = cpu_features(), .features = d };

	s.count = more < d ? more : d;
	out->mean = arena_take(arena, d, sizeof *out->mean, err);
	if (!out->mean)
		return false;
	covariance_mean(rows, options->pool, out->mean);
	s.mean = out->mean;
	if (d <= PCA_FEATURES_MAX) {
		s.matrix = arena_take(arena, d * d, sizeof *s.matrix, err);
		if (!s.matrix || !covariance_of(rows, s.mean, options->pool, s.cpu, s.matrix, arena,
						control, err))
			return false;
	}
	if (!subspace_take(&s, arena, err))
		return false;
	out->total = 0;
	for (size_t f = 0; s.matrix && f < d; f++)
		out->total += s.matrix[f * d + f];
	if (!s.matrix)
		out->total = pca_total(rows, s.mean, s.x);
	pca_begin(&s);
	if (!subspace_iterate(&s, out->total, control, err))
		return false;
	pca_signs(&s);
	out->component = s.q;
	out->variance = s.value;
	for (size_t i = 0; i < s.count; i++)
		out->variance[i] = out->variance[i] > 0 ? out->variance[i] : 0;
	return true;
}
