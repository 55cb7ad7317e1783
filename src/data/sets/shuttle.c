/* Shuttle (Statlog; Catlett, UCI, 1993), as mlbench ships it; committed.
 * SPDX-License-Identifier: MIT */
#include "data/csv_set.h"

extern const DataSource data_shuttle;
const DataSource data_shuttle = {
	.info = { .name = "shuttle",
		  .title = "Shuttle",
		  .about = "Nine sensors of a space shuttle, 43,500 + 14,500 times, seven states; "
			   "79 % are one." },
	.form = DATASET_FLOATS,
	.train_rows = 43500,
	.test_rows = 14500,
	.features = 9,
	.classes = 7,
	.label = "class",
	.licence = "CC-BY-4.0",
	.origin = "https://archive.ics.uci.edu/dataset/148",
	.get = "It comes with wattle: install wattle's data files again",
	.sha256 = "7b2473d25c6bdab6ae67d0fdae8140d4ba20d25f7ee0aa466723fc1a0ef361ba",
	.load = csv_set_load,
};
