/* Records: one JSON object a line, "v":1 and "type" first. What the worker writes, what --json
 * prints, what replay plays back and what the screen tests feed to the views. wattle-records(5)
 * lists the fields.
 *
 * Times: "t_ns" is monotonic time since the run began; the reader passes the origin to all
 * processes. Absent values are null with a sibling "…_why"; NaN and infinity cannot be written.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_RECORD_H
#define WATTLE_BASE_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define RECORD_VERSION 1
#define RECORD_LINE_MAX (1u << 20) /* bytes; a longer line is an error of the writer */
#define RECORD_KEY_MAX 64          /* bytes of a key that can be absent */
#define RECORD_DEPTH_MAX 16        /* of objects and arrays, the record itself included */
#define RECORD_INTEGER_MAX ((int64_t)1 << 53) /* either sign; exact in every reader */

/* A new record {"v":1,"type":type,"t_ns":now − origin_ns}; NULL when memory is short. */
json_t *record_new(const char *type, int64_t origin_ns);

/* A member that is a text; "" when it is absent or none. Borrowed. */
const char *record_text(const json_t *record, const char *key);
/* True when a member is that text; one that is absent is "". */
bool record_is(const json_t *record, const char *key, const char *text);
/* A member that is a number; NaN when it is absent or none. */
double record_number(const json_t *record, const char *key);
/* A member that is an integer; otherwise when it is absent or none. */
int64_t record_integer(const json_t *object, const char *key, int64_t otherwise);

/* {"value","low","high","n","method"}; what is NaN or infinite becomes null. NULL when memory is
 * short. */
json_t *record_estimate(double value, double low, double high, size_t n, const char *method);

/* Sets key (at most RECORD_KEY_MAX bytes) to null and key_why to why. False when memory is short.
 * */
bool record_absent(json_t *record, const char *key, const char *why);

/* Where records go: a descriptor. While held, records are kept in memory and written at the
 * release, so that nothing is written inside a measured window. Not for use by two threads. */
typedef struct RecordOut RecordOut;

/* Does not own fd. NULL and ERR_MEMORY when short. */
RecordOut *record_out_new(int fd, int64_t origin_ns, Err *err);
void record_out_free(RecordOut *out);
int64_t record_out_origin(const RecordOut *out);
/* Writes one line and drops the reference to record (also on failure). A NULL record is ERR_MEMORY
 * (jansson also gives NULL for a real that is not finite: use record_estimate or record_absent).
 * Reals keep 10 digits. Characters that text_clean would escape are written as \uXXXX. ERR_LIMIT:
 * longer than RECORD_LINE_MAX, nothing is written. Retries EINTR and short writes and waits where
 * fd is non-blocking; ERR_FILE when the reader has gone (the mains ignore SIGPIPE), and from then
 * on. */
bool record_out_put(RecordOut *out, json_t *record, Err *err);
/* From now on each record that is put is also shown (borrowed) to watch, before it is written; NULL
 * ends that. */
typedef bool (*RecordWatch)(void *user, const json_t *record, Err *err);
void record_out_watch(RecordOut *out, RecordWatch watch, void *user);
/* Asked before each write: waits until fd has room. False and *err ends the output: a reader that
 * has stalled must not hold up who writes. */
typedef bool (*RecordWait)(int fd, Err *err);
void record_out_wait(RecordOut *out, RecordWait wait);
void record_out_hold(RecordOut *out);
/* Writes what was held; without a hold before, does nothing. What is never released is lost. */
bool record_out_release(RecordOut *out, Err *err);

/* {"type":"error","code","text"} of an error; new reference, NULL when memory is short. */
json_t *record_error(const Err *error, int64_t origin_ns);

/* Lines from a descriptor that may be non-blocking. */
typedef struct RecordIn RecordIn;
typedef enum RecordGot { RECORD_GOT, RECORD_WAIT, RECORD_END, RECORD_BAD } RecordGot;

/* Does not own fd. */
RecordIn *record_in_new(int fd, Err *err);
void record_in_free(RecordIn *in);
/* The next whole record, a new reference. RECORD_WAIT: none yet (EAGAIN). RECORD_END: end of file;
 * a torn last line is dropped and counted by record_in_torn. RECORD_BAD: *err says what and on
 * which line; the next call goes on behind that line (ERR_FORMAT), tries again (ERR_MEMORY) or
 * finds the end (ERR_FILE, a read error). */
RecordGot record_in_next(RecordIn *in, json_t **record, Err *err);
size_t record_in_torn(const RecordIn *in);

/* Parses one line: an object with "v" and "type"; size, depth and integers limited as above,
 * duplicate keys and newer versions refused (ERR_FORMAT). New reference. */
json_t *record_parse(const char *line, size_t len, Err *err);

#endif
