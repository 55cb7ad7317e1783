/* Reads IDX files, plain or gzipped, as a stream: header first, then exactly the bytes that it
 * promises.
 * SPDX-License-Identifier: MIT */
#include "data/idx.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "data/stream.h"

#define IDX_TYPE_BYTE 0x08
/* Deflate cannot expand a byte further than this (zlib's technical notes: 1032:1), so a header
 * that promises more is refused before memory is taken. */
#define IDX_DEFLATE_RATIO_MAX 1032

/* Exactly len bytes; expected: bytes that the whole content should have, 0 while unknown. */
static bool idx_need(Stream *s, uint8_t *out, size_t len, size_t expected)
{
	size_t got;

	if (!stream_get(s, out, len, &got))
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
static bool idx_header(Stream *s, Idx *out, size_t limit_bytes, size_t *expected)
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
static bool idx_room(Stream *s, size_t expected)
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
static bool idx_end(Stream *s, size_t expected)
{
	uint8_t byte;
	size_t got;

	if (!stream_get(s, &byte, 1, &got))
		return false;
	if (got)
		return err_set(s->err, ERR_FORMAT,
			       "%s: content goes on after byte %zu, where the header ends it",
			       s->name, expected);
	return stream_whole(s);
}

static bool idx_parse(Stream *s, Idx *out, size_t limit_bytes)
{
	size_t expected = 0;
	bool fine = false;

	memset(out, 0, sizeof *out);
	if (!idx_header(s, out, limit_bytes, &expected) || !idx_room(s, expected))
		goto done;
	out->bytes = malloc(out->count);
	if (!out->bytes) {
		err_set(s->err, ERR_MEMORY, "%s: no memory for %zu bytes", s->name, out->count);
		goto done;
	}
	fine = idx_need(s, out->bytes, out->count, expected) && idx_end(s, expected);
done:
	if (!fine)
		idx_done(out);
	return fine;
}

bool idx_read(Idx *out, const char *path, size_t limit_bytes, struct sha256_ctx *sha,
	      Control *control, Err *err)
{
	Stream s;
	bool fine;

	memset(out, 0, sizeof *out);
	if (!stream_open(&s, path, control, err))
		return false;
	s.sha = sha;
	fine = idx_parse(&s, out, limit_bytes);
	stream_close(&s);
	return fine;
}

bool idx_read_memory(Idx *out, const uint8_t *bytes, size_t len, const char *name,
		     size_t limit_bytes, Err *err)
{
	Stream s;
	bool fine;

	memset(out, 0, sizeof *out);
	if (!stream_open_memory(&s, bytes, len, name, NULL, err))
		return false;
	fine = idx_parse(&s, out, limit_bytes);
	stream_close(&s);
	return fine;
}

void idx_done(Idx *idx)
{
	free(idx->bytes);
	memset(idx, 0, sizeof *idx);
}
