/* Ways of preparing: what they learn comes from training rows only, what they do is right on small
 * tables worked out by hand.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "data/prepare.h"
#include "unit.h"

/* Two training rows and a test row whose values would change every mean. */
static const char *const colours[] = { "red", "green", "blue" };
static const Column columns[] = { { .name = "size" },
				  { "colour", 3, colours },
				  { .name = "same" } };

static Dataset *table(void)
{
	static const float x[3][3] = { { 1, 0, 5 }, { 3, 2, 5 }, { 100, 1, 7 } };
	static const uint16_t labels[] = { 0, 1, 1 };
	Err err = { 0 };
	Dataset *d = dataset_new("table", DATASET_FLOATS, 3, 3, 2, 0, &err);

	assert_non_null(d);
	d->train_rows = 2;
	memcpy(d->floats, x, sizeof x);
	memcpy(d->labels, labels, sizeof labels);
	d->column = columns;
	return d;
}

/* (3 rows, 4 columns): {1: 2}, {0: 1, 3: −4}, {2: 5}. */
static Dataset *sparse_table(void)
{
	Err err = { 0 };
	Dataset *d = dataset_new("words", DATASET_SPARSE, 3, 4, 2, 4, &err);

	assert_non_null(d);
	d->train_rows = 2;
	memcpy(d->sparse.begin, (uint64_t[]){ 0, 1, 3, 4 }, 4 * sizeof(uint64_t));
	memcpy(d->sparse.column, (uint32_t[]){ 1, 0, 3, 2 }, 4 * sizeof(uint32_t));
	memcpy(d->sparse.value, (float[]){ 2, 1, -4, 5 }, 4 * sizeof(float));
	memcpy(d->labels, (uint16_t[]){ 0, 1, 1 }, 3 * sizeof(uint16_t));
	return d;
}

static Dataset *prepared(const Dataset *from, const char *lines)
{
	const Rows train = { .set = from, .count = from->train_rows };
	Err err = { 0 };
	Dataset *d = prepare_all(&train, lines, NULL, &err);

	if (!d)
		fail_msg("%s: %s", lines, err.text);
	assert_int_equal(d->rows, from->rows);
	assert_int_equal(d->train_rows, from->train_rows);
	if (from->labels)
		assert_memory_equal(d->labels, from->labels, d->rows * sizeof *d->labels);
	return d;
}

static void refused(const Dataset *from, const char *lines, const char *text)
{
	const Rows train = { .set = from, .count = from->train_rows };
	Err err = { 0 };

	assert_null(prepare_all(&train, lines, NULL, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	if (!strstr(err.text, text))
		fail_msg("%s: '%s' lacks '%s'", lines, err.text, text);
}

static void floats_are(const Dataset *d, const float *wanted)
{
	for (size_t at = 0; at < d->rows * d->features; at++)
		if (fabsf(d->floats[at] - wanted[at]) > 1e-6f)
			fail_msg("number %zu is %g, not %g", at, (double)d->floats[at],
				 (double)wanted[at]);
}

static void standardize_uses_training_rows(void **state)
{
	Dataset *d = table(), *s = prepared(d, "standardize");

	(void)state;
	floats_are(s, (float[]){ -1, 0, 0, 1, 2, 0, 98, 1, 2 });
	assert_string_equal(s->column[1].category[2], "blue");
	dataset_free(s);
	dataset_free(d);
}

static void onehot_knows_only_training_categories(void **state)
{
	Dataset *d = table(), *o = prepared(d, "onehot"), *drop = prepared(d, "onehot drop=true");

	(void)state;
	assert_int_equal(o->features, 4); /* size, red, blue, same: green is of the test row */
	floats_are(o, (float[]){ 1, 1, 0, 5, 3, 0, 1, 5, 100, 0, 0, 7 });
	assert_string_equal(o->column[2].name, "colour=blue");
	assert_int_equal(drop->features, 3);
	floats_are(drop, (float[]){ 1, 0, 5, 3, 1, 5, 100, 0, 7 });
	dataset_free(drop);
	dataset_free(o);
	dataset_free(d);
}

static void missing_values_are_replaced(void **state)
{
	Dataset *d = table();

	(void)state;
	d->floats[3] = NAN; /* size of the second training row */
	d->floats[7] = NAN; /* colour of the test row */
	d->missing = true;
	Dataset *i = prepared(d, "impute with=median");

	floats_are(i, (float[]){ 1, 0, 5, 1, 2, 5, 100, 0, 7 });
	assert_false(i->missing);
	dataset_free(i);
	Dataset *o = prepared(d, "onehot");

	assert_true(o->missing);
	dataset_free(o);
	d->floats[0] = NAN;
	refused(d, "impute", "column 1 'size' of table is missing in all 2 training rows");
	dataset_free(d);
}

static void scale_keeps_zeros(void **state)
{
	Dataset *d = table(), *words = sparse_table();
	Dataset *range = prepared(d, "scale to=range"), *s = prepared(words, "scale");

	(void)state;
	floats_are(range, (float[]){ 0, 0, 5, 1, 2, 5, 49.5f, 1, 7 });
	assert_memory_equal(s->sparse.value, ((float[]){ 1, 1, -1, 5 }), 4 * sizeof(float));
	refused(words, "scale to=range", "use to=magnitude");
	refused(words, "standardize", "use \"scale\"");
	dataset_free(s);
	dataset_free(range);
	dataset_free(words);
	dataset_free(d);
}

static void dense_writes_zeros(void **state)
{
	Dataset *words = sparse_table(), *d = prepared(words, "dense");

	(void)state;
	floats_are(d, (float[]){ 0, 2, 0, 0, 1, 0, 0, -4, 0, 0, 5, 0 });
	refused(d, "dense", "dense already");
	dataset_free(d);
	dataset_free(words);
}

static void counts_are_weighed(void **state)
{
	Dataset *d = table(), *words = sparse_table();
	Dataset *presence = prepared(d, "counts to=presence"), *logs;

	(void)state;
	floats_are(presence, (float[]){ 1, 0, 1, 1, 1, 1, 1, 1, 1 });
	assert_string_equal(presence->column[0].name, "size");
	refused(words, "counts", "row 2 of words has a value below 0");
	words->sparse.value[2] = 0; /* stored, but none */
	logs = prepared(words, "counts");
	Dataset *any = prepared(words, "counts to=presence; dense");

	assert_int_equal(logs->form, DATASET_SPARSE);
	assert_memory_equal(logs->sparse.begin, words->sparse.begin, 4 * sizeof(uint64_t));
	assert_memory_equal(logs->sparse.column, words->sparse.column, 4 * sizeof(uint32_t));
	for (size_t k = 0; k < 4; k++)
		assert_true(fabsf(logs->sparse.value[k] - logf(1 + words->sparse.value[k])) <
			    1e-6f);
	floats_are(any, (float[]){ 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0 });
	dataset_free(any);
	dataset_free(logs);
	dataset_free(presence);
	dataset_free(words);
	dataset_free(d);
}

static void rare_words_weigh_more(void **state)
{
	Dataset *words = sparse_table(), *all = prepared(words, "dense"), *d = table();
	Dataset *a = prepared(words, "idf; dense"), *b = prepared(all, "idf");
	const float one = logf(3.0f / 2) + 1, none = logf(3) + 1;

	(void)state;
	/* Two training rows; the last column of the test row was in none of them. */
	floats_are(a, (float[]){ 0, 2 * one, 0, 0, one, 0, 0, -4 * one, 0, 0, 5 * none, 0 });
	assert_memory_equal(a->floats, b->floats, 12 * sizeof(float));
	refused(d, "idf", "holds categories");
	dataset_free(b);
	dataset_free(a);
	dataset_free(d);
	dataset_free(all);
	dataset_free(words);
}

/* A set that was given away is changed where it stands, and freed where that will not do. */
static void taken_sets_are_not_copied(void **state)
{
	Err err = { 0 };
	Dataset *words = sparse_table();
	const float *values;
	Rows train = { .set = words, .count = words->train_rows };
	Dataset *d = prepare_taken(words, &train, "counts to=presense; normalize", NULL, &err);

	(void)state;
	assert_null(d);
	assert_non_null(strstr(err.text, "presense"));
	words = sparse_table();
	values = words->sparse.value;
	words->sparse.value[2] = 4;
	train.set = words;
	d = prepare_taken(words, &train, "counts to=presence; normalize", NULL, &err);
	assert_ptr_equal(d, words);
	assert_ptr_equal(d->sparse.value, values);
	train.set = d;
	d = prepare_taken(d, &train, "dense; idf", NULL, &err);
	assert_non_null(d);
	assert_int_equal(d->form, DATASET_FLOATS);
	dataset_free(d);
}

static void rows_get_length_1(void **state)
{
	Dataset *words = sparse_table(), *all = prepared(words, "dense");
	Dataset *a = prepared(words, "normalize; dense"), *b = prepared(all, "normalize"),
		*d = table();
	const float long_row = sqrtf(17);

	(void)state;
	floats_are(a, (float[]){ 0, 1, 0, 0, 1 / long_row, 0, 0, -4 / long_row, 0, 0, 1, 0 });
	assert_memory_equal(a->floats, b->floats, 12 * sizeof(float));
	refused(d, "normalize", "column 2 'colour' of table holds categories");
	memset(all->floats, 0, 4 * sizeof(float)); /* a row without words */
	Dataset *none = prepared(all, "normalize");

	floats_are(none, (float[]){ 0, 0, 0, 0, 1 / long_row, 0, 0, -4 / long_row, 0, 0, 1, 0 });
	all->floats[0] = NAN;
	all->missing = true;
	refused(all, "normalize", "impute them first");
	dataset_free(none);
	dataset_free(d);
	dataset_free(b);
	dataset_free(a);
	dataset_free(all);
	dataset_free(words);
}

static Dataset *judged(void)
{
	/* Column 0 does not vary, 1 tells a little, 2 tells all. */
	static const float x[4][3] = { { 1, 0, 2 }, { 1, 3, 2 }, { 1, 2, 5 }, { 1, 4, 5 } };
	Err err = { 0 };
	Dataset *d = dataset_new("judged", DATASET_FLOATS, 4, 3, 2, 0, &err);

	assert_non_null(d);
	memcpy(d->floats, x, sizeof x);
	memcpy(d->labels, (uint16_t[]){ 0, 0, 1, 1 }, 4 * sizeof(uint16_t));
	return d;
}

static void selection_finds_what_tells(void **state)
{
	Dataset *d = judged(), *f = prepared(d, "select keep=1"),
		*two = prepared(d, "select keep=2 by=variance");

	(void)state;
	floats_are(f, (float[]){ 2, 2, 5, 5 });
	floats_are(two, (float[]){ 0, 2, 3, 2, 2, 5, 4, 5 });
	refused(d, "select keep=4", "judged has only 3 columns");
	refused(d, "select", "keep");
	d->floats[0] = -1;
	refused(d, "select keep=1 by=chi2", "values below 0");
	dataset_free(two);
	dataset_free(f);
	dataset_free(d);
}

/* Columns 0 and 1 are the same but for a little; 2 tells less than either, but something else. */
static void forward_selection_asks_what_is_new(void **state)
{
	static const float x[8][4] = { { 0, 0, 0, 7 }, { 0, 0.1f, 0, 7 }, { 0, 0, 1, 7 },
				       { 4, 4, 0, 7 }, { 4, 4.1f, 1, 7 }, { 4, 4, 1, 7 },
				       { 4, 4, 0, 7 }, { 0, 0, 1, 7 } };
	static const uint16_t label[8] = { 0, 0, 0, 0, 1, 1, 0, 0 };
	Err err = { 0 };
	Dataset *d = dataset_new("like", DATASET_FLOATS, 8, 4, 2, 0, &err), *words = sparse_table();

	(void)state;
	assert_non_null(d);
	d->train_rows = 8;
	memcpy(d->floats, x, sizeof x);
	memcpy(d->labels, label, sizeof label);
	Dataset *two = prepared(d, "select keep=2 by=forward");
	Dataset *three = prepared(d, "select keep=3 by=forward");
	Dataset *all = prepared(d, "select keep=4 by=forward");

	for (size_t i = 0; i < 8; i++) {
		/* One of the pair, and the one that is new. */
		assert_true(two->floats[2 * i] <= x[i][1] && two->floats[2 * i] >= x[i][0]);
		assert_true(two->floats[2 * i + 1] == x[i][2]);
		/* What never changes comes last. */
		assert_memory_equal(three->floats + 3 * i, x[i], 3 * sizeof(float));
	}
	assert_memory_equal(all->floats, x, sizeof x);
	refused(words, "select keep=1 by=forward", "dense rows");
	dataset_free(all);
	dataset_free(three);
	dataset_free(two);
	dataset_free(words);
	dataset_free(d);
}

/* Products that leave f32 tell nothing, but choose as many columns as were asked for. */
static void forward_selection_of_huge_numbers(void **state)
{
	Err err = { 0 };
	Dataset *d = dataset_new("huge", DATASET_FLOATS, 6, 3, 0, 0, &err);

	(void)state;
	assert_non_null(d);
	d->train_rows = 6;
	for (size_t i = 0; i < 6; i++) {
		d->targets[i] = i % 2 ? 3e38f : -3e38f;
		for (size_t j = 0; j < 3; j++)
			d->floats[3 * i + j] = (float)(i * i + (i + 1) * j) * 1e4f;
	}
	Dataset *two = prepared(d, "select keep=2 by=forward");

	assert_int_equal(two->features, 2);
	dataset_free(two);
	for (size_t i = 0; i < 18; i++)
		d->floats[i] *= 1e30f;
	two = prepared(d, "select keep=2 by=forward");
	assert_int_equal(two->features, 2);
	dataset_free(two);
	dataset_free(d);
}

/* Σ of squares that column j explains, and column pick[0] with it when step is 1. */
static double least_squares(const Dataset *d, const size_t *pick, size_t step, size_t j)
{
	double mean[3] = { 0 }, p[3][3] = { { 0 } };

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < d->rows; i++) {
			const float *x = d->floats + d->features * i;
			double v[3] = { (double)x[j], (double)x[pick[0]], (double)d->targets[i] };

			for (size_t a = 0; a < 3; a++) {
				v[a] -= mean[a];
				for (size_t b = 0; b <= a && pass; b++)
					p[a][b] += v[a] * v[b];
			}
			for (size_t a = 0; a < 3 && !pass; a++)
				mean[a] += v[a] / (double)(i + 1);
		}
	if (step == 0)
		return p[2][0] * p[2][0] / p[0][0];
	double det = p[0][0] * p[1][1] - p[1][0] * p[1][0];

	return (p[2][0] * p[2][0] * p[1][1] - 2 * p[2][0] * p[2][1] * p[1][0] +
		p[2][1] * p[2][1] * p[0][0]) /
	       det;
}

/* Each step lowers the squared error most, of numbers too: against solving for each pair anew. */
static void forward_selection_is_greedy(void **state)
{
	Err err = { 0 };
	Dataset *d = dataset_new("numbers", DATASET_FLOATS, 60, 6, 0, 0, &err);
	double best = -1;
	size_t pick[2] = { 0, 0 };
	Random random;

	(void)state;
	assert_non_null(d);
	d->train_rows = 60;
	random_init(&random, 2, RANDOM_DATA);
	for (size_t i = 0; i < 60; i++) {
		float *x = d->floats + 6 * i;

		for (size_t j = 0; j < 6; j++)
			x[j] = random_uniform(&random, -1, 1) + (j > 0 ? x[0] / 2 : 0);
		d->targets[i] = x[1] + 0.8f * x[4] + random_uniform(&random, -0.1f, 0.1f);
	}
	for (size_t step = 0; step < 2; step++, best = -1)
		for (size_t j = 0; j < 6; j++) {
			double told = least_squares(d, pick, step, j);

			if ((step == 0 || j != pick[0]) && told > best) {
				best = told;
				pick[step] = j;
			}
		}
	Dataset *two = prepared(d, "select keep=2 by=forward");
	size_t low = pick[0] < pick[1] ? pick[0] : pick[1], high = pick[0] + pick[1] - low;

	for (size_t i = 0; i < 60; i++) {
		assert_true(two->floats[2 * i] == d->floats[6 * i + low]);
		assert_true(two->floats[2 * i + 1] == d->floats[6 * i + high]);
	}
	dataset_free(two);
	dataset_free(d);
}

static void sparse_selection_is_the_dense_one(void **state)
{
	Dataset *words = sparse_table(), *all = prepared(words, "dense");
	Dataset *a = prepared(words, "select keep=2; dense"), *b = prepared(all, "select keep=2");

	(void)state;
	assert_int_equal(a->features, 2);
	assert_memory_equal(a->floats, b->floats, 6 * sizeof(float));
	dataset_free(b);
	dataset_free(a);
	dataset_free(all);
	dataset_free(words);
}

static void hashing_keeps_sums(void **state)
{
	Dataset *words = sparse_table(), *h = prepared(words, "hash columns=64");

	(void)state;
	assert_int_equal(h->features, 64);
	for (size_t i = 0; i < 3; i++) {
		double a = 0, b = 0;

		for (uint64_t k = words->sparse.begin[i]; k < words->sparse.begin[i + 1]; k++)
			a += fabs((double)words->sparse.value[k]);
		for (uint64_t k = h->sparse.begin[i]; k < h->sparse.begin[i + 1]; k++) {
			b += fabs((double)h->sparse.value[k]);
			assert_true(k == h->sparse.begin[i] ||
				    h->sparse.column[k] > h->sparse.column[k - 1]);
		}
		assert_true(fabs(a - b) < 1e-6); /* 64 places for 4 words: none met */
	}
	dataset_free(h);
	dataset_free(words);
}

/* A vertical edge has all its gradient along x: orientation 0, shared by the first and last bin. */
static void hog_sees_an_edge(void **state)
{
	Err err = { 0 };
	Dataset *d = dataset_new("edge", DATASET_BYTES, 2, 64, 2, 0, &err);

	(void)state;
	assert_non_null(d);
	d->width = d->height = 8;
	d->labels[1] = 1;
	for (size_t at = 0; at < 128; at++)
		d->bytes[at] = at % 8 >= 4 ? 200 : 0;
	Dataset *h = prepared(d, "hog");

	assert_int_equal(h->features, 36);
	for (size_t cell = 0; cell < 4; cell++)
		for (size_t bin = 0; bin < 9; bin++) {
			float got = h->floats[cell * 9 + bin];
			float wanted = bin == 0 || bin == 8 ? 1 / sqrtf(8) : 0;

			assert_true(fabsf(got - wanted) < 1e-4f);
		}
	refused(d, "hog cell=5", "less than 2 x 2 cells of 5");
	d->width = 0;
	refused(d, "hog", "no images");
	dataset_free(h);
	dataset_free(d);
}

static void mistakes_are_named(void **state)
{
	Dataset *d = table();

	(void)state;
	refused(d, "standardise", "did you mean 'standardize'?");
	refused(d, "standardize; scale too=range", "did you mean 'to'?");
	refused(d, "", "empty line");
	dataset_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standardize_uses_training_rows),
		cmocka_unit_test(onehot_knows_only_training_categories),
		cmocka_unit_test(missing_values_are_replaced),
		cmocka_unit_test(scale_keeps_zeros),
		cmocka_unit_test(dense_writes_zeros),
		cmocka_unit_test(counts_are_weighed),
		cmocka_unit_test(rare_words_weigh_more),
		cmocka_unit_test(rows_get_length_1),
		cmocka_unit_test(taken_sets_are_not_copied),
		cmocka_unit_test(selection_finds_what_tells),
		cmocka_unit_test(forward_selection_asks_what_is_new),
		cmocka_unit_test(forward_selection_of_huge_numbers),
		cmocka_unit_test(forward_selection_is_greedy),
		cmocka_unit_test(sparse_selection_is_the_dense_one),
		cmocka_unit_test(hashing_keeps_sums),
		cmocka_unit_test(hog_sees_an_edge),
		cmocka_unit_test(mistakes_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
