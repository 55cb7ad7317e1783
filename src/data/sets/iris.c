/* Iris (Fisher, "The use of multiple measurements in taxonomic problems", 1936), as scikit-learn ships it;
 * committed.
 * SPDX-License-Identifier: MIT */
#include "data/csv_set.h"

extern const DataSource data_iris;
const DataSource data_iris = {
	.info = { .name = "iris",
		  .title = "Iris",
		  .about = "Four measures of 112 + 38 iris flowers of three species." },
	.form = DATASET_FLOATS,
	.train_rows = 112,
	.test_rows = 38,
	.features = 4,
	.classes = 3,
	.label = "species",
	.licence = "CC-BY-4.0",
	.origin = "https://archive.ics.uci.edu/dataset/53",
	.get = "It comes with wattle: install wattle's data files again",
	.sha256 = "b7fc7944da6560380b37c9c873a0305bf08e19bfb5816fcf1e044bffa899b3b3",
	.load = csv_set_load,
};
