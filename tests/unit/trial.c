/* Trials without a meter: windows hold their records back, lowering follows its rule, sizes are those of files that load.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "lab/stats.h"
#include "model/file.h"
#include "num/blas.h"
#include "trial/trial.h"

#define ROWS 96

typedef struct Bench {
	int fds[2];
	RecordOut *out;
	RecordIn *in;
	Trial trial;
	Model *model;
	Dataset set;
	Rows rows;
	char scratch[64];
} Bench;

static Model *make_model(void)
{
	Err err;
	Params params;
	const double sizes[] = { 40, 64, 32, 5 };
	const ModelKind *mlp = model_kind_find("mlp");
	assert_true(params_init(&params, &mlp->info, &err));
	assert_true(params_set_sizes(&params, "layers", sizes, 4, &err));
	Model *model = model_new(mlp, &params, &err);
	assert_non_null(model);
	model->input_scale = 1.0f / 255;
	return model;
}

static int bench_begin(void **state)
{
	Err err;
	Bench *bench = calloc(1, sizeof *bench);
	assert_int_equal(pipe(bench->fds), 0);
	fcntl(bench->fds[0], F_SETFL, O_NONBLOCK);
	bench->out = record_out_new(bench->fds[1], clock_now_ns(), &err);
	bench->in = record_in_new(bench->fds[0], &err);
	trial_init(&bench->trial, bench->out, NULL);
	bench->trial.rule = LOWER_TABLE;
	strcpy(bench->scratch, "/tmp/wattle-trial-XXXXXX");
	assert_non_null(mkdtemp(bench->scratch));
	bench->trial.scratch = bench->scratch;
	bench->model = make_model();
	bench->set = (Dataset){ .rows = ROWS, .features = 40, .classes = 5, .byte_scale = 1.0f / 255 };
	bench->set.bytes = malloc(ROWS * 40);
	bench->set.labels = calloc(ROWS, sizeof *bench->set.labels);
	for (size_t i = 0; i < ROWS * 40; i++)
		bench->set.bytes[i] = (uint8_t)(i * 37);
	bench->rows = (Rows){ .set = &bench->set, .count = ROWS, .test = true };
	*state = bench;
	return 0;
}

static int bench_end(void **state)
{
	Bench *bench = *state;
	record_out_free(bench->out);
	record_in_free(bench->in);
	model_free(bench->model);
	free(bench->set.bytes);
	free(bench->set.labels);
	close(bench->fds[0]);
	close(bench->fds[1]);
	int gone = rmdir(bench->scratch);
	free(bench);
	return gone;
}

/* The next record of a type; others are dropped. NULL when there is none. */
static json_t *next(Bench *bench, const char *type)
{
	json_t *record;
	Err err;
	while (record_in_next(bench->in, &record, &err) == RECORD_GOT) {
		if (strcmp(json_string_value(json_object_get(record, "type")), type) == 0)
			return record;
		json_decref(record);
	}
	return NULL;
}

static void prune(Model *model, size_t keep_each)
{
	model->mask = calloc(1, model->count);
	for (size_t i = 0; i < model->count; i++) {
		model->mask[i] = i % keep_each == 0;
		if (!model->mask[i])
			model->params[i] = 0;
	}
}

static const char *form_of(Bench *bench, const char *form, size_t batch)
{
	Err err;
	Program *program = trial_lower(&bench->trial, bench->model, form, batch, &err);
	assert_non_null(program);
	const char *name = kernel_form_name(program_form(program, 0));
	program_free(program);
	json_t *record = next(bench, "lowering");
	assert_string_equal(json_string_value(json_array_get(json_object_get(record, "forms"), 0)), name);
	assert_true(json_array_size(json_object_get(record, "steps")) >= 3);
	json_decref(record);
	return name;
}

static void test_lowering_by_table(void **state)
{
	Bench *bench = *state;
	assert_string_equal(form_of(bench, "auto", 64), "dense");
	prune(bench->model, 5); /* 80 % zeros: sparse pays at batch 64, not at batch 1 */
	assert_string_equal(form_of(bench, "auto", 64), "csr");
	assert_string_equal(form_of(bench, "auto", 1), "dense");
	assert_string_equal(form_of(bench, "csr", 1), "csr");
}

static void test_lowering_measured_runs(void **state)
{
	Bench *bench = *state;
	prune(bench->model, 50);
	bench->trial.rule = LOWER_MEASURED;
	const char *form = form_of(bench, "auto", 64);
	assert_true(strcmp(form, "csr") == 0 || strcmp(form, "dense") == 0);
}

static void test_lowering_as_chosen_before(void **state)
{
	Bench *bench = *state;
	json_t *choices = json_pack("{s:[s,s,s]}", "lean", "dense", "csr", "dense");
	prune(bench->model, 5);
	bench->trial.choices = choices;
	strcpy(bench->trial.arm, "lean");
	assert_string_equal(form_of(bench, "auto", 64), "dense");
	strcpy(bench->trial.arm, "other");
	assert_string_equal(form_of(bench, "auto", 64), "csr");
	json_decref(choices);
}

static void test_lowering_refuses(void **state)
{
	Bench *bench = *state;
	Err err;
	assert_null(trial_lower(&bench->trial, bench->model, "sparse", 64, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	assert_non_null(strstr(err.text, "'sparse'"));
	assert_null(trial_lower(&bench->trial, bench->model, "int8", 64, &err));
	assert_non_null(strstr(err.text, "not quantized"));
}

typedef struct Body {
	Bench *bench;
	int passes;
	bool seen_early;
} Body;

static bool window_body(void *user, uint64_t *items, Err *err)
{
	Body *body = user;
	struct pollfd fd = { .fd = body->bench->fds[0], .events = POLLIN };
	if (++body->passes <= 3) /* few: nobody empties the pipe meanwhile */
		trial_log(&body->bench->trial, err, "pass %d", body->passes);
	body->seen_early |= poll(&fd, 1, 0) > 0;
	*items = 7;
	return true;
}

static void test_window(void **state)
{
	Bench *bench = *state;
	Body body = { .bench = bench };
	Err err;
	uint32_t flags = 1;
	TrialWindow window = { .arm = "a", .block = 3, .attempt = 1, .window_s = 0.02 };
	assert_true(trial_window(&bench->trial, &window, window_body, &body, &flags, &err));
	assert_false(body.seen_early);
	assert_true(body.passes >= 1);
	json_t *record = next(bench, "window");
	assert_non_null(record);
	assert_int_equal(json_integer_value(json_object_get(record, "items")), 7 * body.passes);
	assert_int_equal(json_integer_value(json_object_get(record, "block")), 3);
	double time_s = json_real_value(json_object_get(record, "time_s"));
	assert_true(time_s >= 0.02);
	double span_s = (double)(json_integer_value(json_object_get(record, "end_ns")) -
				json_integer_value(json_object_get(record, "begin_ns"))) / 1e9;
	assert_true(fabs(span_s - time_s) < 1e-6);
	/* No meter, no model: joules are absent and say so; they are never 0. */
	assert_true(json_is_null(json_object_get(record, "energy")));
	assert_true(json_is_string(json_object_get(record, "energy_why")));
	json_decref(record);
}

static bool refuse(Control *self, Err *err)
{
	(void)self;
	return err_set(err, ERR_INTERRUPTED, "interrupted");
}

static void test_window_interrupted(void **state)
{
	Bench *bench = *state;
	Body body = { .bench = bench };
	Err err;
	uint32_t flags;
	Control control = { .poll = refuse };
	TrialWindow window = { .arm = "a", .window_s = 100 };
	bench->trial.control = &control;
	assert_false(trial_window(&bench->trial, &window, window_body, &body, &flags, &err));
	assert_int_equal(err.code, ERR_INTERRUPTED);
	assert_int_equal(body.passes, 1);
	assert_null(next(bench, "window"));
}

static bool pause_once(Control *self, Err *err)
{
	(void)err;
	self->waited_ns += 1;
	return true;
}

/* A pause inside a window stretches it: it is void and its block runs again. */
static void test_window_paused(void **state)
{
	Bench *bench = *state;
	Body body = { .bench = bench };
	Err err;
	uint32_t flags = 0;
	Control control = { .poll = pause_once };
	TrialWindow window = { .arm = "a", .window_s = 0.001 };
	bench->trial.control = &control;
	assert_true(trial_window(&bench->trial, &window, window_body, &body, &flags, &err));
	assert_true(flags & ENERGY_SUSPENDED);
	json_t *record = next(bench, "window");
	assert_string_equal(json_string_value(json_array_get(json_object_get(record, "flags"), 0)), "SUSPENDED");
	json_decref(record);
}

static void test_score_and_size(void **state)
{
	Bench *bench = *state;
	Err err;
	uint64_t bytes;
	TrialWindow window = { .arm = "a" };
	Program *program = trial_lower(&bench->trial, bench->model, "dense", 64, &err);
	assert_non_null(program);
	assert_false(trial_score(&bench->trial, &window, 1, program, &bench->rows, 0, &err));
	assert_int_equal(err.code, ERR_SCRIPT);
	assert_true(program_predict(program, &bench->rows, NULL, NULL, &err));
	assert_true(trial_saved_size(&bench->trial, bench->model, program, &bench->rows, &bytes, &err));
	assert_int_equal(bytes, model_file_bytes(bench->model, &err));
	assert_true(trial_score(&bench->trial, &window, 1, program, &bench->rows, bytes, &err));
	json_t *record = next(bench, "trial");
	assert_int_equal(json_integer_value(json_object_get(record, "macs")), 40 * 64 + 64 * 32 + 32 * 5);
	assert_int_equal(json_integer_value(json_object_get(record, "size_bytes")), bytes);
	assert_int_equal(strlen(json_string_value(json_object_get(record, "hits"))), (ROWS / 8 + 2) / 3 * 4);
	double accuracy = json_real_value(json_object_get(record, "accuracy"));
	assert_true(accuracy >= 0 && accuracy <= 1);
	assert_true(json_real_value(json_object_get(record, "accuracy_low")) <= accuracy);
	assert_true(json_real_value(json_object_get(record, "accuracy_high")) >= accuracy);
	assert_string_equal(json_string_value(json_object_get(record, "split")), "test");
	assert_int_equal(json_integer_value(json_object_get(record, "batch")), 64);
	assert_int_equal(json_integer_value(json_object_get(record, "threads")), 1);
	assert_non_null(json_object_get(record, "peak_rss_bytes_why")); /* nobody opened the file */
	json_decref(record);
	program_free(program);
}

static void test_peak_of_memory(void **state)
{
	Bench *bench = *state;
	Err err;
	TrialWindow window = { .arm = "a" };
	bench->trial.status_fd = open("/proc/self/status", O_RDONLY);
	assert_true(trial_diverged(&bench->trial, &window, 1, &err));
	json_t *record = next(bench, "trial");
	json_int_t peak = json_integer_value(json_object_get(record, "peak_rss_bytes"));
	assert_true(peak > 500000 && peak % 1024 == 0);
	json_decref(record);
	/* 32 MB more, touched, show in full. */
	size_t more = (size_t)32 << 20;
	char *block = malloc(more);
	assert_non_null(block);
	memset(block, 1, more);
	assert_true(trial_diverged(&bench->trial, &window, 1, &err));
	record = next(bench, "trial");
	assert_true(json_integer_value(json_object_get(record, "peak_rss_bytes")) > peak + (json_int_t)more / 2);
	json_decref(record);
	free(block);
	close(bench->trial.status_fd);
}

/* Each batch that the rows fill is timed by the forms of the program; another says why it is not. */
static void test_speed(void **state)
{
	static const int batches[] = { 1, 64, 256 };
	Bench *bench = *state;
	Err err;
	strcpy(bench->trial.arm, "a");
	Program *program = trial_lower(&bench->trial, bench->model, "dense", 64, &err);
	assert_non_null(program);
	assert_true(trial_speed(&bench->trial, bench->model, program, &bench->rows, &err));
	json_t *record = next(bench, "speed"), *list = json_object_get(record, "batches");
	assert_string_equal(json_string_value(json_object_get(record, "arm")), "a");
	assert_int_equal(json_array_size(list), 3);
	assert_int_equal(TRIAL_P99_CALLS, stats_tail_calls(0, 0.99, 0.99));
	for (size_t i = 0; i < 3; i++) {
		const json_t *at = json_array_get(list, i);
		double p50 = json_real_value(json_object_get(at, "p50_us"));
		double p99 = json_real_value(json_object_get(at, "p99_us"));
		assert_int_equal(json_integer_value(json_object_get(at, "batch")), batches[i]);
		if (batches[i] > ROWS) {
			assert_true(json_is_null(json_object_get(at, "p50_us")));
			assert_string_equal(json_string_value(json_object_get(at, "p50_us_why")), "the test rows are fewer");
			continue;
		}
		assert_true(json_integer_value(json_object_get(at, "calls")) >= 5);
		assert_true(p50 > 0);
		/* 459 calls, none of them over it, are the least that claim a 99th percentile. */
		if (json_integer_value(json_object_get(at, "calls")) >= TRIAL_P99_CALLS)
			assert_true(p99 >= p50);
		else
			assert_string_equal(json_string_value(json_object_get(at, "p99_us_why")),
					    "too few calls for a 99th percentile");
		assert_true(json_real_value(json_object_get(at, "items_per_s")) > 0);
	}
	json_decref(record);
	program_free(program);
}

/* The "rows_sha256" of a trial on these rows; static storage. */
static const char *rows_sum(Bench *bench, const Rows *rows)
{
	static char sum[2][80];
	static int turn;
	Err err;
	TrialWindow window = { .arm = "a" };
	Program *program = trial_lower(&bench->trial, bench->model, "dense", 64, &err);
	assert_true(program_predict(program, rows, NULL, NULL, &err));
	assert_true(trial_score(&bench->trial, &window, 1, program, rows, 0, &err));
	program_free(program);
	json_t *record = next(bench, "trial");
	assert_string_equal(json_string_value(json_object_get(record, "split")), rows->test ? "test" : "train");
	assert_string_equal(json_string_value(json_object_get(record, "dataset")), "made-up");
	turn = !turn;
	strcpy(sum[turn], json_string_value(json_object_get(record, "rows_sha256")));
	json_decref(record);
	return sum[turn];
}

/* The same rows have the same sum, other rows, another order or another dataset have not. */
static void test_rows_of_a_score(void **state)
{
	Bench *bench = *state;
	char sum[80];
	uint32_t index[ROWS];
	Rows rows = bench->rows;
	strcpy(bench->set.name, "made-up");
	strcpy(sum, rows_sum(bench, &rows));
	assert_int_equal(strlen(sum), 64);
	for (uint32_t i = 0; i < ROWS; i++)
		index[i] = i;
	rows.index = index;
	assert_string_equal(rows_sum(bench, &rows), sum); /* another view of the same */
	index[0] = 1;
	index[1] = 0;
	assert_string_not_equal(rows_sum(bench, &rows), sum);
	rows = bench->rows;
	rows.count--;
	rows.test = false;
	assert_string_not_equal(rows_sum(bench, &rows), sum);
	rows = bench->rows;
	strcpy(bench->set.sha256, "other");
	assert_string_not_equal(rows_sum(bench, &rows), sum);
}

static void test_diverged(void **state)
{
	Bench *bench = *state;
	Err err;
	TrialWindow window = { .arm = "a", .block = 3, .attempt = 1 };
	assert_true(trial_diverged(&bench->trial, &window, 9, &err));
	json_t *record = next(bench, "trial");
	assert_true(json_is_true(json_object_get(record, "diverged")));
	assert_int_equal(json_integer_value(json_object_get(record, "block")), 3);
	assert_int_equal(json_integer_value(json_object_get(record, "seed")), 9);
	assert_true(json_is_null(json_object_get(record, "accuracy")));
	assert_string_equal(json_string_value(json_object_get(record, "accuracy_why")), "training diverged");
	json_decref(record);
}

/* Weights that became no numbers in the very last step are divergence, too. */
static void test_diverged_at_the_end(void **state)
{
	Bench *bench = *state;
	Err err;
	uint64_t bytes;
	Program *program = trial_lower(&bench->trial, bench->model, "dense", 64, &err);
	bench->model->params[7] = NAN;
	assert_true(program_predict(program, &bench->rows, NULL, NULL, &err));
	assert_false(trial_saved_size(&bench->trial, bench->model, program, &bench->rows, &bytes, &err));
	assert_int_equal(err.code, ERR_DIVERGED);
	program_free(program);
}

/* A file that no longer predicts the same is not given a size: the weights change behind the program's back. */
static void test_size_of_another_model(void **state)
{
	Bench *bench = *state;
	Err err;
	uint64_t bytes = 1;
	Program *program = trial_lower(&bench->trial, bench->model, "dense", 64, &err);
	assert_true(program_predict(program, &bench->rows, NULL, NULL, &err));
	for (size_t i = 0; i < bench->model->count; i++)
		bench->model->params[i] = -bench->model->params[i];
	assert_false(trial_saved_size(&bench->trial, bench->model, program, &bench->rows, &bytes, &err));
	assert_int_equal(err.code, ERR_INTERNAL);
	assert_int_equal(bytes, 0);
	program_free(program);
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_lowering_by_table), BENCH_TEST(test_lowering_measured_runs),
		BENCH_TEST(test_lowering_as_chosen_before), BENCH_TEST(test_lowering_refuses), BENCH_TEST(test_window),
		BENCH_TEST(test_window_interrupted), BENCH_TEST(test_window_paused), BENCH_TEST(test_score_and_size),
		BENCH_TEST(test_size_of_another_model), BENCH_TEST(test_rows_of_a_score), BENCH_TEST(test_diverged),
		BENCH_TEST(test_diverged_at_the_end), BENCH_TEST(test_peak_of_memory), BENCH_TEST(test_speed),
	};
	blas_prepare(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
