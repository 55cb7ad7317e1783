/* Inspecting: layers, then steps with their times.
 * SPDX-License-Identifier: MIT */
#include "trial/inspect.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/order.h"
#include "base/text.h"
#include "model/file.h"
#include "technique/technique.h"
#include "trial/sample.h"

#define INSPECT_REPEATS_MIN 5
#define INSPECT_REPEATS_MAX 201
#define INSPECT_BUDGET_NS 300000000

typedef struct Inspect {
	Trial *trial;
	const InspectOptions *options;
	Model *model;
	Dataset *set; /* random rows */
	Rows rows;
	float *logits;
	json_t *record;
} Inspect;

/* --- the model -------------------------------------------------------------------------------- */

static const char *get_text(const json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

bool inspect_options_from_json(InspectOptions *out, const json_t *json, Err *err)
{
	json_int_t batch = json_integer_value(json_object_get(json, "batch"));
	json_int_t seed = json_integer_value(json_object_get(json, "seed"));

	*out = (InspectOptions){
		.model = get_text(json, "model"),
		.layers = get_text(json, "layers"),
		.input = get_text(json, "input"),
		.precision = get_text(json, "precision"),
		.sparsity = json_number_value(json_object_get(json, "sparsity")),
		.program = json_is_true(json_object_get(json, "program")),
		.batch = batch > 0 ? (size_t)batch : 1,
		.seed = seed > 0 ? (uint64_t)seed : 0,
	};
	return (out->model && out->precision) ||
	       err_set(err, ERR_USAGE, "inspect: model or precision is missing");
}

static bool unknown_model(const char *name, Err *err)
{
	const char *names[64];
	char hint[TEXT_HINT_MAX];
	size_t n = 0;

	while (model_kinds[n] && n < sizeof names / sizeof *names - 1) {
		names[n] = model_kinds[n]->info.name;
		n++;
	}
	names[n] = NULL;
	return err_set(err, ERR_ARGUMENT,
		       "no model is called '%s'%s; wattle list models shows them, and a file is "
		       "written with its folder, as in ./%s",
		       name, text_did_you_mean(hint, name, names), name);
}

/* A parameter that only some kinds have: given exactly where it is needed. */
static bool set_only(Params *params, const char *name, const char *value, Err *err)
{
	const Info *info = params->info;
	bool has = false;

	for (const Param *row = info->params; row && row->name; row++)
		has |= strcmp(row->name, name) == 0;
	if (has && !value)
		return err_set(err, ERR_ARGUMENT, "%s wants --%s", info->name, name);
	if (!has && value)
		return err_set(err, ERR_ARGUMENT, "%s takes no --%s", info->name, name);
	return !has || params_set_text(params, name, value, err);
}

static Model *inspect_model(const InspectOptions *options, Err *err)
{
	const ModelKind *kind = model_kind_find(options->model);
	Params params;

	if (options->file)
		return model_load_memory(options->file, options->file_len, options->model, err);
	if (!kind) {
		unknown_model(options->model, err);
		return NULL;
	}
	if (kind->by_data) {
		err_set(err, ERR_ARGUMENT,
			"a %s has no layers before it is fitted: inspect the file of a fitted one",
			kind->info.name);
		return NULL;
	}
	if (!params_init(&params, &kind->info, err) ||
	    !set_only(&params, "layers", options->layers, err) ||
	    !set_only(&params, "input", options->input, err) ||
	    !params_set_number(&params, "seed", (double)options->seed, err))
		return NULL;
	return model_new(kind, &params, err);
}

static json_t *shape_json(Shape shape)
{
	return json_pack("[I,I,I]", (json_int_t)shape.channels, (json_int_t)shape.height,
			 (json_int_t)shape.width);
}

static json_t *layer_json(const Model *model, size_t i)
{
	const Layer *layer = &model->layer[i];
	uint64_t parameters = 0, kept = 0;

	for (size_t s = 0; s < layer->spans; s++) {
		const Span *span = &model->span[layer->span[s]];
		size_t n = span->rows * span->cols;

		parameters += n;
		for (size_t at = 0; at < n; at++)
			kept += span->type != SPAN_F32 || !model->mask ||
				model->mask[span->offset + at];
	}
	return json_pack("{s:I, s:s, s:o, s:o, s:I, s:I}", "layer", (json_int_t)(i + 1), "line",
			 layer->text, "in", shape_json(layer->in), "out", shape_json(layer->out),
			 "parameters", (json_int_t)parameters, "nonzero", (json_int_t)kept);
}

static bool put_model(Inspect *inspect, Err *err)
{
	const Model *model = inspect->model;
	json_t *record = record_new("inspect", record_out_origin(inspect->trial->out));
	json_t *layers = json_array();
	uint64_t bytes = model_file_bytes(model, err);

	inspect->record = record;
	if (!record || !layers || !bytes) {
		json_decref(layers);
		return bytes ? err_set(err, ERR_MEMORY, "inspecting a model") : false;
	}
	for (size_t i = 0; i < model->layers; i++)
		json_array_append_new(layers, layer_json(model, i));
	json_object_set_new(record, "model", json_string(inspect->options->model));
	json_object_set_new(record, "kind", json_string(model->kind->info.name));
	json_object_set_new(record, "input", shape_json(model->input));
	json_object_set_new(record, "rows", json_string(dataset_form_name(model->form)));
	json_object_set_new(record, "parameters",
			    json_integer((json_int_t)model_parameters(model)));
	json_object_set_new(record, "nonzero", json_integer((json_int_t)model_nonzero(model)));
	json_object_set_new(record, "quantized", json_boolean(model->quant != NULL));
	json_object_set_new(record, "size_bytes", json_integer((json_int_t)bytes));
	json_object_set_new(record, "layers", layers);
	return true;
}

/* --- the program ------------------------------------------------------------------------------ */

static bool take_rows(Inspect *inspect, Err *err)
{
	size_t n = inspect->options->batch;

	inspect->set = sample_dataset(inspect->model, n, inspect->options->seed, err);
	if (!inspect->set)
		return false;
	inspect->logits = malloc(n * model_outputs(inspect->model) * sizeof *inspect->logits);
	if (!inspect->logits)
		return err_set(err, ERR_MEMORY, "timing %zu rows", n);
	inspect->rows = (Rows){ .set = inspect->set, .count = n };
	return true;
}

/* The model becomes what the technique makes of it, without training. */
static bool apply(Inspect *inspect, const char *name, Err *err)
{
	const Technique *technique = technique_find(name);
	bool prune = strcmp(name, "prune") == 0;
	Params params;

	if (!params_init(&params, &technique->info, err) ||
	    (prune && (!params_set_number(&params, "epochs", 0, err) ||
		       !params_set_number(&params, "sparsity", inspect->options->sparsity, err))) ||
	    (!prune && !params_set_object(&params, "data", "rows", &inspect->rows, err)))
		return false;
	Model *model =
		technique->apply(inspect->model, &params, NULL, inspect->trial->control, err);

	if (!model)
		return false;
	model_free(inspect->model);
	inspect->model = model;
	return true;
}

/* The form in which the program runs, the model made ready for it. */
static bool choose(Inspect *inspect, const char **form, Err *err)
{
	static const char *const known[] = { "auto", "f32", "bf16", "int8", "sparse", NULL };
	const char *precision = inspect->options->precision;
	char hint[TEXT_HINT_MAX];
	size_t i = 0;

	while (known[i] && strcmp(known[i], precision) != 0)
		i++;
	*form = strcmp(precision, "f32") == 0 ? "dense" : precision;
	if (!known[i])
		return err_set(err, ERR_ARGUMENT, "no precision is called '%s'%s", precision,
			       text_did_you_mean(hint, precision, known));
	if (strcmp(precision, "int8") == 0)
		return inspect->model->quant || apply(inspect, "quantize", err);
	if (strcmp(precision, "sparse") != 0)
		return true;
	*form = "auto";
	return inspect->model->mask || apply(inspect, "prune", err);
}

/* times: (repeats, steps + 1), the last of each the whole run without looking at steps. */
static bool time_steps(Inspect *inspect, Program *program, int64_t *times, size_t *repeats,
		       Err *err)
{
	size_t steps = program_steps(program), n = inspect->rows.count;
	int64_t until_ns = clock_now_ns() + INSPECT_BUDGET_NS;

	for (*repeats = 0; *repeats < INSPECT_REPEATS_MAX; ++*repeats) {
		int64_t *row = times + *repeats * (steps + 1);

		if (!control_poll(inspect->trial->control, err))
			return false;
		if (*repeats >= INSPECT_REPEATS_MIN && clock_now_ns() > until_ns)
			break;
		program_run(program, &inspect->rows, 0, n, inspect->logits); /* warm */
		row[steps] = clock_now_ns();
		program_run(program, &inspect->rows, 0, n, inspect->logits);
		row[steps] = clock_now_ns() - row[steps];
		program_run_timed(program, &inspect->rows, 0, n, inspect->logits, row);
	}
	return true;
}

static bool put_steps(Inspect *inspect, Program *program, Err *err)
{
	size_t steps = program_steps(program), repeats;
	int64_t *times = calloc(INSPECT_REPEATS_MAX * (steps + 1), sizeof *times);
	double column[INSPECT_REPEATS_MAX];
	json_t *rows = program_steps_json(program);
	double sum_us = 0;

	if (!times || !rows || !time_steps(inspect, program, times, &repeats, err)) {
		bool memory = !times || !rows;

		free(times);
		json_decref(rows);
		return memory ? err_set(err, ERR_MEMORY, "timing a program") : false;
	}
	for (size_t i = 0; i <= steps; i++) {
		for (size_t k = 0; k < repeats; k++)
			column[k] = (double)times[k * (steps + 1) + i] / 1e3;
		order_sort(column, repeats);
		double us = order_middle(column, repeats);

		if (i == steps) {
			json_object_set_new(inspect->record, "p50_us", json_real(us));
			break;
		}
		sum_us += us;
		json_object_set_new(json_array_get(rows, i), "time_us", json_real(us));
	}
	for (size_t i = 0; i < steps; i++) {
		json_t *row = json_array_get(rows, i);
		double us = json_real_value(json_object_get(row, "time_us"));

		json_object_set_new(row, "share", json_real(sum_us > 0 ? us / sum_us : 0));
	}
	free(times);
	json_object_set_new(inspect->record, "steps", rows);
	return true;
}

static bool put_program(Inspect *inspect, Err *err)
{
	const char *form;

	if (!take_rows(inspect, err) || !choose(inspect, &form, err))
		return false;
	Program *program =
		trial_lower(inspect->trial, inspect->model, form, inspect->options->batch, err);

	if (!program)
		return false;
	json_object_set_new(inspect->record, "precision", json_string(inspect->options->precision));
	json_object_set_new(inspect->record, "batch",
			    json_integer((json_int_t)inspect->options->batch));
	json_object_set_new(inspect->record, "threads",
			    json_integer(pool_threads(inspect->trial->pool)));
	json_object_set_new(inspect->record, "macs",
			    json_integer((json_int_t)program_macs(program)));
	json_object_set_new(inspect->record, "weight_bytes",
			    json_integer((json_int_t)program_weight_bytes(program)));
	bool fine = put_steps(inspect, program, err);

	program_free(program);
	return fine;
}

bool inspect_run(Trial *trial, const InspectOptions *options, json_t **record, Err *err)
{
	Inspect inspect = { .trial = trial, .options = options };

	inspect.model = inspect_model(options, err);
	bool fine = inspect.model && put_model(&inspect, err) &&
		    (!options->program || put_program(&inspect, err));

	model_free(inspect.model);
	dataset_free(inspect.set);
	free(inspect.logits);
	if (!fine) {
		json_decref(inspect.record);
		inspect.record = NULL;
	}
	*record = inspect.record;
	return fine;
}
