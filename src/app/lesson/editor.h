/* The student's editor: $VISUAL, else $EDITOR, else vi, on the terminal that is lent to it, while
 * wattle goes on working.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_EDITOR_H
#define WATTLE_APP_EDITOR_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

typedef struct Editor {
	pid_t pid; /* of its process group, too; 0: none is open */
} Editor;

/* Opens the file in it. What stands in the variable may have words, as for a shell. The terminal
 * must be in the modes that a shell gives, and becomes the editor's. */
bool editor_open(Editor *editor, const char *path, Err *err);
/* True once it has ended; then the terminal is ours again, and *err tells of an editor that
 * could not be started (ERR_NONE: it went well). Stopped by Ctrl-Z, it stops us with it. */
bool editor_ended(Editor *editor, Err *err);
/* Ends it, and takes the terminal back. */
void editor_close(Editor *editor);

#endif
