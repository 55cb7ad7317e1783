/* Which kernel each layer runs by: forced by the script or by an earlier trial, else as the cache
 * of this machine has it, else chosen by measuring here; or by a fixed cost table. What was chosen,
 * and why, is a lowering record.
 * SPDX-License-Identifier: MIT */
#include "trial/lowering.h"

#include <string.h>

#include "base/text.h"
#include "model/fold.h"
#include "num/cpu.h"

/* Cost of one sparse multiply-add in dense ones, from the break-even points that were measured on
 * AVX-512: 50 to 65 % of zeros at batch 64, about 90 % at batch 1. */
#define LOWER_CSR_COST_BATCH 2.2
#define LOWER_CSR_COST_SINGLE 9.0
#define LOWER_BATCH_MIN 16

/* A forced form is called slower than dense when it is by more than noise. */
#define LOWER_SLOWER 1.03

KernelOp lowering_op(const Model *model, size_t at)
{
	return model->layer[model->weighted_layer[at]].conv.filters ? KERNEL_CONV : KERNEL_LINEAR;
}

static bool lowering_runs(const Lowering *lowering, size_t at, KernelForm form)
{
	return kernel_pick(lowering_op(lowering->model, at), form, lowering->options.batch,
			   &lowering->options.wish);
}

bool lowering_suits(const Lowering *lowering, size_t at, KernelForm form)
{
	const Model *model = lowering->model;

	if (!lowering_runs(lowering, at, form))
		return false;
	if (model_reads_sparse(model, at))
		return form == KERNEL_ROWS_CSR;
	switch (form) {
	case KERNEL_CSR:
	case KERNEL_BLOCK:
		return model->mask;
	case KERNEL_INT8:
		return model->quant;
	case KERNEL_DENSE:
		return true;
	case KERNEL_BF16:
	case KERNEL_ROWS_CSR:
	case KERNEL_FORMS:
		break;
	}
	return false;
}

KernelForm lowering_plain(const Model *model, size_t at)
{
	return model_reads_sparse(model, at) ? KERNEL_ROWS_CSR : KERNEL_DENSE;
}

/* --- by the table ----------------------------------------------------------------------------- */

static bool table_sparse(const Lowering *lowering, size_t at, double cost)
{
	size_t n, kept = 0;
	LinearQuant quant;
	Linear linear;

	model_weights(lowering->model, at, &linear, &quant);
	n = linear.in * linear.out;
	for (size_t i = 0; i < n; i++)
		kept += linear.w[i] != 0;
	return (double)kept * cost < (double)n;
}

static void choose_table(Lowering *lowering)
{
	ProgramOptions *options = &lowering->options;
	double cost =
		options->batch >= LOWER_BATCH_MIN ? LOWER_CSR_COST_BATCH : LOWER_CSR_COST_SINGLE;

	for (size_t i = 0; i < lowering->model->weighted; i++) {
		options->form[i] = lowering_plain(lowering->model, i);
		if (lowering_suits(lowering, i, KERNEL_INT8))
			options->form[i] = KERNEL_INT8;
		else if (lowering_suits(lowering, i, KERNEL_CSR) && table_sparse(lowering, i, cost))
			options->form[i] = KERNEL_CSR;
	}
	if (lowering->model->quant)
		text_format(lowering->why, sizeof lowering->why, "the model is quantized");
	else if (!lowering->model->mask)
		text_format(lowering->why, sizeof lowering->why, "no weight is pruned");
	else
		text_format(lowering->why, sizeof lowering->why,
			    "by the cost table: a sparse multiply-add counts as %.1f dense ones",
			    cost);
}

/* --- as it was chosen before ------------------------------------------------------------------ */

/* Names of kernels or, in older plans, of forms; false when they do not fit, as those of another
 * network. A kernel that is not made for this batch stands for its form. */
static bool choose_named(Lowering *lowering, const json_t *names)
{
	ProgramOptions options = lowering->options;

	if (json_array_size(names) != lowering->model->weighted)
		return false;
	for (size_t i = 0; i < lowering->model->weighted; i++) {
		const char *name = json_string_value(json_array_get(names, i));
		const Kernel *kernel = name ? kernel_find(name) : NULL;

		if (kernel && kernel->op != lowering_op(lowering->model, i))
			return false;
		if (!name || (!kernel && !kernel_form_find(name, &options.form[i])))
			return false;
		if (kernel)
			options.form[i] = kernel->form;
		if (!lowering_suits(lowering, i, options.form[i]))
			return false;
		if (kernel && kernel_fits(kernel, options.batch, &options.wish))
			options.kernel[i] = kernel;
	}
	lowering->options = options;
	return true;
}

/* Whether choices of the cache hold: not where the command line asks for kernels. */
static bool cache_holds(const Trial *trial)
{
	if (trial->wish.features != cpu_features())
		return false;
	for (size_t op = 0; op < KERNEL_OPS; op++)
		for (size_t form = 0; form < KERNEL_FORMS; form++)
			if (trial->wish.forced[op][form])
				return false;
	return true;
}

static bool choose_auto(Lowering *lowering, Err *err)
{
	const Trial *trial = lowering->trial;

	if (choose_named(lowering, json_object_get(trial->choices, trial->arm))) {
		text_format(lowering->why, sizeof lowering->why,
			    "as an earlier trial of this arm chose");
		return true;
	}
	if (trial->rule == LOWER_TABLE) {
		choose_table(lowering);
		return true;
	}
	if (cache_holds(trial))
		lowering_key(lowering, lowering->key);
	if (lowering->key[0] &&
	    choose_named(lowering, json_object_get(trial->cache, lowering->key))) {
		text_format(lowering->why, sizeof lowering->why,
			    "as measured on this machine before (cached)");
		return true;
	}
	return lowering_measure(lowering, err);
}

/* --- forced ----------------------------------------------------------------------------------- */

/* All layers in this form; those for which it has no kernel run dense, if there are others. */
static bool choose_form(Lowering *lowering, KernelForm form, Err *err)
{
	size_t layers = lowering->model->weighted, dense = 0;
	size_t len;

	for (size_t i = 0; i < layers; i++) {
		KernelForm plain = lowering_plain(lowering->model, i);
		bool runs = form == plain || form == KERNEL_DENSE ||
			    (plain == KERNEL_DENSE && lowering_runs(lowering, i, form));

		lowering->options.form[i] = runs ? form : plain;
		dense += !runs;
	}
	if (dense == layers && form != KERNEL_DENSE)
		return err_set(err, ERR_ARGUMENT, "no %s kernel runs here for this model",
			       kernel_form_name(form));
	len = text_format(lowering->why, sizeof lowering->why, "forced by kernel = \"%s\"",
			  kernel_form_name(form));
	if (dense > 0)
		text_format(lowering->why + len, sizeof lowering->why - len,
			    "; %zu of %zu layers have no such kernel and run dense", dense, layers);
	return true;
}

/* A forced form may lose; then the record says so. */
static bool note_if_slower(Lowering *lowering, Err *err)
{
	size_t len = strlen(lowering->why);
	double time_ns, dense_ns;

	if (!lowering_against_dense(lowering, &time_ns, &dense_ns, err))
		return false;
	if (time_ns > 1e18) /* not worth timing whole */
		text_format(lowering->why + len, sizeof lowering->why - len,
			    "; far slower than dense here");
	else if (time_ns > LOWER_SLOWER * dense_ns)
		text_format(lowering->why + len, sizeof lowering->why - len,
			    "; slower than dense here: %.1f us a batch, all dense %.1f us",
			    time_ns / 1e3, dense_ns / 1e3);
	return true;
}

static bool choose(Lowering *lowering, const char *form, Err *err)
{
	KernelForm forced;

	if (strcmp(form, "auto") == 0 && lowering->model->weighted == 0) {
		text_format(lowering->why, sizeof lowering->why,
			    "no layer has a choice of kernels");
		return true;
	}
	if (strcmp(form, "auto") == 0)
		return choose_auto(lowering, err);
	if (!kernel_form_find(form, &forced))
		return err_set(err, ERR_ARGUMENT,
			       "unknown kernel '%s': use auto, dense, csr, int8, block or bf16",
			       form);
	if (!choose_form(lowering, forced, err))
		return false;
	return forced == KERNEL_DENSE || lowering->trial->rule != LOWER_MEASURED ||
	       note_if_slower(lowering, err);
}

/* --- the record ------------------------------------------------------------------------------- */

static bool lowering_put(const Lowering *lowering, const Program *program, Err *err)
{
	const Trial *trial = lowering->trial;
	json_t *record = record_new("lowering", record_out_origin(trial->out));
	json_t *forms = json_array(), *names = json_array();

	for (size_t i = 0; i < lowering->model->weighted; i++) {
		json_array_append_new(forms,
				      json_string(kernel_form_name(program_form(program, i))));
		json_array_append_new(names, json_string(program_kernel(program, i)->info.name));
	}
	json_object_set_new(record, "arm", json_string(trial->arm));
	trial_put_condition(trial, record);
	json_object_set_new(record, "batch", json_integer((json_int_t)program_batch(program)));
	json_object_set_new(record, "forms", forms);
	json_object_set_new(record, "kernels", names);
	json_object_set_new(record, "steps", program_steps_json(program));
	json_object_set_new(record, "why", json_string(lowering->why));
	if (lowering->measured && lowering->key[0])
		json_object_set_new(record, "key", json_string(lowering->key));
	return record_out_put(trial->out, record, err);
}

static Program *lower_folded(Lowering *lowering, const char *form, Err *err)
{
	Program *program = choose(lowering, form, err)
				   ? program_new(lowering->model, &lowering->options, err)
				   : NULL;

	if (program && !lowering_put(lowering, program, err)) {
		program_free(program);
		return NULL;
	}
	return program;
}

Program *trial_lower(Trial *trial, const Model *model, const char *form, size_t batch, Err *err)
{
	Lowering lowering = { .trial = trial, .model = model };
	Model *folded = NULL;

	lowering.options =
		(ProgramOptions){ .batch = batch, .wish = trial->wish, .pool = trial->pool };
	if (model_folds(model)) {
		folded = model_fold(model, err);
		if (!folded)
			return NULL;
		lowering.model = folded;
	}
	Program *program = lower_folded(&lowering, form, err);

	model_free(folded);
	return program;
}

Program *trial_lower_alone(const Trial *trial, const Model *model, const char *form, size_t batch,
			   Err *err)
{
	Trial alone = *trial;

	alone.pool = NULL;
	return trial_lower(&alone, model, form, batch, err);
}
