/* Batch normalization: sums in double, one for each column or lane, then plain loops.
 * SPDX-License-Identifier: MIT */
#include "num/train/norm.h"

#include <math.h>

#include "num/kernel.h"
#include "num/simd.h"

/* Columns that are summed together: their sums stay on the stack. */
#define NORM_COLS 64

/* --- from sums to numbers --------------------------------------------------------------------- */

/* Of one channel: Σx and Σx² over count values. */
static void norm_channel(const BatchNorm *norm, size_t c, double sum, double squares, double count)
{
	double mean = sum / count, var = squares / count - mean * mean, keep;

	var = var < 0 ? 0 : var; /* rounding */
	norm->batch_mean[c] = (float)mean;
	norm->batch_inv[c] = (float)(1 / sqrt(var + (double)norm->epsilon));
	keep = 1 - (double)norm->momentum;
	if (count > 1)
		var *= count / (count - 1);
	norm->mean[c] = (float)(keep * (double)norm->mean[c] + (double)norm->momentum * mean);
	norm->var[c] = (float)(keep * (double)norm->var[c] + (double)norm->momentum * var);
}

/* y = scale·x + shift. */
typedef struct NormLine {
	float scale, shift;
} NormLine;

static NormLine norm_line(const BatchNorm *norm, size_t c, double mean, double inv)
{
	double scale = (double)norm->gamma[c] * inv;

	return (NormLine){ (float)scale, (float)((double)norm->beta[c] - mean * scale) };
}

static NormLine norm_line_infer(const BatchNorm *norm, size_t c)
{
	return norm_line(norm, c, (double)norm->mean[c],
			 1 / sqrt((double)norm->var[c] + (double)norm->epsilon));
}

static NormLine norm_line_batch(const BatchNorm *norm, size_t c)
{
	return norm_line(norm, c, (double)norm->batch_mean[c], (double)norm->batch_inv[c]);
}

/* dx = by_dy·dy + by_x·x + shift: gamma·inv·(dy − Σdy/count − x̂·Σ(dy·x̂)/count) with x̂ written
 * out. */
typedef struct NormBack {
	float by_dy, by_x, shift;
} NormBack;

/* From Σdy and Σdy·x. */
static NormBack norm_back(const BatchNorm *norm, size_t c, double sum, double product, double count,
			  float *grad_gamma, float *grad_beta)
{
	double mean = (double)norm->batch_mean[c], inv = (double)norm->batch_inv[c];
	double gamma = (product - mean * sum) * inv, scale = (double)norm->gamma[c] * inv;
	double slope = -scale * inv * gamma / count;

	grad_gamma[c] = (float)gamma;
	grad_beta[c] = (float)sum;
	return (NormBack){ (float)scale, (float)slope,
			   (float)(-scale * sum / count - slope * mean) };
}

/* --- rows ------------------------------------------------------------------------------------- */

SIMD_INLINE void rows_sums_body(double *restrict sum, double *restrict squares, const float *x,
				size_t ld, size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r++, x += ld) {
		SIMD_LOOP
		for (size_t j = 0; j < n; j++) {
			double value = (double)x[j];

			sum[j] += value;
			squares[j] += value * value;
		}
	}
}
SIMD_LEVELS(rows_sums,
	    (double *restrict sum, double *restrict squares, const float *x, size_t ld, size_t rows,
	     size_t n),
	    (sum, squares, x, ld, rows, n))

SIMD_INLINE void rows_lines_body(float *y, size_t y_ld, const float *x, size_t x_ld, size_t rows,
				 size_t n, const float *restrict scale, const float *restrict shift)
{
	for (size_t r = 0; r < rows; r++, x += x_ld, y += y_ld) {
		SIMD_LOOP
		for (size_t j = 0; j < n; j++)
			y[j] = scale[j] * x[j] + shift[j];
	}
}
SIMD_LEVELS(rows_lines,
	    (float *y, size_t y_ld, const float *x, size_t x_ld, size_t rows, size_t n,
	     const float *restrict scale, const float *restrict shift),
	    (y, y_ld, x, x_ld, rows, n, scale, shift))

static size_t norm_cols(const BatchNorm *norm, size_t at)
{
	return norm->channels - at < NORM_COLS ? norm->channels - at : NORM_COLS;
}

static void norm_rows_lines(uint32_t features, const BatchNorm *norm,
			    NormLine (*line)(const BatchNorm *, size_t), float *y, size_t y_ld,
			    const float *x, size_t x_ld, size_t rows, size_t at)
{
	float scale[NORM_COLS], shift[NORM_COLS];
	size_t n = norm_cols(norm, at);

	for (size_t j = 0; j < n; j++) {
		NormLine it = line(norm, at + j);

		scale[j] = it.scale;
		shift[j] = it.shift;
	}
	SIMD_CALL(features, rows_lines, (y + at, y_ld, x + at, x_ld, rows, n, scale, shift));
}

void norm_rows(uint32_t features, const BatchNorm *norm, float *y, size_t y_ld, const float *x,
	       size_t x_ld, size_t rows)
{
	for (size_t at = 0; at < norm->channels; at += NORM_COLS) {
		double sum[NORM_COLS] = { 0 }, squares[NORM_COLS] = { 0 };
		size_t n = norm_cols(norm, at);

		SIMD_CALL(features, rows_sums, (sum, squares, x + at, x_ld, rows, n));
		for (size_t j = 0; j < n; j++)
			norm_channel(norm, at + j, sum[j], squares[j], (double)rows);
		norm_rows_lines(features, norm, norm_line_batch, y, y_ld, x, x_ld, rows, at);
	}
}

void norm_rows_infer(uint32_t features, const BatchNorm *norm, float *y, size_t y_ld,
		     const float *x, size_t x_ld, size_t rows)
{
	for (size_t at = 0; at < norm->channels; at += NORM_COLS)
		norm_rows_lines(features, norm, norm_line_infer, y, y_ld, x, x_ld, rows, at);
}

SIMD_INLINE void rows_products_body(double *restrict sum, double *restrict product, const float *dy,
				    size_t dy_ld, const float *x, size_t x_ld, size_t rows,
				    size_t n)
{
	for (size_t r = 0; r < rows; r++, dy += dy_ld, x += x_ld) {
		SIMD_LOOP
		for (size_t j = 0; j < n; j++) {
			sum[j] += (double)dy[j];
			product[j] += (double)dy[j] * (double)x[j];
		}
	}
}
SIMD_LEVELS(rows_products,
	    (double *restrict sum, double *restrict product, const float *dy, size_t dy_ld,
	     const float *x, size_t x_ld, size_t rows, size_t n),
	    (sum, product, dy, dy_ld, x, x_ld, rows, n))

SIMD_INLINE void rows_back_body(float *dx, const float *dy, size_t dy_ld, const float *x,
				size_t x_ld, size_t rows, size_t n, const NormBack *restrict back)
{
	float by_dy[NORM_COLS], by_x[NORM_COLS], shift[NORM_COLS];

	for (size_t j = 0; j < n; j++) {
		by_dy[j] = back[j].by_dy;
		by_x[j] = back[j].by_x;
		shift[j] = back[j].shift;
	}
	for (size_t r = 0; r < rows; r++, dx += dy_ld, dy += dy_ld, x += x_ld) {
		SIMD_LOOP
		for (size_t j = 0; j < n; j++)
			dx[j] = by_dy[j] * dy[j] + (by_x[j] * x[j] + shift[j]);
	}
}
SIMD_LEVELS(rows_back,
	    (float *dx, const float *dy, size_t dy_ld, const float *x, size_t x_ld, size_t rows,
	     size_t n, const NormBack *restrict back),
	    (dx, dy, dy_ld, x, x_ld, rows, n, back))

void norm_rows_grad(uint32_t features, const BatchNorm *norm, float *dx, float *grad_gamma,
		    float *grad_beta, const float *dy, size_t dy_ld, const float *x, size_t x_ld,
		    size_t rows)
{
	for (size_t at = 0; at < norm->channels; at += NORM_COLS) {
		double sum[NORM_COLS] = { 0 }, product[NORM_COLS] = { 0 };
		NormBack back[NORM_COLS];
		size_t n = norm_cols(norm, at);

		SIMD_CALL(features, rows_products,
			  (sum, product, dy + at, dy_ld, x + at, x_ld, rows, n));
		for (size_t j = 0; j < n; j++)
			back[j] = norm_back(norm, at + j, sum[j], product[j], (double)rows,
					    grad_gamma, grad_beta);
		SIMD_CALL(features, rows_back,
			  (dx + at, dy + at, dy_ld, x + at, x_ld, rows, n, back));
	}
}

/* --- tiles ------------------------------------------------------------------------------------ */

/* Adds count = 16·pixels values of one block, lane by lane. */
SIMD_INLINE void tile_sums_body(double *restrict sum, double *restrict squares, const float *x,
				size_t count)
{
	double s[KERNEL_TILE] = { 0 }, q[KERNEL_TILE] = { 0 };

	for (size_t i = 0; i < count; i += KERNEL_TILE) {
		SIMD_LOOP
		for (size_t lane = 0; lane < KERNEL_TILE; lane++) {
			double value = (double)x[i + lane];

			s[lane] += value;
			q[lane] += value * value;
		}
	}
	for (size_t lane = 0; lane < KERNEL_TILE; lane++) {
		sum[lane] += s[lane];
		squares[lane] += q[lane];
	}
}
SIMD_LEVELS(tile_sums,
	    (double *restrict sum, double *restrict squares, const float *x, size_t count),
	    (sum, squares, x, count))

SIMD_INLINE void tile_products_body(double *restrict sum, double *restrict product, const float *dy,
				    const float *x, size_t count)
{
	double s[KERNEL_TILE] = { 0 }, q[KERNEL_TILE] = { 0 };

	for (size_t i = 0; i < count; i += KERNEL_TILE) {
		SIMD_LOOP
		for (size_t lane = 0; lane < KERNEL_TILE; lane++) {
			double slope = (double)dy[i + lane];

			s[lane] += slope;
			q[lane] += slope * (double)x[i + lane];
		}
	}
	for (size_t lane = 0; lane < KERNEL_TILE; lane++) {
		sum[lane] += s[lane];
		product[lane] += q[lane];
	}
}
SIMD_LEVELS(tile_products,
	    (double *restrict sum, double *restrict product, const float *dy, const float *x,
	     size_t count),
	    (sum, product, dy, x, count))

SIMD_INLINE void tile_line_body(float *y, const float *x, size_t count, NormLine line)
{
	SIMD_LOOP
	for (size_t i = 0; i < count; i++)
		y[i] = line.scale * x[i] + line.shift;
}
SIMD_LEVELS(tile_line, (float *y, const float *x, size_t count, NormLine line), (y, x, count, line))

SIMD_INLINE void tile_back_body(float *dx, const float *dy, const float *x, size_t count,
				NormBack back)
{
	SIMD_LOOP
	for (size_t i = 0; i < count; i++)
		dx[i] = back.by_dy * dy[i] + (back.by_x * x[i] + back.shift);
}
SIMD_LEVELS(tile_back, (float *dx, const float *dy, const float *x, size_t count, NormBack back),
	    (dx, dy, x, count, back))

/* Two sums, a and b, of each lane: over the whole blocks, and of the last one where it is short. */
typedef struct TileSums {
	double a[2][KERNEL_TILE], b[2][KERNEL_TILE];
} TileSums;

/* The sums of the lanes that hold rows: of the short last block only its first. */
static double tile_total(double lanes[2][KERNEL_TILE], size_t rows)
{
	double total = 0;

	for (size_t lane = 0; lane < KERNEL_TILE; lane++)
		total += lanes[0][lane];
	for (size_t lane = 0; lane < rows % KERNEL_TILE; lane++)
		total += lanes[1][lane];
	return total;
}

static void tiles_lines(uint32_t features, const BatchNorm *norm,
			NormLine (*line)(const BatchNorm *, size_t), float *y, size_t y_ld,
			const float *x, size_t x_ld, size_t rows, size_t c)
{
	size_t count = KERNEL_TILE * norm->pixels;
	NormLine it = line(norm, c);

	x += c * count;
	y += c * count;
	for (size_t r = 0; r < rows; r += KERNEL_TILE, x += x_ld, y += y_ld)
		SIMD_CALL(features, tile_line, (y, x, count, it));
}

void norm_tiles(uint32_t features, const BatchNorm *norm, float *y, size_t y_ld, const float *x,
		size_t x_ld, size_t rows)
{
	size_t count = KERNEL_TILE * norm->pixels;

	for (size_t c = 0; c < norm->channels; c++) {
		const float *at = x + c * count;
		TileSums sums = { 0 };

		for (size_t r = 0; r < rows; r += KERNEL_TILE, at += x_ld) {
			bool cut = rows - r < KERNEL_TILE;

			SIMD_CALL(features, tile_sums, (sums.a[cut], sums.b[cut], at, count));
		}
		norm_channel(norm, c, tile_total(sums.a, rows), tile_total(sums.b, rows),
			     (double)rows * (double)norm->pixels);
		tiles_lines(features, norm, norm_line_batch, y, y_ld, x, x_ld, rows, c);
	}
}

void norm_tiles_infer(uint32_t features, const BatchNorm *norm, float *y, size_t y_ld,
		      const float *x, size_t x_ld, size_t rows)
{
	for (size_t c = 0; c < norm->channels; c++)
		tiles_lines(features, norm, norm_line_infer, y, y_ld, x, x_ld, rows, c);
}

static void tiles_back(uint32_t features, float *dx, const float *dy, size_t dy_ld, const float *x,
		       size_t x_ld, size_t count, size_t rows, NormBack back)
{
	for (size_t r = 0; r < rows; r += KERNEL_TILE, dx += dy_ld, dy += dy_ld, x += x_ld) {
		SIMD_CALL(features, tile_back, (dx, dy, x, count, back));
		for (size_t lane = rows - r; lane < KERNEL_TILE; lane++)
			for (size_t i = lane; i < count; i += KERNEL_TILE)
				dx[i] = 0;
	}
}

void norm_tiles_grad(uint32_t features, const BatchNorm *norm, float *dx, float *grad_gamma,
		     float *grad_beta, const float *dy, size_t dy_ld, const float *x, size_t x_ld,
		     size_t rows)
{
	size_t count = KERNEL_TILE * norm->pixels;

	for (size_t c = 0; c < norm->channels; c++) {
		const float *to_dy = dy + c * count, *to_x = x + c * count;
		TileSums sums = { 0 };
		NormBack back;

		for (size_t r = 0; r < rows; r += KERNEL_TILE, to_dy += dy_ld, to_x += x_ld) {
			bool cut = rows - r < KERNEL_TILE;

			SIMD_CALL(features, tile_products,
				  (sums.a[cut], sums.b[cut], to_dy, to_x, count));
		}
		back = norm_back(norm, c, tile_total(sums.a, rows), tile_total(sums.b, rows),
				 (double)rows * (double)norm->pixels, grad_gamma, grad_beta);
		tiles_back(features, dx + c * count, dy + c * count, dy_ld, x + c * count, x_ld,
			   count, rows, back);
	}
}

/* --- folding ---------------------------------------------------------------------------------- */

void norm_fold(const BatchNorm *norm, float *w, float *b, size_t in)
{
	size_t out = norm->channels;

	for (size_t o = 0; o < out; o++) {
		double scale =
			(double)norm->gamma[o] / sqrt((double)norm->var[o] + (double)norm->epsilon);

		b[o] = (float)(((double)b[o] - (double)norm->mean[o]) * scale +
			       (double)norm->beta[o]);
		for (size_t i = 0; i < in; i++)
			w[i * out + o] = (float)((double)w[i * out + o] * scale);
	}
}
