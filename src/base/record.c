/* Records: making, parsing, writing and reading lines of JSON.
 * SPDX-License-Identifier: MIT */
#include "base/record.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define RECORD_BUFFER_BYTES ((size_t)1 << 16)
#define RECORD_TOO_LONG "a record of more than %u bytes"

/* Bytes that grow by doubling; the valid ones are start … end − 1. */
typedef struct Bytes {
	char *data;
	size_t start, end, cap;
} Bytes;

struct RecordOut {
	int fd;
	int64_t origin_ns;
	Bytes bytes;
	bool held;
	bool broken;       /* a write failed: the line may be torn, so nothing may follow it */
	RecordWatch watch; /* NULL: none */
	void *watch_user;
	RecordWait wait; /* NULL: waits as long as it takes */
};

struct RecordIn {
	int fd;
	Bytes bytes;
	size_t scanned; /* no newline before data[scanned] */
	size_t line;    /* lines seen so far */
	size_t torn;
	bool skipping; /* inside the rest of a line that was too long */
	bool ended;
};

/* Room for want more bytes behind end; moves what is valid to the front first. */
static bool bytes_room(Bytes *bytes, size_t want)
{
	size_t used = bytes->end - bytes->start, need, cap = bytes->cap;

	if (cap - bytes->end >= want)
		return true;
	if (bytes->start > 0) {
		memmove(bytes->data, bytes->data + bytes->start, used);
		bytes->start = 0;
		bytes->end = used;
	}
	if (__builtin_add_overflow(used, want, &need))
		return false;
	if (cap >= need)
		return true;
	while (cap < need)
		if (__builtin_mul_overflow(cap, (size_t)2, &cap))
			return false;
	char *data = realloc(bytes->data, cap);

	if (!data)
		return false;
	bytes->data = data;
	bytes->cap = cap;
	return true;
}

static bool bytes_init(Bytes *bytes)
{
	*bytes = (Bytes){ .data = malloc(RECORD_BUFFER_BYTES), .cap = RECORD_BUFFER_BYTES };
	return bytes->data;
}

/* --- making -------------------------------------------------------------------------------------
 * */

json_t *record_new(const char *type, int64_t origin_ns)
{
	return json_pack("{s:i, s:s, s:I}", "v", RECORD_VERSION, "type", type, "t_ns",
			 (json_int_t)(clock_now_ns() - origin_ns));
}

static json_t *finite_or_null(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

json_t *record_error(const Err *error, int64_t origin_ns)
{
	json_t *record = record_new("error", origin_ns);

	json_object_set_new(record, "code", json_string(err_name(error->code)));
	json_object_set_new(record, "text", json_string(error->text));
	return record;
}

const char *record_text(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text ? text : "";
}

bool record_is(const json_t *record, const char *key, const char *text)
{
	return strcmp(record_text(record, key), text) == 0;
}

double record_number(const json_t *record, const char *key)
{
	const json_t *value = json_object_get(record, key);

	return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

int64_t record_integer(const json_t *object, const char *key, int64_t otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? (int64_t)json_integer_value(value) : otherwise;
}

json_t *record_estimate(double value, double low, double high, size_t n, const char *method)
{
	return json_pack("{s:o, s:o, s:o, s:I, s:s}", "value", finite_or_null(value), "low",
			 finite_or_null(low), "high", finite_or_null(high), "n", (json_int_t)n,
			 "method", method);
}

bool record_absent(json_t *record, const char *key, const char *why)
{
	char key_why[RECORD_KEY_MAX + sizeof "_why"];
	size_t len = text_format(key_why, sizeof key_why, "%s_why", key);

	return len == strlen(key) + 4 && json_object_set_new(record, key, json_null()) == 0 &&
	       json_object_set_new(record, key_why, json_string(why)) == 0;
}

/* --- parsing ------------------------------------------------------------------------------------
 * */

/* Depth and integers. Recursion is bounded by RECORD_DEPTH_MAX; jansson's own limit is 2048. */
static bool record_check(const json_t *value, int depth, Err *err)
{
	if (json_is_integer(value)) {
		json_int_t n = json_integer_value(value);

		if (n > RECORD_INTEGER_MAX || n < -RECORD_INTEGER_MAX)
			return err_set(err, ERR_FORMAT, "the integer %" PRId64 " is beyond 2^53",
				       (int64_t)n);
		return true;
	}
	if (!json_is_object(value) && !json_is_array(value))
		return true;
	if (depth >= RECORD_DEPTH_MAX)
		return err_set(err, ERR_FORMAT, "nested deeper than %d levels", RECORD_DEPTH_MAX);
	if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value); i++)
			if (!record_check(json_array_get(value, i), depth + 1, err))
				return false;
		return true;
	}
	/* The iterator functions take the object without const, yet do not change it. */
	json_t *object = (json_t *)value;

	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at))
		if (!record_check(json_object_iter_value(at), depth + 1, err))
			return false;
	return true;
}

json_t *record_parse(const char *line, size_t len, Err *err)
{
	json_error_t fault;
	json_t *record = NULL;

	if (len > RECORD_LINE_MAX) {
		err_set(err, ERR_FORMAT, RECORD_TOO_LONG, RECORD_LINE_MAX);
		return NULL;
	}
	record = json_loadb(line, len, JSON_REJECT_DUPLICATES, &fault);
	if (!record) {
		/* jansson says nothing at all at most places where memory is short. */
		bool short_of_memory =
			json_error_code(&fault) == json_error_out_of_memory || !*fault.text;

		err_set(err, short_of_memory ? ERR_MEMORY : ERR_FORMAT,
			"not a record: %s at byte %d", fault.text, fault.position);
		return NULL;
	}
	if (!json_is_object(record)) {
		err_set(err, ERR_FORMAT, "not a record: a JSON object is expected");
		goto fail;
	}
	if (!record_check(record, 0, err))
		goto fail;
	const json_t *version = json_object_get(record, "v");
	const char *type = json_string_value(json_object_get(record, "type"));

	if (!json_is_integer(version) || json_integer_value(version) < 1) {
		err_set(err, ERR_FORMAT, "not a record: \"v\" is missing or not a version");
		goto fail;
	}
	if (json_integer_value(version) > RECORD_VERSION) {
		err_set(err, ERR_FORMAT,
			"a record of version %" PRId64 "; this program reads %d: upgrade it",
			(int64_t)json_integer_value(version), RECORD_VERSION);
		goto fail;
	}
	if (!type || !*type) {
		err_set(err, ERR_FORMAT, "not a record: \"type\" is missing");
		goto fail;
	}
	return record;
fail:
	json_decref(record);
	return NULL;
}

/* --- writing ------------------------------------------------------------------------------------
 * */

RecordOut *record_out_new(int fd, int64_t origin_ns, Err *err)
{
	RecordOut *out = calloc(1, sizeof *out);

	if (!out || !bytes_init(&out->bytes)) {
		free(out);
		err_set(err, ERR_MEMORY, "no memory for the output of records");
		return NULL;
	}
	out->fd = fd;
	out->origin_ns = origin_ns;
	return out;
}

void record_out_free(RecordOut *out)
{
	if (!out)
		return;
	free(out->bytes.data);
	free(out);
}

int64_t record_out_origin(const RecordOut *out)
{
	return out->origin_ns;
}

/* Takes what jansson writes, in whole characters. What a terminal would obey or hide becomes
 * \uXXXX: the value stays the same, and --json on a terminal is as harmless as text. */
static int record_sink(const char *part, size_t len, void *data)
{
	Bytes *bytes = data;

	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t used = text_decode(part + i, len - i, &code);

		if (!bytes_room(bytes, 16))
			return -1;
		char *to = bytes->data + bytes->end;

		if (!text_hidden(code)) {
			memcpy(to, part + i, used);
			bytes->end += used;
		} else if (code < 0x10000) {
			bytes->end += (size_t)snprintf(to, 16, "\\u%04" PRIx32, code);
		} else {
			bytes->end +=
				(size_t)snprintf(to, 16, "\\u%04" PRIx32 "\\u%04" PRIx32,
						 0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
		}
		i += used;
	}
	return 0;
}

static bool record_append(RecordOut *out, json_t *record, Err *err)
{
	Bytes *bytes = &out->bytes;
	size_t before = bytes->end - bytes->start;

	if (!record_check(record, 0, err))
		return err_prefix(err, "writing a record");
	if (json_dump_callback(record, record_sink, bytes,
			       JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(10)) != 0 ||
	    !bytes_room(bytes, 1)) {
		bytes->end = bytes->start + before;
		return err_set(err, ERR_MEMORY, "no memory for writing a record");
	}
	if (bytes->end - bytes->start - before > RECORD_LINE_MAX) {
		bytes->end = bytes->start + before;
		return err_set(err, ERR_LIMIT, RECORD_TOO_LONG, RECORD_LINE_MAX);
	}
	bytes->data[bytes->end++] = '\n';
	return true;
}

/* With a waiter no write may block: a pipe that has room takes PIPE_BUF bytes at once. */
static bool record_flush(RecordOut *out, Err *err)
{
	Bytes *bytes = &out->bytes;

	while (bytes->start < bytes->end) {
		size_t len = bytes->end - bytes->start;

		if (out->wait && !out->wait(out->fd, err)) {
			out->broken = true;
			return false;
		}
		if (out->wait && len > PIPE_BUF)
			len = PIPE_BUF;
		ssize_t n = write(out->fd, bytes->data + bytes->start, len);

		if (n >= 0) {
			bytes->start += (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			struct pollfd wait = { .fd = out->fd, .events = POLLOUT };

			poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			out->broken = true;
			return err_set(err, ERR_FILE, "cannot write records: %s", strerror(errno));
		}
	}
	bytes->start = bytes->end = 0;
	return true;
}

bool record_out_put(RecordOut *out, json_t *record, Err *err)
{
	bool fine = false;

	if (!record)
		return err_set(err, ERR_MEMORY, "no memory for a record");
	if (out->broken)
		err_set(err, ERR_FILE, "cannot write records: an earlier write failed");
	else
		fine = (!out->watch || out->watch(out->watch_user, record, err)) &&
		       record_append(out, record, err) && (out->held || record_flush(out, err));
	json_decref(record);
	return fine;
}

void record_out_watch(RecordOut *out, RecordWatch watch, void *user)
{
	out->watch = watch;
	out->watch_user = user;
}

void record_out_wait(RecordOut *out, RecordWait wait)
{
	out->wait = wait;
}

void record_out_hold(RecordOut *out)
{
	out->held = true;
}

bool record_out_release(RecordOut *out, Err *err)
{
	out->held = false;
	if (out->broken)
		return err_set(err, ERR_FILE, "cannot write records: an earlier write failed");
	return record_flush(out, err);
}

/* --- reading ------------------------------------------------------------------------------------
 * */

RecordIn *record_in_new(int fd, Err *err)
{
	RecordIn *in = calloc(1, sizeof *in);

	if (!in || !bytes_init(&in->bytes)) {
		free(in);
		err_set(err, ERR_MEMORY, "no memory for the input of records");
		return NULL;
	}
	in->fd = fd;
	return in;
}

void record_in_free(RecordIn *in)
{
	if (!in)
		return;
	free(in->bytes.data);
	free(in);
}

size_t record_in_torn(const RecordIn *in)
{
	return in->torn;
}

/* The next newline among the bytes at hand, or NULL. */
static char *record_newline(RecordIn *in)
{
	Bytes *bytes = &in->bytes;
	size_t from = bytes->start + in->scanned;
	char *newline = memchr(bytes->data + from, '\n', bytes->end - from);

	in->scanned = newline ? 0 : bytes->end - bytes->start;
	return newline;
}

/* RECORD_GOT: more bytes are at hand. */
static RecordGot record_fill(RecordIn *in, Err *err)
{
	Bytes *bytes = &in->bytes;
	ssize_t n;

	if (in->ended)
		return RECORD_END;
	if (!bytes_room(bytes, RECORD_BUFFER_BYTES / 2)) {
		err_set(err, ERR_MEMORY, "no memory for reading a record");
		return RECORD_BAD;
	}
	do
		n = read(in->fd, bytes->data + bytes->end, bytes->cap - bytes->end);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		bytes->end += (size_t)n;
		return RECORD_GOT;
	}
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return RECORD_WAIT;
	in->ended = true;
	if (n < 0) {
		err_set(err, ERR_FILE, "cannot read records: %s", strerror(errno));
		return RECORD_BAD;
	}
	if (bytes->end > bytes->start && !in->skipping)
		in->torn++;
	return RECORD_END;
}

/* The line that ends before newline; it is behind us whatever comes out. */
static RecordGot record_line(RecordIn *in, const char *newline, json_t **record, Err *err)
{
	const char *line = in->bytes.data + in->bytes.start;
	size_t len = (size_t)(newline - line);

	in->line++;
	in->bytes.start += len + 1;
	*record = record_parse(line, len, err);
	if (*record)
		return RECORD_GOT;
	err_prefix(err, "line %zu", in->line);
	return RECORD_BAD;
}

RecordGot record_in_next(RecordIn *in, json_t **record, Err *err)
{
	Bytes *bytes = &in->bytes;

	*record = NULL;
	for (;;) {
		char *newline = record_newline(in);

		if (newline && !in->skipping)
			return record_line(in, newline, record, err);
		if (newline) {
			in->line++;
			in->skipping = false;
			bytes->start = (size_t)(newline + 1 - bytes->data);
			continue;
		}
		bool too_long = bytes->end - bytes->start > RECORD_LINE_MAX && !in->skipping;

		if (in->skipping || too_long)
			bytes->start = bytes->end = in->scanned = 0;
		if (too_long) {
			in->skipping = true;
			err_set(err, ERR_FORMAT, "line %zu: " RECORD_TOO_LONG, in->line + 1,
				RECORD_LINE_MAX);
			return RECORD_BAD;
		}
		RecordGot got = record_fill(in, err);

		if (got != RECORD_GOT)
			return got;
	}
}
