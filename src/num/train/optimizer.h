/* Optimizers on flat spans of parameters, norms of gradients, learning-rate schedules. f32.
 *
 * A span may be cut anywhere: each element depends on itself alone. features: cpu_features(), or
 * fewer; every level gives the same bits. Formulas and defaults are PyTorch's; decay is L2 (added
 * to the gradient), but decoupled in AdamW:
 *   sgd       w −= lr·g
 *   momentum  v = momentum·v + g, w −= lr·v
 *   nesterov  v = momentum·v + g, w −= lr·(g + momentum·v)
 *   rmsprop   v = beta2·v + (1 − beta2)·g², w −= lr·g / (√v + epsilon)
 *   adam      1412.6980, see train.h
 *   adamw     1711.05101: w −= lr·decay·w, then Adam
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_OPTIMIZER_H
#define WATTLE_NUM_OPTIMIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/info.h"
#include "num/train/train.h"

#define OPTIMIZER_STATES_MAX 2

typedef enum OptimizerKind {
	OPTIMIZER_SGD,
	OPTIMIZER_MOMENTUM,
	OPTIMIZER_NESTEROV,
	OPTIMIZER_RMSPROP,
	OPTIMIZER_ADAM,
	OPTIMIZER_ADAMW,
	OPTIMIZER_KINDS
} OptimizerKind;

/* What a user chooses. */
typedef struct Optimizer {
	OptimizerKind kind;
	float momentum;     /* momentum, nesterov; default .9 */
	float beta1, beta2; /* adam, adamw: .9, .999; rmsprop: beta2 .99 */
	float epsilon;      /* 1e-8 */
	float decay;        /* adamw .01, else 0 */
} Optimizer;

/* Constants of one step. */
typedef struct OptimizerStep {
	float lr, momentum, decay;
	AdamStep adam; /* rmsprop: beta2 and epsilon */
} OptimizerStep;

typedef struct OptimizerRow {
	Info info;
	float lr;        /* default */
	unsigned states; /* arrays as long as the parameters, zero before the first step */
	/* state[0 … states − 1]: at the first of these n elements. */
	void (*run)(uint32_t features, const OptimizerStep *step, float *w, float *const *state,
		    const float *g, size_t n);
} OptimizerRow;

/* By kind. */
extern const OptimizerRow optimizers[OPTIMIZER_KINDS];
bool optimizer_find(const char *name, OptimizerKind *kind);
Optimizer optimizer_default(OptimizerKind kind);
/* t: 1, 2, … */
OptimizerStep optimizer_step(const Optimizer *optimizer, float lr, uint64_t t);
/* True where the whole step is train_adam's with &step.adam and state (m, v), so that gemm_adam may
 * do it. */
bool optimizer_is_adam(const Optimizer *optimizer);

/* Σ g² in double, in an order that depends on n alone. */
double optimizer_square_sum(uint32_t features, const float *g, size_t n);
/* What to multiply every gradient with so that their norm is at most max_norm: 1, or max_norm /
 * (norm + 1e-6). square_sum: added up over all spans, always in the same order. */
float optimizer_clip(double square_sum, float max_norm);
void optimizer_scale(uint32_t features, float *g, size_t n, float scale);

typedef enum ScheduleKind {
	SCHEDULE_CONSTANT,
	SCHEDULE_STEP,   /* a tenth after each third */
	SCHEDULE_COSINE, /* lr·½(1 + cos π·done) (1608.03983) */
	SCHEDULE_KINDS
} ScheduleKind;

typedef struct Schedule {
	ScheduleKind kind;
	float lr;
	uint64_t warmup; /* steps in which lr rises in equal parts before the schedule begins */
} Schedule;

/* By kind. */
extern const Info schedules[SCHEDULE_KINDS];
bool schedule_find(const char *name, ScheduleKind *kind);
/* step: 0 … steps − 1. */
float schedule_lr(const Schedule *schedule, uint64_t step, uint64_t steps);

#endif
