/* Histograms of gradients: summing rows, and the best split of a pack.
 * SPDX-License-Identifier: MIT */
#include "model/trees/hist.h"

#include <string.h>

#include "num/simd.h"

#define HIST_CHUNK 1024 /* rows whose lines stay in the second-level cache */
#define HIST_ROWS 4096  /* that become lines between two looks at control */
#define HIST_AHEAD 12   /* rows from where they are used to where they are fetched */

/* --- lines ------------------------------------------------------------------------------------ */

/* Rows of one round of threads. */
typedef struct HistFill {
	const HistLines *lines;
	size_t begin, end;
} HistFill;

static void hist_fill(void *user, unsigned part, unsigned parts)
{
	const HistFill *fill = user;
	const TreesTable *table = fill->lines->table;
	size_t begin, end;

	pool_share(fill->end - fill->begin, HIST_BLOCK, part, parts, &begin, &end);
	begin += fill->begin;
	end += fill->begin;
	for (size_t f = 0; f < table->features; f++) {
		const uint8_t *code = table->byte + f * table->ld;
		uint8_t *to = fill->lines->line + f / HIST_BLOCK * table->count * HIST_BLOCK +
			      f % HIST_BLOCK;

		for (size_t i = begin; i < end; i++)
			to[i * HIST_BLOCK] = code[i];
	}
}

bool hist_lines(HistLines *out, const TreesTable *table, Pool *pool, Arena *arena, Control *control,
		Err *err)
{
	size_t blocks = (table->features + HIST_BLOCK - 1) / HIST_BLOCK;
	HistFill fill = { .lines = out };

	*out = (HistLines){ .table = table };
	out->packs = (table->features + HIST_PACK - 1) / HIST_PACK;
	out->line = arena_take(arena, blocks * table->count, HIST_BLOCK, err);
	if (!out->line)
		return false;
	for (; fill.begin < table->count; fill.begin = fill.end) {
		size_t left = table->count - fill.begin;

		fill.end = fill.begin + (left < HIST_ROWS ? left : HIST_ROWS);
		if (!control_poll(control, err))
			return false;
		pool_run(pool, hist_fill, &fill);
	}
	return true;
}

/* --- summing ---------------------------------------------------------------------------------- */

/* One row: its eight codes are one number, and each selects the line of eight sums to which it
 * adds in its own place. */
SIMD_INLINE void hist_add(uint64_t *hist, uint64_t codes, uint64_t number)
{
	hist[(codes << 3 & 0x7f8) + 0] += number;
	hist[(codes >> 5 & 0x7f8) + 1] += number;
	hist[(codes >> 13 & 0x7f8) + 2] += number;
	hist[(codes >> 21 & 0x7f8) + 3] += number;
	hist[(codes >> 29 & 0x7f8) + 4] += number;
	hist[(codes >> 37 & 0x7f8) + 5] += number;
	hist[(codes >> 45 & 0x7f8) + 6] += number;
	hist[(codes >> 53 & 0x7f8) + 7] += number;
}

static void hist_chunk(const uint8_t *line, const uint32_t *row, const uint64_t *number, size_t n,
		       uint64_t *hist, bool fetch)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t codes;

		if (fetch && i + HIST_AHEAD < n)
			__builtin_prefetch(line + (size_t)row[i + HIST_AHEAD] * HIST_BLOCK);
		memcpy(&codes, line + (size_t)row[i] * HIST_BLOCK, sizeof codes);
		hist_add(hist, codes, number[i]);
	}
}

void hist_sum(const HistLines *lines, size_t first, size_t end, const uint32_t *row,
	      const uint64_t *number, size_t n, uint64_t *hist)
{
	const size_t each = HIST_BLOCK / HIST_PACK;

	memset(hist + first * HIST_SIZE, 0, (end - first) * HIST_SIZE * sizeof *hist);
	for (size_t at = first; at < end;) {
		size_t block = at / each,
		       last = (block + 1) * each < end ? (block + 1) * each : end;
		const uint8_t *line = lines->line + block * lines->table->count * HIST_BLOCK;

		for (size_t i = 0; i < n; i += HIST_CHUNK) {
			size_t rows = n - i < HIST_CHUNK ? n - i : HIST_CHUNK;

			for (size_t pack = at; pack < last; pack++)
				hist_chunk(line + pack % each * HIST_PACK, row + i, number + i,
					   rows, hist + pack * HIST_SIZE, pack == at);
		}
		at = last;
	}
}

/* --- best splits ------------------------------------------------------------------------------ */

/* What is known of the eight features of a pack while their codes are walked. The operations
 * are the same at every level, and so are the bits. */
typedef struct HistWalk {
	uint64_t left[HIST_PACK]; /* sums up to the code */
	uint64_t missing[HIST_PACK];
	float score[HIST_PACK];
	int32_t code[HIST_PACK]; /* + HIST_SIZE: what is missing goes left */
} HistWalk;

/* Scores of the splits behind a code; left are sums, one for each feature. */
static void hist_try(HistWalk *walk, const HistNode *node, const uint64_t *left, int32_t code)
{
	const float gradient = (float)hist_gradient(node->sum);
	const float hessian = (float)hist_hessian(node->sum);

	for (int f = 0; f < HIST_PACK; f++) {
		float g = (float)(int32_t)(left[f] >> 32), h = (float)(int32_t)(uint32_t)left[f];
		float rest = gradient - g, other = hessian - h;
		float a = h + node->l2, b = other + node->l2;
		float score = (g * g * b + rest * rest * a) / (a * b);
		bool better =
			(h >= node->least) & (other >= node->least) & (score > walk->score[f]);

		walk->score[f] = better ? score : walk->score[f];
		walk->code[f] = better ? code : walk->code[f];
	}
}

/* What is missing has the code behind the last. */
static void hist_begin(HistWalk *walk, const HistLines *lines, size_t pack, uint64_t *hist,
		       const uint64_t *less)
{
	const TreesTable *table = lines->table;

	*walk = (HistWalk){ .code = { 0 } };
	for (size_t f = 0; f < HIST_PACK; f++)
		walk->score[f] = -1;
	for (size_t f = 0; table->missing && f < HIST_PACK; f++) {
		size_t feature = pack * HIST_PACK + f;

		if (feature >= table->features)
			break;
		size_t at = table->column[feature].codes * HIST_PACK + f;

		walk->missing[f] = hist[at] - (less ? less[at] : 0);
	}
}

bool hist_better(const HistBest *a, const HistBest *b)
{
	return a->score > b->score || (a->score == b->score && a->feature < b->feature);
}

static void hist_end(const HistWalk *walk, size_t pack, HistBest *best)
{
	for (uint32_t f = 0; f < HIST_PACK; f++) {
		HistBest here = { walk->score[f], (uint32_t)pack * HIST_PACK + f,
				  (uint32_t)(walk->code[f] % HIST_SIZE),
				  walk->code[f] >= HIST_SIZE };

		if (here.score >= 0 && hist_better(&here, best))
			*best = here;
	}
}

/* Codes of the longest column of a pack, and the one for what is missing. */
static int32_t hist_codes(const HistLines *lines, size_t pack)
{
	const TreesTable *table = lines->table;
	unsigned most = 0;

	for (size_t f = pack * HIST_PACK; f < (pack + 1) * HIST_PACK && f < table->features; f++)
		if (table->column[f].codes > most)
			most = table->column[f].codes;
	return (int32_t)most + table->missing;
}

/* One node's walk over the codes of a pack. less, unless NULL, is taken off its histogram first. */
static void hist_walk_scalar(HistWalk *walk, const HistNode *node, uint64_t *hist,
			     const uint64_t *less, int32_t codes, bool missing)
{
	uint64_t both[HIST_PACK];

	for (int32_t code = 0; code < codes; code++) {
		uint64_t *here = hist + (size_t)code * HIST_PACK;

		for (size_t f = 0; f < HIST_PACK; f++) {
			here[f] -= less ? less[(size_t)code * HIST_PACK + f] : 0;
			walk->left[f] += here[f];
			both[f] = walk->left[f] + walk->missing[f];
		}
		hist_try(walk, node, walk->left, code);
		if (missing)
			hist_try(walk, node, both, code + HIST_SIZE);
	}
}

#if SIMD_X86
typedef struct HistLanes {
	__m256 score;
	__m256i code;
} HistLanes;

typedef struct HistLevel {
	__m256 gradient, hessian, l2, least;
} HistLevel;

/* hist_try in registers: the same operations on the same numbers. */
SIMD_AVX512 SIMD_INLINE void hist_try_avx512(HistLanes *best, const HistLevel *node, __m512i left,
					     int32_t code)
{
	__m256 g = _mm256_cvtepi32_ps(_mm512_cvtepi64_epi32(_mm512_srli_epi64(left, 32)));
	__m256 h = _mm256_cvtepi32_ps(_mm512_cvtepi64_epi32(left));
	__m256 rest = _mm256_sub_ps(node->gradient, g), other = _mm256_sub_ps(node->hessian, h);
	__m256 a = _mm256_add_ps(h, node->l2), b = _mm256_add_ps(other, node->l2);
	__m256 up = _mm256_add_ps(_mm256_mul_ps(_mm256_mul_ps(g, g), b),
				  _mm256_mul_ps(_mm256_mul_ps(rest, rest), a));
	__m256 score = _mm256_div_ps(up, _mm256_mul_ps(a, b));
	__mmask8 better = _mm256_cmp_ps_mask(score, best->score, _CMP_GT_OQ);

	better = _mm256_mask_cmp_ps_mask(better, h, node->least, _CMP_GE_OQ);
	better = _mm256_mask_cmp_ps_mask(better, other, node->least, _CMP_GE_OQ);
	best->score = _mm256_mask_mov_ps(best->score, better, score);
	best->code = _mm256_mask_set1_epi32(best->code, better, code);
}

static SIMD_AVX512 void hist_walk_avx512(HistWalk *walk, const HistNode *node, uint64_t *hist,
					 const uint64_t *less, int32_t codes, bool missing)
{
	const HistLevel level = { _mm256_set1_ps((float)hist_gradient(node->sum)),
				  _mm256_set1_ps((float)hist_hessian(node->sum)),
				  _mm256_set1_ps(node->l2), _mm256_set1_ps(node->least) };
	const __m512i absent = _mm512_loadu_si512(walk->missing);
	HistLanes best = { _mm256_loadu_ps(walk->score), _mm256_setzero_si256() };
	__m512i left = _mm512_setzero_si512();

	for (int32_t code = 0; code < codes; code++) {
		uint64_t *at = hist + (size_t)code * HIST_PACK;
		__m512i here = _mm512_loadu_si512(at);

		if (less) {
			here = _mm512_sub_epi64(
				here, _mm512_loadu_si512(less + (size_t)code * HIST_PACK));
			_mm512_storeu_si512(at, here);
		}
		left = _mm512_add_epi64(left, here);
		hist_try_avx512(&best, &level, left, code);
		if (missing)
			hist_try_avx512(&best, &level, _mm512_add_epi64(left, absent),
					code + HIST_SIZE);
	}
	_mm256_storeu_ps(walk->score, best.score);
	_mm256_storeu_si256((__m256i *)(void *)walk->code, best.code);
}
#endif

static void hist_walk(const HistLines *lines, uint32_t features, size_t pack, uint64_t *hist,
		      const uint64_t *less, const HistNode *node, HistBest *best)
{
	bool missing = lines->table->missing;
	int32_t codes = hist_codes(lines, pack);
	HistWalk walk;

	hist_begin(&walk, lines, pack, hist, less);
#if SIMD_X86
	if (features & CPU_AVX512)
		hist_walk_avx512(&walk, node, hist, less, codes, missing);
	else
#endif
		hist_walk_scalar(&walk, node, hist, less, codes, missing);
	(void)features;
	hist_end(&walk, pack, best);
}

void hist_best(const HistLines *lines, uint32_t features, size_t pack, uint64_t *hist,
	       const HistNode *node, HistBest *best, uint64_t *other, const HistNode *sibling,
	       HistBest *sibling_best)
{
	hist_walk(lines, features, pack, hist, NULL, node, best);
	if (other)
		hist_walk(lines, features, pack, other, hist, sibling, sibling_best);
}

uint64_t hist_left(const HistLines *lines, const uint64_t *hist, const HistBest *split)
{
	const uint64_t *at =
		hist + split->feature / HIST_PACK * HIST_SIZE + split->feature % HIST_PACK;
	uint64_t sum = 0;

	for (size_t code = 0; code <= split->code; code++)
		sum += at[code * HIST_PACK];
	if (split->missing)
		sum += at[lines->table->column[split->feature].codes * HIST_PACK];
	return sum;
}
