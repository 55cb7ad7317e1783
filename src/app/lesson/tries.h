/* Which failed rounds of checks count as tries: those of a text that is neither the starter nor one
 * that was counted before. The solution opens by tries.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_TRIES_H
#define WATTLE_APP_TRIES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define TRY_TEXT_MAX 65

/* The checksum of a text, in hexadecimal digits. */
void try_of(const char *text, char out[TRY_TEXT_MAX]);

typedef struct Tries {
	json_t *known; /* set of checksums; the starter's is in it */
	size_t failed;
} Tries;

/* starter: its text; NULL: it cannot be read. */
bool tries_begin(Tries *tries, const char *starter);
void tries_done(Tries *tries);
/* Counts it: true when it is a new one. */
bool tries_add(Tries *tries, const char *try);

#endif
