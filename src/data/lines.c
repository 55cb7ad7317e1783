/* Reads lines through a buffer that grows to the longest line allowed and no further.
 * SPDX-License-Identifier: MIT */
#include "data/lines.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/stream.h"

#define LINES_STEP_BYTES ((size_t)64 * 1024)

struct Lines {
	Stream stream;
	struct sha256_ctx sha;
	Err *err;
	size_t line_bytes, bytes; /* limits */
	char *buffer;             /* room bytes and one for a NUL */
	size_t room;
	size_t begin, end; /* of the bytes not given yet */
	size_t number;     /* lines given */
	bool ended;        /* no byte is left in the stream */
	bool started;      /* the byte order mark, if any, is behind us */
};

const char *lines_name(const Lines *lines)
{
	return lines->stream.name;
}

Lines *lines_open(const char *path, const uint8_t *bytes, size_t len, const char *name,
		  const TableLimits *limits, Control *control, Err *err)
{
	Lines *l = calloc(1, sizeof *l);

	if (!l) {
		err_set(err, ERR_MEMORY, "%s: no memory to read", path ? path : name);
		return NULL;
	}
	l->err = err;
	l->line_bytes = limits && limits->line_bytes ? limits->line_bytes : TABLE_LINE_BYTES;
	l->bytes = limits && limits->bytes ? limits->bytes : TABLE_BYTES;
	if (!(path ? stream_open(&l->stream, path, control, err)
		   : stream_open_memory(&l->stream, bytes, len, name, control, err))) {
		free(l);
		return NULL;
	}
	sha256_init(&l->sha);
	l->stream.sha = &l->sha;
	l->stream.members = true;
	return l;
}

void lines_close(Lines *lines)
{
	if (!lines)
		return;
	stream_close(&lines->stream);
	free(lines->buffer);
	free(lines);
}

bool lines_again(Lines *l)
{
	sha256_init(&l->sha);
	l->begin = l->end = l->number = 0;
	l->ended = l->started = false;
	return stream_rewind(&l->stream);
}

void lines_sha256(const Lines *lines, char hex[65])
{
	struct sha256_ctx copy = lines->sha;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(&copy, sizeof digest, digest);
	text_hex(hex, digest, sizeof digest);
}

/* Room for a step behind end; what was given before `keep` is dropped. The buffer never has more
 * than the longest line and a step. */
static bool lines_room(Lines *l, size_t keep)
{
	size_t room = l->room ? 2 * l->room : 2 * LINES_STEP_BYTES;
	char *larger;

	if (keep) {
		memmove(l->buffer, l->buffer + keep, l->end - keep);
		l->begin -= keep;
		l->end -= keep;
	}
	if (l->room - l->end >= LINES_STEP_BYTES)
		return true;
	if (room > l->line_bytes + 3 * LINES_STEP_BYTES)
		room = l->line_bytes + 3 * LINES_STEP_BYTES;
	larger = realloc(l->buffer, room + 1);
	if (!larger)
		return err_set(l->err, ERR_MEMORY, "%s: no memory for a line of %zu bytes",
			       l->stream.name, l->end);
	l->buffer = larger;
	l->room = room;
	return true;
}

/* One step more of the content; keep: first byte of the buffer that is still wanted. */
static bool lines_fill(Lines *l, size_t keep)
{
	size_t got;

	if (!lines_room(l, keep) ||
	    !stream_get(&l->stream, (uint8_t *)l->buffer + l->end, LINES_STEP_BYTES, &got))
		return false;
	l->end += got;
	if (l->stream.at > l->bytes)
		return err_set(
			l->err, ERR_LIMIT,
			"%s: has more than the %zu bytes allowed%s, near line %zu; raise the "
			"limit, or read a part of it",
			l->stream.name, l->bytes, l->stream.gzip ? " once uncompressed" : "",
			l->number + 1);
	l->ended = got < LINES_STEP_BYTES;
	return !l->ended || stream_whole(&l->stream);
}

static bool lines_nul(Lines *l, const char *text, size_t len, size_t number)
{
	const char *nul = memchr(text, 0, len);

	return !nul ||
	       err_set(l->err, ERR_FORMAT,
		       "%s: line %zu has a NUL at its byte %zu: this is not a text file of UTF-8%s",
		       l->stream.name, number, (size_t)(nul - text) + 1,
		       number == 1 && nul - text < 4 ? " (is it UTF-16? save it as UTF-8)" : "");
}

/* Finds the end of the line that begins at l->begin, and passes it. *start is the first byte of the
 * record, which may be before; both move with the buffer. *end is where the line's text ends.
 * *none: there is no line. */
static bool lines_take(Lines *l, size_t *start, size_t *end, bool *none)
{
	size_t seen = l->begin;
	const char *newline;

	while (!(newline = l->end > seen ? memchr(l->buffer + seen, '\n', l->end - seen) : NULL)) {
		size_t keep = *start;

		if (l->end - keep > l->line_bytes || l->ended)
			break;
		seen = l->end - keep;
		if (!lines_fill(l, keep))
			return false;
		*start = 0;
	}
	*none = !newline && l->begin == l->end;
	*end = newline ? (size_t)(newline - l->buffer) : l->end;
	if (*end - *start > l->line_bytes)
		return err_set(l->err, ERR_LIMIT,
			       "%s: line %zu is longer than the %zu bytes allowed; is this a text "
			       "file with one row a line?",
			       l->stream.name, l->number + 1, l->line_bytes);
	if (*none)
		return true;
	if (!lines_nul(l, l->buffer + l->begin, *end - l->begin, l->number + 1))
		return false;
	l->begin = newline ? *end + 1 : *end;
	if (newline && *end > *start && l->buffer[*end - 1] == '\r')
		--*end;
	l->number++;
	return true;
}

static void lines_mark(Lines *l)
{
	l->started = true;
	if (l->end - l->begin >= 3 && memcmp(l->buffer + l->begin, "\xef\xbb\xbf", 3) == 0)
		l->begin += 3;
}

bool lines_next(Lines *l, Line *out)
{
	size_t start, end;
	bool none;

	*out = (Line){ .number = l->number + 1 };
	if (!l->started) {
		if (!lines_fill(l, 0))
			return false;
		lines_mark(l);
	}
	start = l->begin;
	if (!lines_take(l, &start, &end, &none))
		return false;
	if (none)
		return true;
	out->text = l->buffer + start;
	out->len = end - start;
	out->text[out->len] = 0;
	return true;
}

bool lines_more(Lines *l, Line *line, bool *more)
{
	size_t start = (size_t)(line->text - l->buffer), end = start + line->len;
	bool none;

	/* The line end that lines_next cut off. */
	if (l->begin > end)
		line->text[line->len] = l->begin - end == 2 ? '\r' : '\n';
	if (!lines_take(l, &start, &end, &none))
		return false;
	*more = !none;
	line->text = l->buffer + start;
	if (!none)
		line->len = end - start;
	line->text[line->len] = 0;
	return true;
}
