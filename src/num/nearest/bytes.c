/* Panels of bytes, and their products by plain code.
 * SPDX-License-Identifier: MIT */
#include "num/nearest/bytes.h"

#include <string.h>

#include "num/nearest/bytes_inside.h"

#define GROUP (4 * BYTES_PANEL) /* bytes of four features of a panel */

/* --- panels ----------------------------------------------------------------------------------- */

void bytes_panel_set(uint8_t *panels, size_t n, size_t row, const uint8_t *x)
{
	uint8_t *at = panels + row / BYTES_PANEL * bytes_panel_size(n) + 4 * (row % BYTES_PANEL);
	size_t i = 0;

	for (; i + 4 <= n; i += 4, at += GROUP)
		memcpy(at, x + i, 4);
	if (i < n) {
		memset(at, 0, 4);
		memcpy(at, x + i, n - i);
	}
}

void bytes_panel_get(const uint8_t *panels, size_t n, size_t row, uint8_t *x)
{
	const uint8_t *at =
		panels + row / BYTES_PANEL * bytes_panel_size(n) + 4 * (row % BYTES_PANEL);

	for (size_t i = 0; i < n; i += 4, at += GROUP)
		memcpy(x + i, at, n - i < 4 ? n - i : 4);
}

void bytes_to_panels(const uint8_t *x, size_t x_ld, size_t count, size_t n, uint8_t *panels)
{
	size_t last = count % BYTES_PANEL;

	if (last)
		memset(panels + count / BYTES_PANEL * bytes_panel_size(n), 0, bytes_panel_size(n));
	for (size_t row = 0; row < count; row++)
		bytes_panel_set(panels, n, row, x + row * x_ld);
}

void bytes_to_signed(const uint8_t *x, size_t n, int8_t *q, size_t q_ld)
{
	SIMD_LOOP
	for (size_t i = 0; i < n; i++)
		q[i] = (int8_t)(x[i] - 128);
	memset(q + n, 0, q_ld - n);
}

/* --- products --------------------------------------------------------------------------------- */

static void bytes_products_scalar(const int8_t *q, size_t q_ld, size_t rows, const uint8_t *panel,
				  size_t n, int32_t *c, size_t c_ld, bool add)
{
	for (size_t row = 0; row < rows; row++, q += q_ld, c += c_ld) {
		const uint8_t *at = panel;

		if (!add)
			memset(c, 0, BYTES_PANEL * sizeof *c);
		for (size_t i = 0; i < n; i += 4, at += GROUP)
			for (size_t r = 0; r < BYTES_PANEL; r++)
				for (size_t j = 0; j < 4; j++)
					c[r] += q[i + j] * at[4 * r + j];
	}
}

void bytes_products(uint32_t features, const int8_t *q, size_t q_ld, size_t rows,
		    const uint8_t *panel, size_t n, int32_t *c, size_t c_ld, bool add)
{
#if SIMD_X86
	if (features & CPU_VNNI) {
		bytes_products_vnni(q, q_ld, rows, panel, n, c, c_ld, add);
		return;
	}
	if (features & CPU_AVX2) {
		bytes_products_avx2(q, q_ld, rows, panel, n, c, c_ld, add);
		return;
	}
#endif
	(void)features;
	bytes_products_scalar(q, q_ld, rows, panel, n, c, c_ld, add);
}

/* --- dot products ----------------------------------------------------------------------------- */

SIMD_INLINE int32_t bytes_dot(const uint8_t *x, const int8_t *q, size_t n)
{
	int32_t sum = 0;

#pragma omp simd reduction(+ : sum)
	for (size_t i = 0; i < n; i++)
		sum += (int16_t)x[i] * (int16_t)q[i];
	return sum;
}

SIMD_INLINE void dots_body(const uint8_t *x, size_t x_ld, size_t rows, const int8_t *q, size_t q_ld,
			   size_t count, size_t n, int32_t *c)
{
	for (size_t i = 0; i < count; i++, q += q_ld)
		for (size_t row = 0; row < rows; row++)
			*c++ = bytes_dot(x + row * x_ld, q, n);
}
SIMD_LEVELS(dots,
	    (const uint8_t *x, size_t x_ld, size_t rows, const int8_t *q, size_t q_ld, size_t count,
	     size_t n, int32_t *c),
	    (x, x_ld, rows, q, q_ld, count, n, c))

void bytes_dots(uint32_t features, const uint8_t *x, size_t x_ld, size_t rows, const int8_t *q,
		size_t q_ld, size_t count, size_t n, int32_t *c)
{
#if SIMD_X86
	if (features & CPU_VNNI) {
		bytes_dots_vnni(x, x_ld, rows, q, q_ld, count, n, c);
		return;
	}
#endif
	SIMD_CALL(features, dots, (x, x_ld, rows, q, q_ld, count, n, c));
}

SIMD_INLINE void dots_of_body(const int8_t *q, const uint8_t *x, size_t x_ld, const uint32_t *row,
			      size_t count, size_t n, int32_t *c)
{
	for (size_t i = 0; i < count; i++)
		c[i] = bytes_dot(x + row[i] * x_ld, q, n);
}
SIMD_LEVELS(dots_of,
	    (const int8_t *q, const uint8_t *x, size_t x_ld, const uint32_t *row, size_t count,
	     size_t n, int32_t *c),
	    (q, x, x_ld, row, count, n, c))

void bytes_dots_of(uint32_t features, const int8_t *q, const uint8_t *x, size_t x_ld,
		   const uint32_t *row, size_t count, size_t n, int32_t *c)
{
#if SIMD_X86
	if (features & CPU_VNNI) {
		bytes_dots_of_vnni(q, x, x_ld, row, count, n, c);
		return;
	}
#endif
	SIMD_CALL(features, dots_of, (q, x, x_ld, row, count, n, c));
}

SIMD_INLINE void sums_body(const uint8_t *x, size_t n, int32_t *sum, int32_t *squares)
{
	int32_t a = 0, b = 0;

#pragma omp simd reduction(+ : a, b)
	for (size_t i = 0; i < n; i++) {
		a += x[i];
		b += (int16_t)x[i] * (int16_t)x[i];
	}
	*sum = a;
	*squares = b;
}
SIMD_LEVELS(sums, (const uint8_t *x, size_t n, int32_t *sum, int32_t *squares),
	    (x, n, sum, squares))

void bytes_sums(uint32_t features, const uint8_t *x, size_t n, int32_t *sum, int32_t *squares)
{
	SIMD_CALL(features, sums, (x, n, sum, squares));
}
