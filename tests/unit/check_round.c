/* A round of checks by workers that die, hang, write rubbish or refuse: there is one record for each
 * check all the same, and a sum.
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/lesson/check_round.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "folder.h"

#define PASSED                                                                                     \
	"{\"v\":1,\"type\":\"check\",\"id\":\"a\",\"status\":\"pass\",\"pass\":true,\"points\":2," \
	"\"of\":2}"
#define SILENCE_NS (30 * CLOCK_NS_PER_S)

static const Param flags[] = {
	{ .name = "fast", .type = PARAM_FLAG, .value = "false" },
	{ .name = "seed", .type = PARAM_INT, .minimum = 0, .maximum = 9 },
	{ .name = "student", .type = PARAM_TEXT, .value = "" },
	{ .name = "time-limit", .type = PARAM_TIME, .minimum = 0.01, .maximum = 9 },
	{ .name = "max-memory", .type = PARAM_SIZE },
	{ 0 },
};
static const Info info = { .name = "check", .params = flags };

static char *folder;
static Paths paths;
static Cli cli;
static const Session session = { .origin_ns = 1, .edge_fd = -1 };
static ScriptFile script = { .fd = -1, .name = "lesson.lua" };
static json_t *step, *records;
static CheckRound started;

static int begin(void **state)
{
	Err err;

	(void)state;
	folder = folder_new();
	text_format(paths.helpers, sizeof paths.helpers, "%s", folder);
	cli.paths = &paths;
	assert_true(params_init(&cli.flags, &info, &err));
	step = json_pack("{s:i, s:s, s:s, s:f, s:[{s:s, s:i, s:s}, {s:s, s:i, s:s}]}", "step", 4,
			 "id", "ex1", "file", "ex1.lua", "seconds", 0.05, "checks", "id", "a",
			 "points", 2, "text", "first", "id", "b", "points", 3, "text", "second");
	records = json_array();
	return 0;
}

static int end(void **state)
{
	(void)state;
	json_decref(step);
	json_decref(records);
	folder_done(folder);
	return 0;
}

static bool take(void *user, const json_t *record, Err *err)
{
	(void)user;
	(void)err;
	json_array_append(records, (json_t *)(uintptr_t)record);
	return true;
}

static void start(const char *worker)
{
	char path[PATH_MAX];
	Err err;
	const CheckWish wish = { .cli = &cli,
				 .script = &script,
				 .lesson = "green.05",
				 .step = step,
				 .text = "return {}",
				 .session = &session };

	text_format(path, sizeof path, "%s/wattle-worker", folder);
	FILE *file = fopen(path, "w");
	fprintf(file, "#!/bin/sh\nread -r job <&4\n%s\n", worker);
	fclose(file);
	assert_int_equal(chmod(path, 0700), 0);
	if (!check_round_start(&started, &wish, &err))
		fail_msg("%s", err.text);
}

static void run(const char *worker)
{
	int64_t until_ns = clock_now_ns() + SILENCE_NS;
	Err err;

	start(worker);
	while (check_round_running(&started)) {
		assert_true(clock_now_ns() < until_ns);
		assert_true(check_round_poll(&started, take, NULL, &err));
		poll(NULL, 0, 1);
	}
	assert_int_equal(access(started.scratch, F_OK), -1);
}

static const char *text_of(size_t i, const char *key)
{
	return record_text(json_array_get(records, i), key);
}

/* The second check, and the sum, as they were made up. */
static void expect(const char *status, const char *message)
{
	assert_int_equal(json_array_size(records), 3);
	assert_string_equal(text_of(0, "status"), "pass");
	assert_string_equal(text_of(1, "id"), "b");
	assert_string_equal(text_of(1, "text"), "second");
	assert_string_equal(text_of(1, "status"), status);
	if (!strstr(text_of(1, "message"), message))
		fail_msg("'%s' is not in: %s", message, text_of(1, "message"));
	const json_t *sum = json_array_get(records, 2);
	assert_string_equal(record_text(sum, "type"), "exercise");
	assert_true(record_number(sum, "points") == 2 && record_number(sum, "of") == 5);
	assert_int_equal(json_integer_value(json_object_get(sum, "step")), 4);
}

static void a_worker_that_dies_costs_the_rest(void **state)
{
	(void)state;
	run("echo '" PASSED "' >&3; kill -SEGV $$");
	expect("error", "the worker ended: the worker was killed by signal 11");
}

static void a_worker_that_exits_too(void **state)
{
	(void)state;
	run("echo '" PASSED "' >&3; exit 3");
	expect("error", "exited with status 3");
}

static void its_error_is_the_reason(void **state)
{
	(void)state;
	run("echo '" PASSED "' >&3; echo '{\"v\":1,\"type\":\"error\",\"code\":\"script\","
	    "\"text\":\"lesson.lua:9: no\"}' >&3; exit 3");
	expect("error", "lesson.lua:9: no");
}

static void a_worker_that_hangs_is_killed(void **state)
{
	(void)state;
	int64_t began_ns = clock_now_ns();

	run("echo '" PASSED "' >&3; exec sleep 1000");
	expect("timeout", "time limit (0.05 s) in check 'b'");
	assert_true(clock_now_ns() - began_ns >= SESSION_GRACE_NS);
}

static void the_user_limits_what_the_lesson_gives(void **state)
{
	Err err;

	(void)state;
	json_object_set_new(step, "seconds", json_real(600));
	assert_true(params_set_text(&cli.flags, "time-limit", "50ms", &err));
	run("echo '" PASSED "' >&3; exec sleep 1000");
	expect("timeout", "time limit (0.05 s) in check 'b'");
}

static void the_first_check_has_its_time_from_the_beginning(void **state)
{
	(void)state;
	run("echo '{\"v\":1,\"type\":\"exercise-begin\"}' >&3; exec sleep 1000");
	assert_int_equal(json_array_size(records), 3);
	assert_string_equal(text_of(0, "status"), "timeout");
	assert_string_equal(text_of(1, "status"), "error");
	assert_true(record_number(json_array_get(records, 2), "of") == 5);
}

static void rubbish_ends_it(void **state)
{
	(void)state;
	run("echo '" PASSED "' >&3; echo rubbish >&3; exec sleep 1000");
	expect("error", "the worker ended: ");
}

static void a_sum_is_not_made_up_twice(void **state)
{
	(void)state;
	run("echo '" PASSED "' >&3; echo '" PASSED "' >&3; echo '{\"v\":1,\"type\":\"exercise\","
	    "\"points\":4,\"of\":4}' >&3; echo '{\"v\":1,\"type\":\"usage\"}' >&3");
	assert_int_equal(json_array_size(records), 3);
	assert_true(record_number(json_array_get(records, 2), "points") == 4);
}

static void a_round_that_is_stopped_says_nothing(void **state)
{
	(void)state;
	start("exec sleep 1000");
	check_round_stop(&started);
	assert_false(check_round_running(&started));
	assert_int_equal(json_array_size(records), 0);
	assert_int_equal(access(started.scratch, F_OK), -1);
	check_round_stop(&started);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(a_worker_that_dies_costs_the_rest),
		CASE(a_worker_that_exits_too),
		CASE(its_error_is_the_reason),
		CASE(a_worker_that_hangs_is_killed),
		CASE(the_user_limits_what_the_lesson_gives),
		CASE(the_first_check_has_its_time_from_the_beginning),
		CASE(rubbish_ends_it),
		CASE(a_sum_is_not_made_up_twice),
		CASE(a_round_that_is_stopped_says_nothing),
	};
#undef CASE
	return cmocka_run_group_tests(tests, NULL, NULL);
}
