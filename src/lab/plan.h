/* The plan of an experiment: what is compared, in which order, until when. Fixed before the first
 * block and written whole into run-begin (statistics: randomised paired blocks).
 *
 * Pure: no tensors, no clocks. The script fills it in the worker, the reader gets it as JSON.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_PLAN_H
#define WATTLE_LAB_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PLAN_ARMS_MAX 16
#define PLAN_NAME_MAX 64
#define PLAN_TEXT_MAX 256
#define PLAN_CLAIMS_MAX 16
#define PLAN_SEEDS_MAX 1000
#define PLAN_REPEATS_MAX 100
#define PLAN_WORDS_MAX 64
#define PLAN_COMMAND_MAX 2048 /* bytes of a command's words, each with its end */
#define PLAN_LIMIT_S 3600     /* a command may run for so long, unless its arm says otherwise */
#define PLAN_LIMIT_MAX_S 1e7
#define PLAN_FACTORS_MAX 6
#define PLAN_CONDITIONS_MAX 64
#define PLAN_LEVELS_MAX (PLAN_CONDITIONS_MAX + PLAN_FACTORS_MAX) /* of all factors together */
#define PLAN_CONDITION_MAX \
	(PLAN_FACTORS_MAX * (2 * PLAN_NAME_MAX)) /* bytes of a condition's name */
#define PLAN_BOOTSTRAP_BLOCKS 30                 /* fewer are too few to draw from again */
#define PLAN_PARETOS_MAX 4

/* X(name, title, cost?): a cost is compared by log ratios; accuracy by differences in points. */
#define METRIC_LIST(X)                 \
	X(TIME, "time", true)          \
	X(ENERGY, "energy", true)      \
	X(ACCURACY, "accuracy", false) \
	X(BYTES, "bytes", true)        \
	X(MACS, "macs", true)

typedef enum Metric {
#define X(name, title, cost) METRIC_##name,
	METRIC_LIST(X)
#undef X
		METRIC_COUNT
} Metric;

typedef enum PlanBuild {
	/* Every arm is built afresh, in a fresh worker, in each block: the claim covers the
	 * method. */
	PLAN_BUILD_BLOCK,
	/* Built once in one worker; the claim covers these models. */
	PLAN_BUILD_ONCE,
} PlanBuild;

typedef struct PlanClaim {
	char text[PLAN_TEXT_MAX];
	size_t arm;
	Metric metric;
	enum { CLAIM_BELOW, CLAIM_ABOVE, CLAIM_NOT_WORSE_BY_PT } kind;
	double value;           /* a ratio to the baseline, or points */
	bool requires_measured; /* without a meter the claim is not decided */
} PlanClaim;

/* A program that an arm runs in place of a function, as a process of its own: the reader starts it
 * (app/program/command_arm.h). */
typedef struct PlanCommand {
	size_t words; /* 0: the arm is a function */
	size_t used;
	char text[PLAN_COMMAND_MAX]; /* the words, one behind the other, each with its NUL */
	double limit_s;              /* a run that takes longer is an error */
} PlanCommand;
typedef enum PlanLevelKind { LEVEL_TEXT, LEVEL_INTEGER, LEVEL_NUMBER, LEVEL_FLAG } PlanLevelKind;

/* A value of a factor. */
typedef struct PlanLevel {
	PlanLevelKind kind;
	double number;            /* of a number; 0 or 1 of a flag */
	char text[PLAN_NAME_MAX]; /* as it is written: "digits", "2", "true" */
} PlanLevel;

typedef struct PlanFactor {
	char name[PLAN_NAME_MAX];
	size_t first, levels; /* level[first] … of the plan */
} PlanFactor;

/* X(NAME, "word"): the tables that a report can write. */
#define PLAN_TABLE_LIST(X)      \
	X(CSV, "csv")           \
	X(MARKDOWN, "markdown") \
	X(LATEX, "latex")

typedef enum PlanTable {
#define X(name, word) PLAN_TABLE_##name,
	PLAN_TABLE_LIST(X)
#undef X
		PLAN_TABLE_COUNT
} PlanTable;

/* What the script wants in its report; all empty when it does not say. */
typedef struct PlanReport {
	size_t paretos;
	Metric pareto[PLAN_PARETOS_MAX][2];
	bool table[PLAN_TABLE_COUNT];
	bool svg; /* the figures as files, too */
} PlanReport;

/* In records, in the place of an arm's name: what is made before the arms, for all of them. */
#define PLAN_SETUP "setup"

typedef struct Plan {
	char name[PLAN_NAME_MAX];
	char question[PLAN_TEXT_MAX];
	size_t arms; /* 2 … PLAN_ARMS_MAX */
	char arm[PLAN_ARMS_MAX][PLAN_NAME_MAX];
	PlanCommand command[PLAN_ARMS_MAX];
	size_t versus; /* index of the baseline */
	bool again; /* the arms are one and the same: what differs is the machine or the method */
	PlanBuild build;
	size_t warmup; /* blocks that are run and discarded */
	size_t blocks_min, blocks_max;
	size_t repeats; /* of a block that a gate spoiled, at most; after that it does not count */
	double window_s, idle_s, budget_s; /* budget_s 0: none */
	size_t seeds;
	uint64_t seed[PLAN_SEEDS_MAX];
	size_t primaries; /* metrics with a verdict, in order */
	Metric primary[METRIC_COUNT];
	bool wanted[METRIC_COUNT];         /* metrics that are shown */
	double margin_time, margin_energy; /* ratios, 0.02 is 2 % */
	double margin_accuracy_pt;         /* points, 1 is one percentage point */
	/* Each prediction carries its share of what building its arm cost: build / rows that a pass
	 * predicts. */
	bool charge_build;
	/* All blocks of the first arm, then all of the second …: for showing what that does. No
	 * verdict is drawn from it. */
	bool blocked;
	bool bootstrap; /* intervals of costs by the bootstrap, not by t */
	/* The last arm is the baseline once more: whether it differs from itself is looked at, and
	 * nothing else is said of it. */
	bool aa;
	size_t factors; /* in the order of their names */
	PlanFactor factor[PLAN_FACTORS_MAX];
	PlanLevel level[PLAN_LEVELS_MAX];
	char left_out[PLAN_TEXT_MAX]; /* datasets that are not here, joined by commas; "": none */
	PlanReport report;
	size_t claims;
	PlanClaim claim[PLAN_CLAIMS_MAX];
} Plan;

/* The defaults of the documentation: 1 warm-up, 10 to 30 blocks, 2 repeats, windows and idle of
 * 10 s, primary time, energy and accuracy with margins 2 %, 4 % and 1 point, build "block", no
 * arms, no seeds. */
void plan_init(Plan *plan);

/* Names the first thing that is off (too few arms, minimum over maximum, fewer seeds than blocks
 * when build is "block", a name twice, a claim on an unknown arm). ERR_SCRIPT. */
bool plan_check(const Plan *plan, Err *err);

/* The order in which a block of a condition runs its arms: a permutation of 0 … arms − 1 drawn from
 * the run's seed, the block's number (0 is the first warm-up) and the condition. order holds
 * plan->arms entries. The same on every machine. */
void plan_order(const Plan *plan, uint64_t run_seed, size_t block, size_t condition,
		uint32_t *order);

/* Conditions: every combination of the factors' levels, the last factor changing fastest; 1 without
 * factors. Each is a comparison of its own. */
size_t plan_conditions(const Plan *plan);
/* The level that a factor has in a condition. */
const PlanLevel *plan_level(const Plan *plan, size_t condition, size_t factor);
/* The same by the factor's name; NULL: there is no such factor. */
const PlanLevel *plan_level_named(const Plan *plan, size_t condition, const char *factor);
/* "dataset=digits threads=2"; "" without factors. out holds PLAN_CONDITION_MAX; returned. */
const char *plan_condition_name(const Plan *plan, size_t condition, char *out);
/* {"dataset":"digits","threads":2}; new reference. */
json_t *plan_condition_json(const Plan *plan, size_t condition);
/* The order in which a block goes through the conditions; order holds plan_conditions entries. */
void plan_condition_order(const Plan *plan, uint64_t run_seed, size_t block, uint32_t *order);
/* Puts a factor in its place by name, with no levels yet; NULL when there are too many. Levels are
 * added to it before the next one is. */
PlanFactor *plan_add_factor(Plan *plan, const char *name);
/* False when there is no room. Written is how the level is written. */
bool plan_add_level(Plan *plan, PlanFactor *factor, PlanLevelKind kind, double number,
		    const char *written);
/* What a level that is a number looks like when written. */
void plan_number_text(double number, char out[PLAN_NAME_MAX]);

/* The baseline's second arm; plan->arms when there is none. */
size_t plan_twin(const Plan *plan);
/* The seed of a block (0 is the first warm-up). */
uint64_t plan_seed(const Plan *plan, size_t block);

const char *plan_table_name(PlanTable table);

/* The gates: a window with one of these flags (contended, or without trustworthy joules) has no
 * costs, and its block is run again. Ends with NULL. The plan's JSON names them in "gates"; they
 * are this version's own, whatever a plan that is read says. */
extern const char *const plan_gates[];
/* True when a list of flags holds one of them. */
bool plan_gated(const json_t *flags);

/* Adds a word; ERR_SCRIPT when there are too many, or their bytes are. */
bool plan_command_add(PlanCommand *command, const char *word, Err *err);
/* The words as execvp wants them, borrowed; argv ends with NULL. */
void plan_command_argv(PlanCommand *command, char *argv[PLAN_WORDS_MAX + 1]);
/* As one would type it in a shell; cut when it does not fit. Returns out. */
char *plan_command_text(const PlanCommand *command, char *out, size_t cap);
/* How many arms are commands. */
size_t plan_commands(const Plan *plan);
/* The part of plan_check and of the plan's JSON: {"arm": {"line": [words], "limit_s"}}. */
bool plan_commands_check(const Plan *plan, Err *err);
json_t *plan_commands_json(const Plan *plan);
bool plan_commands_take(Plan *plan, const json_t *json, Err *err);

/* New reference, NULL when memory is short. */
json_t *plan_json(const Plan *plan);
bool plan_from_json(Plan *plan, const json_t *json, Err *err);

Metric metric_find(const char *name, bool *found);
const char *metric_name(Metric metric);
bool metric_is_cost(Metric metric);

#endif
