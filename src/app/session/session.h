/* A session: the reader's side of one command. It holds the meter, starts workers one after the
 * other, passes on what they record, forwards signals as commands, and ends what does not end by
 * itself.
 *
 * Signals: the first SIGINT asks the worker to finish the block it measures (or to end at once
 * while nothing is measured yet; a worker that runs one trial drops it), the second ends it;
 * SIGTERM, SIGHUP and SIGQUIT end it. A worker has SESSION_GRACE_NS to follow, then it is killed.
 * All of them, and SIGPIPE, are blocked from session_open to session_close: a write to a pipe that
 * was closed is an error first, and the end of the process only when nothing is left behind.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_SESSION_H
#define WATTLE_APP_SESSION_H

#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/session/job.h"
#include "app/session/launch.h"
#include "app/session/lowering_cache.h"
#include "app/paths.h"
#include "base/err.h"
#include "energy/energy.h"

#define SESSION_GRACE_NS 900000000LL /* looked at each 50 ms: a second at most */

typedef struct Session Session;

/* A script as it was when the reader opened it: its name as the user gave it, its checksum. Who
 * edits the file meanwhile changes nothing. */
typedef struct ScriptFile {
	int fd;           /* a sealed copy in memory; −1: not open */
	const char *name; /* borrowed */
	char sha256[65];
} ScriptFile;

/* ERR_SCRIPT when it cannot be opened, is no regular file or too long; ERR_USAGE when its name is
 * not UTF-8, which records could not hold. A link may lead to it. */
bool script_file_open(ScriptFile *out, const char *path, Err *err);
/* The same of a text that lies in no file; both are borrowed, the text for this call only. */
bool script_file_make(ScriptFile *out, const char *name, const char *text, size_t len, Err *err);
/* Its text, malloc'd, without an end; NULL when memory is short. */
char *script_file_text(const ScriptFile *file, size_t *len);
void script_file_close(ScriptFile *file);

/* Something that lives beside a running job: the screen. */
typedef struct SessionHook {
	int fd; /* polled for input; −1: none */
	/* Called after each wait, at least every 50 ms. False ends the job with *err. */
	bool (*tick)(void *user, Session *session, Err *err);
	/* What the watching cost so far: a ui record, new reference. */
	json_t *(*cost)(void *user, int64_t origin_ns);
	void *user;
} SessionHook;

struct Session {
	const Paths *paths;
	const char *energy; /* borrowed */
	Child meter, worker;
	int edge_fd;
	int signals;     /* signalfd; −1: none, and nothing is blocked */
	sigset_t before; /* the signals that were blocked then */
	int64_t origin_ns;
	int64_t past_ns;     /* the run's clock shows so much at session_open; 0 for a new run */
	int64_t deadline_ns; /* --time-limit; 0: none */
	int64_t kill_ns;     /* the worker is killed then; 0: not yet decided */
	int64_t hung_ns; /* so is one that does not follow session_abort: as if it had crashed */
	int interrupts;  /* SIGINTs so far */
	int terminated;  /* SIGTERM, SIGHUP or SIGQUIT, whichever came */
	bool measuring;  /* a window was recorded: a stop keeps whole blocks */
	bool failed;     /* *err of the running job is set by an error record */
	bool crashed;    /* the last worker died, and nobody here wanted its end */
	char scratch[PATH_MAX];
	LoweringCache cache; /* read for the first job that lowers models */
	/* Takes each record (borrowed) of worker and meter. */
	bool (*take)(void *user, const json_t *record, Err *err);
	void *user;
	const SessionHook *hook; /* NULL: none */
};

/* Blocks the signals it handles, starts the meter for energy (NULL: none is wanted) and waits for
 * its first record. ERR_NEED when the source that was asked for does not work. time_limit_s 0:
 * none. origin_ns is set before anything is taken. One session at a time is open in a process. */
bool session_open(Session *session, const Paths *paths, const char *energy, double time_limit_s,
		  Err *err);
/* Ends meter and worker, removes the scratch folder, and unblocks the signals: one that is pending
 * takes its course. Good for a session that failed to open, too. */
void session_close(Session *session);

/* The signals that a session hears and ends by. For who holds more than sessions: with them
 * blocked a session hears them all the same, and what comes between two waits for the next. */
void session_signals(sigset_t *out);

/* A RecordWait (base/record.h): waits until fd takes bytes, and lives on meanwhile as the open
 * session does. False once a signal or the deadline wants the end and SESSION_GRACE_NS did not
 * help. Without an open session it just waits. */
bool session_wait_room(int fd, Err *err);

/* Runs one job in a fresh worker until it has ended. False and *err: what the worker's error record
 * said, or how it died. origin, scratch, the remaining time and the cache of kernel choices are
 * filled in; what the worker chose by measuring is kept there. */
bool session_job(Session *session, const Job *job, int script_fd, Err *err);
/* A session of one job that measures nothing, from opening to closing. */
bool session_once(Session *session, const Paths *paths, const Job *job, int script_fd, Err *err);

/* Without a worker: takes the meter's records and hears signals until fd can be read (-1: none),
 * until_ns, or a signal, which session_interrupted and terminated tell. False when the meter died
 * or a record was not taken. */
bool session_watch(Session *session, int fd, int64_t until_ns, Err *err);

/* ERR_NEED unless the headline's joules are at least of this provenance; flag: who asks for it, for
 * the message. While no worker runs. */
bool session_require(Session *session, EnergyProv least, const char *flag, Err *err);

/* The run-begin record of a run whose worker sent plan and receipt (NULL: it never loaded); new
 * reference. */
json_t *session_begin(const Session *session, const ScriptFile *script, const json_t *plan,
		      const json_t *receipt);

/* Asks the worker to stop after the block that it measures. */
void session_stop(Session *session);
/* Ends what a lesson's worker does, and the worker with it. */
void session_abort(Session *session);
bool session_interrupted(const Session *session);
/* Sends a command to the running worker (drops the reference):
 * {"v":1,"type":"command","command":name} with more members, made by session_command_new. A worker
 * that has gone is no error. */
json_t *session_command_new(const char *name);
void session_send(Session *session, json_t *command);
/* What the first and the second SIGINT do. */
void session_interrupt(Session *session);
/* No more commands will come: a lesson's worker ends in order. */
void session_hang_up(Session *session);

#endif
