/* Sparse rows written out, zeros and all: only when somebody asks for it.
 * SPDX-License-Identifier: MIT */
#include "data/prepare.h"
#include "data/prepared.h"

static Dataset *dense_apply(const Rows *train, const Params *params, Control *control, Err *err)
{
	const Dataset *from = train->set;
	Dataset *out;

	(void)params;
	(void)control;
	if (from->form != DATASET_SPARSE) {
		err_set(err, ERR_ARGUMENT, "the rows of %s are dense already", from->name);
		return NULL;
	}
	out = prepared_like(from, DATASET_FLOATS, from->features, 0, err);
	if (!out || !prepared_same_columns(out, from, err)) {
		dataset_free(out);
		return NULL;
	}
	for (size_t i = 0; i < from->rows; i++)
		for (uint64_t k = from->sparse.begin[i]; k < from->sparse.begin[i + 1]; k++)
			out->floats[i * from->features + from->sparse.column[k]] =
				from->sparse.value[k];
	return out;
}

extern const PrepareKind prepare_dense;
const PrepareKind prepare_dense = {
	.info = { .name = "dense",
		  .title = "dense",
		  .about = "Writes sparse rows out with their zeros: columns x 4 bytes a row." },
	.apply = dense_apply,
};
