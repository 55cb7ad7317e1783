/* Cosine and sine as vectors.
 * SPDX-License-Identifier: MIT */
#include "num/train/fourier.h"

#include "num/train/vecmath.h"

/* Quarter turns are taken off in three parts of pi/2, then the polynomials of Cephes' sinf and cosf
 * in [−π/4, π/4]. */
SIMD_INLINE void fourier_body(float *restrict cosine, float *restrict sine, const float *restrict x,
			      size_t n)
{
	const float rounder = 0x1.8p23f; /* adding it leaves round(value) in the low bits */

	SIMD_LOOP
	for (size_t i = 0; i < n; i++) {
		float t = x[i] * 0.636619772f + rounder, k = t - rounder, c, s, z, r;
		uint32_t turn, bits;

		r = x[i] - k * 1.5703125f - k * 4.837512969970703e-4f - k * 7.549789948768648e-8f;
		z = r * r;
		s = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * r + r;
		c = ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z +
		     4.166664568298827e-2f) *
			    z * z -
		    0.5f * z + 1.0f;
		memcpy(&turn, &t, sizeof turn);
		float even_c = turn & 1 ? s : c, even_s = turn & 1 ? c : s;

		memcpy(&bits, &even_c, sizeof bits);
		bits ^= (turn + 1) << 30 & 0x80000000u;
		memcpy(&cosine[i], &bits, sizeof bits);
		memcpy(&bits, &even_s, sizeof bits);
		bits ^= turn << 30 & 0x80000000u;
		memcpy(&sine[i], &bits, sizeof bits);
	}
}
SIMD_LEVELS(fourier,
	    (float *restrict cosine, float *restrict sine, const float *restrict x, size_t n),
	    (cosine, sine, x, n))

void fourier_run(uint32_t features, float *y, const float *x, size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r++, x += n, y += 2 * n)
		SIMD_CALL(features, fourier, (y, y + n, x, n));
}
