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

bool masks_make_bytes(Masks *out, const ByteSplit *split, const float *value, ByteRoot root)
{
	MasksTodo stack[MASKS_LEAVES];
	size_t todo = 1, leaves = 0;

	out->splits = 0;
	stack[0] = (MasksTodo){ root.first, MASKS_NONE };
	while (todo > 0) {
		MasksTodo now = stack[--todo];
		uint32_t past = leaves < MASKS_LEAVES ? (1u << leaves) - 1 : UINT32_MAX;

		if (now.of != MASKS_NONE)
			out->mask[now.of] = out->mask[now.of] | ~past;
		if (now.ref & BYTES_ALONE) {
			if (leaves == MASKS_LEAVES)
				return false;
			out->value[leaves] = value[root.leaf + leaves];
			leaves++;
			continue;
		}
		const ByteSplit *here = &split[now.ref];
		size_t at = out->splits;

		if (at == MASKS_LEAVES - 1)
			return false;
		out->splits++;
		out->feature[at] = here->test & 0xffff;
		out->most[at] = (uint8_t)(here->test >> 16);
		out->mask[at] = past;
		stack[todo++] =
			(MasksTodo){ here->test & BYTES_RIGHT_ENDS ? BYTES_ALONE : here->right,
				     at };
		stack[todo++] =
			(MasksTodo){ here->test & BYTES_LEFT_ENDS ? BYTES_ALONE : now.ref + 1,
				     MASKS_NONE };
	}
	for (; leaves < MASKS_LEAVES; leaves++)
		out->value[leaves] = 0;
	return true;
}

#if SIMD_X86
/* The value of the first leaf of each of 16 sets joins y. */
SIMD_AVX512 SIMD_INLINE void masks_end(const Masks *tree, __m512i set, float *y)
{
	/* The lowest bit is a power of two: the exponent of that number as a float. */
	__m512i first = _mm512_and_epi32(set, _mm512_sub_epi32(_mm512_setzero_si512(), set));

	first = _mm512_srli_epi32(_mm512_castps_si512(_mm512_cvtepu32_ps(first)), 23);
	first = _mm512_sub_epi32(first, _mm512_set1_epi32(127));
	_mm512_storeu_ps(y,
			 _mm512_add_ps(_mm512_loadu_ps(y),
				       _mm512_permutex2var_ps(_mm512_loadu_ps(tree->value), first,
							      _mm512_loadu_ps(tree->value + 16))));
}

SIMD_AVX512 SIMD_INLINE void masks_add_avx512(const Masks *tree, const float *x, bool missing,
					      float *y)
{
	__m512i set = _mm512_set1_epi32(-1);

	for (size_t i = 0; i < tree->splits; i++) {
		__m512 value = _mm512_loadu_ps(x + (size_t)tree->feature[i] * MASKS_LANES);
		__m512 cut = _mm512_set1_ps(tree->threshold[i]);
		__mmask16 right = _mm512_cmp_ps_mask(value, cut, _CMP_NLE_UQ);

		if (missing && tree->missing[i])
			right = _mm512_cmp_ps_mask(value, cut, _CMP_GT_OQ);
		set = _mm512_mask_and_epi32(set, right, set, _mm512_set1_epi32((int)tree->mask[i]));
	}
	masks_end(tree, set, y);
}

static SIMD_AVX512 void masks_bytes(const Masks *tree, const uint8_t *x, float *y)
{
	__m512i a = _mm512_set1_epi32(-1), b = a, c = a, d = a;

	for (size_t i = 0; i < tree->splits; i++) {
		__m512i value = _mm512_loadu_si512(x + (size_t)tree->feature[i] * MASKS_BYTES);
		__m512i mask = _mm512_set1_epi32((int)tree->mask[i]);
		__mmask64 right =
			_mm512_cmpgt_epu8_mask(value, _mm512_set1_epi8((char)tree->most[i]));

		a = _mm512_mask_and_epi32(a, (__mmask16)right, a, mask);
		b = _mm512_mask_and_epi32(b, (__mmask16)(right >> 16), b, mask);
		c = _mm512_mask_and_epi32(c, (__mmask16)(right >> 32), c, mask);
		d = _mm512_mask_and_epi32(d, (__mmask16)(right >> 48), d, mask);
	}
	masks_end(tree, a, y);
	masks_end(tree, b, y + 16);
	masks_end(tree, c, y + 32);
	masks_end(tree, d, y + 48);
}

void masks_add_bytes(const Masks *tree, const uint8_t *x, float *y)
{
	masks_bytes(tree, x, y);
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
void masks_add_bytes(const Masks *tree, const uint8_t *x, float *y)
{
	(void)tree;
	(void)x;
	(void)y;
}

void masks_add(const Masks *tree, const float *x, bool missing, float *y)
{
	(void)tree;
	(void)x;
	(void)missing;
	(void)y;
}
#endif
