/* Counts weighed less the more there are of them: their logarithms, or whether there are any.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "data/prepare.h"
#include "data/prepared.h"

enum { COUNTS_LOG, COUNTS_PRESENCE };

/* Zeros stay zeros, missing values missing. False: a value below 0. */
static bool counts_weigh(float *value, size_t n, int to)
{
	for (size_t i = 0; i < n; i++) {
		if (value[i] < 0)
			return false;
		if (to == COUNTS_LOG)
			value[i] = log1pf(value[i]);
		else if (value[i] > 0)
			value[i] = 1;
	}
	return true;
}

static bool counts_change(Dataset *set, const Rows *train, const Params *params, Control *control,
			  Err *err)
{
	int to = params_get(params, "to")->choice;

	(void)train;
	for (size_t i = 0; i < set->rows; i++) {
		PreparedRow row = prepared_row(set, i);

		if (i % 1024 == 0 && !control_poll(control, err))
			return false;
		if (!counts_weigh(row.value, row.count, to))
			return err_set(err, ERR_ARGUMENT,
				       "row %zu of %s has a value below 0, no count", i + 1,
				       set->name);
	}
	return true;
}

static const Param counts_params[] = {
	{ .name = "to",
	  .type = PARAM_CHOICE,
	  .value = "log",
	  .choices = "log|presence",
	  .help = "log: the logarithm of 1 + the count; presence: 1 where there is any." },
	{ 0 },
};

extern const PrepareKind prepare_counts;
const PrepareKind prepare_counts = {
	.info = { .name = "counts",
		  .title = "weighed counts",
		  .about =
			  "Replaces counts by their logarithms, or by whether there are any; zeros "
			  "stay.",
		  .params = counts_params },
	.change = counts_change,
};
