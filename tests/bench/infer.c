/* Microseconds a batch of inference takes in each form:
 * infer [BATCH [ROUNDS [SPARSITY [MODEL [STEPS]]]]]
 *
 * A model of the table (lenet300) on the 10,000 test rows of Fashion-MNIST: dense, csr and block
 * (pruned), int8 and bf16 programs, interleaved in one process; layers without a kernel of a form run
 * dense. CPU times of the one thread beside the wall clock's. With STEPS, the steps of each program.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/order.h"
#include "model/program.h"
#include "num/blas.h"
#include "technique/technique.h"

#define ROUNDS_MAX 1000

typedef struct Arm {
	const char *name;
	Program *program;
	double wall_us[ROUNDS_MAX], cpu_us[ROUNDS_MAX];
	double accuracy;
} Arm;

typedef struct Bench {
	Dataset *set;
	DataSplit split;
	Model *model[KERNEL_FORMS];
	size_t batch, rounds;
	Arm arm[KERNEL_FORMS];
} Bench;

static bool once(Bench *b, Arm *arm, size_t round, Err *err)
{
	size_t batches = (b->split.test.count + b->batch - 1) / b->batch, count;
	int64_t wall_ns = clock_now_ns(), cpu_ns = clock_thread_ns();

	if (!program_predict(arm->program, &b->split.test, NULL, NULL, err))
		return false;
	arm->wall_us[round] = (double)(clock_now_ns() - wall_ns) / 1e3 / (double)batches;
	arm->cpu_us[round] = (double)(clock_thread_ns() - cpu_ns) / 1e3 / (double)batches;
	if (round == 0)
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

static bool make_models(Bench *b, const char *sparsity, const char *name, Err *err)
{
	const ModelKind *kind = model_kind_find(name);
	FitOptions options;
	Params params;

	if (!kind)
		return err_set(err, ERR_USAGE, "no model is called '%s'", name);
	if (!params_init(&params, &kind->info, err))
		return false;
	b->model[KERNEL_DENSE] = model_new(kind, &params, err);
	if (!b->model[KERNEL_DENSE])
		return false;
	fit_options_init(&options, b->model[KERNEL_DENSE]);
	options.epochs = 3;
	options.schedule = SCHEDULE_COSINE;
	if (!model_fit(b->model[KERNEL_DENSE], &b->split.train, &options, NULL, NULL, err))
		return false;
	b->model[KERNEL_CSR] = with(b, "prune", "sparsity", sparsity, err);
	b->model[KERNEL_INT8] = with(b, "quantize", NULL, NULL, err);
	b->model[KERNEL_BLOCK] = b->model[KERNEL_CSR] ? model_dup(b->model[KERNEL_CSR], err) : NULL;
	b->model[KERNEL_BF16] = model_dup(b->model[KERNEL_DENSE], err);
	return b->model[KERNEL_BLOCK] && b->model[KERNEL_INT8] && b->model[KERNEL_BF16];
}

static bool make_programs(Bench *b, Err *err)
{
	ProgramOptions options = { .batch = b->batch };

	if (!kernel_wish_parse(&options.wish, "auto", err))
		return false;
	for (int form = 0; form < KERNEL_FORMS; form++) {
		const Model *model = b->model[form];

		for (size_t i = 0; i < model->weighted; i++) {
			bool conv = model->layer[model->weighted_layer[i]].conv.filters;

			options.form[i] = (KernelForm)form;
			if (!kernel_pick(conv ? KERNEL_CONV : KERNEL_LINEAR, options.form[i],
					 b->batch, &options.wish))
				options.form[i] = KERNEL_DENSE;
		}
		b->arm[form].name = kernel_form_name((KernelForm)form);
		b->arm[form].program = program_new(model, &options, err);
		if (!b->arm[form].program)
			return false;
	}
	return true;
}

static void print_steps(Bench *b)
{
	float *logits = calloc(b->batch * 1000, sizeof *logits);

	for (int i = 0; logits && i < KERNEL_FORMS; i++) {
		Program *program = b->arm[i].program;
		json_t *steps = program_steps_json(program);
		int64_t *time_ns = calloc(program_steps(program), sizeof *time_ns);

		for (size_t k = 0; time_ns && k < 1000; k++)
			program_run_timed(program, &b->split.test, k % 8 * b->batch % 1000, b->batch,
					  logits, time_ns);
		for (size_t k = 0; time_ns && k < program_steps(program); k++) {
			const json_t *step = json_array_get(steps, k);

			printf("  %-18s %-18s %8.2f us\n",
			       json_string_value(json_object_get(step, "step")),
			       json_string_value(json_object_get(step, "kernel")),
			       (double)time_ns[k] / 1e6);
		}
		putchar('\n');
		free(time_ns);
		json_decref(steps);
	}
	free(logits);
}

static void print(Bench *b)
{
	double dense = 0;

	printf("batch %zu, %zu rounds; microseconds a batch\n", b->batch, b->rounds);
	for (int i = 0; i < KERNEL_FORMS; i++) {
		Arm *arm = &b->arm[i];

		order_sort(arm->wall_us, b->rounds);
		order_sort(arm->cpu_us, b->rounds);
		double median = arm->cpu_us[b->rounds / 2];

		dense = i == 0 ? median : dense;
		printf("%-6s wall median %7.1f least %7.1f  CPU median %7.1f least %7.1f  "
		       "dense/this %5.2f",
		       arm->name, arm->wall_us[b->rounds / 2], arm->wall_us[0], median,
		       arm->cpu_us[0], dense / median);
		printf("  accuracy %.4f  macs %llu\n", arm->accuracy,
		       (unsigned long long)program_macs(arm->program));
	}
}

static bool run(Bench *b, const char *sparsity, const char *model, Err *err)
{
	const char *const folders[] = { "datasets", "/usr/share/datasets", NULL };
	const DataPaths paths = { folders };

	b->set = dataset_load("fashion-mnist", &paths, NULL, NULL, err);
	if (!b->set || !dataset_split(&b->split, b->set, 0, 0, 1, err) ||
	    !make_models(b, sparsity, model, err) || !make_programs(b, err))
		return false;
	for (size_t round = 0; round < b->rounds; round++)
		for (size_t i = 0; i < KERNEL_FORMS; i++)
			if (!once(b, &b->arm[(i + round) % KERNEL_FORMS], round, err))
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
	bool fine = run(&b, argc > 3 ? argv[3] : "0.9", argc > 4 ? argv[4] : "lenet300", &err);

	if (fine && argc > 5)
		print_steps(&b);
	if (!fine)
		fprintf(stderr, "infer: %s\n", err.text);
	for (int i = 0; i < KERNEL_FORMS; i++) {
		program_free(b.arm[i].program);
		model_free(b.model[i]);
	}
	data_split_done(&b.split);
	dataset_free(b.set);
	return fine ? 0 : err_exit_status(err.code);
}
