/* wattle runs merge: parts of an experiment, stored or in files, become one stored run; a file alone is
 * stored as the run that it is.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/runs/runs_command.h"
#include "app/runs/stored_runs.h"
#include "base/text.h"
#include "lab/merge.h"
#include "lab/results.h"

typedef struct Parts {
	Runs *runs;
	MergePart part[CLI_OPERANDS_MAX];
	json_t *records[CLI_OPERANDS_MAX], *asked[CLI_OPERANDS_MAX]; /* owned */
	bool is_file;                                                /* the last one */
	size_t count;
	/* What the first stored part was asked with; absent where all came from files. */
	char *script;
	size_t script_len;
	json_t *settings;
} Parts;

static bool add_record(void *user, const json_t *record, Err *err)
{
	return json_array_append(user, (json_t *)(uintptr_t)record) == 0 ||
	       err_set(err, ERR_MEMORY, "no memory for the records of a part");
}

static bool read_file(json_t *records, const char *path, Err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	RecordIn *in = fd >= 0 ? record_in_new(fd, err) : NULL;
	RecordGot got = RECORD_BAD;
	json_t *record;

	if (fd < 0)
		return err_set(err, ERR_FILE, "cannot open %s: %s", path, strerror(errno));
	while (in && (got = record_in_next(in, &record, err)) == RECORD_GOT)
		json_array_append_new(records, record);
	record_in_free(in);
	close(fd);
	return got == RECORD_END || err_prefix(err, "%s", path);
}

static bool read_asked(Parts *self, const char *id, Err *err)
{
	size_t at = self->count - 1, len;
	char *script;

	if (!store_asked(self->runs->store, id, &script, &len, &self->asked[at], err))
		return false;
	self->part[at].settings = self->asked[at];
	if (self->settings) {
		free(script);
		return true;
	}
	self->script = script;
	self->script_len = len;
	self->settings = json_deep_copy(self->asked[at]);
	return true;
}

static bool read_stored(Parts *self, json_t *records, const char *meant, Err *err)
{
	char id[STORE_ID_MAX];
	Store *store = self->runs->store;

	return store_find(store, meant, id, err) &&
	       store_records(store, id, add_record, records, err) && read_asked(self, id, err);
}

static bool read_part(Parts *self, const char *name, Err *err)
{
	json_t *records = json_array();
	self->is_file = access(name, F_OK) == 0 || strpbrk(name, "/.");

	self->records[self->count] = records;
	self->part[self->count] = (MergePart){ .records = records, .name = name };
	self->count++;
	if (!records)
		return err_set(err, ERR_MEMORY, "no memory for the records of a part");
	if (!self->is_file)
		return read_stored(self, records, name, err);
	if (!read_file(records, name, err))
		return false;
	/* The store may know what it was asked with all the same. */
	Err unknown;

	read_asked(self, record_text(json_array_get(records, 0), "run"), &unknown);
	return true;
}

/* --- into the store --------------------------------------------------------------------------- */

static bool show_run(void *user, const StoredRun *run, Err *err)
{
	return record_out_put(user, stored_run_json(run), err);
}

static bool tell(Parts *self, const char *what, const char *id, Err *err)
{
	if (self->runs->json)
		return store_run(self->runs->store, id, show_run, self->runs->json, err);
	text_printf(stdout, "%s %.8s\n", what, id);
	return true;
}

/* All records from first on, or none. */
static bool put_all(StoreWriter *writer, const json_t *records, size_t first, Err *err)
{
	bool fine = writer != NULL;
	Err ignored;

	if (writer)
		store_writer_hold(writer);
	for (size_t i = first; fine && i < json_array_size(records); i++)
		fine = store_writer_put(writer, json_array_get(records, i), err);
	/* A run of which a part could not be taken is not begun. */
	if (!fine)
		store_writer_drop(writer);
	return store_writer_end(writer, fine ? err : &ignored) && fine;
}

static bool keep(Parts *self, const Merged *merged, Err *err)
{
	/* What was merged is no shard any more. */
	json_object_del(self->settings, "shard");
	StoreAsk ask = { .script = self->script,
			 .script_len = self->script_len,
			 .settings = self->settings };

	return put_all(store_writer_new(self->runs->store, &ask, err), merged->records, 0, err) &&
	       tell(self, "merged into", record_text(json_array_get(merged->records, 0), "run"),
		    err);
}

/* --- a file alone ----------------------------------------------------------------------------- */

/* What the store has of the run. */
typedef struct Known {
	Store *store;
	json_t *records; /* without those of an end that may go */
	bool there, broken;
} Known;

static bool add_known(void *user, const json_t *record, Err *err)
{
	Known *known = user;

	return (known->broken && store_is_end(record)) || add_record(known->records, record, err);
}

static bool note_known(void *user, const StoredRun *run, Err *err)
{
	Known *known = user;

	known->there = true;
	known->broken = store_broken_off(run);
	return store_records(known->store, run->id, add_known, known, err);
}

static bool read_known(Known *known, const char *id, Err *err)
{
	if (store_run(known->store, id, note_known, known, err))
		return true;
	if (known->there || err->code != ERR_ARGUMENT)
		return false;
	err->code = ERR_NONE; /* there is no such run */
	return true;
}

static bool begins_so(const json_t *records, const json_t *known)
{
	size_t n = json_array_size(known), i = 0;

	while (i < n && json_equal(json_array_get(records, i), json_array_get(known, i)))
		i++;
	return i == n;
}

static bool import(Known *known, const json_t *records, const char *id, Err *err)
{
	size_t first;

	if (!read_known(known, id, err))
		return false;
	if (!known->there)
		return put_all(store_writer_new(known->store, NULL, err), records, 0, err);
	first = json_array_size(known->records);
	if (!begins_so(records, known->records) ||
	    (!known->broken && json_array_size(records) != first))
		return err_set(err, ERR_ARGUMENT, "the run %.8s is in the store with other records",
			       id);
	return json_array_size(records) == first ||
	       put_all(store_writer_resume(known->store, id, err), records, first, err);
}

/* It has to be readable as a run before it is one. */
static bool check_records(const MergePart *part, Err *err)
{
	Results *results = results_new(err);
	bool fine = results != NULL;

	for (size_t i = 0; fine && i < json_array_size(part->records); i++)
		fine = results_take(results, json_array_get(part->records, i), err) ||
		       err_prefix(err, "%s", part->name);
	results_free(results);
	return fine;
}

/* The file that the run itself left beside the store is in the store now. */
static void remove_shard(const char *name, const char *id)
{
	struct stat file, shard;
	char path[PATH_MAX];

	if (stat(name, &file) == 0 && stat(run_store_shard(id, path), &shard) == 0 &&
	    file.st_dev == shard.st_dev && file.st_ino == shard.st_ino)
		unlink(path);
}

/* An id is part of names of files. */
static bool check_id(const MergePart *part, const char *id, Err *err)
{
	size_t len = strlen(id);

	return (len > 0 && len < STORE_ID_MAX && strspn(id, "0123456789abcdef") == len) ||
	       err_set(err, ERR_ARGUMENT, "%s does not begin with a run-begin record", part->name);
}

static bool import_file(Parts *self, Err *err)
{
	const MergePart *part = &self->part[0];
	const char *id = record_text(json_array_get(part->records, 0), "run");
	Known known = { .store = self->runs->store, .records = json_array() };

	if (!self->is_file) {
		json_decref(known.records);
		return err_set(err, ERR_USAGE, "%s is a stored run already: merge it with what?",
			       part->name);
	}
	bool fine = check_id(part, id, err) && check_records(part, err);
	int lock = fine ? run_store_lock(id, err) : -1;

	fine = lock >= 0 && import(&known, part->records, id, err);
	if (fine)
		remove_shard(part->name, id);
	run_store_unlock(lock, id);
	json_decref(known.records);
	return fine && tell(self, "stored as", id, err);
}

static bool merge_all(Parts *self, Err *err)
{
	Merged merged;
	bool fine = merge_parts(&merged, self->part, self->count, err) && keep(self, &merged, err);

	if (fine && merged.dropped)
		text_printf(stderr,
			    "wattle: %zu of the blocks came in several parts; one of each counts\n",
			    merged.dropped);
	if (fine && merged.missing) {
		text_printf(stderr,
			    "wattle: %zu of the blocks are missing, the first one is number %llu\n",
			    merged.missing, (unsigned long long)merged.first_missing + 1);
		self->runs->status = 1;
	}
	merged_done(&merged);
	return fine;
}

bool runs_merge(void *user, Err *err)
{
	Runs *runs = user;
	Parts *self = calloc(1, sizeof *self);
	bool fine = self != NULL;

	if (!self)
		return err_set(err, ERR_MEMORY, "no memory to merge runs");
	self->runs = runs;
	for (size_t i = 1; fine && i < runs->cli->operands; i++)
		fine = read_part(self, runs->cli->operand[i], err);
	fine = fine && (self->count == 1 ? import_file(self, err) : merge_all(self, err));
	for (size_t i = 0; i < self->count; i++) {
		json_decref(self->records[i]);
		json_decref(self->asked[i]);
	}
	json_decref(self->settings);
	free(self->script);
	free(self);
	return fine;
}
