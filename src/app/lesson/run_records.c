/* Records of a run: folded for the file, and unfolded.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/run_records.h"

#include <string.h>

#include "base/record.h"
#include "base/text.h"

#define AS_BEFORE "as_before"
#define NAME_MAX_BYTES 256
#define BYTES_MAX (RECORD_LINE_MAX - 4096) /* the command that brings them back has more in it */

/* The last record of each type and arm, and the bytes of all. */
typedef struct Folding {
	json_t *last; /* {"window int8": record} */
	size_t bytes;
} Folding;

static bool repeats(const json_t *record)
{
	return record_is(record, "type", "window") || record_is(record, "type", "trial");
}

static const char *place_of(const json_t *record, char out[NAME_MAX_BYTES])
{
	text_format(out, NAME_MAX_BYTES, "%s %s", record_text(record, "type"),
		    record_text(record, "arm"));
	return out;
}

/* Notes a whole record. False: they are too long by now. */
static bool note(Folding *self, json_t *whole)
{
	char place[NAME_MAX_BYTES];

	self->bytes += json_dumpb(whole, NULL, 0, JSON_COMPACT | JSON_ENSURE_ASCII) + 1;
	if (self->bytes > BYTES_MAX)
		return false;
	return !repeats(whole) || json_object_set(self->last, place_of(whole, place), whole) == 0;
}

static bool is_kept(const char *key)
{
	return strcmp(key, "v") == 0 || strcmp(key, "type") == 0 || strcmp(key, "arm") == 0;
}

/* Takes from record what it has in common with the one before, unless it lacks a member of it. */
static void leave_out(json_t *record, const json_t *before)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)before, key, value)
	{
		if (!json_object_get(record, key))
			return;
	}
	json_object_foreach((json_t *)(uintptr_t)before, key, value)
	{
		if (!is_kept(key) && json_equal(value, json_object_get(record, key)))
			json_object_del(record, key);
	}
	json_object_set_new(record, AS_BEFORE, json_true());
}

/* A new reference; NULL: it ends here. */
static json_t *fold(Folding *self, const json_t *record)
{
	char place[NAME_MAX_BYTES];
	json_t *whole = json_copy((json_t *)(uintptr_t)record), *out = NULL;

	if (record_is(record, "type", "window")) {
		json_object_del(whole, "counters");
		json_object_del(whole, "work");
	}
	const json_t *before = json_object_get(self->last, place_of(whole, place));

	if (repeats(whole) && before && (out = json_copy(whole)))
		leave_out(out, before);
	if (!whole || !note(self, whole)) {
		json_decref(out);
		out = NULL;
	} else if (!out) {
		out = json_incref(whole);
	}
	json_decref(whole);
	return out;
}

/* Likewise. */
static json_t *unfold(Folding *self, const json_t *record)
{
	char place[NAME_MAX_BYTES];
	json_t *whole = json_copy((json_t *)(uintptr_t)record);
	bool folded = repeats(record) && json_is_true(json_object_get(record, AS_BEFORE));
	json_t *before = json_object_get(self->last, place_of(record, place));
	bool fine = whole && (!folded || before);

	if (fine && folded) {
		json_object_del(whole, AS_BEFORE);
		fine = json_object_update_missing(whole, before) == 0;
	}
	if (fine && note(self, whole))
		return whole;
	json_decref(whole);
	return NULL;
}

static json_t *all(const json_t *records, json_t *(*one)(Folding *self, const json_t *record))
{
	Folding self = { .last = json_object() };
	json_t *out = json_array();
	bool fine = self.last && out;

	for (size_t i = 0; fine && i < json_array_size(records); i++)
		fine = json_array_append_new(out, one(&self, json_array_get(records, i))) == 0;
	json_decref(self.last);
	if (fine)
		return out;
	json_decref(out);
	return NULL;
}

json_t *run_records_fold(const json_t *records)
{
	return all(records, fold);
}

json_t *run_records_unfold(const json_t *folded)
{
	return all(folded, unfold);
}
