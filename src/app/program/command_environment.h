/* What a command arm is told through its environment, and what CPU time its processes took.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_COMMAND_ENVIRONMENT_H
#define WATTLE_APP_COMMAND_ENVIRONMENT_H

#include <sys/types.h>

#include "app/program/command_arm.h"

/* Ours, with the variables of the trial and 0 to 4096 bytes of padding drawn from the run's seed:
 * where things lie in memory differs from run to run, so that no arm keeps a lucky place. NULL and
 * ERR_MEMORY. Ends with NULL. */
char **command_environment(const CommandTrial *trial, Err *err);
void command_environment_free(char **environment);

/* Seconds of CPU time of the processes of a group and of the children that they waited for, from
 * /proc; for kernels that lend no counters. In ticks of 10 ms mostly. */
double command_group_cpu(pid_t group);

#endif
