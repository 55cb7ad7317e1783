/* results.json of an Exercism test runner, version 3.
 *
 * Its rules (exercism.org, "The Test Runner Interface"): version 3; status "pass" (all tests
 * passed), "fail" (one did not) or "error" (only when all of them errored); message, at most
 * 65,535 bytes, needed with "error" and null or absent otherwise; tests, an array in the order of
 * the file, each with name, status "pass", "fail" or "error", and message where it did not pass.
 * The file is shown to the student at once, so only checks that are shown at once stand in it, and
 * no quiz.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "app/grading/format.h"

#define MESSAGE_BYTES_MAX 65535

static json_t *message_of(const Mark *mark)
{
	return grade_text(mark->message ? mark->message : mark_status_name(mark->status),
			  MESSAGE_BYTES_MAX);
}

static const char *status_of(const Mark *mark)
{
	return mark->status == MARK_PASS ? "pass" : mark->status == MARK_FAIL ? "fail" : "error";
}

static json_t *test_json(const Mark *mark)
{
	json_t *test = json_pack("{s:s, s:s}", "name", mark->title, "status", status_of(mark));
	if (mark->status != MARK_PASS)
		json_object_set_new(test, "message", message_of(mark));
	return test;
}

/* How many of each status there are. */
typedef struct Tally {
	size_t all, passed, erred;
	const Mark *first; /* that erred */
} Tally;

static void count(Tally *tally, const Mark *mark)
{
	const char *status = status_of(mark);
	bool erred = strcmp(status, "error") == 0;
	tally->all++;
	tally->passed += strcmp(status, "pass") == 0;
	tally->erred += erred;
	if (erred && !tally->first)
		tally->first = mark;
}

static json_t *exercism_student(const Grades *grades, size_t student, Err *err)
{
	Tally tally = { .all = 0 };
	json_t *tests = json_array();
	for (size_t i = 0; i < grades->count; i++) {
		const Mark *mark = &grades->mark[i];
		/* What was left out for want of a meter is no test of this run. */
		if (mark->student != student || !*mark->check || mark->show != SHOW_NOW ||
		    mark->status == MARK_SKIPPED)
			continue;
		json_array_append_new(tests, test_json(mark));
		count(&tally, mark);
	}
	bool error = tally.erred == tally.all;
	const char *status = error ? "error" : tally.passed == tally.all ? "pass" : "fail";
	json_t *json = json_pack("{s:i, s:s, s:o}", "version", 3, "status", status, "tests", tests);
	if (!json)
		err_set(err, ERR_MEMORY, "no memory for the grades");
	else if (error)
		json_object_set_new(json, "message",
				    tally.first ? message_of(tally.first)
						: json_string("no check was run"));
	return json;
}

const GradeFormat grade_format_exercism = {
	.info = { .name = "exercism",
		  .title = "Exercism",
		  .about = "results.json, version 3, for each student." },
	.student = exercism_student,
};
