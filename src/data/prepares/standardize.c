/* Mean 0 and standard deviation 1, by the training rows.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "data/prepare.h"
#include "data/prepared.h"

/* Columns of categories stay; a column that is the same in all training rows is only moved. */
static void standardize_fill(Dataset *out, const Dataset *from, const PreparedMoments *m)
{
	const Rows all = { .set = from, .count = from->rows };
	size_t n = from->features;

	rows_floats(&all, 0, from->rows, out->floats);
	for (size_t j = 0; j < n; j++) {
		float mean = (float)m[j].mean, scale = m[j].sd > 0 ? (float)(1 / m[j].sd) : 1;

		if (m[j].count == 0 || prepared_is_category(from, j))
			continue;
		for (size_t i = 0; i < from->rows; i++)
			out->floats[i * n + j] = (out->floats[i * n + j] - mean) * scale;
	}
}

static Dataset *standardize_apply(const Rows *train, const Params *params, Control *control,
				  Err *err)
{
	const Dataset *from = train->set;
	PreparedMoments *m = NULL;
	Dataset *out;

	(void)params;
	if (!prepared_not_sparse(from, "use \"scale\", which keeps zeros", err))
		return NULL;
	out = prepared_like(from, DATASET_FLOATS, from->features, 0, err);
	if (out && prepared_same_columns(out, from, err))
		m = prepared_moments(train, control, err);
	if (!m) {
		dataset_free(out);
		return NULL;
	}
	standardize_fill(out, from, m);
	out->missing = from->missing;
	free(m);
	return out;
}

extern const PrepareKind prepare_standardize;
const PrepareKind prepare_standardize = {
	.info = { .name = "standardize",
		  .title = "standardize",
		  .about = "Subtracts each column's mean and divides by its standard deviation." },
	.apply = standardize_apply,
};
