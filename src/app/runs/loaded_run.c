/* Stored runs, read whole.
 * SPDX-License-Identifier: MIT */
#include "app/runs/loaded_run.h"

static bool take(void *user, const json_t *record, Err *err)
{
	LoadedRun *run = user;

	if (!run->begin)
		run->begin = json_deep_copy(record);
	return results_take(run->results, record, err);
}

bool loaded_run_open(LoadedRun *run, Store *store, const char *meant, Err *err)
{
	*run = (LoadedRun){ .begin = NULL };
	if (!store_find(store, meant, run->id, err))
		return false;
	run->results = results_new(err);
	return run->results && store_records(store, run->id, take, run, err) &&
	       (run->begin || err_set(err, ERR_FORMAT, "the run %.8s has no records", run->id));
}

void loaded_run_close(LoadedRun *run)
{
	json_decref(run->begin);
	results_free(run->results);
	*run = (LoadedRun){ .begin = NULL };
}
