/* Nothing is allocated inside a measured loop: not in a training step, not in a run of a
 * program. Where an allocation fails, the call says so and leaves nothing behind.
 *
 * Our own calls are counted. OpenBLAS allocates inside its kernel for small matrices; that is
 * not seen here.
 * SPDX-License-Identifier: MIT */
#include "base/arena.h"
#include "model_make.h"
#include "num/blas.h"

#include "alloc_fail.h"

typedef struct Poll {
	Control base;
	size_t steps, first, last; /* alloc_calls when the first and the latest step began */
} Poll;

static bool poll_count(Control *self, Err *err)
{
	Poll *poll = (Poll *)self;

	(void)err;
	poll->last = alloc_calls;
	if (poll->steps++ == 0)
		poll->first = alloc_calls;
	return true;
}

static void test_counts(void **state)
{
	size_t before = alloc_calls;
	Err err = { .code = ERR_NONE };
	Arena *arena = arena_new(0, &err);

	(void)state;
	assert_int_equal(alloc_calls, before + 2);
	arena_free(arena);
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
	for (int optimizer = FIT_ADAM; optimizer <= FIT_MOMENTUM; optimizer++) {
		Model *dense = made_model(MADE_LAYERS, "1");
		Model *pruned = made_with(dense, "prune", NULL, some, &err);

		assert_non_null(pruned);
		fit_options_init(&options, dense);
		options.optimizer = (FitOptimizer)optimizer;
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

static void check_program(const Model *model, KernelForm form, const Rows *rows, Pool *pool)
{
	Err err = { .code = ERR_NONE };
	Program *p = made_program(model, form, 32, pool, "auto", &err);
	float *logits = malloc(32 * MADE_CLASSES * sizeof *logits);

	made_fine(p, &err);
	assert_non_null(logits);
	made_fine(program_predict(p, rows, NULL, NULL, &err), &err);
	size_t before = alloc_calls;

	for (int i = 0; i < 3; i++)
		made_fine(program_predict(p, rows, NULL, NULL, &err), &err);
	for (size_t n = 1; n <= 32; n++)
		program_run(p, rows, n, n, logits);
	assert_int_equal(alloc_calls, before);
	free(logits);
	program_free(p);
}

static void test_programs(void **state)
{
	Dataset *set = made_dataset(400, 1);
	Rows train = made_train(set), shuffled;
	const char *const some[] = { "sparsity", "0.5", "epochs", "0", NULL };
	Err err = { .code = ERR_NONE };
	Model *model[KERNEL_FORMS] = { made_model(MADE_LAYERS, "1") };
	Pool *pool = pool_new(2, &err);

	(void)state;
	made_fine(pool && rows_sample(&shuffled, &train, 100, 1, &err), &err);
	blas_prepare(pool);
	model[KERNEL_CSR] = made_with(model[0], "prune", NULL, some, &err);
	model[KERNEL_INT8] = made_with(model[0], "quantize", &train, NULL, &err);
	for (int form = 0; form < KERNEL_FORMS; form++) {
		assert_non_null(model[form]);
		check_program(model[form], (KernelForm)form, &train, NULL);
		check_program(model[form], (KernelForm)form, &shuffled, pool);
		model_free(model[form]);
	}
	pool_free(pool);
	rows_done(&shuffled);
	dataset_free(set);
}

typedef struct Scene {
	const Model *model;
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

/* Call n = 1, 2, … fails, and all behind it, until the scene completes. */
static void test_no_memory(void **state)
{
	static bool (*const scenes[])(const Scene *, Err *) = { scene_fit, scene_prune,
								scene_quantize, scene_program };
	Dataset *set = made_dataset(400, 1);
	Rows train = made_train(set);
	Scene scene = { made_model(MADE_LAYERS, "1"), &train };

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
	model_free((Model *)scene.model);
	dataset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_training),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("allocations", tests, NULL, NULL);
}
