/* No energy at all: time only, and said so.
 * SPDX-License-Identifier: MIT */
#include "energy/energy.h"

static bool none_probe(const EnergyOs *os, Why *why)
{
	(void)os;
	(void)why;
	return true;
}

static bool none_model(const EnergyOs *os, const EnergyWork *work, Joules *out, Err *err)
{
	(void)os;
	(void)work;
	(void)err;
	joules_none(out);
	return true;
}

const EnergySource energy_none = {
	.info = { .name = "none",
		  .title = "time only",
		  .about = "No joules: results carry time and counts, and say that energy was not "
			   "measured." },
	.place = ENERGY_IN_WORKER,
	.probe = none_probe,
	.model = none_model,
};
