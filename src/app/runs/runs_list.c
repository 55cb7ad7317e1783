/* wattle runs ls: which runs are wanted, and in which groups they are shown.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/run/output.h"
#include "app/runs/runs_command.h"
#include "app/runs/stored_runs.h"
#include "base/list.h"
#include "base/text.h"
#include "lab/filter.h"

#define LINE_MAX_BYTES 512
#define WALL_MAX 32

/* A run that is wanted, kept until all of them are known. */
typedef struct Listed {
	char line[LINE_MAX_BYTES];
	char group[FILTER_VALUE_MAX];
	json_t *record; /* owned */
} Listed;

typedef struct Listing {
	Runs *runs;
	const char *tagged, *named, *grouped; /* NULL: not asked for */
	char since[WALL_MAX];                 /* "" likewise */
	Filter filter;
	Listed *run;
	size_t count, room;
} Listing;

/* --- what is asked for ------------------------------------------------------------------------ */

static bool is_day(const char *text)
{
	unsigned month, day;

	return strlen(text) < WALL_MAX && !text[strspn(text, "0123456789-:TZ. ")] &&
	       sscanf(text, "%*4[0-9]-%2u-%2u", &month, &day) == 2 && month >= 1 && month <= 12 &&
	       day >= 1 && day <= 31;
}

/* "3d" as the time so long ago; a date as it is. Both as run-begin writes times. */
static bool read_since(char out[WALL_MAX], const char *text, Err *err)
{
	static const struct {
		char unit;
		double seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	char *end;
	double amount = strtod(text, &end);
	struct tm tm;

	if (is_day(text)) {
		text_format(out, WALL_MAX, "%s", text);
		return true;
	}
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (end != text && *end == units[i].unit && !end[1] && amount >= 0 &&
		    amount < 1e6) {
			time_t then = time(NULL) - (time_t)(amount * units[i].seconds);

			return (gmtime_r(&then, &tm) &&
				strftime(out, WALL_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm)) ||
			       err_set(err, ERR_USAGE, "--since %.40s is too long ago", text);
		}
	return err_set(err, ERR_USAGE,
		       "--since wants a day, 2026-01-31, or how long ago, 90m 12h 3d 2w; not "
		       "'%.40s'",
		       text);
}

static const char *flag_text(const Runs *runs, const char *name)
{
	const ParamValue *value = params_get(&runs->cli->flags, name);

	return value->given ? value->text : NULL;
}

static bool read_flags(Listing *self, Err *err)
{
	const char *since = flag_text(self->runs, "since"), *filter;

	self->tagged = flag_text(self->runs, "tagged");
	self->named = flag_text(self->runs, "named");
	self->grouped = flag_text(self->runs, "group");
	filter = flag_text(self->runs, "filter");
	return (!since || read_since(self->since, since, err)) &&
	       (!filter || filter_parse(&self->filter, filter, err));
}

static bool has_tag(const char *tags, const char *tag)
{
	size_t len = strlen(tag);

	for (; *tags; tags += strcspn(tags, ","), tags += *tags == ',')
		if (strcspn(tags, ",") == len && strncmp(tags, tag, len) == 0)
			return true;
	return false;
}

static bool is_wanted(const Listing *self, const StoredRun *run)
{
	return (!self->tagged || has_tag(run->tags, self->tagged)) &&
	       (!self->named || strcmp(run->name, self->named) == 0) &&
	       strncmp(run->wall, self->since, strlen(self->since)) >= 0;
}

/* --- the list --------------------------------------------------------------------------------- */

static void fill_line(char out[LINE_MAX_BYTES], const StoredRun *run)
{
	char ended[32];

	text_format(ended, sizeof ended, "%d", run->exit);
	text_format(out, LINE_MAX_BYTES, "%-8.8s  %-16.16s  %-20.20s  %4llu  %6llu  %-9s  %s",
		    run->id, run->wall, run->name, (unsigned long long)run->seed,
		    (unsigned long long)run->trials, run->why ? ended : "not ended", run->tags);
}

static Listed *new_one(Listing *self, Err *err)
{
	Listed *more = list_room(self->run, self->count, &self->room, sizeof *more);

	if (!more) {
		err_set(err, ERR_MEMORY, "no memory for a list of runs");
		return NULL;
	}
	self->run = more;
	return &self->run[self->count];
}

/* Fields are the list's own, then run-begin's, then those of its plan. */
static bool take(void *user, const StoredRun *run, Err *err)
{
	Listing *self = user;
	json_t *begin = NULL;

	if (!is_wanted(self, run))
		return true;
	Listed *one = new_one(self, err);

	if (!one || ((self->filter.terms || self->grouped) &&
		     !store_begin(self->runs->store, run->id, &begin, err)))
		return false;
	json_t *record = stored_run_json(run);
	const json_t *fields[] = { record, begin, json_object_get(begin, "plan"), NULL };

	if (!begin)
		fields[1] = NULL;
	if (!filter_accepts(&self->filter, fields)) {
		json_decref(record);
	} else {
		*one = (Listed){ .record = record };
		fill_line(one->line, run);
		if (self->grouped)
			filter_value(one->group, filter_field(fields, self->grouped));
		self->count++;
	}
	json_decref(begin);
	return true;
}

static bool show_one(const Listing *self, const Listed *one, Err *err)
{
	if (!self->runs->json) {
		text_printf(stdout, "%s\n", one->line);
		return true;
	}
	if (self->grouped)
		json_object_set_new(one->record, "group", json_string(one->group));
	return output_json(self->runs->json, one->record, err);
}

/* In the order in which the groups began. */
static bool show_group(const Listing *self, size_t first, Err *err)
{
	const char *group = self->run[first].group;

	if (!self->runs->json)
		text_printf(stdout, "%s = %s\n", self->grouped,
			    *group ? group : "(those without it)");
	for (size_t i = first; i < self->count; i++)
		if (strcmp(self->run[i].group, group) == 0 && !show_one(self, &self->run[i], err))
			return false;
	return true;
}

static bool is_first(const Listing *self, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(self->run[i].group, self->run[at].group) == 0)
			return false;
	return true;
}

static bool show_all(const Listing *self, Err *err)
{
	bool fine = true;

	if (!self->runs->json && !self->count)
		text_printf(stdout, "No such runs are stored.\n");
	else if (!self->runs->json)
		text_printf(stdout, "%-8s  %-16s  %-20s  %4s  %6s  %-9s  %s\n", "run", "began",
			    "experiment", "seed", "trials", "exit", "tags");
	for (size_t i = 0; fine && i < self->count; i++) {
		if (!self->grouped)
			fine = show_one(self, &self->run[i], err);
		else if (is_first(self, i))
			fine = show_group(self, i, err);
	}
	return fine;
}

bool runs_list(void *user, Err *err)
{
	Listing *self = calloc(1, sizeof *self);
	bool fine;

	if (!self)
		return err_set(err, ERR_MEMORY, "no memory for a list of runs");
	self->runs = user;
	fine = read_flags(self, err) && store_each(self->runs->store, take, self, err) &&
	       show_all(self, err);
	for (size_t i = 0; i < self->count; i++)
		json_decref(self->run[i].record);
	free(self->run);
	free(self);
	return fine;
}
