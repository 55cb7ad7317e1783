/* Records of a run on their way to the store, or to a file beside it.
 * SPDX-License-Identifier: MIT */
#include "app/run_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/paths.h"
#include "base/file.h"
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

/* The sealed copy of the script as text; NULL when memory is short. */
static char *script_text(const ScriptFile *script, size_t *len)
{
	struct stat st;
	char *text = NULL;

	if (fstat(script->fd, &st) == 0)
		text = malloc((size_t)st.st_size + 1);
	if (!text)
		return NULL;
	*len = (size_t)st.st_size;
	if (pread(script->fd, text, *len, 0) == (ssize_t)*len)
		return text;
	free(text);
	return NULL;
}

static bool begin(RunStore *self, const ScriptFile *script, const json_t *settings, Err *err)
{
	StoreAsk ask = { .script = NULL };

	self->store = user_store(STORE_WRITE, err);
	if (!self->store)
		return false;
	self->settings = json_deep_copy(settings);
	self->script = script_text(script, &ask.script_len);
	if (!self->settings || !self->script)
		return err_set(err, ERR_MEMORY, "no memory to store a run");
	ask.script = self->script;
	ask.settings = self->settings;
	self->writer = store_writer_new(self->store, &ask, err);
	return self->writer;
}

/* --- going on --------------------------------------------------------------------------------- */

/* Held as long as the process lives: a run that is being written is not gone on with. */
static bool lock_run(RunStore *self, const char *id, Err *err)
{
	char name[64], path[PATH_MAX];

	text_format(name, sizeof name, "records/%s.lock", id);
	file_make_folders(paths_user_data(name, path));
	self->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (self->lock < 0)
		return err_set(err, ERR_FILE, "cannot lock the run %.8s: %s: %s", id, path,
			       strerror(errno));
	if (flock(self->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	close(self->lock);
	self->lock = -1;
	return err_set(err, ERR_NEED, "the run %.8s goes on in another process", id);
}

bool run_store_goes_on(const char *id)
{
	char name[64], path[PATH_MAX];

	text_format(name, sizeof name, "records/%s.lock", id);
	int fd = open(paths_user_data(name, path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	if (fd >= 0)
		close(fd);
	return held;
}

static void unlock_run(RunStore *self, const char *id)
{
	char name[64], path[PATH_MAX];

	if (self->lock < 0)
		return;
	text_format(name, sizeof name, "records/%s.lock", id);
	unlink(paths_user_data(name, path));
	close(self->lock);
	self->lock = -1;
}

typedef struct Broken {
	Store *store;
	const char *sha256;
	const json_t *settings;
	char id[STORE_ID_MAX]; /* "": none so far */
} Broken;

static bool is_broken(void *user, const StoredRun *run, Err *err)
{
	Broken *broken = user;
	json_t *settings;
	char *script;
	size_t len;

	if (run->why || strcmp(run->script_sha256, broken->sha256) != 0)
		return true;
	if (!store_asked(broken->store, run->id, &script, &len, &settings, err))
		return false;
	if (json_equal(settings, broken->settings))
		text_format(broken->id, sizeof broken->id, "%s", run->id);
	free(script);
	json_decref(settings);
	return true;
}

static bool add_record(void *user, const json_t *record, Err *err)
{
	return json_array_append(user, (json_t *)(uintptr_t)record) == 0 ||
	       err_set(err, ERR_MEMORY, "no memory for the records of a stored run");
}

bool run_store_resume(RunStore *self, const ScriptFile *script, const json_t *settings,
		      json_t **past, Err *err)
{
	*self = (RunStore){ .shard = -1, .lock = -1, .fault = { .code = ERR_NONE } };
	*past = json_array();
	self->store = user_store(STORE_WRITE, err);
	Broken broken = { .store = self->store, .sha256 = script->sha256, .settings = settings };

	if (!self->store || !store_each(self->store, is_broken, &broken, err))
		return false;
	if (!*broken.id)
		return err_set(err, ERR_NEED,
			       "no stored run of %s with these settings was broken off",
			       script->name);
	if (!lock_run(self, broken.id, err))
		return false;
	self->writer = store_writer_resume(self->store, broken.id, err);
	if (!self->writer || !*past ||
	    !store_records(self->store, broken.id, add_record, *past, err))
		return false;
	self->past = json_array_size(*past);
	return true;
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
	char name[64];

	text_format(name, sizeof name, "records/%s.jsonl", store_writer_id(self->writer));
	file_make_folders(paths_user_data(name, self->path));
	self->shard = open(self->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (self->shard < 0)
		return err_set(err, ERR_FILE, "%s: %s", self->path, strerror(errno));
	return store_writer_leave(self->writer, self->shard, err);
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
		lock_run(self, store_writer_id(self->writer), &(Err){ .code = ERR_NONE });
	if (fine)
		return;
	if (self->fault.code == ERR_NONE)
		self->fault = err;
	if (self->shard < 0 && !leave(self, &err))
		self->fault = err;
}

bool run_store_end(RunStore *self, char id[STORE_ID_MAX], Err *err)
{
	*id = '\0';
	if (!self->store && self->fault.code == ERR_NONE)
		return true;
	bool wanted = self->writer || self->fault.code != ERR_NONE, fine = wanted && self->writer;

	text_format(id, STORE_ID_MAX, "%s", self->writer ? store_writer_id(self->writer) : "");
	unlock_run(self, id);
	if (!store_writer_end(self->writer, err))
		fine = false;
	if (self->shard >= 0 && close(self->shard) != 0)
		fine = false;
	if (wanted && !fine && self->fault.code == ERR_NONE)
		self->fault = *err;
	store_close(self->store);
	free(self->script);
	json_decref(self->settings);
	self->store = NULL;
	self->writer = NULL;
	if (self->fault.code == ERR_NONE)
		return true;
	*err = self->fault;
	self->fault.code = ERR_NONE;
	if (fine)
		return err_prefix(err, "the run is in %s, for wattle runs merge", self->path);
	*id = '\0';
	return err_prefix(err, "the run was not stored");
}
