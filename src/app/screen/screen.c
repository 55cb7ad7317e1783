/* One loop's worth of keys and drawing, called from whichever loop is running.
 * SPDX-License-Identifier: MIT */
#include "app/screen/screen.h"
#include "app/screen/linear.h"
#include "app/runs/stored_runs.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "energy/energy.h"
#include "ui/dump.h"
#include "ui/term.h"
#include "ui/ui.h"

#define DRAW_EACH_NS (CLOCK_NS_PER_S / 10)
#define DRAW_MEASURED_NS CLOCK_NS_PER_S

struct Screen {
	Ui *ui;
	Term *term; /* NULL: linear */
	Linear linear;
	enum {
		AWAIT_NOTHING,
		AWAIT_OPENED,
		AWAIT_ANSWER,
		AWAIT_EXERCISE, /* until its state is told */
		AWAIT_CHECKS,
		AWAIT_RUN
	} await;       /* what holds the lines of a pipe back */
	bool prompted; /* in sentences: what is asked for was said since the line came */
	Canvas canvas;
	Scene scene;
	Session *session;             /* while a job runs */
	const ScreenLesson *follower; /* of an open lesson; NULL: none */
	json_t *kept; /* records that came while the terminal was lent; NULL: it is not */
	bool asking;  /* the follower is being asked */
	Err failed;   /* what the follower said */
	SessionHook hook;
	Request asked;
	char badge[64];
	bool dirty, measuring, lesson, stopped;
	bool in_run;                          /* its records come */
	bool terminated;                      /* by a signal while a job ran, which took it */
	int64_t drawn_ns, opened_ns, last_ns; /* last_ns: t_ns of the newest record */
	uint64_t draws;
};

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
	screen->scene.badge = screen->badge;
	/* A lesson's worker that waits for the reader runs nothing. */
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

/* The badge is that of the newest window's joules; before the first one, what would give them. */
static void note_badge(Screen *screen, const json_t *record)
{
	const char *headline = record_text(record, "headline");
	Joules joules;
	if (*headline) {
		text_format(screen->badge, sizeof screen->badge, "%s", headline);
	} else if (joules_from_json(&joules, json_object_get(record, "energy"))) {
		joules_badge(&joules, screen->badge);
		screen->scene.modelled = joules.prov != ENERGY_MEASURED;
	} else {
		text_format(screen->badge, sizeof screen->badge, "NONE: time only");
		screen->scene.modelled = false;
	}
}

/* What ends the wait for a command's answer. */
static bool is_answer(const Screen *screen, const json_t *record, const char *type)
{
	static const char *const answers[] = { "text", "prompt", "error", "hint", "solution" };
	const char *kind = record_text(record, "kind");
	bool bare = strcmp(kind, "run") == 0 || strcmp(kind, "inspect") == 0;
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

/* A person types when there is something to answer; lines of a pipe are all there at once, and wait
 * for what each one does. */
static void note_answer(Screen *screen, const json_t *record, const char *type)
{
	bool checking = json_is_true(json_object_get(record, "checking")),
	     state = strcmp(type, "exercise-state") == 0;
	/* The step-end behind a round of checks answers nothing. */
	if ((strcmp(type, "step-end") == 0 && screen->await == AWAIT_RUN) ||
	    strcmp(type, "error") == 0)
		screen->await = AWAIT_NOTHING;
	else if (screen->await == AWAIT_ANSWER || screen->await == AWAIT_OPENED)
		screen->await = is_answer(screen, record, type) ? AWAIT_NOTHING : screen->await;
	else if (state && screen->await != AWAIT_RUN)
		screen->await = checking ? AWAIT_CHECKS : AWAIT_NOTHING;
}

void screen_await(Screen *screen)
{
	screen->await = AWAIT_OPENED;
	screen->lesson = true;
}

void screen_recall(Screen *screen, const json_t *record)
{
	const char *type = record_text(record, "type");
	if (strcmp(type, "window") == 0)
		note_badge(screen, record);
	ui_take(screen->ui, record);
	screen->dirty = true;
}

/* In sentences: what is asked for now, once there is nothing more to wait for. */
static void ask_on(Screen *screen)
{
	if (screen->term || screen->await != AWAIT_NOTHING)
		return;
	ui_say(screen->ui, NULL, &linear_speech);
	screen->prompted = true;
}

void screen_take(Screen *screen, const json_t *record)
{
	const char *type = json_string_value(json_object_get(record, "type"));
	if (screen->kept) {
		json_array_append(screen->kept, (json_t *)(uintptr_t)record);
		return;
	}
	if (strcmp(type, "meter") == 0) {
		note_badge(screen, record);
	} else if (strcmp(type, "window") == 0) {
		note_badge(screen, record);
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
	note_answer(screen, record, type);
	ui_take(screen->ui, record);
	if (!screen->term)
		ui_say(screen->ui, record, &linear_speech);
	if (waited)
		ask_on(screen);
	screen->dirty = true;
}

/* The grid as text beside the user, under a name that is not taken. */
static void write_screen(Screen *screen)
{
	char path[64];
	for (int i = 1; i < 1000; i++) {
		snprintf(path, sizeof path, "wattle-screen-%d.txt", i);
		FILE *file = fopen(path, "wxe");
		if (!file && errno == EEXIST)
			continue;
		if (!file)
			break;
		dump_text(&screen->canvas, file);
		if (fclose(file) == 0) {
			ui_message(screen->ui, STYLE_TEXT, "Screen written to %s", path);
			return;
		}
		break;
	}
	ui_message(screen->ui, STYLE_ERROR, "Cannot write %s: %s", path, strerror(errno));
}

/* --- the stored runs ------------------------------------------------------------------------- */

static void take_answer(void *user, const json_t *record)
{
	Screen *screen = user;
	ui_take(screen->ui, record);
	if (!screen->term)
		ui_say(screen->ui, record, &linear_speech);
	screen->dirty = true;
}

/* A stored run: its windows are long past, but their joules are what is shown. */
static void play(void *user, const json_t *record)
{
	Screen *screen = user;
	if (strcmp(json_string_value(json_object_get(record, "type")), "window") == 0)
		note_badge(screen, record);
	ui_take_stored(screen->ui, record);
	screen->dirty = true;
}

/* Its records would fall into those that come. */
static bool is_busy(const Screen *screen)
{
	bool alive = screen->session && screen->session->worker.pid;
	return screen->in_run || (alive && (!screen->lesson || screen->await == AWAIT_RUN));
}

static void ask_store(Screen *screen, const Request *request)
{
	const StoredSink sink = { .take = take_answer, .play = play, .user = screen };
	bool opens = strcmp(request->text, "open") == 0;
	char told[STORED_TOLD_MAX];
	Err err = { .code = ERR_NONE };
	if (opens && is_busy(screen)) {
		screen_message(screen, "A run goes on: others can be opened when it has ended.");
		return;
	}
	if (!stored_runs_perform(request->text, request->value, &sink, told, &err))
		screen_message(screen, err.text);
	else if (*told)
		screen_message(screen, told);
	else if (opens)
		ui_show(screen->ui, "compare");
}

void screen_stored(Screen *screen)
{
	ask_store(screen, &(Request){ .kind = REQUEST_STORE, .text = "list" });
}

static void ask(Screen *screen, const Request *request)
{
	request_done(&screen->asked);
	screen->asked = *request;
}

/* What the follower could not do ends the lesson at the next tick. */
static void note_follower(Screen *screen, bool ok, const Err *failed)
{
	if (!ok && screen->failed.code == ERR_NONE)
		screen->failed = *failed;
}

static void send_command(Screen *screen, const Request *request)
{
	bool run = strcmp(request->text, "run") == 0;
	json_t *command = session_command_new(request->text);
	Err failed;
	if (command && request->value)
		json_object_update_new(command, json_incref(request->value));
	if (run)
		screen->stopped = false;
	if (screen->session) /* a run goes on whatever it is told */
		screen->await = run || screen->await == AWAIT_RUN ? AWAIT_RUN : AWAIT_ANSWER;
	if (command && screen->follower) {
		screen->asking = true;
		note_follower(screen,
			      screen->follower->command(screen->follower->user, command, &failed),
			      &failed);
		screen->asking = false;
	} else if (screen->session)
		session_send(screen->session, command);
	else
		json_decref(command);
	if (strcmp(request->text, "pause") == 0)
		screen->scene.paused = !screen->scene.paused;
	json_decref(request->value);
}

static void ask_exercise(Screen *screen, const Request *request)
{
	json_int_t step = json_integer_value(json_object_get(request->value, "step"));
	Err failed;
	screen->await = AWAIT_EXERCISE;
	if (screen->follower)
		note_follower(screen,
			      screen->follower->exercise(screen->follower->user, request->text,
							 step > 0 ? (size_t)step : 0, &failed),
			      &failed);
	json_decref(request->value);
}

/* Ctrl-C: the run first, then the program. In a lesson the worker goes on to live: its run is
 * stopped, then aborted. */
static void interrupt(Screen *screen)
{
	bool alive = screen->session && screen->session->worker.pid;
	if (alive && !screen->lesson) {
		session_interrupt(screen->session);
	} else if (alive && screen->await == AWAIT_RUN) {
		session_send(screen->session,
			     session_command_new(screen->stopped ? "abort" : "stop"));
		screen->stopped = true;
	} else {
		ask(screen, &(Request){ .kind = REQUEST_QUIT });
	}
}

/* Carries out what can be done at once; the rest is kept for whoever runs the loop. */
static void perform(Screen *screen, const Request *request)
{
	switch (request->kind) {
	case REQUEST_NONE:
	case REQUEST_SHOW:
		break;
	case REQUEST_COMMAND:
		send_command(screen, request);
		break;
	case REQUEST_EXERCISE:
		ask_exercise(screen, request);
		break;
	case REQUEST_SUSPEND:
		if (screen->term)
			term_suspend(screen->term);
		break;
	case REQUEST_STORE:
		ask_store(screen, request);
		json_decref(request->value);
		break;
	case REQUEST_REDRAW:
		if (screen->term)
			term_redraw(screen->term);
		break;
	case REQUEST_WRITE:
		write_screen(screen);
		break;
	case REQUEST_INTERRUPT:
		interrupt(screen);
		break;
	case REQUEST_OPEN_LESSON:
	case REQUEST_LEAVE_LESSON:
	case REQUEST_RUN:
	case REQUEST_QUIT:
		ask(screen, request);
		break;
	}
}

/* Letters of a line, one by one, as long as letters are text: what answered a question is not
 * followed by keys. */
static void type_line(Screen *screen, const char *line)
{
	Request request = { .kind = REQUEST_NONE };
	for (const char *at = line; *at && ui_typing(screen->ui);) {
		KeyEvent event = { .key = 0 };
		at += text_decode(at, strlen(at), &event.key);
		ui_key(screen->ui, &event, &request);
		perform(screen, &request);
		request = (Request){ .kind = REQUEST_NONE };
	}
	if (ui_typing(screen->ui))
		ui_key(screen->ui, &(KeyEvent){ .key = KEY_RETURN }, &request);
	perform(screen, &request);
}

/* A single key; a digit that chooses is accepted at once. */
static void press_line(Screen *screen, const char *line)
{
	Request request = { .kind = REQUEST_NONE };
	KeyEvent event = { .key = KEY_RETURN };
	bool digit = ui_choosing(screen->ui) && *line >= '1' && *line <= '9';
	if (*line && text_decode(line, strlen(line), &event.key) != strlen(line)) {
		linear_speech.line(linear_speech.user, ui_notice(screen->ui));
		return;
	}
	ui_key(screen->ui, &event, &request);
	perform(screen, &request);
	request = (Request){ .kind = REQUEST_NONE };
	if (digit)
		ui_key(screen->ui, &(KeyEvent){ .key = KEY_RETURN }, &request);
	perform(screen, &request);
}

/* A line is a command by its name, else text for the open question, else a key. */
static void take_line(Screen *screen, const char *line)
{
	Request request = { .kind = REQUEST_NONE };
	screen->prompted = false;
	if (ui_command(screen->ui, line, &request))
		perform(screen, &request);
	else if (ui_typing(screen->ui))
		type_line(screen, line);
	else
		press_line(screen, line);
	if (!screen->prompted)
		ask_on(screen);
}

static void take_lines(Screen *screen)
{
	char line[LINEAR_LINE_MAX];
	bool typed = isatty(screen->linear.fd);
	while ((typed || screen->await == AWAIT_NOTHING) && screen->asked.kind == REQUEST_NONE &&
	       linear_line(&screen->linear, line))
		take_line(screen, line);
	if (screen->linear.ended && screen->linear.len == 0 && screen->await == AWAIT_NOTHING &&
	    screen->asked.kind == REQUEST_NONE)
		ask(screen, &(Request){ .kind = REQUEST_QUIT });
}

/* All keys that have come; each is answered by a frame at once, whatever is measured. */
static void take_keys(Screen *screen)
{
	bool any = false;
	if (screen->kept)
		return; /* they are another program's */
	if (!screen->term) {
		take_lines(screen);
		return;
	}
	for (KeyEvent event = term_key(screen->term); event.key != KEY_NONE;
	     event = term_key(screen->term)) {
		Request request = { .kind = REQUEST_NONE };
		any |= ui_key(screen->ui, &event, &request) || event.key == KEY_SIZE;
		perform(screen, &request);
	}
	if (any)
		draw(screen);
}

static bool tick(void *user, Session *session, Err *err)
{
	Screen *screen = user;
	screen->session = session;
	screen->terminated |= session->terminated != 0;
	take_keys(screen);
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
	struct pollfd fd = { .fd = screen->hook.fd, .events = POLLIN };
	int64_t until_ns = clock_now_ns() + wait_ms * INT64_C(1000000);
	screen->session = NULL;
	screen->in_run = wait_ms >= 0; /* else nothing more comes */
	if (wait_ms < 0)
		draw(screen); /* no need to save draws */
	while (screen->asked.kind == REQUEST_NONE && (wait_ms < 0 || clock_now_ns() < until_ns)) {
		int left_ms = wait_ms < 0 ? 1000 : (int)((until_ns - clock_now_ns()) / 1000000) + 1;
		draw_if_due(screen);
		poll(&fd, 1, screen->dirty || left_ms > 100 ? 100 : left_ms);
		/* The terminal has gone; who wrote a pipe has, too, but its lines are still there. */
		if ((fd.revents & (POLLHUP | POLLERR | POLLNVAL)) && !(fd.revents & POLLIN))
			ask(screen, &(Request){ .kind = REQUEST_QUIT });
		take_keys(screen);
	}
	draw_if_due(screen);
	return screen_asked(screen);
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
	ui_free(screen->ui);
	canvas_done(&screen->canvas);
	json_decref(screen->asked.value);
	json_decref(screen->kept);
	free(screen);
}
