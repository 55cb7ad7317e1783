/* The file of trusted scripts: lines {"v":1,"type":"trust","script_sha256","script","wall"}.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/program/trust.h"
#include "base/clock.h"
#include "base/file.h"

#define SUM_DIGITS 64

/* The checksum of a line; NULL: it is none of ours. */
static const char *sum_of(const json_t *json)
{
	const char *type = json_string_value(json_object_get(json, "type"));
	const char *sum = json_string_value(json_object_get(json, "script_sha256"));
	bool ours = json_integer_value(json_object_get(json, "v")) == 1 && type &&
		    strcmp(type, "trust") == 0;

	return ours && sum && strlen(sum) == SUM_DIGITS &&
			       strspn(sum, "0123456789abcdef") == SUM_DIGITS
		       ? sum
		       : NULL;
}

void trust_parse(const char *text, size_t len, const char *sha256, TrustFound *out)
{
	const char *end;

	*out = (TrustFound){ .found = false };
	while (out->whole < len &&
	       (end = memchr(text + out->whole, '\n', len - out->whole)) != NULL) {
		const char *line = text + out->whole;
		json_t *json = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);
		const char *sum = sum_of(json);

		out->damaged += sum == NULL;
		out->found |= sum && strcmp(sum, sha256) == 0;
		json_decref(json);
		out->whole += (size_t)(end - line) + 1;
	}
}

static bool refuse(Err *err, const char *path, const char *call)
{
	return err_set(err, ERR_FILE, "the file of trusted scripts %s: %s: %s", path, call,
		       strerror(errno));
}

/* All of it, allocated; NULL and *err. */
static char *read_whole(int fd, const char *path, size_t *len, Err *err)
{
	struct stat status;
	char *text = NULL;
	ssize_t got = 1;

	*len = 0;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		err_set(err, ERR_FILE, "the file of trusted scripts %s is no regular file", path);
		return NULL;
	}
	if (status.st_size > (off_t)TRUST_BYTES_MAX) {
		err_set(err, ERR_FILE,
			"the file of trusted scripts %s is over 16 MiB; delete it and trust again "
			"what is needed",
			path);
		return NULL;
	}
	text = malloc((size_t)status.st_size + 1);
	if (!text) {
		err_set(err, ERR_MEMORY, "reading %s", path);
		return NULL;
	}
	while (got > 0 && *len < (size_t)status.st_size) {
		got = pread(fd, text + *len, (size_t)status.st_size - *len, (off_t)*len);
		*len += got > 0 ? (size_t)got : 0;
	}
	if (got >= 0)
		return text;
	refuse(err, path, "read");
	free(text);
	return NULL;
}

bool trust_file_has(const char *path, const char *sha256, bool *found, bool *torn, Err *err)
{
	TrustFound seen;
	size_t len;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	*found = *torn = false;
	if (fd < 0)
		return errno == ENOENT || refuse(err, path, "open");
	flock(fd, LOCK_SH); /* not everywhere; then a line that is being written looks torn */
	char *text = read_whole(fd, path, &len, err);
	close(fd);
	if (!text)
		return false;
	trust_parse(text, len, sha256, &seen);
	free(text);
	*found = seen.found;
	*torn = seen.whole < len;
	return true;
}

static char *line_new(const char *sha256, const char *script, size_t *len)
{
	char wall[24];
	json_t *json =
		json_pack("{s:i, s:s, s:s, s:s, s:s}", "v", 1, "type", "trust", "script_sha256",
			  sha256, "script", script, "wall", clock_wall(wall));
	char *line = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	*len = line ? strlen(line) : 0;
	if (line)
		line[(*len)++] = '\n'; /* in the place of its end */
	return line;
}

static bool append(int fd, const char *path, const char *sha256, const char *script, Err *err)
{
	size_t len;
	char *line = line_new(sha256, script, &len);
	ssize_t put = line ? write(fd, line, len) : -1;
	bool memory = line == NULL;

	free(line);
	if (memory)
		return err_set(err, ERR_MEMORY, "writing %s", path);
	if (put >= 0 && put != (ssize_t)len)
		errno = ENOSPC;
	return (put == (ssize_t)len && fsync(fd) == 0) || refuse(err, path, "write");
}

bool trust_file_add(const char *path, const char *sha256, const char *script, bool *torn, Err *err)
{
	TrustFound seen = { .found = false };
	size_t len = 0;
	bool ok;

	*torn = false;
	file_make_folders(path);
	int fd =
		open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		return refuse(err, path, "open");
	ok = flock(fd, LOCK_EX) == 0 || refuse(err, path, "lock");
	char *text = ok ? read_whole(fd, path, &len, err) : NULL;
	ok = text != NULL;
	if (ok)
		trust_parse(text, len, sha256, &seen);
	free(text);
	*torn = ok && seen.whole < len;
	if (*torn && ftruncate(fd, (off_t)seen.whole) != 0)
		ok = refuse(err, path, "truncate");
	if (ok && !seen.found)
		ok = append(fd, path, sha256, script, err);
	if (close(fd) != 0 && ok)
		ok = refuse(err, path, "close");
	return ok;
}
