/* Planning a program: how many rows run at once, and one piece of memory for all that lies between
 * steps.
 * SPDX-License-Identifier: MIT */
#include "model/program_inside.h"

/* What lies between the steps of a tile should stay in the second-level cache, beside weights. */
#define PROGRAM_TILE_BYTES ((size_t)512 << 10)
/* Sparse and integer kernels are no faster on more rows; f32 products of large matrices are, and
 * get all. */
#define PROGRAM_TILE_ROWS 64

/* --- rows at once ----------------------------------------------------------------------------- */

static size_t value_row_bytes(const Value *value)
{
	size_t n = value->n;

	if (value->layout != LAYOUT_ROWS_U8)
		return n * sizeof(float);
	return (n + KERNEL_U8_ALIGN - 1) / KERNEL_U8_ALIGN * KERNEL_U8_ALIGN;
}

static bool step_of_images(const Step *step)
{
	if (step->op == STEP_KERNEL)
		return step->kernel->op == KERNEL_CONV;
	return step->op == STEP_POOL_U8 ||
	       (step->op == STEP_LAYER && step->layer->layout == LAYOUT_TILES_F32);
}

/* Images run a few at once, for each has many features; the layers behind them read large weights,
 * and want many rows. So there is a cut between the two, where one value alone is kept for all
 * rows. */
static void plan_cut(Program *p)
{
	size_t last = p->steps;

	p->cut = p->steps;
	while (last > 0 && !step_of_images(&p->step[last - 1]))
		last--;
	for (size_t i = last; last > 0 && i < p->steps; i++) {
		const Value *value = &p->value[p->step[i].from];
		bool alone = p->step[i - 1].to == p->step[i].from && value->last == i &&
			     value->layout != LAYOUT_COLS_F32;

		for (size_t v = 0; v < p->step[i].from; v++)
			alone = alone && p->value[v].last < i;
		if (alone) {
			p->cut = i;
			return;
		}
	}
}

static size_t plan_tile(const Program *p, size_t begin, size_t end, size_t share)
{
	size_t widest = 1, tile = share;
	bool images = false;

	for (size_t i = begin; i < end; i++) {
		const Step *step = &p->step[i];
		size_t bytes = value_row_bytes(&p->value[step->from]) +
			       value_row_bytes(&p->value[step->to]);

		widest = bytes > widest ? bytes : widest;
		images |= step_of_images(step);
		if (step->op == STEP_KERNEL && step->kernel->form != KERNEL_DENSE &&
		    tile > PROGRAM_TILE_ROWS)
			tile = PROGRAM_TILE_ROWS;
	}
	if (images && tile > PROGRAM_TILE_BYTES / widest)
		tile = PROGRAM_TILE_BYTES / widest + 1;
	/* Whole blocks, and whole vectors of columns, for each thread that has others behind it. */
	tile = (tile + KERNEL_TILE - 1) / KERNEL_TILE * KERNEL_TILE;
	return tile < share ? tile : share;
}

/* --- memory ----------------------------------------------------------------------------------- */

static bool value_plan(Value *value, size_t rows, Err *err)
{
	size_t lines = rows, size = sizeof(float);
	bool fine = true;

	value->ld = value->n;
	value->row = value_row_bytes(value);
	switch (value->layout) {
	case LAYOUT_COLS_F32:
		fine = size_align(rows, KERNEL_COLS_ALIGN, &value->ld);
		lines = value->n;
		break;
	case LAYOUT_ROWS_U8:
		fine = size_align(value->n, KERNEL_U8_ALIGN, &value->ld);
		size = 1;
		break;
	case LAYOUT_TILES_F32:
		fine = size_mul(value->n, KERNEL_TILE, &value->ld);
		lines = (rows + KERNEL_TILE - 1) / KERNEL_TILE;
		break;
	case LAYOUT_ROWS_F32:
	case LAYOUT_ROWS_CSR:
		break;
	}
	if (fine && size_mul(lines, value->ld, &value->bytes) &&
	    size_mul(value->bytes, size, &value->bytes) &&
	    size_align(value->bytes, ARENA_ALIGN, &value->bytes))
		return true;
	return err_set(err, ERR_MEMORY, "no memory for %zu rows of %zu units", rows, value->n);
}

/* Buffers take turns: a value gets one whose last reader has gone. */
typedef struct Slots {
	size_t count;
	size_t bytes[PROGRAM_STEPS_MAX], until[PROGRAM_STEPS_MAX];
	size_t slot[PROGRAM_STEPS_MAX + 1]; /* of each value */
} Slots;

/* The largest that is free when step i writes; a small value never makes a small buffer grow while
 * a large one lies idle. */
static size_t slots_take(Slots *slots, size_t i, const Value *value)
{
	size_t best = slots->count;

	for (size_t s = 0; s < slots->count; s++)
		if (slots->until[s] < i &&
		    (best == slots->count || slots->bytes[s] > slots->bytes[best]))
			best = s;
	if (best == slots->count) {
		slots->bytes[best] = 0;
		slots->count++;
	}
	if (value->bytes > slots->bytes[best])
		slots->bytes[best] = value->bytes;
	slots->until[best] = value->last;
	return best;
}

/* Values of the rows of each step, then buffers, and where each begins in a thread's memory. What
 * is kept for all rows has a buffer of its own, for the steps around it run again and again. */
static bool plan_buffers(Program *p, size_t share, Slots *slots, Err *err)
{
	size_t at[PROGRAM_STEPS_MAX];

	if (p->cut < p->steps) {
		Value *kept = &p->value[p->step[p->cut].from];

		if (!value_plan(kept, share, err))
			return false;
		slots->bytes[0] = kept->bytes;
		slots->until[0] = SIZE_MAX;
		slots->count = 1;
	}
	for (size_t i = 0; i < p->steps; i++) {
		Value *value = &p->value[p->step[i].to];

		if (i + 1 == p->cut && p->cut < p->steps)
			continue;
		if (!value_plan(value, p->tile[i >= p->cut], err))
			return false;
		if (i + 1 < p->steps) /* the last writes the caller's logits */
			slots->slot[p->step[i].to] = slots_take(slots, i, value);
	}
	for (size_t s = 0; s < slots->count; s++) {
		at[s] = p->memory_bytes;
		if (!size_add(p->memory_bytes, slots->bytes[s], &p->memory_bytes))
			return err_set(err, ERR_MEMORY, "no memory for a batch of %zu rows",
				       p->batch);
	}
	for (size_t i = 0; i < p->steps; i++)
		p->value[p->step[i].to].offset = at[slots->slot[p->step[i].to]];
	return true;
}

/* The places of every step, once those of the values are known. */
static void plan_places(Program *p)
{
	for (size_t i = 0; i < p->steps; i++) {
		Step *step = &p->step[i];
		const Value *x = &p->value[step->from], *y = &p->value[step->to];
		bool cut = p->cut < p->steps;

		step->x = step->from == 0 ? AT_INPUT : x->offset;
		step->y = i + 1 == p->steps ? AT_LOGITS : y->offset;
		step->x_row = cut && i == p->cut ? x->row : 0;
		step->y_row = cut && i + 1 == p->cut ? y->row : 0;
		step->x_ld = x->ld;
		step->y_ld = y->ld;
		if (step->from_skip != NO_VALUE)
			step->skip =
				step->from_skip == 0 ? AT_INPUT : p->value[step->from_skip].offset;
	}
}

static bool plan_scratch(Program *p, Err *err)
{
	size_t most = 0, whole, copy, row = p->inputs;

	for (size_t i = 0; i < p->steps; i++) {
		Step *step = &p->step[i];
		const LayerKind *kind = step->op == STEP_LAYER ? step->of->kind : NULL;

		if (kind && kind->scratch_bytes)
			step->scratch_bytes = kind->scratch_bytes(step->of, p->tile[i >= p->cut]);
		most = step->scratch_bytes > most ? step->scratch_bytes : most;
	}
	p->scratch = p->memory_bytes;
	if (p->form == DATASET_FLOATS)
		row *= sizeof(float);
	else if (p->form == DATASET_SPARSE)
		row = sizeof(SparseRow);
	if (!size_align(most, ARENA_ALIGN, &most) || !size_add(p->memory_bytes, most, &p->copy) ||
	    !size_mul(p->tile[0], row, &copy) || !size_align(copy, ARENA_ALIGN, &copy) ||
	    !size_add(p->copy, copy, &whole))
		return err_set(err, ERR_MEMORY, "no memory for a batch of %zu rows", p->batch);
	p->memory_bytes = whole;
	return true;
}

bool program_plan_memory(Program *p, Err *err)
{
	size_t share = (p->batch + p->threads - 1) / p->threads;

	share = (share + KERNEL_TILE - 1) / KERNEL_TILE * KERNEL_TILE;
	if (p->batch < share) /* one share, and no row more: an image may be large */
		share = p->batch;
	Slots *slots = arena_take(p->arena, 1, sizeof *slots, err);

	if (!slots)
		return false;
	plan_cut(p);
	p->tile[0] = plan_tile(p, 0, p->cut, share);
	p->tile[1] = plan_tile(p, p->cut, p->steps, share);
	if (!value_plan(&p->value[0], p->tile[0], err) || !plan_buffers(p, share, slots, err))
		return false;
	p->value[0].ld = p->inputs;
	plan_places(p);
	if (!plan_scratch(p, err))
		return false;
	p->memory = arena_take(p->arena, p->threads, p->memory_bytes, err);
	p->logits =
		p->memory ? arena_take(p->arena, p->batch * p->outputs, sizeof(float), err) : NULL;
	return p->logits;
}
