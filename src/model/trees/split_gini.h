/* The walk over the codes of a node for the Gini criterion, in whole numbers of one width.
 * Included by split.c once for each: SPLIT_WALK is the name, SPLIT_INT the number, wide enough
 * for the square of the node's weight, SPLIT_ADD adds the rows of a code to one side.
 * SPDX-License-Identifier: MIT */

/* Σ L² = Σ (T − R)² = Σ T² − 2 Σ T·R + Σ R². */
#define SPLIT_PASTE_(a, b) a##b
#define SPLIT_PASTE(a, b) SPLIT_PASTE_(a, b)
SPLIT_TARGET SIMD_INLINE void SPLIT_PASTE(SPLIT_WALK, _lanes)(const SplitWork *work,
							      const SplitNode *node, bool all,
							      size_t lanes, SplitWalk *walk)
{
	SPLIT_INT side[SPLIT_CLASSES_MAX], n, square, product, before = 0;
	const SPLIT_INT whole = (SPLIT_INT)node->weight, squares = (SPLIT_INT)node->squares;
	SplitCodes codes = split_codes(work, node, all);

	memset(side, 0, lanes * sizeof *side);
	for (int code = split_step(&codes); code >= 0; code = split_step(&codes)) {
		if (node->byte && code == 0) {
			if (before < whole)
				split_pass(walk, code);
			break;
		}
		SPLIT_ADD(side, work->count + (size_t)code * lanes, node->count, lanes, &n, &square,
			  &product);
		if (n == before)
			continue;
		before = n;
		split_pass(walk, code);
		SPLIT_INT rest = whole - n, other = squares + square - 2 * product;

		if (n >= node->min_leaf && rest >= node->min_leaf)
			walk->pending = (double)square / (double)n + (double)other / (double)rest;
	}
}

SPLIT_TARGET static void SPLIT_WALK(const SplitWork *work, const SplitNode *node, bool all,
				    SplitWalk *walk)
{
	if (work->lanes != SPLIT_LANES)
		SPLIT_PASTE(SPLIT_WALK, _lanes)(work, node, all, work->lanes, walk);
	else if (all)
		SPLIT_PASTE(SPLIT_WALK, _lanes)(work, node, true, SPLIT_LANES, walk);
	else
		SPLIT_PASTE(SPLIT_WALK, _lanes)(work, node, false, SPLIT_LANES, walk);
}
#undef SPLIT_PASTE
#undef SPLIT_PASTE_
#undef SPLIT_INT
#undef SPLIT_WALK
#undef SPLIT_ADD
#undef SPLIT_TARGET
