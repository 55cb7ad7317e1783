/* Finding what was varied.
 * SPDX-License-Identifier: MIT */
#include "lab/figures/levels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define FACTORS_MAX 8
#define POINTS_MAX (PLAN_ARMS_MAX * LEVELS_PANELS_MAX)
#define ALIKE_LEAST 3 /* arms that differ by a number alone, at least */

void levels_free(Levels *levels)
{
	if (levels)
		free(levels->point);
	free(levels);
}

/* The place of a text in a list, added when it is new; most when there is no room. */
static size_t place(char *list, size_t size, size_t *n, size_t most, const char *text)
{
	size_t i = 0;

	while (i < *n && strcmp(list + i * size, text) != 0)
		i++;
	if (i == *n && *n < most)
		text_format(list + (*n)++ * size, size, "%s", text);
	return i < *n ? i : most;
}

static void add(Levels *self, LevelPoint point)
{
	if (self->n < POINTS_MAX && point.series < LEVELS_SERIES_MAX &&
	    point.panel < LEVELS_PANELS_MAX && isfinite(point.x))
		self->point[self->n++] = point;
}

static int in_order(const void *a, const void *b)
{
	const LevelPoint *x = a, *y = b;

	if (x->series != y->series)
		return x->series < y->series ? -1 : 1;
	return (x->x > y->x) - (x->x < y->x);
}

static bool is_number(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && !*end && isfinite(*out);
}

/* --- conditions ------------------------------------------------------------------------------- */

/* "dataset=digits threads=2" in parts. */
typedef struct Factors {
	char name[FACTORS_MAX][PLAN_NAME_MAX], level[FACTORS_MAX][PLAN_NAME_MAX];
	size_t n;
} Factors;

/* A word without "=" belongs to the level before it. */
static void split(const char *condition, Factors *out)
{
	out->n = 0;
	while (*condition) {
		size_t len = strcspn(condition, " ");
		const char *equal = memchr(condition, '=', len);

		if (equal && out->n < FACTORS_MAX) {
			text_format(out->name[out->n], PLAN_NAME_MAX, "%.*s",
				    (int)(equal - condition), condition);
			text_format(out->level[out->n++], PLAN_NAME_MAX, "%.*s",
				    (int)(condition + len - equal - 1), equal + 1);
		} else if (!equal && out->n) {
			char *level = out->level[out->n - 1];
			size_t had = strlen(level);

			text_format(level + had, PLAN_NAME_MAX - had, " %.*s", (int)len, condition);
		}
		condition += len + (condition[len] == ' ');
	}
}

/* How many levels a factor has; whether all are numbers. 0: not every condition has it. */
static size_t count_levels(const FigureAsk *ask, size_t factor, bool *numbers)
{
	char seen[LEVELS_TICKS_MAX][PLAN_NAME_MAX];
	Factors first, other;
	size_t n = 0;
	double number;

	split(ask->subject[0].condition, &first);
	*numbers = true;
	for (size_t i = 0; i < ask->subjects; i++) {
		split(ask->subject[i].condition, &other);
		if (other.n != first.n || strcmp(other.name[factor], first.name[factor]) != 0)
			return 0;
		*numbers &= is_number(other.level[factor], &number);
		place(seen[0], PLAN_NAME_MAX, &n, LEVELS_TICKS_MAX, other.level[factor]);
	}
	return n;
}

/* The factor with the most levels that are numbers, else the one with the most levels; n when
 * none has two. */
static size_t pick_factor(const FigureAsk *ask, size_t n, bool *numbers)
{
	size_t picked = n, most = 1;

	*numbers = false;
	for (size_t f = 0; f < n; f++) {
		bool numeric;
		size_t levels = count_levels(ask, f, &numeric);

		if (levels < 2 || (*numbers && !numeric) || (*numbers == numeric && levels <= most))
			continue;
		picked = f;
		most = levels;
		*numbers = numeric;
	}
	return picked;
}

static void add_condition(Levels *self, const FigureAsk *ask, size_t subject, size_t factor)
{
	const Plan *plan = results_plan(ask->subject[subject].results);
	char rest[LEVELS_TEXT_MAX] = "";
	Factors factors;
	double x;
	size_t len = 0;

	split(ask->subject[subject].condition, &factors);
	for (size_t f = 0; f < factors.n; f++)
		if (f != factor)
			len += text_format(rest + len, sizeof rest - len, "%s%s %s",
					   len ? ", " : "", factors.name[f], factors.level[f]);
	if (!self->numbers || !is_number(factors.level[factor], &x)) {
		size_t tick = place(self->tick[0], PLAN_NAME_MAX, &self->ticks, LEVELS_TICKS_MAX,
				    factors.level[factor]);

		x = tick < LEVELS_TICKS_MAX ? (double)tick : NAN;
	}
	size_t panel =
		place(self->panel[0], LEVELS_TEXT_MAX, &self->panels, LEVELS_PANELS_MAX, rest);

	for (size_t arm = 0; arm < plan->arms; arm++)
		add(self, (LevelPoint){ subject, arm,
					place(self->series[0], PLAN_NAME_MAX, &self->serieses,
					      LEVELS_SERIES_MAX, plan->arm[arm]),
					panel, x });
}

static void find_conditions(Levels *self, const FigureAsk *ask)
{
	Factors first;

	split(ask->subject[0].condition, &first);
	size_t factor = pick_factor(ask, first.n, &self->numbers);

	if (factor == first.n)
		return;
	text_format(self->what, sizeof self->what, "%s", first.name[factor]);
	for (size_t i = 0; i < ask->subjects; i++)
		add_condition(self, ask, i, factor);
}

/* --- arms ------------------------------------------------------------------------------------- */

/* An arm's name with "#" where its last number stood. False: it holds none. */
static bool split_name(const char *name, char stem[PLAN_NAME_MAX], double *number)
{
	const char *end = name + strlen(name), *begin;

	while (end > name && !(end[-1] >= '0' && end[-1] <= '9'))
		end--;
	begin = end;
	while (begin > name && ((begin[-1] >= '0' && begin[-1] <= '9') || begin[-1] == '.'))
		begin--;
	if (begin == end || *begin == '.' || strtod(begin, NULL) > 1e15)
		return false;
	*number = strtod(begin, NULL);
	text_format(stem, PLAN_NAME_MAX, "%.*s#%s", (int)(begin - name), name, end);
	return true;
}

static size_t alike(const Plan *plan, const char *stem)
{
	char other[PLAN_NAME_MAX];
	double number;
	size_t n = 0;

	for (size_t arm = 0; arm < plan->arms; arm++)
		n += split_name(plan->arm[arm], other, &number) && strcmp(other, stem) == 0;
	return n;
}

static void find_arms(Levels *self, const FigureAsk *ask)
{
	const Plan *plan = results_plan(ask->subject[0].results);
	char stem[PLAN_NAME_MAX];
	double number;

	self->numbers = true;
	self->panels = 1;
	for (size_t arm = 0; arm < plan->arms; arm++) {
		if (!split_name(plan->arm[arm], stem, &number) || alike(plan, stem) < ALIKE_LEAST)
			continue;
		add(self, (LevelPoint){ 0, arm,
					place(self->series[0], PLAN_NAME_MAX, &self->serieses,
					      LEVELS_SERIES_MAX, stem),
					0, number });
	}
	if (self->serieses == 1)
		text_format(self->what, sizeof self->what, "%.*s",
			    (int)strcspn(self->series[0], "#"), self->series[0]);
	else
		text_format(self->what, sizeof self->what, "the number in the name");
	for (size_t len = strlen(self->what); len && self->what[len - 1] == ' '; len--)
		self->what[len - 1] = '\0';
	if (!*self->what)
		text_format(self->what, sizeof self->what, "the number in the name");
	for (size_t i = 0; i < self->serieses; i++) /* as people write it */
		self->series[i][strcspn(self->series[i], "#")] = 'N';
}

Levels *levels_new(const FigureAsk *ask, Err *err)
{
	Levels *self = calloc(1, sizeof *self);

	if (self)
		self->point = calloc(POINTS_MAX, sizeof *self->point);
	if (!self || !self->point) {
		levels_free(self);
		err_set(err, ERR_MEMORY, "no memory for a figure");
		return NULL;
	}
	if (ask->scope == FIGURE_CONDITIONS)
		find_conditions(self, ask);
	else
		find_arms(self, ask);
	qsort(self->point, self->n, sizeof *self->point, in_order);
	return self;
}
