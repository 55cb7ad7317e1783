/* Growing single trees: whole trees against a plain CART, and pruning against trying everything.
 * SPDX-License-Identifier: MIT */
#include "trees_make.h"

/* --- whole trees ------------------------------------------------------------------------------ */

static Tree grow(const Rows *rows, const GrowOptions *options, uint64_t seed)
{
	Err err = { .code = ERR_NONE };
	Arena *arena;
	TreesTable table = new_table(rows, TREES_WORD_CODES, NULL, &arena);
	const double *xlogx = split_xlogx(rows->count, arena, &err);
	Grower *grower = grower_new(&table, options, xlogx, arena, &err);
	Random random;
	Tree tree;

	made_fine(grower, &err);
	tree_init(&tree, rows->set->classes ? rows->set->classes : 1);
	random_init(&random, seed, RANDOM_WEIGHTS);
	made_fine(grower_grow(grower, &tree, &random, NULL, &err), &err);
	tree_fit(&tree);
	arena_free(arena);
	return tree;
}

static uint32_t leaf_of(const Tree *tree, const Dataset *set, size_t row, unsigned *depth)
{
	uint32_t at = tree->root;

	for (*depth = 0; !(at & TREE_LEAF); ++*depth) {
		float value = value_at(set, row, tree->feature[at]);

		at = tree->child[2 * at + !(value <= tree->threshold[at])];
	}
	return at & ~TREE_LEAF;
}

/* Leaves hold what the rows that reach them have, and keep to the limits. */
static void check_leaves(const Tree *tree, const Rows *rows, const GrowOptions *options)
{
	size_t values = tree->values;
	double *sum = calloc(tree->leaves * values, sizeof *sum);
	double *n = calloc(tree->leaves, sizeof *n);

	for (size_t i = 0; i < rows->count; i++) {
		unsigned depth;
		uint32_t leaf = leaf_of(tree, rows->set, rows_at(rows, i), &depth);

		assert_true(leaf < tree->leaves && depth <= options->depth);
		n[leaf]++;
		if (rows->set->classes)
			sum[leaf * values + rows_label(rows, i)]++;
		else
			sum[leaf] += (double)rows_target(rows, i);
	}
	for (size_t leaf = 0; leaf < tree->leaves; leaf++) {
		assert_true(n[leaf] >= (double)options->min_leaf);
		assert_true(n[leaf] == tree->weight[leaf]);
		for (size_t v = 0; v < values; v++) {
			double mean = sum[leaf * values + v] / n[leaf];
			double is = (double)tree->value[leaf * values + v];

			assert_true(fabs(is - mean) <= 1e-5 * (1 + fabs(mean)));
		}
	}
	free(sum);
	free(n);
}

/* CART as one would write it down: every split of every feature, by counting again and again. */
static uint32_t plain_tree(Tree *tree, const TreesTable *table, const GrowOptions *options,
			   uint32_t *row, size_t n)
{
	Err err;
	double best = -INFINITY;
	size_t feature = 0, split = 0, left = 0;
	unsigned cut = 0, next;
	static uint32_t ones[4096];
	bool pure = true;

	for (size_t i = 0; i < n; i++) {
		ones[i] = 1;
		pure = pure && rows_label(table->rows, row[i]) == rows_label(table->rows, row[0]);
	}
	for (size_t f = 0; !pure && n >= options->min_split && f < table->features; f++)
		for (unsigned code = 0; code + 1 < table->column[f].codes; code++) {
			if (!code_there(table, row, n, f, code))
				continue;
			double score = plain_score(table, options, row, ones, n, f, code);

			if (score > best) {
				best = score;
				feature = f;
				cut = code;
			}
		}
	if (isinf(best))
		return TREE_LEAF | (uint32_t)tree_add_leaf(tree, &err);
	for (next = cut + 1; !code_there(table, row, n, feature, next);)
		next++;
	split = (size_t)tree_add_split(tree, (uint32_t)feature,
				       trees_cut(&table->column[feature], cut, next), &err);
	uint32_t *more = calloc(n, sizeof *more);
	size_t right = 0;

	for (size_t i = 0; i < n; i++) {
		if (code_at(table, row[i], feature) <= cut)
			row[left++] = row[i];
		else
			more[right++] = row[i];
	}
	memcpy(row + left, more, right * sizeof *row);
	free(more);
	uint32_t child = plain_tree(tree, table, options, row, left);

	tree->child[2 * split] = child;
	child = plain_tree(tree, table, options, row + left, right);
	tree->child[2 * split + 1] = child;
	return (uint32_t)split;
}

static void check_same_splits(const Tree *a, const Tree *b)
{
	assert_int_equal(a->splits, b->splits);
	assert_int_equal(a->leaves, b->leaves);
	assert_int_equal(a->root, b->root);
	assert_memory_equal(a->feature, b->feature, a->splits * sizeof *a->feature);
	assert_memory_equal(a->threshold, b->threshold, a->splits * sizeof *a->threshold);
	assert_memory_equal(a->child, b->child, 2 * a->splits * sizeof *a->child);
}

static void test_plain(void **state)
{
	static const struct {
		DatasetForm form;
		size_t rows, classes;
		unsigned values;
		uint64_t min_leaf;
	} cases[] = { { DATASET_BYTES, 200, 3, 40, 1 },
		      { DATASET_FLOATS, 150, 4, 1000, 2 },
		      { DATASET_FLOATS, 200, 2, 5, 4 } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		GrowOptions options = { .features = 4,
					.depth = TREE_DEPTH_MAX,
					.min_leaf = cases[i].min_leaf,
					.min_split = 5 };
		Dataset *set = new_numbers(cases[i].form, cases[i].rows, 4, cases[i].classes,
					   cases[i].values, i);
		Rows rows = { .set = set, .count = set->rows };
		Arena *arena;
		TreesTable table = new_table(&rows, TREES_WORD_CODES, NULL, &arena);
		Tree tree = grow(&rows, &options, 1), plain;
		uint32_t row[256];

		for (uint32_t k = 0; k < rows.count; k++)
			row[k] = k;
		tree_init(&plain, cases[i].classes);
		plain.root = plain_tree(&plain, &table, &options, row, rows.count);
		check_same_splits(&tree, &plain);
		check_leaves(&tree, &rows, &options);
		tree_done(&tree);
		tree_done(&plain);
		arena_free(arena);
		dataset_free(set);
	}
}

/* Rows of bytes are copied together on the way; the same numbers as floats are not. */
static void test_blocks(void **state)
{
	enum { ROWS = 6000, FEATURES = 220 };
	Dataset *bytes = new_numbers(DATASET_BYTES, ROWS, FEATURES, 5, 256, 3);
	Dataset *floats = new_numbers(DATASET_FLOATS, ROWS, FEATURES, 5, 256, 3);
	Rows a = { .set = bytes, .count = ROWS }, b = { .set = floats, .count = ROWS };

	(void)state;
	for (int few = 0; few < 2; few++) {
		GrowOptions options = { .features = few ? 15 : FEATURES,
					.bootstrap = few,
					.depth = few ? 60 : 9,
					.min_leaf = 1,
					.min_split = 2 };
		Tree one = grow(&a, &options, 2), two = grow(&b, &options, 2);

		check_same_splits(&one, &two);
		assert_true(one.leaves > 50);
		if (!few)
			check_leaves(&one, &a, &options);
		tree_done(&one);
		tree_done(&two);
	}
	dataset_free(bytes);
	dataset_free(floats);
}

static void test_options(void **state)
{
	static const GrowOptions options[] = {
		{ SPLIT_GINI, false, false, 6, TREE_DEPTH_MAX, 1, 2, false },
		{ SPLIT_ENTROPY, false, false, 6, 5, 1, 2, false },
		{ SPLIT_GINI, false, false, 2, TREE_DEPTH_MAX, 7, 30, false },
		{ SPLIT_GINI, true, false, 2, TREE_DEPTH_MAX, 1, 2, false },
		{ SPLIT_ENTROPY, true, false, 6, 12, 3, 2, true },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof options / sizeof *options; i++) {
		GrowOptions with = options[i / 2];
		bool numbers = i % 2;
		Dataset *set = new_numbers(i % 3 ? DATASET_FLOATS : DATASET_BYTES, 900, 6,
					   numbers ? 0 : 4, 200, i);
		Rows rows = { .set = set, .count = set->rows };

		with.criterion = numbers ? SPLIT_VARIANCE : with.criterion;
		Tree tree = grow(&rows, &with, 1), again = grow(&rows, &with, 1);

		assert_true(tree.leaves == tree.splits + 1 && tree.leaves > 8);
		check_leaves(&tree, &rows, &with);
		check_same_splits(&tree, &again);
		if (with.features < 6 || with.random) {
			tree_done(&again);
			again = grow(&rows, &with, 2);
			assert_true(tree.splits != again.splits ||
				    memcmp(tree.feature, again.feature,
					   tree.splits * sizeof *tree.feature) != 0);
		}
		tree_done(&tree);
		tree_done(&again);
		dataset_free(set);
	}
}

/* Of columns that are equal the first is taken, or any of them: each by a fair share of the draws. */
static void test_ties(void **state)
{
	Dataset *set = new_numbers(DATASET_BYTES, 300, 3, 3, 100, 1);
	Rows rows = { .set = set, .count = set->rows };
	GrowOptions options = { .features = 3, .depth = 4, .min_leaf = 1, .min_split = 2 };
	size_t drawn[3] = { 0 };

	(void)state;
	for (size_t i = 0; i < 3 * set->rows; i++)
		set->bytes[i] = set->bytes[i / 3 * 3];
	for (uint64_t seed = 0; seed < 300; seed++) {
		Tree tree;

		options.ties = seed >= 5;
		tree = grow(&rows, &options, seed);
		assert_true(tree.splits > 3);
		if (options.ties)
			drawn[tree.feature[0]]++;
		for (size_t i = 0; !options.ties && i < tree.splits; i++)
			assert_int_equal(tree.feature[i], 0);
		tree_done(&tree);
	}
	for (size_t f = 0; f < 3; f++)
		assert_in_range(drawn[f], 65, 135);
	dataset_free(set);
}

/* --- pruning ---------------------------------------------------------------------------------- */

/* Least cost of the subtree under a reference, and its leaves. */
static double least_cost(const Tree *tree, uint32_t ref, double alpha, double weight,
			 size_t *leaves)
{
	if (ref & TREE_LEAF) {
		*leaves = 1;
		return tree->leaf_cost[ref & ~TREE_LEAF] / weight + alpha;
	}
	size_t a, b;
	double both = least_cost(tree, tree->child[2 * ref], alpha, weight, &a) +
		      least_cost(tree, tree->child[2 * ref + 1], alpha, weight, &b);
	double alone = tree->split_cost[ref] / weight + alpha;

	*leaves = alone <= both * (1 + 1e-12) ? 1 : a + b;
	return alone <= both * (1 + 1e-12) ? alone : both;
}

static void test_prune(void **state)
{
	static const double alphas[] = { 0, 1e-4, 1e-3, 4e-3, 2e-2, 1 };
	GrowOptions options = { .features = 5, .depth = 40, .min_leaf = 1, .min_split = 2 };
	Dataset *set = new_numbers(DATASET_BYTES, 700, 5, 4, 100, 8);
	Rows rows = { .set = set, .count = set->rows };
	size_t before = SIZE_MAX;
	Err err;

	(void)state;
	for (size_t i = 0; i < sizeof alphas / sizeof *alphas; i++) {
		Tree tree = grow(&rows, &options, 1);
		size_t leaves;
		double cost = least_cost(&tree, tree.root, alphas[i], 700, &leaves), is = 0;

		made_fine(tree_prune(&tree, alphas[i], 700, &err), &err);
		assert_int_equal(tree.leaves, leaves);
		assert_int_equal(tree.splits + 1, leaves);
		for (size_t k = 0; k < tree.leaves; k++)
			is += tree.leaf_cost[k] / 700 + alphas[i];
		assert_true(fabs(is - cost) <= 1e-9 * (1 + cost));
		check_leaves(&tree, &rows, &options);
		assert_true(leaves <= before);
		before = leaves;
		for (size_t k = 0; k < tree.splits; k++)
			for (size_t side = 0; side < 2; side++) {
				uint32_t child = tree.child[2 * k + side];

				assert_true(child & TREE_LEAF || child > k);
			}
		tree_done(&tree);
	}
	assert_int_equal(before, 1);
	dataset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_options), cmocka_unit_test(test_ties),
		cmocka_unit_test(test_prune),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
