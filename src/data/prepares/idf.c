/* Rare words weigh more (Spärck Jones 1972): each column times the logarithm of how few training rows
 * have it.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "data/prepare.h"
#include "data/prepared.h"

/* Adds the training rows that have each column. */
static void idf_count(double *rows, Dataset *set, const Rows *train)
{
	for (size_t i = 0; i < train->count; i++) {
		PreparedRow row = prepared_row(set, rows_at(train, i));

		for (size_t k = 0; k < row.count; k++)
			rows[row.column ? row.column[k] : k] +=
				row.value[k] > 0 || row.value[k] < 0;
	}
}

/* log((1 + n) / (1 + rows)) + 1, as if one more row had every column. */
static void idf_weigh(Dataset *set, const double *rows, double n)
{
	for (size_t i = 0; i < set->rows; i++) {
		PreparedRow row = prepared_row(set, i);

		for (size_t k = 0; k < row.count; k++) {
			double had = rows[row.column ? row.column[k] : k];

			row.value[k] *= (float)(log((1 + n) / (1 + had)) + 1);
		}
	}
}

static bool idf_change(Dataset *set, const Rows *train, const Params *params, Control *control,
		       Err *err)
{
	double *rows = calloc(set->features, sizeof *rows);

	(void)params;
	if (!rows)
		return err_set(err, ERR_MEMORY, "no memory to count %zu columns", set->features);
	bool fine = prepared_only_numbers(set, err) && control_poll(control, err);

	if (fine) {
		idf_count(rows, set, train);
		idf_weigh(set, rows, (double)train->count);
	}
	free(rows);
	return fine;
}

extern const PrepareKind prepare_idf;
const PrepareKind prepare_idf = {
	.info = { .name = "idf",
		  .title = "inverse document frequency",
		  .about = "Multiplies each column by the logarithm of how few training rows have "
			   "it; "
			   "zeros stay." },
	.change = idf_change,
};
