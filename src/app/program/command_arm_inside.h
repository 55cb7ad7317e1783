/* Shared by the files that run a command arm and write what came of it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_COMMAND_ARM_INSIDE_H
#define WATTLE_APP_COMMAND_ARM_INSIDE_H

#include "app/program/command_arm.h"
#include "energy/accounting.h"
#include "energy/counters.h"
#include "energy/edge.h"
#include "lab/program_line.h"

/* One border of the measured region. */
typedef struct CommandMark {
	EdgeReply edge;
	CounterSample counters;
	int64_t at_ns;
	double cpu_s; /* of the program and its children until then */
} CommandMark;

/* What one run came to. */
typedef struct CommandResult {
	CommandMark begin, end;
	Counters counters; /* what was counted; closed by now */
	ProgramReport report;
	uint64_t peak_bytes; /* of memory; 0: not known */
	IdlePower before, after;
} CommandResult;

/* Of its block. */
uint64_t command_seed(const CommandTrial *trial);
/* Writes the window and the trial record. */
bool command_put(Session *session, const CommandTrial *trial, const CommandResult *result,
		 Err *err);
/* Measures idle power for the plan's time where a sensor works, and writes an idle record; watts
 * NaN: not measured. */
bool command_idle(Session *session, const CommandTrial *trial, uint32_t *edge, IdlePower *out,
		  Err *err);

#endif
