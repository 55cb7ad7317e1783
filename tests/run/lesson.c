/* A lesson served by a real worker: every command and every record of the protocol, right and
 * wrong.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/session/job.h"
#include "app/session/launch.h"
#include "base/clock.h"

/* A worker that says nothing for so long has hung: the test is over, whatever the machine does. */
#define SILENCE_MS 60000

enum { TEXT = 1, P1, P2, RACE, REVEAL, QUIZ, FAILS, NUMBERS, ENDLESS, BLOCKS, REFLECT };
#define LAST REFLECT

static struct {
	Child child;
	char scratch[64];
	int counts[4]; /* of windows, trials, verdicts, plans since the last command */
} served;

static const char *source_folder(void)
{
	const char *top = getenv("top_srcdir");

	return top ? top : ".";
}

static void start(bool seed_given)
{
	static Paths paths;
	static char script[4096], data[4096];
	const char *build = getenv("top_builddir");
	Err err;

	snprintf(paths.helpers, sizeof paths.helpers, "%s", build ? build : ".");
	snprintf(script, sizeof script, "%s/tests/run/lesson.lua", source_folder());
	snprintf(data, sizeof data, "%s/datasets", source_folder());
	strcpy(served.scratch, "/tmp/wattle-lesson-XXXXXX");
	assert_non_null(mkdtemp(served.scratch));
	char *folder = realpath(data, NULL);
	json_t *folders = json_pack("[s]", folder);
	Job job = {
		.kind = JOB_LESSON,
		.origin_ns = clock_now_ns(),
		.script = "lesson.lua",
		.kernel = "auto",
		.energy = "none",
		.scratch = served.scratch,
		.student = "ann",
		.fast = true,
		.seed_given = seed_given,
		.seed = 5,
		.threads = 1,
		.data = folders,
	};
	json_t *json = job_json(&job);
	int fd = open(script, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	if (!launch_worker(&served.child, &paths, json, -1, fd, served.scratch, &err))
		fail_msg("%s", err.text);
	close(fd);
	json_decref(json);
	json_decref(folders);
	free(folder);
}

static void count(const char *type)
{
	static const char *const types[] = { "window", "trial", "verdict", "plan" };

	for (int i = 0; i < 4; i++)
		served.counts[i] += strcmp(type, types[i]) == 0;
}

/* The next record; NULL at the end. */
static json_t *next(void)
{
	struct pollfd fd = { .fd = served.child.records, .events = POLLIN };
	json_t *record;
	Err err;

	for (;;) {
		switch (record_in_next(served.child.in, &record, &err)) {
		case RECORD_GOT:
			count(json_string_value(json_object_get(record, "type")));
			return record;
		case RECORD_END:
			return NULL;
		case RECORD_BAD:
			fail_msg("%s", err.text);
			break;
		case RECORD_WAIT:
			if (poll(&fd, 1, SILENCE_MS) == 0)
				fail_msg("the worker is silent");
		}
	}
}

/* The next record of that type; others between are let by. The last one is kept until the next
 * call. */
static const json_t *await(const char *type)
{
	static json_t *last;

	for (;;) {
		json_decref(last);
		last = next();
		if (!last)
			fail_msg("no record %s came", type);
		const char *got = json_string_value(json_object_get(last, "type"));

		if (strcmp(got, type) == 0)
			return last;
		if (strcmp(got, "error") == 0)
			fail_msg("error instead of %s: %s", type,
				 json_string_value(json_object_get(last, "text")));
	}
}

static void send_json(json_t *command)
{
	memset(served.counts, 0, sizeof served.counts);
	json_object_set_new(command, "v", json_integer(1));
	json_object_set_new(command, "type", json_string("command"));
	child_send(&served.child, command);
	json_decref(command);
}

static void command(const char *name, int step)
{
	send_json(json_pack("{s:s, s:i}", "command", name, "step", step));
}

static void refused(const char *text)
{
	const json_t *error = await("error");

	assert_string_equal(json_string_value(json_object_get(error, "code")), "argument");
	if (!strstr(json_string_value(json_object_get(error, "text")), text))
		fail_msg("'%s' is not in: %s", text,
			 json_string_value(json_object_get(error, "text")));
}

static void reads(const char *text)
{
	const char *markdown = json_string_value(json_object_get(await("text"), "markdown"));

	if (!strstr(markdown, text))
		fail_msg("'%s' is not in: %s", text, markdown);
}

static int integer(const json_t *record, const char *key)
{
	assert_true(json_is_integer(json_object_get(record, key)));
	return (int)json_integer_value(json_object_get(record, key));
}

/* Waits for the end of a run; its why, "" when it has none. */
static const char *step_end(bool ok)
{
	const json_t *end = await("step-end");
	const char *why = json_string_value(json_object_get(end, "why"));

	if (json_is_true(json_object_get(end, "ok")) != ok)
		fail_msg("the run ended otherwise: %s", why ? why : "");
	return why ? why : "";
}

static int finish(void)
{
	json_t *record;

	child_hang_up(&served.child);
	while ((record = next()) != NULL)
		json_decref(record);
	child_reap(&served.child, true);
	child_close(&served.child);
	rmdir(served.scratch);
	return WIFEXITED(served.child.status) ? WEXITSTATUS(served.child.status) : -1;
}

static void test_whole(void **state)
{
	(void)state;
	start(false);
	const json_t *lesson = await("lesson");

	assert_string_equal(json_string_value(json_object_get(lesson, "id")), "test.01");
	assert_int_equal(json_array_size(json_object_get(lesson, "steps")), LAST);
	assert_true(json_integer_value(json_object_get(lesson, "seed")) >= 0);
	command("step", TEXT);
	assert_int_equal(integer(await("step"), "step"), TEXT);
	reads("; …, ….");
	command("step", REVEAL);
	reads("First predict: step 2.");
	command("run", RACE);
	refused("first predict: step 2");
	command("step", P1);
	const json_t *prompt = await("prompt"); /* jansson's macros evaluate twice */

	assert_true(json_is_null(json_object_get(prompt, "locked")));
	send_json(json_pack("{s:s, s:i, s:i, s:i, s:s}", "command", "answer", "step", P1, "choice",
			    2, "confidence", 4, "why", "half the bytes"));
	const json_t *locked = json_object_get(await("prompt"), "locked");

	assert_int_equal(integer(locked, "choice"), 2);
	assert_int_equal(integer(locked, "confidence"), 4);
	command("step", REVEAL);
	reads("First run: step 4.");
	command("run", RACE);
	assert_int_equal(integer(await("step"), "step"), RACE);
	assert_string_equal(step_end(true), "");
	assert_int_equal(served.counts[3], 1);
	assert_true(served.counts[0] >= 22 && served.counts[1] >= 22); /* 11 blocks of 2 arms */
	assert_int_equal(served.counts[2], 3);
	command("step", REVEAL);
	reads("You said in 8 bits; it is in 8 bits: 0.");
	command("step", QUIZ);
	assert_string_equal(json_string_value(json_object_get(await("prompt"), "kind")), "quiz");
	send_json(json_pack("{s:s, s:i, s:i}", "command", "answer", "step", QUIZ, "choice", 1));
	const json_t *check = await("check");

	assert_true(json_is_true(json_object_get(check, "pass")));
	assert_int_equal(integer(check, "points"), 3);
	assert_string_equal(json_string_value(json_object_get(check, "text")), "So it is.");
	assert_int_equal(finish(), 0);
}

static void test_refusals(void **state)
{
	(void)state;
	start(true);
	assert_int_equal(integer(await("lesson"), "seed"), 5);
	command("step", 0);
	refused("there is no such step");
	command("step", LAST + 1);
	refused("there is no such step");
	send_json(json_pack("{s:s}", "command", "step"));
	refused("there is no such step");
	command("dance", 1);
	refused("a lesson follows the commands");
	send_json(json_object());
	refused("a lesson follows the commands");
	command("run", TEXT);
	refused("step 1 is no run");
	command("answer", TEXT);
	refused("step 1 asks nothing");
	send_json(json_pack("{s:s, s:i, s:i}", "command", "answer", "step", P1, "choice", 4));
	refused("choose 1 to 3");
	send_json(json_pack("{s:s, s:i, s:i, s:i}", "command", "answer", "step", P1, "choice", 1,
			    "confidence", 6));
	refused("the confidence is 1 to 5");
	send_json(json_pack("{s:s, s:i, s:i, s:s}", "command", "answer", "step", P1, "choice", 1,
			    "why", "two\nlines"));
	refused("one line");
	send_json(json_pack("{s:s, s:i, s:f}", "command", "answer", "step", P2, "number", 10.5));
	refused("give a number from 0 to 10 kB");
	send_json(json_pack("{s:s, s:i, s:f}", "command", "answer", "step", P2, "number", 2.5));
	await("prompt");
	send_json(json_pack("{s:s, s:i, s:f}", "command", "answer", "step", P2, "number", 3.0));
	refused("answered, and locked");
	command("step", TEXT);
	reads("2.50 kB.");
	send_json(json_pack("{s:s, s:i, s:i}", "command", "run", "step", NUMBERS, "seed", -1));
	refused("the seed must be");
	send_json(json_pack("{s:s, s:s, s:i}", "command", "set", "name", "epochs", "value", 3));
	refused("nothing varies");
	for (int epochs = 1; epochs <= 2; epochs++) {
		char text[64];

		send_json(json_pack("{s:s, s:s, s:i}", "command", "set", "name", "epochs", "value",
				    epochs));
		assert_int_equal(integer(json_object_get(await("lesson"), "param"), "epochs"),
				 epochs);
		command("step", TEXT);
		snprintf(text, sizeof text, "Trained for %d epochs", epochs);
		reads(text);
	}
	assert_int_equal(finish(), 0);
}

static void test_runs(void **state)
{
	(void)state;
	start(true);
	await("lesson");
	command("run", FAILS);
	assert_non_null(strstr(step_end(false), "as planned"));
	command("run", NUMBERS); /* the lesson goes on */
	step_end(true);
	command("run", BLOCKS);
	step_end(true);
	assert_true(served.counts[1] >= 6);
	send_json(json_pack("{s:s, s:i, s:i}", "command", "answer", "step", P1, "choice", 1));
	await("prompt");

	/* What comes while something runs: a stop counts at once, other commands afterwards. */
	command("run", RACE);
	await("window");
	command("step", TEXT);
	send_json(json_pack("{s:s}", "command", "stop"));
	const char *why = json_string_value(json_object_get(await("step-end"), "why"));

	assert_true(why && strstr(why, "stopped"));
	reads("Trained for");
	command("run", RACE); /* the stop is over with the run that it stopped */
	send_json(json_pack("{s:s}", "command", "pause"));
	send_json(json_pack("{s:s}", "command", "pause"));
	step_end(true);

	command("run", ENDLESS);
	await("arm-begin");
	send_json(json_pack("{s:s}", "command", "abort"));
	assert_string_equal(json_string_value(json_object_get(await("error"), "code")),
			    "interrupted");
	assert_int_equal(finish(), 130);
}

static void answer_text(const char *text)
{
	send_json(json_pack("{s:s, s:i, s:s}", "command", "answer", "step", REFLECT, "text", text));
}

static void test_reflection(void **state)
{
	static char long_text[4002];

	(void)state;
	start(true);
	await("lesson");
	command("step", REFLECT);
	assert_int_equal(integer(await("step"), "min_words"), 3);
	const json_t *prompt = await("prompt");

	assert_string_equal(json_string_value(json_object_get(prompt, "kind")), "reflect");
	assert_int_equal(integer(prompt, "min_words"), 3);
	assert_true(json_is_null(json_object_get(prompt, "locked")));
	command("answer", REFLECT);
	refused("give the answer as a text");
	answer_text(" \n ");
	refused("the answer is empty");
	answer_text("too\nshort ");
	refused("the answer has 2 words; write 3 or more");
	memset(long_text, 'x', sizeof long_text - 1);
	answer_text(long_text);
	refused("the answer has 4001 bytes; at most 4000 are taken");
	answer_text("bytes are\nmoved");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(await("prompt"), "locked"),
						  "text")),
		"bytes are\nmoved");
	answer_text("something else entirely");
	refused("answered, and locked");
	command("skip", REFLECT);
	refused("answered, and locked");
	assert_int_equal(finish(), 0);
}

/* The next record of that type has the flag. */
static void says(const char *type, const char *key)
{
	const json_t *flag = json_object_get(await(type), key);

	assert_true(json_is_true(flag));
}

static void test_skips(void **state)
{
	(void)state;
	start(true);
	await("lesson");
	command("skip", TEXT);
	refused("step 1 is no question");
	command("skip", QUIZ);
	says("prompt", "skipped");
	command("step", QUIZ);
	says("step", "skipped");
	send_json(json_pack("{s:s, s:i, s:i}", "command", "answer", "step", QUIZ, "choice", 1));
	await("check"); /* what was skipped can be made up */
	assert_null(json_object_get(await("prompt"), "skipped"));
	command("skip", P1);
	says("prompt", "skipped");
	command("step", REVEAL);
	reads("First run: step 4.");
	command("run", RACE);
	step_end(true);
	command("step", REVEAL);
	reads("You made no prediction.\n\nYou said nothing; it is in 8 bits: 0.");
	send_json(json_pack("{s:s, s:i, s:i}", "command", "answer", "step", P1, "choice", 2));
	refused("step 2 was skipped, and its run is over");
	assert_int_equal(finish(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_reflection),
		cmocka_unit_test(test_skips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
