/* Techniques of trees: pruning by cost and complexity, fewer trees; what all of them refuse, and
 * what they lose on digits.
 * SPDX-License-Identifier: MIT */
#include "trees_fitted.h"

/* --- pruning ---------------------------------------------------------------------------------- */

/* A tree that is pruned afterwards is the tree that was pruned while it was fitted. */
static void check_prune(const char *criterion, const Rows *rows)
{
	const char *const whole[] = { "criterion", criterion, NULL };
	const char *const set[] = { "criterion", criterion, "alpha", "0.01", NULL };
	const char *const alpha[] = { "alpha", "0.01", NULL };
	Model *fitted = new_model("tree", set, rows), *grown = new_model("tree", whole, rows);
	Model *pruned = with(grown, "prune-trees", rows, alpha);
	TreesView a = view_of(fitted), b = view_of(pruned), all = view_of(grown);

	assert_true(b.splits > 3 && b.splits < all.splits);
	assert_int_equal(a.splits, b.splits);
	assert_int_equal(a.leaves, b.leaves);
	assert_memory_equal(a.split, b.split, a.splits * sizeof *a.split);
	for (size_t i = 0; i < a.leaves * a.values; i++)
		assert_true(fabsf(a.value[i] - b.value[i]) <= 1e-6f * fabsf(a.value[i]));
	assert_true(file_of(pruned) < file_of(grown));
	assert_true(compares_of(pruned, rows) < compares_of(grown, rows));
	assert_int_equal(pruned->steps, grown->steps);
	model_free(fitted);
	model_free(grown);
	model_free(pruned);
}

static void test_prune(void **state)
{
	static const char *const nothing[] = { "alpha", "0", NULL };
	static const char *const all[] = { "alpha", "1e30", NULL };
	Dataset *set = new_set(800), *numbers = new_numbers(800);
	Rows train = made_train(set), targets = made_train(numbers);

	(void)state;
	check_prune("gini", &train);
	check_prune("entropy", &train);
	for (size_t i = 0; i < 3; i++) {
		const char *const nine[] = { "trees", "9", NULL };
		Model *model =
			new_model(kinds[i], i ? nine : NULL, i == 1 ? &targets : &train);
		const Rows *rows = i == 1 ? &targets : &train;
		Model *same = with(model, "prune-trees", rows, nothing);
		Model *leaf = with(model, "prune-trees", rows, all);
		TreesView view = view_of(leaf);

		assert_true(compares_of(same, rows) <= compares_of(model, rows));
		assert_int_equal(view.leaves, i ? 9 : 1);
		assert_int_equal(compares_of(leaf, rows), 0);
		model_free(model);
		model_free(same);
		model_free(leaf);
	}
	dataset_free(set);
	dataset_free(numbers);
}

/* Leaves of the root alone are the shares of the rows of data, not of those of the fit. */
static void test_prune_data(void **state)
{
	static const char *const all[] = { "alpha", "1e30", NULL };
	Dataset *set = new_set(800);
	Rows train = made_train(set), some = { .set = set, .count = 50 };
	Model *model = new_model("tree", NULL, &train);
	Model *leaf = with(model, "prune-trees", &some, all);
	TreesView view = view_of(leaf);
	size_t count[MADE_CLASSES] = { 0 };

	(void)state;
	for (size_t i = 0; i < some.count; i++)
		count[set->labels[i]]++;
	for (size_t c = 0; c < MADE_CLASSES; c++)
		assert_true(fabsf(view.value[c] - (float)count[c] / 50) < 1e-6f);
	model_free(model);
	model_free(leaf);
	dataset_free(set);
}

/* By rows that are held out: the best tree on them, smaller ones the more errors are allowed. */
static void check_valid(const Rows *train, const Rows *valid, bool numbers)
{
	Model *model = new_model("tree", NULL, train);
	double best = numbers ? r2_of(model, valid) : made_accuracy(model, KERNEL_DENSE, valid);
	size_t before = view_of(model).splits;
	static const char *const errors[] = { "0", "1", "1000000" };

	for (size_t i = 0; i < 3; i++) {
		const Technique *prune = technique_find("prune-trees");
		Err err = { .code = ERR_NONE };
		Params params;

		made_fine(params_init(&params, &prune->info, &err), &err);
		made_fine(params_set_object(&params, "data", "rows", train, &err), &err);
		made_fine(params_set_object(&params, "valid", "rows", valid, &err), &err);
		made_fine(params_set_text(&params, "errors", errors[i], &err), &err);
		made_fine(params_complete(&params, &err), &err);
		Model *after = prune->apply(model, &params, NULL, NULL, &err);

		made_fine(after, &err);
		size_t splits = view_of(after).splits;
		double score = numbers ? r2_of(after, valid)
				       : made_accuracy(after, KERNEL_DENSE, valid);

		assert_true(splits <= before);
		assert_true(i > 0 || score >= best);
		if (i == 2) {
			assert_true(before > 0);
			assert_int_equal(compares_of(after, valid), 0);
		}
		before = splits;
		model_free(after);
	}
	model_free(model);
}

static void test_prune_valid(void **state)
{
	Dataset *set = new_set(800), *numbers = new_numbers(800);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		Rows train = { .set = i ? numbers : set, .count = 400 };
		Rows valid = { .set = i ? numbers : set, .first = 400, .count = 200 };

		check_valid(&train, &valid, i);
	}
	dataset_free(set);
	dataset_free(numbers);
}

/* --- fewer trees ------------------------------------------------------------------------------ */

/* Rows that k of the trees get wrong, as one would write it down. */
static void plain_wrong(const Model *model, const Rows *rows, size_t k, bool *wrong)
{
	TreesView view = view_of(model);
	size_t each = view.base ? view.outputs : 1;

	for (size_t i = 0; i < rows->count; i++) {
		float x[MADE_FEATURES], y[MADE_CLASSES] = { 0 };
		size_t best = 0;

		rows_floats(rows, i, 1, x);
		for (size_t c = 0; view.base && c < view.outputs; c++)
			y[c] = view.base[c];
		for (size_t t = 0; t < k * each; t++) {
			const float *leaf = view.value + trees_leaf(&view, t, x) * view.values;

			if (view.base)
				y[t % view.outputs] += *leaf;
			for (size_t c = 0; !view.base && c < view.outputs; c++)
				y[c] += leaf[c];
		}
		for (size_t c = 1; c < view.outputs; c++)
			best = y[c] > y[best] ? c : best;
		wrong[i] = best != rows_label(rows, i);
	}
}

static size_t plain_fewest(const Model *model, const Rows *rows, size_t count, double margin)
{
	bool *all = malloc(rows->count), *some = malloc(rows->count);
	double n = (double)rows->count;
	size_t k = count;

	assert_true(all && some);
	plain_wrong(model, rows, count, all);
	for (; k > 1; k--) {
		double worse = 0, differ = 0;

		plain_wrong(model, rows, k - 1, some);
		for (size_t i = 0; i < rows->count; i++) {
			worse += some[i] - all[i];
			differ += some[i] != all[i];
		}
		worse /= n + 2;
		double spread = (differ + 1) / (n + 2) - worse * worse;

		if (worse + 1.6448536269514722 * sqrt(spread / (n + 2)) > margin)
			break;
	}
	free(all);
	free(some);
	return k;
}

/* The trees that are kept are the first ones. */
static void check_first(const Model *model, const Model *after, const Rows *rows)
{
	TreesView a = view_of(model), b = view_of(after);
	float x[MADE_FEATURES];

	for (size_t i = 0; i < rows->count; i++) {
		rows_floats(rows, i, 1, x);
		for (size_t t = 0; t < b.trees; t++)
			assert_memory_equal(a.value + trees_leaf(&a, t, x) * a.values,
					    b.value + trees_leaf(&b, t, x) * b.values,
					    b.values * sizeof *b.value);
	}
	if (a.base)
		assert_memory_equal(a.base, b.base, a.outputs * sizeof *a.base);
}

static void test_fewer(void **state)
{
	static const char *const margins[] = { "0", "2", "100" };
	Dataset *set = new_set(1200);
	Rows train = { .set = set, .count = 300 };
	Rows rest = { .set = set, .first = 300, .count = 500 };

	(void)state;
	for (size_t i = 1; i < KINDS; i++) {
		const char *const settings[] = { i == 3 ? "rounds" : "trees", "30", NULL };
		Model *model = new_model(kinds[i], settings, &train);
		size_t each = i == 3 ? MADE_CLASSES : 1, before = 31;

		for (size_t m = 0; m < 3; m++) {
			const char *const margin[] = { "margin_pt", margins[m], NULL };
			Model *after = with(model, "fewer-trees", &rest, margin);
			size_t trees = view_of(after).trees / each;

			assert_int_equal(trees,
					 plain_fewest(model, &rest, 30, atof(margins[m]) / 100));
			assert_true(trees < before);
			assert_true(m < 2 || trees == 1);
			assert_int_equal(after->steps, trees);
			check_first(model, after, &rest);
			if (trees < 30)
				assert_true(compares_of(after, &rest) < compares_of(model, &rest) &&
					    file_of(after) < file_of(model));
			before = trees;
			model_free(after);
		}
		model_free(model);
	}
	dataset_free(set);
}

/* A few rows on which nothing differs prove nothing; and one number has no spread. */
static void test_fewer_rows(void **state)
{
	Dataset *set = new_set(400), *numbers = new_numbers(400);
	Rows train = { .set = set, .count = 300 }, targets = { .set = numbers, .count = 300 };
	Rows one = { .set = set, .first = 300, .count = 1 };
	Rows number = { .set = numbers, .first = 300, .count = 1 };

	(void)state;
	for (size_t i = 1; i < KINDS; i++) {
		const char *const settings[] = { i == 3 ? "rounds" : "trees", "9", NULL };

		for (size_t n = 0; n < 2; n++) {
			Model *model = new_model(kinds[i], settings, n ? &targets : &train);
			Model *after = with(model, "fewer-trees", n ? &number : &one, NULL);

			assert_int_equal(view_of(after).trees, view_of(model).trees);
			model_free(model);
			model_free(after);
		}
	}
	dataset_free(set);
	dataset_free(numbers);
}

/* Of numbers a point is one of 100 · R². */
static void test_fewer_numbers(void **state)
{
	static const char *const margin[] = { "margin_pt", "1", NULL };
	Dataset *set = new_numbers(1200);
	Rows train = { .set = set, .count = 300 };
	Rows rest = { .set = set, .first = 300, .count = 600 };

	(void)state;
	for (size_t i = 1; i < KINDS; i++) {
		const char *const settings[] = { i == 3 ? "rounds" : "trees", "200", NULL };
		Model *model = new_model(kinds[i], settings, &train);
		Model *after = with(model, "fewer-trees", &rest, margin);

		assert_in_range(view_of(after).trees, 2, 199);
		assert_true(r2_of(after, &rest) > r2_of(model, &rest) - 0.01);
		model_free(model);
		model_free(after);
	}
	dataset_free(set);
}

/* --- what is refused -------------------------------------------------------------------------- */

static void test_refused(void **state)
{
	static const char *const names[] = { "prune-trees", "fewer-trees", "byte-trees" };
	static const char *const alpha[] = { "alpha", "0.1", NULL };
	Dataset *set = made_dataset(300, 6), *numbers = new_numbers(300);
	Rows train = made_train(set), test = made_test(set), targets = made_train(numbers);
	Model *forest = new_model("forest", NULL, &train), *none = new_model("tree", NULL, NULL);
	Model *boosting = new_model("boosting", (const char *[]){ "rounds", "3", NULL }, &train);
	Model *network = made_model(MADE_LAYERS, "1");

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		refused(none, names[i], i < 2 ? &train : NULL, NULL, "not fitted");
		refused(network, names[i], i < 2 ? &train : NULL, NULL, "no trees");
		if (i == 2)
			break;
		refused(forest, names[i], &test, NULL, "test rows");
		refused(forest, names[i], &targets, NULL, "classes");
		set->byte_scale *= 2;
		refused(forest, names[i], &train, NULL, "scaled");
		set->byte_scale /= 2;
	}
	refused(boosting, "prune-trees", &train, alpha, "fewer-trees");
	forest->form = DATASET_FLOATS;
	refused(forest, "byte-trees", NULL, NULL, "rows of floats");
	model_free(forest);
	model_free(none);
	model_free(boosting);
	model_free(network);
	dataset_free(set);
	dataset_free(numbers);
}

/* --- digits ----------------------------------------------------------------------------------- */

/* Points of accuracy on the digits' test rows that each may lose; bytes that are left at most. */
static void test_digits(void **state)
{
	static const struct {
		const char *kind, *technique;
		double lost, bytes;
		const char *settings[4];
	} cases[] = {
		{ "tree", "prune-trees", 0.02, 0.9, { "alpha", "0.002" } },
		{ "tree", "byte-trees", 0.005, 0.5, { 0 } },
		{ "forest", "prune-trees", 0.01, 0.6, { "alpha", "0.002" } },
		{ "forest", "fewer-trees", 0.02, 0.9, { "margin_pt", "2" } },
		{ "forest", "byte-trees", 0.005, 0.35, { 0 } },
		{ "boosting", "fewer-trees", 0.02, 0.9, { 0 } },
		{ "boosting", "byte-trees", 0, 0.65, { 0 } },
	};
	const char *top = getenv("top_srcdir");
	char folder[4096];
	const char *const folders[] = { folder, NULL };
	const DataPaths paths = { folders };
	Err err = { .code = ERR_NONE };

	(void)state;
	snprintf(folder, sizeof folder, "%s/datasets", top ? top : ".");
	Dataset *set = dataset_load("digits", &paths, NULL, NULL, &err);
	DataSplit split;

	made_fine(set && dataset_split(&split, set, 0, 0.2, 1, &err), &err);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *const rounds[] = { "rounds", "40", NULL };
		bool held = strcmp(cases[i].technique, "fewer-trees") == 0;
		bool bytes = strcmp(cases[i].technique, "byte-trees") == 0;
		Model *model = new_model(cases[i].kind, i > 4 ? rounds : NULL, &split.train);
		Model *after = with(model, cases[i].technique,
				    bytes  ? NULL
				    : held ? &split.valid
					   : &split.train,
				    cases[i].settings);
		double before = made_accuracy(model, KERNEL_DENSE, &split.test);

		if (before - made_accuracy(after, KERNEL_DENSE, &split.test) > cases[i].lost ||
		    (double)file_of(after) > cases[i].bytes * (double)file_of(model))
			fail_msg("%s, %s: %g to %g, %g to %g bytes", cases[i].kind,
				 cases[i].technique, before,
				 made_accuracy(after, KERNEL_DENSE, &split.test),
				 (double)file_of(model), (double)file_of(after));
		model_free(model);
		model_free(after);
	}
	data_split_done(&split);
	dataset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prune),	      cmocka_unit_test(test_prune_data),
		cmocka_unit_test(test_prune_valid),   cmocka_unit_test(test_fewer),
		cmocka_unit_test(test_fewer_rows),    cmocka_unit_test(test_fewer_numbers),
		cmocka_unit_test(test_refused),	      cmocka_unit_test(test_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
