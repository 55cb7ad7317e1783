/* Factors of a plan and the conditions that they make: names, checks, orders, JSON.
 * SPDX-License-Identifier: MIT */
#include "lab/plan_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "lab/json.h"

#define THREADS_MAX 256

/* --- conditions ------------------------------------------------------------------------------- */

size_t plan_conditions(const Plan *plan)
{
	size_t n = 1;

	for (size_t f = 0; f < plan->factors; f++)
		n *= plan->factor[f].levels;
	return n;
}

const PlanLevel *plan_level(const Plan *plan, size_t condition, size_t factor)
{
	size_t f = plan->factors;

	while (--f > factor)
		condition /= plan->factor[f].levels;
	return &plan->level[plan->factor[f].first + condition % plan->factor[f].levels];
}

const PlanLevel *plan_level_named(const Plan *plan, size_t condition, const char *factor)
{
	for (size_t f = 0; f < plan->factors; f++)
		if (strcmp(plan->factor[f].name, factor) == 0)
			return plan_level(plan, condition, f);
	return NULL;
}

const char *plan_condition_name(const Plan *plan, size_t condition, char *out)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t f = 0; f < plan->factors; f++)
		len += text_format(out + len, PLAN_CONDITION_MAX - len, "%s%s=%s", f ? " " : "",
				   plan->factor[f].name, plan_level(plan, condition, f)->text);
	return out;
}

static json_t *level_json(const PlanLevel *level)
{
	switch (level->kind) {
	case LEVEL_INTEGER:
		return json_integer((json_int_t)level->number);
	case LEVEL_NUMBER:
		return json_real(level->number);
	case LEVEL_FLAG:
		return json_boolean(level->number != 0);
	default:
		return json_string(level->text);
	}
}

json_t *plan_condition_json(const Plan *plan, size_t condition)
{
	json_t *json = json_object();

	for (size_t f = 0; f < plan->factors; f++)
		json_object_set_new(json, plan->factor[f].name,
				    level_json(plan_level(plan, condition, f)));
	return json;
}

/* --- orders ----------------------------------------------------------------------------------- */

static void identity(uint32_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
}

/* Block b takes the shuffle number b of one stream: no block's order follows from a neighbour's. */
static void shuffled(uint64_t seed, uint64_t stream, size_t block, uint32_t *order, size_t n)
{
	Random random;

	random_init(&random, seed, stream);
	for (size_t b = 0; b <= block; b++) {
		identity(order, n);
		random_shuffle(&random, order, n);
	}
}

void plan_order(const Plan *plan, uint64_t run_seed, size_t block, size_t condition,
		uint32_t *order)
{
	if (plan->blocked)
		identity(order, plan->arms);
	else
		shuffled(run_seed, RANDOM_ORDER | (uint64_t)condition << 32, block, order,
			 plan->arms);
}

void plan_condition_order(const Plan *plan, uint64_t run_seed, size_t block, uint32_t *order)
{
	shuffled(run_seed, RANDOM_CONDITIONS, block, order, plan_conditions(plan));
}

/* --- making ----------------------------------------------------------------------------------- */

PlanFactor *plan_add_factor(Plan *plan, const char *name)
{
	size_t at = plan->factors, first = 0;

	if (plan->factors == PLAN_FACTORS_MAX)
		return NULL;
	for (size_t f = 0; f < plan->factors; f++)
		first += plan->factor[f].levels;
	while (at > 0 && strcmp(plan->factor[at - 1].name, name) > 0) {
		plan->factor[at] = plan->factor[at - 1];
		at--;
	}
	plan->factors++;
	plan->factor[at] = (PlanFactor){ .first = first };
	text_format(plan->factor[at].name, PLAN_NAME_MAX, "%s", name);
	return &plan->factor[at];
}

bool plan_add_level(Plan *plan, PlanFactor *factor, PlanLevelKind kind, double number,
		    const char *written)
{
	size_t at = factor->first + factor->levels;

	if (at >= PLAN_LEVELS_MAX)
		return false;
	plan->level[at] = (PlanLevel){ .kind = kind, .number = number };
	text_format(plan->level[at].text, PLAN_NAME_MAX, "%s", written);
	factor->levels++;
	return true;
}

/* The shortest text that reads as the same number. */
void plan_number_text(double number, char out[PLAN_NAME_MAX])
{
	double back;

	for (int digits = 6; digits <= 17; digits++) {
		snprintf(out, PLAN_NAME_MAX, "%.*g", digits, number);
		if (sscanf(out, "%lf", &back) == 1 && back == number)
			return;
	}
}

/* --- checks ----------------------------------------------------------------------------------- */

/* What c has beside the factors. */
static bool is_taken(const char *name)
{
	static const char *const taken[] = { "seed", "log", "param", NULL };

	for (size_t i = 0; taken[i]; i++)
		if (strcmp(name, taken[i]) == 0)
			return true;
	return false;
}

static bool check_name(const char *name, Err *err)
{
	bool fine = isalpha((unsigned char)name[0]) || name[0] == '_';

	for (const char *at = name; *at; at++)
		fine = fine && (isalnum((unsigned char)*at) || *at == '_');
	if (!fine)
		return err_set(err, ERR_SCRIPT,
			       "factors: '%.60s' is no name: letters, digits and _, as in c.NAME",
			       name);
	return !is_taken(name) ||
	       err_set(err, ERR_SCRIPT, "factors: '%s' would hide c.%s; call it otherwise", name,
		       name);
}

static bool check_level(const PlanFactor *factor, const PlanLevel *level, Err *err)
{
	const char *name = factor->name;

	if (strcmp(name, "threads") == 0 &&
	    (level->kind != LEVEL_INTEGER || level->number < 1 || level->number > THREADS_MAX))
		return err_set(err, ERR_SCRIPT,
			       "factors: threads has the level '%s'; each must be a whole number "
			       "from 1 to %d",
			       level->text, THREADS_MAX);
	if (strcmp(name, "dataset") == 0 && level->kind != LEVEL_TEXT)
		return err_set(err, ERR_SCRIPT,
			       "factors: dataset has the level %s; each must be the name of a "
			       "dataset",
			       level->text);
	if (!isfinite(level->number) || !level->text[0])
		return err_set(err, ERR_SCRIPT, "factors: %s has an empty level", name);
	return plan_check_text("a level of a factor", level->text, err);
}

static bool check_factor(const Plan *plan, const PlanFactor *factor, Err *err)
{
	const PlanLevel *level = &plan->level[factor->first];

	if (!check_name(factor->name, err))
		return false;
	if (factor->levels < 1)
		return err_set(err, ERR_SCRIPT, "factors: %s has no levels", factor->name);
	for (size_t i = 0; i < factor->levels; i++) {
		if (!check_level(factor, &level[i], err))
			return false;
		for (size_t j = 0; j < i; j++)
			if (strcmp(level[i].text, level[j].text) == 0)
				return err_set(err, ERR_SCRIPT,
					       "factors: %s has the level %s twice", factor->name,
					       level[i].text);
	}
	return true;
}

bool plan_check_factors(const Plan *plan, Err *err)
{
	size_t conditions = 1;

	for (size_t f = 0; f < plan->factors; f++) {
		const PlanFactor *factor = &plan->factor[f];

		if (!check_factor(plan, factor, err))
			return false;
		if (f && strcmp(plan->factor[f - 1].name, factor->name) == 0)
			return err_set(err, ERR_SCRIPT, "factors: %s twice", factor->name);
		conditions *= factor->levels;
		if (conditions > PLAN_CONDITIONS_MAX)
			return err_set(
				err, ERR_SCRIPT,
				"factors: more than %d conditions (all levels of each with "
				"all of the others); take fewer levels, or several experiments",
				PLAN_CONDITIONS_MAX);
	}
	return true;
}

/* --- JSON ------------------------------------------------------------------------------------- */

json_t *plan_factors_json(const Plan *plan)
{
	json_t *json = json_object();

	for (size_t f = 0; f < plan->factors; f++) {
		const PlanFactor *factor = &plan->factor[f];
		json_t *levels = json_array();

		for (size_t i = 0; i < factor->levels; i++)
			json_array_append_new(levels, level_json(&plan->level[factor->first + i]));
		json_object_set_new(json, factor->name, levels);
	}
	return json;
}

static bool take_level(Plan *plan, PlanFactor *factor, const json_t *json, Err *err)
{
	char text[PLAN_NAME_MAX];
	bool fine = false;

	if (json_is_string(json) && json_string_length(json) < PLAN_NAME_MAX &&
	    strlen(json_string_value(json)) == json_string_length(json)) {
		fine = plan_add_level(plan, factor, LEVEL_TEXT, 0, json_string_value(json));
	} else if (json_is_boolean(json)) {
		fine = plan_add_level(plan, factor, LEVEL_FLAG, json_is_true(json),
				      json_is_true(json) ? "true" : "false");
	} else if (json_is_number(json)) {
		double number = json_number_value(json);

		plan_number_text(number, text);
		fine = fabs(number) <= JSON_INTEGER_MAX &&
		       plan_add_level(plan, factor,
				      json_is_integer(json) ? LEVEL_INTEGER : LEVEL_NUMBER, number,
				      text);
	}
	return fine || err_set(err, ERR_FORMAT, "factors: a level of %s is no text, number or flag",
			       factor->name);
}

bool plan_factors_from_json(Plan *plan, const json_t *json, Err *err)
{
	const json_t *factors;
	const char *name;
	json_t *levels;
	size_t i;

	if (!json_take_object(json, "factors", &factors, err))
		return false;
	json_object_foreach((json_t *)(uintptr_t)factors, name, levels)
	{
		PlanFactor *factor =
			strlen(name) < PLAN_NAME_MAX ? plan_add_factor(plan, name) : NULL;

		if (!factor || !json_is_array(levels))
			return err_set(err, ERR_FORMAT, "factors: more than %d, or not a list",
				       PLAN_FACTORS_MAX);
		for (i = 0; i < json_array_size(levels); i++)
			if (!take_level(plan, factor, json_array_get(levels, i), err))
				return false;
	}
	return true;
}
