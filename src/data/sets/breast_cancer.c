/* Breast cancer Wisconsin, diagnostic (Wolberg, Mangasarian, Street and Street, UCI, 1993), as scikit-learn
 * ships it; committed.
 * SPDX-License-Identifier: MIT */
#include "data/csv_set.h"

extern const DataSource data_breast_cancer;
const DataSource data_breast_cancer = {
	.info = { .name = "breast-cancer",
		  .title = "Breast cancer",
		  .about = "Thirty measures of the cells of 426 + 143 breast tumours, benign or "
			   "malignant." },
	.form = DATASET_FLOATS,
	.train_rows = 426,
	.test_rows = 143,
	.features = 30,
	.classes = 2,
	.label = "diagnosis",
	.licence = "CC-BY-4.0",
	.origin = "https://archive.ics.uci.edu/dataset/17",
	.get = "It comes with wattle: install wattle's data files again",
	.sha256 = "15ecb0b7b25ae9c0b3d481cc1db166b41348a493759d7de969af48d9179e783c",
	.load = csv_set_load,
};
