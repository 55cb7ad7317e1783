/* One loop over the worker's records, the meter's, and signals.
 * SPDX-License-Identifier: MIT */
#include "app/session/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "energy/edge.h"

#define METER_START_NS (5 * CLOCK_NS_PER_S)
/* Ending the meter is closing its socket; it has this long before it is killed. */
#define METER_END_MS 500
/* How long a wait is at most: signals, the deadline and the screen are looked after that often. */
#define WAIT_MS 50
#define EDGE_MS 2000

/* The one that is open: outputs that stall must go on hearing its signals and its deadline. */
static Session *open_session;

void session_signals(sigset_t *out)
{
	sigemptyset(out);
	sigaddset(out, SIGINT);
	sigaddset(out, SIGTERM);
	sigaddset(out, SIGHUP);
	sigaddset(out, SIGQUIT);
}

static bool open_signals(Session *session, Err *err)
{
	sigset_t set;
	session_signals(&set);
	session->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (session->signals < 0)
		return err_set(err, ERR_LIMIT, "signalfd: %s", strerror(errno));
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, &session->before);
	open_session = session;
	return true;
}

/* Whoever asked for the end once more has got it; what came first stays pending. */
static void close_signals(Session *session)
{
	struct signalfd_siginfo info;
	open_session = NULL;
	if (session->signals < 0)
		return;
	while (session_interrupted(session) &&
	       read(session->signals, &info, sizeof info) == (ssize_t)sizeof info)
		;
	close(session->signals);
	session->signals = -1;
	sigprocmask(SIG_SETMASK, &session->before, NULL);
}

static ErrCode code_by_name(const char *name)
{
	static const ErrCode codes[] = {
#define X(code, status, text) ERR_##code,
		ERR_LIST(X)
#undef X
	};
	for (size_t i = 0; name && i < sizeof codes / sizeof *codes; i++)
		if (strcmp(err_name(codes[i]), name) == 0)
			return codes[i];
	return ERR_INTERNAL;
}

/* True once the meter is gone, which a worker hears a moment before the kernel tells us. */
static bool meter_died(Session *session)
{
	if (!session->meter.in)
		return false;
	for (int waited_ms = 0; !child_reap(&session->meter, false); waited_ms++) {
		if (waited_ms == METER_END_MS)
			return false;
		poll(NULL, 0, 1);
	}
	return true;
}

/* An error record becomes the error of the running job. That the meter died is not the script's
 * fault, whatever line of it was running: the record says so, too. */
static void note_error(Session *session, json_t *record, Err *err)
{
	const char *text = json_string_value(json_object_get(record, "text"));
	const char *code = json_string_value(json_object_get(record, "code"));
	char fate[128];
	err_set(err, code_by_name(code), "%s", text ? text : "an error without a text");
	session->failed = true;
	if (err->code != ERR_DIED || !meter_died(session))
		return;
	child_fate(&session->meter, fate, sizeof fate);
	err_set(err, ERR_DIED, "%s", fate);
	json_object_set_new(record, "text", json_string(err->text));
}

/* Passes on all whole records of one child. False when *err was set by the taker or by bytes that
 * are no record. */
static bool drain(Session *session, Child *child, bool *ended, Err *err)
{
	for (;;) {
		json_t *record = NULL;
		Err bad;
		switch (record_in_next(child->in, &record, &bad)) {
		case RECORD_WAIT:
			return true;
		case RECORD_END:
			*ended = true;
			return true;
		case RECORD_BAD:
			return err_set(err, ERR_DIED, "the %s wrote no record: %s", child->name,
				       bad.text);
		case RECORD_GOT:
			break;
		}
		const char *type = json_string_value(json_object_get(record, "type"));
		if (strcmp(type, "error") == 0)
			note_error(session, record, err);
		if (strcmp(type, "window") == 0)
			session->measuring = true;
		if (strcmp(type, "lowering") == 0 && session->cache.choices)
			lowering_cache_take(&session->cache, record);
		Err taken;
		bool ok = session->take(session->user, record, &taken);
		json_decref(record);
		if (!ok) {
			*err = taken;
			return false;
		}
	}
}

static void end_soon(Session *session)
{
	if (!session->kill_ns)
		session->kill_ns = clock_now_ns() + SESSION_GRACE_NS;
}

static void abort_job(Session *session)
{
	session_send(session, session_command_new("abort"));
	end_soon(session);
}

void session_interrupt(Session *session)
{
	if (session->interrupts++ == 0 && session->measuring)
		session_stop(session);
	else
		abort_job(session);
}

static void take_signals(Session *session)
{
	struct signalfd_siginfo info;
	while (read(session->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGINT) {
			session_interrupt(session);
		} else {
			session->terminated = (int)info.ssi_signo;
			abort_job(session);
		}
	}
}

static void kill_if_late(Session *session)
{
	int64_t now_ns = clock_now_ns();
	bool late = session->kill_ns && now_ns > session->kill_ns;
	late |= session->hung_ns && now_ns > session->hung_ns;
	late |= session->deadline_ns && now_ns > session->deadline_ns + SESSION_GRACE_NS;
	if (late && session->worker.pid)
		kill(session->worker.pid, SIGKILL);
}

static bool past_deadline(const Session *session)
{
	return session->deadline_ns && clock_now_ns() > session->deadline_ns;
}

/* True, and *err, when a signal or the deadline wants the end. */
static bool wants_end(const Session *session, const char *where, Err *err)
{
	if (session_interrupted(session))
		return !err_set(err, ERR_INTERRUPTED, "interrupted %s", where);
	return past_deadline(session) && !err_set(err, ERR_LIMIT, "time limit reached %s", where);
}

bool session_wait_room(int fd, Err *err)
{
	int64_t until_ns = 0;
	for (;;) {
		Session *session = open_session;
		struct pollfd fds[] = {
			{ .fd = fd, .events = POLLOUT },
			{ .fd = session ? session->signals : -1, .events = POLLIN },
		};
		if (poll(fds, 2, session ? 50 : -1) > 0 && fds[0].revents)
			return true; /* an error too: the write tells which */
		if (!session)
			continue;
		take_signals(session);
		kill_if_late(session);
		if (!wants_end(session, "while nobody read the output", err))
			continue;
		if (!until_ns)
			until_ns = clock_now_ns() + SESSION_GRACE_NS;
		else if (clock_now_ns() > until_ns)
			return false;
	}
}

/* Waits up to wait_ms for anything to read, other (-1: none) among it. The meter's records go on
 * being drained while a worker runs. */
static bool pump(Session *session, int other, int wait_ms, bool *worker_ended, bool *meter_ended,
		 Err *err)
{
	const SessionHook *hook = session->hook;
	struct pollfd fds[] = {
		{ .fd = hook ? hook->fd : -1, .events = POLLIN },
		{ .fd = session->signals, .events = POLLIN },
		{ .fd = session->worker.records, .events = POLLIN },
		{ .fd = *meter_ended ? -1 : session->meter.records, .events = POLLIN },
		{ .fd = other, .events = POLLIN },
	};
	if (poll(fds, sizeof fds / sizeof *fds, wait_ms) < 0 && errno != EINTR)
		return err_set(err, ERR_INTERNAL, "poll: %s", strerror(errno));
	take_signals(session);
	kill_if_late(session);
	if (fds[3].revents && !drain(session, &session->meter, meter_ended, err))
		return false;
	if (fds[2].revents && !drain(session, &session->worker, worker_ended, err))
		return false;
	return !hook || hook->tick(hook->user, session, err);
}

/* What a worker that ended says about its job: its own error, or how it died, or nothing. */
static bool job_outcome(Session *session, bool pumped, Err *err)
{
	char fate[128];
	if (!pumped || session->failed)
		return false;
	if (session->worker.status == 0)
		return true;
	child_fate(&session->worker, fate, sizeof fate);
	if (session_interrupted(session))
		return err_set(err, ERR_INTERRUPTED, "interrupted; %s", fate);
	if (past_deadline(session))
		return err_set(err, ERR_LIMIT, "time limit reached; %s", fate);
	/* The status by which loaders of programs and shells say "cannot run". */
	if (WIFEXITED(session->worker.status) && WEXITSTATUS(session->worker.status) == 127)
		return err_set(err, ERR_NEED,
			       "cannot start the worker: %s; is wattle installed whole?", fate);
	return err_set(err, ERR_DIED, "%s%s", fate,
		       session->measuring ? "; what it had measured until then is kept" : "");
}

static void end_worker(Session *session, bool pumped)
{
	if (!pumped && session->worker.pid)
		kill(session->worker.pid, SIGKILL);
	/* Its records have ended; a process that closed them and stays gets the same grace. */
	int64_t until_ns = clock_now_ns() + SESSION_GRACE_NS;
	while (!child_reap(&session->worker, false)) {
		if (clock_now_ns() > until_ns)
			kill(session->worker.pid, SIGKILL);
		poll(NULL, 0, 2);
	}
	child_close(&session->worker);
}

/* Jobs that may lower models get what was measured before. */
static bool fill_cache(Session *session, Job *job, Err *err)
{
	char path[PATH_MAX], text[128];
	if (job->kind == JOB_LIST || job->kind == JOB_RECEIPT)
		return true;
	bool first = !session->cache.choices;
	if (first)
		lowering_cache_open(&session->cache, paths_cache("lowering.jsonl", path));
	job->cache = session->cache.choices;
	if (!first || session->cache.damaged == 0)
		return true;
	text_format(text, sizeof text,
		    "%zu lines of the cache of kernel choices are damaged and were ignored",
		    session->cache.damaged);
	json_t *record = record_new("log", session->origin_ns);
	json_object_set_new(record, "text", json_string(text));
	bool ok = record ? session->take(session->user, record, err)
			 : err_set(err, ERR_MEMORY, "writing a record");
	json_decref(record);
	return ok;
}

bool session_job(Session *session, const Job *job, int script_fd, Err *err)
{
	Job filled = *job;
	bool worker_ended = false, meter_ended = session->meter.records < 0, pumped = true;
	filled.origin_ns = session->origin_ns;
	filled.scratch = session->scratch;
	if (session->deadline_ns)
		filled.time_limit_s =
			(double)(session->deadline_ns - clock_now_ns()) / CLOCK_NS_PER_S;
	if (session->deadline_ns && filled.time_limit_s <= 0)
		return err_set(err, ERR_LIMIT, "time limit reached between two trials");
	session->failed = session->crashed = false;
	session->hung_ns = 0;
	if (!fill_cache(session, &filled, err))
		return false;
	json_t *json = job_json(&filled);
	bool ok = json && launch_worker(&session->worker, session->paths, json, session->edge_fd,
					script_fd, session->scratch, err);
	if (!json)
		err_set(err, ERR_MEMORY, "writing a job");
	json_decref(json);
	if (!ok && !session->worker.pid) {
		child_close(&session->worker);
		return false;
	}
	pumped = ok;
	while (pumped && !worker_ended)
		pumped = pump(session, -1, WAIT_MS, &worker_ended, &meter_ended, err);
	end_worker(session, pumped);
	session->crashed = pumped && WIFSIGNALED(session->worker.status) && !session->kill_ns &&
			   !session_interrupted(session) && !past_deadline(session);
	return job_outcome(session, pumped, err);
}

/* True when the meter's record names no headline although one of its own sources was asked for. */
static bool asked_in_vain(const json_t *meter, const char *energy)
{
	size_t i;
	json_t *source;
	json_array_foreach(json_object_get(meter, "sources"), i, source)
	{
		const char *name = json_string_value(json_object_get(source, "name"));
		const char *place = json_string_value(json_object_get(source, "place"));
		if (name && place && strlen(name) == strcspn(energy, ":") &&
		    strncmp(name, energy, strlen(name)) == 0 && strcmp(place, "meter") == 0)
			return json_is_null(json_object_get(meter, "headline"));
	}
	return false;
}

/* The meter's first record says what it measures with, or why it cannot. */
static bool await_meter(Session *session, Err *err)
{
	int64_t until_ns = clock_now_ns() + METER_START_NS;
	struct pollfd fds[] = {
		{ .fd = session->meter.records, .events = POLLIN },
		{ .fd = session->signals, .events = POLLIN },
	};
	session->failed = false;
	while (clock_now_ns() < until_ns) {
		json_t *record = NULL;
		poll(fds, 2, 50);
		take_signals(session);
		if (wants_end(session, "while the meter started", err))
			return false;
		RecordGot got = record_in_next(session->meter.in, &record, err);
		if (got == RECORD_WAIT)
			continue;
		if (got == RECORD_BAD)
			return false;
		if (got == RECORD_END)
			return session->failed ? false
					       : err_set(err, ERR_NEED,
							 "the meter ended at its start; --energy "
							 "none does without it");
		const char *type = json_string_value(json_object_get(record, "type"));
		/* Without a headline that was asked for by name, an error record follows. */
		bool error = strcmp(type, "error") == 0;
		bool ready = strcmp(type, "meter") == 0 && !asked_in_vain(record, session->energy);
		if (error)
			note_error(session, record, err);
		Err taken;
		bool ok = error || session->take(session->user, record, &taken);
		json_decref(record);
		if (!ok) {
			*err = taken;
			return false;
		}
		if (ready || error)
			return !error;
	}
	return err_set(err, ERR_NEED, "the meter does not answer; --energy none does without it");
}

bool session_open(Session *session, const Paths *paths, const char *energy, double time_limit_s,
		  Err *err)
{
	session->paths = paths;
	session->energy = energy;
	session->meter = (Child){ .name = "meter", .records = -1, .commands = -1 };
	session->worker = (Child){ .name = "worker", .records = -1, .commands = -1 };
	session->edge_fd = -1;
	session->signals = -1;
	session->cache = (LoweringCache){ .choices = NULL };
	session->origin_ns = clock_now_ns() - session->past_ns;
	session->deadline_ns =
		time_limit_s > 0 ? clock_now_ns() + (int64_t)(time_limit_s * CLOCK_NS_PER_S) : 0;
	if (!open_signals(session, err) || !paths_scratch_make(session->scratch, err))
		return false;
	if (!energy)
		return true;
	if (strncmp(energy, "replay:", 7) == 0)
		return err_set(err, ERR_USAGE,
			       "--energy replay:FILE works with wattle run only: a trace holds the "
			       "windows of one script's run, and serves no other");
	return launch_meter(&session->meter, paths, energy, session->origin_ns, &session->edge_fd,
			    err) &&
	       await_meter(session, err);
}

void session_close(Session *session)
{
	if (session->worker.pid) {
		kill(session->worker.pid, SIGKILL);
		child_reap(&session->worker, true);
	}
	child_close(&session->worker);
	if (session->edge_fd >= 0)
		close(session->edge_fd);
	for (int waited = 0; !child_reap(&session->meter, false); waited++) {
		if (waited == METER_END_MS)
			kill(session->meter.pid, SIGKILL);
		poll(NULL, 0, 1);
	}
	child_close(&session->meter);
	if (session->scratch[0])
		paths_scratch_remove(session->scratch);
	if (session->cache.choices)
		lowering_cache_close(&session->cache);
	close_signals(session);
}

bool session_watch(Session *session, int fd, int64_t until_ns, Err *err)
{
	bool worker_ended = true, meter_ended = session->meter.records < 0;
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int64_t left_ns;
	char fate[128];
	do {
		left_ns = until_ns - clock_now_ns();
		int wait_ms = left_ns < 0 ? 0 : (int)((left_ns + 999999) / 1000000);
		if (left_ns > (int64_t)WAIT_MS * 1000000)
			wait_ms = WAIT_MS;
		if (!pump(session, fd, wait_ms, &worker_ended, &meter_ended, err))
			return false;
		if (fd >= 0 && poll(&ready, 1, 0) > 0)
			return true;
		if (meter_ended && session->meter.records >= 0 && session->meter.pid) {
			child_reap(&session->meter, true);
			child_fate(&session->meter, fate, sizeof fate);
			return err_set(err, ERR_DIED, "%s", fate);
		}
	} while (left_ns > 0 && !session_interrupted(session));
	return true;
}

bool session_require(Session *session, EnergyProv least, const char *flag, Err *err)
{
	EdgeReply reply;
	EnergyProv prov = ENERGY_MEASURED;
	if (!edge_ask(session->edge_fd, 0, EDGE_MS, &reply, err))
		return false;
	if (reply.headline < 0)
		return err_set(err, ERR_NEED,
			       "%s: no sensor measures here; wattle energy tells why", flag);
	for (uint32_t i = 0; i < reply.headline_count; i++)
		prov = energy_prov_min(prov, reply.reading[reply.headline + (int)i].prov);
	return prov >= least || err_set(err, ERR_NEED, "%s: %s is %s only", flag, reply.source,
					energy_prov_name(prov));
}

json_t *session_command_new(const char *name)
{
	return json_pack("{s:i, s:s, s:s}", "v", RECORD_VERSION, "type", "command", "command",
			 name);
}

void session_send(Session *session, json_t *command)
{
	if (command && session->worker.pid)
		child_send(&session->worker, command);
	json_decref(command);
}

void session_hang_up(Session *session)
{
	child_hang_up(&session->worker);
}

void session_stop(Session *session)
{
	session_send(session, session_command_new("stop"));
}

void session_abort(Session *session)
{
	session_send(session, session_command_new("abort"));
	if (!session->hung_ns)
		session->hung_ns = clock_now_ns() + SESSION_GRACE_NS;
}

bool session_interrupted(const Session *session)
{
	return session->interrupts || session->terminated;
}

bool session_once(Session *session, const Paths *paths, const Job *job, int script_fd, Err *err)
{
	bool ok = session_open(session, paths, NULL, 0, err) &&
		  session_job(session, job, script_fd, err);
	session_close(session);
	return ok;
}
