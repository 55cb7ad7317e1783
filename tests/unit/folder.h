/* A folder of a test's own.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_FOLDER_H
#define WATTLE_TESTS_FOLDER_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A new folder for this test; free it after folder_done. */
static inline char *folder_new(void)
{
	const char *tmp = getenv("TMPDIR");
	char *path = malloc(512);

	if (!path)
		abort();
	snprintf(path, 512, "%s/wattle-test-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(path))
		abort();
	return path;
}

static inline void folder_done(char *path)
{
	char command[600];

	snprintf(command, sizeof command, "rm -rf '%s'", path);
	if (system(command) != 0)
		abort();
	free(path);
}

#endif
