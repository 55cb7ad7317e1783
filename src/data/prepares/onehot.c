/* A column of categories becomes a column for each category that the training rows have.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "data/prepare.h"
#include "data/prepared.h"

/* Where value v of old column j goes: place[begin[j] + v]; NONE: to no column. Columns of numbers
 * have one place. */
#define ONEHOT_NONE SIZE_MAX
typedef struct Onehot {
	size_t *begin, *place;
	size_t columns; /* new ones */
} Onehot;

static void onehot_done(Onehot *o)
{
	free(o->begin);
	free(o->place);
}

static size_t onehot_values(const Dataset *set, size_t j)
{
	return prepared_is_category(set, j) ? set->column[j].categories : 1;
}

static bool onehot_take(Onehot *o, const Dataset *set, Err *err)
{
	size_t places = 0;

	o->begin = malloc((set->features + 1) * sizeof *o->begin);
	for (size_t j = 0; o->begin && j <= set->features; j++) {
		o->begin[j] = places;
		if (j < set->features)
			places += onehot_values(set, j);
	}
	o->place = malloc((places ? places : 1) * sizeof *o->place);
	for (size_t k = 0; o->place && k < places; k++)
		o->place[k] = ONEHOT_NONE;
	return (o->begin && o->place) ||
	       err_set(err, ERR_MEMORY, "no memory for %zu categories", places);
}

/* Marks the categories seen, then numbers the new columns. drop: the first of each column has none,
 * for it is what the others are not. */
static void onehot_learn(Onehot *o, const Rows *train, bool drop)
{
	const Dataset *set = train->set;

	for (size_t i = 0; i < train->count; i++) {
		const float *x = set->floats + rows_at(train, i) * set->features;

		for (size_t j = 0; j < set->features; j++)
			if (prepared_is_category(set, j) && !isnan(x[j]))
				o->place[o->begin[j] + (size_t)x[j]] = 0;
	}
	for (size_t j = 0; j < set->features; j++) {
		bool first = true;

		for (size_t k = o->begin[j]; k < o->begin[j + 1]; k++) {
			if (prepared_is_category(set, j)) {
				if (o->place[k] == ONEHOT_NONE)
					continue;
				if (drop && first) {
					o->place[k] = ONEHOT_NONE;
					first = false;
					continue;
				}
			}
			o->place[k] = o->columns++;
		}
	}
}

static bool onehot_name(Dataset *out, const Dataset *from, const Onehot *o, Err *err)
{
	Column *columns = prepared_columns(out, err);

	for (size_t j = 0; columns && j < from->features; j++) {
		for (size_t k = o->begin[j]; k < o->begin[j + 1]; k++) {
			char name[256];
			const Column *column = &from->column[j];

			if (o->place[k] == ONEHOT_NONE)
				continue;
			if (column->categories)
				text_format(name, sizeof name, "%s=%s", column->name,
					    column->category[k - o->begin[j]]);
			else
				text_format(name, sizeof name, "%s", column->name);
			if (!prepared_number(out, &columns[o->place[k]], name, err))
				return false;
		}
	}
	return columns != NULL;
}

static void onehot_fill(Dataset *out, const Dataset *from, const Onehot *o)
{
	for (size_t i = 0; i < from->rows; i++) {
		const float *x = from->floats + i * from->features;
		float *y = out->floats + i * out->features;

		for (size_t j = 0; j < from->features; j++) {
			if (!prepared_is_category(from, j)) {
				y[o->place[o->begin[j]]] = x[j];
				continue;
			}
			if (isnan(x[j]))
				continue; /* a missing category is none of them */
			size_t place = o->place[o->begin[j] + (size_t)x[j]];

			if (place != ONEHOT_NONE)
				y[place] = 1;
		}
	}
}

static bool onehot_still_missing(const Dataset *out)
{
	for (size_t at = 0; at < out->rows * out->features; at++)
		if (isnan(out->floats[at]))
			return true;
	return false;
}

static Dataset *onehot_apply(const Rows *train, const Params *params, Control *control, Err *err)
{
	const Dataset *from = train->set;
	Onehot o = { 0 };
	Dataset *out = NULL;

	(void)control;
	if (from->form != DATASET_FLOATS || !from->column) {
		err_set(err, ERR_ARGUMENT, "%s has no columns of categories", from->name);
		return NULL;
	}
	if (onehot_take(&o, from, err)) {
		onehot_learn(&o, train, params_get(params, "drop")->flag);
		if (o.columns == 0)
			err_set(err, ERR_ARGUMENT, "%s would be left without columns", from->name);
		else
			out = prepared_like(from, DATASET_FLOATS, o.columns, 0, err);
	}
	if (out && onehot_name(out, from, &o, err)) {
		onehot_fill(out, from, &o);
		out->missing = from->missing && onehot_still_missing(out);
	} else {
		dataset_free(out);
		out = NULL;
	}
	onehot_done(&o);
	return out;
}

static const Param onehot_params[] = {
	{ .name = "drop",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Leave the first category of each column out: the others say it. For linear "
		  "models without a penalty." },
	{ 0 },
};

extern const PrepareKind prepare_onehot;
const PrepareKind prepare_onehot = {
	.info = { .name = "onehot",
		  .title = "one-hot",
		  .about = "A column of 0 and 1 for each category of the training rows; a new "
			   "category is 0 in all.",
		  .params = onehot_params },
	.apply = onehot_apply,
};
