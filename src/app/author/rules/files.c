/* The files that a lesson names lie in its folder.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "app/author/lint.h"
#include "app/lesson/source.h"
#include "base/record.h"
#include "base/text.h"

static void look_for(Lint *lint, const json_t *step, const char *name, const char *what)
{
	char path[PATH_MAX];
	if (access(lint_file(path, lint, name), R_OK) != 0)
		lint_problem(lint, source_line(step), "%s is not there: %s", what, path);
}

static void files_look(Lint *lint)
{
	size_t i;
	json_t *step;
	bool asks = false;
	json_array_foreach(json_object_get(lint->source, "steps"), i, step)
	{
		asks |= source_asks(step);
		if (!source_is(step, "exercise"))
			continue;
		look_for(lint, step, record_text(source_exercise(step), "file"), "the starter");
		look_for(lint, step, record_text(source_exercise(step), "solution"),
			 "the model solution");
	}
	if (asks)
		look_for(lint, lint->source, "answers.json", "the script of answers");
}

const LintRule lint_files = {
	.info = { .name = "files",
		  .title = "Files",
		  .about = "Starters, model solutions and answers.json lie in the lesson's "
			   "folder." },
	.look = files_look,
};
