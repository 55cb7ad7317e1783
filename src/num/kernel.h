/* Kernels: how one layer with weights, y = act(x·W + b) or a convolution, really runs at inference,
 * and how values move between layouts.
 *
 * Each kernel is a const Kernel in a file of its own (src/num/kernels/), listed in kernels.am,
 * the preferred one of a form first. A kernel first packs a layer into the form that it reads
 * (memory from an arena), then runs it on any number of rows up to the batch; running allocates
 * nothing and may be done by several threads on disjoint rows.
 *
 * Layouts of a batch of n-wide rows (ld: elements from one row, or one column, to the next):
 *   ROWS_F32  x[row·ld + i]
 *   COLS_F32  x[i·ld + row]
 *   ROWS_U8   x[row·ld + i], quantized activations
 *   TILES_F32 x[(row / 16)·ld + i·16 + row % 16]: blocks of KERNEL_TILE rows, ld = 16·n
 *   ROWS_CSR  x[row], a SparseRow: where the entries of a row lie; inputs alone, ld has no meaning
 * The features of an image are ordered by channel, row of pixels, column:
 * i = (c·height + h)·width + w.
 * COLS buffers have ld a multiple of KERNEL_COLS_ALIGN, so that whole vectors may be read and
 * written past the last row; what stands there is never used. Threads share COLS rows at multiples
 * of KERNEL_COLS_ALIGN. A batch runs fastest in slices of 64 rows with ld 64: a longer
 * ld spreads each feature over more cache and address-translation entries.
 * ROWS_U8 buffers have ld a multiple of KERNEL_U8_ALIGN; the bytes from n up to ld are anything
 * (packed weights are zero there), and kernels may write them. TILES buffers hold whole blocks;
 * lanes past the last row are finite and never used. x and y never overlap.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_KERNEL_H
#define WATTLE_NUM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/info.h"

#define KERNEL_COLS_ALIGN 16
#define KERNEL_U8_ALIGN 64
#define KERNEL_TILE 16 /* rows of a block of TILES_F32 */

typedef enum KernelOp { KERNEL_LINEAR, KERNEL_CONV, KERNEL_OPS } KernelOp;
/* BLOCK: sparse by blocks of 1×16 weights (one input, 16 outputs side by side). BF16: weights and
 * activations rounded to bfloat16 (nearest even), sums in f32. ROWS_CSR: dense weights, compressed
 * rows of inputs; it is what reads them, and reads nothing else. */
typedef enum KernelForm {
	KERNEL_DENSE,
	KERNEL_CSR,
	KERNEL_INT8,
	KERNEL_BLOCK,
	KERNEL_BF16,
	KERNEL_ROWS_CSR,
	KERNEL_FORMS
} KernelForm;
typedef enum Layout {
	LAYOUT_ROWS_F32,
	LAYOUT_COLS_F32,
	LAYOUT_ROWS_U8,
	LAYOUT_TILES_F32,
	LAYOUT_ROWS_CSR
} Layout;

/* The entries of one compressed row: columns rise and are below its features. Borrowed. */
typedef struct SparseRow {
	size_t count;
	const uint32_t *column;
	const float *value;
} SparseRow;

/* Static int8 quantization of one layer (1712.05877): weights s8 symmetric per output channel
 * (−128 unused), activations u8 asymmetric. Borrowed. */
typedef struct LinearQuant {
	const int8_t *w;      /* (in,out) row-major, like the f32 weights */
	const float *w_scale; /* (out), above 0 for outputs without weights too */
	float x_scale, y_scale;
	uint8_t x_zero, y_zero;
} LinearQuant;

/* Geometry of a two-dimensional convolution (a cross-correlation, as everywhere in this field).
 * Output pixel (h,w) of filter f sums over the channels of its group and the kernel's pixels (i,j)
 * x[c][h·stride_h + i − pad_h][w·stride_w + j − pad_w]; outside the image x is 0. Filters
 * f·groups / filters share a group; groups = channels = filters is depthwise. channels and filters
 * are multiples of groups, the kernel fits into the padded image. */
typedef struct Conv {
	size_t channels, height, width; /* of the input */
	size_t filters, out_height, out_width;
	size_t kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, groups;
} Conv;

/* One layer as trained. All borrowed; packing copies what it needs. */
typedef struct Linear {
	/* in·out weights. Of a convolution: in = (channels / groups)·kernel_h·kernel_w taps of each
	 * filter, in this order, and out = filters. */
	size_t in, out;
	const float *w; /* (in,out) row-major; zeros are pruned weights */
	const float *b; /* (out) */
	bool relu;
	bool to_f32; /* integer kernels give f32 too: logits, or what follows knows no integers */
	const Conv *conv;         /* NULL: fully connected */
	const LinearQuant *quant; /* NULL: not quantized */
	double entries; /* of a compressed row of inputs, on average; 0: its rows are not compressed */
	/* Of compressed rows: an input above this, 0 or more, counts as 1, the others as 0. */
	bool binary;
	float above;
} Linear;

/* A layer made ready for one kernel. */
typedef struct KernelPacked {
	void *data; /* the kernel's own; lives in the arena given to pack */
	Layout in, out;
	size_t scratch_bytes; /* memory that run wants, each thread its own */
	/* Multiply-adds that run executes for a row, without padding; of compressed rows, one with
	 * Linear.entries. */
	uint64_t macs;
	uint64_t weight_bytes; /* read for one batch: values, indices, scales */
} KernelPacked;

typedef struct Kernel {
	Info info; /* "csr-avx512" */
	KernelOp op;
	KernelForm form;
	uint32_t needs; /* CPU_… of cpu.h */
	/* Batches for which it is made: kernel_pick passes over it for others. 0: no limit. */
	size_t batch_min, batch_max;
	/* ERR_ARGUMENT when the layer does not suit. CSR: over 65,535 inputs. int8: not quantized,
	 * over 66,311 inputs, or an output that some input could bring over 32 bits (its bias
	 * round(b/(s_x·s_w)) included), before or after requantization. */
	bool (*pack)(KernelPacked *out, const Linear *layer, Arena *arena, Err *err);
	/* rows ≥ 1. scratch: scratch_bytes, 64-byte aligned; NULL when that is 0. NULL where
	 * kernel_pick never gives it: for another kind of processor. */
	void (*run)(const KernelPacked *packed, const void *x, size_t x_ld, void *y, size_t y_ld,
		    size_t rows, void *scratch);
} Kernel;

/* The table; ends with NULL. */
extern const Kernel *const kernels[];
const Kernel *kernel_find(const char *name);
const char *kernel_form_name(KernelForm form);
/* "dense", "csr", "int8", "block", "bf16", "rows-csr"; false when name is none of them. */
bool kernel_form_find(const char *name, KernelForm *form);

/* What --kernel asks for: "auto", an instruction level ("scalar", "avx2", "avx512"), or kernel
 * names joined by commas. */
typedef struct KernelWish {
	uint32_t features;                              /* kernels may need no others */
	const Kernel *forced[KERNEL_OPS][KERNEL_FORMS]; /* NULL: the first that runs here */
} KernelWish;
/* ERR_USAGE names what is unknown (did you mean), or what this processor lacks. */
bool kernel_wish_parse(KernelWish *out, const char *text, Err *err);
/* The first of the table for this operation and form that is made for batches of this size; NULL
 * when none runs under this wish. */
const Kernel *kernel_pick(KernelOp op, KernelForm form, size_t batch, const KernelWish *wish);

/* Whether a kernel runs under this wish and is made for batches of this size. Of a form that the
 * wish names a kernel for, that one alone does, whatever the batch. */
bool kernel_fits(const Kernel *kernel, size_t batch, const KernelWish *wish);

/* Integer requantization (1712.05877, 2106.08295):
 *   y = clamp(zero + round_half_up(acc·M0 / 2^(31+shift))), M0 in [2^30, 2^31).
 * Every integer kernel uses these numbers, so that all give equal bits. A scale below 2^-32, under
 * which every sum rounds to 0, gives M0 = 0. The result must fit 32 bits; packing sees to it. */
typedef struct Requant {
	int32_t multiplier;
	int32_t shift;
} Requant;
Requant requant_from_scale(double scale);
static inline int32_t requant_apply(int32_t acc, Requant q)
{
	int64_t product = (int64_t)acc * q.multiplier;
	int total = 31 + q.shift;
	return (int32_t)((product + (INT64_C(1) << (total - 1))) >> total);
}

/* Moves between layouts; they pick the best instructions in features (cpu_features(), or fewer).
 * n: features of a row. scale: byte pixels to f32, 1/255 for images. */
void convert_bytes_to_rows(uint32_t features, const uint8_t *x, size_t x_ld, float *y, size_t y_ld,
			   size_t rows, size_t n, float scale);
void convert_bytes_to_cols(uint32_t features, const uint8_t *x, size_t x_ld, float *y, size_t y_ld,
			   size_t rows, size_t n, float scale);
void convert_rows_to_cols(uint32_t features, const float *x, size_t x_ld, float *y, size_t y_ld,
			  size_t rows, size_t n);
void convert_cols_to_rows(uint32_t features, const float *x, size_t x_ld, float *y, size_t y_ld,
			  size_t rows, size_t n);
/* To and from TILES: y_ld, or x_ld, from one block to the next. Unused lanes of the last block
 * become 0. */
void convert_bytes_to_tiles(uint32_t features, const uint8_t *x, size_t x_ld, float *y, size_t y_ld,
			    size_t rows, size_t n, float scale);
void convert_rows_to_tiles(uint32_t features, const float *x, size_t x_ld, float *y, size_t y_ld,
			   size_t rows, size_t n);
void convert_tiles_to_rows(uint32_t features, const float *x, size_t x_ld, float *y, size_t y_ld,
			   size_t rows, size_t n);
/* q = clamp(round(x/scale) + zero, 0, 255), round half to even. */
void convert_rows_to_u8(uint32_t features, const float *x, size_t x_ld, uint8_t *y, size_t y_ld,
			size_t rows, size_t n, float scale, uint8_t zero);
/* The same for byte pixels, through a table of 256 entries; a plain copy when the table is the
 * identity. */
void convert_bytes_to_u8(uint32_t features, const uint8_t *x, size_t x_ld, uint8_t *y, size_t y_ld,
			 size_t rows, size_t n, const uint8_t table[256]);

#endif
