/* wattle runs diff: where two stored runs differ in what they were, and in what came of them.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/runs/loaded_run.h"
#include "app/runs/runs_command.h"
#include "base/text.h"

#define PATH_ROOM 200
#define VALUE_ROOM 60
/* Reals in as many digits as records have. */
#define DUMP (JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(10))
#define PER_ITEMS 10000.0

/* One of the two. */
typedef struct Side {
	LoadedRun run;
	json_t *asked;
} Side;

typedef struct Diff {
	Store *store;
	RunsDiffTake *take; /* NULL: text */
	void *user;
	Side side[2];
	size_t settings; /* that differ */
	bool broken;     /* accuracies differ although no setting does */
	Err *err;        /* of a record that was not taken: code not ERR_NONE */
} Diff;

static void put(Diff *diff, json_t *record)
{
	if (diff->err->code == ERR_NONE && !record)
		err_set(diff->err, ERR_MEMORY, "no memory to compare two runs");
	else if (diff->err->code == ERR_NONE)
		diff->take(diff->user, record, diff->err);
	json_decref(record);
}

/* --- settings --------------------------------------------------------------------------------- */

static void short_json(const json_t *value, char out[VALUE_ROOM])
{
	char *text = value ? json_dumps(value, DUMP) : NULL;

	text_format(out, VALUE_ROOM, "%s", text ? text : "-");
	free(text);
}

static void put_value(json_t *record, const char *key, const json_t *value)
{
	char *text = value ? json_dumps(value, DUMP) : NULL;

	if (text)
		json_object_set_new(record, key, json_string(text));
	else
		record_absent(record, key, "that run has none");
	free(text);
}

static void put_difference(Diff *diff, const char *path, const json_t *a, const json_t *b)
{
	char left[VALUE_ROOM], right[VALUE_ROOM];

	diff->settings++;
	if (diff->take) {
		json_t *record = record_new("run-difference", 0);

		json_object_set_new(record, "what", json_string(path));
		put_value(record, "first", a);
		put_value(record, "second", b);
		put(diff, record);
		return;
	}
	short_json(a, left);
	short_json(b, right);
	text_printf(stdout, "  %-32s %s | %s\n", path, left, right);
}

/* Objects are compared member by member, all else as a whole. */
static void compare_json(Diff *diff, const char *path, const json_t *a, const json_t *b)
{
	char inner[PATH_ROOM];
	const char *key;
	json_t *value;

	if (!json_is_object(a) || !json_is_object(b)) {
		if (!(a && b ? json_equal(a, b) : a == b))
			put_difference(diff, path, a, b);
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)a, key, value)
	{
		text_format(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", key);
		compare_json(diff, inner, value, json_object_get(b, key));
	}
	json_object_foreach((json_t *)(uintptr_t)b, key, value)
	{
		text_format(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", key);
		if (!json_object_get(a, key))
			compare_json(diff, inner, NULL, value);
	}
}

/* What every run has of its own. */
static json_t *of_begin(const json_t *begin)
{
	static const char *const own[] = { "v", "type", "t_ns", "run", "wall", "script", NULL };
	json_t *copy = json_copy((json_t *)(uintptr_t)begin);

	for (size_t i = 0; own[i]; i++)
		json_object_del(copy, own[i]);
	return copy;
}

static void compare_settings(Diff *diff)
{
	json_t *a = of_begin(diff->side[0].run.begin), *b = of_begin(diff->side[1].run.begin);

	compare_json(diff, "", a, b);
	compare_json(diff, "asked", diff->side[0].asked, diff->side[1].asked);
	json_decref(a);
	json_decref(b);
}

/* --- results ---------------------------------------------------------------------------------- */

/* Two that are not known are no difference. */
static bool same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static size_t arm_named(const Results *results, const char *name)
{
	size_t i = 0;

	while (results_arm(results, i) && strcmp(results_arm(results, i)->name, name) != 0)
		i++;
	return i;
}

/* Whether two estimates' intervals have a value in common. */
static bool overlap(Estimate a, Estimate b)
{
	return a.low <= b.high && b.low <= a.high;
}

static void format_seconds(char *out, size_t cap, Estimate estimate)
{
	if (isnan(estimate.value))
		text_format(out, cap, "-");
	else if (isnan(estimate.low))
		text_format(out, cap, "%.4g s", estimate.value);
	else
		text_format(out, cap, "%.4g s ±%.2g", estimate.value,
			    estimate.high - estimate.value);
}

static void put_arm_json(Diff *diff, const Results *condition, const char *name,
			 const Estimate *accuracy, const Estimate *time)
{
	json_t *record = record_new("run-arms", 0);
	int index = results_condition_index(condition);

	json_object_set_new(record, "arm", json_string(name));
	if (index >= 0) {
		json_object_set_new(record, "condition", json_integer(index));
		json_object_set_new(record, "factors",
				    plan_condition_json(results_plan(condition), (size_t)index));
	}
	json_object_set_new(record, "accuracy_equal",
			    json_boolean(same_number(accuracy[0].value, accuracy[1].value)));
	for (int i = 0; i < 2; i++) {
		json_object_set_new(record, i ? "accuracy_second" : "accuracy_first",
				    record_estimate(accuracy[i].value, accuracy[i].low,
						    accuracy[i].high, accuracy[i].n, "wilson"));
		json_object_set_new(record, i ? "time_second" : "time_first",
				    record_estimate(time[i].value, time[i].low, time[i].high,
						    time[i].n, "t"));
	}
	json_object_set_new(record, "time_overlaps", json_boolean(overlap(time[0], time[1])));
	put(diff, record);
}

/* An arm that both have. True when its accuracies are equal. */
static bool compare_arm(Diff *diff, const Results *a, size_t first, const Results *b, size_t second)
{
	const char *name = results_arm(a, first)->name;
	Estimate accuracy[2] = { results_accuracy(a, first), results_accuracy(b, second) };
	Estimate time[2] = { results_cost(a, first, METRIC_TIME, PER_ITEMS),
			     results_cost(b, second, METRIC_TIME, PER_ITEMS) };
	bool equal = same_number(accuracy[0].value, accuracy[1].value);
	char left[48], right[48];

	if (diff->take) {
		put_arm_json(diff, a, name, accuracy, time);
		return equal;
	}
	format_seconds(left, sizeof left, time[0]);
	format_seconds(right, sizeof right, time[1]);
	text_printf(stdout, "  %-16s accuracy %.2f %% | %.2f %% %s  time / 10,000 %s | %s%s\n",
		    name, 100 * accuracy[0].value, 100 * accuracy[1].value,
		    equal ? "equal," : "differ,", left, right,
		    overlap(time[0], time[1]) ? ", intervals overlap" : "");
	return equal;
}

static bool compare_condition(Diff *diff, const Results *a, const Results *b)
{
	bool equal = true;

	for (size_t i = 0; results_arm(a, i); i++) {
		size_t other = arm_named(b, results_arm(a, i)->name);

		if (results_arm(b, other))
			equal &= compare_arm(diff, a, i, b, other);
		else if (!diff->take)
			text_printf(stdout, "  %-16s only in the first\n", results_arm(a, i)->name);
	}
	for (size_t i = 0; results_arm(b, i) && !diff->take; i++)
		if (!results_arm(a, arm_named(a, results_arm(b, i)->name)))
			text_printf(stdout, "  %-16s only in the second\n",
				    results_arm(b, i)->name);
	return equal;
}

/* The condition of that name; NULL: there is none. */
static const Results *condition_named(const Results *results, const char *name)
{
	for (size_t k = 0; k < results_conditions(results); k++)
		if (strcmp(results_condition_name(results, k), name) == 0)
			return results_condition(results, k);
	return NULL;
}

static void compare_results(Diff *diff)
{
	const Results *a = diff->side[0].run.results, *b = diff->side[1].run.results;
	bool equal = true;

	if (!results_plan(a) || !results_plan(b))
		return;
	if (!diff->take)
		text_printf(stdout, "results:\n");
	for (size_t k = 0; k < results_conditions(a); k++) {
		const char *name = results_condition_name(a, k);
		const Results *other = condition_named(b, name);

		if (*name && !diff->take)
			text_printf(stdout, " %s%s\n", name, other ? "" : ": only in the first");
		if (other)
			equal &= compare_condition(diff, results_condition(a, k), other);
	}
	for (size_t k = 0; k < results_conditions(b) && !diff->take; k++)
		if (!condition_named(a, results_condition_name(b, k)))
			text_printf(stdout, " %s: only in the second\n",
				    results_condition_name(b, k));
	if (!diff->take)
		text_printf(stdout, "No verdict: the two did not take turns on the machine.\n");
	diff->broken = !equal && !diff->settings;
}

/* --- the two ---------------------------------------------------------------------------------- */

static bool load(Store *store, const char *meant, Side *side, Err *err)
{
	char *script = NULL;
	size_t len;
	bool fine = loaded_run_open(&side->run, store, meant, err) &&
		    store_asked(store, side->run.id, &script, &len, &side->asked, err);

	free(script);
	return fine;
}

static void side_done(Side *side)
{
	json_decref(side->asked);
	loaded_run_close(&side->run);
}

static bool compare(Diff *diff, const char *first, const char *second, Err *err)
{
	bool fine = load(diff->store, first, &diff->side[0], err) &&
		    load(diff->store, second, &diff->side[1], err);

	if (fine) {
		err->code = ERR_NONE;
		diff->err = err;
		if (!diff->take)
			text_printf(stdout, "settings (%.8s | %.8s):\n", diff->side[0].run.id,
				    diff->side[1].run.id);
		compare_settings(diff);
		if (!diff->settings && !diff->take)
			text_printf(stdout, "  the same\n");
		compare_results(diff);
		fine = err->code == ERR_NONE;
	}
	side_done(&diff->side[0]);
	side_done(&diff->side[1]);
	return fine;
}

bool runs_diff_records(Store *store, const char *first, const char *second, RunsDiffTake *take,
		       void *user, Err *err)
{
	Diff diff = { .store = store, .take = take, .user = user };

	return compare(&diff, first, second, err);
}

static bool put_json(void *user, const json_t *record, Err *err)
{
	return record_out_put(user, json_incref((json_t *)(uintptr_t)record), err);
}

bool runs_diff(void *user, Err *err)
{
	Runs *runs = user;
	Diff diff = { .store = runs->store,
		      .take = runs->json ? put_json : NULL,
		      .user = runs->json };
	bool fine = compare(&diff, runs->cli->operand[1], runs->cli->operand[2], err);

	runs->status = diff.broken;
	return fine;
}
