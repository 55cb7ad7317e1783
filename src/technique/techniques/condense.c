/* Condensed neighbours (Hart 1968): only the references that the others need to be told right by
 * their nearest neighbour.
 *
 * What is kept is a copy of some of the model's own rows, so no data is asked for. The rule makes
 * all references right for k = 1; a larger k was not what rows were kept for.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/neighbours/condense.h"
#include "model/neighbours/fitted.h"
#include "technique/technique.h"

static bool condense_check(NeighboursFitted *of, const Model *model, Err *err)
{
	if (!neighbours_fitted(of, model))
		return err_set(err, ERR_ARGUMENT,
			       model->layers ? "a %s holds no neighbours that could be condensed"
					     : "the %s is not fitted yet: fit it first",
			       model->kind->info.name);
	if (!of->classes)
		return err_set(err, ERR_ARGUMENT,
			       "condensing is for classes, but this model predicts numbers");
	return true;
}

/* Positions of the references to keep, in the order in which they were taken. */
static bool condense_choose(const NeighboursFitted *of, uint32_t *kept, size_t *count, Arena *arena,
			    Control *control, Err *err)
{
	bool bytes = of->form == NEIGHBOURS_BYTES;
	const float *zero = arena_take(arena, of->features, sizeof *zero, err);
	/* Only read. */
	Dataset set = { .name = "references",
			.form = bytes ? DATASET_BYTES : DATASET_FLOATS,
			.rows = of->count,
			.train_rows = of->count,
			.features = of->features,
			.classes = of->classes,
			.byte_scale = of->scale,
			.bytes = bytes ? (uint8_t *)(uintptr_t)of->table : NULL,
			.floats = bytes ? NULL : (float *)(uintptr_t)of->table,
			.labels = (uint16_t *)(uintptr_t)of->answer };
	const Rows rows = { .set = &set, .count = of->count };
	const Neighbours like = { .form = of->form,
				  .features = of->features,
				  .offset = bytes ? zero : of->offset, /* these are bytes already */
				  .scale = of->scale };

	return zero && neighbours_condense(&like, &rows, NULL, kept, count, control, err);
}

static void condense_fill(Model *to, const NeighboursFitted *of, const uint32_t *kept, size_t count)
{
	size_t row = of->features * (of->form == NEIGHBOURS_BYTES ? 1 : sizeof(float));
	uint8_t *table = neighbours_span(to, NEIGHBOURS_TABLE);
	uint16_t *label = neighbours_span(to, NEIGHBOURS_ANSWER);

	for (size_t i = 0; i < count; i++) {
		memcpy(table + i * row, (const uint8_t *)of->table + kept[i] * row, row);
		label[i] = ((const uint16_t *)of->answer)[kept[i]];
	}
	memcpy(neighbours_span(to, NEIGHBOURS_OFFSET), of->offset,
	       of->features * sizeof *of->offset);
	if (of->form == NEIGHBOURS_BYTES)
		*(float *)neighbours_span(to, NEIGHBOURS_SCALE) = of->scale;
}

static Model *condense_model(const Model *model, size_t k, Arena *arena, Control *control, Err *err)
{
	NeighboursFitted of, like;
	uint32_t *kept;
	Model *after;

	if (!condense_check(&of, model, err))
		return NULL;
	like = of;
	like.k = k;
	kept = arena_take(arena, of.count, sizeof *kept, err);
	if (!kept || !condense_choose(&of, kept, &like.count, arena, control, err))
		return NULL;
	after = model_dup(model, err);
	if (after && neighbours_restart(after, &like, err)) {
		condense_fill(after, &of, kept, like.count);
		after->steps = model->steps;
		return after;
	}
	model_free(after);
	return NULL;
}

static Model *condense_apply(const Model *model, const Params *params, FitWatch *watch,
			     Control *control, Err *err)
{
	Arena *arena = arena_new(0, err);
	Model *after = NULL;

	(void)watch; /* nothing is trained */
	if (arena)
		after = condense_model(model, (size_t)params_get(params, "k")->integer, arena,
				       control, err);
	arena_free(arena);
	if (!after)
		err_prefix(err, "condense");
	return after;
}

static const Param condense_params[] = {
	{ .name = "k",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 1,
	  .maximum = NEIGHBOURS_MAX,
	  .unit = "rows",
	  .help = "Neighbours that vote afterwards; rows are kept so that 1 is right on all." },
	{ 0 },
};

const Technique technique_condense = {
	.info = { .name = "condense",
		  .title = "condensed neighbours",
		  .about = "Keeps of the neighbours only those that tell all others right (Hart "
			   "1968).",
		  .params = condense_params },
	.apply = condense_apply,
	.form = KERNEL_DENSE,
};
