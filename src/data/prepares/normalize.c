/* Rows brought to length 1, so that a long text counts as much as a short one.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "data/prepare.h"
#include "data/prepared.h"

/* A row of zeros stays. */
static void normalize_row(float *value, size_t n)
{
	double squares = 0;

	for (size_t i = 0; i < n; i++)
		squares += (double)value[i] * (double)value[i];
	float by = squares > 0 ? (float)(1 / sqrt(squares)) : 1;

	for (size_t i = 0; i < n; i++)
		value[i] *= by;
}

static bool normalize_change(Dataset *set, const Rows *train, const Params *params,
			     Control *control, Err *err)
{
	(void)train;
	(void)params;
	if (!prepared_only_numbers(set, err))
		return false;
	for (size_t i = 0; i < set->rows; i++) {
		PreparedRow row = prepared_row(set, i);

		if (i % 1024 == 0 && !control_poll(control, err))
			return false;
		normalize_row(row.value, row.count);
	}
	return true;
}

extern const PrepareKind prepare_normalize;
const PrepareKind prepare_normalize = {
	.info = { .name = "normalize",
		  .title = "rows of length 1",
		  .about = "Divides each row by its length, the root of the sum of its squares." },
	.change = normalize_change,
};
