/* Landsat satellite (Statlog; Srinivasan, UCI, 1993), as mlbench ships it; committed.
 * SPDX-License-Identifier: MIT */
#include "data/csv_set.h"

extern const DataSource data_satellite;
const DataSource data_satellite = {
	.info = { .name = "satellite",
		  .title = "Satellite",
		  .about = "Four bands of 3 × 3 pixels of a Landsat image, 4,435 + 2,000 places, "
			   "six kinds of soil." },
	.form = DATASET_BYTES,
	.train_rows = 4435,
	.test_rows = 2000,
	.features = 36,
	.classes = 6,
	.byte_max = 157,
	.label = "soil",
	.licence = "CC-BY-4.0",
	.origin = "https://archive.ics.uci.edu/dataset/146",
	.get = "It comes with wattle: install wattle's data files again",
	.sha256 = "076a968e6458ffc7e05ac24361ae7d00e8805f08e935f467225c702c1c2b1200",
	.load = csv_set_load,
};
