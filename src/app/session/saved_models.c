/* Models on their way from a scratch folder to the user's.
 * SPDX-License-Identifier: MIT */
#include "app/session/saved_models.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/saved.h"

#define SENTENCE_MAX (PATH_MAX + 256)

static uint64_t size_of(const json_t *record)
{
	json_int_t size = json_integer_value(json_object_get(record, "size_bytes"));

	return size > 0 ? (uint64_t)size : 0;
}

static char *source_path(const char *scratch, const char *name, char out[PATH_MAX])
{
	text_format(out, PATH_MAX, "%s/" SAVED_PREFIX "%s", scratch, name);
	return out;
}

static char *target_path(const SavedModels *models, const char *name, char out[PATH_MAX])
{
	text_format(out, PATH_MAX, "%s/%s", models->folder, name);
	return out;
}

/* A file of that size, malloc'd; NULL and *err: it is no regular file, or of another size. */
static char *load(const char *path, uint64_t size, Err *err)
{
	size_t len, done = 0;
	ssize_t got = 1;
	int fd = file_open_regular(path, &len, err);
	char *bytes = fd >= 0 && len == size ? malloc(len + 1) : NULL;

	if (fd >= 0 && len != size)
		err_set(err, ERR_FILE, "%s: has %zu bytes, not %" PRIu64, path, len, size);
	else if (fd >= 0 && !bytes)
		err_set(err, ERR_MEMORY, "no memory to read %s", path);
	while (bytes && done < len && got > 0) {
		do
			got = read(fd, bytes + done, len - done);
		while (got < 0 && errno == EINTR);
		done += got > 0 ? (size_t)got : 0;
	}
	if (bytes && done < len) {
		err_set(err, ERR_FILE, "%s: %s", path,
			got < 0 ? strerror(errno) : "it was cut while it was read");
		free(bytes);
		bytes = NULL;
	}
	if (fd >= 0)
		close(fd);
	return bytes;
}

/* Whether the very same bytes are there. */
static bool is_there(const char *path, const char *bytes, uint64_t size)
{
	Err ignored;
	char *there = load(path, size, &ignored);
	bool same = there && memcmp(there, bytes, size) == 0;

	free(there);
	return same;
}

/* Whether the place is free for these bytes. *there: it has them already. */
static bool check_place(const SavedModels *models, const char *name, const char *bytes,
			uint64_t size, bool *there, Err *err)
{
	char path[PATH_MAX];
	struct stat status;
	bool free_place = lstat(target_path(models, name, path), &status) != 0;

	file_make_folders(path);
	*there = !free_place && is_there(path, bytes, size);
	if (!free_place && !*there)
		return err_set(
			err, ERR_FILE,
			"cannot save the model %s: another file of that name is there, and is not "
			"overwritten; move it away: %s",
			name, path);
	if (!*there && access(models->folder, W_OK | X_OK) != 0)
		return err_set(err, ERR_FILE, "cannot save the model %s: %s", path,
			       strerror(errno));
	return true;
}

/* What a worker of ours writes. */
static bool is_sound(const SavedModels *models, const json_t *record)
{
	const char *name = record_text(record, "name"), *other;
	uint64_t size = size_of(record), all = 0;
	json_t *saved;

	json_object_foreach(models->list, other, saved) all += size_of(saved);
	return saved_name_ok(name, strlen(name)) && !json_object_get(models->list, name) &&
	       json_object_size(models->list) < SAVED_FILES_MAX && size > 0 &&
	       size <= SAVED_BYTES_MAX && all + size <= SAVED_BYTES_MAX;
}

bool saved_models_take(SavedModels *models, const char *scratch, const json_t *record, Err *err)
{
	const char *name = record_text(record, "name");
	char path[PATH_MAX];
	bool there;

	if (!is_sound(models, record))
		return err_set(err, ERR_DIED, "the worker saved a model that no script can save");
	if (!models->list)
		models->list = json_object();
	if (json_object_set(models->list, name, (json_t *)(uintptr_t)record) != 0)
		return err_set(err, ERR_MEMORY, "noting a saved model");
	if (!models->folder)
		return true;
	char *bytes = load(source_path(scratch, name, path), size_of(record), err);
	bool fine = bytes && check_place(models, name, bytes, size_of(record), &there, err);

	free(bytes);
	return fine;
}

static bool keep(const SavedModels *models, const char *scratch, const json_t *record,
		 char text[SENTENCE_MAX], Err *err)
{
	const char *name = record_text(record, "name");
	uint64_t size = size_of(record);
	char path[PATH_MAX];
	bool there = false;
	char *bytes = load(source_path(scratch, name, path), size, err);
	bool fine = bytes && check_place(models, name, bytes, size, &there, err);

	target_path(models, name, path);
	if (fine && !there && !file_write(path, "the model", bytes, size, FILE_NEW, err))
		/* Was another run faster? Where the place is free still, it was something else. */
		fine = check_place(models, name, bytes, size, &there, err) && there;
	free(bytes);
	text_format(text, SENTENCE_MAX, "saved model %s (%" PRIu64 " bytes) to %s%s", name, size,
		    path, there ? ", where it was already" : "");
	return fine;
}

/* Behind what is told already; of what finds no room the number is told. */
static void tell(char *text, size_t cap, const char *sentence, size_t *untold)
{
	size_t len = strlen(text);

	if (len + strlen(sentence) + 32 > cap)
		++*untold;
	else
		text_format(text + len, cap - len, "%s%s", len ? "; " : "", sentence);
}

/* The scratch folder may be small, and other runs come. */
static void forget(SavedModels *models, const char *scratch)
{
	char path[PATH_MAX];
	const char *name;
	json_t *record;

	json_object_foreach(models->list, name, record) unlink(source_path(scratch, name, path));
	json_object_clear(models->list);
}

bool saved_models_keep(SavedModels *models, const char *scratch, char *text, size_t cap, Err *err)
{
	char sentence[SENTENCE_MAX];
	size_t untold = 0;
	bool all = true;
	const char *name;
	json_t *record;

	*text = '\0';
	json_object_foreach(models->list, name, record)
	{
		Err why;
		bool fine = true;

		if (models->folder)
			fine = keep(models, scratch, record, sentence, &why);
		else
			text_format(sentence, sizeof sentence,
				    "model %s is not saved: nothing of this sitting is kept", name);
		if (fine)
			tell(text, cap, sentence, &untold);
		else if (all)
			*err = why;
		all &= fine;
	}
	if (untold)
		text_format(text + strlen(text), 32, "; and %zu more", untold);
	forget(models, scratch);
	return all;
}

void saved_models_drop(SavedModels *models, const char *scratch, char *text, size_t cap)
{
	size_t n = json_object_size(models->list);
	const char *first = json_object_iter_key(json_object_iter(models->list));

	if (cap)
		*text = '\0';
	if (n && cap)
		text_format(text, cap, "model %s%s not saved: the run did not finish", first,
			    n > 1 ? " and others are" : " is");
	forget(models, scratch);
}

void saved_models_done(SavedModels *models)
{
	json_decref(models->list);
	models->list = NULL;
}
