/* Sums for weight gradients in AVX-512: a vector is one pixel of 16 images.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_sums.h"

#if SIMD_X86

#define SUMS_TARGET SIMD_AVX512
#define SUMS_ADD(sum, grad, v) _mm512_fmadd_ps(grad, v, sum)
#define SUMS_LEVEL conv_sums_avx512
#include "num/conv/conv_sums_512.h"

#endif
