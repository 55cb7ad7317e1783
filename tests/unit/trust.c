/* The file of trusted scripts: found and not found, torn tails, damage, and what is refused.
 * SPDX-License-Identifier: MIT */
#include "app/program/trust.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#define ONE "1111111111111111111111111111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222222222222222222222222222"
#define LINE(sum) "{\"v\":1,\"type\":\"trust\",\"script_sha256\":\"" sum "\"}\n"

static char folder[64], path[128];
static Err err;

static int fresh(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/wattle-trust-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/wattle/trust.jsonl", folder);
	return 0;
}

static int done(void **state)
{
	char below[128];

	(void)state;
	unlink(path);
	snprintf(below, sizeof below, "%s/wattle", folder);
	rmdir(below);
	return rmdir(folder);
}

static void write_file(const char *text)
{
	FILE *to = fopen(path, "we");

	assert_non_null(to);
	fputs(text, to);
	fclose(to);
}

static size_t file_len(void)
{
	struct stat status;

	return stat(path, &status) == 0 ? (size_t)status.st_size : 0;
}

static bool has(const char *sum)
{
	bool found, torn;

	assert_true(trust_file_has(path, sum, &found, &torn, &err));
	return found;
}

static void what_is_added_is_found(void **state)
{
	bool torn;

	(void)state;
	assert_false(has(ONE));
	assert_true(trust_file_add(path, ONE, "a.lua", &torn, &err));
	assert_false(torn);
	assert_true(has(ONE));
	assert_false(has(TWO));
	size_t len = file_len();
	assert_true(trust_file_add(path, ONE, "a.lua", &torn, &err));
	assert_int_equal(file_len(), len);
	assert_true(trust_file_add(path, TWO, "b \"x\".lua", &torn, &err));
	assert_true(has(TWO) && has(ONE));
	struct stat status;
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

static void a_torn_tail_is_dropped(void **state)
{
	bool found, torn;

	(void)state;
	assert_true(trust_file_add(path, ONE, "a.lua", &torn, &err));
	write_file(LINE(ONE) "{\"v\":1,\"type\":\"trust\",\"script_sha256\":\"" TWO);
	assert_true(trust_file_has(path, TWO, &found, &torn, &err));
	assert_true(torn);
	assert_false(found);
	assert_true(trust_file_add(path, TWO, "b.lua", &torn, &err));
	assert_true(torn);
	assert_true(has(ONE) && has(TWO));
	assert_true(trust_file_has(path, TWO, &found, &torn, &err));
	assert_false(torn);
}

static void parsing(void **state)
{
	static const char text[] = LINE(ONE) "rubbish\n"
					     "{\"v\":2,\"type\":\"trust\",\"script_sha256\":\"" TWO
					     "\"}\n"
					     "{\"v\":1,\"type\":\"x\",\"script_sha256\":\"" TWO
					     "\"}\n"
					     "{\"v\":1,\"type\":\"trust\",\"script_sha256\":\"2\"}\n"
					     "\n";
	TrustFound found;

	(void)state;
	trust_parse(text, sizeof text - 1, TWO, &found);
	assert_false(found.found);
	assert_int_equal(found.damaged, 5);
	assert_int_equal(found.whole, sizeof text - 1);
	trust_parse(text, sizeof text - 1, ONE, &found);
	assert_true(found.found);
	trust_parse("", 0, ONE, &found);
	assert_true(!found.found && found.whole == 0 && found.damaged == 0);
	/* Not yet a line: a writer may be at it. */
	trust_parse(text, sizeof LINE(ONE) - 2, ONE, &found);
	assert_true(!found.found && found.whole == 0);
}

static void links_and_folders_are_refused(void **state)
{
	bool found, torn;

	(void)state;
	assert_true(trust_file_add(path, ONE, "a.lua", &torn, &err));
	unlink(path);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_false(trust_file_has(path, ONE, &found, &torn, &err));
	assert_int_equal(err.code, ERR_FILE);
	assert_false(trust_file_add(path, ONE, "a.lua", &torn, &err));
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(trust_file_has(path, ONE, &found, &torn, &err));
	assert_non_null(strstr(err.text, "no regular file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_added_is_found, fresh, done),
		cmocka_unit_test_setup_teardown(a_torn_tail_is_dropped, fresh, done),
		cmocka_unit_test_setup_teardown(parsing, fresh, done),
		cmocka_unit_test_setup_teardown(links_and_folders_are_refused, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
