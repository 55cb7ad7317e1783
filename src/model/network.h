/* Networks: the kinds of models that are a list of layers. What their rows share; the rest of what
 * a network can be asked is in model.h.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_NETWORK_H
#define WATTLE_MODEL_NETWORK_H

#include "model/model.h"

/* For the shape of a ModelKind: input and layers; the seed is the parameter "seed". */
bool network_shape(Model *model, const Params *params, Shape input, const char *lines, Err *err);
/* Initial values of all spans, seeded by model->seed; false when the control says so. */
bool network_init(Model *model, Control *control, Err *err);

/* Whether one weighted layer, number *next, alone reads the outputs of layer `at`, and all between
 * the two leaves integers as they are. */
bool network_feeds_weights(const Model *model, size_t at, size_t *next);

/* The parameter of every network. */
#define NETWORK_SEED                                                                \
	{                                                                           \
		.name = "seed", .type = PARAM_INT, .value = "1", .minimum = 0,      \
		.maximum = 9007199254740992.0,                                      \
		.help = "Seed of the initial weights and of the order of the rows." \
	}

#endif
