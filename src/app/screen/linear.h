/* --linear: lines in, sentences out; no cursor, no colour, no box. For screen readers and terminals
 * that cannot do more.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_LINEAR_H
#define WATTLE_APP_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/view.h"

#define LINEAR_LINE_MAX 512

/* Lines from a descriptor that is read as they come. */
typedef struct Linear {
	int fd;
	char buffer[LINEAR_LINE_MAX];
	size_t len;
	bool ended; /* end of file: nobody answers any more */
	bool open;  /* the line that was given had no end: the file ended in it */
} Linear;

/* The next whole line without its end, if one has come; waits for nothing. Longer ones are cut. */
bool linear_line(Linear *linear, char out[LINEAR_LINE_MAX]);
/* Prints cleaned sentences, broken at spaces to 80 columns, to stdout. */
extern const Speech linear_speech;

#endif
