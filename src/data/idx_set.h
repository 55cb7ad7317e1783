/* The loader of datasets that come as the four IDX files of MNIST:
 * F/NAME/{train,t10k}-{images-idx3,labels-idx1}-ubyte, each plain or with .gz, in one of the
 * folders F. A set of this kind is a row of data only.
 *
 * SHA-256 runs over the uncompressed files in the order train images, train labels, test images,
 * test labels.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_IDX_SET_H
#define WATTLE_DATA_IDX_SET_H

#include "data/dataset.h"

/* The four files, gzipped, of sets that no mirror keeps the sums of. */
extern const DataRemote idx_set_remote[];

/* DataSource.load. Takes the first folder that has the training images; the source's rows,
 * width, height and classes must agree. ERR_FORMAT names the file and the row or byte, or says
 * that the checksum differs. */
bool idx_set_load(Dataset *out, const DataSource *source, const DataPaths *paths, Control *control,
		  Err *err);

#endif
