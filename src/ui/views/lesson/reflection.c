/* A reflection: its small editor.
 * SPDX-License-Identifier: MIT */
#include "ui/views/lesson/reflection.h"

#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/views/panes.h"
#include "ui/views/race/race.h"

/* A line as it is drawn: bytes of the text. */
typedef struct Line {
	size_t begin, end, next; /* next: where the line after it begins; behind the text: none */
} Line;

Reflection *reflection_new(void)
{
	Reflection *reflection = calloc(1, sizeof *reflection);

	if (reflection && !(reflection->ask = strdup(""))) {
		free(reflection);
		return NULL;
	}
	return reflection;
}

void reflection_free(Reflection *reflection)
{
	if (!reflection)
		return;
	free(reflection->ask);
	free(reflection);
}

void reflection_take(Reflection *reflection, const json_t *record)
{
	const json_t *locked = json_object_get(record, "locked");

	reflection->step = record_integer(record, "step", 0);
	reflection->min_words = record_integer(record, "min_words", reflection->min_words);
	race_keep(&reflection->ask, record, "ask");
	reflection->locked = json_is_object(locked);
	reflection->sent = false;
	if (!reflection->locked)
		return;
	text_format(reflection->text, sizeof reflection->text, "%s", record_text(locked, "text"));
	reflection->at = 0;
}

void reflection_refused(Reflection *reflection)
{
	if (reflection->sent)
		reflection->sent = reflection->locked = false;
}

json_t *reflection_draft(const Reflection *reflection)
{
	if (reflection->locked || text_words(reflection->text) == 0)
		return NULL;
	return json_pack("{s:s}", "text", reflection->text);
}

void reflection_resume(Reflection *reflection, const json_t *draft)
{
	if (reflection->locked || text_words(reflection->text) > 0)
		return;
	text_format(reflection->text, sizeof reflection->text, "%s", record_text(draft, "text"));
	reflection->at = strlen(reflection->text);
}

/* --- lines ------------------------------------------------------------------------------------ */

static size_t step_of(const char *text, size_t *columns)
{
	uint32_t code;
	char one[8];
	size_t step = text_decode(text, strnlen(text, 4), &code);

	memcpy(one, text, step);
	one[step] = '\0';
	*columns = text_columns(one);
	return step;
}

/* The line that begins at begin: broken at the last blank that fits, else within the word. */
static Line line_at(const char *text, size_t begin, size_t columns)
{
	size_t at = begin, x = 0, blank = 0, width;

	while (text[at] && text[at] != '\n') {
		size_t step = step_of(text + at, &width);

		if (x + width > columns && at > begin) {
			if (text[at] == ' ')
				return (Line){ begin, at, at + 1 };
			return blank ? (Line){ begin, blank, blank + 1 } : (Line){ begin, at, at };
		}
		if (text[at] == ' ' && at > begin)
			blank = at;
		x += width;
		at += step;
	}
	return (Line){ begin, at, at + 1 };
}

/* The line that holds a byte; *number counts from 0. */
static Line line_of(const char *text, size_t at, size_t columns, size_t *number)
{
	Line line = line_at(text, 0, columns);

	for (*number = 0; line.next <= at; (*number)++)
		line = line_at(text, line.next, columns);
	return line;
}

static size_t columns_between(const char *text, size_t from, size_t to)
{
	size_t x = 0, width;

	while (from < to) {
		from += step_of(text + from, &width);
		x += width;
	}
	return x;
}

/* As far right in the line as x, on the border of a character. */
static size_t place_in(const char *text, const Line *line, size_t x)
{
	size_t at = line->begin, width;

	while (at < line->end) {
		size_t step = step_of(text + at, &width);

		if (width > x)
			break;
		x -= width;
		at += step;
	}
	return at;
}

/* --- keys ------------------------------------------------------------------------------------- */

static void move_line(Reflection *reflection, bool down, size_t columns)
{
	const char *text = reflection->text;
	size_t number;
	Line line = line_of(text, reflection->at, columns, &number), other = { 0 };
	size_t x = columns_between(text, line.begin, reflection->at);

	if (down && line.next > strlen(text))
		return;
	if (down)
		other = line_at(text, line.next, columns);
	else if (line.begin > 0)
		other = line_of(text, line.begin - 1, columns, &number);
	else
		return;
	reflection->at = place_in(text, &other, x);
}

static void move_back(Reflection *reflection)
{
	while (reflection->at > 0 &&
	       ((unsigned char)reflection->text[--reflection->at] & 0xc0) == 0x80)
		;
}

static void move_on(Reflection *reflection)
{
	size_t width;

	if (reflection->text[reflection->at])
		reflection->at += step_of(reflection->text + reflection->at, &width);
}

static bool insert(Reflection *reflection, uint32_t key)
{
	char bytes[5], *at = reflection->text + reflection->at;
	size_t len = strlen(reflection->text),
	       more = key < KEY_SPECIAL ? flow_encode(bytes, key) : 0;

	if (more == 0 || (key != '\n' && text_hidden(key)))
		return false;
	if (len + more >= sizeof reflection->text)
		return true;
	memmove(at + more, at, len - reflection->at + 1);
	memcpy(at, bytes, more);
	reflection->at += more;
	return true;
}

static bool erase(Reflection *reflection)
{
	size_t end = reflection->at;

	move_back(reflection);
	memmove(reflection->text + reflection->at, reflection->text + end,
		strlen(reflection->text + end) + 1);
	return true;
}

static bool lock(Reflection *reflection, Request *out)
{
	if ((int64_t)text_words(reflection->text) < reflection->min_words ||
	    text_words(reflection->text) == 0)
		return true;
	out->kind = REQUEST_COMMAND;
	text_format(out->text, sizeof out->text, "answer");
	out->value = json_pack("{s:I, s:s}", "step", (json_int_t)reflection->step, "text",
			       reflection->text);
	reflection->locked = reflection->sent = true;
	return true;
}

/* Enter behind a line that is "." alone takes that line away and ends the text. */
static bool enter(Reflection *reflection, Request *out)
{
	char *text = reflection->text;
	size_t at = reflection->at;
	bool dot = at > 0 && text[at] == '\0' && text[at - 1] == '.' &&
		   (at == 1 || text[at - 2] == '\n');

	if (!dot)
		return insert(reflection, '\n');
	reflection->at = at > 1 ? at - 2 : 0;
	text[reflection->at] = '\0';
	return lock(reflection, out);
}

static void move_to_end(Reflection *reflection, bool end)
{
	const char *text = reflection->text;

	if (end)
		reflection->at += strcspn(text + reflection->at, "\n");
	else
		while (reflection->at > 0 && text[reflection->at - 1] != '\n')
			reflection->at--;
}

bool reflection_key(Reflection *reflection, Action action, const KeyEvent *event, int columns,
		    Request *out)
{
	if (reflection->locked)
		return false;
	if (action == ACTION_LOCK)
		return lock(reflection, out);
	if (action == ACTION_UP || action == ACTION_DOWN)
		move_line(reflection, action == ACTION_DOWN, columns > 0 ? (size_t)columns : 1);
	else if (action == ACTION_TOP || action == ACTION_BOTTOM)
		move_to_end(reflection, action == ACTION_BOTTOM);
	else if (action != ACTION_NONE)
		return false;
	else if (event->key == KEY_RETURN)
		return enter(reflection, out);
	else if (event->key == KEY_BACK)
		return erase(reflection);
	else if (event->key == KEY_ARROW_LEFT)
		move_back(reflection);
	else if (event->key == KEY_ARROW_RIGHT)
		move_on(reflection);
	else
		return insert(reflection, event->key);
	return true;
}

/* --- drawing and saying ----------------------------------------------------------------------- */

static void count_text(const Reflection *reflection, char *out, size_t cap)
{
	size_t words = text_words(reflection->text);

	if (reflection->min_words > 0)
		text_format(out, cap, "%zu word%s, %lld asked for", words, words == 1 ? "" : "s",
			    (long long)reflection->min_words);
	else
		text_format(out, cap, "%zu word%s", words, words == 1 ? "" : "s");
}

static void draw_lines(const char *text, Canvas *canvas, const Pane *inside, size_t columns,
		       size_t first)
{
	Line line = line_at(text, 0, columns);

	for (size_t row = 0; (int64_t)row < (int64_t)first + inside->height; row++) {
		char shown[REFLECTION_MAX];

		text_format(shown, sizeof shown, "%.*s", (int)(line.end - line.begin),
			    text + line.begin);
		if (row >= first)
			canvas_text(canvas, inside->x + 1, inside->y + (int)(row - first),
				    inside->width - 1, STYLE_TEXT, shown);
		if (line.next > strlen(text))
			return;
		line = line_at(text, line.next, columns);
	}
}

/* The hardware cursor, within the pane. */
static void put_cursor(Canvas *canvas, const Pane *inside, size_t column, size_t row)
{
	int right = inside->width > 1 ? inside->width - 2 : 0;

	if (inside->width < 2 || inside->height < 1 || row >= (size_t)inside->height)
		return;
	canvas->cursor_x = inside->x + 1 + ((int)column < right ? (int)column : right);
	canvas->cursor_y = inside->y + (int)row;
}

void reflection_draw(const Reflection *reflection, Canvas *canvas, const Pane *pane, bool focused,
		     size_t first, size_t *columns, size_t *most)
{
	const char *text = reflection->text;
	size_t cursor, last;
	char note[64];
	Pane inside;
	Line line;

	count_text(reflection, note, sizeof note);
	canvas_frame(canvas, pane, reflection->locked ? "Your text, locked" : "Your text", note,
		     focused, &inside);
	*columns = inside.width > 3 ? (size_t)inside.width - 2 : 1;
	*columns = *columns < FLOW_COLUMNS_MAX ? *columns : FLOW_COLUMNS_MAX;
	line_of(text, strlen(text), *columns, &last);
	line = line_of(text, reflection->at, *columns, &cursor);
	*most = panes_scroll_max(last + 1, inside.height);
	if (!reflection->locked)
		first = (size_t)view_scroll(0, (int)cursor, (int)last + 1, inside.height);
	first = first < *most ? first : *most;
	canvas_clip(canvas, &inside);
	if (focused && cursor >= first)
		put_cursor(canvas, &inside, columns_between(text, line.begin, reflection->at),
			   cursor - first);
	draw_lines(text, canvas, &inside, *columns, first);
	canvas_clip(canvas, NULL);
}

void reflection_hint(const Reflection *reflection, char *out, size_t cap)
{
	int64_t left = reflection->min_words - (int64_t)text_words(reflection->text);

	if (left > 0)
		text_format(out, cap,
			    "Write: Enter breaks the line. %lld more word%s, then Ctrl-D "
			    "locks it. Esc leaves.",
			    (long long)left, left == 1 ? "" : "s");
	else if (strlen(reflection->text) + 5 >= sizeof reflection->text)
		text_format(out, cap, "The text is full. Ctrl-D locks it.");
	else
		text_format(out, cap,
			    "Enter breaks the line; Ctrl-D, or a line with only a dot, "
			    "locks it.");
}

static void say_text(const Reflection *reflection, Flow *flow)
{
	for (const char *at = reflection->text; *at;) {
		size_t len = strcspn(at, "\n");

		flow->indent = 2;
		flow->space = false;
		flow_words(flow, STYLE_TEXT, at, len);
		flow_break(flow);
		at += len + (at[len] == '\n');
	}
	flow->indent = 0;
}

void reflection_say(const Reflection *reflection, const Speech *speech)
{
	Flow flow;

	flow_init(&flow, FLOW_SAY_COLUMNS);
	flow_text(&flow, STYLE_TEXT, reflection->ask);
	flow_break(&flow);
	if (reflection->locked || text_words(reflection->text) > 0) {
		flow_text(&flow, STYLE_TEXT,
			  reflection->locked ? "You wrote:" : "You wrote so far:");
		flow_break(&flow);
		say_text(reflection, &flow);
	}
	flow_say(&flow, speech);
	flow_done(&flow);
}

void reflection_say_field(const Reflection *reflection, const Speech *speech)
{
	int64_t words = (int64_t)text_words(reflection->text), left = reflection->min_words - words;
	char text[FLOW_SAY_COLUMNS + 1];

	if (words == 0)
		text_format(text, sizeof text,
			    "Write line by line; a line with only . ends it, close leaves. >");
	else if (left > 0)
		text_format(text, sizeof text, "%lld word%s, %lld more asked for. Go on. >",
			    (long long)words, words == 1 ? "" : "s", (long long)left);
	else
		text_format(text, sizeof text, "%lld word%s. Go on, or end with a single dot. >",
			    (long long)words, words == 1 ? "" : "s");
	speech->line(speech->user, text);
}
