/* Rows of a matrix against a vector.
 * SPDX-License-Identifier: MIT */
#include "model/linear/design.h"

#include "num/cpu.h"
#include "num/simd.h"

#define LINE_BYTES 64

Design design_of_rows(const Rows *rows)
{
	const Dataset *set = rows->set;

	return (Design){ .form = set->form,
			 .rows = rows->count,
			 .features = set->features,
			 .bytes = set->bytes,
			 .floats = set->floats,
			 .sparse = &set->sparse,
			 .scale = set->form == DATASET_BYTES ? set->byte_scale : 1,
			 .index = rows->index,
			 .first = rows->first,
			 .cpu = cpu_features() };
}

Design design_of_floats(const float *x, size_t rows, size_t features)
{
	return (Design){ .form = DATASET_FLOATS,
			 .rows = rows,
			 .features = features,
			 .floats = x,
			 .scale = 1,
			 .cpu = cpu_features() };
}

/* --- plain ------------------------------------------------------------------------------------ */

static float bytes_dot(const uint8_t *x, const float *w, size_t n)
{
	float sum = 0;

	for (size_t j = 0; j < n; j++)
		sum += w[j] * (float)x[j];
	return sum;
}

static void bytes_add(const uint8_t *x, float step, float *w, size_t n)
{
	for (size_t j = 0; j < n; j++)
		w[j] += step * (float)x[j];
}

static float floats_dot(const float *x, const float *w, size_t n)
{
	float sum = 0;

	for (size_t j = 0; j < n; j++)
		sum += w[j] * x[j];
	return sum;
}

static void floats_add(const float *x, float step, float *w, size_t n)
{
	for (size_t j = 0; j < n; j++)
		w[j] += step * x[j];
}

#if SIMD_X86

/* --- AVX2 ------------------------------------------------------------------------------------- */

SIMD_INLINE SIMD_AVX2 __m256 bytes_load8(const uint8_t *x)
{
	return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)x)));
}

SIMD_INLINE SIMD_AVX2 float sum8(__m256 a, __m256 b, __m256 c, __m256 d)
{
	float lane[8], sum = 0;

	_mm256_storeu_ps(lane, _mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d)));
	for (size_t j = 0; j < 8; j++)
		sum += lane[j];
	return sum;
}

static SIMD_AVX2 float bytes_dot_avx2(const uint8_t *x, const float *w, size_t n)
{
	__m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
	size_t j = 0;

	for (; j + 32 <= n; j += 32) {
		a = _mm256_fmadd_ps(bytes_load8(x + j), _mm256_loadu_ps(w + j), a);
		b = _mm256_fmadd_ps(bytes_load8(x + j + 8), _mm256_loadu_ps(w + j + 8), b);
		c = _mm256_fmadd_ps(bytes_load8(x + j + 16), _mm256_loadu_ps(w + j + 16), c);
		d = _mm256_fmadd_ps(bytes_load8(x + j + 24), _mm256_loadu_ps(w + j + 24), d);
	}
	return sum8(a, b, c, d) + bytes_dot(x + j, w + j, n - j);
}

static SIMD_AVX2 void bytes_add_avx2(const uint8_t *x, float step, float *w, size_t n)
{
	__m256 by = _mm256_set1_ps(step);
	size_t j = 0;

	for (; j + 8 <= n; j += 8)
		_mm256_storeu_ps(w + j,
				 _mm256_fmadd_ps(by, bytes_load8(x + j), _mm256_loadu_ps(w + j)));
	bytes_add(x + j, step, w + j, n - j);
}

static SIMD_AVX2 float floats_dot_avx2(const float *x, const float *w, size_t n)
{
	__m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
	size_t j = 0;

	for (; j + 32 <= n; j += 32) {
		a = _mm256_fmadd_ps(_mm256_loadu_ps(x + j), _mm256_loadu_ps(w + j), a);
		b = _mm256_fmadd_ps(_mm256_loadu_ps(x + j + 8), _mm256_loadu_ps(w + j + 8), b);
		c = _mm256_fmadd_ps(_mm256_loadu_ps(x + j + 16), _mm256_loadu_ps(w + j + 16), c);
		d = _mm256_fmadd_ps(_mm256_loadu_ps(x + j + 24), _mm256_loadu_ps(w + j + 24), d);
	}
	return sum8(a, b, c, d) + floats_dot(x + j, w + j, n - j);
}

static SIMD_AVX2 void floats_add_avx2(const float *x, float step, float *w, size_t n)
{
	__m256 by = _mm256_set1_ps(step);
	size_t j = 0;

	for (; j + 8 <= n; j += 8)
		_mm256_storeu_ps(w + j, _mm256_fmadd_ps(by, _mm256_loadu_ps(x + j),
							_mm256_loadu_ps(w + j)));
	floats_add(x + j, step, w + j, n - j);
}

/* --- AVX-512 ---------------------------------------------------------------------------------- */

SIMD_INLINE SIMD_AVX512 __m512 bytes_load16(const uint8_t *x)
{
	return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)x)));
}

SIMD_INLINE SIMD_AVX512 __mmask16 mask_of(size_t left)
{
	return (__mmask16)(left < 16 ? (1u << left) - 1 : 0xffffu);
}

SIMD_INLINE SIMD_AVX512 __m512 bytes_load(const uint8_t *x, __mmask16 mask)
{
	return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, x)));
}

static SIMD_AVX512 float bytes_dot_avx512(const uint8_t *x, const float *w, size_t n)
{
	__m512 a = _mm512_setzero_ps(), b = a, c = a, d = a;
	size_t j = 0;

	for (; j + 64 <= n; j += 64) {
		a = _mm512_fmadd_ps(bytes_load16(x + j), _mm512_loadu_ps(w + j), a);
		b = _mm512_fmadd_ps(bytes_load16(x + j + 16), _mm512_loadu_ps(w + j + 16), b);
		c = _mm512_fmadd_ps(bytes_load16(x + j + 32), _mm512_loadu_ps(w + j + 32), c);
		d = _mm512_fmadd_ps(bytes_load16(x + j + 48), _mm512_loadu_ps(w + j + 48), d);
	}
	for (; j < n; j += 16) {
		__mmask16 mask = mask_of(n - j);

		a = _mm512_fmadd_ps(bytes_load(x + j, mask), _mm512_maskz_loadu_ps(mask, w + j), a);
	}
	return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(a, b), _mm512_add_ps(c, d)));
}

static SIMD_AVX512 void bytes_add_avx512(const uint8_t *x, float step, float *w, size_t n)
{
	__m512 by = _mm512_set1_ps(step);
	size_t j = 0;

	for (; j + 16 <= n; j += 16)
		_mm512_storeu_ps(w + j,
				 _mm512_fmadd_ps(by, bytes_load16(x + j), _mm512_loadu_ps(w + j)));
	if (j < n) {
		__mmask16 mask = mask_of(n - j);

		_mm512_mask_storeu_ps(w + j, mask,
				      _mm512_fmadd_ps(by, bytes_load(x + j, mask),
						      _mm512_maskz_loadu_ps(mask, w + j)));
	}
}

static SIMD_AVX512 float floats_dot_avx512(const float *x, const float *w, size_t n)
{
	__m512 a = _mm512_setzero_ps(), b = a, c = a, d = a;
	size_t j = 0;

	for (; j + 64 <= n; j += 64) {
		a = _mm512_fmadd_ps(_mm512_loadu_ps(x + j), _mm512_loadu_ps(w + j), a);
		b = _mm512_fmadd_ps(_mm512_loadu_ps(x + j + 16), _mm512_loadu_ps(w + j + 16), b);
		c = _mm512_fmadd_ps(_mm512_loadu_ps(x + j + 32), _mm512_loadu_ps(w + j + 32), c);
		d = _mm512_fmadd_ps(_mm512_loadu_ps(x + j + 48), _mm512_loadu_ps(w + j + 48), d);
	}
	for (; j < n; j += 16) {
		__mmask16 mask = mask_of(n - j);

		a = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, x + j),
				    _mm512_maskz_loadu_ps(mask, w + j), a);
	}
	return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(a, b), _mm512_add_ps(c, d)));
}

static SIMD_AVX512 void floats_add_avx512(const float *x, float step, float *w, size_t n)
{
	__m512 by = _mm512_set1_ps(step);

	for (size_t j = 0; j < n; j += 16) {
		__mmask16 mask = mask_of(n - j);

		_mm512_mask_storeu_ps(w + j, mask,
				      _mm512_fmadd_ps(by, _mm512_maskz_loadu_ps(mask, x + j),
						      _mm512_maskz_loadu_ps(mask, w + j)));
	}
}

#endif

/* --- by level --------------------------------------------------------------------------------- */

#if SIMD_X86
#define BY_LEVEL(name, args)                       \
	do {                                       \
		if (cpu & CPU_AVX512)              \
			return name##_avx512 args; \
		if (cpu & CPU_AVX2)                \
			return name##_avx2 args;   \
		return name args;                  \
	} while (0)
#else
#define BY_LEVEL(name, args)      \
	do {                      \
		(void)cpu;        \
		return name args; \
	} while (0)
#endif

static float any_bytes_dot(uint32_t cpu, const uint8_t *x, const float *w, size_t n)
{
	BY_LEVEL(bytes_dot, (x, w, n));
}

static float any_floats_dot(uint32_t cpu, const float *x, const float *w, size_t n)
{
	BY_LEVEL(floats_dot, (x, w, n));
}

static void any_bytes_add(uint32_t cpu, const uint8_t *x, float step, float *w, size_t n)
{
	BY_LEVEL(bytes_add, (x, step, w, n));
}

static void any_floats_add(uint32_t cpu, const float *x, float step, float *w, size_t n)
{
	BY_LEVEL(floats_add, (x, step, w, n));
}

/* --- rows ------------------------------------------------------------------------------------- */

static SparseRow sparse_row(const Design *d, size_t row)
{
	uint64_t begin = d->sparse->begin[row];

	return (SparseRow){ (size_t)(d->sparse->begin[row + 1] - begin), d->sparse->column + begin,
			    d->sparse->value + begin };
}

static float sparse_dot(SparseRow row, const float *w)
{
	float even = 0, odd = 0;
	size_t k = 0;

	for (; k + 2 <= row.count; k += 2) {
		even += row.value[k] * w[row.column[k]];
		odd += row.value[k + 1] * w[row.column[k + 1]];
	}
	if (k < row.count)
		even += row.value[k] * w[row.column[k]];
	return even + odd;
}

float design_dot(const Design *d, size_t i, const float *w)
{
	size_t row = design_at(d, i);

	if (d->form == DATASET_BYTES)
		return d->scale *
		       any_bytes_dot(d->cpu, d->bytes + row * d->features, w, d->features);
	if (d->form == DATASET_FLOATS)
		return any_floats_dot(d->cpu, d->floats + row * d->features, w, d->features);
	return sparse_dot(sparse_row(d, row), w);
}

void design_add(const Design *d, size_t i, float step, float *w)
{
	size_t row = design_at(d, i);

	if (d->form == DATASET_BYTES) {
		any_bytes_add(d->cpu, d->bytes + row * d->features, step * d->scale, w,
			      d->features);
		return;
	}
	if (d->form == DATASET_FLOATS) {
		any_floats_add(d->cpu, d->floats + row * d->features, step, w, d->features);
		return;
	}
	SparseRow sparse = sparse_row(d, row);

	for (size_t k = 0; k < sparse.count; k++)
		w[sparse.column[k]] += step * sparse.value[k];
}

static uint64_t bytes_square(const uint8_t *x, size_t n)
{
	uint64_t sum = 0;

	for (size_t j = 0; j < n; j++)
		sum += (uint64_t)x[j] * x[j];
	return sum;
}

double design_square(const Design *d, size_t i)
{
	size_t row = design_at(d, i);

	if (d->form == DATASET_BYTES)
		return (double)bytes_square(d->bytes + row * d->features, d->features) *
		       (double)d->scale * (double)d->scale;
	if (d->form == DATASET_FLOATS) {
		const float *x = d->floats + row * d->features;

		return (double)any_floats_dot(d->cpu, x, x, d->features);
	}
	SparseRow sparse = sparse_row(d, row);
	double sum = 0;

	for (size_t k = 0; k < sparse.count; k++)
		sum += (double)sparse.value[k] * (double)sparse.value[k];
	return sum;
}

void design_fetch(const Design *d, size_t i)
{
	size_t row = design_at(d, i), bytes = d->features;
	const uint8_t *at = d->bytes + row * bytes;

	if (d->form == DATASET_SPARSE)
		return;
	if (d->form == DATASET_FLOATS) {
		at = (const uint8_t *)(d->floats + row * d->features);
		bytes *= sizeof(float);
	}
	for (size_t j = 0; j < bytes; j += LINE_BYTES)
		__builtin_prefetch(at + j, 0, 2);
}
