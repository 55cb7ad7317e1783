/* Saves of a file: by inotify and by looking, in place and by a new name, once each; and the file that
 * a student works on.
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/lesson/watch.h"
#include "app/lesson/workfile.h"
#include "base/text.h"
#include "folder.h"

#define MS 1000000LL

static char *folder;
static char path[PATH_MAX], other[PATH_MAX], kept[PATH_MAX];
static bool no_inotify;
static int64_t clock_ns;
static Err err;

int __real_inotify_init1(int flags);
int __wrap_inotify_init1(int flags);

int __wrap_inotify_init1(int flags)
{
	if (no_inotify) {
		errno = EMFILE;
		return -1;
	}
	return __real_inotify_init1(flags);
}

static int begin(void **state)
{
	(void)state;
	folder = folder_new();
	no_inotify = false;
	clock_ns = 5000 * MS;
	text_format(path, sizeof path, "%s/ex1.lua", folder);
	text_format(other, sizeof other, "%s/starter.lua", folder);
	text_format(kept, sizeof kept, "%s.before-reset", path);
	return 0;
}

static int end(void **state)
{
	(void)state;
	folder_done(folder);
	return 0;
}

static void write_file(const char *to, const char *text)
{
	FILE *file = fopen(to, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* As vi and others save. */
static void rename_over(const char *text)
{
	char fresh[PATH_MAX];

	text_format(fresh, sizeof fresh, "%s/4913", folder);
	write_file(fresh, text);
	assert_int_equal(rename(fresh, path), 0);
}

static bool saved(Watch *watch, int64_t later_ns)
{
	clock_ns += later_ns;
	return watch_saved(watch, clock_ns);
}

/* A save counts once, when it has been quiet. */
static void expect_save(Watch *watch)
{
	assert_false(saved(watch, watch->fd < 0 ? WATCH_LOOK_NS : 50 * MS));
	assert_false(saved(watch, 100 * MS));
	assert_true(saved(watch, 100 * MS));
	assert_false(saved(watch, 100 * MS));
	assert_false(saved(watch, 2 * WATCH_LOOK_NS));
}

static void try_saves(void)
{
	Watch watch;

	write_file(path, "one");
	watch_open(&watch, path, clock_ns);
	assert_true((watch.fd < 0) == no_inotify);
	assert_false(saved(&watch, 2 * WATCH_LOOK_NS));
	write_file(path, "three");
	expect_save(&watch);
	rename_over("seven");
	expect_save(&watch);
	/* Written again while it is waited for: the wait begins anew. */
	write_file(path, "eleven");
	assert_false(saved(&watch, 2 * WATCH_LOOK_NS));
	assert_false(saved(&watch, 150 * MS));
	write_file(path, "thirteen");
	assert_false(saved(&watch, 150 * MS));
	assert_false(saved(&watch, 150 * MS));
	assert_true(saved(&watch, 100 * MS));
	/* A file that is away for a moment is no save. */
	unlink(path);
	assert_false(saved(&watch, 2 * WATCH_LOOK_NS));
	assert_false(saved(&watch, 300 * MS));
	write_file(path, "back");
	assert_false(saved(&watch, 2 * WATCH_LOOK_NS));
	assert_true(saved(&watch, 300 * MS));
	watch_close(&watch);
	assert_false(saved(&watch, 2 * WATCH_LOOK_NS));
}

static void saves_are_heard(void **state)
{
	(void)state;
	try_saves();
}

static void saves_are_seen_without_inotify(void **state)
{
	(void)state;
	no_inotify = true;
	try_saves();
}

static void between_two_looks_nothing_is_seen(void **state)
{
	Watch watch;

	(void)state;
	no_inotify = true;
	write_file(path, "one");
	watch_open(&watch, path, clock_ns);
	write_file(path, "three");
	assert_false(saved(&watch, WATCH_LOOK_NS - 1));
	assert_int_equal(watch.moved_ns, 0);
	assert_false(saved(&watch, 1));
	assert_true(saved(&watch, WATCH_QUIET_NS));
	watch_close(&watch);
}

static void other_files_are_no_saves(void **state)
{
	Watch watch;

	(void)state;
	write_file(path, "one");
	watch_open(&watch, path, clock_ns);
	write_file(other, "x");
	assert_false(saved(&watch, 50 * MS));
	assert_false(saved(&watch, 300 * MS));
	watch_close(&watch);
}

static void who_ended_needs_no_quiet(void **state)
{
	Watch watch;

	(void)state;
	write_file(path, "one");
	watch_open(&watch, path, clock_ns);
	assert_false(watch_changed(&watch));
	write_file(path, "three");
	assert_true(watch_changed(&watch));
	assert_false(watch_changed(&watch));
	assert_false(saved(&watch, 300 * MS));
	assert_false(saved(&watch, 300 * MS));
	watch_close(&watch);
}

/* --- the student's file ----------------------------------------------------------------------- */

static void reads(const char *from, const char *text)
{
	char *got = workfile_read(from, &err);

	if (!got)
		fail_msg("%s", err.text);
	assert_string_equal(got, text);
	free(got);
}

static void refuses(const char *what)
{
	assert_null(workfile_read(path, &err));
	if (!strstr(err.text, what))
		fail_msg("'%s' is not in: %s", what, err.text);
}

static void only_plain_lua_names_have_a_place(void **state)
{
	static const char long_name[] = "a-name-of-more-than-sixty-four-bytes-is-no-plain-name-"
					"of-a-lua-file.lua";
	const char *const bad[] = { "",        "..",     "../x.lua", "a/b.lua", ".x.lua",
				    "ex1.txt", "x.lua/", ".lua",     "/x.lua",  long_name };
	char out[PATH_MAX], wanted[PATH_MAX];

	(void)state;
	setenv("XDG_DATA_HOME", folder, 1);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (workfile_path(out, NULL, "green.05", "", bad[i], &err))
			fail_msg("'%s' has a place: %s", bad[i], out);
	assert_false(workfile_path(out, NULL, "../..", "", "ex1.lua", &err));
	assert_true(workfile_path(out, NULL, "green.05", "../Ann é", "ex1.lua", &err));
	assert_non_null(strstr(out, "/work/green.05@%2E%2E%2FAnn%20%C3%A9/ex1.lua"));
	char whoever[400] = "";
	memset(whoever, 'x', sizeof whoever - 1);
	assert_false(workfile_path(out, NULL, "green.05", whoever, "ex1.lua", &err));
	assert_true(workfile_path(out, NULL, "green.05", "", "ex1.lua", &err));
	text_format(wanted, sizeof wanted, "%s/wattle/work/green.05/ex1.lua", folder);
	assert_string_equal(out, wanted);
	unsetenv("XDG_DATA_HOME");
	unsetenv("HOME");
	assert_false(workfile_path(out, NULL, "green.05", "", "ex1.lua", &err));
	assert_int_equal(err.code, ERR_NEED);
	assert_non_null(strstr(err.text, "HOME"));
}

static void what_cannot_be_checked_is_refused(void **state)
{
	(void)state;
	refuses("No such file");
	write_file(path, "caf\xe9");
	refuses("UTF-8");
	FILE *file = fopen(path, "w");
	fwrite("a\0b", 1, 3, file);
	fclose(file);
	refuses("UTF-8");
	assert_int_equal(truncate(path, WORKFILE_BYTES_MAX + 1), 0);
	refuses("at most 65536");
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	refuses("not a regular file");
	unlink(path);
	write_file(path, "");
	reads(path, "");
}

/* A course could bring any file of the student's into a submission by a link. */
static void a_lesson_s_files_are_no_links(void **state)
{
	char lesson[PATH_MAX], linked[PATH_MAX], starter[PATH_MAX], behind[PATH_MAX];

	(void)state;
	text_format(lesson, sizeof lesson, "%s/lesson", folder);
	text_format(linked, sizeof linked, "%s/linked", folder);
	text_format(starter, sizeof starter, "%s/lesson/ex1.lua", folder);
	text_format(behind, sizeof behind, "%s/linked/ex1.lua", folder);
	write_file(other, "private");
	assert_int_equal(mkdir(lesson, 0700), 0);
	assert_int_equal(symlink(other, starter), 0);
	assert_false(workfile_begin(path, starter, &err));
	assert_non_null(strstr(err.text, "ex1.lua: is a symbolic link, which is not followed"));
	assert_false(workfile_exists(path));
	write_file(path, "mine");
	assert_false(workfile_reset(path, starter, &err));
	reads(path, "mine");
	assert_null(workfile_read_given(starter, &err));
	unlink(starter);
	write_file(starter, "starter");
	assert_int_equal(symlink(lesson, linked), 0);
	assert_null(workfile_read_given(behind, &err));
	assert_non_null(strstr(err.text, "linked is a link, which is not followed"));
	assert_true(workfile_reset(path, starter, &err));
	reads(path, "starter");
	unlink(starter);
	assert_int_equal(mkfifo(starter, 0600), 0);
	assert_null(workfile_read_given(starter, &err));
	unlink(starter);
	unlink(linked);
	assert_int_equal(rmdir(lesson), 0);
}

static void a_reset_can_be_undone_once(void **state)
{
	(void)state;
	char deep[PATH_MAX];

	write_file(other, "starter");
	assert_false(workfile_begin(path, "/nowhere.lua", &err));
	assert_true(workfile_begin(path, other, &err));
	reads(path, "starter");
	write_file(path, "mine");
	assert_true(workfile_begin(path, other, &err)); /* it is there: it stays */
	reads(path, "mine");
	assert_false(workfile_can_undo(path));
	assert_false(workfile_undo(path, &err));
	assert_true(workfile_reset(path, other, &err));
	reads(path, "starter");
	reads(kept, "mine");
	assert_true(workfile_can_undo(path));
	assert_true(workfile_undo(path, &err));
	reads(path, "mine");
	assert_false(workfile_can_undo(path));
	/* Nothing is lost when the starter cannot be read. */
	assert_false(workfile_reset(path, "/nowhere.lua", &err));
	reads(path, "mine");
	text_format(deep, sizeof deep, "%s/a/b/ex1.lua", folder);
	assert_true(workfile_reset(deep, other, &err)); /* not begun: begun now */
	reads(deep, "starter");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(saves_are_heard),
		CASE(saves_are_seen_without_inotify),
		CASE(between_two_looks_nothing_is_seen),
		CASE(other_files_are_no_saves),
		CASE(who_ended_needs_no_quiet),
		CASE(only_plain_lua_names_have_a_place),
		CASE(what_cannot_be_checked_is_refused),
		CASE(a_lesson_s_files_are_no_links),
		CASE(a_reset_can_be_undone_once),
	};
#undef CASE
	return cmocka_run_group_tests(tests, NULL, NULL);
}
