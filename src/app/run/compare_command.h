/* The scripts that wattle compare makes of its operands. They are stored with the run, so that it can
 * be shown, gone on with and run again.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_COMPARE_COMMAND_H
#define WATTLE_APP_COMPARE_COMMAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "app/run/given_files.h"
#include "lab/plan.h"

/* What the flags say of the analysis. */
typedef struct CompareAsk {
	bool again;         /* one arm, against itself */
	const char *versus; /* NULL: the first arm */
	double margin;      /* of time and energy, a ratio; 0: the defaults */
	double margin_pt;   /* of accuracy, points; 0: the default */
	size_t primaries;   /* 0: the defaults */
	Metric primary[METRIC_COUNT];
	double limit_s;      /* of each run of a command */
	const char *dataset; /* --on */
} CompareAsk;

/* A script among the operands. */
typedef struct ComparePart {
	char name[PLAN_NAME_MAX]; /* what its arms are told apart by */
	const char *path;
	char *text; /* owned */
	size_t len;
} ComparePart;

/* Each returns the text, allocated, and its length; NULL and ERR_MEMORY. commands: {arm: text for the
 * shell}, in order. */
char *compare_text_commands(const json_t *commands, const CompareAsk *ask, size_t *len, Err *err);
char *compare_text_scripts(const ComparePart *parts, size_t count, const CompareAsk *ask,
			   size_t *len, Err *err);
/* names: of the arms. */
char *compare_text_models(const GivenFile *files, char names[][PLAN_NAME_MAX], size_t count,
			  const CompareAsk *ask, size_t *len, Err *err);

#endif
