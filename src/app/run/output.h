/* What a run's records tell people, as plain text. (JSON lines are written by record.h.)
 *
 * Results go to stdout, progress to stderr. Everything that people see passes the one output
 * function of text.h.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_OUTPUT_H
#define WATTLE_APP_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "app/energy/footprint.h"
#include "base/err.h"
#include "base/record.h"
#include "lab/results.h"

/* A copy of the record as one JSON line; does nothing when out is NULL. */
bool output_json(RecordOut *out, const json_t *record, Err *err);

/* Progress of one record in words, to stderr; types without a line print nothing. */
void output_progress(FILE *to, const json_t *record);

/* The table of all arms and the verdict sentences, to stdout. */
void output_summary(FILE *to, const Results *results);

/* Grams of CO2 for a million predictions, an arm a line. */
void output_carbon(FILE *to, const Results *results, const Footprint *footprint);

#endif
