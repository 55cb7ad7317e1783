/* The model solutions, graded.
 * SPDX-License-Identifier: MIT */
#include "app/grading/model_solution.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "app/lesson/source.h"
#include "app/lesson/workfile.h"
#include "base/record.h"
#include "base/text.h"

#define NAME "the model solution" /* the student whose seeds it gets */

static json_t *solution_files(const json_t *source, const json_t *row)
{
	char path[PATH_MAX];
	size_t i;
	json_t *step, *files = json_object();
	json_array_foreach(json_object_get(source, "steps"), i, step)
	{
		const json_t *exercise = source_exercise(step);
		Err missing;
		if (!exercise)
			continue;
		source_file(path, sizeof path, record_text(row, "folder"), record_text(row, "file"),
			    record_text(exercise, "solution"));
		char *text = workfile_read_given(path, &missing);
		if (text)
			json_object_set_new(files, record_text(step, "id"),
					    json_pack("{s:s, s:s, s:i}", "name",
						      record_text(exercise, "file"), "text", text,
						      "attempts", 0));
		free(text);
	}
	return files;
}

/* A submission of the solutions and of nothing else. */
static bool hand_in(Grades *out, const json_t *row, Err *err)
{
	out->handed = calloc(1, sizeof *out->handed);
	if (!out->handed)
		return err_set(err, ERR_MEMORY, "no memory for the model solution");
	out->handed_count = 1;
	Handed *handed = out->handed;
	text_format(handed->student, sizeof handed->student, NAME);
	text_format(handed->lesson, sizeof handed->lesson, "%s", record_text(out->source, "id"));
	handed->submission = (Submission){ .head = json_object(),
					   .answers = json_object(),
					   .files = solution_files(out->source, row) };
	return true;
}

/* Of what was run: where there is no solution, nothing is known. */
static bool is_passed(const Mark *mark)
{
	return !*mark->check || mark->status == MARK_PASS || mark->status == MARK_SKIPPED ||
	       mark->status == MARK_MISSING;
}

static void mark_unfair(Grades *grades, const Mark *failed)
{
	for (size_t i = 0; i < grades->count; i++) {
		Mark *mark = &grades->mark[i];
		mark->unfair |= strcmp(mark->exercise, failed->exercise) == 0 &&
				strcmp(mark->check, failed->check) == 0;
	}
}

bool model_solution_grade(Grades *out, Session *session, Grades *grades, const CheckRun *run,
			  const json_t *row, Err *err)
{
	CheckRun quiet = *run;
	quiet.show = false;
	*out = (Grades){ .source = grades->source,
			 .sha256 = grades->sha256,
			 .grading = grades->grading,
			 .secret = grades->secret };
	if (!hand_in(out, row, err) || !grades_plan(out, err) ||
	    !checks_run(session, out, &quiet, err))
		return false;
	for (size_t i = 0; i < out->count; i++) {
		out->mark[i].unfair = !is_passed(&out->mark[i]);
		if (out->mark[i].unfair)
			mark_unfair(grades, &out->mark[i]);
	}
	return true;
}
