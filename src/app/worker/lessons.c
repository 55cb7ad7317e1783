/* Rows of lessons, and the reading of script files by their descriptor.
 * SPDX-License-Identifier: MIT */
#include "app/worker/lessons.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "script/lesson.h"

/* A file that only loads. */
#define LOAD_LIMIT_NS (2 * CLOCK_NS_PER_S)

char *lessons_read(int fd, const char *name, size_t *len, Err *err)
{
	struct stat status;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		err_set(err, ERR_SCRIPT, "%s is not a regular file", name);
		return NULL;
	}
	if (status.st_size > SCRIPT_BYTES_MAX) {
		err_set(err, ERR_SCRIPT, "%s has %lld bytes; at most %u are allowed", name,
			(long long)status.st_size, SCRIPT_BYTES_MAX);
		return NULL;
	}
	char *text = malloc((size_t)status.st_size + 1);
	*len = 0;
	while (text && *len < (size_t)status.st_size) {
		ssize_t got = pread(fd, text + *len, (size_t)status.st_size - *len, (off_t)*len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		*len += (size_t)got;
	}
	if (!text)
		err_set(err, ERR_MEMORY, "reading %s", name);
	return text;
}

static bool is_lesson(const char *name)
{
	size_t len = strlen(name);
	return len > 4 && name[0] != '.' && strcmp(name + len - 4, ".lua") == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The file's row, or what is wrong with it. */
static json_t *make_row(int folder, const char *name, const ScriptOptions *options, Err *err)
{
	ScriptOptions filled = *options;
	Script *script = NULL;
	json_t *row = NULL;
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = fd < 0 ? NULL : lessons_read(fd, name, &filled.len, err);
	if (fd < 0)
		err_set(err, ERR_FILE, "cannot open %s: %s", name, strerror(errno));
	filled.name = name;
	filled.text = text;
	filled.load_limit_ns = LOAD_LIMIT_NS;
	if (text)
		script = lesson_open(&filled, "", false, err);
	if (script)
		row = lesson_row(script);
	script_close(script);
	free(text);
	if (fd >= 0)
		close(fd);
	return row;
}

static bool put_row(int folder, const char *name, const ScriptOptions *options, RecordOut *out,
		    Err *err)
{
	Err broken;
	json_t *record = record_new("row", record_out_origin(out)),
	       *row = make_row(folder, name, options, &broken);
	json_object_set_new(record, "kind", json_string("lessons"));
	if (row) {
		json_object_update_new(record, row);
		json_object_set_new(record, "file", json_string(name));
	} else {
		json_object_set_new(record, "name", json_string(name));
		json_object_set_new(record, "error", json_string(broken.text));
	}
	return record_out_put(out, record, err);
}

/* Names of the lessons, sorted; the number of them. */
static size_t read_names(DIR *folder, char ***out)
{
	size_t n = 0, room = 0;
	*out = NULL;
	for (struct dirent *entry; (entry = readdir(folder));) {
		if (!is_lesson(entry->d_name))
			continue;
		if (n == room) {
			room = room ? 2 * room : 16;
			char **more = realloc(*out, room * sizeof *more);
			if (!more)
				break;
			*out = more;
		}
		(*out)[n] = strdup(entry->d_name);
		n += (*out)[n] != NULL;
	}
	if (n)
		qsort(*out, n, sizeof **out, by_name);
	return n;
}

bool lessons_list(const char *path, const ScriptOptions *options, RecordOut *out, Err *err)
{
	char **names;
	bool ok = true;
	DIR *folder = opendir(path);
	if (!folder)
		return err_set(err, ERR_FILE, "cannot open the folder of lessons %s: %s", path,
			       strerror(errno));
	size_t n = read_names(folder, &names);
	for (size_t i = 0; i < n; i++) {
		ok = ok && put_row(dirfd(folder), names[i], options, out, err);
		free(names[i]);
	}
	free(names);
	closedir(folder);
	return ok;
}
