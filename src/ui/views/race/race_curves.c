/* A race as views see it: what was learned, epoch by epoch.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/views/race/race.h"

#define EPOCHS_KEPT_MAX 100000 /* of one curve: a stream from a stranger must not fill the memory */

void race_curves_done(Race *race)
{
	for (size_t i = 0; i < RACE_CURVES; i++) {
		free(race->curve[i].x);
		free(race->curve[i].loss);
		for (size_t rows = 0; rows < EPOCH_ROWS; rows++)
			free(race->curve[i].accuracy[rows]);
	}
}

/* Its memory is used again. */
static void clear(Curve *curve)
{
	curve->n = curve->gaps = curve->first = 0;
	curve->begin = 0;
	curve->stale = curve->told = false;
}

static void clear_shared(Race *race)
{
	for (size_t i = RACE_SHARED; i < RACE_CURVES; i++)
		clear(&race->curve[i]);
	race->trainings = 0;
}

void race_curves_clear(Race *race)
{
	for (size_t i = 0; i < RACE_SHARED; i++)
		clear(&race->curve[i]);
	clear_shared(race);
}

static bool grow(Curve *curve)
{
	size_t capacity = curve->capacity ? 2 * curve->capacity : 32;
	double **arrays[2 + EPOCH_ROWS] = { &curve->x, &curve->loss };

	for (size_t i = 0; i < EPOCH_ROWS; i++)
		arrays[2 + i] = &curve->accuracy[i];
	if (curve->n < curve->capacity)
		return true;
	if (curve->n >= EPOCHS_KEPT_MAX)
		return false;
	for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
		double *more = realloc(*arrays[i], capacity * sizeof *more);
		if (!more)
			return false;
		*arrays[i] = more;
	}
	curve->capacity = capacity;
	return true;
}

/* One training is no continuation of another one: the line is broken. */
static bool put_gap(Curve *curve)
{
	if (curve->n == 0)
		return true;
	if (!grow(curve))
		return false;
	curve->x[curve->n] = curve->x[curve->n - 1];
	curve->loss[curve->n] = NAN;
	for (size_t i = 0; i < EPOCH_ROWS; i++)
		curve->accuracy[i][curve->n] = NAN;
	curve->n++;
	curve->gaps++;
	return true;
}

/* PLAN_ARMS_MAX: none of the plan's. */
static size_t arm_of(const Race *race, const char *name)
{
	size_t arm = race_arm(race, name);

	return race->plan && arm < race->plan->arms ? arm : PLAN_ARMS_MAX;
}

static size_t last_shared(const Race *race)
{
	return RACE_SHARED + (race->trainings ? (race->trainings - 1) % RACE_SHARED_MAX : 0);
}

const Curve *race_learning(const Race *race)
{
	size_t arm = arm_of(race, race->arm);

	return &race->curve[arm < PLAN_ARMS_MAX ? arm : last_shared(race)];
}

/* The next training before the arms takes the place of one that told nothing, or of the oldest. */
static Curve *next_shared(Race *race, const json_t *record)
{
	const char *what = record_text(record, "what"), *model = record_text(record, "model");
	unsigned before = 0;

	if (race->trainings == 0 || race->curve[last_shared(race)].told)
		race->trainings++;
	Curve *curve = &race->curve[last_shared(race)];

	clear(curve);
	text_format(curve->of, sizeof curve->of, "%s",
		    strcmp(what, "fit") == 0 && model[0] ? model : what);
	for (size_t i = RACE_SHARED; i < RACE_CURVES; i++) {
		const Curve *other = &race->curve[i];
		if (other != curve && other->n > 0 && strcmp(other->of, curve->of) == 0 &&
		    other->number > before)
			before = other->number;
	}
	curve->number = before + 1;
	return curve;
}

static Curve *curve_for(Race *race, const json_t *record, bool begins)
{
	size_t arm = arm_of(race, record_text(record, "arm"));
	bool stale = race->curve[arm].stale;

	if (arm < PLAN_ARMS_MAX) {
		if (stale)
			clear(&race->curve[arm]);
		return &race->curve[arm];
	}
	if (stale)
		clear_shared(race);
	return begins || race->trainings == 0 ? next_shared(race, record)
					      : &race->curve[last_shared(race)];
}

/* Where a training begins: behind the epochs of its model, and not before what is there. */
static bool begin_training(Curve *curve, const json_t *record)
{
	int64_t behind = record_integer(record, "behind", 0);
	double last = curve->n ? curve->x[curve->n - 1] : 0;

	if (!put_gap(curve))
		return false;
	curve->begin = fmax(last, fmin((double)behind, EPOCHS_KEPT_MAX));
	curve->first = curve->n;
	return true;
}

void race_take_epoch(Race *race, const json_t *record)
{
	int64_t epoch = record_integer(record, "epoch", 0);
	double accuracy[EPOCH_ROWS];

	text_format(race->arm, sizeof race->arm, "%s", record_text(record, "arm"));
	race->phase = RACE_BUILDING;
	race->epoch = epoch;
	race->epochs = record_integer(record, "epochs", 0);
	text_format(race->what, sizeof race->what, "%s", record_text(record, "what"));
	text_format(race->model, sizeof race->model, "%s", record_text(record, "model"));
	if (!race_of_shown(race, record))
		return;
	Curve *curve = curve_for(race, record, epoch == 1);
	if (((epoch == 1 || curve->n == 0) && !begin_training(curve, record)) || !grow(curve))
		return;
	epoch_accuracies(accuracy, record);
	curve->x[curve->n] = curve->begin + (double)(curve->n - curve->first) + 1;
	curve->loss[curve->n] = record_number(record, "loss");
	curve->told |= !isnan(curve->loss[curve->n]);
	for (size_t i = 0; i < EPOCH_ROWS; i++) {
		curve->accuracy[i][curve->n] = 100 * accuracy[i];
		curve->told |= !isnan(accuracy[i]);
	}
	curve->n++;
}

void race_begin_curve(Race *race, const json_t *record)
{
	if (race_of_shown(race, record))
		race->curve[arm_of(race, race->arm)].stale = true;
}

const char *race_curve_name(const Race *race, size_t curve, char out[RACE_LABEL_MAX])
{
	const Curve *of = &race->curve[curve];
	size_t shared = 0;

	for (size_t i = RACE_SHARED; i < RACE_CURVES; i++)
		shared += race->curve[i].told ? 1 : 0;
	if (curve < RACE_SHARED)
		text_format(out, RACE_LABEL_MAX, "%s", race->plan->arm[curve]);
	else if (shared < 2)
		text_format(out, RACE_LABEL_MAX, "shared");
	else if (of->number > 1)
		text_format(out, RACE_LABEL_MAX, "%.100s %u", of->of, of->number);
	else
		text_format(out, RACE_LABEL_MAX, "%s", of->of);
	return out;
}

EpochRows race_rows(const Race *race)
{
	EpochRows rows = EPOCH_TEST;

	for (; rows < EPOCH_TRAIN; rows++)
		for (size_t i = 0; i < RACE_CURVES; i++)
			for (size_t k = 0; k < race->curve[i].n; k++)
				if (!isnan(race->curve[i].accuracy[rows][k]))
					return rows;
	return rows;
}

Style race_style(size_t curve)
{
	static const Style styles[] = { STYLE_SERIES1, STYLE_SERIES2, STYLE_SERIES3,
					STYLE_SERIES4 };
	size_t place = curve < RACE_SHARED ? curve : curve - RACE_SHARED;

	return styles[place % (sizeof styles / sizeof styles[0])];
}
