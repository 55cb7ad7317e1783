/* Power sensors under hwmon, powerN_average or powerN_input in microwatts. Measured; integrated by
 * the trapezoid at the meter's polls.
 * SPDX-License-Identifier: MIT */
#include "energy/hwmon_sensors.h"

static void *hwmon_open(const EnergyOs *os, const char *arg, Why *why, Err *err)
{
	void *state = hwmon_sensors_open(os, HWMON_POWER, "hwmon", why);
	char text[192];

	(void)arg;
	if (!state)
		err_set(err, ERR_NEED, "hwmon: %s", why_text(why, text));
	return state;
}

static bool hwmon_probe(const EnergyOs *os, Why *why)
{
	void *state = hwmon_sensors_open(os, HWMON_POWER, "hwmon", why);

	hwmon_sensors_close(state);
	return state != NULL;
}

const EnergySource energy_hwmon = {
	.info = { .name = "hwmon",
		  .title = "power sensors (hwmon)",
		  .about = "Power sensors that drivers show under hwmon, integrated over time." },
	.place = ENERGY_IN_METER,
	.probe = hwmon_probe,
	.open = hwmon_open,
	.domains = tracks_domains,
	.read = hwmon_sensors_read,
	.close = hwmon_sensors_close,
};
