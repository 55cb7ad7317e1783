/* Where things are found: helpers, lessons and data, installed or not; the user's folders by XDG.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_PATHS_H
#define WATTLE_APP_PATHS_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>

#include "base/err.h"

typedef struct Paths {
	bool uninstalled;       /* wattle.uninstalled lies beside the program */
	char helpers[PATH_MAX]; /* folder of wattle-worker and wattle-meter */
	char share[PATH_MAX];   /* source folder, or pkgdatadir */
} Paths;

/* ERR_USAGE when a folder of data or lessons has a name that is not UTF-8. */
bool paths_find(Paths *paths, Err *err);
/* helpers/name; out holds PATH_MAX bytes; returned. */
char *paths_helper(const Paths *paths, const char *name, char *out);
/* Existing folders of lessons, symbolic links resolved, first match wins: ours, those of
 * $WATTLE_PATH, then the installed courses ($XDG_DATA_HOME/wattle/courses/NAME) by name. A new
 * array of texts. */
json_t *paths_course_folders(const Paths *paths);
/* Existing dataset folders, symbolic links resolved, first match wins: $WATTLE_DATA, the user's,
 * ours, /usr/share/datasets. A new array of texts. */
json_t *paths_data_folders(const Paths *paths);
/* $XDG_CACHE_HOME/wattle/name, "" without a home; out holds PATH_MAX bytes; returned. */
char *paths_cache(const char *name, char *out);
/* $XDG_DATA_HOME/wattle/name (~/.local/share), "" without a home; out holds PATH_MAX bytes;
 * returned. */
char *paths_user_data(const char *name, char *out);
/* $XDG_STATE_HOME/wattle/name (~/.local/state), likewise. */
char *paths_state(const char *name, char *out);
/* A new private folder (0700) below $XDG_RUNTIME_DIR/wattle, else below /tmp; out holds PATH_MAX
 * bytes. */
bool paths_scratch_make(char *out, Err *err);
void paths_scratch_remove(const char *path);

#endif
