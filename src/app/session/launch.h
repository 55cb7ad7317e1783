/* Starting the worker and the meter: descriptors, environment, counters, and how they end with us.
 *
 * Both get a process group of their own and ignore SIGINT; both are killed by the kernel when the
 * reader dies. The worker's counters are opened between fork and exec, so that every thread of it
 * is counted from its first instruction.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_LAUNCH_H
#define WATTLE_APP_LAUNCH_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "app/paths.h"
#include "base/err.h"
#include "base/record.h"

/* Descriptors of a worker. */
enum {
	FD_RECORDS = 3,
	FD_COMMANDS = 4,
	FD_EDGES = 5,
	FD_SCRIPT = 6,
	FD_SCRATCH = 7,
	FD_COUNTERS = 8,
};

typedef struct Child {
	const char *name;      /* "worker", "meter" */
	pid_t pid;             /* 0: none, or already waited for */
	int status;            /* of waitpid, once it ended */
	int records, commands; /* our ends; -1: none */
	RecordIn *in;
} Child;

/* Both return once the program runs; ERR_NEED names the file that cannot be executed, and why.
 *
 * Starts the meter for --energy `energy`; its records count from origin_ns. *edge_fd is the
 * worker's end of the edge socket, the caller's to close. */
bool launch_meter(Child *out, const Paths *paths, const char *energy, int64_t origin_ns,
		  int *edge_fd, Err *err);

/* Starts a worker and sends it its job (borrowed), one line. edge_fd, script_fd: -1 for none; they
 * stay the caller's. scratch: a folder for files, or NULL. */
bool launch_worker(Child *out, const Paths *paths, const json_t *job, int edge_fd, int script_fd,
		   const char *scratch, Err *err);

/* Sends one line; a child that has gone is not an error. */
void child_send(const Child *child, const json_t *command);
/* Closes our end of the commands: the child reads end of file. */
void child_hang_up(Child *child);
/* Closes our ends. The process is not waited for. */
void child_close(Child *child);
/* Reaps the child if it has ended (block: waits for it). True once it has. */
bool child_reap(Child *child, bool block);
/* "was killed by signal 9 (Killed)", "exited with status 3". */
void child_fate(const Child *child, char *out, size_t cap);

/* The user's OPENBLAS_ and OMP_ variables, as the receipt shows them. New reference. */
json_t *launch_overrides(void);

#endif
