/* Opens files safely and gives their bytes, gunzipped, in steps.
 * SPDX-License-Identifier: MIT */
#include "data/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* A step of reading: its end stays in the second-level cache for the checksum and lasts about a
 * millisecond. */
#define STREAM_STEP_BYTES ((size_t)256 * 1024)
#define STREAM_INPUT_BYTES ((size_t)64 * 1024)

/* Up to len bytes of the source as it is; 0 at its end; −1 on error. */
static ssize_t stream_source(Stream *s, uint8_t *out, size_t len)
{
	ssize_t got;

	if (len > s->left)
		len = s->left;
	if (s->fd < 0) {
		if (len)
			memcpy(out, s->memory, len);
		s->memory += len;
		s->left -= len;
		return (ssize_t)len;
	}
	do
		got = len ? read(s->fd, out, len) : 0;
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		err_set(s->err, ERR_FILE, "%s: cannot read: %s", s->name, strerror(errno));
		return -1;
	}
	s->left -= (size_t)got;
	return got;
}

static size_t stream_near(const Stream *s)
{
	return s->size - s->left - s->z.avail_in;
}

static bool stream_damaged(Stream *s, const char *why)
{
	return err_set(s->err, ERR_FORMAT,
		       "%s: damaged gzip data near byte %zu of the file: %s. Get the file again",
		       s->name, stream_near(s), why);
}

/* Compressed bytes at next_in; *none at the end of the source. */
static bool stream_refill(Stream *s, bool *none)
{
	ssize_t got = 0;

	if (!s->z.avail_in) {
		got = stream_source(s, s->buffer, STREAM_INPUT_BYTES);
		if (got < 0)
			return false;
		s->z.next_in = s->buffer;
		s->z.avail_in = (uInt)got;
	}
	*none = !s->z.avail_in;
	return true;
}

/* At the end of a gzip member: begins the next one when there is one and joined files are wanted.
 * */
static bool stream_member(Stream *s)
{
	bool none;

	if (!s->members)
		return true;
	if (!stream_refill(s, &none))
		return false;
	if (none)
		return true;
	s->ended = false;
	return inflateReset(&s->z) == Z_OK || stream_damaged(s, "unknown compression");
}

/* Fills the output of z with at most one step; false at a damaged stream. *more is false at the
 * end. */
static bool stream_inflate(Stream *s, bool *more)
{
	while (s->z.avail_out && !s->ended) {
		bool none;

		if (!stream_refill(s, &none))
			return false;
		if (none)
			break;
		int status = inflate(&s->z, Z_NO_FLUSH);

		if (status == Z_STREAM_END) {
			s->ended = true;
			if (!stream_member(s))
				return false;
		} else if (status == Z_MEM_ERROR) {
			return err_set(s->err, ERR_MEMORY, "%s: no memory to inflate", s->name);
		} else if (status != Z_OK && status != Z_BUF_ERROR) {
			return stream_damaged(s, s->z.msg ? s->z.msg : "unknown compression");
		}
	}
	*more = !s->z.avail_out;
	return true;
}

bool stream_get(Stream *s, uint8_t *out, size_t len, size_t *got)
{
	bool more = true;

	*got = 0;
	while (more && *got < len) {
		size_t step = len - *got < STREAM_STEP_BYTES ? len - *got : STREAM_STEP_BYTES;
		size_t n;

		if (!control_poll(s->control, s->err))
			return false;
		if (s->gzip) {
			s->z.next_out = out + *got;
			s->z.avail_out = (uInt)step;
			if (!stream_inflate(s, &more))
				return false;
			n = step - s->z.avail_out;
		} else {
			ssize_t read_bytes = stream_source(s, out + *got, step);

			if (read_bytes < 0)
				return false;
			n = (size_t)read_bytes;
			more = n > 0;
		}
		if (s->sha && n)
			sha256_update(s->sha, n, out + *got);
		*got += n;
		s->at += n;
	}
	return true;
}

bool stream_whole(Stream *s)
{
	if (s->gzip && !s->ended)
		return err_set(s->err, ERR_FORMAT,
			       "%s: gzip file is cut off at its byte %zu, before its checksum. Get "
			       "the file again",
			       s->name, s->size - s->left);
	if (s->left || (s->gzip && s->z.avail_in))
		return err_set(s->err, ERR_FORMAT,
			       "%s: bytes follow the end of the gzip data at byte %zu", s->name,
			       stream_near(s));
	return true;
}

/* Looks for gzip's first two bytes without losing them. */
static bool stream_begin(Stream *s)
{
	s->buffer = malloc(STREAM_INPUT_BYTES);
	if (!s->buffer)
		return err_set(s->err, ERR_MEMORY, "%s: no memory to read", s->name);
	if (s->fd < 0) {
		s->gzip = s->size >= 2 && s->memory[0] == 0x1f && s->memory[1] == 0x8b;
	} else {
		ssize_t got;

		do
			got = pread(s->fd, s->buffer, 2, 0);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return err_set(s->err, ERR_FILE, "%s: cannot read: %s", s->name,
				       strerror(errno));
		s->gzip = got == 2 && s->buffer[0] == 0x1f && s->buffer[1] == 0x8b;
	}
	/* 15 + 16: the largest window, and a gzip header and trailer. */
	if (s->gzip && inflateInit2(&s->z, 15 + 16) != Z_OK) {
		s->gzip = false;
		return err_set(s->err, ERR_MEMORY, "%s: no memory to inflate", s->name);
	}
	return true;
}

bool stream_open(Stream *s, const char *path, Control *control, Err *err)
{
	*s = (Stream){ .name = path, .control = control, .err = err };
	s->fd = file_open_regular(path, &s->size, err);
	if (s->fd < 0)
		return false;
	s->left = s->size;
	if (stream_begin(s))
		return true;
	stream_close(s);
	return false;
}

bool stream_open_memory(Stream *s, const uint8_t *bytes, size_t len, const char *name,
			Control *control, Err *err)
{
	*s = (Stream){ .name = name,
		       .fd = -1,
		       .memory = bytes,
		       .left = len,
		       .size = len,
		       .control = control,
		       .err = err };
	if (stream_begin(s))
		return true;
	stream_close(s);
	return false;
}

bool stream_rewind(Stream *s)
{
	if (s->fd < 0)
		s->memory -= s->size - s->left;
	else if (lseek(s->fd, 0, SEEK_SET) != 0)
		return err_set(s->err, ERR_FILE, "%s: cannot read again: %s", s->name,
			       strerror(errno));
	s->left = s->size;
	s->z.avail_in = 0;
	s->ended = false;
	s->at = 0;
	return !s->gzip || inflateReset(&s->z) == Z_OK ||
	       err_set(s->err, ERR_MEMORY, "%s: cannot inflate again", s->name);
}

void stream_close(Stream *s)
{
	if (s->gzip)
		inflateEnd(&s->z);
	free(s->buffer);
	if (s->fd >= 0)
		close(s->fd);
	*s = (Stream){ .fd = -1 };
}
