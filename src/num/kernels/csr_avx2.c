/* Sparse f32 weights, AVX2: 32 columns of the batch (4 registers, two sums each) for each output.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/csr.h"
#include "num/simd.h"

#if SIMD_X86

/* As in the AVX-512 kernel: sums a and b take the even and the odd weights. */
#define ADD(part, sum)      \
	if (vectors > part) \
		sum##part = _mm256_fmadd_ps(w, _mm256_loadu_ps(from + 8 * part), sum##part);
#define WEIGHT(sum, p)                                          \
	do {                                                    \
		const float *from = x + index[p] * x_ld;        \
		__m256 w = _mm256_set1_ps(value[p]);            \
                                                                \
		ADD(0, sum) ADD(1, sum) ADD(2, sum) ADD(3, sum) \
	} while (0)
#define BEGIN(part)                           \
	__m256 b##part = _mm256_setzero_ps(); \
	__m256 a##part = block && vectors > part ? _mm256_loadu_ps(y + 8 * part) : bias;
#define STORE(part)         \
	if (vectors > part) \
		_mm256_storeu_ps(y + 8 * part, _mm256_max_ps(low, _mm256_add_ps(a##part, b##part)));

/* Adds one block of inputs to one output, for 8·vectors columns; vectors is a constant, 2 or 4.
 * The order of the sum is the same for both. */
SIMD_INLINE SIMD_AVX2 void csr_avx2_output(const Csr *csr, size_t block, size_t o, const float *x,
					   size_t x_ld, float *y, int vectors)
{
	const uint16_t *index = csr->index;
	const float *value = csr->value;
	uint32_t p = csr->first[block * csr->out + o], end = csr->first[block * csr->out + o + 1];
	bool relu = csr->relu && block == csr->blocks - 1;
	__m256 low = _mm256_set1_ps(relu ? 0.0f : -__builtin_inff()); /* max(low, NaN) is NaN */
	__m256 bias = _mm256_set1_ps(csr->bias[o]);
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

static SIMD_AVX2 void csr_avx2_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
				   size_t y_ld, size_t rows, void *scratch)
{
	const Csr *csr = packed->data;
	const float *from = x;
	float *to = y;
	size_t r = 0;

	(void)scratch;
	for (; r + 16 < rows; r += 32)
		for (size_t block = 0; block < csr->blocks; block++)
			for (size_t o = 0; o < csr->out; o++)
				csr_avx2_output(csr, block, o, from + r, x_ld, to + o * y_ld + r,
						4);
	for (; r < rows; r += 16)
		for (size_t block = 0; block < csr->blocks; block++)
			for (size_t o = 0; o < csr->out; o++)
				csr_avx2_output(csr, block, o, from + r, x_ld, to + o * y_ld + r,
						2);
}

#else
#define csr_avx2_run NULL
#endif

const Kernel kernel_csr_avx2 = {
	.info = {
		.name = "csr-avx2",
		.title = "sparse f32, AVX2",
		.about = "Multiplies only weights that are not 0, for 32 rows at a time.",
	},
	.form = KERNEL_CSR,
	.needs = SIMD_X86 ? CPU_AVX2 : CPU_NEVER,
	.pack = csr_pack,
	.run = csr_avx2_run,
};
