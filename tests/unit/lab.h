/* Records of made-up experiments, for the tests of plans, results and verdicts.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_LAB_H
#define WATTLE_TESTS_LAB_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/results.h"

/* Takes one record written as JSON; returns what results_take did. */
static inline bool lab_try(Results *results, Err *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static inline bool lab_try(Results *results, Err *err, const char *format, ...)
{
	char line[8192];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	json_error_t why;
	json_t *record = json_loads(line, JSON_REJECT_DUPLICATES, &why);
	if (!record)
		fail_msg("the test's own record is not JSON: %s in %s", why.text, line);
	err->code = ERR_NONE;
	bool taken = results_take(results, record, err);
	json_decref(record);
	return taken;
}

#define lab_take(results, ...)                                \
	do {                                                  \
		Err lab_err = { 0 };                          \
		if (!lab_try(results, &lab_err, __VA_ARGS__)) \
			fail_msg("%s", lab_err.text);         \
	} while (0)

/* Two arms, A the baseline, and B; times, joules and accuracies are primary. */
static inline void lab_plan(Plan *plan)
{
	plan_init(plan);
	snprintf(plan->name, sizeof plan->name, "made-up");
	plan->arms = 2;
	memcpy(plan->arm[0], "A", 2);
	memcpy(plan->arm[1], "B", 2);
	plan->seeds = plan->blocks_max;
	for (size_t i = 0; i < plan->seeds; i++)
		plan->seed[i] = i + 1;
}

/* New results of a run that began with this plan. */
static inline Results *lab_results(const Plan *plan)
{
	Err err = { 0 };
	Results *results = results_new(&err);
	json_t *record = json_pack("{s:i, s:s, s:i, s:o}", "v", 1, "type", "run-begin", "seed", 42,
				   "plan", plan_json(plan));

	if (!results || !record || !results_take(results, record, &err))
		fail_msg("%s", err.text);
	json_decref(record);
	return results;
}

/* One clean window with measured joules; energy_j 0: none. */
static inline void lab_window(Results *results, const char *arm, int block, double time_s,
			      double energy_j)
{
	char energy[256] = "null";

	if (energy_j > 0)
		snprintf(energy, sizeof energy,
			 "{\"value\":%.17g,\"low\":%.17g,\"high\":%.17g,"
			 "\"provenance\":\"measured\",\"scope\":\"package\",\"source\":\"fake\","
			 "\"flags\":[]}",
			 energy_j, energy_j * 0.95, energy_j * 1.05);
	lab_take(results,
		 "{\"v\":1,\"type\":\"window\",\"arm\":\"%s\",\"block\":%d,\"attempt\":0,\"items\":"
		 "1000,"
		 "\"time_s\":%.17g,\"energy\":%s,\"flags\":[]}",
		 arm, block, time_s, energy);
}

static inline void lab_trial(Results *results, const char *arm, int block, double accuracy,
			     int rows, const char *hits)
{
	lab_take(
		results,
		"{\"v\":1,\"type\":\"trial\",\"arm\":\"%s\",\"block\":%d,\"attempt\":0,\"seed\":%d,"
		"\"accuracy\":%.17g,\"test_rows\":%d,%s%s%s\"macs\":100,\"size_bytes\":1000}",
		arm, block, block + 2, accuracy, rows, hits ? "\"hits\":\"" : "", hits ? hits : "",
		hits ? "\"," : "");
}

/* Base64 of rows bits of which those from … to − 1 are 0 (missed), all others 1. Static storage. */
static inline const char *lab_hits(int rows, int from, int to)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static char text[4096];
	unsigned char bytes[3072] = { 0 };
	int len = (rows + 7) / 8, at = 0;

	for (int i = 0; i < rows; i++)
		if (i < from || i >= to)
			bytes[i / 8] |= (unsigned char)(1u << i % 8);
	for (int i = 0; i < len; i += 3) {
		unsigned bits =
			(unsigned)bytes[i] << 16 | (unsigned)bytes[i + 1] << 8 | bytes[i + 2];
		for (int k = 0; k < 4; k++)
			text[at++] = i + k > len ? '=' : digits[bits >> (18 - 6 * k) & 63];
	}
	text[at] = '\0';
	return text;
}

#endif
