/* Fuzzes what programs that are arms print: whatever lines come, the report holds together, and its
 * result is one that results take.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lab/program_line.h"
#include "fuzz.h"

static void check(const ProgramReport *report)
{
	require(!report->ended || (report->begun && report->items >= 1));
	require(report->items <= (UINT64_C(1) << 53));
	require(!report->result || isnan(report->accuracy) ||
		(report->accuracy >= 0 && report->accuracy <= 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ProgramReport report = { .lines = 0 };
	const char *text = (const char *)data;
	ProgramLine kind;
	Err err;

	while (size) {
		const char *end = memchr(text, '\n', size);
		size_t len = end ? (size_t)(end - text) : size;
		ProgramReport before = report;

		err = (Err){ .code = ERR_NONE };
		bool fine = program_report_take(&report, text, len, &kind, &err);
		require(fine == (err.code == ERR_NONE));
		require(fine || err.code == ERR_SCRIPT);
		require(report.lines == before.lines + 1);
		check(&report);
		len += end != NULL;
		text += len;
		size -= len;
	}
	err = (Err){ .code = ERR_NONE };
	require(program_report_whole(&report, true, &err) == (err.code == ERR_NONE));
	program_report_done(&report);
	return 0;
}
