/* Optical recognition of handwritten digits (Alpaydin and Kaynak, UCI, 1998), as scikit-learn
 * ships it; committed.
 * SPDX-License-Identifier: MIT */
#include "data/idx_set.h"

extern const DataSource data_digits;
const DataSource data_digits = {
	.info = { .name = "digits",
		  .title = "Digits",
		  .about = "1,347 + 450 grey images of handwritten digits, 8 × 8 with 17 levels, "
			   "in 10 classes." },
	.train_rows = 1347,
	.test_rows = 450,
	.features = 64,
	.classes = 10,
	.width = 8,
	.height = 8,
	.byte_max = 16,
	.licence = "CC-BY-4.0",
	.origin = "https://archive.ics.uci.edu/dataset/80",
	.get = "It comes with wattle: install wattle's data files again",
	.sha256 = "11279dfed8cb2713a1dba595a15ceac73e75ef41c125b53f1b2af8f066919ed1",
	.remote = idx_set_remote,
	.load = idx_set_load,
};
