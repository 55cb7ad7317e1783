/* Seconds an epoch of training takes, and what it reaches: train [MODEL|LAYERS [BATCH [EPOCHS
 * [THREADS [OPTIMIZER [PRECISION]]]]]].
 *
 * Defaults: lenet300 with Adam, batch 64, cosine schedule, 10 epochs, one thread, on Fashion-MNIST.
 * LAYERS: "784,300,100,10". Also times each layer in the same run: forward, gradient of its inputs,
 * gradient of its weights with the step of Adam where they are one. CPU seconds are those of the
 * calling thread: beside other work on the machine they say more than the wall clock.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/order.h"
#include "model/graph.h"
#include "model/program.h"
#include "num/blas.h"

#define EPOCHS_MAX 1000
#define PROFILE_STEPS 200

typedef struct Watch {
	FitWatch base;
	double time_s[EPOCHS_MAX], cpu_s[EPOCHS_MAX];
	int64_t cpu_ns; /* when the last epoch ended */
	size_t epochs;
} Watch;

static bool watch_epoch(FitWatch *self, const FitEpoch *report, Err *err)
{
	Watch *watch = (Watch *)self;

	(void)err;
	int64_t cpu_ns = clock_thread_ns();

	watch->cpu_s[watch->epochs] = (double)(cpu_ns - watch->cpu_ns) / 1e9;
	watch->time_s[watch->epochs] = report->time_s;
	printf("epoch %zu  loss %.4f  accuracy %.4f  %.3f s  CPU %.3f s\n", report->epoch,
	       report->loss, report->accuracy, report->time_s, watch->cpu_s[watch->epochs]);
	watch->cpu_ns = cpu_ns;
	watch->epochs++;
	return true;
}

/* --- layers ----------------------------------------------------------------------------------- */

static void profile_print(const Graph *graph, size_t rows, size_t batch, int64_t whole_ns)
{
	double scale = (double)rows / (double)(PROFILE_STEPS * batch) / 1e9, sum = 0;

	for (size_t s = 0; s < graph->steps; s++) {
		const GraphSpent *spent = &graph->spent[s];

		sum += (double)(spent->forward_ns + spent->backward_ns + spent->gradient_ns);
	}
	printf("%-34s %9s %9s %9s %6s\n", "s/epoch", "forward", "inputs", "weights", "share");
	for (size_t s = 0; s < graph->steps; s++) {
		const GraphStep *step = &graph->step[s];
		const GraphSpent *spent = &graph->spent[s];
		double all = (double)(spent->forward_ns + spent->backward_ns + spent->gradient_ns);
		char text[128];

		snprintf(text, sizeof text, "%s%s%s", step->layer ? step->layer->text : "(layout)",
			 step->relu ? " +relu" : "", step->pool ? " +pool" : "");
		printf("%-34s %9.3f %9.3f %9.3f %5.1f%%\n", text, (double)spent->forward_ns * scale,
		       (double)spent->backward_ns * scale, (double)spent->gradient_ns * scale,
		       100 * all / sum);
	}
	printf("%-34s %29.3f\n%-34s %29.3f\n", "all layers", sum * scale,
	       "with gathering, without loss", (double)whole_ns * scale);
}

/* Whole steps but for the loss, on a copy of the model. */
static bool profile(const Model *model, const Rows *rows, const FitOptions *options, Err *err)
{
	Model *copy = model_dup(model, err);
	Arena *arena = arena_new(0, err);
	GraphOptions graph_options = { .batch = options->batch,
				       .training = true,
				       .bf16 = options->bf16 };
	Graph *graph = copy && arena ? graph_take(copy, &graph_options, arena, err) : NULL;
	size_t count = copy ? copy->count : 0, n = options->batch;
	GraphAdam adam = { .step = train_adam_step(1e-6f, 0.9f, 0.999f, 1e-8f, 100) };
	uint32_t *order = graph ? arena_take(arena, n, sizeof *order, err) : NULL;
	bool fine = false;

	adam.m = order ? arena_take(arena, count, sizeof(float), err) : NULL;
	adam.v = adam.m ? arena_take(arena, count, sizeof(float), err) : NULL;
	GraphSpent *spent = adam.v ? arena_take(arena, graph->steps, sizeof *spent, err) : NULL;

	int64_t begin_ns = 0;

	for (int i = -3; spent && i < PROFILE_STEPS; i++) {
		float *grad = graph->value[graph->output].grad;

		for (size_t k = 0; k < n; k++)
			order[k] =
				(uint32_t)((size_t)(i + 3) * 7919 + k * 31) % (uint32_t)rows->count;
		graph->spent = i < 0 ? NULL : spent;
		begin_ns = i <= 0 ? clock_thread_ns() : begin_ns;
		graph_forward(graph, rows, order, n, NULL, true, 0);
		for (size_t k = 0; k < n * graph->value[graph->output].n; k++)
			grad[k] = (float)(k % 7) * 1e-3f - 3e-3f;
		graph_backward(graph, n, 0);
		graph_gradient(graph, n, &adam);
	}
	if (spent) {
		profile_print(graph, rows->count, n, clock_thread_ns() - begin_ns);
		fine = true;
	}
	arena_free(arena);
	model_free(copy);
	return fine;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool accuracy(const Model *model, const Rows *rows, double *out, Err *err)
{
	ProgramOptions options = { .batch = 256 };
	size_t count;

	if (!kernel_wish_parse(&options.wish, "auto", err))
		return false;
	Program *program = program_new(model, &options, err);
	bool fine = program && program_predict(program, rows, NULL, NULL, err);

	if (fine)
		*out = program_accuracy(program_classes(program, &count), rows, NULL);
	program_free(program);
	return fine;
}

static bool bench(Model *model, const DataSplit *split, const FitOptions *options, Err *err)
{
	Watch watch = { .base = { .epoch = watch_epoch } };
	double reached;

	if (!profile(model, &split->train, options, err))
		return false;
	watch.cpu_ns = clock_thread_ns();
	if (!model_fit(model, &split->train, options, &watch.base, NULL, err))
		return false;
	order_sort(watch.time_s, watch.epochs);
	order_sort(watch.cpu_s, watch.epochs);
	printf("epoch: median %.3f s, least %.3f s; CPU median %.3f s, least %.3f s\n",
	       watch.time_s[watch.epochs / 2], watch.time_s[0], watch.cpu_s[watch.epochs / 2],
	       watch.cpu_s[0]);
	if (!accuracy(model, &split->test, &reached, err))
		return false;
	printf("test accuracy %.4f\n", reached);
	return true;
}

static Model *make(const char *what, Err *err)
{
	bool layers = what[0] >= '0' && what[0] <= '9';
	const ModelKind *kind = model_kind_find(layers ? "mlp" : what);
	Params params;

	if (!kind) {
		err_set(err, ERR_USAGE, "no model is called %s", what);
		return NULL;
	}
	if (!params_init(&params, &kind->info, err) ||
	    (layers && !params_set_text(&params, "layers", what, err)))
		return NULL;
	return model_new(kind, &params, err);
}

static bool run(char **argv, Err *err)
{
	const char *const folders[] = { "datasets", "/usr/share/datasets", NULL };
	const DataPaths paths = { folders };
	const char *arg[6] = { "lenet300", "64", "10", "1", "adam", "f32" };
	DataSplit split = { 0 };
	FitOptions options;
	OptimizerKind optimizer;
	bool fine = false;
	Model *model = NULL;
	Pool *pool = NULL;
	Dataset *set = dataset_load("fashion-mnist", &paths, NULL, NULL, err);

	for (int i = 0; i < 6 && argv[i]; i++)
		arg[i] = argv[i];
	if (!set || !dataset_split(&split, set, 0, 0, 1, err))
		goto done;
	model = make(arg[0], err);
	pool = model ? pool_new((unsigned)strtoul(arg[3], NULL, 10), err) : NULL;
	if (!pool)
		goto done;
	if (!optimizer_find(arg[4], &optimizer)) {
		err_set(err, ERR_USAGE, "no optimizer is called %s", arg[4]);
		goto done;
	}
	blas_prepare(pool);
	fit_options_init(&options, model);
	options.batch = strtoul(arg[1], NULL, 10);
	options.epochs = strtoul(arg[2], NULL, 10);
	options.optimizer = optimizer_default(optimizer);
	options.lr = optimizers[optimizer].lr;
	options.schedule = SCHEDULE_COSINE;
	options.bf16 = strcmp(arg[5], "bf16") == 0;
	options.pool = pool;
	if (options.epochs > EPOCHS_MAX)
		options.epochs = EPOCHS_MAX;
	fine = bench(model, &split, &options, err);
done:
	pool_free(pool);
	model_free(model);
	data_split_done(&split);
	dataset_free(set);
	return fine;
}

int main(int argc, char **argv)
{
	Err err = { .code = ERR_NONE };

	(void)argc;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (run(argv + 1, &err))
		return 0;
	fprintf(stderr, "train: %s\n", err.text);
	return err_exit_status(err.code);
}
