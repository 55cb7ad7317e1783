/* The panel on fake machines: which source is the headline, what is read, what is told.
 * SPDX-License-Identifier: MIT */
#include "energy/panel.h"

#include <math.h>
#include <stdlib.h>

#include "alloc_fail.h"
#include "energy_fake.h"
#include "unit.h"

#define near(a, b, by) assert_true(fabs((a) - (b)) <= (by))

static Fake fake; /* large; each test fills it anew */

static void the_first_that_measures_is_the_headline(void **state)
{
	Panel *panel;
	EdgeReply a, b;
	Joules joules;
	Err err = { 0 };

	(void)state;
	fake_init(&fake);
	fake_zone(&fake, "intel-rapl:0", "package-0\n", "1000000\n");
	fake_put(&fake, "/proc/stat", "cpu  100 0 50 800 10 5 5 30 0 0\ncpu0 1\n");
	assert_true(panel_open(&fake.os, "auto", &panel, &err));
	panel_machine_open(panel);
	assert_string_equal(panel_headline(panel), "powercap");
	panel_edge(panel, 1, &a);
	fake.now_ns += 10000000000;
	fake_put(&fake, FAKE_CAP "/intel-rapl:0/energy_uj", "51000000\n");
	panel_read(panel); /* between the edges; must not hide anything */
	panel_edge(panel, 2, &b);
	edge_joules(&a, &b, &joules);
	near(joules.value, 50, 1e-9);
	assert_int_equal(joules.prov, ENERGY_MEASURED);
	assert_int_equal(a.machine.busy_ns, 1600000000);
	assert_int_equal(a.machine.steal_ns, 300000000);
	assert_int_equal(a.machine.capacity_ns, 10000000000);
	assert_true(panel_poll_s(panel) == 60);
	panel_close(panel);
	assert_int_equal(fake.open, 0);
	fake_rapl(&fake);
	assert_true(panel_open(&fake.os, "auto", &panel, &err));
	assert_string_equal(panel_headline(panel), "rapl-perf");
	panel_close(panel);
	assert_true(panel_open(&fake.os, "powercap", &panel, &err));
	assert_string_equal(panel_headline(panel), "powercap");
	panel_close(panel);
	assert_int_equal(fake.open, 0);
}

static void a_panel_without_a_meter_says_so(void **state)
{
	Panel *panel;
	EdgeReply reply;
	json_t *row;
	Err err = { 0 };

	(void)state;
	fake_init(&fake);
	assert_true(panel_open(&fake.os, "auto", &panel, &err));
	assert_null(panel_headline(panel));
	panel_edge(panel, 5, &reply);
	assert_int_equal(reply.headline, -1);
	assert_int_equal(reply.machine.busy_ns, -1);
	row = panel_source_json(panel, 0);
	assert_string_equal(json_string_value(json_object_get(row, "errno_name")), "ENOENT");
	json_decref(row);
	assert_null(panel_reading_json(panel, 0));
	panel_close(panel);
	assert_false(panel_open(&fake.os, "rapl-perf", &panel, &err));
	assert_int_equal(err.code, ERR_NEED);
	assert_non_null(strstr(err.text, "ENOENT"));
	panel_close(panel);
	assert_false(panel_open(&fake.os, "cold-fusion", &panel, &err));
	assert_int_equal(err.code, ERR_USAGE);
	panel_close(panel);
	fake_rapl(&fake);
	assert_true(panel_open(&fake.os, "none", &panel, &err));
	assert_int_equal(fake.events, 0); /* nothing is even tried */
	assert_null(panel_headline(panel));
	panel_close(panel);
}

/* Two dies that show the same counter: DUPLICATE after ten equal steps, and then for good. */
static void lasting_twins_are_marked(void **state)
{
	Panel *panel;
	EdgeReply reply;
	Err err = { 0 };
	json_t *fields;

	(void)state;
	fake_init(&fake);
	fake_rapl(&fake);
	fake_put(&fake, FAKE_PMU "/cpumask", "0,8\n");
	assert_true(panel_open(&fake.os, "auto", &panel, &err));
	panel_read(panel);
	for (int i = 0; i < 10; i++) {
		panel_edge(panel, 0, &reply);
		assert_int_equal(reply.reading[1].flags, 0);
		fake.now_ns += 100000000;
		fake.event[0].in[0] += 20000000000;
		fake.event[1].in[0] += 20000000000;
		panel_read(panel);
	}
	panel_edge(panel, 0, &reply);
	assert_int_equal(reply.reading[0].flags, 0);
	assert_int_equal(reply.reading[1].flags, ENERGY_DUPLICATE);
	/* Not undone by one step that differs, such as a read across an update. */
	fake.now_ns += 100000000;
	fake.event[0].in[0] += 20000000000;
	panel_edge(panel, 0, &reply);
	assert_int_equal(reply.reading[1].flags, ENERGY_DUPLICATE);
	fields = panel_reading_json(panel, 0);
	assert_non_null(fields);
	json_decref(fields);
	panel_close(panel);
}

/* What the gates want besides CPU time: the hottest zone of the processor, the fastest CPU, the
 * mains; each as it was last sensed, summed over time. */
static void the_machine_is_sensed(void **state)
{
	Panel *panel;
	EdgeReply a, b;
	EdgeClimate climate;
	Err err = { 0 };

	(void)state;
	fake_init(&fake);
	fake_put(&fake, "/sys/class/thermal/thermal_zone0/type", "acpitz\n");
	fake_put(&fake, "/sys/class/thermal/thermal_zone0/temp", "90000\n");
	fake_put(&fake, "/sys/class/thermal/thermal_zone1/type", "x86_pkg_temp\n");
	fake_put(&fake, "/sys/class/thermal/thermal_zone1/temp", "40000\n");
	fake_put(&fake, "/sys/class/thermal/thermal_zone2/type", "x86_pkg_temp\n");
	fake_put(&fake, "/sys/class/thermal/thermal_zone2/temp", "42000\n");
	fake_put(&fake, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "2000000\n");
	fake_put(&fake, "/sys/class/power_supply/AC/type", "Mains\n");
	fake_put(&fake, "/sys/class/power_supply/AC/online", "1\n");
	fake_put(&fake, "/sys/class/power_supply/BAT0/type", "Battery\n");
	assert_true(panel_open(&fake.os, "none", &panel, &err));
	panel_machine_open(panel);
	panel_edge(panel, 1, &a);
	assert_int_equal(a.machine.on_ac, 1);
	fake.now_ns += 1000000000;
	panel_sense(panel); /* 42 °C and 2 GHz until here */
	fake_put(&fake, "/sys/class/thermal/thermal_zone2/temp", "52000\n");
	fake_put(&fake, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "3000000\n");
	fake_put(&fake, "/sys/class/power_supply/AC/online", "0\n");
	fake.now_ns += 300000000;
	panel_sense(panel); /* too soon to look again */
	panel_edge(panel, 2, &b);
	assert_int_equal(b.machine.ac_changes, a.machine.ac_changes);
	fake.now_ns += 700000000;
	panel_sense(panel);
	fake.now_ns += 2000000000; /* 52 °C and 3 GHz for 2 of 4 s */
	panel_edge(panel, 3, &b);
	edge_climate(&a.machine, &b.machine, &climate);
	near(climate.temperature_c, 47, 0.01);
	near(climate.frequency_hz, 2.5e9, 1e6);
	assert_int_equal(b.machine.on_ac, 0);
	assert_int_equal(b.machine.ac_changes, a.machine.ac_changes + 1);
	/* What is no temperature is unknown, from then on. */
	fake_put(&fake, "/sys/class/thermal/thermal_zone1/temp", "-1000000000\n");
	fake.now_ns += 1000000000;
	panel_sense(panel);
	fake.now_ns += 1000000000;
	panel_edge(panel, 4, &b);
	edge_climate(&a.machine, &b.machine, &climate);
	assert_true(isnan(climate.temperature_c) && isfinite(climate.frequency_hz));
	panel_close(panel);
	assert_int_equal(fake.open, 0);
}

static void a_bare_machine_is_unknown(void **state)
{
	Panel *panel;
	EdgeReply a, b;
	EdgeClimate climate;
	Err err = { 0 };

	(void)state;
	fake_init(&fake);
	assert_true(panel_open(&fake.os, "none", &panel, &err));
	panel_machine_open(panel);
	panel_edge(panel, 1, &a);
	fake.now_ns += 5000000000;
	panel_sense(panel);
	panel_edge(panel, 2, &b);
	edge_climate(&a.machine, &b.machine, &climate);
	assert_true(isnan(climate.temperature_c) && isnan(climate.frequency_hz));
	assert_int_equal(b.machine.on_ac, -1);
	assert_int_equal(b.machine.ac_changes, 0);
	assert_int_equal(edge_gates(&a.machine, &b.machine, 0), 0);
	panel_close(panel);
	/* The processor's own driver where there is no zone of it. */
	fake_put(&fake, "/sys/class/hwmon/hwmon1/name", "k10temp\n");
	fake_put(&fake, "/sys/class/hwmon/hwmon1/temp1_input", "61500\n");
	assert_true(panel_open(&fake.os, "none", &panel, &err));
	panel_machine_open(panel);
	panel_edge(panel, 1, &a);
	fake.now_ns += 1000000000;
	panel_edge(panel, 2, &b);
	edge_climate(&a.machine, &b.machine, &climate);
	near(climate.temperature_c, 61.5, 1e-6);
	panel_close(panel);
	assert_int_equal(fake.open, 0);
}

static void memory_may_run_out(void **state)
{
	Panel *panel;
	Err err = { 0 };

	(void)state;
	fake_init(&fake);
	fake_rapl(&fake);
	fake_zone(&fake, "intel-rapl:0", "package-0\n", "1000000\n");
	alloc_fail_after(0);
	assert_false(panel_open(&fake.os, "auto", &panel, &err));
	assert_int_equal(err.code, ERR_MEMORY);
	assert_null(panel);
	alloc_fail_after(1); /* a panel, but no source */
	err.code = ERR_NONE;
	assert_true(panel_open(&fake.os, "auto", &panel, &err));
	assert_null(panel_headline(panel));
	panel_close(panel);
	alloc_fail_never();
	assert_int_equal(fake.open, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_that_measures_is_the_headline),
		cmocka_unit_test(a_panel_without_a_meter_says_so),
		cmocka_unit_test(lasting_twins_are_marked),
		cmocka_unit_test(the_machine_is_sensed),
		cmocka_unit_test(a_bare_machine_is_unknown),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
