/* The part of an experiment's table that says what is compared: metrics, analysis, claims.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "script/inside.h"

static const Info analysis_info, margin_info, claim_info;
static const Key report_keys[];

Metric analysis_metric(lua_State *L, const char *key, const char *name)
{
	const char *names[METRIC_COUNT + 1] = { NULL };
	bool found;
	Metric metric = metric_find(name, &found);

	if (found)
		return metric;
	for (int i = 0; i < METRIC_COUNT; i++)
		names[i] = metric_name((Metric)i);
	char hint[TEXT_HINT_MAX];

	script_fail_key(L, key,
			"%s: there is no metric '%.40s'; there are time, energy, accuracy, bytes, "
			"macs%s",
			key, name, text_did_you_mean(hint, name, names));
}

/* The list of metrics at the top of the stack. */
static size_t metric_list(lua_State *L, const char *key, Metric out[METRIC_COUNT])
{
	size_t n = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;

	if (n < 1 || n > METRIC_COUNT)
		script_fail_key(L, key, "%s must be a list of 1 to %d metrics", key, METRIC_COUNT);
	for (size_t i = 0; i < n; i++) {
		if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TSTRING)
			script_fail_key(L, key, "%s[%zu] must be the name of a metric", key, i + 1);
		out[i] = analysis_metric(L, key, lua_tostring(L, -1));
		lua_pop(L, 1);
	}
	return n;
}

void analysis_metrics(lua_State *L, Plan *plan, const char *key)
{
	Metric list[METRIC_COUNT];

	if (values_field(L, 1, key) != LUA_TNIL) {
		size_t n = metric_list(L, key, list);

		memset(plan->wanted, 0, sizeof plan->wanted);
		for (size_t i = 0; i < n; i++)
			plan->wanted[list[i]] = true;
	}
	lua_pop(L, 1);
}

size_t analysis_arm(lua_State *L, const Plan *plan, const char *key, const char *name)
{
	const char *names[PLAN_ARMS_MAX + 1] = { NULL };

	for (size_t i = 0; i < plan->arms; i++) {
		if (strcmp(plan->arm[i], name) == 0)
			return i;
		names[i] = plan->arm[i];
	}
	char hint[TEXT_HINT_MAX];

	script_fail_key(L, key, "%s: there is no arm '%.60s'%s", key, name,
			text_did_you_mean(hint, name, names));
}

void analysis_margin(lua_State *L, Plan *plan)
{
	Params params;

	values_field(L, -1, "margin");
	values_params(L, -1, &margin_info, &params, NULL, 0);
	plan->margin_time = params_get(&params, "time")->number;
	plan->margin_energy = params_get(&params, "energy")->number;
	plan->margin_accuracy_pt = params_get(&params, "accuracy_pt")->number;
	lua_pop(L, 1);
}

void analysis_primary(lua_State *L, Plan *plan)
{
	if (values_field(L, -1, "primary") != LUA_TNIL)
		plan->primaries = metric_list(L, "primary", plan->primary);
	lua_pop(L, 1);
}

static void read_analysis(lua_State *L, Plan *plan)
{
	static const char *const skip[] = { "primary", "margin", NULL };
	int top = lua_gettop(L);
	Params params;

	if (values_field(L, 1, "analysis") != LUA_TTABLE) {
		lua_settop(L, top);
		return;
	}
	values_params(L, -1, &analysis_info, &params, skip, 0);
	if (params_get(&params, "versus")->given)
		plan->versus = analysis_arm(L, plan, "versus", params_get(&params, "versus")->text);
	plan->again = params_get(&params, "again")->flag;
	plan->bootstrap = params_get(&params, "interval")->choice == 1;
	analysis_primary(L, plan);
	analysis_margin(L, plan);
	lua_settop(L, top);
}

static void read_claim(lua_State *L, Plan *plan, PlanClaim *claim)
{
	static const char *const skip[] = { "1", NULL }, *const kinds[] = { "below", "above",
									    "not_worse_by_pt" };
	int given = 0;
	Params params;

	values_params(L, -1, &claim_info, &params, skip, 0);
	if (lua_rawgeti(L, -1, 1) != LUA_TSTRING)
		script_fail_key(
			L, "claims",
			"claims: a claim begins with its text: { \"int8 saves energy\", arm = … }");
	values_text(L, -1, "claims", "claims: the text", claim->text, sizeof claim->text);
	lua_pop(L, 1);
	claim->arm = analysis_arm(L, plan, "arm", params_get(&params, "arm")->text);
	claim->metric = analysis_metric(L, "metric", params_get(&params, "metric")->text);
	for (int i = 0; i < 3; i++) {
		const ParamValue *value = params_get(&params, kinds[i]);

		if (!value->given)
			continue;
		given++;
		claim->kind = i;
		claim->value = value->number;
	}
	if (given != 1)
		script_fail_key(L, "claims",
				"claim '%.60s': give one of below, above, not_worse_by_pt",
				claim->text);
	claim->requires_measured = params_get(&params, "requires")->given;
}

static void read_claims(lua_State *L, Plan *plan)
{
	int top = lua_gettop(L);

	if (values_field(L, 1, "claims") == LUA_TTABLE) {
		plan->claims = lua_rawlen(L, -1);
		if (plan->claims > PLAN_CLAIMS_MAX)
			script_fail_key(L, "claims", "claims: at most %d", PLAN_CLAIMS_MAX);
		for (size_t i = 0; i < plan->claims; i++) {
			if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TTABLE)
				script_fail_key(L, "claims", "claims[%zu] must be a table", i + 1);
			read_claim(L, plan, &plan->claim[i]);
			lua_pop(L, 1);
		}
	}
	lua_settop(L, top);
}

/* --- report ----------------------------------------------------------------------------------- */

/* The two metrics of the list on top of the stack. */
static void read_pareto(lua_State *L, PlanReport *report)
{
	Metric list[METRIC_COUNT];

	if (report->paretos == PLAN_PARETOS_MAX)
		script_fail_key(L, "pareto", "report: more than %d pairs in pareto",
				PLAN_PARETOS_MAX);
	if (metric_list(L, "pareto", list) != 2 || list[0] == list[1])
		script_fail_key(
			L, "pareto",
			"report: pareto is a pair of metrics, { \"accuracy\", \"energy\" }, or "
			"a list of such pairs");
	report->pareto[report->paretos][0] = list[0];
	report->pareto[report->paretos++][1] = list[1];
}

static void read_paretos(lua_State *L, PlanReport *report)
{
	int top = lua_gettop(L);

	if (values_field(L, -1, "pareto") == LUA_TTABLE) {
		bool pairs = lua_rawgeti(L, -1, 1) == LUA_TTABLE;

		lua_pop(L, 1);
		for (size_t i = 1; pairs && i <= lua_rawlen(L, -1); i++) {
			lua_rawgeti(L, -1, (lua_Integer)i);
			read_pareto(L, report);
			lua_pop(L, 1);
		}
		if (!pairs)
			read_pareto(L, report);
	}
	lua_settop(L, top);
}

/* Calls take for each text of the list `key` of the table on top of the stack. */
static void read_words(lua_State *L, const char *key, PlanReport *report,
		       bool (*take)(PlanReport *, const char *), const char *wants)
{
	int top = lua_gettop(L);

	if (values_field(L, -1, key) == LUA_TTABLE)
		for (size_t i = 1; i <= lua_rawlen(L, top + 1); i++) {
			const char *word = lua_rawgeti(L, top + 1, (lua_Integer)i) == LUA_TSTRING
						   ? lua_tostring(L, -1)
						   : "";

			if (!take(report, word))
				script_fail_key(L, key, "report: %s[%zu] is '%.40s'; there are %s",
						key, i, word, wants);
			lua_pop(L, 1);
		}
	lua_settop(L, top);
}

static bool take_table(PlanReport *report, const char *word)
{
	for (int i = 0; i < PLAN_TABLE_COUNT; i++)
		if (strcmp(plan_table_name((PlanTable)i), word) == 0)
			return report->table[i] = true;
	return false;
}

static bool take_plot(PlanReport *report, const char *word)
{
	report->svg |= strcmp(word, "svg") == 0;
	return strcmp(word, "svg") == 0;
}

static void read_report(lua_State *L, PlanReport *report)
{
	int top = lua_gettop(L);

	if (values_field(L, 1, "report") == LUA_TTABLE) {
		values_keys(L, -1, "report", report_keys);
		read_paretos(L, report);
		read_words(L, "tables", report, take_table, "csv, markdown, latex");
		read_words(L, "plots", report, take_plot, "svg");
	}
	lua_settop(L, top);
}

void analysis_read(lua_State *L, Plan *plan)
{
	analysis_metrics(L, plan, "metrics");
	read_analysis(L, plan);
	read_claims(L, plan);
	read_report(L, &plan->report);
}

static const Key report_keys[] = {
	{ "pareto", LUA_TTABLE, false, "A pair of metrics, or a list of pairs." },
	{ "plots", LUA_TTABLE, false, "svg: the figures as files, too." },
	{ "tables", LUA_TTABLE, false, "csv, markdown, latex." },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Info analysis_info = {
	.name = "analysis",
	.params =
		(const Param[]){
			{ .name = "versus",
			  .type = PARAM_TEXT,
			  .help = "The baseline; the first arm when absent." },
			{ .name = "again",
			  .type = PARAM_FLAG,
			  .value = "false",
			  .help = "The arms are one and the same: a difference would be of the "
				  "machine or of the method." },
			{ .name = "interval",
			  .type = PARAM_CHOICE,
			  .value = "t",
			  .choices = "t|bootstrap",
			  .help = "How intervals of costs are made; bootstrap from 30 blocks." },
			{ .name = NULL },
		},
};

static const Info margin_info = {
	.name = "margin",
	.params =
		(const Param[]){
			{ .name = "time",
			  .type = PARAM_NUMBER,
			  .value = "0.02",
			  .minimum = 1e-6,
			  .maximum = 10,
			  .help = "A ratio: 0.02 is 2 %." },
			{ .name = "energy",
			  .type = PARAM_NUMBER,
			  .value = "0.04",
			  .minimum = 1e-6,
			  .maximum = 10,
			  .help = "A ratio." },
			{ .name = "accuracy_pt",
			  .type = PARAM_NUMBER,
			  .value = "1",
			  .minimum = 1e-6,
			  .maximum = 100,
			  .unit = "points",
			  .help = "Percentage points." },
			{ .name = NULL },
		},
};

static const Info claim_info = {
	.name = "claim",
	.params =
		(const Param[]){
			{ .name = "arm",
			  .type = PARAM_TEXT,
			  .required = true,
			  .help = "The arm it is about." },
			{ .name = "metric",
			  .type = PARAM_TEXT,
			  .required = true,
			  .help = "What it is about." },
			{ .name = "below",
			  .type = PARAM_NUMBER,
			  .minimum = 1e-6,
			  .maximum = 1e6,
			  .help = "The ratio to the baseline is below this." },
			{ .name = "above",
			  .type = PARAM_NUMBER,
			  .minimum = 1e-6,
			  .maximum = 1e6,
			  .help = "The ratio to the baseline is above this." },
			{ .name = "not_worse_by_pt",
			  .type = PARAM_NUMBER,
			  .minimum = 1e-6,
			  .maximum = 100,
			  .unit = "points",
			  .help = "The accuracy is lower by less than this." },
			{ .name = "requires",
			  .type = PARAM_CHOICE,
			  .choices = "measured",
			  .help = "Not decided without a meter." },
			{ .name = NULL },
		},
};
