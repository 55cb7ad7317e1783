/* The lines of the progress file: which of them are events.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/progress.h"

#include <string.h>

#include "base/record.h"

/* A line of a version to come: it is left to the program that wrote it. */
static bool is_newer(const char *line, size_t len)
{
	json_t *json = json_loadb(line, len, 0, NULL);
	bool newer = json_integer_value(json_object_get(json, "v")) > RECORD_VERSION;

	json_decref(json);
	return newer;
}

static bool is_event(const json_t *json)
{
	const json_t *attempt = json_object_get(json, "attempt");
	json_int_t number = json_integer_value(attempt);

	return *record_text(json, "event") && *record_text(json, "lesson") &&
	       json_is_integer(attempt) && number >= 1 && number <= PROGRESS_ATTEMPTS_MAX;
}

static void take_line(const char *line, size_t len, json_t *events, ProgressLines *out)
{
	Err err;
	json_t *json = record_parse(line, len, &err);
	bool ours = json && strcmp(record_text(json, "type"), "progress") == 0;
	bool newer = !json && is_newer(line, len);

	if (ours && is_event(json))
		json_array_append(events, json);
	else if (json ? ours : !newer)
		out->damaged++;
	out->newer += newer;
	json_decref(json);
}

void progress_parse(const char *text, size_t len, json_t *events, ProgressLines *out)
{
	const char *end;

	*out = (ProgressLines){ .whole = 0 };
	while (out->whole < len &&
	       (end = memchr(text + out->whole, '\n', len - out->whole)) != NULL) {
		const char *line = text + out->whole;

		take_line(line, (size_t)(end - line), events, out);
		out->whole += (size_t)(end - line) + 1;
	}
}
