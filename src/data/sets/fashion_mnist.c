/* Fashion-MNIST (Xiao, Rasul and Vollgraf, arXiv 1708.07747), read in place from its package.
 * SPDX-License-Identifier: MIT */
#include "data/idx_set.h"

extern const DataSource data_fashion_mnist;
const DataSource data_fashion_mnist = {
	.info = { .name = "fashion-mnist",
		  .title = "Fashion-MNIST",
		  .about = "60,000 + 10,000 grey images of clothes, 28 × 28, in 10 classes." },
	.train_rows = 60000,
	.test_rows = 10000,
	.features = 784,
	.classes = 10,
	.width = 28,
	.height = 28,
	.byte_max = 255,
	.licence = "MIT",
	.origin = "https://github.com/zalandoresearch/fashion-mnist",
	.get = "Get it with: apt-get install dataset-fashion-mnist (Debian); or put the four IDX "
	       "files of "
	       "github.com/zalandoresearch/fashion-mnist into the folder fashion-mnist of a data "
	       "folder",
	.sha256 = "14410854cf7a289477dcfc7df3f8ec24741e281cdcc425ede0d9a748ca630214",
	.load = idx_set_load,
};
