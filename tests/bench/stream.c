/* What streaming costs: stream [ROWS [EPOCHS [FOLDER [MODEL [ROUNDS]]]]].
 *
 * Writes ROWS × 50 floats of two classes (1,000,000: 200 MB) to a dataset file in FOLDER, then fits
 * MODEL (a linear network with SGD, batch 64; "adam"; or "mlp": 50,64,2 with Adam) from the stream and
 * in memory, in turn, each in a process of its own, ROUNDS times. Prints of both the seconds of an epoch,
 * its CPU seconds (of all threads; beside other work on the machine they say more than the wall clock),
 * accuracy and the most memory that was resident, what the stream waited for rows, and the medians of the
 * ratios of a round.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/status.h"
#include "model/stream.h"

#define FEATURES 50
#define STEP 4096
#define ROUNDS_MAX 99

typedef struct Bench {
	size_t rows, epochs, rounds;
	const char *model;
	char path[4096];
} Bench;

/* What a process found. */
typedef struct Found {
	double epoch_s, cpu_s, accuracy, waited_s;
	uint64_t resident_bytes;
} Found;

typedef struct Watch {
	FitWatch base;
	double time_s, accuracy;
	int64_t first_cpu_ns, last_cpu_ns; /* at the ends of the first and last epoch */
} Watch;

static bool watch_epoch(FitWatch *self, const FitEpoch *report, Err *err)
{
	Watch *watch = (Watch *)self;

	(void)err;
	watch->accuracy = report->accuracy;
	watch->time_s += report->time_s;
	watch->last_cpu_ns = clock_process_ns();
	if (report->epoch == 1)
		watch->first_cpu_ns = watch->last_cpu_ns;
	return true;
}

/* --- data ------------------------------------------------------------------------------------- */

/* The sign of a weighted sum, with noise. */
static void piece_draw(Dataset *piece, size_t n, Random *random)
{
	for (size_t i = 0; i < n; i++) {
		float *x = piece->floats + i * FEATURES, sum = random_uniform(random, -1, 1);

		for (size_t j = 0; j < FEATURES; j++) {
			x[j] = random_uniform(random, -1, 1);
			sum += x[j] * ((float)(j % 7) - 3) / 3;
		}
		piece->labels[i] = sum > 0;
	}
}

static bool data_write(const Bench *b, Err *err)
{
	Dataset about = { .name = "synthetic",
			  .rows = b->rows,
			  .train_rows = b->rows,
			  .features = FEATURES,
			  .classes = 2,
			  .form = DATASET_FLOATS,
			  .byte_scale = 1 };
	Dataset *piece = dataset_new("synthetic", DATASET_FLOATS, STEP, FEATURES, 2, 0, err);
	DataWriter *writer = piece ? datawriter_new(b->path, &about, 0, err) : NULL;
	Random random;
	bool fine = writer;

	random_init(&random, 1, RANDOM_DATA);
	for (size_t at = 0; fine && at < b->rows; at += STEP) {
		size_t n = b->rows - at < STEP ? b->rows - at : STEP;

		piece_draw(piece, n, &random);
		fine = datawriter_rows(writer, piece, 0, n, err);
	}
	if (fine)
		fine = datawriter_finish(writer, err);
	else
		datawriter_cancel(writer);
	dataset_free(piece);
	return fine;
}

static Found watch_found(const Watch *watch, size_t epochs)
{
	return (Found){ .epoch_s = watch->time_s / (double)epochs,
			.cpu_s = (double)(watch->last_cpu_ns - watch->first_cpu_ns) / 1e9 /
				 (double)(epochs - 1),
			.accuracy = watch->accuracy };
}

/* --- fits ------------------------------------------------------------------------------------- */

static Model *bench_model(const Bench *b, FitOptions *options, Err *err)
{
	const ModelKind *kind = model_kind_find("mlp");
	bool deep = strcmp(b->model, "mlp") == 0;
	Params params;
	Model *model;

	if (!params_init(&params, &kind->info, err) ||
	    !params_set_text(&params, "layers", deep ? "50,64,2" : "50,2", err))
		return NULL;
	model = model_new(kind, &params, err);
	if (!model)
		return NULL;
	fit_options_init(options, model);
	options->epochs = b->epochs;
	if (!deep && strcmp(b->model, "adam") != 0) {
		options->optimizer = optimizer_default(OPTIMIZER_SGD);
		options->lr = optimizers[OPTIMIZER_SGD].lr;
	}
	return model;
}

static bool fit_streamed(const Bench *b, Found *found, Err *err)
{
	Watch watch = { .base = { watch_epoch } };
	DataFile *file = datafile_open(b->path, err);
	FitOptions options;
	Model *model = file ? bench_model(b, &options, err) : NULL;
	StreamSpent spent;
	bool fine = model &&
		    model_fit_stream(model, file, NULL, &options, &watch.base, NULL, &spent, err);

	if (fine) {
		*found = watch_found(&watch, b->epochs);
		found->waited_s = spent.waited_s / (double)b->epochs;
	}
	model_free(model);
	datafile_close(file);
	return fine;
}

static bool fit_whole(const Bench *b, Found *found, Err *err)
{
	Watch watch = { .base = { watch_epoch } };
	Dataset *set = datafile_load(b->path, NULL, err);
	FitOptions options;
	Model *model = set ? bench_model(b, &options, err) : NULL;
	bool fine = model;

	if (fine) {
		const Rows train = { .set = set, .count = set->train_rows };

		fine = model_fit(model, &train, &options, &watch.base, NULL, err);
	}
	if (fine)
		*found = watch_found(&watch, b->epochs);
	model_free(model);
	dataset_free(set);
	return fine;
}

/* In a process of its own, for its memory. */
static bool bench_once(const Bench *b, bool streamed, Found *found)
{
	int ends[2], status;
	pid_t child;

	if (pipe(ends) != 0 || (child = fork()) < 0)
		return false;
	if (child == 0) {
		int fd = open("/proc/self/status", O_RDONLY);
		Err err = { .code = ERR_NONE };
		bool fine = streamed ? fit_streamed(b, found, &err) : fit_whole(b, found, &err);

		found->resident_bytes = status_bytes(fd, "VmHWM:");
		if (!fine)
			fprintf(stderr, "%s\n", err.text);
		fine = fine && write(ends[1], found, sizeof *found) == (ssize_t)sizeof *found;
		_exit(!fine);
	}
	close(ends[1]);
	ssize_t got = read(ends[0], found, sizeof *found);

	close(ends[0]);
	return waitpid(child, &status, 0) == child && status == 0 && got == (ssize_t)sizeof *found;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void found_print(const char *what, const Found *found)
{
	printf("%-9s  epoch %.3f s, CPU %.3f s, waited %.3f s  accuracy %.4f  resident %.1f MiB\n",
	       what, found->epoch_s, found->cpu_s, found->waited_s, found->accuracy,
	       (double)found->resident_bytes / (1 << 20));
}

static void ratio_print(const char *what, double *ratio, size_t n)
{
	qsort(ratio, n, sizeof *ratio, compare);
	printf("%s: streamed ÷ in memory, median %.3f (least %.3f, most %.3f)\n", what,
	       ratio[n / 2], ratio[0], ratio[n - 1]);
}

static bool bench_run(const Bench *b)
{
	double time[ROUNDS_MAX], cpu[ROUNDS_MAX];

	for (size_t i = 0; i < b->rounds; i++) {
		Found stream, whole;
		bool first = i % 2 == 0;

		if (!bench_once(b, first, first ? &stream : &whole) ||
		    !bench_once(b, !first, first ? &whole : &stream))
			return false;
		time[i] = stream.epoch_s / whole.epoch_s;
		cpu[i] = stream.cpu_s / whole.cpu_s;
		found_print("streamed", &stream);
		found_print("in memory", &whole);
	}
	ratio_print("time", time, b->rounds);
	ratio_print("CPU", cpu, b->rounds);
	return true;
}

int main(int argc, char **argv)
{
	Bench b = { .rows = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000,
		    .epochs = argc > 2 ? strtoul(argv[2], NULL, 10) : 5,
		    .model = argc > 4 ? argv[4] : "sgd",
		    .rounds = argc > 5 ? strtoul(argv[5], NULL, 10) : 5 };
	Err err = { .code = ERR_NONE };
	bool fine;

	if (b.rows == 0 || b.epochs < 2 || b.rounds == 0 || b.rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: stream [ROWS [EPOCHS [FOLDER [MODEL [ROUNDS]]]]]\n");
		return 2;
	}
	snprintf(b.path, sizeof b.path, "%s/wattle-stream-%ld.wd", argc > 3 ? argv[3] : "/tmp",
		 (long)getpid());
	setvbuf(stdout, NULL, _IOLBF, 0);
	fine = data_write(&b, &err);
	if (!fine)
		fprintf(stderr, "%s\n", err.text);
	fine = fine && bench_run(&b);
	unlink(b.path);
	return !fine;
}
