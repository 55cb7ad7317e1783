/* The accuracies that epoch records tell: each is of other rows, and only those of the same rows are
 * one curve.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_EPOCH_H
#define WATTLE_LAB_EPOCH_H

#include <jansson.h>

/* Rows that an accuracy is of, those first that tell most of new ones. */
typedef enum EpochRows {
	EPOCH_TEST,
	EPOCH_WATCHED, /* others that the script named */
	EPOCH_VALID,
	EPOCH_TRAIN, /* as the epoch saw them */
	EPOCH_ROWS
} EpochRows;

/* Shares, 0 to 1, of one record; NaN: not told. */
void epoch_accuracies(double share[EPOCH_ROWS], const json_t *record);
/* "test rows", "watched rows", … */
const char *epoch_rows_name(EpochRows rows);
/* "test", "watched", … */
const char *epoch_rows_short(EpochRows rows);

#endif
