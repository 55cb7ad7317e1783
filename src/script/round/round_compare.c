/* t.not_worse: two models, or the models that two functions give for several seeds, by accuracy
 * on the same rows or by what they count.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/text.h"
#include "lab/stats.h"
#include "script/round/round.h"

/* Stack of not_worse. */
enum {
	METRIC = 1,
	NEW,
	OLD,
	OPTIONS,
	ON,
	SETUP,
	NEW_MODEL,
	OLD_MODEL,
	LAST,        /* the rows of the seed before */
	DIFFERENCES, /* double (rows): of each row, its seeds added up */
};

static const Key options_keys[];

/* --- figures ---------------------------------------------------------------------------------- */

/* Calls the method of the handle at index, with the value at `on` unless that is 0. */
static double ask(lua_State *L, int index, const char *method, int on)
{
	index = lua_absindex(L, index);
	lua_getfield(L, index, method);
	lua_pushvalue(L, index);
	if (on)
		lua_pushvalue(L, on);
	lua_call(L, on ? 2 : 1, 1);
	double number = lua_tonumber(L, -1);

	lua_pop(L, 1);
	return number;
}

double round_measure(lua_State *L, int index, ExerciseMetric metric, int on)
{
	if (metric == EXERCISE_ACCURACY && !handle_object(L, on, ROWS_HANDLE))
		return NAN;
	return ask(L, index, exercise_metric_name(metric),
		   metric == EXERCISE_ACCURACY ? lua_absindex(L, on) : 0);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* The rows of all seeds. A row that several seeds share counts once: models err alike on it, and the
 * interval must not shrink by asking it again. */
typedef struct Pooled {
	double asked;                /* rows times seeds */
	double right_new, right_old; /* of them */
	size_t rows, begin;          /* apart from one another; the first one of this seed's */
} Pooled;

/* Makes room for the rows at ON, unless they are those of the seed before. */
static double *differences(lua_State *L, Pooled *pooled)
{
	const Rows *rows = data_rows(L, ON), *last = handle_object(L, LAST, ROWS_HANDLE);

	if (!last || !data_same_rows(rows, last)) {
		size_t all = pooled->rows + rows->count;
		double *more = lua_newuserdatauv(L, all * sizeof *more, 0);

		memset(more, 0, all * sizeof *more);
		if (pooled->rows)
			memcpy(more, lua_touserdata(L, DIFFERENCES), pooled->rows * sizeof *more);
		lua_replace(L, DIFFERENCES);
		pooled->begin = pooled->rows;
		pooled->rows = all;
	}
	lua_pushvalue(L, ON);
	lua_replace(L, LAST);
	return (double *)lua_touserdata(L, DIFFERENCES) + pooled->begin;
}

/* The classes that the model at index predicts for the rows at ON, as handle of predictions on
 * top. */
static const uint16_t *predict(lua_State *L, int index, size_t *n)
{
	if (handle_object(L, index, MODEL_HANDLE))
		program_of_model(L, index, 0);
	else
		lua_pushvalue(L, index);
	ProgramBox *box = program_check(L, -1);

	if (program_numbers(box->program))
		script_fail(L,
			    "t.not_worse: accuracy is of classes, but the model predicts numbers");
	program_predict_rows(L, lua_gettop(L), ON);
	return program_classes(box->program, n);
}

/* Both programs keep their own classes, unless they are one and the same. */
static void pool_rows(lua_State *L, Pooled *pooled)
{
	const Rows *rows = data_rows(L, ON);
	size_t n, m;

	if (!rows->set->labels)
		script_fail(L, "t.not_worse: accuracy is of classes, but %s has numbers to predict",
			    rows->set->name);
	double *difference = differences(L, pooled);
	const uint16_t *new = predict(L, NEW_MODEL, &n), *old = predict(L, OLD_MODEL, &m);

	for (size_t i = 0; i < rows->count; i++) {
		uint16_t label = rows_label(rows, i);
		bool right = new[i] == label, was = old[i] == label;

		pooled->right_new += right;
		pooled->right_old += was;
		difference[i] += right - was;
	}
	pooled->asked += (double)rows->count;
}

/* "0.9 less", "1.2 more". */
static void side(char *out, size_t cap, double points)
{
	text_format(out, cap, "%.1f %s", fabs(points), points < 0 ? "less" : "more");
}

/* "0.9 to 2.7 less", or with a word each where the interval holds 0. */
static void interval(char *out, size_t cap, double low, double high)
{
	char from[32], to[32];

	if (high < 0)
		text_format(out, cap, "%.1f to %.1f less", -high, -low);
	else if (low > 0)
		text_format(out, cap, "%.1f to %.1f more", low, high);
	else {
		side(from, sizeof from, low);
		side(to, sizeof to, high);
		text_format(out, cap, "%s to %s", from, to);
	}
}

/* true, or false and the message, which is told of a check that passes, too. */
static int judged(lua_State *L, Round *round, bool right, const char *message)
{
	lua_pushboolean(L, right);
	if (!right) {
		lua_pushstring(L, message);
		return 2;
	}
	text_format(round->message, sizeof round->message, "%s", message);
	return 1;
}

static int judge_accuracy(lua_State *L, Round *round, const Pooled *p, double by_pt)
{
	double rows = (double)p->rows, points = 100 * (p->right_new - p->right_old) / p->asked;
	Paired paired = stats_paired(lua_touserdata(L, DIFFERENCES), p->rows);
	double least = sqrt(stats_paired_shares(0, 0, rows, 0.025));
	double half = 100 * SHARE_Z95 * fmax(paired.se * rows / p->asked, least);
	char range[80], difference[32], message[ERR_TEXT_MAX];

	interval(range, sizeof range, points - half, points + half);
	if (fabs(points) < 0.05)
		text_format(difference, sizeof difference, "the same");
	else
		text_format(difference, sizeof difference, "%.1f points %s", fabs(points),
			    points < 0 ? "less" : "more");
	text_format(message, sizeof message,
		    "accuracy %.1f %% against %.1f %%: %s (%s); at most %g %s less %s allowed",
		    100 * p->right_new / p->asked, 100 * p->right_old / p->asked, difference, range,
		    by_pt, by_pt == 1 ? "point" : "points", by_pt == 1 ? "is" : "are");
	return judged(L, round, points >= -by_pt, message);
}

/* --- seeds ------------------------------------------------------------------------------------ */

/* Puts the model of the side at index, or what its function gives for the setup, at `to`. */
static void build(lua_State *L, int index, int to, const char *what)
{
	lua_pushvalue(L, index);
	if (lua_isfunction(L, -1)) {
		lua_pushvalue(L, SETUP);
		lua_call(L, 1, 1);
	}
	if (!handle_object(L, -1, MODEL_HANDLE) && !handle_object(L, -1, PROGRAM_HANDLE))
		script_fail(L, "t.not_worse: the %s is %s%s, not a model", what,
			    lua_isnil(L, -1) ? "" : "a ",
			    lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
	lua_replace(L, to);
}

/* The rows at ON: those that were given, or the setup's own test rows. */
static void choose_rows(lua_State *L)
{
	if (lua_istable(L, OPTIONS))
		values_field(L, OPTIONS, "on");
	else
		lua_pushnil(L);
	if (lua_isfunction(L, -1)) {
		lua_pushvalue(L, SETUP);
		lua_call(L, 1, 1);
	} else if (lua_isnil(L, -1) && values_field(L, SETUP, "data") == LUA_TTABLE) {
		values_field(L, -1, "test");
	}
	lua_replace(L, ON);
	lua_settop(L, DIFFERENCES);
	if (!handle_object(L, ON, ROWS_HANDLE))
		script_fail(L, "t.not_worse: there are no rows to compare on; give on = rows, or a "
			       "setup that returns { data = … }");
}

static double option(lua_State *L, const char *key, double otherwise)
{
	double number = otherwise;

	if (lua_istable(L, OPTIONS) && values_field(L, OPTIONS, key) != LUA_TNIL)
		number = lua_tonumber(L, -1);
	lua_settop(L, OPTIONS);
	return number;
}

static void check_arguments(lua_State *L, ExerciseMetric metric, double by_pt, double seeds)
{
	if (metric == EXERCISE_METRICS)
		script_fail(L,
			    "t.not_worse: '%.60s' is no metric that it compares; there are "
			    "accuracy, bytes, macs",
			    lua_tostring(L, METRIC));
	if (metric == EXERCISE_ACCURACY && !(by_pt >= 0 && by_pt <= 100))
		script_fail(L, "t.not_worse: give by_pt, the points that may be lost: 0 to 100");
	if (metric != EXERCISE_ACCURACY && !isnan(by_pt))
		script_fail(L,
			    "t.not_worse: by_pt is for accuracy; %s are counted, and may not grow",
			    exercise_metric_name(metric));
	if (!(seeds >= 1 && seeds <= ROUND_SEEDS_MAX) || seeds != floor(seeds))
		script_fail(L, "t.not_worse: seeds must be 1 to %d", ROUND_SEEDS_MAX);
	if (seeds > 1 && (!lua_isfunction(L, NEW) || !lua_isfunction(L, OLD)))
		script_fail(L, "t.not_worse: with several seeds both sides must be functions of "
			       "what setup returned");
}

static int judge_counts(lua_State *L, Round *round, double new, double old)
{
	char is[TEMPLATE_VALUE_MAX], was[TEMPLATE_VALUE_MAX], message[ERR_TEXT_MAX];

	round_numbers(is, was, new, old);
	text_format(message, sizeof message, "%s: %.64s against %.64s", lua_tostring(L, METRIC), is,
		    was);
	return judged(L, round, new <= old, message);
}

int round_not_worse(lua_State *L)
{
	Round *round = round_of(L);
	ExerciseMetric metric = exercise_metric_find(luaL_checkstring(L, METRIC));
	Pooled pooled = { 0 };
	double new = 0, old = 0;

	lua_settop(L, OPTIONS);
	if (!lua_isnil(L, OPTIONS)) {
		luaL_checktype(L, OPTIONS, LUA_TTABLE);
		values_keys(L, OPTIONS, "t.not_worse", options_keys);
	}
	double by_pt = option(L, "by_pt", NAN), seeds = option(L, "seeds", 1);

	check_arguments(L, metric, by_pt, seeds);
	lua_settop(L, DIFFERENCES);
	for (size_t k = 0; k < (size_t)seeds; k++) {
		round_push_setup(L, round, k);
		lua_replace(L, SETUP);
		build(L, NEW, NEW_MODEL, "new one");
		build(L, OLD, OLD_MODEL, "old one");
		if (metric == EXERCISE_ACCURACY) {
			choose_rows(L);
			pool_rows(L, &pooled);
			lua_settop(L, DIFFERENCES);
			continue;
		}
		new += round_measure(L, NEW_MODEL, metric, 0);
		old += round_measure(L, OLD_MODEL, metric, 0);
	}
	return metric == EXERCISE_ACCURACY ? judge_accuracy(L, round, &pooled, by_pt)
					   : judge_counts(L, round, new / seeds, old / seeds);
}

static const Key options_keys[] = {
	{ "by_pt", LUA_TNUMBER, false, "Points of accuracy that may be lost." },
	{ "seeds", LUA_TNUMBER, false, "So many set-ups, of seed, seed + 1, …; 1." },
	{ "on", LUA_TNONE, false, "Rows to compare on, or function(s); the test rows of s.data." },
	{ NULL, LUA_TNONE, false, NULL },
};
