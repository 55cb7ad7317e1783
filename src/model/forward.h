/* Forward pass of a chain of linear layers in f32, keeping the activations of every layer: what
 * training, validation and the calibration of quantization need. Inference runs programs instead
 * (program.h).
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_FORWARD_H
#define WATTLE_MODEL_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/model.h"

/* act[0] (batch, inputs) is filled by the caller; act[l + 1] (batch, units) holds the outputs of
 * layer l, after its activation; act[layers] are the logits. Row-major f32 without padding; the
 * memory is the arena's. */
typedef struct Forward {
	size_t batch;
	uint32_t features; /* of this processor (cpu.h), for train.h */
	float *act[MODEL_LAYERS_MAX + 1];
} Forward;

bool forward_init(Forward *forward, const Model *model, size_t batch, Arena *arena, Err *err);
/* rows: at most the batch. Allocates nothing. */
void forward_run(const Forward *forward, const Model *model, size_t rows);

#endif
