/* Prices of diamonds (ggplot2, from diamondse.info); committed.
 * SPDX-License-Identifier: MIT */
#include "data/csv_set.h"

extern const DataSource data_diamonds;
const DataSource data_diamonds = {
	.info = { .name = "diamonds",
		  .title = "Diamonds",
		  .about = "Nine properties, three of them categories, of 40,455 + 13,485 "
			   "diamonds; their price in dollars." },
	.form = DATASET_FLOATS,
	.train_rows = 40455,
	.test_rows = 13485,
	.features = 9,
	.label = "price",
	.licence = "MIT",
	.origin = "https://ggplot2.tidyverse.org/reference/diamonds.html",
	.get = "It comes with wattle: install wattle's data files again",
	.sha256 = "c5188f4dc8b1cfa37f98fd150a6d5a2ea6ab03ef296aa6f6464db79643d5f46c",
	.load = csv_set_load,
};
