/* Feeds: every row once an epoch, in an order of its own that a seed repeats, whatever the form of the
 * rows and the sizes of the buffer.
 * SPDX-License-Identifier: MIT */
#include "data/feed.h"

#include "datafile_make.h"

#define ROWS 1000
#define FEATURES 8
#define CLASSES 3
#define TRAIN (ROWS - ROWS / 5)

static void make(Fixture *f, DatasetForm form)
{
	datafile_close(f->file);
	dataset_free(f->set);
	f->set = rows_make(form, ROWS, FEATURES, CLASSES, 1);
	if (form == DATASET_BYTES) /* two bytes that tell the row */
		for (size_t i = 0; i < ROWS; i++)
			f->set->bytes[i * FEATURES + 1] = (uint8_t)(i / 256);
	f->file = rows_file(f->path, f->set);
}

/* Which row this is, and whether it is whole. */
static size_t row_of(const Fixture *f, const Rows *piece, size_t i)
{
	size_t at = rows_at(piece, i), row, n = FEATURES;
	const Dataset *set = piece->set, *all = f->set;

	if (set->form == DATASET_BYTES) {
		row = set->bytes[at * n] + 256 * (size_t)set->bytes[at * n + 1];
		assert_memory_equal(set->bytes + at * n, all->bytes + row * n, n);
	} else if (set->form == DATASET_FLOATS) {
		row = (size_t)lroundf(set->floats[at * n] * 1000);
		same_floats(set->floats + at * n, all->floats + row * n, n);
	} else {
		const Rows whole = { .set = all, .count = ROWS };
		SparseRow here = rows_sparse(piece, i);

		row = (size_t)lroundf(here.value[0] * 1000);
		SparseRow there = rows_sparse(&whole, row);

		assert_int_equal(here.count, there.count);
		assert_memory_equal(here.column, there.column, here.count * sizeof *here.column);
		same_floats(here.value, there.value, here.count);
	}
	assert_int_equal(rows_label(piece, i), all->labels[row]);
	return row;
}

/* One epoch; order (TRAIN) is filled, and each row must come once. Returns the pieces. */
static size_t read_epoch(Fixture *f, Feed *feed, size_t epoch, size_t batch, uint32_t *order)
{
	bool seen[ROWS] = { false };
	size_t rows = 0, pieces = 0;
	Rows piece;

	feed_begin(feed, epoch);
	for (;; pieces++) {
		fine_or_fail(feed_next(feed, &piece, NULL, &f->err), &f->err);
		if (piece.count == 0)
			break;
		assert_int_equal(piece.count, piece.set->rows);
		assert_true(piece.count <= feed_rows_max(feed));
		if (batch && rows + piece.count < TRAIN && piece.count % batch != 0)
			fail_msg("a piece of %zu rows", piece.count);
		for (size_t i = 0; i < piece.count; i++) {
			size_t row = row_of(f, &piece, i);

			assert_true(row < TRAIN && !seen[row]);
			seen[row] = true;
			order[rows++] = (uint32_t)row;
		}
	}
	assert_int_equal(rows, TRAIN);
	fine_or_fail(feed_next(feed, &piece, NULL, &f->err), &f->err);
	assert_int_equal(piece.count, 0);
	return pieces;
}

static const struct {
	size_t buffer, block, batch;
	bool alone;
} sizes[] = {
	{ 1, 1, 0, false },       { 1, 1, 0, true },        { 4000, 300, 0, false },
	{ 4000, 300, 32, false }, { 6000, 1000, 16, true }, { 2000, 100000, 7, false },
	{ 0, 0, 64, false },      { 0, 100, 64, true },
};

static void every_row_comes_once(void **state)
{
	static const DatasetForm forms[] = { DATASET_BYTES, DATASET_FLOATS, DATASET_SPARSE };
	uint32_t order[ROWS], again[ROWS], other[ROWS];
	Fixture *f = *state;

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		make(f, forms[i]);
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
			FeedOptions options = { .buffer_bytes = sizes[k].buffer,
						.block_bytes = sizes[k].block,
						.batch = sizes[k].batch,
						.alone = sizes[k].alone,
						.shuffle = true,
						.seed = 5 };
			size_t batch = forms[i] == DATASET_SPARSE ? 0 : sizes[k].batch;
			Feed *feed = feed_new(f->file, &options, &f->err);

			fine_or_fail(feed, &f->err);
			read_epoch(f, feed, 0, batch, order);
			read_epoch(f, feed, 1, batch, other);
			assert_memory_not_equal(order, other, TRAIN * sizeof *order);
			read_epoch(f, feed, 0, batch, again);
			assert_memory_equal(order, again, TRAIN * sizeof *order);
			feed_free(feed);
		}
	}
}

/* A feed's first epoch with these options. */
static void order_of(Fixture *f, FeedOptions options, size_t epoch, uint32_t *order)
{
	Feed *feed = feed_new(f->file, &options, &f->err);

	fine_or_fail(feed, &f->err);
	read_epoch(f, feed, epoch, 0, order);
	feed_free(feed);
}

static void the_seed_and_the_epoch_alone_make_the_order(void **state)
{
	FeedOptions options = {
		.buffer_bytes = 5000, .block_bytes = 400, .shuffle = true, .seed = 1
	};
	uint32_t order[ROWS], other[ROWS];
	Fixture *f = *state;

	make(f, DATASET_SPARSE);
	order_of(f, options, 3, order);
	order_of(f, options, 3, other);
	assert_memory_equal(order, other, TRAIN * sizeof *order);
	options.alone = true; /* whoever reads them */
	order_of(f, options, 3, other);
	assert_memory_equal(order, other, TRAIN * sizeof *order);
	options.seed = 2;
	order_of(f, options, 3, other);
	assert_memory_not_equal(order, other, TRAIN * sizeof *order);
}

static void unshuffled_rows_stand_as_in_the_file(void **state)
{
	FeedOptions options = { .buffer_bytes = 3000, .block_bytes = 500 };
	uint32_t order[ROWS];
	Fixture *f = *state;

	make(f, DATASET_FLOATS);
	order_of(f, options, 0, order);
	for (size_t i = 0; i < TRAIN; i++)
		assert_int_equal(order[i], i);
}

/* Rows of one block end up among others: neighbours in the file are seldom neighbours in the order, and
 * the first pieces hold rows from everywhere. */
static void shuffling_mixes(void **state)
{
	FeedOptions options = { .buffer_bytes = 16000, .block_bytes = 200, .shuffle = true };
	uint32_t order[ROWS];
	size_t neighbours = 0, low = 0;
	Fixture *f = *state;

	make(f, DATASET_FLOATS);
	order_of(f, options, 0, order);
	for (size_t i = 0; i < TRAIN; i++) {
		neighbours += i > 0 && order[i] == order[i - 1] + 1;
		low += i < 200 && order[i] < TRAIN / 2;
	}
	if (neighbours > 30 || low < 60 || low > 140)
		fail_msg("%zu neighbours, %zu of the first 200 from the first half", neighbours,
			 low);
}

static void an_epoch_may_be_left(void **state)
{
	FeedOptions options = { .buffer_bytes = 3000, .block_bytes = 300, .shuffle = true };
	uint32_t order[ROWS];
	Fixture *f = *state;
	Feed *feed;
	Rows piece;

	make(f, DATASET_BYTES);
	feed = feed_new(f->file, &options, &f->err);
	fine_or_fail(feed, &f->err);
	for (size_t epoch = 0; epoch < 40; epoch++) {
		feed_begin(feed, epoch);
		for (size_t i = 0; i < epoch % 3; i++)
			fine_or_fail(feed_next(feed, &piece, NULL, &f->err), &f->err);
	}
	read_epoch(f, feed, 40, 0, order);
	feed_begin(feed, 41);
	feed_free(feed); /* while it reads */
}

/* One row has more entries than a half should. */
static void a_long_row_has_a_piece_of_its_own(void **state)
{
	FeedOptions options = { .buffer_bytes = 2000, .block_bytes = 100, .shuffle = true };
	uint32_t order[ROWS];
	Fixture *f = *state;
	size_t wide = 5000;
	Dataset *set =
		dataset_new("made", DATASET_SPARSE, ROWS, wide, CLASSES, ROWS + wide, &f->err);
	uint64_t at = 0;

	fine_or_fail(set, &f->err);
	set->train_rows = TRAIN;
	for (size_t i = 0; i < ROWS; i++) {
		for (size_t j = 0; j < (i == 400 ? wide : 1); j++) {
			set->sparse.column[at] = (uint32_t)j;
			set->sparse.value[at++] = (float)i / 1000;
		}
		set->sparse.begin[i + 1] = at;
		set->labels[i] = (uint16_t)(i % CLASSES);
	}
	f->set = set;
	f->file = rows_file(f->path, set);
	order_of(f, options, 0, order);
}

static void damaged_rows_are_named(void **state)
{
	static const bool alone[] = { false, true };
	Fixture *f = *state;
	Rows piece = { .count = 1 };
	Blob whole;

	make(f, DATASET_FLOATS);
	whole = bytes_get(f->path);
	uint16_t *labels = (uint16_t *)(void *)(whole.bytes + whole.len) - ROWS;

	labels[TRAIN - 1] = CLASSES;
	FILE *out = fopen(f->path, "r+b"); /* the same file, which is open */

	assert_non_null(out);
	assert_int_equal(fwrite(whole.bytes, 1, whole.len, out), whole.len);
	fclose(out);
	for (size_t i = 0; i < 2; i++) {
		FeedOptions options = { .buffer_bytes = 3000, .alone = alone[i] };
		Feed *feed = feed_new(f->file, &options, &f->err);
		bool fine = true;

		fine_or_fail(feed, &f->err);
		feed_begin(feed, 0);
		while (fine && piece.count > 0)
			fine = feed_next(feed, &piece, NULL, &f->err);
		assert_false(fine);
		assert_int_equal(f->err.code, ERR_FORMAT);
		assert_non_null(strstr(f->err.text, "row 800: the label is 3"));
		piece.count = 1;
		feed_free(feed);
	}
	free(whole.bytes);
}

static bool stop_poll(Control *self, Err *err)
{
	(void)self;
	return err_set(err, ERR_INTERRUPTED, "stopped");
}

static void control_is_asked(void **state)
{
	Control control = { .poll = stop_poll };
	FeedOptions options = { .shuffle = true };
	Fixture *f = *state;
	Rows piece;
	Feed *feed;

	make(f, DATASET_FLOATS);
	feed = feed_new(f->file, &options, &f->err);
	fine_or_fail(feed, &f->err);
	feed_begin(feed, 0);
	assert_false(feed_next(feed, &piece, &control, &f->err));
	assert_int_equal(f->err.code, ERR_INTERRUPTED);
	feed_free(feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		TEST(every_row_comes_once),
		TEST(the_seed_and_the_epoch_alone_make_the_order),
		TEST(unshuffled_rows_stand_as_in_the_file),
		TEST(shuffling_mixes),
		TEST(an_epoch_may_be_left),
		TEST(a_long_row_has_a_piece_of_its_own),
		TEST(damaged_rows_are_named),
		TEST(control_is_asked),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
