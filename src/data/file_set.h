/* Loads datasets that come as one file, F/NAME/NAME.ENDING with or without .gz in one of the
 * folders F, and compares them with their row of the table.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_FILE_SET_H
#define WATTLE_DATA_FILE_SET_H

#include "data/dataset.h"

/* Fills *out from the file; ERR_NEED when it is not there. */
typedef bool FileSetFill(Dataset *out, const char *path, const DataSource *source, Control *control,
			 Err *err);

/* Takes the first folder that has the file; its form, rows, features, classes and SHA-256 must be
 * those of the source. A folder that may not be read hides none behind it. */
bool file_set_load(Dataset *out, const DataSource *source, const DataPaths *paths,
		   const char *ending, FileSetFill *fill, Control *control, Err *err);

/* ERR_NEED with the folders that were searched, none where paths is NULL, and how to get the set.
 * Always false. */
bool file_set_absent(const DataSource *source, const DataPaths *paths, Err *err);

#endif
