/* A quiz asks: its right choice is not where that of every other stands, and a wrong one says why.
 * SPDX-License-Identifier: MIT */
#include "app/author/lint.h"
#include "app/lesson/source.h"
#include "base/record.h"

/* Counted from 1; 0: none. */
static size_t right_place(const json_t *step)
{
	const json_t *choices = json_object_get(step, "choices");
	size_t i = 0, count = json_array_size(choices);
	while (i < count && !json_is_true(json_object_get(json_array_get(choices, i), "right")))
		i++;
	return i < count ? i + 1 : 0;
}

static void look_at(Lint *lint, const json_t *step)
{
	size_t i;
	json_t *choice;
	json_array_foreach(json_object_get(step, "choices"), i, choice)
	{
		if (!json_is_true(json_object_get(choice, "right")) && !*record_text(choice, "say"))
			lint_problem(lint, source_line(step),
				     "choice %zu of the quiz '%s' is wrong and does not tell why: "
				     "write say = \"…\"",
				     i + 1, record_text(step, "id"));
	}
}

static void quizzes_look(Lint *lint)
{
	size_t i, quizzes = 0, place = 0;
	bool alike = true;
	json_t *step;
	const json_t *last = NULL;
	json_array_foreach(json_object_get(lint->source, "steps"), i, step)
	{
		if (!source_is(step, "quiz"))
			continue;
		look_at(lint, step);
		alike &= quizzes++ == 0 || right_place(step) == place;
		place = right_place(step);
		last = step;
	}
	if (alike && quizzes > 1)
		lint_problem(
			lint, source_line(last),
			"in each of %zu quizzes choice %zu is right: after the first one nobody "
			"reads the others",
			quizzes, place);
}

const LintRule lint_quizzes = {
	.info = { .name = "quizzes",
		  .title = "Quizzes",
		  .about = "Wrong choices tell why, and the right one is not always at the same "
			   "place." },
	.look = quizzes_look,
};
