/* Cutting products into tiles; the plain tile.
 * SPDX-License-Identifier: MIT */
#include "num/dense/gemm.h"

#include "num/dense/gemm_tile.h"
#include "num/kernel.h"

#define SCALAR_ROWS 4
#define SCALAR_COLS 16

/* Columns of a strip of b that is turned upright on the stack: those of the widest tile. */
#define PACK_COLS GEMM_AVX512_COLS

/* Tiles of rows above which a copy of b on the stack pays. */
#define COPY_TILES 3

typedef struct Level {
	size_t rows, cols;
	bool copies; /* whole tiles can */
	void (*tile)(const GemmTile *tile, size_t rows, size_t cols);
} Level;

static void gemm_scalar_tile(const GemmTile *tile, size_t rows, size_t cols)
{
	for (size_t r = 0; r < rows; r++) {
		float sum[SCALAR_COLS];
		const float *a = tile->a + r * tile->a_row;
		float *c = tile->c + r * tile->c_ld;

		for (size_t i = 0; i < cols; i++) {
			sum[i] = tile->bias ? tile->bias[i] : 0;
			sum[i] += tile->beta != 0 ? tile->beta * c[i] : 0;
		}
		for (size_t p = 0; p < tile->k; p++)
			for (size_t i = 0; i < cols; i++)
				sum[i] += a[p * tile->a_step] * tile->b[p * tile->b_ld + i];
		for (size_t i = 0; i < cols; i++)
			c[i] = tile->relu && sum[i] < 0 ? 0 : sum[i];
	}
}

static Level gemm_level(uint32_t features)
{
#if SIMD_X86
	if (features & CPU_AVX512)
		return (Level){ GEMM_AVX512_ROWS, GEMM_AVX512_COLS, true, gemm_avx512_tile };
	if (features & CPU_AVX2)
		return (Level){ GEMM_AVX2_ROWS, GEMM_AVX2_COLS, false, gemm_avx2_tile };
#endif
	(void)features;
	return (Level){ SCALAR_ROWS, SCALAR_COLS, false, gemm_scalar_tile };
}

/* Rows of floats that will be read soon. */
typedef struct Ahead {
	const float *at;
	size_t rows, cols, ld;
} Ahead;

/* Part `part` of parts, to the second-level cache. */
static void ahead_fetch(const Ahead *ahead, size_t part, size_t parts)
{
	for (size_t r = ahead->rows * part / parts; r < ahead->rows * (part + 1) / parts; r++) {
		const float *row = ahead->at + r * ahead->ld;

		for (size_t i = 0; i < ahead->cols; i += 16)
			__builtin_prefetch(row + i, 0, 2);
		__builtin_prefetch(row + ahead->cols - 1, 0, 2);
	}
}

/* All rows of one strip of columns. Meanwhile fetches what comes next. */
static void gemm_strip(const Level *level, GemmTile tile, size_t m, size_t cols, const Ahead *ahead)
{
	size_t tiles = (m + level->rows - 1) / level->rows;

	for (size_t i = 0, row = 0; i < tiles; i++, row += level->rows) {
		if (ahead && ahead->rows)
			ahead_fetch(ahead, i, tiles);
		level->tile(&tile, m - row < level->rows ? m - row : level->rows, cols);
		tile.a += level->rows * tile.a_row;
		tile.c += level->rows * tile.c_ld;
	}
}

/* The same, but only the first tile reads b where it is; the others read its copy in pack. */
static void gemm_strip_copied(const Level *level, GemmTile tile, size_t m, size_t cols, float *pack,
			      const Ahead *ahead)
{
	GemmTile rest = tile;

	tile.copy = pack;
	level->tile(&tile, level->rows, cols);
	rest.b = pack;
	rest.b_ld = level->cols;
	rest.a += level->rows * rest.a_row;
	rest.c += level->rows * rest.c_ld;
	gemm_strip(level, rest, m - level->rows, cols, ahead);
}

/* What follows rows p … of a strip of b that is `left` columns from its end: the strip's next rows,
 * or the next strip. */
static Ahead gemm_ahead(const Level *level, const float *b, size_t ldb, size_t p, size_t k,
			size_t left, bool transposed)
{
	bool down = k - p > GEMM_DEPTH;
	size_t cols = down ? left : left > level->cols ? left - level->cols : 0;
	size_t begin = down ? p + GEMM_DEPTH : 0, depth = k - begin, first = down ? 0 : level->cols;

	depth = depth < GEMM_DEPTH ? depth : GEMM_DEPTH;
	cols = cols < level->cols ? cols : level->cols;
	if (cols == 0)
		return (Ahead){ .rows = 0 };
	if (transposed)
		return (Ahead){ b + first * ldb + begin, cols, depth, ldb };
	return (Ahead){ b + begin * ldb + first, depth, cols, ldb };
}

/* Through a strip of b on the stack, turned upright there if it is stored (cols,k). left: columns
 * of c from this strip on. */
static void gemm_strip_packed(uint32_t features, const Level *level, GemmTile tile, size_t m,
			      size_t left, bool transposed)
{
	_Alignas(64) float pack[GEMM_DEPTH * PACK_COLS];
	const float *b = tile.b;
	size_t k = tile.k, ldb = tile.b_ld, cols = left < level->cols ? left : level->cols;

	for (size_t p = 0; p < k; p += GEMM_DEPTH) {
		Ahead ahead = gemm_ahead(level, b, ldb, p, k, left, transposed);

		tile.k = k - p < GEMM_DEPTH ? k - p : GEMM_DEPTH;
		if (transposed) {
			convert_rows_to_cols(features, b + p, ldb, pack, level->cols, cols, tile.k);
			tile.b = pack;
			tile.b_ld = level->cols;
			gemm_strip(level, tile, m, cols, &ahead);
		} else {
			tile.b = b + p * ldb;
			gemm_strip_copied(level, tile, m, cols, pack, &ahead);
		}
		tile.a += GEMM_DEPTH * tile.a_step;
		tile.beta = 1;
	}
}

void gemm_run(uint32_t features, bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k,
	      const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
	      size_t ldc)
{
	Level level = gemm_level(features);
	bool packed = b_transposed || (level.copies && m > COPY_TILES * level.rows);

	for (size_t col = 0; col < n; col += level.cols) {
		size_t cols = n - col < level.cols ? n - col : level.cols;
		GemmTile tile = { .a = a,
				  .a_row = a_transposed ? 1 : lda,
				  .a_step = a_transposed ? lda : 1,
				  .b = b + col * (b_transposed ? ldb : 1),
				  .b_ld = ldb,
				  .c = c + col,
				  .c_ld = ldc,
				  .k = k,
				  .beta = beta };

		if (packed && k > 0)
			gemm_strip_packed(features, &level, tile, m, n - col, b_transposed);
		else
			gemm_strip(&level, tile, m, cols, NULL);
	}
}

void gemm_adam(uint32_t features, size_t in, size_t out, size_t rows, const float *x, size_t x_ld,
	       const float *grad, float *w, float *m, float *v, const AdamStep *step, float *block)
{
#if SIMD_X86
	if (features & CPU_AVX512) {
		gemm_avx512_adam(in, out, rows, x, x_ld, grad, w, m, v, step, block);
		return;
	}
#endif
	for (size_t row = 0; row < in; row += 16) {
		size_t n = in - row < 16 ? in - row : 16, at = row * out;

		gemm_run(features, true, false, n, out, rows, x + row, x_ld, grad, out, 0, block,
			 out);
		train_adam(features, w + at, m + at, v + at, block, n * out, step);
	}
}
