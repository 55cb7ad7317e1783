/* Files of JSON lines that people hand on: submissions and packs. One line begins the file, one of
 * type TYPE-end with the number of lines before it ends it, so that what was cut off is noticed.
 * They are read from memory, may come from anybody, and have at most LINE_FILE_MAX bytes.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_LINE_FILE_H
#define WATTLE_APP_LINE_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define LINE_FILE_MAX ((size_t)1 << 20)

typedef struct LineFileKind {
	const char *type;    /* of the first line; the others are of types TYPE-… */
	const char *made_by; /* "wattle submit" */
	bool (*head)(void *user, const json_t *line, Err *err);
	/* A line that is neither the first nor the end; what: its type without "TYPE-". */
	bool (*line)(void *user, const char *what, const json_t *line, Err *err);
} LineFileKind;

/* head_only: nothing behind the first line is looked at. ERR_FORMAT: "NAME:LINE: what is off". */
bool line_file_read(const LineFileKind *kind, void *user, const char *name, const char *text,
		    size_t len, bool head_only, Err *err);

/* A text of at most most bytes that may be absent, which is "": no control characters but line ends
 * and tabs. ERR_FORMAT names the key. */
bool line_file_text(const json_t *line, const char *key, size_t most, const char **out, Err *err);

/* A regular file with one byte more than may be there: that tells what is too long. To be freed;
 * NULL and *err. */
char *line_file_load(const char *path, size_t *len, Err *err);

/* A file that is being written; text is owned. */
typedef struct LineFile {
	char *text;
	size_t len, lines;
	bool full; /* something did not fit */
} LineFile;

bool line_file_new(LineFile *out, Err *err);
/* Both drop the reference; a NULL one is full, too. */
void line_file_put(LineFile *file, json_t *line);
/* {"v","type":type} for line_file_put. */
json_t *line_file_line(const char *type);
/* Adds the end. ERR_LIMIT: it was full; what is what messages call the file. */
bool line_file_end(LineFile *file, const LineFileKind *kind, const char *what, Err *err);

#endif
