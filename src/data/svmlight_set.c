/* Datasets that come as SVMlight files.
 * SPDX-License-Identifier: MIT */
#include "data/svmlight_set.h"

#include "data/file_set.h"
#include "data/svmlight.h"

static bool svmlight_set_fill(Dataset *out, const char *path, const DataSource *source,
			      Control *control, Err *err)
{
	SvmlightOptions options = {
		.features = source->features,
		.task = source->classes ? TABLE_CLASSES : TABLE_NUMBERS,
		.limits = { .rows = 2 * (source->train_rows + source->test_rows) },
	};

	return svmlight_fill(out, path, NULL, 0, &options, control, err);
}

bool svmlight_set_load(Dataset *out, const DataSource *source, const DataPaths *paths,
		       Control *control, Err *err)
{
	return file_set_load(out, source, paths, "svm", svmlight_set_fill, control, err);
}
