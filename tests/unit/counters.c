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

#define BURN_NS 150000000
#define COVERED 0.01

static pthread_t early;
static bool early_runs;

static void *burn(void *unused)
{
	volatile double x = 1;

	while (clock_thread_ns() < BURN_NS)
		for (int i = 0; i < 1000; i++)
			x = x * 1.0000001;
	return unused;
}

#define DIFFER 13 /* exit status: counter and clock differ */

/* A thread that is there before main, as OpenBLAS makes them. */
__attribute__((constructor)) static void start_early(int argc, char **argv)
{
	(void)argv;
	early_runs = argc > 1 && pthread_create(&early, NULL, burn, NULL) == 0;
}

/* Whether two samples agree on CPU time: counters began at the exec, the clock with the process. */
static bool covered(const CounterSample *begin, const CounterSample *end)
{
	double clock_ns = (double)(end->cpu_ns - begin->cpu_ns);

	return fabs(counters_between(begin, end, 0) - clock_ns) <= COVERED * clock_ns;
}

/* Counters and clock of one moment: again when other threads went on for long between the two. */
static void read_close(const Counters *counters, CounterSample *out)
{
	int64_t before_ns;

	for (int i = 0; i < 100; i++) {
		before_ns = clock_process_ns();
		counters_read(counters, out);
		if (out->cpu_ns - before_ns < 1000000)
			return;
	}
}

/* Runs after exec: burns 150 ms in each of three threads, then compares. Its exit status is the
 * verdict. */
static int counted(const char *job)
{
	json_t *json = json_loads(job, 0, NULL), *window;
	CounterSample first, now;
	Counters counters;
	pthread_t thread;
	Err err = { 0 };

	if (!early_runs || !counters_from_json(&counters, json, &err))
		return 10;
	read_close(&counters, &first);
	if (pthread_create(&thread, NULL, burn, NULL))
		return 10;
	burn(NULL);
	pthread_join(thread, NULL);
	pthread_join(early, NULL);
	read_close(&counters, &now);
	window = counters_window_json(&counters, &first, &now);
	if (!window || now.cpu_ns < 3 * (int64_t)BURN_NS || now.faults < 1 || now.switches < 1)
		return 11;
	if (counters.counter[0].fd < 0) /* refused: then by name, and with a reason */
		return counters.counter[0].error > 0 &&
				       json_is_string(json_object_get(window, "task_clock_ns_why"))
			       ? 0
			       : 12;
	bool differ = !counters.counter[0].user_only && !covered(&first, &now);

	for (int i = 0; i < counters.count; i++) {
		const char *name = counters.counter[i].name;
		if (counters.counter[i].fd < 0 && counters.counter[i].error <= 0)
			return 14;
		if (counters.counter[i].fd >= 0 && !json_is_integer(json_object_get(window, name)))
			return 15;
	}
	json_decref(window);
	json_decref(json);
	return differ ? DIFFER : 0;
}

/* The exit status of a process that counts itself. */
static int count_once(const char *self)
{
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
	return WEXITSTATUS(status);
}

/* Of time that a hypervisor takes away, one of the two clocks of the kernel knows and the other does
 * not: what differs for that is counted again. A thread that is not counted is missing each time. */
static void they_count_every_thread_from_exec_on(void **state)
{
	int status = DIFFER;

	for (int i = 0; i < 10 && status == DIFFER; i++)
		status = count_once(*state);
	assert_int_equal(status, 0);
}

/* --- a fake kernel ---------------------------------------------------------------------------- */

typedef struct Kernel {
	int error;     /* for what a rule does not cover */
	bool paranoid; /* EACCES unless the kernel's side is excluded */
	bool no_pmu;   /* ENOENT for hardware events */
	bool no_group; /* EINVAL for what is inherited and read as a group */
	bool no_room;  /* EINVAL for hardware events that join a group */
	int joined;    /* opened in a group */
	int opened, user_opened;
	struct perf_event_attr last;
} Kernel;

static int kernel_open(const EnergyOs *os, struct perf_event_attr *attr, pid_t pid, int cpu,
		       int group, unsigned long flags)
{
	Kernel *kernel = os->user;

	assert_int_equal(pid, 0);
	assert_int_equal(cpu, -1);
	assert_true(group == -1 || (fcntl(group, F_GETFD) >= 0 && attr->read_format & PERF_FORMAT_GROUP));
	assert_int_equal(flags, 0); /* kept across exec */
	assert_true(attr->inherit && attr->enable_on_exec && attr->disabled);
	kernel->last = *attr;
	errno = kernel->error;
	if (kernel->paranoid && !attr->exclude_kernel)
		errno = EACCES;
	else if (kernel->no_pmu && attr->type == PERF_TYPE_HARDWARE)
		errno = ENOENT;
	else if (kernel->no_group && attr->read_format & PERF_FORMAT_GROUP)
		errno = EINVAL;
	else if (kernel->no_room && group >= 0 && attr->type == PERF_TYPE_HARDWARE)
		errno = EINVAL;
	if (errno)
		return -1;
	kernel->opened++;
	kernel->joined += group >= 0;
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
		end.value[i] = open ? 121 : NAN;
		end.enabled_ns[i] = 10;
		end.running_ns[i] = i == 0 ? 5 : 10;
	}
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
	assert_int_equal(number_at(window, "page_faults"), 21);
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
	assert_int_equal(counters.counter[0].error, ENOTSUP);
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
					   "[{\"name\":\"cycles\",\"fd\":1.5}]",
					   "[{\"name\":\"cycles\",\"fd\":3,\"leader\":1}]",
					   "[{\"name\":\"a\",\"fd\":3},{\"name\":\"b\",\"fd\":4,\"leader\":0}]",
					   "[{\"name\":\"cycles\",\"fd\":3,\"leader\":-1}]" };
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
		assert_int_equal(out.counter[i].leader, counters.counter[i].leader);
		assert_int_equal(out.counter[i].grouped, counters.counter[i].grouped);
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

/* The kernel's four in one group, cycles with instructions in another, the rest alone. */
static void what_belongs_together_is_a_group(void **state)
{
	static const int leaders[] = { 0, 0, 0, 0, 4, 4, 6, 7, 8 };
	Kernel kernel = { .error = 0 };
	Counters counters = opened(&kernel);

	(void)state;
	assert_int_equal(counters.count, 9);
	assert_int_equal(kernel.opened, 9);
	assert_int_equal(kernel.joined, 4);
	for (int i = 0; i < counters.count; i++) {
		assert_int_equal(counters.counter[i].leader, leaders[i]);
		assert_true(counters.counter[i].grouped);
	}
}

static void older_kernels_give_one_descriptor_each(void **state)
{
	Kernel kernel = { .no_group = true };
	Counters counters = opened(&kernel);

	(void)state;
	assert_int_equal(kernel.opened, 9);
	assert_int_equal(kernel.joined, 0);
	for (int i = 0; i < counters.count; i++) {
		assert_int_equal(counters.counter[i].leader, i);
		assert_false(counters.counter[i].grouped);
	}
	/* A group without room leaves the event alone. */
	kernel = (Kernel){ .no_room = true };
	counters = opened(&kernel);
	assert_int_equal(kernel.opened, 9);
	assert_int_equal(kernel.joined, 3);
	assert_int_equal(counters.counter[5].leader, 5);
	assert_false(counters.counter[5].grouped);
}

static CounterSample sample_of(const Counters *counters, const int ends[2], const uint64_t *in,
			       size_t size)
{
	CounterSample sample;

	assert_int_equal(write(ends[1], in, size), (ssize_t)size);
	counters_read(counters, &sample);
	return sample;
}

/* Reads of a pipe stand for the kernel's answers: {value, enabled, running}. */
static void multiplexed_counts_are_scaled(void **state)
{
	Counters counters = { .count = 1, .counter[0] = { .name = "cycles" } };
	const uint64_t never[3] = { 0, 50, 0 }, whole[3] = { 100, 100, 50 },
		       half[3] = { 300, 200, 100 }, full[3] = { 350, 300, 200 },
		       none[3] = { 350, 400, 200 };
	CounterSample a, b, c, d;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	counters.counter[0].fd = ends[0];
	a = sample_of(&counters, ends, never, sizeof never);
	assert_true(isnan(a.value[0]) && isnan(a.value[1]) && a.cpu_ns > 0);
	b = sample_of(&counters, ends, whole, sizeof whole);
	/* Only the span counts: in it 200 were seen in half of the time. */
	c = sample_of(&counters, ends, half, sizeof half);
	assert_true(counters_between(&b, &c, 0) == 400 && counters_scaled(&b, &c, 0));
	d = sample_of(&counters, ends, full, sizeof full);
	assert_true(counters_between(&c, &d, 0) == 50 && !counters_scaled(&c, &d, 0));
	a = sample_of(&counters, ends, none, sizeof none);
	assert_true(isnan(counters_between(&d, &a, 0)));
	close(ends[0]);
	close(ends[1]);
}

/* {count, enabled, running, values} of a group, with one that was refused between. */
static void a_group_is_read_at_once(void **state)
{
	Counters counters = { .count = 4 };
	const uint64_t in[6] = { 3, 100, 100, 7, 8, 9 };
	CounterSample sample;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	for (int i = 0; i < 4; i++)
		counters.counter[i] = (struct Counter){ .fd = i == 1 ? -1 : ends[0] + i * 1000,
							.grouped = true };
	counters.counter[0].fd = ends[0];
	counters.counter[1].leader = 1;
	sample = sample_of(&counters, ends, in, sizeof in);
	assert_true(sample.value[0] == 7 && sample.value[2] == 8 && sample.value[3] == 9);
	assert_true(isnan(sample.value[1]));
	assert_true(sample.running_ns[3] == 100);
	/* A shorter answer than it should be gives what is in it. */
	sample = sample_of(&counters, ends, in, 4 * sizeof *in);
	assert_true(sample.value[0] == 7 && isnan(sample.value[2]));
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
		cmocka_unit_test(a_group_is_read_at_once),
		cmocka_unit_test(what_belongs_together_is_a_group),
		cmocka_unit_test(older_kernels_give_one_descriptor_each),
	};

	(void)argv;
	if (argc > 1)
		return counted(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
