/* Fuzzes the lines of progress: what is whole ends where a line does, a torn tail changes nothing,
 * whatever events there are can be summed up, records that were left out are those of their line,
 * and what unfolds folds again.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/lesson/progress.h"
#include "app/lesson/run_records.h"
#include "fuzz.h"

static void check_folding(const json_t *records)
{
	json_t *whole = run_records_unfold(records), *folded, *back, *again;

	if (!whole)
		return;
	folded = run_records_fold(whole);
	back = run_records_unfold(folded);
	again = run_records_fold(back);
	require(folded && back && json_equal(folded, again));
	json_decref(whole);
	json_decref(folded);
	json_decref(back);
	json_decref(again);
}

/* What stands for records that were left out, of a line that is long enough for that. */
static void check_records(const char *text, size_t size, json_t *event)
{
	const json_t *records = json_object_get(event, "records");
	json_int_t at = json_integer_value(json_object_get(records, "at")),
		   bytes = json_integer_value(json_object_get(records, "bytes"));

	if (json_is_array(records))
		check_folding(records);
	if (!json_is_object(records) || at < 0 || bytes <= PROGRESS_LINE_SHORT ||
	    at > (json_int_t)size || bytes > (json_int_t)size - at)
		return;
	json_t *whole = progress_line(text + at, (size_t)bytes, event);

	if (whole) {
		require(json_is_array(json_object_get(whole, "records")));
		check_folding(json_object_get(whole, "records"));
		json_object_del(whole, "records");
		json_object_del(event, "records");
		require(json_equal(whole, event));
	}
	json_decref(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	json_t *events = json_array(), *again = json_array();
	ProgressLines lines, whole;
	ProgressLesson sum;
	size_t ends = 0;

	for (size_t i = 0; i < size; i++)
		ends += data[i] == '\n';
	progress_parse(text, size, events, &lines);
	require(lines.whole <= size && json_array_size(events) + lines.damaged <= ends);
	require(lines.whole == 0 || text[lines.whole - 1] == '\n');
	require(!memchr(text + lines.whole, '\n', size - lines.whole));
	progress_parse(text, lines.whole, again, &whole);
	require(json_equal(events, again) && whole.damaged == lines.damaged);
	progress_sum(events, &sum);
	require(isfinite(sum.points) && isfinite(sum.of));
	require(strlen(sum.wall) < sizeof sum.wall && sum.attempt >= 0);
	for (size_t i = 0; i < json_array_size(events); i++)
		check_records(text, size, json_array_get(events, i));
	json_decref(events);
	json_decref(again);
	return 0;
}
