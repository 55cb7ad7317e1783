/* Progress: what students did in lessons, in $XDG_STATE_HOME/wattle/progress.jsonl
 * (~/.local/state). wattle-records(5) lists the lines.
 *
 * The file is only ever appended to, a line in one write under the lock of a file beside it; what a
 * writer that died left behind the last whole line is dropped and told. Where the file cannot be
 * written, or a newer wattle wrote there, progress is kept in memory, and that is told, once;
 * progress_save tries again.
 *
 * A line is with the kernel once it is put, so that a program that is killed loses none; it is not
 * waited for until the disk has it, which would stop the keys.
 *
 * A lesson is worked at in attempts, numbered from 1 for each student, fast and full ones apart.
 * Events of two attempts never mix; a forgotten attempt is hidden, not deleted.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_PROGRESS_H
#define WATTLE_APP_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PROGRESS_BYTES_MAX ((size_t)64 << 20) /* of the file */
#define PROGRESS_ATTEMPTS_MAX 1000000
/* A tail without an end of line up to this is dropped; more of it is put aside. */
#define PROGRESS_TAIL_DROPPED 4096
#define PROGRESS_LINE_SHORT 1024      /* bytes of a line that is read whole at once */
#define PROGRESS_WAIT_NS 2000000000LL /* for the lock */

typedef struct Progress Progress;

/* Whose attempts. */
typedef struct ProgressKey {
	const char *lesson, *student;
	bool fast;
} ProgressKey;

/* One attempt, summed up. */
typedef struct ProgressLesson {
	size_t step, steps; /* step: where one was last; 0: there is no attempt */
	double points, of;
	bool done;
	int attempt;
	char wall[24]; /* of the last event */
} ProgressLesson;

/* Reads the file, which need not be there; "" for path: there is no home. NULL and *err only when
 * memory is short: whatever else is wrong is told by progress_notice. */
Progress *progress_open(const char *path, Err *err);
void progress_close(Progress *progress);
/* What is to be told since the last call; NULL: nothing. Borrowed until the next call. */
const char *progress_notice(Progress *progress);

/* The newest attempt that is not forgotten; 0: none. */
int progress_attempt(Progress *progress, const ProgressKey *key);
/* Its events in their order, as a new array; empty for 0. Long "records" may not have been read
 * yet, and are then no array. */
json_t *progress_events(const Progress *progress, const ProgressKey *key, int attempt);
/* The same with all records. An event whose line turns out to be damaged is left out, and told. */
json_t *progress_whole(Progress *progress, const ProgressKey *key, int attempt);
void progress_sum(const json_t *events, ProgressLesson *out);
/* The summary of the newest attempt. */
ProgressLesson progress_lesson(Progress *progress, const ProgressKey *key);
/* The newest attempt of this seed, if it was begun with the same lesson file; else 0, and *changed
 * when the file was another one. */
int progress_resumable(Progress *progress, const ProgressKey *key, const char *sha256,
		       uint64_t seed, bool *changed);
/* The number of an attempt that begins now: what others wrote meanwhile is read first. */
int progress_next(Progress *progress, const ProgressKey *key);
/* Adds an event, an object with what the kind has of its own (the reference is dropped): stamped
 * with wall, key and attempt. A member "records" that makes the line longer than records may be is
 * left out, and says so. False only when memory is short. */
bool progress_put(Progress *progress, const ProgressKey *key, int attempt, const char *event,
		  json_t *more);
/* There are events in memory only. */
bool progress_unsaved(const Progress *progress);
/* True when nothing is in memory only; else tries again to write it. False and *err: why it cannot
 * be. What was written of it is not in memory only any more. */
bool progress_save(Progress *progress, Err *err);

/* --- the lines -------------------------------------------------------------------------------- */

typedef struct ProgressLines {
	size_t damaged; /* lines that are none of ours; those of a newer version are no damage */
	size_t newer;   /* those */
	size_t whole;   /* bytes up to the end of the last whole line; less than all: a torn tail */
} ProgressLines;

/* Appends the events of whole lines to an array. Of the records of a line that is longer than
 * PROGRESS_LINE_SHORT only the brackets are looked at: "records" is then {"at","bytes"}, where in
 * the text the line is. */
void progress_parse(const char *text, size_t len, json_t *events, ProgressLines *out);
/* Such a line, whole; a new reference. NULL: it is damaged, or not the line of that event. */
json_t *progress_line(const char *line, size_t len, const json_t *event);

/* --- the file --------------------------------------------------------------------------------- */

/* The text from byte `from` on, malloc'd; a file that is not there is empty. Waits for the lock,
 * and reads without it where there is none to be had. NULL and *err: no regular file, too long. */
char *progress_file_read(const char *path, size_t from, size_t *len, int64_t wait_ns, Err *err);
/* So many bytes from byte `at` on, malloc'd; NULL and *err: they cannot be read, or are not
 * there. */
char *progress_file_part(const char *path, size_t at, size_t len, Err *err);
/* Appends a line with its end, in one write; makes the file and its folders. *dropped: bytes of a
 * torn tail that were; over PROGRESS_TAIL_DROPPED they are put into PATH.damaged first. *size: of
 * the file afterwards. */
bool progress_file_append(const char *path, const char *line, size_t len, int64_t wait_ns,
			  size_t *dropped, size_t *size, Err *err);

#endif
