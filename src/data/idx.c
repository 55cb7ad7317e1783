/* Reads IDX files, plain or gzipped, as a stream: header first, then exactly the bytes that it
 * promises.
 * SPDX-License-Identifier: MIT */
#include "data/idx.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/arena.h"

/* A step of reading: its end stays in the second-level cache for the checksum and lasts about a
 * millisecond. */
#define IDX_STEP_BYTES ((size_t)256 * 1024)
#define IDX_INPUT_BYTES ((size_t)64 * 1024)
#define IDX_TYPE_BYTE 0x08
/* Deflate cannot expand a byte further than this (zlib's technical notes: 1032:1), so a header
 * that promises more is refused before memory is taken. */
#define IDX_DEFLATE_RATIO_MAX 1032

/* What the bytes come from: a descriptor or memory, with or without gzip. */
typedef struct IdxStream {
	const char *name;
	int fd;                /* −1: memory */
	const uint8_t *memory; /* the next of left bytes, when fd is −1 */
	size_t left;           /* bytes of the source not read yet */
	size_t size;           /* bytes of the source */
	uint8_t *buffer;       /* IDX_INPUT_BYTES, compressed */
	z_stream z;
	bool gzip, ended; /* ended: the gzip trailer was read and agreed */
	size_t at;        /* uncompressed bytes given so far */
	struct sha256_ctx *sha;
	Control *control;
	Err *err;
} IdxStream;

/* Up to len bytes of the source as it is; 0 at its end; −1 on error. */
static ssize_t idx_source(IdxStream *s, uint8_t *out, size_t len)
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

static bool idx_damaged(IdxStream *s, const char *why)
{
	size_t near = s->size - s->left - s->z.avail_in;

	return err_set(s->err, ERR_FORMAT, "%s: damaged gzip data near byte %zu of the file: %s",
		       s->name, near, why);
}

/* Fills the output of z with at most one step; false at a damaged stream. *more is false at the
 * end. */
static bool idx_inflate(IdxStream *s, bool *more)
{
	while (s->z.avail_out && !s->ended) {
		if (!s->z.avail_in) {
			ssize_t got = idx_source(s, s->buffer, IDX_INPUT_BYTES);

			if (got < 0)
				return false;
			if (!got)
				break;
			s->z.next_in = s->buffer;
			s->z.avail_in = (uInt)got;
		}
		int status = inflate(&s->z, Z_NO_FLUSH);

		if (status == Z_STREAM_END)
			s->ended = true;
		else if (status == Z_MEM_ERROR)
			return err_set(s->err, ERR_MEMORY, "%s: no memory to inflate", s->name);
		else if (status != Z_OK && status != Z_BUF_ERROR)
			return idx_damaged(s, s->z.msg ? s->z.msg : "unknown compression");
	}
	*more = !s->z.avail_out;
	return true;
}

/* Up to len uncompressed bytes, fewer only at the end; feeds the checksum. False on error. */
static bool idx_get(IdxStream *s, uint8_t *out, size_t len, size_t *got)
{
	bool more = true;

	*got = 0;
	while (more && *got < len) {
		size_t step = len - *got < IDX_STEP_BYTES ? len - *got : IDX_STEP_BYTES;
		size_t n;

		if (!control_poll(s->control, s->err))
			return false;
		if (s->gzip) {
			s->z.next_out = out + *got;
			s->z.avail_out = (uInt)step;
			if (!idx_inflate(s, &more))
				return false;
			n = step - s->z.avail_out;
		} else {
			ssize_t read_bytes = idx_source(s, out + *got, step);

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

/* Exactly len bytes; expected: bytes that the whole content should have, 0 while unknown. */
static bool idx_need(IdxStream *s, uint8_t *out, size_t len, size_t expected)
{
	size_t got;

	if (!idx_get(s, out, len, &got))
		return false;
	if (got == len)
		return true;
	if (s->gzip && !s->ended)
		return err_set(s->err, ERR_FORMAT,
			       "%s: gzip file is cut off at its byte %zu (byte %zu of the content)",
			       s->name, s->size - s->left, s->at);
	return err_set(s->err, ERR_FORMAT, "%s: file ends at byte %zu, expected %zu", s->name,
		       s->at, expected ? expected : s->at - got + len);
}

/* Reads and checks the header; *expected becomes the bytes of the whole content. */
static bool idx_header(IdxStream *s, Idx *out, size_t limit_bytes, size_t *expected)
{
	uint8_t raw[4 * IDX_DIMENSIONS_MAX];

	if (!idx_need(s, raw, 4, 0))
		return false;
	if (raw[0] || raw[1])
		return err_set(s->err, ERR_FORMAT,
			       "%s: byte %d is 0x%02x, expected 0x00: not an IDX file", s->name,
			       raw[0] ? 0 : 1, raw[0] ? raw[0] : raw[1]);
	if (raw[2] != IDX_TYPE_BYTE)
		return err_set(s->err, ERR_FORMAT,
			       "%s: byte 2, the type, is 0x%02x; only 0x08 (bytes) is read",
			       s->name, raw[2]);
	if (raw[3] < 1 || raw[3] > IDX_DIMENSIONS_MAX)
		return err_set(s->err, ERR_FORMAT,
			       "%s: byte 3 says %d dimensions, expected 1 to %d", s->name, raw[3],
			       IDX_DIMENSIONS_MAX);
	out->dimensions = raw[3];
	if (!idx_need(s, raw, 4 * out->dimensions, 0))
		return false;
	out->count = 1;
	for (size_t i = 0; i < out->dimensions; i++) {
		const uint8_t *b = raw + 4 * i;

		out->size[i] = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
		if (!out->size[i])
			return err_set(s->err, ERR_FORMAT, "%s: dimension %zu (byte %zu) is 0",
				       s->name, i + 1, 4 + 4 * i);
		if (!size_mul(out->count, out->size[i], &out->count))
			return err_set(s->err, ERR_FORMAT,
				       "%s: the product of the dimensions does not fit", s->name);
	}
	if (out->count > limit_bytes)
		return err_set(s->err, ERR_FORMAT,
			       "%s: the header promises %zu bytes, where at most %zu can be",
			       s->name, out->count, limit_bytes);
	if (!size_add(out->count, s->at, expected))
		return err_set(s->err, ERR_FORMAT, "%s: the product of the dimensions does not fit",
			       s->name);
	return true;
}

/* Compares what the header promises with the bytes that are there, before any memory is taken
 * for them. */
static bool idx_room(IdxStream *s, size_t expected)
{
	if (!s->gzip && s->size < expected)
		return err_set(s->err, ERR_FORMAT, "%s: file ends at byte %zu, expected %zu",
			       s->name, s->size, expected);
	if (!s->gzip && s->size > expected)
		return err_set(s->err, ERR_FORMAT,
			       "%s: file has %zu bytes, expected %zu: the rest is unknown", s->name,
			       s->size, expected);
	if (s->gzip && expected / IDX_DEFLATE_RATIO_MAX > s->size)
		return err_set(s->err, ERR_FORMAT,
			       "%s: %zu gzip bytes cannot hold the %zu that the header promises",
			       s->name, s->size, expected);
	return true;
}

/* Nothing may follow: neither content, nor bytes behind the gzip trailer (whose CRC-32 zlib
 * compares here). */
static bool idx_end(IdxStream *s, size_t expected)
{
	uint8_t byte;
	size_t got;

	if (!idx_get(s, &byte, 1, &got))
		return false;
	if (got)
		return err_set(s->err, ERR_FORMAT,
			       "%s: content goes on after byte %zu, where the header ends it",
			       s->name, expected);
	if (s->gzip && !s->ended)
		return err_set(s->err, ERR_FORMAT,
			       "%s: gzip file is cut off at its byte %zu, before its checksum",
			       s->name, s->size - s->left);
	if (s->left || (s->gzip && s->z.avail_in))
		return err_set(s->err, ERR_FORMAT,
			       "%s: bytes follow the end of the gzip data at byte %zu", s->name,
			       s->size - s->left - s->z.avail_in);
	return true;
}

/* Looks for gzip's first two bytes without losing them. */
static bool idx_begin(IdxStream *s)
{
	s->buffer = malloc(IDX_INPUT_BYTES);
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

static bool idx_parse(IdxStream *s, Idx *out, size_t limit_bytes)
{
	size_t expected = 0;
	bool fine = false;

	memset(out, 0, sizeof *out);
	if (!idx_begin(s) || !idx_header(s, out, limit_bytes, &expected) || !idx_room(s, expected))
		goto done;
	out->bytes = malloc(out->count);
	if (!out->bytes) {
		err_set(s->err, ERR_MEMORY, "%s: no memory for %zu bytes", s->name, out->count);
		goto done;
	}
	fine = idx_need(s, out->bytes, out->count, expected) && idx_end(s, expected);
done:
	if (s->gzip)
		inflateEnd(&s->z);
	free(s->buffer);
	if (!fine)
		idx_done(out);
	return fine;
}

/* O_NONBLOCK: opening a FIFO that was put in the file's place must not wait for its writer. */
static int idx_open(const char *path, size_t *size, Err *err)
{
	struct stat st;
	int fd;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	while (fd < 0 && errno == EINTR);
	if (fd < 0) {
		bool absent = errno == ENOENT || errno == ENOTDIR;

		err_set(err, absent ? ERR_NEED : ERR_FILE, "%s: %s", path,
			errno == ELOOP ? "is a symbolic link, which is not followed"
				       : strerror(errno));
		return -1;
	}
	if (fstat(fd, &st) < 0) {
		err_set(err, ERR_FILE, "%s: %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		err_set(err, ERR_FILE, "%s: is not a regular file", path);
	} else {
		*size = (size_t)st.st_size;
		return fd;
	}
	close(fd);
	return -1;
}

bool idx_read(Idx *out, const char *path, size_t limit_bytes, struct sha256_ctx *sha,
	      Control *control, Err *err)
{
	IdxStream s = { .name = path, .sha = sha, .control = control, .err = err };
	bool fine;

	memset(out, 0, sizeof *out);
	s.fd = idx_open(path, &s.size, err);
	if (s.fd < 0)
		return false;
	s.left = s.size;
	fine = idx_parse(&s, out, limit_bytes);
	close(s.fd);
	return fine;
}

bool idx_read_memory(Idx *out, const uint8_t *bytes, size_t len, const char *name,
		     size_t limit_bytes, Err *err)
{
	IdxStream s = {
		.name = name, .fd = -1, .memory = bytes, .left = len, .size = len, .err = err
	};

	return idx_parse(&s, out, limit_bytes);
}

void idx_done(Idx *idx)
{
	free(idx->bytes);
	memset(idx, 0, sizeof *idx);
}
