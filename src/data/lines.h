/* The lines of a text file, plain or gzipped, one after the other through a bounded buffer: what
 * the readers of CSV and SVMlight files stand on.
 *
 * Order of calls: open, next (and more) until there is none, close; again starts from the first
 * line. A line is given without its end, which is LF or CR LF; a byte order mark of UTF-8 is
 * passed over. NUL bytes, a line longer than allowed, and more content than allowed (a small gzip
 * file can hold terabytes) are errors that name the line.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_LINES_H
#define WATTLE_DATA_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/control.h"
#include "base/err.h"
#include "data/table.h"

typedef struct Lines Lines;

/* A line, in a buffer that may be written to; valid until the next call. text is NULL after the
 * last line, else a NUL stands at text[len]. */
typedef struct Line {
	char *text;
	size_t len;
	size_t number; /* from 1; of the first of a record's lines */
} Line;

/* bytes, when path is NULL: len bytes of memory that are called name; else name is ignored. path,
 * name, control and err are kept until lines_close. NULL on failure: ERR_NEED (no such file),
 * ERR_FILE, ERR_MEMORY. */
Lines *lines_open(const char *path, const uint8_t *bytes, size_t len, const char *name,
		  const TableLimits *limits, Control *control, Err *err);
void lines_close(Lines *lines);

bool lines_next(Lines *lines, Line *out);
/* Appends the next line to *line, with the line end between them as it is in the file; line->text
 * may move. *more is false, and nothing changes, after the last line. */
bool lines_more(Lines *lines, Line *line, bool *more);
bool lines_again(Lines *lines);

/* After the last line: SHA-256 of the whole uncompressed content. */
void lines_sha256(const Lines *lines, char hex[65]);
/* What messages call the file. */
const char *lines_name(const Lines *lines);

#endif
