/* results.json of a Gradescope autograder.
 *
 * Its rules (gradescope-autograders.readthedocs.io, "Autograder Specifications", output format): an
 * object with tests, an array; each may have score and max_score (numbers), status ("passed" or
 * "failed"), name, number, output, output_format ("text" is shown as it is), tags and visibility:
 * "hidden", "after_due_date", "after_published" or "visible". Without a score on top the scores of
 * the tests are added up.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "app/grading/format.h"

#define OUTPUT_BYTES_MAX 65535

static const char *const visibility[] = {
	[SHOW_NOW] = "visible",
	[SHOW_AFTER_DUE] = "after_due_date",
	[SHOW_NEVER] = "hidden",
};

static json_t *test_json(const Mark *mark)
{
	bool passed = mark->status == MARK_PASS;
	bool judged = mark->status != MARK_SKIPPED && mark->status != MARK_MANUAL;
	const char *said = mark->message ? mark->message : mark_status_name(mark->status);
	json_t *name = *mark->check ? json_sprintf("%s: %s", mark->exercise, mark->title)
				    : json_string(mark->exercise);
	json_t *test = json_pack("{s:o, s:s, s:o, s:s, s:s}", "name", name, "name_format", "text",
				 "output", grade_text(said, OUTPUT_BYTES_MAX), "output_format",
				 "text", "visibility", visibility[mark->show]);
	if (!test)
		return NULL;
	json_object_set_new(test, "score", json_real(isnan(mark->points) ? 0 : mark->points));
	json_object_set_new(test, "max_score", json_real(isnan(mark->max) ? 0 : mark->max));
	if (judged)
		json_object_set_new(test, "status", json_string(passed ? "passed" : "failed"));
	else
		json_object_set_new(test, "tags", json_pack("[s]", mark_status_name(mark->status)));
	return test;
}

static json_t *gradescope_student(const Grades *grades, size_t student, Err *err)
{
	json_t *tests = json_array();
	for (size_t i = 0; i < grades->count; i++)
		if (grades->mark[i].student == student)
			json_array_append_new(tests, test_json(&grades->mark[i]));
	json_t *json = json_pack("{s:s, s:o}", "output_format", "text", "tests", tests);
	if (!json)
		err_set(err, ERR_MEMORY, "no memory for the grades");
	return json;
}

const GradeFormat grade_format_gradescope = {
	.info = { .name = "gradescope",
		  .title = "Gradescope",
		  .about = "results.json for each student." },
	.student = gradescope_student,
};
