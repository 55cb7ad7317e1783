/* A model that was calibrated beside a sensor, on this machine or another of the same processor.
 * SPDX-License-Identifier: MIT */
#include "energy/profile.h"

/* Whoever starts the worker finds the profile and hands it over with the work; a machine alone has
 * none. */
static bool profile_probe(const EnergyOs *os, Why *why)
{
	(void)os;
	return why_set(why, 0,
		       "wattle energy calibrate, where a sensor measures; then --profile FILE",
		       "no profile of this processor was given");
}

static bool profile_model(const EnergyOs *os, const EnergyWork *work, Joules *out, Err *err)
{
	EnergyCpu cpu;

	joules_none(out);
	if (!work->profile)
		return err_set(err, ERR_NEED, "no profile of this processor was given");
	os->cpu(os, &cpu);
	return profile_fits(work->profile, &cpu, err) &&
	       profile_joules(work->profile, work, out, err);
}

const EnergySource energy_profile = {
	.info = { .name = "profile",
		  .title = "calibrated model",
		  .about = "A model, not a measurement: prices of CPU time and of work, fitted "
			   "beside a "
			   "sensor on this processor by wattle energy calibrate." },
	.place = ENERGY_IN_WORKER,
	.probe = profile_probe,
	.model = profile_model,
};
