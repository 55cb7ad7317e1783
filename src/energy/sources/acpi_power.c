/* The ACPI power meter (hwmon driver power_meter): the whole machine, as the firmware measures it.
 * Measured; integrated by the trapezoid at the meter's polls.
 * SPDX-License-Identifier: MIT */
#include "energy/hwmon_sensors.h"

static void *acpi_power_open(const EnergyOs *os, const char *arg, Why *why, Err *err)
{
	void *state = hwmon_sensors_open(os, HWMON_ACPI, "acpi-power", why);
	char text[192];

	(void)arg;
	if (!state)
		err_set(err, ERR_NEED, "acpi-power: %s", why_text(why, text));
	return state;
}

static bool acpi_power_probe(const EnergyOs *os, Why *why)
{
	void *state = hwmon_sensors_open(os, HWMON_ACPI, "acpi-power", why);

	hwmon_sensors_close(state);
	return state != NULL;
}

const EnergySource energy_acpi_power = {
	.info = { .name = "acpi-power",
		  .title = "ACPI power meter",
		  .about = "The whole machine's power, as its firmware reports it through ACPI, "
			   "integrated over "
			   "time." },
	.place = ENERGY_IN_METER,
	.probe = acpi_power_probe,
	.open = acpi_power_open,
	.domains = tracks_domains,
	.read = hwmon_sensors_read,
	.close = hwmon_sensors_close,
};
