/* Pairs of submissions whose files are alike (similar.h), and the seeds and variants of a roster:
 * tables for the instructor.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_PAIRS_H
#define WATTLE_APP_GRADING_PAIRS_H

#include "app/grading/grades.h"
#include "app/session/session.h"
#include "lab/table.h"

/* Pairs from this share on are told. */
#define PAIRS_SHARE_MIN 0.5

/* A row for each pair and exercise, the likest first. folder and file: of the lesson, whose
 * starters count for nobody. */
Table *pairs_table(const Grades *grades, const char *folder, const char *file, Err *err);

/* A row for each student of the roster: the seed and variant that their lesson has, and the seed of
 * the hidden data. */
Table *variants_table(const Grades *grades, const Paths *paths, const ScriptFile *lesson, Err *err);

#endif
