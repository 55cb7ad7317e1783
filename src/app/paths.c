/* Folders: beside the program when it runs from its build folder, else where it was installed.
 * SPDX-License-Identifier: MIT */
#include "app/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define COURSES_MAX 256 /* installed ones that are looked at */

/* First line of the file into out; false when it cannot be read. */
static bool first_line(const char *path, char *out, size_t cap)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	bool ok = fgets(out, (int)cap, file) != NULL;
	fclose(file);
	if (ok)
		out[strcspn(out, "\n")] = '\0';
	return ok && *out;
}

char *paths_helper(const Paths *paths, const char *name, char *out)
{
	text_format(out, PATH_MAX, "%s/%s", paths->helpers, name);
	return out;
}

char *paths_cache(const char *name, char *out)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	*out = '\0';
	if (cache && *cache == '/')
		text_format(out, PATH_MAX, "%s/wattle/%s", cache, name);
	else if (home && *home == '/')
		text_format(out, PATH_MAX, "%s/.cache/wattle/%s", home, name);
	return out;
}

char *paths_state(const char *name, char *out)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	*out = '\0';
	if (state && *state == '/')
		text_format(out, PATH_MAX, "%s/wattle/%s", state, name);
	else if (home && *home == '/')
		text_format(out, PATH_MAX, "%s/.local/state/wattle/%s", home, name);
	return out;
}

char *paths_user_data(const char *name, char *out)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	*out = '\0';
	/* Relative values are ignored, as the specification says. */
	if (data && *data == '/')
		text_format(out, PATH_MAX, "%s/wattle/%s", data, name);
	else if (home && *home == '/')
		text_format(out, PATH_MAX, "%s/.local/share/wattle/%s", home, name);
	return out;
}

/* Jobs and records are UTF-8: a folder of another name would silently be passed over. what: what is
 * in it, and the variable that may name it. */
static bool add_folder(json_t *list, const char *folder, size_t len, const char *const what[2],
		       Err *err)
{
	if (json_array_append_new(list, json_stringn(folder, len)) == 0)
		return true;
	return err_set(err, ERR_USAGE,
		       "the name of a %s folder is not UTF-8 text: %.*s: rename it, or mend %s",
		       what[0], (int)len, folder, what[1]);
}

static const char *const data_words[] = { "data", "WATTLE_DATA" };
static const char *const course_words[] = { "course", "WATTLE_PATH" };

/* The folders of a variable, with ':' between them. */
static void add_variable(json_t *list, const char *const what[2], Err *err)
{
	const char *extra = getenv(what[1]);
	while (extra && *extra) {
		size_t len = strcspn(extra, ":");
		if (len)
			add_folder(list, extra, len, what, err);
		extra += len + (extra[len] == ':');
	}
}

/* *err tells of the first that cannot be listed; the others are. */
static json_t *data_wanted(const Paths *paths, Err *err)
{
	char folder[PATH_MAX];
	json_t *list = json_array();
	add_variable(list, data_words, err);
	paths_user_data("datasets", folder);
	if (*folder)
		add_folder(list, folder, strlen(folder), data_words, err);
	text_format(folder, sizeof folder, "%s/datasets", paths->share);
	add_folder(list, folder, strlen(folder), data_words, err);
	json_array_append_new(list, json_string("/usr/share/datasets"));
	return list;
}

/* Those of the folders wanted that exist; takes the reference. */
static json_t *existing(json_t *wanted, const char *const what[2], Err *err)
{
	json_t *there = json_array(), *folder;
	size_t i;
	json_array_foreach(wanted, i, folder)
	{
		char resolved[PATH_MAX];
		struct stat status;
		if (realpath(json_string_value(folder), resolved) && stat(resolved, &status) == 0 &&
		    S_ISDIR(status.st_mode))
			add_folder(there, resolved, strlen(resolved), what, err);
	}
	json_decref(wanted);
	return there;
}

json_t *paths_data_folders(const Paths *paths)
{
	Err told;
	return existing(data_wanted(paths, &told), data_words, &told);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The courses that were installed, by name. */
static void add_installed(json_t *list, Err *err)
{
	char courses[PATH_MAX], folder[PATH_MAX], *names[COURSES_MAX];
	size_t n = 0;
	DIR *dir = *paths_user_data("courses", courses) ? opendir(courses) : NULL;
	for (struct dirent *entry; dir && n < COURSES_MAX && (entry = readdir(dir));)
		if (entry->d_name[0] != '.' && (names[n] = strdup(entry->d_name)))
			n++;
	if (dir)
		closedir(dir);
	qsort(names, n, sizeof *names, by_text);
	for (size_t i = 0; i < n; i++) {
		text_format(folder, sizeof folder, "%s/%s", courses, names[i]);
		add_folder(list, folder, strlen(folder), course_words, err);
		free(names[i]);
	}
}

static json_t *course_folders(const Paths *paths, Err *err)
{
	char folder[PATH_MAX];
	json_t *wanted = json_array();
	text_format(folder, sizeof folder, "%s/lessons", paths->share);
	add_folder(wanted, folder, strlen(folder), course_words, err);
	add_variable(wanted, course_words, err);
	add_installed(wanted, err);
	return existing(wanted, course_words, err);
}

json_t *paths_course_folders(const Paths *paths)
{
	Err told;
	return course_folders(paths, &told);
}

bool paths_find(Paths *paths, Err *err)
{
	char self[PATH_MAX], mark[PATH_MAX + 32];
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
	if (len < 0)
		return err_set(err, ERR_FILE, "readlink /proc/self/exe: %s; is /proc mounted?",
			       strerror(errno));
	self[len] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(mark, sizeof mark, "%s/wattle.uninstalled", self);
	paths->uninstalled = first_line(mark, paths->share, sizeof paths->share);
	text_format(paths->helpers, sizeof paths->helpers, "%s",
		    paths->uninstalled ? self : LIBEXECDIR);
	if (!paths->uninstalled)
		text_format(paths->share, sizeof paths->share, "%s", PKGDATADIR);
	err->code = ERR_NONE;
	json_decref(existing(data_wanted(paths, err), data_words, err));
	json_decref(course_folders(paths, err));
	return err->code == ERR_NONE;
}

bool paths_scratch_make(char *out, Err *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	if (runtime && *runtime == '/') {
		text_format(out, PATH_MAX, "%s/wattle", runtime);
		if (mkdir(out, 0700) == 0 || errno == EEXIST) {
			text_format(out, PATH_MAX, "%s/wattle/run-XXXXXX", runtime);
			if (mkdtemp(out))
				return true;
		}
	}
	text_format(out, PATH_MAX, "/tmp/wattle-XXXXXX");
	if (mkdtemp(out))
		return true;
	return err_set(err, ERR_FILE, "cannot make a scratch folder below /tmp: %s",
		       strerror(errno));
}

void paths_scratch_remove(const char *path)
{
	DIR *folder = opendir(path);
	if (!folder)
		return;
	for (struct dirent *entry; (entry = readdir(folder));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(folder), entry->d_name, 0);
	closedir(folder);
	rmdir(path);
}
