/* Sums of features by class.
 * SPDX-License-Identifier: MIT */
#include "model/linear/sums.h"

#include <string.h>

#include "num/simd.h"

#define GRAIN 64
/* A square of a byte is at most 65,025: so many fit into 32 bits. */
#define WHOLE_ROWS 65536
#define STEP_ROWS 4096

struct SumsWork {
	const LinearFit *fit;
	Sums *sums;
	SumsOf of;
	double threshold;
	uint32_t *whole, *whole_square; /* (classes, features) of bytes */
	size_t since;                   /* rows in these */
	size_t begin, end;              /* rows in work */
	bool centring;                  /* floats: the first pass */
	size_t pieces;                  /* that came; the first gave the centre */
};

/* --- bytes ------------------------------------------------------------------------------------ */

static void bytes_sum(const uint8_t *x, uint32_t *sum, size_t n)
{
	for (size_t j = 0; j < n; j++)
		sum[j] += x[j];
}

static void bytes_square(const uint8_t *x, uint32_t *sum, uint32_t *square, size_t n)
{
	for (size_t j = 0; j < n; j++) {
		sum[j] += x[j];
		square[j] += (uint32_t)x[j] * x[j];
	}
}

static void bytes_above(const uint8_t *x, uint32_t *sum, size_t n, int most)
{
	for (size_t j = 0; j < n; j++)
		sum[j] += x[j] > most;
}

#if SIMD_X86
static SIMD_AVX2 void bytes_sum_avx2(const uint8_t *x, uint32_t *sum, size_t n)
{
	size_t j = 0;

	for (; j + 8 <= n; j += 8) {
		__m256i *to = (__m256i *)(sum + j);
		__m256i v = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(x + j)));

		_mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), v));
	}
	bytes_sum(x + j, sum + j, n - j);
}

static SIMD_AVX2 void bytes_square_avx2(const uint8_t *x, uint32_t *sum, uint32_t *square, size_t n)
{
	size_t j = 0;

	for (; j + 8 <= n; j += 8) {
		__m256i *to = (__m256i *)(sum + j), *too = (__m256i *)(square + j);
		__m256i v = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(x + j)));

		_mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), v));
		_mm256_storeu_si256(too, _mm256_add_epi32(_mm256_loadu_si256(too),
							  _mm256_madd_epi16(v, v)));
	}
	bytes_square(x + j, sum + j, square + j, n - j);
}

static SIMD_AVX512 void bytes_square_avx512(const uint8_t *x, uint32_t *sum, uint32_t *square,
					    size_t n)
{
	size_t j = 0;

	for (; j + 16 <= n; j += 16) {
		__m512i v = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(x + j)));

		_mm512_storeu_si512(sum + j, _mm512_add_epi32(_mm512_loadu_si512(sum + j), v));
		_mm512_storeu_si512(square + j, _mm512_add_epi32(_mm512_loadu_si512(square + j),
								 _mm512_madd_epi16(v, v)));
	}
	bytes_square(x + j, sum + j, square + j, n - j);
}
#endif

static void any_bytes_sum(uint32_t cpu, const uint8_t *x, uint32_t *sum, size_t n)
{
#if SIMD_X86
	if (cpu & CPU_AVX2) {
		bytes_sum_avx2(x, sum, n);
		return;
	}
#endif
	(void)cpu;
	bytes_sum(x, sum, n);
}

static void any_bytes_square(uint32_t cpu, const uint8_t *x, uint32_t *sum, uint32_t *square,
			     size_t n)
{
#if SIMD_X86
	if (cpu & CPU_AVX512) {
		bytes_square_avx512(x, sum, square, n);
		return;
	}
	if (cpu & CPU_AVX2) {
		bytes_square_avx2(x, sum, square, n);
		return;
	}
#endif
	(void)cpu;
	bytes_square(x, sum, square, n);
}

/* The largest byte that is not above the threshold; −1: all are. */
static int byte_below(double threshold, double scale)
{
	int most = -1;

	while (most < 255 && (double)(float)(scale * (most + 1)) <= threshold)
		most++;
	return most;
}

static void part_bytes(const SumsWork *w, size_t first, size_t n)
{
	const Dataset *set = w->fit->rows->set;
	int most = byte_below(w->threshold, (double)set->byte_scale);

	for (size_t i = w->begin; i < w->end; i++) {
		size_t row = rows_at(w->fit->rows, i),
		       at = set->labels[row] * set->features + first;
		const uint8_t *x = set->bytes + row * set->features + first;

		if (w->of == SUMS_SQUARES)
			any_bytes_square(w->fit->cpu, x, w->whole + at, w->whole_square + at, n);
		else if (w->of == SUMS_VALUES)
			any_bytes_sum(w->fit->cpu, x, w->whole + at, n);
		else
			bytes_above(x, w->whole + at, n, most);
	}
}

/* 32-bit sums go on in double, in units of features. */
static void sums_carry(SumsWork *w)
{
	Sums *s = w->sums;
	size_t n = s->classes * s->features;
	double scale = w->of == SUMS_ABOVE ? 1 : (double)w->fit->rows->set->byte_scale;

	for (size_t i = 0; i < n; i++)
		s->sum[i] += scale * w->whole[i];
	memset(w->whole, 0, n * sizeof *w->whole);
	w->since = 0;
	if (!s->square)
		return;
	for (size_t i = 0; i < n; i++)
		s->square[i] += scale * scale * w->whole_square[i];
	memset(w->whole_square, 0, n * sizeof *w->whole_square);
}

/* --- floats and sparse rows ------------------------------------------------------------------- */

static void part_floats(const SumsWork *w, size_t first, size_t n)
{
	const Dataset *set = w->fit->rows->set;
	Sums *s = w->sums;

	for (size_t i = w->begin; i < w->end; i++) {
		size_t row = rows_at(w->fit->rows, i),
		       at = set->labels[row] * set->features + first;
		const float *x = set->floats + row * set->features + first;
		double *sum = s->sum + at;

		if (w->centring)
			for (size_t j = 0; j < n; j++)
				s->centre[first + j] += (double)x[j];
		else if (w->of == SUMS_VALUES)
			for (size_t j = 0; j < n; j++)
				sum[j] += (double)x[j];
		else if (w->of == SUMS_ABOVE)
			for (size_t j = 0; j < n; j++)
				sum[j] += (double)x[j] > w->threshold;
		else
			for (size_t j = 0; j < n; j++) {
				double d = (double)x[j] - s->centre[first + j];

				sum[j] += d;
				s->square[at + j] += d * d;
			}
	}
}

static void all_sparse(const SumsWork *w)
{
	const Dataset *set = w->fit->rows->set;

	for (size_t i = w->begin; i < w->end; i++) {
		double *sum = w->sums->sum + rows_label(w->fit->rows, i) * set->features;
		SparseRow row = rows_sparse(w->fit->rows, i);

		for (size_t k = 0; k < row.count; k++) {
			double x = (double)row.value[k];

			sum[row.column[k]] += w->of == SUMS_VALUES ? x : x > w->threshold;
		}
	}
}

static void sums_part(void *user, unsigned part, unsigned parts)
{
	const SumsWork *w = user;
	size_t first, last;

	pool_share(w->sums->features, GRAIN, part, parts, &first, &last);
	if (first == last)
		return;
	if (w->fit->rows->set->form == DATASET_BYTES)
		part_bytes(w, first, last - first);
	else
		part_floats(w, first, last - first);
}

/* --- all rows --------------------------------------------------------------------------------- */

/* Whole sums are carried after as many rows as fit, whatever pieces the rows come in. */
static size_t sums_step(const SumsWork *w)
{
	size_t left = w->fit->rows->count - w->begin, room = WHOLE_ROWS - w->since;
	size_t step = left < STEP_ROWS ? left : STEP_ROWS;

	return step < room ? step : room;
}

static bool sums_rounds(SumsWork *w, Err *err)
{
	size_t rows = w->fit->rows->count, features = w->sums->features;
	DatasetForm form = w->fit->rows->set->form;

	for (w->begin = 0; w->begin < rows; w->begin = w->end) {
		if (!control_poll(w->fit->control, err))
			return false;
		w->end = w->begin + sums_step(w);
		if (form == DATASET_SPARSE)
			all_sparse(w);
		else if (pool_worth(w->fit->pool, (uint64_t)(w->end - w->begin) * features))
			pool_run(w->fit->pool, sums_part, w);
		else
			sums_part(w, 0, 1);
		w->since = form == DATASET_BYTES ? w->since + w->end - w->begin : 0;
		if (w->since == WHOLE_ROWS)
			sums_carry(w);
	}
	return true;
}

/* The mean of these rows. */
static bool sums_centre(SumsWork *w, Err *err)
{
	Sums *s = w->sums;
	const Rows *rows = w->fit->rows;

	if (w->of != SUMS_SQUARES || rows->set->form != DATASET_FLOATS)
		return true;
	w->centring = true;
	if (!sums_rounds(w, err))
		return false;
	for (size_t j = 0; j < s->features; j++) /* as a layer will subtract it */
		s->centre[j] = (double)(float)(s->centre[j] / (double)rows->count);
	w->centring = false;
	return true;
}

/* What a sum does not tell: a number below 0, or, of SUMS_ABOVE, one that is neither 0 nor 1. */
static bool sums_stray(SumsOf of, const float *x, size_t n)
{
	for (size_t j = 0; j < n; j++)
		if (x[j] < 0 || (of == SUMS_ABOVE && (x[j] > 1 || (x[j] > 0 && x[j] < 1))))
			return true;
	return false;
}

static bool bytes_stray(const uint8_t *x, size_t n)
{
	for (size_t j = 0; j < n; j++)
		if (x[j] > 1)
			return true;
	return false;
}

/* Each number is looked at, until one is found. */
static bool sums_find_stray(const Rows *rows, SumsOf of)
{
	const Dataset *set = rows->set;
	size_t n = set->features;

	if (set->form == DATASET_BYTES && (of == SUMS_VALUES || set->byte_scale != 1.0f))
		return of == SUMS_ABOVE;
	for (size_t i = 0; i < rows->count; i++) {
		size_t row = rows_at(rows, i);
		SparseRow sparse;
		bool stray;

		if (set->form == DATASET_BYTES) {
			stray = bytes_stray(set->bytes + row * n, n);
		} else if (set->form == DATASET_FLOATS) {
			stray = sums_stray(of, set->floats + row * n, n);
		} else {
			sparse = rows_sparse(rows, i);
			stray = sums_stray(of, sparse.value, sparse.count);
		}
		if (stray)
			return true;
	}
	return false;
}

SumsWork *sums_begin(const LinearFit *fit, const Dataset *set, SumsOf of, double threshold,
		     Arena *arena, Err *err)
{
	SumsWork *w = arena_take(arena, 1, sizeof *w, err);
	Sums *s = w ? arena_take(arena, 1, sizeof *s, err) : NULL;
	size_t n = set->classes * set->features;

	if (!s)
		return NULL;
	*w = (SumsWork){ .fit = fit, .sums = s, .of = of, .threshold = threshold };
	*s = (Sums){ .classes = set->classes, .features = set->features };
	s->rows = arena_take(arena, s->classes, sizeof(double), err);
	s->sum = s->rows ? arena_take(arena, n, sizeof(double), err) : NULL;
	s->centre = s->sum ? arena_take(arena, s->features, sizeof(double), err) : NULL;
	if (!s->centre)
		return NULL;
	if (of == SUMS_SQUARES) {
		s->square = arena_take(arena, n, sizeof(double), err);
		if (!s->square)
			return NULL;
	}
	if (set->form == DATASET_BYTES) {
		w->whole = arena_take(arena, n, sizeof(uint32_t), err);
		w->whole_square = w->whole ? arena_take(arena, n, sizeof(uint32_t), err) : NULL;
		if (!w->whole_square)
			return NULL;
	}
	return w;
}

bool sums_add(SumsWork *w, Err *err)
{
	Sums *s = w->sums;
	const Rows *rows = w->fit->rows;

	for (size_t i = 0; i < rows->count; i++)
		s->rows[rows_label(rows, i)]++;
	if (w->of != SUMS_SQUARES && !s->stray)
		s->stray = sums_find_stray(rows, w->of);
	w->pieces++;
	return (w->pieces > 1 || sums_centre(w, err)) && sums_rounds(w, err);
}

/* From the centre that the first rows gave to the mean of all, as Chan, Golub and LeVeque (1983) merge
 * sums of squares. In double the first is far enough from no mean to matter. */
static void sums_recentre(Sums *s)
{
	size_t n = s->features;
	double rows = 0;

	for (size_t c = 0; c < s->classes; c++)
		rows += s->rows[c];
	for (size_t j = 0; j < n; j++) {
		double all = 0, shift;

		for (size_t c = 0; c < s->classes; c++)
			all += s->sum[c * n + j];
		shift = (double)(float)(s->centre[j] + all / rows) - s->centre[j];
		s->centre[j] += shift;
		for (size_t c = 0; c < s->classes; c++) {
			double *sum = s->sum + c * n + j;

			s->square[c * n + j] += shift * (s->rows[c] * shift - 2 * *sum);
			*sum -= s->rows[c] * shift;
		}
	}
}

Sums *sums_end(SumsWork *w)
{
	if (w->since > 0)
		sums_carry(w);
	if (w->pieces > 1 && w->of == SUMS_SQUARES && !w->whole)
		sums_recentre(w->sums);
	return w->sums;
}
