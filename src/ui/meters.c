/* What the records say of the energy sources.
 * SPDX-License-Identifier: MIT */
#include "ui/meters.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/views/flow.h"

#define METERS_READINGS_MAX 64 /* names of sources that are remembered */
#define METERS_COLUMNS_MAX 120

/* Columns of the table, from the left of the pane; the last one gets what is left. */
typedef struct MeterColumns {
	int state, watts, why, fix, end;
} MeterColumns;

void meters_done(Meters *meters)
{
	json_decref(meters->meter);
	json_decref(meters->readings);
	*meters = (Meters){ 0 };
}

void meters_take(Meters *meters, const json_t *record)
{
	const char *type = record_text(record, "type"), *source = record_text(record, "source");

	if (strcmp(type, "meter") == 0) {
		json_t *copy = json_deep_copy(record);

		if (!copy)
			return;
		json_decref(meters->meter);
		meters->meter = copy;
	} else if (strcmp(type, "reading") == 0 && *source) {
		if (!meters->readings)
			meters->readings = json_object();
		if (json_object_size(meters->readings) < METERS_READINGS_MAX ||
		    json_object_get(meters->readings, source))
			json_object_set_new(meters->readings, source, json_deep_copy(record));
	}
}

static int meters_rows(const Meters *meters)
{
	return (int)json_array_size(json_object_get(meters->meter, "sources"));
}

bool meters_act(Meters *meters, Action action)
{
	int rows = meters_rows(meters), page = meters->page > 1 ? meters->page - 1 : 1;

	switch (action) {
	case ACTION_CLOSE:
	case ACTION_QUIT:
	case ACTION_METERS:
		meters->open = false;
		return true;
	case ACTION_UP:
		meters->row--;
		break;
	case ACTION_DOWN:
		meters->row++;
		break;
	case ACTION_PAGE_UP:
		meters->row -= page;
		break;
	case ACTION_PAGE_DOWN:
		meters->row += page;
		break;
	case ACTION_TOP:
		meters->row = 0;
		break;
	case ACTION_BOTTOM:
		meters->row = rows - 1;
		break;
	default:
		return false;
	}
	meters->row = meters->row >= rows ? rows - 1 : meters->row;
	meters->row = meters->row < 0 ? 0 : meters->row;
	return true;
}

/* Watts of the domains that have no parent, so that none is counted twice; "-" when none says. */
static void meters_watts(const Meters *meters, const char *source, char out[16])
{
	const json_t *domains =
			     json_object_get(json_object_get(meters->readings, source), "domains"),
		     *domain;
	double watts = 0;
	bool any = false, measured = true;
	size_t i;

	json_array_foreach(domains, i, domain)
	{
		const json_t *value = json_object_get(domain, "watts");

		if (json_integer_value(json_object_get(domain, "parent")) >= 0 ||
		    !json_is_number(value))
			continue;
		watts += json_number_value(value);
		measured = measured && strcmp(record_text(domain, "provenance"), "measured") == 0;
		any = true;
	}
	snprintf(out, 16, !any ? "-" : measured ? "%.3g W" : "(%.3g W)", watts);
}

/* The step that failed and the system's name for it. */
static void meters_why(const json_t *source, char *out, size_t cap)
{
	const char *step = record_text(source, "step"), *name = record_text(source, "errno_name");

	text_format(out, cap, *step && *name ? "%s: %s" : "%s%s", step, name);
}

static void meters_draw_row(const Meters *meters, Canvas *canvas, int x, int y,
			    const MeterColumns *at, const json_t *source, bool focused)
{
	const char *state = record_text(source, "state"), *name = record_text(source, "name");
	bool ok = strcmp(state, "ok") == 0 || strcmp(state, "yes") == 0;
	Style text = focused ? STYLE_FOCUS : STYLE_TEXT;
	char watts[16], why[256];

	if (focused) {
		canvas_fill(canvas, &(Pane){ x, y, at->end, 1 }, ' ', STYLE_FOCUS);
		canvas->cursor_x = x;
		canvas->cursor_y = y;
	}
	meters_watts(meters, name, watts);
	meters_why(source, why, sizeof why);
	canvas_put(canvas, x, y, focused ? canvas_mark(canvas, MARK_HERE) : ' ', text);
	canvas_text(canvas, x + 2, y, at->state - 3, text, name);
	canvas_text(canvas, x + at->state, y, at->watts - at->state - 1,
		    focused ? text
		    : ok    ? STYLE_MEASURED
			    : STYLE_DIM,
		    state);
	canvas_text(canvas, x + at->watts, y, at->why - at->watts - 1, text, watts);
	canvas_text(canvas, x + at->why, y, at->fix - at->why - 1, text, *why ? why : "-");
	canvas_text(canvas, x + at->fix, y, at->end - at->fix, text,
		    *record_text(source, "fix") ? record_text(source, "fix") : "-");
}

static void meters_draw_table(Meters *meters, Canvas *canvas, const Pane *pane)
{
	MeterColumns at = { .state = 14, .watts = 21, .why = 31, .end = pane->width };
	const json_t *sources = json_object_get(meters->meter, "sources");
	int rows = meters_rows(meters);

	at.fix = at.why + (pane->width - at.why) * 3 / 5;
	canvas_text(canvas, pane->x + 2, pane->y, at.state - 3, STYLE_DIM, "source");
	canvas_text(canvas, pane->x + at.state, pane->y, 6, STYLE_DIM, "state");
	canvas_text(canvas, pane->x + at.watts, pane->y, 9, STYLE_DIM, "power");
	canvas_text(canvas, pane->x + at.why, pane->y, at.fix - at.why - 1, STYLE_DIM, "why");
	canvas_text(canvas, pane->x + at.fix, pane->y, at.end - at.fix, STYLE_DIM,
		    "what you can do");
	meters->page = pane->height > 1 ? pane->height - 1 : 0;
	meters->row = meters->row >= rows && rows > 0 ? rows - 1 : meters->row;
	meters->top = view_scroll(meters->top, meters->row, rows, meters->page);
	for (int i = 0; i < meters->page && meters->top + i < rows; i++)
		meters_draw_row(meters, canvas, pane->x, pane->y + 1 + i, &at,
				json_array_get(sources, (size_t)(meters->top + i)),
				meters->top + i == meters->row);
	if (rows == 0)
		canvas_text(canvas, pane->x + 2, pane->y + 1, pane->width - 2, STYLE_DIM,
			    meters->meter ? "No energy source is known here."
					  : "No run has asked the meter yet.");
}

/* A line of notes with a name before it. */
static void meters_note(Flow *flow, Style style, const char *name, const char *text)
{
	flow_break(flow);
	flow_text(flow, style, name);
	flow_text(flow, style, text);
}

/* The focused source in full, then what counts for the next run and what watching costs. */
static void meters_notes(const Meters *meters, Flow *flow, const Scene *scene)
{
	const json_t *source =
		json_array_get(json_object_get(meters->meter, "sources"), (size_t)meters->row);
	const char *headline = record_text(meters->meter, "headline");
	const char *headline_why = record_text(meters->meter, "headline_why");
	const char *fix = record_text(source, "fix");
	char why[512];

	meters_why(source, why, sizeof why);
	if (source) {
		flow_text(flow, STYLE_TITLE, record_text(source, "title"));
		meters_note(flow, STYLE_TEXT, record_text(source, "about"), "");
	}
	if (*why)
		meters_note(flow, STYLE_TEXT, "Why:", why);
	if (*fix)
		meters_note(flow, STYLE_TEXT, "You can:", fix);
	flow_break(flow);
	if (*headline)
		flow_format(flow, STYLE_EMPHASIS, "Results show: %s, %s", headline,
			    scene->badge ? scene->badge : "");
	else if (meters->meter)
		flow_format(flow, STYLE_EMPHASIS, "No measured joules: %s",
			    *headline_why ? headline_why : "no source");
	flow_break(flow);
	if (isfinite(scene->ui_cpu_share))
		flow_format(flow, STYLE_DIM, "This screen takes %.1f %% of one core.",
			    100 * scene->ui_cpu_share);
	flow_break(flow);
}

void meters_draw(Meters *meters, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	int rows = meters_rows(meters) > 0 ? meters_rows(meters) : 1, notes;
	Pane box = *pane, inside;
	Flow flow;

	if (box.width > METERS_COLUMNS_MAX) {
		box.x += (box.width - METERS_COLUMNS_MAX) / 2;
		box.width = METERS_COLUMNS_MAX;
	}
	flow_init(&flow, box.width - 4);
	meters_notes(meters, &flow, scene);
	notes = (int)flow_lines(&flow);
	/* Half of the room at most, so that the table is seen too. */
	if (notes > (box.height - 2) / 2)
		notes = (box.height - 2) / 2;
	if (rows + notes + 4 < box.height)
		box.height = rows + notes + 4; /* the frame, the heading, a row between */
	canvas_fill(canvas, &box, ' ', STYLE_TEXT);
	canvas_frame(canvas, &box, "Energy on this machine", "w write  Esc close", true, &inside);
	meters_draw_table(meters, canvas,
			  &(Pane){ inside.x, inside.y, inside.width, inside.height - notes - 1 });
	flow_draw(&flow, canvas,
		  &(Pane){ inside.x + 2, inside.y + inside.height - notes, inside.width - 2,
			   notes },
		  0);
	flow_done(&flow);
}
