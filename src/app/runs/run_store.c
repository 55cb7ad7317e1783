/* Records of a run on their way to the store, or to a file beside it.
 * SPDX-License-Identifier: MIT */
#include "app/runs/run_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/paths.h"
#include "base/file.h"
#include "base/list.h"
#include "base/text.h"

char *run_store_path(char *out)
{
	return paths_user_data("runs.db", out);
}

static Store *user_store(StoreWay way, Err *err)
{
	char path[PATH_MAX];

	if (!*run_store_path(path)) {
		err_set(err, ERR_NEED, "there is no place for runs: set XDG_DATA_HOME or HOME");
		return NULL;
	}
	if (way == STORE_WRITE)
		file_make_folders(path);
	return store_open(path, way, err);
}

Store *run_store_read(Err *err)
{
	return user_store(STORE_READ, err);
}

Store *run_store_change(Err *err)
{
	return user_store(STORE_WRITE, err);
}

static bool begin(RunStore *self, const ScriptFile *script, const json_t *settings, Err *err)
{
	StoreAsk ask = { .script = NULL };

	self->store = user_store(STORE_WRITE, err);
	if (!self->store)
		return false;
	self->settings = json_deep_copy(settings);
	self->script = script_file_text(script, &ask.script_len);
	if (!self->settings || !self->script)
		return err_set(err, ERR_MEMORY, "no memory to store a run");
	ask.script = self->script;
	ask.settings = self->settings;
	self->writer = store_writer_new(self->store, &ask, err);
	return self->writer;
}

/* --- going on --------------------------------------------------------------------------------- */

static char *record_path(const char *id, const char *ending, char *out)
{
	char name[64];

	text_format(name, sizeof name, "records/%s.%s", id, ending);
	return paths_user_data(name, out);
}

bool run_store_goes_on(const char *id)
{
	char path[PATH_MAX];
	int fd = open(record_path(id, "lock", path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return held;
}

char *run_store_shard(const char *id, char *out)
{
	return record_path(id, "jsonl", out);
}

/* The file that was opened may have been removed before it was locked: that lock keeps nobody out. */
static bool is_there(int fd, const char *path)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_dev == named.st_dev &&
	       held.st_ino == named.st_ino;
}

int run_store_lock(const char *id, Err *err)
{
	char path[PATH_MAX];

	file_make_folders(record_path(id, "lock", path));
	for (;;) {
		int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		bool held = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0;

		if (held && is_there(lock, path))
			return lock;
		if (!held && errno == EWOULDBLOCK)
			err_set(err, ERR_NEED, "the run %.8s goes on in another process", id);
		else if (!held)
			err_set(err, ERR_FILE, "cannot lock the run %.8s: %s: %s", id, path,
				strerror(errno));
		if (lock >= 0)
			close(lock);
		if (!held)
			return -1;
	}
}

void run_store_unlock(int lock, const char *id)
{
	char path[PATH_MAX];

	if (lock < 0)
		return;
	unlink(record_path(id, "lock", path));
	close(lock);
}

bool run_store_remove(Store *store, const char *id, Err *err)
{
	char path[PATH_MAX];
	int lock = run_store_lock(id, err);
	bool fine = lock >= 0 && store_remove(store, id, err);

	if (fine)
		unlink(run_store_shard(id, path));
	run_store_unlock(lock, id);
	return fine;
}

/* Runs that may be gone on with, the oldest first. */
typedef struct Broken {
	Store *store;
	const char *sha256;
	const json_t *settings;
	char (*id)[STORE_ID_MAX];
	size_t count, room;
} Broken;

static bool note_broken(Broken *broken, const char *id, Err *err)
{
	void *more = list_room(broken->id, broken->count, &broken->room, sizeof *broken->id);

	if (!more)
		return err_set(err, ERR_MEMORY, "no memory for a list of runs");
	broken->id = more;
	text_format(broken->id[broken->count++], STORE_ID_MAX, "%s", id);
	return true;
}

/* What ended before it had a plan has nothing to go on with. */
static bool is_broken(void *user, const StoredRun *run, Err *err)
{
	Broken *broken = user;
	json_t *settings;
	char *script;
	size_t len;

	if (!store_broken_off(run) || !*run->name ||
	    strcmp(run->script_sha256, broken->sha256) != 0)
		return true;
	if (!store_asked(broken->store, run->id, &script, &len, &settings, err))
		return false;
	bool fine = !json_equal(settings, broken->settings) || note_broken(broken, run->id, err);

	free(script);
	json_decref(settings);
	return fine;
}

/* The youngest that can be had, and its lock. */
static bool take_one(RunStore *self, const Broken *broken, const char **id, Err *err)
{
	char path[PATH_MAX];

	for (size_t i = broken->count; i-- > 0;) {
		*id = broken->id[i];
		if (access(run_store_shard(*id, path), F_OK) == 0) {
			err_set(err, ERR_NEED,
				"the run %.8s has records that are not in the store; first: wattle "
				"runs merge %s",
				*id, path);
			continue;
		}
		self->lock = run_store_lock(*id, err);
		if (self->lock < 0 && err->code != ERR_NEED)
			return false;
		/* It may have ended since it was listed. */
		self->writer = self->lock >= 0 ? store_writer_resume(self->store, *id, err) : NULL;
		if (self->writer)
			return true;
		run_store_unlock(self->lock, *id);
		self->lock = -1;
	}
	return false;
}

/* What it said at its end goes when it is gone on with. */
static bool add_record(void *user, const json_t *record, Err *err)
{
	return store_is_end(record) || json_array_append(user, (json_t *)(uintptr_t)record) == 0 ||
	       err_set(err, ERR_MEMORY, "no memory for the records of a stored run");
}

bool run_store_resume(RunStore *self, const ScriptFile *script, const json_t *settings,
		      json_t **past, Err *err)
{
	*self = (RunStore){ .shard = -1, .lock = -1, .fault = { .code = ERR_NONE } };
	*past = json_array();
	self->store = user_store(STORE_WRITE, err);
	Broken broken = { .store = self->store, .sha256 = script->sha256, .settings = settings };
	const char *id;
	bool fine = self->store && store_each(self->store, is_broken, &broken, err);

	if (fine && !broken.count)
		fine = err_set(err, ERR_NEED,
			       "no stored run of %s with these settings was broken off",
			       script->name);
	fine = fine && take_one(self, &broken, &id, err) && *past &&
	       store_records(self->store, id, add_record, *past, err);
	self->past = json_array_size(*past);
	free(broken.id);
	return fine;
}

/* --- records ---------------------------------------------------------------------------------- */

void run_store_begin(RunStore *self, const ScriptFile *script, const json_t *settings)
{
	*self = (RunStore){ .shard = -1, .lock = -1, .fault = { .code = ERR_NONE } };
	begin(self, script, settings, &self->fault);
}

/* To the file beside the store, from now on. */
static bool leave(RunStore *self, Err *err)
{
	file_make_folders(run_store_shard(store_writer_id(self->writer), self->path));
	self->shard = open(self->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (self->shard < 0)
		return err_set(err, ERR_FILE, "%s: %s", self->path, strerror(errno));
	if (store_writer_leave(self->writer, self->shard, err))
		return true;
	unlink(self->path);
	close(self->shard);
	self->shard = -1;
	return err_prefix(err, "%s", self->path);
}

void run_store_take(RunStore *self, const json_t *record)
{
	Err err;

	if (self->past) {
		self->past--;
		return;
	}
	if (!self->writer)
		return;
	bool first = !*store_writer_id(self->writer),
	     fine = store_writer_put(self->writer, record, &err);

	if (first && *store_writer_id(self->writer))
		self->lock =
			run_store_lock(store_writer_id(self->writer), &(Err){ .code = ERR_NONE });
	if (fine)
		return;
	if (self->fault.code == ERR_NONE)
		self->fault = err;
	if (self->shard < 0 && !leave(self, &err))
		self->fault = err;
}

/* What became of the run, for its user. */
static bool tell_end(const RunStore *self, bool whole, bool begun, Err *err)
{
	if (whole && self->shard < 0)
		return true; /* records that had to wait are in the store all the same */
	*err = self->fault;
	if (self->shard >= 0)
		return err_prefix(err, "%s the run is in %s, for wattle runs merge",
				  whole ? "all of" : "only a part of", self->path);
	return err_prefix(err,
			  begun ? "the run was stored only in part" : "the run was not stored");
}

bool run_store_end(RunStore *self, char id[STORE_ID_MAX], Err *err)
{
	*id = '\0';
	if (!self->store && self->fault.code == ERR_NONE)
		return true;
	bool unused = !self->writer && self->fault.code == ERR_NONE, whole = self->writer != NULL;
	bool begun = whole && store_writer_begun(self->writer);

	text_format(id, STORE_ID_MAX, "%s", whole ? store_writer_id(self->writer) : "");
	if (!store_writer_end(self->writer, err))
		whole = false;
	if (self->shard >= 0 && close(self->shard) != 0)
		whole = !err_set(err, ERR_FILE, "%s: %s", self->path, strerror(errno));
	if (!unused && !whole && self->fault.code == ERR_NONE)
		self->fault = *err;
	run_store_unlock(self->lock, id);
	store_close(self->store);
	free(self->script);
	json_decref(self->settings);
	self->store = NULL;
	self->writer = NULL;
	self->lock = -1;
	bool fine = unused || tell_end(self, whole, begun, err);

	if (!whole || self->shard >= 0)
		*id = '\0';
	self->fault.code = ERR_NONE;
	return fine;
}
