/* Wine recognition (Aeberhard and Forina, UCI, 1991), as scikit-learn ships it; committed.
 * SPDX-License-Identifier: MIT */
#include "data/csv_set.h"

extern const DataSource data_wine;
const DataSource data_wine = {
	.info = { .name = "wine",
		  .title = "Wine",
		  .about = "Thirteen chemical measures of 133 + 45 wines of three cultivars." },
	.form = DATASET_FLOATS,
	.train_rows = 133,
	.test_rows = 45,
	.features = 13,
	.classes = 3,
	.label = "cultivar",
	.licence = "CC-BY-4.0",
	.origin = "https://archive.ics.uci.edu/dataset/109",
	.get = "It comes with wattle: install wattle's data files again",
	.sha256 = "77918b5de01da2accd9630b6f7b431a36d778c2106111eae1bf14b2ce7d855d3",
	.load = csv_set_load,
};
