/* Programs: every form gives the model's numbers, whatever the batch, the order of the rows and
 * the threads; counts, steps and refusals.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model_make.h"
#include "network_reference.h"
#include "num/blas.h"

typedef struct Fixture {
	Dataset *set;
	Rows train, test;
	Model *model[KERNEL_ROWS_CSR]; /* dense, pruned, quantized, …; trained a little */
	Err err;
} Fixture;

static int setup(void **state)
{
	const char *const some[] = { "sparsity", "0.8", "epochs", "0", NULL };
	Fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->set = made_dataset(400, 1);
	f->train = made_train(f->set);
	f->test = made_test(f->set);
	f->model[KERNEL_DENSE] = made_model(MADE_LAYERS, "1");
	made_fit(f->model[KERNEL_DENSE], &f->train, 4);
	f->model[KERNEL_CSR] = made_with(f->model[0], "prune", NULL, some, &f->err);
	f->model[KERNEL_INT8] = made_with(f->model[0], "quantize", &f->train, NULL, &f->err);
	assert_true(f->model[KERNEL_CSR] && f->model[KERNEL_INT8]);
	f->model[KERNEL_BLOCK] = model_dup(f->model[KERNEL_CSR], &f->err);
	f->model[KERNEL_BF16] = model_dup(f->model[KERNEL_DENSE], &f->err);
	assert_true(f->model[KERNEL_BLOCK] && f->model[KERNEL_BF16]);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	Fixture *f = *state;

	for (int i = 0; i < KERNEL_ROWS_CSR; i++)
		model_free(f->model[i]);
	dataset_free(f->set);
	free(f);
	return 0;
}

/* How far two runs of a form may be apart, as a share of a logit: sums come in another order for
 * another batch; bf16 then may round another way. Integers have no such freedom. */
static float slack(int form)
{
	return form == KERNEL_INT8 ? 0 : form == KERNEL_BF16 ? 0.02f : 1e-5f;
}

static void check_near(int form, float got, float want)
{
	if (!(fabsf(got - want) <= slack(form) * (1 + fabsf(want))))
		fail_msg("%s: %g, expected %g", kernel_form_name((KernelForm)form), (double)got,
			 (double)want);
}

static void test_numbers(void **state)
{
	Fixture *f = *state;

	for (int form = 0; form < KERNEL_ROWS_CSR; form++) {
		const Model *model = f->model[form];
		float *logits = made_logits(model, (KernelForm)form, &f->test, 32);
		double worst = 0, most = 0, y[64];

		for (size_t i = 0; i < f->test.count; i++) {
			reference_row(model, &f->test, i, y);
			for (size_t c = 0; c < MADE_CLASSES; c++) {
				double off = fabs((double)logits[i * MADE_CLASSES + c] - y[c]);

				/* No second fmax: gcc 12 for aarch64 gives up on the two. */
				worst = off > worst ? off : worst;
				most = fmax(most, fabs(y[c]));
			}
		}
		/* int8, bf16: rounding of two layers of activations */
		bool rounds = form == KERNEL_INT8 || form == KERNEL_BF16;

		assert_true(worst < (rounds ? 0.03 : 1e-5) * most);
		free(logits);
	}
}

/* Any batch, rows out of order, threads: the same logits (dense: up to BLAS' order of sums). */
static void test_batches_and_threads(void **state)
{
	Fixture *f = *state;
	static const size_t batches[] = { 1, 2, 15, 16, 17, 64, 100, 300 };
	Pool *pool = pool_new(3, &f->err);

	made_fine(pool, &f->err);
	blas_prepare(pool);
	for (int form = 0; form < KERNEL_ROWS_CSR; form++) {
		float *want = made_logits(f->model[form], (KernelForm)form, &f->test, 7), *got;

		for (size_t b = 0; b < 2 * sizeof batches / sizeof *batches; b++) {
			size_t batch = batches[b / 2], n;
			Program *p = made_program(f->model[form], (KernelForm)form, batch,
						  b % 2 ? pool : NULL, "auto", &f->err);

			made_fine(p, &f->err);
			got = calloc(f->test.count * MADE_CLASSES, sizeof *got);
			for (size_t at = 0; at < f->test.count; at += n) {
				n = f->test.count - at < batch ? f->test.count - at : batch;
				program_run(p, &f->test, at, n, got + at * MADE_CLASSES);
			}
			for (size_t i = 0; i < f->test.count * MADE_CLASSES; i++)
				check_near(form, got[i], want[i]);
			free(got);
			program_free(p);
		}
		free(want);
	}
	pool_free(pool);
}

/* Threads take turns with nothing between them: layers of very different widths must not meet in memory. */
static void test_threads_keep_apart(void **state)
{
	Fixture *f = *state;
	Model *model = made_model("24,500,8,300,4", "1");
	Model *int8 = made_with(model, "quantize", &f->train, NULL, &f->err);
	Pool *pool = pool_new(4, &f->err);
	float got[100 * MADE_CLASSES];

	made_fine(int8 && pool, &f->err);
	for (int form = 0; form < KERNEL_ROWS_CSR; form++) {
		const Model *m = form == KERNEL_INT8 ? int8 : model;
		float *want = made_logits(m, (KernelForm)form, &f->test, 100);
		Program *p = made_program(m, (KernelForm)form, 100, pool, "auto", &f->err);

		made_fine(p, &f->err);
		for (int round = 0; round < 300; round++) {
			program_run(p, &f->test, 0, 100, got);
			for (size_t i = 0; i < 100 * MADE_CLASSES; i++)
				check_near(form, got[i], want[i]);
		}
		free(want);
		program_free(p);
	}
	pool_free(pool);
	model_free(int8);
	model_free(model);
}

/* Rows in an order of their own are copied; they must read as those in place. */
static void test_order(void **state)
{
	Fixture *f = *state;
	Rows backward = { .set = f->set, .index = malloc(50 * sizeof(uint32_t)), .count = 50 };

	assert_non_null(backward.index);
	for (uint32_t i = 0; i < 50; i++)
		backward.index[i] = 99 - 2 * i;
	for (int form = 0; form < KERNEL_ROWS_CSR; form++) {
		float *all = made_logits(f->model[form], (KernelForm)form, &f->train, 16);
		float *some = made_logits(f->model[form], (KernelForm)form, &backward, 16);

		for (size_t i = 0; i < 50; i++)
			for (size_t c = 0; c < MADE_CLASSES; c++)
				check_near(form, some[i * MADE_CLASSES + c],
					   all[(99 - 2 * i) * MADE_CLASSES + c]);
		free(all);
		free(some);
	}
	rows_done(&backward);
}

/* Every instruction level gives the integers' bits. */
static void test_levels(void **state)
{
	Fixture *f = *state;
	static const char *const levels[] = { "scalar", "avx2", "avx512" };
	float *want = made_logits(f->model[KERNEL_INT8], KERNEL_INT8, &f->test, 20),
	      got[20 * MADE_CLASSES];

	for (size_t i = 0; i < 3; i++) {
		KernelWish wish;
		Program *p;

		if (!kernel_wish_parse(&wish, levels[i], &f->err))
			continue; /* not on this processor */
		p = made_program(f->model[KERNEL_INT8], KERNEL_INT8, 20, NULL, levels[i], &f->err);
		made_fine(p, &f->err);
		program_run(p, &f->test, 20, 20, got);
		assert_memory_equal(got, want + 20 * MADE_CLASSES, sizeof got);
		program_free(p);
	}
	free(want);
}

static void test_predict(void **state)
{
	Fixture *f = *state;
	Program *p = made_program(f->model[0], KERNEL_DENSE, 64, NULL, "auto", &f->err);
	float *logits = made_logits(f->model[0], KERNEL_DENSE, &f->test, 64);
	uint16_t mine[100];
	uint8_t hits[13];
	size_t count, right = 0;

	made_fine(p, &f->err);
	made_fine(program_predict(p, &f->test, NULL, NULL, &f->err), &f->err);
	made_fine(program_predict(p, &f->test, mine, NULL, &f->err), &f->err);
	assert_int_equal(f->test.count, 100);
	assert_memory_equal(program_classes(p, &count), mine, sizeof mine);
	assert_int_equal(count, 100);
	double accuracy = program_accuracy(mine, &f->test, hits);

	for (size_t i = 0; i < 100; i++) {
		for (size_t c = 0; c < MADE_CLASSES; c++)
			assert_true(logits[i * MADE_CLASSES + mine[i]] >=
				    logits[i * MADE_CLASSES + c]);
		assert_int_equal(hits[i / 8] >> i % 8 & 1, mine[i] == f->set->labels[300 + i]);
		right += hits[i / 8] >> i % 8 & 1;
	}
	assert_true(accuracy == (double)right / 100 && accuracy > 0.8);
	f->set->features = 23;
	assert_false(program_predict(p, &f->test, NULL, NULL, &f->err));
	assert_int_equal(f->err.code, ERR_ARGUMENT);
	f->set->features = 24;
	free(logits);
	program_free(p);
}

static void test_ties_go_to_the_first(void **state)
{
	Fixture *f = *state;
	Model *zero = made_model("24,4", "1");
	uint16_t classes[100];

	memset(zero->params, 0, zero->count * sizeof(float));
	zero->params[zero->span[1].offset + 2] = zero->params[zero->span[1].offset + 3] = 1;
	Program *p = made_program(zero, KERNEL_DENSE, 64, NULL, "auto", &f->err);

	made_fine(p, &f->err);
	made_fine(program_predict(p, &f->test, classes, NULL, &f->err), &f->err);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(classes[i], 2);
	program_free(p);
	model_free(zero);
}

static bool poll_no(Control *self, Err *err)
{
	(void)self;
	return err_set(err, ERR_INTERRUPTED, "stop");
}

static void test_control(void **state)
{
	Fixture *f = *state;
	Control no = { .poll = poll_no };
	Program *p = made_program(f->model[0], KERNEL_DENSE, 64, NULL, "auto", &f->err);

	assert_false(program_predict(p, &f->test, NULL, &no, &f->err));
	assert_int_equal(f->err.code, ERR_INTERRUPTED);
	program_free(p);
}

static void test_counts_and_steps(void **state)
{
	Fixture *f = *state;
	for (int form = 0; form < KERNEL_ROWS_CSR; form++) {
		Program *p =
			made_program(f->model[form], (KernelForm)form, 10, NULL, "auto", &f->err);
		json_t *steps = program_steps_json(p);
		uint64_t macs = 0, bytes = 0;
		size_t linear = 0;

		assert_non_null(steps);
		for (size_t i = 0; i < json_array_size(steps); i++) {
			const json_t *step = json_array_get(steps, i);
			const char *kernel = json_string_value(json_object_get(step, "kernel"));

			macs += (uint64_t)json_integer_value(json_object_get(step, "macs"));
			assert_true(json_integer_value(json_object_get(step, "bytes")) > 0);
			if (strcmp(kernel, "convert") == 0)
				continue;
			assert_int_equal(kernel_find(kernel)->form, form);
			bytes += (uint64_t)json_integer_value(json_object_get(step, "bytes"));
			linear++;
		}
		assert_int_equal(linear, 3);
		/* Of the bytes; and where a form has a layout of its own, back to rows. */
		assert_in_range(json_array_size(steps), 3 + 1, 3 + 2);
		assert_int_equal(program_macs(p), macs);
		assert_int_equal(program_weight_bytes(p), bytes);
		assert_int_equal(program_form(p, 2), form);
		assert_int_equal(program_batch(p), 10);
		assert_int_equal(program_inputs(p), 24);
		assert_int_equal(program_outputs(p), 4);
		json_decref(steps);
		program_free(p);
	}
}

/* Layers of different forms: columns and rows take turns. */
static void test_mixed(void **state)
{
	Fixture *f = *state;
	float *want = made_logits(f->model[KERNEL_CSR], KERNEL_CSR, &f->test, 33);

	for (unsigned mix = 1; mix < 7; mix++) {
		ProgramOptions options = { .batch = 33 };
		float got[33 * MADE_CLASSES];

		assert_true(kernel_wish_parse(&options.wish, "auto", &f->err));
		for (size_t i = 0; i < 3; i++)
			options.form[i] = mix >> i & 1 ? KERNEL_DENSE : KERNEL_CSR;
		Program *p = program_new(f->model[KERNEL_CSR], &options, &f->err);

		made_fine(p, &f->err);
		program_run(p, &f->test, 33, 33, got);
		for (size_t i = 0; i < 33 * MADE_CLASSES; i++)
			assert_true(fabsf(got[i] - want[33 * MADE_CLASSES + i]) < 1e-4f);
		program_free(p);
	}
	free(want);
}

static void refused(const Model *model, const ProgramOptions *options, const char *says)
{
	Err err = { .code = ERR_NONE };

	assert_null(program_new(model, options, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	if (!strstr(err.text, says))
		fail_msg("'%s' does not say '%s'", err.text, says);
}

static void test_refusals(void **state)
{
	Fixture *f = *state;
	ProgramOptions options = { .batch = 1, .form = { KERNEL_INT8, KERNEL_INT8, KERNEL_INT8 } };

	assert_true(kernel_wish_parse(&options.wish, "auto", &f->err));
	refused(f->model[0], &options, "layer 0 is not quantized: use technique.quantize");
	options.form[0] = options.form[1] = KERNEL_DENSE;
	refused(f->model[0], &options, "layer 2 is not quantized");
	options.kernel[1] = kernel_find("conv-int8-scalar");
	refused(f->model[0], &options, "layer 1, 'dense 20': the kernel 'conv-int8-scalar'");
	options.batch = 0;
	refused(f->model[0], &options, "batch");
	options.batch = 65537;
	refused(f->model[0], &options, "batch");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_numbers),
		TEST(test_batches_and_threads),
		TEST(test_threads_keep_apart),
		TEST(test_order),
		TEST(test_levels),
		TEST(test_predict),
		TEST(test_ties_go_to_the_first),
		TEST(test_control),
		TEST(test_counts_and_steps),
		TEST(test_mixed),
		TEST(test_refusals),
	};

	return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
