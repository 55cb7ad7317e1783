/* Workers in slots, looked at together.
 * SPDX-License-Identifier: MIT */
#include "app/grading/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/record.h"

#define LOOK_NS (CLOCK_NS_PER_S / 20)

typedef struct Slot {
	Child child;
	bool busy, late, over; /* over: its records have ended, or are none */
	bool begun;            /* its chain may have more jobs */
	size_t task;           /* the chain */
	int64_t kill_ns;
	char scratch[PATH_MAX];
} Slot;

typedef struct Workers {
	Session *session;
	const Pooled *pooled;
	Slot *slot;
	size_t slots, running, next;
	int poll; /* readable when any of them is */
} Workers;

/* The next job of the slot's chain, else of the first that nobody has begun. */
static bool next_job(Workers *self, Slot *slot, Job *job)
{
	const Pooled *pooled = self->pooled;
	if (slot->begun && pooled->fill(pooled->user, slot->task, job))
		return true;
	slot->begun = false;
	while (!slot->begun && self->next < pooled->count) {
		slot->task = self->next++;
		slot->begun = pooled->fill(pooled->user, slot->task, job);
	}
	return slot->begun;
}

static int64_t kill_time(double seconds)
{
	return clock_now_ns() + (int64_t)(seconds * CLOCK_NS_PER_S) + SESSION_GRACE_NS;
}

/* Nothing when there is no more to do. */
static bool start(Workers *self, Slot *slot, Err *err)
{
	Job job;
	struct epoll_event event = { .events = EPOLLIN };
	if (!next_job(self, slot, &job))
		return true;
	*slot = (Slot){ .task = slot->task, .begun = true };
	job.origin_ns = self->session->origin_ns;
	if (!paths_scratch_make(slot->scratch, err))
		return false;
	job.scratch = slot->scratch;
	json_t *json = job_json(&job);
	bool ok = json && launch_worker(&slot->child, self->session->paths, json, -1,
					self->pooled->script_fd, slot->scratch, err);
	if (!json)
		err_set(err, ERR_MEMORY, "writing a job");
	json_decref(json);
	slot->busy = true;
	slot->kill_ns = kill_time(job.time_limit_s);
	self->running++;
	if (ok && epoll_ctl(self->poll, EPOLL_CTL_ADD, slot->child.records, &event) != 0)
		ok = err_set(err, ERR_LIMIT, "watching a worker: %s", strerror(errno));
	return ok;
}

/* Kills what is left of it, and tells its end. */
static void finish(Workers *self, Slot *slot, bool tell)
{
	char fate[128];
	if (!slot->over && slot->child.pid)
		kill(slot->child.pid, SIGKILL);
	/* Whoever closes its records and stays gets the same grace as a session's worker. */
	int64_t until_ns = clock_now_ns() + SESSION_GRACE_NS;
	while (!child_reap(&slot->child, false)) {
		if (clock_now_ns() > until_ns)
			kill(slot->child.pid, SIGKILL);
		usleep(1000);
	}
	child_fate(&slot->child, fate, sizeof fate);
	PoolEnd how = slot->late ? POOL_LATE : slot->child.status == 0 ? POOL_DONE : POOL_DIED;
	child_close(&slot->child);
	paths_scratch_remove(slot->scratch);
	slot->busy = false;
	self->running--;
	if (tell)
		self->pooled->end(self->pooled->user, slot->task, how, fate);
}

static void take(Workers *self, Slot *slot, const json_t *record)
{
	double seconds = self->pooled->take(self->pooled->user, slot->task, record);
	if (seconds > 0 && kill_time(seconds) < slot->kill_ns)
		slot->kill_ns = kill_time(seconds);
}

static void drain(Workers *self, Slot *slot)
{
	json_t *record;
	Err bad;
	for (;;) {
		switch (record_in_next(slot->child.in, &record, &bad)) {
		case RECORD_WAIT:
			return;
		case RECORD_GOT:
			take(self, slot, record);
			json_decref(record);
			break;
		case RECORD_BAD: /* what is no record ends it */
			kill(slot->child.pid, SIGKILL);
			slot->over = true;
			return;
		case RECORD_END:
			slot->over = true;
			return;
		}
	}
}

static void look(Workers *self, Slot *slot)
{
	drain(self, slot);
	slot->late = !slot->over && clock_now_ns() > slot->kill_ns;
	if (slot->over || slot->late)
		finish(self, slot, true);
}

static bool work(Workers *self, Err *err)
{
	for (;;) {
		for (size_t i = 0; i < self->slots; i++)
			if (!self->slot[i].busy && !start(self, &self->slot[i], err))
				return false;
		if (!self->running)
			return true;
		if (!session_watch(self->session, self->poll, clock_now_ns() + LOOK_NS, err))
			return false;
		if (session_interrupted(self->session))
			return err_set(err, ERR_INTERRUPTED, "interrupted while grading");
		for (size_t i = 0; i < self->slots; i++)
			if (self->slot[i].busy)
				look(self, &self->slot[i]);
	}
}

bool pool_run(Session *session, const Pooled *pooled, Err *err)
{
	Workers self = { .session = session,
			 .pooled = pooled,
			 .slots = pooled->workers < pooled->count ? pooled->workers : pooled->count,
			 .poll = epoll_create1(EPOLL_CLOEXEC) };
	self.slot = calloc(self.slots + 1, sizeof *self.slot);
	bool ok = self.poll >= 0 && self.slot;
	if (!ok)
		err_set(err, ERR_LIMIT, "watching the workers: %s", strerror(errno));
	ok = ok && work(&self, err);
	for (size_t i = 0; self.slot && i < self.slots; i++)
		if (self.slot[i].busy)
			finish(&self, &self.slot[i], false);
	free(self.slot);
	if (self.poll >= 0)
		close(self.poll);
	return ok;
}
