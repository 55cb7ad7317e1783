/* VPDPBUSD and requantization of 16 sums, for the integer kernels of AVX-512. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_INT8_VNNI_H
#define WATTLE_NUM_INT8_VNNI_H

#include <string.h>

#include "num/int8/int8.h"
#include "num/simd.h"

#if SIMD_X86

/* Numbers of 16 sums, split into even and odd lanes for the 64-bit product. When the layer is plain
 * (int8.h) the addend holds the zero point too, and odd lanes are shifted only so far that their
 * results are in the upper halves. */
typedef struct VnniRequant {
	__m512i even, odd;               /* multiplier */
	__m512i shift_even, shift_odd;   /* 31 + shift */
	__m512i addend_even, addend_odd; /* 2^(30 + shift): round half up */
	__m512i zero;
} VnniRequant;

SIMD_INLINE SIMD_VNNI VnniRequant vnni_requant(const Int8 *layer, __m512i multiplier, __m512i total)
{
	__m512i one = _mm512_set1_epi64(1), zero = _mm512_set1_epi64(layer->y_zero);
	VnniRequant q;

	q.even = multiplier;
	q.odd = _mm512_srli_epi64(multiplier, 32);
	q.shift_even = _mm512_and_si512(total, _mm512_set1_epi64(0xffffffff));
	q.shift_odd = _mm512_srli_epi64(total, 32);
	q.addend_even = _mm512_sllv_epi64(one, _mm512_sub_epi64(q.shift_even, one));
	q.addend_odd = _mm512_sllv_epi64(one, _mm512_sub_epi64(q.shift_odd, one));
	q.zero = _mm512_set1_epi32(layer->y_zero);
	if (layer->plain) {
		q.addend_even =
			_mm512_add_epi64(q.addend_even, _mm512_sllv_epi64(zero, q.shift_even));
		q.addend_odd = _mm512_add_epi64(q.addend_odd, _mm512_sllv_epi64(zero, q.shift_odd));
		q.shift_odd = _mm512_sub_epi64(q.shift_odd, _mm512_set1_epi64(32));
	}
	return q;
}

/* Those of one output of a plain layer in every lane. */
SIMD_INLINE SIMD_VNNI VnniRequant vnni_requant_one(const Int8 *layer, size_t o)
{
	VnniRequant q;

	q.even = q.odd = _mm512_set1_epi32(layer->multiplier[o]);
	q.addend_even = q.addend_odd = _mm512_set1_epi64(layer->addend[o]);
	q.shift_even = _mm512_set1_epi64(layer->total[o]);
	q.shift_odd = _mm512_set1_epi64(layer->total[o] - 32);
	q.zero = _mm512_setzero_si512();
	return q;
}

/* 16 results, zero point included, not yet clamped. plain: the layer's. */
SIMD_INLINE SIMD_VNNI __m512i vnni_apply(const VnniRequant *q, __m512i acc, bool plain)
{
	__m512i even = _mm512_mul_epi32(acc, q->even);
	__m512i odd = _mm512_mul_epi32(_mm512_srli_epi64(acc, 32), q->odd);

	even = _mm512_srav_epi64(_mm512_add_epi64(even, q->addend_even), q->shift_even);
	odd = _mm512_srav_epi64(_mm512_add_epi64(odd, q->addend_odd), q->shift_odd);
	if (plain)
		return _mm512_mask_blend_epi32(0xaaaa, even, odd);
	acc = _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
	return _mm512_add_epi32(acc, q->zero);
}

/* 16 activations. */
SIMD_INLINE SIMD_VNNI __m128i vnni_bytes(const Int8 *layer, const VnniRequant *q, __m512i acc)
{
	acc = layer->plain ? vnni_apply(q, acc, true) : vnni_apply(q, acc, false);
	return _mm512_cvtusepi32_epi8(_mm512_max_epi32(acc, _mm512_set1_epi32(layer->y_low)));
}

/* The four bytes at x in every lane. */
SIMD_INLINE SIMD_VNNI __m512i vnni_spread(const void *x)
{
	int32_t four;

	memcpy(&four, x, sizeof four);
	return _mm512_set1_epi32(four);
}

/* acc += four products of u8 a and s8 b in each lane. Not the intrinsic: gcc 12 copies each of
 * its results to another register and to memory when there are 24 of them. */
SIMD_INLINE SIMD_VNNI __m512i vnni_add(__m512i acc, __m512i a, __m512i b)
{
	__asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(b));
	return acc;
}

#endif

#endif
