/* Choices of kernels that were measured on this machine, kept between runs: a file of JSON lines,
 * {"v":1,"key":…,"kernels":[…]}, the newest last, in $XDG_CACHE_HOME/wattle. Safe to delete.
 *
 * Workers measure and put a key into their lowering records; the reader keeps the file and hands
 * all choices to the workers with their jobs. The key tells the machine too, so a file that moves
 * between machines does no harm.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_LOWERING_CACHE_H
#define WATTLE_APP_LOWERING_CACHE_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define LOWERING_CACHE_BYTES_MAX ((size_t)256 << 10) /* the oldest choices go */

typedef struct LoweringCache {
	char path[PATH_MAX]; /* "": no home, nothing is kept */
	json_t *choices;     /* {key: [kernels]}, the oldest first; owned */
	json_t *fresh;       /* those of this run */
	size_t damaged;      /* lines that were ignored */
} LoweringCache;

/* Lines into choices; a line that is no choice is ignored. Returns how many were. */
size_t lowering_cache_parse(json_t *choices, const char *text, size_t len);

/* path may be "". A file that is not there is empty, as is one that cannot be read. */
void lowering_cache_open(LoweringCache *cache, const char *path);
/* Notes the choice of a lowering record, if it tells a key. */
void lowering_cache_take(LoweringCache *cache, const json_t *record);
/* Writes what is new, with what other runs have written meanwhile: a new file, renamed over the old
 * one. What cannot be written is not kept. */
void lowering_cache_close(LoweringCache *cache);

#endif
