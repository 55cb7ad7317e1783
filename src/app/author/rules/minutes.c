/* The time that a lesson promises holds that of its parts.
 * SPDX-License-Identifier: MIT */
#include "app/author/lint.h"
#include "app/lesson/source.h"

static void minutes_look(Lint *lint)
{
	double sum = 0, all = json_number_value(json_object_get(lint->source, "minutes"));
	size_t i;
	json_t *step;
	json_array_foreach(json_object_get(lint->source, "steps"), i, step)
	{
		double minutes =
			json_number_value(json_object_get(source_exercise(step), "minutes"));
		if (source_is(step, "exercise") && minutes <= 0)
			lint_problem(lint, source_line(step),
				     "the exercise does not tell its minutes");
		sum += minutes;
	}
	if (sum > 0 && sum >= all)
		lint_problem(lint, source_line(lint->source),
			     "the exercises take %g minutes, the whole lesson %g: nothing is left "
			     "for the rest",
			     sum, all);
}

const LintRule lint_minutes = {
	.info = { .name = "minutes",
		  .title = "Minutes",
		  .about =
			  "Exercises tell their minutes, and the lesson has more than their sum." },
	.look = minutes_look,
};
