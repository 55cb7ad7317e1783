/* Attempts: events of the file and of this sitting, who they belong to, and what they come to.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/progress.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"

#define NOTICE_MAX 1024
#define POINTS_MAX 1e6

struct Progress {
	char path[PATH_MAX];
	json_t *keys;    /* by what key_name says: events in their order */
	size_t read;     /* bytes of the file that are in events */
	bool in_memory;  /* the file could not be written; told */
	bool closed;     /* … nor will it be */
	json_t *unsaved; /* events that are in memory only, in their order */
	char why[NOTICE_MAX];
	bool torn;                                     /* told */
	uint8_t hidden[PROGRESS_ATTEMPTS_MAX / 8 + 1]; /* bits: attempts that are forgotten */
	char notice[NOTICE_MAX], told[NOTICE_MAX];
};

static void note(Progress *progress, const char *text)
{
	size_t len = strlen(progress->notice);

	text_format(progress->notice + len, sizeof progress->notice - len, "%s%s", len ? " " : "",
		    text);
}

static void not_saved(Progress *progress, const char *why)
{
	char text[NOTICE_MAX];

	text_format(text, sizeof text, "Progress is not saved, but kept until you quit: %s.", why);
	if (!progress->why[0])
		note(progress, text);
	text_format(progress->why, sizeof progress->why, "%s", why);
	progress->in_memory = true;
}

static void tell_torn(Progress *progress, size_t bytes)
{
	char text[NOTICE_MAX];

	if (progress->torn)
		return;
	progress->torn = true;
	if (bytes <= PROGRESS_TAIL_DROPPED) {
		note(progress, "The last line of your progress was cut off while it was written, "
			       "and is dropped.");
		return;
	}
	text_format(text, sizeof text,
		    "The last %zu bytes of your progress are no whole line: they are put into "
		    "%s.damaged.",
		    bytes, progress->path);
	note(progress, text);
}

/* What a newer program keeps there is not to be mixed with lines of ours. */
static void tell_newer(Progress *progress, size_t lines)
{
	char text[NOTICE_MAX];

	if (lines == 0 || progress->in_memory)
		return;
	text_format(text, sizeof text,
		    "%zu line%s of %s %s written by a newer wattle: the file is left as it is, and "
		    "what you do now is not saved, but kept until you quit.",
		    lines, lines == 1 ? "" : "s", progress->path, lines == 1 ? "was" : "were");
	note(progress, text);
	text_format(progress->why, sizeof progress->why, "%s was written by a newer wattle",
		    progress->path);
	progress->in_memory = progress->closed = true;
}

static void tell_damaged(Progress *progress, size_t lines)
{
	char text[NOTICE_MAX];

	if (lines == 0)
		return;
	text_format(text, sizeof text, "%zu line%s of %s %s damaged and left out.", lines,
		    lines == 1 ? "" : "s", progress->path, lines == 1 ? "is" : "are");
	note(progress, text);
}

/* --- events by their keys --------------------------------------------------------------------- */

/* malloc'd; NULL when memory is short. */
static char *key_name(const char *lesson, const char *student, bool fast)
{
	size_t room = strlen(lesson) + strlen(student) + 32;
	char *name = malloc(room);

	if (name)
		text_format(name, room, "%d:%zu:%s:%s", fast, strlen(lesson), lesson, student);
	return name;
}

/* The events of that key; NULL: none. Borrowed. */
static json_t *events_of(const Progress *progress, const ProgressKey *key)
{
	char *name = key_name(key->lesson, key->student, key->fast);
	json_t *events = name ? json_object_get(progress->keys, name) : NULL;

	free(name);
	return events;
}

static bool add_event(Progress *progress, json_t *event)
{
	char *name = key_name(record_text(event, "lesson"), record_text(event, "student"),
			      json_is_true(json_object_get(event, "fast")));
	json_t *events = name ? json_object_get(progress->keys, name) : NULL;
	bool ok = name &&
		  (events || ((events = json_array()) &&
			      json_object_set_new(progress->keys, name, events) == 0)) &&
		  json_array_append(events, event) == 0;

	free(name);
	return ok;
}

/* What was read lies behind so many bytes of the file. */
static void move_records(json_t *event, size_t by)
{
	json_t *records = json_object_get(event, "records");
	json_int_t at = json_integer_value(json_object_get(records, "at"));

	if (json_is_object(records) && at >= 0 && at <= (json_int_t)PROGRESS_BYTES_MAX)
		json_object_set_new(records, "at", json_integer(at + (json_int_t)by));
}

/* Takes in what the file has beyond what was read. */
static void read_more(Progress *progress)
{
	size_t len;
	ProgressLines lines;
	Err err;

	if (progress->in_memory)
		return;
	char *more =
		progress_file_read(progress->path, progress->read, &len, PROGRESS_WAIT_NS, &err);
	if (!more) {
		not_saved(progress, err.text);
		return;
	}
	json_t *events = json_array(), *event;
	size_t i;

	progress_parse(more, len, events, &lines);
	free(more);
	json_array_foreach(events, i, event)
	{
		move_records(event, progress->read);
		add_event(progress, event);
	}
	json_decref(events);
	tell_newer(progress, lines.newer);
	progress->read += lines.whole;
	if (lines.whole < len)
		tell_torn(progress, len - lines.whole);
	tell_damaged(progress, lines.damaged);
}

Progress *progress_open(const char *path, Err *err)
{
	Progress *progress = calloc(1, sizeof *progress);

	if (!progress || !(progress->keys = json_object()) || !(progress->unsaved = json_array())) {
		err_set(err, ERR_MEMORY, "reading the progress");
		progress_close(progress);
		return NULL;
	}
	text_format(progress->path, sizeof progress->path, "%s", path);
	if (*path)
		read_more(progress);
	else
		not_saved(progress, "there is no home folder; set HOME or XDG_STATE_HOME");
	progress->closed |= !*path;
	return progress;
}

void progress_close(Progress *progress)
{
	if (!progress)
		return;
	json_decref(progress->keys);
	json_decref(progress->unsaved);
	free(progress);
}

const char *progress_notice(Progress *progress)
{
	if (!progress->notice[0])
		return NULL;
	memcpy(progress->told, progress->notice, sizeof progress->told);
	progress->notice[0] = '\0';
	return progress->told;
}

/* --- attempts --------------------------------------------------------------------------------- */

static int attempt_of(const json_t *event)
{
	return (int)json_integer_value(json_object_get(event, "attempt"));
}

static bool is_hidden(const Progress *progress, int attempt)
{
	return progress->hidden[attempt / 8] >> attempt % 8 & 1;
}

static void note_hidden(Progress *progress, json_t *events)
{
	size_t i;
	json_t *event;

	memset(progress->hidden, 0, sizeof progress->hidden);
	json_array_foreach(events, i, event)
	{
		if (record_is(event, "event", "forget"))
			progress->hidden[attempt_of(event) / 8] |=
				(uint8_t)(1 << attempt_of(event) % 8);
	}
}

/* The newest attempt that has a start; wanted: of that seed, or NULL for any. */
static const json_t *newest_start(Progress *progress, const ProgressKey *key,
				  const uint64_t *wanted)
{
	json_t *events = events_of(progress, key), *event;
	const json_t *newest = NULL;
	size_t i;

	note_hidden(progress, events);
	json_array_foreach(events, i, event)
	{
		uint64_t seed = (uint64_t)json_integer_value(json_object_get(event, "seed"));

		if (!record_is(event, "event", "start") || (wanted && seed != *wanted) ||
		    (newest && attempt_of(event) < attempt_of(newest)) ||
		    is_hidden(progress, attempt_of(event)))
			continue;
		newest = event;
	}
	return newest;
}

int progress_attempt(Progress *progress, const ProgressKey *key)
{
	const json_t *start = newest_start(progress, key, NULL);

	return start ? attempt_of(start) : 0;
}

json_t *progress_events(const Progress *progress, const ProgressKey *key, int attempt)
{
	json_t *events = json_array(), *event;
	size_t i;

	json_array_foreach(events_of(progress, key), i, event)
	{
		if (attempt_of(event) == attempt)
			json_array_append(events, event);
	}
	return events;
}

/* Reads the records of an event that were left in the file. */
static bool read_records(const Progress *progress, json_t *event)
{
	const json_t *records = json_object_get(event, "records");
	json_int_t at = json_integer_value(json_object_get(records, "at")),
		   bytes = json_integer_value(json_object_get(records, "bytes"));
	Err err;

	if (!json_is_object(records))
		return true;
	if (at < 0 || bytes < 1 || bytes > (json_int_t)RECORD_LINE_MAX)
		return false;
	char *line = progress_file_part(progress->path, (size_t)at, (size_t)bytes, &err);
	json_t *whole = line ? progress_line(line, (size_t)bytes, event) : NULL;
	bool fine =
		whole && json_object_set(event, "records", json_object_get(whole, "records")) == 0;

	json_decref(whole);
	free(line);
	return fine;
}

json_t *progress_whole(Progress *progress, const ProgressKey *key, int attempt)
{
	json_t *events = events_of(progress, key);
	size_t damaged = 0;

	for (size_t i = json_array_size(events); i-- > 0;) {
		json_t *event = json_array_get(events, i);

		if (attempt_of(event) != attempt || read_records(progress, event))
			continue;
		json_array_remove(events, i);
		damaged++;
	}
	tell_damaged(progress, damaged);
	return progress_events(progress, key, attempt);
}

int progress_resumable(Progress *progress, const ProgressKey *key, const char *sha256,
		       uint64_t seed, bool *changed)
{
	const json_t *start = newest_start(progress, key, &seed);
	bool same = start && strcmp(record_text(start, "sha256"), sha256) == 0;

	*changed = start && !same;
	return same ? attempt_of(start) : 0;
}

int progress_next(Progress *progress, const ProgressKey *key)
{
	int last = 0;
	size_t i;
	json_t *event;

	read_more(progress);
	json_array_foreach(events_of(progress, key), i, event)
	{
		if (attempt_of(event) > last)
			last = attempt_of(event);
	}
	return last < PROGRESS_ATTEMPTS_MAX ? last + 1 : last;
}

/* --- summaries -------------------------------------------------------------------------------- */

/* Points, as far as they are any. */
static double points_of(const json_t *number)
{
	double points = json_number_value(number);

	return points >= 0 && points <= POINTS_MAX ? points : 0;
}

/* The best round of each id; the maximum is that of the last one, which leaves out what this
 * machine cannot check. */
static void add_check(json_t *best, const json_t *event)
{
	const char *id = record_text(event, "id");
	double points = points_of(json_object_get(event, "points"));
	double before = points_of(json_object_get(json_object_get(best, id), "points"));

	json_object_set_new(best, id,
			    json_pack("{s:f, s:O}", "points", points > before ? points : before,
				      "of", json_object_get(event, "of")));
}

static void add_points(const json_t *start, json_t *best, ProgressLesson *out)
{
	const char *id;
	json_t *declared;

	json_object_foreach(json_object_get(start, "points"), id, declared)
	{
		const json_t *known = json_object_get(best, id);

		out->of += points_of(known ? json_object_get(known, "of") : declared);
		out->points += points_of(json_object_get(known, "points"));
	}
}

void progress_sum(const json_t *events, ProgressLesson *out)
{
	const json_t *start = NULL, *event;
	json_t *best = json_object();

	*out = (ProgressLesson){ .step = 0 };
	for (size_t i = 0; i < json_array_size(events); i++) {
		event = json_array_get(events, i);
		json_int_t step = json_integer_value(json_object_get(event, "step"));

		if (record_is(event, "event", "start"))
			start = event;
		if (record_is(event, "event", "check") &&
		    json_is_number(json_object_get(event, "of")))
			add_check(best, event);
		out->done |= record_is(event, "event", "finish");
		out->attempt = attempt_of(event);
		/* A round of checks may end when one has gone on. */
		if (step >= 1 &&
		    (record_is(event, "event", "start") || record_is(event, "event", "step")))
			out->step = (size_t)step;
		text_format(out->wall, sizeof out->wall, "%s", record_text(event, "wall"));
	}
	json_int_t steps = json_integer_value(json_object_get(start, "steps"));

	out->steps = steps > 0 ? (size_t)steps : 0;
	add_points(start, best, out);
	json_decref(best);
}

ProgressLesson progress_lesson(Progress *progress, const ProgressKey *key)
{
	ProgressLesson out;
	json_t *events = progress_events(progress, key, progress_attempt(progress, key));

	progress_sum(events, &out);
	json_decref(events);
	return out;
}

/* --- events ----------------------------------------------------------------------------------- */

static json_t *stamp(const ProgressKey *key, int attempt, const char *name, json_t *more)
{
	char wall[24];
	json_t *event = json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:s, s:b}", "v", RECORD_VERSION,
				  "type", "progress", "event", name, "wall", clock_wall(wall),
				  "lesson", key->lesson, "attempt", attempt, "student",
				  key->student, "fast", key->fast);

	if (event && more)
		json_object_update_missing(event, more);
	json_decref(more);
	return event;
}

/* The line with its end, in ASCII; records that do not fit are left out. */
static char *line_of(json_t *event, size_t *len)
{
	const size_t flags = JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(10);
	char *line = json_dumps(event, flags);

	if (line && strlen(line) >= RECORD_LINE_MAX && json_object_get(event, "records")) {
		free(line);
		record_absent(event, "records", "longer than a line may be");
		line = json_dumps(event, flags);
	}
	*len = line ? strlen(line) : 0;
	if (line)
		line[(*len)++] = '\n'; /* in the place of its end */
	return line;
}

static bool keep_in_memory(Progress *progress, json_t *event)
{
	return add_event(progress, event) && json_array_append(progress->unsaved, event) == 0;
}

/* *size: of the file then. What a writer that died left behind is told. */
static bool append(Progress *progress, const char *line, size_t len, size_t *size, Err *err)
{
	size_t dropped;

	if (!progress_file_append(progress->path, line, len, PROGRESS_WAIT_NS, &dropped, size, err))
		return false;
	if (dropped)
		tell_torn(progress, dropped);
	return true;
}

/* Appends the line and takes it in, with what others wrote before it. */
static bool save(Progress *progress, json_t *event, const char *line, size_t len)
{
	size_t size;
	Err err;

	if (progress->in_memory)
		return keep_in_memory(progress, event);
	if (!append(progress, line, len, &size, &err)) {
		not_saved(progress, err.text);
		return keep_in_memory(progress, event);
	}
	if (size > progress->read + len) {
		read_more(progress);
		return true;
	}
	progress->read = size;
	return add_event(progress, event);
}

bool progress_put(Progress *progress, const ProgressKey *key, int attempt, const char *name,
		  json_t *more)
{
	size_t len;
	json_t *event = stamp(key, attempt, name, more);
	char *line = event ? line_of(event, &len) : NULL;
	bool ok = line && save(progress, event, line, len);

	json_decref(event);
	free(line);
	return ok;
}

/* The events are known here: of the file only its end is taken over. */
static bool save_again(Progress *progress, json_t *event, Err *err)
{
	size_t len;
	char *line = line_of(event, &len);
	bool ok = line ? append(progress, line, len, &progress->read, err)
		       : err_set(err, ERR_MEMORY, "saving the progress");

	free(line);
	return ok;
}

bool progress_unsaved(const Progress *progress)
{
	return json_array_size(progress->unsaved) > 0;
}

bool progress_save(Progress *progress, Err *err)
{
	json_t *event;

	if (!progress_unsaved(progress))
		return true;
	if (!progress->closed) {
		progress->in_memory = false;
		read_more(progress); /* what others wrote comes before */
	}
	if (progress->in_memory)
		return err_set(err, ERR_FILE, "%s", progress->why);
	while ((event = json_array_get(progress->unsaved, 0)) != NULL) {
		if (!save_again(progress, event, err)) {
			progress->in_memory = true;
			return false;
		}
		json_array_remove(progress->unsaved, 0);
	}
	progress->why[0] = '\0';
	return true;
}
