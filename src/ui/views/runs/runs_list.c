/* Which stored runs are listed, in which order, under which heading.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/views/runs/runs_view.h"

void runs_list_done(RunsList *list)
{
	for (size_t i = 0; i < list->count; i++)
		json_decref(list->rows[i].record);
	free(list->rows);
	free(list->shown);
	*list = (RunsList){ .rows = NULL };
}

bool runs_list_add(RunsList *list, const json_t *record)
{
	size_t capacity = list->capacity ? 2 * list->capacity : 64;

	if (list->count == list->capacity) {
		RunsRow *rows = realloc(list->rows, capacity * sizeof *rows);
		if (!rows)
			return false;
		list->rows = rows;
		size_t *shown = realloc(list->shown, capacity * sizeof *shown);
		if (!shown)
			return false;
		list->shown = shown;
		list->capacity = capacity;
	}
	list->rows[list->count++] = (RunsRow){ .record = json_incref((json_t *)(uintptr_t)record) };
	return true;
}

static bool was_marked(const RunsList *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->rows[i].marked &&
		    strcmp(record_text(list->rows[i].record, "run"), id) == 0)
			return true;
	return false;
}

void runs_list_replace(RunsList *list, RunsList *with)
{
	RunsList old = *list;

	if (runs_list_marked(&old))
		for (size_t i = 0; i < with->count; i++)
			with->rows[i].marked =
				was_marked(&old, record_text(with->rows[i].record, "run"));
	list->rows = with->rows;
	list->shown = with->shown;
	list->count = with->count;
	list->capacity = with->capacity;
	list->shown_count = 0;
	*with = (RunsList){ .rows = NULL };
	runs_list_done(&old);
	runs_list_arrange(list);
}

size_t runs_list_marked(const RunsList *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		n += list->rows[i].marked ? 1 : 0;
	return n;
}

RunsRow *runs_list_at(const RunsList *list, size_t shown)
{
	return shown < list->shown_count ? &list->rows[list->shown[shown]] : NULL;
}

/* --- filter ----------------------------------------------------------------------------------- */

static bool holds(const char *text, const char *word, size_t len)
{
	for (; *text; text++)
		if (strncasecmp(text, word, len) == 0)
			return true;
	return false;
}

static bool any_holds(const json_t *run, const char *word, size_t len)
{
	static const char *const keys[] = { "run", "wall", "name", "script", "machine", "why" };
	char tags[RUNS_LABEL_MAX], seed[32];
	Style style;

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (holds(record_text(run, keys[i]), word, len))
			return true;
	runs_tags(run, tags);
	text_format(seed, sizeof seed, "%lld", (long long)record_integer(run, "seed", 0));
	return holds(tags, word, len) || holds(runs_state(run, &style), word, len) ||
	       (strncmp(seed, word, len) == 0 && !seed[len]);
}

/* Every word of the filter is in some text of the run. */
static bool is_wanted(const RunsList *list, const json_t *run)
{
	const char *at = list->filter;

	for (at += strspn(at, " "); *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");
		if (!any_holds(run, at, len))
			return false;
		at += len;
	}
	return true;
}

/* --- groups ----------------------------------------------------------------------------------- */

const char *runs_group_name(const RunsList *list, const json_t *run)
{
	const char *script = record_text(run, "script"), *slash = strrchr(script, '/');

	switch (list->group) {
	case RUNS_BY_NAME:
		return record_text(run, "name");
	case RUNS_BY_SCRIPT:
		return slash ? slash + 1 : script;
	default:
		return "";
	}
}

/* What tells groups apart: of scripts that is their text, whatever they are called. */
static const char *group_key(const RunsList *list, const json_t *run)
{
	return list->group == RUNS_BY_SCRIPT ? record_text(run, "script_sha256")
					     : runs_group_name(list, run);
}

static bool same_group(const RunsList *list, size_t a, size_t b)
{
	return strcmp(group_key(list, list->rows[a].record),
		      group_key(list, list->rows[b].record)) == 0;
}

/* Behind the last of its group, so that groups stand in the order of their newest run. */
static void insert(RunsList *list, size_t row)
{
	size_t at = list->shown_count;

	for (size_t i = list->shown_count; i > 0 && list->group != RUNS_ALL; i--)
		if (same_group(list, list->shown[i - 1], row)) {
			at = i;
			break;
		}
	memmove(&list->shown[at + 1], &list->shown[at],
		(list->shown_count - at) * sizeof *list->shown);
	list->shown[at] = row;
	list->shown_count++;
}

void runs_list_arrange(RunsList *list)
{
	list->shown_count = 0;
	for (size_t i = list->count; i-- > 0;)
		if (is_wanted(list, list->rows[i].record))
			insert(list, i);
}

void runs_group_text(const RunsList *list, size_t shown, char out[RUNS_LABEL_MAX])
{
	size_t first = list->shown[shown], count = 0, done = 0;
	const json_t *run = list->rows[first].record;
	char name[64];
	Style style;

	for (size_t i = shown; i < list->shown_count; i++) {
		if (!same_group(list, first, list->shown[i]))
			break;
		count++;
		done += strcmp(runs_state(list->rows[list->shown[i]].record, &style), "done") == 0
				? 1
				: 0;
	}
	text_format(name, sizeof name, "%s", runs_group_name(list, run));
	text_format(out, RUNS_LABEL_MAX, "%s: %zu run%s, %zu done", *name ? name : "(no name)",
		    count, count == 1 ? "" : "s", done);
	if (list->group == RUNS_BY_SCRIPT) {
		size_t len = strlen(out);
		text_format(out + len, RUNS_LABEL_MAX - len, ", text %.8s",
			    record_text(run, "script_sha256"));
	}
}
