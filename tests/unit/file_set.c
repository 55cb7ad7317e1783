/* Datasets of one file: which folder is taken, and what is refused.
 * SPDX-License-Identifier: MIT */
#include "data/file_set.h"

#include "data/csv_set.h"
#include "data/svmlight_set.h"
#include "table_make.h"

static const char csv[] = "a,kind\n1,x\n2,y\n3,x\n4,y\n";
static const char svm[] = "0 1:1\n1 2:1\n";

static const DataSource letters = {
	.info = { .name = "two", .title = "Two", .about = "Two." },
	.form = DATASET_BYTES,
	.train_rows = 3,
	.test_rows = 1,
	.features = 1,
	.classes = 2,
	.byte_max = 4,
	.label = "kind",
	.get = "Get it somewhere",
	.sha256 = "8b8d1b5a1e0c8d0a2c7e0c1f7a5e4a6a3a8a7c4f5e3f0d7bd5a4c0d1e2f30415",
	.load = csv_set_load,
};

/* Loads as dataset_load does, into *out, which the caller frees. */
static bool load(Dataset **out, const DataSource *source, const char *const *folders, Err *err)
{
	DataPaths paths = { folders };

	memset(err, 0, sizeof *err);
	*out = dataset_new(source->info.name, source->form, 0, 0, 0, 0, err);
	assert_non_null(*out);
	return source->load(*out, source, &paths, NULL, err);
}

static void refused_file(const DataSource *source, const char *folder, const char *text)
{
	const char *const folders[] = { folder, NULL };
	Dataset *d;
	Err err;

	assert_false(load(&d, source, folders, &err));
	assert_int_equal(err.code, ERR_FORMAT);
	if (!strstr(err.text, text) || !strstr(err.text, source->get))
		fail_msg("\"%s\" does not hold \"%s\"", err.text, text);
	dataset_free(d);
}

/* The checksum is taken from the first refusal, which names it. */
static void learn_sha256(DataSource *source, char sha256[65], const char *const *folders)
{
	Dataset *d;
	Err err;

	assert_false(load(&d, source, folders, &err));
	assert_non_null(strstr(err.text, "the content is not that of Two"));
	memcpy(sha256, d->sha256, 65);
	source->sha256 = sha256;
	dataset_free(d);
}

static void the_first_folder_that_has_it_is_taken(void **state)
{
	char *folder = folder_new(), one[600], two[600], sha256[65];
	DataSource source = letters;
	const char *const folders[] = { "/nonexistent", one, two, NULL };
	Dataset *d;
	Err err;

	(void)state;
	snprintf(one, sizeof one, "%s/one", folder);
	snprintf(two, sizeof two, "%s/two", folder);
	assert_false(load(&d, &source, folders, &err));
	assert_int_equal(err.code, ERR_NEED);
	assert_true(strstr(err.text, "/nonexistent/two") && strstr(err.text, one) &&
		    strstr(err.text, "Get it somewhere"));
	dataset_free(d);
	snprintf(one, sizeof one, "mkdir -p '%s/one/two' '%s/two/two'", folder, folder);
	assert_int_equal(system(one), 0);
	snprintf(one, sizeof one, "%s/one", folder);
	file_write(text_blob(csv), "%s/two/two.csv", two);
	learn_sha256(&source, sha256, folders);
	assert_true(load(&d, &source, folders, &err));
	assert_int_equal(d->form, DATASET_BYTES);
	assert_memory_equal(d->bytes, "\1\2\3\4", 4);
	assert_int_equal(d->labels[3], 1);
	assert_non_null(strstr(d->from, "/two/two"));
	assert_string_equal(d->skipped, "");
	dataset_free(d);
	Blob packed = gzip_make(text_blob(csv));

	file_write(packed, "%s/two/two.csv.gz", one);
	assert_true(load(&d, &source, folders, &err));
	assert_non_null(strstr(d->from, "/one/two"));
	dataset_free(d);
	free(packed.bytes);
	folder_done(folder);
}

static void a_folder_that_may_not_be_read_hides_none(void **state)
{
	char *folder = folder_new(), one[600], two[600], sha256[65], command[1400];
	DataSource source = letters;
	const char *const both[] = { one, two, NULL }, *const first[] = { one, NULL };
	Dataset *d;
	Err err;

	(void)state;
	snprintf(one, sizeof one, "%s/one", folder);
	snprintf(two, sizeof two, "%s/two", folder);
	/* A folder in the file's place cannot be read, whoever asks. */
	snprintf(command, sizeof command, "mkdir -p '%s/two/two.csv.gz' '%s/two'", one, two);
	assert_int_equal(system(command), 0);
	file_write(text_blob(csv), "%s/two/two.csv", two);
	learn_sha256(&source, sha256, both);
	assert_true(load(&d, &source, both, &err));
	assert_non_null(strstr(d->skipped, "not a regular file"));
	dataset_free(d);
	assert_false(load(&d, &source, first, &err));
	assert_int_equal(err.code, ERR_FILE);
	dataset_free(d);
	folder_done(folder);
}

static void other_content_is_refused(void **state)
{
	char *folder = folder_new(), command[600];
	DataSource source = letters;

	(void)state;
	snprintf(command, sizeof command, "mkdir '%s/two'", folder);
	assert_int_equal(system(command), 0);
	file_write(text_blob(csv), "%s/two/two.csv", folder);
	refused_file(&source, folder, "the content is not that of Two");
	source.test_rows = 2;
	refused_file(&source, folder,
		     "holds 4 rows of 1 features in 2 classes, expected 5 of 1 in 2");
	source.test_rows = 1;
	source.classes = 3;
	refused_file(&source, folder, "expected 4 of 1 in 3");
	source.classes = 2;
	file_write(text_blob("a,kind\n1,x\n2,y\n3,x\n4.5,y\n"), "%s/two/two.csv", folder);
	refused_file(&source, folder, "not a whole number from 0 to 255");
	source.load = svmlight_set_load;
	source.form = DATASET_SPARSE;
	source.features = 2;
	source.train_rows = source.test_rows = 1;
	file_write(text_blob(svm), "%s/two/two.svm", folder);
	refused_file(&source, folder, "the content is not that of Two");
	source.test_rows = 2;
	refused_file(&source, folder, "holds 2 rows of 2 features");
	folder_done(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_folder_that_has_it_is_taken),
		cmocka_unit_test(a_folder_that_may_not_be_read_hides_none),
		cmocka_unit_test(other_content_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
