/* Another program as a child that is measured: it stands before its exec until it is told to go, so
 * that an edge can be marked and counters be opened on it first, which then count all its threads
 * and children.
 *
 * Order: program_start, program_counters, program_go, wait until pidfd can be read, program_reap,
 * program_ran, program_done.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_PROGRAM_H
#define WATTLE_APP_PROGRAM_H

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/err.h"
#include "energy/counters.h"

/* Borrowed, for program_start only. */
typedef struct ProgramStart {
	char *const *argv;
	char *const *environment; /* NULL: ours */
	const sigset_t *signals;  /* that it is to have blocked */
	/* Apart: in a process group of its own, which is killed when we die, however we do, reading from /dev/null and writing to out and error. */
	bool apart;
	int out, error;
} ProgramStart;

typedef struct Program {
	pid_t pid;
	int pidfd;   /* can be read once it has ended */
	pid_t guard; /* apart: kills its group when we die */
	int link;    /* it says that it is ready, hears "go", says why exec failed */
} Program;

/* False: nothing runs. */
bool program_start(Program *program, const ProgramStart *start, Err *err);
/* Opens counters on it; program_counters_close closes them. */
void program_counters(Counters *out, const Program *program);
void program_counters_close(const Counters *counters);
void program_go(const Program *program);
/* Waits for its end, if need be. Returns waitpid's status; what the kernel counted for it and the
 * children that it waited for in *usage. */
int program_reap(Program *program, struct rusage *usage);
/* Once it was reaped: whether its exec worked; ERR_NEED says why not. */
bool program_ran(const Program *program, const char *name, Err *err);
void program_done(Program *program);

#endif
