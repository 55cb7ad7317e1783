/* The work of a window: the multiply-adds of the kernels that ran, exactly, and none where no
 * program did; the joules that a profile makes of them; the suite's windows.
 * SPDX-License-Identifier: MIT */
#include "trial/trial.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "energy/calibrate.h"
#include "model_make.h"
#include "trial/calibration.h"

static Err err;

static void check_item(const Model *model, KernelForm form, EnergyMacs macs)
{
	Program *program = made_program(model, form, 16, NULL, "auto", &err);
	EnergyItem item;

	made_fine(program, &err);
	made_fine(trial_item(program, &item, &err), &err);
	for (int i = 0; i < ENERGY_MACS_KINDS; i++)
		assert_true(item.macs[i] == (i == (int)macs ? (double)program_macs(program) : 0));
	/* At least the row itself, and its share of the weights. */
	assert_true(item.bytes >= MADE_FEATURES + (double)program_weight_bytes(program) / 16);
	program_free(program);
}

static void items_are_what_kernels_run(void **state)
{
	const char *const prune[] = { "epochs", "0", "sparsity", "0.8", NULL };
	Dataset *set = made_dataset(64, 1);
	Rows rows = made_train(set);
	Model *base = made_model(MADE_LAYERS, "1"), *lean, *small;

	(void)state;
	base->input_scale = set->byte_scale;
	lean = made_with(base, "prune", NULL, prune, &err);
	small = made_with(base, "quantize", &rows, NULL, &err);
	made_fine(lean && small, &err);
	check_item(base, KERNEL_DENSE, ENERGY_MACS_F32);
	check_item(lean, KERNEL_CSR, ENERGY_MACS_SPARSE);
	check_item(lean, KERNEL_DENSE, ENERGY_MACS_F32);
	check_item(small, KERNEL_INT8, ENERGY_MACS_INT8);
	model_free(base);
	model_free(lean);
	model_free(small);
	dataset_free(set);
}

/* --- windows ---------------------------------------------------------------------------------- */

typedef struct Desk {
	int pipe[2];
	RecordIn *in;
	Trial trial;
	Counters counters;
} Desk;

static void desk_open(Desk *desk)
{
	assert_int_equal(pipe(desk->pipe), 0);
	fcntl(desk->pipe[0], F_SETFL, O_NONBLOCK);
	fcntl(desk->pipe[1], F_SETPIPE_SZ, 1 << 20);
	desk->in = record_in_new(desk->pipe[0], &err);
	desk->counters = (Counters){ .count = 0 };
	trial_init(&desk->trial, record_out_new(desk->pipe[1], clock_now_ns(), &err), NULL);
	desk->trial.counters = &desk->counters;
}

static void desk_close(Desk *desk)
{
	record_out_free(desk->trial.out);
	record_in_free(desk->in);
	close(desk->pipe[0]);
	close(desk->pipe[1]);
}

static json_t *next_window(const Desk *desk)
{
	json_t *record;

	while (record_in_next(desk->in, &record, &err) == RECORD_GOT) {
		if (strcmp(json_string_value(json_object_get(record, "type")), "window") == 0)
			return record;
		json_decref(record);
	}
	return NULL;
}

static bool three_items(void *user, uint64_t *items, Err *unused)
{
	(void)user;
	(void)unused;
	*items = 3;
	return true;
}

static double number(const json_t *record, const char *part, const char *key)
{
	const json_t *value = json_object_get(json_object_get(record, part), key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

static void windows_tell_their_work(void **state)
{
	const EnergyItem item = { .macs = { 5, 0, 7, 0 }, .bytes = 11 };
	TrialWindow window = { .arm = "a", .window_s = 0.002, .item = &item };
	uint32_t flags;
	Desk desk;

	(void)state;
	desk_open(&desk);
	made_fine(trial_window(&desk.trial, &window, three_items, NULL, &flags, &err), &err);
	window.item = NULL;
	made_fine(trial_window(&desk.trial, &window, three_items, NULL, &flags, &err), &err);
	json_t *record = next_window(&desk), *work = json_object_get(record, "work");
	double items = 3 * json_number_value(json_object_get(record, "passes"));
	assert_true(number(work, "macs", "f32") == 5 * items);
	assert_true(number(work, "macs", "int8") == 7 * items);
	assert_true(number(work, "macs", "sparse") == 0);
	assert_true(number(record, "work", "bytes") == 11 * items);
	assert_true(number(record, "work", "faults") >= 0);
	json_decref(record);
	record = next_window(&desk);
	work = json_object_get(record, "work");
	assert_true(json_is_null(json_object_get(work, "macs")));
	assert_string_equal(json_string_value(json_object_get(work, "macs_why")), "no program ran");
	assert_true(json_is_null(json_object_get(work, "bytes")));
	json_decref(record);
	desk_close(&desk);
}

/* 1 W and 1 mJ a multiply-add; where none are known, 2 W. */
static void a_profile_prices_them(void **state)
{
	EnergyProfile profile = { .threads = 1, .scope = ENERGY_PKG, .models = 2 };
	const EnergyItem item = { .macs = { 1 } };
	TrialWindow window = { .arm = "a", .window_s = 0.002, .item = &item };
	uint32_t flags;
	Desk desk;

	(void)state;
	energy_os.cpu(&energy_os, &profile.cpu);
	profile.model[0] = (ProfileModel){ .features = 2,
					   .feature = { FEATURE_STATIC, FEATURE_MACS_F32 },
					   .fit = { .columns = 2, .price = { 1, 1e-3 } } };
	profile.model[1] = (ProfileModel){ .features = 1,
					   .feature = { FEATURE_STATIC },
					   .fit = { .columns = 1, .price = { 2 } } };
	desk_open(&desk);
	desk.trial.model = energy_source_find("profile");
	desk.trial.profile = &profile;
	for (int known = 1; known >= 0; known--) {
		window.item = known ? &item : NULL;
		made_fine(trial_window(&desk.trial, &window, three_items, NULL, &flags, &err),
			  &err);
		json_t *record = next_window(&desk);
		double time_s = json_number_value(json_object_get(record, "time_s"));
		double items = json_number_value(json_object_get(record, "items"));
		double wanted = known ? time_s + 1e-3 * items : 2 * time_s;
		assert_true(fabs(number(record, "energy", "value") / wanted - 1) < 1e-6);
		json_decref(record);
	}
	desk_close(&desk);
}

/* The suite in its short form: every window is one that a calibration takes. */
static void the_suite_covers_kernels_and_workloads(void **state)
{
	static Calibration windows;
	Pool *pool = pool_new(2, &err);
	json_t *record;
	Desk desk;

	(void)state;
	desk_open(&desk);
	desk.trial.pool = pool;
	made_fine(calibration_run(&desk.trial, true, &err), &err);
	calibrate_begin(&windows, 2);
	while ((record = next_window(&desk))) {
		made_fine(calibrate_take(&windows, record, &err), &err);
		json_decref(record);
	}
	assert_int_equal(windows.count, 0); /* nothing measured */
	assert_true(windows.unmeasured >= CALIBRATE_WINDOWS_MIN);
	assert_true(windows.kernels >= 8 && windows.workloads >= 6);
	desk_close(&desk);
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_are_what_kernels_run),
		cmocka_unit_test(windows_tell_their_work),
		cmocka_unit_test(a_profile_prices_them),
		cmocka_unit_test(the_suite_covers_kernels_and_workloads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
