/* A session: the reader's side of one command. It holds the meter, starts workers one after the other, passes on what they
 * record, forwards signals as commands, and ends what does not end by itself.
 *
 * Signals: the first SIGINT asks the worker to finish the block it measures (or to end at once while nothing is measured yet),
 * the second ends it; SIGTERM and SIGHUP end it. A worker has SESSION_GRACE_NS to follow, then it is killed.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_SESSION_H
#define WATTLE_APP_SESSION_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/job.h"
#include "app/launch.h"
#include "app/paths.h"
#include "base/err.h"

#define SESSION_GRACE_NS 1000000000LL

typedef struct Session Session;

struct Session {
	const Paths *paths;
	const char *energy; /* borrowed */
	Child meter, worker;
	int edge_fd, signals;
	int64_t origin_ns;
	int64_t deadline_ns;  /* --time-limit; 0: none */
	int64_t kill_ns;      /* the worker is killed then; 0: not yet decided */
	int interrupts;       /* SIGINTs so far */
	int terminated;       /* SIGTERM or SIGHUP, whichever came */
	bool measuring;       /* a window was recorded: a stop keeps whole blocks */
	bool failed;          /* *err of the running job is set by an error record */
	char scratch[PATH_MAX];
	/* Takes each record (borrowed) of worker and meter. */
	bool (*take)(void *user, const json_t *record, Err *err);
	void *user;
};

/* Blocks the signals it handles, starts the meter for energy (NULL: none is wanted) and waits for its first record. ERR_NEED when
 * the source that was asked for does not work. time_limit_s 0: none. */
bool session_open(Session *session, const Paths *paths, const char *energy, double time_limit_s, Err *err);
/* Ends meter and worker, removes the scratch folder. Good for a session that failed to open, too. */
void session_close(Session *session);

/* Runs one job in a fresh worker until it has ended. False and *err: what the worker's error record said, or how it died.
 * origin, scratch and the remaining time are filled in. */
bool session_job(Session *session, const Job *job, int script_fd, Err *err);

/* Asks the worker to stop after the block that it measures. */
void session_stop(Session *session);
bool session_interrupted(const Session *session);

#endif
