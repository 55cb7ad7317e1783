/* The screen: what views ask for.
 * SPDX-License-Identifier: MIT */
#include "app/screen/screen_inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/runs/stored_runs.h"
#include "base/record.h"
#include "ui/dump.h"

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
		screen_note_badge(screen, record);
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

void screen_ask(Screen *screen, const Request *request)
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
		if (screen->stopped)
			session_abort(screen->session);
		else
			session_stop(screen->session);
		screen->stopped = true;
	} else {
		screen_ask(screen, &(Request){ .kind = REQUEST_QUIT });
	}
}

void screen_perform(Screen *screen, const Request *request)
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
	case REQUEST_STAY:
		screen_ask(screen, request);
		break;
	}
}
