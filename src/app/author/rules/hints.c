/* Who fails a check gets help.
 * SPDX-License-Identifier: MIT */
#include "app/author/lint.h"
#include "app/lesson/source.h"
#include "base/record.h"

static void hints_look(Lint *lint)
{
	size_t i, k;
	json_t *step, *check;
	json_array_foreach(json_object_get(lint->source, "steps"), i, step)
		json_array_foreach(json_object_get(source_exercise(step), "checks"), k, check)
	{
		if (json_array_size(json_object_get(check, "hints")) > 0)
			continue;
		lint_problem(lint, source_line(check),
			     "the check '%s' has no hint: write hints = { \"…\" }, one to three",
			     record_text(check, "id"));
	}
}

const LintRule lint_hints = {
	.info = { .name = "hints", .title = "Hints", .about = "Each check has a hint." },
	.look = hints_look,
};
