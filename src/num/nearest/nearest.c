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
