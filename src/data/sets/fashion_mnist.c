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
	.get = "Get it with: apt-get install dataset-fashion-mnist (Debian), or: wattle data fetch "
	       "fashion-mnist; or put the four IDX files of "
	       "github.com/zalandoresearch/fashion-mnist into the folder fashion-mnist of a data "
	       "folder",
	.sha256 = "14410854cf7a289477dcfc7df3f8ec24741e281cdcc425ede0d9a748ca630214",
	.mirror =
		(const char *const[]){
			"https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
			"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/"
			"data/fashion/",
			NULL,
		},
	.remote =
		(const DataRemote[]){
			{ .name = "train-images-idx3-ubyte.gz",
			  .size_bytes = 26421880,
			  .sha256 = "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a"
				    "84" },
			{ .name = "train-labels-idx1-ubyte.gz",
			  .size_bytes = 29515,
			  .sha256 = "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc908"
				    "45" },
			{ .name = "t10k-images-idx3-ubyte.gz",
			  .size_bytes = 4422102,
			  .sha256 = "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a0"
				    "73" },
			{ .name = "t10k-labels-idx1-ubyte.gz",
			  .size_bytes = 5148,
			  .sha256 = "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8d"
				    "d5" },
			{ 0 },
		},
	.load = idx_set_load,
};
