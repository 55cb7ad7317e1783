/* A few filters at a few pixels of TILES, held in registers, at each instruction level. Private to
 * src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_CONV_TAPS_H
#define WATTLE_NUM_CONV_TAPS_H

#include "num/conv/conv.h"
#include "num/simd.h"

#define CONV_PIXELS_MAX 8 /* filters, or pixels, at once */

/* One tap: where its input and its weights are, in floats. */
typedef struct ConvTap {
	int32_t x, w;
} ConvTap;

/* The taps that some pixels share, or a part of them. */
typedef struct ConvTaps {
	const ConvTap *tap, *end;
	const float *w;
	const float *bias; /* NULL: 0 */
	size_t y_step;     /* from one filter to the next */
	bool go_on;        /* begins with what y holds instead of the bias */
	bool relu;
} ConvTaps;

/* y[pixel][filter] = act(bias[filter] + sum of w[tap.w + filter]·x[pixel][tap.x]), 16 lanes
 * each. A filter's are written in the order of the pixels: what overlaps is the later one's. */
typedef void ConvTapsRun(const ConvTaps *taps, const float *const *x, float *const *y);

/* runs[f − 1] takes f filters at pixels[f − 1] pixels, ones[f − 1] at 1 pixel. */
typedef struct ConvTapsLevel {
	size_t filters; /* at most */
	size_t pixels[CONV_PIXELS_MAX];
	ConvTapsRun *runs[CONV_PIXELS_MAX], *ones[CONV_PIXELS_MAX];
} ConvTapsLevel;

#if SIMD_X86
extern const ConvTapsLevel conv_taps_avx512, conv_taps_avx2, conv_taps_bf16;
#endif
extern const ConvTapsLevel conv_taps_scalar;
/* conv_taps_bf16 and this: x and w are words of two bfloat16 (bf16.h), read as such, and both
 * products are added. */
extern const ConvTapsLevel conv_taps_bf16_scalar;

#endif
