/* MNIST (LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
 * recognition", 1998).
 * SPDX-License-Identifier: MIT */
#include "data/idx_set.h"

extern const DataSource data_mnist;
const DataSource data_mnist = {
	.info = { .name = "mnist",
		  .title = "MNIST",
		  .about = "60,000 + 10,000 grey images of handwritten digits, 28 × 28, in 10 "
			   "classes." },
	.train_rows = 60000,
	.test_rows = 10000,
	.features = 784,
	.classes = 10,
	.width = 28,
	.height = 28,
	.byte_max = 255,
	.licence = "CC-BY-SA-3.0",
	.origin = "http://yann.lecun.com/exdb/mnist/",
	.get = "Put the four IDX files train-images-idx3-ubyte, train-labels-idx1-ubyte, "
	       "t10k-images-idx3-ubyte and "
	       "t10k-labels-idx1-ubyte (plain or .gz) into the folder mnist of a data folder, such "
	       "as one in WATTLE_DATA",
	.sha256 = "b2d8f5bf39174ee5ffeefa97e42d673c35432b411bb5d1f74fbbeddae7f1690a",
	.load = idx_set_load,
};
