/* Main directions of a sample of rows, turned so that all matter alike.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "model/neighbours/bounds_inside.h"
#include "num/dense/gemm.h"
#include "num/eigen.h"

#define DIRECTIONS (BOUNDS_DIMS - 1)
#define ITERATIONS 2
/* Directions that hold less than this share of the squares leave too many rows. */
#define SHARE_MIN 0.4
/* Orthonormal rows, each entry rounded to f32 (2⁻²⁴·√DIRECTIONS off in norm at most), times this
 * are a contraction. */
#define CONTRACTION (1 - 1e-6)

typedef struct Basis {
	const float *sample; /* (n, features) */
	size_t n, features;
	double *q;    /* (DIRECTIONS, features) */
	float *q_f32; /* (DIRECTIONS, features) */
	float *score; /* (n, DIRECTIONS) */
	double *turn; /* (DIRECTIONS, DIRECTIONS) */
	uint32_t cpu;
} Basis;

static bool basis_take(Basis *b, Arena *arena, Err *err)
{
	b->q = arena_take(arena, DIRECTIONS * b->features, sizeof *b->q, err);
	b->q_f32 = arena_take(arena, DIRECTIONS * b->features, sizeof *b->q_f32, err);
	b->score = arena_take(arena, DIRECTIONS * b->n, sizeof *b->score, err);
	b->turn = arena_take(arena, DIRECTIONS * DIRECTIONS, sizeof *b->turn, err);
	return b->q && b->q_f32 && b->score && b->turn;
}

static void basis_random(double *to, size_t n, Random *random)
{
	for (size_t i = 0; i < n; i++)
		to[i] = random_normal(random);
}

/* Scores of the sample on the directions that q_f32 holds. */
static void basis_scores(Basis *b)
{
	gemm_run(b->cpu, false, true, b->n, DIRECTIONS, b->features, b->sample, b->features,
		 b->q_f32, b->features, 0, b->score, DIRECTIONS);
}

/* q = score'·sample, orthonormal. */
static void basis_directions(Basis *b)
{
	gemm_run(b->cpu, true, false, DIRECTIONS, b->features, b->n, b->score, DIRECTIONS,
		 b->sample, b->features, 0, b->q_f32, b->features);
	for (size_t i = 0; i < DIRECTIONS * b->features; i++)
		b->q[i] = (double)b->q_f32[i];
	eigen_orthonormal(b->cpu, b->q, DIRECTIONS, b->features);
	for (size_t i = 0; i < DIRECTIONS * b->features; i++)
		b->q_f32[i] = (float)b->q[i];
}

static double squares(const float *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * (double)x[i];
	return sum;
}

/* out = (turn·q)', a contraction once it is rounded. */
static bool basis_turn(Basis *b, Arena *arena, float *out, Random *random, Err *err)
{
	double *row = arena_take(arena, b->features, sizeof *row, err);

	if (!row)
		return false;
	basis_random(b->turn, DIRECTIONS * DIRECTIONS, random);
	eigen_orthonormal(b->cpu, b->turn, DIRECTIONS, DIRECTIONS);
	for (size_t i = 0; i < DIRECTIONS; i++) {
		memset(row, 0, b->features * sizeof *row);
		for (size_t j = 0; j < DIRECTIONS; j++)
			eigen_add(b->cpu, row, b->turn[i * DIRECTIONS + j], b->q + j * b->features,
				  b->features);
		for (size_t f = 0; f < b->features; f++)
			out[f * BOUNDS_DIMS + i] = (float)(CONTRACTION * row[f]);
	}
	return true;
}

static bool basis_make(Basis *b, Arena *arena, float *basis, bool *worth, Err *err)
{
	Random random;

	if (!basis_take(b, arena, err))
		return false;
	random_init(&random, 1, RANDOM_TECHNIQUE);
	for (size_t i = 0; i < DIRECTIONS * b->n; i++)
		b->score[i] = (float)random_normal(&random);
	basis_directions(b);
	for (int i = 0; i < ITERATIONS; i++) {
		basis_scores(b);
		basis_directions(b);
	}
	basis_scores(b);
	/* Also false for what is no number. */
	*worth = squares(b->score, DIRECTIONS * b->n) >=
		 SHARE_MIN * squares(b->sample, b->n * b->features);
	return basis_turn(b, arena, basis, &random, err);
}

bool bounds_basis(const float *sample, size_t n, size_t features, float *basis, uint32_t cpu,
		  bool *worth, Err *err)
{
	Basis b = { .sample = sample, .n = n, .features = features, .cpu = cpu };
	Arena *arena = arena_new(0, err);
	bool fine = arena && basis_make(&b, arena, basis, worth, err);

	arena_free(arena);
	return fine;
}
