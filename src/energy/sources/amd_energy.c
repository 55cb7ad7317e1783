/* Energy counters under hwmon, energyN_input in microjoules: amd_energy's sockets, and other
 * drivers'. Measured; amd_energy is not in the kernel's tree, and readable by root only
 * (CVE-2020-12912).
 * SPDX-License-Identifier: MIT */
#include "energy/hwmon_sensors.h"

static void *amd_energy_open(const EnergyOs *os, const char *arg, Why *why, Err *err)
{
	void *state = hwmon_sensors_open(os, HWMON_ENERGY, "amd-energy", why);
	char text[192];

	(void)arg;
	if (!state)
		err_set(err, ERR_NEED, "amd-energy: %s", why_text(why, text));
	return state;
}

static bool amd_energy_probe(const EnergyOs *os, Why *why)
{
	void *state = hwmon_sensors_open(os, HWMON_ENERGY, "amd-energy", why);

	hwmon_sensors_close(state);
	return state != NULL;
}

const EnergySource energy_amd_energy = {
	.info = { .name = "amd-energy",
		  .title = "energy counters (hwmon)",
		  .about = "Energy counters that drivers show under hwmon: AMD sockets, graphics "
			   "cards, "
			   "servers." },
	.place = ENERGY_IN_METER,
	.privileged = true,
	.probe = amd_energy_probe,
	.open = amd_energy_open,
	.domains = tracks_domains,
	.read = hwmon_sensors_read,
	.handle = hwmon_sensors_handle,
	.close = hwmon_sensors_close,
};
