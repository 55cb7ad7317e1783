/* What the tests of lessons share: a real worker that is sent commands, and whose records are looked
 * at one by one.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_RUN_LESSON_HOST_H
#define WATTLE_TESTS_RUN_LESSON_HOST_H

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

static struct {
	Child child;
	char scratch[64];
	int counts[4]; /* of windows, trials, verdicts, plans since the last command */
	json_t *kept;  /* records of a run, while that is wanted */
	json_t *check; /* the round that a check job is to run, set before it is started */
} served;

static inline const char *source_folder(void)
{
	const char *top = getenv("top_srcdir");

	return top ? top : ".";
}

/* A worker that does this to a script of this folder. */
static inline void start_job(JobKind kind, const char *name, bool seed_given)
{
	static Paths paths;
	static char script[4096], data[4096];
	const char *build = getenv("top_builddir");
	Err err;

	snprintf(paths.helpers, sizeof paths.helpers, "%s", build ? build : ".");
	snprintf(script, sizeof script, "%s/tests/run/%s", source_folder(), name);
	snprintf(data, sizeof data, "%s/datasets", source_folder());
	strcpy(served.scratch, "/tmp/wattle-lesson-XXXXXX");
	assert_non_null(mkdtemp(served.scratch));
	char *folder = realpath(data, NULL);
	json_t *folders = json_pack("[s]", folder);
	Job job = {
		.kind = kind,
		.origin_ns = clock_now_ns(),
		.script = name,
		.kernel = "auto",
		.energy = "none",
		.scratch = served.scratch,
		.student = "ann",
		.fast = true,
		.seed_given = seed_given,
		.seed = 5,
		.threads = 1,
		.data = folders,
		.check = served.check,
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

static inline void count(const char *type)
{
	static const char *const types[] = { "window", "trial", "verdict", "plan" };

	for (int i = 0; i < 4; i++)
		served.counts[i] += strcmp(type, types[i]) == 0;
}

/* The next record; NULL at the end. */
static inline json_t *next(void)
{
	struct pollfd fd = { .fd = served.child.records, .events = POLLIN };
	json_t *record;
	Err err;

	for (;;) {
		switch (record_in_next(served.child.in, &record, &err)) {
		case RECORD_GOT:
			count(json_string_value(json_object_get(record, "type")));
			if (served.kept)
				json_array_append(served.kept, record);
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
static inline const json_t *await(const char *type)
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

static inline void send_json(json_t *command)
{
	memset(served.counts, 0, sizeof served.counts);
	json_object_set_new(command, "v", json_integer(1));
	json_object_set_new(command, "type", json_string("command"));
	child_send(&served.child, command);
	json_decref(command);
}

static inline void command(const char *name, int step)
{
	send_json(json_pack("{s:s, s:i}", "command", name, "step", step));
}

static inline void refused(const char *text)
{
	const json_t *error = await("error");

	assert_string_equal(json_string_value(json_object_get(error, "code")), "argument");
	if (!strstr(json_string_value(json_object_get(error, "text")), text))
		fail_msg("'%s' is not in: %s", text,
			 json_string_value(json_object_get(error, "text")));
}

static inline void reads(const char *text)
{
	const char *markdown = json_string_value(json_object_get(await("text"), "markdown"));

	if (!strstr(markdown, text))
		fail_msg("'%s' is not in: %s", text, markdown);
}

static inline int integer(const json_t *record, const char *key)
{
	assert_true(json_is_integer(json_object_get(record, key)));
	return (int)json_integer_value(json_object_get(record, key));
}

/* Waits for the end of a run; its why, "" when it has none. */
static inline const char *step_end(bool ok)
{
	const json_t *end = await("step-end");
	const char *why = json_string_value(json_object_get(end, "why"));

	if (json_is_true(json_object_get(end, "ok")) != ok)
		fail_msg("the run ended otherwise: %s", why ? why : "");
	return why ? why : "";
}

static inline int finish(void)
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

/* The next record of that type has the flag. */
static inline void says(const char *type, const char *key)
{
	const json_t *flag = json_object_get(await(type), key);

	assert_true(json_is_true(flag));
}

/* Runs the step; its records, as a reader keeps them. */
static inline json_t *run_and_keep(int step)
{
	json_t *all = json_array(), *kept = json_array(), *record;
	size_t i;

	command("run", step);
	served.kept = all;
	step_end(true);
	served.kept = NULL;
	json_array_foreach(all, i, record)
	{
		const char *type = json_string_value(json_object_get(record, "type"));

		if (strcmp(type, "lowering") != 0 && strcmp(type, "log") != 0)
			json_array_append(kept, record);
	}
	json_decref(all);
	return kept;
}

static inline void put_back(int step, json_t *records)
{
	send_json(json_pack("{s:s, s:i, s:o}", "command", "restore", "step", step, "records",
			    records));
}

#endif
