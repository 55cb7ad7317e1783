/* The loader of datasets that come as a CSV file with a header, training rows first:
 * F/NAME/NAME.csv, plain or with .gz, in one of the folders F. A set of this kind is a row of data
 * only, which names the column of the label.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_CSV_SET_H
#define WATTLE_DATA_CSV_SET_H

#include "data/dataset.h"

/* DataSource.load. SHA-256 is that of the uncompressed file. */
bool csv_set_load(Dataset *out, const DataSource *source, const DataPaths *paths, Control *control,
		  Err *err);

#endif
