/* What the techniques of trees share.
 * SPDX-License-Identifier: MIT */
#include "technique/trees.h"

bool technique_trees(TreesView *out, const Model *model, Err *err)
{
	if (model->layers == 0)
		return err_set(err, ERR_ARGUMENT, "the %s is not fitted yet: fit it first",
			       model->kind->info.name);
	return trees_view(out, model) ||
	       err_set(err, ERR_ARGUMENT, "a %s ('%s') has no trees with f32 thresholds",
		       model->kind->info.name, model->layer[0].text);
}

bool technique_rows(const Model *model, const Rows *rows, const char *name, Err *err)
{
	const Dataset *set = rows->set;
	size_t outputs = model_outputs(model), classes = outputs > 1 ? outputs : 2;

	if (rows->test)
		return err_set(err, ERR_ARGUMENT,
			       "%s holds test rows of %s; use training or validation rows", name,
			       set->name);
	if (rows->count == 0 || set->features != model_inputs(model))
		return err_set(err, ERR_ARGUMENT,
			       "%s has %zu rows of %zu features; the model takes %zu features",
			       name, rows->count, set->features, model_inputs(model));
	if (set->form != model->form)
		return err_set(err, ERR_ARGUMENT,
			       "the model was fitted on rows of %s, but %s has rows of %s",
			       dataset_form_name(model->form), name, dataset_form_name(set->form));
	if (set->form == DATASET_BYTES && set->byte_scale != model->input_scale)
		return err_set(err, ERR_ARGUMENT,
			       "%s is scaled by %g, but the model was fitted on data scaled by %g",
			       name, (double)set->byte_scale, (double)model->input_scale);
	if (model->numbers ? set->classes != 0 : set->classes != classes)
		return err_set(err, ERR_ARGUMENT, "%s has %zu classes; the model has %zu", name,
			       set->classes, model->numbers ? 0 : classes);
	return true;
}

double technique_loss(const Model *model, const Rows *rows, size_t i, const float *outputs)
{
	size_t n = model_outputs(model), best = 0;

	if (model->numbers) {
		double d = (double)outputs[0] - (double)rows_target(rows, i);

		return d * d;
	}
	for (size_t c = 1; c < n; c++)
		best = outputs[c] > outputs[best] ? c : best;
	if (n == 1)
		best = outputs[0] > model->border;
	return rows_label(rows, i) != best;
}
