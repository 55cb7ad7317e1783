/* The best split of a node by one feature: rows are counted by code and class, then the codes
 * are walked in their order.
 * SPDX-License-Identifier: MIT */
#include "model/trees/split.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "num/simd.h"

#define SPLIT_GROUP 256 /* codes of a group */
#define SPLIT_SPARE 8
#define SPLIT_GROUPS ((TREES_WORD_CODES + SPLIT_GROUP) / SPLIT_GROUP)
/* From so many rows on, all codes of a column of bytes are walked without asking which are
 * there. */
#define SPLIT_MANY 512

/* --- memory ----------------------------------------------------------------------------------- */

bool split_work(SplitWork *out, SplitCriterion criterion, bool random, size_t classes,
		const TreesTable *table, const double *xlogx, Arena *arena, Err *err)
{
	size_t codes = ((size_t)table->most + SPLIT_GROUP - 1) / SPLIT_GROUP * SPLIT_GROUP;

	*out = (SplitWork){ .criterion = criterion, .random = random, .xlogx = xlogx };
	out->lanes = (classes + SPLIT_LANES - 1) / SPLIT_LANES * SPLIT_LANES;
	out->features = cpu_features();
	out->touched = arena_take(arena, codes, 1, err);
	out->group = arena_take(arena, SPLIT_GROUPS, 1, err);
	if (classes)
		out->count = arena_take(arena, (codes + SPLIT_SPARE) * out->lanes,
					sizeof *out->count, err);
	else
		out->sum = arena_take(arena, codes, sizeof *out->sum, err);
	return out->touched && out->group && (out->count || out->sum);
}

double *split_xlogx(size_t weight, Arena *arena, Err *err)
{
	double *table = arena_take(arena, weight + 1, sizeof *table, err);

	for (size_t i = 1; table && i <= weight; i++)
		table[i] = (double)i * log((double)i);
	return table;
}

/* --- counting --------------------------------------------------------------------------------- */

SIMD_INLINE unsigned split_code(const SplitNode *node, size_t i, bool bytes)
{
	return bytes ? node->byte[node->row[i]] : node->word[node->row[i]];
}

/* Of many columns of bytes most rows have code 0, and adding to the same number again and again
 * waits for memory each time. The walk knows what code 0 has without its count, so these rows
 * add to spare rows in turn. */
SIMD_INLINE void split_count_one(const SplitWork *work, const SplitNode *node, bool bytes,
				 bool touch, size_t lanes)
{
	for (size_t i = 0; i < node->n; i++) {
		unsigned code = split_code(node, i, bytes);
		uint32_t tag = node->tag[i];
		size_t row = code;

		if (bytes) /* no branch: half of them would be guessed wrong */
			row |= (TREES_BYTE_CODES + i % SPLIT_SPARE) & (row - 1) >> 32;

		work->count[row * lanes + (tag & 0xffff)] += tag >> 16;
		if (touch) {
			work->touched[code] = 1;
			if (!bytes)
				work->group[code / SPLIT_GROUP] = 1;
		}
	}
}

SIMD_INLINE void split_sum_one(const SplitWork *work, const SplitNode *node, bool bytes)
{
	for (size_t i = 0; i < node->n; i++) {
		unsigned code = split_code(node, i, bytes);

		work->sum[code].sum += node->sum[i].sum;
		work->sum[code].weight += node->sum[i].weight;
		work->touched[code] = 1;
		if (!bytes)
			work->group[code / SPLIT_GROUP] = 1;
	}
}

static void split_count(const SplitWork *work, const SplitNode *node, bool touch)
{
	work->group[0] |= node->byte && touch;
	if (!work->count && node->byte)
		split_sum_one(work, node, true);
	else if (!work->count)
		split_sum_one(work, node, false);
	else if (!node->byte)
		split_count_one(work, node, false, true, work->lanes);
	else if (work->lanes != SPLIT_LANES)
		split_count_one(work, node, true, touch, work->lanes);
	else if (touch)
		split_count_one(work, node, true, true, SPLIT_LANES);
	else
		split_count_one(work, node, true, false, SPLIT_LANES);
}

/* --- walking ---------------------------------------------------------------------------------- */

/* The codes that are there, from the last to the first. */
typedef struct SplitCodes {
	const SplitWork *work;
	bool all;      /* every code, there or not */
	unsigned at;   /* codes, or groups, that are left */
	unsigned base; /* first code of the group */
	unsigned word; /* 64 codes of the group each: so many are left */
	uint64_t bits;
} SplitCodes;

/* Bit i of byte i of 64 bytes that are 0 or 1; they become 0. */
SIMD_INLINE uint64_t split_bits(uint8_t *bytes)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < 8; i++) {
		uint64_t eight;

		memcpy(&eight, bytes + 8 * i, sizeof eight);
		bits |= (eight * UINT64_C(0x0102040810204080) >> 56) << 8 * i;
	}
	memset(bytes, 0, 64);
	return bits;
}

SIMD_INLINE SplitCodes split_codes(const SplitWork *work, const SplitNode *node, bool all)
{
	SplitCodes codes = { .work = work, .all = all, .at = node->codes };

	if (!all)
		codes.at = (node->codes + SPLIT_GROUP - 1) / SPLIT_GROUP;
	return codes;
}

/* The next code, or −1. */
SIMD_INLINE int split_step(SplitCodes *codes)
{
	if (codes->all)
		return (int)codes->at-- - 1;
	while (codes->bits == 0) {
		if (codes->word > 0) {
			codes->bits =
				split_bits(codes->work->touched + codes->base + 64 * --codes->word);
			continue;
		}
		while (codes->at > 0 && !codes->work->group[codes->at - 1])
			codes->at--;
		if (codes->at == 0)
			return -1;
		codes->base = --codes->at * SPLIT_GROUP;
		codes->work->group[codes->at] = 0;
		codes->word = SPLIT_GROUP / 64;
	}
	int bit = 63 - __builtin_clzll(codes->bits);

	codes->bits ^= UINT64_C(1) << bit;
	return (int)(codes->base + 64 * codes->word) + bit;
}

/* What a walk keeps. The score of a split in front of a code is known before it is known
 * whether another code stands there. */
typedef struct SplitWalk {
	double best, pending;
	int left, right, before; /* codes; −1: none */
	unsigned seen;
} SplitWalk;

#define SPLIT_WORST (-1e300)

/* A code is there. Of equal splits the first in the order of the codes counts. */
SIMD_INLINE void split_pass(SplitWalk *walk, int code)
{
	if (walk->pending > SPLIT_WORST && walk->pending >= walk->best) {
		walk->best = walk->pending;
		walk->left = code;
		walk->right = walk->before;
	}
	walk->pending = SPLIT_WORST;
	walk->before = code;
	walk->seen++;
}

#define SPLIT_CLASSES_MAX ((DATASET_CLASSES_MAX + SPLIT_LANES - 1) / SPLIT_LANES * SPLIT_LANES)

/* The rows of a code join the right side, whose weight, Σ R² and Σ T·R these are; the code's counts
 * become 0. */
#define SPLIT_ADD_PLAIN(name, Int)                                                           \
	SIMD_INLINE void name(Int *side, uint32_t *row, const uint32_t *count, size_t lanes, \
			      Int *n, Int *square, Int *product)                             \
	{                                                                                    \
		*n = *square = *product = 0;                                                 \
		for (size_t i = 0; i < lanes; i++) {                                         \
			side[i] += row[i];                                                   \
			row[i] = 0;                                                          \
			*n += side[i];                                                       \
			*square += side[i] * side[i];                                        \
			*product += side[i] * count[i];                                      \
		}                                                                            \
	}
SPLIT_ADD_PLAIN(split_add, uint32_t)
SPLIT_ADD_PLAIN(split_add_wide, uint64_t)

#define SPLIT_WALK split_gini_scalar
#define SPLIT_INT uint32_t
#define SPLIT_ADD split_add
#define SPLIT_TARGET
#include "model/trees/split_gini.h"
#define SPLIT_WALK split_gini_wide
#define SPLIT_INT uint64_t
#define SPLIT_ADD split_add_wide
#define SPLIT_TARGET
#include "model/trees/split_gini.h"

#if SIMD_X86
/* Three sums of eight numbers. */
SIMD_AVX2 SIMD_INLINE void split_fold(__m256i a, __m256i b, __m256i c, uint32_t *n,
				      uint32_t *square, uint32_t *product)
{
	__m256i sums = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, c));
	__m128i all =
		_mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));

	*n = (uint32_t)_mm_cvtsi128_si32(all);
	*square = (uint32_t)_mm_extract_epi32(all, 1);
	*product = (uint32_t)_mm_extract_epi32(all, 2);
}

SIMD_AVX2 SIMD_INLINE void split_add_avx2(uint32_t *side, uint32_t *row, const uint32_t *count,
					  size_t lanes, uint32_t *n, uint32_t *square,
					  uint32_t *product)
{
	__m256i a = _mm256_setzero_si256(), b = a, c = a;

	for (size_t i = 0; i < lanes; i += 8) {
		__m256i *at = (__m256i *)(void *)(row + i);
		__m256i *to = (__m256i *)(void *)(side + i);
		__m256i sum = _mm256_add_epi32(_mm256_loadu_si256(to), _mm256_loadu_si256(at));
		__m256i total = _mm256_loadu_si256((const __m256i *)(const void *)(count + i));

		_mm256_storeu_si256(to, sum);
		_mm256_storeu_si256(at, _mm256_setzero_si256());
		a = _mm256_add_epi32(a, sum);
		b = _mm256_add_epi32(b, _mm256_mullo_epi32(sum, sum));
		c = _mm256_add_epi32(c, _mm256_mullo_epi32(sum, total));
	}
	split_fold(a, b, c, n, square, product);
}

#define SPLIT_WALK split_gini_avx2
#define SPLIT_INT uint32_t
#define SPLIT_ADD split_add_avx2
#define SPLIT_TARGET SIMD_AVX2
#include "model/trees/split_gini.h"

SIMD_AVX512 SIMD_INLINE __m256i split_half(__m512i a)
{
	return _mm256_add_epi32(_mm512_castsi512_si256(a), _mm512_extracti64x4_epi64(a, 1));
}

/* The same for up to 16 classes, whose counts stay in one register. The same bits: whole
 * numbers, and one division and one sum of the same two doubles. */
SIMD_AVX512 SIMD_INLINE void split_gini_16(const SplitWork *work, const SplitNode *node, bool all,
					   SplitWalk *result)
{
	const __m512i total = _mm512_loadu_si512(node->count);
	const uint32_t whole = (uint32_t)node->weight, squares = (uint32_t)node->squares;
	const uint32_t least = (uint32_t)node->min_leaf, most = whole - least;
	const bool bytes = node->byte;
	__m512i side = _mm512_setzero_si512();
	SplitWalk walk = *result;
	SplitCodes codes = split_codes(work, node, all);
	uint32_t before = 0;

	for (int code = split_step(&codes); code >= 0; code = split_step(&codes)) {
		uint32_t *row = work->count + (size_t)code * SPLIT_LANES, n, square, product;

		if (bytes && code == 0) {
			if (before < whole)
				split_pass(&walk, code);
			break;
		}
		side = _mm512_add_epi32(side, _mm512_loadu_si512(row));
		_mm512_storeu_si512(row, _mm512_setzero_si512());
		split_fold(split_half(side), split_half(_mm512_mullo_epi32(side, side)),
			   split_half(_mm512_mullo_epi32(side, total)), &n, &square, &product);
		if (n == before)
			continue;
		before = n;
		split_pass(&walk, code);
		if (n < least || n > most)
			continue;
		__m128i up =
			_mm_set_epi32(0, 0, (int)(squares + square - 2 * product), (int)square);
		__m128i down = _mm_set_epi32(0, 0, (int)(whole - n), (int)n);
		__m128d parts = _mm_div_pd(_mm_cvtepu32_pd(up), _mm_cvtepu32_pd(down));

		walk.pending = _mm_cvtsd_f64(parts) + _mm_cvtsd_f64(_mm_unpackhi_pd(parts, parts));
	}
	*result = walk;
}

static SIMD_AVX512 void split_gini_avx512(const SplitWork *work, const SplitNode *node, bool all,
					  SplitWalk *walk)
{
	if (work->lanes != SPLIT_LANES || node->min_leaf > node->weight)
		split_gini_avx2(work, node, all, walk);
	else if (all)
		split_gini_16(work, node, true, walk);
	else
		split_gini_16(work, node, false, walk);
}
#endif

static void split_entropy(const SplitWork *work, const SplitNode *node, bool all, SplitWalk *walk)
{
	const double *xlogx = work->xlogx;
	uint32_t side[SPLIT_CLASSES_MAX];
	uint64_t n = 0, before = 0;
	double left = 0, right = 0;
	SplitCodes codes = split_codes(work, node, all);

	memset(side, 0, work->lanes * sizeof *side);
	for (size_t c = 0; c < work->lanes; c++)
		left += xlogx[node->count[c]];
	for (int code = split_step(&codes); code >= 0; code = split_step(&codes)) {
		uint32_t *row = work->count + (size_t)code * work->lanes;

		if (node->byte && code == 0) {
			if (n < node->weight)
				split_pass(walk, code);
			break;
		}
		for (size_t c = 0; c < work->lanes; c++) {
			if (!row[c])
				continue;
			uint32_t rest = node->count[c] - side[c];

			right += xlogx[side[c] + row[c]] - xlogx[side[c]];
			left += xlogx[rest - row[c]] - xlogx[rest];
			side[c] += row[c];
			n += row[c];
			row[c] = 0;
		}
		if (n == before)
			continue;
		before = n;
		split_pass(walk, code);
		if (n >= node->min_leaf && node->weight - n >= node->min_leaf)
			walk->pending = left + right - xlogx[n] - xlogx[node->weight - n];
	}
}

static void split_variance(const SplitWork *work, const SplitNode *node, SplitWalk *walk)
{
	SplitCodes codes = split_codes(work, node, false);
	double whole = (double)node->weight, least = (double)node->min_leaf, n = 0, sum = 0;

	for (int code = split_step(&codes); code >= 0; code = split_step(&codes)) {
		SplitSum *here = work->sum + code;

		n += here->weight;
		sum += here->sum;
		*here = (SplitSum){ 0, 0 };
		split_pass(walk, code);
		double rest = whole - n, other = node->total - sum;

		if (n >= least && rest >= least)
			walk->pending = sum * sum / n + other * other / rest;
	}
}

/* --- a random split --------------------------------------------------------------------------- */

/* Least and greatest code of the node's rows. */
SIMD_INLINE void split_range(const SplitNode *node, bool bytes, unsigned *least, unsigned *most)
{
	unsigned low = UINT_MAX, high = 0;

	for (size_t i = 0; i < node->n; i++) {
		unsigned code = split_code(node, i, bytes);

		low = code < low ? code : low;
		high = code > high ? code : high;
	}
	*least = low;
	*most = high;
}

/* The last code from `first` on, below `last`, whose values are all at or below the cut. */
static unsigned split_last(const TreesColumn *column, unsigned first, unsigned last, double cut)
{
	while (first + 1 < last) {
		unsigned middle = first + (last - first) / 2;

		if ((double)column->high[middle] <= cut)
			first = middle;
		else
			last = middle;
	}
	return first;
}

/* Rows up to the code: weights of the classes, or weight and sum of the targets. */
SIMD_INLINE SplitSum split_left(const SplitNode *node, bool bytes, unsigned most, uint32_t *count)
{
	SplitSum left = { 0, 0 };

	for (size_t i = 0; i < node->n; i++) {
		bool in = split_code(node, i, bytes) <= most;

		if (node->tag) {
			count[node->tag[i] & 0xffff] += (node->tag[i] >> 16) & (0 - (uint32_t)in);
		} else {
			left.sum += in ? node->sum[i].sum : 0;
			left.weight += in ? node->sum[i].weight : 0;
		}
	}
	return left;
}

/* Of the sides of a split, whose left one has these weights. */
static double split_score(const SplitWork *work, const SplitNode *node, const uint32_t *count,
			  SplitSum left)
{
	uint64_t n = (uint64_t)left.weight, squares = 0, other = 0;
	double score = 0, sum = node->total - left.sum;

	for (size_t c = 0; c < work->lanes; c++)
		n += count[c];
	uint64_t rest = node->weight - n;

	if (n < node->min_leaf || rest < node->min_leaf)
		return SPLIT_WORST;
	if (work->criterion == SPLIT_VARIANCE)
		return left.sum * left.sum / (double)n + sum * sum / (double)rest;
	for (size_t c = 0; c < work->lanes; c++) {
		uint64_t a = count[c], b = node->count[c] - a;

		squares += a * a;
		other += b * b;
		if (work->criterion == SPLIT_ENTROPY)
			score += work->xlogx[a] + work->xlogx[b];
	}
	if (work->criterion == SPLIT_ENTROPY)
		return score - work->xlogx[n] - work->xlogx[rest];
	return (double)squares / (double)n + (double)other / (double)rest;
}

/* One cut, anywhere between the least and the greatest value with equal probability (Geurts,
 * Ernst and Wehenkel, "Extremely randomized trees", 2006). Where it falls among the values of
 * one code, it moves in front of them. */
static SplitResult split_random(const SplitWork *work, const SplitNode *node, uint32_t feature,
				SplitFound *found)
{
	const TreesColumn *column = node->column;
	uint32_t count[SPLIT_CLASSES_MAX];
	unsigned low, high;

	memset(count, 0, work->lanes * sizeof *count);
	if (node->byte)
		split_range(node, true, &low, &high);
	else
		split_range(node, false, &low, &high);
	if (low == high)
		return SPLIT_CONSTANT;
	double least = (double)column->low[low], most = (double)column->high[high];
	double cut = least + node->at * (most - least);

	low = split_last(column, low, high, cut);
	SplitSum left = node->byte ? split_left(node, true, low, count)
				   : split_left(node, false, low, count);

	*found = (SplitFound){ .score = split_score(work, node, count, left),
			       .feature = feature,
			       .left = low,
			       .cut = (float)cut };
	if (!(found->cut >= column->high[low] && found->cut < column->low[low + 1]))
		found->cut = trees_cut(column, low, low + 1);
	return found->score > SPLIT_WORST ? SPLIT_BETTER : SPLIT_NONE;
}

/* --- one feature ------------------------------------------------------------------------------ */

static SplitResult split_best(const SplitWork *work, const SplitNode *node, uint32_t feature,
			      SplitFound *found)
{
	SplitWalk walk = { SPLIT_WORST, SPLIT_WORST, -1, -1, -1, 0 };
	bool all = node->byte && node->n >= SPLIT_MANY && work->criterion != SPLIT_VARIANCE;

	split_count(work, node, !all);
	if (work->criterion == SPLIT_VARIANCE)
		split_variance(work, node, &walk);
	else if (work->criterion == SPLIT_ENTROPY)
		split_entropy(work, node, all, &walk);
	else if (node->weight <= UINT16_MAX)
		SIMD_CALL(work->features, split_gini, (work, node, all, &walk));
	else
		split_gini_wide(work, node, all, &walk);
	if (walk.seen < 2)
		return SPLIT_CONSTANT;
	if (walk.left < 0)
		return SPLIT_NONE;
	*found = (SplitFound){ walk.best, feature, (unsigned)walk.left, 0 };
	found->cut = trees_cut(node->column, found->left, (unsigned)walk.right);
	return SPLIT_BETTER;
}

/* A feature's place among equals: its own, or, with a draw, any (the finalizer of murmur3). */
static uint32_t split_place(const SplitNode *node, uint32_t feature)
{
	uint32_t x = feature ^ node->ties;

	if (node->ties == 0 || feature == UINT32_MAX)
		return feature;
	x = (x ^ x >> 16) * 0x85ebca6bu;
	x = (x ^ x >> 13) * 0xc2b2ae35u;
	return x ^ x >> 16;
}

SplitResult split_find(const SplitWork *work, const SplitNode *node, uint32_t feature,
		       SplitFound *best)
{
	SplitFound found;
	SplitResult result = work->random ? split_random(work, node, feature, &found)
					  : split_best(work, node, feature, &found);

	if (result != SPLIT_BETTER)
		return result;
	if (found.score < best->score ||
	    (found.score == best->score &&
	     split_place(node, feature) > split_place(node, best->feature)))
		return SPLIT_NONE;
	*best = found;
	return SPLIT_BETTER;
}
