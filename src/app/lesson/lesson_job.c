/* Flags to a job.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/lesson_job.h"

#include "base/record.h"

Job lesson_job(const Cli *cli, JobKind kind, const char *script, const json_t *data)
{
	const Params *flags = &cli->flags;

	return (Job){
		.kind = kind,
		.script = script,
		.kernel = "auto",
		.energy = "none",
		.seed_given = params_get(flags, "seed")->given,
		.seed = (uint64_t)params_get(flags, "seed")->integer,
		.student = params_get(flags, "student")->text,
		.fast = params_get(flags, "fast")->flag,
		.threads = 1,
		.call_limit_s = params_get(flags, "time-limit")->number,
		.memory_bytes = params_get(flags, "max-memory")->bytes,
		.data = data,
	};
}

bool lesson_job_measures(const json_t *checks)
{
	size_t i;
	json_t *check;

	json_array_foreach((json_t *)(uintptr_t)checks, i, check)
	{
		if (record_is(check, "requires", "measured"))
			return true;
	}
	return false;
}
