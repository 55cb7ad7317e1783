/* Points that people gave: a table of grades as the format generic writes it, filled in where it was
 * empty.
 *
 * The first row names the columns: student, exercise, points and max, and lesson and check if there
 * are such. A row without points says nothing. Numbers have a point.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_BY_HAND_H
#define WATTLE_APP_GRADING_BY_HAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/grading/submission.h"
#include "base/err.h"

typedef struct HandRow {
	char student[SUBMISSION_NAME_MAX], lesson[SUBMISSION_NAME_MAX],
		exercise[SUBMISSION_NAME_MAX], check[SUBMISSION_NAME_MAX]; /* "": not told */
	double points, max;                                                /* 0 to max */
	size_t line;
} HandRow;

typedef struct ByHand {
	HandRow *row; /* in the order of the file */
	size_t count, room;
} ByHand;

/* ERR_FORMAT names the line: a column is missing, points without a max or above it, no number. */
bool by_hand_read(ByHand *out, const char *path, Err *err);
/* The same of bytes that are called name. */
bool by_hand_parse(ByHand *out, const uint8_t *bytes, size_t len, const char *name, Err *err);
void by_hand_done(ByHand *hand);

#endif
