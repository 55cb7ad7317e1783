/* Calibration on made-up machines, whose prices are known: they are found again, the left-out
 * errors are right, and the better model wins.
 * SPDX-License-Identifier: MIT */
#include "energy/calibrate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "unit.h"

#define THREADS 4u

/* A load of the suite: per CPU second. */
typedef struct MadeLoad {
	const char *kernel, *workload;
	EnergyFeature macs; /* FEATURE_STATIC: none */
	double macs_hz, bytes_hz, faults_hz, switches_hz, use;
} MadeLoad;

static const MadeLoad loads[] = {
	{ "idle", "idle", FEATURE_STATIC, 0, 0, 0, 20, 0.002 },
	{ "scalar", "scalar", FEATURE_STATIC, 0, 0, 0, 5, 1 },
	{ "stream", "cached", FEATURE_STATIC, 0, 4e10, 0, 5, 1 },
	{ "stream", "memory", FEATURE_STATIC, 0, 8e9, 0, 5, 1 },
	{ "faults", "system", FEATURE_STATIC, 0, 0, 2e5, 5, 1 },
	{ "switches", "system", FEATURE_STATIC, 0, 0, 0, 9000, 0.1 },
	{ "dense-blas", "small", FEATURE_MACS_F32, 3e10, 2e9, 10, 5, 1 },
	{ "dense-blas", "middle", FEATURE_MACS_F32, 5e10, 5e9, 3, 5, 1 },
	{ "dense-blas", "large", FEATURE_MACS_F32, 2e10, 9e9, 3, 5, 1 },
	{ "dense-reference", "small", FEATURE_MACS_F32, 1e9, 1e8, 3, 5, 1 },
	{ "dense-reference", "middle", FEATURE_MACS_F32, 2e9, 3e8, 3, 5, 1 },
	{ "dense-reference", "large", FEATURE_MACS_F32, 1e9, 4e8, 3, 5, 1 },
	{ "csr-avx512", "small", FEATURE_MACS_SPARSE, 5e9, 3e9, 3, 5, 1 },
	{ "csr-avx512", "middle", FEATURE_MACS_SPARSE, 8e9, 2e9, 3, 5, 1 },
	{ "csr-avx512", "large", FEATURE_MACS_SPARSE, 3e9, 5e9, 3, 5, 1 },
	{ "csr-scalar", "small", FEATURE_MACS_SPARSE, 8e8, 3e8, 3, 5, 1 },
	{ "csr-scalar", "middle", FEATURE_MACS_SPARSE, 9e8, 4e8, 3, 5, 1 },
	{ "int8-vnni", "small", FEATURE_MACS_INT8, 9e10, 2e9, 3, 5, 1 },
	{ "int8-vnni", "middle", FEATURE_MACS_INT8, 2e11, 3e9, 3, 5, 1 },
	{ "int8-vnni", "large", FEATURE_MACS_INT8, 6e10, 8e9, 3, 5, 1 },
	{ "int8-scalar", "small", FEATURE_MACS_INT8, 2e9, 2e8, 3, 5, 1 },
	{ "int8-scalar", "middle", FEATURE_MACS_INT8, 3e9, 3e8, 3, 5, 1 },
};
#define LOADS (sizeof loads / sizeof *loads)

typedef struct Machine {
	double price[ENERGY_FEATURES];
	double noise_w;      /* of each window */
	double kernel_share; /* one sigma by which a kernel differs from what its counts say */
	bool cycles; /* the counters open; a cycle is a nanosecond, but half of one for scalar */
} Machine;

static Calibration *windows; /* of the test that runs */
static EnergyProfile profile;
static Random source;

static json_t *window_record(const char *arm, const EnergyWork *work, double energy_j)
{
	json_t *macs = json_object();

	for (int i = 0; i < ENERGY_MACS_KINDS; i++)
		json_object_set_new(macs, energy_macs_names[i], json_real(work->macs[i]));
	json_t *record = json_pack(
		"{s:s, s:f, s:f, s:{s:f, s:f, s:f, s:s, s:s, s:s, s:[]}, s:{s:o, s:f, s:f, s:f}, "
		"s:{}, s:[]}",
		"arm", arm, "time_s", work->time_s, "cpu_s", work->cpu_s, "energy", "value",
		energy_j, "low", energy_j * 0.9, "high", energy_j * 1.1, "provenance", "measured",
		"scope", "pkg", "source", "rapl-perf", "flags", "work", "macs", macs, "bytes",
		work->bytes, "faults", work->faults, "switches", work->switches, "counters",
		"flags");
	assert_non_null(record);
	if (isfinite(work->cycles)) {
		json_t *counters = json_object_get(record, "counters");
		json_object_set_new(counters, "cycles", json_real(work->cycles));
		json_object_set_new(counters, "cache_misses", json_real(work->cache_misses));
	}
	return record;
}

static void take(json_t *record)
{
	Err err = { 0 };

	if (!calibrate_take(windows, record, &err))
		fail_msg("%s", err.text);
	json_decref(record);
}

static double kernel_factor(const Machine *machine, const char *kernel)
{
	Random own;
	uint64_t seed = 0;

	for (const char *at = kernel; *at; at++)
		seed = seed * 31 + (uint8_t)*at;
	random_init(&own, seed, RANDOM_SAMPLE);
	return exp(machine->kernel_share * random_normal(&own));
}

static void run_load(const Machine *machine, const MadeLoad *load, unsigned threads)
{
	double jitter = 0.9 + 0.2 * random_unit(&source), rate[ENERGY_FEATURES], watts = 0;
	EnergyWork work;
	char arm[64];

	energy_work_init(&work);
	work.time_s = 1 + 0.01 * random_unit(&source);
	work.cpu_s = load->use * threads * work.time_s * (0.97 + 0.03 * random_unit(&source));
	work.threads = THREADS;
	for (int i = 0; i < ENERGY_MACS_KINDS; i++)
		work.macs[i] = FEATURE_MACS_F32 + i == (int)load->macs
				       ? jitter * load->macs_hz * work.cpu_s
				       : 0;
	work.bytes = jitter * load->bytes_hz * work.cpu_s;
	work.faults = load->faults_hz * work.cpu_s;
	work.switches = load->switches_hz * (work.cpu_s + work.time_s);
	if (machine->cycles) {
		work.cycles = work.cpu_s * (strcmp(load->kernel, "scalar") ? 1e9 : 5e8);
		work.cache_misses = work.bytes / 64 * (strcmp(load->workload, "cached") ? 1 : 0.01);
	}
	energy_rates(&work, THREADS, rate);
	for (int i = 0; i < ENERGY_FEATURES; i++)
		watts += machine->price[i] > 0 ? machine->price[i] * rate[i] : 0;
	watts = machine->price[FEATURE_STATIC] +
		(watts - machine->price[FEATURE_STATIC]) * kernel_factor(machine, load->kernel);
	watts += machine->noise_w * random_normal(&source);
	snprintf(arm, sizeof arm, "%s/%s/%u", load->kernel, load->workload, threads);
	take(window_record(arm, &work, watts * work.time_s));
}

static void run_machine(const Machine *machine, uint64_t seed)
{
	Err err = { 0 };

	random_init(&source, seed, RANDOM_SAMPLE);
	calibrate_begin(windows, THREADS);
	for (size_t i = 0; i < LOADS; i++)
		for (unsigned threads = 1; threads <= THREADS; threads *= 2)
			run_load(machine, &loads[i], threads);
	if (!calibrate_fit(windows, &profile, &err))
		fail_msg("%s", err.text);
}

static double fitted(const char *model, EnergyFeature feature, double *error)
{
	const ProfileModel *m = profile_model_find(&profile, model);

	assert_non_null(m);
	for (int i = 0; i < m->features; i++)
		if (m->feature[i] == feature) {
			*error = sqrt(m->fit.covariance[i][i]);
			return m->fit.price[i];
		}
	fail_msg("%s has no %s", model, energy_feature_name(feature));
	return NAN;
}

static const Machine worker = { .price = { [FEATURE_STATIC] = 18,
					   [FEATURE_CPU] = 5,
					   [FEATURE_MACS_F32] = 8e-11,
					   [FEATURE_MACS_INT8] = 1.5e-11,
					   [FEATURE_MACS_SPARSE] = 2.5e-10,
					   [FEATURE_BYTES] = 1e-10,
					   [FEATURE_FAULTS] = 8e-6,
					   [FEATURE_SWITCHES] = 4e-5 },
				.noise_w = 0.2 };

/* Over several machines of the same prices: within 1.96 stated errors in about 95 %. */
static void prices_are_found_again(void **state)
{
	static const EnergyFeature known[] = { FEATURE_STATIC,      FEATURE_CPU,
					       FEATURE_MACS_F32,    FEATURE_MACS_INT8,
					       FEATURE_MACS_SPARSE, FEATURE_BYTES,
					       FEATURE_FAULTS,      FEATURE_SWITCHES };
	int inside = 0, tries = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		run_machine(&worker, seed);
		for (size_t i = 0; i < sizeof known / sizeof *known; i++, tries++) {
			double error, price = fitted("counts", known[i], &error);
			double truth = worker.price[known[i]];
			inside += fabs(price - truth) < 1.96 * error;
			assert_true(fabs(price - truth) < 4.5 * error);
		}
	}
	assert_true(inside > 0.88 * tries);
	assert_string_equal(profile.source, "rapl-perf");
	assert_int_equal(profile.windows, (int)(3 * LOADS));
	assert_null(profile_model_find(&profile, "counters"));
}

static void pricing_work_wins_where_work_costs(void **state)
{
	(void)state;
	run_machine(&worker, 1);
	const ProfileModel *counts = profile_model_find(&profile, "counts");
	const ProfileModel *linear = profile_model_find(&profile, "linear");

	assert_ptr_equal(counts, &profile.model[0]);
	assert_true(counts->left_workload < 0.05);
	assert_true(linear->left_workload > 2 * counts->left_workload);
	assert_true(linear->left_kernel > counts->left_kernel);
}

/* Each kernel differs by 15 % from what its counts say, and its counts say nothing anyway: what is
 * priced is chance. */
static void utilisation_wins_where_it_rules(void **state)
{
	Machine machine = { .price = { [FEATURE_STATIC] = 18, [FEATURE_CPU] = 6 },
			    .noise_w = 0.2,
			    .kernel_share = 0.15 };

	(void)state;
	run_machine(&machine, 2);
	assert_string_equal(profile.model[0].name, "linear");
	assert_true(profile_model_error(profile_model_find(&profile, "counts")) >=
		    profile_model_error(&profile.model[0]));
	machine = (Machine){ .price = { [FEATURE_STATIC] = 18, [FEATURE_CPU_CUBED] = 30 },
			     .noise_w = 0.2 };
	run_machine(&machine, 3);
	assert_string_equal(profile.model[0].name, "cubic");
	double error, price = fitted("cubic", FEATURE_CPU_CUBED, &error);
	assert_true(fabs(price - 30) < 4 * error);
}

static void counters_are_priced_where_they_open(void **state)
{
	Machine machine = { .price = { [FEATURE_STATIC] = 18,
				       [FEATURE_CYCLES] = 6e-9,
				       [FEATURE_CACHE_MISSES] = 3e-8 },
			    .noise_w = 0.2,
			    .cycles = true };

	(void)state;
	run_machine(&machine, 4);
	assert_string_equal(profile.model[0].name, "counters");
	assert_int_equal(profile.models, 4);
}

/* The left-out error of the profile is that of leaving out by hand. */
static void left_out_errors_are_right(void **state)
{
	const ProfileModel *linear;
	FitRow rows[CALIBRATE_WINDOWS_MAX];

	(void)state;
	run_machine(&worker, 5);
	linear = profile_model_find(&profile, "linear");
	for (int by_kernel = 0; by_kernel < 2; by_kernel++) {
		for (size_t w = 0; w < windows->count; w++) {
			const CalibrateWindow *window = &windows->window[w];
			rows[w] =
				(FitRow){ .x = { 1, window->work.cpu_s / window->work.time_s },
					  .y = window->energy_j / window->work.time_s,
					  .group = by_kernel ? window->kernel : window->workload };
		}
		double error = fit_left_out(rows, windows->count, 2);
		assert_true(fabs(error - (by_kernel ? linear->left_kernel
						    : linear->left_workload)) < 1e-12);
	}
}

static void envelope_is_what_was_seen(void **state)
{
	(void)state;
	run_machine(&worker, 6);
	assert_true(profile.high[FEATURE_CPU] > 3.8 && profile.high[FEATURE_CPU] <= 4);
	assert_true(profile.low[FEATURE_CPU] < 0.01);
	assert_true(profile.low[FEATURE_MACS_F32] == 0 && profile.high[FEATURE_MACS_F32] > 1.5e11);
	assert_true(profile.high[FEATURE_MACS_BF16] == 0);
	assert_true(isnan(profile.low[FEATURE_CYCLES]));
}

static void off_windows_are_set_aside_or_refused(void **state)
{
	EnergyWork work;
	Err err = { 0 };
	json_t *record;

	(void)state;
	energy_work_init(&work);
	work.time_s = work.cpu_s = 1;
	memset(work.macs, 0, sizeof work.macs);
	work.bytes = work.faults = work.switches = 0;
	calibrate_begin(windows, THREADS);
	record = window_record("idle/idle/1", &work, 20);
	json_array_append_new(json_object_get(record, "flags"), json_string("CONTENDED"));
	take(record);
	record = window_record("idle/idle/1", &work, 20);
	json_object_set_new(json_object_get(record, "energy"), "provenance",
			    json_string("modelled"));
	take(record);
	record = window_record("idle/idle/1", &work, 20);
	json_object_set_new(record, "energy", json_null());
	take(record);
	assert_int_equal(windows->count, 0);
	assert_int_equal(windows->disturbed, 1);
	assert_int_equal(windows->unmeasured, 2);
	assert_false(calibrate_fit(windows, &profile, &err));
	assert_int_equal(err.code, ERR_NEED);
	assert_non_null(strstr(err.text, "1 were CONTENDED, 2 without measured joules"));
	for (int i = 0; i < 3; i++) {
		static const char *const arms[] = { "baseline", "/idle/1", "a/b" };
		record = window_record(arms[i], &work, 20);
		assert_false(calibrate_take(windows, record, &err));
		assert_int_equal(err.code, ERR_FORMAT);
		json_decref(record);
	}
	take(window_record("idle/idle/1", &work, 20));
	record = window_record("idle/idle/1", &work, 20);
	json_object_set_new(json_object_get(record, "energy"), "source", json_string("powercap"));
	assert_false(calibrate_take(windows, record, &err));
	assert_non_null(strstr(err.text, "rapl-perf to powercap"));
	json_decref(record);
}

static int begin(void **state)
{
	(void)state;
	windows = malloc(sizeof *windows);
	return windows ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	free(windows);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prices_are_found_again),
		cmocka_unit_test(pricing_work_wins_where_work_costs),
		cmocka_unit_test(utilisation_wins_where_it_rules),
		cmocka_unit_test(counters_are_priced_where_they_open),
		cmocka_unit_test(left_out_errors_are_right),
		cmocka_unit_test(envelope_is_what_was_seen),
		cmocka_unit_test(off_windows_are_set_aside_or_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
