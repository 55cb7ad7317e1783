/* Reading packs and putting them in place.
 * SPDX-License-Identifier: MIT */
#include "app/author/pack.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/record.h"
#include "base/text.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

/* --- names ------------------------------------------------------------------------------------ */

/* The bytes of a plain name at text: letters, digits, _, - and dots inside; 0: there is none. */
static size_t plain_len(const char *text)
{
	size_t len = strspn(text, LETTERS ".");
	return len && len < PACK_NAME_MAX && *text != '.' && *text != '-' ? len : 0;
}

bool pack_name_ok(const char *name)
{
	size_t len = plain_len(name);
	bool inside = name[len] == '/';
	const char *last = inside ? name + len + 1 : name;
	size_t last_len = inside ? plain_len(last) : len;
	if (!len || !last_len || last[last_len])
		return false;
	if (text_ends(last, ".grade.lua") || (inside && memchr(name, '.', len)))
		return false;
	return text_ends(last, ".lua") || (inside && text_ends(last, ".json"));
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool take_head(void *user, const json_t *line, Err *err)
{
	Pack *pack = user;
	const char *course = record_text(line, "course");
	size_t len = strspn(course, LETTERS);
	if (!len || course[len] || len >= sizeof pack->course || *course == '-')
		return err_set(err, ERR_FORMAT,
			       "'course' must be a name of at most %d letters, digits, _ and -",
			       PACK_NAME_MAX - 1);
	text_format(pack->course, sizeof pack->course, "%s", course);
	pack->files = json_object();
	return pack->files || err_set(err, ERR_MEMORY, "no memory for it");
}

static bool take_file(void *user, const char *what, const json_t *line, Err *err)
{
	Pack *pack = user;
	const char *name = record_text(line, "name"), *text;
	char clean[2 * PACK_NAME_MAX];
	text_clean(clean, sizeof clean, name, strlen(name));
	if (strcmp(what, "file") != 0)
		return err_set(err, ERR_FORMAT, "a pack holds files only");
	if (!pack_name_ok(name))
		return err_set(err, ERR_FORMAT, "'%s' is no name of a lesson's file", clean);
	if (json_object_get(pack->files, name))
		return err_set(err, ERR_FORMAT, "a second file '%s'", clean);
	if (!json_object_get(line, "text"))
		return err_set(err, ERR_FORMAT, "'text' is missing");
	if (!line_file_text(line, "text", PACK_FILE_MAX, &text, err))
		return false;
	return json_object_set_new(pack->files, name, json_string(text)) == 0 ||
	       err_set(err, ERR_MEMORY, "no memory for it");
}

const LineFileKind pack_kind = {
	.type = "pack",
	.made_by = "wattle author pack",
	.head = take_head,
	.line = take_file,
};

bool pack_read(Pack *out, const char *name, const char *text, size_t len, Err *err)
{
	*out = (Pack){ .files = NULL };
	return line_file_read(&pack_kind, out, name, text, len, false, err);
}

void pack_done(Pack *pack)
{
	json_decref(pack->files);
	*pack = (Pack){ .files = NULL };
}

/* --- putting in place ------------------------------------------------------------------------- */

typedef enum Place { PLACE_FREE, PLACE_SAME, PLACE_OTHER } Place;

/* What lies where the file would go. */
static Place place_of(const char *path, const char *text)
{
	size_t len;
	Err err;
	struct stat status;
	if (lstat(path, &status) != 0)
		return PLACE_FREE;
	char *old = line_file_load(path, &len, &err);
	bool same = old && len == strlen(text) && memcmp(old, text, len) == 0;
	free(old);
	return same ? PLACE_SAME : PLACE_OTHER;
}

static bool check_places(const Pack *pack, const char *folder, Err *err)
{
	const char *name;
	json_t *text;
	json_object_foreach(pack->files, name, text)
	{
		char path[PATH_MAX];
		text_format(path, sizeof path, "%s/%s", folder, name);
		if (place_of(path, json_string_value(text)) == PLACE_OTHER)
			return err_set(err, ERR_USAGE,
				       "%s is there and differs; --yes replaces it and the others",
				       path);
	}
	return true;
}

static bool put_file(const char *folder, const char *name, const char *text, Err *err)
{
	char path[PATH_MAX];
	text_format(path, sizeof path, "%s/%s", folder, name);
	if (place_of(path, text) == PLACE_SAME)
		return true;
	file_make_folders(path);
	if (!file_write(path, "the lesson", text, strlen(text), FILE_REPLACE, err))
		return false;
	text_printf(stdout, "%s\n", path);
	return true;
}

static bool put_all(const Pack *pack, const char *courses, bool replace, Err *err)
{
	char folder[PATH_MAX];
	const char *name;
	json_t *text;
	text_format(folder, sizeof folder, "%s/%s", courses, pack->course);
	if (!replace && !check_places(pack, folder, err))
		return false;
	json_object_foreach(pack->files, name,
			    text) if (!put_file(folder, name, json_string_value(text),
						err)) return false;
	return true;
}

bool pack_install(const char *path, const char *courses, bool replace, Err *err)
{
	Pack pack = { .files = NULL };
	size_t len;
	if (!*courses)
		return err_set(err, ERR_NEED,
			       "there is no home folder to install a course in: set "
			       "HOME or XDG_DATA_HOME");
	char *text = line_file_load(path, &len, err);
	bool ok = text && pack_read(&pack, path, text, len, err) &&
		  put_all(&pack, courses, replace, err);
	free(text);
	pack_done(&pack);
	return ok;
}
