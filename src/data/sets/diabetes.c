/* Diabetes (Efron, Hastie, Johnstone and Tibshirani, "Least angle regression", 2004), as scikit-learn ships
 * it; committed.
 * SPDX-License-Identifier: MIT */
#include "data/csv_set.h"

extern const DataSource data_diabetes;
const DataSource data_diabetes = {
	.info = { .name = "diabetes",
		  .title = "Diabetes",
		  .about = "Ten measures of 331 + 111 patients; the progression of their diabetes "
			   "after a year." },
	.form = DATASET_FLOATS,
	.train_rows = 331,
	.test_rows = 111,
	.features = 10,
	.label = "progression",
	.licence = "BSD-3-Clause",
	.origin = "https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
	.get = "It comes with wattle: install wattle's data files again",
	.sha256 = "dffdf53205dd1095f500bdb88c9d2efbec4e7c06c67c4af2eb813b615b1bc839",
	.load = csv_set_load,
};
