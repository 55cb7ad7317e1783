/* Sparse f32 weights, AVX-512: 64 columns of the batch (4 registers) for each output.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/csr.h"
#include "num/simd.h"

#if SIMD_X86

/* Each register part of a block has two sums a and b, for the even and the odd weights, so that
 * the additions of a narrow block need not wait for each other. */
#define ADD(part, sum)      \
	if (vectors > part) \
		sum##part = _mm512_fmadd_ps(w, _mm512_loadu_ps(from + 16 * part), sum##part);
#define WEIGHT(sum, p)                                          \
	do {                                                    \
		const float *from = x + index[p] * x_ld;        \
		__m512 w = _mm512_set1_ps(value[p]);            \
                                                                \
		ADD(0, sum) ADD(1, sum) ADD(2, sum) ADD(3, sum) \
	} while (0)
#define BEGIN(part)                           \
	__m512 b##part = _mm512_setzero_ps(); \
	__m512 a##part = block && vectors > part ? _mm512_loadu_ps(y + 16 * part) : bias;
#define STORE(part)                             \
	if (vectors > part)                     \
		_mm512_storeu_ps(y + 16 * part, \
				 _mm512_max_ps(low, _mm512_add_ps(a##part, b##part)));

/* Adds one block of inputs to one output, for 16·vectors columns; vectors is a constant 1 … 4.
 * The order of the sum is the same for every width, so that a column's result does not depend on
 * its neighbours. */
SIMD_INLINE SIMD_AVX512 void csr_avx512_output(const Csr *csr, size_t block, size_t o,
					       const float *x, size_t x_ld, float *y, int vectors)
{
	const uint16_t *index = csr->index;
	const float *value = csr->value;
	uint32_t p = csr->first[block * csr->out + o], end = csr->first[block * csr->out + o + 1];
	bool relu = csr->relu && block == csr->blocks - 1;
	__m512 low = _mm512_set1_ps(relu ? 0.0f : -__builtin_inff()); /* max(low, NaN) is NaN */
	__m512 bias = _mm512_set1_ps(csr->bias[o]);
	BEGIN(0)
	BEGIN(1)
	BEGIN(2)
	BEGIN(3)

	for (; end - p >= 2; p += 2) {
		WEIGHT(a, p);
		WEIGHT(b, p + 1);
	}
	if (p < end)
		WEIGHT(a, p);
	STORE(0) STORE(1) STORE(2) STORE(3)
}

#define COLUMNS(vectors)                                                                          \
	static SIMD_AVX512 void csr_avx512_columns##vectors(const Csr *csr, const float *x,       \
							    size_t x_ld, float *y, size_t y_ld)   \
	{                                                                                         \
		for (size_t block = 0; block < csr->blocks; block++)                              \
			for (size_t o = 0; o < csr->out; o++)                                     \
				csr_avx512_output(csr, block, o, x, x_ld, y + o * y_ld, vectors); \
	}
COLUMNS(1)
COLUMNS(2)
COLUMNS(3)
COLUMNS(4)

static void csr_avx512_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			   size_t y_ld, size_t rows, void *scratch)
{
	const Csr *csr = packed->data;
	const float *from = x;
	float *to = y;
	size_t r = 0;

	(void)scratch;
	for (; r + 64 <= rows; r += 64)
		csr_avx512_columns4(csr, from + r, x_ld, to + r, y_ld);
	switch ((rows - r + 15) / 16) {
	case 1:
		csr_avx512_columns1(csr, from + r, x_ld, to + r, y_ld);
		break;
	case 2:
		csr_avx512_columns2(csr, from + r, x_ld, to + r, y_ld);
		break;
	case 3:
		csr_avx512_columns3(csr, from + r, x_ld, to + r, y_ld);
		break;
	case 4:
		csr_avx512_columns4(csr, from + r, x_ld, to + r, y_ld);
		break;
	default:
		break;
	}
}

#else
#define csr_avx512_run NULL
#endif

const Kernel kernel_csr_avx512 = {
	.info = {
		.name = "csr-avx512",
		.title = "sparse f32, AVX-512",
		.about = "Multiplies only weights that are not 0, for 64 rows at a time.",
	},
	.form = KERNEL_CSR,
	.needs = SIMD_X86 ? CPU_AVX512 : CPU_NEVER,
	.pack = csr_pack,
	.run = csr_avx512_run,
};
