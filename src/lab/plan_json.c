/* The plan as JSON: how it travels in run-begin. Keys are those of the experiment table that
 * scripts write.
 * SPDX-License-Identifier: MIT */
#include "lab/plan_internal.h"

#include <string.h>

#include "base/record.h"
#include "lab/json.h"

/* In the order of the claim kinds of PlanClaim. */
static const char *const claim_keys[] = { "below", "above", "not_worse_by_pt" };

static const char *const table_names[PLAN_TABLE_COUNT] = {
#define X(name, word) [PLAN_TABLE_##name] = word,
	PLAN_TABLE_LIST(X)
#undef X
};

const char *plan_table_name(PlanTable table)
{
	return table_names[table];
}

static json_t *claim_json(const Plan *plan, const PlanClaim *claim)
{
	json_t *json = json_pack("{s:s, s:s, s:s, s:f}", "text", claim->text, "arm",
				 plan->arm[claim->arm], "metric", metric_name(claim->metric),
				 claim_keys[claim->kind], claim->value);

	if (json && claim->requires_measured)
		json_object_set_new(json, "requires", json_string("measured"));
	return json;
}

static void set_lists(const Plan *plan, json_t *json)
{
	json_t *arms = json_array(), *seeds = json_array(), *primary = json_array();
	json_t *wanted = json_array(), *claims = json_array(), *gates = json_array();

	for (size_t i = 0; i < plan->arms; i++)
		json_array_append_new(arms, json_string(plan->arm[i]));
	for (size_t i = 0; i < plan->seeds; i++)
		json_array_append_new(seeds, json_integer((json_int_t)plan->seed[i]));
	for (size_t i = 0; i < plan->primaries; i++)
		json_array_append_new(primary, json_string(metric_name(plan->primary[i])));
	for (size_t i = 0; i < METRIC_COUNT; i++)
		if (plan->wanted[i])
			json_array_append_new(wanted, json_string(metric_name((Metric)i)));
	for (size_t i = 0; i < plan->claims; i++)
		json_array_append_new(claims, claim_json(plan, &plan->claim[i]));
	json_object_set_new(json, "arms", arms);
	json_object_set_new(json, "seeds", seeds);
	json_object_set_new(json, "metrics", wanted);
	json_object_set_new(json, "primary", primary);
	for (size_t i = 0; plan_gates[i]; i++)
		json_array_append_new(gates, json_string(plan_gates[i]));
	json_object_set_new(json, "claims", claims);
	json_object_set_new(json, "gates", gates);
}

/* What the script wants in its report; NULL when it does not say. */
static json_t *report_json(const PlanReport *report)
{
	json_t *json = json_object(), *paretos = json_array(), *tables = json_array();

	for (size_t i = 0; i < report->paretos; i++)
		json_array_append_new(paretos, json_pack("[s,s]", metric_name(report->pareto[i][0]),
							 metric_name(report->pareto[i][1])));
	for (int i = 0; i < PLAN_TABLE_COUNT; i++)
		if (report->table[i])
			json_array_append_new(tables, json_string(table_names[i]));
	if (json_array_size(paretos))
		json_object_set(json, "pareto", paretos);
	if (json_array_size(tables))
		json_object_set(json, "tables", tables);
	if (report->svg)
		json_object_set_new(json, "plots", json_pack("[s]", "svg"));
	json_decref(paretos);
	json_decref(tables);
	return json;
}

/* What is left out where it is as usual. */
static void set_unusual(const Plan *plan, json_t *json)
{
	json_t *report = report_json(&plan->report), *conditions = json_array();

	if (plan->blocked)
		json_object_set_new(json, "order", json_string("blocked"));
	if (plan->bootstrap)
		json_object_set_new(json, "interval", json_string("bootstrap"));
	if (plan->aa)
		json_object_set_new(json, "aa", json_true());
	if (plan->again)
		json_object_set_new(json, "again", json_true());
	if (plan_commands(plan))
		json_object_set_new(json, "commands", plan_commands_json(plan));
	if (json_object_size(report))
		json_object_set(json, "report", report);
	for (size_t k = 0; plan->factors && k < plan_conditions(plan); k++)
		json_array_append_new(conditions, plan_condition_json(plan, k));
	if (plan->left_out[0])
		json_object_set_new(json, "left_out", json_string(plan->left_out));
	if (plan->factors) {
		json_object_set_new(json, "factors", plan_factors_json(plan));
		json_object_set(json, "conditions", conditions);
	}
	json_decref(report);
	json_decref(conditions);
}

json_t *plan_json(const Plan *plan)
{
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:s, s:I, s:[I,I], s:I, s:f, s:f, s:s, s:{s:f, s:f, s:f}}", "name",
		plan->name, "question", plan->question, "versus", plan->arm[plan->versus], "build",
		plan->build == PLAN_BUILD_ONCE ? "once" : "block", "warmup",
		(json_int_t)plan->warmup, "blocks", (json_int_t)plan->blocks_min,
		(json_int_t)plan->blocks_max, "repeats", (json_int_t)plan->repeats, "window_s",
		plan->window_s, "idle_s", plan->idle_s, "charge_build",
		plan->charge_build ? "include" : "separate", "margin", "time", plan->margin_time,
		"energy", plan->margin_energy, "accuracy_pt", plan->margin_accuracy_pt);

	if (!json)
		return NULL;
	if (plan->budget_s > 0)
		json_object_set_new(json, "budget_s", json_real(plan->budget_s));
	else
		record_absent(json, "budget_s", "no limit was set");
	set_lists(plan, json);
	set_unusual(plan, json);
	return json;
}

static bool find_arm(const Plan *plan, const json_t *json, const char *key, size_t *arm, Err *err)
{
	char name[PLAN_NAME_MAX] = "";

	if (!json_take_text(json, key, name, sizeof name, err))
		return false;
	for (size_t i = 0; name[0] && i < plan->arms; i++)
		if (strcmp(name, plan->arm[i]) == 0) {
			*arm = i;
			return true;
		}
	return err_set(err, ERR_FORMAT, "%s: no arm is named '%s'", key, name);
}

static bool find_metric(const json_t *value, Metric *metric, Err *err)
{
	bool found = false;

	if (json_is_string(value))
		*metric = metric_find(json_string_value(value), &found);
	return found || err_set(err, ERR_FORMAT, "a metric that does not exist");
}

/* One of two words; *second tells which. */
static bool take_choice(const json_t *json, const char *key, const char *one, const char *two,
			bool *second, Err *err)
{
	char word[16] = "";

	if (!json_take_text(json, key, word, sizeof word, err))
		return false;
	if (word[0] && strcmp(word, one) != 0 && strcmp(word, two) != 0)
		return err_set(err, ERR_FORMAT, "%s is '%s'; it must be %s or %s", key, word, one,
			       two);
	if (word[0])
		*second = strcmp(word, two) == 0;
	return true;
}

static bool take_arms(Plan *plan, const json_t *json, Err *err)
{
	const json_t *arms;

	if (!json_take_array(json, "arms", &arms, err))
		return false;
	if (json_array_size(arms) > PLAN_ARMS_MAX)
		return err_set(err, ERR_FORMAT, "%zu arms; at most %d", json_array_size(arms),
			       PLAN_ARMS_MAX);
	for (; plan->arms < json_array_size(arms); plan->arms++) {
		const json_t *name = json_array_get(arms, plan->arms);
		const char *text = json_string_value(name);
		if (!text || json_string_length(name) >= PLAN_NAME_MAX ||
		    strlen(text) != json_string_length(name))
			return err_set(err, ERR_FORMAT, "arm %zu is not a name of at most %d bytes",
				       plan->arms + 1, PLAN_NAME_MAX - 1);
		memcpy(plan->arm[plan->arms], text, strlen(text) + 1);
	}
	return !json_object_get(json, "versus") ||
	       find_arm(plan, json, "versus", &plan->versus, err);
}

static bool take_blocks(Plan *plan, const json_t *json, Err *err)
{
	const json_t *blocks, *seeds;
	uint64_t warmup = plan->warmup, repeats = plan->repeats;

	if (!json_take_count(json, "warmup", PLAN_SEEDS_MAX, &warmup, err) ||
	    !json_take_count(json, "repeats", PLAN_REPEATS_MAX, &repeats, err) ||
	    !json_take_array(json, "blocks", &blocks, err) ||
	    !json_take_array(json, "seeds", &seeds, err))
		return false;
	plan->warmup = warmup;
	plan->repeats = repeats;
	if (blocks) {
		const json_t *low = json_array_get(blocks, 0), *high = json_array_get(blocks, 1);
		json_int_t from = json_integer_value(low), to = json_integer_value(high);
		if (json_array_size(blocks) != 2 || !json_is_integer(low) ||
		    !json_is_integer(high) || from < 1 || to < from || to > PLAN_SEEDS_MAX)
			return err_set(err, ERR_FORMAT, "blocks is not [from, to] in 1 to %d",
				       PLAN_SEEDS_MAX);
		plan->blocks_min = (size_t)from;
		plan->blocks_max = (size_t)to;
	}
	if (json_array_size(seeds) > PLAN_SEEDS_MAX)
		return err_set(err, ERR_FORMAT, "%zu seeds; at most %d", json_array_size(seeds),
			       PLAN_SEEDS_MAX);
	for (; plan->seeds < json_array_size(seeds); plan->seeds++) {
		const json_t *seed = json_array_get(seeds, plan->seeds);
		if (!json_is_integer(seed) || json_integer_value(seed) < 0)
			return err_set(err, ERR_FORMAT,
				       "seed %zu is not a whole number of 0 or more",
				       plan->seeds + 1);
		plan->seed[plan->seeds] = (uint64_t)json_integer_value(seed);
	}
	return true;
}

static bool take_metrics(Plan *plan, const json_t *json, Err *err)
{
	const json_t *primary, *wanted, *margin;
	Metric metric;

	if (!json_take_array(json, "primary", &primary, err) ||
	    !json_take_array(json, "metrics", &wanted, err) ||
	    !json_take_object(json, "margin", &margin, err))
		return false;
	if (json_array_size(primary) > METRIC_COUNT)
		return err_set(err, ERR_FORMAT, "%zu primary metrics", json_array_size(primary));
	if (primary)
		plan->primaries = 0;
	for (; plan->primaries < json_array_size(primary); plan->primaries++)
		if (!find_metric(json_array_get(primary, plan->primaries),
				 &plan->primary[plan->primaries], err))
			return err_prefix(err, "primary");
	if (wanted)
		memset(plan->wanted, 0, sizeof plan->wanted);
	for (size_t i = 0; i < json_array_size(wanted); i++) {
		if (!find_metric(json_array_get(wanted, i), &metric, err))
			return err_prefix(err, "metrics");
		plan->wanted[metric] = true;
	}
	return !margin ||
	       (json_take_number(margin, "time", 0, 10, &plan->margin_time, err) &&
		json_take_number(margin, "energy", 0, 10, &plan->margin_energy, err) &&
		json_take_number(margin, "accuracy_pt", 0, 100, &plan->margin_accuracy_pt, err));
}

static bool take_claim(const Plan *plan, PlanClaim *claim, const json_t *json, Err *err)
{
	size_t kinds = 0;
	char requires[16] = "";

	if (!json_is_object(json))
		return err_set(err, ERR_FORMAT, "not an object");
	if (!json_take_text(json, "text", claim->text, sizeof claim->text, err) ||
	    !find_arm(plan, json, "arm", &claim->arm, err) ||
	    !find_metric(json_object_get(json, "metric"), &claim->metric, err) ||
	    !json_take_text(json, "requires", requires, sizeof requires, err))
		return false;
	for (unsigned i = 0; i < sizeof claim_keys / sizeof claim_keys[0]; i++) {
		if (!json_is_number(json_object_get(json, claim_keys[i])))
			continue;
		claim->kind = i;
		claim->value = json_number_value(json_object_get(json, claim_keys[i]));
		kinds++;
	}
	if (kinds != 1)
		return err_set(err, ERR_FORMAT,
			       "needs one number named below, above or not_worse_by_pt");
	if (requires[0] && strcmp(requires, "measured") != 0)
		return err_set(err, ERR_FORMAT, "requires is '%s'; it can only be measured",
			       requires);
	claim->requires_measured = requires[0];
	return true;
}

static bool take_claims(Plan *plan, const json_t *json, Err *err)
{
	const json_t *claims;

	if (!json_take_array(json, "claims", &claims, err))
		return false;
	if (json_array_size(claims) > PLAN_CLAIMS_MAX)
		return err_set(err, ERR_FORMAT, "%zu claims; at most %d", json_array_size(claims),
			       PLAN_CLAIMS_MAX);
	for (; plan->claims < json_array_size(claims); plan->claims++)
		if (!take_claim(plan, &plan->claim[plan->claims],
				json_array_get(claims, plan->claims), err))
			return err_prefix(err, "claim %zu", plan->claims + 1);
	return true;
}

static bool take_pareto(PlanReport *report, const json_t *pair, Err *err)
{
	Metric *metrics = report->pareto[report->paretos];

	if (report->paretos == PLAN_PARETOS_MAX || json_array_size(pair) != 2)
		return err_set(err, ERR_FORMAT, "pareto: not a list of up to %d pairs of metrics",
			       PLAN_PARETOS_MAX);
	report->paretos++;
	for (size_t i = 0; i < 2; i++)
		if (!find_metric(json_array_get(pair, i), &metrics[i], err))
			return err_prefix(err, "pareto");
	return true;
}

static bool take_table(PlanReport *report, const json_t *name, Err *err)
{
	for (int i = 0; json_is_string(name) && i < PLAN_TABLE_COUNT; i++)
		if (strcmp(json_string_value(name), table_names[i]) == 0)
			return report->table[i] = true;
	return err_set(err, ERR_FORMAT, "tables: one that does not exist");
}

static bool take_report(PlanReport *report, const json_t *plan, Err *err)
{
	const json_t *json, *paretos, *tables, *plots;

	if (!json_take_object(plan, "report", &json, err))
		return false;
	if (!json)
		return true;
	if (!json_take_array(json, "pareto", &paretos, err) ||
	    !json_take_array(json, "tables", &tables, err) ||
	    !json_take_array(json, "plots", &plots, err))
		return err_prefix(err, "report");
	for (size_t i = 0; i < json_array_size(paretos); i++)
		if (!take_pareto(report, json_array_get(paretos, i), err))
			return err_prefix(err, "report");
	for (size_t i = 0; i < json_array_size(tables); i++)
		if (!take_table(report, json_array_get(tables, i), err))
			return err_prefix(err, "report");
	report->svg = json_array_size(plots) > 0;
	return true;
}

bool plan_from_json(Plan *plan, const json_t *json, Err *err)
{
	bool once = false;

	plan_init(plan);
	if (!json_is_object(json))
		return err_set(err, ERR_FORMAT, "plan: not an object");
	if (!json_take_text(json, "name", plan->name, sizeof plan->name, err) ||
	    !json_take_text(json, "question", plan->question, sizeof plan->question, err) ||
	    !take_choice(json, "build", "block", "once", &once, err) ||
	    !take_choice(json, "charge_build", "separate", "include", &plan->charge_build, err) ||
	    !take_choice(json, "order", "interleaved", "blocked", &plan->blocked, err) ||
	    !take_choice(json, "interval", "t", "bootstrap", &plan->bootstrap, err) ||
	    !json_take_flag(json, "aa", &plan->aa, err) ||
	    !json_take_text(json, "left_out", plan->left_out, sizeof plan->left_out, err) ||
	    !plan_factors_from_json(plan, json, err) || !take_report(&plan->report, json, err) ||
	    !json_take_number(json, "window_s", 0, 86400, &plan->window_s, err) ||
	    !json_take_number(json, "idle_s", 0, 86400, &plan->idle_s, err) ||
	    !json_take_number(json, "budget_s", 0, 1e9, &plan->budget_s, err) ||
	    !json_take_flag(json, "again", &plan->again, err) || !take_arms(plan, json, err) ||
	    !plan_commands_take(plan, json, err) || !take_blocks(plan, json, err) ||
	    !take_metrics(plan, json, err) || !take_claims(plan, json, err))
		return err_prefix(err, "plan");
	plan->build = once ? PLAN_BUILD_ONCE : PLAN_BUILD_BLOCK;
	if (plan_check(plan, err))
		return true;
	err->code = ERR_FORMAT; /* here it is not a script that is wrong */
	return err_prefix(err, "plan");
}
