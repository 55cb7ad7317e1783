/* Fuzzes the lines of progress: what is whole ends where a line does, a torn tail changes nothing,
 * and whatever events there are can be summed up.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/lesson/progress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fine)
{
	if (!fine)
		abort();
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
	json_decref(events);
	json_decref(again);
	return 0;
}
