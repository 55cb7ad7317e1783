/* Marks, words and points of checks.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/check_line.h"

#include <string.h>

#include "base/record.h"
#include "base/text.h"

/* Quizzes have no status of their own making. */
static const char *status_of(const json_t *record)
{
	const char *status = record_text(record, "status");

	if (*status)
		return status;
	return json_is_true(json_object_get(record, "pass")) ? "pass" : "fail";
}

void check_line_print(FILE *to, const json_t *record)
{
	const char *status = status_of(record), *text = record_text(record, "text"),
		   *message = record_text(record, "message"), *place = record_text(record, "place");

	if (strcmp(record_text(record, "type"), "check") != 0)
		return;
	const char *mark = strcmp(status, "pass") == 0      ? "✓"
			   : strcmp(status, "skipped") == 0 ? "-"
							    : "✗";

	text_printf(to, "%s %s %s%s%s (%g of %g points)\n", mark, status, record_text(record, "id"),
		    *text ? ": " : "", text, json_number_value(json_object_get(record, "points")),
		    json_number_value(json_object_get(record, "of")));
	if (*message)
		text_printf(to, "    %s%s%s\n", strstr(message, place) ? "" : place,
			    strstr(message, place) ? "" : ": ", message);
}
