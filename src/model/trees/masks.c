/* Small trees by masks.
 * SPDX-License-Identifier: MIT */
#include "model/trees/masks.h"

#include "num/simd.h"

#define MASKS_NONE SIZE_MAX

/* What is to be visited; `of` is the split whose right child it is. */
typedef struct MasksTodo {
	uint32_t ref;
	size_t of;
} MasksTodo;

bool masks_make(Masks *out, const TreesSplit *split, const float *value, uint32_t root,
		bool missing)
{
	MasksTodo stack[MASKS_LEAVES];
	size_t todo = 1, leaves = 0;

	out->splits = 0;
	stack[0] = (MasksTodo){ root, MASKS_NONE };
	while (todo > 0) {
		MasksTodo now = stack[--todo];
		uint32_t past = leaves < MASKS_LEAVES ? (1u << leaves) - 1 : UINT32_MAX;

		/* mask holds the leaves before the split's own: those in between go. */
		if (now.of != MASKS_NONE)
			out->mask[now.of] = out->mask[now.of] | ~past;
		if (now.ref & TREES_LEAF) {
			if (leaves == MASKS_LEAVES)
				return false;
			out->value[leaves++] = value[now.ref & ~TREES_LEAF];
			continue;
		}
		const TreesSplit *here = &split[now.ref];
		size_t at = out->splits;

		if (at == MASKS_LEAVES - 1)
			return false;
		out->splits++;
		out->feature[at] = here->feature;
		out->threshold[at] = here->threshold;
		out->missing[at] = missing && here->child[0] & TREES_MISSING;
		out->mask[at] = past;
		stack[todo++] = (MasksTodo){ here->child[1], at };
		stack[todo++] =
			(MasksTodo){ here->child[0] & ~(missing ? TREES_MISSING : 0), MASKS_NONE };
	}
	for (; leaves < MASKS_LEAVES; leaves++)
		out->value[leaves] = 0;
	return true;
}

#if SIMD_X86
SIMD_AVX512 SIMD_INLINE void masks_add_avx512(const Masks *tree, const float *x, bool missing,
					      float *y)
{
	__m512i set = _mm512_set1_epi32(-1), first;

	for (size_t i = 0; i < tree->splits; i++) {
		__m512 value = _mm512_loadu_ps(x + (size_t)tree->feature[i] * MASKS_LANES);
		__m512 cut = _mm512_set1_ps(tree->threshold[i]);
		__mmask16 right = _mm512_cmp_ps_mask(value, cut, _CMP_NLE_UQ);

		if (missing && tree->missing[i])
			right = _mm512_cmp_ps_mask(value, cut, _CMP_GT_OQ);
		set = _mm512_mask_and_epi32(set, right, set, _mm512_set1_epi32((int)tree->mask[i]));
	}
	/* The lowest bit is a power of two: the exponent of that number as a float. */
	first = _mm512_and_epi32(set, _mm512_sub_epi32(_mm512_setzero_si512(), set));
	first = _mm512_srli_epi32(_mm512_castps_si512(_mm512_cvtepu32_ps(first)), 23);
	first = _mm512_sub_epi32(first, _mm512_set1_epi32(127));
	_mm512_storeu_ps(y,
			 _mm512_add_ps(_mm512_loadu_ps(y),
				       _mm512_permutex2var_ps(_mm512_loadu_ps(tree->value), first,
							      _mm512_loadu_ps(tree->value + 16))));
}

static SIMD_AVX512 void masks_plain(const Masks *tree, const float *x, float *y)
{
	masks_add_avx512(tree, x, false, y);
}

static SIMD_AVX512 void masks_missing(const Masks *tree, const float *x, float *y)
{
	masks_add_avx512(tree, x, true, y);
}

void masks_add(const Masks *tree, const float *x, bool missing, float *y)
{
	if (missing)
		masks_missing(tree, x, y);
	else
		masks_plain(tree, x, y);
}
#else
void masks_add(const Masks *tree, const float *x, bool missing, float *y)
{
	(void)tree;
	(void)x;
	(void)missing;
	(void)y;
}
#endif
