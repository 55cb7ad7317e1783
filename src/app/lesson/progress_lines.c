/* The lines of the progress file: which of them are events.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/progress.h"

#include <stdlib.h>
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

static bool is_ours(const json_t *json)
{
	return json && strcmp(record_text(json, "type"), "progress") == 0;
}

/* --- lines that are long ---------------------------------------------------------------------- */

/* The last byte of the text that begins at `at`; len: it has no end. */
static size_t text_end(const char *line, size_t len, size_t at)
{
	for (at++; at < len && line[at] != '"'; at++)
		at += line[at] == '\\';
	return at;
}

/* Where the records lie in a line: its member of that name, a list whose brackets fit. */
static bool find_records(const char *line, size_t len, size_t *from, size_t *to)
{
	static const char key[] = "\"records\":[";
	const size_t key_len = sizeof key - 1;
	size_t depth = 0;

	*from = 0;
	for (size_t at = 0; at < len; at++) {
		switch (line[at]) {
		case '"':
			if (depth == 1 && !*from && len - at > key_len &&
			    memcmp(line + at, key, key_len) == 0)
				*from = at + key_len - 1;
			at = text_end(line, len, at);
			break;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			if (depth <= 1)
				return false;
			if (--depth == 1 && *from && line[at] == ']') {
				*to = at + 1;
				return true;
			}
			break;
		default:
			break;
		}
	}
	return false;
}

/* The line without its records, malloc'd; NULL: it is short, or has none. */
static char *head_of(const char *line, size_t len, size_t *head_len)
{
	static const char null[] = "null";
	size_t from, to;

	if (len <= PROGRESS_LINE_SHORT || len > RECORD_LINE_MAX ||
	    !find_records(line, len, &from, &to))
		return NULL;
	char *head = malloc(len - (to - from) + sizeof null);

	if (!head)
		return NULL;
	memcpy(head, line, from);
	memcpy(head + from, null, sizeof null - 1);
	memcpy(head + from + sizeof null - 1, line + to, len - to);
	*head_len = len - (to - from) + sizeof null - 1;
	return head;
}

/* --- all lines -------------------------------------------------------------------------------- */

/* at: where the line begins in the whole text. */
static void take_line(const char *line, size_t len, size_t at, json_t *events, ProgressLines *out)
{
	Err err;
	size_t head_len = len;
	char *head = head_of(line, len, &head_len);
	json_t *json = record_parse(head ? head : line, head_len, &err);
	bool ours = is_ours(json), newer = !json && is_newer(head ? head : line, head_len);

	if (ours && head)
		json_object_set_new(json, "records",
				    json_pack("{s:I, s:I}", "at", (json_int_t)at, "bytes",
					      (json_int_t)len));
	if (ours && is_event(json))
		json_array_append(events, json);
	else if (json ? ours : !newer)
		out->damaged++;
	out->newer += newer;
	json_decref(json);
	free(head);
}

json_t *progress_line(const char *line, size_t len, const json_t *head)
{
	Err err;
	json_t *json = record_parse(line, len, &err), *rest = json_copy(json);

	json_object_set(rest, "records", json_object_get(head, "records"));
	if (!json || !json_is_array(json_object_get(json, "records")) || !json_equal(rest, head)) {
		json_decref(json);
		json = NULL;
	}
	json_decref(rest);
	return json;
}

void progress_parse(const char *text, size_t len, json_t *events, ProgressLines *out)
{
	const char *end;

	*out = (ProgressLines){ .whole = 0 };
	while (out->whole < len &&
	       (end = memchr(text + out->whole, '\n', len - out->whole)) != NULL) {
		const char *line = text + out->whole;

		take_line(line, (size_t)(end - line), out->whole, events, out);
		out->whole += (size_t)(end - line) + 1;
	}
}
