/* Taps of one filter at one pixel in plain loops, for every processor.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_taps.h"

static void taps_plain(const ConvTaps *taps, const float *const *x, float *const *y)
{
	float sum[KERNEL_TILE];

	for (size_t l = 0; l < KERNEL_TILE; l++)
		sum[l] = taps->go_on ? y[0][l] : taps->bias ? taps->bias[0] : 0;
	for (const ConvTap *tap = taps->tap; tap < taps->end; tap++) {
		const float *from = x[0] + tap->x;
		float w = taps->w[tap->w];

		SIMD_LOOP
		for (size_t l = 0; l < KERNEL_TILE; l++)
			sum[l] += w * from[l];
	}
	for (size_t l = 0; l < KERNEL_TILE; l++)
		y[0][l] = taps->relu && sum[l] < 0 ? 0 : sum[l];
}

const ConvTapsLevel conv_taps_scalar = {
	.filters = 1,
	.pixels = { 1 },
	.runs = { taps_plain },
	.ones = { taps_plain },
};
