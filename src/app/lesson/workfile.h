/* The file that a student works on: $XDG_DATA_HOME/wattle/work/LESSON/FILE, or
 * work/LESSON@STUDENT/FILE with --student, begun as a copy of the lesson's starter.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_WORKFILE_H
#define WATTLE_APP_WORKFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define WORKFILE_BYTES_MAX 65536

/* The folder of the student's files of a lesson; out holds PATH_MAX bytes. ERR_NEED without a home;
 * ERR_SCRIPT for an id that is no plain name. */
bool workfile_folder(char *out, const char *lesson, const char *student, Err *err);
/* The path; out holds PATH_MAX bytes. folder: where it lies instead; NULL: as above. ERR_NEED
 * without a home; ERR_SCRIPT for a name that is no plain name of a Lua file. */
bool workfile_path(char *out, const char *folder, const char *lesson, const char *student,
		   const char *file, Err *err);
/* The text of a file, malloc'd; NULL and *err: it cannot be read, is too long, or no UTF-8 text. */
char *workfile_read(const char *path, Err *err);
/* The same of the file that workfile_path names: a link there is not followed, since it could lead
 * to any file, and from there into what is submitted. */
char *workfile_read_own(const char *path, Err *err);
/* The same for a starter or a solution, which lies in the folder of a lesson. Courses are written by
 * strangers: a link there, or in the folder's place, is refused, since it could lead to any file
 * of the student's, and from there into what is submitted. */
char *workfile_read_given(const char *path, Err *err);
/* Something is there, whatever it is; reading it tells. */
bool workfile_exists(const char *path);
/* Copies the starter there, unless there is one already. */
bool workfile_begin(const char *path, const char *starter, Err *err);
/* That text as the student's file; another one that is there is put beside, as reset does. */
bool workfile_keep(const char *path, const char *text, Err *err);
/* The starter again; the text is put beside, so that undo brings it back, whenever that is. */
bool workfile_reset(const char *path, const char *starter, Err *err);
bool workfile_can_undo(const char *path);
bool workfile_undo(const char *path, Err *err);

#endif
