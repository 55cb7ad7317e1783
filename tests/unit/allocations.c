/* Nothing is allocated inside a measured loop: not in a training step, not in a run of a
 * program, neither by us nor by a library. Where an allocation fails, the call says so and leaves
 * nothing behind.
 * SPDX-License-Identifier: MIT */
#include "base/arena.h"
#include "model_make.h"
#include "num/blas.h"
#include "num/cpu.h"

#include "alloc_fail.h"
#include "alloc_process.h"

typedef struct Poll {
	Control base;
	size_t steps, first, last; /* allocations when the first and the latest step began */
} Poll;

static bool poll_count(Control *self, Err *err)
{
	Poll *poll = (Poll *)self;

	(void)err;
	poll->last = alloc_process_calls();
	if (poll->steps++ == 0)
		poll->first = poll->last;
	return true;
}

static void test_counts(void **state)
{
	size_t before = alloc_calls, process = alloc_process_calls();
	Err err = { .code = ERR_NONE };
	Arena *arena = arena_new(0, &err);

	(void)state;
	assert_int_equal(alloc_calls, before + 2);
	if (alloc_process_counts())
		assert_int_equal(alloc_process_calls(), process + 2);
	arena_free(arena);
}

/* A library's call is seen too. */
static void test_counts_library(void **state)
{
	size_t before = alloc_process_calls();
	json_t *list = json_array();

	(void)state;
	assert_non_null(list);
	json_decref(list);
	if (alloc_process_counts())
		assert_true(alloc_process_calls() > before);
}

static void test_training(void **state)
{
	Dataset *set = made_dataset(400, 1);
	Rows train = made_train(set), valid = { .set = set, .first = 250, .count = 50 };
	const char *const some[] = { "sparsity", "0.5", "epochs", "0", NULL };
	Err err = { .code = ERR_NONE };
	FitOptions options;

	(void)state;
	train.count = 250;
	for (int optimizer = 0; optimizer < OPTIMIZER_KINDS; optimizer++) {
		Model *dense = made_model(MADE_LAYERS, "1");
		Model *pruned = made_with(dense, "prune", NULL, some, &err);

		assert_non_null(pruned);
		fit_options_init(&options, dense);
		options.optimizer = optimizer_default((OptimizerKind)optimizer);
		options.valid = &valid;
		options.patience = 3;
		options.epochs = 4;
		for (int i = 0; i < 2; i++) {
			Poll poll = { .base = { .poll = poll_count } };

			made_fine(model_fit(i ? pruned : dense, &train, &options, NULL, &poll.base,
					    &err),
				  &err);
			assert_true(poll.steps >= 4 * 5);
			assert_int_equal(poll.last, poll.first);
		}
		model_free(pruned);
		model_free(dense);
	}
	dataset_free(set);
}

static void check_program(const Model *model, KernelForm form, size_t batch, const Rows *rows,
			  Pool *pool)
{
	Err err = { .code = ERR_NONE };
	Program *p = made_program(model, form, batch, pool, "auto", &err);
	size_t outputs = model_outputs(model);
	float *logits = malloc(batch * outputs * sizeof *logits);

	made_fine(p, &err);
	assert_non_null(logits);
	made_fine(program_predict(p, rows, NULL, NULL, &err), &err);
	size_t before = alloc_process_calls();

	for (int i = 0; i < 3; i++)
		made_fine(program_predict(p, rows, NULL, NULL, &err), &err);
	for (size_t n = 1; n <= batch; n++)
		program_run(p, rows, rows->count - n, n, logits);
	assert_int_equal(alloc_process_calls(), before);
	free(logits);
	program_free(p);
}

static void test_programs(void **state)
{
	Dataset *set = made_dataset(400, 1);
	Rows train = made_train(set), shuffled;
	const char *const some[] = { "sparsity", "0.5", "epochs", "0", NULL };
	Err err = { .code = ERR_NONE };
	Model *model[KERNEL_ROWS_CSR] = { made_model(MADE_LAYERS, "1") };
	Pool *pool = pool_new(2, &err);

	(void)state;
	made_fine(pool && rows_sample(&shuffled, &train, 100, 1, &err), &err);
	blas_prepare(pool);
	model[KERNEL_CSR] = made_with(model[0], "prune", NULL, some, &err);
	model[KERNEL_INT8] = made_with(model[0], "quantize", &train, NULL, &err);
	model[KERNEL_BLOCK] = model_dup(model[KERNEL_CSR], &err);
	model[KERNEL_BF16] = model_dup(model[KERNEL_DENSE], &err);
	for (int form = 0; form < KERNEL_ROWS_CSR; form++) {
		assert_non_null(model[form]);
		check_program(model[form], (KernelForm)form, 32, &train, NULL);
		check_program(model[form], (KernelForm)form, 32, &shuffled, pool);
		model_free(model[form]);
	}
	pool_free(pool);
	rows_done(&shuffled);
	dataset_free(set);
}

/* Floats in place and gathered, and compressed rows. */
static void test_forms_of_rows(void **state)
{
	static const DatasetForm forms[] = { DATASET_FLOATS, DATASET_SPARSE };

	(void)state;
	for (int i = 0; i < 2; i++) {
		Err err = { .code = ERR_NONE };
		Dataset *set = dataset_new("made", forms[i], 100, 24, 4, 100 * 24, &err);
		Rows all = { .set = set, .count = 100 }, shuffled;
		Model *model = made_network("24", "dense 33;relu;dense 4");
		Pool *pool = pool_new(2, &err);

		made_fine(set && pool && rows_sample(&shuffled, &all, 70, 1, &err), &err);
		blas_prepare(pool);
		for (size_t k = 0; forms[i] == DATASET_SPARSE && k < 100 * 24; k++) {
			set->sparse.column[k] = (uint32_t)(k % 24);
			set->sparse.value[k] = (float)(k % 7);
			set->sparse.begin[k / 24 + 1] = k + 1;
		}
		model->form = forms[i];
		check_program(model, KERNEL_DENSE, 32, &all, NULL);
		check_program(model, KERNEL_DENSE, 32, &shuffled, pool);
		rows_done(&shuffled);
		model_free(model);
		pool_free(pool);
		dataset_free(set);
	}
}

/* The figures that are published: 784-300-100-10. */
#define LENET300 "784,300,100,10"

static Dataset *lenet300_dataset(size_t rows)
{
	Dataset *set = calloc(1, sizeof *set);
	Random random;

	assert_non_null(set);
	random_init(&random, 9, RANDOM_ROWS);
	snprintf(set->name, sizeof set->name, "made");
	set->rows = set->train_rows = rows;
	set->features = 784;
	set->classes = 10;
	set->byte_scale = 1.0f / 255;
	set->bytes = malloc(rows * set->features);
	set->labels = malloc(rows * sizeof *set->labels);
	assert_true(set->bytes && set->labels);
	for (size_t i = 0; i < rows * set->features; i++)
		set->bytes[i] = (uint8_t)random_below(&random, 256);
	for (size_t i = 0; i < rows; i++)
		set->labels[i] = (uint16_t)random_below(&random, set->classes);
	return set;
}

static const size_t batches[] = { 1, 64, 256 };
#define BATCHES (sizeof batches / sizeof *batches)

static void test_lenet300_training(void **state)
{
	Dataset *set = lenet300_dataset(276); /* a rest of 20 rows */
	Rows train = { .set = set, .count = 256 + 20 };
	Err err = { .code = ERR_NONE };
	FitOptions options;

	(void)state;
	blas_prepare(NULL);
	for (size_t i = 0; i < BATCHES * OPTIMIZER_KINDS; i++) {
		Model *model = made_model(LENET300, "1");
		Poll poll = { .base = { .poll = poll_count } };

		fit_options_init(&options, model);
		options.batch = batches[i / OPTIMIZER_KINDS];
		options.optimizer = optimizer_default((OptimizerKind)(i % OPTIMIZER_KINDS));
		options.epochs = 2;
		made_fine(model_fit(model, &train, &options, NULL, &poll.base, &err), &err);
		assert_true(poll.steps >= 4);
		assert_int_equal(poll.last, poll.first);
		model_free(model);
	}
	dataset_free(set);
}

static const Model *with_forms(Model **model, const Rows *rows, Err *err)
{
	const char *const some[] = { "sparsity", "0.9", "epochs", "0", NULL };

	model[KERNEL_CSR] = made_with(model[0], "prune", NULL, some, err);
	model[KERNEL_INT8] = made_with(model[0], "quantize", rows, NULL, err);
	model[KERNEL_BLOCK] = model_dup(model[KERNEL_CSR], err);
	model[KERNEL_BF16] = model_dup(model[KERNEL_DENSE], err);
	return model[0];
}

static void check_forms(Model **model, const Rows *rows, int forms)
{
	for (int form = 0; form < KERNEL_ROWS_CSR; form++) {
		assert_non_null(model[form]);
		for (size_t i = 0; forms >> form & 1 && i < BATCHES; i++)
			check_program(model[form], (KernelForm)form, batches[i], rows, NULL);
		model_free(model[form]);
	}
}

/* Images: convolutions, pooling, batch normalization, dropout, a residual connection. */
static void test_network_training(void **state)
{
	static const char *const names[] = { "lenet5", "cnn-100k", "network" };
	Dataset *set = lenet300_dataset(150);
	Rows train = { .set = set, .count = 150 };
	Err err = { .code = ERR_NONE };
	Pool *pool = pool_new(2, &err);

	(void)state;
	made_fine(pool, &err);
	blas_prepare(pool);
	for (size_t i = 0; i < 9; i++) {
		const ModelKind *kind = model_kind_find(names[i / 3]);
		Poll poll = { .base = { .poll = poll_count } };
		FitOptions options;
		Params params;

		made_fine(params_init(&params, &kind->info, &err), &err);
		if (i / 3 == 2)
			made_fine(params_set_text(&params, "input", "1,28,28", &err) &&
					  params_set_text(&params, "layers",
							  "conv2d 4;conv2d 4 pad=1;add 1;gelu;"
							  "maxpool 3;dense 10",
							  &err),
				  &err);
		Model *model = model_new(kind, &params, &err);

		made_fine(model, &err);
		fit_options_init(&options, model);
		options.epochs = 2;
		options.pool = i % 3 ? pool : NULL;
		options.bf16 = i % 3 == 2 && cpu_features() & CPU_BF16;
		made_fine(model_fit(model, &train, &options, NULL, &poll.base, &err), &err);
		assert_true(poll.steps >= 4);
		assert_int_equal(poll.last, poll.first);
		model_free(model);
	}
	pool_free(pool);
	dataset_free(set);
}

static void test_lenet300_programs(void **state)
{
	Dataset *set = lenet300_dataset(300);
	Rows rows = { .set = set, .count = 300 };
	Err err = { .code = ERR_NONE };
	Model *model[KERNEL_ROWS_CSR] = { made_model(LENET300, "1") };

	(void)state;
	blas_prepare(NULL);
	with_forms(model, &rows, &err);
	check_forms(model, &rows, ~0);
	dataset_free(set);
}

/* Convolutions, pooling, a residual connection, a norm that is folded and one that is not. */
#define IMAGES                                                                                  \
	"conv2d 6 kernel=5 pad=2; batchnorm; relu; maxpool 2; conv2d 6 kernel=3 pad=1; add 4;" \
	"batchnorm; gelu; maxpool 2; dropout 0.5; flatten; dense 10; softmax"

static void test_image_programs(void **state)
{
	Dataset *set = lenet300_dataset(300);
	Rows rows = { .set = set, .count = 300 };
	Err err = { .code = ERR_NONE };
	Model *model[KERNEL_ROWS_CSR] = { made_network("28,28", IMAGES) };

	(void)state;
	blas_prepare(NULL);
	with_forms(model, &rows, &err);
	check_forms(model, &rows, 1 << KERNEL_DENSE | 1 << KERNEL_CSR | 1 << KERNEL_INT8);
	dataset_free(set);
}

typedef struct Scene {
	const Model *model, *network;
	const Rows *train;
} Scene;

static bool scene_fit(const Scene *scene, Err *err)
{
	Model *copy = model_dup(scene->model, err);
	FitOptions options;
	bool fine = false;

	if (copy) {
		fit_options_init(&options, copy);
		options.epochs = 1;
		options.valid = scene->train;
		options.patience = 1;
		fine = model_fit(copy, scene->train, &options, NULL, NULL, err);
	}
	model_free(copy);
	return fine;
}

static bool scene_with(const Scene *scene, const char *technique, Err *err)
{
	Model *model = made_with(scene->model, technique, scene->train, NULL, err);

	model_free(model);
	return model != NULL;
}

static bool scene_prune(const Scene *scene, Err *err)
{
	return scene_with(scene, "prune", err);
}

static bool scene_quantize(const Scene *scene, Err *err)
{
	return scene_with(scene, "quantize", err);
}

static bool scene_program(const Scene *scene, Err *err)
{
	Program *p = made_program(scene->model, KERNEL_CSR, 64, NULL, "auto", err);
	bool fine = p && program_predict(p, scene->train, NULL, NULL, err);

	program_free(p);
	return fine;
}

/* A model that is folded first. */
static bool scene_network(const Scene *scene, Err *err)
{
	Program *p = made_program(scene->network, KERNEL_DENSE, 64, NULL, "auto", err);
	bool fine = p && program_predict(p, scene->train, NULL, NULL, err);

	program_free(p);
	return fine;
}

/* Call n = 1, 2, … fails, and all behind it, until the scene completes. */
static void test_no_memory(void **state)
{
	static bool (*const scenes[])(const Scene *, Err *) = { scene_fit, scene_prune,
								scene_quantize, scene_program,
								scene_network };
	Dataset *set = made_dataset(400, 1);
	Rows train = made_train(set);
	Scene scene = { made_model(MADE_LAYERS, "1"),
			made_network("24", "dense 20; batchnorm; relu; dropout 0.1; dense 4"), &train };

	(void)state;
	for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
		bool fine = false;
		size_t n = 0;

		for (; !fine && n < 200; n++) {
			Err err = { .code = ERR_NONE };

			alloc_fail_after(n);
			fine = scenes[i](&scene, &err);
			assert_true(fine || err.code == ERR_MEMORY);
		}
		alloc_fail_never();
		assert_true(fine && n > 2);
	}
	model_free((Model *)scene.network);
	model_free((Model *)scene.model);
	dataset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_counts_library),
		cmocka_unit_test(test_training),
		cmocka_unit_test(test_forms_of_rows),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_lenet300_training),
		cmocka_unit_test(test_network_training),
		cmocka_unit_test(test_lenet300_programs),
		cmocka_unit_test(test_image_programs),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("allocations", tests, NULL, NULL);
}
