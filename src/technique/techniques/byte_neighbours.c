/* 8-bit neighbours: references in f32 become bytes of one scale, a quarter of the size, and
 * products of integers measure them.
 *
 * byte = round((x − least) / scale), with the least value of each feature and one scale for all,
 * the widest range / 255, so that distances keep their proportions; queries are rounded alike.
 * What was made of bytes, or has no more than 256 values at equal steps, loses nothing.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "model/neighbours/fitted.h"
#include "num/cpu.h"
#include "technique/technique.h"

#define BYTES_POLL 1024 /* rows between two looks at control */

static bool bytes_check(NeighboursFitted *of, const Model *model, Err *err)
{
	if (!neighbours_fitted(of, model))
		return err_set(err, ERR_ARGUMENT,
			       model->layers ? "a %s holds no neighbours that could become bytes"
					     : "the %s is not fitted yet: fit it first",
			       model->kind->info.name);
	if (of->form == NEIGHBOURS_BYTES)
		return err_set(err, ERR_ARGUMENT, "the rows of this model are bytes already");
	if (of->features > BYTES_FEATURES_MAX)
		return err_set(err, ERR_ARGUMENT,
			       "%zu features are more than the %d that bytes take", of->features,
			       BYTES_FEATURES_MAX);
	return true;
}

static bool bytes_ranges(const NeighboursFitted *of, float *low, float *high, Control *control,
			 Err *err)
{
	const float *x = of->table;

	memcpy(low, x, of->features * sizeof *low);
	memcpy(high, x, of->features * sizeof *high);
	for (size_t row = 0; row < of->count; row++, x += of->features) {
		if (row % BYTES_POLL == 0 && !control_poll(control, err))
			return false;
		for (size_t f = 0; f < of->features; f++) {
			low[f] = x[f] < low[f] ? x[f] : low[f];
			high[f] = x[f] > high[f] ? x[f] : high[f];
		}
	}
	return true;
}

static bool bytes_fill(Model *to, const NeighboursFitted *of, Arena *arena, Control *control,
		       Err *err)
{
	float *low = neighbours_span(to, NEIGHBOURS_OFFSET);
	float *high = arena_take(arena, of->features, sizeof *high, err);
	void *room = arena_take(arena, 1, neighbours_room(of->features), err);
	uint8_t *table = neighbours_span(to, NEIGHBOURS_TABLE);
	size_t answer = of->classes ? sizeof(uint16_t) : sizeof(float);
	uint32_t cpu = cpu_features();

	if (!high || !room || !bytes_ranges(of, low, high, control, err))
		return false;
	const Neighbours n = { .form = NEIGHBOURS_BYTES,
			       .features = of->features,
			       .offset = low,
			       .scale = neighbours_byte_scale(low, high, of->features) };

	for (size_t row = 0; row < of->count; row++) {
		if (row % BYTES_POLL == 0 && !control_poll(control, err))
			return false;
		neighbours_bytes(&n, (const float *)of->table + row * of->features, room, cpu);
		memcpy(table + row * of->features, room, of->features);
	}
	*(float *)neighbours_span(to, NEIGHBOURS_SCALE) = n.scale;
	memcpy(neighbours_span(to, NEIGHBOURS_ANSWER), of->answer, of->count * answer);
	return true;
}

static Model *byte_neighbours_apply(const Model *model, const Params *params, FitWatch *watch,
				    Control *control, Err *err)
{
	Arena *arena = arena_new(0, err);
	NeighboursFitted of, like;
	Model *after = NULL;
	bool fine = arena && bytes_check(&of, model, err);

	(void)params;
	(void)watch; /* nothing is trained */
	if (fine) {
		like = of;
		like.form = NEIGHBOURS_BYTES;
		after = model_dup(model, err);
		fine = after && neighbours_restart(after, &like, err) &&
		       bytes_fill(after, &of, arena, control, err);
	}
	arena_free(arena);
	if (fine) {
		after->steps = model->steps;
		return after;
	}
	model_free(after);
	err_prefix(err, "byte-neighbours");
	return NULL;
}

static const Param byte_neighbours_params[] = { { 0 } };

const Technique technique_byte_neighbours = {
	.info = { .name = "byte-neighbours",
		  .title = "8-bit neighbours",
		  .about = "Makes the rows that nearest neighbours keep bytes, a quarter of the "
			   "size.",
		  .params = byte_neighbours_params },
	.apply = byte_neighbours_apply,
	.form = KERNEL_DENSE,
};
