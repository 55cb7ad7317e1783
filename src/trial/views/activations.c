/* How often the units of a hidden layer are at work: the share of the test rows (of a convolution, of
 * their pixels) in which they give more than 0.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "model/graph.h"
#include "trial/view.h"

#define BATCH 64
#define ARENA_BYTES ((size_t)1 << 20)

/* Of networks, and not the layer whose outputs are the answer. */
static bool activations_show(const ViewWish *wish, size_t layer)
{
	const Model *model = wish->model;

	return view_weights_show(wish, layer) && !model->kind->by_data &&
	       layer != model->weighted_layer[model->weighted - 1];
}

/* The layer behind it whose outputs are those of the unit: its norm and rectifier belong to it, and
 * so does a pooling, which the layer does itself. */
static size_t last_of_unit(const Model *model, const Graph *graph, size_t layer)
{
	while (layer + 1 < model->layers) {
		LayerRole next = model->layer[layer + 1].kind->role;

		if (next != LAYER_NORM && next != LAYER_RELU &&
		    graph->of_layer[layer] != GRAPH_NONE)
			break;
		layer++;
	}
	return layer;
}

/* above: (units), counts of outputs over 0; places: of each unit in a row. */
static bool count_above(const ViewWish *wish, Graph *graph, size_t layer, size_t units,
			size_t places, size_t *above, Err *err)
{
	size_t count = wish->rows->count < VIEW_ROWS_MAX ? wish->rows->count : VIEW_ROWS_MAX,
	       size = units * places;
	float *outputs = malloc(BATCH * size * sizeof *outputs);
	uint32_t order[BATCH];
	bool fine = outputs || err_set(err, ERR_MEMORY, "no memory for a figure");

	for (size_t begin = 0; fine && begin < count; begin += BATCH) {
		size_t n = count - begin < BATCH ? count - begin : BATCH;

		for (size_t i = 0; i < n; i++) /* spread over all of them, for they may be sorted */
			order[i] = (uint32_t)((begin + i) * wish->rows->count / count);
		graph_forward(graph, wish->rows, order, n, NULL, false, 0);
		graph_outputs(graph, layer, n, outputs);
		for (size_t i = 0; i < n * size; i++)
			above[i % size / places] += outputs[i] > 0;
		fine = control_poll(wish->control, err);
	}
	free(outputs);
	return fine;
}

static bool fill_counts(const ViewWish *wish, Graph *graph, json_t *out, Err *err)
{
	size_t layer = last_of_unit(wish->model, graph, wish->layer);
	Shape shape = wish->model->layer[layer].out;
	size_t units = shape.channels, places = shape.height * shape.width, dead = 0;
	size_t rows = wish->rows->count < VIEW_ROWS_MAX ? wish->rows->count : VIEW_ROWS_MAX;
	json_t *list = json_array();

	json_object_set_new(out, "share", list);
	if (units > VIEW_VALUES_MAX)
		return err_set(err, ERR_ARGUMENT, "the layer has %zu units; %d can be shown", units,
			       VIEW_VALUES_MAX);
	size_t *above = calloc(units, sizeof *above);
	bool fine = above ? count_above(wish, graph, layer, units, places, above, err)
			  : err_set(err, ERR_MEMORY, "no memory for a figure");

	for (size_t i = 0; fine && i < units; i++) {
		dead += above[i] == 0;
		json_array_append_new(list, view_share((double)above[i] / (double)(rows * places)));
	}
	free(above);
	json_object_set_new(out, "units", json_integer((json_int_t)units));
	json_object_set_new(out, "dead", json_integer((json_int_t)dead));
	json_object_set_new(out, "rows", json_integer((json_int_t)rows));
	return fine;
}

static bool activations_fill(const ViewWish *wish, json_t *out, Err *err)
{
	const Dataset *set = wish->rows->set;
	const GraphOptions options = { .batch = BATCH, .pool = wish->pool };

	if (set->form == DATASET_SPARSE || set->missing)
		return err_set(err, ERR_ARGUMENT,
			       "the view activations takes no %s rows, as those of %s",
			       set->missing ? "incomplete" : "sparse", set->name);
	if (set->features != model_inputs(wish->model))
		return err_set(err, ERR_ARGUMENT, "the rows of %s have %zu inputs, the model %zu",
			       set->name, set->features, model_inputs(wish->model));
	Arena *arena = arena_new(ARENA_BYTES, err);
	Graph *graph = arena ? graph_take(wish->model, &options, arena, err) : NULL;
	bool fine = graph && fill_counts(wish, graph, out, err);

	arena_free(arena);
	return fine;
}

const ModelView view_activations = {
	.info = { .name = "activations",
		  .title = "How often units are at work",
		  .about = "Of each unit of a hidden layer, the share of test rows that it is "
			   "above 0 "
			   "in." },
	.shows = activations_show,
	.fill = activations_fill,
};
