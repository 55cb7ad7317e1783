/* The frame: hands keys and records to the views and overlays, draws them into one canvas.
 * SPDX-License-Identifier: MIT */
#include "ui/ui.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ui/help.h"
#include "ui/meters.h"
#include "ui/prompt.h"

#define UI_MESSAGE_MAX 512
#define UI_LINE_MAX 1024
#define UI_HITS_MAX 32
#define UI_BADGE_COLUMNS 32
#define UI_WIDE 120 /* columns from which the first line has room for more */

/* What a click performs: a stretch of the first or the last line. */
typedef struct Hit {
	int x, end, y;
	Action action;
} Hit;

struct Ui {
	void **states; /* one for each of views[] */
	size_t current;
	size_t below; /* the view that closing the current one leads back to; itself: none */
	Theme theme;
	unsigned glyphs_below; /* how often the user asked for the next level */
	Help help;
	Meters meters;
	Prompt prompt;
	bool asking;                   /* whether to quit */
	char question[UI_MESSAGE_MAX]; /* of ui_confirm, in the place of our own; "": none */
	bool running;                  /* as the last scene said */
	char message[UI_MESSAGE_MAX];
	Style message_style;
	Hit hits[UI_HITS_MAX];
	int hits_count;
};

Ui *ui_new(const char *view, Err *err)
{
	size_t count = 0;

	while (views[count])
		count++;
	Ui *ui = calloc(1, sizeof *ui);

	if (!ui || !(ui->states = calloc(count + 1, sizeof *ui->states))) {
		err_set(err, ERR_MEMORY, "no memory for the screens");
		goto fail;
	}
	while (ui->current < count && strcmp(views[ui->current]->info.name, view) != 0)
		ui->current++;
	if (ui->current == count) {
		err_set(err, ERR_USAGE, "there is no screen '%s'", view);
		goto fail;
	}
	ui->below = ui->current;
	for (size_t i = 0; i < count; i++)
		if (!(ui->states[i] = views[i]->open(err)))
			goto fail;
	ui->theme = theme_from_environment(THEME_AUTO);
	return ui;
fail:
	ui_free(ui);
	return NULL;
}

void ui_free(Ui *ui)
{
	if (!ui)
		return;
	for (size_t i = 0; ui->states && views[i]; i++)
		if (ui->states[i])
			views[i]->close(ui->states[i]);
	meters_done(&ui->meters);
	free(ui->states);
	free(ui);
}

void ui_take(Ui *ui, const json_t *record)
{
	meters_take(&ui->meters, record);
	for (size_t i = 0; views[i]; i++)
		views[i]->take(ui->states[i], record);
}

void ui_take_stored(Ui *ui, const json_t *record)
{
	for (size_t i = 0; views[i]; i++)
		if (!views[i]->own)
			views[i]->take(ui->states[i], record);
}

void ui_say(Ui *ui, const json_t *record, const Speech *speech)
{
	const View *view = views[ui->current];

	if (view->say)
		view->say(ui->states[ui->current], record, speech);
}

void ui_message(Ui *ui, Style style, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vformat(ui->message, sizeof ui->message, format, args);
	va_end(args);
	ui->message_style = style;
}

const char *ui_notice(const Ui *ui)
{
	return ui->message;
}

Theme ui_theme(const Ui *ui)
{
	return ui->theme;
}

void ui_set_theme(Ui *ui, Theme theme)
{
	ui->theme = theme;
}

Glyphs ui_glyphs(const Ui *ui, Glyphs best)
{
	return best + ui->glyphs_below % (GLYPHS_ASCII - best + 1);
}

/* ------------------------------------------------------------------ keys */

/* Where the view stands, whatever lies over it. */
static uint32_t ui_view_place(const Ui *ui)
{
	const View *view = views[ui->current];

	return view->at ? view->at(ui->states[ui->current]) : view->place;
}

/* Where keys go; help and the command line know their own. */
static uint32_t ui_place(const Ui *ui)
{
	return ui->meters.open ? PLACE_METERS : ui_view_place(ui);
}

bool ui_show(Ui *ui, const char *name)
{
	for (size_t i = 0; views[i]; i++)
		if (strcmp(views[i]->info.name, name) == 0) {
			ui->below = ui->current;
			ui->current = i;
			ui->meters.open = false;
			return true;
		}
	return false;
}

/* By its key: nothing lies below. */
static bool ui_switch(Ui *ui, const char *name, Request *out)
{
	bool found = ui_show(ui, name);
	const View *view = views[ui->current];

	ui->below = ui->current;
	if (found && view->shown)
		view->shown(ui->states[ui->current], out);
	return found;
}

/* To the view below the current one; false when there is none. */
static bool ui_back(Ui *ui)
{
	bool any = ui->below != ui->current;

	ui->current = ui->below;
	return any;
}

/* Gives the view an action or a raw key; it may ask for another view, which is ours to show. */
static bool ui_act(Ui *ui, Action action, const KeyEvent *event, Request *out)
{
	bool used = views[ui->current]->act(ui->states[ui->current], action, event, out);

	if (out->kind == REQUEST_SHOW) {
		ui_show(ui, out->text);
		ui->below = ui->current;
		request_done(out);
	}
	return used;
}

json_t *ui_drafts(const Ui *ui)
{
	json_t *drafts = json_array();

	for (size_t i = 0; views[i]; i++) {
		json_t *own = views[i]->drafts ? views[i]->drafts(ui->states[i]) : NULL;

		if (own)
			json_array_extend(drafts, own);
		json_decref(own);
	}
	return drafts;
}

bool ui_typing(const Ui *ui)
{
	return ui->asking || (ui_place(ui) & (PLACE_PROMPT | PLACE_WRITE));
}

/* Out of a lesson, or out of the program. */
static bool ui_leave(Ui *ui, const KeyEvent *event, Request *out)
{
	if (!ui_act(ui, ACTION_QUIT, event, out))
		out->kind = REQUEST_QUIT;
	return true;
}

static bool ui_quit(Ui *ui, const KeyEvent *event, Request *out)
{
	/* What lies over something is closed, whatever runs. */
	if (ui_back(ui))
		return true;
	if (!ui->running || ui_view_place(ui) == PLACE_DETAIL)
		return ui_leave(ui, event, out);
	ui->asking = true;
	return true;
}

static bool ui_request(Request *out, RequestKind kind)
{
	out->kind = kind;
	return true;
}

static bool ui_perform(Ui *ui, Action action, const KeyEvent *event, Request *out)
{
	if (ui->meters.open && meters_act(&ui->meters, action))
		return true;
	switch (action) {
	case ACTION_HELP:
		help_open(&ui->help);
		return true;
	case ACTION_COMMAND:
		prompt_open(&ui->prompt);
		return true;
	case ACTION_METERS:
		ui->meters.open = true;
		return true;
	case ACTION_THEME:
		ui->theme = (ui->theme + 1) % THEME_COUNT;
		ui_message(ui, STYLE_TEXT, "Theme: %s", theme_name(ui->theme));
		return true;
	case ACTION_GLYPHS:
		ui->glyphs_below++;
		return true;
	case ACTION_WRITE:
		return ui_request(out, REQUEST_WRITE);
	case ACTION_REDRAW:
		return ui_request(out, REQUEST_REDRAW);
	case ACTION_SUSPEND:
		return ui_request(out, REQUEST_SUSPEND);
	case ACTION_INTERRUPT:
		return ui_request(out, REQUEST_INTERRUPT);
	case ACTION_LESSONS:
	case ACTION_LAB:
	case ACTION_COMPARE:
	case ACTION_RUNS:
		return ui_switch(ui, action_command(action), out);
	case ACTION_CLOSE:
		return !ui->meters.open && (ui_act(ui, action, event, out) || ui_back(ui));
	case ACTION_QUIT:
		return ui_quit(ui, event, out);
	default:
		return !ui->meters.open && ui_act(ui, action, event, out);
	}
}

void ui_confirm(Ui *ui, const char *question)
{
	text_format(ui->question, sizeof ui->question, "%s", question);
	ui->asking = true;
}

/* The answer to whether to quit: only y is yes. */
static bool ui_answer(Ui *ui, const KeyEvent *event, Request *out)
{
	bool yes = event->key == 'y' || event->key == 'Y', confirm = ui->question[0] != '\0';

	ui->asking = false;
	ui->question[0] = '\0';
	if (confirm)
		return ui_request(out, yes ? REQUEST_QUIT : REQUEST_STAY);
	return !yes || ui_leave(ui, event, out);
}

static bool ui_click(Ui *ui, const KeyEvent *event, Request *out)
{
	for (int i = 0; i < ui->hits_count; i++) {
		const Hit *hit = &ui->hits[i];

		if (event->y == hit->y && event->x >= hit->x && event->x < hit->end)
			return ui_perform(ui, hit->action, event, out);
	}
	return !ui->meters.open && ui_act(ui, ACTION_NONE, event, out);
}

/* A line that means something to the view alone. */
static bool ui_line(Ui *ui, const char *line, Request *out)
{
	const View *view = views[ui->current];

	return view->command && view->command(ui->states[ui->current], line, out);
}

/* A key while help or the command line is open: they may perform an action of what lies below. */
static bool ui_key_over(Ui *ui, const KeyEvent *event, Request *out)
{
	const KeyEvent none = { .key = KEY_NONE };
	Action perform;
	if (ui->prompt.open && event->key == KEY_RETURN && !ui->meters.open &&
	    ui_line(ui, ui->prompt.text, out)) {
		ui->prompt.open = false;
		return true;
	}
	bool used = ui->help.open ? help_key(&ui->help, event, ui_place(ui), &perform)
				  : prompt_key(&ui->prompt, event, ui_place(ui), &perform);

	if (perform != ACTION_NONE)
		ui_perform(ui, perform, &none, out);
	return used;
}

bool ui_key(Ui *ui, const KeyEvent *event, Request *out)
{
	*out = (Request){ .kind = REQUEST_NONE };
	if (event->key == KEY_NONE || event->key == KEY_SIZE)
		return false;
	if (event->key == KEY_GONE)
		return ui_request(out, REQUEST_QUIT);
	bool had_message = ui->message[0] != '\0';
	Action action = key_action(event->key, PLACE_PROMPT);

	ui->message[0] = '\0';
	/* These work whatever is open. */
	if (action == ACTION_INTERRUPT || action == ACTION_SUSPEND || action == ACTION_REDRAW)
		return ui_perform(ui, action, event, out);
	if (ui->asking)
		return ui_answer(ui, event, out);
	if (ui->help.open || ui->prompt.open)
		return ui_key_over(ui, event, out) || had_message;
	if (event->key == KEY_CLICK)
		return ui_click(ui, event, out) || had_message;
	action = key_action(event->key, ui_place(ui));
	if (action != ACTION_NONE)
		return ui_perform(ui, action, event, out) || had_message;
	return (!ui->meters.open && ui_act(ui, ACTION_NONE, event, out)) || had_message;
}

bool ui_command(Ui *ui, const char *command, Request *out)
{
	const KeyEvent none = { .key = KEY_NONE };
	char hint[PROMPT_HINT_MAX];
	uint32_t place = ui_place(ui);
	/* Beside a number, a line that is a command is meant as one. */
	uint32_t heard = place & PLACE_NUMBER ? place | PLACE_CHOICE : place;
	Action action = prompt_find(command, heard, hint);

	*out = (Request){ .kind = REQUEST_NONE };
	if (action == ACTION_NONE && !ui->meters.open && ui_line(ui, command, out))
		return true;
	/* A line of a text that happens to be a command is text; only Esc has no other form. */
	if (action == ACTION_NONE || (place == PLACE_WRITE && action != ACTION_CLOSE)) {
		ui_message(ui, STYLE_WARNING, "%s", hint);
		return false;
	}
	ui_perform(ui, action, &none, out);
	return true;
}

/* ------------------------------------------------------------------ drawing */

static void ui_hit(Ui *ui, int x, int end, int y, Action action)
{
	if (ui->hits_count < UI_HITS_MAX)
		ui->hits[ui->hits_count++] = (Hit){ x, end, y, action };
}

/* Columns of "key what" and the two blanks behind it. */
static int ui_entry_columns(const Canvas *canvas, const KeyRow *row)
{
	return canvas_columns(canvas, row->label) + 1 + canvas_columns(canvas, row->brief) + 2;
}

static int ui_draw_entry(Ui *ui, Canvas *canvas, int x, int y, const KeyRow *row)
{
	int columns = ui_entry_columns(canvas, row), key = canvas_columns(canvas, row->label);

	canvas_text(canvas, x, y, key, STYLE_KEY, row->label);
	canvas_text(canvas, x + key + 1, y, columns - key - 1, STYLE_BAR, row->brief);
	ui_hit(ui, x, x + columns - 2, y, row->action);
	return columns;
}

/* Help and quit always have their place; of the others those that fit. */
static bool ui_entry_last(const KeyRow *row)
{
	return row->action == ACTION_HELP || row->action == ACTION_QUIT;
}

static void ui_draw_footer(Ui *ui, Canvas *canvas, uint32_t place)
{
	int y = canvas->height - 1, x = 1, end = canvas->width - 1;

	canvas_fill(canvas, &(Pane){ 0, y, canvas->width, 1 }, ' ', STYLE_BAR);
	for (const KeyRow *row = key_rows; row->label; row++)
		if (key_offered(row, place) && ui_entry_last(row))
			end -= ui_entry_columns(canvas, row);
	for (const KeyRow *row = key_rows; row->label; row++) {
		if (!key_offered(row, place))
			continue;
		if (ui_entry_last(row) || x + ui_entry_columns(canvas, row) - 2 <= end)
			x += ui_draw_entry(ui, canvas, x, y, row);
		else
			end = x; /* in order: none behind one that was left out */
	}
}

static int ui_draw_tabs(Ui *ui, Canvas *canvas, int x, int end)
{
	x += canvas_text(canvas, x, 0, end - x, STYLE_TITLE, "wattle") + 2;
	for (size_t i = 0; views[i]; i++) {
		const View *view = views[i];
		int begin = x;

		if (view->key == 0 || x >= end)
			continue;
		x += canvas_printf(canvas, x, 0, end - x,
				   i == ui->current ? STYLE_TITLE : STYLE_BAR, "%c %s",
				   (int)view->key, view->info.title);
		ui_hit(ui, begin, x, 0, key_action(view->key, PLACE_ALL));
		x += 2;
	}
	return x;
}

static void ui_draw_head(Ui *ui, Canvas *canvas, const Scene *scene)
{
	const View *view = views[ui->current];
	const char *subject = view->subject ? view->subject(ui->states[ui->current]) : NULL;
	int badge = canvas_columns(canvas, scene->badge), x = 1, end;

	canvas_fill(canvas, &(Pane){ 0, 0, canvas->width, 1 }, ' ', STYLE_BAR);
	badge = badge > UI_BADGE_COLUMNS ? UI_BADGE_COLUMNS : badge;
	end = canvas->width - 1 - badge;
	canvas_text(canvas, end, 0, badge, scene->modelled ? STYLE_MODELLED : STYLE_MEASURED,
		    scene->badge);
	end -= 2;
	if (canvas->width >= UI_WIDE && scene->ui_cpu_share >= 0) {
		char share[24];

		snprintf(share, sizeof share, "screen %.1f %% CPU", 100 * scene->ui_cpu_share);
		end -= canvas_columns(canvas, share);
		canvas_text(canvas, end, 0, (int)strlen(share), STYLE_DIM, share);
		end -= 2;
	}
	if (!subject || canvas->width >= UI_WIDE)
		x = ui_draw_tabs(ui, canvas, x, end) + 1;
	else
		x += canvas_text(canvas, x, 0, end - x, STYLE_BAR, view->info.title) + 2;
	if (subject && x < end)
		canvas_text(canvas, x, 0, end - x, STYLE_TITLE, subject);
}

/* NULL: nothing. */
static const char *ui_message_text(const Ui *ui, Style *style)
{
	const View *view = views[ui->current];

	*style = STYLE_WARNING;
	if (ui->question[0])
		return ui->question;
	if (ui->asking)
		return ui_view_place(ui) & (PLACE_LESSON | PLACE_CHOICE)
			       ? "A run is at work. Stop it and leave the lesson? y/n"
			       : "Something is running. Stop it and quit? y/n";
	*style = STYLE_DIM;
	if (ui->prompt.open && ui->prompt.hint[0])
		return ui->prompt.hint;
	*style = ui->message_style;
	if (ui->message[0])
		return ui->message;
	*style = STYLE_TEXT;
	return view->hint ? view->hint(ui->states[ui->current]) : NULL;
}

/* The bytes before the last blank at which a line of these columns may end; 0: none, or all fits.
 */
static size_t ui_message_break(const Canvas *canvas, const char *text, int columns)
{
	char line[UI_LINE_MAX];
	size_t end = 0;

	if (!text || canvas_columns(canvas, text) <= columns)
		return 0;
	for (size_t at = 1; text[at] && at < sizeof line; at++) {
		if (text[at] != ' ')
			continue;
		text_format(line, sizeof line, "%.*s", (int)at, text);
		if (canvas_columns(canvas, line) > columns)
			break;
		end = at;
	}
	return end;
}

/* Two lines where one is too short; the rest of a longer text is cut. */
static void ui_draw_message(const Ui *ui, Canvas *canvas, bool two)
{
	int columns = canvas->width - 2, y = canvas->height - 2;
	char line[UI_LINE_MAX];
	Style style;
	const char *text = ui_message_text(ui, &style);
	size_t end = two ? ui_message_break(canvas, text, columns) : 0;

	if (end > 0) {
		text_format(line, sizeof line, "%.*s", (int)end, text);
		canvas_text(canvas, 1, y - 1, columns, style, line);
		text += end + 1;
	}
	int used = canvas_text(canvas, 1, y, columns, style, text);

	/* A view whose prompt is the message rests the cursor behind it. */
	if (canvas->cursor_y >= y - (end > 0)) {
		canvas->cursor_x = used < columns ? 1 + used : columns;
		canvas->cursor_y = y;
	}
}

static void ui_draw_small(Canvas *canvas)
{
	int columns = canvas->width < 40 ? canvas->width : 40;

	canvas_printf(canvas, 0, 0, columns, STYLE_TEXT, "wattle needs %dx%d; this is %dx%d.",
		      UI_WIDTH_MIN, UI_HEIGHT_MIN, canvas->width, canvas->height);
	canvas_text(canvas, 0, 1, columns, STYLE_TEXT, "Enlarge the window (works at once), or:");
	canvas_text(canvas, 0, 2, columns, STYLE_TEXT, "wattle lesson --linear");
}

static void ui_draw_over(Ui *ui, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	if (ui->meters.open || ui->help.open)
		canvas->cursor_x = canvas->cursor_y = -1;
	if (ui->meters.open)
		meters_draw(&ui->meters, canvas, pane, scene);
	if (ui->help.open)
		help_draw(&ui->help, canvas, pane,
			  ui->meters.open ? "Meters" : views[ui->current]->info.title,
			  ui_place(ui));
}

void ui_draw(Ui *ui, Canvas *canvas, const Scene *scene)
{
	const View *view = views[ui->current];
	Style style;
	bool two = ui_message_break(canvas, ui_message_text(ui, &style), canvas->width - 2) > 0;
	Pane pane = { 0, 1, canvas->width, canvas->height - (two ? 4 : 3) };

	ui->running = scene->running;
	ui->hits_count = 0;
	ui->help.first_y = -1;
	canvas_clear(canvas);
	if (canvas->width < UI_WIDTH_MIN || canvas->height < UI_HEIGHT_MIN) {
		ui_draw_small(canvas);
		return;
	}
	canvas_clip(canvas, &pane);
	view->draw(ui->states[ui->current], canvas, &pane, scene);
	canvas_clip(canvas, &pane);
	ui_draw_over(ui, canvas, &pane, scene);
	canvas_clip(canvas, NULL);
	ui_draw_head(ui, canvas, scene);
	ui_draw_message(ui, canvas, two);
	if (ui->prompt.open)
		prompt_draw(&ui->prompt, canvas, canvas->height - 1);
	else
		ui_draw_footer(ui, canvas, ui->help.open ? (uint32_t)PLACE_HELP : ui_place(ui));
}
