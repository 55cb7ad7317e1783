/* What programs are asked for: classes, scores, and how good they are.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/program_inside.h"

/* --- the rows --------------------------------------------------------------------------------- */

static const char *form_text(DatasetForm form)
{
	static const char *const texts[] = {
		[DATASET_BYTES] = "rows of bytes",
		[DATASET_FLOATS] = "rows of numbers",
		[DATASET_SPARSE] = "sparse rows",
	};

	return texts[form];
}

static bool program_check_rows(const Program *p, const Rows *rows, const char *what, Err *err)
{
	const Dataset *set = rows->set;

	if (set->features != p->inputs)
		return err_set(err, ERR_ARGUMENT,
			       "%s: the model takes %zu features, but %s has %zu", what, p->inputs,
			       set->name, set->features);
	if (set->form != p->form)
		return err_set(err, ERR_ARGUMENT, "%s: the model was fitted on %s, but %s has %s",
			       what, form_text(p->form), set->name, form_text(set->form));
	return !set->missing || model_check_values(p->kind, rows, what, err);
}

/* --- predicting ------------------------------------------------------------------------------- */

static uint16_t program_class(const Program *p, const float *logits)
{
	size_t best = 0;

	if (p->outputs == 1)
		return logits[0] > p->border;
	for (size_t i = 1; i < p->outputs; i++)
		if (logits[i] > logits[best])
			best = i;
	return (uint16_t)best;
}

static bool program_room(Program *p, size_t count, Err *err)
{
	if (count > p->classes_max) {
		uint16_t *more = realloc(p->classes, count * sizeof *more);

		if (!more)
			return err_set(err, ERR_MEMORY, "no memory for %zu predictions", count);
		p->classes = more;
		p->classes_max = count;
	}
	p->count = count;
	return true;
}

bool program_predict(Program *program, const Rows *rows, uint16_t *classes, Control *control,
		     Err *err)
{
	if (!program_check_rows(program, rows, "predict", err))
		return false;
	if (program->numbers || rows->set->targets)
		return err_set(err, ERR_ARGUMENT,
			       program->numbers ? "predict: the model predicts numbers, not classes"
						: "predict: %s has numbers to predict, not classes",
			       rows->set->name);
	if (!classes) {
		if (!program_room(program, rows->count, err))
			return false;
		classes = program->classes;
	}
	for (size_t at = 0; at < rows->count; at += program->batch) {
		size_t left = rows->count - at;
		size_t n = left < program->batch ? left : program->batch;

		if (!control_poll(control, err))
			return false;
		program_run(program, rows, at, n, program->logits);
		for (size_t i = 0; i < n; i++)
			classes[at + i] =
				program_class(program, program->logits + i * program->outputs);
	}
	return true;
}

bool program_score(Program *program, const Rows *rows, float *outputs, Control *control, Err *err)
{
	if (!program_check_rows(program, rows, "score", err))
		return false;
	for (size_t at = 0; at < rows->count; at += program->batch) {
		size_t left = rows->count - at;
		size_t n = left < program->batch ? left : program->batch;

		if (!control_poll(control, err))
			return false;
		program_run(program, rows, at, n, outputs + at * program->outputs);
	}
	return true;
}

uint64_t program_compares(Program *program, const Rows *rows, Control *control, Err *err)
{
	uint64_t compares = 0;
	const ProgramLook look = { .compares = &compares };

	if (!program_check_rows(program, rows, "compares", err))
		return 0;
	for (size_t at = 0; at < rows->count; at += program->batch) {
		size_t left = rows->count - at;

		if (!control_poll(control, err))
			return 0;
		program_look(program, rows, at, left < program->batch ? left : program->batch,
			     program->logits, &look);
	}
	return compares;
}

const uint16_t *program_classes(const Program *program, size_t *count)
{
	*count = program->count;
	return program->classes;
}

/* --- how good --------------------------------------------------------------------------------- */

double program_accuracy(const uint16_t *classes, const Rows *rows, uint8_t *hits)
{
	size_t right = 0;

	if (hits)
		memset(hits, 0, (rows->count + 7) / 8);
	for (size_t i = 0; i < rows->count; i++) {
		bool hit = classes[i] == rows->set->labels[rows_at(rows, i)];

		right += hit;
		if (hits && hit)
			hits[i / 8] |= (uint8_t)(1u << i % 8);
	}
	return rows->count ? (double)right / (double)rows->count : NAN;
}

double program_r2(const float *outputs, const Rows *rows)
{
	double mean = 0, residual = 0, total = 0;

	for (size_t i = 0; i < rows->count; i++)
		mean += (double)rows_target(rows, i);
	mean /= (double)rows->count;
	for (size_t i = 0; i < rows->count; i++) {
		double target = (double)rows_target(rows, i);

		residual += (target - (double)outputs[i]) * (target - (double)outputs[i]);
		total += (target - mean) * (target - mean);
	}
	return total > 0 ? 1 - residual / total : (double)NAN;
}
