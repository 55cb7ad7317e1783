/* The screen in sentences: lines in, each once the one before it has been answered.
 * SPDX-License-Identifier: MIT */
#include "app/screen/screen_inside.h"

#include <string.h>
#include <unistd.h>

#include "base/record.h"
#include "base/text.h"

/* What ends the wait for a command's answer. */
static bool is_answer(const Screen *screen, const json_t *record, const char *type)
{
	static const char *const answers[] = { "text", "prompt", "error", "hint", "solution" };
	bool bare = record_is(record, "asks", "run") || record_is(record, "asks", "look");
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		if (strcmp(type, answers[i]) == 0)
			return true;
	if (strcmp(type, "step") == 0)
		return bare; /* others are followed by their text */
	/* A value that was set brings the lesson again; a command that is not followed brings a
	 * notice at once. */
	return (strcmp(type, "lesson") == 0 && screen->await != AWAIT_OPENED) ||
	       (strcmp(type, "notice") == 0 && screen->asking);
}

void screen_note_answer(Screen *screen, const json_t *record, const char *type)
{
	bool checking = json_is_true(json_object_get(record, "checking")),
	     state = strcmp(type, "exercise-state") == 0;
	bool step_end = strcmp(type, "step-end") == 0, round = screen->await == AWAIT_ROUND;
	/* A worker that dies says no step-end; a notice tells of the next one. */
	if ((step_end && (round || screen->await == AWAIT_RUN)) || strcmp(type, "error") == 0 ||
	    (round && strcmp(type, "notice") == 0))
		screen->await = AWAIT_NOTHING;
	else if (screen->await == AWAIT_ANSWER || screen->await == AWAIT_OPENED)
		screen->await = is_answer(screen, record, type) ? AWAIT_NOTHING : screen->await;
	else if (state && screen->await != AWAIT_RUN)
		screen->await = checking                        ? AWAIT_CHECKS
				: screen->await == AWAIT_CHECKS ? AWAIT_ROUND
								: AWAIT_NOTHING;
}

void screen_await(Screen *screen)
{
	screen->await = AWAIT_OPENED;
	screen->lesson = true;
}

void screen_ask_on(Screen *screen)
{
	if (screen->term || screen->await != AWAIT_NOTHING)
		return;
	ui_say(screen->ui, NULL, &linear_speech);
	screen->prompted = true;
}

/* Letters of a line, one by one, as long as letters are text: what answered a question is not
 * followed by keys. */
static void type_line(Screen *screen, const char *line, bool whole)
{
	Request request = { .kind = REQUEST_NONE };
	for (const char *at = line; *at && ui_typing(screen->ui);) {
		KeyEvent event = { .key = 0 };
		at += text_decode(at, strlen(at), &event.key);
		ui_key(screen->ui, &event, &request);
		screen_perform(screen, &request);
		request = (Request){ .kind = REQUEST_NONE };
	}
	if (whole && ui_typing(screen->ui))
		ui_key(screen->ui, &(KeyEvent){ .key = KEY_RETURN, .line = true }, &request);
	screen_perform(screen, &request);
}

/* A single key. */
static void press_line(Screen *screen, const char *line)
{
	Request request = { .kind = REQUEST_NONE };
	KeyEvent event = { .key = KEY_RETURN, .line = true };
	if (*line && text_decode(line, strlen(line), &event.key) != strlen(line)) {
		linear_speech.line(linear_speech.user, ui_notice(screen->ui));
		return;
	}
	ui_key(screen->ui, &event, &request);
	screen_perform(screen, &request);
}

/* A line is a command by its name, else text for the open question, else a key. */
static void take_line(Screen *screen, const char *line)
{
	Request request = { .kind = REQUEST_NONE };
	screen->prompted = false;
	if (ui_command(screen->ui, line, &request))
		screen_perform(screen, &request);
	else if (ui_typing(screen->ui))
		type_line(screen, line, true);
	else
		press_line(screen, line);
	if (!screen->prompted)
		screen_ask_on(screen);
}

void screen_take_lines(Screen *screen)
{
	char line[LINEAR_LINE_MAX];
	bool typed = isatty(screen->linear.fd);
	while ((typed || screen->await == AWAIT_NOTHING) && screen->asked.kind == REQUEST_NONE &&
	       linear_line(&screen->linear, line)) {
		/* Who ends the input within a line has not finished it. */
		bool whole = !typed || !screen->linear.open;
		if (whole)
			take_line(screen, line);
		else if (ui_typing(screen->ui))
			type_line(screen, line, false);
	}
	if (screen->linear.ended && screen->linear.len == 0 && screen->await == AWAIT_NOTHING &&
	    screen->asked.kind == REQUEST_NONE) {
		screen->gone = true;
		screen_ask(screen, &(Request){ .kind = REQUEST_QUIT });
	}
}
