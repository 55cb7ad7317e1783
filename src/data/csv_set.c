/* Datasets that come as CSV.
 * SPDX-License-Identifier: MIT */
#include "data/csv_set.h"

#include "data/csv.h"
#include "data/file_set.h"

static bool csv_set_fill(Dataset *out, const char *path, const DataSource *source, Control *control,
			 Err *err)
{
	CsvOptions options = {
		.separator = ',',
		.header = CSV_HEADER_YES,
		.label = source->label,
		.task = source->classes ? TABLE_CLASSES : TABLE_NUMBERS,
		.bytes = source->form == DATASET_BYTES,
		/* More rows than expected are read, so that the message tells how many there are. */
		.limits = { .rows = 2 * (source->train_rows + source->test_rows) },
	};

	return csv_fill(out, path, NULL, 0, &options, control, err);
}

bool csv_set_load(Dataset *out, const DataSource *source, const DataPaths *paths, Control *control,
		  Err *err)
{
	return file_set_load(out, source, paths, "csv", csv_set_fill, control, err);
}
