/* A tenth of Fashion-MNIST (Xiao, Rasul and Vollgraf, arXiv 1708.07747), for quick lessons;
 * committed.
 * SPDX-License-Identifier: MIT */
#include "data/idx_set.h"

extern const DataSource data_fashion_mini;
const DataSource data_fashion_mini = {
	.info = { .name = "fashion-mini",
		  .title = "Fashion-MNIST, a tenth",
		  .about = "The first 600 + 100 images of each of the 10 classes of Fashion-MNIST, "
			   "28 × 28." },
	.train_rows = 6000,
	.test_rows = 1000,
	.features = 784,
	.classes = 10,
	.width = 28,
	.height = 28,
	.byte_max = 255,
	.licence = "MIT",
	.origin = "https://github.com/zalandoresearch/fashion-mnist",
	.get = "It comes with wattle: install wattle's data files again",
	.sha256 = "8bee4f463d98d32894e1b1263be7b7bd9754aea1f0be280ea19cab5f2e331d45",
	.remote = idx_set_remote,
	.load = idx_set_load,
};
