/* wattle runs merge: parts of an experiment, stored or in files, become one stored run.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/runs_command.h"
#include "base/text.h"
#include "lab/merge.h"

typedef struct Parts {
	Runs *runs;
	MergePart part[CLI_OPERANDS_MAX];
	json_t *records[CLI_OPERANDS_MAX]; /* owned */
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

static bool read_stored(Parts *self, json_t *records, const char *meant, Err *err)
{
	char id[STORE_ID_MAX];
	Store *store = self->runs->store;

	return store_find(store, meant, id, err) &&
	       store_records(store, id, add_record, records, err) &&
	       (self->script ||
		store_asked(store, id, &self->script, &self->script_len, &self->settings, err));
}

static bool read_part(Parts *self, const char *name, Err *err)
{
	json_t *records = json_array();
	bool is_file = access(name, F_OK) == 0 || strpbrk(name, "/.");

	self->records[self->count] = records;
	self->part[self->count] = (MergePart){ .records = records, .name = name };
	self->count++;
	if (!records)
		return err_set(err, ERR_MEMORY, "no memory for the records of a part");
	return is_file ? read_file(records, name, err) : read_stored(self, records, name, err);
}

static bool keep(Parts *self, const Merged *merged, Err *err)
{
	StoreAsk ask = { .script = self->script,
			 .script_len = self->script_len,
			 .settings = self->settings };
	StoreWriter *writer = store_writer_new(self->runs->store, &ask, err);
	bool fine = writer != NULL;
	json_t *record;
	size_t i;

	json_array_foreach(merged->records, i, record)
	{
		fine = fine && store_writer_put(writer, record, err);
	}
	if (fine)
		text_printf(stdout, "merged into %.8s\n", store_writer_id(writer));
	Err ignored;

	return store_writer_end(writer, fine ? err : &ignored) && fine;
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
	fine = fine && merge_all(self, err);
	for (size_t i = 0; i < self->count; i++)
		json_decref(self->records[i]);
	json_decref(self->settings);
	free(self->script);
	free(self);
	return fine;
}
