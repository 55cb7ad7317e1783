/* Columns brought to at most 1, by the training rows.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/prepare.h"
#include "data/prepared.h"

/* value → (value − move) · by, column by column. */
typedef struct Scale {
	float *move, *by;
} Scale;

static bool scale_take(Scale *s, size_t n, Err *err)
{
	s->move = calloc(n, sizeof *s->move);
	s->by = malloc(n * sizeof *s->by);
	for (size_t j = 0; s->by && j < n; j++)
		s->by[j] = 1;
	return (s->move && s->by) ||
	       err_set(err, ERR_MEMORY, "no memory for the scales of %zu columns", n);
}

static void scale_done(Scale *s)
{
	free(s->move);
	free(s->by);
}

static bool scale_learn(Scale *s, const Rows *train, bool range, Control *control, Err *err)
{
	PreparedMoments *m = prepared_moments(train, control, err);

	for (size_t j = 0; m && j < train->set->features; j++) {
		double low = range ? m[j].least : 0;
		double high = range ? m[j].most - low : fmax(fabs(m[j].least), fabs(m[j].most));

		if (m[j].count == 0 || !(high > 0) || prepared_is_category(train->set, j))
			continue;
		s->move[j] = (float)low;
		s->by[j] = (float)(1 / high);
	}
	free(m);
	return m != NULL;
}

static void scale_learn_sparse(Scale *s, const Rows *train)
{
	size_t n = train->set->features;

	for (size_t j = 0; j < n; j++)
		s->by[j] = 0;
	for (size_t i = 0; i < train->count; i++) {
		SparseRow row = rows_sparse(train, i);

		for (size_t k = 0; k < row.count; k++)
			s->by[row.column[k]] = fmaxf(s->by[row.column[k]], fabsf(row.value[k]));
	}
	for (size_t j = 0; j < n; j++)
		s->by[j] = s->by[j] > 0 ? 1 / s->by[j] : 1;
}

static void scale_fill(Dataset *out, const Dataset *from, const Scale *s)
{
	const Rows all = { .set = from, .count = from->rows };
	size_t n = from->features;

	rows_floats(&all, 0, from->rows, out->floats);
	for (size_t i = 0; i < from->rows; i++)
		for (size_t j = 0; j < n; j++)
			out->floats[i * n + j] = (out->floats[i * n + j] - s->move[j]) * s->by[j];
}

static void scale_fill_sparse(Dataset *out, const Dataset *from, const Scale *s)
{
	size_t entries = (size_t)from->sparse.begin[from->rows];

	memcpy(out->sparse.begin, from->sparse.begin, (from->rows + 1) * sizeof *out->sparse.begin);
	for (size_t k = 0; k < entries; k++) {
		out->sparse.column[k] = from->sparse.column[k];
		out->sparse.value[k] = from->sparse.value[k] * s->by[from->sparse.column[k]];
	}
}

static Dataset *scale_made(const Rows *train, const Scale *s, Err *err)
{
	const Dataset *from = train->set;
	bool sparse = from->form == DATASET_SPARSE;
	Dataset *out = prepared_like(from, sparse ? DATASET_SPARSE : DATASET_FLOATS, from->features,
				     sparse ? (size_t)from->sparse.begin[from->rows] : 0, err);

	if (!out || !prepared_same_columns(out, from, err)) {
		dataset_free(out);
		return NULL;
	}
	if (sparse)
		scale_fill_sparse(out, from, s);
	else
		scale_fill(out, from, s);
	out->missing = from->missing;
	return out;
}

static Dataset *scale_apply(const Rows *train, const Params *params, Control *control, Err *err)
{
	const Dataset *from = train->set;
	bool range = params_get(params, "to")->choice == 1, sparse = from->form == DATASET_SPARSE;
	Scale s = { 0 };
	Dataset *out = NULL;

	if (sparse && range) {
		err_set(err, ERR_ARGUMENT,
			"%s has sparse rows, whose zeros to=range would move; use to=magnitude",
			from->name);
		return NULL;
	}
	if (scale_take(&s, from->features, err)) {
		if (sparse)
			scale_learn_sparse(&s, train);
		if (sparse || scale_learn(&s, train, range, control, err))
			out = scale_made(train, &s, err);
	}
	scale_done(&s);
	return out;
}

static const Param scale_params[] = {
	{ .name = "to",
	  .type = PARAM_CHOICE,
	  .value = "magnitude",
	  .choices = "magnitude|range",
	  .help = "magnitude divides by the largest magnitude and keeps zeros; range brings the "
		  "least value to 0 and the largest to 1." },
	{ 0 },
};

extern const PrepareKind prepare_scale;
const PrepareKind prepare_scale = {
	.info = { .name = "scale",
		  .title = "scale",
		  .about = "Divides each column by its largest magnitude, or brings it to 0 to 1.",
		  .params = scale_params },
	.apply = scale_apply,
};
