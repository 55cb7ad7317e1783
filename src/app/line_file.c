/* Lines in, lines out.
 * SPDX-License-Identifier: MIT */
#include "app/line_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/json.h"

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct Reading {
	const LineFileKind *kind;
	void *user;
	size_t lines; /* so far */
	bool ended;
} Reading;

/* Texts of people: lines, but no bytes that a terminal or a parser would obey. */
static bool has_controls(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < 0x20 && !strchr("\n\t\r", *text)) || *text == 0x7f)
			return true;
	return false;
}

bool line_file_text(const json_t *line, const char *key, size_t most, const char **out, Err *err)
{
	const json_t *value = json_object_get(line, key);
	*out = value ? json_string_value(value) : "";
	if (!*out)
		return err_set(err, ERR_FORMAT, "'%s' must be a text", key);
	if (has_controls(*out))
		return err_set(err, ERR_FORMAT, "'%s' holds control characters", key);
	if (strlen(*out) > most)
		return err_set(err, ERR_FORMAT, "'%s' has %zu bytes; at most %zu are allowed", key,
			       strlen(*out), most);
	return true;
}

static bool take_end(Reading *self, const json_t *line, Err *err)
{
	int64_t lines = -1;
	if (!json_take_integer(line, "lines", 0, INT32_MAX, &lines, err))
		return false;
	if (lines != (int64_t)self->lines)
		return err_set(err, ERR_FORMAT,
			       "%zu lines stand before it, not %lld: some were lost", self->lines,
			       (long long)lines);
	self->ended = true;
	return true;
}

static bool take_line(Reading *self, const json_t *line, Err *err)
{
	char clean[64];
	const char *type = record_text(line, "type");
	size_t own = strlen(self->kind->type);
	bool head = strcmp(type, self->kind->type) == 0;
	if (self->ended)
		return err_set(err, ERR_FORMAT, "something stands behind the end");
	if (self->lines == 0 && !head)
		return err_set(err, ERR_FORMAT, "it does not begin as %s writes it",
			       self->kind->made_by);
	if (self->lines && head)
		return err_set(err, ERR_FORMAT, "a second beginning");
	if (head)
		return self->kind->head(self->user, line, err);
	bool ours = strncmp(type, self->kind->type, own) == 0 && type[own] == '-';
	if (ours && strcmp(type + own, "-end") == 0)
		return take_end(self, line, err);
	if (ours)
		return self->kind->line(self->user, type + own + 1, line, err);
	text_clean(clean, sizeof clean, type, strlen(type));
	return err_set(err, ERR_FORMAT, "a line of type '%s' does not belong here", clean);
}

static bool read_line(Reading *self, const char *text, size_t len, Err *err)
{
	json_t *line = record_parse(text, len, err);
	bool ok = line && take_line(self, line, err);
	json_decref(line);
	self->lines++;
	if (!ok && err->code != ERR_MEMORY)
		err->code = ERR_FORMAT;
	return ok;
}

bool line_file_read(const LineFileKind *kind, void *user, const char *name, const char *text,
		    size_t len, bool head_only, Err *err)
{
	Reading self = { .kind = kind, .user = user };
	const char *end = text + len;
	if (len == 0)
		return err_set(err, ERR_FORMAT, "%s is empty; %s writes such files", name,
			       kind->made_by);
	if (len > LINE_FILE_MAX)
		return err_set(err, ERR_FORMAT, "%s has more than %zu bytes", name, LINE_FILE_MAX);
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		if (!stop)
			return err_set(err, ERR_FORMAT, "%s:%zu: the line is cut off", name,
				       self.lines + 1);
		if (!read_line(&self, text, (size_t)(stop - text), err))
			return err_prefix(err, "%s:%zu", name, self.lines);
		if (head_only)
			return true;
		text = stop + 1;
	}
	return self.ended ||
	       err_set(err, ERR_FORMAT, "%s:%zu: its end is missing", name, self.lines);
}

char *line_file_load(const char *path, size_t *len, Err *err)
{
	ssize_t got = 1;
	int fd = file_open_regular(path, NULL, err);
	char *text = fd >= 0 ? malloc(LINE_FILE_MAX + 1) : NULL;
	if (fd >= 0 && !text)
		err_set(err, ERR_MEMORY, "no memory to read %s", path);
	for (*len = 0; text && got && *len<LINE_FILE_MAX + 1; *len += got> 0 ? (size_t)got : 0) {
		got = read(fd, text + *len, LINE_FILE_MAX + 1 - *len);
		if (got >= 0 || errno == EINTR)
			continue;
		err_set(err, ERR_FILE, "cannot read %s: %s", path, strerror(errno));
		free(text);
		text = NULL;
	}
	if (fd >= 0)
		close(fd);
	return text;
}

/* --- writing ---------------------------------------------------------------------------------- */

bool line_file_new(LineFile *out, Err *err)
{
	*out = (LineFile){ .text = malloc(LINE_FILE_MAX) };
	return out->text || err_set(err, ERR_MEMORY, "no memory for a file of lines");
}

json_t *line_file_line(const char *type)
{
	return json_pack("{s:i, s:s}", "v", RECORD_VERSION, "type", type);
}

void line_file_put(LineFile *file, json_t *line)
{
	char *text = line ? json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	size_t len = text ? strlen(text) : LINE_FILE_MAX;
	if (file->len + len + 1 > LINE_FILE_MAX) {
		file->full = true;
	} else {
		memcpy(file->text + file->len, text, len);
		file->text[file->len + len] = '\n';
		file->len += len + 1;
		file->lines++;
	}
	free(text);
	json_decref(line);
}

bool line_file_end(LineFile *file, const LineFileKind *kind, const char *what, Err *err)
{
	char type[64];
	text_format(type, sizeof type, "%s-end", kind->type);
	json_t *end = line_file_line(type);
	json_object_set_new(end, "lines", json_integer((json_int_t)file->lines));
	line_file_put(file, end);
	if (!file->full)
		return true;
	free(file->text);
	file->text = NULL;
	return err_set(err, ERR_LIMIT, "%s would have more than %zu bytes", what, LINE_FILE_MAX);
}
