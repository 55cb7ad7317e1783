/* Model files: summed up, then copied for the worker.
 * SPDX-License-Identifier: MIT */
#include "app/run/given_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "base/file.h"
#include "base/text.h"

#define MODEL_MAGIC "WATTLEM1" /* model/file.h, which holds tensors */
#define CHUNK 65536

bool given_file_is_model(const char *path)
{
	char magic[8] = "";
	Err ignored;
	int fd = file_open_regular(path, NULL, &ignored);
	bool is = fd >= 0 && read(fd, magic, sizeof magic) == (ssize_t)sizeof magic &&
		  memcmp(magic, MODEL_MAGIC, sizeof magic) == 0;

	if (fd >= 0)
		close(fd);
	return is;
}

/* The sum of the whole file, which also goes to fd to unless that is −1. */
static bool sum_up(const GivenFile *file, int to, char sum[65], Err *err)
{
	uint8_t bytes[CHUNK], digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx context;
	off_t at = 0;
	ssize_t got;

	sha256_init(&context);
	while ((got = pread(file->fd, bytes, sizeof bytes, at)) > 0) {
		at += got;
		sha256_update(&context, (size_t)got, bytes);
		if (to >= 0 && write(to, bytes, (size_t)got) != got)
			return err_set(err, ERR_FILE, "cannot copy the model %s: %s", file->path,
				       strerror(errno));
	}
	if (got < 0)
		return err_set(err, ERR_FILE, "cannot read the model %s: %s", file->path,
			       strerror(errno));
	sha256_digest(&context, sizeof digest, digest);
	text_hex(sum, digest, sizeof digest);
	return true;
}

bool given_file_open(GivenFile *file, const char *path, Err *err)
{
	*file = (GivenFile){ .path = path, .fd = file_open_regular(path, NULL, err) };
	return file->fd >= 0 && sum_up(file, -1, file->sha256, err);
}

void given_file_close(GivenFile *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

static bool place(const GivenFile *file, const char *folder, Err *err)
{
	char path[PATH_MAX + 80], sum[65] = "";
	bool ok;

	text_format(path, sizeof path, "%s/%s.model", folder, file->sha256);
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return err_set(err, ERR_FILE, "cannot copy the model %s: %s", file->path,
			       strerror(errno));
	ok = sum_up(file, to, sum, err);
	if (close(to) != 0 && ok)
		ok = err_set(err, ERR_FILE, "cannot copy the model %s: %s", file->path,
			     strerror(errno));
	return ok && (strcmp(sum, file->sha256) == 0 ||
		      err_set(err, ERR_FILE, "the model %s changed while it was read", file->path));
}

bool given_files_place(const GivenFile *files, size_t count, const char *folder, Err *err)
{
	for (size_t i = 0; i < count; i++)
		if (!place(&files[i], folder, err))
			return false;
	return true;
}
