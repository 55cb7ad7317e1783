/* Imported datasets are found by name in the data folders: which names, which folder first, what is passed over.
 * SPDX-License-Identifier: MIT */
#include "data/imported.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "data/datafile.h"

static char folder[2][64];
static const char *const folders[] = { folder[0], "/nowhere", folder[1], NULL };
static const DataPaths paths = { folders };

/* Two rows for training, one for testing. */
static void make(const char *where, const char *name, float first)
{
	char path[256];
	Err err = { 0 };
	Dataset *set = dataset_new(name, DATASET_FLOATS, 3, 1, 2, 0, &err);

	assert_non_null(set);
	set->train_rows = 2;
	set->floats[0] = first;
	set->labels[1] = 1;
	snprintf(path, sizeof path, "%s/%s.wds", where, name);
	DataWriter *writer = datawriter_new(path, set, 0, &err);

	assert_non_null(writer);
	assert_true(datawriter_rows(writer, set, 0, 3, &err));
	assert_true(datawriter_finish(writer, &err));
	dataset_free(set);
}

static int start(void **state)
{
	char path[256];

	(void)state;
	for (int i = 0; i < 2; i++) {
		snprintf(folder[i], sizeof folder[i], "/tmp/wattle-imported-XXXXXX");
		if (!mkdtemp(folder[i]))
			return -1;
	}
	make(folder[1], "one", 1);
	make(folder[0], "two", 2);
	make(folder[1], "two", 3);
	make(folder[0], "iris", 4); /* a built-in name */
	snprintf(path, sizeof path, "%s/three.wds.part", folder[0]);
	return close(open(path, O_WRONLY | O_CREAT, 0600));
}

static int end(void **state)
{
	static const char *const names[] = { "one.wds", "two.wds", "iris.wds", "three.wds.part" };
	char path[256];

	(void)state;
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
			snprintf(path, sizeof path, "%s/%s", folder[i], names[k]);
			unlink(path);
		}
		if (rmdir(folder[i]) != 0)
			return -1;
	}
	return 0;
}

static void test_names(void **state)
{
	(void)state;
	assert_true(imported_name_fits("a"));
	assert_true(imported_name_fits("My-table_2"));
	assert_true(imported_name_fits("0123456789012345678901234567890"));
	assert_false(imported_name_fits("01234567890123456789012345678901"));
	assert_false(imported_name_fits(""));
	assert_false(imported_name_fits("-a"));
	assert_false(imported_name_fits("_a"));
	assert_false(imported_name_fits("a.b"));
	assert_false(imported_name_fits("../a"));
	assert_false(imported_name_fits("a b"));
	assert_false(imported_name_fits("ä"));
}

static bool take(void *user, const char *name, const char *path, Err *err)
{
	(void)err;
	strcat(user, name);
	strcat(user, strstr(path, folder[0]) ? "0 " : "1 ");
	return true;
}

static bool refuse(void *user, const char *name, const char *path, Err *err)
{
	(void)name;
	(void)path;
	++*(int *)user;
	return err_set(err, ERR_LIMIT, "enough");
}

static void test_the_first_folder_wins(void **state)
{
	char all[256] = "", path[IMPORTED_PATH_MAX];
	int taken = 0;
	Err err = { 0 };

	(void)state;
	assert_true(imported_each(&paths, take, all, &err));
	assert_string_equal(all, "two0 one1 ");
	assert_false(imported_each(&paths, refuse, &taken, &err));
	assert_int_equal(taken, 1);
	assert_true(imported_each(NULL, refuse, &taken, &err));
	assert_true(imported_find("two", &paths, path));
	assert_non_null(strstr(path, folder[0]));
	assert_false(imported_find("three", &paths, path));
	assert_false(imported_find("two", NULL, path));
}

static void test_loads_by_name(void **state)
{
	Err err = { 0 };
	Dataset *set = dataset_load("two", &paths, NULL, NULL, &err);

	(void)state;
	assert_non_null(set);
	assert_string_equal(set->name, "two");
	assert_int_equal(set->rows, 3);
	assert_int_equal(set->train_rows, 2);
	assert_true(set->floats[0] == 2);
	dataset_free(set);
	assert_true(dataset_known("one", &paths));
	assert_true(dataset_known("iris", NULL));
	assert_false(dataset_known("one", NULL));
	assert_null(dataset_load("tow", &paths, NULL, NULL, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	assert_non_null(strstr(err.text, "did you mean 'two'"));
	assert_null(dataset_load("../two", &paths, NULL, NULL, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_the_first_folder_wins),
		cmocka_unit_test(test_loads_by_name),
	};
	return cmocka_run_group_tests(tests, start, end);
}
