/* Programs of networks: layers of every kind agree with plain loops, in all forms that their
 * weights have and in mixtures of them, whatever the batch and the threads; folding changes nothing;
 * the networks of the literature have their sizes.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/fold.h"
#include "model_make.h"
#include "network_reference.h"
#include "num/blas.h"
#include "num/cpu.h"

/* Of 24 features. */
static const struct {
	const char *input, *layers;
} networks[] = {
	{ "1,4,6", "conv2d 5 kernel=3 pad=1; relu; maxpool 2; conv2d 7 kernel=2; relu; flatten;"
		   "dense 12; relu; dense 4" },
	{ "1,4,6", "conv2d 6 kernel=3 pad=1; batchnorm; relu; conv2d 6 kernel=3 pad=1 groups=2;"
		   "batchnorm; add 3; relu; globalpool; dropout 0.5; dense 4" },
	{ "24", "dense 20; tanh; dense 20; add 2; leaky; dense 20; sigmoid; add 5; gelu; batchnorm;"
		"dense 4; softmax" },
	{ "24", "dropout 0.2; dense 33; batchnorm; relu; dropout 0.2; dense 20; batchnorm; tanh;"
		"dropout 0.2; add 8; dense 4" },
	{ "6,2,2", "avgpool 2 stride=1 pad=1; conv2d 9 kernel=3 stride=2; batchnorm; gelu; flatten;"
		   "dense 4" },
	{ "2,3,4", "maxpool 2 stride=1; conv2d 8 kernel=2; maxpool 1; conv2d 6 kernel=1; softmax" },
	{ "1,4,6", "conv2d 5 kernel=3 pad=1; maxpool 2; conv2d 6 kernel=2; maxpool 1; flatten;"
		   "dropout 0.5; dense 7; relu; dense 4" },
	{ "4,6", "flatten; maxpool 1; relu; dense 30; dense 20; relu; dense 4; relu" },
	{ "24,1,1", "dropout 0.1; conv2d 6 kernel=1; dense 24; add 1; dense 4" },
};

#define NETWORKS (sizeof networks / sizeof *networks)

static int setup(void **state)
{
	*state = made_new(400, NULL);
	return 0;
}

/* Means and variances as training would leave them. */
static void spoil_norms(Model *model)
{
	Random random;

	random_init(&random, 3, RANDOM_WEIGHTS);
	for (size_t i = 0; i < model->layers; i++) {
		const Layer *layer = &model->layer[i];

		if (!reference_is(layer, "batchnorm"))
			continue;
		for (size_t s = 0; s < 4; s++) {
			const Span *span = &model->span[layer->span[s]];

			for (size_t k = 0; k < span->cols; k++)
				model->params[span->offset + k] =
					s % 3 == 0 ? random_uniform(&random, 0.5f, 1.5f)
						   : random_uniform(&random, -0.5f, 0.5f);
		}
	}
}

static Model *network(size_t i)
{
	Model *model = made_network(networks[i].input, networks[i].layers);

	spoil_norms(model);
	return model;
}

static float *reference_rows(const Model *model, const Rows *rows, double *most)
{
	size_t outputs = model_outputs(model);
	double *y = calloc(outputs, sizeof *y);
	float *all = calloc(rows->count * outputs, sizeof *all);

	assert_true(y && all);
	*most = 0;
	for (size_t at = 0; at < rows->count; at++) {
		reference_row(model, rows, at, y);
		for (size_t c = 0; c < outputs; c++) {
			all[at * outputs + c] = (float)y[c];
			*most = fmax(*most, fabs(y[c]));
		}
	}
	free(y);
	return all;
}

static void fail_rows(const Program *p, const ProgramOptions *options, size_t at, float got,
		      float want)
{
	size_t outputs = program_outputs(p);
	char *steps = json_dumps(program_steps_json(p), 0);

	fail_msg("row %zu of a batch of %zu, output %zu: %g, expected %g: %s", at / outputs,
		 options->batch, at % outputs, (double)got, (double)want, steps);
}

static void check_rows(const Model *model, const ProgramOptions *options, const Rows *rows,
		       const float *want, double slack)
{
	size_t outputs = model_outputs(model), n;
	float *got = calloc(options->batch * outputs, sizeof *got);
	Err err = { .code = ERR_NONE };
	Program *p = program_new(model, options, &err);

	made_fine(p && got, &err);
	for (size_t at = 0; at < rows->count; at += n) {
		n = rows->count - at < options->batch ? rows->count - at : options->batch;
		program_run(p, rows, at, n, got);
		for (size_t i = 0; i < n * outputs; i++)
			if (!(fabs((double)got[i] - (double)want[at * outputs + i]) <= slack))
				fail_rows(p, options, at * outputs + i, got[i],
					  want[at * outputs + i]);
	}
	free(got);
	program_free(p);
}

static const size_t batches[] = { 1, 3, 16, 17, 40, 64, 100 };
#define BATCHES (sizeof batches / sizeof *batches)

static ProgramOptions options_of(size_t batch, Pool *pool, const char *wish)
{
	ProgramOptions options = { .batch = batch, .pool = pool };
	Err err = { .code = ERR_NONE };

	if (!kernel_wish_parse(&options.wish, wish, &err)) /* not on this processor */
		assert_true(kernel_wish_parse(&options.wish, "scalar", &err));
	return options;
}

static void test_dense(void **state)
{
	static const char *const levels[] = { "auto", "scalar", "avx2" };
	Made *f = *state;
	Pool *pool = pool_new(3, &f->err);

	made_fine(pool, &f->err);
	blas_prepare(pool);
	for (size_t i = 0; i < NETWORKS; i++) {
		Model *model = network(i);
		double most;
		float *want = reference_rows(model, &f->test, &most);

		for (size_t b = 0; b < 3 * BATCHES; b++) {
			ProgramOptions options = options_of(batches[b / 3], b % 2 ? pool : NULL,
							    levels[b % 3]);

			check_rows(model, &options, &f->test, want, 2e-5 * (1 + most));
		}
		free(want);
		model_free(model);
	}
	pool_free(pool);
}

/* What kernel_pick has for a layer; some forms have none for convolutions. */
static bool has_form(const Model *model, size_t at, KernelForm form, const ProgramOptions *options)
{
	bool conv = model->layer[model->weighted_layer[at]].conv.filters;

	return kernel_pick(conv ? KERNEL_CONV : KERNEL_LINEAR, form, options->batch,
			   &options->wish);
}

/* Every layer in a form drawn at random; integers and floats side by side. */
static void test_mixed(void **state)
{
	const char *const some[] = { "sparsity", "0.5", "epochs", "0", NULL };
	Made *f = *state;
	Random random;

	random_init(&random, 5, RANDOM_ROWS);
	for (size_t i = 0; i < NETWORKS; i++) {
		Model *plain = network(i), *pruned = made_with(plain, "prune", NULL, some, &f->err);

		made_fine(pruned, &f->err);
		Model *model = made_with(pruned, "quantize", &f->train, NULL, &f->err);
		double most;

		made_fine(model, &f->err);
		float *want = reference_rows(model, &f->test, &most);

		for (size_t k = 0; k < 60; k++) {
			ProgramOptions options =
				options_of(batches[k % BATCHES], NULL, "auto");
			bool rounds = false;

			for (size_t at = 0; at < model->weighted; at++) {
				KernelForm form = (KernelForm)random_below(&random, KERNEL_ROWS_CSR);

				if (!has_form(model, at, form, &options))
					continue;
				options.form[at] = form;
				rounds |= form == KERNEL_INT8 || form == KERNEL_BF16;
			}
			check_rows(model, &options, &f->test, want,
				   rounds ? 0.08 * most : 2e-5 * (1 + most));
		}
		free(want);
		model_free(plain);
		model_free(pruned);
		model_free(model);
	}
}

/* Integers: the same bits for every level, batch and number of threads. */
static void test_integers(void **state)
{
	static const char *const levels[] = { "scalar", "avx2", "avx512" };
	Made *f = *state;
	Pool *pool = pool_new(2, &f->err);

	made_fine(pool, &f->err);
	for (size_t i = 0; i < NETWORKS; i += 6) {
		Model *plain = network(i);
		Model *model = made_with(plain, "quantize", &f->train, NULL, &f->err);

		made_fine(model, &f->err);
		float *want = made_logits(model, KERNEL_INT8, &f->test, 16);

		for (size_t b = 0; b < 3 * BATCHES; b++) {
			ProgramOptions options = options_of(batches[b / 3], b % 2 ? pool : NULL,
							    levels[b % 3]);

			for (size_t at = 0; at < model->weighted; at++)
				options.form[at] = KERNEL_INT8;
			check_rows(model, &options, &f->test, want, 0);
		}
		free(want);
		model_free(plain);
		model_free(model);
	}
	pool_free(pool);
}

/* Between int8 layers nothing is turned into floats: max pooling runs on integers. */
static void test_integers_stay(void **state)
{
	Made *f = *state;
	Model *plain = network(6), *model = made_with(plain, "quantize", &f->train, NULL, &f->err);

	made_fine(model, &f->err);
	Program *p = made_program(model, KERNEL_INT8, 40, NULL, "auto", &f->err);
	const char *const want[] = { "bytes to integers", "conv 0", "maxpool", "conv 1", "maxpool",
				     "linear 2", "linear 3" };

	made_fine(p, &f->err);
	json_t *steps = program_steps_json(p);

	assert_int_equal(json_array_size(steps), sizeof want / sizeof *want);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		assert_string_equal(
			json_string_value(json_object_get(json_array_get(steps, i), "step")),
			want[i]);
	json_decref(steps);
	program_free(p);
	model_free(plain);
	model_free(model);
}

static void test_fold(void **state)
{
	const char *const some[] = { "sparsity", "0.5", "epochs", "0", NULL };
	Made *f = *state;

	for (size_t i = 0; i < NETWORKS; i++) {
		Model *plain = network(i), *model = made_with(plain, "prune", NULL, some, &f->err);
		Model *folded = model_fold(model, &f->err);
		double most;

		made_fine(model && folded, &f->err);
		float *want = reference_rows(model, &f->test, &most);
		float *got = reference_rows(folded, &f->test, &most);

		for (size_t k = 0; k < f->test.count * model_outputs(model); k++)
			assert_true(fabsf(got[k] - want[k]) <= 1e-5f * (float)(1 + most));
		assert_false(model_folds(folded));
		assert_true(folded->mask);
		for (size_t at = 0; at < model->weighted; at++) {
			const Span *w = &folded->span[folded->layer[folded->weighted_layer[at]]
							       .span[0]];
			const Span *old = &model->span[model->layer[model->weighted_layer[at]]
							       .span[0]];

			assert_memory_equal(folded->mask + w->offset, model->mask + old->offset,
					    w->rows * w->cols);
			for (size_t k = w->offset; k < w->offset + w->rows * w->cols; k++)
				assert_true(folded->mask[k] || folded->params[k] == 0);
		}
		for (size_t k = 1; k < folded->layers; k++)
			assert_true(!reference_is(&folded->layer[k], "dropout"));
		free(want);
		free(got);
		model_free(plain);
		model_free(model);
		model_free(folded);
	}
}

/* Timing each step, and looking at it, give the same logits. */
static void test_looked_at(void **state)
{
	Made *f = *state;

	for (size_t i = 0; i < NETWORKS; i++) {
		Model *model = network(i);
		Pool *pool = pool_new(3, &f->err);
		Program *p = made_program(model, KERNEL_DENSE, 100, pool, "auto", &f->err);

		made_fine(pool && p, &f->err);
		size_t n = f->test.count * model_outputs(model), steps = program_steps(p);
		float *want = calloc(n, sizeof *want), *got = calloc(n, sizeof *got);
		int64_t *time_ns = calloc(steps, sizeof *time_ns);

		assert_true(want && got && time_ns);
		program_run(p, &f->test, 0, f->test.count, want);
		program_run_timed(p, &f->test, 0, f->test.count, got, time_ns);
		assert_memory_equal(got, want, n * sizeof *got);
		for (size_t k = 0; k < steps; k++)
			assert_true(time_ns[k] >= 0);
		free(time_ns);
		free(want);
		free(got);
		program_free(p);
		pool_free(pool);
		model_free(model);
	}
}

static void test_sizes(void **state)
{
	static const struct {
		const char *name;
		uint64_t parameters, macs;
		uint64_t fewer; /* at batch 1, by Winograd's products */
	} known[] = {
		{ "lenet300", 266610, 266200, 0 },
		{ "lenet5", 61706, 416520, 0 },
		{ "lenet5-caffe", 431080, 2293000, 0 },
		{ "cnn", 206922, 1218048, 903168 * 5 / 9 },
	};
	bool winograd = cpu_features() & CPU_AVX512;
	Made *f = *state;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const ModelKind *kind = model_kind_find(known[i].name);
		Params params;

		assert_non_null(kind);
		made_fine(params_init(&params, &kind->info, &f->err), &f->err);
		Model *model = model_new(kind, &params, &f->err);

		made_fine(model, &f->err);
		for (size_t batch = 1; batch <= 64; batch += 63) {
			Program *p =
				made_program(model, KERNEL_DENSE, batch, NULL, "auto", &f->err);

			made_fine(p, &f->err);
			assert_int_equal(program_macs(p),
					 known[i].macs - (winograd && batch == 1 ? known[i].fewer : 0));
			program_free(p);
		}
		assert_int_equal(model_parameters(model), known[i].parameters);
		model_free(model);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, made_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_dense),	   TEST(test_mixed), TEST(test_integers),
		TEST(test_integers_stay), TEST(test_fold),  TEST(test_looked_at),
		TEST(test_sizes),
	};

	return cmocka_run_group_tests_name("networks", tests, NULL, NULL);
}
