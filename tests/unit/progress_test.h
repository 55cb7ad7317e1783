/* Tests of the progress file: a file of the test's own, and what is asked of it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_PROGRESS_H
#define WATTLE_TESTS_PROGRESS_H

#include "unit.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "app/lesson/progress.h"
#include "base/text.h"
#include "folder.h"

static char *folder;
static char path[PATH_MAX];
static const ProgressKey key = { .lesson = "green.05", .student = "" };

static inline int begin(void **state)
{
	(void)state;
	folder = folder_new();
	text_format(path, sizeof path, "%s/state/wattle/progress.jsonl", folder);
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	folder_done(folder);
	return 0;
}

static inline Progress *opened(void)
{
	Err err;
	Progress *progress = progress_open(path, &err);

	assert_non_null(progress);
	return progress;
}

static inline void put(Progress *progress, int attempt, const char *event, const char *more)
{
	assert_true(progress_put(progress, &key, attempt, event, json_loads(more, 0, NULL)));
}

static inline size_t file_len(void)
{
	struct stat status;

	return stat(path, &status) == 0 ? (size_t)status.st_size : 0;
}

static inline void says(Progress *progress, const char *what)
{
	const char *notice = progress_notice(progress);

	if (!what && notice)
		fail_msg("told without need: %s", notice);
	if (what && (!notice || !strstr(notice, what)))
		fail_msg("'%s' is not in: %s", what, notice ? notice : "(nothing)");
	assert_null(progress_notice(progress));
}

static inline size_t events(const Progress *progress, int attempt)
{
	json_t *list = progress_events(progress, &key, attempt);
	size_t n = json_array_size(list);

	json_decref(list);
	return n;
}

#endif
