/* What is said of stored runs: how one ended, its facts, where two differ, several side by side.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/views/quantity.h"
#include "ui/views/runs/runs_view.h"

#define BESIDE_RUN 8 /* columns of an id */
#define NAME_COLUMNS 10
#define BESIDE_COLUMNS (sizeof beside_columns / sizeof *beside_columns)

/* Where the columns of runs side by side end. */
static const int beside_columns[] = { NAME_COLUMNS, NAME_COLUMNS + 1 + BESIDE_RUN, 33, 47, 64, 72 };

const char *runs_state(const json_t *run, Style *style)
{
	static const struct {
		int64_t exit;
		const char *word;
	} words[] = {
		{ 0, "done" },       { 1, "refuted" },       { 3, "script error" },
		{ 4, "need unmet" }, { 5, "limit" },         { 6, "inconclusive" },
		{ 129, "hung up" },  { 130, "interrupted" }, { 143, "terminated" },
	};
	int64_t exit = record_integer(run, "exit", -1);

	*style = exit == 0 ? STYLE_TEXT : exit == 6 ? STYLE_UNSURE : STYLE_WARNING;
	if (json_is_true(json_object_get(run, "goes_on"))) {
		*style = STYLE_EMPHASIS;
		return "goes on";
	}
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].exit == exit)
			return words[i].word;
	return exit < 0 ? "not ended" : "failed";
}

void runs_tags(const json_t *run, char out[RUNS_LABEL_MAX])
{
	size_t i, len = 0;
	json_t *tag;

	out[0] = '\0';
	json_array_foreach(json_object_get(run, "tags"), i, tag) len +=
		text_format(out + len, RUNS_LABEL_MAX - len, "%s%s", i ? " " : "",
			    json_string_value(tag) ? json_string_value(tag) : "");
}

static void fact(Flow *flow, const char *what, const char *text)
{
	flow_format(flow, STYLE_DIM, "%s", what);
	flow_text(flow, STYLE_TEXT, text);
}

void runs_when(const json_t *run, char out[32])
{
	text_format(out, 32, "%.16s", record_text(run, "wall"));
	char *t = strchr(out, 'T');
	if (t)
		*t = ' ';
}

void runs_facts(const json_t *run, Flow *flow)
{
	char text[2 * RUNS_LABEL_MAX], tags[RUNS_LABEL_MAX], script[RUNS_LABEL_MAX];
	const char *why = record_text(run, "why");
	Style style;

	text_format(script, sizeof script, "%s", record_text(run, "script"));
	text_format(text, sizeof text, "%s, text %.8s", script, record_text(run, "script_sha256"));
	fact(flow, "script", text);
	flow_break(flow);
	fact(flow, "machine", record_text(run, "machine"));
	flow_break(flow);
	text_format(text, sizeof text, "%lld,", (long long)record_integer(run, "seed", 0));
	fact(flow, "seed", text);
	text_format(text, sizeof text, "%lld,", (long long)record_integer(run, "records", 0));
	fact(flow, "records", text);
	text_format(text, sizeof text, "%s%s%s", runs_state(run, &style),
		    *why && strcmp(why, "done") != 0 ? ": " : "",
		    strcmp(why, "done") != 0 ? why : "");
	fact(flow, "state", text);
	flow_break(flow);
	runs_tags(run, tags);
	if (tags[0]) {
		fact(flow, "tags", tags);
		flow_break(flow);
	}
	text_format(text, sizeof text, "wattle replay %.8s", record_text(run, "run"));
	fact(flow, "play it back", text);
}

void runs_sentence(const json_t *run, char out[2 * RUNS_LABEL_MAX])
{
	char began[32], tags[RUNS_LABEL_MAX], name[64];
	Style style;

	text_format(name, sizeof name, "%s", record_text(run, "name"));

	runs_when(run, began);
	runs_tags(run, tags);
	text_format(out, 2 * RUNS_LABEL_MAX, "%.8s, %s, %s, seed %lld, %lld trials, %s%s%s",
		    record_text(run, "run"), began, name, (long long)record_integer(run, "seed", 0),
		    (long long)record_integer(run, "trials", 0), runs_state(run, &style),
		    tags[0] ? ", tags " : "", tags);
}

/* --- answers ---------------------------------------------------------------------------------- */

static Estimate estimate_of(const json_t *record, const char *key)
{
	const json_t *from = json_object_get(record, key);

	return (Estimate){ record_number(from, "value"), record_number(from, "low"),
			   record_number(from, "high"), (size_t)record_integer(from, "n", 0) };
}

static void put_pair(Flow *flow, const json_t *record, const char *first, const char *second,
		     Quantity quantity, Glyphs glyphs)
{
	Estimate a = estimate_of(record, first), b = estimate_of(record, second);
	char left[QUANTITY_MAX], right[QUANTITY_MAX];

	flow_format(flow, STYLE_TEXT, "%s | %s", quantity_short(left, quantity, &a, glyphs),
		    quantity_short(right, quantity, &b, glyphs));
}

/* The levels of a condition: "threads=2 dataset=digits". */
static void put_factors(Flow *flow, const json_t *factors)
{
	const char *name;
	json_t *level;

	json_object_foreach((json_t *)(uintptr_t)factors, name, level)
	{
		char *text = json_dumps(level, JSON_ENCODE_ANY | JSON_REAL_PRECISION(10));
		flow_format(flow, STYLE_DIM, "%s=%s", name,
			    json_is_string(level) ? json_string_value(level)
			    : text                ? text
						  : "");
		free(text);
	}
}

static void put_arm(Flow *flow, const json_t *record, Glyphs glyphs)
{
	bool equal = json_is_true(json_object_get(record, "accuracy_equal")),
	     overlap = json_is_true(json_object_get(record, "time_overlaps"));

	flow->indent = 0;
	flow_format(flow, STYLE_EMPHASIS, "%s", record_text(record, "arm"));
	put_factors(flow, json_object_get(record, "factors"));
	flow->indent = 4;
	flow_break(flow);
	flow_text(flow, STYLE_DIM, "accuracy");
	put_pair(flow, record, "accuracy_first", "accuracy_second", QUANTITY_SHARE, glyphs);
	flow_text(flow, equal ? STYLE_TEXT : STYLE_WARNING, equal ? "= equal" : "! differ");
	flow_break(flow);
	flow_text(flow, STYLE_DIM, "time / 10k");
	put_pair(flow, record, "time_first", "time_second", QUANTITY_SECONDS, glyphs);
	flow_text(flow, STYLE_TEXT, overlap ? "~ intervals overlap" : "! intervals are apart");
	flow_break(flow);
	flow->indent = 0;
}

void runs_diff_flow(const json_t *records, const json_t *answer, Flow *flow, Glyphs glyphs)
{
	const json_t *runs = json_object_get(answer, "runs");
	size_t i, settings = 0, arms = 0;
	json_t *record;

	for (i = 0; i < 2; i++)
		flow_format(flow, STYLE_TITLE, "%s%.8s", i ? "| " : "settings of ",
			    json_string_value(json_array_get(runs, i))
				    ? json_string_value(json_array_get(runs, i))
				    : "");
	flow_break(flow);
	json_array_foreach((json_t *)(uintptr_t)records, i, record)
	{
		if (strcmp(record_text(record, "type"), "run-difference") != 0)
			continue;
		const char *a = record_text(record, "first"), *b = record_text(record, "second");
		flow->indent = 4;
		flow_format(flow, STYLE_TEXT, "%s: %s | %s", record_text(record, "what"),
			    *a ? a : "-", *b ? b : "-");
		flow_break(flow);
		flow->indent = 0;
		settings++;
	}
	if (!settings) {
		flow_text(flow, STYLE_TEXT, "the same");
		flow_break(flow);
	}
	flow_gap(flow);
	json_array_foreach((json_t *)(uintptr_t)records, i,
			   record) if (record_is(record, "type", "run-arms"))
	{
		if (arms++ == 0) {
			flow_text(flow, STYLE_TITLE, "results");
			flow_break(flow);
		}
		put_arm(flow, record, glyphs);
	}
	flow_gap(flow);
	flow_text(
		flow, STYLE_DIM,
		"No verdict: the two did not take turns on the machine. 3 compares the arms of one "
		"run.");
}

/* Cells of a line, each at its column: a flow of lines as they stand. */
static void put_cells(Flow *flow, Style style, const char *const *cells, const int *columns,
		      size_t n)
{
	char line[512];
	size_t len = 0, width = 0;

	for (size_t i = 0; i < n; i++) {
		char cell[160];
		text_clean(cell, sizeof cell, cells[i], strlen(cells[i]));
		len += text_format(line + len, sizeof line - len, "%s", cell);
		width += text_columns(cell);
		size_t end = (size_t)columns[i];
		while (i + 1 < n && (width < end || width == 0) && len + 1 < sizeof line) {
			line[len++] = ' ';
			line[len] = '\0';
			width++;
		}
		if (i + 1 < n && len + 1 < sizeof line) {
			line[len++] = ' ';
			line[len] = '\0';
			width++;
		}
	}
	flow_verbatim(flow, style, line, len);
}

static void put_side(const json_t *record, Flow *flow, Glyphs glyphs)
{
	char name[4 * NAME_COLUMNS + 8], run[16], accuracy[QUANTITY_MAX], time[QUANTITY_MAX],
		energy[QUANTITY_MAX], size[QUANTITY_MAX];
	Estimate a = estimate_of(record, "accuracy"), t = estimate_of(record, "time"),
		 e = estimate_of(record, "energy"),
		 s = { record_number(record, "size_bytes"), NAN, NAN, 1 };
	const char *const cells[] = { name, run, accuracy, time, energy, size };

	text_format(name, sizeof name, "%.*s", NAME_COLUMNS, record_text(record, "arm"));
	text_format(run, sizeof run, "%.8s", record_text(record, "run"));
	quantity_short(accuracy, QUANTITY_SHARE, &a, glyphs);
	quantity_short(time, QUANTITY_SECONDS, &t, glyphs);
	if (json_is_true(json_object_get(record, "joules_measured")))
		quantity_short(energy, QUANTITY_JOULES, &e, glyphs);
	else
		quantity_modelled(energy, &e, glyphs);
	quantity_short(size, QUANTITY_BYTES, &s, glyphs);
	put_cells(flow, STYLE_TEXT, cells, beside_columns, BESIDE_COLUMNS);
}

static bool same_arm(const json_t *a, const json_t *b)
{
	return strcmp(record_text(a, "arm"), record_text(b, "arm")) == 0 &&
	       strcmp(record_text(a, "condition"), record_text(b, "condition")) == 0;
}

/* Arm by arm in the order in which they first come, in each the runs in theirs. */
void runs_beside_flow(const json_t *records, Flow *flow, Glyphs glyphs)
{
	static const char *const heads[] = { "arm",        "run",          "accuracy",
					     "time / 10k", "energy / 10k", "size" };
	size_t i, k, n = json_array_size(records);
	const char *condition = "";

	put_cells(flow, STYLE_DIM, heads, beside_columns, BESIDE_COLUMNS);
	for (i = 0; i < n; i++) {
		const json_t *first = json_array_get(records, i);
		bool seen = false;
		for (k = 0; k < i; k++)
			seen |= same_arm(json_array_get(records, k), first);
		if (!seen && strcmp(record_text(first, "condition"), condition) != 0) {
			condition = record_text(first, "condition");
			flow_verbatim(flow, STYLE_TITLE, condition, strlen(condition));
		}
		for (k = i; !seen && k < n; k++)
			if (same_arm(json_array_get(records, k), first))
				put_side(json_array_get(records, k), flow, glyphs);
	}
	flow_gap(flow);
	flow_text(flow, STYLE_DIM,
		  "No verdict across runs: they did not take turns on the machine. To compare two "
		  "things, make them arms of one experiment. ( ) modelled joules.");
}
