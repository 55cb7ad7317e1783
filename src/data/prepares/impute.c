/* Missing values replaced by what the training rows have.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "base/order.h"
#include "data/prepare.h"
#include "data/prepared.h"

enum { IMPUTE_MEAN, IMPUTE_MEDIAN, IMPUTE_FREQUENT, IMPUTE_ZERO };

/* Of sorted values, the one that stands there most often; the least of equals. */
static double impute_frequent(const double *sorted, size_t n)
{
	double best = sorted[0];
	size_t most = 0;

	for (size_t i = 0, run; i < n; i += run) {
		for (run = 1; i + run < n && sorted[i + run] == sorted[i];)
			run++;
		if (run > most) {
			most = run;
			best = sorted[i];
		}
	}
	return best;
}

static double impute_value(double *x, size_t n, int with)
{
	double sum = 0;

	switch (with) {
	case IMPUTE_MEAN:
		for (size_t i = 0; i < n; i++)
			sum += x[i];
		return sum / (double)n;
	case IMPUTE_MEDIAN:
		order_sort(x, n);
		return order_middle(x, n);
	case IMPUTE_FREQUENT:
		order_sort(x, n);
		return impute_frequent(x, n);
	default:
		return 0;
	}
}

/* One column: known has room for the training rows. */
static bool impute_column(Dataset *out, const Rows *train, size_t j, int with, double *known,
			  Err *err)
{
	const Dataset *from = train->set;
	size_t n = from->features, count = 0;
	char name[PREPARED_NAME_MAX];
	float value;

	for (size_t i = 0; i < train->count; i++) {
		float x = from->floats[rows_at(train, i) * n + j];

		if (!isnan(x))
			known[count++] = (double)x;
	}
	if (prepared_is_category(from, j))
		with = IMPUTE_FREQUENT;
	if (count == 0 && with != IMPUTE_ZERO)
		return err_set(err, ERR_ARGUMENT,
			       "%s of %s is missing in all %zu training rows; leave it out, or use "
			       "with=zero",
			       prepared_name(name, from, j), from->name, train->count);
	value = (float)impute_value(known, count, with);
	for (size_t i = 0; i < out->rows; i++) {
		float x = from->floats[i * n + j];

		out->floats[i * n + j] = isnan(x) ? value : x;
	}
	return true;
}

static Dataset *impute_apply(const Rows *train, const Params *params, Control *control, Err *err)
{
	const Dataset *from = train->set;
	int with = params_get(params, "with")->choice;
	double *known = NULL;
	Dataset *out;
	bool fine;

	if (from->form != DATASET_FLOATS) {
		err_set(err, ERR_ARGUMENT, "no value of %s can be missing", from->name);
		return NULL;
	}
	out = prepared_like(from, DATASET_FLOATS, from->features, 0, err);
	if (!out)
		return NULL;
	known = malloc((train->count ? train->count : 1) * sizeof *known);
	fine = known ? prepared_same_columns(out, from, err)
		     : err_set(err, ERR_MEMORY, "no memory for %zu values", train->count);
	for (size_t j = 0; fine && j < from->features; j++)
		fine = control_poll(control, err) && impute_column(out, train, j, with, known, err);
	free(known);
	if (fine)
		return out;
	dataset_free(out);
	return NULL;
}

static const Param impute_params[] = {
	{ .name = "with",
	  .type = PARAM_CHOICE,
	  .value = "mean",
	  .choices = "mean|median|frequent|zero",
	  .help = "What stands in for a missing number; a missing category becomes the most "
		  "frequent one." },
	{ 0 },
};

extern const PrepareKind prepare_impute;
const PrepareKind prepare_impute = {
	.info = { .name = "impute",
		  .title = "impute",
		  .about = "Replaces missing values by the mean, the median or the most frequent "
			   "value of their column.",
		  .params = impute_params },
	.apply = impute_apply,
};
