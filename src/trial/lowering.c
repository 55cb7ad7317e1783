/* Which form each layer runs in: forced by the script or by an earlier trial, else chosen by
 * measuring here, else by a fixed cost table. What was chosen, and why, is a lowering record.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "trial/trial.h"

#define LOWER_REPEATS 15
/* A form must win by this much to replace another: less is noise. */
#define LOWER_GAIN 0.97

/* Cost of one sparse multiply-add in dense ones, from the break-even points that were measured on
 * AVX-512: 50 to 65 % of zeros at batch 64, about 90 % at batch 1. */
#define LOWER_CSR_COST_BATCH 2.2
#define LOWER_CSR_COST_SINGLE 9.0
#define LOWER_BATCH_MIN 16

/* Random bytes in the shape of the model's inputs, to time programs with. */
typedef struct Sample {
	Dataset set;
	Rows rows;
	float *logits;
} Sample;

static void sample_done(Sample *sample)
{
	free(sample->set.bytes);
	free(sample->set.labels);
	free(sample->logits);
}

static bool sample_init(Sample *sample, const Model *model, size_t batch, Err *err)
{
	size_t inputs = model->size[0], classes = model->size[model->layers];
	*sample = (Sample){ .set = { .rows = batch,
				     .features = inputs,
				     .classes = classes,
				     .byte_scale = model->input_scale } };
	sample->set.bytes = malloc(batch * inputs);
	sample->set.labels = calloc(batch, sizeof *sample->set.labels);
	sample->logits = malloc(batch * classes * sizeof *sample->logits);
	if (!sample->set.bytes || !sample->set.labels || !sample->logits) {
		sample_done(sample);
		return err_set(err, ERR_MEMORY, "timing %zu rows", batch);
	}
	Random random;
	random_init(&random, 1, RANDOM_SPLIT);
	for (size_t i = 0; i < batch * inputs; i++)
		sample->set.bytes[i] = (uint8_t)random_u64(&random);
	sample->rows = (Rows){ .set = &sample->set, .count = batch };
	return true;
}

static int compare_times(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* Median time of one batch, in nanoseconds; NAN and *err when the forms do not run. */
static double forms_time(const Model *model, const ProgramOptions *options, Sample *sample,
			 Control *control, Err *err)
{
	int64_t times[LOWER_REPEATS];
	Program *program = program_new(model, options, err);
	if (!program)
		return NAN;
	for (int i = -3; i < LOWER_REPEATS; i++) {
		int64_t begin_ns = clock_now_ns();
		program_run(program, &sample->rows, 0, options->batch, sample->logits);
		if (i >= 0)
			times[i] = clock_now_ns() - begin_ns;
		if (!control_poll(control, err)) {
			program_free(program);
			return NAN;
		}
	}
	program_free(program);
	qsort(times, LOWER_REPEATS, sizeof *times, compare_times);
	return (double)times[LOWER_REPEATS / 2];
}

/* From all dense, turns one layer after the other sparse and keeps what is faster. */
static bool choose_measured(Trial *trial, const Model *model, ProgramOptions *options, char *why,
			    size_t cap, Err *err)
{
	Sample sample;
	if (!sample_init(&sample, model, options->batch, err))
		return false;
	double dense = forms_time(model, options, &sample, trial->control, err), best = dense;
	/* Neighbours share a layout, so runs of sparse layers are tried from each start to the end
	 * that pays. */
	for (size_t first = 0; isfinite(best) && first < model->layers; first++) {
		ProgramOptions trial_options = *options;
		for (size_t last = first; isfinite(best) && last < model->layers; last++) {
			trial_options.form[last] = KERNEL_CSR;
			double time =
				forms_time(model, &trial_options, &sample, trial->control, err);
			if (!isfinite(time))
				best = NAN;
			else if (time < LOWER_GAIN * best) {
				best = time;
				*options = trial_options;
			}
		}
	}
	sample_done(&sample);
	if (!isfinite(best))
		return false;
	text_format(why, cap, "measured at batch %zu: %.1f us a batch, all dense %.1f us",
		    options->batch, best / 1e3, dense / 1e3);
	return true;
}

static void choose_table(const Model *model, ProgramOptions *options, char *why, size_t cap)
{
	double cost =
		options->batch >= LOWER_BATCH_MIN ? LOWER_CSR_COST_BATCH : LOWER_CSR_COST_SINGLE;
	for (size_t i = 0; i < model->layers; i++) {
		Linear linear;
		LinearQuant quant;
		model->kind->linear(model, i, &linear, &quant);
		size_t n = linear.in * linear.out, kept = 0;
		for (size_t k = 0; k < n; k++)
			kept += linear.w[k] != 0;
		options->form[i] = (double)kept * cost < (double)n ? KERNEL_CSR : KERNEL_DENSE;
	}
	text_format(why, cap, "by the cost table: a sparse multiply-add counts as %.1f dense ones",
		    cost);
}

/* The forms that an earlier trial of this arm decided; false when there are none that fit. */
static bool choose_earlier(const Trial *trial, const Model *model, ProgramOptions *options)
{
	const json_t *forms = json_object_get(trial->choices, trial->arm);
	if (json_array_size(forms) != model->layers)
		return false;
	for (size_t i = 0; i < model->layers; i++) {
		const char *name = json_string_value(json_array_get(forms, i));
		if (!name || !kernel_form_find(name, &options->form[i]))
			return false;
	}
	return true;
}

static bool choose_auto(Trial *trial, const Model *model, ProgramOptions *options, char *why,
			size_t cap, Err *err)
{
	KernelForm form = model->quant ? KERNEL_INT8 : KERNEL_DENSE;
	for (size_t i = 0; i < model->layers; i++)
		options->form[i] = form;
	if (choose_earlier(trial, model, options)) {
		text_format(why, cap, "as an earlier trial of this arm chose");
		return true;
	}
	if (model->quant || !model->mask) {
		text_format(why, cap,
			    model->quant ? "the model is quantized" : "no weight is pruned");
		return true;
	}
	if (trial->rule == LOWER_MEASURED)
		return choose_measured(trial, model, options, why, cap, err);
	choose_table(model, options, why, cap);
	return true;
}

static bool lowering_put(Trial *trial, const Model *model, const Program *program, const char *why,
			 Err *err)
{
	json_t *record = record_new("lowering", record_out_origin(trial->out));
	json_t *forms = json_array();
	for (size_t i = 0; i < model->layers; i++)
		json_array_append_new(forms,
				      json_string(kernel_form_name(program_form(program, i))));
	json_object_set_new(record, "arm", json_string(trial->arm));
	json_object_set_new(record, "batch", json_integer((json_int_t)program_batch(program)));
	json_object_set_new(record, "forms", forms);
	json_object_set_new(record, "steps", program_steps_json(program));
	json_object_set_new(record, "why", json_string(why));
	return record_out_put(trial->out, record, err);
}

Program *trial_lower(Trial *trial, const Model *model, const char *form, size_t batch, Err *err)
{
	ProgramOptions options = { .batch = batch, .wish = trial->wish, .pool = trial->pool };
	char why[256];
	KernelForm forced;
	if (strcmp(form, "auto") == 0) {
		if (!choose_auto(trial, model, &options, why, sizeof why, err))
			return NULL;
	} else if (kernel_form_find(form, &forced)) {
		for (size_t i = 0; i < model->layers; i++)
			options.form[i] = forced;
		text_format(why, sizeof why, "forced by kernel = \"%s\"", form);
	} else {
		err_set(err, ERR_ARGUMENT, "unknown kernel '%s': use auto, dense, csr or int8",
			form);
		return NULL;
	}
	Program *program = program_new(model, &options, err);
	if (program && !lowering_put(trial, model, program, why, err)) {
		program_free(program);
		return NULL;
	}
	return program;
}
