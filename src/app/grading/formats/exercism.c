/* results.json of an Exercism test runner, version 3.
 *
 * Its rules (exercism.org/docs/building/tooling/test-runners/interface; its source is exercism/docs,
 * building/tooling/test-runners/interface.md):
 *   - version, the number 3; status: "pass" (all tests passed), "fail" (one failed or errored) or
 *     "error" (all of them errored, or none was run)
 *   - message, a text of at most 65,535 bytes, needed with "error", else null or absent
 *   - tests, an array in the order of the file, needed with "pass" and "fail": each has name and
 *     status, "pass", "fail" or "error"; message of one that did not pass; output, at most 500
 *     characters that the student printed; test_code, which concept exercises must have and practice
 *     exercises, as ours, should where students do not know the tests; task_id, a number
 *   - the runner exits with 0 whatever the status is
 * Students' files print nothing, checks name themselves, and tasks are not numbered: output,
 * test_code and task_id are left out. The file is shown to the student at once, so only checks that
 * are shown at once stand in it, and no quiz.
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
