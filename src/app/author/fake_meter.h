/* A meter that is none: a FIFO into which a process of its own writes a counter of joules, for
 * --energy external:PATH. Lessons are tried with it where no sensor is.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_AUTHOR_FAKE_METER_H
#define WATTLE_APP_AUTHOR_FAKE_METER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

typedef struct FakeMeter {
	char folder[PATH_MAX], energy[PATH_MAX + 32]; /* what --energy is given */
	pid_t pid;
} FakeMeter;

bool fake_meter_start(FakeMeter *out, Err *err);
void fake_meter_stop(FakeMeter *meter);

#endif
