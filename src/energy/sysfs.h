/* Small files of /sys and /proc, and the few grammars in them. The parsers take any bytes: a
 * container may present a tree of its own.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_SYSFS_H
#define WATTLE_ENERGY_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energy/energy.h"

#define SYSFS_CPU_MAX 65536 /* CPU numbers at or above this are refused */

/* The file's text into out (cap bytes with the NUL; a longer file is EOVERFLOW), without closing
 * white space. False with *why naming the call and errno, and no fix. */
bool sysfs_text(const EnergyOs *os, const char *path, char *out, size_t cap, Why *why);

/* Whole text as a decimal or 0x number of 64 bits, nothing before or behind. */
bool sysfs_u64(const char *text, uint64_t *out);

/* A finite decimal number over 0, such as a .scale file: "2.3283064365386962890625e-10". */
bool sysfs_scale(const char *text, double *out);

/* A list of CPUs, "0,24" or "0-3,8", into cpus, ascending. Returns how many, -1 when malformed,
 * not ascending, or more than max. */
int sysfs_cpus(const char *text, int *cpus, int max);

/* A perf event text, "event=0x02" or "config=2", into config. event is bits 0-7, umask bits 8-15
 * (the layout that format/ states for PMUs of this kind); any other term, a term given twice or
 * a value too wide is refused. */
bool sysfs_event(const char *text, uint64_t *config);

#endif
