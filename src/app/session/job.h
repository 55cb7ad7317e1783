/* A job: what a worker is to do, one JSON line on its command pipe. Written by the reader, read by
 * the worker; both sides are ours, but the worker checks it all the same.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_JOB_H
#define WATTLE_APP_JOB_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* X(NAME, "name"): run: load, plan, and the whole run if it is built once and has no factors.
 * plan: that, without running anything. once: the whole of one condition that is built once.
 * trial: one arm of one block. list: rows of a registry, or of the folders of lessons. receipt:
 * what this worker would measure with. lesson: serve one until the commands end. describe: tell
 * what its file holds. bench: one benchmark; inspect: what a model is made of; a model file comes
 * as the script does. calibrate: the suite of trial/calibration.h. data: what wattle data asks,
 * app/data/data_job.h. check: a round of checks of a student's file, script/round/exercise.h. */
#define JOB_LIST(X)               \
	X(RUN, "run")             \
	X(PLAN, "plan")           \
	X(ONCE, "once")           \
	X(TRIAL, "trial")         \
	X(LIST, "list")           \
	X(RECEIPT, "receipt")     \
	X(LESSON, "lesson")       \
	X(DESCRIBE, "describe")   \
	X(BENCH, "bench")         \
	X(INSPECT, "inspect")     \
	X(CALIBRATE, "calibrate") \
	X(DATA, "data")           \
	X(CHECK, "check")

typedef enum JobKind {
#define X(name, text) JOB_##name,
	JOB_LIST(X)
#undef X
		JOB_KINDS
} JobKind;

/* Borrowed from the JSON that it was read from. */
typedef struct Job {
	JobKind kind;
	int64_t origin_ns;  /* clock origin of the run's records */
	const char *script; /* what errors call the script */
	const char *kernel, *energy, *scratch, *list;
	const char *student; /* lesson: whose seed it is */
	bool fast;           /* lesson: caps; calibrate: a try */
	bool seed_given;
	uint64_t seed;
	unsigned threads;
	size_t batch;          /* 0: the script's */
	double time_limit_s;   /* 0: none */
	double call_limit_s;   /* lesson, check: a run, a check, a set-up has at most; 0: its own */
	uint64_t memory_bytes; /* --max-memory; 0: min(4 GiB, half of memory) */
	int block, attempt;
	size_t arm, condition;
	bool sums; /* plan: with the checksums of the datasets */
	const json_t *set, *choices, *firsts, *data, *overrides;
	const json_t *bench;   /* trial/bench.h: the options; "file": true when one comes */
	const json_t *inspect; /* trial/inspect.h: the options; "file" likewise */
	const json_t *lessons; /* list: folders of lessons; or NULL */
	const json_t *dataset; /* app/data/data_job.h: what is asked; "files" may be read */
	const json_t *check;   /* script/round/exercise.h: the round that is wanted */
	const json_t *cache;   /* app/session/lowering_cache.h: choices of kernels; or NULL */
	const json_t *saved;   /* script/script.h: the models that other workers of the run saved */
	const json_t *profile; /* energy/profile.h: what the model "profile" prices by; or NULL */
} Job;

/* A job that lists a registry, or the lessons once their folders are filled in; data: folders,
 * borrowed. */
Job job_list(const char *list, const json_t *data);
json_t *job_json(const Job *job);

/* The round of checks that a job wants: script/round/exercise.h. Borrowed. */
typedef struct JobCheck {
	const char *exercise;    /* its id */
	const char *file, *text; /* the student's file: what errors call it, its text */
	size_t attempts;         /* rounds before this one */
	const json_t *only;      /* ids of the checks; NULL: all */
	double seconds;          /* that a check has at most; 0: the exercise's */
	bool seeded;             /* by run_seed, instead of the lesson's own */
	uint64_t run_seed;
	const char *grading_name, *grading_text; /* a grading file; NULL: none */
} JobCheck;

/* Job.check; a new reference, NULL when memory is short or a text is not UTF-8. */
json_t *job_check(const JobCheck *check);
bool job_from_json(Job *out, const json_t *json, Err *err);

#endif
