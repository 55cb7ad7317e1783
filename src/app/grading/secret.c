/* HMAC by nettle.
 * SPDX-License-Identifier: MIT */
#include "app/grading/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/hmac.h>

#include "base/file.h"

static bool read_all(Secret *out, int fd, size_t size)
{
	while (out->len < size) {
		ssize_t got = read(fd, out->bytes + out->len, size - out->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		out->len += (size_t)got;
	}
	return true;
}

bool secret_read(Secret *out, const char *path, Err *err)
{
	struct stat status;
	size_t size = 0;
	out->len = 0;
	int fd = file_open_regular(path, &size, err);
	if (fd < 0)
		return false;
	out->open = fstat(fd, &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH));
	bool whole = size <= SECRET_BYTES_MAX && read_all(out, fd, size);
	close(fd);
	while (out->len && (out->bytes[out->len - 1] == '\n' || out->bytes[out->len - 1] == '\r'))
		out->len--;
	if (whole && out->len >= SECRET_BYTES_MIN)
		return true;
	return err_set(
		err, ERR_USAGE,
		"the secret in %s must have %d to %d bytes; make one: head -c 24 /dev/urandom "
		"| base64 >FILE",
		path, SECRET_BYTES_MIN, SECRET_BYTES_MAX);
}

uint32_t secret_seed(const Secret *secret, const char *lesson_id, const char *student)
{
	struct hmac_sha256_ctx sum;
	uint8_t digest[SHA256_DIGEST_SIZE];
	const char *dot = strrchr(lesson_id, '.');
	size_t course = dot ? (size_t)(dot - lesson_id) : 0;
	const char *lesson = dot ? dot + 1 : lesson_id;
	hmac_sha256_set_key(&sum, secret->len, secret->bytes);
	hmac_sha256_update(&sum, course, (const uint8_t *)lesson_id);
	hmac_sha256_update(&sum, 1, (const uint8_t *)"");
	hmac_sha256_update(&sum, strlen(lesson) + 1, (const uint8_t *)lesson);
	hmac_sha256_update(&sum, strlen(student), (const uint8_t *)student);
	hmac_sha256_digest(&sum, sizeof digest, digest);
	return (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 | (uint32_t)digest[2] << 8 |
	       digest[3];
}
