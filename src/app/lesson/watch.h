/* Watches one file for saves: by inotify on its folder, because editors rename; where there is
 * none, by looking each second. A save counts once it has been quiet for a while.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_WATCH_H
#define WATTLE_APP_WATCH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define WATCH_QUIET_NS 200000000LL
#define WATCH_LOOK_NS 1000000000LL

typedef struct Watch {
	char path[PATH_MAX]; /* "": nothing is watched */
	int fd;              /* of inotify; -1: the file is looked at instead */
	struct stat seen;    /* the file as it was last taken; st_nlink 0: it was not there */
	struct stat moving;  /* as it was last looked at */
	int64_t looked_ns;   /* when that was */
	int64_t moved_ns;    /* when it last changed; 0: it has not, since it was taken */
} Watch;

/* Begins to watch the file as it is now. Its folder must be there. */
void watch_open(Watch *watch, const char *path, int64_t now_ns);
/* True once for each save. */
bool watch_saved(Watch *watch, int64_t now_ns);
/* The same without waiting for quiet: who wrote it has ended. */
bool watch_changed(Watch *watch);
/* What the file is now counts as taken. */
void watch_take(Watch *watch);
void watch_close(Watch *watch);

#endif
