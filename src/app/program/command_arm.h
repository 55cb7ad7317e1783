/* Command arms: one run of a program that is an arm of an experiment, started and measured by the
 * reader, never by the worker. wattle-experiment(5) tells what the program is given and says.
 *
 * The program gets a process group of its own, no input, and an environment that names the trial;
 * what it prints marks its measured region and tells its result (lab/program_line.h). It is counted
 * and priced like the program of `wattle energy -- COMMAND`; its window and its trial become
 * records like those of a worker, with "by":"command". Whatever happens, nothing of its process
 * group is left when command_trial returns.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_COMMAND_ARM_H
#define WATTLE_APP_COMMAND_ARM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/session/job.h"
#include "app/session/session.h"
#include "base/err.h"
#include "lab/plan.h"

/* Borrowed. job: block, attempt, arm, threads, energy, profile, firsts; as a worker's trial would
 * get it. */
typedef struct CommandTrial {
	const Plan *plan;
	const Job *job;
	const json_t *factors; /* {"batch": 64}: the condition; NULL: none */
} CommandTrial;

/* Runs it once; its records go to session->take. A run that a signal ended leaves no trial and is no
 * error: session_interrupted tells. Else *err names arm, block and what to mend: ERR_SCRIPT for
 * what the program did or said, ERR_LIMIT for its time or the session's, ERR_NEED when it cannot be
 * run. While no worker runs. */
bool command_trial(Session *session, const CommandTrial *trial, Err *err);

#endif
