/* Files that are whole or not there: written beside their place, brought to the disk, then put
 * there in one step. Who dies or meets a full disk leaves the old file as it was.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_FILE_H
#define WATTLE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

typedef enum FileWay {
	FILE_REPLACE, /* takes the place of what is there */
	FILE_NEW,     /* refuses when there is something */
} FileWay;

/* what is what messages call it: "the profile". ERR_FILE: "cannot write WHAT PATH: CALL: cause".
 * The folder must be there. What is there already and no regular file, a folder, a device or a FIFO,
 * stays: "cannot write WHAT PATH: is not a regular file". */
bool file_write(const char *path, const char *what, const void *bytes, size_t len, FileWay way,
		Err *err);

/* Opens a regular file for reading; *size may be NULL. -1 and *err: ERR_NEED when it is not there,
 * ERR_FILE for what cannot be opened and for a link or something that is no regular file. A FIFO
 * that was put in its place does not hold the caller up. */
int file_open_regular(const char *path, size_t *size, Err *err);

/* Brings the name of a file that was just made or renamed to the disk. A folder that cannot be
 * opened or synced (some file systems have no such thing) is no error: the file is there. */
void file_sync_folder(const char *path);

/* Makes the folders (0700) above the last part of path, those that are not there. What does not work
 * shows when the file is written. */
void file_make_folders(const char *path);

#endif
