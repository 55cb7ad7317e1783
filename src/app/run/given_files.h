/* Model files that a run compares: opened and summed up by the reader, handed to workers as copies in
 * their scratch folder, named by their checksum. A script names the checksum, never a path.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GIVEN_FILES_H
#define WATTLE_APP_GIVEN_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

typedef struct GivenFile {
	const char *path; /* borrowed */
	int fd;           /* −1: not open */
	char sha256[65];
} GivenFile;

/* Whether the file begins as model files do; false also when it cannot be read. */
bool given_file_is_model(const char *path);
/* ERR_FILE. */
bool given_file_open(GivenFile *file, const char *path, Err *err);
void given_file_close(GivenFile *file);
/* Copies them into the folder. ERR_FILE, also when one has changed since it was summed up. */
bool given_files_place(const GivenFile *files, size_t count, const char *folder, Err *err);

#endif
