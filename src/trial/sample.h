/* Random rows in the form and width that a model takes, to time programs with.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TRIAL_SAMPLE_H
#define WATTLE_TRIAL_SAMPLE_H

#include "model/model.h"

/* A dataset of training rows: bytes over their whole range, floats in [−1, 1), compressed rows with as
 * many entries as the model's training rows had on average. Labels and targets are 0. The caller's;
 * NULL and *err. */
Dataset *sample_dataset(const Model *model, size_t rows, uint64_t seed, Err *err);

#endif
