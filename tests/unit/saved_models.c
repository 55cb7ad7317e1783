/* Models on their way from a worker's scratch folder to the user's: names, sizes and files of a
 * worker that is not to be trusted, places that are taken, a disk that is full.
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/session/saved_models.h"
#include "base/text.h"
#include "folder.h"
#include "lab/saved.h"

static char *folder;
static char scratch[PATH_MAX], place[PATH_MAX], told[SAVED_TEXT_MAX];
static SavedModels models;
static bool full;            /* the disk is */
static const char *meanwhile; /* what another process puts where a.model is being written; once */

ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);

static char *path_of(const char *in, const char *prefix, const char *name);
static void put(const char *path, const char *bytes);

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	const char *theirs = meanwhile;

	meanwhile = NULL;
	if (theirs)
		put(path_of(place, "", "a.model"), theirs);
	if (!full)
		return __real_write(fd, bytes, len);
	errno = ENOSPC;
	return len > 2 ? __real_write(fd, bytes, 2) : -1;
}

static int begin(void **state)
{
	(void)state;
	folder = folder_new();
	text_format(scratch, sizeof scratch, "%s/scratch", folder);
	text_format(place, sizeof place, "%s/here", folder);
	mkdir(scratch, 0700);
	mkdir(place, 0700);
	models = (SavedModels){ .folder = place };
	told[0] = '\0';
	full = false;
	meanwhile = NULL;
	return 0;
}

static int end(void **state)
{
	(void)state;
	saved_models_done(&models);
	folder_done(folder);
	return 0;
}

static char *path_of(const char *in, const char *prefix, const char *name)
{
	static char path[2 * PATH_MAX];

	text_format(path, sizeof path, "%s/%s%s", in, prefix, name);
	return path;
}

static void put(const char *path, const char *bytes)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(bytes, file);
	fclose(file);
}

static bool has(const char *path, const char *bytes)
{
	char text[64] = "";
	FILE *file = fopen(path, "r");
	bool same = file && fread(text, 1, sizeof text - 1, file) == strlen(bytes) &&
		    strcmp(text, bytes) == 0;

	if (file)
		fclose(file);
	return same;
}

/* How many files there are in the place. */
static size_t files(void)
{
	size_t n = 0;
	DIR *dir = opendir(place);

	for (struct dirent *entry; (entry = readdir(dir));)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static bool take_sized(const char *name, json_int_t size, Err *err)
{
	json_t *record = json_pack("{s:i, s:s, s:s, s:s, s:I}", "v", 1, "type", "saved", "arm", "a",
				   "name", name, "size_bytes", size);
	bool fine = saved_models_take(&models, scratch, record, err);

	json_decref(record);
	return fine;
}

/* The worker writes it, and says so. */
static bool take(const char *name, const char *bytes, Err *err)
{
	put(path_of(scratch, SAVED_PREFIX, name), bytes);
	return take_sized(name, (json_int_t)strlen(bytes), err);
}

static bool keep(Err *err)
{
	return saved_models_keep(&models, scratch, told, sizeof told, err);
}

static void names_are_plain(void **state)
{
	static const char *const good[] = { "x.model", "0.model", "A-b_c.9.model", "x..model" };
	static const char *const bad[] = { "",         ".model",   "x",         "x.Model",
					   ".x.model", "../x.model", "/x.model", "a/x.model",
					   "-x.model", "x.model ", "x y.model", "x\n.model",
					   "\x1b.model", "\xc3\xa9.model" };
	char longest[SAVED_NAME_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(saved_name_ok(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (saved_name_ok(bad[i], strlen(bad[i])))
			fail_msg("'%s' is taken", bad[i]);
	assert_false(saved_name_ok("x.model\0.model", 14));
	memset(longest, 'x', sizeof longest);
	memcpy(longest + SAVED_NAME_MAX - 6, ".model", 7);
	assert_true(saved_name_ok(longest, SAVED_NAME_MAX));
	memcpy(longest + SAVED_NAME_MAX - 5, ".model", 7);
	assert_false(saved_name_ok(longest, SAVED_NAME_MAX + 1));
}

static void files_come_when_the_run_has_finished(void **state)
{
	Err err;

	(void)state;
	assert_true(take("a.model", "one", &err) && take("b.model", "three", &err));
	assert_int_equal(files(), 0);
	assert_true(keep(&err));
	assert_true(has(path_of(place, "", "a.model"), "one"));
	assert_true(has(path_of(place, "", "b.model"), "three"));
	assert_int_equal(files(), 2);
	assert_non_null(strstr(told, "saved model a.model (3 bytes) to "));
	assert_non_null(strstr(told, "; saved model b.model (5 bytes) to "));
	assert_int_not_equal(access(path_of(scratch, SAVED_PREFIX, "a.model"), F_OK), 0);
	/* The next run. */
	assert_true(take("a.model", "one", &err) && keep(&err));
	assert_non_null(strstr(told, "/here/a.model, where it was already"));
	assert_int_equal(files(), 2);
}

static void what_did_not_finish_is_not_kept(void **state)
{
	char text[200];
	Err err;

	(void)state;
	assert_true(take("a.model", "one", &err) && take("b.model", "two", &err));
	saved_models_drop(&models, scratch, text, sizeof text);
	assert_string_equal(text, "model a.model and others are not saved: the run did not finish");
	assert_int_not_equal(access(path_of(scratch, SAVED_PREFIX, "a.model"), F_OK), 0);
	assert_true(keep(&err));
	assert_int_equal(files(), 0);
	assert_string_equal(told, "");
	saved_models_drop(&models, scratch, text, sizeof text);
	assert_string_equal(text, "");
}

static void nothing_is_overwritten(void **state)
{
	Err err;

	(void)state;
	put(path_of(place, "", "a.model"), "mine");
	assert_false(take("a.model", "ours", &err));
	assert_non_null(strstr(err.text, "the model a.model: another file of that name is there"));
	assert_true(err.code == ERR_FILE);
	assert_true(take("b.model", "new", &err));
	/* It is told again at the end; the other model is not lost for it. */
	assert_false(keep(&err));
	assert_non_null(strstr(err.text, "another file of that name is there"));
	assert_true(has(path_of(place, "", "a.model"), "mine"));
	assert_true(has(path_of(place, "", "b.model"), "new"));
}

/* Two runs end in the same instant. */
static void another_run_may_be_faster(void **state)
{
	Err err;

	(void)state;
	assert_true(take("a.model", "one", &err));
	meanwhile = "one";
	assert_true(keep(&err));
	assert_non_null(strstr(told, "/here/a.model, where it was already"));
	assert_int_equal(unlink(path_of(place, "", "a.model")), 0);
	assert_true(take("a.model", "one", &err));
	meanwhile = "two";
	assert_false(keep(&err));
	assert_non_null(strstr(err.text, "a.model"));
	assert_non_null(strstr(err.text, "another file of that name is there"));
	assert_true(has(path_of(place, "", "a.model"), "two"));
	assert_int_equal(files(), 1);
}

static void links_and_folders_are_no_places(void **state)
{
	char target[PATH_MAX];
	Err err;

	(void)state;
	text_format(target, sizeof target, "%s/target", folder);
	assert_int_equal(symlink(target, path_of(place, "", "a.model")), 0);
	assert_false(take("a.model", "one", &err));
	assert_int_equal(mkdir(path_of(place, "", "b.model"), 0700), 0);
	assert_false(take("b.model", "one", &err));
	put(target, "one");
	assert_false(keep(&err));
	assert_true(has(target, "one"));
}

static void a_full_disk_leaves_nothing(void **state)
{
	Err err;

	(void)state;
	assert_true(take("a.model", "one and more", &err));
	full = true;
	assert_false(keep(&err));
	full = false;
	assert_non_null(strstr(err.text, "No space left"));
	assert_non_null(strstr(err.text, "here/a.model"));
	assert_int_equal(files(), 0);
	assert_string_equal(told, "");
}

/* What a worker that was taken over may say and do. */
static void a_worker_is_not_trusted(void **state)
{
	static const char *const bad[] = { "../a.model", "/tmp/a.model", ".a.model", "a", "" };
	char secret[PATH_MAX];
	Err err;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_true(!take_sized(bad[i], 3, &err) && err.code == ERR_DIED);
	assert_true(!take_sized("a.model", 0, &err) && err.code == ERR_DIED);
	assert_true(!take_sized("a.model", -1, &err) && err.code == ERR_DIED);
	assert_true(!take_sized("a.model", (json_int_t)SAVED_BYTES_MAX + 1, &err));
	assert_false(take_sized("nothing.model", 3, &err)); /* there is no such file */
	put(path_of(scratch, SAVED_PREFIX, "short.model"), "on");
	assert_false(take_sized("short.model", 3, &err));
	text_format(secret, sizeof secret, "%s/secret", folder);
	put(secret, "key");
	assert_int_equal(symlink(secret, path_of(scratch, SAVED_PREFIX, "link.model")), 0);
	assert_false(take_sized("link.model", 3, &err));
	assert_int_equal(mkfifo(path_of(scratch, SAVED_PREFIX, "fifo.model"), 0600), 0);
	assert_false(take_sized("fifo.model", 3, &err));
	assert_true(take("twice.model", "one", &err));
	assert_true(!take("twice.model", "one", &err) && err.code == ERR_DIED);
	/* Changed after it was told of. */
	put(path_of(scratch, SAVED_PREFIX, "twice.model"), "onelonger");
	assert_false(keep(&err));
	assert_int_equal(files(), 0);
}

static void there_are_limits(void **state)
{
	char name[32];
	Err err;

	(void)state;
	for (int i = 0; i < SAVED_FILES_MAX; i++) {
		text_format(name, sizeof name, "%d.model", i);
		assert_true(take(name, "x", &err));
	}
	assert_true(!take("more.model", "x", &err) && err.code == ERR_DIED);
	assert_true(saved_models_keep(&models, scratch, told, 200, &err));
	assert_non_null(strstr(told, " more"));
	assert_true(strlen(told) < 200);
	assert_int_equal(files(), SAVED_FILES_MAX);
}

static void without_a_place_they_are_told_of(void **state)
{
	Err err;

	(void)state;
	models.folder = NULL;
	assert_true(take("a.model", "one", &err) && keep(&err));
	assert_string_equal(told, "model a.model is not saved: nothing of this sitting is kept");
	assert_int_equal(files(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_plain),
		cmocka_unit_test_setup_teardown(files_come_when_the_run_has_finished, begin, end),
		cmocka_unit_test_setup_teardown(what_did_not_finish_is_not_kept, begin, end),
		cmocka_unit_test_setup_teardown(nothing_is_overwritten, begin, end),
		cmocka_unit_test_setup_teardown(another_run_may_be_faster, begin, end),
		cmocka_unit_test_setup_teardown(links_and_folders_are_no_places, begin, end),
		cmocka_unit_test_setup_teardown(a_full_disk_leaves_nothing, begin, end),
		cmocka_unit_test_setup_teardown(a_worker_is_not_trusted, begin, end),
		cmocka_unit_test_setup_teardown(there_are_limits, begin, end),
		cmocka_unit_test_setup_teardown(without_a_place_they_are_told_of, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
