/* Shared by the files of a sitting.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_SITTING_INSIDE_H
#define WATTLE_APP_SITTING_INSIDE_H

#include "app/lesson/desk.h"
#include "app/lesson/sitting.h"
#include "app/session/saved_models.h"

struct Sitting {
	const SittingOptions *options;
	Session session;
	ScriptFile script;
	ProgressKey key;
	json_t *lesson;    /* the newest lesson record; NULL: none came yet */
	int attempt;       /* 0: nothing is kept */
	size_t step;       /* where one is; 0: nowhere yet */
	json_t *run;       /* records of the run that goes on, as they are kept; NULL: none */
	int64_t drafts_ns; /* when they are looked at next */
	json_t *drafts;    /* {"3": draft}: by steps, as they are kept and shown here; NULL: none */
	bool finished;
	char greeting[1024];   /* what is to be said once a step is shown, which would hide it */
	bool settled;          /* one is */
	bool running;          /* a run of the lesson is at work */
	SavedModels saved;     /* by the run at work */
	char models[PATH_MAX]; /* the folder for them */
	SessionHook hook;      /* ours, around the sink's */
	Desk desk;

	/* Resuming: what brings back what was done, one command after the other: objects
	 * {"command", "records"}. */
	json_t *recall;  /* NULL: done */
	size_t recalled; /* of them sent */
	size_t refused;  /* of them, by the worker, and runs that lack records */
	char died[128];  /* how the worker before this one ended; "": it is the first */
	bool lost;       /* with it a run was */
	bool commanded;  /* the student asked something of this worker */
	int64_t born_ns; /* when it began */
};

/* The step of that number in the lesson record; NULL: there is none. Borrowed. */
const json_t *sitting_step(const Sitting *sitting, size_t step);
/* Passes a record on to the sink (drops the reference). */
bool sitting_tell(Sitting *sitting, json_t *record, bool recalled, Err *err);
/* The record as sinks get it: a run's plan becomes the beginning of a run. New reference. */
json_t *sitting_as_shown(Sitting *sitting, const json_t *record);
/* A run that ended without its worker's word: it did not finish, and why. */
bool sitting_end_run(Sitting *sitting, size_t step, const char *why, Err *err);
/* A sentence for the student. What is to be said while the lesson opens is said at its first
 * step. */
bool sitting_notice(Sitting *sitting, const char *text, Err *err);
/* Sends {"command":name,"step":step}. */
void sitting_send_step(Sitting *sitting, const char *name, size_t step);

/* sitting_log.c: what is kept. */
/* The events of the attempt, as a new array; empty where nothing is kept. */
json_t *sitting_events(const Sitting *sitting);
/* Adds an event with sha256, seed and step; more may be NULL (the reference is dropped). */
void sitting_log(Sitting *sitting, const char *event, size_t step, json_t *more);
/* Keeps what a record of the worker tells. */
void sitting_log_record(Sitting *sitting, const json_t *record);
/* Adds the end of the attempt when one stands at the last step and nothing is left to do. */
void sitting_finish_if_done(Sitting *sitting);

/* Keeps what was typed and not handed in, as far as it is not kept already. What another sitting at
 * the attempt kept meanwhile stays, unless something was typed at its step here, too. */
void sitting_log_drafts(Sitting *sitting, const json_t *drafts);
/* Passes the drafts of the attempt on to the sink. */
bool sitting_tell_drafts(Sitting *sitting, Err *err);

/* sitting_recall.c: what is brought back. */
/* The lesson has opened: finds the attempt and begins to bring it back. */
bool sitting_recall_begin(Sitting *sitting, Err *err);
/* Behind each record of the worker: the next command once the last is answered. */
bool sitting_recall_next(Sitting *sitting, const json_t *record, Err *err);

#endif
