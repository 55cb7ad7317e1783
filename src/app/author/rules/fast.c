/* Fast mode ends within a minute: what its caps allow must fit.
 * SPDX-License-Identifier: MIT */
#include "app/author/lint.h"
#include "app/lesson/source.h"

#define FAST_SECONDS 60
/* Of a comparison, a usual number: its windows take blocks × arms × window, and as much again for
 * what lies between them. */
#define ARMS 4
#define AROUND 2

static void fast_look(Lint *lint)
{
	size_t i, runs = 0;
	json_t *step;
	const json_t *fast = json_object_get(lint->source, "fast");
	double blocks = json_number_value(json_object_get(fast, "blocks"));
	double window_s = json_number_value(json_object_get(fast, "window"));
	json_array_foreach(json_object_get(lint->source, "steps"), i, step) runs +=
		source_is(step, "run");
	double total_s = (double)runs * blocks * window_s * ARMS * AROUND;
	if (total_s > FAST_SECONDS)
		lint_problem(
			lint, source_line(lint->source),
			"fast: %zu runs of %g blocks with windows of %g s may take %.0f s; fast "
			"mode has %d s for the whole lesson",
			runs, blocks, window_s, total_s, FAST_SECONDS);
}

const LintRule lint_fast = {
	.info = { .name = "fast",
		  .title = "Fast mode",
		  .about = "The caps of fast mode keep the measured windows within a minute." },
	.look = fast_look,
};
