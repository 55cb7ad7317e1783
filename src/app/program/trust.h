/* Which scripts may start programs: those that the user trusts, by the checksum of their text, in
 * $XDG_STATE_HOME/wattle/trust.jsonl (~/.local/state). A script that changed is another script.
 *
 * The file is only ever appended to, a line in one write under a lock; what a writer that died left
 * behind the last whole line is dropped with the next one, and told.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_TRUST_H
#define WATTLE_APP_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "lab/plan.h"

#define TRUST_BYTES_MAX (16u << 20) /* of the file */

typedef enum Trust {
	TRUST_LOOK,  /* only if it is in the file */
	TRUST_GIVEN, /* --trust: remembered from now on */
	TRUST_TYPED, /* the user typed the commands: remembered likewise, nothing needs to be said */
} Trust;

/* Whether the script may run the commands of its plan. ERR_NEED shows them and says how to trust it.
 * notice gets what is to be told all the same, or "". A plan without commands is always fine. */
bool trust_allows(Trust trust, const char *script, const char *sha256, const Plan *plan,
		  char notice[512], Err *err);

/* --- the file --------------------------------------------------------------------------------- */

typedef struct TrustFound {
	bool found;
	size_t damaged; /* lines that are none of ours */
	size_t whole;   /* bytes up to the end of the last whole line; less than all: a torn tail */
} TrustFound;

/* Looks for a checksum in the lines of the file. */
void trust_parse(const char *text, size_t len, const char *sha256, TrustFound *out);
/* Looks into the file, which need not be there. *torn: it has a torn tail. */
bool trust_file_has(const char *path, const char *sha256, bool *found, bool *torn, Err *err);
/* Appends the script, unless it is there; makes the file and its folders. */
bool trust_file_add(const char *path, const char *sha256, const char *script, bool *torn, Err *err);

#endif
