/* The handle of a comparison: what its records say, live or put back, and what scripts ask of it.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "lab/best.h"
#include "lab/tabulate.h"
#include "lab/verdict.h"
#include "script/lesson/lesson_inside.h"

static Comparison *comparison_check(lua_State *L)
{
	return luaL_checkudata(L, 1, COMPARISON_HANDLE);
}

static int comparison_close(lua_State *L)
{
	Comparison *self = comparison_check(L);
	const Script *script = script_of(L);

	/* It may have failed half-way, and been caught. */
	if (self->results && script->lesson->watched == self->results) {
		record_out_watch(script->options.trial->out, NULL, NULL);
		script->lesson->watched = NULL;
	}
	results_free(self->results);
	self->results = NULL;
	return 0;
}

/* --- numbers ---------------------------------------------------------------------------------- */

size_t compare_find(const Comparison *comparison, const char *name)
{
	size_t arm = 0;

	while (arm < comparison->plan.arms && strcmp(comparison->plan.arm[arm], name) != 0)
		arm++;
	return arm;
}

Estimate compare_value(const Comparison *comparison, Metric metric, size_t arm)
{
	if (metric == METRIC_ACCURACY)
		return results_accuracy(comparison->results, arm);
	return results_cost(comparison->results, arm, metric, comparison->predictions);
}

Estimate compare_ratio(const Comparison *comparison, Metric metric, size_t arm)
{
	const Plan *plan = &comparison->plan;
	Verdict verdict;

	if (metric == METRIC_ACCURACY) {
		double one = compare_value(comparison, metric, arm).value,
		       base = compare_value(comparison, metric, plan->versus).value;
		return (Estimate){ one / base, NAN, NAN, results_blocks(comparison->results) };
	}
	if (arm == plan->versus)
		return (Estimate){ 1, 1, 1, results_blocks(comparison->results) };
	verdict_make(&verdict, comparison->results, arm, metric);
	return (Estimate){ verdict.ratio, verdict.low, verdict.high, verdict.n };
}

void compare_source(const Comparison *comparison, Metric metric, char *out, size_t cap)
{
	if (metric != METRIC_ENERGY)
		text_format(out, cap, "%s",
			    metric == METRIC_TIME ? "MEASURED wall clock" : "COUNTED");
	else
		tabulate_badge(out, cap, comparison->results);
}

/* --- methods ---------------------------------------------------------------------------------- */

/* The metric at argument 2, and the arm at 3. */
static Metric metric_arg(lua_State *L)
{
	return analysis_metric(L, "metric", luaL_checkstring(L, 2));
}

static size_t arm_arg(lua_State *L, const Comparison *self)
{
	return analysis_arm(L, &self->plan, "arm", luaL_checkstring(L, 3));
}

static int push_estimate(lua_State *L, Estimate e)
{
	const double values[] = { e.value, e.low, e.high };

	for (int i = 0; i < 3; i++) {
		if (isfinite(values[i]))
			lua_pushnumber(L, values[i]);
		else
			lua_pushnil(L);
	}
	return 3;
}

static int comparison_best(lua_State *L)
{
	const Comparison *self = comparison_check(L);
	size_t arm = best_arm(self->results, metric_arg(L));

	lua_pushstring(L, arm < self->plan.arms ? self->plan.arm[arm] : "none");
	return 1;
}

static int comparison_value(lua_State *L)
{
	const Comparison *self = comparison_check(L);
	Metric metric = metric_arg(L);

	return push_estimate(L, compare_value(self, metric, arm_arg(L, self)));
}

static int comparison_ratio(lua_State *L)
{
	const Comparison *self = comparison_check(L);
	Metric metric = metric_arg(L);

	return push_estimate(L, compare_ratio(self, metric, arm_arg(L, self)));
}

static int comparison_verdict(lua_State *L)
{
	const Comparison *self = comparison_check(L);
	Metric metric = metric_arg(L);
	size_t arm = arm_arg(L, self);
	Verdict verdict = { .word = VERDICT_NONE };

	if (arm != self->plan.versus)
		verdict_make(&verdict, self->results, arm, metric);
	lua_pushstring(L, verdict_name(verdict.word));
	return 1;
}

/* predictions, low, high, word: by the lesson's cost; nil where there is no number. */
static int comparison_payback(lua_State *L)
{
	const Comparison *self = comparison_check(L);
	size_t arm = analysis_arm(L, &self->plan, "arm", luaL_checkstring(L, 2));
	Payback payback = payback_make(self->results, arm, self->plan.versus, self->cost);

	push_estimate(L, (Estimate){ payback.value, payback.low, payback.high, payback.n });
	lua_pushstring(L, payback_name(payback.word));
	return 4;
}

static int comparison_field(lua_State *L)
{
	const Comparison *self = comparison_check(L);
	const char *name = lua_tostring(L, 2);
	char source[128];

	if (name && strcmp(name, "cost") == 0) {
		lua_pushstring(L, metric_name(self->cost));
	} else if (name && strcmp(name, "source") == 0) {
		compare_source(self, self->cost, source, sizeof source);
		lua_pushstring(L, source);
	} else {
		return 0;
	}
	return 1;
}

/* --- making ----------------------------------------------------------------------------------- */

Comparison *comparison_push(lua_State *L)
{
	Comparison *self = lua_newuserdatauv(L, sizeof *self, COMPARISON_VALUES);

	memset(self, 0, sizeof *self);
	luaL_setmetatable(L, COMPARISON_HANDLE);
	plan_init(&self->plan);
	self->cost = lesson_of(script_of(L))->fixed_cost;
	return self;
}

bool comparison_begin(Comparison *self, Err *err)
{
	self->results = results_new(err);
	json_t *first = record_new("run-begin", 0);
	bool fine = self->results && first &&
		    json_object_set_new(first, "plan", plan_json(&self->plan)) == 0 &&
		    json_object_set_new(first, "seed",
					json_integer((json_int_t)self->plan.seed[0])) == 0;

	if (fine)
		fine = results_take(self->results, first, err);
	else
		err_set(err, ERR_MEMORY, "no memory for a comparison");
	json_decref(first);
	return fine;
}

/* What was measured behind the plan, in its order. */
static bool take_records(Comparison *self, const json_t *plan, const json_t *records, Err *err)
{
	bool behind = false;
	size_t i;
	json_t *record;

	json_array_foreach((json_t *)(uintptr_t)records, i, record)
	{
		bool begins = json_object_get(record, "plan") != NULL;

		if (behind && begins)
			return err_set(err, ERR_FORMAT, "it holds two plans");
		if (behind && !results_take(self->results, record, err))
			return false;
		behind = behind || record == plan;
	}
	/* Where other work disturbed them all, that is what the run came to. */
	return results_blocks(self->results) > 0 || results_repeated(self->results) > 0 ||
	       err_set(err, ERR_FORMAT, "no block of it is whole");
}

bool comparison_restore(Comparison *self, const char *name, const json_t *plan,
			const json_t *records, const json_t *end, Err *err)
{
	const char *cost = record_text(end, "cost"), *here = metric_name(self->cost);

	if (!plan_from_json(&self->plan, json_object_get(plan, "plan"), err))
		return false;
	self->predictions = json_number_value(json_object_get(end, "predictions"));
	if (strcmp(self->plan.name, name) != 0)
		return err_set(err, ERR_FORMAT, "it is of '%s', not of '%s'", self->plan.name,
			       name);
	if (strcmp(cost, here) != 0)
		return err_set(err, ERR_FORMAT, "it went by %s, but here %s decides",
			       *cost ? cost : "no cost", here);
	if (!(self->predictions >= 1))
		return err_set(err, ERR_FORMAT, "how many predictions its costs are of is missing");
	return comparison_begin(self, err) && take_records(self, plan, records, err);
}

static const luaL_Reg comparison_methods[] = {
	{ "best", comparison_best },       { "payback", comparison_payback },
	{ "ratio", comparison_ratio },     { "value", comparison_value },
	{ "verdict", comparison_verdict }, { NULL, NULL },
};

static const luaL_Reg comparison_meta[] = {
	{ "__gc", comparison_close },
	{ NULL, NULL },
};

void comparison_open(lua_State *L)
{
	values_handle(L, COMPARISON_HANDLE, comparison_methods, comparison_meta, comparison_field);
}
