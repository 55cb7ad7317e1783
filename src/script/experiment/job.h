/* One comparison at work: arms that are built, tried once and measured in interleaved blocks.
 * Experiments and the comparisons of lessons share it.
 *
 * A job runs inside one C function whose stack is laid out as below: the windows call back into Lua
 * from there.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_JOB_H
#define WATTLE_SCRIPT_JOB_H

#include "lab/results.h"
#include "script/inside.h"

enum {
	JOB_SELF = 1,  /* light userdata: the Job */
	JOB_FUNCTIONS, /* table: arms by number */
	JOB_CONTEXT,
	JOB_STATE,    /* what measure gets second */
	JOB_MEASURE,  /* function(program, state): one pass */
	JOB_PROGRAMS, /* table: programs by arm number */
};

typedef struct Job Job;
struct Job {
	Script *script;
	const Plan *plan;
	uint64_t seed;
	int block, attempt; /* of script_run_trial */
	size_t arm;
	int64_t begin_ns;
	uint64_t size_bytes[PLAN_ARMS_MAX]; /* of the saved models */
	TrialBuild set_up;                  /* what that cost, and each arm with it */
	TrialBuild build[PLAN_ARMS_MAX];
	/* Before each block, outside any window; may raise. NULL: nothing is to be done. */
	void (*prepare)(lua_State *L, Job *job, int block);
	/* Fed by the records; ends the blocks when it resolves enough. NULL: somebody else
	 * decides. */
	const Results *results;
	bool report; /* idle power is measured between blocks and behind them too */
};

/* Calls the function below so many arguments, which are on top of the stack, and adds what it
 * cost to build; one result. */
void job_charged_call(lua_State *L, const Job *job, int args, TrialBuild *build);
/* Calls the arm's function with state and context; its program, lowered now when it gave a model,
 * goes into the table of programs. */
void job_build_arm(lua_State *L, Job *job, size_t arm);
/* Puts the program of the model or program on top of the stack into the table; pops it. False when
 * it is neither. */
bool job_put_arm(lua_State *L, const Job *job, size_t arm, size_t batch);
/* One pass outside any window: shows mistakes in measure before time is spent, and gives the rows
 * for the saved size. */
void job_try_arm(lua_State *L, Job *job, size_t arm);
/* All blocks, the warm-up first; a gated one is repeated as the plan allows. */
void job_blocks(lua_State *L, Job *job);
/* measure when the script gives none: predicts s.data.test. */
int job_measure_default(lua_State *L);

/* Pushes the table c.param of the experiment at index. */
void job_push_params(lua_State *L, int experiment);
/* c:log(text) */
int job_log(lua_State *L);
/* The first dataset that is there; it stays loaded. NULL when none is asked for. Raises when
 * threads or datasets are missing. */
const char *job_needs(lua_State *L, const Needs *needs);
/* "file:line" at which the function at the top of the stack is written; pops it. */
void job_place(lua_State *L, char *out, size_t cap);

#endif
