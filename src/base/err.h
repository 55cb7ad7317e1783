/* Errors: a code that decides the exit status, and one sentence that says what, where and how to
 * mend.
 *
 * A function that can fail returns bool or a pointer and takes `Err *err` last. It sets *err once,
 * where the fault is known best, and callers may prefix it (err_prefix). err may not be NULL. A
 * caller that goes on after a failure sets err->code back to ERR_NONE.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_ERR_H
#define WATTLE_BASE_ERR_H

#include <stdbool.h>

/* X(code, exit status, name in records) */
#define ERR_LIST(X)                                                                                \
	X(NONE, 0, "none")                                                                         \
	X(CLAIM, 1, "claim")               /* a check or a claim failed */                         \
	X(USAGE, 2, "usage")               /* the command line is off */                           \
	X(SCRIPT, 3, "script")             /* a Lua script is wrong; text starts with file:line */ \
	X(NEED, 4, "need")                 /* a dataset, meter, terminal or library is missing */  \
	X(FILE, 4, "file")                 /* a file cannot be opened, read or written */          \
	X(FORMAT, 4, "format")             /* a file's content is not what it should be */         \
	X(LIMIT, 5, "limit")               /* over a memory, time or disk limit */                 \
	X(MEMORY, 5, "memory")             /* the allocator refused */                             \
	X(ARGUMENT, 3, "argument")         /* a parameter is out of range */                       \
	X(DIVERGED, 1, "diverged")         /* the loss is no longer a number */                    \
	X(INTERRUPTED, 130, "interrupted") /* the user stopped the run */                          \
	X(DIED, 5, "died")                 /* a worker or meter process ended unasked */           \
	X(INTERNAL, 3, "internal")         /* our own mistake; please report */

typedef enum ErrCode {
#define X(code, status, name) ERR_##code,
	ERR_LIST(X)
#undef X
} ErrCode;

#define ERR_TEXT_MAX 768

typedef struct Err {
	ErrCode code;
	char text[ERR_TEXT_MAX]; /* UTF-8; may hold untrusted names: print it through text.h only */
} Err;

/* Sets code and text; always returns false, so that `return err_set(…)` reads well.
 * Cuts the text at a character border when it is too long. */
bool err_set(Err *err, ErrCode code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the text already there. Always returns false. */
bool err_prefix(Err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

const char *err_name(ErrCode code);
int err_exit_status(ErrCode code);

#endif
