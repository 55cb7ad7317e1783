/* What wattle bench tells people: a short table of a record, and how it compares with an earlier
 * one.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_BENCH_REPORT_H
#define WATTLE_APP_BENCH_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

/* A bench-train, bench-infer, bench-fit or bench-kernels record in words. */
void bench_report(FILE *to, const json_t *record);

/* The last record of FILE that was measured with the same settings as `record`, a new reference.
 * ERR_FILE, ERR_FORMAT; ERR_USAGE when there is none, naming what the last one of its type has
 * otherwise. */
json_t *bench_baseline(const char *path, const json_t *record, Err *err);

/* {"ratio","slower":[…]}: time over the baseline's time, the largest of several, and the names of
 * what is slower: its median by more than 5 % and beyond both spreads. The spread of a few times is
 * from the least to the most; of 6 and more the 95 % interval of their median (order statistics). A
 * new reference. */
json_t *bench_compare(const json_t *record, const json_t *baseline);

#endif
