/* Single observations as rows: what each window and each trial says, metric by metric.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "lab/json.h"
#include "lab/tabulate.h"

#define FLAGS_MAX 256

/* X(id, name, kind, the column that says why it is absent) */
#define COLUMN_LIST(X)                                          \
	X(RUN, "run", WORDS, NULL)                              \
	X(EXPERIMENT, "experiment", WORDS, NULL)                \
	X(CONDITION, "condition", WORDS, NULL)                  \
	X(ARM, "arm", WORDS, NULL)                              \
	X(BLOCK, "block", WHOLE, NULL)                          \
	X(ATTEMPT, "attempt", WHOLE, NULL)                      \
	X(SEED, "seed", WHOLE, "seed_why")                      \
	X(METRIC, "metric", WORDS, NULL)                        \
	X(UNIT, "unit", WORDS, NULL)                            \
	X(ITEMS, "items", WHOLE, "items_why")                   \
	X(VALUE, "value", REAL, "value_why")                    \
	X(LOW, "value_low", REAL, "low_why")                    \
	X(HIGH, "value_high", REAL, "low_why")                  \
	X(MODELLED, "modelled", REAL, "modelled_why")           \
	X(MODELLED_LOW, "modelled_low", REAL, "modelled_why")   \
	X(MODELLED_HIGH, "modelled_high", REAL, "modelled_why") \
	X(PROVENANCE, "provenance", WORDS, NULL)                \
	X(SCOPE, "scope", WORDS, "scope_why")                   \
	X(SOURCE, "source", WORDS, "scope_why")                 \
	X(FLAGS, "flags", WORDS, NULL)                          \
	X(VOID, "void", FLAG, NULL)                             \
	X(SEED_WHY, "seed_why", WORDS, NULL)                    \
	X(ITEMS_WHY, "items_why", WORDS, NULL)                  \
	X(VALUE_WHY, "value_why", WORDS, NULL)                  \
	X(LOW_WHY, "low_why", WORDS, NULL)                      \
	X(MODELLED_WHY, "modelled_why", WORDS, NULL)            \
	X(SCOPE_WHY, "scope_why", WORDS, NULL)

enum {
#define X(id, name, kind, why) AT_##id,
	COLUMN_LIST(X)
#undef X
		COLUMNS
};

static const TableColumn columns[COLUMNS] = {
#define X(id, name, kind, why) [AT_##id] = { name, name, TABLE_##kind, why, false },
	COLUMN_LIST(X)
#undef X
};

/* What a trial record observes. */
static const struct {
	const char *key, *metric, *unit, *low, *high, *provenance;
} of_trial[] = {
	{ "accuracy", "accuracy", "share", "accuracy_low", "accuracy_high", "measured" },
	{ "size_bytes", "bytes", "bytes", NULL, NULL, "counted" },
	{ "weight_bytes", "weight_bytes", "bytes", NULL, NULL, "counted" },
	{ "macs", "macs", "macs", NULL, NULL, "counted" },
	{ "peak_rss_bytes", "peak_rss", "bytes", NULL, NULL, "measured" },
	{ "build_s", "build_time", "s", NULL, NULL, "measured" },
};

/* The joules of a window, and of what was built for a trial. */
static const struct {
	const char *key, *metric;
} joules[] = {
	{ "energy", "energy" },
	{ "energy_net", "energy_net" },
	{ "energy_attributed", "energy_attributed" },
	{ "build_energy", "build_energy" },
};

Table *tabulate_trials_new(Err *err)
{
	return table_new(columns, COLUMNS, "trial-row", err);
}

static double number_of(const json_t *object, const char *key)
{
	const json_t *value = key ? json_object_get(object, key) : NULL;

	return json_is_number(value) ? json_number_value(value) : NAN;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static const char *why_of(const json_t *record, const char *key)
{
	char name[64];

	text_format(name, sizeof name, "%s_why", key);
	const char *why = text_of(record, name);

	return why ? why : "not recorded";
}

static void flags_text(char out[FLAGS_MAX], const json_t *record)
{
	size_t at, len = 0;
	json_t *flag;

	*out = '\0';
	json_array_foreach(json_object_get(record, "flags"), at, flag)
	{
		if (json_is_string(flag) && len < FLAGS_MAX)
			len += text_format(out + len, FLAGS_MAX - len, "%s%s", len ? " " : "",
					   json_string_value(flag));
	}
}

/* Its name where the record has its number. */
static const char *condition_of(const json_t *record, const Results *results)
{
	const json_t *condition = json_object_get(record, "condition");
	json_int_t at = json_integer_value(condition);

	if (json_is_string(condition))
		return json_string_value(condition);
	return at >= 0 && (size_t)at < results_conditions(results)
		       ? results_condition_name(results, (size_t)at)
		       : "";
}

/* A window's seed is its block's; warm-up blocks have none of their own. */
static double seed_of(const json_t *record, const Plan *plan)
{
	double seed = number_of(record, "seed"), block = number_of(record, "block");

	if (!isnan(seed) || !(block >= 0))
		return seed;
	if (plan->build == PLAN_BUILD_ONCE)
		return (double)plan->seed[0];
	return block < (double)plan->seeds ? (double)plan->seed[(size_t)block] : NAN;
}

static void begin_row(Table *table, const char *run, const Results *results, const json_t *record)
{
	const Plan *plan = results_plan(results);
	char flags[FLAGS_MAX];

	flags_text(flags, record);
	table_row(table);
	table_text(table, AT_RUN, run);
	table_text(table, AT_EXPERIMENT, plan->name);
	table_text(table, AT_CONDITION, condition_of(record, results));
	table_text(table, AT_ARM, text_of(record, "arm"));
	table_number(table, AT_BLOCK, number_of(record, "block"));
	table_number(table, AT_ATTEMPT, number_of(record, "attempt"));
	table_number(table, AT_SEED, seed_of(record, plan));
	table_number(table, AT_ITEMS, number_of(record, "items"));
	table_text(table, AT_FLAGS, flags);
	table_number(table, AT_VOID, results_window_void(record));
	table_text(table, AT_SEED_WHY, "a block that only warms up");
	table_text(table, AT_ITEMS_WHY, "only of windows");
	table_text(table, AT_LOW_WHY, "one observation tells no interval");
	table_text(table, AT_MODELLED_WHY, "only of joules that were not measured");
	table_text(table, AT_SCOPE_WHY, "only of joules");
}

static void put_amount(Table *table, const char *metric, const char *unit, const char *provenance,
		       double value)
{
	table_text(table, AT_METRIC, metric);
	table_text(table, AT_UNIT, unit);
	table_text(table, AT_PROVENANCE, provenance);
	table_number(table, AT_VALUE, value);
}

/* A replay keeps the provenance of what it replays. */
static bool is_replayed(const json_t *energy)
{
	size_t at;
	json_t *flag;

	json_array_foreach(json_object_get(energy, "flags"), at,
			   flag) if (json_is_string(flag) &&
				     strcmp(json_string_value(flag), "REPLAYED") == 0) return true;
	return false;
}

/* Joules that were not measured stand in columns of their own. */
static void put_energy(Table *table, const json_t *record, size_t which)
{
	const json_t *energy = json_object_get(record, joules[which].key);
	const char *provenance = text_of(energy, "provenance");
	bool replayed = is_replayed(energy);
	bool measured = provenance && strcmp(provenance, "measured") == 0 && !replayed;
	size_t at = measured ? AT_VALUE : AT_MODELLED;

	put_amount(table, joules[which].metric, "J", provenance ? provenance : "none", NAN);
	table_number(table, at, number_of(energy, "value"));
	table_number(table, at + 1, number_of(energy, "low"));
	table_number(table, at + 2, number_of(energy, "high"));
	table_text(table, AT_SCOPE, text_of(energy, "scope"));
	table_text(table, AT_SOURCE, text_of(energy, "source"));
	const char *why = !json_is_object(energy) ? why_of(record, joules[which].key)
			  : replayed ? "replayed, not measured here: these joules stand as modelled"
				     : "these joules were not measured: they stand as modelled";

	table_text(table, AT_VALUE_WHY, why);
	table_text(table, AT_LOW_WHY, why);
	if (!json_is_object(energy)) {
		table_text(table, AT_MODELLED_WHY, why);
		table_text(table, AT_SCOPE_WHY, why);
	}
}

static void add_joules(Table *table, const char *run, const Results *results, const json_t *record)
{
	for (size_t i = 0; i < sizeof joules / sizeof *joules; i++) {
		if (!json_object_get(record, joules[i].key))
			continue;
		begin_row(table, run, results, record);
		put_energy(table, record, i);
	}
}

static void add_window(Table *table, const char *run, const Results *results, const json_t *record)
{
	begin_row(table, run, results, record);
	put_amount(table, "time", "s", "measured", number_of(record, "time_s"));
	table_text(table, AT_VALUE_WHY, why_of(record, "time_s"));
	add_joules(table, run, results, record);
}

static void add_trial(Table *table, const char *run, const Results *results, const json_t *record)
{
	for (size_t i = 0; i < sizeof of_trial / sizeof *of_trial; i++) {
		if (!json_object_get(record, of_trial[i].key))
			continue;
		begin_row(table, run, results, record);
		put_amount(table, of_trial[i].metric, of_trial[i].unit, of_trial[i].provenance,
			   number_of(record, of_trial[i].key));
		table_number(table, AT_LOW, number_of(record, of_trial[i].low));
		table_number(table, AT_HIGH, number_of(record, of_trial[i].high));
		table_text(table, AT_VALUE_WHY, why_of(record, of_trial[i].key));
	}
	add_joules(table, run, results, record);
}

void tabulate_trials_add(Table *table, const char *run, const Results *results,
			 const json_t *record)
{
	const char *type = text_of(record, "type");

	if (!results_plan(results) || !type)
		return;
	if (strcmp(type, "window") == 0)
		add_window(table, run, results, record);
	else if (strcmp(type, "trial") == 0)
		add_trial(table, run, results, record);
}
