/* The stored runs: a list to filter, group and mark, and what the store says of the marked ones.
 *
 * The store is never opened here: what is wanted is asked of it (REQUEST_STORE), and the answers
 * come as records.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/view.h"
#include "ui/views/panes.h"
#include "ui/views/race/race.h"
#include "ui/views/runs/runs_draw.h"
#include "ui/views/runs/runs_view.h"

#define BESIDE_MAX 12 /* runs side by side */

static void *runs_open(Err *err)
{
	Runs *runs = calloc(1, sizeof *runs);

	if (runs) {
		runs->seen = calloc(1, sizeof *runs->seen);
		runs->coming_answer = json_array();
	}
	if (!runs || !runs->seen || !runs->coming_answer) {
		if (runs)
			free(runs->seen);
		free(runs);
		err_set(err, ERR_MEMORY, "no memory for the list of runs");
		return NULL;
	}
	return runs;
}

static void runs_close(void *state)
{
	Runs *runs = state;

	if (!runs)
		return;
	runs_list_done(&runs->list);
	runs_list_done(&runs->coming);
	json_decref(runs->coming_answer);
	json_decref(runs->detail);
	json_decref(runs->answer);
	free(runs->seen);
	free(runs);
}

/* --- records ---------------------------------------------------------------------------------- */

/* The cursor stays with its run. */
static void take_list(Runs *runs, const json_t *answer)
{
	char id[RUNS_LABEL_MAX] = "";
	RunsRow *row = runs_list_at(&runs->list, runs->row);

	if (row)
		text_format(id, sizeof id, "%s", record_text(row->record, "run"));
	runs_list_replace(&runs->list, &runs->coming);
	text_format(runs->why, sizeof runs->why, "%s", record_text(answer, "why"));
	runs->listed = true;
	runs->row = 0;
	for (size_t i = 0; *id && i < runs->list.shown_count; i++)
		if (strcmp(record_text(runs_list_at(&runs->list, i)->record, "run"), id) == 0)
			runs->row = i;
}

static void close_detail(Runs *runs)
{
	json_decref(runs->detail);
	json_decref(runs->answer);
	runs->detail = runs->answer = NULL;
	runs->scroll = 0;
}

static void take_answer(Runs *runs, const json_t *answer)
{
	if (record_is(answer, "what", "list")) {
		take_list(runs, answer);
		return;
	}
	close_detail(runs);
	runs->detail = json_copy(runs->coming_answer);
	runs->answer = json_incref((json_t *)(uintptr_t)answer);
	json_array_clear(runs->coming_answer);
}

static void runs_take(void *state, const json_t *record)
{
	Runs *runs = state;
	const char *type = record_text(record, "type");

	if (strcmp(type, "stored-run") == 0)
		runs_list_add(&runs->coming, record);
	else if (strcmp(type, "run-difference") == 0 || strcmp(type, "run-arms") == 0 ||
		 strcmp(type, "run-side") == 0)
		json_array_append(runs->coming_answer, (json_t *)(uintptr_t)record);
	else if (strcmp(type, "stored-answer") == 0)
		take_answer(runs, record);
}

/* --- what is asked of the store --------------------------------------------------------------- */

static void runs_shown(void *state, Request *out)
{
	Runs *runs = state;

	runs->notice[0] = '\0';
	*out = (Request){ .kind = REQUEST_STORE, .text = "list" };
}

/* The marked runs, the newest first; without any, the one under the cursor. */
static json_t *chosen(const Runs *runs)
{
	json_t *ids = json_array();

	for (size_t i = runs->list.count; i-- > 0;)
		if (runs->list.rows[i].marked)
			json_array_append(ids, json_object_get(runs->list.rows[i].record, "run"));
	const RunsRow *row = runs_list_at(&runs->list, runs->row);
	if (json_array_size(ids) == 0 && row)
		json_array_append(ids, json_object_get(row->record, "run"));
	return ids;
}

static bool ask_store(Runs *runs, const char *what, json_t *ids, Request *out)
{
	(void)runs;
	*out = (Request){ .kind = REQUEST_STORE, .value = json_pack("{s:o}", "runs", ids) };
	text_format(out->text, sizeof out->text, "%s", what);
	return true;
}

static bool tell(Runs *runs, const char *text)
{
	text_format(runs->notice, sizeof runs->notice, "%s", text);
	return true;
}

static bool ask_open(Runs *runs, Request *out)
{
	const RunsRow *row = runs_list_at(&runs->list, runs->row);

	if (!row)
		return false;
	return ask_store(runs, "open", json_pack("[O]", json_object_get(row->record, "run")), out);
}

/* Two marked ones, the older one first; or the marked one and the one under the cursor. */
static bool ask_diff(Runs *runs, Request *out)
{
	json_t *ids = json_array();
	const RunsRow *here = runs_list_at(&runs->list, runs->row);
	size_t marked = runs_list_marked(&runs->list);

	for (size_t i = 0; i < runs->list.count; i++) {
		const RunsRow *row = &runs->list.rows[i];
		if (row->marked || (marked == 1 && row == here))
			json_array_append(ids, json_object_get(row->record, "run"));
	}
	if (json_array_size(ids) != 2) {
		json_decref(ids);
		return tell(runs, "Mark two runs (Space); then d shows where they differ.");
	}
	return ask_store(runs, "diff", ids, out);
}

static bool ask_beside(Runs *runs, Request *out)
{
	json_t *ids = chosen(runs);
	size_t n = json_array_size(ids);

	if (n >= 1 && n <= BESIDE_MAX && runs_list_marked(&runs->list))
		return ask_store(runs, "beside", ids, out);
	json_decref(ids);
	return tell(runs, n > BESIDE_MAX ? "At most 12 runs are shown side by side."
					 : "Mark runs (Space); then c shows them side by side.");
}

/* --- prompts ---------------------------------------------------------------------------------- */

static void apply_filter(Runs *runs, const char *filter)
{
	text_format(runs->list.filter, sizeof runs->list.filter, "%s", filter);
	runs_list_arrange(&runs->list);
	if (runs->row >= runs->list.shown_count)
		runs->row = runs->list.shown_count ? runs->list.shown_count - 1 : 0;
}

static bool open_prompt(Runs *runs, RunsAsk ask)
{
	if (ask != RUNS_ASK_FILTER && !runs_list_at(&runs->list, runs->row))
		return false;
	runs->ask = ask;
	runs->text[0] = '\0';
	if (ask == RUNS_ASK_FILTER)
		apply_filter(runs, "");
	return true;
}

static bool accept(Runs *runs, Request *out)
{
	RunsAsk ask = runs->ask;
	json_t *ids;

	runs->ask = RUNS_ASK_NOTHING;
	if (ask == RUNS_ASK_DELETE)
		return tell(runs, "Nothing was deleted.");
	if (ask != RUNS_ASK_TAG || !runs->text[0])
		return true;
	ids = chosen(runs);
	ask_store(runs, "tag", ids, out);
	json_object_set_new(out->value, "tag", json_string(runs->text));
	return true;
}

static bool type_letter(Runs *runs, uint32_t key, Request *out)
{
	char letter[5];
	size_t len = strlen(runs->text), more;

	if (runs->ask == RUNS_ASK_DELETE) {
		runs->ask = RUNS_ASK_NOTHING;
		if (key == 'y' || key == 'Y')
			return ask_store(runs, "remove", chosen(runs), out);
		return tell(runs, "Nothing was deleted.");
	}
	if (key == KEY_BACK) {
		while (len > 0 && ((unsigned char)runs->text[--len] & 0xc0) == 0x80)
			;
		runs->text[len] = '\0';
	} else {
		more = key >= ' ' && key < KEY_SPECIAL ? flow_encode(letter, key) : 0;
		if (!more || len + more >= sizeof runs->text)
			return false;
		memcpy(runs->text + len, letter, more + 1);
	}
	if (runs->ask == RUNS_ASK_FILTER)
		apply_filter(runs, runs->text);
	return true;
}

static bool act_prompt(Runs *runs, Action action, const KeyEvent *event, Request *out)
{
	switch (action) {
	case ACTION_NONE:
		return event->key != KEY_CLICK && type_letter(runs, event->key, out);
	case ACTION_YES:
	case ACTION_NO:
		return type_letter(runs, action == ACTION_YES ? 'y' : 'n', out);
	case ACTION_OPEN:
		return accept(runs, out);
	case ACTION_CLOSE:
		if (runs->ask == RUNS_ASK_FILTER)
			apply_filter(runs, "");
		if (runs->ask == RUNS_ASK_DELETE)
			tell(runs, "Nothing was deleted.");
		runs->ask = RUNS_ASK_NOTHING;
		return true;
	default:
		return runs->ask == RUNS_ASK_FILTER && runs->list.shown_count &&
		       view_move(&runs->row, runs->list.shown_count - 1, runs->seen->page, action);
	}
}

/* --- keys ------------------------------------------------------------------------------------- */

static bool mark(Runs *runs)
{
	RunsRow *row = runs_list_at(&runs->list, runs->row);

	if (!row)
		return false;
	row->marked = !row->marked;
	if (runs->row + 1 < runs->list.shown_count)
		runs->row++;
	return true;
}

static bool change_group(Runs *runs)
{
	static const char *const said[] = { "Not grouped.", "Grouped by name.",
					    "Grouped by the text of the script." };

	runs->list.group = (runs->list.group + 1) % RUNS_GROUPS;
	runs_list_arrange(&runs->list);
	runs->row = 0;
	return tell(runs, said[runs->list.group]);
}

/* Esc and q: a filter first, then the marks, then nothing is left to close. */
static bool close_one(Runs *runs, bool quits)
{
	if (runs->answer) {
		close_detail(runs);
		return true;
	}
	if (quits || (!runs->list.filter[0] && !runs_list_marked(&runs->list)))
		return false;
	if (runs->list.filter[0]) {
		apply_filter(runs, "");
		return true;
	}
	for (size_t i = 0; i < runs->list.count; i++)
		runs->list.rows[i].marked = false;
	return true;
}

static bool act_list(Runs *runs, Action action, const KeyEvent *event, Request *out)
{
	size_t n = runs->list.shown_count;

	switch (action) {
	case ACTION_OPEN:
		return ask_open(runs, out);
	case ACTION_MARK:
		return mark(runs);
	case ACTION_DIFF:
		return ask_diff(runs, out);
	case ACTION_BESIDE:
		return ask_beside(runs, out);
	case ACTION_FILTER:
		return open_prompt(runs, RUNS_ASK_FILTER);
	case ACTION_TAG:
		return open_prompt(runs, RUNS_ASK_TAG);
	case ACTION_DELETE:
		return open_prompt(runs, RUNS_ASK_DELETE);
	case ACTION_GROUP:
		return change_group(runs);
	case ACTION_NONE:
		return event->key == KEY_CLICK && runs_click(runs, event->y);
	default:
		return n && view_move(&runs->row, n - 1, runs->seen->page, action);
	}
}

static bool runs_act(void *state, Action action, const KeyEvent *event, Request *out)
{
	Runs *runs = state;

	runs->notice[0] = '\0';
	if (runs->ask != RUNS_ASK_NOTHING)
		return act_prompt(runs, action, event, out);
	if (action == ACTION_CLOSE || action == ACTION_QUIT)
		return close_one(runs, action == ACTION_QUIT);
	if (runs->answer)
		return view_move(&runs->scroll, runs->seen->most, SCROLL_PAGE, action);
	return act_list(runs, action, event, out);
}

static uint32_t runs_at(const void *state)
{
	const Runs *runs = state;

	return runs->ask == RUNS_ASK_DELETE    ? PLACE_PROMPT | PLACE_CONFIRM
	       : runs->ask != RUNS_ASK_NOTHING ? PLACE_PROMPT
	       : runs->answer                  ? PLACE_DETAIL
					       : PLACE_RUNS;
}

static void runs_draw(const void *state, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	const Runs *runs = state;

	(void)scene;
	if (runs->answer)
		runs_draw_detail(runs, canvas, pane);
	else
		runs_draw_list(runs, canvas, pane);
	if (runs->ask != RUNS_ASK_NOTHING) {
		canvas->cursor_x = 1 + canvas_columns(canvas, runs_hint(runs));
		canvas->cursor_y = pane->y + pane->height;
	}
}

static const char *hint(const void *state)
{
	return runs_hint(state);
}

const View view_runs = {
	.info = { .name = "runs",
		  .title = "Runs",
		  .about = "The stored runs: filter, mark, open, compare, tag, delete." },
	.key = '4',
	.place = PLACE_RUNS,
	.open = runs_open,
	.close = runs_close,
	.take = runs_take,
	.act = runs_act,
	.shown = runs_shown,
	.at = runs_at,
	.draw = runs_draw,
	.hint = hint,
	.say = runs_say,
};
