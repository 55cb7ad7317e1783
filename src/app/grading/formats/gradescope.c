/* results.json of a Gradescope autograder.
 *
 * Its rules (gradescope-autograders.readthedocs.io/en/latest/specs, "Output format" and what follows
 * it; the page's source is gradescope/autograder_samples, docs/specs.md):
 *   - an object: score, needed where tests have none, else their sum; execution_time, output,
 *     output_format, test_output_format, test_name_format, visibility, stdout_visibility, extra_data,
 *     tests, leaderboard
 *   - tests, an array of objects: score and max_score, numbers; status, "passed" or "failed", else
 *     that of a test is by whether it has its max_score; name, number (a text), output, tags (texts),
 *     visibility, extra_data
 *   - formats (name_format, output_format): "text", which tests have if nothing is said and which is
 *     shown as it stands; "simple_format", which output on top has if nothing is said, "html", "md",
 *     "ansi"
 *   - visibility: "hidden", "after_due_date" (behind the late due date, where there is one),
 *     "after_published", "visible"; while a test is not shown, students do not see their total
 * Messages of students' files reach "text" fields only.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "app/grading/format.h"
#include "app/lesson/source.h"
#include "base/record.h"

#define OUTPUT_BYTES_MAX 65535

static const char *const visibility[] = {
	[SHOW_NOW] = "visible",
	[SHOW_AFTER_DUE] = "after_due_date",
	[SHOW_NEVER] = "hidden",
};

/* "ex1: the text of the check", "q1: quiz" */
static json_t *name_json(const Grades *grades, const Mark *mark)
{
	const json_t *step = source_step(grades->source, mark->exercise);
	return json_sprintf("%s: %s", mark->exercise,
			    *mark->check ? mark->title : record_text(step, "kind"));
}

static json_t *test_json(const Grades *grades, const Mark *mark)
{
	bool passed = mark->status == MARK_PASS;
	bool judged = mark->status != MARK_SKIPPED && mark->status != MARK_MANUAL;
	const char *said = mark->message ? mark->message : mark_status_name(mark->status);
	json_t *name = name_json(grades, mark);
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
			json_array_append_new(tests, test_json(grades, &grades->mark[i]));
	json_t *json = json_pack("{s:o}", "tests", tests);
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
