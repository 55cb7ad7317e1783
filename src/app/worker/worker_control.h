/* What ends, pauses and steps a worker's job: the commands on its pipe, and its deadline.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_WORKER_CONTROL_H
#define WATTLE_APP_WORKER_CONTROL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/control.h"
#include "base/err.h"
#include "base/record.h"

/* Commands and the deadline are looked at each 10 ms, when the engine polls. */
typedef struct WorkerControl {
	Control control; /* first member */
	RecordIn *commands;
	int64_t next_ns, deadline_ns;
	bool stop, paused;
	bool trial; /* one arm of a block: a stop drops it, for half a training is no trial */
	RecordOut *out;
	bool closed;   /* no more commands will come */
	json_t *queue; /* a lesson's, to be followed later; NULL: there is no lesson */
	ErrCode ended; /* ERR_NONE while work goes on */
} WorkerControl;

/* commands is borrowed; what else there is to know is set when the job is known. */
void worker_control_init(WorkerControl *self, RecordIn *commands);
/* The next command of a lesson that waits, a new reference. What is said to a run counts only while
 * one runs. NULL: no more will come. False and *err: it is to end. */
bool worker_control_next(WorkerControl *self, json_t **command, Err *err);

#endif
