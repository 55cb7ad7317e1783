/* Codes of features: bytes as they are, numbers by rank or by quantile.
 * SPDX-License-Identifier: MIT */
#include "model/trees/table.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "num/simd.h"

#define TABLE_GRAIN 64 /* columns, or rows, of one piece of work between two looks at control */
#define TABLE_RADIX 11 /* bits of a digit */
#define TABLE_DIGITS (1u << TABLE_RADIX)

/* --- bytes ------------------------------------------------------------------------------------ */

#if SIMD_X86
/* 16 rows × 16 bytes. SSE2 is there on every x86-64. */
static void transpose_16(const uint8_t *const *line, size_t at, uint8_t *out, size_t ld)
{
	__m128i a[16], b[16];

	for (int i = 0; i < 16; i++)
		a[i] = _mm_loadu_si128((const __m128i *)(const void *)(line[i] + at));
	for (int pass = 0; pass < 4; pass++) {
		for (int i = 0; i < 8; i++) {
			b[2 * i] = _mm_unpacklo_epi8(a[i], a[i + 8]);
			b[2 * i + 1] = _mm_unpackhi_epi8(a[i], a[i + 8]);
		}
		memcpy(a, b, sizeof a);
	}
	for (int i = 0; i < 16; i++)
		_mm_storeu_si128((__m128i *)(void *)(out + (size_t)i * ld), a[i]);
}
#endif

void trees_transpose(const uint8_t *const *line, size_t n, size_t features, uint8_t *out, size_t ld)
{
	size_t rows = 0;

#if SIMD_X86
	for (; rows + 16 <= n; rows += 16) {
		size_t f = 0;

		for (; f + 16 <= features; f += 16)
			transpose_16(line + rows, f, out + f * ld + rows, ld);
		for (; f < features; f++)
			for (size_t i = rows; i < rows + 16; i++)
				out[f * ld + i] = line[i][f];
	}
#endif
	for (size_t i = rows; i < n; i++)
		for (size_t f = 0; f < features; f++)
			out[f * ld + i] = line[i][f];
}

typedef struct TableWork {
	TreesTable *table;
	unsigned codes_max, exact_max;
	size_t begin, end; /* columns or rows of this round */
	uint64_t *pairs;   /* (threads, 2, count): value and row */
	float *low, *high; /* (features, exact_max) */
} TableWork;

static void table_bytes(void *user, unsigned part, unsigned parts)
{
	const TableWork *work = user;
	const TreesTable *table = work->table;
	size_t begin, end;

	pool_share(work->end - work->begin, TABLE_GRAIN, part, parts, &begin, &end);
	for (begin += work->begin, end += work->begin; begin < end; begin += TABLE_GRAIN) {
		const uint8_t *line[TABLE_GRAIN];
		size_t n = end - begin < TABLE_GRAIN ? end - begin : TABLE_GRAIN;

		for (size_t i = 0; i < n; i++)
			line[i] = trees_line(table, begin + i);
		trees_transpose(line, n, table->features, table->byte + begin, table->ld);
	}
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* Bits whose order as unsigned numbers is that of the values; −0 is 0; what is missing comes
 * last. */
static uint32_t table_key(float value)
{
	uint32_t bits;

	if (isnan(value))
		return UINT32_MAX;
	value += 0.0f;
	memcpy(&bits, &value, sizeof bits);
	return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static float table_value(uint64_t pair)
{
	uint32_t bits = (uint32_t)(pair >> 32);
	float value;

	bits = bits & 0x80000000u ? bits & 0x7fffffffu : ~bits;
	memcpy(&value, &bits, sizeof value);
	return value;
}

static bool table_is_missing(uint64_t pair)
{
	return pair >> 32 == UINT32_MAX;
}

/* By the upper 32 bits, stable; three digits, so that the sorted pairs end in `other`. */
static void table_sort(uint64_t *pairs, uint64_t *other, size_t n)
{
	for (unsigned shift = 32; shift < 64; shift += TABLE_RADIX) {
		size_t begin[TABLE_DIGITS] = { 0 }, sum = 0;
		uint64_t *swap = pairs;

		for (size_t i = 0; i < n; i++)
			begin[pairs[i] >> shift & (TABLE_DIGITS - 1)]++;
		for (size_t d = 0; d < TABLE_DIGITS; d++) {
			size_t count = begin[d];

			begin[d] = sum;
			sum += count;
		}
		for (size_t i = 0; i < n; i++)
			other[begin[pairs[i] >> shift & (TABLE_DIGITS - 1)]++] = pairs[i];
		pairs = other;
		other = swap;
	}
}

static size_t table_distinct(const uint64_t *pairs, size_t n)
{
	size_t distinct = n > 0;

	for (size_t i = 1; i < n; i++)
		distinct += pairs[i] >> 32 != pairs[i - 1] >> 32;
	return distinct;
}

static void table_put(const TreesTable *table, size_t f, uint64_t pair, unsigned code)
{
	size_t at = f * table->ld + (uint32_t)pair;

	if (table->byte)
		table->byte[at] = (uint8_t)code;
	else
		table->word[at] = (uint16_t)code;
}

/* Codes of a column whose pairs are sorted. Equal values share a code; where there are more
 * distinct values than codes, a code is full once it has its share of the rows that are left. */
static void table_code(const TableWork *work, size_t f, const uint64_t *pairs)
{
	TreesTable *table = work->table;
	TreesColumn *column = &table->column[f];
	float *low = work->low + f * work->exact_max, *high = work->high + f * work->exact_max;
	size_t n = table->count, begin = 0;
	unsigned code = 0;

	while (n > 0 && table_is_missing(pairs[n - 1]))
		n--;
	bool each = table_distinct(pairs, n) <= work->exact_max;

	for (size_t i = 0; i < n; i++) {
		bool last = i + 1 == n || pairs[i + 1] >> 32 != pairs[i] >> 32;
		size_t left = n - begin, share = each ? 1 : left / (work->codes_max - code);

		if (i == begin)
			low[code] = table_value(pairs[i]);
		table_put(table, f, pairs[i], code);
		if (last && (each || i + 1 - begin >= share)) {
			high[code++] = table_value(pairs[i]);
			begin = i + 1;
		}
	}
	if (begin < n)
		high[code++] = table_value(pairs[n - 1]);
	*column = (TreesColumn){ .codes = code, .low = low, .high = high };
	for (size_t i = n; i < table->count; i++)
		table_put(table, f, pairs[i], code);
}

static void table_floats(void *user, unsigned part, unsigned parts)
{
	const TableWork *work = user;
	const TreesTable *table = work->table;
	const Dataset *set = table->rows->set;
	uint64_t *pairs = work->pairs + part * 2 * table->count, *sorted = pairs + table->count;
	size_t begin, end;

	pool_share(work->end - work->begin, 1, part, parts, &begin, &end);
	for (size_t f = work->begin + begin; f < work->begin + end; f++) {
		for (size_t i = 0; i < table->count; i++) {
			size_t row = rows_at(table->rows, i);
			uint32_t key = table_key(set->floats[row * table->features + f]);

			pairs[i] = (uint64_t)key << 32 | i;
		}
		table_sort(pairs, sorted, table->count);
		table_code(work, f, sorted);
	}
}

/* --- both ------------------------------------------------------------------------------------- */

float trees_cut(const TreesColumn *column, unsigned left, unsigned right)
{
	float low = column->high[left], high = column->low[right];
	float cut = (float)(((double)low + (double)high) / 2);

	assert(low < high);
	return cut < high ? cut : low;
}

static bool table_each(TableWork *work, size_t n, size_t step, Pool *pool,
		       void (*task)(void *, unsigned, unsigned), Control *control, Err *err)
{
	for (work->begin = 0; work->begin < n; work->begin = work->end) {
		work->end = n - work->begin < step ? n : work->begin + step;
		if (!control_poll(control, err))
			return false;
		pool_run(pool, task, work);
	}
	return true;
}

/* Every byte is a code of its own in every column, so all share one list of values. */
static bool table_of_bytes(TableWork *work, Pool *pool, Arena *arena, Control *control, Err *err)
{
	TreesTable *table = work->table;
	float *value = arena_take(arena, TREES_BYTE_CODES, sizeof *value, err);

	table->byte = arena_take(arena, table->features, table->ld, err);
	if (!value || !table->byte)
		return false;
	for (unsigned i = 0; i < TREES_BYTE_CODES; i++)
		value[i] = (float)i * table->rows->set->byte_scale;
	for (size_t f = 0; f < table->features; f++)
		table->column[f] = (TreesColumn){ TREES_BYTE_CODES, value, value };
	table->most = TREES_BYTE_CODES;
	return table_each(work, table->count, 8192, pool, table_bytes, control, err);
}

/* Words that all are below 256 become bytes, which take less memory and time. */
static bool table_narrow(TreesTable *table, Arena *arena, Err *err)
{
	size_t n = table->features * table->ld;

	if (table->byte || table->most > TREES_BYTE_CODES)
		return true;
	table->byte = arena_take(arena, n, 1, err);
	if (!table->byte)
		return false;
	for (size_t i = 0; i < n; i++)
		table->byte[i] = (uint8_t)table->word[i];
	return true;
}

static bool table_of_floats(TableWork *work, Pool *pool, Arena *arena, Control *control, Err *err)
{
	TreesTable *table = work->table;
	unsigned threads = pool_threads(pool);
	size_t cells = table->features * table->ld;

	if (work->exact_max < TREES_BYTE_CODES)
		table->byte = arena_take(arena, cells, 1, err);
	else
		table->word = arena_take(arena, cells, sizeof *table->word, err);
	if (work->exact_max > table->count)
		work->exact_max = (unsigned)table->count;
	if (work->codes_max > work->exact_max)
		work->codes_max = work->exact_max;
	work->low = arena_take(arena, table->features * work->exact_max, sizeof(float), err);
	work->high = arena_take(arena, table->features * work->exact_max, sizeof(float), err);
	if (!(table->byte || table->word) || !work->low || !work->high)
		return false;
	ArenaMark mark = arena_mark(arena);

	work->pairs = arena_take(arena, 2 * table->count * threads, sizeof *work->pairs, err);
	if (!work->pairs ||
	    !table_each(work, table->features, threads, pool, table_floats, control, err))
		return false;
	arena_rewind(arena, mark);
	for (size_t f = 0; f < table->features; f++) {
		unsigned codes = table->column[f].codes + 1;

		table->most = codes > table->most ? codes : table->most;
	}
	const Dataset *set = table->rows->set;

	for (size_t i = 0; set->missing && i < table->count && !table->missing; i++) {
		const float *x = set->floats + rows_at(table->rows, i) * table->features;

		for (size_t f = 0; f < table->features && !table->missing; f++)
			table->missing = isnan(x[f]);
	}
	return table_narrow(table, arena, err);
}

bool trees_table(TreesTable *out, const Rows *rows, unsigned codes_max, unsigned exact_max,
		 Pool *pool, Arena *arena, Control *control, Err *err)
{
	TableWork work = { .table = out, .codes_max = codes_max, .exact_max = exact_max };

	*out = (TreesTable){ .rows = rows, .count = rows->count, .features = rows->set->features };
	out->ld = (rows->count + 63) / 64 * 64;
	out->column = arena_take(arena, out->features, sizeof *out->column, err);
	if (!out->column)
		return false;
	if (rows->set->form == DATASET_BYTES)
		return table_of_bytes(&work, pool, arena, control, err);
	return table_of_floats(&work, pool, arena, control, err);
}
