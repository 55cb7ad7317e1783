/* Votes of the nearest of the rows that the layer holds (Fix and Hodges 1951).
 * SPDX-License-Identifier: MIT */
#include "model/neighbours/neighbours.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "model/model.h"
#include "model/neighbours/bounds.h"
#include "model/neighbours/fitted.h"

/* What a program holds. */
typedef struct Packed {
	Neighbours n;         /* without table and norm where there are bounds */
	const Bounds *bounds; /* NULL: all references are measured */
	const void *answer;
} Packed;

static size_t neighbours_features(const Layer *layer)
{
	return shape_size(layer->in);
}

/* Its sizes, without numbers. */
static Neighbours neighbours_view(const Layer *layer)
{
	return (Neighbours){ .form = (NeighboursForm)layer->own[NEIGHBOURS_OWN_FORM],
			     .count = layer->own[NEIGHBOURS_OWN_COUNT],
			     .features = neighbours_features(layer) };
}

/* --- shape ------------------------------------------------------------------------------------ */

static bool neighbours_add_spans(Layer *layer, Model *model, size_t classes, Err *err)
{
	NeighboursForm form = (NeighboursForm)layer->own[NEIGHBOURS_OWN_FORM];
	size_t features = neighbours_features(layer), count = layer->own[NEIGHBOURS_OWN_COUNT];

	if (form == NEIGHBOURS_BYTES
		    ? !layer_add_integers(layer, model, "table", SPAN_U8, count, features, err)
		    : !layer_add_span(layer, model, "table", count, features, false, false, err))
		return false;
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

	layer->own[NEIGHBOURS_OWN_COUNT] = (size_t)params_get(params, "references")->integer;
	layer->own[NEIGHBOURS_OWN_K] = (size_t)params_get(params, "k")->integer;
	layer->own[NEIGHBOURS_OWN_FORM] = (size_t)params_get(params, "form")->choice;
	layer->own[NEIGHBOURS_OWN_VOTES] =
		(params_get(params, "weights")->choice ? NEIGHBOURS_BY_DISTANCE : 0u) |
		(classes == 0 ? NEIGHBOURS_NUMBERS : 0u);
	if (layer->own[NEIGHBOURS_OWN_K] > layer->own[NEIGHBOURS_OWN_COUNT])
		return err_set(err, ERR_ARGUMENT, "k is %zu, but there are only %zu references",
			       layer->own[NEIGHBOURS_OWN_K], layer->own[NEIGHBOURS_OWN_COUNT]);
	if (layer->own[NEIGHBOURS_OWN_FORM] == NEIGHBOURS_BYTES &&
	    neighbours_features(layer) > BYTES_FEATURES_MAX)
		return err_set(err, ERR_ARGUMENT,
			       "%zu features are more than the %d that form=bytes takes; use "
			       "form=f32",
			       neighbours_features(layer), BYTES_FEATURES_MAX);
	layer->out = (Shape){ classes > 0 ? classes : 1, 1, 1 };
	return neighbours_add_spans(layer, model, classes, err);
}

/* --- what a file holds ------------------------------------------------------------------------ */

static bool neighbours_check(const Layer *layer, const Model *model, Err *err)
{
	const uint16_t *label = model_span_at(model, layer->span[NEIGHBOURS_ANSWER]);
	bool labels = model->span[layer->span[NEIGHBOURS_ANSWER]].type == SPAN_U16;

	if (layer->own[NEIGHBOURS_OWN_FORM] == NEIGHBOURS_BYTES) {
		float scale = *(const float *)model_span_at(model, layer->span[NEIGHBOURS_SCALE]);

		if (!(scale > 0) || !isfinite(scale))
			return err_set(err, ERR_FORMAT, "the scale is %g, but must be above 0",
				       (double)scale);
	}
	for (size_t i = 0; labels && i < layer->own[NEIGHBOURS_OWN_COUNT]; i++)
		if (label[i] >= layer->out.channels)
			return err_set(err, ERR_FORMAT,
				       "the label of reference %zu is %u, but there are %zu "
				       "classes",
				       i, label[i], layer->out.channels);
	return true;
}

/* --- packing ---------------------------------------------------------------------------------- */

static void *pack_copy(const void *span, size_t bytes, Arena *arena, LayerPacked *out, Err *err)
{
	void *copy = arena_take(arena, bytes, 1, err);

	if (copy)
		memcpy(copy, span, bytes);
	out->bytes += bytes;
	return copy;
}

/* References side by side as bounds take them: *ld apart. */
static void *pack_rows(const Neighbours *n, const void *table, size_t *ld, Arena *arena, Err *err)
{
	bool bytes = n->form == NEIGHBOURS_BYTES;
	size_t wide = n->features, size = bytes ? 1 : sizeof(float);

	*ld = bytes ? (wide + BYTES_ALIGN - 1) / BYTES_ALIGN * BYTES_ALIGN : wide;
	void *rows = arena_take(arena, n->count * *ld, size, err);

	for (size_t row = 0; rows && row < n->count; row++) {
		if (bytes) {
			memcpy((uint8_t *)rows + row * *ld, (const uint8_t *)table + row * wide,
			       wide);
			continue;
		}
		const float *x = (const float *)table + row * wide;
		float *to = (float *)rows + row * wide;

		for (size_t i = 0; i < wide; i++)
			to[i] = x[i] - n->offset[i];
	}
	return rows;
}

/* Rows as they are, and bounds; packed->bounds stays NULL where these do not pay. */
static bool pack_bounds(const Layer *layer, const void *table, uint32_t features, Pool *pool,
			Arena *arena, Packed *packed, LayerPacked *out, Err *err)
{
	const Neighbours *n = &packed->n;
	size_t ld, size = n->form == NEIGHBOURS_BYTES ? 1 : sizeof(float);
	ArenaMark mark = arena_mark(arena);
	const void *rows = pack_rows(n, table, &ld, arena, err);

	if (!rows ||
	    !bounds_new(n->form, rows, ld, n->count, n->features, layer->own[NEIGHBOURS_OWN_K],
			BOUNDS_SHARE_MAX, features, pool, arena, &packed->bounds, err))
		return false;
	if (!packed->bounds) {
		arena_rewind(arena, mark);
		return true;
	}
	out->bytes += n->count * ld * size + packed->bounds->bytes;
	out->macs = BOUNDS_DIMS * n->features + n->count * BOUNDS_DIMS +
		    (uint64_t)(packed->bounds->share * (double)n->count) * n->features;
	return true;
}

/* Panels, for measuring all. */
static bool pack_panels(const void *table, uint32_t features, Arena *arena, Packed *packed,
			LayerPacked *out, Err *err)
{
	Neighbours *n = &packed->n;
	size_t panels = neighbours_panels(n->form, n->count), places;
	size_t panel = neighbours_panel_size(n->form, n->features);
	size_t size = n->form == NEIGHBOURS_BYTES ? 1 : sizeof(float);
	NeighboursTable to = { arena_take(arena, panels, panel * size, err), NULL };

	places = panels * neighbours_panel(n->form);
	to.norm = to.table ? arena_take(arena, places, sizeof(float), err) : NULL;
	if (!to.norm)
		return false;
	for (size_t row = 0; row < n->count; row++) {
		if (n->form == NEIGHBOURS_BYTES)
			neighbours_set_bytes(n, to, row, (const uint8_t *)table + row * n->features,
					     features);
		else
			neighbours_set_floats(n, to, row, (const float *)table + row * n->features);
	}
	neighbours_set_none(n->form, to.norm, n->count, places);
	n->table = to.table;
	n->norm = to.norm;
	out->bytes += panels * panel * size + places * sizeof(float);
	out->macs = n->count * n->features;
	return true;
}

static bool neighbours_pack(const Layer *layer, const Model *model, uint32_t features, Pool *pool,
			    Arena *arena, LayerPacked *out, Err *err)
{
	const Span *answer = &model->span[layer->span[NEIGHBOURS_ANSWER]];
	const void *table = model_span_at(model, layer->span[NEIGHBOURS_TABLE]);
	Packed *packed = arena_take(arena, 1, sizeof *packed, err);

	if (!packed)
		return false;
	packed->n = neighbours_view(layer);
	packed->n.scale = 1;
	if (packed->n.form == NEIGHBOURS_BYTES)
		packed->n.scale =
			*(const float *)model_span_at(model, layer->span[NEIGHBOURS_SCALE]);
	packed->answer = pack_copy(model_span_at(model, layer->span[NEIGHBOURS_ANSWER]),
				   answer->cols * span_size(answer->type), arena, out, err);
	packed->n.offset = pack_copy(model_span_at(model, layer->span[NEIGHBOURS_OFFSET]),
				     packed->n.features * sizeof(float), arena, out, err);
	if (!packed->answer || !packed->n.offset ||
	    (bounds_worth(packed->n.count, packed->n.features) &&
	     !pack_bounds(layer, table, features, pool, arena, packed, out, err)) ||
	    (!packed->bounds && !pack_panels(table, features, arena, packed, out, err)))
		return false;
	out->data = packed;
	return true;
}

/* --- running ---------------------------------------------------------------------------------- */

static size_t neighbours_rows(const Neighbours *n, size_t rows)
{
	size_t most = neighbours_group(n);

	return rows < most ? rows : most;
}

static size_t neighbours_scratch(const Layer *layer, size_t rows)
{
	Neighbours n = neighbours_view(layer);
	size_t group = neighbours_rows(&n, rows), bytes;

	bytes = neighbours_queries_bytes(&n, group, layer->own[NEIGHBOURS_OWN_K]) +
		layer->out.channels * sizeof(double);
	if (bounds_worth(n.count, n.features))
		bytes += BYTES_ALIGN + bounds_room(n.features, group);
	return bytes;
}

/* 1 for every neighbour; or 1/distance, and where some are at 0, those alone. */
static double neighbours_weight(const Layer *layer, const Nearest *list, size_t i)
{
	if (!(layer->own[NEIGHBOURS_OWN_VOTES] & NEIGHBOURS_BY_DISTANCE))
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
	const Packed *packed = run->packed;
	const uint16_t *label = packed->answer;
	const float *target = packed->answer;
	size_t outputs = layer->out.channels;
	bool numbers = layer->own[NEIGHBOURS_OWN_VOTES] & NEIGHBOURS_NUMBERS;
	double sum = 0;

	memset(vote, 0, outputs * sizeof *vote);
	for (size_t i = 0; i < layer->own[NEIGHBOURS_OWN_K] && list[i].row != NEAREST_NONE; i++) {
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

/* The lists of some rows, and how many references were measured for them. */
static uint64_t neighbours_lists(const LayerRun *run, size_t row, size_t rows, Queries *queries)
{
	const Packed *packed = run->packed;
	const Neighbours *n = &packed->n;
	size_t k = run->layer->own[NEIGHBOURS_OWN_K];
	uint8_t *room = (uint8_t *)run->scratch + neighbours_queries_bytes(n, rows, k);

	*queries = neighbours_queries(n, run->x + row * n->features, rows, k, run->scratch,
				      run->features);
	if (packed->bounds)
		return bounds_search(packed->bounds, queries, k, room, run->features);
	neighbours_search(n, queries, 0, run->features);
	return (uint64_t)rows * n->count;
}

static void neighbours_forward(const LayerRun *run)
{
	const Layer *layer = run->layer;
	const Packed *packed = run->packed;
	size_t group = neighbours_rows(&packed->n, run->end - run->begin),
	       k = layer->own[NEIGHBOURS_OWN_K];
	double *vote = (void *)((uint8_t *)run->scratch + neighbours_scratch(layer, group) -
				layer->out.channels * sizeof *vote);
	bool distances = layer->own[NEIGHBOURS_OWN_VOTES] & NEIGHBOURS_BY_DISTANCE;
	bool done = packed->bounds && packed->n.form == NEIGHBOURS_F32;
	Queries queries;

	for (size_t row = run->begin; row < run->end; row += group) {
		size_t rows = run->end - row < group ? run->end - row : group;

		neighbours_lists(run, row, rows, &queries);
		for (size_t i = 0; i < rows; i++) {
			Nearest *list = queries.list + i * queries.keep;

			if (!done)
				list = neighbours_measure(&packed->n, &queries, i, k, distances,
							  run->features);
			neighbours_vote(run, list, run->y + (row + i) * layer->out.channels, vote);
		}
	}
}

static uint64_t neighbours_compares(const LayerRun *run)
{
	const Packed *packed = run->packed;
	size_t group = neighbours_rows(&packed->n, run->end - run->begin);
	uint64_t count = 0;
	Queries queries;

	if (!packed->bounds)
		return (uint64_t)(run->end - run->begin) * packed->n.count;
	for (size_t row = run->begin; row < run->end; row += group)
		count += neighbours_lists(run, row, run->end - row < group ? run->end - row : group,
					  &queries);
	return count;
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
	NEIGHBOURS_PARAM_K,
	{ .name = "form",
	  .type = PARAM_CHOICE,
	  .value = "f32",
	  .choices = "f32|bytes",
	  .help = "How rows are held: as floats, or as bytes of one scale." },
	NEIGHBOURS_PARAM_WEIGHTS,
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
	.compares = neighbours_compares,
	.pack = neighbours_pack,
	.scratch_bytes = neighbours_scratch,
	.forward = neighbours_forward,
};
