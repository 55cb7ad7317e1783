/* What an instructor is told on stderr beside the grades, in whatever format they leave.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_NOTICES_H
#define WATTLE_APP_GRADING_NOTICES_H

#include "app/grading/grades.h"

/* What is graded all the same, or not at all, and why. */
void notices_before(const Grades *grades);
/* Checks that the model solution does not pass: students may have lost points by what is not theirs.
 * model: of model_solution_grade. */
void notices_unfair(const Grades *model);
/* What a table of some hundred rows does not show at a glance. */
void notices_sum(const Grades *grades);

#endif
