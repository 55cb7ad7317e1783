/* The reader of one lesson: what its runs came to.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ui/views/lesson/reader.h"

#define NAME_COLUMNS_MAX 40

void reader_forget_run(Step *step)
{
	if (step->race)
		race_done(step->race);
	free(step->race);
	step->race = NULL;
	json_decref(step->numbers);
	step->numbers = NULL;
	free(step->why);
	step->why = NULL;
}

void reader_begin_run(Reader *reader, size_t index)
{
	race_done(&reader->race);
	free(reader->steps[index].why);
	reader->steps[index].why = NULL;
	reader->work = index + 1;
	reader->running = true; /* it trains for a while before it says so */
}

/* NULL: nothing was run. */
static const Race *race_of(const Reader *reader, size_t index)
{
	return reader->work == index + 1 && (reader->running || race_begun(&reader->race))
		       ? &reader->race
		       : reader->steps[index].race;
}

const Race *reader_race(const Reader *reader)
{
	static const Race none = { 0 };

	for (size_t i = reader->at + 1; i-- > 0;) {
		const Step *step = &reader->steps[i];
		const Race *race = step->asks == ASKS_RUN ? race_of(reader, i) : NULL;

		if (race)
			return race;
		if (step->asks == ASKS_RUN && (i == reader->at || step->ran))
			break; /* it has numbers, and no table */
	}
	return &none;
}

const char *reader_stopped(const Reader *reader, char out[READER_STOPPED_MAX])
{
	const Race *race = reader_race(reader);

	out[0] = '\0';
	if (race_short(race) && !race->exit && results_repeated(race->results) > 0 &&
	    results_blocks(race->results) == 0)
		text_format(out, READER_STOPPED_MAX,
			    "Other programs took CPU time in every block, so nothing was measured. "
			    "Close them, and run again.");
	else if (race_short(race))
		text_format(out, READER_STOPPED_MAX,
			    "The run %s after %zu of %zu blocks: its ranges are wider than "
			    "they would be.",
			    race->exit ? "was stopped" : "ended", results_blocks(race->results),
			    race->plan->blocks_min);
	return out;
}

void reader_numbers_flow(const Step *step, Flow *flow)
{
	char line[128];
	size_t columns = 0;
	const char *name;
	json_t *value;

	if (json_object_size(step->numbers) == 0 && !step->failed)
		flow_text(flow, STYLE_DIM, "The experiment has ended.");
	json_object_foreach(step->numbers, name, value)
	{
		if (text_columns(name) > columns)
			columns = text_columns(name);
	}
	if (columns > NAME_COLUMNS_MAX)
		columns = NAME_COLUMNS_MAX;
	json_object_foreach(step->numbers, name, value)
	{
		size_t here = text_columns(name);
		int pad = (int)(here < columns ? columns - here : 0) + 2;

		if (json_is_number(value))
			text_format(line, sizeof line, "%s%*s%.6g", name, pad, "",
				    json_number_value(value));
		else
			text_format(line, sizeof line, "%s%*snot measured here", name, pad, "");
		flow_verbatim(flow, STYLE_TEXT, line, strlen(line));
		flow_break(flow);
	}
}
