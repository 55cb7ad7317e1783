/* Datasets: sets of IDX files that load, are damaged, or are not there.
 * SPDX-License-Identifier: MIT */
#include "data/dataset.h"

#include <nettle/sha2.h>

#include "data/idx_set.h"
#include "idx_make.h"
#include "unit.h"

#include "alloc_fail.h"

#define TRAIN 40
#define TEST 10
#define CLASSES 4
#define FEATURES 6

static const char *const file_names[4] = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
					   "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte" };

/* A small set of four files; its labels are i % 4, its pixels count up. */
typedef struct Made {
	char *folder;
	Blob files[4];
	char sha[65];
	DataSource source;
} Made;

static void made_seal(Made *m)
{
	struct sha256_ctx sha;
	uint8_t digest[32];

	sha256_init(&sha);
	for (int i = 0; i < 4; i++)
		sha256_update(&sha, m->files[i].len, m->files[i].bytes);
	sha256_digest(&sha, 32, digest);
	for (size_t i = 0; i < 32; i++)
		snprintf(m->sha + 2 * i, 3, "%02x", digest[i]);
}

static void made_write(const Made *m, const char *root, int file, bool gzip)
{
	Blob gz = gzip_make(m->files[file]);

	file_write(gzip ? gz : m->files[file], "%s/made/%s%s", root, file_names[file],
		   gzip ? ".gz" : "");
	free(gz.bytes);
}

static void made_folder(const char *root)
{
	char path[600];

	snprintf(path, sizeof path, "%s/made", root);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void made_new(Made *m)
{
	uint8_t labels[TRAIN + TEST];

	for (int i = 0; i < TRAIN + TEST; i++)
		labels[i] = (uint8_t)(i % CLASSES);
	m->files[0] = idx_make((uint32_t[]){ TRAIN, 3, 2 }, 3, NULL, (size_t)TRAIN * FEATURES);
	m->files[1] = idx_make((uint32_t[]){ TRAIN }, 1, labels, TRAIN);
	m->files[2] = idx_make((uint32_t[]){ TEST, 3, 2 }, 3, NULL, (size_t)TEST * FEATURES);
	m->files[3] = idx_make((uint32_t[]){ TEST }, 1, labels + TRAIN, TEST);
	m->source = (DataSource){ .info = { .name = "made", .title = "Made" },
				  .train_rows = TRAIN,
				  .test_rows = TEST,
				  .features = FEATURES,
				  .classes = CLASSES,
				  .width = 2,
				  .height = 3,
				  .byte_max = 255,
				  .get = "Make it again",
				  .sha256 = m->sha,
				  .load = idx_set_load };
	m->folder = folder_new();
	made_seal(m);
	made_folder(m->folder);
	for (int i = 0; i < 4; i++)
		made_write(m, m->folder, i, i % 2);
}

static void made_done(Made *m)
{
	for (int i = 0; i < 4; i++)
		free(m->files[i].bytes);
	folder_done(m->folder);
}

static bool made_load(Made *m, Dataset *out, Err *err)
{
	memset(out, 0, sizeof *out);
	return m->source.load(out, &m->source,
			      &(DataPaths){ (const char *const[]){ m->folder, NULL } }, NULL, err);
}

static void made_refused(Made *m, ErrCode code, const char *text)
{
	Err err = { 0 };
	Dataset d;

	assert_false(made_load(m, &d, &err));
	assert_null(d.bytes);
	assert_null(d.labels);
	if (err.code != code || !strstr(err.text, text))
		fail_msg("%s \"%s\" is not %s \"%s\"", err_name(err.code), err.text, err_name(code),
			 text);
}

/* Puts file as the content of the set's file number at, plain, in place of both forms. */
static void made_replace(Made *m, int at, Blob file)
{
	char path[700];

	snprintf(path, sizeof path, "%s/made/%s.gz", m->folder, file_names[at]);
	remove(path);
	file_write(file, "%s/made/%s", m->folder, file_names[at]);
}

static void a_set_of_plain_and_gzipped_files_loads(void **state)
{
	Err err = { 0 };
	Dataset d;
	Made m;

	(void)state;
	made_new(&m);
	assert_true(made_load(&m, &d, &err));
	assert_memory_equal(d.bytes, m.files[0].bytes + 16, (size_t)TRAIN * FEATURES);
	assert_memory_equal(d.bytes + (size_t)TRAIN * FEATURES, m.files[2].bytes + 16,
			    (size_t)TEST * FEATURES);
	for (int i = 0; i < TRAIN + TEST; i++)
		assert_int_equal(d.labels[i], i % CLASSES);
	assert_string_equal(d.sha256, m.sha);
	assert_non_null(strstr(d.from, m.folder));
	free(d.bytes);
	free(d.labels);
	made_done(&m);
}

static void labels_and_images_are_told_apart(void **state)
{
	Made m;

	(void)state;
	made_new(&m);
	made_replace(&m, 0, m.files[1]);
	made_refused(&m, ERR_FORMAT, "train-images-idx3-ubyte: has 1 dimensions");
	made_replace(&m, 0, m.files[2]);
	made_refused(&m, ERR_FORMAT, "holds 10 images of 3 × 2, expected 40 of 3 × 2");
	made_replace(&m, 0, m.files[0]);
	made_replace(&m, 1, m.files[3]);
	made_refused(&m, ERR_FORMAT, "train-labels-idx1-ubyte: holds 10 labels for 40 images");
	Blob tiny = idx_make((uint32_t[]){ 10, 2, 2 }, 3, NULL, 40);
	made_replace(&m, 1, tiny);
	made_refused(&m, ERR_FORMAT, "train-labels-idx1-ubyte: has 3 dimensions");
	made_replace(&m, 1, m.files[0]);
	made_refused(&m, ERR_FORMAT, "has 3 dimensions, expected the 1 of labels (are these images?)");
	made_replace(&m, 1, m.files[1]);
	made_replace(&m, 3, m.files[1]);
	made_refused(&m, ERR_FORMAT, "holds 40 labels for 10 images (is this the training file?)");
	Blob absurd = idx_make((uint32_t[]){ 0xffffffff }, 1, NULL, 8);
	made_replace(&m, 3, absurd);
	made_refused(&m, ERR_FORMAT, "the header promises 4294967295 bytes");
	free(absurd.bytes);
	free(tiny.bytes);
	made_done(&m);
}

static void a_label_out_of_range_is_named(void **state)
{
	Made m;

	(void)state;
	made_new(&m);
	m.files[1].bytes[8 + 17] = CLASSES;
	made_replace(&m, 1, m.files[1]);
	made_refused(&m, ERR_FORMAT,
		     "train-labels-idx1-ubyte: the label of row 17 is 4, expected 0 to 3");
	m.files[1].bytes[8 + 17] = 0;
	made_replace(&m, 1, m.files[1]);
	made_refused(&m, ERR_FORMAT, "SHA-256 is ");
	made_done(&m);
}

static void another_content_is_refused(void **state)
{
	Made m;

	(void)state;
	for (int i = 0; i < 4; i++) {
		made_new(&m);
		m.files[i].bytes[m.files[i].len - 1] ^= 1;
		made_replace(&m, i, m.files[i]);
		made_refused(&m, ERR_FORMAT, "the content is not that of Made: SHA-256 is ");
		made_refused(&m, ERR_FORMAT, "Make it again");
		made_done(&m);
	}
}

static void absent_and_incomplete_sets_say_so(void **state)
{
	char path[700];
	Made m;

	(void)state;
	for (int i = 0; i < 4; i++) {
		made_new(&m);
		snprintf(path, sizeof path, "%s/made/%s%s", m.folder, file_names[i],
			 i % 2 ? ".gz" : "");
		assert_int_equal(remove(path), 0);
		made_refused(&m, ERR_NEED,
			     i ? "dataset made is not complete" : "dataset made is not in ");
		made_refused(&m, ERR_NEED, i ? file_names[i] : "Make it again");
		made_refused(&m, ERR_NEED, m.folder);
		made_done(&m);
	}
}

static void folders_are_searched_in_order(void **state)
{
	char *empty = folder_new(), *odd = folder_new(), path[700];
	Err err = { 0 };
	Dataset d = { 0 };
	Made m;

	(void)state;
	made_new(&m);
	made_folder(odd);
	/* What cannot be read hides no later folder… */
	snprintf(path, sizeof path, "%s/made/%s.gz", odd, file_names[0]);
	assert_int_equal(mkdir(path, 0700), 0);
	const char *const folders[] = { "", empty, odd, m.folder, NULL };

	assert_true(m.source.load(&d, &m.source, &(DataPaths){ folders }, NULL, &err));
	assert_non_null(strstr(d.from, m.folder));
	free(d.bytes);
	free(d.labels);
	d = (Dataset){ 0 };
	/* … but is told of when there is none. */
	snprintf(path, sizeof path, "%s/made/%s", m.folder, file_names[0]);
	assert_int_equal(remove(path), 0);
	assert_false(m.source.load(&d, &m.source, &(DataPaths){ folders }, NULL, &err));
	assert_int_equal(err.code, ERR_FILE);
	assert_non_null(strstr(err.text, odd));
	assert_false(m.source.load(&d, &m.source, &(DataPaths){ (const char *const[]){ NULL } },
				   NULL, &err));
	assert_int_equal(err.code, ERR_NEED);
	folder_done(empty);
	folder_done(odd);
	made_done(&m);
}

static void a_failing_allocator_is_reported(void **state)
{
	bool fine = false;
	Made m;
	size_t n;

	(void)state;
	made_new(&m);
	for (n = 0; !fine; n++) {
		Err err = { 0 };
		Dataset d;
		DataSplit split = { 0 };

		alloc_fail_after(n);
		fine = made_load(&m, &d, &err);
		if (fine) {
			d.rows = TRAIN + TEST;
			d.train_rows = TRAIN;
			d.classes = CLASSES;
			fine = dataset_split(&split, &d, 20, .25, 1, &err);
		}
		alloc_fail_never();
		if (!fine) {
			assert_int_equal(err.code, ERR_MEMORY);
			assert_null(split.train.index);
		}
		data_split_done(&split);
		free(d.bytes);
		free(d.labels);
	}
	assert_in_range(n, 8, 40);
	made_done(&m);
}

static void a_path_too_long_is_named(void **state)
{
	char folder[5000];
	const char *const folders[] = { folder, NULL };
	Dataset d = { 0 };
	Err err = { 0 };
	Made m;

	(void)state;
	made_new(&m);
	memset(folder, 'a', sizeof folder);
	folder[sizeof folder - 1] = '\0';
	assert_false(m.source.load(&d, &m.source, &(DataPaths){ folders }, NULL, &err));
	assert_int_equal(err.code, ERR_FILE);
	made_done(&m);
}

static void unknown_names_are_helped(void **state)
{
	DataPaths paths = { (const char *const[]){ NULL } };
	Err err = { 0 };

	(void)state;
	assert_null(dataset_load("digit", &paths, NULL, NULL, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	assert_non_null(strstr(err.text, "did you mean 'digits'?"));
	assert_null(dataset_load("zzzzzzzz", &paths, NULL, NULL, &err));
	assert_non_null(strstr(err.text, "mnist"));
	assert_null(data_source_find("zzzzzzzz"));
	dataset_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_set_of_plain_and_gzipped_files_loads),
		cmocka_unit_test(labels_and_images_are_told_apart),
		cmocka_unit_test(a_label_out_of_range_is_named),
		cmocka_unit_test(another_content_is_refused),
		cmocka_unit_test(absent_and_incomplete_sets_say_so),
		cmocka_unit_test(folders_are_searched_in_order),
		cmocka_unit_test(a_failing_allocator_is_reported),
		cmocka_unit_test(a_path_too_long_is_named),
		cmocka_unit_test(unknown_names_are_helped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
