/* The list of runs on the screen and in sentences.
 * SPDX-License-Identifier: MIT */
#include "ui/views/runs/runs_draw.h"

#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/views/panes.h"

#define FACTS_HEIGHT 7
#define SAID_MAX 20 /* runs of a list that is said */

/* Columns of a row, from the left end of the pane. */
typedef struct Layout {
	int id, when, name, seed, trials, state, tags, end;
} Layout;

static Layout layout(const Pane *pane)
{
	Layout at = { .id = 3, .when = 12, .name = 29 };
	int more = pane->width > 78 ? pane->width - 78 : 0;

	at.seed = at.name + 16 + more / 2;
	at.trials = at.seed + 6;
	at.state = at.trials + 7;
	at.tags = at.state + 13;
	at.end = pane->width;
	return at;
}

static void put(Canvas *canvas, const Pane *pane, int y, int from, int to, Style style,
		const char *text)
{
	if (to > pane->width)
		to = pane->width;
	if (to - from > 1)
		canvas_text(canvas, pane->x + from, y, to - from - 1, style, text);
}

static void put_right(Canvas *canvas, const Pane *pane, int y, int from, int to, Style style,
		      const char *text)
{
	if (to - from > 1)
		canvas_text_right(canvas, pane->x + from, y, to - from - 1, style, text);
}

static void draw_heading(Canvas *canvas, const Pane *pane)
{
	Layout at = layout(pane);

	put(canvas, pane, pane->y, at.id, at.when, STYLE_DIM, "run");
	put(canvas, pane, pane->y, at.when, at.name, STYLE_DIM, "began (UTC)");
	put(canvas, pane, pane->y, at.name, at.seed, STYLE_DIM, "experiment");
	put_right(canvas, pane, pane->y, at.seed, at.trials, STYLE_DIM, "seed");
	put_right(canvas, pane, pane->y, at.trials, at.state, STYLE_DIM, "trials");
	put(canvas, pane, pane->y, at.state, at.tags, STYLE_DIM, "state");
	put(canvas, pane, pane->y, at.tags, at.end, STYLE_DIM, "tags");
}

static void draw_row(const RunsRow *row, Canvas *canvas, const Pane *pane, int y, bool here)
{
	Layout at = layout(pane);
	const json_t *run = row->record;
	Style state, style = here ? STYLE_FOCUS : STYLE_TEXT;
	char text[RUNS_LABEL_MAX];
	const char *word = runs_state(run, &state);

	if (here)
		canvas_fill(canvas, &(Pane){ pane->x, y, pane->width, 1 }, ' ', style);
	if (row->marked)
		canvas_put(canvas, pane->x, y, canvas_mark(canvas, MARK_DOT),
			   here ? style : STYLE_EMPHASIS);
	if (here)
		canvas_put(canvas, pane->x + 1, y, canvas_mark(canvas, MARK_HERE), style);
	text_format(text, sizeof text, "%.8s", record_text(run, "run"));
	put(canvas, pane, y, at.id, at.when, style, text);
	runs_when(run, text);
	put(canvas, pane, y, at.when, at.name, style, text);
	put(canvas, pane, y, at.name, at.seed, style, record_text(run, "name"));
	text_format(text, sizeof text, "%lld", (long long)record_integer(run, "seed", 0));
	put_right(canvas, pane, y, at.seed, at.trials, style, text);
	text_format(text, sizeof text, "%lld", (long long)record_integer(run, "trials", 0));
	put_right(canvas, pane, y, at.trials, at.state, style, text);
	put(canvas, pane, y, at.state, at.tags, here ? style : state, word);
	runs_tags(run, text);
	put(canvas, pane, y, at.tags, at.end, style, text);
}

/* --- lines: rows, and a heading before each group -------------------------------------------- */

static bool begins_group(const Runs *runs, size_t i)
{
	const RunsRow *row = runs_list_at(&runs->list, i);
	const char *key = runs->list.group == RUNS_BY_SCRIPT ? "script_sha256" : "name";

	if (runs->list.group == RUNS_ALL)
		return false;
	return i == 0 || strcmp(record_text(row->record, key),
				record_text(runs_list_at(&runs->list, i - 1)->record, key)) != 0;
}

/* The line of a row; behind the last row: how many lines there are. */
static int line_of(const Runs *runs, size_t row)
{
	int line = 0;

	for (size_t i = 0; i < runs->list.shown_count; i++) {
		line += begins_group(runs, i) ? 1 : 0;
		if (i == row)
			return line;
		line++;
	}
	return line;
}

static void draw_rows(const Runs *runs, Canvas *canvas, const Pane *pane)
{
	int line = 0, lines = line_of(runs, runs->list.shown_count), here;
	char heading[RUNS_LABEL_MAX];

	here = line_of(runs, runs->row);
	/* The heading of a group comes into sight with its first row. */
	if (here > 0 && runs->row < runs->list.shown_count && begins_group(runs, runs->row) &&
	    here - 1 < runs->seen->top)
		runs->seen->top = here - 1;
	runs->seen->top = view_scroll(runs->seen->top, here, lines, pane->height);
	runs->seen->first_y = pane->y;
	runs->seen->rows = pane->height;
	runs->seen->page = pane->height > 1 ? (size_t)pane->height - 1 : 1;
	for (size_t i = 0; i < runs->list.shown_count; i++) {
		int y = pane->y + line - runs->seen->top;
		if (begins_group(runs, i)) {
			if (y >= pane->y && y < pane->y + pane->height) {
				runs_group_text(&runs->list, i, heading);
				put(canvas, pane, y, 1, pane->width, STYLE_TITLE, heading);
			}
			line++;
			y++;
		}
		if (y >= pane->y + pane->height)
			break;
		if (y >= pane->y)
			draw_row(runs_list_at(&runs->list, i), canvas, pane, y, i == runs->row);
		if (i == runs->row && y >= pane->y) {
			canvas->cursor_x = pane->x + 1;
			canvas->cursor_y = y;
		}
		line++;
	}
}

bool runs_click(Runs *runs, int y)
{
	int line = y - runs->seen->first_y;

	if (line < 0 || line >= runs->seen->rows)
		return false;
	for (size_t i = 0; i < runs->list.shown_count; i++)
		if (line_of(runs, i) == line + runs->seen->top) {
			runs->row = i;
			return true;
		}
	return false;
}

/* --- panes ------------------------------------------------------------------------------------ */

static void list_title(const Runs *runs, char out[RUNS_LABEL_MAX])
{
	const RunsList *list = &runs->list;

	if (list->filter[0])
		text_format(out, RUNS_LABEL_MAX, "%zu of %zu runs with: %.60s", list->shown_count,
			    list->count, list->filter);
	else
		text_format(out, RUNS_LABEL_MAX, "%zu stored run%s", list->count,
			    list->count == 1 ? "" : "s");
}

/* Why there is no row to be seen. */
static void draw_nothing(const Runs *runs, Canvas *canvas, const Pane *pane)
{
	Flow flow;

	flow_init(&flow, pane->width - 2 < FLOW_COLUMNS_MAX ? pane->width - 2 : FLOW_COLUMNS_MAX);
	if (runs->why[0]) {
		flow_text(&flow, STYLE_WARNING, "!");
		flow_text(&flow, STYLE_TEXT, runs->why);
	} else if (!runs->listed) {
		flow_text(&flow, STYLE_DIM, "The store was not read yet.");
	} else if (runs->list.count) {
		flow_text(&flow, STYLE_DIM, "No run holds these words. Esc shows all.");
	} else {
		flow_text(&flow, STYLE_DIM,
			  "No run is stored yet: wattle run SCRIPT.lua stores what it does.");
	}
	flow_draw(&flow, canvas, &(Pane){ pane->x + 1, pane->y, pane->width - 2, pane->height }, 0);
	flow_done(&flow);
}

static void draw_facts(const Runs *runs, Canvas *canvas, const Pane *pane)
{
	const RunsRow *row = runs_list_at(&runs->list, runs->row);
	int columns = pane->width - 4;
	char title[64] = "Run";
	Flow flow;

	if (pane->width < 6 || pane->height < 3)
		return;
	flow_init(&flow, columns < FLOW_COLUMNS_MAX ? columns : FLOW_COLUMNS_MAX);
	if (row) {
		text_format(title, sizeof title, "%.16s", record_text(row->record, "run"));
		runs_facts(row->record, &flow);
	}
	panes_flow(&flow, canvas, pane, title, 0, false);
	flow_done(&flow);
}

void runs_draw_list(const Runs *runs, Canvas *canvas, const Pane *pane)
{
	static const char *const groups[] = { "newest first", "by name, newest first",
					      "by script, newest first" };
	bool room = pane->height >= FACTS_HEIGHT + 8 && runs->list.shown_count > 0;
	int facts = room ? FACTS_HEIGHT : 0;
	Pane list = { pane->x, pane->y, pane->width, pane->height - facts }, inside;
	char title[RUNS_LABEL_MAX];

	list_title(runs, title);
	canvas_frame(canvas, &list, title, groups[runs->list.group], true, &inside);
	canvas_clip(canvas, &inside);
	if (runs->list.shown_count == 0) {
		draw_nothing(runs, canvas, &inside);
	} else {
		draw_heading(canvas, &inside);
		inside.y++;
		inside.height--;
		canvas_clip(canvas, &inside);
		draw_rows(runs, canvas, &inside);
	}
	canvas_clip(canvas, pane);
	if (facts)
		draw_facts(runs, canvas,
			   &(Pane){ pane->x, pane->y + list.height, pane->width, facts });
}

static bool is_diff(const Runs *runs)
{
	return strcmp(record_text(runs->answer, "what"), "diff") == 0;
}

static void detail_flow(const Runs *runs, Flow *flow, Glyphs glyphs)
{
	if (is_diff(runs))
		runs_diff_flow(runs->detail, runs->answer, flow, glyphs);
	else
		runs_beside_flow(runs->detail, flow, glyphs);
}

void runs_draw_detail(const Runs *runs, Canvas *canvas, const Pane *pane)
{
	Flow flow;

	flow_init(&flow, pane->width - 4 < FLOW_COLUMNS_MAX ? pane->width - 4 : FLOW_COLUMNS_MAX);
	detail_flow(runs, &flow, canvas->glyphs);
	runs->seen->most = panes_scroll_max(flow_lines(&flow), pane->height - 2);
	panes_flow(&flow, canvas, pane, is_diff(runs) ? "Diff" : "Side by side", runs->scroll,
		   true);
	flow_done(&flow);
	canvas->cursor_x = pane->x + 1;
	canvas->cursor_y = pane->y + 1;
}

const char *runs_hint(const Runs *runs)
{
	char *hint = runs->seen->hint;
	size_t cap = sizeof runs->seen->hint, marked = runs_list_marked(&runs->list),
	       chosen = marked ? marked : 1;
	const RunsRow *row = runs_list_at(&runs->list, runs->row);
	char which[64];

	text_format(which, sizeof which, "%zu runs", chosen);
	if (chosen == 1 && !marked && row)
		text_format(which, sizeof which, "the run %.8s", record_text(row->record, "run"));
	else if (chosen == 1)
		text_format(which, sizeof which, "the marked run");
	if (runs->ask == RUNS_ASK_FILTER)
		text_format(hint, cap, "Only runs with: %s", runs->text);
	else if (runs->ask == RUNS_ASK_TAG)
		text_format(hint, cap, "Tag for %s (-TAG takes it off): %s", which, runs->text);
	else if (runs->ask == RUNS_ASK_DELETE)
		text_format(hint, cap, "Delete %s for good? y/n ", which);
	else if (runs->notice[0])
		text_format(hint, cap, "%s", runs->notice);
	else if (runs->answer)
		text_format(hint, cap, "Esc or q: back to the list.");
	else if (marked)
		text_format(hint, cap, "%zu marked: %sc side by side, D delete, t tag.", marked,
			    marked <= 2 ? "d diff, " : "");
	else if (runs->list.shown_count)
		text_format(hint, cap, "Enter opens the run. Space marks, for d, c, t and D.");
	else
		return NULL;
	return hint;
}

/* --- sentences -------------------------------------------------------------------------------- */

static void say_list(const Runs *runs, const Speech *speech)
{
	char sentence[2 * RUNS_LABEL_MAX];
	size_t n = runs->list.shown_count;

	if (runs->why[0]) {
		flow_sentence(speech, 0, "%s.", runs->why);
		return;
	}
	flow_sentence(speech, 0, "%zu run%s stored.", runs->list.count,
		      runs->list.count == 1 ? " is" : "s are");
	if (runs->list.filter[0])
		flow_sentence(speech, 0, "%zu with: %s", n, runs->list.filter);
	for (size_t i = 0; i < n && i < SAID_MAX; i++) {
		runs_sentence(runs_list_at(&runs->list, i)->record, sentence);
		flow_sentence(speech, 0, "%s.", sentence);
	}
	if (n > SAID_MAX)
		flow_sentence(speech, 0, "And %zu older ones: filter, or down to go on.",
			      n - SAID_MAX);
}

static void say_detail(const Runs *runs, const Speech *speech)
{
	Flow flow;

	flow_init(&flow, FLOW_SAY_COLUMNS);
	detail_flow(runs, &flow, GLYPHS_ASCII);
	flow_say(&flow, speech);
	flow_done(&flow);
}

static void say_here(const Runs *runs, const Speech *speech)
{
	const RunsRow *row = runs_list_at(&runs->list, runs->row);
	char sentence[2 * RUNS_LABEL_MAX];

	if (!row)
		return;
	runs_sentence(row->record, sentence);
	flow_sentence(speech, 0, "Run %zu of %zu: %s%s.", runs->row + 1, runs->list.shown_count,
		      sentence, row->marked ? ", marked" : "");
}

void runs_say(void *state, const json_t *record, const Speech *speech)
{
	const Runs *runs = state;
	bool answer = record && record_is(record, "type", "stored-answer");

	if (answer && record_is(record, "what", "list")) {
		say_list(runs, speech);
	} else if (answer) {
		say_detail(runs, speech);
	} else if (!record && runs->ask != RUNS_ASK_NOTHING) {
		flow_sentence(speech, 0, "%s >", runs_hint(runs));
	} else if (!record && runs->answer) {
		speech->line(speech->user, "Commands: close, runs, help, quit. >");
	} else if (!record) {
		if (runs->notice[0])
			flow_sentence(speech, 0, "%s", runs->notice);
		say_here(runs, speech);
		flow_sentence(speech, 0,
			      "Commands: up, down, open, mark, diff, beside, filter, group, tag, "
			      "delete, lab, compare, lessons, help, quit. >");
	}
}
