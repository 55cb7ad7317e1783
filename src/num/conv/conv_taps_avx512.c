/* Taps in AVX-512: a vector is one pixel of 16 images.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_taps.h"

#if SIMD_X86

#define TAPS_TARGET SIMD_AVX512
#define TAPS_WEIGHT(at) _mm512_set1_ps(*(at))
#define TAPS_ADD(sum, weight, v) _mm512_fmadd_ps(weight, v, sum)
#define TAPS_LEVEL conv_taps_avx512
#include "num/conv/conv_taps_512.h"

#endif
