/* How much two Lua files have in common, for a first look at who may have copied.
 *
 * A file is read as tokens; comments and blanks are left out, every name that is no keyword counts
 * as one and the same, and so do numbers and texts: renaming and reformatting change nothing. Each
 * run of SHINGLE_TOKENS tokens is a shingle (k-grams of tokens, as in Schleimer, Wilkerson and
 * Aiken, Winnowing, 2003, but all of them are kept: the files are small). What the starter has
 * counts for nobody. The measure is the share of the shingles of the smaller file that the other
 * has, too.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_SIMILAR_H
#define WATTLE_APP_GRADING_SIMILAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SHINGLE_TOKENS 8

typedef struct Shingles {
	uint64_t *hash; /* sorted, each once; owned */
	size_t count;
} Shingles;

/* Any bytes are tokens of some kind. False: ERR_MEMORY. */
bool shingles_make(Shingles *out, const char *text, size_t len, Err *err);
/* Takes out what others has. */
void shingles_leave_out(Shingles *shingles, const Shingles *others);
/* 0 to 1; 0 when one of them has none. */
double shingles_shared(const Shingles *a, const Shingles *b);
void shingles_done(Shingles *shingles);

#endif
