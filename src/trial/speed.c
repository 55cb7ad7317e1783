/* How fast an arm is, call by call, at the batches at which people ask.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/order.h"
#include "trial/trial.h"

#define SPEED_WINDOW_NS 30000000LL /* of one batch */
#define SPEED_CALLS_MIN 5
#define SPEED_CALLS_MAX 4000

static const size_t speed_batches[] = { 1, 64, 256 };

/* The program of the same forms at another batch. */
static Program *speed_program(const Trial *trial, const Model *model, const Program *program,
			      size_t batch, Err *err)
{
	ProgramOptions options = { .batch = batch,
				   .wish = trial->wish,
				   .pool = program_pool(program) };
	for (size_t i = 0; i < model->weighted; i++)
		options.form[i] = program_form(program, i);
	return program_new(model, &options, err);
}

/* Times calls, each on the rows behind those of the call before, until the window is over; us holds
 * SPEED_CALLS_MAX. The first call, which warms up, does not count. */
static bool speed_calls(Trial *trial, Program *program, const Rows *rows, float *logits, double *us,
			size_t *calls, Err *err)
{
	size_t batch = program_batch(program), places = rows->count / batch;
	int64_t until_ns = 0;
	*calls = 0;
	for (size_t i = 0;; i++) {
		int64_t begin_ns = clock_now_ns();
		program_run(program, rows, i % places * batch, batch, logits);
		int64_t end_ns = clock_now_ns();
		if (i == 0)
			until_ns = end_ns + SPEED_WINDOW_NS;
		else
			us[(*calls)++] = (double)(end_ns - begin_ns) / 1e3;
		if (!control_poll(trial->control, err))
			return false;
		if (*calls >= SPEED_CALLS_MAX || (*calls >= SPEED_CALLS_MIN && end_ns >= until_ns))
			return true;
	}
}

/* {"batch","calls","p50_us","p99_us","items_per_s"}. */
static json_t *speed_json(size_t batch, double *us, size_t calls)
{
	double sum = 0;
	order_sort(us, calls);
	for (size_t i = 0; i < calls; i++)
		sum += us[i];
	json_t *json = json_pack("{s:I, s:I, s:f, s:f}", "batch", (json_int_t)batch, "calls",
				 (json_int_t)calls, "p50_us", order_middle(us, calls),
				 "items_per_s", (double)(calls * batch) * 1e6 / fmax(sum, 1e-3));
	if (calls >= TRIAL_P99_CALLS)
		json_object_set_new(json, "p99_us", json_real(us[calls * 99 / 100]));
	else
		record_absent(json, "p99_us", "too few calls for a 99th percentile");
	return json;
}

static json_t *speed_absent(size_t batch, const char *why)
{
	static const char *const keys[] = { "calls", "p50_us", "p99_us", "items_per_s" };
	json_t *json = json_pack("{s:I}", "batch", (json_int_t)batch);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		record_absent(json, keys[i], why);
	return json;
}

/* False only when the run is to end; what a batch cannot do is part of its JSON. */
static bool speed_of(Trial *trial, const Model *model, const Program *program, const Rows *rows,
		     size_t batch, json_t **out, Err *err)
{
	size_t calls = 0;
	if (rows->count < batch) {
		*out = speed_absent(batch, "the test rows are fewer");
		return true;
	}
	Program *at = speed_program(trial, model, program, batch, err);
	float *logits = at ? malloc(batch * program_outputs(at) * sizeof *logits) : NULL;
	double *us = malloc(SPEED_CALLS_MAX * sizeof *us);
	bool ok = true;
	if (!at)
		*out = speed_absent(batch, err->text);
	else if (!logits || !us)
		*out = speed_absent(batch, "no memory");
	else
		ok = speed_calls(trial, at, rows, logits, us, &calls, err);
	if (ok && calls)
		*out = speed_json(batch, us, calls);
	free(us);
	free(logits);
	program_free(at);
	return ok;
}

bool trial_speed(Trial *trial, const Model *model, const Program *program, const Rows *rows,
		 Err *err)
{
	json_t *record = record_new("speed", record_out_origin(trial->out)), *list = json_array();
	json_object_set_new(record, "arm", json_string(trial->arm));
	trial_put_condition(trial, record);
	json_object_set_new(record, "threads", json_integer(pool_threads(program_pool(program))));
	json_object_set_new(record, "batches", list);
	for (size_t i = 0; i < sizeof speed_batches / sizeof *speed_batches; i++) {
		json_t *json = NULL;
		if (!speed_of(trial, model, program, rows, speed_batches[i], &json, err)) {
			json_decref(record);
			return false;
		}
		json_array_append_new(list, json);
	}
	return record_out_put(trial->out, record, err);
}
