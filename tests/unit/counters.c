/* Counters: really opened across an exec, by a program with two threads; and every refusal, on a
 * fake kernel.
 * SPDX-License-Identifier: MIT */
#include "energy/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

#define FIRST_FD 20

/* --- the program that is counted -------------------------------------------------------------- */

static void *burn(void *unused)
{
	volatile double x = 1;

	while (clock_thread_ns() < 40000000)
		for (int i = 0; i < 1000; i++)
			x = x * 1.0000001;
	return unused;
}

/* Runs after exec: burns 40 ms in each of two threads, then compares. Its exit status is the
 * verdict. */
static int counted(const char *job)
{
	json_t *json = json_loads(job, 0, NULL), *window;
	CounterSample zero = { .cpu_ns = 0 }, now;
	Counters counters;
	pthread_t thread;
	Err err = { 0 };
	double clock_ns;

	if (!counters_from_json(&counters, json, &err) || pthread_create(&thread, NULL, burn, NULL))
		return 10;
	burn(NULL);
	pthread_join(thread, NULL);
	counters_read(&counters, &now);
	window = counters_window_json(&counters, &zero, &now);
	if (!window || now.cpu_ns < 80000000 || now.faults < 1 || now.switches < 1)
		return 11;
	if (counters.counter[0].fd < 0) /* refused: then by name, and with a reason */
		return counters.counter[0].error > 0 &&
				       json_is_string(json_object_get(window, "task_clock_ns_why"))
			       ? 0
			       : 12;
	clock_ns = now.value[0];
	/* The process clock began before the exec: it may be ahead by the start, never behind by
	 * much. */
	if (!(fabs(clock_ns - (double)now.cpu_ns) < 0.1 * (double)now.cpu_ns + 1e7))
		return 13;
	for (int i = 0; i < counters.count; i++) {
		const char *name = counters.counter[i].name;
		if (counters.counter[i].fd < 0 && counters.counter[i].error <= 0)
			return 14;
		if (counters.counter[i].fd >= 0 && !json_is_integer(json_object_get(window, name)))
			return 15;
	}
	json_decref(window);
	json_decref(json);
	return 0;
}

static void they_count_every_thread_from_exec_on(void **state)
{
	const char *self = *state;
	int status;
	pid_t child = fork();

	if (child == 0) {
		Counters counters;
		json_t *json;
		char *job;
		counters_open(&counters, &energy_os, FIRST_FD);
		json = counters_json(&counters);
		job = json_dumps(json, JSON_COMPACT);
		execl(self, self, job, (char *)NULL);
		_exit(20);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- a fake kernel ---------------------------------------------------------------------------- */

typedef struct Kernel {
	int error;     /* for what a rule does not cover */
	bool paranoid; /* EACCES unless the kernel's side is excluded */
	bool no_pmu;   /* ENOENT for hardware events */
	int opened, user_opened;
	struct perf_event_attr last;
} Kernel;

static int kernel_open(const EnergyOs *os, struct perf_event_attr *attr, pid_t pid, int cpu,
		       int group, unsigned long flags)
{
	Kernel *kernel = os->user;

	assert_int_equal(pid, 0);
	assert_int_equal(cpu, -1);
	assert_int_equal(group, -1);
	assert_int_equal(flags, 0); /* kept across exec */
	assert_true(attr->inherit && attr->enable_on_exec && attr->disabled);
	kernel->last = *attr;
	errno = kernel->error;
	if (kernel->paranoid && !attr->exclude_kernel)
		errno = EACCES;
	else if (kernel->no_pmu && attr->type == PERF_TYPE_HARDWARE)
		errno = ENOENT;
	if (errno)
		return -1;
	kernel->opened++;
	kernel->user_opened += attr->exclude_kernel;
	return open("/dev/null", O_RDONLY);
}

static Counters opened(Kernel *kernel)
{
	EnergyOs os = energy_os;
	Counters counters;

	os.user = kernel;
	os.perf_event_open = kernel_open;
	counters_open(&counters, &os, FIRST_FD);
	for (int i = 0; i < counters.count; i++)
		if (counters.counter[i].fd >= 0) {
			assert_int_equal(counters.counter[i].fd, FIRST_FD + i);
			assert_int_equal(fcntl(FIRST_FD + i, F_GETFD),
					 0); /* open, not close-on-exec */
			close(FIRST_FD + i);
		}
	return counters;
}

static json_t *window_of(const Counters *counters)
{
	CounterSample begin = { .cpu_ns = 5, .faults = 10, .switches = 3 };
	CounterSample end = { .cpu_ns = 25, .faults = 17, .switches = 4 };

	for (int i = 0; i < COUNTERS_MAX; i++) {
		bool open = i < counters->count && counters->counter[i].fd >= 0;
		begin.value[i] = open ? 100 : NAN;
		end.value[i] = open ? 142 : NAN;
	}
	end.scaled[0] = true;
	return counters_window_json(counters, &begin, &end);
}

static const char *text_at(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "";
}

static json_int_t number_at(const json_t *json, const char *key)
{
	return json_integer_value(json_object_get(json, key));
}

static void paranoid_leaves_the_user_clock_and_getrusage(void **state)
{
	Kernel kernel = { .paranoid = true };
	Counters counters = opened(&kernel);
	json_t *window = window_of(&counters);

	(void)state;
	/* Only the task clock is tried with :u. Switches would read 0 so, and faults lose half. */
	assert_int_equal(kernel.opened, 1);
	assert_int_equal(kernel.user_opened, 1);
	assert_true(counters.counter[0].user_only);
	assert_int_equal(number_at(window, "cpu_ns"), 20);
	assert_int_equal(number_at(window, "task_clock_ns"), 42);
	assert_string_equal(text_at(window, "task_clock_ns_from"), "user");
	assert_true(json_is_true(json_object_get(window, "task_clock_ns_scaled")));
	assert_int_equal(number_at(window, "page_faults"), 7);
	assert_string_equal(text_at(window, "page_faults_from"), "getrusage");
	assert_int_equal(number_at(window, "context_switches"), 1);
	assert_string_equal(text_at(window, "context_switches_from"), "getrusage");
	assert_true(json_is_null(json_object_get(window, "migrations")));
	assert_non_null(strstr(text_at(window, "migrations_why"), "EACCES (13); sysctl"));
	json_decref(window);
}

static void a_vm_has_no_cycles(void **state)
{
	Kernel kernel = { .no_pmu = true };
	Counters counters = opened(&kernel);
	json_t *window = window_of(&counters);

	(void)state;
	assert_int_equal(kernel.opened, 4);
	assert_int_equal(kernel.user_opened, 0);
	assert_int_equal(number_at(window, "page_faults"), 42);
	assert_string_equal(text_at(window, "page_faults_from"), "");
	assert_true(json_is_null(json_object_get(window, "cycles")));
	assert_string_equal(
		text_at(window, "cycles_why"),
		"perf_event_open: ENOENT (2); no PMU in this VM; no fix inside the guest");
	json_decref(window);
}

static void each_refusal_is_named(void **state)
{
	static const struct {
		int error;
		const char *fix;
	} cases[] = { { EMFILE, "ulimit -n" },
		      { ENOSYS, "system call filter" },
		      { EPERM, "perf_event_paranoid" },
		      { EINVAL, "" } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		Kernel kernel = { .error = cases[i].error };
		Counters counters = opened(&kernel);
		for (int k = 0; k < counters.count; k++) {
			assert_int_equal(counters.counter[k].fd, -1);
			assert_int_equal(counters.counter[k].error, cases[i].error);
			assert_non_null(strstr(counters.counter[k].fix, cases[i].fix));
		}
	}
}

static bool stale_encode(const EnergyOs *os, const char *name, struct perf_event_attr *attr)
{
	(void)os;
	(void)name;
	memset(attr, 0, sizeof *attr);
	attr->type = PERF_TYPE_RAW;
	return true;
}

static void an_encoding_of_another_type_is_refused(void **state)
{
	Kernel kernel = { .error = 0 };
	EnergyOs os = energy_os;
	Counters counters;

	(void)state;
	os.user = &kernel;
	os.perf_event_open = kernel_open;
	os.pfm_encode = stale_encode;
	counters_open(&counters, &os, FIRST_FD);
	assert_int_equal(kernel.opened, 0);
	assert_int_equal(counters.counter[0].error, EINVAL);
}

/* What travels in the worker's job comes back the same; anything else is refused. */
static void jobs_carry_them(void **state)
{
	static const char *const bad[] = { "{}",
					   "[1]",
					   "[{\"name\":\"cycles\"}]",
					   "[{\"name\":\"\",\"fd\":3}]",
					   "[{\"name\":\"cycles\",\"fd\":-2}]",
					   "[{\"name\":\"cycles\",\"fd\":70000}]",
					   "[{\"name\":\"cycles\",\"fd\":1.5}]" };
	Kernel kernel = { .no_pmu = true };
	Counters counters = opened(&kernel), out;
	json_t *json = counters_json(&counters);
	Err err = { 0 };

	(void)state;
	assert_true(counters_from_json(&out, json, &err));
	assert_int_equal(out.count, counters.count);
	for (int i = 0; i < out.count; i++) {
		assert_string_equal(out.counter[i].name, counters.counter[i].name);
		assert_string_equal(out.counter[i].fix, counters.counter[i].fix);
		assert_int_equal(out.counter[i].fd, counters.counter[i].fd);
		assert_int_equal(out.counter[i].error, counters.counter[i].error);
	}
	json_decref(json);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		json = json_loads(bad[i], 0, NULL);
		assert_non_null(json);
		assert_false(counters_from_json(&out, json, &err));
		assert_int_equal(err.code, ERR_FORMAT);
		json_decref(json);
	}
}

/* Reads of a pipe stand for the kernel's answers: {value, enabled, running}. */
static void multiplexed_counts_are_scaled(void **state)
{
	Counters counters = { .count = 1, .counter[0] = { .name = "cycles" } };
	const uint64_t whole[3] = { 100, 50, 50 }, part[3] = { 100, 50, 25 },
		       never[3] = { 0, 50, 0 };
	CounterSample sample;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	counters.counter[0].fd = ends[0];
	assert_int_equal(write(ends[1], whole, sizeof whole), sizeof whole);
	counters_read(&counters, &sample);
	assert_true(sample.value[0] == 100 && !sample.scaled[0]);
	assert_int_equal(write(ends[1], part, sizeof part), sizeof part);
	counters_read(&counters, &sample);
	assert_true(sample.value[0] == 200 && sample.scaled[0]);
	assert_int_equal(write(ends[1], never, sizeof never), sizeof never);
	counters_read(&counters, &sample);
	assert_true(isnan(sample.value[0]));
	assert_true(isnan(sample.value[1]) && sample.cpu_ns > 0);
	close(ends[0]);
	close(ends[1]);
}

int main(int argc, char **argv)
{
	char self[] = "/proc/self/exe";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(they_count_every_thread_from_exec_on, self),
		cmocka_unit_test(paranoid_leaves_the_user_clock_and_getrusage),
		cmocka_unit_test(a_vm_has_no_cycles),
		cmocka_unit_test(each_refusal_is_named),
		cmocka_unit_test(an_encoding_of_another_type_is_refused),
		cmocka_unit_test(jobs_carry_them),
		cmocka_unit_test(multiplexed_counts_are_scaled),
	};

	(void)argv;
	if (argc > 1)
		return counted(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
