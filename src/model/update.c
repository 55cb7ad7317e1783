/* The optimizer's side of a training step.
 * SPDX-License-Identifier: MIT */
#include "model/update.h"

#include <math.h>

#include "num/train/train.h"

#define UPDATE_GRAIN 1024 /* floats that a thread takes or leaves */
#define UPDATE_COST 8     /* of one parameter's step, in multiply-adds */

bool update_init(Update *update, Model *model, Graph *graph, const FitOptions *options,
		 uint64_t steps, Arena *arena, Err *err)
{
	const OptimizerRow *row = &optimizers[options->optimizer.kind];

	*update = (Update){
		.model = model,
		.graph = graph,
		.options = options,
		.schedule = { options->schedule, options->lr,
			      (uint64_t)llround((double)options->warmup * (double)steps) },
		.steps = steps,
	};
	for (unsigned i = 0; i < row->states; i++) {
		update->state[i] = arena_take(arena, model->count, sizeof(float), err);
		if (!update->state[i])
			return false;
	}
	for (size_t s = 0; s < graph->steps; s++) {
		const GraphStep *step = &graph->step[s];

		for (size_t k = 0; step->layer && k < step->layer->spans; k++)
			update->moved[step->layer->span[k]] = graph_step_moves(step, k);
	}
	return true;
}

void update_mask(const Update *update, float *x)
{
	if (update->model->mask)
		train_mask(update->graph->features, x, update->model->mask, update->model->count);
}

/* Gradient and step in one pass, where nothing must look at the whole gradient in between. */
static bool update_fuses(const Update *update)
{
	return optimizer_is_adam(&update->options->optimizer) && update->options->clip == 0 &&
	       !update->model->mask;
}

static void update_clip(const Update *update)
{
	uint32_t features = update->graph->features;
	float *grad = update->graph->grad;
	size_t n = update->model->count; /* gradients of what is not trained, and padding, are 0 */
	float scale =
		optimizer_clip(optimizer_square_sum(features, grad, n), update->options->clip);

	if (scale < 1)
		optimizer_scale(features, grad, n, scale);
}

/* A thread's share of each span. */
static void update_task(void *user, unsigned part, unsigned parts)
{
	const Update *update = user;
	const Model *model = update->model;
	const OptimizerRow *row = &optimizers[update->options->optimizer.kind];
	bool fuses = update_fuses(update);

	for (size_t i = 0; i < model->spans; i++) {
		const Span *span = &model->span[i];
		float *state[OPTIMIZER_STATES_MAX];
		size_t begin, end;

		if (!span->trained || (fuses && update->moved[i]))
			continue;
		pool_share(span->rows * span->cols, UPDATE_GRAIN, part, parts, &begin, &end);
		if (begin == end)
			continue;
		begin += span->offset;
		end += span->offset;
		for (unsigned k = 0; k < row->states; k++)
			state[k] = update->state[k] + begin;
		row->run(update->graph->features, &update->step, model->params + begin, state,
			 update->graph->grad + begin, end - begin);
	}
}

void update_run(Update *update, size_t n, uint64_t step)
{
	const FitOptions *options = update->options;
	Graph *graph = update->graph;
	float lr = schedule_lr(&update->schedule, step, update->steps);
	GraphAdam adam = { .m = update->state[0], .v = update->state[1] };
	bool fuses = update_fuses(update);

	update->step = optimizer_step(&options->optimizer, lr, step + 1);
	adam.step = update->step.adam;
	graph_gradient(graph, n, fuses ? &adam : NULL);
	update_mask(update, graph->grad);
	if (options->clip > 0)
		update_clip(update);
	if (!fuses && pool_worth(graph->pool, UPDATE_COST * (uint64_t)update->model->count))
		pool_run(graph->pool, update_task, update);
	else
		update_task(update, 0, 1);
	/* A weight that was pruned between two steps still has its momentum. */
	update_mask(update, update->model->params);
}
