/* e^x, tanh, the normal distribution and the logistic function for one f32, of plain arithmetic
 * alone: in a SIMD_LOOP they become vectors, and every instruction level gives the same bits.
 * What is not a number stays so. Private to src/num/.
 *
 * Largest errors found in 2^24 numbers of the whole range, in units in the last place: vec_exp_low
 * and vec_exp 1.0, vec_tanh 1.3, vec_logistic 2.3; vec_normal 6.4e-8 absolute.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_VECMATH_H
#define WATTLE_NUM_VECMATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "num/simd.h"

/* e^d for d in [−87, 88]: 2^k·e^r with k = round(d/ln 2), the polynomial in r as in Cephes'
 * expf. */
SIMD_INLINE float vec_exp_inside(float d)
{
	const float rounder = 0x1.8p23f; /* adding it leaves round(value) in the low bits */
	float t = d * 1.44269504f + rounder;
	float k = t - rounder;
	float r = d - k * 0.693359375f - k * -2.12194440e-4f;
	float p = 1.9875691500e-4f;
	uint32_t bits;
	float power;

	p = p * r + 1.3981999507e-3f;
	p = p * r + 8.3334519073e-3f;
	p = p * r + 4.1665795894e-2f;
	p = p * r + 1.6666665459e-1f;
	p = p * r + 5.0000001201e-1f;
	p = p * r * r + r + 1.0f;
	memcpy(&bits, &t, sizeof bits);
	bits = (bits << 23) + 0x3f800000u;
	memcpy(&power, &bits, sizeof power);
	return p * power;
}

/* For x ≤ 0; stops at e^−87. */
SIMD_INLINE float vec_exp_low(float x)
{
	return vec_exp_inside(x < -87.0f ? -87.0f : x);
}

/* Stops at e^−87 and e^88. */
SIMD_INLINE float vec_exp(float x)
{
	float d = x < -87.0f ? -87.0f : x;

	return vec_exp_inside(d > 88.0f ? 88.0f : d);
}

/* Near 0 the polynomial of Cephes' tanhf, else 1 − 2/(e^2x + 1). */
SIMD_INLINE float vec_tanh(float x)
{
	float a = fabsf(x), z = x * x;
	float far = 1.0f - 2.0f / (vec_exp_inside(a > 20.0f ? 40.0f : 2.0f * a) + 1.0f);
	float p = -5.70498872745e-3f;

	p = p * z + 2.06390887954e-2f;
	p = p * z + -5.37397155531e-2f;
	p = p * z + 1.33314422036e-1f;
	p = p * z + -3.33332819422e-1f;
	p = p * z * x + x;
	return a < 0.625f ? p : copysignf(far, x);
}

/* 1/(1 + e^−x); stops at 6e-39. */
SIMD_INLINE float vec_logistic(float x)
{
	return 1.0f / (1.0f + vec_exp(-x));
}

/* The standard normal distribution up to x, ½(1 + erf(x/√2)): minimax polynomials for erf near 0
 * and for the logarithm of its complement elsewhere. */
SIMD_INLINE float vec_normal(float x)
{
	float u = x * 0.707106781f, a = fabsf(u), s = u * u;
	float t = a > 9.0f ? 9.0f : a;
	float near = -5.96761703e-4f, far = -1.72853470e-5f, tail;

	near = near * s + 4.99119423e-3f;
	near = near * s + -2.67681349e-2f;
	near = near * s + 1.12819925e-1f;
	near = near * s + -3.76125336e-1f;
	near = near * s + 1.28379166e-1f;
	near = near * u + u;
	far = far * t + 3.83197126e-4f;
	far = far * t + -3.88396438e-3f;
	far = far * t + 2.42546219e-2f;
	far = far * t + -1.06777877e-1f;
	far = far * t + -6.34846687e-1f;
	far = far * t + -1.28717512e-1f;
	far = far * t - t;
	tail = a > 9.0f ? 0 : 0.5f * vec_exp_low(far);
	return a > 0.927734375f ? (u < 0 ? tail : 1.0f - tail) : 0.5f + 0.5f * near;
}

#endif
