/* Fuzzes the reader of SVMlight files: what is accepted is sorted, finite and in range. The first byte
 * chooses the options.
 * SPDX-License-Identifier: MIT */
#include "data/svmlight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void whole(const Dataset *d, size_t features)
{
	const Sparse *s = &d->sparse;
	size_t length = 0; /* reads every name to its end */

	require(d->form == DATASET_SPARSE && d->rows && d->features && s->begin[0] == 0);
	require(!features || d->features == features);
	require((d->labels != NULL) == (d->classes > 0) && (d->targets != NULL) == !d->classes);
	for (size_t i = 0; i < d->rows; i++) {
		require(d->labels ? d->labels[i] < d->classes : isfinite(d->targets[i]));
		require(s->begin[i] <= s->begin[i + 1]);
		for (uint64_t k = s->begin[i]; k < s->begin[i + 1]; k++) {
			require(s->column[k] < d->features && isfinite(s->value[k]));
			require(k == s->begin[i] || s->column[k] > s->column[k - 1]);
		}
	}
	for (size_t k = 0; k < d->classes; k++)
		length += strlen(d->class_name[k]);
	for (size_t k = 0; d->column && k < d->features; k++)
		length += strlen(d->column[k].name);
	require(length < SIZE_MAX / 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t choice = size ? *data : 0;
	SvmlightOptions options = {
		.from_zero = choice & 1,
		.features = choice & 2 ? 40 : 0,
		.task = (TableTask)((choice >> 2 & 3) % 3),
		.limits = { .line_bytes = 300, .bytes = 1 << 20, .rows = 5000, .columns = 100000 },
	};
	Err err = { 0 };
	Dataset *d;

	if (!size)
		return 0;
	d = svmlight_read_memory(data + 1, size - 1, "fuzz.svm", &options, NULL, &err);
	if (d)
		whole(d, options.features);
	else
		require((err.code == ERR_FORMAT || err.code == ERR_LIMIT ||
			 err.code == ERR_MEMORY) &&
			err.text[0]);
	dataset_free(d);
	return 0;
}
