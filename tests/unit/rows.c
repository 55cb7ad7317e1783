/* Views of a dataset: splits, picks and batches.
 * SPDX-License-Identifier: MIT */
#include "data/dataset.h"

#include <math.h>
#include <string.h>

#include "unit.h"

#include "alloc_fail.h"

#define VIEW_TRAIN 100
#define VIEW_ROWS 130
#define VIEW_FEATURES 5

static uint8_t view_bytes[VIEW_ROWS * VIEW_FEATURES];
static uint16_t view_labels[VIEW_ROWS];

/* 60, 30 and 10 training rows of three classes. */
static Dataset view_set(void)
{
	for (int i = 0; i < VIEW_ROWS * VIEW_FEATURES; i++)
		view_bytes[i] = (uint8_t)(i * 37 % 256);
	for (int i = 0; i < VIEW_ROWS; i++)
		view_labels[i] = i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2;
	return (Dataset){ .name = "view",
			  .rows = VIEW_ROWS,
			  .features = VIEW_FEATURES,
			  .classes = 3,
			  .train_rows = VIEW_TRAIN,
			  .bytes = view_bytes,
			  .byte_scale = 1.0f / 255,
			  .labels = view_labels };
}

static void count_classes(const Rows *rows, size_t counts[3])
{
	memset(counts, 0, 3 * sizeof counts[0]);
	for (size_t i = 0; i < rows->count; i++)
		counts[rows->set->labels[rows_at(rows, i)]]++;
}

static void the_whole_split_stands_in_place(void **state)
{
	Dataset d = view_set();
	DataSplit s;
	Err err = { 0 };

	(void)state;
	assert_true(dataset_split(&s, &d, 0, 0, 1, &err));
	assert_null(s.train.index);
	assert_int_equal(s.train.first, 0);
	assert_int_equal(s.train.count, VIEW_TRAIN);
	assert_int_equal(s.valid.count, 0);
	assert_int_equal(s.test.first, VIEW_TRAIN);
	assert_int_equal(s.test.count, VIEW_ROWS - VIEW_TRAIN);
	assert_true(s.test.test);
	assert_false(s.train.test);
	assert_ptr_equal(rows_in_place(&s.test, 3, 4),
			 view_bytes + (VIEW_TRAIN + 3) * VIEW_FEATURES);
	data_split_done(&s);
	assert_true(dataset_split(&s, &d, VIEW_TRAIN, 0, 1, &err));
	assert_null(s.train.index);
	data_split_done(&s);
}

static void splits_are_stratified_and_disjoint(void **state)
{
	static const struct {
		size_t rows, train[3], valid[3];
		double share;
	} cases[] = {
		{ 0, { 48, 24, 8 }, { 12, 6, 2 }, .2 }, { 0, { 30, 15, 5 }, { 30, 15, 5 }, .5 },
		{ 50, { 30, 15, 5 }, { 0, 0, 0 }, 0 },  { 50, { 24, 12, 4 }, { 6, 3, 1 }, .2 },
		{ 7, { 4, 2, 1 }, { 0, 0, 0 }, 0 }, /* of 4.2, 2.1 and 0.7 */
		{ 1, { 1, 0, 0 }, { 0, 0, 0 }, 0 },
	};
	Dataset d = view_set();

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t seen[VIEW_TRAIN] = { 0 };
		size_t counts[3];
		DataSplit s;
		Err err = { 0 };

		assert_true(dataset_split(&s, &d, cases[i].rows, cases[i].share, 9, &err));
		count_classes(&s.train, counts);
		assert_memory_equal(counts, cases[i].train, sizeof counts);
		count_classes(&s.valid, counts);
		assert_memory_equal(counts, cases[i].valid, sizeof counts);
		assert_true(s.valid.valid == (s.valid.count > 0));
		assert_false(s.train.valid || s.test.valid);
		for (size_t k = 0; k < s.train.count + s.valid.count; k++) {
			const Rows *part = k < s.train.count ? &s.train : &s.valid;
			size_t at = k < s.train.count ? k : k - s.train.count,
			       row = rows_at(part, at);

			assert_in_range(row, 0, VIEW_TRAIN - 1);
			assert_int_equal(seen[row]++, 0);
			assert_true(at == 0 || row > rows_at(part, at - 1));
		}
		data_split_done(&s);
	}
}

static void splits_follow_the_seed(void **state)
{
	Dataset d = view_set();
	DataSplit a, b, c;
	Err err = { 0 };

	(void)state;
	assert_true(dataset_split(&a, &d, 40, .1, 5, &err));
	assert_true(dataset_split(&b, &d, 40, .1, 5, &err));
	assert_true(dataset_split(&c, &d, 40, .1, 6, &err));
	assert_memory_equal(a.train.index, b.train.index, a.train.count * 4);
	assert_memory_equal(a.valid.index, b.valid.index, a.valid.count * 4);
	assert_memory_not_equal(a.train.index, c.train.index, a.train.count * 4);
	/* The same rows on every machine and in every version. */
	assert_int_equal(a.valid.count, 4);
	data_split_done(&a);
	data_split_done(&b);
	data_split_done(&c);
}

static void impossible_splits_are_refused(void **state)
{
	static const struct {
		size_t rows;
		double valid;
	} cases[] = { { VIEW_TRAIN + 1, 0 }, { 0, -.1 }, { 0, .51 }, { 0, NAN },
		      { 0, INFINITY },       { 4, .1 },  { 1, .5 } };
	Dataset d = view_set();

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		DataSplit s;
		Err err = { 0 };

		assert_false(dataset_split(&s, &d, cases[i].rows, cases[i].valid, 1, &err));
		assert_int_equal(err.code, ERR_ARGUMENT);
		assert_null(s.train.set);
	}
}

static void views_of_views(void **state)
{
	Dataset d = view_set();
	DataSplit s;
	Rows head, sample, again, some, copy;
	uint8_t seen[VIEW_ROWS] = { 0 };
	Err err = { 0 };

	(void)state;
	assert_true(dataset_split(&s, &d, 0, 0, 1, &err));
	assert_true(rows_head(&head, &s.test, 7, &err));
	assert_int_equal(head.count, 7);
	assert_int_equal(rows_at(&head, 6), VIEW_TRAIN + 6);
	assert_true(head.test);
	rows_done(&head);
	assert_true(rows_head(&head, &s.test, 7000, &err));
	assert_int_equal(head.count, VIEW_ROWS - VIEW_TRAIN);
	assert_true(rows_sample(&sample, &head, 20, 3, &err));
	assert_true(rows_sample(&again, &head, 20, 3, &err));
	assert_memory_equal(sample.index, again.index, 80);
	assert_true(sample.test);
	for (size_t i = 0; i < 20; i++) {
		assert_in_range(sample.index[i], VIEW_TRAIN, VIEW_ROWS - 1);
		assert_int_equal(seen[sample.index[i]]++, 0);
	}
	assert_true(rows_of_classes(&some, &sample, (uint16_t[]){ 2, 0 }, 2, &err));
	for (size_t i = 0; i < some.count; i++)
		assert_int_not_equal(view_labels[some.index[i]], 1);
	assert_true(some.test);
	assert_true(rows_dup(&copy, &some, &err));
	assert_int_equal(copy.count, some.count);
	assert_memory_equal(copy.index, some.index, some.count * 4);
	assert_ptr_not_equal(copy.index, some.index);
	rows_done(&head);
	rows_done(&sample);
	rows_done(&again);
	rows_done(&some);
	rows_done(&copy);
	assert_null(copy.set);
	data_split_done(&s);
}

static void empty_views_are_refused(void **state)
{
	Dataset d = view_set();
	Rows all = { .set = &d, .count = VIEW_ROWS }, one_class = { .set = &d, .count = 3 }, out;
	Err err = { 0 };

	(void)state;
	assert_false(rows_head(&out, &all, 0, &err));
	assert_false(rows_head(&out, &(Rows){ .set = &d }, 5, &err));
	assert_false(rows_sample(&out, &all, 0, 1, &err));
	assert_false(rows_sample(&out, &all, VIEW_ROWS + 1, 1, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	assert_false(rows_of_classes(&out, &one_class, (uint16_t[]){ 2 }, 1, &err));
	assert_false(rows_of_classes(&out, &all, (uint16_t[]){ 3 }, 1, &err));
	assert_non_null(strstr(err.text, "class 3 is not in 0 to 2"));
}

static void views_without_memory_are_reported(void **state)
{
	Dataset d = view_set();
	Rows all = { .set = &d, .count = VIEW_ROWS }, drawn, out;
	DataPaths paths = { (const char *const[]){ NULL } };
	Err err = { 0 };

	(void)state;
	assert_true(rows_sample(&drawn, &all, 20, 1, &err));
	for (int i = 0; i < 5; i++) {
		bool fine = false;

		err.code = ERR_NONE;
		alloc_fail_after(0);
		if (i == 0)
			fine = rows_dup(&out, &drawn, &err);
		else if (i == 1)
			fine = rows_sample(&out, &all, 5, 1, &err);
		else if (i == 2)
			fine = rows_of_classes(&out, &all, (uint16_t[]){ 1 }, 1, &err);
		else if (i == 3)
			fine = rows_head(&out, &drawn, 5, &err);
		else
			fine = dataset_load("digits", &paths, NULL, NULL, &err) != NULL;
		alloc_fail_never();
		assert_false(fine);
		assert_int_equal(err.code, ERR_MEMORY);
		assert_null(out.index);
	}
	rows_done(&drawn);
}

static void batches_are_gathered(void **state)
{
	Dataset d = view_set();
	Rows rows = { .set = &d, .first = 10, .count = 50 }, drawn;
	uint32_t order[4] = { 49, 0, 7, 7 };
	float x[4 * VIEW_FEATURES];
	uint8_t bytes[3 * VIEW_FEATURES];
	uint16_t labels[4];
	Err err = { 0 };

	(void)state;
	assert_true(rows_sample(&drawn, &rows, 50, 1, &err));
	for (int pass = 0; pass < 2; pass++) {
		const Rows *view = pass ? &drawn : &rows;

		rows_gather(view, order, 4, x, labels);
		for (size_t i = 0; i < 4; i++) {
			size_t row = rows_at(view, order[i]);

			assert_int_equal(labels[i], view_labels[row]);
			for (size_t j = 0; j < VIEW_FEATURES; j++)
				assert_true(x[i * VIEW_FEATURES + j] ==
					    (float)view_bytes[row * VIEW_FEATURES + j] *
						    d.byte_scale);
		}
		rows_bytes(view, 20, 3, bytes, labels);
		rows_bytes(view, 20, 3, bytes, NULL);
		for (size_t i = 0; i < 3; i++) {
			size_t row = rows_at(view, 20 + i);

			assert_int_equal(labels[i], view_labels[row]);
			assert_memory_equal(bytes + i * VIEW_FEATURES,
					    view_bytes + row * VIEW_FEATURES, VIEW_FEATURES);
		}
	}
	rows_gather(&rows, order, 0, x, labels);
	assert_ptr_equal(rows_in_place(&rows, 1, 2), view_bytes + 11 * VIEW_FEATURES);
	assert_non_null(rows_in_place(&rows, 50, 0));
	assert_null(rows_in_place(&drawn, 0, 50));
	assert_ptr_equal(rows_in_place(&drawn, 5, 1),
			 view_bytes + drawn.index[5] * VIEW_FEATURES);
	rows_done(&drawn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_split_stands_in_place),
		cmocka_unit_test(splits_are_stratified_and_disjoint),
		cmocka_unit_test(splits_follow_the_seed),
		cmocka_unit_test(impossible_splits_are_refused),
		cmocka_unit_test(views_of_views),
		cmocka_unit_test(empty_views_are_refused),
		cmocka_unit_test(views_without_memory_are_reported),
		cmocka_unit_test(batches_are_gathered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
