/* Writes and reads traces, and serves their joules.
 * SPDX-License-Identifier: MIT */
#include "energy/trace.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/record.h"
#include "base/text.h"
#include "energy/energy.h"

#define CRC_DIGITS 8
#define CRC_NONE "00000000"
#define CRC_KEY "\"crc32c\":\""

/* The kinds of joules that a window has. */
static const char *const kinds[] = { "energy", "energy_net", "energy_attributed" };
#define KINDS (sizeof kinds / sizeof *kinds)

/* --- recording -------------------------------------------------------------------------------- */

struct TraceOut {
	FILE *file;
	char *path;
	json_t *key;
	uint32_t crc;
	size_t windows;
	long crc_at; /* where its digits stand in the file; 0: there is no head yet */
	Err err;     /* of a line that could not be written; then there will be no checksum */
};

TraceOut *trace_out_new(const char *path, const json_t *key, Err *err)
{
	TraceOut *out = calloc(1, sizeof *out);

	if (!out || !(out->path = strdup(path)) || !(out->key = json_deep_copy(key))) {
		err_set(err, ERR_MEMORY, "recording a trace");
		goto fail;
	}
	out->file = fopen(path, "wxe");
	if (out->file)
		return out;
	err_set(err, ERR_FILE, "cannot create %s: %s", path, strerror(errno));
fail:
	if (out) {
		json_decref(out->key);
		free(out->path);
	}
	free(out);
	return NULL;
}

/* One line, which the checksum takes in. */
static bool put_line(TraceOut *out, const char *line, Err *err)
{
	size_t len = strlen(line);

	out->crc = crc32c(crc32c(out->crc, line, len), "\n", 1);
	if (fwrite(line, 1, len, out->file) == len && fputc('\n', out->file) != EOF)
		return true;
	err_set(&out->err, ERR_FILE, "cannot write %s: %s", out->path, strerror(errno));
	*err = out->err;
	return false;
}

static bool put_json(TraceOut *out, const json_t *json, Err *err)
{
	char *line = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(10)) : NULL;
	bool ok = line ? put_line(out, line, err)
		       : err_set(&out->err, ERR_MEMORY, "recording a trace") ||
				  err_set(err, ERR_MEMORY, "recording a trace");

	if (line && !out->crc_at)
		out->crc_at = (long)(strstr(line, CRC_KEY) - line) + (long)strlen(CRC_KEY);
	free(line);
	return ok;
}

/* What the joules are of, as far as run-begin tells. */
static bool put_head(TraceOut *out, const json_t *begin, Err *err)
{
	const json_t *receipt = json_object_get(begin, "receipt");
	json_t *head = json_pack("{s:i, s:s, s:i, s:s, s:O, s:s, s:s, s:{s:s, s:s, s:s}}", "v",
				 RECORD_VERSION, "type", "trace", "t_ns", 0, "crc32c", CRC_NONE,
				 "key", out->key, "script", record_text(begin, "script"), "wall",
				 record_text(begin, "wall"), "machine", "cpu",
				 record_text(json_object_get(receipt, "cpu"), "model"), "id",
				 record_text(json_object_get(receipt, "cpu"), "id"), "system",
				 record_text(receipt, "system"));
	bool ok = put_json(out, head, err);

	json_decref(head);
	return ok;
}

bool trace_out_put(TraceOut *out, const json_t *record, Err *err)
{
	static const char *const kept[] = { "meter", "reading", "idle", "window", "net" };
	const char *type = record_text(record, "type");

	if (!out->crc_at)
		return strcmp(type, "run-begin") != 0 || put_head(out, record, err);
	out->windows += strcmp(type, "window") == 0;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (strcmp(kept[i], type) == 0)
			return put_json(out, record, err);
	return true;
}

bool trace_out_close(TraceOut *out, Err *err)
{
	bool ok;

	if (!out)
		return true;
	ok = out->err.code == ERR_NONE && out->crc_at;
	if (ok && (fseek(out->file, out->crc_at, SEEK_SET) != 0 ||
		   fprintf(out->file, "%08x", (unsigned)out->crc) != CRC_DIGITS))
		ok = false;
	if (fclose(out->file) != 0)
		ok = false;
	if (out->windows == 0 && out->err.code == ERR_NONE)
		ok = unlink(out->path) == 0;
	if (!ok)
		err_set(err, ERR_FILE, "cannot write %s: it is no whole trace", out->path);
	json_decref(out->key);
	free(out->path);
	free(out);
	return ok;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct Trace {
	json_t *head, *windows; /* windows: an array */
	size_t with_joules;
};

static bool has_joules(const json_t *window)
{
	return json_is_number(json_object_get(json_object_get(window, "energy"), "value"));
}

static bool check_joules(const json_t *record, size_t line, Err *err)
{
	Joules joules;

	for (size_t i = 0; i < KINDS; i++) {
		const json_t *energy = json_object_get(record, kinds[i]);
		if (energy && !json_is_null(energy) && !joules_from_json(&joules, energy))
			return err_set(err, ERR_FORMAT, "line %zu: %s is not joules", line,
				       kinds[i]);
	}
	return true;
}

static bool same_integer(const json_t *a, const json_t *b, const char *key)
{
	const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);

	return json_is_integer(x) && json_is_integer(y) &&
	       json_integer_value(x) == json_integer_value(y);
}

/* Of an experiment with factors; all others have none, which is as the first. */
static bool same_condition(const json_t *a, const json_t *b)
{
	return json_integer_value(json_object_get(a, "condition")) ==
	       json_integer_value(json_object_get(b, "condition"));
}

/* What a window used over idle power, told behind it. */
static bool take_net(Trace *trace, const json_t *record, size_t line, Err *err)
{
	size_t i = json_array_size(trace->windows);

	if (!check_joules(record, line, err))
		return false;
	while (i-- > 0) {
		json_t *window = json_array_get(trace->windows, i);
		if (strcmp(record_text(window, "arm"), record_text(record, "arm")) != 0 ||
		    !same_condition(window, record) || !same_integer(window, record, "block") ||
		    !same_integer(window, record, "attempt"))
			continue;
		for (size_t k = 1; k < KINDS; k++)
			if (json_object_get(record, kinds[k]))
				json_object_set(window, kinds[k],
						json_object_get(record, kinds[k]));
		return true;
	}
	return true;
}

static bool take_window(Trace *trace, json_t *record, size_t line, Err *err)
{
	const json_t *items = json_object_get(record, "items");

	if (!*record_text(record, "arm") || !json_is_integer(json_object_get(record, "block")) ||
	    !json_is_integer(items) || json_integer_value(items) < 1)
		return err_set(err, ERR_FORMAT, "line %zu: a window without arm, block or items",
			       line);
	if (!check_joules(record, line, err))
		return false;
	trace->with_joules += has_joules(record);
	if (json_array_append(trace->windows, record) != 0)
		return err_set(err, ERR_MEMORY, "reading a trace");
	return true;
}

static bool take_head(Trace *trace, const char *text, size_t line_len, size_t len, Err *err)
{
	json_t *head = trace->head = record_parse(text, line_len, err);
	const char *at, *digits;
	char want[CRC_DIGITS + 1];
	uint32_t crc;

	if (!head || strcmp(record_text(head, "type"), "trace") != 0 ||
	    !json_is_object(json_object_get(head, "key")))
		return err_set(err, ERR_FORMAT, "this is no trace of wattle run --record");
	digits = record_text(head, "crc32c");
	at = memmem(text, line_len, CRC_KEY, strlen(CRC_KEY));
	if (!at || strlen(digits) != CRC_DIGITS)
		return err_set(err, ERR_FORMAT, "line 1: the trace has no checksum");
	if (strcmp(digits, CRC_NONE) == 0)
		return err_set(err, ERR_FORMAT,
			       "line 1: the trace was not closed: its run did not end in order");
	at += strlen(CRC_KEY);
	crc = crc32c(crc32c(0, text, (size_t)(at - text)), CRC_NONE, CRC_DIGITS);
	at += CRC_DIGITS;
	crc = crc32c(crc, at, len - (size_t)(at - text));
	text_format(want, sizeof want, "%08x", (unsigned)crc);
	if (strcmp(want, digits) != 0)
		return err_set(err, ERR_FORMAT,
			       "the trace is damaged or cut off: its checksum is %s, not %s", want,
			       digits);
	return true;
}

static bool take_line(Trace *trace, const char *text, size_t len, size_t line, Err *err)
{
	json_t *record = record_parse(text, len, err);
	bool ok = record || err_prefix(err, "line %zu", line);

	if (ok && strcmp(record_text(record, "type"), "window") == 0)
		ok = take_window(trace, record, line, err);
	else if (ok && strcmp(record_text(record, "type"), "net") == 0)
		ok = take_net(trace, record, line, err);
	json_decref(record);
	return ok;
}

static bool take_all(Trace *trace, const char *text, size_t len, Err *err)
{
	const char *newline = memchr(text, '\n', len);
	size_t line = 2;

	if (!newline)
		return err_set(err, ERR_FORMAT, "this is no trace of wattle run --record");
	if (!take_head(trace, text, (size_t)(newline - text), len, err))
		return false;
	while (newline + 1 < text + len) {
		const char *at = newline + 1;
		newline = memchr(at, '\n', (size_t)(text + len - at));
		if (!newline)
			return err_set(err, ERR_FORMAT, "line %zu has no end", line);
		if (!take_line(trace, at, (size_t)(newline - at), line++, err))
			return false;
	}
	return true;
}

Trace *trace_parse(const char *text, size_t len, Err *err)
{
	Trace *trace = calloc(1, sizeof *trace);

	if (!trace || !(trace->windows = json_array()))
		err_set(err, ERR_MEMORY, "reading a trace");
	else if (take_all(trace, text, len, err))
		return trace;
	trace_free(trace);
	return NULL;
}

/* The whole of a file; NULL and *err. */
static char *read_all(const char *path, size_t *len, Err *err)
{
	FILE *file = fopen(path, "re");
	struct stat status;
	char *text = NULL;

	if (!file || fstat(fileno(file), &status) != 0)
		err_set(err, ERR_FILE, "cannot open %s: %s", path, strerror(errno));
	else if (!S_ISREG(status.st_mode) || status.st_size > TRACE_BYTES_MAX)
		err_set(err, ERR_FORMAT, "%s is no trace: not a file of at most %u MiB", path,
			TRACE_BYTES_MAX >> 20);
	else if (!(text = malloc((size_t)status.st_size + 1)))
		err_set(err, ERR_MEMORY, "reading %s", path);
	else
		*len = fread(text, 1, (size_t)status.st_size, file);
	if (text && ferror(file)) {
		err_set(err, ERR_FILE, "cannot read %s", path);
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	return text;
}

Trace *trace_read(const char *path, Err *err)
{
	size_t len;
	char *text = read_all(path, &len, err);
	Trace *trace = text ? trace_parse(text, len, err) : NULL;

	if (text && !trace)
		err_prefix(err, "%s", path);
	free(text);
	return trace;
}

void trace_free(Trace *trace)
{
	if (!trace)
		return;
	json_decref(trace->head);
	json_decref(trace->windows);
	free(trace);
}

const json_t *trace_head(const Trace *trace)
{
	return trace->head;
}

size_t trace_windows(const Trace *trace)
{
	return trace->with_joules;
}

/* --- serving ---------------------------------------------------------------------------------- */

/* A value in short: "null", "{\"epochs\":1}". */
static void show(const json_t *value, char *out, size_t cap)
{
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	text_format(out, cap, "%s", text ? text : "none");
	free(text);
}

static bool same(const json_t *a, const json_t *b, const char *name, const Trace *trace, Err *err)
{
	char there[128], here[128];

	if (a && b && json_equal(a, b))
		return true;
	if (strcmp(name, "script_sha256") == 0)
		return err_set(err, ERR_NEED,
			       "the trace is of another script: %s, and not as this one reads now",
			       record_text(trace->head, "script"));
	show(a, there, sizeof there);
	show(b, here, sizeof here);
	return err_set(err, ERR_NEED, "the trace was recorded with %s %s, this run has %s", name,
		       there, here);
}

bool trace_fits(const Trace *trace, const json_t *key, Err *err)
{
	json_t *recorded = json_object_get(trace->head, "key"), *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)key, name,
			    value) if (!same(json_object_get(recorded, name), value, name, trace,
					     err)) return false;
	json_object_foreach(recorded, name, value) if (!same(value, json_object_get(key, name),
							     name, trace, err)) return false;
	return true;
}

/* The last one of an arm and block that has joules, else the last. */
static const json_t *window_find(const Trace *trace, const json_t *wanted)
{
	const char *arm = record_text(wanted, "arm");
	json_int_t block = json_integer_value(json_object_get(wanted, "block"));
	json_t *found = NULL, *window;
	size_t i;

	json_array_foreach(trace->windows, i,
			   window) if (strcmp(record_text(window, "arm"), arm) == 0 &&
				       same_condition(window, wanted) &&
				       json_integer_value(json_object_get(window, "block")) ==
					       block &&
				       (has_joules(window) || !has_joules(found))) found = window;
	return found;
}

static bool serve_kind(json_t *window, const char *kind, const json_t *found, Err *err)
{
	const json_t *energy = json_object_get(found, kind);
	double share = json_number_value(json_object_get(window, "items")) /
		       json_number_value(json_object_get(found, "items"));
	char why[RECORD_KEY_MAX];
	Joules joules;
	bool ok;

	text_format(why, sizeof why, "%s_why", kind);
	json_object_del(window, why);
	if (!found || !energy || !joules_from_json(&joules, energy) || isnan(joules.value)) {
		ok = record_absent(window, kind,
				   found ? "the trace has no joules of this block"
					 : "the trace has no such block of this arm");
	} else {
		joules.value *= share;
		joules.low *= share;
		joules.high *= share;
		joules.scale_err = 0; /* all of the bar is the trace's own */
		joules.u = (JouleParts){ .unit_j = 0 };
		joules.prov = energy_prov_min(joules.prov, ENERGY_MODELLED);
		joules.flags |= ENERGY_REPLAYED;
		text_format(joules.source, sizeof joules.source, "replay");
		ok = json_object_set_new(window, kind, joules_json(&joules)) == 0;
	}
	return ok || err_set(err, ERR_MEMORY, "replaying a trace");
}

bool trace_serve(const Trace *trace, json_t *window, Err *err)
{
	const json_t *found = window_find(trace, window);

	for (size_t i = 0; i < KINDS; i++)
		if (!serve_kind(window, kinds[i], found, err))
			return false;
	return true;
}
