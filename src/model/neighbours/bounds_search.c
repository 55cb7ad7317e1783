/* Searching by bounds: the bytes of f against all references, and the few that pass in full.
 *
 * A block of references stays in the second-level cache while all queries ask it. What passes
 * depends on the k nearest so far, so a first look at some references finds k that are near.
 * SPDX-License-Identifier: MIT */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "model/neighbours/bounds_inside.h"
#include "num/dense/gemm.h"

#define STEP 96  /* queries whose products with a panel are made at once */
#define PANELS 8 /* of a block */
#define SEEDS 32 /* panels of the first look */
#define FOUND (PANELS * BYTES_PANEL)
/* Of a block and STEP queries: above this share of pairs all are measured, and so are the next
 * blocks, before bounds are tried again. */
#define DENSE_SHARE 0.25
#define DENSE_BLOCKS 32
#define STEPS_MAX 64 /* groups of STEP queries */

/* What a squared distance in f64 may be off, as a share, and some more. */
#define ROUNDING 1e-9
/* What vanishes when tiny numbers are squared in f32. */
#define TINY 1e-36

typedef struct Searching {
	const Bounds *b;
	Queries *queries;
	size_t k;
	uint32_t cpu;
	int8_t *q;                /* (rows, BYTES_ALIGN): the bytes of f, as bytes.h has them */
	double *slack;            /* (rows) what they and those of any reference are off */
	double *squares;          /* (rows) Σ of the squares of the bytes */
	int32_t *limit;           /* (rows) the score of bytes above which nothing is near enough */
	uint64_t *mask;           /* (PANELS, STEP) */
	int32_t *product;         /* (STEP, BYTES_PANEL) */
	uint32_t *found;          /* (FOUND) references to measure */
	void *measured;           /* (FOUND) s32 products, or f32 squares */
	uint64_t count;           /* of rows measured */
	uint8_t dense[STEPS_MAX]; /* of STEP queries: blocks to come that are measured whole */
} Searching;

static size_t fixed_bytes(size_t features)
{
	return bounds_lines(PANELS * STEP * sizeof(uint64_t)) +
	       bounds_lines(STEP * BYTES_PANEL * sizeof(int32_t)) +
	       bounds_lines(FOUND * sizeof(uint32_t)) + bounds_lines(FOUND * sizeof(float)) +
	       bounds_map_bytes(features);
}

size_t bounds_room(size_t features, size_t rows)
{
	return bounds_lines(rows * BYTES_ALIGN) + 2 * bounds_lines(rows * sizeof(double)) +
	       bounds_lines(rows * sizeof(int32_t)) + fixed_bytes(features);
}

/* --- queries ---------------------------------------------------------------------------------- */

/* No more than these come within the squared distance. */
static int32_t limit_of(const Searching *s, size_t row, double square)
{
	double reach = (sqrt(square) + s->slack[row]) / s->b->step;
	double score = reach * reach * (1 + ROUNDING) - s->squares[row];

	return score < INT32_MAX - 1 ? (int32_t)score : INT32_MAX - 1; /* no number: all */
}

static void query_map(Searching *s, const BoundsMap *map, size_t row, size_t n)
{
	const Bounds *b = s->b;
	uint8_t bytes[BYTES_ALIGN] = { 0 };
	int32_t sum, squares;

	for (size_t i = 0; i < n; i++) {
		float *x = map->x + i * b->features;

		if (b->form == NEIGHBOURS_BYTES) {
			const int8_t *q =
				(const int8_t *)s->queries->q + (row + i) * s->queries->ld;

			for (size_t f = 0; f < b->features; f++)
				x[f] = (float)(q[f] + 128) - b->center[f];
		} else {
			memcpy(x, (const float *)s->queries->q + (row + i) * s->queries->ld,
			       b->features * sizeof *x);
		}
	}
	bounds_map(b, map, n, s->cpu);
	for (size_t i = 0; i < n; i++) {
		double off = bounds_round(b, map->f + i * BOUNDS_DIMS, bytes) + map->error[i];

		bytes_sums(s->cpu, bytes, BOUNDS_DIMS, &sum, &squares);
		bytes_to_signed(bytes, BOUNDS_DIMS, s->q + (row + i) * BYTES_ALIGN, BYTES_ALIGN);
		s->squares[row + i] = squares;
		s->slack[row + i] = off * (1 + 1e-6) + b->slack;
		s->limit[row + i] = limit_of(s, row + i, INFINITY);
	}
}

static void search_init(Searching *s, void *room)
{
	size_t rows = s->queries->rows;
	uint8_t *at = room;

	s->q = (void *)at;
	at += bounds_lines(rows * BYTES_ALIGN);
	s->slack = (void *)at;
	at += bounds_lines(rows * sizeof(double));
	s->squares = (void *)at;
	at += bounds_lines(rows * sizeof(double));
	s->limit = (void *)at;
	at += bounds_lines(rows * sizeof(int32_t));
	s->mask = (void *)at;
	at += bounds_lines(PANELS * STEP * sizeof(uint64_t));
	s->product = (void *)at;
	at += bounds_lines(STEP * BYTES_PANEL * sizeof(int32_t));
	s->found = (void *)at;
	at += bounds_lines(FOUND * sizeof(uint32_t));
	s->measured = at;
	at += bounds_lines(FOUND * sizeof(float));
	BoundsMap map = bounds_map_at(at, s->b->features);

	s->queries->keep = s->k; /* each score is a distance: none is in doubt */
	nearest_clear(s->queries->list, rows * s->k);
	for (size_t row = 0; row < rows; row += BOUNDS_MAP_ROWS)
		query_map(s, &map, row,
			  rows - row < BOUNDS_MAP_ROWS ? rows - row : BOUNDS_MAP_ROWS);
}

/* --- measuring -------------------------------------------------------------------------------- */

/* The references that were found, into the list of a query. */
static void measure_bytes(Searching *s, size_t row, size_t count)
{
	const Bounds *b = s->b;
	const int8_t *q = (const int8_t *)s->queries->q + row * s->queries->ld;
	Nearest *list = s->queries->list + row * s->k;
	const int32_t *product = s->measured, *norm = b->norm;

	bytes_dots_of(s->cpu, q, b->rows, b->ld, s->found, count, b->features, s->measured);
	for (size_t i = 0; i < count; i++) {
		uint32_t r = s->found[i];

		nearest_insert(list, s->k, (double)norm[r] - 2 * (double)product[i], r);
	}
}

/* Squares in f32 first: most are clearly too far. What leaves f32 says nothing. */
static void measure_floats(Searching *s, size_t row, size_t count)
{
	const Bounds *b = s->b;
	const float *q = (const float *)s->queries->q + row * s->queries->ld;
	Nearest *list = s->queries->list + row * s->k;
	const float *square = s->measured;
	double sure = 1 - ((double)b->features + 8) * 0x1p-24;

	nearest_squares_f32(s->cpu, q, b->rows, b->ld, s->found, count, b->features, s->measured);
	for (size_t i = 0; i < count; i++) {
		uint32_t r = s->found[i];

		if (isfinite(square[i]) && (double)square[i] * sure - TINY > list[s->k - 1].score)
			continue;
		nearest_insert(list, s->k,
			       nearest_square_f64(s->cpu, q, (const float *)b->rows + r * b->ld, 1,
						  b->features),
			       r);
	}
}

static void measure(Searching *s, size_t row, size_t count)
{
	s->count += count;
	if (s->b->form == NEIGHBOURS_BYTES)
		measure_bytes(s, row, count);
	else
		measure_floats(s, row, count);
}

/* The squared distance of the last of a full list; else infinite. */
static double list_reach(const Searching *s, size_t row)
{
	double last = s->queries->list[(row + 1) * s->k - 1].score;

	return s->b->form == NEIGHBOURS_BYTES ? last + s->queries->squares[row] : last;
}

/* --- the first look --------------------------------------------------------------------------- */

/* The k references whose bytes are nearest are measured: no other has to be looked at that is
 * farther than the last of them. */
static void seed_query(Searching *s, size_t row)
{
	Nearest *list = s->queries->list + row * s->k;
	bool full = s->k <= FOUND && list[s->k - 1].row != NEAREST_NONE;

	for (size_t i = 0; full && i < s->k; i++)
		s->found[i] = list[i].row;
	nearest_clear(list, s->k);
	if (!full)
		return;
	measure(s, row, s->k);
	s->limit[row] = limit_of(s, row, list_reach(s, row));
	nearest_clear(list, s->k);
}

static void products(Searching *s, size_t panel, size_t begin, size_t n)
{
	const uint8_t *at = s->b->panels + panel * bytes_panel_size(BOUNDS_DIMS);

	bytes_products(s->cpu, s->q + begin * BYTES_ALIGN, BYTES_ALIGN, n, at, BOUNDS_DIMS,
		       s->product, BYTES_PANEL, false);
}

static void search_seed(Searching *s, size_t begin, size_t n)
{
	size_t panels = neighbours_panels(NEIGHBOURS_BYTES, s->b->count);

	for (size_t panel = 0; panel < panels && panel < SEEDS; panel++) {
		products(s, panel, begin, n);
		for (size_t i = 0; i < n; i++)
			nearest_scan_s32(s->cpu, s->product + i * BYTES_PANEL,
					 s->b->panel_norm + panel * BYTES_PANEL, BYTES_PANEL,
					 (uint32_t)(panel * BYTES_PANEL),
					 s->queries->list + (begin + i) * s->k, s->k);
	}
	for (size_t i = 0; i < n; i++)
		seed_query(s, begin + i);
}

/* --- a panel in full -------------------------------------------------------------------------- */

static void dense_bytes(Searching *s, size_t at, size_t refs, size_t begin, size_t n)
{
	const Bounds *b = s->b;

	bytes_dots(s->cpu, (const uint8_t *)b->rows + at * b->ld, b->ld, refs,
		   (const int8_t *)s->queries->q + begin * s->queries->ld, s->queries->ld, n,
		   b->features, s->product);
	for (size_t i = 0; i < n; i++)
		nearest_scan_s32(s->cpu, s->product + i * refs, (const int32_t *)b->norm + at, refs,
				 (uint32_t)at, s->queries->list + (begin + i) * s->k, s->k);
}

/* What may be as near as the last of the list is measured in f64. */
static void dense_floats(Searching *s, size_t at, size_t refs, size_t begin, size_t n)
{
	const Bounds *b = s->b;
	const float *q = (const float *)s->queries->q + begin * s->queries->ld;
	const float *r = (const float *)b->rows + at * b->ld;
	float *product = (void *)s->product;

	for (size_t i = 0; refs < BYTES_PANEL && i < n; i++)
		memset(product + i * BYTES_PANEL + refs, 0, (BYTES_PANEL - refs) * sizeof *product);
	gemm_run(s->cpu, false, true, n, refs, b->features, q, s->queries->ld, r, b->ld, 0, product,
		 BYTES_PANEL);
	for (size_t i = 0; i < n; i++, q += s->queries->ld, product += BYTES_PANEL) {
		Nearest *list = s->queries->list + (begin + i) * s->k;
		double limit =
			(list[s->k - 1].score - b->sure * s->queries->squares[begin + i]) / 2;
		uint64_t bits = nearest_mask_f32(s->cpu, product, (const float *)b->norm + at,
						 (float)(limit + fabs(limit) * 1e-6 + TINY));

		for (bits &= UINT64_MAX >> (BYTES_PANEL - refs); bits; bits &= bits - 1) {
			size_t j = (size_t)__builtin_ctzll(bits);

			nearest_insert(list, s->k,
				       nearest_square_f64(s->cpu, q, r + j * b->ld, 1, b->features),
				       (uint32_t)(at + j));
		}
	}
}

static void dense_block(Searching *s, size_t panel, size_t panels, size_t begin, size_t n)
{
	for (size_t p = panel; p < panel + panels; p++) {
		size_t at = p * BYTES_PANEL, left = s->b->count - at;
		size_t refs = left < BYTES_PANEL ? left : BYTES_PANEL;

		if (s->b->form == NEIGHBOURS_BYTES)
			dense_bytes(s, at, refs, begin, n);
		else
			dense_floats(s, at, refs, begin, n);
		s->count += refs * n;
	}
}

/* --- all references --------------------------------------------------------------------------- */

static size_t found_of(Searching *s, size_t panel, size_t panels, size_t i)
{
	size_t n = 0;

	for (size_t p = 0; p < panels; p++)
		for (uint64_t bits = s->mask[p * STEP + i]; bits; bits &= bits - 1)
			s->found[n++] = (uint32_t)((panel + p) * BYTES_PANEL +
						   (size_t)__builtin_ctzll(bits));
	return n;
}

static size_t search_masks(Searching *s, size_t panel, size_t panels, size_t begin, size_t n)
{
	size_t pairs = 0;

	for (size_t p = 0; p < panels; p++) {
		products(s, panel + p, begin, n);
		nearest_masks_s32(s->cpu, s->product, s->b->panel_norm + (panel + p) * BYTES_PANEL,
				  s->limit + begin, n, s->mask + p * STEP);
		for (size_t i = 0; i < n; i++)
			pairs += (size_t)__builtin_popcountll(s->mask[p * STEP + i]);
	}
	return pairs;
}

static void search_block(Searching *s, size_t panel, size_t panels, size_t begin, size_t n)
{
	uint8_t *dense = &s->dense[begin / STEP];
	size_t pairs = *dense ? 0 : search_masks(s, panel, panels, begin, n);
	bool whole;

	if ((double)pairs > DENSE_SHARE * (double)(n * panels * BYTES_PANEL))
		*dense = DENSE_BLOCKS;
	whole = *dense > 0;
	if (whole) {
		dense_block(s, panel, panels, begin, n);
		--*dense;
	}
	for (size_t i = 0; i < n; i++) {
		size_t count = whole ? 0 : found_of(s, panel, panels, i);
		int32_t limit;

		if (count)
			measure(s, begin + i, count);
		else if (!whole)
			continue;
		limit = limit_of(s, begin + i, list_reach(s, begin + i));
		if (limit < s->limit[begin + i])
			s->limit[begin + i] = limit;
	}
}

uint64_t bounds_search(const Bounds *b, Queries *queries, size_t k, void *room, uint32_t cpu)
{
	Searching s = { .b = b, .queries = queries, .k = k, .cpu = cpu };
	size_t panels = neighbours_panels(NEIGHBOURS_BYTES, b->count), rows = queries->rows;

	assert(rows <= STEPS_MAX * STEP);
	search_init(&s, room);
	for (size_t row = 0; row < rows; row += STEP)
		search_seed(&s, row, rows - row < STEP ? rows - row : STEP);
	for (size_t panel = 0; panel < panels; panel += PANELS) {
		size_t n = panels - panel < PANELS ? panels - panel : PANELS;

		for (size_t row = 0; row < rows; row += STEP)
			search_block(&s, panel, n, row, rows - row < STEP ? rows - row : STEP);
	}
	return s.count;
}
