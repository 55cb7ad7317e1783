/* First a prediction, then the run, then what came out: in this order, and all of them.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "app/author/lint.h"
#include "app/lesson/source.h"
#include "base/record.h"

/* Where the step of that id stands; the number of steps when it does not. */
static size_t place_of(const json_t *steps, const char *id)
{
	size_t i = 0;
	while (i < json_array_size(steps) &&
	       strcmp(record_text(json_array_get(steps, i), "id"), id) != 0)
		i++;
	return i;
}

/* Whether a reveal sets the prediction beside some run. */
static bool is_revealed(const json_t *steps, const char *id)
{
	for (size_t i = 0; i < json_array_size(steps); i++)
		if (strcmp(record_text(json_array_get(steps, i), "predict"), id) == 0)
			return true;
	return false;
}

static void predictions_look(Lint *lint)
{
	const json_t *steps = json_object_get(lint->source, "steps");
	bool predicted = false;
	for (size_t i = 0; i < json_array_size(steps); i++) {
		const json_t *step = json_array_get(steps, i);
		const char *id = record_text(step, "id");
		if (source_is(step, "run") && !predicted)
			lint_problem(lint, source_line(step),
				     "the run '%s' has no prediction before it: what one did not "
				     "expect one does not see",
				     id);
		if (source_is(step, "predict") && !is_revealed(steps, id))
			lint_problem(lint, source_line(step),
				     "the prediction '%s' is never set beside a run: add a reveal",
				     id);
		if (source_is(step, "reveal") &&
		    place_of(steps, record_text(step, "run")) <
			    place_of(steps, record_text(step, "predict")))
			lint_problem(lint, source_line(step),
				     "the run '%s' comes before the prediction '%s'",
				     record_text(step, "run"), record_text(step, "predict"));
		predicted |= source_is(step, "predict");
	}
}

const LintRule lint_predictions = {
	.info = { .name = "predictions",
		  .title = "Predictions",
		  .about = "A prediction comes before each run, and each is set beside one." },
	.look = predictions_look,
};
