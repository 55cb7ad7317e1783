/* Choosing by measuring: candidates run in turns with the best so far, on random rows.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/order.h"
#include "base/text.h"
#include "trial/lowering.h"
#include "trial/sample.h"

#define MEASURE_PAIRS_MIN 3
#define MEASURE_PAIRS_MAX 31
/* For one candidate; a large batch is measured MEASURE_PAIRS_MIN times all the same. */
#define MEASURE_BUDGET_NS 10000000
/* A candidate that takes this many times the best on few rows is given up at once. */
#define MEASURE_HOPELESS 3.0
#define MEASURE_PROBE_ROWS 16
/* It must win by this much: less is noise. */
#define MEASURE_GAIN 0.97

/* A run is repeated until it takes so long: reading the clock takes its part of less. */
#define MEASURE_RUN_NS 20000
#define MEASURE_RUNS_MAX 64

/* Random rows to time programs with. */
typedef struct Sample {
	Dataset *set;
	Rows rows;
	float *logits;
	bool alone; /* one thread: its own time counts, whoever else wants the processor */
} Sample;

static void sample_done(Sample *sample)
{
	dataset_free(sample->set);
	free(sample->logits);
}

static bool sample_init(Sample *sample, const Lowering *lowering, Err *err)
{
	const Model *model = lowering->model;
	size_t batch = lowering->options.batch;

	*sample = (Sample){ .set = sample_dataset(model, batch, 1, err) };
	if (!sample->set)
		return false;
	sample->logits = malloc(batch * model_outputs(model) * sizeof *sample->logits);
	if (!sample->logits) {
		sample_done(sample);
		return err_set(err, ERR_MEMORY, "timing %zu rows", batch);
	}
	sample->rows = (Rows){ .set = sample->set, .count = batch };
	sample->alone = pool_threads(lowering->trial->pool) == 1;
	return true;
}

static double median(double *times, size_t n)
{
	order_sort(times, n);
	return order_middle(times, n);
}

static int64_t sample_clock_ns(const Sample *sample)
{
	return sample->alone ? clock_thread_ns() : clock_now_ns();
}

/* Time of so many runs. */
static int64_t sample_run(Program *program, const Sample *sample, size_t rows, int64_t runs)
{
	int64_t begin_ns = sample_clock_ns(sample);

	for (int64_t i = 0; i < runs; i++)
		program_run(program, &sample->rows, 0, rows, sample->logits);
	return sample_clock_ns(sample) - begin_ns;
}

/* Whether `other` is worth measuring whole, as far as few rows tell. Both are warm afterwards. */
static bool promising(Program *best, Program *other, const Sample *sample)
{
	size_t rows =
		sample->rows.count < MEASURE_PROBE_ROWS ? sample->rows.count : MEASURE_PROBE_ROWS;

	sample_run(best, sample, rows, 1);
	sample_run(other, sample, rows, 1);
	int64_t best_ns = sample_run(best, sample, rows, 1);
	int64_t other_ns = sample_run(other, sample, rows, 1);

	return (double)other_ns <= MEASURE_HOPELESS * (double)best_ns + 2000;
}

/* Median times of a batch of two programs that take turns. */
static bool compare(const Lowering *lowering, Program *best, Program *other, const Sample *sample,
		    double *best_ns, double *other_ns, Err *err)
{
	double times[2][MEASURE_PAIRS_MAX];
	int64_t until_ns = clock_now_ns() + MEASURE_BUDGET_NS;
	size_t rows = sample->rows.count;
	int64_t runs = MEASURE_RUN_NS / (sample_run(best, sample, rows, 1) + 1) + 1;
	size_t n = 0;

	runs = runs < MEASURE_RUNS_MAX ? runs : MEASURE_RUNS_MAX;
	do {
		times[0][n] = (double)sample_run(best, sample, rows, runs);
		times[1][n] = (double)sample_run(other, sample, rows, runs);
		if (!control_poll(lowering->trial->control, err))
			return false;
		n++;
	} while (n < MEASURE_PAIRS_MAX && (n < MEASURE_PAIRS_MIN || clock_now_ns() < until_ns));
	*best_ns = median(times[0], n) / (double)runs;
	*other_ns = median(times[1], n) / (double)runs;
	return true;
}

/* The search: the best so far as options and program. */
typedef struct Search {
	Lowering *lowering;
	Sample sample;
	Program *best;
	double best_ns, dense_ns;
} Search;

/* Takes the options over if they are faster. */
static bool search_try(Search *search, const ProgramOptions *options, Err *err)
{
	double best_ns, other_ns;
	Program *other = program_new(search->lowering->model, options, err);

	/* A kernel may refuse a layer: too many inputs, sums that would not fit. */
	if (!other && err->code == ERR_ARGUMENT) {
		err->code = ERR_NONE;
		return true;
	}
	if (other && !promising(search->best, other, &search->sample)) {
		program_free(other);
		return true;
	}
	if (!other || !compare(search->lowering, search->best, other, &search->sample, &best_ns,
			       &other_ns, err)) {
		program_free(other);
		return false;
	}
	if (other_ns < MEASURE_GAIN * best_ns) {
		Program *old = search->best;

		search->best = other;
		search->best_ns = other_ns;
		search->lowering->options = *options;
		other = old;
	}
	program_free(other);
	return true;
}

/* One form for all layers that it suits. */
static bool search_forms(Search *search, Err *err)
{
	const Lowering *lowering = search->lowering;
	const ProgramOptions dense = lowering->options;

	for (KernelForm form = 0; form < KERNEL_FORMS; form++) {
		ProgramOptions options = dense;
		bool any = false;

		for (size_t i = 0; form != KERNEL_DENSE && i < lowering->model->weighted; i++) {
			if (!lowering_suits(lowering, i, form))
				continue;
			options.form[i] = form;
			any = true;
		}
		if (any && !search_try(search, &options, err))
			return false;
	}
	return true;
}

/* Every kernel that a layer may run by, the others as they are. */
static bool search_layer(Search *search, size_t at, Err *err)
{
	const Lowering *lowering = search->lowering;
	size_t batch = lowering->options.batch;

	for (size_t i = 0; kernels[i]; i++) {
		const Kernel *kernel = kernels[i], *now = lowering->options.kernel[at];
		ProgramOptions options = lowering->options;

		if (!now)
			now = kernel_pick(lowering_op(lowering->model, at), options.form[at], batch,
					  &options.wish);
		if (kernel == now || kernel->op != lowering_op(lowering->model, at) ||
		    !lowering_suits(lowering, at, kernel->form) ||
		    !kernel_fits(kernel, batch, &options.wish))
			continue;
		options.form[at] = kernel->form;
		options.kernel[at] = kernel;
		if (!search_try(search, &options, err))
			return false;
	}
	return true;
}

static bool search_run(Search *search, Err *err)
{
	size_t layers = search->lowering->model->weighted;
	const ProgramOptions all_dense = search->lowering->options;
	Program *dense = program_new(search->lowering->model, &search->lowering->options, err);
	bool fine;

	if (!dense)
		return false;
	search->best = program_new(search->lowering->model, &search->lowering->options, err);
	fine = search->best && search_forms(search, err);
	for (size_t i = 0; fine && i < layers; i++)
		fine = search_layer(search, i, err);
	fine = fine && compare(search->lowering, search->best, dense, &search->sample,
			       &search->best_ns, &search->dense_ns, err);
	if (fine && search->best_ns > search->dense_ns) { /* what won was noise */
		search->best_ns = search->dense_ns;
		search->lowering->options = all_dense;
	}
	program_free(dense);
	program_free(search->best);
	return fine;
}

bool lowering_measure(Lowering *lowering, Err *err)
{
	Search search = { .lowering = lowering };
	size_t batch = lowering->options.batch;

	for (size_t i = 0; i < lowering->model->weighted; i++)
		lowering->options.form[i] = lowering_plain(lowering->model, i);
	if (!sample_init(&search.sample, lowering, err))
		return false;
	bool fine = search_run(&search, err);

	sample_done(&search.sample);
	if (!fine)
		return false;
	lowering->measured = true;
	text_format(lowering->why, sizeof lowering->why,
		    "measured at batch %zu: %.1f us a batch, all dense %.1f us", batch,
		    search.best_ns / 1e3, search.dense_ns / 1e3);
	return true;
}

bool lowering_against_dense(const Lowering *lowering, double *time_ns, double *dense_ns, Err *err)
{
	ProgramOptions options = lowering->options;
	Program *program = program_new(lowering->model, &options, err), *dense = NULL;
	Sample sample;

	for (size_t i = 0; i < lowering->model->weighted; i++) {
		options.form[i] = lowering_plain(lowering->model, i);
		options.kernel[i] = NULL;
	}
	if (program)
		dense = program_new(lowering->model, &options, err);
	bool fine = dense && sample_init(&sample, lowering, err);

	if (fine) {
		sample_run(dense, &sample, options.batch, 1); /* warm */
		sample_run(program, &sample, options.batch, 1);
		fine = compare(lowering, dense, program, &sample, dense_ns, time_ns, err);
		sample_done(&sample);
	}
	program_free(dense);
	program_free(program);
	return fine;
}
