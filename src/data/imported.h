/* Datasets that were imported: F/NAME.wds (datafile.h) in one of the data folders F.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_IMPORTED_H
#define WATTLE_DATA_IMPORTED_H

#include "data/dataset.h"

#define IMPORTED_ENDING ".wds"
#define IMPORTED_PATH_MAX 4096

/* ASCII letters, digits, - and _, the first of them no sign, shorter than DATASET_NAME_MAX: what
 * can be a file in any folder. */
bool imported_name_fits(const char *name);

/* The file of that name in the first of the folders that has it. False: none has, or paths is
 * NULL. */
bool imported_find(const char *name, const DataPaths *paths, char path[IMPORTED_PATH_MAX]);

/* Shows each to take, in the order of folders and of names; one that an earlier folder hides,
 * and one of a built-in name, is passed over. Folders that cannot be read are. False and *err:
 * what take returned. */
typedef bool ImportedTake(void *user, const char *name, const char *path, Err *err);
bool imported_each(const DataPaths *paths, ImportedTake *take, void *user, Err *err);

#endif
