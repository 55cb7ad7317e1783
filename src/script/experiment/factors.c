/* The factors of an experiment's table, and what --set keeps of them; --set as others read it, too.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "script/inside.h"

#define TABLE 1

bool set_given(lua_State *L, const char *key, char *out, size_t cap)
{
	const json_t *value = json_object_get(script_of(L)->options.set, key);

	if (!value)
		return false;
	if (json_is_string(value))
		text_format(out, cap, "%s", json_string_value(value));
	else if (json_is_number(value))
		text_format(out, cap, "%.17g", json_number_value(value));
	else
		text_format(out, cap, "%s", json_is_true(value) ? "true" : "false");
	return true;
}

void set_refuse(lua_State *L, const char *key, const char *value, const char *wants)
{
	Err err;

	err_set(&err, ERR_USAGE, "--set %s=%s: must be %s", key, value, wants);
	script_raise(L, &err);
}

/* --- levels ----------------------------------------------------------------------------------- */

/* The value on top of the stack as a level. */
static bool add_level(lua_State *L, Plan *plan, PlanFactor *factor)
{
	char text[PLAN_NAME_MAX];
	double number;

	switch (lua_type(L, -1)) {
	case LUA_TSTRING:
		values_text(L, -1, factor->name, "factors: a level", text, sizeof text);
		return plan_add_level(plan, factor, LEVEL_TEXT, 0, text);
	case LUA_TBOOLEAN:
		return plan_add_level(plan, factor, LEVEL_FLAG, lua_toboolean(L, -1),
				      lua_toboolean(L, -1) ? "true" : "false");
	default:
		number = lua_tonumber(L, -1);
		if (!isfinite(number) || fabs(number) > RECORD_INTEGER_MAX)
			script_fail_key(L, factor->name,
					"factors: %s has a level that is no number up to 2^53",
					factor->name);
		plan_number_text(number, text);
		return plan_add_level(plan, factor,
				      lua_isinteger(L, -1) ? LEVEL_INTEGER : LEVEL_NUMBER, number,
				      text);
	}
}

/* The list of levels on top of the stack. */
static void read_levels(lua_State *L, Plan *plan, const char *name)
{
	PlanFactor *factor = plan_add_factor(plan, name);
	size_t n = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;

	if (!factor)
		script_fail_key(L, name, "factors: more than %d factors", PLAN_FACTORS_MAX);
	if (n < 1)
		script_fail_key(L, name, "factors: %.60s must be a list of its levels: { 1, 2 }",
				name);
	for (size_t i = 1; i <= n; i++) {
		int type = lua_rawgeti(L, -1, (lua_Integer)i);

		if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
			script_fail_key(L, name,
					"factors: %.60s[%zu] is a %s; a level is a text, a number, "
					"true or false",
					name, i, luaL_typename(L, -1));
		if (!add_level(L, plan, factor))
			script_fail_key(L, name, "factors: %.60s has more than %d levels", name,
					PLAN_CONDITIONS_MAX);
		lua_pop(L, 1);
	}
}

/* --- what is kept ----------------------------------------------------------------------------- */

static void keep(Plan *plan, PlanFactor *factor, size_t to, size_t from)
{
	plan->level[factor->first + to] = plan->level[factor->first + from];
}

/* All levels, joined by commas. */
static void list_levels(const Plan *plan, const PlanFactor *factor, char *out, size_t cap)
{
	size_t len = 0;

	*out = '\0';
	for (size_t i = 0; i < factor->levels; i++)
		len += text_format(out + len, cap - len, "%s%s", i ? ", " : "",
				   plan->level[factor->first + i].text);
}

static bool is_level(const PlanLevel *level, const char *text)
{
	char *end;
	double number = strtod(text, &end);

	if (strcmp(level->text, text) == 0)
		return true;
	return (level->kind == LEVEL_INTEGER || level->kind == LEVEL_NUMBER) && *text && !*end &&
	       number == level->number;
}

/* --set factors.NAME=LEVEL */
static void keep_set(lua_State *L, Plan *plan, PlanFactor *factor)
{
	char key[PLAN_NAME_MAX + 16], text[PARAM_TEXT_MAX], all[256];
	size_t i = 0;

	text_format(key, sizeof key, "factors.%s", factor->name);
	if (!set_given(L, key, text, sizeof text))
		return;
	while (i < factor->levels && !is_level(&plan->level[factor->first + i], text))
		i++;
	if (i == factor->levels) {
		char wants[300];

		list_levels(plan, factor, all, sizeof all);
		text_format(wants, sizeof wants, "one of its levels: %s", all);
		set_refuse(L, key, text, wants);
	}
	keep(plan, factor, 0, i);
	factor->levels = 1;
}

static bool is_alternative(const Needs *needs, const char *name)
{
	for (size_t i = 0; i < needs->datasets; i++)
		if (strcmp(needs->dataset[i], name) == 0)
			return needs->datasets > 1;
	return false;
}

static void check_dataset(lua_State *L, const char *name)
{
	const DataPaths *paths = script_of(L)->options.data;
	char hint[TEXT_HINT_MAX];

	if (!dataset_known(name, paths))
		script_fail_key(L, "dataset", "factors: there is no dataset '%.60s'%s", name,
				dataset_hint(hint, name, paths));
}

/* Levels that are no names are left to the check of the plan. */
static void keep_datasets(lua_State *L, Plan *plan, PlanFactor *factor, const Needs *needs)
{
	const DataPaths *paths = script_of(L)->options.data;
	char missing[256] = "";
	size_t kept = 0, len = 0, left = 0;
	Err err, first = { .code = ERR_NONE };

	for (size_t i = 0; i < factor->levels; i++) {
		const PlanLevel *level = &plan->level[factor->first + i];

		if (level->kind != LEVEL_TEXT)
			return;
		check_dataset(L, level->text);
		if (dataset_here(level->text, paths, &err)) {
			keep(plan, factor, kept++, i);
			continue;
		}
		if (is_alternative(needs, level->text)) {
			left += text_format(plan->left_out + left, sizeof plan->left_out - left,
					    "%s%s", left ? ", " : "", level->text);
			continue;
		}
		first = first.code == ERR_NONE ? err : first;
		len += text_format(missing + len, sizeof missing - len, "%s%s", len ? ", " : "",
				   level->text);
	}
	if (!len && kept) {
		factor->levels = kept;
		return;
	}
	if (!len) {
		dataset_here(plan->level[factor->first].text, paths, &first);
		list_levels(plan, factor, missing, sizeof missing);
		err_prefix(&first, "none of the datasets %s is here", missing);
	} else if (strchr(missing, ',')) {
		err_prefix(&first, "the datasets %s are not here", missing);
	}
	script_raise_key(L, "dataset", &first);
}

static void check_threads(lua_State *L, const Plan *plan, const PlanFactor *factor,
			  const Needs *needs)
{
	for (size_t i = 0; i < factor->levels; i++) {
		const PlanLevel *level = &plan->level[factor->first + i];

		if (level->kind == LEVEL_INTEGER && level->number < needs->threads)
			script_fail_key(
				L, "threads",
				"factors: threads has the level %s, but needs.threads is %u",
				level->text, needs->threads);
	}
}

void factors_read(lua_State *L, Plan *plan, const Needs *needs)
{
	int top = lua_gettop(L);

	if (values_field(L, TABLE, "factors") == LUA_TTABLE) {
		int factors = lua_gettop(L);

		for (lua_pushnil(L); lua_next(L, factors); lua_pop(L, 1)) {
			if (lua_type(L, -2) != LUA_TSTRING)
				script_fail_key(L, "factors",
						"factors: a list has no name; write NAME = { … }");
			const char *name = lua_tostring(L, -2);

			if (strlen(name) >= PLAN_NAME_MAX)
				script_fail_key(L, "factors",
						"factors: the name %.20s… is too long", name);
			read_levels(L, plan, name);
		}
	}
	lua_settop(L, top);
	for (size_t f = 0; f < plan->factors; f++) {
		keep_set(L, plan, &plan->factor[f]);
		if (strcmp(plan->factor[f].name, "dataset") == 0)
			keep_datasets(L, plan, &plan->factor[f], needs);
		if (strcmp(plan->factor[f].name, "threads") == 0)
			check_threads(L, plan, &plan->factor[f], needs);
	}
}

/* --- checksums -------------------------------------------------------------------------------- */

static bool add_sum(Script *script, const char *name, json_t *sums, Err *err)
{
	const Dataset *set = data_get(script, name, NULL, err);

	return set && (json_object_set_new(sums, name, json_string(set->sha256)) == 0 ||
		       err_set(err, ERR_MEMORY, "no memory for checksums"));
}

static bool add_needed(Script *script, const Needs *needs, json_t *sums, Err *err)
{
	for (size_t i = 0; i < needs->datasets; i++)
		if (dataset_here(needs->dataset[i], script->options.data, err))
			return add_sum(script, needs->dataset[i], sums, err);
	return needs->datasets == 0;
}

json_t *script_dataset_sums(Script *script, Err *err)
{
	lua_State *L = script->lua;
	const Plan *plan = script->plan;
	json_t *sums = json_object();
	bool fine = true, levels = false;

	lua_rawgeti(L, LUA_REGISTRYINDEX, script->experiment);
	const Experiment *self = lua_touserdata(L, -1);

	lua_pop(L, 1); /* the registry keeps it */
	for (size_t f = 0; f < plan->factors; f++) {
		const PlanFactor *factor = &plan->factor[f];

		if (strcmp(factor->name, "dataset") != 0)
			continue;
		levels = true;
		for (size_t i = 0; fine && i < factor->levels; i++)
			fine = add_sum(script, plan->level[factor->first + i].text, sums, err);
	}
	if (!levels)
		fine = add_needed(script, &self->needs, sums, err);
	if (fine)
		return sums;
	json_decref(sums);
	return NULL;
}
