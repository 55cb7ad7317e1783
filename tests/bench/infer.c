/* Microseconds a batch of inference takes in each form: infer [BATCH [ROUNDS [SPARSITY]]].
 *
 * 784,300,100,10 on the 10,000 test rows of Fashion-MNIST: dense, pruned (csr) and int8 programs
 * and the bare sgemm calls of the dense one, interleaved in one process. CPU times of the one
 * thread beside the wall clock's.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/program.h"
#include "num/blas.h"
#include "technique/technique.h"

#define ARMS 4
#define ROUNDS_MAX 1000

typedef struct Arm {
	const char *name;
	Program *program; /* NULL: bare sgemm */
	double wall_us[ROUNDS_MAX], cpu_us[ROUNDS_MAX];
	double accuracy;
} Arm;

typedef struct Bench {
	Dataset *set;
	DataSplit split;
	Model *model[KERNEL_FORMS];
	float *x, *y; /* of the bare calls */
	size_t batch, rounds;
	Arm arm[ARMS];
} Bench;

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void bare(const Bench *b)
{
	const Model *model = b->model[KERNEL_DENSE];

	for (size_t at = 0; at < b->split.test.count; at += b->batch) {
		size_t left = b->split.test.count - at, n = left < b->batch ? left : b->batch;

		for (size_t i = 0; i < model->layers; i++)
			blas_gemm(false, false, n, model->size[i + 1], model->size[i],
				  i % 2 ? b->y : b->x, model->size[i],
				  model->params + model->span[2 * i].offset, model->size[i + 1], 0,
				  i % 2 ? b->x : b->y, model->size[i + 1]);
	}
}

static bool once(Bench *b, Arm *arm, size_t round, Err *err)
{
	size_t batches = (b->split.test.count + b->batch - 1) / b->batch, count;
	int64_t wall_ns = clock_now_ns(), cpu_ns = clock_thread_ns();

	if (!arm->program)
		bare(b);
	else if (!program_predict(arm->program, &b->split.test, NULL, NULL, err))
		return false;
	arm->wall_us[round] = (double)(clock_now_ns() - wall_ns) / 1e3 / (double)batches;
	arm->cpu_us[round] = (double)(clock_thread_ns() - cpu_ns) / 1e3 / (double)batches;
	if (arm->program && round == 0)
		arm->accuracy = program_accuracy(program_classes(arm->program, &count),
						 &b->split.test, NULL);
	return true;
}

static Model *with(const Bench *b, const char *technique, const char *key, const char *value,
		   Err *err)
{
	const Technique *t = technique_find(technique);
	Params params;

	if (!params_init(&params, &t->info, err) ||
	    !params_set_object(&params, "data", "rows", &b->split.train, err) ||
	    (key && !params_set_text(&params, key, value, err)))
		return NULL;
	return t->apply(b->model[KERNEL_DENSE], &params, NULL, NULL, err);
}

static bool make_models(Bench *b, const char *sparsity, Err *err)
{
	FitOptions options;
	Params params;

	if (!params_init(&params, &model_kinds[0]->info, err) ||
	    !params_set_text(&params, "layers", "784,300,100,10", err))
		return false;
	b->model[KERNEL_DENSE] = model_new(model_kinds[0], &params, err);
	if (!b->model[KERNEL_DENSE])
		return false;
	fit_options_init(&options, b->model[KERNEL_DENSE]);
	options.epochs = 3;
	options.schedule = FIT_COSINE;
	if (!model_fit(b->model[KERNEL_DENSE], &b->split.train, &options, NULL, NULL, err))
		return false;
	b->model[KERNEL_CSR] = with(b, "prune", "sparsity", sparsity, err);
	b->model[KERNEL_INT8] = with(b, "quantize", NULL, NULL, err);
	return b->model[KERNEL_CSR] && b->model[KERNEL_INT8];
}

static bool make_programs(Bench *b, Err *err)
{
	ProgramOptions options = { .batch = b->batch };

	if (!kernel_wish_parse(&options.wish, "auto", err))
		return false;
	for (int form = 0; form < KERNEL_FORMS; form++) {
		for (size_t i = 0; i < MODEL_LAYERS_MAX; i++)
			options.form[i] = (KernelForm)form;
		b->arm[form].name = kernel_form_name((KernelForm)form);
		b->arm[form].program = program_new(b->model[form], &options, err);
		if (!b->arm[form].program)
			return false;
	}
	b->arm[KERNEL_FORMS].name = "sgemm";
	b->x = calloc(b->batch * 784, sizeof *b->x);
	b->y = calloc(b->batch * 784, sizeof *b->y);
	return b->x && b->y;
}

static void print(Bench *b)
{
	double dense = 0;

	printf("batch %zu, %zu rounds; microseconds a batch\n", b->batch, b->rounds);
	for (int i = 0; i < ARMS; i++) {
		Arm *arm = &b->arm[i];

		qsort(arm->wall_us, b->rounds, sizeof *arm->wall_us, compare);
		qsort(arm->cpu_us, b->rounds, sizeof *arm->cpu_us, compare);
		double median = arm->cpu_us[b->rounds / 2];

		dense = i == 0 ? median : dense;
		printf("%-6s wall median %7.1f least %7.1f  CPU median %7.1f least %7.1f  "
		       "dense/this %5.2f",
		       arm->name, arm->wall_us[b->rounds / 2], arm->wall_us[0], median,
		       arm->cpu_us[0], dense / median);
		if (arm->program)
			printf("  accuracy %.4f  macs %llu", arm->accuracy,
			       (unsigned long long)program_macs(arm->program));
		putchar('\n');
	}
}

static bool run(Bench *b, const char *sparsity, Err *err)
{
	const char *const folders[] = { "datasets", "/usr/share/datasets", NULL };
	const DataPaths paths = { folders };

	b->set = dataset_load("fashion-mnist", &paths, NULL, err);
	if (!b->set || !dataset_split(&b->split, b->set, 0, 0, 1, err) ||
	    !make_models(b, sparsity, err) || !make_programs(b, err))
		return false;
	for (size_t round = 0; round < b->rounds; round++)
		for (size_t i = 0; i < ARMS; i++)
			if (!once(b, &b->arm[(i + round) % ARMS], round, err))
				return false;
	print(b);
	return true;
}

int main(int argc, char **argv)
{
	static Bench b;
	Err err = { .code = ERR_NONE };

	b.batch = argc > 1 ? strtoul(argv[1], NULL, 10) : 64;
	b.rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 30;
	b.rounds = b.rounds < 1 ? 1 : b.rounds > ROUNDS_MAX ? ROUNDS_MAX : b.rounds;
	blas_prepare(NULL);
	bool fine = run(&b, argc > 3 ? argv[3] : "0.9", &err);

	if (!fine)
		fprintf(stderr, "infer: %s\n", err.text);
	for (int i = 0; i < KERNEL_FORMS; i++) {
		program_free(b.arm[i].program);
		model_free(b.model[i]);
	}
	free(b.x);
	free(b.y);
	data_split_done(&b.split);
	dataset_free(b.set);
	return fine ? 0 : err_exit_status(err.code);
}
