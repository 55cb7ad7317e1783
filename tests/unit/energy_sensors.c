/* Sensors beside RAPL on fake machines: hwmon, batteries, NVML, registers; what they pass over,
 * refuse and lose; and which of all is the headline.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "alloc_fail.h"
#include "energy/panel.h"
#include "energy_ask.h"

/* --- integration ------------------------------------------------------------------------------ */

static void powers_are_integrated(void **state)
{
	EnergyDomain domain = { .max_w = 1000, .update_s = 1, .poll_s = 0.1 };
	EnergyPower power;
	Reading reading;

	(void)state;
	energy_power_start(&power, true, 100, 0);
	assert_true(energy_power_step(&power, &domain, 200, 1000000000));
	assert_true(energy_power_step(&power, &domain, 200, 3000000000));
	energy_reading(&reading, 0, 0);
	energy_power_reading(&power, ENERGY_MEASURED, &reading);
	near(reading.energy_j, 150 + 400, 1e-9);
	near(reading.u_j, 100 / sqrt(12), 1e-9); /* the step fell anywhere in the first second */
	assert_int_equal(reading.flags | reading.gaps, 0);
	assert_false(energy_power_step(&power, &domain, 1001, 4000000000));
	assert_false(energy_power_step(&power, &domain, -1, 4000000000));
	assert_false(energy_power_step(&power, &domain, NAN, 4000000000));
	assert_int_equal(power.gaps, 0);
	/* More than three updates without a sample. */
	assert_true(energy_power_step(&power, &domain, 300, 6100000000));
	assert_int_equal(power.gaps, 1);
	near(power.energy_j, 550, 1e-9);
	assert_true(energy_power_step(&power, &domain, 300, 7100000000));
	near(power.energy_j, 850, 1e-9);
	energy_power_gap(&power);
	energy_power_gap(&power);
	assert_int_equal(power.gaps, 2);
	energy_power_start(&power, false, 100, 0);
	energy_power_step(&power, &domain, 110, 1000000000);
	near(sqrt(power.variance), 10 / sqrt(2), 1e-9);
}

/* A gap between the edges voids, and what sampling left open widens the interval. */
static void sampling_widens_windows(void **state)
{
	Panel *panel;
	EdgeReply a, b, c;
	Joules steady, steps;
	Err err = { 0 };

	(void)state;
	fake_init(&fake);
	hwmon_build(&fake);
	assert_true(panel_open(&fake.os, "hwmon", &panel, &err));
	near(panel_poll_s(panel), 0.1, 0);
	panel_edge(panel, 0, &a);
	for (int i = 0; i < 200; i++) {
		if (i == 100)
			panel_edge(panel, 0, &b);
		fake.now_ns += 100000000;
		hwmon_show(&fake, 0, i < 100 ? 100 : 50 + 100 * (i % 2));
		panel_read(panel);
	}
	panel_edge(panel, 0, &c);
	edge_joules(&a, &b, &steady);
	edge_joules(&b, &c, &steps);
	near(steady.value, steps.value, 10);
	near(sqrt(c.reading[0].u_j * c.reading[0].u_j - b.reading[0].u_j * b.reading[0].u_j),
	     sqrt(99) * 10 / sqrt(12), 1);
	assert_true(steps.high - steps.low > steady.high - steady.low);
	fake.now_ns += 5000000000;
	panel_edge(panel, 0, &a);
	edge_joules(&c, &a, &steps);
	assert_true(isnan(steps.value));
	assert_int_equal(steps.flags, ENERGY_LOST);
	panel_close(panel);
}

/* --- hwmon ------------------------------------------------------------------------------------ */

static void hwmon_says_why_not(void **state)
{
	(void)state;
	fake_init(&fake);
	refuses("hwmon", ENOENT, "opendir(" HWMON ")", "virtual machine");
	fake_put(&fake, HWMON "/hwmon0/name", "nct6775\n");
	refuses("hwmon", ENOENT, "no power sensor", "virtual machine");
	refuses("amd-energy", ENOENT, "no energy sensor", "virtual machine");
	fake_put(&fake, HWMON "/hwmon1/name", "ina226\n");
	fake_put(&fake, HWMON "/hwmon1/power1_input", "5000000\n");
	refuses("hwmon", ENOENT, "hwmon1 ina226 has power1_input", "external:PATH");
	hwmon_build(&fake);
	fake_put(&fake, HWMON "/hwmon1/power1_average_interval", "soon\n");
	refuses("hwmon", EINVAL, "parse(" HWMON "/hwmon1/power1_average_interval)", "");
	hwmon_build(&fake);
	fake_put(&fake, FAM15H, "2000000000000\n");
	refuses("hwmon", ERANGE, "over the 1000 W believed", "");
	/* An odd name is no number of a chip. */
	fake_init(&fake);
	fake_put(&fake, HWMON "/hwmon99999999999999999999/name", "fam15h_power\n");
	fake_put(&fake, HWMON "/hwmon99999999999999999999/power1_input", "1\n");
	refuses("hwmon", ENOENT, "no power sensor", "");
}

/* A server: its supply, two sockets of which one cannot be read, cards in two forms. */
static void scopes_are_kept_apart(void **state)
{
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	const EnergySource *source = energy_source_find("hwmon");
	Why why;
	void *hwmon;

	(void)state;
	fake_init(&fake);
	hwmon_build(&fake);
	fake_put(&fake, HWMON "/hwmon2/name", "fam15h_power\n");
	fake_put(&fake, HWMON "/hwmon2/power1_input", "5\n");
	fake_file(&fake, HWMON "/hwmon2/power1_input")->read_error = EIO;
	fake_put(&fake, HWMON "/hwmon3/name", "amdgpu\n");
	fake_put(&fake, HWMON "/hwmon3/power1_average", "5\n");
	fake_put(&fake, HWMON "/hwmon3/power1_label", "PPT\n");
	fake_put(&fake, HWMON "/hwmon4/name", "amdgpu\n");
	fake_put(&fake, HWMON "/hwmon4/power1_input", "5\n");
	fake_put(&fake, HWMON "/hwmon5/name", "ibmpowernv\n");
	fake_put(&fake, HWMON "/hwmon5/power1_input", "5\n");
	fake_put(&fake, HWMON "/hwmon5/power1_label", "System\n");
	fake_put(&fake, HWMON "/hwmon5/power2_input", "5\n");
	fake_put(&fake, HWMON "/hwmon5/power2_label", "Chip 0 Vdd\n");
	fake_put(&fake, HWMON "/hwmon6/name", "zenpower\n");
	fake_put(&fake, HWMON "/hwmon6/power1_input", "5\n");
	fake_put(&fake, HWMON "/hwmon6/power1_label", "SVI2_P_Core\n");
	acpi_build(&fake); /* of another source */
	hwmon = opens("hwmon", &why);
	assert_int_equal(source->domains(hwmon, domain, ENERGY_DOMAINS_MAX), 4);
	assert_string_equal(domain[0].id, "ibmpowernv5/System");
	assert_string_equal(domain[1].id, "amdgpu3/PPT");
	assert_string_equal(domain[2].id, "amdgpu4/power1");
	assert_string_equal(domain[3].id, "zenpower6/SVI2_P_Core");
	assert_int_equal(domain[0].parent, -1);
	for (int i = 1; i < 4; i++)
		assert_int_equal(domain[i].parent, 0);
	/* Half the sockets are none, and the remark says so. */
	assert_string_equal(why.step, "read(" HWMON "/hwmon2/power1_input)");
	assert_int_equal(source->domains(hwmon, domain, 2), 2);
	closes("hwmon", hwmon);
}

/* One counter holds the other: the card, not the chip on it. */
static void of_a_card_one_counter_counts(void **state)
{
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	Why why;
	void *opened;

	(void)state;
	fake_init(&fake);
	fake_put(&fake, HWMON "/hwmon0/name", "xe\n");
	fake_put(&fake, HWMON "/hwmon0/energy1_input", "5\n");
	fake_put(&fake, HWMON "/hwmon0/energy1_label", "card\n");
	fake_put(&fake, HWMON "/hwmon0/energy2_input", "5\n");
	fake_put(&fake, HWMON "/hwmon0/energy2_label", "pkg\n");
	opened = opens("amd-energy", &why);
	assert_int_equal(energy_source_find("amd-energy")->domains(opened, domain, 16), 1);
	assert_string_equal(domain[0].id, "xe0/card");
	closes("amd-energy", opened);
	for (int i = 0; i <= ENERGY_DOMAINS_MAX; i++) {
		char path[96];
		snprintf(path, sizeof path, HWMON "/hwmon1/energy%d_input", i + 1);
		fake_put(&fake, path, "1\n");
	}
	fake_put(&fake, HWMON "/hwmon1/name", "i915\n");
	refuses("amd-energy", E2BIG, "more than 16 sensors", "");
}

/* Two sensors that show one thing count once, powers too. */
static void twin_powers_count_once(void **state)
{
	Panel *panel;
	EdgeReply a, b;
	Joules joules;
	Err err = { 0 };

	(void)state;
	fake_init(&fake);
	hwmon_build(&fake);
	fake_put(&fake, HWMON "/hwmon2/name", "fam15h_power\n");
	fake_put(&fake, HWMON "/hwmon2/power1_input", "0\n");
	assert_true(panel_open(&fake.os, "hwmon", &panel, &err));
	for (int i = 0; i < 60; i++) {
		fake.now_ns += 100000000;
		hwmon_show(&fake, 0, 68 + i % 3);
		put_number(&fake, HWMON "/hwmon2/power1_input", (68 + i % 3) * 1e6);
		panel_read(panel);
		if (i == 9)
			panel_edge(panel, 0, &a);
	}
	panel_edge(panel, 0, &b);
	edge_joules(&a, &b, &joules);
	near(joules.value, 69 * 5, 1);
	assert_int_equal(joules.flags, ENERGY_DUPLICATE);
	panel_close(panel);
}

/* --- battery ---------------------------------------------------------------------------------- */

static void batteries_say_why_not(void **state)
{
	(void)state;
	fake_init(&fake);
	refuses("battery", ENOENT, "opendir(/sys/class/power_supply)", "no battery");
	battery_build(&fake);
	fake_remove(&fake, BAT "/type");
	refuses("battery", ENOENT, "no battery in", "no battery"); /* a mouse's is none */
	battery_build(&fake);
	fake_put(&fake, AC, "1\n");
	refuses("battery", 0, "AC is online", "plug");
	fake_remove(&fake, "/sys/class/power_supply/AC/type");
	fake_put(&fake, BAT "/status", "Charging\n");
	refuses("battery", 0, "BAT0 is Charging", "plug");
	fake_put(&fake, BAT "/status", "Full\n");
	refuses("battery", 0, "BAT0 is Full", "plug");
	battery_build(&fake);
	fake_put(&fake, BAT "/power_now", "0\n");
	refuses("battery", ENODATA, "says 0 W", "");
	fake_put(&fake, BAT "/power_now", "900000000\n");
	refuses("battery", ERANGE, "900 W", "");
	fake_init(&fake);
	cell_build(&fake);
	fake_remove(&fake, BAT "/voltage_now");
	refuses("battery", ENOENT, "voltage_now", "");
	fake_put(&fake, BAT "/voltage_now", "18446744073709551615\n");
	refuses("battery", ERANGE, "current_now times voltage_now", "");
}

static void the_plug_is_a_gap(void **state)
{
	Why why;
	Err err;
	Reading before, after;
	void *battery;

	(void)state;
	fake_init(&fake);
	battery_build(&fake);
	fake_put(&fake, "/sys/class/power_supply/BAT1/type", "Battery\n");
	fake_put(&fake, "/sys/class/power_supply/BAT1/status", "Not charging\n");
	fake_put(&fake, "/sys/class/power_supply/BAT1/power_now", "70000000\n");
	battery_show(&fake, 0, 10);
	battery = opens("battery", &why);
	assert_true(later("battery", battery, 1, &before, &err));
	near(before.energy_j, 10, 0.01); /* BAT1 gives nothing, whatever it shows */
	fake_put(&fake, AC, "1\n");
	assert_false(later("battery", battery, 1, &after, &err));
	assert_string_equal(err.text, "battery: AC is online");
	assert_int_equal(after.flags, ENERGY_LOST);
	fake_put(&fake, AC, "0\n");
	assert_true(later("battery", battery, 1, &after, &err));
	assert_int_equal(after.gaps, before.gaps + 1);
	near(after.energy_j, before.energy_j, 0);
	/* Both empty themselves now. */
	fake_put(&fake, "/sys/class/power_supply/BAT1/status", "Discharging\n");
	assert_true(later("battery", battery, 1, &after, &err));
	near(after.energy_j, before.energy_j + (10 + 80) / 2, 0.01);
	closes("battery", battery);
}

/* --- NVML ------------------------------------------------------------------------------------- */

static void nvml_names_every_error(void **state)
{
	char text[64];

	(void)state;
	fake_init(&fake);
	refuses("nvml", ENOENT, "dlopen(libnvidia-ml.so.1)", "driver");
	nvml_build(&fake);
	nvml.missing = "nvmlDeviceGetPowerUsage";
	refuses("nvml", ENOSYS, "dlsym(nvmlDeviceGetPowerUsage)", "newer driver");
	nvml_build(&fake);
	for (nvml.init = 1; nvml.init < 31; nvml.init++) {
		snprintf(text, sizeof text, "(%d)", nvml.init);
		refuses("nvml", 0, text, "");
		refuses("nvml", 0, nvml.init < 30 ? "NVML_ERROR " : "did not know", "");
	}
	nvml.init = 9;
	refuses("nvml", 0, "nvmlInit_v2(gpu 0): NVML_ERROR DRIVER_NOT_LOADED (9)",
		"modprobe nvidia");
	nvml_build(&fake);
	nvml.count = 0;
	refuses("nvml", ENODEV, "0 GPUs", "");
	nvml.count = 17;
	refuses("nvml", E2BIG, "more than 16 GPUs", "");
	nvml.count = 1;
	nvml.energy = nvml.power = 3;
	refuses("nvml", 0, "nvmlDeviceGetPowerUsage(gpu 0): NVML_ERROR NOT_SUPPORTED", "no sensor");
	nvml.energy = 999;
	refuses("nvml", 0, "nvmlDeviceGetTotalEnergyConsumption(gpu 0): NVML_ERROR UNKNOWN", "");
}

static void cards_are_told_apart(void **state)
{
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	Reading reading[ENERGY_DOMAINS_MAX];
	Why why;
	Err err;
	void *opened;

	(void)state;
	fake_init(&fake);
	nvml_build(&fake);
	nvml.count = 2;
	nvml.name = "NVIDIA H100 80GB HBM3";
	opened = opens("nvml", &why);
	assert_string_equal(why.step, "NVIDIA H100 80GB HBM3, energy counter");
	assert_int_equal(energy_source_find("nvml")->domains(opened, domain, 16), 2);
	assert_string_equal(domain[1].id, "gpu-1");
	nvml.millijoules = 100000;
	assert_true(later("nvml", opened, 1, reading, &err));
	near(reading[1].energy_j, 100, 1e-9);
	assert_int_equal(reading[1].flags, ENERGY_FILTERED);
	closes("nvml", opened);
	nvml.missing = "nvmlDeviceGetTotalEnergyConsumption"; /* an old driver */
	nvml.milliwatts = 50000;
	opened = opens("nvml", &why);
	assert_non_null(strstr(why.step, "power integrated"));
	assert_true(later("nvml", opened, 0.5, reading, &err));
	near(reading[0].energy_j, 25, 0.01);
	closes("nvml", opened);
}

/* --- registers -------------------------------------------------------------------------------- */

static void registers_have_units(void **state)
{
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	Reading reading[ENERGY_DOMAINS_MAX];
	Why why;
	Err err;
	void *msr;

	(void)state;
	fake_init(&fake);
	refuses("msr", ENOENT, "cpu/online", "modprobe msr");
	msr_build(&fake);
	fake_put(&fake, "/sys/devices/system/cpu/cpu2/topology/physical_package_id", "1\n");
	refuses("msr", ENOENT, "open(/dev/cpu/2/msr)", "modprobe msr");
	fake_put(&fake, "/dev/cpu/2/msr", "");
	fake.msr[3].address = 0x619;
	fake.msr[3].value = 1;
	fake.cpu.model = 0x55; /* a server: memory in 2^-16 J */
	msr = opens("msr", &why);
	assert_int_equal(energy_source_find("msr")->domains(msr, domain, 16), 6);
	assert_string_equal(domain[1].id, "package-1");
	assert_string_equal(domain[3].id, "dram-1");
	near(domain[0].unit_j, 0x1p-14, 0);
	near(domain[3].unit_j, 0x1p-16, 0);
	assert_int_equal(domain[5].parent, 1);
	fake.msr[1].value = 16384;
	fake.msr[3].value = 65537;
	assert_true(later("msr", msr, 1, reading, &err));
	near(reading[0].energy_j, 1, 1e-9);
	near(reading[3].energy_j, 1, 1e-9);
	closes("msr", msr);
	memcpy(fake.cpu.vendor, "AuthenticAMD", 13);
	refuses("msr", 0, "family 6", "another source");
	fake.cpu.family = 0x19;
	refuses("msr", EIO, "at 0xc0010299", "");
}

/* --- panel ------------------------------------------------------------------------------------ */

static void sources_are_asked_for_by_name(void **state)
{
	Panel *panel;
	Err err = { 0 };
	const char *arg;

	(void)state;
	assert_string_equal(energy_source_wanted("host:/a:b", &arg)->info.name, "host");
	assert_string_equal(arg, "/a:b");
	assert_null(energy_source_wanted("host/a", &arg));
	assert_null(energy_source_wanted("", &arg));
	assert_null(
		energy_source_wanted("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &arg));
	fake_init(&fake);
	nvml_build(&fake);
	msr_build(&fake);
	assert_true(panel_open(&fake.os, "auto", &panel, &err));
	/* Registers only when asked for; a GPU is read, and is no measure of the processor. */
	assert_null(panel_headline(panel));
	assert_int_equal(fake.open, 1);
	panel_close(panel);
	acpi_build(&fake);
	assert_true(panel_open(&fake.os, "auto", &panel, &err));
	assert_string_equal(panel_headline(panel), "acpi-power");
	panel_close(panel);
	assert_true(panel_open(&fake.os, "nvml", &panel, &err));
	assert_string_equal(panel_headline(panel), "nvml");
	panel_close(panel);
	assert_false(panel_open(&fake.os, "external", &panel, &err));
	assert_int_equal(err.code, ERR_USAGE);
	assert_non_null(strstr(err.text, "--energy external:PATH"));
	panel_close(panel);
	assert_false(panel_open(&fake.os, "nvml:7", &panel, &err));
	assert_int_equal(err.code, ERR_USAGE);
	panel_close(panel);
	assert_int_equal(fake.open, 0);
}

/* What needs no rights is not even tried while there are any. */
static void rights_are_for_few(void **state)
{
	static const char *const few[] = { "rapl-perf", "powercap", "amd-energy", "msr" };
	Panel *panel;
	Err err = { 0 };

	(void)state;
	for (int i = 0; energy_sources[i]; i++) {
		bool listed = false;
		for (size_t k = 0; k < 4; k++)
			listed |= strcmp(few[k], energy_sources[i]->info.name) == 0;
		assert_true(listed == energy_sources[i]->privileged);
	}
	fake_init(&fake);
	host_build(&fake);
	nvml_build(&fake);
	fake_file(&fake, SHARED)->at = 77; /* opening sets it to 0 */
	assert_true(panel_open_privileged(&fake.os, "host:/run/shared", &panel, &err));
	assert_int_equal(fake.open, 0);
	assert_int_equal(fake_file(&fake, SHARED)->at, 77);
	assert_true(panel_open_rest(panel, &err));
	assert_string_equal(panel_headline(panel), "host");
	panel_close(panel);
	assert_int_equal(fake.open, 0);
}

static void memory_may_run_out(void **state)
{
	(void)state;
	for (size_t k = 0; k < MACHINES; k++) {
		fake_init(&fake);
		machines[k].build(&fake);
		alloc_fail_after(0);
		refuses(machines[k].wanted, ENOMEM, "calloc", "");
		alloc_fail_never();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(powers_are_integrated),
		cmocka_unit_test(sampling_widens_windows),
		cmocka_unit_test(hwmon_says_why_not),
		cmocka_unit_test(scopes_are_kept_apart),
		cmocka_unit_test(of_a_card_one_counter_counts),
		cmocka_unit_test(twin_powers_count_once),
		cmocka_unit_test(batteries_say_why_not),
		cmocka_unit_test(the_plug_is_a_gap),
		cmocka_unit_test(nvml_names_every_error),
		cmocka_unit_test(cards_are_told_apart),
		cmocka_unit_test(registers_have_units),
		cmocka_unit_test(sources_are_asked_for_by_name),
		cmocka_unit_test(rights_are_for_few),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
