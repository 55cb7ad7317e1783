/* A race as views see it: the curves that a lesson's run draws itself.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/views/race/race.h"

void race_drawn_done(Race *race)
{
	for (size_t i = 0; i < race->drawings; i++) {
		free(race->drawn[i].x);
		free(race->drawn[i].y);
	}
	memset(race->drawn, 0, sizeof race->drawn);
	race->drawings = 0;
}

static RaceDrawn *find(Race *race, const char *name)
{
	for (size_t i = 0; i < race->drawings; i++)
		if (strcmp(race->drawn[i].name, name) == 0)
			return &race->drawn[i];
	if (race->drawings == RACE_DRAWN_MAX)
		return NULL;
	RaceDrawn *drawn = &race->drawn[race->drawings++];

	text_format(drawn->name, sizeof drawn->name, "%s", name);
	return drawn;
}

static bool grow(RaceDrawn *drawn)
{
	size_t capacity = drawn->capacity ? 2 * drawn->capacity : 64;
	double **const arrays[] = { &drawn->x, &drawn->y };

	if (drawn->n < drawn->capacity)
		return true;
	if (drawn->n >= RACE_POINTS_MAX)
		return false;
	for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
		double *more = realloc(*arrays[i], capacity * sizeof *more);
		if (!more)
			return false;
		*arrays[i] = more;
	}
	drawn->capacity = capacity;
	return true;
}

void race_take_drawn(Race *race, const json_t *record)
{
	const char *name = record_text(record, "name");
	double x = record_number(record, "x"), y = record_number(record, "y");
	RaceDrawn *drawn = name[0] && isfinite(x) && isfinite(y) ? find(race, name) : NULL;

	if (!drawn || (drawn->n > 0 && x < drawn->x[drawn->n - 1]) || !grow(drawn))
		return;
	drawn->x[drawn->n] = x;
	drawn->y[drawn->n++] = y;
}
