/* Letter recognition (Frey and Slate, "Letter recognition using Holland-style adaptive classifiers", 1991),
 * as mlbench ships it; committed.
 * SPDX-License-Identifier: MIT */
#include "data/csv_set.h"

extern const DataSource data_letter;
const DataSource data_letter = {
	.info = { .name = "letter",
		  .title = "Letter recognition",
		  .about = "Sixteen whole numbers about 16,000 + 4,000 images of capital letters, "
			   "in 26 classes." },
	.form = DATASET_BYTES,
	.train_rows = 16000,
	.test_rows = 4000,
	.features = 16,
	.classes = 26,
	.byte_max = 15,
	.label = "letter",
	.licence = "CC-BY-4.0",
	.origin = "https://archive.ics.uci.edu/dataset/59",
	.get = "It comes with wattle: install wattle's data files again",
	.sha256 = "959f2845c1b0e7d4a92948866e85b568017b5b85ec1403132582e44bf48bcaed",
	.load = csv_set_load,
};
