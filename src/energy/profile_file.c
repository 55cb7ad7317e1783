/* Reading and writing profiles, with their checksum.
 * SPDX-License-Identifier: MIT */
#include "energy/profile_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "base/file.h"
#include "base/text.h"

#define SUM_KEY "sha256"
#define SUM_BYTES (2 * SHA256_DIGEST_SIZE + 1)

/* Of the object but for its checksum. */
static bool checksum(const json_t *json, char out[SUM_BYTES])
{
	json_t *rest = json_copy((json_t *)(uintptr_t)json);
	struct sha256_ctx sum;
	uint8_t digest[SHA256_DIGEST_SIZE];
	char *text;

	json_object_del(rest, SUM_KEY);
	text = json_dumps(rest, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
	json_decref(rest);
	if (!text)
		return false;
	sha256_init(&sum);
	sha256_update(&sum, strlen(text), (const uint8_t *)text);
	sha256_digest(&sum, sizeof digest, digest);
	text_hex(out, digest, sizeof digest);
	free(text);
	return true;
}

static bool check_sum(const json_t *json, Err *err)
{
	const char *stated = json_string_value(json_object_get(json, SUM_KEY));
	char sum[SUM_BYTES];

	if (!stated)
		return err_set(err, ERR_FORMAT, SUM_KEY ": is missing: is this a profile?");
	if (!checksum(json, sum))
		return err_set(err, ERR_MEMORY, "reading a profile");
	return strcmp(stated, sum) == 0 ||
	       err_set(err, ERR_FORMAT,
		       SUM_KEY
		       ": the file is damaged or was changed: its content is not that of its "
		       "checksum");
}

bool profile_parse(EnergyProfile *out, json_t **json, const char *text, size_t len,
		   const char *name, Err *err)
{
	json_error_t error;
	json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	bool ok;

	if (!object)
		return err_set(err, ERR_FORMAT, "%s: line %d: %s", name, error.line, error.text);
	if (json_is_object(object))
		ok = check_sum(object, err) && profile_from_json(out, object, err);
	else
		ok = err_set(err, ERR_FORMAT, "is no JSON object");
	if (ok && json)
		*json = json_incref(object);
	json_decref(object);
	return ok || err_prefix(err, "%s", name);
}

bool profile_read(EnergyProfile *out, json_t **json, const char *path, Err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = malloc(PROFILE_BYTES_MAX + 1);
	struct stat status;
	size_t len = 0;
	ssize_t got = 1;
	bool ok = false;

	if (fd < 0) {
		err_set(err, ERR_FILE, "cannot open the profile %s: %s", path, strerror(errno));
		goto done;
	}
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		err_set(err, ERR_FILE, "cannot read the profile %s: not a regular file", path);
		goto done;
	}
	while (text && got > 0 && len <= PROFILE_BYTES_MAX) {
		got = read(fd, text + len, PROFILE_BYTES_MAX + 1 - len);
		len += got > 0 ? (size_t)got : 0;
	}
	if (!text)
		err_set(err, ERR_MEMORY, "reading a profile");
	else if (got < 0)
		err_set(err, ERR_FILE, "cannot read the profile %s: %s", path, strerror(errno));
	else if (len > PROFILE_BYTES_MAX)
		err_set(err, ERR_FORMAT, "%s: more than %d bytes: is this a profile?", path,
			PROFILE_BYTES_MAX);
	else
		ok = profile_parse(out, json, text, len, path, err);
done:
	free(text);
	if (fd >= 0)
		close(fd);
	return ok;
}

static char *profile_text(const EnergyProfile *profile)
{
	json_t *json = profile_json(profile);
	char sum[SUM_BYTES], *text = NULL;

	/* jansson keeps the order in which members came: the checksum is the last line. */
	if (json && checksum(json, sum) &&
	    json_object_set_new(json, SUM_KEY, json_string(sum)) == 0)
		text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
	json_decref(json);
	return text;
}

bool profile_write(const EnergyProfile *profile, const char *path, bool over, Err *err)
{
	char *text = profile_text(profile);
	size_t len;
	bool ok;

	if (!text)
		return err_set(err, ERR_MEMORY, "writing a profile");
	len = strlen(text);
	text[len++] = '\n'; /* where it ended */
	ok = file_write(path, "the profile", text, len, over ? FILE_REPLACE : FILE_NEW, err);
	free(text);
	return ok;
}
