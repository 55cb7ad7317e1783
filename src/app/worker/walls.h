/* The worker's second wall: what the operating system refuses to whatever runs in this process from
 * now on.
 *
 * Order (it matters): walls_raise before any thread is started: no new privileges, limits,
 * Landlock, no capabilities, system call filter. Then the threads and BLAS map their memory. Only
 * then walls_memory sets the address-space limit. What could not be raised on this kernel is told,
 * never hidden.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_WALLS_H
#define WATTLE_APP_WALLS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* What stands, for the receipt: {"no_new_privs":true,"landlock":"ABI
 * 7","capabilities":"none","seccomp":"on","rlimits":true,"address_space_bytes":…}, an absent one is
 * false with a "…_why". */
typedef struct Walls {
	json_t *told;  /* owned */
	int status_fd; /* /proc/self/status, opened before the walls: VmSize and VmHWM */
} Walls;

/* read: folders, and single files, that may be read; scratch: the one that may be written, or NULL. False only when a
 * step that this kernel offers fails unexpectedly. */
bool walls_raise(Walls *out, const json_t *read, const char *scratch, double time_limit_s,
		 Err *err);
/* RLIMIT_AS = VmSize + bytes (0: min(4 GiB, half of memory)). Sanitizer builds set none and say so.
 */
bool walls_memory(Walls *walls, uint64_t bytes, Err *err);
/* Peak resident bytes (VmHWM); 0 when it cannot be read. */
uint64_t walls_peak_rss(const Walls *walls);
void walls_done(Walls *walls);

#endif
