/* Search by bounds against measuring all: the same rows at the same distances, for data that suits
 * bounds and for data made to defeat them; and when bounds are not made at all.
 * SPDX-License-Identifier: MIT */
#include "unit.h"
#include "levels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "model/neighbours/bounds.h"

#define COUNT 2101 /* no multiple of a panel */
#define QUERIES 50
#define FEATURES 130
#define K_MAX 600

typedef enum Sort {
	PATTERNS,   /* few patterns and a little noise: bounds leave few rows */
	DUPLICATES, /* as PATTERNS, each row many times */
	COLUMNS,    /* most columns are constant, the others take few values */
	EQUAL,      /* all rows are one */
	NOISE,      /* uniformly random: bounds leave all rows */
	OUTLIER,    /* as PATTERNS, one row far from all others */
	STRANGERS,  /* PATTERNS, but the queries are noise */
	SORTS
} Sort;

static const char *const names[] = { "patterns", "duplicates", "columns",  "equal",
				     "noise",    "outlier",    "strangers" };

static Err err;
static float rows[COUNT * FEATURES], queries[QUERIES * FEATURES], zero[FEATURES];

/* Whole numbers from 0 to 255, so that the same rows serve as bytes. */
static void make_row(Sort sort, size_t i, float *x)
{
	Random random;
	size_t pattern = i % 7;

	random_init(&random, sort == DUPLICATES ? i % 97 : i + 1000, RANDOM_ROWS);
	for (size_t f = 0; f < FEATURES; f++) {
		double wave = 128 + 100 * sin((double)(f * (pattern + 2)) / 15);

		if (sort == NOISE)
			x[f] = (float)random_below(&random, 256);
		else if (sort == EQUAL)
			x[f] = 77;
		else if (sort == COLUMNS)
			x[f] = f < 5 ? (float)random_below(&random, 3) : 9;
		else
			x[f] = (float)floor(wave + random_unit(&random) * 20);
	}
	if (sort == OUTLIER && i == 5)
		for (size_t f = 0; f < FEATURES; f++)
			x[f] = f % 2 ? 255 : 0;
}

static void make(Sort sort)
{
	for (size_t i = 0; i < COUNT; i++)
		make_row(sort, i, rows + i * FEATURES);
	/* Some queries are references. */
	for (size_t i = 0; i < QUERIES; i++)
		make_row(sort == STRANGERS ? NOISE : sort, i % 3 ? COUNT + i : i,
			 queries + i * FEATURES);
}

/* Floats that are no whole numbers, far from 0 for their differences. */
static void make_fractions(void)
{
	for (size_t i = 0; i < COUNT * FEATURES; i++)
		rows[i] = 1e3f + rows[i] / 37;
	for (size_t i = 0; i < QUERIES * FEATURES; i++)
		queries[i] = 1e3f + queries[i] / 37;
}

typedef struct Case {
	Arena *arena;
	Neighbours n;
	const void *rows; /* side by side */
	size_t ld;
} Case;

static void *take(Case *c, size_t count, size_t size)
{
	void *room = arena_take(c->arena, count, size, &err);

	assert_non_null(room);
	return room;
}

static void case_init(Case *c, NeighboursForm form)
{
	size_t panels = neighbours_panels(form, COUNT);
	size_t size = form == NEIGHBOURS_BYTES ? 1 : sizeof(float);
	NeighboursTable to;
	uint8_t *bytes;

	c->arena = arena_new(0, &err);
	assert_non_null(c->arena);
	c->n = (Neighbours){
		.form = form, .count = COUNT, .features = FEATURES, .offset = zero, .scale = 1
	};
	to.table = take(c, panels * neighbours_panel_size(form, FEATURES), size);
	to.norm = take(c, panels * neighbours_panel(form), sizeof(float));
	c->n.table = to.table;
	c->n.norm = to.norm;
	c->ld = form == NEIGHBOURS_BYTES ? 192 : FEATURES;
	bytes = take(c, COUNT * c->ld, 1);
	for (size_t i = 0; i < COUNT; i++) {
		const float *x = rows + i * FEATURES;

		for (size_t f = 0; form == NEIGHBOURS_BYTES && f < FEATURES; f++)
			bytes[i * c->ld + f] = (uint8_t)x[f];
		if (form == NEIGHBOURS_BYTES)
			neighbours_set_bytes(&c->n, to, i, bytes + i * c->ld, 0);
		else
			neighbours_set_floats(&c->n, to, i, x);
	}
	neighbours_set_none(form, to.norm, COUNT, panels * neighbours_panel(form));
	c->rows = form == NEIGHBOURS_BYTES ? (const void *)bytes : rows;
}

static const Bounds *bounds_of(Case *c, size_t k, double share_max, uint32_t level, Pool *pool)
{
	const Bounds *b;

	assert_true(bounds_new(c->n.form, c->rows, c->ld, COUNT, FEATURES, k, share_max, level,
			       pool, c->arena, &b, &err));
	return b;
}

static Queries ask(Case *c, size_t k, uint32_t level)
{
	void *memory = take(c, 1, neighbours_queries_bytes(&c->n, QUERIES, k));

	return neighbours_queries(&c->n, queries, QUERIES, k, memory, level);
}

/* The share of pairs that was measured. */
static double compare(Case *c, Sort sort, size_t k, uint32_t level)
{
	const Bounds *b = bounds_of(c, k, 1, level, NULL);
	Queries all = ask(c, k, level), few = ask(c, k, level);
	uint64_t measured;

	assert_non_null(b);
	neighbours_search(&c->n, &all, 0, level);
	measured = bounds_search(b, &few, k, take(c, 1, bounds_room(FEATURES, QUERIES)), level);
	for (size_t i = 0; i < QUERIES; i++) {
		const Nearest *want = neighbours_measure(&c->n, &all, i, k, true, level);
		const Nearest *have = few.list + i * few.keep;

		if (c->n.form == NEIGHBOURS_BYTES)
			have = neighbours_measure(&c->n, &few, i, k, true, level);
		for (size_t j = 0; j < k; j++)
			if (want[j].row != have[j].row ||
			    memcmp(&want[j].score, &have[j].score, sizeof(double)) != 0)
				fail_msg("%s: query %zu, neighbour %zu of %zu is row %u at %.17g, "
					 "but should be %u at %.17g",
					 names[sort], i, j, k, have[j].row, have[j].score,
					 want[j].row, want[j].score);
	}
	return (double)measured / ((double)COUNT * QUERIES);
}

static void check(NeighboursForm form, bool fractions)
{
	static const size_t ks[] = { 1, 5, K_MAX };

	for (Sort sort = 0; sort < SORTS; sort++) {
		Case c;

		make(sort);
		if (fractions)
			make_fractions();
		case_init(&c, form);
		for (size_t i = 0; i < sizeof ks / sizeof *ks; i++) {
			double share = compare(&c, sort, ks[i], cpu_features());

			/* fractions far from 0 are the same rows, but less is sure of them */
			if (sort == PATTERNS && ks[i] == 5 && !fractions)
				assert_true(share < 0.3);
			if ((sort == NOISE || sort == STRANGERS) && ks[i] == 5)
				assert_true(share > 0.5);
		}
		for (size_t l = 0; l < LEVELS && (sort == PATTERNS || sort == STRANGERS); l++)
			if (level_runs(levels[l]))
				compare(&c, sort, 5, levels[l]);
		arena_free(c.arena);
	}
}

static void test_bytes(void **state)
{
	(void)state;
	check(NEIGHBOURS_BYTES, false);
}

static void test_floats(void **state)
{
	(void)state;
	check(NEIGHBOURS_F32, false);
	check(NEIGHBOURS_F32, true);
}

/* A query that is no number finds nothing, and disturbs nobody. */
static void test_no_number(void **state)
{
	Case c;

	(void)state;
	make(PATTERNS);
	case_init(&c, NEIGHBOURS_F32);
	queries[3 * FEATURES + 4] = NAN;
	queries[9 * FEATURES + 4] = INFINITY;
	const Bounds *b = bounds_of(&c, 5, 1, cpu_features(), NULL);
	Queries few = ask(&c, 5, cpu_features());

	bounds_search(b, &few, 5, take(&c, 1, bounds_room(FEATURES, QUERIES)), cpu_features());
	assert_int_equal(few.list[3 * few.keep].row, NEAREST_NONE);
	assert_int_equal(few.list[9 * few.keep].row, NEAREST_NONE);
	assert_int_equal(few.list[6 * few.keep].row, 6);
	arena_free(c.arena);
}

/* Squares of differences that leave f32 are measured all the same; those of rows make no bounds. */
static void test_huge(void **state)
{
	Case c;

	(void)state;
	make(PATTERNS);
	for (size_t i = 0; i < COUNT * FEATURES; i++)
		rows[i] = (rows[i] - 128) * 1e16f;
	for (size_t i = 0; i < QUERIES * FEATURES; i++)
		queries[i] = (queries[i] - 128) * (i < 10 * FEATURES ? 1e16f : 1e18f);
	case_init(&c, NEIGHBOURS_F32);
	const Bounds *b = bounds_of(&c, 5, 1, cpu_features(), NULL);
	Queries few = ask(&c, 5, cpu_features());

	assert_non_null(b);
	bounds_search(b, &few, 5, take(&c, 1, bounds_room(FEATURES, QUERIES)), cpu_features());
	for (size_t i = 0; i < QUERIES; i++) {
		Nearest list[5];

		nearest_clear(list, 5);
		for (uint32_t r = 0; r < COUNT; r++)
			nearest_insert(list, 5,
				       nearest_square_f64(0, queries + i * FEATURES,
							  rows + r * FEATURES, 1, FEATURES),
				       r);
		for (size_t j = 0; j < 5; j++)
			assert_int_equal(few.list[i * few.keep + j].row, list[j].row);
	}
	arena_free(c.arena);
	for (size_t i = 0; i < COUNT * FEATURES; i++)
		rows[i] *= 1e3f;
	case_init(&c, NEIGHBOURS_F32);
	assert_null(bounds_of(&c, 5, 1, cpu_features(), NULL));
	arena_free(c.arena);
}

/* Noise has no main directions; too many neighbours are asked for. */
static void test_not_worth(void **state)
{
	Case c;

	(void)state;
	make(NOISE);
	case_init(&c, NEIGHBOURS_BYTES);
	assert_null(bounds_of(&c, 5, BOUNDS_SHARE_MAX, cpu_features(), NULL));
	arena_free(c.arena);
	make(PATTERNS);
	case_init(&c, NEIGHBOURS_BYTES);
	const Bounds *b = bounds_of(&c, 5, BOUNDS_SHARE_MAX, cpu_features(), NULL);

	assert_non_null(b);
	assert_true(b->share > 0 && b->share <= BOUNDS_SHARE_MAX);
	assert_null(bounds_of(&c, K_MAX, BOUNDS_SHARE_MAX, cpu_features(), NULL));
	arena_free(c.arena);
	assert_false(bounds_worth(COUNT, 64));
	assert_false(bounds_worth(1000, FEATURES));
	assert_true(bounds_worth(COUNT, FEATURES));
}

/* Bounds are the same whoever makes them. */
static void test_threads(void **state)
{
	Pool *pool = pool_new(3, &err);
	Case c;

	(void)state;
	assert_non_null(pool);
	make(PATTERNS);
	case_init(&c, NEIGHBOURS_BYTES);
	const Bounds *one = bounds_of(&c, 5, 1, cpu_features(), NULL);
	const Bounds *three = bounds_of(&c, 5, 1, cpu_features(), pool);

	assert_memory_equal(&one->slack, &three->slack, sizeof(double));
	assert_memory_equal(one->panels, three->panels,
			    neighbours_panels(NEIGHBOURS_BYTES, COUNT) *
				    bytes_panel_size(BOUNDS_DIMS));
	pool_free(pool);
	arena_free(c.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),     cmocka_unit_test(test_floats),
		cmocka_unit_test(test_no_number), cmocka_unit_test(test_not_worth),
		cmocka_unit_test(test_threads),   cmocka_unit_test(test_huge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
