/* Files that are whole or not there, whatever call fails on the way.
 * SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc_fail.h"
#include "unit.h"

#define OLD "what was there"
#define NEW "the new bytes,\0all of them"
#define NEW_BYTES (sizeof NEW - 1)

static char folder[] = "/tmp/wattle-file-XXXXXX", path[64];

/* --- calls that fail -------------------------------------------------------------------------- */

static const char *failing; /* the call that does */
static int failing_after;   /* so many that succeed */
static bool little;         /* a write takes a byte at most, and every other one is interrupted */

static bool fails(const char *call)
{
	if (!failing || strcmp(failing, call) != 0 || failing_after-- > 0)
		return false;
	errno = ENOSPC;
	return true;
}

ssize_t __real_write(int fd, const void *bytes, size_t len);
int __real_fsync(int fd);
int __real_close(int fd);
int __real_rename(const char *from, const char *to);
int __real_link(const char *from, const char *to);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
int __wrap_fsync(int fd);
int __wrap_close(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	static bool interrupted;

	if (fails("write"))
		return -1;
	if (!little)
		return __real_write(fd, bytes, len);
	interrupted = !interrupted;
	if (!interrupted)
		return __real_write(fd, bytes, len > 0);
	errno = EINTR;
	return -1;
}

int __wrap_fsync(int fd)
{
	return fails("fsync") ? -1 : __real_fsync(fd);
}

int __wrap_close(int fd)
{
	int closed = __real_close(fd);

	return fails("close") ? -1 : closed;
}

int __wrap_rename(const char *from, const char *to)
{
	return fails("rename") ? -1 : __real_rename(from, to);
}

int __wrap_link(const char *from, const char *to)
{
	return fails("link") ? -1 : __real_link(from, to);
}

/* --- what is there ---------------------------------------------------------------------------- */

static int set_up(void **state)
{
	(void)state;
	failing = NULL;
	failing_after = 0;
	little = false;
	alloc_fail_never();
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/it", folder);
	return 0;
}

/* Fails when a test leaves more than its one file. */
static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void put_old(void)
{
	Err err = { 0 };

	assert_true(file_write(path, "the file", OLD, strlen(OLD), FILE_REPLACE, &err));
}

static void holds(const char *name, const void *bytes, size_t len)
{
	char got[64];
	FILE *file = fopen(name, "rb");

	assert_non_null(file);
	assert_int_equal(fread(got, 1, sizeof got, file), len);
	assert_memory_equal(got, bytes, len);
	fclose(file);
}

static size_t entries(void)
{
	DIR *dir = opendir(folder);
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void a_file_is_written(void **state)
{
	Err err = { 0 };

	(void)state;
	assert_true(file_write(path, "the file", NEW, NEW_BYTES, FILE_NEW, &err));
	holds(path, NEW, NEW_BYTES);
	assert_true(file_write(path, "the file", OLD, strlen(OLD), FILE_REPLACE, &err));
	holds(path, OLD, strlen(OLD));
	assert_true(file_write(path, "the file", NULL, 0, FILE_REPLACE, &err));
	holds(path, "", 0);
	assert_int_equal(entries(), 1);
}

static void a_slow_disk_gets_all(void **state)
{
	Err err = { 0 };

	(void)state;
	little = true;
	assert_true(file_write(path, "the file", NEW, NEW_BYTES, FILE_REPLACE, &err));
	holds(path, NEW, NEW_BYTES);
}

static void a_new_file_replaces_none(void **state)
{
	Err err = { 0 };
	char want[128];

	(void)state;
	put_old();
	assert_false(file_write(path, "the file", NEW, NEW_BYTES, FILE_NEW, &err));
	assert_int_equal(err.code, ERR_FILE);
	snprintf(want, sizeof want, "cannot write the file %s: link: %s", path, strerror(EEXIST));
	assert_string_equal(err.text, want);
	holds(path, OLD, strlen(OLD));
	assert_int_equal(entries(), 1);
}

static void what_fails_leaves_the_old_file(void **state)
{
	static const struct {
		const char *call;
		FileWay way;
	} rows[] = {
		{ "write", FILE_REPLACE },  { "write", FILE_NEW },  { "fsync", FILE_REPLACE },
		{ "fsync", FILE_NEW },	    { "close", FILE_REPLACE }, { "close", FILE_NEW },
		{ "rename", FILE_REPLACE }, { "link", FILE_NEW },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		Err err = { 0 };
		char want[128];

		failing = NULL;
		unlink(path);
		if (rows[i].way == FILE_REPLACE)
			put_old();
		failing = rows[i].call;
		failing_after = 0;
		assert_false(file_write(path, "the file", NEW, NEW_BYTES, rows[i].way, &err));
		assert_int_equal(err.code, ERR_FILE);
		snprintf(want, sizeof want, "cannot write the file %s: %s: %s", path, rows[i].call,
			 strerror(ENOSPC));
		assert_string_equal(err.text, want);
		if (rows[i].way == FILE_REPLACE)
			holds(path, OLD, strlen(OLD));
		assert_int_equal(entries(), rows[i].way == FILE_REPLACE);
	}
	failing = NULL;
}

/* Some file systems cannot: the file is there all the same. */
static void a_folder_need_not_sync(void **state)
{
	Err err = { 0 };

	(void)state;
	failing = "fsync";
	failing_after = 1;
	assert_true(file_write(path, "the file", NEW, NEW_BYTES, FILE_REPLACE, &err));
	assert_int_equal(failing_after, -1);
	holds(path, NEW, NEW_BYTES);
}

static void a_folder_must_be_there(void **state)
{
	Err err = { 0 };
	char nowhere[96];

	(void)state;
	snprintf(nowhere, sizeof nowhere, "%s/no/it", folder);
	assert_false(file_write(nowhere, "the file", NEW, NEW_BYTES, FILE_REPLACE, &err));
	assert_int_equal(err.code, ERR_FILE);
	assert_non_null(strstr(err.text, "create"));
	assert_int_equal(entries(), 0);
}

/* In the folder one is in, and over what a process with this number left behind: a link there is
 * not followed. */
static void leftovers_are_in_no_way(void **state)
{
	Err err = { 0 };
	char beside[96], other[96], here[4096];

	(void)state;
	snprintf(beside, sizeof beside, "%s.%ld.new", path, (long)getpid());
	snprintf(other, sizeof other, "%s/other", folder);
	assert_true(file_write(other, "the file", OLD, strlen(OLD), FILE_NEW, &err));
	assert_int_equal(symlink(other, beside), 0);
	assert_non_null(getcwd(here, sizeof here));
	assert_int_equal(chdir(folder), 0);
	bool fine = file_write("it", "the file", NEW, NEW_BYTES, FILE_REPLACE, &err);
	assert_int_equal(chdir(here), 0);
	assert_true(fine);
	holds(path, NEW, NEW_BYTES);
	holds(other, OLD, strlen(OLD));
	assert_int_equal(unlink(other), 0);
	assert_int_equal(entries(), 1);
}

static void only_a_regular_file_is_replaced(void **state)
{
	Err err = { 0 };
	char other[96];
	struct stat st;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	for (FileWay way = FILE_REPLACE; way <= FILE_NEW; way++) {
		assert_false(file_write(path, "the file", NEW, NEW_BYTES, way, &err));
		assert_int_equal(err.code, ERR_FILE);
		assert_non_null(strstr(err.text, "cannot write the file "));
		assert_non_null(strstr(err.text, "it: is not a regular file"));
	}
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	/* Nor through a link. */
	snprintf(other, sizeof other, "%s/other", folder);
	assert_int_equal(symlink(path, other), 0);
	assert_false(file_write(other, "the file", NEW, NEW_BYTES, FILE_REPLACE, &err));
	assert_int_equal(entries(), 2);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(file_write(path, "the file", NEW, NEW_BYTES, FILE_REPLACE, &err));
	assert_non_null(strstr(err.text, "is not a regular file"));
	assert_int_equal(rmdir(path), 0);
}

static void memory_may_be_short(void **state)
{
	Err err = { 0 };

	(void)state;
	put_old();
	alloc_fail_after(0);
	bool fine = file_write(path, "the file", NEW, NEW_BYTES, FILE_REPLACE, &err);
	alloc_fail_never();
	assert_false(fine);
	assert_int_equal(err.code, ERR_MEMORY);
	holds(path, OLD, strlen(OLD));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_written),
		TEST(a_slow_disk_gets_all),
		TEST(a_new_file_replaces_none),
		TEST(what_fails_leaves_the_old_file),
		TEST(a_folder_need_not_sync),
		TEST(a_folder_must_be_there),
		TEST(leftovers_are_in_no_way),
		TEST(only_a_regular_file_is_replaced),
		TEST(memory_may_be_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
