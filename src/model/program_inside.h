/* What planning and running of programs share. Private to src/model/program*.c.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_PROGRAM_INSIDE_H
#define WATTLE_MODEL_PROGRAM_INSIDE_H

#include "base/arena.h"
#include "model/program.h"

/* A layer takes at most two conversions of its input, two of what it adds, and itself; one more
 * may follow the last. */
#define PROGRAM_STEPS_MAX (5 * MODEL_LAYERS_MAX + 2)

typedef enum StepOp {
	STEP_KERNEL,
	STEP_LAYER,   /* a layer without weights, by its own forward pass in f32 */
	STEP_POOL_U8, /* max pooling of integers */
	STEP_BYTES_TO_U8,
	STEP_BYTES_TO_ROWS,
	STEP_BYTES_TO_COLS,
	STEP_BYTES_TO_TILES,
	STEP_ROWS_TO_COLS,
	STEP_ROWS_TO_TILES,
	STEP_ROWS_TO_U8,
	STEP_COLS_TO_ROWS,
	STEP_TILES_TO_ROWS,
	STEP_OPS
} StepOp;

/* What a step writes: features of each row in one layout. Value 0 are the rows of the dataset: of
 * bytes ROWS_U8, of floats ROWS_F32, of compressed rows ROWS_CSR. */
typedef struct Value {
	Layout layout;
	size_t n, ld;
	size_t last;   /* the last step that reads it */
	size_t bytes;  /* of a tile, of one thread */
	size_t row;    /* bytes from a row to the next; not of columns */
	size_t offset; /* of its buffer in a thread's memory */
	float scale;   /* of ROWS_U8 */
	uint8_t zero;
} Value;

#define NO_VALUE SIZE_MAX

/* Where a step reads or writes: not in a thread's memory, but … */
#define AT_INPUT SIZE_MAX /* … in the dataset, or a copy, or in a list of compressed rows */
#define AT_LOGITS (SIZE_MAX - 1) /* … in what the caller gave */

typedef struct Step {
	StepOp op;
	/* Of x and y in a thread's memory; and for a value that is kept for all rows of a thread:
	 * bytes from one row to the next, else 0. */
	size_t x, x_row, y, y_row, skip;
	size_t x_ld, y_ld;
	size_t n; /* features: of a conversion; else of y */
	void (*run)(const KernelPacked *packed, const void *x, size_t x_ld, void *y, size_t y_ld,
		    size_t rows, void *scratch);
	KernelPacked packed;
	const LayerRun *layer; /* of STEP_LAYER: all but rows and buffers */
	const Conv *pool;
	float scale; /* of integers that a conversion makes */
	uint8_t zero;
	const uint8_t *table; /* of bytes to integers */
	/* For planning and lists. */
	size_t from, from_skip, to; /* values */
	const Kernel *kernel;
	const Layer *of; /* the layer; NULL: a conversion */
	size_t weighted; /* of a kernel: which weighted layer */
	size_t scratch_bytes;
	uint64_t touches; /* of STEP_LAYER: LayerKind.touches */
} Step;

struct Program {
	Arena *arena; /* owns packed weights and buffers */
	Pool *pool;
	unsigned threads;
	uint32_t features; /* instructions that all but kernels may use */
	size_t batch, inputs, outputs;
	const ModelKind *kind;
	DatasetForm form;
	bool numbers;
	double entries; /* Model.entries */
	float border;   /* of one output */
	float input_scale;
	size_t steps, cut;
	uint64_t work; /* of one row, as pool_worth counts it */
	/* Rows that one thread takes through the steps before the cut at once, and through those
	 * behind it; there is always one before it. */
	size_t tile[2];
	uint8_t *memory; /* of each thread: buffers, scratch, a copy of the rows */
	size_t memory_bytes, scratch, copy; /* … of the rows of a tile, or their list */
	size_t weighted;
	const Kernel *kernel[MODEL_LAYERS_MAX];
	size_t values;
	Value value[PROGRAM_STEPS_MAX + 1];
	Step step[PROGRAM_STEPS_MAX];
	float *logits;     /* (batch, outputs), of program_predict */
	uint16_t *classes; /* of program_predict; grows */
	size_t count, classes_max;
};

/* As program_run on one thread, and what is done around each step. */
typedef struct ProgramLook {
	int64_t *time_ns;   /* NULL: not timed */
	ProgramSee see;     /* NULL: not seen */
	uint64_t *compares; /* NULL: not counted */
	void *user;         /* of see */
} ProgramLook;
void program_look(const Program *program, const Rows *rows, size_t begin, size_t n, float *logits,
		  const ProgramLook *look);

/* Fills a program whose arena, pool and batch are set. */
bool program_plan(Program *program, const Model *model, const ProgramOptions *options, Err *err);
/* Once its steps and values are known: rows of a tile, buffers, places. */
bool program_plan_memory(Program *program, Err *err);

#endif
