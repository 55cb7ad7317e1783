/* Packs: lessons that are handed on, one file of JSON lines (app/line_file.h).
 *
 *   {"v":1,"type":"pack","course","wattle"}
 *   {"v":1,"type":"pack-file","name":"03-stats.lua","text"}   and "03-stats/ex1.lua"
 *   {"v":1,"type":"pack-end","lines":N}
 *
 * A pack comes from strangers: a name is that of a lesson, or of a file in the folder of one, and
 * nothing else.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_AUTHOR_PACK_H
#define WATTLE_APP_AUTHOR_PACK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "app/line_file.h"

#define PACK_NAME_MAX 64 /* of a course, a lesson's file, a file of its folder; with the end */
#define PACK_FILE_MAX ((size_t)262144)

extern const LineFileKind pack_kind;

typedef struct Pack {
	char course[PACK_NAME_MAX]; /* letters, digits, _ and - */
	json_t *files;              /* {name: text} */
} Pack;

/* ERR_FORMAT names the file, the line and what is off. To be freed by pack_done in any case. */
bool pack_read(Pack *out, const char *name, const char *text, size_t len, Err *err);
void pack_done(Pack *pack);
/* "NN-name.lua", or with the name of a .lua or .json file behind "NN-name/"; no grading file. */
bool pack_name_ok(const char *name);

/* Puts the files of a pack into the folder courses/COURSE, which is made; tells each on stdout.
 * replace: also those that are there and differ; else that is ERR_USAGE before anything is
 * written. */
bool pack_install(const char *path, const char *courses, bool replace, Err *err);

#endif
