/* A worker's commands while it works, and while a lesson waits.
 * SPDX-License-Identifier: MIT */
#include "app/worker/worker_control.h"

#include <poll.h>
#include <string.h>

#include "app/session/launch.h"
#include "base/clock.h"

#define POLL_EACH_NS 10000000LL
#define QUEUE_MAX 64 /* commands to a lesson that come while it runs something */

/* Pauses again behind the next epoch or window. */
static bool watch_step(void *user, const json_t *record, Err *err)
{
	WorkerControl *self = user;
	const char *type = json_string_value(json_object_get(record, "type"));
	(void)err;
	if (strcmp(type, "epoch") != 0 && strcmp(type, "window") != 0)
		return true;
	self->paused = true;
	record_out_watch(self->out, NULL, NULL);
	return true;
}

static void step(WorkerControl *self)
{
	if (!self->paused)
		return;
	self->paused = false;
	record_out_watch(self->out, watch_step, self);
}

/* False: not one that is followed at once. (A lesson has steps of its own.) */
static bool take_command(WorkerControl *self, const char *name)
{
	if (strcmp(name, "abort") == 0 || (strcmp(name, "stop") == 0 && self->trial))
		self->ended = ERR_INTERRUPTED;
	else if (strcmp(name, "stop") == 0)
		self->stop = true;
	else if (strcmp(name, "pause") == 0)
		self->paused = !self->paused;
	else if (strcmp(name, "step") == 0 && !self->queue)
		step(self);
	else
		return false;
	return true;
}

static void take_commands(WorkerControl *self)
{
	json_t *record;
	Err bad;
	for (;;) {
		RecordGot got = record_in_next(self->commands, &record, &bad);
		if (got == RECORD_END) {
			self->closed = true;
			self->ended = ERR_INTERRUPTED; /* nobody reads any more */
		}
		if (got != RECORD_GOT)
			return;
		const char *name = json_string_value(json_object_get(record, "command"));
		if ((!name || !take_command(self, name)) && self->queue &&
		    json_array_size(self->queue) < QUEUE_MAX)
			json_array_append(self->queue, record);
		json_decref(record);
	}
}

static bool control_look(Control *control, Err *err)
{
	WorkerControl *self = (WorkerControl *)control;
	do {
		int64_t now_ns = clock_now_ns();
		if (self->ended == ERR_NONE && now_ns >= self->next_ns) {
			self->next_ns = now_ns + POLL_EACH_NS;
			take_commands(self);
			if (self->deadline_ns && now_ns >= self->deadline_ns)
				self->ended = ERR_LIMIT;
		}
		if (self->paused && self->ended == ERR_NONE) {
			poll(NULL, 0, 10);
			control->waited_ns += clock_now_ns() - now_ns;
		}
	} while (self->paused && self->ended == ERR_NONE);
	if (self->ended == ERR_LIMIT)
		return err_set(err, ERR_LIMIT, "time limit reached");
	return self->ended == ERR_NONE || err_set(err, ERR_INTERRUPTED, "interrupted");
}

/* A line that is no command is told: who sent it may wait for an answer. */
static bool tell_bad(const WorkerControl *self, Err *err)
{
	const Err bad = *err;
	return record_out_put(self->out, record_error(&bad, record_out_origin(self->out)), err);
}

bool worker_control_next(WorkerControl *self, json_t **command, Err *err)
{
	struct pollfd fd = { .fd = FD_COMMANDS, .events = POLLIN };
	*command = json_incref(json_array_get(self->queue, 0));
	if (*command)
		json_array_remove(self->queue, 0);
	while (!*command && !self->closed && self->ended == ERR_NONE) {
		RecordGot got = record_in_next(self->commands, command, err);
		const char *name = got == RECORD_GOT
					   ? json_string_value(json_object_get(*command, "command"))
					   : NULL;
		self->closed = got == RECORD_END;
		if (got == RECORD_BAD && (err->code != ERR_FORMAT || !tell_bad(self, err)))
			return false;
		if (name && take_command(self, name)) {
			json_decref(*command);
			*command = NULL;
		}
		if (got == RECORD_WAIT)
			poll(&fd, 1, 200);
		if (self->deadline_ns && clock_now_ns() >= self->deadline_ns)
			self->ended = ERR_LIMIT;
	}
	self->stop = self->paused = false;
	if (self->ended == ERR_NONE)
		return true;
	json_decref(*command);
	*command = NULL;
	return err_set(err, self->ended,
		       self->ended == ERR_LIMIT ? "time limit reached" : "interrupted");
}

static bool control_stops(const Control *control)
{
	return ((const WorkerControl *)control)->stop;
}

void worker_control_init(WorkerControl *self, RecordIn *commands)
{
	*self = (WorkerControl){ .control = { .poll = control_look, .stopping = control_stops },
				 .commands = commands };
}
