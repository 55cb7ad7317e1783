/* Fitted models of neighbours: what they hold, and new ones.
 * SPDX-License-Identifier: MIT */
#include "model/neighbours/fitted.h"

#include <string.h>

#include "base/text.h"

bool neighbours_fitted(NeighboursFitted *out, const Model *model)
{
	const Layer *layer = &model->layer[0];

	if (model->layers != 1 || strcmp(layer->kind->info.name, "neighbours") != 0)
		return false;
	*out = (NeighboursFitted){
		.form = (NeighboursForm)layer->own[NEIGHBOURS_OWN_FORM],
		.count = layer->own[NEIGHBOURS_OWN_COUNT],
		.features = shape_size(layer->in),
		.k = layer->own[NEIGHBOURS_OWN_K],
		.by_distance = layer->own[NEIGHBOURS_OWN_VOTES] & NEIGHBOURS_BY_DISTANCE,
		.table = model_span_at(model, layer->span[NEIGHBOURS_TABLE]),
		.answer = model_span_at(model, layer->span[NEIGHBOURS_ANSWER]),
		.offset = model_span_at(model, layer->span[NEIGHBOURS_OFFSET]),
		.scale = 1,
	};
	if (!(layer->own[NEIGHBOURS_OWN_VOTES] & NEIGHBOURS_NUMBERS))
		out->classes = layer->out.channels;
	if (out->form == NEIGHBOURS_BYTES)
		out->scale = *(const float *)model_span_at(model, layer->span[NEIGHBOURS_SCALE]);
	return true;
}

bool neighbours_restart(Model *model, const NeighboursFitted *like, Err *err)
{
	char line[LAYER_TEXT_MAX];

	if (like->k > like->count)
		return err_set(err, ERR_ARGUMENT,
			       "k is %zu, but there are only %zu rows to find; make k smaller",
			       like->k, like->count);
	text_format(line, sizeof line, "neighbours %zu references=%zu k=%zu form=%s weights=%s",
		    like->classes, like->count, like->k,
		    like->form == NEIGHBOURS_BYTES ? "bytes" : "f32",
		    like->by_distance ? "distance" : "uniform");
	return model_restart(model, (Shape){ like->features, 1, 1 }, line, err);
}

void *neighbours_span(Model *model, size_t at)
{
	return model_span_data(model, model->layer[0].span[at]);
}

float neighbours_byte_scale(const float *low, const float *high, size_t features)
{
	float widest = 0;

	for (size_t f = 0; f < features; f++)
		widest = high[f] - low[f] > widest ? high[f] - low[f] : widest;
	return widest > 0 ? widest / 255 : 1;
}
