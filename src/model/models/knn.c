/* k nearest neighbours: fitting is keeping the rows, in the form in which they are searched.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/model.h"
#include "model/neighbours/condense.h"
#include "model/neighbours/fitted.h"
#include "num/cpu.h"

#define BLOCK 256 /* rows between two looks at control */

typedef enum KnnForm { KNN_AUTO, KNN_F32, KNN_BYTES, KNN_INT8 } KnnForm;
enum { KNN_ALL, KNN_CONDENSED };

/* A fit's own: what becomes the layer's spans. */
typedef struct Knn {
	Model *model;
	const Rows *rows;
	Neighbours like; /* offset, scale, form, features; count once it is known */
	float *x;        /* (BLOCK, features) */
	uint8_t *room;
	uint32_t *kept; /* positions of the references; NULL: all rows */
	uint32_t cpu;
} Knn;

/* --- the form --------------------------------------------------------------------------------- */

static bool knn_form(Knn *knn, Err *err)
{
	KnnForm form = (KnnForm)model_setting(knn->model, "form")->choice;
	const Dataset *set = knn->rows->set;
	bool bytes = set->form == DATASET_BYTES;

	if (form == KNN_BYTES && !bytes)
		return err_set(err, ERR_ARGUMENT,
			       "fit: form = \"bytes\" is exact and needs rows of bytes, but %s has "
			       "floats; use \"int8\", which rounds them, or \"f32\"",
			       set->name);
	if (form == KNN_AUTO)
		form = bytes && set->features <= BYTES_FEATURES_MAX ? KNN_BYTES : KNN_F32;
	knn->like.form = form == KNN_F32 ? NEIGHBOURS_F32 : NEIGHBOURS_BYTES;
	knn->like.features = set->features;
	if (knn->like.form == NEIGHBOURS_BYTES && set->features > BYTES_FEATURES_MAX)
		return err_set(err, ERR_ARGUMENT,
			       "fit: %zu features are more than the %d that bytes take; use form = "
			       "\"f32\"",
			       set->features, BYTES_FEATURES_MAX);
	return true;
}

/* Sums, least and largest value of each feature: offset, low, high. */
static bool knn_ranges(Knn *knn, double *sum, float *low, float *high, Control *control, Err *err)
{
	size_t features = knn->like.features, count = knn->rows->count;

	for (size_t at = 0; at < count; at += BLOCK) {
		size_t n = count - at < BLOCK ? count - at : BLOCK;

		if (!control_poll(control, err))
			return false;
		rows_floats(knn->rows, at, n, knn->x);
		for (size_t row = 0; row < n; row++) {
			const float *x = knn->x + row * features;
			bool first = at + row == 0;

			for (size_t f = 0; f < features; f++) {
				sum[f] += (double)x[f];
				low[f] = first || x[f] < low[f] ? x[f] : low[f];
				high[f] = first || x[f] > high[f] ? x[f] : high[f];
			}
		}
	}
	return true;
}

/* A mean on a grid that is coarse against the range: what is on a finer grid (whole numbers) loses
 * nothing when it is subtracted, so equal distances stay equal. */
static float knn_center(double mean, float range)
{
	float step;

	if (!(range > 0) || !isfinite(range))
		return (float)mean;
	step = exp2f(floorf(log2f(range)) - 2);
	return rintf((float)mean / step) * step;
}

/* Distances stay what they are when every feature has the same scale, and an offset of its own. */
static bool knn_offset(Knn *knn, float *offset, Arena *arena, Control *control, Err *err)
{
	size_t features = knn->like.features;
	double *sum = arena_take(arena, features, sizeof *sum, err);
	float *low = arena_take(arena, features, sizeof *low, err);
	float *high = arena_take(arena, features, sizeof *high, err);

	knn->like.offset = offset;
	knn->like.scale = 1;
	if (knn->like.form == NEIGHBOURS_BYTES && knn->rows->set->form == DATASET_BYTES) {
		knn->like.scale = knn->rows->set->byte_scale;
		return true;
	}
	if (!sum || !low || !high || !knn_ranges(knn, sum, low, high, control, err))
		return false;
	for (size_t f = 0; f < features; f++)
		offset[f] =
			knn->like.form == NEIGHBOURS_BYTES
				? low[f]
				: knn_center(sum[f] / (double)knn->rows->count, high[f] - low[f]);
	if (knn->like.form == NEIGHBOURS_BYTES)
		knn->like.scale = neighbours_byte_scale(low, high, features);
	return true;
}

/* --- references ------------------------------------------------------------------------------- */

static bool knn_condense(Knn *knn, Arena *arena, Pool *pool, Control *control, Err *err)
{
	knn->like.count = knn->rows->count;
	if (model_setting(knn->model, "condense")->choice == KNN_ALL)
		return true;
	if (!knn->rows->set->classes)
		return err_set(err, ERR_ARGUMENT,
			       "fit: condensing is for classes, but %s has numbers to predict",
			       knn->rows->set->name);
	knn->kept = arena_take(arena, knn->rows->count, sizeof *knn->kept, err);
	return knn->kept && neighbours_condense(&knn->like, knn->rows, pool, knn->kept,
						&knn->like.count, control, err);
}

static bool knn_restart(Knn *knn, Err *err)
{
	const NeighboursFitted like = {
		.form = knn->like.form,
		.count = knn->like.count,
		.features = knn->like.features,
		.k = (size_t)model_setting(knn->model, "k")->integer,
		.classes = knn->rows->set->classes,
		.by_distance = model_setting(knn->model, "weights")->choice,
	};

	return neighbours_restart(knn->model, &like, err) || err_prefix(err, "fit");
}

static void *knn_span(Knn *knn, size_t at)
{
	return neighbours_span(knn->model, at);
}

static void knn_answers(Knn *knn, size_t at, size_t n)
{
	const Rows *rows = knn->rows;

	for (size_t i = at; i < at + n; i++) {
		size_t position = knn->kept ? knn->kept[i] : i;

		if (rows->set->classes)
			((uint16_t *)knn_span(knn, NEIGHBOURS_ANSWER))[i] =
				rows_label(rows, position);
		else
			((float *)knn_span(knn, NEIGHBOURS_ANSWER))[i] =
				rows_target(rows, position);
	}
}

/* n rows from `position` on become references from `at` on. */
static void knn_rows(Knn *knn, size_t at, size_t position, size_t n)
{
	const Rows *rows = knn->rows;
	size_t features = rows->set->features;
	uint8_t *bytes = (uint8_t *)knn_span(knn, NEIGHBOURS_TABLE) + at * features;

	if (knn->like.form == NEIGHBOURS_F32) {
		rows_floats(rows, position, n,
			    (float *)knn_span(knn, NEIGHBOURS_TABLE) + at * features);
		return;
	}
	if (rows->set->form == DATASET_BYTES) {
		rows_bytes(rows, position, n, bytes, NULL);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		rows_floats(rows, position + i, 1, knn->x);
		neighbours_bytes(&knn->like, knn->x, knn->room, knn->cpu);
		memcpy(bytes + i * features, knn->room, features);
	}
}

static void knn_set(Knn *knn, size_t at, size_t n)
{
	knn_answers(knn, at, n);
	for (size_t i = at; knn->kept && i < at + n; i++)
		knn_rows(knn, i, knn->kept[i], 1);
	if (!knn->kept)
		knn_rows(knn, at, at, n);
}

/* Spans in the order of the layer: table, label or target, offset, scale. */
static bool knn_fill(Knn *knn, Control *control, Err *err)
{
	size_t count = knn->like.count;

	memcpy(knn_span(knn, NEIGHBOURS_OFFSET), knn->like.offset,
	       knn->rows->set->features * sizeof(float));
	if (knn->like.form == NEIGHBOURS_BYTES)
		*(float *)knn_span(knn, NEIGHBOURS_SCALE) = knn->like.scale;
	for (size_t at = 0; at < count; at += BLOCK) {
		if (!control_poll(control, err))
			return false;
		knn_set(knn, at, count - at < BLOCK ? count - at : BLOCK);
	}
	return true;
}

static bool knn_steps(Knn *knn, Arena *arena, Pool *pool, Control *control, Err *err)
{
	size_t features = knn->rows->set->features;
	float *offset = arena_take(arena, features, sizeof *offset, err);

	knn->x = arena_take(arena, BLOCK * features, sizeof *knn->x, err);
	knn->room = arena_take(arena, 1, neighbours_room(features), err);
	return offset && knn->x && knn->room && knn_form(knn, err) &&
	       knn_offset(knn, offset, arena, control, err) &&
	       knn_condense(knn, arena, pool, control, err) && knn_restart(knn, err) &&
	       knn_fill(knn, control, err);
}

static bool knn_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
		    Control *control, Err *err)
{
	Knn knn = { .model = model, .rows = train, .cpu = cpu_features() };
	int64_t begin_ns = clock_now_ns();
	Arena *arena = arena_new(0, err);
	bool fine = arena && knn_steps(&knn, arena, options->pool, control, err);
	FitEpoch report = { .epoch = 1,
			    .epochs = 1,
			    .loss = NAN,
			    .accuracy = NAN,
			    .valid_loss = NAN,
			    .valid_accuracy = NAN };

	arena_free(arena);
	if (!fine)
		return false;
	report.time_s = (double)(clock_now_ns() - begin_ns) / 1e9;
	model->steps++;
	return !watch || watch->epoch(watch, &report, err);
}

static const char *const knn_fit_keys[] = { NULL };

static const Param knn_params[] = {
	NEIGHBOURS_PARAM_K,
	NEIGHBOURS_PARAM_WEIGHTS,
	{ .name = "form",
	  .type = PARAM_CHOICE,
	  .value = "auto",
	  .choices = "auto|f32|bytes|int8",
	  .help = "How rows are kept: bytes is exact for rows of bytes; int8 rounds floats to 8 "
		  "bits, a quarter of the size and approximate; auto takes bytes, else f32." },
	{ .name = "condense",
	  .type = PARAM_CHOICE,
	  .value = "none",
	  .choices = "none|cnn",
	  .help = "Keep all rows, or only those that Hart's condensed nearest neighbours (1968) "
		  "needs to classify the training rows." },
	{ 0 },
};

const ModelKind model_knn = {
	.info = { .name = "knn",
		  .title = "k nearest neighbours",
		  .about = "Keeps the training rows and lets the k nearest of them vote.",
		  .params = knn_params },
	.takes = MODEL_NUMBERS,
	.by_data = true,
	.fit_keys = knn_fit_keys,
	.fit = knn_fit,
};
