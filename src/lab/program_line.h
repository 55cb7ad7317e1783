/* What a program that is an arm says on its standard output, line by line.
 *
 * 	{"wattle":"begin"}               the measured region begins
 * 	{"wattle":"end","items":N}       it ends; N items were worked on in it
 * 	{"accuracy":0.891,"test_rows":10000,"dataset":"digits","size_bytes":1234}
 *
 * The last one, at most once, tells what came of it: accuracy (0 … 1), test_rows, dataset, split,
 * rows_sha256, hits (one bit a row, lowest first, base64), size_bytes, macs, and items where nothing
 * marks a region. Every other line is a notice. Pure: strings in, numbers out; the lines are a
 * stranger's.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_PROGRAM_LINE_H
#define WATTLE_LAB_PROGRAM_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PROGRAM_LINE_MAX (1u << 20) /* bytes of a line */

typedef enum ProgramLine {
	PROGRAM_NOTICE,
	PROGRAM_BEGIN,
	PROGRAM_END,
	PROGRAM_RESULT,
} ProgramLine;

/* What was said so far. Begin with zeros; program_report_done frees. */
typedef struct ProgramReport {
	size_t lines;
	bool begun, ended;
	uint64_t items;  /* 0: not told */
	json_t *result;  /* checked; NULL: none came */
	double accuracy; /* of result; NaN: not told. Valid once there is a result */
} ProgramReport;

/* Takes a line without its end. ERR_SCRIPT says which line, what is off and how to mend it. */
bool program_report_take(ProgramReport *report, const char *line, size_t len, ProgramLine *kind,
			 Err *err);
/* When the program has ended: whether something is missing. */
bool program_report_whole(const ProgramReport *report, bool needs_accuracy, Err *err);
/* Whether one item is a whole run of the program: it told of none. */
bool program_report_is_run(const ProgramReport *report);
void program_report_done(ProgramReport *report);

#endif
