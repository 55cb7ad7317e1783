/* Sensors of /sys/class/hwmon: powers in microwatts and counters in microjoules, of drivers whose
 * meaning is known (Documentation/hwmon/ of the kernel, one page a driver).
 *
 * A sensor counts only when its driver's name, and its label, say what it measures: a rail of which
 * nobody knows what hangs on it is no measurement of anything.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_HWMON_SENSORS_H
#define WATTLE_ENERGY_HWMON_SENSORS_H

#include "energy/track.h"

typedef enum HwmonWhat {
	HWMON_ENERGY, /* energyN_input */
	HWMON_POWER,  /* powerN_average, or powerN_input */
	HWMON_ACPI,   /* the same, of the driver power_meter */
} HwmonWhat;

/* The sensors of a kind, opened, as a state that begins with a Tracks; the widest scope first. A
 * scope of which one sensor cannot be read is left out whole, since half a sum is no sum; the
 * remark in *why names it. NULL with *why when nothing is left. */
void *hwmon_sensors_open(const EnergyOs *os, HwmonWhat what, const char *source, Why *why);
void hwmon_sensors_close(void *state);
bool hwmon_sensors_read(void *state, Reading *out, Err *err);
/* Of HWMON_ENERGY: powers are integrated, which only the meter can. */
void hwmon_sensors_handle(void *state, int i, EnergyHandle *out, EnergyCount *count);

#endif
