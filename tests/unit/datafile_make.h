/* Makes small datasets of every form and files of them, for tests of dataset files, feeds and streamed
 * fits.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_DATAFILE_MAKE_H
#define WATTLE_TESTS_DATAFILE_MAKE_H

#include <math.h>

#include "base/random.h"
#include "data/datafile.h"

#include "table_make.h"

static inline void fine_or_fail(bool fine, const Err *err)
{
	if (!fine)
		fail_msg("%s: %s", err_name(err->code), err->text);
}

/* A folder with room for one file, what is in it, and the error. */
typedef struct Fixture {
	char *folder, path[600];
	Dataset *set;
	DataFile *file;
	Err err;
} Fixture;

static inline int fixture_setup(void **state)
{
	Fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->folder = folder_new();
	snprintf(f->path, sizeof f->path, "%s/made.wd", f->folder);
	*state = f;
	return 0;
}

/* Ready for another one. */
static inline void fixture_done(Fixture *f)
{
	datafile_close(f->file);
	dataset_free(f->set);
	f->file = NULL;
	f->set = NULL;
}

static inline int fixture_teardown(void **state)
{
	Fixture *f = *state;

	fixture_done(f);
	folder_done(f->folder);
	free(f);
	return 0;
}

/* Clusters, one a class, some values 0: none is below 0. The first feature of dense rows tells the
 * row: it is row modulo 256 of bytes, row / 1000 of floats; of sparse rows the first value does. classes
 * 0: targets. The last fifth of the rows is for testing. */
static inline Dataset *rows_make(DatasetForm form, size_t rows, size_t features, size_t classes,
				 uint64_t seed)
{
	Err err = { .code = ERR_NONE };
	Dataset *set = dataset_new("made", form, rows, features, classes, rows * features, &err);
	size_t groups = classes ? classes : 3;
	Random random, pattern;
	uint64_t at = 0;

	fine_or_fail(set, &err);
	set->train_rows = rows - rows / 5;
	set->byte_scale = form == DATASET_BYTES ? 1.0f / 255 : 1;
	random_init(&random, seed, RANDOM_DATA);
	for (size_t i = 0; i < rows; i++) {
		size_t group = (size_t)random_below(&random, groups);

		random_init(&pattern, group, RANDOM_TECHNIQUE);
		if (classes)
			set->labels[i] = (uint16_t)group;
		else
			set->targets[i] = (float)group + random_uniform(&random, 0, 0.5f);
		for (size_t j = 0; j < features; j++) {
			float x = random_uniform(&pattern, 0, 0.7f) +
				  random_uniform(&random, 0, 0.3f);

			if (form == DATASET_BYTES)
				set->bytes[i * features + j] =
					j ? (uint8_t)(x * 255) : (uint8_t)(i % 256);
			else if (form == DATASET_FLOATS)
				set->floats[i * features + j] = j ? x : (float)i / 1000;
			else if (j == 0 || random_below(&random, 4) == 0) {
				set->sparse.column[at] = (uint32_t)j;
				set->sparse.value[at++] = j ? x : (float)i / 1000;
			}
		}
		if (form == DATASET_SPARSE)
			set->sparse.begin[i + 1] = at;
	}
	return set;
}

static inline uint64_t rows_entries(const Dataset *set)
{
	return set->form == DATASET_SPARSE ? set->sparse.begin[set->rows] : 0;
}

/* Writes the set in pieces of `step` rows. */
static inline bool rows_write(const char *path, const Dataset *set, size_t step, Err *err)
{
	DataWriter *w = datawriter_new(path, set, rows_entries(set), err);

	for (size_t at = 0; w && at < set->rows; at += step)
		if (!datawriter_rows(w, set, at, set->rows - at < step ? set->rows - at : step,
				     err)) {
			datawriter_cancel(w);
			return false;
		}
	return w && datawriter_finish(w, err);
}

static inline DataFile *rows_file(const char *path, const Dataset *set)
{
	Err err = { .code = ERR_NONE };
	DataFile *file;

	fine_or_fail(rows_write(path, set, 97, &err), &err);
	file = datafile_open(path, &err);
	fine_or_fail(file, &err);
	return file;
}

static inline Blob bytes_get(const char *path)
{
	Blob out = { NULL, 0 };
	FILE *in = fopen(path, "rb");
	struct stat st;

	if (!in || fstat(fileno(in), &st) != 0)
		fail_msg("cannot read %s", path);
	out.len = (size_t)st.st_size;
	out.bytes = malloc(out.len + 1);
	assert_non_null(out.bytes);
	assert_int_equal(fread(out.bytes, 1, out.len, in), out.len);
	fclose(in);
	return out;
}

#endif
