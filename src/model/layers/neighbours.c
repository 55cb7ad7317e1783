/* Votes of the nearest of the rows that the layer holds (Fix and Hodges 1951).
 * SPDX-License-Identifier: MIT */
#include "model/neighbours/neighbours.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "model/model.h"

/* Layer.own, and the order of its spans. */
enum { OWN_COUNT, OWN_K, OWN_FORM, OWN_VOTES };

/* OWN_VOTES. */
enum { VOTES_DISTANCE = 1, VOTES_NUMBERS = 2 };
enum { SPAN_TABLE, SPAN_NORM, SPAN_ANSWER, SPAN_OFFSET, SPAN_SCALE };

static size_t neighbours_features(const Layer *layer)
{
	return shape_size(layer->in);
}

/* Without spans: NULL. */
static Neighbours neighbours_view(const Layer *layer, const void *const *span)
{
	Neighbours n = { .form = (NeighboursForm)layer->own[OWN_FORM],
			 .count = layer->own[OWN_COUNT],
			 .features = neighbours_features(layer) };

	if (!span)
		return n;
	n.table = span[SPAN_TABLE];
	n.norm = span[SPAN_NORM];
	n.offset = span[SPAN_OFFSET];
	n.scale = n.form == NEIGHBOURS_BYTES ? *(const float *)span[SPAN_SCALE] : 1;
	return n;
}

/* --- shape ------------------------------------------------------------------------------------ */

static bool neighbours_add_spans(Layer *layer, Model *model, size_t classes, Err *err)
{
	NeighboursForm form = (NeighboursForm)layer->own[OWN_FORM];
	size_t features = neighbours_features(layer), count = layer->own[OWN_COUNT];
	size_t panels = neighbours_panels(form, count), places = panels * neighbours_panel(form);
	size_t panel = neighbours_panel_size(form, features);

	if (form == NEIGHBOURS_BYTES) {
		if (!layer_add_integers(layer, model, "table", SPAN_U8, panels, panel, err) ||
		    !layer_add_integers(layer, model, "norm", SPAN_U32, 1, places, err))
			return false;
	} else if (!layer_add_span(layer, model, "table", panels, panel, false, false, err) ||
		   !layer_add_span(layer, model, "norm", 1, places, false, false, err)) {
		return false;
	}
	if (classes > 0 ? !layer_add_integers(layer, model, "label", SPAN_U16, 1, count, err)
			: !layer_add_span(layer, model, "target", 1, count, false, false, err))
		return false;
	return layer_add_span(layer, model, "offset", 1, features, false, false, err) &&
	       (form != NEIGHBOURS_BYTES ||
		layer_add_span(layer, model, "scale", 1, 1, false, false, err));
}

static bool neighbours_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	size_t classes = (size_t)params_get(params, "classes")->integer;

	layer->own[OWN_COUNT] = (size_t)params_get(params, "references")->integer;
	layer->own[OWN_K] = (size_t)params_get(params, "k")->integer;
	layer->own[OWN_FORM] = (size_t)params_get(params, "form")->choice;
	layer->own[OWN_VOTES] = (params_get(params, "weights")->choice ? VOTES_DISTANCE : 0u) |
				(classes == 0 ? VOTES_NUMBERS : 0u);
	if (layer->own[OWN_K] > layer->own[OWN_COUNT])
		return err_set(err, ERR_ARGUMENT, "k is %zu, but there are only %zu references",
			       layer->own[OWN_K], layer->own[OWN_COUNT]);
	if (layer->own[OWN_FORM] == NEIGHBOURS_BYTES &&
	    neighbours_features(layer) > BYTES_FEATURES_MAX)
		return err_set(err, ERR_ARGUMENT,
			       "%zu features are more than the %d that form=bytes takes; use "
			       "form=f32",
			       neighbours_features(layer), BYTES_FEATURES_MAX);
	layer->out = (Shape){ classes > 0 ? classes : 1, 1, 1 };
	return neighbours_add_spans(layer, model, classes, err);
}

/* --- what a file holds ------------------------------------------------------------------------ */

static bool neighbours_check_norms(const Neighbours *n, size_t row, Err *err)
{
	const int32_t *norm = n->norm;
	uint8_t bytes[BYTES_FEATURES_MAX];
	int32_t sum, squares;

	bytes_panel_get(n->table, n->features, row, bytes);
	bytes_sums(0, bytes, n->features, &sum, &squares);
	return norm[row] == squares - 256 * sum ||
	       err_set(err, ERR_FORMAT, "the norm of reference %zu is %d, but must be %d", row,
		       norm[row], squares - 256 * sum);
}

static bool neighbours_check(const Layer *layer, const Model *model, Err *err)
{
	const void *span[LAYER_SPANS_MAX];
	const Span *answer = &model->span[layer->span[SPAN_ANSWER]];

	for (size_t i = 0; i < layer->spans; i++)
		span[i] = model_span_at(model, layer->span[i]);
	Neighbours n = neighbours_view(layer, span);
	size_t places = neighbours_panels(n.form, n.count) * neighbours_panel(n.form);

	if (!(n.scale > 0) || !isfinite(n.scale))
		return err_set(err, ERR_FORMAT, "the scale is %g, but must be above 0",
			       (double)n.scale);
	for (size_t i = 0; i < n.count && answer->type == SPAN_U16; i++)
		if (((const uint16_t *)span[SPAN_ANSWER])[i] >= layer->out.channels)
			return err_set(err, ERR_FORMAT,
				       "the label of reference %zu is %u, but there are %zu "
				       "classes",
				       i, ((const uint16_t *)span[SPAN_ANSWER])[i],
				       layer->out.channels);
	for (size_t i = 0; i < n.count && n.form == NEIGHBOURS_BYTES; i++)
		if (!neighbours_check_norms(&n, i, err))
			return false;
	for (size_t i = n.count; i < places; i++)
		if (n.form == NEIGHBOURS_BYTES ? ((const int32_t *)n.norm)[i] != INT32_MAX
					       : !(((const float *)n.norm)[i] >= FLT_MAX))
			return err_set(err, ERR_FORMAT, "place %zu of the norms is not empty", i);
	return true;
}

/* --- running ---------------------------------------------------------------------------------- */

static uint64_t neighbours_macs(const Layer *layer, const Model *model)
{
	(void)model;
	return (uint64_t)layer->own[OWN_COUNT] * neighbours_features(layer);
}

static size_t neighbours_rows(const Neighbours *n, size_t rows)
{
	size_t most = neighbours_group(n);

	return rows < most ? rows : most;
}

static size_t neighbours_scratch(const Layer *layer, size_t rows)
{
	Neighbours n = neighbours_view(layer, NULL);

	return neighbours_queries_bytes(&n, neighbours_rows(&n, rows), layer->own[OWN_K]) +
	       layer->out.channels * sizeof(double);
}

/* 1 for every neighbour; or 1/distance, and where some are at 0, those alone. */
static double neighbours_weight(const Layer *layer, const Nearest *list, size_t i)
{
	if (!(layer->own[OWN_VOTES] & VOTES_DISTANCE))
		return 1;
	if (!(list[0].score > 0))
		return list[i].score > 0 ? 0 : 1;
	return 1 / sqrt(list[i].score);
}

/* Shares of the votes; or the mean of the targets. What found no neighbour, for it is no
 * number, has no votes. */
static void neighbours_vote(const LayerRun *run, const Nearest *list, float *y, double *vote)
{
	const Layer *layer = run->layer;
	const uint16_t *label = run->span[SPAN_ANSWER];
	const float *target = run->span[SPAN_ANSWER];
	size_t outputs = layer->out.channels;
	bool numbers = layer->own[OWN_VOTES] & VOTES_NUMBERS;
	double sum = 0;

	memset(vote, 0, outputs * sizeof *vote);
	for (size_t i = 0; i < layer->own[OWN_K] && list[i].row != NEAREST_NONE; i++) {
		double weight = neighbours_weight(layer, list, i);

		sum += weight;
		if (numbers)
			vote[0] += weight * (double)target[list[i].row];
		else
			vote[label[list[i].row]] += weight;
	}
	for (size_t c = 0; c < outputs; c++)
		y[c] = (float)(sum > 0 ? vote[c] / sum : 0);
}

static void neighbours_forward(const LayerRun *run)
{
	const Layer *layer = run->layer;
	Neighbours n = neighbours_view(layer, run->span);
	size_t group = neighbours_rows(&n, run->end - run->begin), k = layer->own[OWN_K];
	size_t bytes = neighbours_queries_bytes(&n, group, k);
	double *vote = (void *)((uint8_t *)run->scratch + bytes);
	bool distances = layer->own[OWN_VOTES] & VOTES_DISTANCE;

	for (size_t row = run->begin; row < run->end; row += group) {
		size_t rows = run->end - row < group ? run->end - row : group;
		Queries queries = neighbours_queries(&n, run->x + row * n.features, rows, k,
						     run->scratch, run->features);

		neighbours_search(&n, &queries, 0, run->features);
		for (size_t i = 0; i < rows; i++)
			neighbours_vote(run,
					neighbours_measure(&n, &queries, i, k, distances,
							   run->features),
					run->y + (row + i) * layer->out.channels, vote);
	}
}

static const Param neighbours_params[] = {
	{ .name = "classes",
	  .type = PARAM_INT,
	  .minimum = 0,
	  .maximum = DATASET_CLASSES_MAX,
	  .required = true,
	  .help = "Classes to vote for; 0: the mean of numbers." },
	{ .name = "references",
	  .type = PARAM_INT,
	  .minimum = 1,
	  .maximum = 1u << 30,
	  .unit = "rows",
	  .required = true,
	  .help = "Rows that it holds." },
	{ .name = "k",
	  .type = PARAM_INT,
	  .value = "5",
	  .minimum = 1,
	  .maximum = NEIGHBOURS_MAX,
	  .unit = "rows",
	  .help = "Neighbours that vote." },
	{ .name = "form",
	  .type = PARAM_CHOICE,
	  .value = "f32",
	  .choices = "f32|bytes",
	  .help = "How rows are held: as floats, or as bytes of one scale." },
	{ .name = "weights",
	  .type = PARAM_CHOICE,
	  .value = "uniform",
	  .choices = "uniform|distance",
	  .help = "What a vote counts: 1, or 1 divided by the distance." },
	{ 0 },
};

const LayerKind layer_neighbours = {
	.info = { .name = "neighbours",
		  .title = "nearest neighbours",
		  .about = "Finds the nearest of the rows that it holds and lets them vote.",
		  .params = neighbours_params },
	.role = LAYER_PLAIN,
	.place = LAYER_ROWS,
	.shape = neighbours_shape,
	.check = neighbours_check,
	.macs = neighbours_macs,
	.scratch_bytes = neighbours_scratch,
	.forward = neighbours_forward,
};
