/* Views: the table, and what all of them have.
 * SPDX-License-Identifier: MIT */
#include "trial/view.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

#define ROW(name) extern const ModelView view_##name;
#include "trial/views.inc"
#undef ROW

const ModelView *const model_views[] = {
#define ROW(name) &view_##name,
#include "trial/views.inc"
#undef ROW
	NULL,
};

const ModelView *model_view_find(const char *name)
{
	for (size_t i = 0; model_views[i]; i++)
		if (strcmp(model_views[i]->info.name, name) == 0)
			return model_views[i];
	return NULL;
}

json_t *view_share(double share)
{
	return json_real(round(share * 1e4) / 1e4);
}

bool view_weights_show(const ViewWish *wish, size_t layer)
{
	return wish->model->layer[layer].kind->role == LAYER_WEIGHTS;
}

const Span *view_weights(const ViewWish *wish, const float **weights)
{
	const Span *span = &wish->model->span[wish->model->layer[wish->layer].span[0]];

	*weights = wish->model->params + span->offset;
	return span;
}

/* The layers that it can show go into the list; the index of the wanted one. */
static bool find_layer(const ModelView *view, ViewWish *wish, size_t layer, json_t *names, Err *err)
{
	const Model *model = wish->model;
	size_t wanted = layer ? layer : 1;

	for (size_t i = 0; i < model->layers; i++) {
		if (!view->shows(wish, i))
			continue;
		json_array_append_new(names,
				      json_sprintf("%d (%s)", (int)json_array_size(names) + 1,
						   model->layer[i].text));
		if (json_array_size(names) == wanted)
			wish->layer = i;
	}
	if (json_array_size(names) >= wanted)
		return true;
	if (json_array_size(names) == 0)
		return err_set(err, ERR_ARGUMENT, "the model (%s) has no layer for the view %s",
			       model->kind->info.name, view->info.name);
	return err_set(err, ERR_ARGUMENT, "there is no layer %zu: the view %s shows 1 to %zu of it",
		       wanted, view->info.name, json_array_size(names));
}

bool model_view_fill(const ModelView *view, const ViewWish *wish, size_t layer, json_t *out,
		     Err *err)
{
	ViewWish filled = *wish;
	json_t *names = json_array();

	json_object_set_new(out, "title", json_string(view->info.title));
	if (!view->shows) {
		json_decref(names);
		return view->fill(&filled, out, err);
	}
	json_object_set_new(out, "layers", names);
	if (!find_layer(view, &filled, layer, names, err))
		return false;
	json_object_set_new(out, "layer", json_integer(layer ? (json_int_t)layer : 1));
	return view->fill(&filled, out, err);
}
