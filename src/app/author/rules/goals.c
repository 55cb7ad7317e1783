/* Goals that a list can show.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "app/author/lint.h"
#include "app/lesson/source.h"
#include "base/text.h"

#define GOALS_MAX 4
#define GOAL_COLUMNS 76

static void goals_look(Lint *lint)
{
	size_t i;
	json_t *goal;
	const json_t *goals = json_object_get(lint->source, "goals");
	int line = source_line(lint->source);
	if (json_array_size(goals) > GOALS_MAX)
		lint_problem(lint, line, "%zu goals; nobody keeps more than %d in mind",
			     json_array_size(goals), GOALS_MAX);
	json_array_foreach((json_t *)(uintptr_t)goals, i, goal)
	{
		const char *text = json_string_value(goal);
		size_t len = text ? strlen(text) : 0;
		if (len == 0)
			continue;
		if (text_columns(text) > GOAL_COLUMNS)
			lint_problem(lint, line, "goal %zu has %zu columns; a list shows %d", i + 1,
				     text_columns(text), GOAL_COLUMNS);
		if (islower((unsigned char)*text) || text[len - 1] == '.')
			lint_problem(lint, line,
				     "goal %zu begins with a capital and ends without a full stop: "
				     "'%s'",
				     i + 1, text);
	}
}

const LintRule lint_goals = {
	.info = { .name = "goals",
		  .title = "Goals",
		  .about = "At most four goals, a line each, that begin with a capital." },
	.look = goals_look,
};
