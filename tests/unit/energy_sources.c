/* The energy sources and the panel on fake machines: every refusal, hostile files, odd topologies.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "alloc_fail.h"
#include "energy/sysfs.h"
#include "energy_fake.h"
#include "unit.h"

#define near(a, b, by) assert_true(fabs((a) - (b)) <= (by))

static Fake fake; /* large; each test fills it anew */

/* The source must refuse with this errno, a step that names what, a fix that names how, and
 * leave nothing open. */
static void refuses(const char *name, int error, const char *what, const char *how)
{
	const EnergySource *source = energy_source_find(name);
	Why why = { .error = -1 };
	Err err = { 0 };
	char text[192];

	assert_false(source->probe(&fake.os, &why));
	assert_int_equal(why.error, error);
	assert_non_null(strstr(why.step, what));
	assert_non_null(strstr(why.fix, how));
	assert_null(source->open(&fake.os, "", &why, &err));
	assert_int_equal(err.code, ERR_NEED);
	assert_non_null(strstr(err.text, why_text(&why, text)));
	assert_int_equal(fake.open, 0);
}

static void *opens(const char *name)
{
	Why why;
	Err err = { 0 };
	void *opened = energy_source_find(name)->open(&fake.os, "", &why, &err);

	if (!opened)
		fail_msg("%s", err.text);
	return opened;
}

/* --- rapl-perf -------------------------------------------------------------------------------- */

static void rapl_says_why_not(void **state)
{
	(void)state;
	fake_init(&fake);
	refuses("rapl-perf", ENOENT, "open(" FAKE_PMU "/type)", "virtual machine");
	fake_rapl(&fake);
	fake_file(&fake, FAKE_PMU "/type")->read_error = EIO;
	refuses("rapl-perf", EIO, "read(" FAKE_PMU "/type)", "");
	fake_put(&fake, FAKE_PMU "/type", "eighteen");
	refuses("rapl-perf", EINVAL, "parse(" FAKE_PMU "/type)", "");
	fake_put(&fake, FAKE_PMU "/type", "99999999999");
	refuses("rapl-perf", EINVAL, "parse(" FAKE_PMU "/type)", "");
	fake_rapl(&fake);
	fake_remove(&fake, FAKE_PMU "/cpumask");
	refuses("rapl-perf", ENOENT, "cpumask", "");
	fake_put(&fake, FAKE_PMU "/cpumask", "");
	refuses("rapl-perf", EINVAL, "parse(" FAKE_PMU "/cpumask)", "");
	fake_rapl(&fake);
	fake_put(&fake, FAKE_PMU "/events/energy-pkg", "event=0x02,inv");
	refuses("rapl-perf", EINVAL, "events/energy-pkg", "");
	fake_rapl(&fake);
	fake_put(&fake, FAKE_PMU "/events/energy-pkg.scale", "0\n");
	refuses("rapl-perf", EINVAL, "energy-pkg.scale", "");
	fake_rapl(&fake);
	fake_put(&fake, FAKE_PMU "/events/energy-pkg.unit", "Calories\n");
	refuses("rapl-perf", EINVAL, "not Joules", "");
}

static void rapl_names_the_refused_call(void **state)
{
	static const int errors[] = { EACCES, EPERM, EINVAL, ENODEV, EMFILE };

	(void)state;
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		fake_init(&fake);
		fake_rapl(&fake);
		fake.perf_error = errors[i];
		refuses("rapl-perf", errors[i],
			"perf_event_open(power/energy-pkg, cpu 0), perf_event_paranoid=2",
			i < 2 ? "setcap cap_perfmon=ep" : "");
	}
}

static void rapl_reads_joules(void **state)
{
	const EnergySource *source = energy_source_find("rapl-perf");
	Reading reading[ENERGY_DOMAINS_MAX];
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	Err err = { 0 };
	void *rapl;

	(void)state;
	fake_init(&fake);
	fake_rapl(&fake);
	rapl = opens("rapl-perf");
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.event[0].attr.type, 18);
	assert_int_equal(fake.event[0].attr.config, 2);
	assert_int_equal(fake.event[0].pid, -1);
	assert_int_equal(fake.event[0].cpu, 0);
	assert_int_equal(fake.event[0].attr.exclude_hv | fake.event[0].attr.exclude_guest, 0);
	assert_int_equal(source->domains(rapl, domain, ENERGY_DOMAINS_MAX), 1);
	assert_string_equal(domain[0].id, "package-0");
	near(domain[0].scale_err, 0.05, 0);
	fake.now_ns += 1000000000;
	fake.event[0].in[0] = 53687091200;
	assert_true(source->read(rapl, reading, &err));
	near(reading[0].energy_j, 12.5, 1e-12);
	assert_int_equal(reading[0].prov, ENERGY_MEASURED);
	assert_int_equal(reading[0].read_ns, 1000);
	/* Its CPU has gone: the read gives no bytes. */
	fake.event[0].size = 0;
	assert_false(source->read(rapl, reading, &err));
	assert_true(isnan(reading[0].energy_j));
	assert_int_equal(reading[0].flags, ENERGY_LOST);
	fake.event[0].size = 24;
	fake.event[0].in[2] = 0; /* never ran */
	assert_false(source->read(rapl, reading, &err));
	source->close(rapl);
	assert_int_equal(fake.open, 0);
}

/* Whether rapl-perf, which works, remarks that. */
static bool told(const char *words)
{
	Why why = { .error = 0 };

	assert_true(energy_source_find("rapl-perf")->probe(&fake.os, &why));
	assert_int_equal(why.error, 0);
	return strstr(why.step, words) != NULL;
}

static void a_stale_encoding_is_refused(void **state)
{
	void *rapl;

	(void)state;
	fake_init(&fake);
	fake_rapl(&fake);
	fake.pfm_prefix = "rapl::RAPL_ENERGY_PKG";
	fake.pfm_type = 4; /* raw: would count a core event */
	fake.pfm_config = 77;
	rapl = opens("rapl-perf");
	assert_int_equal(fake.event[0].attr.type, 18);
	assert_int_equal(fake.event[0].attr.config, 2);
	assert_true(told("tables are too old"));
	energy_source_find("rapl-perf")->close(rapl);
	fake_remove(&fake, FAKE_PMU "/events/energy-pkg");
	refuses("rapl-perf", ENOENT, "events/energy-pkg", "");
	fake.pfm_type = 18; /* now it is for this PMU, and needs no text */
	rapl = opens("rapl-perf");
	assert_int_equal(fake.event[fake.events - 1].attr.config, 77);
	assert_int_equal(fake.event[fake.events - 1].attr.exclude_hv, 0);
	assert_false(told("too old"));
	energy_source_find("rapl-perf")->close(rapl);
	fake.pfm_prefix = "amd64_rapl::RAPL_ENERGY_PKG";
	rapl = opens("rapl-perf");
	energy_source_find("rapl-perf")->close(rapl);
	assert_int_equal(fake.open, 0);
}

static void two_packages_with_all_domains(void **state)
{
	static const char *const more[] = { "psys", "ram", "cores", "gpu" };
	static const EnergyScope scopes[] = { ENERGY_PKG,  ENERGY_PKG,  ENERGY_BOARD,
					      ENERGY_DRAM, ENERGY_DRAM, ENERGY_CORE,
					      ENERGY_CORE, ENERGY_IGPU, ENERGY_IGPU };
	static const int parents[] = { 2, 2, -1, -1, -1, 0, 1, 0, 1 };
	static const int cpus[] = { 0, 24, 0, 0, 24, 0, 24, 0, 24 };
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	void *rapl;

	(void)state;
	fake_init(&fake);
	fake_rapl(&fake);
	memcpy(fake.cpu.vendor, "AuthenticAMD", 13);
	fake_put(&fake, FAKE_PMU "/cpumask", "0,24\n");
	for (int i = 0; i < 4; i++) {
		char path[128], text[32];
		snprintf(path, sizeof path, FAKE_PMU "/events/energy-%s", more[i]);
		snprintf(text, sizeof text, "event=0x%02x\n", i + 3);
		fake_put(&fake, path, text);
	}
	rapl = opens("rapl-perf");
	assert_int_equal(energy_source_find("rapl-perf")->domains(rapl, domain, 16), 9);
	for (int i = 0; i < 9; i++) {
		assert_int_equal(domain[i].scope, scopes[i]);
		assert_int_equal(domain[i].parent, parents[i]);
		assert_int_equal(fake.event[i].cpu, cpus[i]);
		near(domain[i].scale_err, 0.15, 0);
	}
	energy_source_find("rapl-perf")->close(rapl);
	/* When the second package cannot be had, the whole is refused: half a sum is no sum. */
	fake.events = 0;
	fake.perf_error = EACCES;
	fake.perf_error_after = 1;
	refuses("rapl-perf", EACCES, "cpu 24", "setcap");
}

/* --- powercap --------------------------------------------------------------------------------- */

static void powercap_says_why_not(void **state)
{
	(void)state;
	fake_init(&fake);
	refuses("powercap", ENOENT, "opendir(" FAKE_CAP ")", "virtual machine");
	fake_put(&fake, FAKE_CAP "/intel-rapl/enabled", "1");
	refuses("powercap", ENOENT, "no intel-rapl zone", "virtual machine");
	fake_zone(&fake, "intel-rapl:0", "package-0\n", "100\n");
	fake_file(&fake, FAKE_CAP "/intel-rapl:0/energy_uj")->open_error = EACCES;
	refuses("powercap", EACCES, "open(" FAKE_CAP "/intel-rapl:0/energy_uj)", "CVE-2020-8694");
	fake_zone(&fake, "intel-rapl:0", "package-0\n", "100\n");
	fake_file(&fake, FAKE_CAP "/intel-rapl:0/energy_uj")->read_error = ENODATA;
	refuses("powercap", ENODATA, "read(" FAKE_CAP "/intel-rapl:0/energy_uj)", "");
	fake_zone(&fake, "intel-rapl:0", "package-0\n", "-5\n");
	refuses("powercap", EINVAL, "read(" FAKE_CAP "/intel-rapl:0/energy_uj)", "");
	/* A second package out of reach. */
	fake_zone(&fake, "intel-rapl:0", "package-0\n", "100\n");
	fake_zone(&fake, "intel-rapl:1", "package-1\n", "100\n");
	fake_file(&fake, FAKE_CAP "/intel-rapl:1/energy_uj")->open_error = EMFILE;
	refuses("powercap", EMFILE, "intel-rapl:1", "");
}

static void powercap_knows_its_zones(void **state)
{
	static const char *const ids[] = { "package-0", "psys", "package-0/dram", "package-0/core",
					   "2:package-0" };
	static const int parents[] = { 1, -1, -1, 0, 1 };
	const EnergySource *source = energy_source_find("powercap");
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	Reading reading[ENERGY_DOMAINS_MAX];
	Err err = { 0 };
	void *powercap;

	(void)state;
	fake_init(&fake);
	fake_put(&fake, FAKE_CAP "/intel-rapl/enabled", "1");
	fake_zone(&fake, "intel-rapl-mmio:0", "package-0\n", "777\n");
	fake_zone(&fake, "intel-rapl:0", "package-0\n", "1000\n");
	fake_zone(&fake, "intel-rapl:0:0", "core\n", "50\n");
	fake_zone(&fake, "intel-rapl:0:1", "dram\n", "60\n");
	fake_zone(&fake, "intel-rapl:1", "psys\n", "70\n");
	fake_zone(&fake, "intel-rapl:2", "turbine\n", "70\n"); /* of a kind not known */
	fake_zone(&fake, "dtpm:0", "package-9\n", "70\n");
	powercap = opens("powercap");
	assert_int_equal(source->domains(powercap, domain, ENERGY_DOMAINS_MAX), 5);
	for (int i = 0; i < 5; i++) {
		assert_string_equal(domain[i].id, ids[i]);
		assert_int_equal(domain[i].parent, parents[i]);
	}
	near(domain[0].unit_j, 61.035e-6, 1e-9);
	near(domain[0].range_j, 262143.32885, 1e-9);
	fake.now_ns += 1000000000;
	fake_file(&fake, FAKE_CAP "/intel-rapl:0/energy_uj")->text[0] = '9'; /* 9000 µJ */
	assert_true(source->read(powercap, reading, &err));
	near(reading[0].energy_j, 0.008, 1e-12);
	assert_int_equal(reading[0].flags, 0);
	assert_int_equal(reading[4].flags, ENERGY_DUPLICATE);
	fake_file(&fake, FAKE_CAP "/intel-rapl:0/energy_uj")->read_error = EIO;
	assert_true(source->read(powercap, reading, &err)); /* the others go on */
	assert_int_equal(reading[0].flags, ENERGY_LOST);
	source->close(powercap);
	assert_int_equal(fake.open, 0);
	/* mmio alone is no duplicate. */
	fake_remove(&fake, FAKE_CAP "/intel-rapl:0/name");
	fake_remove(&fake, FAKE_CAP "/intel-rapl:0/energy_uj");
	fake_remove(&fake, FAKE_CAP "/intel-rapl:0/max_energy_range_uj");
	powercap = opens("powercap");
	assert_true(source->read(powercap, reading, &err));
	assert_int_equal(reading[0].flags, 0);
	source->close(powercap);
}

static void powercap_wraps(void **state)
{
	const EnergySource *source = energy_source_find("powercap");
	Reading reading[ENERGY_DOMAINS_MAX];
	Err err = { 0 };
	void *powercap;

	(void)state;
	fake_init(&fake);
	fake_zone(&fake, "intel-rapl:0", "package-0\n", "262143328800\n");
	powercap = opens("powercap");
	fake.now_ns += 1000000000;
	fake_put(&fake, FAKE_CAP "/intel-rapl:0/energy_uj", "100\n");
	assert_true(source->read(powercap, reading, &err));
	near(reading[0].energy_j, 211e-6, 1e-12); /* 50 to the top, a unit of 61, 100 */
	assert_int_equal(reading[0].wraps, 1);
	fake.now_ns += 300000000000; /* five minutes at up to 1000 W: who knows */
	assert_true(source->read(powercap, reading, &err));
	assert_int_equal(reading[0].multiwraps, 1);
	source->close(powercap);
}

static void hostile_zones_are_refused(void **state)
{
	const EnergySource *source = energy_source_find("powercap");
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	char folder[32];
	void *powercap;

	(void)state;
	fake_init(&fake);
	fake_zone(&fake, "intel-rapl:0", "package-0\n", "1\n");
	fake_zone(&fake, "intel-rapl:0:x", "core\n", "1\n");
	fake_zone(&fake, "intel-rapl", "core\n", "1\n");
	fake_zone(&fake, "intel-rapl:000000000000000000000000000000000000000000000", "core\n",
		  "1\n");
	fake_zone(&fake, "intel-rapl:3", "package-999999999999999999999999999999999999999\n",
		  "1\n");
	powercap = opens("powercap");
	assert_int_equal(source->domains(powercap, domain, ENERGY_DOMAINS_MAX), 2);
	source->close(powercap);
	fake_init(&fake);
	for (int i = 0; i <= ENERGY_DOMAINS_MAX; i++) {
		snprintf(folder, sizeof folder, "intel-rapl:%d", i);
		fake_zone(&fake, folder, "package\n", "1\n");
	}
	refuses("powercap", E2BIG, "more than 16 zones", "");
}

/* --- cpu-table -------------------------------------------------------------------------------- */

static Joules priced(const char *vendor, unsigned family, unsigned model, unsigned stepping)
{
	EnergyWork work = { .time_s = 10, .cpu_s = 5, .threads = 4, .foreign_cpu_s = NAN };
	Joules joules;
	Err err = { 0 };

	fake_init(&fake);
	fake.cpu = (EnergyCpu){ .family = family, .model = model, .stepping = stepping };
	snprintf(fake.cpu.vendor, sizeof fake.cpu.vendor, "%s", vendor);
	energy_source_find("cpu-table")->model(&fake.os, &work, &joules, &err);
	return joules;
}

static void the_table_prices_cpu_time(void **state)
{
	EnergyWork work = { .time_s = 10, .cpu_s = 5, .threads = 4, .foreign_cpu_s = 100 };
	Joules joules = priced("GenuineIntel", 6, 0x55, 4);
	Err err = { 0 };
	char badge[48];

	(void)state;
	near(joules.value, 0.47 * 40 + (4.05 - 0.47) * 5, 1e-9);
	near(joules.low, 0.6 * joules.value, 1e-9);
	near(joules.high, 1.4 * joules.value, 1e-9);
	assert_int_equal(joules.prov, ENERGY_MODELLED);
	assert_int_equal(joules.scope, ENERGY_SYSTEM);
	assert_int_equal(joules.flags, 0);
	assert_string_equal(joules_badge(&joules, badge), "MODELLED ±40 %");
	near(priced("GenuineIntel", 6, 0x55, 7).value, 0.51 * 40 + 3.24 * 5, 1e-9);
	near(priced("AuthenticAMD", 0x17, 0x31, 0).value, 0.43 * 40 + 1.24 * 5, 1e-9);
	/* Zen 4: the newest AMD row stands in. */
	joules = priced("AuthenticAMD", 0x19, 0x11, 1);
	near(joules.value, 0.42 * 40 + 1.40 * 5, 1e-9);
	assert_int_equal(joules.flags, ENERGY_EXTRAPOLATED);
	assert_string_equal(joules_badge(&joules, badge), "MODELLED ±60 %");
	/* A machine cannot be busier than full. */
	assert_true(energy_source_find("cpu-table")->model(&fake.os, &work, &joules, &err));
	near(joules.value, 1.82 * 40, 1e-9);
	assert_true(isnan(priced("", 0, 0, 0).value));
}

static void the_table_says_what_it_used(void **state)
{
	const EnergySource *source = energy_source_find("cpu-table");
	Why why;

	(void)state;
	fake_init(&fake);
	assert_true(source->probe(&fake.os, &why));
	assert_non_null(strstr(why.step, "unknown model"));
	assert_non_null(strstr(why.step, "Ice Lake-SP"));
	fake.cpu.model = 0x6a;
	assert_true(source->probe(&fake.os, &why));
	assert_non_null(strstr(why.step, "median of 24 servers"));
	fake.cpu.vendor[0] = '\0';
	assert_false(source->probe(&fake.os, &why));
	assert_non_null(strstr(why.fix, "--energy none"));
}

/* Without memory a source is refused by name, and nothing stays open. */
static void memory_may_run_out(void **state)
{
	(void)state;
	fake_init(&fake);
	fake_rapl(&fake);
	fake_zone(&fake, "intel-rapl:0", "package-0\n", "1000000\n");
	alloc_fail_after(0);
	refuses("rapl-perf", ENOMEM, "calloc", "");
	refuses("powercap", ENOMEM, "calloc", "");
	alloc_fail_never();
}

/* --- texts ------------------------------------------------------------------------------------ */

static void numbers_and_lists(void **state)
{
	uint64_t n;
	double x;
	int cpus[4];

	(void)state;
	assert_true(sysfs_u64("18446744073709551615", &n) && n == UINT64_MAX);
	assert_true(sysfs_u64("0xff", &n) && n == 255);
	assert_false(sysfs_u64("18446744073709551616", &n));
	assert_false(sysfs_u64("", &n) || sysfs_u64("0x", &n) || sysfs_u64("-1", &n) ||
		     sysfs_u64(" 1", &n) || sysfs_u64("1a", &n) || sysfs_u64("1 ", &n));
	assert_true(sysfs_scale("2.3283064365386962890625e-10", &x) && x == 0x1p-32);
	assert_false(sysfs_scale("", &x) || sysfs_scale("0", &x) || sysfs_scale("-1", &x) ||
		     sysfs_scale("nan", &x) || sysfs_scale("inf", &x) || sysfs_scale("1e999", &x) ||
		     sysfs_scale("1,5", &x) || sysfs_scale("0x1p-32", &x) || sysfs_scale("e", &x));
	assert_int_equal(sysfs_cpus("0-2,8", cpus, 4), 4);
	assert_int_equal(cpus[3], 8);
	assert_int_equal(sysfs_cpus("0-4", cpus, 4), -1);
	assert_int_equal(sysfs_cpus("0-65535", cpus, 4), -1);
	assert_int_equal(sysfs_cpus("0-18446744073709551615", cpus, 4), -1);
	assert_int_equal(sysfs_cpus("70000", cpus, 4), -1);
	assert_int_equal(sysfs_cpus("3-1", cpus, 4), -1);
	assert_int_equal(sysfs_cpus("1,1", cpus, 4), -1);
	assert_int_equal(sysfs_cpus("1,", cpus, 4), -1);
	assert_int_equal(sysfs_cpus("1-", cpus, 4), -1);
	assert_int_equal(sysfs_cpus(",1", cpus, 4), -1);
	assert_int_equal(sysfs_cpus("0,2,4,6,8", cpus, 4), -1);
}

static void event_texts(void **state)
{
	static const char *const bad[] = { "",
					   ",",
					   "event",
					   "event=",
					   "event=0x",
					   "event=256",
					   "event=-1",
					   "event=1,",
					   "event=1,event=2",
					   "event=1 ",
					   "umask=0x100",
					   "config1=3",
					   "event=1,config=2",
					   "event=2%s",
					   "EVENT=2",
					   "event=0x10000000000000002" };
	uint64_t config;

	(void)state;
	assert_true(sysfs_event("event=0x02", &config) && config == 2);
	assert_true(sysfs_event("event=0x02,umask=0x01", &config) && config == 0x102);
	assert_true(sysfs_event("config=0x1ff", &config) && config == 0x1ff);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (sysfs_event(bad[i], &config))
			fail_msg("'%s' was taken", bad[i]);
}

static void files_have_a_size(void **state)
{
	char text[8];
	Why why;

	(void)state;
	fake_init(&fake);
	fake_put(&fake, "/sys/a", "1234567");
	assert_true(sysfs_text(&fake.os, "/sys/a", text, sizeof text, &why));
	assert_string_equal(text, "1234567");
	fake_put(&fake, "/sys/a", "12345678");
	assert_false(sysfs_text(&fake.os, "/sys/a", text, sizeof text, &why));
	assert_int_equal(why.error, EOVERFLOW);
	fake_put(&fake, "/sys/a", "1 \n\n");
	assert_true(sysfs_text(&fake.os, "/sys/a", text, sizeof text, &why));
	assert_string_equal(text, "1");
	assert_int_equal(fake.open, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rapl_says_why_not),
		cmocka_unit_test(rapl_names_the_refused_call),
		cmocka_unit_test(rapl_reads_joules),
		cmocka_unit_test(a_stale_encoding_is_refused),
		cmocka_unit_test(two_packages_with_all_domains),
		cmocka_unit_test(powercap_says_why_not),
		cmocka_unit_test(powercap_knows_its_zones),
		cmocka_unit_test(powercap_wraps),
		cmocka_unit_test(hostile_zones_are_refused),
		cmocka_unit_test(the_table_prices_cpu_time),
		cmocka_unit_test(the_table_says_what_it_used),
		cmocka_unit_test(memory_may_run_out),
		cmocka_unit_test(numbers_and_lists),
		cmocka_unit_test(event_texts),
		cmocka_unit_test(files_have_a_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
