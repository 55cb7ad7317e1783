/* The job of a lesson, as its flags have it: --seed, --student, --fast, --time-limit and
 * --max-memory of `wattle lesson` and `wattle check`.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_LESSON_JOB_H
#define WATTLE_APP_LESSON_JOB_H

#include "app/command.h"
#include "app/session/job.h"

/* JOB_LESSON, or JOB_CHECK, whose round the caller fills in. script: what errors call the lesson;
 * data: folders of datasets. All is borrowed. No model prices its joules, unless the caller names
 * one. */
Job lesson_job(const Cli *cli, JobKind kind, const char *script, const json_t *data);
/* Whether one of the checks of an exercise, as a record tells them, needs measured joules: its
 * round is given a meter. */
bool lesson_job_measures(const json_t *checks);

#endif
