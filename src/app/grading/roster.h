/* The roster of a course: who is graded, as a CSV file that the course's system exports.
 *
 * The first row names the columns. A student goes by the column student, else ID number, Email
 * address, SID, id or email, the first of these that is there; the whole name counts, in any case.
 * Email address and ID number are kept beside it: grades go back to Moodle by them.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_ROSTER_H
#define WATTLE_APP_GRADING_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define ROSTER_STUDENTS_MAX 10000

typedef struct RosterEntry {
	char *student;
	char *email, *number; /* NULL: the roster has no such column, or an empty cell */
} RosterEntry;

typedef struct Roster {
	RosterEntry *entry; /* in the order of the file */
	size_t count, room;
} Roster;

/* ERR_FORMAT names the line: no such column, an empty or a second name of one student, a key that
 * begins with = + - or @. */
bool roster_read(Roster *out, const char *path, Err *err);
/* The same of bytes that are called name. */
bool roster_parse(Roster *out, const uint8_t *bytes, size_t len, const char *name, Err *err);
/* Adds one who stands on no roster; the texts are copied. */
bool roster_add(Roster *roster, const char *student, const char *email, const char *number,
		Err *err);
/* Their index; roster->count when there is none. */
size_t roster_find(const Roster *roster, const char *student);
void roster_done(Roster *roster);

#endif
