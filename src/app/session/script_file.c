/* The script of a run: read once, summed up for the records and kept from changing; and how a run
 * begins.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "app/session/session.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/record.h"
#include "base/text.h"
#include "script/script.h" /* SCRIPT_BYTES_MAX */

/* A copy in memory that nobody can change, of the whole of fd, up to SCRIPT_BYTES_MAX bytes. −1 on
 * failure. */
static int seal_copy(int fd, const char *path, struct sha256_ctx *sum, Err *err)
{
	uint8_t bytes[16384];
	ssize_t got;
	size_t len = 0;
	int copy = memfd_create("script", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (copy < 0) {
		err_set(err, ERR_LIMIT, "cannot copy the script %s: %s", path, strerror(errno));
		return -1;
	}
	while ((got = read(fd, bytes, sizeof bytes)) > 0 &&
	       (len += (size_t)got) <= SCRIPT_BYTES_MAX) {
		sha256_update(sum, (size_t)got, bytes);
		if (write(copy, bytes, (size_t)got) != got)
			break;
	}
	if (len > SCRIPT_BYTES_MAX)
		err_set(err, ERR_SCRIPT, "the script %s has more than %u bytes", path,
			SCRIPT_BYTES_MAX);
	else if (got != 0)
		err_set(err, ERR_SCRIPT, "cannot read the script %s: %s", path, strerror(errno));
	else if (fcntl(copy, F_ADD_SEALS,
		       F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
		return copy;
	else
		err_set(err, ERR_LIMIT, "cannot seal the script %s: %s", path, strerror(errno));
	close(copy);
	return -1;
}

/* Records are UTF-8: another name would be missing from them. */
static bool is_utf8(const char *name)
{
	json_t *text = json_string(name);
	json_decref(text);
	return text;
}

static bool take_copy(ScriptFile *out, int copy, struct sha256_ctx *sum)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	if (copy < 0)
		return false;
	out->fd = copy;
	sha256_digest(sum, sizeof digest, digest);
	text_hex(out->sha256, digest, sizeof digest);
	return true;
}

bool script_file_open(ScriptFile *out, const char *path, Err *err)
{
	struct stat status;
	struct sha256_ctx sum;
	int copy = -1;
	*out = (ScriptFile){ .name = path, .fd = -1 };
	if (!is_utf8(path))
		return err_set(err, ERR_USAGE,
			       "the name of the script is not UTF-8 text: %s: rename it", path);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, ERR_SCRIPT, "cannot open the script %s: %s", path,
			       strerror(errno));
	sha256_init(&sum);
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		copy = seal_copy(fd, path, &sum, err);
	else
		err_set(err, ERR_SCRIPT, "cannot open the script %s: not a regular file", path);
	close(fd);
	return take_copy(out, copy, &sum);
}

bool script_file_make(ScriptFile *out, const char *name, const char *text, size_t len, Err *err)
{
	struct sha256_ctx sum;
	int fd = memfd_create("text", MFD_CLOEXEC), copy = -1;
	*out = (ScriptFile){ .name = name, .fd = -1 };
	if (fd < 0 || write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) != 0) {
		err_set(err, ERR_LIMIT, "cannot copy the script %s: %s", name, strerror(errno));
	} else {
		sha256_init(&sum);
		copy = seal_copy(fd, name, &sum, err);
	}
	if (fd >= 0)
		close(fd);
	return take_copy(out, copy, &sum);
}

void script_file_close(ScriptFile *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

char *script_file_text(const ScriptFile *file, size_t *len)
{
	struct stat st;
	char *text = NULL;

	if (fstat(file->fd, &st) == 0)
		text = malloc((size_t)st.st_size + 1);
	if (!text)
		return NULL;
	*len = (size_t)st.st_size;
	if (pread(file->fd, text, *len, 0) == (ssize_t)*len)
		return text;
	free(text);
	return NULL;
}

static void put_or_absent(json_t *record, const char *key, const json_t *value)
{
	if (value)
		json_object_set_new(record, key, json_deep_copy(value));
	else
		record_absent(record, key, "the script did not load");
}

json_t *session_begin(const Session *session, const ScriptFile *script, const json_t *plan,
		      const json_t *receipt)
{
	char wall[24];
	Random random;
	json_t *record = record_new("run-begin", session->origin_ns);
	random_init(&random, (uint64_t)clock_now_ns(), (uint64_t)getpid());
	json_object_set_new(record, "run",
			    json_sprintf("%016llx", (unsigned long long)random_u64(&random)));
	json_object_set_new(record, "wall", json_string(clock_wall(wall)));
	put_or_absent(record, "seed", json_array_get(json_object_get(plan, "seeds"), 0));
	json_object_set_new(record, "script", json_string(script->name));
	json_object_set_new(record, "script_sha256", json_string(script->sha256));
	put_or_absent(record, "plan", plan);
	put_or_absent(record, "receipt", receipt);
	return record;
}
