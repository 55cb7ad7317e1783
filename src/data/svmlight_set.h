/* The loader of datasets that come as an SVMlight file, training rows first: F/NAME/NAME.svm,
 * plain or with .gz, in one of the folders F. A set of this kind is a row of data only.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_SVMLIGHT_SET_H
#define WATTLE_DATA_SVMLIGHT_SET_H

#include "data/dataset.h"

/* DataSource.load. SHA-256 is that of the uncompressed file. */
bool svmlight_set_load(Dataset *out, const DataSource *source, const DataPaths *paths,
		       Control *control, Err *err);

#endif
