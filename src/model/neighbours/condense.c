/* Condensation, block by block: a block's rows are compared with all that was taken before it
 * at once, and one by one only with what the block itself adds.
 * SPDX-License-Identifier: MIT */
#include "model/neighbours/condense.h"

#include <string.h>

#include "base/arena.h"
#include "num/cpu.h"
#include "num/dense/gemm.h"

#define BLOCK 256
#define GRAIN 16 /* rows of a share */

typedef struct Condense {
	Neighbours taken; /* count: rows so far */
	NeighboursTable to;
	const Rows *rows;
	Pool *pool;
	uint32_t cpu;
	Nearest *best;          /* (rows) nearest that was taken, of what was seen */
	size_t *seen;           /* (blocks) rows taken when the block was compared with them */
	uint8_t *taken_already; /* (rows) */
	uint32_t *kept;
	float *x;        /* (BLOCK, features) */
	void *room;      /* a row of bytes */
	void *product;   /* (BLOCK) s32 or f32 */
	uint8_t *memory; /* of the queries of each share */
	size_t memory_bytes;
	Queries share[BLOCK / GRAIN]; /* of the block: share i holds its rows GRAIN·i … */
	size_t begin, count;          /* the block */
} Condense;

static bool condense_take(Condense *c, Arena *arena, Err *err)
{
	size_t features = c->taken.features, rows = c->rows->count;
	NeighboursForm form = c->taken.form;
	size_t panels = neighbours_panels(form, rows);
	size_t number = form == NEIGHBOURS_BYTES ? 1 : sizeof(float);

	c->memory_bytes = neighbours_queries_bytes(&c->taken, GRAIN, 1);
	c->to.table =
		arena_take(arena, panels * neighbours_panel_size(form, features), number, err);
	c->to.norm = arena_take(arena, panels * neighbours_panel(form), sizeof(float), err);
	c->best = arena_take(arena, rows, sizeof *c->best, err);
	c->seen = arena_take(arena, rows / BLOCK + 1, sizeof *c->seen, err);
	c->taken_already = arena_take(arena, rows, 1, err);
	c->x = arena_take(arena, BLOCK * features, sizeof *c->x, err);
	c->room = arena_take(arena, 1, neighbours_room(features), err);
	c->product = arena_take(arena, BLOCK, sizeof(float), err);
	c->memory = arena_take(arena, BLOCK / GRAIN, c->memory_bytes, err);
	if (!c->to.table || !c->to.norm || !c->best || !c->seen || !c->taken_already || !c->x ||
	    !c->room || !c->product || !c->memory)
		return false;
	nearest_clear(c->best, rows);
	neighbours_set_none(form, c->to.norm, 0, panels * neighbours_panel(form));
	c->taken.table = c->to.table;
	c->taken.norm = c->to.norm;
	return true;
}

/* --- a block against what was taken ----------------------------------------------------------- */

static void condense_search(void *user, unsigned part, unsigned parts)
{
	Condense *c = user;
	size_t begin, end, panel = neighbours_panel(c->taken.form);

	pool_share(c->count, GRAIN, part, parts, &begin, &end);
	for (size_t row = begin; row < end; row += GRAIN) {
		size_t rows = end - row < GRAIN ? end - row : GRAIN;
		Queries *share = &c->share[row / GRAIN];

		*share = neighbours_queries(&c->taken, c->x + row * c->taken.features, rows, 1,
					    c->memory + row / GRAIN * c->memory_bytes, c->cpu);
		for (size_t i = 0; i < rows; i++)
			share->list[i * share->keep] = c->best[c->begin + row + i];
		neighbours_search(&c->taken, share, c->seen[c->begin / BLOCK] / panel, c->cpu);
	}
}

/* --- what the block adds ---------------------------------------------------------------------- */

static void condense_add(Condense *c, size_t row)
{
	const float *x = c->x + row * c->taken.features;
	size_t at = c->taken.count++;

	if (c->taken.form == NEIGHBOURS_BYTES) {
		neighbours_bytes(&c->taken, x, c->room, c->cpu);
		neighbours_set_bytes(&c->taken, c->to, at, c->room, c->cpu);
	} else {
		neighbours_set_floats(&c->taken, c->to, at, x);
	}
	c->taken_already[c->begin + row] = 1;
	c->kept[at] = (uint32_t)(c->begin + row);
}

/* Compares row `row` of the block, which was taken, with the rows of one share from `from` on. */
static void condense_compare(Condense *c, size_t row, const Queries *share, size_t from)
{
	size_t n = c->taken.features, at = c->taken.count - 1, rows = share->rows - from;
	const Queries *own = &c->share[row / GRAIN];
	Nearest *list = share->list + from * share->keep;

	if (c->taken.form == NEIGHBOURS_BYTES) {
		const int8_t *q = (const int8_t *)share->q + from * share->ld;
		int32_t *product = c->product;

		bytes_dots(c->cpu, c->room, n, 1, q, share->ld, rows, n, product);
		for (size_t i = 0; i < rows; i++)
			nearest_scan_s32(0, product + i, (const int32_t *)c->to.norm + at, 1,
					 (uint32_t)at, list + i * share->keep, 1);
	} else {
		const float *q = (const float *)share->q + from * share->ld;
		const float *r = (const float *)own->q + row % GRAIN * own->ld;
		float *product = c->product;

		gemm_run(c->cpu, false, false, rows, 1, n, q, share->ld, r, 1, 0, product, 1);
		for (size_t i = 0; i < rows; i++)
			nearest_scan_f32(0, product + i, (const float *)c->to.norm + at, 1,
					 (uint32_t)at, list + i * share->keep, 1);
	}
}

/* Rows of equal features and different labels cannot all be right; each is taken once at most. */
static bool condense_wrong(const Condense *c, size_t row)
{
	const Queries *share = &c->share[row / GRAIN];
	const Nearest *nearest = &share->list[row % GRAIN * share->keep];
	size_t position = c->begin + row;

	if (c->taken_already[position])
		return false;
	return nearest->row == NEAREST_NONE ||
	       rows_label(c->rows, c->kept[nearest->row]) != rows_label(c->rows, position);
}

static void condense_walk(Condense *c)
{
	for (size_t row = 0; row < c->count; row++) {
		if (!condense_wrong(c, row))
			continue;
		condense_add(c, row);
		for (size_t share = row / GRAIN; share * GRAIN < c->count; share++)
			condense_compare(c, row, &c->share[share],
					 share == row / GRAIN ? row % GRAIN : 0);
	}
	for (size_t row = 0; row < c->count; row++) {
		const Queries *share = &c->share[row / GRAIN];

		c->best[c->begin + row] = share->list[row % GRAIN * share->keep];
	}
}

/* --- all ---------------------------------------------------------------------------------------*/

static bool condense_pass(Condense *c, Control *control, Err *err)
{
	for (c->begin = 0; c->begin < c->rows->count; c->begin += BLOCK) {
		size_t left = c->rows->count - c->begin, before = c->taken.count;

		if (!control_poll(control, err))
			return false;
		c->count = left < BLOCK ? left : BLOCK;
		rows_floats(c->rows, c->begin, c->count, c->x);
		pool_run(c->pool, condense_search, c);
		c->seen[c->begin / BLOCK] = before;
		condense_walk(c);
	}
	return true;
}

bool neighbours_condense(const Neighbours *like, const Rows *rows, Pool *pool, uint32_t *kept,
			 size_t *count, Control *control, Err *err)
{
	Condense c = { .taken = *like, .rows = rows, .pool = pool, .kept = kept };
	Arena *arena = arena_new(0, err);
	bool fine = arena != NULL, more = true;

	c.taken.count = 0;
	c.cpu = cpu_features();
	fine = fine && condense_take(&c, arena, err);
	while (fine && more) {
		size_t before = c.taken.count;

		fine = condense_pass(&c, control, err);
		more = c.taken.count > before;
	}
	*count = c.taken.count;
	arena_free(arena);
	return fine;
}
