/* A model for machines without a meter: power linear in the CPU time of all hardware threads,
 * between the idle and the full power per thread of servers of the same processor generation (wall
 * power, medians).
 *
 * SPEC and the benchmark name SPECpower_ssj are registered trademarks of the Standard Performance
 * Evaluation Corporation (SPEC). The figures below are our medians of results published at
 * https://www.spec.org/power_ssj2008/; datasets/energy/cpu-table.NOTICE has the source, the
 * retrieval and the limits. Nothing here compares products.
 *
 * The bars are assumed: 40 % for a known processor, 60 % where the vendor's newest server row
 * stands in. They hold the spread of servers (idle differs 2 to 4 times within a generation;
 * published systems are tuned) more than the model's own error (8.9 % over 619 systems where idle
 * and full power are known).
 * SPDX-License-Identifier: MIT */
#include "energy/energy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define KNOWN_BAR 0.40
#define UNKNOWN_BAR 0.60
#define NO_TABLE_FIX "use --energy none; a meter or a profile of this machine would be better"

typedef struct CpuRow {
	const char *title, *vendor;
	unsigned family, model_first, model_last, stepping_first, stepping_last;
	double idle_w, max_w; /* per hardware thread */
	int systems;          /* published results in the median */
} CpuRow;

/* Server models only: desktop parts of a generation were not among the systems. Per vendor the
 * oldest first, so that the last row of a vendor is its newest. */
static const CpuRow rows[] = {
	{ "Broadwell", "GenuineIntel", 6, 0x4f, 0x4f, 0, 15, 0.51, 2.96, 12 },
	{ "Broadwell", "GenuineIntel", 6, 0x56, 0x56, 0, 15, 0.51, 2.96, 12 },
	{ "Skylake-SP", "GenuineIntel", 6, 0x55, 0x55, 0, 4, 0.47, 4.05, 50 },
	{ "Cascade Lake", "GenuineIntel", 6, 0x55, 0x55, 5, 7, 0.51, 3.75, 44 },
	{ "Ice Lake-SP", "GenuineIntel", 6, 0x6a, 0x6a, 0, 15, 0.82, 3.89, 24 },
	{ "Zen 1", "AuthenticAMD", 0x17, 0x01, 0x01, 0, 15, 0.74, 2.32, 10 },
	{ "Zen 2", "AuthenticAMD", 0x17, 0x31, 0x31, 0, 15, 0.43, 1.67, 30 },
	{ "Zen 3", "AuthenticAMD", 0x19, 0x00, 0x01, 0, 15, 0.42, 1.82, 22 },
};

/* The row of this processor, or its vendor's newest (*known is then false); NULL for other
 * vendors. */
static const CpuRow *cpu_row(const EnergyCpu *cpu, bool *known)
{
	const CpuRow *newest = NULL;

	*known = true;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const CpuRow *row = &rows[i];
		if (strcmp(row->vendor, cpu->vendor) != 0)
			continue;
		newest = row;
		if (cpu->family == row->family && cpu->model >= row->model_first &&
		    cpu->model <= row->model_last && cpu->stepping >= row->stepping_first &&
		    cpu->stepping <= row->stepping_last)
			return row;
	}
	*known = false;
	return newest;
}

static bool cpu_table_probe(const EnergyOs *os, Why *why)
{
	EnergyCpu cpu;
	bool known;
	const CpuRow *row;

	os->cpu(os, &cpu);
	row = cpu_row(&cpu, &known);
	if (!row)
		return why_set(why, 0, NO_TABLE_FIX, "no row for a processor of vendor \"%s\"",
			       cpu.vendor);
	if (known)
		why_set(why, 0, "", "%s, median of %d servers", row->title, row->systems);
	else
		why_set(why, 0, "",
			"unknown model (family %u, model %u): newest server row of the vendor, %s",
			cpu.family, cpu.model, row->title);
	return true;
}

static bool cpu_table_model(const EnergyOs *os, const EnergyWork *work, Joules *out, Err *err)
{
	EnergyCpu cpu;
	bool known;
	const CpuRow *row;
	double bar, busy_s;

	joules_none(out);
	os->cpu(os, &cpu);
	row = cpu_row(&cpu, &known);
	if (!row)
		return err_set(err, ERR_NEED,
			       "cpu-table has no row for a processor of vendor \"%s\"", cpu.vendor);
	bar = known ? KNOWN_BAR : UNKNOWN_BAR;
	busy_s = work->cpu_s + (isnan(work->foreign_cpu_s) ? 0 : work->foreign_cpu_s);
	busy_s = fmin(busy_s, work->time_s * work->threads);
	out->value =
		row->idle_w * work->time_s * work->threads + (row->max_w - row->idle_w) * busy_s;
	out->low = out->value * (1 - bar);
	out->high = out->value * (1 + bar);
	out->prov = ENERGY_MODELLED;
	out->scope = ENERGY_SYSTEM;
	out->flags = known ? 0 : ENERGY_EXTRAPOLATED;
	snprintf(out->source, sizeof out->source, "cpu-table");
	return true;
}

const EnergySource energy_cpu_table = {
	.info = { .name = "cpu-table",
		  .title = "model by processor",
		  .about = "A model, not a measurement: wall power of servers of this processor "
			   "generation, "
			   "linear in CPU time, give or take 40 % (60 % for an unknown model)." },
	.place = ENERGY_IN_WORKER,
	.probe = cpu_table_probe,
	.model = cpu_table_model,
};
