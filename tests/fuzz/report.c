/* Fuzzes reports: each line is a record of a run; the page and its figures are then well-formed,
 * and nothing in them runs or fetches, whatever names and numbers the records hold.
 * SPDX-License-Identifier: MIT */
#include "app/report/report.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "xml_sound.h"
#include "fuzz.h"

static void feed(ReportRun *run, const uint8_t *data, size_t size)
{
	Err err = { 0 };

	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) : size;
		json_t *record = record_parse((const char *)data, len, &err);

		if (record)
			report_run_take(run, record, &err);
		json_decref(record);
		len += end ? 1 : 0;
		data += len;
		size -= len;
	}
}

/* By the input's length the run is there twice, so that figures over several runs are drawn, too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Err err = { 0 };
	char *page = NULL;
	size_t len = 0;
	const char *where;
	ReportRun *run[2] = { NULL, NULL };
	FILE *to = open_memstream(&page, &len);
	const ReportWay way = { .axes_asked = size % 4 == 3,
				.across = (Metric)(size / 4 % METRIC_COUNT),
				.up = (Metric)(size / 32 % METRIC_COUNT) };

	require(to != NULL);
	for (size_t i = 0; i < 1 + size % 2; i++) {
		run[i] = report_run_new("<run> & \"co\"", &err);
		require(run[i] != NULL);
		feed(run[i], data, size);
	}
	char *script = malloc(size + 1);

	require(script != NULL);
	memcpy(script, data, size);
	report_run_asked(run[0], script, size, NULL);
	bool made = report_print(to, run, 1 + size % 2, &way, &err);

	fclose(to);
	require(!made || !xml_sound(page, &where));
	free(page);
	report_run_free(run[0]);
	report_run_free(run[1]);
	return 0;
}
