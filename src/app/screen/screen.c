/* One loop's worth of keys and drawing, called from whichever loop is running.
 * SPDX-License-Identifier: MIT */
#include "app/screen/screen_inside.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "energy/energy.h"
#include "ui/term.h"
#include "ui/ui.h"

#define DRAW_EACH_NS (CLOCK_NS_PER_S / 10)
#define DRAW_MEASURED_NS CLOCK_NS_PER_S

bool screen_wanted(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static void draw(Screen *screen)
{
	if (!screen->term || screen->kept)
		return; /* what there is to say was said when it came; another program draws */
	int width, height;
	Err err;
	int64_t now_ns = clock_now_ns();
	term_size(screen->term, &width, &height);
	screen->canvas.glyphs = ui_glyphs(screen->ui, term_glyphs(screen->term));
	if (!canvas_resize(&screen->canvas, width, height, &err))
		return; /* the old frame stays */
	double up_s = (double)(now_ns - screen->opened_ns) / CLOCK_NS_PER_S;
	screen->scene.ui_cpu_share =
		up_s > 0 ? (double)clock_process_ns() / CLOCK_NS_PER_S / up_s : 0;
	screen->scene.badge = screen->badge; /* a lesson's worker that waits runs nothing */
	screen->scene.running = screen->session && screen->session->worker.pid &&
				(!screen->lesson || screen->await == AWAIT_RUN);
	screen->scene.now_ns = screen->last_ns;
	term_set_theme(screen->term, ui_theme(screen->ui));
	ui_draw(screen->ui, &screen->canvas, &screen->scene);
	term_show(screen->term, &screen->canvas);
	screen->drawn_ns = now_ns;
	screen->dirty = false;
	screen->draws++;
}

static void draw_if_due(Screen *screen)
{
	int64_t each_ns = screen->measuring && screen->session ? DRAW_MEASURED_NS : DRAW_EACH_NS;
	if (screen->dirty && clock_now_ns() - screen->drawn_ns >= each_ns)
		draw(screen);
}

void screen_note_badge(Screen *screen, const json_t *record)
{
	const char *headline = record_text(record, "headline");
	Joules joules;
	if (*headline) {
		text_format(screen->badge, sizeof screen->badge, "%s", headline);
	} else if (joules_from_json(&joules, json_object_get(record, "energy"))) {
		joules_badge(&joules, screen->badge);
		screen->scene.modelled = joules.prov != ENERGY_MEASURED;
	} else {
		screen->scene.modelled = energy_models(record);
		text_format(screen->badge, sizeof screen->badge, "%s",
			    screen->scene.modelled ? "MODELLED" : "NONE: time only");
	}
}

void screen_recall(Screen *screen, const json_t *record)
{
	const char *type = record_text(record, "type");
	if (strcmp(type, "window") == 0)
		screen_note_badge(screen, record);
	ui_take(screen->ui, record);
	screen->dirty = true;
}

void screen_take(Screen *screen, const json_t *record)
{
	const char *type = json_string_value(json_object_get(record, "type"));
	if (screen->kept) {
		json_array_append(screen->kept, (json_t *)(uintptr_t)record);
		return;
	}
	if (strcmp(type, "meter") == 0) {
		screen_note_badge(screen, record);
	} else if (strcmp(type, "window") == 0) {
		screen_note_badge(screen, record);
		screen->measuring = true;
	} else if (strcmp(type, "run-begin") == 0 || strcmp(type, "run-end") == 0 ||
		   strcmp(type, "step-end") == 0) {
		screen->measuring = false;
		screen->in_run = strcmp(type, "run-begin") == 0;
	}
	const json_t *t_ns = json_object_get(record, "t_ns");
	if (json_is_integer(t_ns))
		screen->last_ns = json_integer_value(t_ns);
	bool waited = screen->await != AWAIT_NOTHING;
	screen_note_answer(screen, record, type);
	ui_take(screen->ui, record);
	if (!screen->term)
		ui_say(screen->ui, record, &linear_speech);
	if (waited)
		screen_ask_on(screen);
	screen->dirty = true;
}

/* All keys that have come; each is answered by a frame at once, whatever is measured. */
static void take_keys(Screen *screen)
{
	bool any = false;
	if (screen->kept)
		return; /* they are another program's */
	if (!screen->term) {
		screen_take_lines(screen);
		return;
	}
	for (KeyEvent event = term_key(screen->term); event.key != KEY_NONE;
	     event = term_key(screen->term)) {
		Request request = { .kind = REQUEST_NONE };
		screen->gone |= event.key == KEY_GONE;
		any |= ui_key(screen->ui, &event, &request) || event.key == KEY_SIZE;
		screen_perform(screen, &request);
	}
	if (any)
		draw(screen);
}

/* A line that is not taken yet, or the end of them, would wake us without end. */
static void listen_for_lines(Screen *screen)
{
	bool taken = isatty(screen->linear.fd) || screen->await == AWAIT_NOTHING;
	if (!screen->term)
		screen->hook.fd = taken && !screen->linear.ended ? screen->linear.fd : -1;
}

static bool tick(void *user, Session *session, Err *err)
{
	Screen *screen = user;
	screen->session = session;
	screen->terminated |= session->terminated != 0;
	take_keys(screen);
	listen_for_lines(screen);
	draw_if_due(screen);
	if (screen->failed.code != ERR_NONE) {
		*err = screen->failed;
		return false;
	}
	if (screen->asked.kind == REQUEST_NONE)
		return true;
	if (screen->asked.kind == REQUEST_LEAVE_LESSON) {
		session_hang_up(session);
		return true;
	}
	return err_set(err, ERR_INTERRUPTED, "ended by the user");
}

/* {"type":"ui","cpu_s","draws"}: CPU time of this process and frames, since it began. */
static json_t *cost(void *user, int64_t origin_ns)
{
	const Screen *screen = user;
	json_t *record = record_new("ui", origin_ns);
	json_object_set_new(record, "cpu_s",
			    json_real((double)clock_process_ns() / CLOCK_NS_PER_S));
	json_object_set_new(record, "draws", json_integer((json_int_t)screen->draws));
	return record;
}

const SessionHook *screen_hook(Screen *screen)
{
	return &screen->hook;
}

Request screen_asked(Screen *screen)
{
	Request asked = screen->asked;
	if (screen->terminated && asked.kind == REQUEST_NONE)
		asked.kind = REQUEST_QUIT;
	screen->asked = (Request){ .kind = REQUEST_NONE };
	screen->session = NULL;
	screen->scene.paused = screen->lesson = false;
	screen->await = AWAIT_NOTHING;
	screen->dirty = true;
	return asked;
}

Request screen_wait(Screen *screen, int wait_ms)
{
	int64_t until_ns = clock_now_ns() + wait_ms * INT64_C(1000000);
	screen->session = NULL;
	screen->in_run = wait_ms >= 0; /* else nothing more comes */
	if (wait_ms < 0)
		draw(screen); /* no need to save draws */
	while (screen->asked.kind == REQUEST_NONE && (wait_ms < 0 || clock_now_ns() < until_ns)) {
		int left_ms = wait_ms < 0 ? 1000 : (int)((until_ns - clock_now_ns()) / 1000000) + 1;
		draw_if_due(screen);
		listen_for_lines(screen);
		struct pollfd fd = { .fd = screen->hook.fd, .events = POLLIN };
		poll(&fd, 1, screen->dirty || left_ms > 100 ? 100 : left_ms);
		/* The terminal has gone; who wrote a pipe has, too, but its lines are still there. */
		if ((fd.revents & (POLLHUP | POLLERR | POLLNVAL)) && !(fd.revents & POLLIN)) {
			screen->gone = true;
			screen_ask(screen, &(Request){ .kind = REQUEST_QUIT });
		}
		take_keys(screen);
	}
	draw_if_due(screen);
	return screen_asked(screen);
}

Request screen_confirm(Screen *screen, const char *question)
{
	if (screen->gone || screen->terminated)
		return (Request){ .kind = REQUEST_QUIT };
	ui_confirm(screen->ui, question);
	if (!screen->term) {
		char text[SCREEN_TEXT_MAX + 2];
		text_format(text, sizeof text, "%s >", question);
		linear_speech.line(linear_speech.user, text);
	}
	return screen_wait(screen, -1);
}

json_t *screen_drafts(const Screen *screen)
{
	return ui_drafts(screen->ui);
}

void screen_farewell(Screen *screen, const char *text)
{
	text_format(screen->farewell, sizeof screen->farewell, "%s", text);
}

void screen_set_lesson(Screen *screen, const ScreenLesson *lesson)
{
	screen->follower = lesson;
	screen->failed.code = ERR_NONE;
}

void screen_lend(Screen *screen, bool lent)
{
	json_t *kept = screen->kept, *record;
	size_t i;
	if (lent == (kept != NULL))
		return;
	screen->kept = lent ? json_array() : NULL;
	if (screen->term && lent)
		term_lend(screen->term);
	else if (screen->term)
		term_retake(screen->term);
	json_array_foreach(kept, i, record) screen_take(screen, record);
	json_decref(kept);
	screen->dirty = true;
}

void screen_show(Screen *screen)
{
	draw(screen);
}

void screen_message(Screen *screen, const char *text)
{
	ui_message(screen->ui, STYLE_TEXT, "%s", text);
	if (!screen->term)
		linear_speech.line(linear_speech.user, text);
	screen->dirty = true;
}

Screen *screen_open(const ScreenOptions *options, Err *err)
{
	TermOptions term = { .ascii = options->ascii, .mouse = options->mouse };
	Screen *screen = calloc(1, sizeof *screen);
	if (!screen) {
		err_set(err, ERR_MEMORY, "opening the screen");
		return NULL;
	}
	theme_find(options->theme, &term.theme);
	screen->linear = (Linear){ .fd = STDIN_FILENO };
	screen->hook = (SessionHook){ .fd = -1, .tick = tick, .cost = cost, .user = screen };
	screen->opened_ns = clock_now_ns();
	screen->dirty = true;
	if (!canvas_init(&screen->canvas, UI_WIDTH_MIN, UI_HEIGHT_MIN, GLYPHS_ASCII, err) ||
	    !(screen->ui = ui_new(options->view, err)) ||
	    (!options->linear && !(screen->term = term_open(&term, err)))) {
		screen_close(screen);
		return NULL;
	}
	if (term.theme != THEME_AUTO)
		ui_set_theme(screen->ui, term.theme);
	screen->hook.fd = screen->term ? term_fd(screen->term) : STDIN_FILENO;
	draw(screen);
	return screen;
}

void screen_close(Screen *screen)
{
	if (!screen)
		return;
	term_close(screen->term);
	if (*screen->farewell)
		text_printf(stderr, "wattle: %s\n", screen->farewell);
	ui_free(screen->ui);
	canvas_done(&screen->canvas);
	json_decref(screen->asked.value);
	json_decref(screen->kept);
	free(screen);
}
