/* A text stream whose reader may stall or go: it waits for room as the open session does
 * (session_wait_room), never longer.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_OUTLET_H
#define WATTLE_APP_OUTLET_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

typedef struct Outlet {
	FILE *stream; /* line by line */
	int fd;
	Err err; /* not ERR_NONE: nobody reads any more, and nothing more is written */
} Outlet;

/* fd stays the caller's; the outlet must stay where it is. */
bool outlet_open(Outlet *outlet, int fd, Err *err);
/* False, and why, once nobody reads. A full disk is no such reason: progress is no result. */
bool outlet_alive(const Outlet *outlet, Err *err);
void outlet_close(Outlet *outlet);

#endif
