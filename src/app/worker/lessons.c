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
#include "base/list.h"
#include "base/text.h"
#include "script/lesson/lesson.h"

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
	return name[0] != '.' && text_ends(name, ".lua");
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

/* What one list shares. */
typedef struct Lister {
	const ScriptOptions *options;
	RecordOut *out;
	json_t *seen; /* {id: where it stands} */
} Lister;

/* Drops the reference to row; NULL: *broken says why there is none. */
static bool put_row(const Lister *self, const char *folder, const char *name, json_t *row,
		    const Err *broken, Err *err)
{
	json_t *record = record_new("row", record_out_origin(self->out));
	json_object_set_new(record, "kind", json_string("lessons"));
	if (row) {
		json_object_update_new(record, row);
	} else {
		json_object_set_new(record, "name", json_string(name));
		json_object_set_new(record, "error", json_string(broken->text));
	}
	json_object_set_new(record, "file", json_string(name));
	json_object_set_new(record, "folder", json_string(folder));
	return record_out_put(self->out, record, err);
}

/* An id stands for one lesson: the first that has it. */
static bool list_file(const Lister *self, int fd, const char *folder, const char *name, Err *err)
{
	Err broken;
	json_t *row = make_row(fd, name, self->options, &broken);
	const char *id = row ? json_string_value(json_object_get(row, "name")) : NULL;
	const char *taken = id ? json_string_value(json_object_get(self->seen, id)) : NULL;
	if (taken) {
		err_set(&broken, ERR_SCRIPT, "%s: the id '%s' is that of %s, which comes first",
			name, id, taken);
		json_decref(row);
		row = NULL;
	} else if (id) {
		json_object_set_new(self->seen, id, json_sprintf("%s/%s", folder, name));
	}
	return put_row(self, folder, name, row, &broken, err);
}

/* Names of the lessons, sorted; the number of them. */
static size_t read_names(DIR *folder, char ***out)
{
	size_t n = 0, room = 0;
	*out = NULL;
	for (struct dirent *entry; (entry = readdir(folder));) {
		if (!is_lesson(entry->d_name))
			continue;
		char **more = list_room(*out, n, &room, sizeof *more);
		if (!more)
			break;
		*out = more;
		(*out)[n] = strdup(entry->d_name);
		n += (*out)[n] != NULL;
	}
	if (n)
		qsort(*out, n, sizeof **out, by_name);
	return n;
}

static bool list_folder(const Lister *self, const char *path, Err *err)
{
	char **names;
	Err broken;
	bool ok = true;
	DIR *folder = opendir(path);
	if (!folder) {
		err_set(&broken, ERR_FILE, "cannot open the folder of lessons %s: %s", path,
			strerror(errno));
		return put_row(self, path, path, NULL, &broken, err);
	}
	size_t n = read_names(folder, &names);
	for (size_t i = 0; i < n; i++) {
		ok = ok && list_file(self, dirfd(folder), path, names[i], err);
		free(names[i]);
	}
	free(names);
	closedir(folder);
	return ok;
}

bool lessons_list(const json_t *folders, const ScriptOptions *options, RecordOut *out, Err *err)
{
	Lister self = { .options = options, .out = out, .seen = json_object() };
	bool ok = self.seen || err_set(err, ERR_MEMORY, "listing the lessons");
	json_t *folder;
	size_t i;
	json_array_foreach((json_t *)(uintptr_t)folders, i, folder) ok =
		ok &&
		(!json_is_string(folder) || list_folder(&self, json_string_value(folder), err));
	json_decref(self.seen);
	return ok;
}
