/* Finds the file of a dataset in the data folders and checks what it holds.
 * SPDX-License-Identifier: MIT */
#include "data/file_set.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define FILE_SET_PATH_MAX 4096

bool file_set_absent(const DataSource *source, const DataPaths *paths, Err *err)
{
	char folders[384] = "no folder";
	size_t at = 0;

	for (size_t i = 0; paths && paths->folders[i] && at < sizeof folders - 1; i++)
		at += text_format(folders + at, sizeof folders - at, "%s%s/%s", i ? ", " : "",
				  paths->folders[i], source->info.name);
	return err_set(err, ERR_NEED, "dataset %s is not in %s. %s", source->info.name, folders,
		       source->get);
}

static bool file_set_verify(const Dataset *out, const DataSource *s, const char *path, Err *err)
{
	size_t rows = s->train_rows + s->test_rows;

	if (out->rows != rows || out->features != s->features || out->classes != s->classes)
		return err_set(err, ERR_FORMAT,
			       "%s: holds %zu rows of %zu features in %zu classes, expected %zu of "
			       "%zu in %zu. %s",
			       path, out->rows, out->features, out->classes, rows, s->features,
			       s->classes, s->get);
	if (out->form != s->form)
		return err_set(err, ERR_FORMAT,
			       "%s: a feature is not a whole number from 0 to 255. %s", path,
			       s->get);
	if (strcmp(out->sha256, s->sha256) != 0)
		return err_set(err, ERR_FORMAT,
			       "%s: the content is not that of %s: SHA-256 is %s, expected %s. %s",
			       path, s->info.title, out->sha256, s->sha256, s->get);
	return true;
}

/* One folder, packed or plain. ERR_NEED: it has neither. */
static bool file_set_folder(Dataset *out, const DataSource *source, const char *folder,
			    const char *ending, FileSetFill *fill, Control *control, Err *err)
{
	static const char *const packing[] = { ".gz", "" };
	const char *name = source->info.name;
	char path[FILE_SET_PATH_MAX];

	for (size_t i = 0; i < 2; i++) {
		int len = snprintf(path, sizeof path, "%s/%s/%s.%s%s", folder, name, name, ending,
				   packing[i]);

		if (len < 0 || (size_t)len >= sizeof path)
			return err_set(err, ERR_FILE, "%s: path is too long", folder);
		if (fill(out, path, source, control, err))
			return file_set_verify(out, source, path, err);
		if (err->code != ERR_NEED)
			return false;
	}
	return false;
}

bool file_set_load(Dataset *out, const DataSource *source, const DataPaths *paths,
		   const char *ending, FileSetFill *fill, Control *control, Err *err)
{
	Err first = { .code = ERR_NONE, .text = "" };

	for (size_t i = 0; paths->folders[i]; i++) {
		if (file_set_folder(out, source, paths->folders[i], ending, fill, control, err)) {
			text_format(out->from, sizeof out->from, "%s/%s", paths->folders[i],
				    source->info.name);
			text_format(out->skipped, sizeof out->skipped, "%s", first.text);
			return true;
		}
		if (err->code != ERR_NEED && err->code != ERR_FILE)
			return false;
		if (err->code == ERR_FILE && first.code == ERR_NONE)
			first = *err;
	}
	if (first.code == ERR_NONE)
		return file_set_absent(source, paths, err);
	*err = first;
	return false;
}
