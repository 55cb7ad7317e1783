/* wattle data in the worker: the list, the sums.
 * SPDX-License-Identifier: MIT */
#include "app/data/data_job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "data/datafile.h"
#include "data/imported.h"

/* --- what is known without the rows ----------------------------------------------------------- */

/* Bytes of the files in a folder; 0: it is not there, or empty. */
static uint64_t folder_bytes(const char *path)
{
	DIR *folder = opendir(path);
	uint64_t bytes = 0;
	struct stat st;

	if (!folder)
		return 0;
	for (struct dirent *entry; (entry = readdir(folder));)
		if (strncmp(entry->d_name, "LICENSE", 7) != 0 &&
		    fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			bytes += (uint64_t)st.st_size;
	closedir(folder);
	return bytes;
}

/* The first data folder that has files of the source. */
static uint64_t source_place(const DataJob *job, const DataSource *source, char path[PATH_MAX])
{
	uint64_t bytes = 0;

	for (size_t i = 0; job->paths->folders[i] && !bytes; i++) {
		text_format(path, PATH_MAX, "%s/%s", job->paths->folders[i], source->info.name);
		bytes = folder_bytes(path);
	}
	return bytes;
}

static void set_size(json_t *record, const char *key, uint64_t value)
{
	json_object_set_new(record, key, json_integer((json_int_t)value));
}

static void set_text(json_t *record, const char *key, const char *text)
{
	json_object_set_new(record, key, json_string(text));
}

static void set_place(json_t *record, const char *where, const char *from, uint64_t bytes,
		      const char *why)
{
	set_text(record, "where", where);
	if (from) {
		set_text(record, "from", from);
		set_size(record, "size_bytes", bytes);
	} else {
		record_absent(record, "from", why);
		record_absent(record, "size_bytes", why);
	}
}

static void set_shape(json_t *record, const Dataset *set)
{
	set_size(record, "train_rows", set->train_rows);
	set_size(record, "test_rows", set->rows - set->train_rows);
	set_size(record, "features", set->features);
	set_size(record, "classes", set->classes);
	set_text(record, "task", set->classes ? "classes" : "numbers");
	set_text(record, "form", dataset_form_name(set->form));
	set_size(record, "width", set->width);
	set_size(record, "height", set->height);
}

static json_t *remote_json(const DataSource *source)
{
	json_t *files = json_array();

	for (const DataRemote *r = source->remote; r && r->name; r++) {
		json_t *file = json_object();

		set_text(file, "name", r->name);
		json_object_set_new(file, "size_bytes",
				    r->size_bytes ? json_integer((json_int_t)r->size_bytes)
						  : json_null());
		json_object_set_new(file, "sha256",
				    r->sha256 ? json_string(r->sha256) : json_null());
		json_array_append_new(files, file);
	}
	return files;
}

static void about_source(const DataJob *job, json_t *record, const DataSource *source)
{
	const Dataset shape = { .form = source->form,
				.rows = source->train_rows + source->test_rows,
				.train_rows = source->train_rows,
				.features = source->features,
				.classes = source->classes,
				.width = source->width,
				.height = source->height };
	json_t *mirrors = json_array();
	char path[PATH_MAX];
	uint64_t bytes = data_source_generated(source) ? 0 : source_place(job, source, path);

	json_object_update_new(record, info_json(&source->info));
	set_shape(record, &shape);
	set_text(record, "licence", source->licence);
	set_text(record, "origin", source->origin);
	set_text(record, "get", source->get);
	if (data_source_generated(source))
		set_place(record, "generated", NULL, 0, "it is drawn by the program");
	else
		set_place(record, bytes ? "here" : "absent", bytes ? path : NULL, bytes,
			  "it is in no data folder");
	if (source->sha256)
		set_text(record, "sha256", source->sha256);
	else
		record_absent(record, "sha256", "its rows depend on what is asked for");
	for (size_t i = 0; source->mirror && source->mirror[i]; i++)
		json_array_append_new(mirrors, json_string(source->mirror[i]));
	json_object_set_new(record, "mirrors", mirrors);
	json_object_set_new(record, "files", remote_json(source));
}

static bool about_imported(json_t *record, const char *path, Err *err)
{
	const char *slash = strrchr(path, '/'), *why = "it was imported";
	DataFile *file = datafile_open(path, err);
	struct stat st;

	if (!file)
		return false;
	const Dataset *set = datafile_about(file);
	size_t len = strlen(slash + 1) - strlen(IMPORTED_ENDING);

	json_object_set_new(record, "name", json_stringn(slash + 1, len));
	json_object_set_new(record, "title", json_stringn(slash + 1, len));
	set_text(record, "about", "Imported.");
	json_object_set_new(record, "params", json_array());
	set_shape(record, set);
	record_absent(record, "licence", why);
	record_absent(record, "origin", why);
	set_text(record, "get", "wattle data import makes it again");
	set_place(record, "imported", path, lstat(path, &st) == 0 ? (uint64_t)st.st_size : 0, "");
	set_text(record, "sha256", set->sha256);
	json_object_set_new(record, "mirrors", json_array());
	json_object_set_new(record, "files", json_array());
	datafile_close(file);
	return true;
}

json_t *data_job_about(const DataJob *job, const char *type, const DataSource *source,
		       const char *path, Err *err)
{
	json_t *record = record_new(type, record_out_origin(job->out));

	if (!record) {
		err_set(err, ERR_MEMORY, "writing a record");
		return NULL;
	}
	if (source)
		about_source(job, record, source);
	if (source || about_imported(record, path, err))
		return record;
	json_decref(record);
	return NULL;
}

/* --- what is asked for ------------------------------------------------------------------------ */

/* One set that was named, or one of all: source, or the file of an imported one. */
typedef bool TakeSet(const DataJob *job, const char *name, const DataSource *source,
		     const char *path, Err *err);

typedef struct EachImported {
	const DataJob *job;
	TakeSet *take;
} EachImported;

static bool take_imported(void *user, const char *name, const char *path, Err *err)
{
	const EachImported *self = user;

	return self->take(self->job, name, NULL, path, err);
}

/* ERR_ARGUMENT of dataset_load, which knows the nearest names. */
static bool unknown(const DataJob *job, const char *name, Err *err)
{
	Dataset *none = dataset_load(name, job->paths, NULL, job->control, err);

	dataset_free(none);
	err->code = ERR_USAGE;
	return false;
}

static bool each_named(const DataJob *job, const json_t *names, TakeSet *take, Err *err)
{
	char path[IMPORTED_PATH_MAX];
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)names, i, item)
	{
		const char *name = json_string_value(item);
		const DataSource *source = data_source_find(name);

		if (!source && !imported_find(name, job->paths, path))
			return unknown(job, name, err);
		if (!take(job, name, source, source ? NULL : path, err))
			return false;
	}
	return true;
}

static bool each_set(const DataJob *job, TakeSet *take, Err *err)
{
	const json_t *names = json_object_get(job->wish, "names");
	EachImported imported = { job, take };

	if (json_array_size(names) > 0)
		return each_named(job, names, take, err);
	for (size_t i = 0; data_sources[i]; i++)
		if (!take(job, data_sources[i]->info.name, data_sources[i], NULL, err))
			return false;
	return imported_each(job->paths, take_imported, &imported, err);
}

/* A damaged file of the user's does not hide the others. */
static bool list_set(const DataJob *job, const char *name, const DataSource *source,
		     const char *path, Err *err)
{
	json_t *record = data_job_about(job, "data-set", source, path, err);

	if (record)
		return record_out_put(job->out, record, err);
	record = record_new("log", record_out_origin(job->out));
	json_object_set_new(record, "text", json_string(err->text));
	err->code = ERR_NONE;
	(void)name;
	return record_out_put(job->out, record, err);
}

/* --- sums ------------------------------------------------------------------------------------- */

/* SHA-256 of what the file was made of; *err when its own sums are wrong. */
static bool verify_imported(const DataJob *job, const char *path, char sha256[65], Err *err)
{
	DataFile *file = datafile_open(path, err);
	bool fine = file && datafile_verify(file, job->control, err);

	if (fine)
		text_format(sha256, 65, "%s", datafile_about(file)->sha256);
	datafile_close(file);
	return fine;
}

static bool verify_source(const DataJob *job, const DataSource *source, char sha256[65],
			  char from[256], Err *err)
{
	Dataset *set = dataset_load(source->info.name, job->paths, NULL, job->control, err);

	if (!set)
		return false;
	text_format(sha256, 65, "%s", set->sha256);
	text_format(from, 256, "%s", set->from);
	dataset_free(set);
	return true;
}

/* Errors that are a result; others end the job. */
static const char *verify_result(const Err *err, bool some)
{
	switch (err->code) {
	case ERR_NONE:
		return "same";
	case ERR_FORMAT:
		return "differs";
	case ERR_NEED: /* files that lack others are no set */
		return some ? "differs" : "absent";
	case ERR_FILE:
		return "unreadable";
	default:
		return NULL;
	}
}

static bool verify_set(const DataJob *job, const char *name, const DataSource *source,
		       const char *path, Err *err)
{
	char sha256[65], from[PATH_MAX] = "";
	const char *result = "generated", *why = "nothing is stored: it is drawn by the program";
	Err told = { .code = ERR_NONE };
	json_t *record;

	if (!source || !data_source_generated(source)) {
		bool some = !source || source_place(job, source, from) > 0;
		bool fine = source ? verify_source(job, source, sha256, from, &told)
				   : verify_imported(job, path, sha256, &told);

		if (fine)
			told.code = ERR_NONE;
		if (!some)
			from[0] = '\0';
		result = verify_result(&told, some);
		why = told.text;
	}
	if (!result) {
		*err = told;
		return false;
	}
	bool same = strcmp(result, "same") == 0;

	record = record_new("data-verify", record_out_origin(job->out));
	set_text(record, "name", name);
	set_text(record, "result", result);
	if (same)
		set_text(record, "sha256", sha256);
	else
		record_absent(record, "sha256", why);
	if (path || from[0])
		set_text(record, "from", path ? path : from);
	else
		record_absent(record, "from", why);
	return record_out_put(job->out, record, err);
}

bool data_job_run(const DataJob *job, Err *err)
{
	const char *what = json_string_value(json_object_get(job->wish, "do"));

	if (what && strcmp(what, "ls") == 0)
		return each_set(job, list_set, err);
	if (what && strcmp(what, "verify") == 0)
		return each_set(job, verify_set, err);
	if (what && strcmp(what, "show") == 0)
		return data_job_show(job, err);
	if (what && strcmp(what, "import") == 0)
		return data_job_import(job, err);
	return err_set(err, ERR_INTERNAL, "nothing is done with datasets as '%s'",
		       what ? what : "");
}
