/* Planning a graph: steps, values, memory.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/graph.h"
#include "num/conv/conv.h"
#include "num/cpu.h"

/* --- steps ------------------------------------------------------------------------------------ */

static size_t graph_add_value(Graph *graph, size_t n, Layout layout)
{
	graph->value[graph->values] = (GraphValue){ .n = n, .layout = layout, .copy = GRAPH_NONE };
	return graph->values++;
}

static GraphStep *graph_add_step(Graph *graph, const Layer *layer, size_t x, size_t skip, size_t y)
{
	GraphStep *step = &graph->step[graph->steps];
	size_t reads[2] = { x, skip };

	*step = (GraphStep){ .layer = layer, .x = x, .y = y, .skip = skip };
	for (int i = 0; i < 2 && reads[i] != GRAPH_NONE; i++) {
		graph->value[reads[i]].readers++;
		graph->value[reads[i]].last = graph->steps;
	}
	graph->steps++;
	return step;
}

/* The value in this layout; adds a conversion where there is none yet. */
static size_t graph_in(Graph *graph, size_t value, Layout layout)
{
	GraphValue *from = &graph->value[value];

	if (from->layout == layout)
		return value;
	if (from->copy == GRAPH_NONE) {
		from->copy = graph_add_value(graph, from->n, layout);
		graph_add_step(graph, NULL, value, GRAPH_NONE, from->copy);
	}
	return from->copy;
}

/* The layout that the first layer which is not content with either wants. */
static Layout graph_first_layout(const Model *model)
{
	for (size_t i = 0; i < model->layers; i++) {
		const Layer *layer = &model->layer[i];
		Layout of_rows = layer_layout(layer, LAYOUT_ROWS_F32);

		if (of_rows == layer_layout(layer, LAYOUT_TILES_F32))
			return of_rows;
	}
	return LAYOUT_ROWS_F32;
}

/* Whether layer i is no step: it changes no number, or is a part of the one before it. */
static bool graph_passes(const Graph *graph, const Model *model, size_t i)
{
	LayerRole role = model->layer[i].kind->role;

	if (role == LAYER_SHAPE || (role == LAYER_TRAINING && !graph->training))
		return true;
	return role == LAYER_RELU && i > 0 && model->layer[i - 1].kind->role == LAYER_WEIGHTS &&
	       model_feeds_next(model, i - 1);
}

/* Has the convolution before layer i, or before the rectifier before it, pool its outputs. */
static bool graph_pool(Graph *graph, const Model *model, size_t i)
{
	GraphStep *step = graph->steps > 0 ? &graph->step[graph->steps - 1] : NULL;
	bool fine = model->layer[i].kind->role == LAYER_POOL_MAX && step && step->layer &&
		    step->layer->kind->pools && !step->pool && step->y == graph->of_layer[i - 1];

	for (size_t k = fine ? step->index : i; k < i; k++)
		fine = fine && model_feeds_next(model, k);
	if (!fine)
		return false;
	step->pool = &model->layer[i];
	graph->value[step->y].n = shape_size(model->layer[i].out);
	for (size_t k = step->index; k < i; k++)
		graph->of_layer[k] = GRAPH_NONE;
	graph->of_layer[i] = step->y;
	return true;
}

static void graph_add_layer(Graph *graph, const Model *model, size_t i)
{
	const Layer *layer = &model->layer[i];
	size_t before = i > 0 ? graph->of_layer[i - 1] : 0, skip = GRAPH_NONE;

	if (graph_passes(graph, model, i)) {
		graph->of_layer[i] = before;
		if (layer->kind->role == LAYER_RELU)
			graph->step[graph->steps - 1].relu = true;
		return;
	}
	if (graph_pool(graph, model, i))
		return;
	Layout layout = layer_layout(layer, graph->value[before].layout);
	size_t x = graph_in(graph, before, layout);

	if (layer->kind->skips)
		skip = graph_in(graph, graph->of_layer[layer->from], layout);
	size_t y = graph_add_value(graph, shape_size(layer->out), layout);
	GraphStep *step = graph_add_step(graph, layer, x, skip, y);

	step->index = i;
	for (size_t k = 0; k < layer->spans; k++) {
		const Span *span = &model->span[layer->span[k]];

		step->span[k] = model_span_at(model, layer->span[k]);
		if (span->type == SPAN_F32 && !span->trained)
			step->update[k] = model->params + span->offset;
		step->trained = step->trained || span->trained;
	}
	graph->of_layer[i] = y;
}

static void graph_add_layers(Graph *graph, const Model *model, bool headless)
{
	size_t layers = model->layers - (headless ? 1 : 0);

	graph_add_value(graph, model_inputs(model), graph_first_layout(model));
	for (size_t i = 0; i < layers; i++)
		graph_add_layer(graph, model, i);
	for (size_t i = layers; i < model->layers; i++)
		graph->of_layer[i] = graph->of_layer[i - 1];
	graph->output = graph_in(graph, graph->of_layer[model->layers - 1], LAYOUT_ROWS_F32);
}

/* Where a rectifier's gradient is taken. Behind max pooling there are fewer numbers, and it is the
 * same: where the greatest of a window is 0, nothing passes. */
static void graph_place_masks(Graph *graph)
{
	for (size_t s = 0; s < graph->steps; s++) {
		GraphStep *step = &graph->step[s];
		const GraphValue *y = &graph->value[step->y];

		if (!step->relu)
			continue;
		GraphStep *reader = y->readers == 1 ? &graph->step[y->last] : step;

		if (reader->layer && reader->layer->kind->role == LAYER_POOL_MAX)
			step = reader;
		step->mask = true;
	}
}

static uint64_t graph_layer_work(const Layer *layer)
{
	uint64_t numbers = shape_size(layer->in) + shape_size(layer->out);

	if (layer->kind->role != LAYER_WEIGHTS)
		return numbers;
	if (layer->conv.filters)
		return numbers + conv_macs(&layer->conv);
	return numbers + (uint64_t)shape_size(layer->in) * shape_size(layer->out);
}

/* --- memory ----------------------------------------------------------------------------------- */

static bool graph_take_floats(const Graph *graph, float **out, size_t n, Arena *arena, Err *err)
{
	size_t rows, count;

	if (!size_align(graph->batch, KERNEL_TILE, &rows) || !size_mul(rows, n, &count))
		return err_set(err, ERR_MEMORY, "no memory for %zu rows of %zu numbers",
			       graph->batch, n);
	*out = arena_take(arena, count, sizeof(float), err);
	return *out;
}

static bool graph_take_gradient(const Graph *graph, GraphValue *value, Arena *arena, Err *err)
{
	return graph_take_floats(graph, &value->grad, value->n, arena, err) &&
	       (value->readers < 2 || graph_take_floats(graph, &value->more, value->n, arena, err));
}

static bool graph_take_gradients(Graph *graph, Arena *arena, Err *err)
{
	for (size_t s = 0; s < graph->steps; s++) {
		const GraphStep *step = &graph->step[s];
		GraphValue *x = &graph->value[step->x], *y = &graph->value[step->y];

		y->wanted = step->trained || x->wanted ||
			    (step->skip != GRAPH_NONE && graph->value[step->skip].wanted);
		if (y->wanted && !graph_take_gradient(graph, y, arena, err))
			return false;
		/* Its spans' gradients come with that of its input. */
		if (step->trained && !step->layer->kind->gradient && !x->grad &&
		    !graph_take_gradient(graph, x, arena, err))
			return false;
	}
	return true;
}

static bool graph_take_kept(Graph *graph, Arena *arena, Err *err)
{
	for (size_t s = 0; s < graph->steps; s++) {
		GraphStep *step = &graph->step[s];
		const Layer *layer = step->pool ? step->pool : step->layer;

		if (!layer || !layer->kind->kept_bytes)
			continue;
		step->kept =
			arena_take(arena, layer->kind->kept_bytes(layer, graph->batch), 1, err);
		if (!step->kept)
			return false;
	}
	return true;
}

static bool graph_take_spans(Graph *graph, const Model *model, Arena *arena, Err *err)
{
	graph->grad = arena_take(arena, model->count, sizeof(float), err);
	if (!graph->grad)
		return false;
	for (size_t s = 0; s < graph->steps; s++) {
		GraphStep *step = &graph->step[s];

		for (size_t k = 0; step->layer && k < step->layer->spans; k++) {
			const Span *span = &model->span[step->layer->span[k]];

			if (span->type == SPAN_F32)
				step->grad[k] = graph->grad + span->offset;
		}
	}
	return true;
}

static bool graph_take_scratch(Graph *graph, Arena *arena, Err *err)
{
	/* A block of images, before it becomes tiles. */
	size_t most = KERNEL_TILE * graph->value[0].n * sizeof(float), spread = 0;

	for (size_t s = 0; s < graph->steps; s++) {
		const GraphStep *step = &graph->step[s];
		const Layer *layer = step->layer;
		size_t bytes = layer && layer->kind->scratch_bytes
				       ? layer->kind->scratch_bytes(layer, graph->batch)
				       : 0;

		most = bytes > most ? bytes : most;
		if (step->pool && conv_in(&step->pool->conv) > spread)
			spread = conv_in(&step->pool->conv);
	}
	if (!size_align(most, ARENA_ALIGN, &graph->spread_at) ||
	    !size_add(graph->spread_at, KERNEL_TILE * spread * sizeof(float),
		      &graph->scratch_bytes))
		return err_set(err, ERR_MEMORY, "no memory for %zu bytes of scratch", most);
	graph->scratch = arena_take(arena, pool_threads(graph->pool), graph->scratch_bytes, err);
	return graph->scratch;
}

static bool graph_take_memory(Graph *graph, const Model *model, Arena *arena, Err *err)
{
	for (size_t v = 0; v < graph->values; v++)
		if (!graph_take_floats(graph, &graph->value[v].data, graph->value[v].n, arena, err))
			return false;
	if (!graph_take_scratch(graph, arena, err))
		return false;
	return !graph->training ||
	       (graph_take_gradients(graph, arena, err) && graph_take_kept(graph, arena, err) &&
		graph_take_spans(graph, model, arena, err));
}

Graph *graph_take(const Model *model, const GraphOptions *options, Arena *arena, Err *err)
{
	Graph *graph = arena_take(arena, 1, sizeof *graph, err);

	if (!graph)
		return NULL;
	*graph = (Graph){
		.pool = options->pool,
		.features = cpu_features(),
		.batch = options->batch,
		.training = options->training,
		.bf16 = options->bf16,
		.seed = options->seed,
		.params = model->params,
	};
	graph_add_layers(graph, model, options->headless);
	graph_place_masks(graph);
	for (size_t i = 0; i < model->layers; i++)
		graph->work += graph_layer_work(&model->layer[i]);
	return graph_take_memory(graph, model, arena, err) ? graph : NULL;
}
