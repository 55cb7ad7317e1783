/* The worker's list of lessons: each file of some folders is loaded and told as a row.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_LESSONS_H
#define WATTLE_APP_LESSONS_H

#include "base/record.h"
#include "script/script.h"

/* Writes a row record for each *.lua file of the folders (an array of texts), by name:
 * {"kind":"lessons","name":id,"title","about","minutes","level", "points","steps","file","folder"};
 * of a broken one, or one whose id an earlier one has, {"kind":"lessons","name":file,"error":text}
 * with file and folder. A folder that cannot be opened is such a row, too. options: what all of them
 * are loaded with; its name and text are filled in here. */
bool lessons_list(const json_t *folders, const ScriptOptions *options, RecordOut *out, Err *err);

/* The bytes of a regular file of at most SCRIPT_BYTES_MAX, to be freed; NULL and *err, which calls
 * it name. */
char *lessons_read(int fd, const char *name, size_t *len, Err *err);

#endif
