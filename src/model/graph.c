/* Running a graph: forward, backward, gradients of the weights; how threads share them.
 * SPDX-License-Identifier: MIT */
#include "model/graph.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "num/train/activation.h"

/* One phase of a batch, as threads share it. */
typedef struct GraphRun {
	Graph *graph;
	const Rows *from; /* forward: the rows, where the input is to be gathered; else NULL */
	const uint32_t *order;
	uint16_t *labels;
	size_t rows;
	bool training;
	uint64_t step;
	size_t begin, end; /* steps */
	const GraphAdam *adam;
} GraphRun;

static LayerRun graph_layer_run(const GraphRun *r, const GraphStep *step, size_t begin, size_t end,
				void *scratch)
{
	const Graph *graph = r->graph;
	const GraphValue *x = &graph->value[step->x], *y = &graph->value[step->y];

	return (LayerRun){
		.layer = step->layer,
		.index = step->index,
		.span = step->span,
		.grad = step->grad,
		.update = r->training ? step->update : NULL,
		.features = graph->features,
		.layout = y->layout,
		.rows = r->rows,
		.begin = begin,
		.end = end,
		.training = r->training,
		.relu = step->relu,
		.pool = step->pool ? &step->pool->conv : NULL,
		.spread = (float *)(void *)((char *)scratch + graph->spread_at),
		.bf16 = graph->bf16,
		.seed = graph->seed,
		.step = r->step,
		.x = x->data,
		.skip = step->skip == GRAPH_NONE ? NULL : graph->value[step->skip].data,
		.y = y->data,
		.dy = y->grad,
		.kept = r->training ? step->kept : NULL,
		.scratch = scratch,
	};
}

/* Rows begin … end − 1 to the other layout; unused lanes of tiles become 0. */
static void graph_convert(const Graph *graph, size_t n, Layout to, const float *x, float *y,
			  size_t begin, size_t end)
{
	x += begin * n;
	y += begin * n;
	if (to == LAYOUT_TILES_F32)
		convert_rows_to_tiles(graph->features, x, n, y, KERNEL_TILE * n, end - begin, n);
	else
		convert_tiles_to_rows(graph->features, x, KERNEL_TILE * n, y, n, end - begin, n);
}

/* Floats of rows begin … end − 1 in a value's buffer, unused lanes included. */
static size_t graph_floats(const GraphValue *value, size_t begin, size_t end)
{
	if (value->layout == LAYOUT_TILES_F32)
		end = (end + KERNEL_TILE - 1) / KERNEL_TILE * KERNEL_TILE;
	return (end - begin) * value->n;
}

/* Of measuring: NULL until somebody asks for it. */
static int64_t graph_begin_ns(const Graph *graph)
{
	return graph->spent ? clock_thread_ns() : 0;
}

static GraphSpent *graph_spent(const Graph *graph, const GraphStep *step)
{
	return &graph->spent[step - graph->step];
}

/* --- forward ---------------------------------------------------------------------------------- */

/* A block of rows that are floats already; room for one, for tiles. */
static void graph_gather_floats(const GraphRun *r, size_t begin, size_t end, float *block)
{
	const GraphValue *input = &r->graph->value[0];
	const Dataset *set = r->from->set;
	size_t n = input->n;
	float *x = input->data + begin * n;
	float *to = input->layout == LAYOUT_TILES_F32 ? block : x;

	for (size_t i = begin; i < end; i++) {
		size_t row = rows_at(r->from, r->order[i]);

		memcpy(to + (i - begin) * n, set->floats + row * n, n * sizeof *to);
		if (r->labels)
			r->labels[i] = set->labels[row];
	}
	if (to == block)
		convert_rows_to_tiles(r->graph->features, block, n, x, KERNEL_TILE * n, end - begin,
				      n);
}

/* The bytes of a block of rows, then the block. */
static void graph_gather_block(const GraphRun *r, size_t begin, size_t end, uint8_t *bytes)
{
	const GraphValue *input = &r->graph->value[0];
	const Dataset *set = r->from->set;
	uint32_t features = r->graph->features;
	size_t n = input->n, rows = end - begin;
	float *x = input->data + begin * n;

	for (size_t i = begin; i < end; i++) {
		size_t row = rows_at(r->from, r->order[i]);

		memcpy(bytes + (i - begin) * n, set->bytes + row * n, n);
		if (r->labels)
			r->labels[i] = set->labels[row];
	}
	if (input->layout == LAYOUT_TILES_F32)
		convert_bytes_to_tiles(features, bytes, n, x, KERNEL_TILE * n, rows, n,
				       set->byte_scale);
	else
		convert_bytes_to_rows(features, bytes, n, x, n, rows, n, set->byte_scale);
}

static void graph_gather(const GraphRun *r, size_t begin, size_t end, void *scratch)
{
	bool floats = r->from->set->form == DATASET_FLOATS;

	for (size_t row = begin; row < end; row += KERNEL_TILE) {
		size_t last = end - row < KERNEL_TILE ? end : row + KERNEL_TILE;

		if (floats)
			graph_gather_floats(r, row, last, scratch);
		else
			graph_gather_block(r, row, last, scratch);
	}
}

static void graph_step_forward(const GraphRun *r, const GraphStep *step, size_t begin, size_t end,
			       void *scratch)
{
	const Graph *graph = r->graph;
	const GraphValue *x = &graph->value[step->x], *y = &graph->value[step->y];

	int64_t begin_ns = graph_begin_ns(graph);

	if (!step->layer) {
		graph_convert(graph, x->n, y->layout, x->data, y->data, begin, end);
	} else {
		LayerRun run = graph_layer_run(r, step, begin, end, scratch);

		step->layer->kind->forward(&run);
	}
	if (graph->spent)
		graph_spent(graph, step)->forward_ns += clock_thread_ns() - begin_ns;
}

/* Images are taken through a chain of layers block by block, so that they stay in the cache; rows
 * all at once, so that weights are read once. */
static bool graph_by_blocks(const Graph *graph, const GraphStep *step)
{
	return graph->value[step->x].layout == LAYOUT_TILES_F32 ||
	       graph->value[step->y].layout == LAYOUT_TILES_F32;
}

static void graph_forward_rows(const GraphRun *r, size_t begin, size_t end, void *scratch)
{
	const Graph *graph = r->graph;
	size_t s = r->begin;
	bool gather = r->from != NULL;

	while (gather || s < r->end) {
		size_t next = s, grain = end - begin;

		while (next < r->end && graph_by_blocks(graph, &graph->step[next]))
			next++;
		if (next > s || (gather && graph->value[0].layout == LAYOUT_TILES_F32))
			grain = KERNEL_TILE;
		else if (s < r->end)
			next++;
		for (size_t row = begin; row < end; row += grain) {
			size_t last = end - row < grain ? end : row + grain;

			if (gather)
				graph_gather(r, row, last, scratch);
			for (size_t i = s; i < next; i++)
				graph_step_forward(r, &graph->step[i], row, last, scratch);
		}
		gather = false;
		s = next;
	}
}

/* --- backward --------------------------------------------------------------------------------- */

static void graph_add_to(const GraphValue *value, const float *more, size_t begin, size_t end)
{
	size_t n = graph_floats(value, begin, end);
	float *grad = value->grad + begin * value->n;

	more += begin * value->n;
	for (size_t i = 0; i < n; i++)
		grad[i] += more[i];
}

/* The gradient of add's other input is that of its outputs. */
static void graph_skip_backward(const GraphRun *r, size_t s, size_t begin, size_t end)
{
	const GraphStep *step = &r->graph->step[s];
	const GraphValue *skip = &r->graph->value[step->skip], *y = &r->graph->value[step->y];

	if (!skip->grad)
		return;
	if (skip->last == s && step->skip != step->x)
		memcpy(skip->grad + begin * skip->n, y->grad + begin * y->n,
		       graph_floats(y, begin, end) * sizeof *y->grad);
	else
		graph_add_to(skip, y->grad, begin, end);
}

static void graph_step_backward(const GraphRun *r, size_t s, size_t begin, size_t end,
				void *scratch)
{
	const Graph *graph = r->graph;
	const GraphStep *step = &graph->step[s];
	const GraphValue *x = &graph->value[step->x], *y = &graph->value[step->y];
	/* The last reader comes first and writes; the others add. */
	float *dx = x->last == s ? x->grad : x->more;
	int64_t begin_ns = graph_begin_ns(graph);

	if (!y->grad)
		return;
	if (step->mask)
		act_grad(graph->features, ACT_RELU, y->grad + begin * y->n, y->grad + begin * y->n,
			 y->data + begin * y->n, graph_floats(y, begin, end));
	if (x->grad && !step->layer)
		graph_convert(graph, x->n, x->layout, y->grad, dx, begin, end);
	if (x->grad && step->layer) {
		LayerRun run = graph_layer_run(r, step, begin, end, scratch);

		run.dx = dx;
		step->layer->kind->backward(&run);
	}
	if (x->grad && dx == x->more)
		graph_add_to(x, dx, begin, end);
	if (step->skip != GRAPH_NONE)
		graph_skip_backward(r, s, begin, end);
	if (graph->spent)
		graph_spent(graph, step)->backward_ns += clock_thread_ns() - begin_ns;
}

static void graph_backward_rows(const GraphRun *r, size_t begin, size_t end, void *scratch)
{
	const Graph *graph = r->graph;

	for (size_t s = r->end; s > r->begin;) {
		size_t next = s, grain = KERNEL_TILE;

		while (next > r->begin && graph_by_blocks(graph, &graph->step[next - 1]))
			next--;
		if (next == s) {
			next--;
			grain = end - begin;
		}
		for (size_t row = begin; row < end; row += grain)
			for (size_t i = s; i > next; i--)
				graph_step_backward(r, i - 1, row,
						    end - row < grain ? end : row + grain, scratch);
		s = next;
	}
}

/* --- sharing ---------------------------------------------------------------------------------- */

static void *graph_scratch(const Graph *graph, unsigned part)
{
	return (char *)graph->scratch + part * graph->scratch_bytes;
}

static void graph_forward_task(void *user, unsigned part, unsigned parts)
{
	const GraphRun *r = user;
	size_t begin, end;

	pool_share(r->rows, KERNEL_TILE, part, parts, &begin, &end);
	if (begin < end)
		graph_forward_rows(r, begin, end, graph_scratch(r->graph, part));
}

static void graph_backward_task(void *user, unsigned part, unsigned parts)
{
	const GraphRun *r = user;
	size_t begin, end;

	pool_share(r->rows, KERNEL_TILE, part, parts, &begin, &end);
	if (begin < end)
		graph_backward_rows(r, begin, end, graph_scratch(r->graph, part));
}

static void graph_gradient_task(void *user, unsigned part, unsigned parts)
{
	const GraphRun *r = user;
	const Graph *graph = r->graph;

	for (size_t s = 0; s < graph->steps; s++) {
		const GraphStep *step = &graph->step[s];
		const Layer *layer = step->layer;

		if (!layer || !step->trained || !layer->kind->gradient)
			continue;
		LayerRun run = graph_layer_run(r, step, 0, r->rows, graph_scratch(graph, part));
		int64_t begin_ns = graph_begin_ns(graph);

		if (r->adam && graph_step_moves(step, 0)) {
			size_t at = (size_t)((const float *)step->span[0] - graph->params);

			layer->kind->adam(&run, &r->adam->step, graph->params + at, r->adam->m + at,
					  r->adam->v + at, part, parts);
		} else
			layer->kind->gradient(&run, part, parts);
		if (graph->spent)
			graph_spent(graph, step)->gradient_ns += clock_thread_ns() - begin_ns;
	}
}

static void graph_share(GraphRun *r, void (*task)(void *, unsigned, unsigned))
{
	Graph *graph = r->graph;

	if (!pool_worth(graph->pool, graph->work * r->rows))
		task(r, 0, 1);
	else
		pool_run(graph->pool, task, r);
}

static bool graph_whole(const GraphRun *r, size_t s)
{
	return r->training && r->graph->step[s].layer && r->graph->step[s].layer->kind->whole;
}

void graph_forward(Graph *graph, const Rows *rows, const uint32_t *order, size_t n,
		   uint16_t *labels, bool training, uint64_t step)
{
	GraphRun r = {
		.graph = graph,
		.from = rows,
		.order = order,
		.labels = labels,
		.rows = n,
		.training = training,
		.step = step,
	};

	do {
		bool whole = r.begin < graph->steps && graph_whole(&r, r.begin) && !r.from;

		r.end = r.begin + whole;
		while (!whole && r.end < graph->steps && !graph_whole(&r, r.end))
			r.end++;
		if (whole)
			graph_step_forward(&r, &graph->step[r.begin], 0, n, graph->scratch);
		else
			graph_share(&r, graph_forward_task);
		r.from = NULL;
		r.begin = r.end;
	} while (r.begin < graph->steps);
}

void graph_backward(Graph *graph, size_t n, uint64_t step)
{
	GraphRun r = { .graph = graph, .rows = n, .training = true, .step = step };

	for (r.end = graph->steps; r.end > 0; r.end = r.begin) {
		bool whole = graph_whole(&r, r.end - 1);

		r.begin = r.end - whole;
		while (!whole && r.begin > 0 && !graph_whole(&r, r.begin - 1))
			r.begin--;
		if (whole)
			graph_step_backward(&r, r.begin, 0, n, graph->scratch);
		else
			graph_share(&r, graph_backward_task);
	}
}

void graph_gradient(Graph *graph, size_t n, const GraphAdam *adam)
{
	GraphRun r = { .graph = graph, .rows = n, .training = true, .adam = adam };

	graph_share(&r, graph_gradient_task);
}

void graph_outputs(const Graph *graph, size_t layer, size_t n, float *out)
{
	size_t at = layer == GRAPH_NONE ? 0 : graph->of_layer[layer];

	assert(at != GRAPH_NONE);
	const GraphValue *value = &graph->value[at];

	if (value->layout == LAYOUT_TILES_F32)
		graph_convert(graph, value->n, LAYOUT_ROWS_F32, value->data, out, 0, n);
	else
		memcpy(out, value->data, n * value->n * sizeof *out);
}
