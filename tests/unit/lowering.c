/* Lowering: what is chosen, kept, forced, and said of it; without a meter and without verdicts on
 * time.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/record.h"
#include "model_make.h"
#include "num/blas.h"
#include "num/cpu.h"
#include "trial/trial.h"

typedef struct Fixture {
	int fds[2];
	RecordOut *out;
	RecordIn *in;
	Trial trial;
	Dataset *set;
	Rows train;
	Model *model[3]; /* dense, pruned, pruned and quantized */
	Err err;
} Fixture;

/* A norm is folded, so that layers of the model and of the program differ. */
#define LINES                                                                \
	"conv2d 6 kernel=3 pad=1; batchnorm; relu; maxpool 2; flatten; dense 16;" \
	"relu; dense 4"

static int setup(void **state)
{
	const char *const some[] = { "sparsity", "0.8", "epochs", "0", NULL };
	Fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	assert_int_equal(pipe(f->fds), 0);
	fcntl(f->fds[0], F_SETFL, O_NONBLOCK);
	f->out = record_out_new(f->fds[1], clock_now_ns(), &f->err);
	f->in = record_in_new(f->fds[0], &f->err);
	trial_init(&f->trial, f->out, NULL);
	strcpy(f->trial.arm, "arm");
	f->set = made_dataset(200, 1);
	f->train = made_train(f->set);
	f->model[0] = made_network("1,4,6", LINES);
	f->model[1] = made_with(f->model[0], "prune", NULL, some, &f->err);
	assert_non_null(f->model[1]);
	f->model[2] = made_with(f->model[1], "quantize", &f->train, NULL, &f->err);
	assert_non_null(f->model[2]);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	Fixture *f = *state;

	for (int i = 0; i < 3; i++)
		model_free(f->model[i]);
	dataset_free(f->set);
	record_out_free(f->out);
	record_in_free(f->in);
	close(f->fds[0]);
	close(f->fds[1]);
	free(f);
	return 0;
}

/* Lowers, and gives the record. */
static json_t *lowered(Fixture *f, const Model *model, const char *form, size_t batch)
{
	Program *program = trial_lower(&f->trial, model, form, batch, &f->err);
	json_t *record;

	made_fine(program, &f->err);
	assert_int_equal(record_in_next(f->in, &record, &f->err), RECORD_GOT);
	assert_string_equal(json_string_value(json_object_get(record, "type")), "lowering");
	const json_t *names = json_object_get(record, "kernels");

	assert_int_equal(json_array_size(names), model->weighted);
	for (size_t i = 0; i < model->weighted; i++)
		assert_string_equal(json_string_value(json_array_get(names, i)),
				    program_kernel(program, i)->info.name);
	program_free(program);
	return record;
}

static const char *kernel_of(const json_t *record, size_t layer)
{
	return json_string_value(json_array_get(json_object_get(record, "kernels"), layer));
}

/* What was measured has a key, the same for the same model; with the cache nothing is measured. */
static void test_cache(void **state)
{
	Fixture *f = *state;

	for (int i = 0; i < 3; i++) {
		json_t *first = lowered(f, f->model[i], "auto", 16);
		const char *key = record_text(first, "key");
		json_t *cache = json_pack("{s:[s,s,s]}", key, "conv-scalar", "dense-reference",
					  "dense-blas");

		assert_int_equal(strlen(key), 64);
		assert_non_null(strstr(record_text(first, "why"), "measured at batch 16"));
		f->trial.cache = cache;
		json_t *again = lowered(f, f->model[i], "auto", 16);

		assert_string_equal(record_text(again, "why"),
				    "as measured on this machine before (cached)");
		assert_null(json_object_get(again, "key"));
		assert_string_equal(kernel_of(again, 0), "conv-scalar");
		assert_string_equal(kernel_of(again, 2), "dense-blas");
		json_t *other = lowered(f, f->model[i], "auto", 8);

		assert_string_not_equal(record_text(other, "key"), key);
		f->trial.cache = NULL;
		json_decref(first);
		json_decref(again);
		json_decref(other);
		json_decref(cache);
	}
}

/* Names of the cache that do not fit are passed over, as is the cache where kernels are forced. */
static void test_cache_does_not_hold(void **state)
{
	Fixture *f = *state;
	json_t *first = lowered(f, f->model[1], "auto", 16);
	const char *key = record_text(first, "key");
	json_t *caches[] = {
		json_pack("{s:[s,s]}", key, "conv-scalar", "dense-blas"),
		json_pack("{s:[s,s,s]}", key, "conv-scalar", "dense-blas", "dense-best"),
		json_pack("{s:[s,s,s]}", key, "dense-blas", "dense-blas", "dense-blas"),
	};

	for (size_t i = 0; i < 3; i++) {
		f->trial.cache = caches[i];
		json_t *record = lowered(f, f->model[1], "auto", 16);

		assert_non_null(strstr(record_text(record, "why"), "measured at batch 16"));
		json_decref(record);
	}
	json_t *whole = json_pack("{s:[s,s,s]}", key, "conv-scalar", "dense-blas", "dense-blas");

	f->trial.cache = whole;
	assert_true(kernel_wish_parse(&f->trial.wish, "dense-reference", &f->err));
	json_t *record = lowered(f, f->model[1], "auto", 16);

	assert_null(strstr(record_text(record, "why"), "cached"));
	assert_null(json_object_get(record, "key"));
	json_decref(record);
	json_decref(whole);
	json_decref(first);
	for (size_t i = 0; i < 3; i++)
		json_decref(caches[i]);
}

/* Kernels of an earlier trial are forced; one that is not made for this batch stands for its form,
 * and plans may hold forms. */
static void test_choices(void **state)
{
	Fixture *f = *state;
	json_t *choices = json_pack("{s:[s,s,s]}", "arm", "conv-scalar", "csr-scalar", "dense");

	f->trial.choices = choices;
	json_t *record = lowered(f, f->model[1], "auto", 16);

	assert_string_equal(record_text(record, "why"), "as an earlier trial of this arm chose");
	assert_string_equal(kernel_of(record, 0), "conv-scalar");
	assert_string_equal(kernel_of(record, 1), "csr-scalar");
	json_decref(record);
	json_decref(choices);
	f->trial.choices = choices =
		json_pack("{s:[s,s,s]}", "arm", "dense", "csr-row-scalar", "csr");
	record = lowered(f, f->model[1], "auto", 64);
	assert_int_equal(kernel_find(kernel_of(record, 1))->form, KERNEL_CSR);
	assert_int_equal(kernel_find(kernel_of(record, 1))->batch_max, 0);
	assert_int_equal(kernel_find(kernel_of(record, 2))->form, KERNEL_CSR);
	json_decref(record);
	json_decref(choices);
	/* Integers of a model that is not quantized, sparse forms of one that is not pruned. */
	static const char *const strange[] = { "int8-scalar", "csr-scalar", "block", "bf16-scalar" };

	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		f->trial.choices = choices =
			json_pack("{s:[s,s,s]}", "arm", "dense", "dense", strange[i]);
		record = lowered(f, f->model[0], "auto", 16);
		assert_int_equal(kernel_find(kernel_of(record, 2))->form, KERNEL_DENSE);
		assert_null(strstr(record_text(record, "why"), "earlier"));
		json_decref(record);
		json_decref(choices);
	}
}

/* A form without kernels for convolutions leaves these dense; the numbers that bf16 rounds are
 * never chosen by "auto". */
static void test_forced(void **state)
{
	Fixture *f = *state;
	json_t *record = lowered(f, f->model[0], "bf16", 16);

	assert_string_equal(record_text(record, "why"), strstr(record_text(record, "why"), "forced by"));
	assert_non_null(strstr(record_text(record, "why"), "1 of 3 layers have no such kernel"));
	assert_int_equal(kernel_find(kernel_of(record, 0))->form, KERNEL_DENSE);
	assert_int_equal(kernel_find(kernel_of(record, 1))->form, KERNEL_BF16);
	json_decref(record);
	for (size_t batch = 1; batch <= 64; batch += 63) {
		record = lowered(f, f->model[0], "auto", batch);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(kernel_find(kernel_of(record, i))->form, KERNEL_DENSE);
		json_decref(record);
	}
	assert_null(trial_lower(&f->trial, f->model[0], "int8", 16, &f->err));
	assert_non_null(strstr(f->err.text, "not quantized"));
}

/* The scalar sparse kernel against the dense one of the wish: slower by far, and told. */
static void test_slower(void **state)
{
	Fixture *f = *state;
	const char *const none[] = { "sparsity", "0", "epochs", "0", NULL };
	Model *plain = made_network("24", "dense 300; relu; dense 300; relu; dense 4");
	Model *masked = made_with(plain, "prune", NULL, none, &f->err);

	made_fine(masked, &f->err);
	assert_true(kernel_wish_parse(&f->trial.wish, "csr-scalar", &f->err));
	json_t *record = lowered(f, masked, "csr", 64);

	if (cpu_features() & CPU_AVX2)
		assert_non_null(strstr(record_text(record, "why"), "slower than dense here"));
	json_decref(record);
	f->trial.rule = LOWER_TABLE; /* never times */
	record = lowered(f, masked, "csr", 64);
	assert_string_equal(record_text(record, "why"), "forced by kernel = \"csr\"");
	json_decref(record);
	model_free(masked);
	model_free(plain);
}

/* By the table: integers where they are, sparse where it pays; the same every time. */
static void test_table(void **state)
{
	Fixture *f = *state;
	static const KernelForm want[] = { KERNEL_DENSE, KERNEL_CSR, KERNEL_INT8 };

	f->trial.rule = LOWER_TABLE;
	for (int i = 0; i < 3; i++) {
		json_t *record = lowered(f, f->model[i], "auto", 64);

		assert_int_equal(kernel_find(kernel_of(record, 1))->form, want[i]);
		assert_null(json_object_get(record, "key"));
		json_decref(record);
	}
}

static bool refuse(Control *self, Err *err)
{
	(void)self;
	return err_set(err, ERR_INTERRUPTED, "interrupted");
}

static void test_interrupted(void **state)
{
	Fixture *f = *state;
	Control control = { .poll = refuse };

	f->trial.control = &control;
	assert_null(trial_lower(&f->trial, f->model[1], "auto", 64, &f->err));
	assert_int_equal(f->err.code, ERR_INTERRUPTED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_cache),  TEST(test_cache_does_not_hold), TEST(test_choices),
		TEST(test_forced), TEST(test_slower),		   TEST(test_table),
		TEST(test_interrupted),
	};

	blas_prepare(NULL);
	return cmocka_run_group_tests_name("lowering", tests, NULL, NULL);
}
