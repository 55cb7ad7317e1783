/* What a window's work was, in the plain numbers that models price.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "num/kernel.h"
#include "trial/trial.h"

/* Which kind of multiply-adds a kernel runs. */
static EnergyMacs kernel_macs(const char *name)
{
	static const struct {
		const char *form;
		EnergyMacs macs;
	} kinds[] = {
		{ "int8", ENERGY_MACS_INT8 },       { "bf16", ENERGY_MACS_BF16 },
		{ "csr", ENERGY_MACS_SPARSE },      { "block", ENERGY_MACS_SPARSE },
		{ "rows-csr", ENERGY_MACS_SPARSE },
	};
	const Kernel *kernel = kernel_find(name);
	const char *form = kernel ? kernel_form_name(kernel->form) : "";

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].form, form) == 0)
			return kinds[i].macs;
	return ENERGY_MACS_F32;
}

bool trial_item(const Program *program, EnergyItem *out, Err *err)
{
	json_t *steps = program_steps_json(program), *step;
	size_t i;

	*out = (EnergyItem){ .bytes = program_row_bytes(program) };
	if (!steps)
		return err_set(err, ERR_MEMORY, "counting the work of a program");
	json_array_foreach(steps, i, step)
	{
		const char *kernel = json_string_value(json_object_get(step, "kernel"));
		double macs = json_number_value(json_object_get(step, "macs"));
		double bytes = json_number_value(json_object_get(step, "bytes"));
		if (kernel && macs > 0)
			out->macs[kernel_macs(kernel)] += macs;
		out->bytes += bytes / (double)program_batch(program);
	}
	json_decref(steps);
	return true;
}

/* A counter's difference by its name; NaN where it is not open. */
static double counted(const Counters *counters, const char *name, const CounterSample *begin,
		      const CounterSample *end)
{
	for (int i = 0; counters && i < counters->count; i++)
		if (strcmp(counters->counter[i].name, name) == 0)
			return counters_between(begin, end, i);
	return NAN;
}

static double counted_or(double count, int64_t begin, int64_t end)
{
	return isnan(count) ? (double)(end - begin) : count;
}

void trial_work(const Trial *trial, const EnergyItem *item, uint64_t items, double time_s,
		const CounterSample *begin, const CounterSample *end, EnergyWork *out)
{
	const Counters *counters = trial->counters;

	energy_work_init(out);
	out->time_s = time_s;
	out->cpu_s = (double)(end->cpu_ns - begin->cpu_ns) / 1e9;
	out->threads = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	out->profile = trial->profile;
	if (item)
		energy_work_add(out, item, (double)items);
	if (!counters)
		return;
	out->faults = counted_or(counted(counters, "page_faults", begin, end), begin->faults,
				 end->faults);
	out->switches = counted_or(counted(counters, "context_switches", begin, end),
				   begin->switches, end->switches);
	out->cycles = counted(counters, "cycles", begin, end);
	out->cache_misses = counted(counters, "cache_misses", begin, end);
}

static void put_count(json_t *to, const char *key, double count, const char *why)
{
	if (isfinite(count))
		json_object_set_new(to, key, json_real(count));
	else
		record_absent(to, key, why);
}

json_t *trial_work_json(const EnergyWork *work)
{
	json_t *json = json_object();

	if (!json)
		return NULL;
	if (isfinite(work->macs[0])) {
		json_t *macs = json_object();
		for (int i = 0; i < ENERGY_MACS_KINDS; i++)
			put_count(macs, energy_macs_names[i], work->macs[i], "");
		json_object_set_new(json, "macs", macs);
	} else {
		record_absent(json, "macs", "no program ran");
	}
	put_count(json, "bytes", work->bytes, "no program ran");
	put_count(json, "faults", work->faults, "no counters were opened");
	put_count(json, "switches", work->switches, "no counters were opened");
	return json;
}
