/* Concrete compressive strength (Yeh, "Modeling of strength of high-performance concrete using artificial
 * neural networks", 1998), as modeldata ships it; committed.
 * SPDX-License-Identifier: MIT */
#include "data/csv_set.h"

extern const DataSource data_concrete;
const DataSource data_concrete = {
	.info = { .name = "concrete",
		  .title = "Concrete",
		  .about = "Seven ingredients and the age of 772 + 258 concretes; their strength "
			   "in MPa." },
	.form = DATASET_FLOATS,
	.train_rows = 772,
	.test_rows = 258,
	.features = 8,
	.label = "compressive_strength",
	.licence = "MIT",
	.origin = "https://archive.ics.uci.edu/dataset/165",
	.get = "It comes with wattle: install wattle's data files again",
	.sha256 = "a683d3faf8ecc1b94f9e230cfb447c31e25860c5a5cc574306eccc892d86fb7a",
	.load = csv_set_load,
};
