/* The sets that are drawn: what their sentences promise, the same numbers for the same seed, others
 * for another.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "unit.h"

static const char *const nowhere[] = { NULL };
static const DataPaths paths = { nowhere };

static Dataset *draw(const char *name, size_t rows, uint64_t seed)
{
	Err err = { 0 };
	Dataset *d = dataset_load(name, &paths, &(DataWish){ rows, seed }, NULL, &err);

	if (!d)
		fail_msg("%s: %s", name, err.text);
	return d;
}

static void equal_content(const Dataset *a, const Dataset *b)
{
	assert_int_equal(a->rows, b->rows);
	assert_int_equal(a->train_rows, b->train_rows);
	if (a->floats)
		assert_memory_equal(a->floats, b->floats,
				    a->rows * a->features * sizeof *a->floats);
	else {
		size_t entries = (size_t)a->sparse.begin[a->rows];

		assert_memory_equal(a->sparse.begin, b->sparse.begin,
				    (a->rows + 1) * sizeof *a->sparse.begin);
		assert_memory_equal(a->sparse.column, b->sparse.column,
				    entries * sizeof *a->sparse.column);
	}
	if (a->labels)
		assert_memory_equal(a->labels, b->labels, a->rows * sizeof *a->labels);
	else
		assert_memory_equal(a->targets, b->targets, a->rows * sizeof *a->targets);
}

static bool same_features(const Dataset *a, const Dataset *b)
{
	return a->floats ? memcmp(a->floats, b->floats, a->features * sizeof *a->floats) == 0
			 : memcmp(a->sparse.column, b->sparse.column, 16) == 0;
}

static void seeds_decide(void **state)
{
	size_t drawn = 0;

	(void)state;
	for (size_t i = 0; data_sources[i]; i++) {
		const char *name = data_sources[i]->info.name;

		if (!data_source_generated(data_sources[i]))
			continue;
		Dataset *a = draw(name, 400, 7), *b = draw(name, 400, 7), *c = draw(name, 400, 8);

		assert_int_equal(a->rows, 400);
		assert_int_equal(a->train_rows, 300);
		equal_content(a, b);
		assert_false(same_features(a, c));
		dataset_free(a);
		dataset_free(b);
		dataset_free(c);
		drawn++;
	}
	assert_true(drawn >= 8);
}

static void content_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; data_sources[i]; i++) {
		if (!data_source_generated(data_sources[i]))
			continue;
		Dataset *d = draw(data_sources[i]->info.name, 0, 1);
		size_t of_class[16] = { 0 };

		assert_int_equal(d->rows, data_sources[i]->train_rows + data_sources[i]->test_rows);
		for (size_t at = 0; d->floats && at < d->rows * d->features; at++)
			assert_true(isfinite(d->floats[at]));
		for (size_t row = 0; row < d->rows; row++)
			if (d->labels)
				of_class[d->labels[row]]++;
			else
				assert_true(isfinite(d->targets[row]));
		for (size_t c = 0; c < d->classes; c++)
			assert_true(of_class[c] > d->rows / d->classes / 4);
		dataset_free(d);
	}
}

static void xor_is_of_signs(void **state)
{
	Dataset *d = draw("xor", 1000, 3);

	(void)state;
	for (size_t i = 0; i < d->rows; i++)
		assert_int_equal(d->labels[i],
				 (d->floats[2 * i] < 0) != (d->floats[2 * i + 1] < 0));
	dataset_free(d);
}

/* Mean distance from the origin: 1 and .5, the noise adds less than .02. */
static void circles_lie_in_one_another(void **state)
{
	Dataset *d = draw("circles", 4000, 3);
	double sum[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < d->rows; i++)
		sum[d->labels[i]] += hypot(d->floats[2 * i], d->floats[2 * i + 1]);
	assert_true(fabs(sum[0] / 2000 - 1) < .02 && fabs(sum[1] / 2000 - .5) < .03);
	dataset_free(d);
}

static void sparse_rows_rise(void **state)
{
	Dataset *d = draw("sparse-synthetic", 2000, 3);

	(void)state;
	for (size_t i = 0; i < d->rows; i++) {
		uint64_t begin = d->sparse.begin[i], end = d->sparse.begin[i + 1];

		assert_true(end > begin && end - begin <= 60);
		for (uint64_t k = begin; k < end; k++) {
			assert_true(d->sparse.column[k] < d->features);
			assert_true(k == begin || d->sparse.column[k] > d->sparse.column[k - 1]);
			assert_true(d->sparse.value[k] >= 1 && d->sparse.value[k] <= 3);
		}
	}
	dataset_free(d);
}

static void too_few_rows_are_named(void **state)
{
	Err err = { 0 };

	(void)state;
	assert_null(dataset_load("blobs", &paths, &(DataWish){ .rows = 3 }, NULL, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	assert_non_null(strstr(err.text, "blobs: 3 rows are too few; ask for 16 or more"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seeds_decide),
		cmocka_unit_test(content_is_sound),
		cmocka_unit_test(xor_is_of_signs),
		cmocka_unit_test(circles_lie_in_one_another),
		cmocka_unit_test(sparse_rows_rise),
		cmocka_unit_test(too_few_rows_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
