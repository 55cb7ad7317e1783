/* Seconds an epoch of training takes, and what it reaches: train [LAYERS [BATCH [EPOCHS]]].
 *
 * Defaults: 784,300,100,10 with Adam, batch 64, cosine schedule, 10 epochs on Fashion-MNIST.
 * Also times the bare matrix products of one epoch in the same run. CPU seconds are those of the
 * one thread: beside other work on the machine they say more than the wall clock.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/program.h"
#include "num/blas.h"

#define EPOCHS_MAX 1000

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

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The matrix products of one epoch, whole, on memory that stays warm. */
static double gemm_epoch_s(const Model *model, size_t rows, size_t batch)
{
	size_t widest = 0, block = model->count;

	for (size_t i = 0; i <= model->layers; i++)
		widest = model->size[i] > widest ? model->size[i] : widest;
	float *x = calloc(batch * widest, sizeof *x), *y = calloc(batch * widest, sizeof *y);
	float *grad = calloc(block, sizeof *grad);
	int64_t begin_ns = clock_thread_ns();

	for (size_t at = 0; x && y && grad && at < rows; at += batch) {
		size_t n = rows - at < batch ? rows - at : batch;

		for (size_t i = 0; i < model->layers; i++) {
			size_t in = model->size[i], out = model->size[i + 1];
			const float *w = model->params + model->span[2 * i].offset;

			blas_gemm(false, false, n, out, in, x, in, w, out, 0, y, out);
			blas_gemm(true, false, in, out, n, x, in, y, out, 0, grad, out);
			if (i > 0)
				blas_gemm(false, true, n, in, out, y, out, w, out, 0, x, in);
		}
	}
	double time_s = (double)(clock_thread_ns() - begin_ns) / 1e9;

	free(x);
	free(y);
	free(grad);
	return time_s;
}

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
	double reached, gemm_s[3];

	for (int i = 0; i < 3; i++)
		gemm_s[i] = gemm_epoch_s(model, split->train.count, options->batch);
	watch.cpu_ns = clock_thread_ns();
	if (!model_fit(model, &split->train, options, &watch.base, NULL, err) ||
	    !accuracy(model, &split->test, &reached, err))
		return false;
	qsort(gemm_s, 3, sizeof *gemm_s, compare);
	qsort(watch.time_s, watch.epochs, sizeof *watch.time_s, compare);
	qsort(watch.cpu_s, watch.epochs, sizeof *watch.cpu_s, compare);
	printf("epoch: median %.3f s, least %.3f s; CPU median %.3f s, least %.3f s\n"
	       "its bare sgemm: CPU median %.3f s, least %.3f s; test accuracy %.4f\n",
	       watch.time_s[watch.epochs / 2], watch.time_s[0], watch.cpu_s[watch.epochs / 2],
	       watch.cpu_s[0], gemm_s[1], gemm_s[0], reached);
	return true;
}

static bool run(int argc, char **argv, Err *err)
{
	const char *const folders[] = { "datasets", "/usr/share/datasets", NULL };
	const DataPaths paths = { folders };
	DataSplit split = { 0 };
	FitOptions options;
	Params params;
	bool fine = false;
	Model *model = NULL;
	Dataset *set = dataset_load("fashion-mnist", &paths, NULL, err);

	if (!set || !dataset_split(&split, set, 0, 0, 1, err))
		goto done;
	if (params_init(&params, &model_kinds[0]->info, err) &&
	    params_set_text(&params, "layers", argc > 1 ? argv[1] : "784,300,100,10", err))
		model = model_new(model_kinds[0], &params, err);
	if (!model)
		goto done;
	fit_options_init(&options, model);
	options.batch = argc > 2 ? strtoul(argv[2], NULL, 10) : 64;
	options.epochs = argc > 3 ? strtoul(argv[3], NULL, 10) : 10;
	options.schedule = FIT_COSINE;
	if (options.epochs > EPOCHS_MAX)
		options.epochs = EPOCHS_MAX;
	fine = bench(model, &split, &options, err);
done:
	model_free(model);
	data_split_done(&split);
	dataset_free(set);
	return fine;
}

int main(int argc, char **argv)
{
	Err err = { .code = ERR_NONE };

	setvbuf(stdout, NULL, _IOLBF, 0);
	blas_prepare(NULL);
	if (run(argc, argv, &err))
		return 0;
	fprintf(stderr, "train: %s\n", err.text);
	return err_exit_status(err.code);
}
