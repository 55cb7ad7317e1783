/* The state of the machine around a window: CPU time of /proc/stat, the processor's temperature and
 * frequency, the mains. For the gates, not for joules.
 *
 * Temperature and frequency are sensed now and then, not at edges: some thermal zones take
 * milliseconds. Between two looks the earlier value holds. Descriptors stay open. What a machine
 * does not have is unknown, and a gate on it is not judged.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_MACHINE_H
#define WATTLE_ENERGY_MACHINE_H

#include "energy/edge.h"
#include "energy/energy.h"

#define MACHINE_ZONES 4
#define MACHINE_CPUS 8 /* of many, so many are looked at */
#define MACHINE_MAINS 4

typedef struct MachineFiles {
	int count;
	int fd[MACHINE_CPUS];
} MachineFiles;

typedef struct Machine {
	const EnergyOs *os;
	int stat_fd; /* -1: none */
	MachineFiles zones, cpus, mains;
	double temperature_c, frequency_hz;   /* as last sensed; NaN: unknown */
	double temperature_cs, frequency_hzs; /* their integrals over time, to sensed_ns */
	int64_t sensed_ns;                    /* 0: never */
	int on_ac;                            /* -1: unknown */
	uint32_t ac_changes;
} Machine;

/* Nothing is open; what follows knows nothing. */
void machine_init(Machine *machine, const EnergyOs *os);
/* Opens what there is: the processor's thermal zones (or its driver's hwmon), scaling_cur_freq, the
 * mains. */
void machine_open(Machine *machine);
void machine_close(Machine *machine);

/* Looks at temperature (the hottest zone), frequency (the fastest CPU: those at rest say nothing of
 * the work) and mains, unless that was done within the last 0.4 s. */
void machine_sense(Machine *machine);
/* The state now; reads /proc/stat. */
void machine_edge(const Machine *machine, EdgeMachine *out);

#endif
