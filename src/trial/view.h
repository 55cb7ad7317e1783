/* Views of a model: the numbers of a figure that shows what a trained model is like inside. A view
 * is a const ModelView in a file of its own (src/trial/views/), listed in views.am.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TRIAL_VIEW_H
#define WATTLE_TRIAL_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/control.h"
#include "base/err.h"
#include "base/info.h"
#include "model/model.h"
#include "model/program.h"

#define VIEW_VALUES_MAX 4096 /* numbers of a figure */
#define VIEW_ROWS_MAX 1000   /* that a view runs the layers of a model on */

/* All borrowed. */
typedef struct ViewWish {
	const Model *model;
	Program *program; /* made of the model */
	const Rows *rows; /* that the model is to be seen at work on */
	size_t layer;     /* index in the model, of a view of layers */
	Pool *pool;       /* NULL: one thread */
	Control *control;
} ViewWish;

typedef struct ModelView {
	Info info;
	/* Whether it can show that layer of the model; NULL: it shows the model as a whole. */
	bool (*shows)(const ViewWish *wish, size_t layer);
	/* Sets the figure's own members. ERR_ARGUMENT: what it cannot show. */
	bool (*fill)(const ViewWish *wish, json_t *out, Err *err);
} ModelView;

/* The table; ends with NULL. */
extern const ModelView *const model_views[];
const ModelView *model_view_find(const char *name);

/* Fills out with {"title", "layer", "layers": ["1 (dense 128)", …]} (only where layers are shown) and
 * what the view has. layer: from 1, of those that it can show; 0: the first. ERR_ARGUMENT when
 * the model has nothing that it could show. */
bool model_view_fill(const ModelView *view, const ViewWish *wish, size_t layer, json_t *out,
		     Err *err);

/* For views: a share, with as many digits as a figure can show. */
json_t *view_share(double share);
/* The layer is one with a weight matrix; its weights, (rows, columns). */
bool view_weights_show(const ViewWish *wish, size_t layer);
const Span *view_weights(const ViewWish *wish, const float **weights);

#endif
