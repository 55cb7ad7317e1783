/* One fake machine for each source that the meter opens, on which that source works: how its sensor
 * shows the joules and watts of the machine, how it is refused, reset and unplugged.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_ENERGY_MACHINES_H
#define WATTLE_TESTS_ENERGY_MACHINES_H

#include <math.h>

#include "energy_fake.h"

typedef struct Machine {
	const char *source, *wanted; /* wanted: with the argument that it takes */
	void (*build)(Fake *);
	/* The machine has used so many joules since it was built, and uses so many watts now. */
	void (*show)(Fake *, double joules, double watts);
	void (*deny)(Fake *);
	int denied;         /* errno */
	const char *remedy; /* part of it */
	void (*unplug)(Fake *);
	double range_j; /* of the counter; 0: it does not wrap */
	bool counts;    /* it is a counter, which a restart resets */
	EnergyProv prov;
	EnergyScope scope;
	const char *value; /* path of the sensor's file; NULL: it has none that is text */
	bool is_signed;    /* of which a negative text is in order */
} Machine;

static void put_number(Fake *fake, const char *path, double value)
{
	char text[64];

	snprintf(text, sizeof text, "%.0f\n", value);
	fake_put(fake, path, text);
}

static void deny_file(Fake *fake, const char *path, int error)
{
	fake_file(fake, path)->open_error = error;
}

/* --- RAPL ------------------------------------------------------------------------------------- */

#define CAP_VALUE FAKE_CAP "/intel-rapl:0/energy_uj"

static void perf_show(Fake *fake, double joules, double watts)
{
	(void)watts;
	for (int i = 0; i < fake->events; i++)
		fake->event[i].in[0] = (uint64_t)(joules * 0x1p32);
}
static void perf_deny(Fake *fake)
{
	fake->perf_error = EACCES;
}
static void perf_unplug(Fake *fake)
{
	fake->event[0].size = 0;
}

static void cap_build(Fake *fake)
{
	fake_zone(fake, "intel-rapl:0", "package-0\n", "0\n");
	fake_zone(fake, "intel-rapl:0:0", "core\n", "0\n");
	fake_zone(fake, "intel-rapl-mmio:0", "package-0\n", "0\n");
}
static void cap_show(Fake *fake, double joules, double watts)
{
	(void)watts;
	put_number(fake, CAP_VALUE, fmod(joules * 1e6, 262143328911));
	put_number(fake, FAKE_CAP "/intel-rapl:0:0/energy_uj", fmod(joules * 5e5, 262143328911));
	put_number(fake, FAKE_CAP "/intel-rapl-mmio:0/energy_uj", fmod(joules * 1e6, 262143328911));
}
static void cap_deny(Fake *fake)
{
	deny_file(fake, CAP_VALUE, EACCES);
}
static void cap_unplug(Fake *fake)
{
	fake_file(fake, CAP_VALUE)->read_error = ENODEV;
}

#define MSR "/dev/cpu/0/msr"
static void msr_build(Fake *fake)
{
	fake_put(fake, "/sys/devices/system/cpu/online", "0-3\n");
	fake_put(fake, MSR, "");
	fake->msr[0].address = 0x606;
	fake->msr[0].value = 0xa0e03; /* 2^-14 J */
	fake->msr[1].address = 0x611;
	fake->msr[2].address = 0x639;
	fake->msr[2].value = 7;
}
static void msr_show(Fake *fake, double joules, double watts)
{
	(void)watts;
	fake->msr[1].value = 0xfeedULL << 32 | (uint32_t)fmod(joules * 16384, 0x1p32);
}
static void msr_deny(Fake *fake)
{
	deny_file(fake, MSR, EPERM);
}
static void msr_unplug(Fake *fake)
{
	fake_file(fake, MSR)->read_error = EIO;
}

/* --- hwmon ------------------------------------------------------------------------------------ */

#define HWMON "/sys/class/hwmon"

static void amd_build(Fake *fake)
{
	fake_put(fake, HWMON "/hwmon0/name", "k10temp\n");
	fake_put(fake, HWMON "/hwmon3/name", "amd_energy\n");
	fake_put(fake, HWMON "/hwmon3/energy1_input", "5000\n");
	fake_put(fake, HWMON "/hwmon3/energy1_label", "Ecore000\n");
	fake_put(fake, HWMON "/hwmon3/energy2_input", "0\n");
	fake_put(fake, HWMON "/hwmon3/energy2_label", "Esocket0\n");
}
static void amd_show(Fake *fake, double joules, double watts)
{
	(void)watts;
	put_number(fake, HWMON "/hwmon3/energy2_input", joules * 1e6);
}
static void amd_deny(Fake *fake)
{
	deny_file(fake, HWMON "/hwmon3/energy2_input", EACCES);
}
static void amd_unplug(Fake *fake)
{
	fake_file(fake, HWMON "/hwmon3/energy2_input")->read_error = ENODEV;
}

#define FAM15H HWMON "/hwmon1/power1_average"
static void hwmon_build(Fake *fake)
{
	fake_put(fake, HWMON "/hwmon1/name", "fam15h_power\n");
	fake_put(fake, HWMON "/hwmon1/power1_input", "1\n"); /* the average goes before it */
	fake_put(fake, FAM15H, "0\n");
	fake_put(fake, HWMON "/hwmon1/power1_average_interval", "100\n");
	fake_put(fake, HWMON "/hwmon1/power1_crit", "65000000\n");
}
static void hwmon_show(Fake *fake, double joules, double watts)
{
	(void)joules;
	put_number(fake, FAM15H, watts * 1e6);
}
static void hwmon_deny(Fake *fake)
{
	deny_file(fake, FAM15H, EACCES);
}
static void hwmon_unplug(Fake *fake)
{
	fake_file(fake, FAM15H)->read_error = ENODEV;
}

#define ACPI HWMON "/hwmon4/device/power1_average"
static void acpi_build(Fake *fake)
{
	fake_put(fake, HWMON "/hwmon4/device/name", "power_meter\n");
	fake_put(fake, ACPI, "0\n");
}
static void acpi_show(Fake *fake, double joules, double watts)
{
	(void)joules;
	put_number(fake, ACPI, watts * 1e6);
}
static void acpi_deny(Fake *fake)
{
	deny_file(fake, ACPI, EACCES);
}
static void acpi_unplug(Fake *fake)
{
	fake_file(fake, ACPI)->read_error = ENODEV;
}

/* --- battery ---------------------------------------------------------------------------------- */

#define BAT "/sys/class/power_supply/BAT0"
#define AC "/sys/class/power_supply/AC/online"
static void battery_build(Fake *fake)
{
	fake_put(fake, "/sys/class/power_supply/AC/type", "Mains\n");
	fake_put(fake, AC, "0\n");
	fake_put(fake, BAT "/type", "Battery\n");
	fake_put(fake, BAT "/status", "Discharging\n");
	fake_put(fake, BAT "/power_now", "1\n");
	fake_put(fake, "/sys/class/power_supply/mouse/type", "Battery\n");
	fake_put(fake, "/sys/class/power_supply/mouse/scope", "Device\n");
}
static void battery_show(Fake *fake, double joules, double watts)
{
	(void)joules;
	put_number(fake, BAT "/power_now", watts * 1e6 + 1e-3);
}
static void battery_deny(Fake *fake)
{
	deny_file(fake, BAT "/power_now", EACCES);
}
static void battery_unplug(Fake *fake)
{
	fake_file(fake, BAT "/power_now")->read_error = ENODEV;
}

/* Current that is below 0 while it discharges, at 12 V. */
static void cell_build(Fake *fake)
{
	fake_put(fake, BAT "/type", "Battery\n");
	fake_put(fake, BAT "/status", "Discharging\n");
	fake_put(fake, BAT "/current_now", "-100\n");
	fake_put(fake, BAT "/voltage_now", "12000000\n");
}
static void cell_show(Fake *fake, double joules, double watts)
{
	(void)joules;
	put_number(fake, BAT "/current_now", -watts * 1e6 / 12);
}
static void cell_deny(Fake *fake)
{
	deny_file(fake, BAT "/status", EACCES);
}
static void cell_unplug(Fake *fake)
{
	fake_file(fake, BAT "/voltage_now")->read_error = ENODEV;
}

/* --- NVML ------------------------------------------------------------------------------------- */

static struct {
	unsigned count, milliwatts;
	unsigned long long millijoules;
	int init, energy, power;
	const char *missing, *name; /* missing: a function that this driver has not */
} nvml;

static int nvml_init(void)
{
	return nvml.init;
}
static int nvml_shutdown(void)
{
	return 0;
}
static int nvml_count(unsigned *count)
{
	*count = nvml.count;
	return 0;
}
static int nvml_by_index(unsigned index, void **device)
{
	(void)index;
	*device = &nvml;
	return 0;
}
static int nvml_name(void *device, char *name, unsigned size)
{
	(void)device;
	snprintf(name, size, "%s", nvml.name);
	return 0;
}
static int nvml_energy(void *device, unsigned long long *millijoules)
{
	(void)device;
	*millijoules = nvml.millijoules;
	return nvml.energy;
}
static int nvml_power(void *device, unsigned *milliwatts)
{
	(void)device;
	*milliwatts = nvml.milliwatts;
	return nvml.power;
}

static EnergyFunction *nvml_find(const char *name)
{
	static const struct {
		const char *name;
		EnergyFunction *function;
	} all[] = {
		{ "nvmlInit_v2", (EnergyFunction *)nvml_init },
		{ "nvmlShutdown", (EnergyFunction *)nvml_shutdown },
		{ "nvmlDeviceGetCount_v2", (EnergyFunction *)nvml_count },
		{ "nvmlDeviceGetHandleByIndex_v2", (EnergyFunction *)nvml_by_index },
		{ "nvmlDeviceGetName", (EnergyFunction *)nvml_name },
		{ "nvmlDeviceGetPowerUsage", (EnergyFunction *)nvml_power },
		{ "nvmlDeviceGetTotalEnergyConsumption", (EnergyFunction *)nvml_energy },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].name, name) == 0 &&
		    !(nvml.missing && !strcmp(nvml.missing, name)))
			return all[i].function;
	return NULL;
}

static void nvml_build(Fake *fake)
{
	memset(&nvml, 0, sizeof nvml);
	nvml.count = 1;
	nvml.name = "NVIDIA RTX 6000";
	fake->lib = &nvml;
	fake->find = nvml_find;
}
static void nvml_build_power(Fake *fake)
{
	nvml_build(fake);
	nvml.energy = 3; /* NOT_SUPPORTED */
}
static void nvml_show(Fake *fake, double joules, double watts)
{
	(void)fake;
	nvml.millijoules = (unsigned long long)(joules * 1e3);
	nvml.milliwatts = (unsigned)(watts * 1e3);
}
static void nvml_deny(Fake *fake)
{
	(void)fake;
	nvml.init = 4; /* NO_PERMISSION */
}
static void nvml_unplug(Fake *fake)
{
	(void)fake;
	nvml.energy = nvml.power = 15; /* GPU_IS_LOST */
}

/* --- external --------------------------------------------------------------------------------- */

#define TTY "/dev/ttyUSB0"

static void tty_watts(Fake *fake, double joules, double watts)
{
	char text[64];

	(void)joules;
	snprintf(text, sizeof text, "%.3f %.6f W\r\n", (double)fake->now_ns * 1e-9 + 5000, watts);
	fake_put(fake, TTY, text);
}
static void tty_joules(Fake *fake, double joules, double watts)
{
	char text[64];

	(void)watts;
	snprintf(text, sizeof text, "%.6f Wh\n", joules / 3600);
	fake_put(fake, TTY, text);
}
static void tty_wait_watts(Fake *fake)
{
	tty_watts(fake, 0, 0);
}
static void tty_wait_joules(Fake *fake)
{
	tty_joules(fake, 0, 0);
}
static void tty_build_watts(Fake *fake)
{
	fake_put(fake, TTY, "5.0 W\nrest of a li"); /* from before: passed over */
	fake->on_wait = tty_wait_watts;
}
static void tty_build_joules(Fake *fake)
{
	fake_put(fake, TTY, "");
	fake->on_wait = tty_wait_joules;
}
static void tty_deny(Fake *fake)
{
	deny_file(fake, TTY, EACCES);
}
static void tty_unplug(Fake *fake)
{
	fake_file(fake, TTY)->read_error = EIO;
}

/* --- host ------------------------------------------------------------------------------------- */

#define SHARED "/run/shared/package-0.energy_uj"
static void host_build(Fake *fake)
{
	fake_put(fake, SHARED, "0\n");
	fake_put(fake, "/run/shared/package-0.max_energy_range_uj", "65532610987\n");
	fake_put(fake, "/run/shared/README", "what this is\n");
}
static void host_show(Fake *fake, double joules, double watts)
{
	(void)watts;
	put_number(fake, SHARED, fmod(joules * 1e6, 65532610988));
}
static void host_deny(Fake *fake)
{
	deny_file(fake, SHARED, EACCES);
}
static void host_unplug(Fake *fake)
{
	fake_remove(fake, SHARED);
}

/* --- all -------------------------------------------------------------------------------------- */

#define MEASURED ENERGY_MEASURED
static const Machine machines[] = {
	{ "rapl-perf", "rapl-perf", fake_rapl, perf_show, perf_deny, EACCES, "setcap", perf_unplug,
	  0, true, MEASURED, ENERGY_PKG, NULL, false },
	{ "powercap", "powercap", cap_build, cap_show, cap_deny, EACCES, "root", cap_unplug,
	  262143.328850, true, MEASURED, ENERGY_PKG, CAP_VALUE, false },
	{ "amd-energy", "amd-energy", amd_build, amd_show, amd_deny, EACCES, "udev", amd_unplug, 0,
	  true, MEASURED, ENERGY_PKG, HWMON "/hwmon3/energy2_input", false },
	{ "msr", "msr", msr_build, msr_show, msr_deny, EPERM, "CAP_SYS_RAWIO", msr_unplug,
	  262143.99994, true, MEASURED, ENERGY_PKG, NULL, false },
	{ "nvml", "nvml", nvml_build, nvml_show, nvml_deny, 0, "/dev/nvidia", nvml_unplug, 0, true,
	  MEASURED, ENERGY_GPU, NULL, false },
	{ "nvml", "nvml", nvml_build_power, nvml_show, nvml_deny, 0, "/dev/nvidia", nvml_unplug, 0,
	  false, MEASURED, ENERGY_GPU, NULL, false },
	{ "hwmon", "hwmon", hwmon_build, hwmon_show, hwmon_deny, EACCES, "udev", hwmon_unplug, 0,
	  false, MEASURED, ENERGY_PKG, FAM15H, false },
	{ "acpi-power", "acpi-power", acpi_build, acpi_show, acpi_deny, EACCES, "udev", acpi_unplug,
	  0, false, MEASURED, ENERGY_SYSTEM, ACPI, false },
	{ "battery", "battery", battery_build, battery_show, battery_deny, EACCES, "udev",
	  battery_unplug, 0, false, MEASURED, ENERGY_SYSTEM, BAT "/power_now", true },
	{ "battery", "battery", cell_build, cell_show, cell_deny, EACCES, "udev", cell_unplug, 0,
	  false, MEASURED, ENERGY_SYSTEM, BAT "/voltage_now", true },
	{ "external", "external:" TTY, tty_build_watts, tty_watts, tty_deny, EACCES, "dialout",
	  tty_unplug, 0, false, MEASURED, ENERGY_SYSTEM, NULL, false },
	{ "external", "external:" TTY, tty_build_joules, tty_joules, tty_deny, EACCES, "dialout",
	  tty_unplug, 0, true, MEASURED, ENERGY_SYSTEM, NULL, false },
	{ "host", "host:/run/shared", host_build, host_show, host_deny, EACCES, "chmod",
	  host_unplug, 65532.610987, true, ENERGY_ATTRIBUTED, ENERGY_PKG, SHARED, false },
};
#undef MEASURED
#define MACHINES (sizeof machines / sizeof *machines)

#endif
