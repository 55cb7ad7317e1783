/* Trees of bytes: on rows of bytes a threshold is a byte too, so a split takes 8 bytes instead of
 * 16, the classes of a leaf a byte each instead of four, and rows are read as they lie in the
 * dataset.
 * SPDX-License-Identifier: MIT */
#include "model/trees/bytes.h"
#include "technique/technique.h"
#include "technique/trees.h"

static bool byte_trees_check(const Model *model, Err *err)
{
	return model->form == DATASET_BYTES ||
	       err_set(err, ERR_ARGUMENT,
		       "the %s was fitted on rows of %s; thresholds are bytes only where the "
		       "features are",
		       model->kind->info.name, dataset_form_name(model->form));
}

static Model *byte_trees_apply(const Model *model, const Params *params, FitWatch *watch,
			       Control *control, Err *err)
{
	Model *after = NULL;
	TreesView view;

	(void)params;
	(void)watch; /* nothing is trained */
	(void)control;
	if (technique_trees(&view, model, err) && byte_trees_check(model, err))
		after = model_dup(model, err);
	if (after && bytes_model(after, &view, err))
		return after;
	model_free(after);
	err_prefix(err, "byte-trees");
	return NULL;
}

static const Param byte_trees_params[] = { { 0 } };

const Technique technique_byte_trees = {
	.info = { .name = "byte-trees",
		  .title = "8-bit trees",
		  .about = "Makes thresholds and shares of classes bytes, for rows of bytes.",
		  .params = byte_trees_params },
	.apply = byte_trees_apply,
	.form = KERNEL_DENSE,
};
