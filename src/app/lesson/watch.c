/* Saves of a file.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/watch.h"

#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/text.h"

static void look(const Watch *watch, struct stat *out)
{
	if (stat(watch->path, out) != 0)
		memset(out, 0, sizeof *out);
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

void watch_open(Watch *watch, const char *path, int64_t now_ns)
{
	char folder[PATH_MAX];
	const uint32_t events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MODIFY;

	*watch = (Watch){ .looked_ns = now_ns };
	text_format(watch->path, sizeof watch->path, "%s", path);
	text_format(folder, sizeof folder, "%s", path);
	*strrchr(folder, '/') = '\0';
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd >= 0 && inotify_add_watch(watch->fd, folder, events) < 0) {
		close(watch->fd);
		watch->fd = -1;
	}
	watch_take(watch);
}

void watch_take(Watch *watch)
{
	look(watch, &watch->seen);
	watch->moving = watch->seen;
	watch->moved_ns = 0;
}

bool watch_changed(Watch *watch)
{
	struct stat now;

	if (!watch->path[0])
		return false;
	look(watch, &now);
	bool saved = now.st_nlink > 0 && !same(&now, &watch->seen);
	watch_take(watch);
	return saved;
}

/* Whichever file of the folder it was: a look tells. */
static bool heard(const Watch *watch)
{
	char events[4096];
	bool any = false;

	while (read(watch->fd, events, sizeof events) > 0)
		any = true;
	return any;
}

/* Whether it is time for a look: inotify told, a change is under way, or a second has passed. */
static bool is_due(Watch *watch, int64_t now_ns)
{
	if (watch->fd >= 0 && heard(watch))
		return true;
	return watch->moved_ns || (watch->fd < 0 && now_ns - watch->looked_ns >= WATCH_LOOK_NS);
}

bool watch_saved(Watch *watch, int64_t now_ns)
{
	struct stat now;

	if (!watch->path[0] || !is_due(watch, now_ns))
		return false;
	watch->looked_ns = now_ns;
	look(watch, &now);
	if (!same(&now, &watch->moving)) {
		watch->moving = now;
		watch->moved_ns = now_ns ? now_ns : 1;
	}
	/* An editor that renames takes the file away for a moment. */
	return watch->moved_ns && now.st_nlink > 0 && now_ns - watch->moved_ns >= WATCH_QUIET_NS &&
	       watch_changed(watch);
}

void watch_close(Watch *watch)
{
	if (watch->path[0] && watch->fd >= 0)
		close(watch->fd);
	watch->path[0] = '\0';
}
