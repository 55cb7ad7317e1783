/* Reads the store for the views, and changes in it what they were asked to.
 * SPDX-License-Identifier: MIT */
#include "app/runs/stored_runs.h"

#include <string.h>

#include "app/runs/loaded_run.h"
#include "app/runs/run_store.h"
#include "app/runs/runs_command.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/results.h"

#define PER_ITEMS 10000.0

json_t *stored_run_json(const StoredRun *run)
{
	json_t *record = record_new("stored-run", 0), *tags = json_array();
	const char *at = run->tags;

	while (*at) {
		size_t len = strcspn(at, ",");

		json_array_append_new(tags, json_stringn(at, len));
		at += len + (at[len] == ',');
	}
	json_object_set_new(record, "run", json_string(run->id));
	json_object_set_new(record, "wall", json_string(run->wall));
	json_object_set_new(record, "name", json_string(run->name));
	json_object_set_new(record, "script", json_string(run->script));
	json_object_set_new(record, "script_sha256", json_string(run->script_sha256));
	json_object_set_new(record, "machine", json_string(run->machine));
	if (run->seed <= RECORD_INTEGER_MAX)
		json_object_set_new(record, "seed", json_integer((json_int_t)run->seed));
	else
		record_absent(record, "seed", "the store is damaged there");
	json_object_set_new(record, "records", json_integer((json_int_t)run->records));
	json_object_set_new(record, "trials", json_integer((json_int_t)run->trials));
	json_object_set_new(record, "tags", tags);
	if (run->why) {
		json_object_set_new(record, "exit", json_integer(run->exit));
		json_object_set_new(record, "why", json_string(run->why));
	} else {
		record_absent(record, "exit", "the run did not end");
	}
	return record;
}

/* An answer on its way. */
typedef struct Answer {
	const StoredSink *sink;
	const json_t *value; /* of the request */
	Store *store;
} Answer;

static const json_t *asked_runs(const Answer *self)
{
	return json_object_get(self->value, "runs");
}

static const char *asked_run(const Answer *self, size_t i)
{
	const char *id = json_string_value(json_array_get(asked_runs(self), i));

	return id ? id : "";
}

/* Tells the views that the answer is whole. */
static void end_answer(const Answer *self, const char *what, const char *why)
{
	json_t *record = record_new("stored-answer", 0), *runs = json_deep_copy(asked_runs(self));

	json_object_set_new(record, "what", json_string(what));
	json_object_set_new(record, "runs", runs ? runs : json_array());
	if (why)
		json_object_set_new(record, "why", json_string(why));
	self->sink->take(self->sink->user, record);
	json_decref(record);
}

/* --- list ------------------------------------------------------------------------------------- */

static bool list_one(void *user, const StoredRun *run, Err *err)
{
	const Answer *self = user;
	json_t *record = stored_run_json(run);

	if (!record)
		return err_set(err, ERR_MEMORY, "no memory for the list of runs");
	if (!run->why && run_store_goes_on(run->id))
		json_object_set_new(record, "goes_on", json_true());
	self->sink->take(self->sink->user, record);
	json_decref(record);
	return true;
}

/* What could be read of a damaged store is shown with what is wrong. */
static void list(Answer *self)
{
	Err err = { .code = ERR_NONE };
	bool fine = false;

	if (!self->store)
		self->store = run_store_read(&err);
	fine = self->store && store_each(self->store, list_one, self, &err);
	end_answer(self, "list", fine ? NULL : err.text);
}

/* --- one, two, several ----------------------------------------------------------------------- */

static bool play_one(void *user, const json_t *record, Err *err)
{
	const Answer *self = user;

	(void)err;
	self->sink->play(self->sink->user, record);
	return true;
}

static bool open_run(Answer *self, char told[STORED_TOLD_MAX], Err *err)
{
	(void)told;
	return store_records(self->store, asked_run(self, 0), play_one, self, err);
}

static bool take_one(void *user, const json_t *record, Err *err)
{
	const Answer *self = user;

	(void)err;
	self->sink->take(self->sink->user, record);
	return true;
}

static bool diff(Answer *self, char told[STORED_TOLD_MAX], Err *err)
{
	(void)told;
	if (!runs_diff_records(self->store, asked_run(self, 0), asked_run(self, 1), take_one, self,
			       err))
		return false;
	end_answer(self, "diff", NULL);
	return true;
}

static json_t *estimate_json(Estimate estimate, const char *method)
{
	return record_estimate(estimate.value, estimate.low, estimate.high, estimate.n, method);
}

static void put_sides(const Answer *self, const char *id, const Results *results)
{
	const char *condition = results_condition_name(results, 0);
	const ArmResult *arm;

	for (size_t i = 0; (arm = results_arm(results, i)); i++) {
		json_t *record = record_new("run-side", 0);
		json_object_set_new(record, "run", json_string(id));
		json_object_set_new(record, "arm", json_string(arm->name));
		if (*condition)
			json_object_set_new(record, "condition", json_string(condition));
		json_object_set_new(record, "accuracy",
				    estimate_json(results_accuracy(results, i), "wilson"));
		json_object_set_new(record, "time",
				    estimate_json(results_cost(results, i, METRIC_TIME, PER_ITEMS),
						  "t"));
		json_object_set_new(
			record, "energy",
			estimate_json(results_cost(results, i, METRIC_ENERGY, PER_ITEMS), "t"));
		json_object_set_new(record, "joules_measured",
				    json_boolean(results_joules_measured(results)));
		if (arm->size_bytes)
			json_object_set_new(record, "size_bytes",
					    json_integer((json_int_t)arm->size_bytes));
		self->sink->take(self->sink->user, record);
		json_decref(record);
	}
}

static bool beside(Answer *self, char told[STORED_TOLD_MAX], Err *err)
{
	(void)told;
	for (size_t i = 0; i < json_array_size(asked_runs(self)); i++) {
		LoadedRun run;
		bool fine = loaded_run_open(&run, self->store, asked_run(self, i), err);
		for (size_t k = 0; fine && k < results_conditions(run.results); k++)
			put_sides(self, run.id, results_condition(run.results, k));
		loaded_run_close(&run);
		if (!fine)
			return false;
	}
	end_answer(self, "beside", NULL);
	return true;
}

/* --- changes ---------------------------------------------------------------------------------- */

static bool tag(Answer *self, char told[STORED_TOLD_MAX], Err *err)
{
	const char *text = record_text(self->value, "tag");
	bool on = *text != '-';
	size_t n = json_array_size(asked_runs(self));

	for (size_t i = 0; i < n; i++)
		if (!store_tag(self->store, asked_run(self, i), text + (on ? 0 : 1), on, err))
			return false;
	text_format(told, STORED_TOLD_MAX, "%s: %s %zu run%s.", text + (on ? 0 : 1),
		    on ? "tag of" : "taken off", n, n == 1 ? "" : "s");
	list(self);
	return true;
}

static bool remove_runs(Answer *self, char told[STORED_TOLD_MAX], Err *err)
{
	size_t n = json_array_size(asked_runs(self));

	/* All of them are looked at before the first one goes. */
	for (size_t i = 0; i < n; i++)
		if (run_store_goes_on(asked_run(self, i)))
			return err_set(err, ERR_NEED,
				       "the run %.8s goes on: stop it first. Nothing was deleted",
				       asked_run(self, i));
	for (size_t i = 0; i < n; i++)
		if (!run_store_remove(self->store, asked_run(self, i), err)) {
			list(self);
			return false;
		}
	text_format(told, STORED_TOLD_MAX, "%zu run%s deleted.", n, n == 1 ? "" : "s");
	list(self);
	return true;
}

bool stored_runs_perform(const char *what, const json_t *value, const StoredSink *sink,
			 char told[STORED_TOLD_MAX], Err *err)
{
	static const struct {
		const char *what;
		bool (*perform)(Answer *self, char told[STORED_TOLD_MAX], Err *err);
		bool changes;
	} ways[] = {
		{ "open", open_run, false },     { "diff", diff, false },
		{ "beside", beside, false },     { "tag", tag, true },
		{ "remove", remove_runs, true },
	};
	Answer self = { .sink = sink, .value = value };
	bool fine = true;

	told[0] = '\0';
	if (strcmp(what, "list") == 0)
		list(&self);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (strcmp(what, ways[i].what) == 0) {
			self.store = ways[i].changes ? run_store_change(err) : run_store_read(err);
			fine = self.store && ways[i].perform(&self, told, err);
		}
	store_close(self.store);
	return fine;
}
