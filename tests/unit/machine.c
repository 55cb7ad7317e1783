/* What doctor finds on fake machines: every row quiet, and every row loud.
 * SPDX-License-Identifier: MIT */
#include "app/session/machine.h"

#include <fcntl.h>

#include "energy_fake.h"
#include "unit.h"

static Fake fake; /* large; each test fills it anew */

/* The at-th finding of a row; NULL when there is none. */
static const MachineFinding *find(const MachineLook *look, const char *name, size_t at)
{
	static MachineFinding finding;

	for (const MachineCheck *check = machine_checks; check->name; check++)
		if (strcmp(check->name, name) == 0) {
			memset(&finding, 0, sizeof finding);
			return check->find(look, at, &finding) ? &finding : NULL;
		}
	fail_msg("no row '%s'", name);
	return NULL;
}

/* The row says state, words in its cause, and how to mend it if it warns; NULL: no finding. */
static void finds(const MachineLook *look, const char *name, size_t at, const char *state,
		  const char *words)
{
	const MachineFinding *finding = find(look, name, at);

	if (!state) {
		assert_null(finding);
		return;
	}
	assert_non_null(finding);
	if (strcmp(finding->state, state) != 0 || !strstr(finding->cause, words))
		fail_msg("%s: %s: %s", name, finding->state, finding->cause);
	assert_int_equal(*finding->fix != '\0', strcmp(state, "warn") == 0);
}

/* A record of a worker; overrides as JSON. */
static json_t *told(const char *core, const char *flavour, const char *overrides)
{
	json_t *json = json_pack(
		"{s:{s:{s:s}, s:{s:s, s:s, s:s, s:o}}, s:[f, f, f]}", "receipt", "cpu", "features",
		"avx2 avx512", "blas", "name", "OpenBLAS 0.3.21", "core", core, "flavour", flavour,
		"overrides", json_loads(overrides, 0, NULL), "clock_ghz", 3.5, 3.6, 3.55);

	assert_non_null(json);
	return json;
}

static void blas_is_judged_by_core_and_flavour(void **state)
{
	static const struct {
		const char *core, *flavour, *state, *words;
	} rows[] = {
		{ "Cooperlake", "pthread", "ok", "OpenBLAS 0.3.21, core Cooperlake, pthread" },
		{ "SKYLAKEX", "pthread", "ok", "core SKYLAKEX" },
		{ "Haswell", "pthread", "warn", "without AVX-512" },
		{ "Cooperlake", "openmp", "warn", "openmp" },
		{ "Cooperlake", "serial", "warn", "serial" },
		{ "Cooperlake", "unknown", "warn", "unknown" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *record = told(rows[i].core, rows[i].flavour, "{}");
		MachineLook look = { .os = &fake.os, .record = record };

		finds(&look, "blas", 0, rows[i].state, rows[i].words);
		finds(&look, "blas", 1, NULL, NULL);
		finds(&look, "blas override", 0, NULL, NULL);
		json_decref(record);
	}
}

static void every_override_is_told(void **state)
{
	static const char overrides[] = "{\"OPENBLAS_CORETYPE\":\"Haswell\","
					"\"OPENBLAS_L2_SIZE\":\"512\","
					"\"OPENBLAS_NUM_THREADS\":\"8\","
					"\"OPENBLAS_STRANGE\":\"1\",\"OMP_NUM_THREADS\":\"2\"}";
	json_t *record = told("Haswell", "pthread", overrides);
	MachineLook look = { .os = &fake.os, .record = record };

	(void)state;
	finds(&look, "blas override", 0, "warn", "OPENBLAS_CORETYPE=Haswell is set: it forces");
	assert_non_null(strstr(find(&look, "blas override", 0)->fix, "unset OPENBLAS_CORETYPE"));
	finds(&look, "blas override", 1, "warn", "OPENBLAS_L2_SIZE=512");
	finds(&look, "blas override", 2, "ok", "no effect");
	finds(&look, "blas override", 3, "warn", "OPENBLAS_STRANGE=1");
	finds(&look, "blas override", 4, "ok", "nothing here uses OpenMP");
	finds(&look, "blas override", 5, NULL, NULL);
	json_decref(record);
	record = told("Cooperlake", "openmp", "{\"OMP_NUM_THREADS\":\"2\"}");
	look.record = record;
	finds(&look, "blas override", 0, "warn", "OpenMP BLAS");
	json_decref(record);
}

/* Two looks at /proc/stat a second of two CPUs apart; text "": the file is not there. */
static void watch(MachineLook *look, const char *before, const char *after)
{
	const char *text[] = { before, after };
	EdgeMachine *to[] = { &look->before, &look->after };

	for (int i = 0; i < 2; i++) {
		fake_put(&fake, "/proc/stat", text[i]);
		int fd = *text[i] ? fake.os.open(&fake.os, "/proc/stat", O_RDONLY) : -1;

		edge_machine(&fake.os, fd, to[i]);
		if (fd >= 0)
			fake.os.close(&fake.os, fd);
	}
}

static void other_work_and_stolen_time(void **state)
{
	static const char begin[] = "cpu  100 0 50 800 10 5 5 30 0 0\n";
	MachineLook look = { .os = &fake.os };

	(void)state;
	fake_init(&fake);
	fake_put(&fake, "/proc/loadavg", "1.31 0.40 0.20 1/91 25908\n");
	/* 200 ticks: 4 by others */
	watch(&look, begin, "cpu  104 0 50 996 10 5 5 30 0 0\n");
	finds(&look, "busy", 0, "ok", "other processes took 2 % of all CPU time; load average 1.31");
	finds(&look, "busy", 1, NULL, NULL);
	finds(&look, "steal", 0, "ok", "took 0.0 %");
	/* 50 busy, of which 40 were ours; then none of them */
	watch(&look, begin, "cpu  150 0 50 950 10 5 5 30 0 0\n");
	look.own_cpu_s = 0.4;
	finds(&look, "busy", 0, "ok", "took 5 %");
	look.own_cpu_s = 0;
	finds(&look, "busy", 0, "warn", "took 25 %");
	/* 6 of 200 stolen */
	watch(&look, begin, "cpu  100 0 50 994 10 5 5 36 0 0\n");
	finds(&look, "steal", 0, "warn", "took 3.0 %");
	finds(&look, "steal", 1, NULL, NULL);
	watch(&look, "", "");
	finds(&look, "busy", 0, "no", "/proc/stat cannot be read");
	finds(&look, "steal", 0, "no", "/proc/stat cannot be read");
	assert_int_equal(fake.open, 0);
}

static void put_cpu(int cpu, const char *governor, const char *now, const char *most)
{
	static const char *const names[] = { "scaling_governor", "scaling_max_freq",
					     "cpuinfo_max_freq" };
	const char *texts[] = { governor, now, most };
	char path[128];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cpufreq/%s", cpu,
			 names[i]);
		fake_put(&fake, path, texts[i]);
	}
}

static void frequency_limits(void **state)
{
	MachineLook look = { .os = &fake.os };

	(void)state;
	fake_init(&fake);
	finds(&look, "frequency", 0, "no", "most virtual machines");
	finds(&look, "frequency", 1, NULL, NULL);
	fake_put(&fake, "/sys/devices/system/cpu/online", "0-1,4\n");
	finds(&look, "frequency", 0, "no", "most virtual machines");
	put_cpu(0, "performance\n", "4500000\n", "4500000\n");
	put_cpu(1, "performance\n", "4500000\n", "4500000\n");
	put_cpu(4, "performance\n", "4500000\n", "4500000\n");
	finds(&look, "frequency", 0, "ok", "all 3 CPUs");
	finds(&look, "frequency", 1, NULL, NULL);
	put_cpu(1, "powersave\n", "4500000\n", "4500000\n");
	finds(&look, "frequency", 0, "warn", "of 1 of 3 CPUs is powersave");
	finds(&look, "frequency", 1, NULL, NULL);
	put_cpu(4, "powersave\n", "2000000\n", "4500000\n");
	finds(&look, "frequency", 0, "warn", "of 2 of 3 CPUs is powersave");
	finds(&look, "frequency", 1, "warn", "1 of 3 CPUs are held to 2000 of 4500 MHz");
	finds(&look, "frequency", 2, NULL, NULL);
	put_cpu(1, "performance\n", "4500000\n", "4500000\n");
	put_cpu(4, "performance\n", "2000000\n", "4500000\n");
	finds(&look, "frequency", 0, "warn", "held to 2000");
	finds(&look, "frequency", 1, NULL, NULL);
	fake_put(&fake, "/sys/devices/system/cpu/online", "junk");
	finds(&look, "frequency", 0, "no", "");
	assert_int_equal(fake.open, 0);
}

static void clock_spread(void **state)
{
	MachineLook look = { .os = &fake.os };
	json_t *record = json_loads("{\"clock_ghz\":[3.6,3.3,3.5]}", 0, NULL);

	(void)state;
	look.record = record;
	finds(&look, "clock", 0, "ok", "3.30 to 3.60 GHz in 3 probes");
	finds(&look, "clock", 1, NULL, NULL);
	json_decref(record);
	look.record = record = json_loads("{\"clock_ghz\":[3.6,2.0,3.5]}", 0, NULL);
	finds(&look, "clock", 0, "warn", "2.00 to 3.60 GHz");
	json_decref(record);
	look.record = record = json_loads("{}", 0, NULL);
	finds(&look, "clock", 0, NULL, NULL);
	json_decref(record);
}

static void a_capability_that_is_ignored(void **state)
{
	static const struct {
		bool told, perfmon, no_new_privs, capable, nosuid;
		const char *state, *words;
	} rows[] = {
		{ .told = false, .capable = true },
		{ .told = true, .state = "ok", .words = "carries no capability" },
		{ .told = true, .perfmon = true, .state = "ok", .words = "holds cap_perfmon" },
		{ .told = true, .no_new_privs = true, .state = "ok", .words = "carries no" },
		{ .told = true, .no_new_privs = true, .capable = true, .nosuid = true,
		  .state = "warn", .words = "ignored: no-new-privs" },
		{ .told = true, .capable = true, .nosuid = true, .state = "warn",
		  .words = "mounted nosuid" },
		{ .told = true, .capable = true, .state = "warn", .words = "is not cap_perfmon" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *rights = json_pack("{s:b, s:b, s:b}", "secure", 0, "no_new_privs",
					   rows[i].no_new_privs, "cap_perfmon", rows[i].perfmon);
		MachineLook look = { .os = &fake.os,
				     .rights = rows[i].told ? rights : NULL,
				     .capable = rows[i].capable,
				     .nosuid = rows[i].nosuid };

		finds(&look, "meter", 0, rows[i].state, rows[i].words);
		finds(&look, "meter", 1, NULL, NULL);
		json_decref(rights);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blas_is_judged_by_core_and_flavour),
		cmocka_unit_test(every_override_is_told),
		cmocka_unit_test(other_work_and_stolen_time),
		cmocka_unit_test(frequency_limits),
		cmocka_unit_test(clock_spread),
		cmocka_unit_test(a_capability_that_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
