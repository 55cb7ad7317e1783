/* Fuzzes results: each line is a record for results_take; then everything that is asked of results
 * is asked.
 * SPDX-License-Identifier: MIT */
#include "lab/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "lab/verdict.h"
#include "fuzz.h"

static void check_estimate(Estimate e)
{
	require(!isinf(e.value) && !isinf(e.low) && !isinf(e.high));
	require(isnan(e.low) || (e.low <= e.value && e.value <= e.high));
}

static void check_verdict(const Results *results, size_t arm, Metric metric)
{
	Verdict verdict;

	verdict_make(&verdict, results, arm, metric);
	require(verdict.sentence[0] && strlen(verdict.sentence) + 1 < sizeof verdict.sentence);
	require((verdict.word == VERDICT_NONE) == (verdict.why[0] != '\0'));
	json_t *json = verdict_json(&verdict, results);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	require(text && json_object_get(json, "sentence"));
	free(text);
	json_decref(json);
}

static void ask_everything(const Results *results)
{
	const Plan *plan = results_plan(results);

	verdict_stop(results);
	int status = verdict_exit_status(results);
	require(status == 0 || status == 1 || status == 4 || status == VERDICT_EXIT_INCONCLUSIVE);
	for (size_t arm = 0; plan && arm < plan->arms; arm++) {
		check_estimate(results_accuracy(results, arm));
		for (int metric = 0; metric < METRIC_COUNT; metric++) {
			check_estimate(results_cost(results, arm, (Metric)metric, 10000));
			check_estimate(results_build_cost(results, arm, (Metric)metric));
			check_verdict(results, arm, (Metric)metric);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Err err = { 0 };
	Results *results = results_new(&err);

	require(results != NULL);
	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) : size;
		json_t *record = record_parse((const char *)data, len, &err);
		if (record)
			require(results_take(results, record, &err) || err.code == ERR_FORMAT);
		json_decref(record);
		len += end != NULL;
		data += len;
		size -= len;
	}
	for (size_t k = 0; k < results_conditions(results); k++) {
		require(results_condition_name(results, k) != NULL);
		ask_everything(results_condition(results, k));
	}
	ask_everything(results);
	results_free(results);
	return 0;
}
