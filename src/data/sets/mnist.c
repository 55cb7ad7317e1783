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
	.get = "Get it with: wattle data fetch mnist; or put the four IDX files "
	       "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
	       "t10k-labels-idx1-ubyte (plain or .gz) into the folder mnist of a data folder, such "
	       "as one in WATTLE_DATA",
	.sha256 = "b2d8f5bf39174ee5ffeefa97e42d673c35432b411bb5d1f74fbbeddae7f1690a",
	.mirror =
		(const char *const[]){
			"https://storage.googleapis.com/cvdf-datasets/mnist/",
			"https://ossci-datasets.s3.amazonaws.com/mnist/",
			NULL,
		},
	.remote =
		(const DataRemote[]){
			{ .name = "train-images-idx3-ubyte.gz",
			  .size_bytes = 9912422,
			  .sha256 = "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f2035236"
				    "09" },
			{ .name = "train-labels-idx1-ubyte.gz",
			  .size_bytes = 28881,
			  .sha256 = "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e801025"
				    "5c" },
			{ .name = "t10k-images-idx3-ubyte.gz",
			  .size_bytes = 1648877,
			  .sha256 = "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4"
				    "e6" },
			{ .name = "t10k-labels-idx1-ubyte.gz",
			  .size_bytes = 4542,
			  .sha256 = "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204ae"
				    "c6" },
			{ 0 },
		},
	.load = idx_set_load,
};
