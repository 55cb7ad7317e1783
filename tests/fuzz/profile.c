/* Fuzzes profiles: the file, and the object behind the checksum. What is taken prices any work with
 * a number between its bars, and is the same again once it was written.
 * SPDX-License-Identifier: MIT */
#include "energy/profile_file.h"

#include <math.h>
#include <stdlib.h>

#include "fuzz.h"

static void check_joules(const EnergyProfile *profile, double cpu_s, double macs)
{
	EnergyWork work;
	Joules joules;
	Err err = { 0 };

	energy_work_init(&work);
	work.time_s = 2;
	work.cpu_s = cpu_s;
	work.threads = 2;
	if (!isnan(macs))
		energy_work_add(&work, &(EnergyItem){ .macs = { 1, 0, 1, 0 }, .bytes = 1 }, macs);
	if (!profile_joules(profile, &work, &joules, &err)) {
		require(err.code == ERR_NEED && isnan(joules.value));
		return;
	}
	require(isfinite(joules.value) && joules.prov == ENERGY_MODELLED);
	require(joules.low >= 0 && joules.low <= joules.value && joules.value <= joules.high);
}

static void check_profile(const EnergyProfile *profile)
{
	EnergyProfile again;
	Err err = { 0 };
	json_t *json = profile_json(profile), *back;

	require(json && profile_from_json(&again, json, &err));
	back = profile_json(&again);
	require(json_equal(json, back));
	json_decref(json);
	json_decref(back);
	check_joules(profile, 1, 1e9);
	check_joules(profile, 0, 0);
	check_joules(profile, 2, NAN);
	check_joules(profile, NAN, NAN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	EnergyProfile profile;
	Err err = { 0 };
	json_t *json;

	if (profile_parse(&profile, NULL, (const char *)data, size, "fuzz", &err))
		check_profile(&profile);
	json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	if (json && profile_from_json(&profile, json, &err))
		check_profile(&profile);
	json_decref(json);
	return 0;
}
