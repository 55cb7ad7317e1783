/* The reader of one lesson: what the lesson varies, and changing it.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ui/views/lesson/reader.h"

#define VALUE_MAX 80
#define VALUES_MAX 160 /* of a list of values */

static const char *value_text(const json_t *value, char out[VALUE_MAX])
{
	if (json_is_string(value))
		text_format(out, VALUE_MAX, "%s", json_string_value(value));
	else
		text_format(out, VALUE_MAX, "%g", json_number_value(value));
	return out;
}

static const char *vary_text(const Vary *vary, size_t value, char out[VALUE_MAX])
{
	return value_text(json_array_get(vary->values, value), out);
}

static size_t index_of(const json_t *values, const json_t *wanted)
{
	for (size_t i = 0; i < json_array_size(values); i++) {
		const json_t *value = json_array_get(values, i);

		if (json_equal(value, wanted) ||
		    (json_is_number(value) && json_is_number(wanted) &&
		     json_number_value(value) == json_number_value(wanted)))
			return i;
	}
	return 0;
}

/* --- records ---------------------------------------------------------------------------------- */

void reader_vary_done(Reader *reader)
{
	for (size_t i = 0; i < reader->varies; i++)
		json_decref(reader->vary[i].values);
	reader->varies = reader->chosen = 0;
}

static bool is_list(const json_t *values)
{
	for (size_t i = 0; i < json_array_size(values); i++)
		if (!json_is_number(json_array_get(values, i)) &&
		    !json_is_string(json_array_get(values, i)))
			return false;
	return json_array_size(values) > 0;
}

/* What was run with the old value is no result of the new one. */
static void forget_results(Reader *reader)
{
	for (size_t i = 0; i < reader->n; i++) {
		Step *step = &reader->steps[i];

		if (step->asks != ASKS_RUN && step->kind != STEP_REVEAL &&
		    step->kind != STEP_INSPECT)
			continue;
		step->ran = step->failed = false;
		figure_free(step->figure);
		step->figure = NULL;
		reader_forget_run(step);
	}
	race_done(&reader->race);
	reader->reward[0] = '\0';
}

static void take_values(Reader *reader, const char *name, json_t *values, const json_t *picked)
{
	Vary *vary = &reader->vary[reader->varies];

	if (reader->varies == READER_VARY_MAX || !is_list(values))
		return;
	text_format(vary->name, sizeof vary->name, "%s", name);
	vary->values = json_incref(values);
	vary->picked = vary->own = index_of(values, picked);
	reader->varies++;
}

void reader_take_vary(Reader *reader, const json_t *record, bool again)
{
	const json_t *param = json_object_get(record, "param");
	char text[VALUE_MAX];
	const char *name;
	json_t *values;

	if (!again) {
		json_object_foreach(json_object_get(record, "vary"), name, values)
			take_values(reader, name, values, json_object_get(param, name));
	}
	for (size_t i = 0; i < reader->varies; i++) {
		Vary *vary = &reader->vary[i];
		size_t picked = index_of(vary->values, json_object_get(param, vary->name));

		if (picked == vary->picked)
			continue;
		vary->picked = picked;
		reader->chosen = i;
		forget_results(reader);
		text_format(reader->notice, sizeof reader->notice, "%s is now %s.%s", vary->name,
			    vary_text(vary, picked, text),
			    reader_prediction(reader) ? " Your prediction stays locked." : "");
		reader->failed = false;
	}
}

/* --- changing --------------------------------------------------------------------------------- */

bool reader_varies(const Reader *reader)
{
	bool any = false;

	for (size_t i = 0; i < reader->varies; i++)
		any = any || json_array_size(reader->vary[i].values) > 1;
	return any && !reader->running && !reader->outline && !reader->ended;
}

static bool tell(Reader *reader, const char *text)
{
	text_format(reader->notice, sizeof reader->notice, "%s", text);
	reader->failed = false;
	return true;
}

void reader_send_value(Reader *reader, Request *out)
{
	const Vary *vary = &reader->vary[reader->chosen];

	out->kind = REQUEST_COMMAND;
	text_format(out->text, sizeof out->text, "set");
	out->value = json_pack("{s:s, s:O}", "name", vary->name, "value",
			       json_array_get(vary->values, reader->wanted));
}

/* Asks first where something was run. */
static bool change(Reader *reader, size_t to, Request *out)
{
	const Vary *vary = &reader->vary[reader->chosen];
	char old[VALUE_MAX], new[VALUE_MAX];
	bool ran = false;

	reader->wanted = to;
	for (size_t i = 0; i < reader->n; i++)
		ran = ran ||
		      (reader->steps[i].asks == ASKS_RUN && reader_step_done(&reader->steps[i]));
	if (!ran) {
		reader_send_value(reader, out);
		return true;
	}
	text_format(reader->changing, sizeof reader->changing,
		    "%s %s, not %s? The result with %s will be forgotten. y/n", vary->name,
		    vary_text(vary, to, new), vary_text(vary, vary->picked, old), old);
	reader->confirm = CONFIRM_VALUE;
	return true;
}

bool reader_keep_value(Reader *reader)
{
	const Vary *vary = &reader->vary[reader->chosen];
	char text[VALUES_MAX], value[VALUE_MAX];

	text_format(text, sizeof text, "%s stays %s.", vary->name,
		    vary_text(vary, vary->picked, value));
	return tell(reader, text);
}

/* Numbers go by their size, texts by their place in the list. */
static size_t neighbour(const Vary *vary, int by)
{
	size_t n = json_array_size(vary->values), best = vary->picked;
	double now = json_number_value(json_array_get(vary->values, vary->picked));

	if (json_is_string(json_array_get(vary->values, vary->picked)))
		return by > 0 ? best + (best + 1 < n ? 1 : 0) : best - (best > 0 ? 1 : 0);
	for (size_t i = 0; i < n; i++) {
		double value = json_number_value(json_array_get(vary->values, i)),
		       nearest = json_number_value(json_array_get(vary->values, best));

		if (by * (value - now) > 0 && (best == vary->picked || by * (value - nearest) < 0))
			best = i;
	}
	return best;
}

static bool step_value(Reader *reader, int by, Request *out)
{
	const Vary *vary = &reader->vary[reader->chosen];
	size_t to = neighbour(vary, by);
	char text[VALUES_MAX], value[VALUE_MAX];

	if (to != vary->picked)
		return change(reader, to, out);
	text_format(text, sizeof text, "%s: %s is the %s of its %zu values.", vary->name,
		    vary_text(vary, to, value), by > 0 ? "last" : "first",
		    json_array_size(vary->values));
	return tell(reader, text);
}

bool reader_act_vary(Reader *reader, Action action, Request *out)
{
	char text[VALUES_MAX], value[VALUE_MAX];
	const Vary *vary;

	if (!reader_varies(reader))
		return false;
	if (action == ACTION_MORE || action == ACTION_LESS)
		return step_value(reader, action == ACTION_MORE ? 1 : -1, out);
	if (action != ACTION_VARY)
		return false;
	reader->chosen = (reader->chosen + 1) % reader->varies;
	vary = &reader->vary[reader->chosen];
	text_format(text, sizeof text, "+ and - change %s now, which is %s.", vary->name,
		    vary_text(vary, vary->picked, value));
	return tell(reader, text);
}

/* --- set NAME VALUE --------------------------------------------------------------------------- */

static void list_values(const Vary *vary, char *out, size_t cap)
{
	size_t n = json_array_size(vary->values), len = 0;
	char text[VALUE_MAX];

	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		len += text_format(out + len, cap - len, "%s%s",
				   i == 0       ? ""
				   : i + 1 == n ? " or "
						: ", ",
				   vary_text(vary, i, text));
}

static bool set_value(Reader *reader, const char *wanted, Request *out)
{
	const Vary *vary = &reader->vary[reader->chosen];
	char text[sizeof reader->notice], list[VALUES_MAX], value[VALUE_MAX], *end;
	double number = strtod(wanted, &end);

	for (size_t i = 0; i < json_array_size(vary->values); i++) {
		const json_t *one = json_array_get(vary->values, i);
		bool same = strcmp(vary_text(vary, i, value), wanted) == 0 ||
			    (json_is_number(one) && end != wanted && !*end &&
			     json_number_value(one) == number);

		if (same && i == vary->picked)
			return reader_keep_value(reader);
		if (same)
			return change(reader, i, out);
	}
	list_values(vary, list, sizeof list);
	text_format(text, sizeof text, "%s takes %s, not '%.40s'.", vary->name, list, wanted);
	return tell(reader, text);
}

static bool set_named(Reader *reader, const char *name, const char *value, Request *out)
{
	char text[sizeof reader->notice];
	size_t len = text_format(text, sizeof text, "Write set NAME VALUE. It varies:");

	for (size_t i = 0; i < reader->varies; i++) {
		if (strcmp(reader->vary[i].name, name) == 0 && *value) {
			reader->chosen = i;
			return set_value(reader, value, out);
		}
		len += text_format(text + len, sizeof text - len, " %s", reader->vary[i].name);
	}
	return tell(reader, text);
}

bool reader_command(Reader *reader, const char *line, Request *out)
{
	char name[64];
	size_t len;
	bool used;

	if ((strncmp(line, "set ", 4) != 0 && strcmp(line, "set") != 0) || !reader->open ||
	    (reader_place(reader) & (PLACE_PROMPT | PLACE_WRITE)))
		return false;
	line += strspn(line + 3, " ") + 3;
	len = strcspn(line, " ");
	text_format(name, sizeof name, "%.*s", (int)(len < 60 ? len : 60), line);
	if (reader->varies == 0)
		used = tell(reader, "Nothing varies in this lesson.");
	else if (!reader_varies(reader))
		used = tell(reader, "Not now: a run is at work, or a list is open.");
	else
		used = set_named(reader, name, line + len + strspn(line + len, " "), out);
	reader_update_hint(reader);
	return used;
}

/* --- what is shown and said ------------------------------------------------------------------- */

/* "sparsity 0.8, batch 64". */
static void list_all(const Reader *reader, bool own, char *out, size_t cap)
{
	char value[VALUE_MAX];
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < reader->varies; i++) {
		const Vary *vary = &reader->vary[i];

		len += text_format(out + len, cap - len, "%s%s %s", i > 0 ? ", " : "", vary->name,
				   vary_text(vary, own ? vary->own : vary->picked, value));
	}
}

void reader_vary_hint(const Reader *reader, char *out, size_t cap)
{
	const Vary *vary = &reader->vary[reader->chosen];
	char value[VALUE_MAX];

	text_format(out, cap, "  +/- %s %s", vary->name, vary_text(vary, vary->picked, value));
}

void reader_vary_flow(const Reader *reader, Flow *flow)
{
	char text[512];

	if (reader->varies == 0)
		return;
	list_all(reader, false, text, sizeof text);
	if (reader->varies > 1 && reader_varies(reader))
		flow_format(flow, STYLE_DIM, "With %s; + and - change %s, v chooses another.", text,
			    reader->vary[reader->chosen].name);
	else
		flow_format(flow, STYLE_DIM, "With %s.", text);
	flow_gap(flow);
}

void reader_own_flow(const Reader *reader, Flow *flow)
{
	bool changed = false;
	char text[512];

	for (size_t i = 0; i < reader->varies; i++)
		changed = changed || reader->vary[i].picked != reader->vary[i].own;
	if (!changed)
		return;
	list_all(reader, true, text, sizeof text);
	flow_format(flow, STYLE_DIM, "Here your own values hold: %s.", text);
	flow_break(flow);
}

void reader_say_vary(const Reader *reader, Flow *flow)
{
	char list[VALUES_MAX], value[VALUE_MAX];

	for (size_t i = 0; i < reader->varies; i++) {
		const Vary *vary = &reader->vary[i];

		if (json_array_size(vary->values) < 2)
			continue;
		list_values(vary, list, sizeof list);
		flow_format(flow, STYLE_TEXT, "%s is %s, and can be %s: set %s VALUE.", vary->name,
			    vary_text(vary, vary->picked, value), list, vary->name);
		flow_break(flow);
	}
}
