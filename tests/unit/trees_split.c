/* Codes of features, and the best split of a node by one feature against counting plainly.
 * SPDX-License-Identifier: MIT */
#include "levels.h"
#include "num/pool.h"
#include "trees_make.h"

/* --- codes ------------------------------------------------------------------------------------ */

/* The order of the codes is that of the values, and every row lies within its code's range. */
static void check_table(const TreesTable *table, const Rows *rows)
{
	for (size_t f = 0; f < table->features; f++) {
		const TreesColumn *column = &table->column[f];

		for (unsigned c = 0; c + 1 < column->codes; c++) {
			float cut = trees_cut(column, c, c + 1);

			assert_true(column->high[c] < column->low[c + 1]);
			assert_true(column->high[c] <= cut && cut < column->low[c + 1]);
		}
		for (size_t i = 0; i < rows->count; i++) {
			float value = value_at(rows->set, rows_at(rows, i), f);
			unsigned code = code_at(table, i, f);

			if (isnan(value)) {
				assert_int_equal(code, column->codes);
				continue;
			}
			assert_true(code < column->codes);
			assert_true(column->low[code] <= value && value <= column->high[code]);
		}
	}
}

static void test_exact_codes(void **state)
{
	static const float values[] = { 3, -1, 0, -0.0f, 3, 7.5f, -1e30f, 0, NAN, 7.5f };
	static const unsigned codes[] = { 3, 1, 2, 2, 3, 4, 0, 2, 5, 4 };
	Dataset *set = new_set(DATASET_FLOATS, 10, 1, 2);
	Rows rows = { .set = set, .count = 10 };
	Arena *arena;

	(void)state;
	memcpy(set->floats, values, sizeof values);
	set->missing = true;
	TreesTable table = new_table(&rows, 255, NULL, &arena);

	assert_int_equal(table.column[0].codes, 5);
	assert_true(table.missing);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(code_at(&table, i, 0), codes[i]);
	check_table(&table, &rows);
	arena_free(arena);
	dataset_free(set);
}

static void test_bins(void **state)
{
	enum { ROWS = 5000, FEATURES = 5, BINS = 64 };
	Dataset *set = new_set(DATASET_FLOATS, ROWS, FEATURES, 2);
	Rows rows = { .set = set, .count = ROWS };
	Random random;
	Arena *arena, *other;
	Err err;
	Pool *pool = pool_new(3, &err);

	(void)state;
	random_init(&random, 5, RANDOM_ROWS);
	for (size_t i = 0; i < ROWS * FEATURES; i++) {
		double x = random_normal(&random);

		/* The second column is mostly one value, the third has 70. */
		if (i % FEATURES == 1 && random_below(&random, 10) > 0)
			x = 0.25;
		if (i % FEATURES == 2)
			x = (double)random_below(&random, 70);
		set->floats[i] = (float)x;
	}
	TreesTable table = new_table(&rows, BINS, NULL, &arena);
	TreesTable same = new_table(&rows, BINS, pool, &other), exact;

	check_table(&table, &rows);
	assert_non_null(table.byte);
	assert_memory_equal(table.byte, same.byte, FEATURES * table.ld);
	/* Bins for the columns that have too many values alone. */
	made_fine(trees_table(&exact, &rows, BINS, 80, pool, other, NULL, &err), &err);
	check_table(&exact, &rows);
	for (size_t f = 0; f < FEATURES; f++)
		assert_int_equal(exact.column[f].codes, f == 2 ? 70 : table.column[f].codes);
	for (size_t f = 0; f < FEATURES; f++) {
		size_t count[BINS] = { 0 };

		assert_true(table.column[f].codes <= BINS && table.column[f].codes > BINS / 2);
		for (size_t i = 0; i < ROWS; i++)
			count[code_at(&table, i, f)]++;
		for (unsigned c = 0; (f == 0 || f > 2) && c < table.column[f].codes; c++)
			assert_in_range(count[c], ROWS / BINS, ROWS / BINS + 2);
	}
	arena_free(arena);
	arena_free(other);
	pool_free(pool);
	dataset_free(set);
}

static void test_bytes(void **state)
{
	enum { ROWS = 150, FEATURES = 37 };
	Dataset *set = new_numbers(DATASET_BYTES, ROWS, FEATURES, 3, 256, 1);
	uint32_t index[ROWS - 20];
	Rows rows = { .set = set, .index = index, .count = ROWS - 20 };
	Arena *arena;

	(void)state;
	for (size_t i = 0; i < rows.count; i++)
		index[i] = (uint32_t)(ROWS - 1 - i);
	TreesTable table = new_table(&rows, 255, NULL, &arena);

	for (size_t f = 0; f < FEATURES; f++)
		for (size_t i = 0; i < rows.count; i++)
			assert_int_equal(code_at(&table, i, f),
					 set->bytes[index[i] * FEATURES + f]);
	check_table(&table, &rows);
	arena_free(arena);
	dataset_free(set);
}

/* --- one split -------------------------------------------------------------------------------- */

typedef struct Case {
	SplitCriterion criterion;
	DatasetForm form;
	size_t rows, classes;
	unsigned values, weight; /* weights from 1 on */
} Case;

/* A node of all rows of a case, in an order of its own. */
typedef struct Node {
	Dataset *set;
	Rows rows;
	Arena *arena;
	TreesTable table;
	GrowOptions options;
	SplitWork work;
	SplitNode node;
	uint32_t row[4096], weight[4096], tag[4096], count[64];
	SplitSum sum[4096];
} Node;

static void node_fill(Node *made, const Case *c)
{
	SplitNode *node = &made->node;

	*node = (SplitNode){ .row = made->row,
			     .tag = made->tag,
			     .sum = made->sum,
			     .n = c->rows,
			     .count = made->count,
			     .min_leaf = made->options.min_leaf };
	for (size_t i = 0; i < c->rows; i++) {
		uint32_t row = (uint32_t)((i * 7919) % c->rows), weight;

		weight = 1 + (uint32_t)(i * 31 % c->weight);
		made->row[i] = row;
		made->weight[i] = weight;
		node->weight += weight;
		if (c->classes) {
			made->tag[i] = split_tag(rows_label(&made->rows, row), weight);
			made->count[rows_label(&made->rows, row)] += weight;
			continue;
		}
		double sum = weight * (double)rows_target(&made->rows, row);

		made->sum[i] = (SplitSum){ sum, weight };
		node->total += sum;
	}
	for (size_t k = 0; k < c->classes; k++)
		node->squares += (uint64_t)made->count[k] * made->count[k];
}

static Node *new_node(const Case *c, uint32_t features)
{
	Node *made = calloc(1, sizeof *made);
	Err err = { .code = ERR_NONE };

	assert_non_null(made);
	made->set = new_numbers(c->form, c->rows, 2, c->classes, c->values, 11);
	made->rows = (Rows){ .set = made->set, .count = c->rows };
	made->table = new_table(&made->rows, TREES_WORD_CODES, NULL, &made->arena);
	made->options = (GrowOptions){ .criterion = c->criterion, .min_leaf = 3 };
	node_fill(made, c);
	const double *xlogx = split_xlogx(made->node.weight, made->arena, &err);

	made_fine(split_work(&made->work, c->criterion, false, c->classes, &made->table, xlogx,
			     made->arena, &err),
		  &err);
	made->work.features = features;
	return made;
}

static void free_node(Node *made)
{
	arena_free(made->arena);
	dataset_free(made->set);
	free(made);
}

static double node_score(const Node *made, size_t f, unsigned code)
{
	return plain_score(&made->table, &made->options, made->row, made->weight, made->node.n, f,
			   code);
}

/* Twice: what one search leaves behind would show in the next. */
static SplitFound node_find(Node *made)
{
	const TreesTable *table = &made->table;
	SplitFound best = { .score = -1e300, .feature = UINT32_MAX };

	for (uint32_t i = 0; i < 4; i++) {
		uint32_t f = i % 2;

		made->node.column = &table->column[f];
		made->node.codes = table->column[f].codes;
		made->node.byte = table->byte ? table->byte + f * table->ld : NULL;
		made->node.word = table->byte ? NULL : table->word + f * table->ld;
		assert_int_not_equal(split_find(&made->work, &made->node, f, &best),
				     SPLIT_CONSTANT);
	}
	return best;
}

static void check_split(const Case *c, uint32_t features)
{
	Node *made = new_node(c, features);
	const TreesTable *table = &made->table;
	SplitFound best = node_find(made);
	double most = -INFINITY, found = node_score(made, best.feature, best.left);
	unsigned next = best.left + 1;

	for (size_t f = 0; f < 2; f++)
		for (unsigned code = 0; code + 1 < table->column[f].codes; code++)
			if (code_there(table, made->row, c->rows, f, code))
				most = fmax(most, node_score(made, f, code));
	if (!(fabs(found - most) <= 1e-9 * fabs(most)))
		fail_msg("%.17g found, %.17g is the best", found, most);
	assert_true(code_there(table, made->row, c->rows, best.feature, best.left));
	while (!code_there(table, made->row, c->rows, best.feature, next))
		next++;
	assert_true(best.cut == trees_cut(&table->column[best.feature], best.left, next));
	free_node(made);
}

static void test_splits(void **state)
{
	static const Case cases[] = {
		{ SPLIT_GINI, DATASET_BYTES, 40, 3, 9, 3 },
		{ SPLIT_GINI, DATASET_BYTES, 700, 10, 256, 1 },
		{ SPLIT_GINI, DATASET_BYTES, 700, 20, 100, 5 },
		{ SPLIT_GINI, DATASET_BYTES, 300, 5, 256, 1000 }, /* over 65,535 */
		{ SPLIT_GINI, DATASET_FLOATS, 300, 4, 1000, 2 },
		{ SPLIT_GINI, DATASET_FLOATS, 3000, 3, 100000, 1 },
		{ SPLIT_ENTROPY, DATASET_BYTES, 60, 3, 30, 3 },
		{ SPLIT_ENTROPY, DATASET_BYTES, 700, 10, 256, 1 },
		{ SPLIT_ENTROPY, DATASET_FLOATS, 900, 17, 3000, 2 },
		{ SPLIT_VARIANCE, DATASET_BYTES, 700, 0, 256, 3 },
		{ SPLIT_VARIANCE, DATASET_FLOATS, 900, 0, 3000, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t level = 0; level < LEVELS; level++)
			if (level_runs(levels[level]))
				check_split(&cases[i], levels[level]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact_codes),
		cmocka_unit_test(test_bins),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_splits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
