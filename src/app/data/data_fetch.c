/* wattle data fetch: downloads the files of a dataset beside its place, has a worker check what
 * they hold, and moves them there.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/data/data_command.h"
#include "app/data/fetch.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/record.h"
#include "base/text.h"

/* Below the folder of datasets: what is not whole yet. Its name hides it from the list. */
#define STAGING ".fetch"

/* One dataset under way. */
typedef struct FetchSet {
	DataCommand *command;
	Fetch *fetch;
	const json_t *set;       /* its data-set record */
	const char *name, *from; /* from: the address that was given, or the mirror it came from */
	char root[PATH_MAX];     /* the staging folder, a data folder of its own */
	char staging[PATH_MAX + 64], place[PATH_MAX + 64];
	int lock;
	char sha256[65];
} FetchSet;

/* --- files ------------------------------------------------------------------------------------ */

/* Another wattle that fetches the same set would write into the same files. */
static bool open_staging(FetchSet *self, Err *err)
{
	char datasets[PATH_MAX], inside[PATH_MAX + 96];

	if (!data_command_folder(datasets, err))
		return false;
	text_format(self->root, sizeof self->root, "%s/" STAGING, datasets);
	text_format(self->staging, sizeof self->staging, "%s/%s", self->root, self->name);
	text_format(self->place, sizeof self->place, "%s/%s", datasets, self->name);
	text_format(inside, sizeof inside, "%s/file", self->staging);
	file_make_folders(inside);
	self->lock = open(self->staging, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (self->lock < 0)
		return err_set(err, ERR_FILE, "cannot make the folder %s: %s", self->staging,
			       strerror(errno));
	if (flock(self->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	return err_set(err, ERR_FILE, "another wattle is fetching %s", self->name);
}

/* Names come from our own table; they become parts of paths all the same. */
static bool safe_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

static bool fetch_files(FetchSet *self, const char *base, Err *err)
{
	bool known = !params_get(&self->command->cli->flags, "from")->given;
	json_t *file;
	size_t i;

	json_array_foreach(json_object_get(self->set, "files"), i, file)
	{
		const json_t *sha256 = json_object_get(file, "sha256");
		/* Another's copy may be packed otherwise: then only what is inside is compared. */
		const FetchFile one = {
			.name = record_text(file, "name"),
			.size_bytes = known ? (uint64_t)json_integer_value(
						      json_object_get(file, "size_bytes"))
					    : 0,
			.sha256 = known ? json_string_value(sha256) : NULL,
		};

		if (!safe_name(one.name))
			return err_set(err, ERR_INTERNAL, "a file called '%s'", one.name);
		if (!fetch_file(self->fetch, base, &one, self->staging, err))
			return false;
	}
	self->from = base;
	return true;
}

/* Each mirror in turn, until one has all that is missing. */
static bool fetch_any(FetchSet *self, Err *err)
{
	const ParamValue *from = params_get(&self->command->cli->flags, "from");
	const json_t *mirrors = json_object_get(self->set, "mirrors");
	json_t *mirror;
	size_t i;

	if (from->given)
		return fetch_files(self, from->text, err);
	json_array_foreach((json_t *)(uintptr_t)mirrors, i, mirror)
	{
		if (fetch_files(self, json_string_value(mirror), err)) {
			err->code = ERR_NONE; /* of an earlier mirror */
			return true;
		}
		/* A full disk is full for the next one, too. */
		if (err->code != ERR_NEED && err->code != ERR_FORMAT)
			return false;
		if (self->fetch->progress)
			text_printf(self->fetch->progress, "%s\n", err->text);
	}
	return false;
}

static void empty_staging(const FetchSet *self)
{
	DIR *folder = opendir(self->staging);

	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
}

/* What the files hold is for a worker to look at. What is wrong is not kept: the next fetch
 * would take it for whole. */
static bool check_content(FetchSet *self, Err *err)
{
	json_t *folders = json_array();

	json_array_append_new(folders, json_string(self->root));
	bool ok = data_command_job(self->command,
				   json_pack("{s:s, s:[s]}", "do", "verify", "names", self->name),
				   folders, NULL, NULL, err);
	const json_t *record = json_array_get(self->command->records, 0);
	bool same = ok && strcmp(record_text(record, "result"), "same") == 0;

	json_decref(folders);
	if (same)
		text_format(self->sha256, sizeof self->sha256, "%s", record_text(record, "sha256"));
	if (!ok || same)
		return same;
	empty_staging(self);
	return err_set(err, ERR_FORMAT, "what came from %s is not %s, and was removed: %s",
		       self->from, self->name, record_text(record, "sha256_why"));
}

/* In one step when nothing is in the way, else file by file. */
static bool move_files(const FetchSet *self, Err *err)
{
	char from[2 * PATH_MAX], to[2 * PATH_MAX];
	json_t *file;
	size_t i;

	if (rename(self->staging, self->place) == 0)
		return true;
	json_array_foreach(json_object_get(self->set, "files"), i, file)
	{
		text_format(from, sizeof from, "%s/%s", self->staging, record_text(file, "name"));
		text_format(to, sizeof to, "%s/%s", self->place, record_text(file, "name"));
		if (rename(from, to) != 0)
			return err_set(err, ERR_FILE, "cannot write %s: %s", to, strerror(errno));
	}
	rmdir(self->staging);
	return true;
}

/* --- one set ---------------------------------------------------------------------------------- */

static bool can_fetch(const FetchSet *self, Err *err)
{
	bool from = params_get(&self->command->cli->flags, "from")->given;

	if (strcmp(record_text(self->set, "where"), "generated") == 0 ||
	    strcmp(record_text(self->set, "where"), "imported") == 0)
		return err_set(err, ERR_USAGE, "%s is not downloaded. %s", self->name,
			       record_text(self->set, "get"));
	if (json_array_size(json_object_get(self->set, "files")) == 0 ||
	    (!from && json_array_size(json_object_get(self->set, "mirrors")) == 0))
		return err_set(err, ERR_NEED, "no mirror of %s is known. %s", self->name,
			       record_text(self->set, "get"));
	return fetch_available() || err_set(err, ERR_NEED,
					    "this wattle was built without libcurl, which "
					    "downloads; install it (Debian: "
					    "libcurl4-openssl-dev) and build again. %s",
					    record_text(self->set, "get"));
}

static bool put_fetched(const FetchSet *self, bool already, double time_s, uint64_t bytes, Err *err)
{
	json_t *record = record_new("data-fetch", 0);
	static const char *const why = "it was there already";

	json_object_set_new(record, "t_ns", json_integer(0));
	json_object_set_new(record, "name", json_string(self->name));
	json_object_set_new(record, "already", json_boolean(already));
	json_object_set_new(record, "to",
			    json_string(already ? record_text(self->set, "from") : self->place));
	if (already) {
		record_absent(record, "from", why);
		record_absent(record, "sha256", "it was not looked into: wattle data verify does");
	} else {
		json_object_set_new(record, "from", json_string(self->from));
		json_object_set_new(record, "sha256", json_string(self->sha256));
	}
	json_object_set_new(record, "downloaded_bytes", json_integer((json_int_t)bytes));
	json_object_set_new(record, "time_s", json_real(time_s));
	bool ok = data_command_put(self->command, record, err);

	json_decref(record);
	return ok;
}

static bool fetch_set(FetchSet *self, Err *err)
{
	bool replace = params_get(&self->command->cli->flags, "replace")->flag;
	int64_t began_ns = clock_now_ns();
	uint64_t before = self->fetch->bytes;

	if (strcmp(record_text(self->set, "where"), "here") == 0 && !replace)
		return put_fetched(self, true, 0, 0, err);
	bool ok = can_fetch(self, err) && open_staging(self, err) && fetch_any(self, err) &&
		  check_content(self, err) && move_files(self, err);

	if (self->lock >= 0)
		close(self->lock);
	if (!ok)
		return err->code == ERR_NEED || err->code == ERR_FORMAT
			       ? err_prefix(err, "%s cannot be fetched", self->name)
			       : false;
	rmdir(self->root);
	return put_fetched(self, false, (double)(clock_now_ns() - began_ns) / CLOCK_NS_PER_S,
			   self->fetch->bytes - before, err);
}

/* --- the command ------------------------------------------------------------------------------ */

#define COLUMNS_USUAL 80
#define COLUMNS_LEAST 20

static void open_progress(const DataCommand *self, Fetch *fetch)
{
	struct winsize size;

	if (params_get(&self->cli->common, "quiet")->flag)
		return;
	fetch->progress = stderr;
	fetch->bar = isatty(STDERR_FILENO) && !params_get(&self->cli->common, "plain")->flag;
	fetch->columns = COLUMNS_USUAL;
	if (fetch->bar && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col >= COLUMNS_LEAST)
		fetch->columns = size.ws_col;
}

bool data_fetch(DataCommand *self, Err *err)
{
	const Params *flags = &self->cli->flags;
	json_t *folders = paths_data_folders(self->cli->paths);
	bool ok = data_command_job(
		self, json_pack("{s:s, s:o}", "do", "ls", "names", data_command_names(self, 1)),
		folders, NULL, NULL, err);
	json_t *sets = self->records, *set;
	Fetch fetch = { .stall_s = params_get(flags, "stall")->number,
			.wait_s = 0.5,
			.tries = 4,
			.plain_http = params_get(flags, "from")->given };
	size_t i;

	self->records = NULL; /* the jobs below gather their own */
	open_progress(self, &fetch);
	json_array_foreach(sets, i, set)
	{
		FetchSet one = { .command = self,
				 .fetch = &fetch,
				 .set = set,
				 .name = record_text(set, "name"),
				 .lock = -1 };

		ok = ok && fetch_set(&one, err);
	}
	json_decref(sets);
	json_decref(folders);
	return ok;
}
