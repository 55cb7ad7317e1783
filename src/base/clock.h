/* Clocks. All times are nanoseconds; measured spans use the monotonic clock only, wall time is a
 * label.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_CLOCK_H
#define WATTLE_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NS_PER_S 1000000000LL

int64_t clock_now_ns(void);     /* CLOCK_MONOTONIC, common to all processes of the machine */
int64_t clock_boot_ns(void);    /* CLOCK_BOOTTIME: also runs while the machine sleeps */
int64_t clock_process_ns(void); /* CPU time of this process, all threads */
int64_t clock_thread_ns(void);  /* CPU time of this thread */

/* "2026-03-01T12:34:56Z"; out holds at least 24 bytes; returned. */
char *clock_wall(char out[24]);

#endif
