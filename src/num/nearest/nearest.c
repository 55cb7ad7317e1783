/* Lists of the nearest: vectors of scores against the last of a list, few of which enter.
 * SPDX-License-Identifier: MIT */
#include "num/nearest/nearest.h"

#include <float.h>
#include <math.h>

#include "num/simd.h"

void nearest_clear(Nearest *list, size_t k)
{
	for (size_t i = 0; i < k; i++)
		list[i] = (Nearest){ .score = INFINITY, .row = NEAREST_NONE };
}

void nearest_insert(Nearest *list, size_t k, double score, uint32_t row)
{
	size_t at = k - 1;

	if (!(score < list[at].score))
		return;
	for (; at > 0 && score < list[at - 1].score; at--)
		list[at] = list[at - 1];
	list[at] = (Nearest){ score, row };
}

/* --- scanning --------------------------------------------------------------------------------- */

static inline int32_t score_s32(int32_t norm, int32_t product)
{
	return (int32_t)((uint32_t)norm - 2 * (uint32_t)product);
}

SIMD_INLINE void any_s32_body(const int32_t *product, const int32_t *norm, size_t n, int32_t limit,
			      uint32_t *any)
{
	uint32_t found = 0;

#pragma omp simd reduction(| : found)
	for (size_t i = 0; i < n; i++)
		found |= score_s32(norm[i], product[i]) < limit;
	*any = found;
}
SIMD_LEVELS(any_s32,
	    (const int32_t *product, const int32_t *norm, size_t n, int32_t limit, uint32_t *any),
	    (product, norm, n, limit, any))

SIMD_INLINE void any_f32_body(const float *product, const float *norm, size_t n, float limit,
			      uint32_t *any)
{
	uint32_t found = 0;

#pragma omp simd reduction(| : found)
	for (size_t i = 0; i < n; i++)
		found |= norm[i] - product[i] < limit;
	*any = found;
}
SIMD_LEVELS(any_f32,
	    (const float *product, const float *norm, size_t n, float limit, uint32_t *any),
	    (product, norm, n, limit, any))

void nearest_scan_s32(uint32_t features, const int32_t *product, const int32_t *norm, size_t n,
		      uint32_t row, Nearest *list, size_t k)
{
	double last = list[k - 1].score;
	int32_t limit = last < INT32_MAX ? (int32_t)last : INT32_MAX;
	uint32_t any = 0;

	SIMD_CALL(features, any_s32, (product, norm, n, limit, &any));
	for (size_t i = 0; any && i < n; i++) {
		int32_t score = score_s32(norm[i], product[i]);

		if (score < INT32_MAX)
			nearest_insert(list, k, score, row + (uint32_t)i);
	}
}

void nearest_scan_f32(uint32_t features, const float *product, const float *norm, size_t n,
		      uint32_t row, Nearest *list, size_t k)
{
	double last = list[k - 1].score;
	float limit = last < (double)FLT_MAX ? (float)last : FLT_MAX;
	uint32_t any = 0;

	SIMD_CALL(features, any_f32, (product, norm, n, limit, &any));
	for (size_t i = 0; any && i < n; i++) {
		float score = norm[i] - product[i];

		if (score < FLT_MAX)
			nearest_insert(list, k, (double)score, row + (uint32_t)i);
	}
}

/* --- bounds ----------------------------------------------------------------------------------- */

#if SIMD_X86
static SIMD_AVX512 void masks_s32_avx512(const int32_t *product, const int32_t *norm,
					 const int32_t *limit, size_t count, uint64_t *mask)
{
	__m512i of[4];

	SIMD_UNROLL
	for (size_t v = 0; v < 4; v++)
		of[v] = _mm512_loadu_si512(norm + 16 * v);
	for (size_t i = 0; i < count; i++, product += 64) {
		__m512i most = _mm512_set1_epi32(limit[i]);
		uint64_t bits = 0;

		SIMD_UNROLL
		for (size_t v = 0; v < 4; v++) {
			__m512i twice = _mm512_slli_epi32(_mm512_loadu_si512(product + 16 * v), 1);

			bits |= (uint64_t)_mm512_cmple_epi32_mask(_mm512_sub_epi32(of[v], twice),
								  most)
				<< 16 * v;
		}
		mask[i] = bits;
	}
}
#endif

void nearest_masks_s32(uint32_t features, const int32_t *product, const int32_t *norm,
		       const int32_t *limit, size_t count, uint64_t *mask)
{
#if SIMD_X86
	if (features & CPU_AVX512) {
		masks_s32_avx512(product, norm, limit, count, mask);
		return;
	}
#endif
	for (size_t i = 0; i < count; i++, product += 64) {
		int64_t most = (int64_t)limit[i] + 1;
		uint32_t any = 0;

		mask[i] = 0;
		SIMD_CALL(features, any_s32,
			  (product, norm, 64, most < INT32_MAX ? (int32_t)most : INT32_MAX, &any));
		for (size_t r = 0; any && r < 64; r++)
			mask[i] |= (uint64_t)(score_s32(norm[r], product[r]) < most) << r;
	}
}

uint64_t nearest_mask_f32(uint32_t features, const float *product, const float *norm, float limit)
{
	uint64_t mask = 0;
	uint32_t any = 0;

	SIMD_CALL(features, any_f32, (product, norm, 64, nextafterf(limit, INFINITY), &any));
	for (size_t r = 0; any && r < 64; r++)
		mask |= (uint64_t)(norm[r] - product[r] <= limit) << r;
	return mask;
}

SIMD_INLINE void squares_f32_body(const float *q, const float *x, size_t ld, const uint32_t *row,
				  size_t count, size_t n, float *c)
{
	size_t i = 0;

	for (; i + 4 <= count; i += 4) {
		const float *x0 = x + row[i] * ld, *x1 = x + row[i + 1] * ld;
		const float *x2 = x + row[i + 2] * ld, *x3 = x + row[i + 3] * ld;
		float s0 = 0, s1 = 0, s2 = 0, s3 = 0;

#pragma omp simd reduction(+ : s0, s1, s2, s3)
		for (size_t f = 0; f < n; f++) {
			s0 += (q[f] - x0[f]) * (q[f] - x0[f]);
			s1 += (q[f] - x1[f]) * (q[f] - x1[f]);
			s2 += (q[f] - x2[f]) * (q[f] - x2[f]);
			s3 += (q[f] - x3[f]) * (q[f] - x3[f]);
		}
		c[i] = s0;
		c[i + 1] = s1;
		c[i + 2] = s2;
		c[i + 3] = s3;
	}
	for (; i < count; i++) {
		const float *x0 = x + row[i] * ld;
		float s0 = 0;

#pragma omp simd reduction(+ : s0)
		for (size_t f = 0; f < n; f++)
			s0 += (q[f] - x0[f]) * (q[f] - x0[f]);
		c[i] = s0;
	}
}
SIMD_LEVELS(squares_f32,
	    (const float *q, const float *x, size_t ld, const uint32_t *row, size_t count, size_t n,
	     float *c),
	    (q, x, ld, row, count, n, c))

void nearest_squares_f32(uint32_t features, const float *q, const float *x, size_t ld,
			 const uint32_t *row, size_t count, size_t n, float *c)
{
	SIMD_CALL(features, squares_f32, (q, x, ld, row, count, n, c));
}

#define LANES 8 /* partial sums, whatever the vectors */

SIMD_INLINE void square_f64_body(const float *q, const float *x, size_t stride, size_t n,
				 double *out)
{
	double sum[LANES] = { 0 }, all = 0;
	size_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		SIMD_LOOP
		for (size_t j = 0; j < LANES; j++) {
			double d = (double)q[i + j] - (double)x[(i + j) * stride];

			sum[j] += d * d;
		}
	}
	for (size_t j = 0; i + j < n; j++) {
		double d = (double)q[i + j] - (double)x[(i + j) * stride];

		sum[j] += d * d;
	}
	for (size_t j = 0; j < LANES; j++)
		all += sum[j];
	*out = all;
}
SIMD_LEVELS(square_f64, (const float *q, const float *x, size_t stride, size_t n, double *out),
	    (q, x, stride, n, out))

double nearest_square_f64(uint32_t features, const float *q, const float *x, size_t stride,
			  size_t n)
{
	double sum;

	if (stride == 1)
		SIMD_CALL(features, square_f64, (q, x, 1, n, &sum));
	else
		SIMD_CALL(features, square_f64, (q, x, stride, n, &sum));
	return sum;
}
