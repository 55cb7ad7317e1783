/* What fits of linear models share: threads, progress, and how a fit ends up in a model. Private to
 * src/model/.
 *
 * All of them give the same bits for any number of threads: rows are cut into LINEAR_PIECES pieces
 * that depend on the number of rows alone, or threads share classes or columns that nobody else
 * writes.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LINEAR_H
#define WATTLE_MODEL_LINEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/model.h"

#define LINEAR_PIECES 16
/* Work between two looks at control, in numbers that are touched: about 10 ms. */
#define LINEAR_WORK (UINT64_C(1) << 25)

/* Borrowed, for the time of a fit. */
typedef struct LinearFit {
	Model *model;
	const Rows *rows;
	Pool *pool; /* NULL: one thread */
	FitWatch *watch;
	Control *control;
	uint32_t cpu;     /* cpu_features() */
	int64_t begin_ns; /* of what is reported next */
} LinearFit;

LinearFit linear_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
		     Control *control);

/* One for two classes, else their number; one of a number. */
size_t linear_outputs(const Dataset *set);

/* Gives the model the layers `before` ("squares", or "" for none) and then a dense one with so many
 * outputs, of the size of the rows. Its spans are 0. */
bool linear_restart(const LinearFit *fit, const char *before, size_t outputs, Err *err);
/* Weights (features, outputs) and biases (outputs) of weighted layer `at`. */
float *linear_weights(const LinearFit *fit, size_t at);
float *linear_biases(const LinearFit *fit, size_t at);

/* An iteration is over: reports it, and looks at control. loss and accuracy may be NaN. *stop: the
 * user asked for an end. */
bool linear_report(LinearFit *fit, size_t epoch, size_t epochs, double loss, double accuracy,
		   bool *stop, Err *err);

/* Settings of many kinds. */
#define LINEAR_C                                                                                  \
	{                                                                                         \
		.name = "c", .type = PARAM_NUMBER, .value = "1", .minimum = 1e-9, .maximum = 1e9, \
		.help = "Weight of the loss of one row against the penalty; small: simple."       \
	}
#define LINEAR_SEED                                                            \
	{                                                                      \
		.name = "seed", .type = PARAM_INT, .value = "1", .minimum = 0, \
		.maximum = 9007199254740992.0, .help = "Seed of random draws." \
	}

#endif
