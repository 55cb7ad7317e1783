/* Reads what the gates judge.
 * SPDX-License-Identifier: MIT */
#include "energy/machine.h"

#include <ctype.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "energy/sysfs.h"

#define LIST_BYTES 16384
#define SENSE_NS 400000000
#define CPU_FOLDER "/sys/devices/system/cpu"
#define ZONE_FOLDER "/sys/class/thermal"
#define HWMON_FOLDER "/sys/class/hwmon"
#define SUPPLY_FOLDER "/sys/class/power_supply"

void machine_init(Machine *machine, const EnergyOs *os)
{
	*machine = (Machine){
		.os = os, .stat_fd = -1, .temperature_c = NAN, .frequency_hz = NAN, .on_ac = -1
	};
}

static void keep(Machine *machine, MachineFiles *files, int max, const char *path)
{
	int fd = files->count < max ? machine->os->open(machine->os, path, O_RDONLY) : -1;

	if (fd >= 0)
		files->fd[files->count++] = fd;
}

/* Whether the file folder/name/leaf holds one of the words (NULL-ended). */
static bool holds(const EnergyOs *os, const char *folder, const char *name, const char *leaf,
		  const char *const *words)
{
	char path[256], text[64];
	Why ignored;

	text_format(path, sizeof path, "%s/%s/%s", folder, name, leaf);
	if (!sysfs_text(os, path, text, sizeof text, &ignored))
		return false;
	while (*words && !strstr(text, *words))
		words++;
	return *words != NULL;
}

/* Opens folder/name/leaf of each entry whose file kind holds one of the words. */
static void open_all(Machine *machine, MachineFiles *files, int max, const char *folder,
		     const char *kind, const char *const *words, const char *leaf)
{
	char names[LIST_BYTES], path[256], *next;

	if (machine->os->list(machine->os, folder, names, sizeof names) != 0)
		return;
	for (char *name = names; *name; name = next) {
		next = name + strcspn(name, "\n");
		if (*next)
			*next++ = '\0';
		if (!holds(machine->os, folder, name, kind, words))
			continue;
		text_format(path, sizeof path, "%s/%s/%s", folder, name, leaf);
		keep(machine, files, max, path);
	}
}

/* CPUs evenly spread over the machine. */
static void open_cpus(Machine *machine)
{
	char path[128];
	long count = sysconf(_SC_NPROCESSORS_CONF);
	long step = count > MACHINE_CPUS ? count / MACHINE_CPUS : 1;

	for (long cpu = 0; cpu < count; cpu += step) {
		text_format(path, sizeof path, CPU_FOLDER "/cpu%ld/cpufreq/scaling_cur_freq", cpu);
		keep(machine, &machine->cpus, MACHINE_CPUS, path);
	}
}

void machine_open(Machine *machine)
{
	static const char *const zones[] = { "pkg_temp", "cpu", "CPU", "soc", NULL };
	static const char *const drivers[] = { "coretemp", "k10temp", "zenpower", "cpu_thermal",
					       NULL };
	static const char *const mains[] = { "Mains", NULL };

	machine->stat_fd = machine->os->open(machine->os, "/proc/stat", O_RDONLY);
	open_all(machine, &machine->zones, MACHINE_ZONES, ZONE_FOLDER, "type", zones, "temp");
	if (machine->zones.count == 0)
		open_all(machine, &machine->zones, MACHINE_ZONES, HWMON_FOLDER, "name", drivers,
			 "temp1_input");
	open_cpus(machine);
	open_all(machine, &machine->mains, MACHINE_MAINS, SUPPLY_FOLDER, "type", mains, "online");
	machine_sense(machine);
}

static void files_close(Machine *machine, MachineFiles *files)
{
	while (files->count > 0)
		machine->os->close(machine->os, files->fd[--files->count]);
}

void machine_close(Machine *machine)
{
	files_close(machine, &machine->zones);
	files_close(machine, &machine->cpus);
	files_close(machine, &machine->mains);
	if (machine->stat_fd >= 0)
		machine->os->close(machine->os, machine->stat_fd);
	machine->stat_fd = -1;
}

/* The largest whole number in the files, within low and high; NaN when one cannot be read. */
static double largest(const Machine *machine, const MachineFiles *files, double low, double high)
{
	double most = NAN;

	for (int i = 0; i < files->count; i++) {
		char text[32], *end;
		ssize_t n = machine->os->pread(machine->os, files->fd[i], text, sizeof text - 1, 0);
		double value;
		if (n <= 0)
			return NAN;
		text[n] = '\0';
		value = strtod(text, &end);
		if (end == text || (*end && !isspace((unsigned char)*end)) ||
		    !(value >= low && value <= high))
			return NAN;
		most = fmax(most, value);
	}
	return most;
}

/* The integrals to now, the last values holding until then. */
static void hold(const Machine *machine, int64_t now_ns, double *temperature_cs,
		 double *frequency_hzs)
{
	double span_s = machine->sensed_ns ? (double)(now_ns - machine->sensed_ns) * 1e-9 : 0;

	*temperature_cs = machine->temperature_cs + machine->temperature_c * span_s;
	*frequency_hzs = machine->frequency_hzs + machine->frequency_hz * span_s;
}

void machine_sense(Machine *machine)
{
	int64_t now_ns = machine->os->now_ns(machine->os);
	int on_ac;

	if (machine->sensed_ns && now_ns - machine->sensed_ns < SENSE_NS)
		return;
	if (machine->sensed_ns)
		hold(machine, now_ns, &machine->temperature_cs, &machine->frequency_hzs);
	machine->temperature_c = largest(machine, &machine->zones, -50e3, 200e3) * 1e-3;
	machine->frequency_hz = largest(machine, &machine->cpus, 1e3, 20e6) * 1e3;
	on_ac = (int)fmax(largest(machine, &machine->mains, 0, 2), -1);
	machine->ac_changes += machine->sensed_ns && on_ac != machine->on_ac;
	machine->on_ac = on_ac;
	machine->sensed_ns = now_ns;
}

void machine_edge(const Machine *machine, EdgeMachine *out)
{
	int64_t now_ns = machine->os->now_ns(machine->os);

	edge_machine(machine->os, machine->stat_fd, out);
	hold(machine, now_ns, &out->temperature_cs, &out->frequency_hzs);
	out->held_ns = now_ns;
	out->on_ac = machine->on_ac;
	out->ac_changes = machine->ac_changes;
}
