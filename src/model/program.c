/* Programs: making them, running them by row shares, and looking at their steps.
 * SPDX-License-Identifier: MIT */
#include "model/program.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "model/fold.h"
#include "model/program_inside.h"
#include "num/cpu.h"
#include "num/conv/pooling.h"

#define PROGRAM_BATCH_MAX 65536

/* One run, cut into row shares. */
typedef struct Run {
	const Program *program;
	const Rows *rows;
	size_t begin, n;
	float *logits;
} Run;

/* --- making ----------------------------------------------------------------------------------- */

/* A number that a conversion or a layer without weights touches takes as long as a few of the
 * multiply-adds of a kernel. */
#define PROGRAM_TOUCH 4

static uint64_t program_work(const Program *p)
{
	uint64_t work = 0;

	for (size_t i = 0; i < p->steps; i++) {
		const Step *step = &p->step[i];

		if (step->op == STEP_KERNEL)
			work += step->packed.macs / (step->kernel->form == KERNEL_INT8 ? 4 : 1);
		else
			work += PROGRAM_TOUCH * (step->n + step->touches) + step->packed.macs;
	}
	return work;
}

static Program *program_of(const Model *model, const ProgramOptions *options, Err *err)
{
	Program *p = calloc(1, sizeof *p);

	if (!p) {
		err_set(err, ERR_MEMORY, "no memory for a program");
		return NULL;
	}
	p->pool = options->pool;
	p->threads = pool_threads(p->pool);
	p->batch = options->batch;
	p->weighted = model->weighted;
	p->inputs = model_inputs(model);
	p->outputs = model_outputs(model);
	p->features = options->wish.features & cpu_features();
	p->kind = model->kind;
	p->form = model->form;
	p->numbers = model->numbers;
	p->border = model->border;
	p->entries = model->entries;
	p->input_scale = model->input_scale;
	p->arena = arena_new(0, err);
	if (!p->arena || !program_plan(p, model, options, err)) {
		program_free(p);
		return NULL;
	}
	p->work = program_work(p);
	return p;
}

Program *program_new(const Model *model, const ProgramOptions *options, Err *err)
{
	if (options->batch < 1 || options->batch > PROGRAM_BATCH_MAX) {
		err_set(err, ERR_ARGUMENT, "lower: batch is %zu, but must be from 1 to %d",
			options->batch, PROGRAM_BATCH_MAX);
		return NULL;
	}
	if (model->layers == 0) {
		err_set(err, ERR_ARGUMENT, "lower: the %s is not fitted yet: fit it first",
			model->kind->info.name);
		return NULL;
	}
	if (!model_folds(model))
		return program_of(model, options, err);
	Model *folded = model_fold(model, err);
	Program *p = folded ? program_of(folded, options, err) : NULL;

	model_free(folded);
	return p;
}

void program_free(Program *program)
{
	if (!program)
		return;
	arena_free(program->arena);
	free(program->classes);
	free(program);
}

/* --- running ---------------------------------------------------------------------------------- */

/* The places of one tile: n rows from row `at` of a thread's share on. */
typedef struct Tile {
	uint8_t *memory;
	const void *input;
	float *logits;
	size_t at, n;
} Tile;

static LayerRun step_layer_run(const Program *p, const Step *step, const Tile *tile, const void *x,
			       void *y)
{
	LayerRun run = *step->layer;

	run.rows = run.end = tile->n;
	if (p->value[step->from].layout == LAYOUT_ROWS_CSR)
		run.entries = x;
	else
		run.x = x;
	run.skip = step->skip == AT_INPUT ? tile->input : (void *)(tile->memory + step->skip);
	run.y = y;
	run.scratch = tile->memory + p->scratch;
	return run;
}

static void step_layer(const Program *p, const Step *step, const Tile *tile, const void *x, void *y)
{
	LayerRun run = step_layer_run(p, step, tile, x, y);

	step->of->kind->forward(&run);
}

static void step_convert(const Program *p, const Step *step, const void *x, void *y, size_t n)
{
	switch (step->op) {
	case STEP_BYTES_TO_ROWS:
		convert_bytes_to_rows(p->features, x, step->x_ld, y, step->y_ld, n, step->n,
				      p->input_scale);
		break;
	case STEP_BYTES_TO_COLS:
		convert_bytes_to_cols(p->features, x, step->x_ld, y, step->y_ld, n, step->n,
				      p->input_scale);
		break;
	case STEP_BYTES_TO_TILES:
		convert_bytes_to_tiles(p->features, x, step->x_ld, y, step->y_ld, n, step->n,
				       p->input_scale);
		break;
	case STEP_ROWS_TO_COLS:
		convert_rows_to_cols(p->features, x, step->x_ld, y, step->y_ld, n, step->n);
		break;
	case STEP_ROWS_TO_TILES:
		convert_rows_to_tiles(p->features, x, step->x_ld, y, step->y_ld, n, step->n);
		break;
	case STEP_ROWS_TO_U8:
		convert_rows_to_u8(p->features, x, step->x_ld, y, step->y_ld, n, step->n,
				   step->scale, step->zero);
		break;
	case STEP_COLS_TO_ROWS:
		convert_cols_to_rows(p->features, x, step->x_ld, y, step->y_ld, n, step->n);
		break;
	case STEP_TILES_TO_ROWS:
		convert_tiles_to_rows(p->features, x, step->x_ld, y, step->y_ld, n, step->n);
		break;
	default:
		assert(false);
	}
}

static inline void step_run(const Program *p, const Step *step, const Tile *tile, const void *x,
			    void *y)
{
	size_t n = tile->n;

	if (step->op == STEP_KERNEL)
		step->run(&step->packed, x, step->x_ld, y, step->y_ld, n,
			  tile->memory + p->scratch);
	else if (step->op == STEP_BYTES_TO_U8)
		convert_bytes_to_u8(p->features, x, step->x_ld, y, step->y_ld, n, step->n,
				    step->table);
	else if (step->op == STEP_LAYER)
		step_layer(p, step, tile, x, y);
	else if (step->op == STEP_POOL_U8)
		pooling_max_u8(p->features, step->pool, x, step->x_ld, y, step->y_ld, n);
	else
		step_convert(p, step, x, y, n);
}

static inline const void *tile_x(const Tile *tile, const Step *step)
{
	return step->x == AT_INPUT ? tile->input : tile->memory + step->x + step->x_row * tile->at;
}

static inline void *tile_y(const Tile *tile, const Step *step)
{
	return step->y == AT_LOGITS ? (void *)tile->logits
				    : tile->memory + step->y + step->y_row * tile->at;
}

/* Where the entries of the tile's rows lie. */
static const void *tile_sparse(const Run *run, SparseRow *list, size_t begin, size_t n)
{
	for (size_t i = 0; i < n; i++)
		list[i] = rows_sparse(run->rows, run->begin + begin + i);
	return list;
}

/* The tile's rows, in place or copied. */
static inline const void *tile_input(const Run *run, uint8_t *memory, size_t begin, size_t n)
{
	void *copy = memory + run->program->copy;

	if (run->program->form == DATASET_SPARSE)
		return tile_sparse(run, copy, begin, n);
	const void *x = rows_in_place(run->rows, run->begin + begin, n);

	if (x)
		return x;
	if (run->program->form == DATASET_BYTES)
		rows_bytes(run->rows, run->begin + begin, n, copy, NULL);
	else
		rows_floats(run->rows, run->begin + begin, n, copy);
	return copy;
}

static inline void tile_run(const Program *p, const Tile *tile, size_t first, size_t end)
{
	for (const Step *step = &p->step[first]; step < &p->step[end]; step++)
		step_run(p, step, tile, tile_x(tile, step), tile_y(tile, step));
}

/* The rows begin … end − 1, by one thread: tile by tile up to the cut, and from there on. */
static void program_rows(const Run *run, uint8_t *memory, size_t begin, size_t end)
{
	const Program *p = run->program;
	Tile tile = { .memory = memory };

	for (size_t i = begin; i < end; i += p->tile[0]) {
		tile.at = i - begin;
		tile.n = end - i < p->tile[0] ? end - i : p->tile[0];
		tile.input = tile_input(run, memory, i, tile.n);
		tile.logits = run->logits + i * p->outputs;
		tile_run(p, &tile, 0, p->cut);
	}
	for (size_t i = begin; p->cut < p->steps && i < end; i += p->tile[1]) {
		tile.at = i - begin;
		tile.n = end - i < p->tile[1] ? end - i : p->tile[1];
		tile.logits = run->logits + i * p->outputs;
		tile_run(p, &tile, p->cut, p->steps);
	}
}

static void program_share(void *user, unsigned part, unsigned parts)
{
	const Run *run = user;
	const Program *p = run->program;
	size_t begin, end;

	pool_share(run->n, KERNEL_TILE, part, parts, &begin, &end);
	program_rows(run, p->memory + part * p->memory_bytes, begin, end);
}

void program_run(Program *program, const Rows *rows, size_t begin, size_t n, float *logits)
{
	Run run = { .program = program, .rows = rows, .begin = begin, .n = n, .logits = logits };

	assert(n <= program->batch && begin + n <= rows->count);
	assert(rows->set->features == program->inputs && rows->set->form == program->form);
	if (n <= KERNEL_TILE) /* one share */
		program_rows(&run, program->memory, 0, n);
	else if (pool_worth(program->pool, n * program->work))
		pool_run(program->pool, program_share, &run);
	else /* the same shares, one after the other: a thread has room for its own only */
		for (unsigned part = 0; part < program->threads; part++)
			program_share(&run, part, program->threads);
}

/* --- looking at single steps ------------------------------------------------------------------ */

static void step_see(const Program *p, const Step *step, size_t at, const float *x, size_t n,
		     bool output, ProgramSee see, void *user)
{
	const Value *value = &p->value[at];
	size_t lanes = n;

	if (value->layout == LAYOUT_ROWS_F32) {
		see(user, step->weighted, output, x, n * value->n);
		return;
	}
	assert(value->layout != LAYOUT_ROWS_U8);
	if (value->layout == LAYOUT_COLS_F32) {
		for (size_t i = 0; i < value->n; i++)
			see(user, step->weighted, output, x + i * value->ld, n);
		return;
	}
	for (; n > 0; n -= lanes, x += value->ld) {
		lanes = n < KERNEL_TILE ? n : KERNEL_TILE;
		for (size_t i = 0; i < value->n; i++)
			see(user, step->weighted, output, x + i * KERNEL_TILE, lanes);
	}
}

static void look_tile(const Program *p, const Tile *tile, size_t first, size_t end,
		      const ProgramLook *look)
{
	for (size_t i = first; i < end; i++) {
		const Step *step = &p->step[i];
		const void *x = tile_x(tile, step);
		void *y = tile_y(tile, step);
		int64_t begin_ns = look->time_ns ? clock_now_ns() : 0;

		if (look->see && step->op == STEP_KERNEL)
			step_see(p, step, step->from, x, tile->n, false, look->see, look->user);
		if (look->compares && step->op == STEP_LAYER && step->of->kind->compares) {
			const LayerRun run = step_layer_run(p, step, tile, x, y);

			*look->compares += step->of->kind->compares(&run);
		}
		step_run(p, step, tile, x, y);
		if (look->see && step->op == STEP_KERNEL)
			step_see(p, step, step->to, y, tile->n, true, look->see, look->user);
		if (look->time_ns)
			look->time_ns[i] += clock_now_ns() - begin_ns;
	}
}

void program_look(const Program *p, const Rows *rows, size_t first, size_t n, float *logits,
		  const ProgramLook *look)
{
	const Run run = { p, rows, first, n, logits };
	Tile tile = { .memory = p->memory };
	size_t share = (p->batch + p->threads - 1) / p->threads; /* what is kept holds so many */

	share = (share + KERNEL_TILE - 1) / KERNEL_TILE * KERNEL_TILE;
	for (size_t from = 0; from < n; from += share) {
		size_t end = n - from < share ? n : from + share;

		for (int half = 0; half < 2; half++) {
			for (size_t i = from; i < end; i += p->tile[half]) {
				tile.at = i - from;
				tile.n = end - i < p->tile[half] ? end - i : p->tile[half];
				tile.logits = logits + i * p->outputs;
				if (half == 0)
					tile.input = tile_input(&run, p->memory, i, tile.n);
				look_tile(p, &tile, half ? p->cut : 0, half ? p->steps : p->cut,
					  look);
			}
		}
	}
}

size_t program_steps(const Program *program)
{
	return program->steps;
}

void program_run_timed(Program *program, const Rows *rows, size_t begin, size_t n, float *logits,
		       int64_t *time_ns)
{
	const ProgramLook look = { .time_ns = time_ns };

	program_look(program, rows, begin, n, logits, &look);
}

void program_run_seen(Program *program, const Rows *rows, size_t begin, size_t n, float *logits,
		      ProgramSee see, void *user)
{
	const ProgramLook look = { .see = see, .user = user };

	program_look(program, rows, begin, n, logits, &look);
}
