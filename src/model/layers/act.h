/* What the layers of activations share. Private to them.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LAYERS_ACT_H
#define WATTLE_MODEL_LAYERS_ACT_H

#include "model/layer.h"
#include "num/train/activation.h"

/* The shape of any layer that works number by number and has no parameters. */
bool act_layer_shape(Layer *layer, Model *model, const Params *params, Err *err);
void act_layer_forward(const LayerRun *run, ActKind kind);
void act_layer_backward(const LayerRun *run, ActKind kind);

#endif
