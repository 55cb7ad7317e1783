/* Optimizers: plain loops, compiled once for each instruction level; SGD, momentum and Adam are
 * those of train.c.
 * SPDX-License-Identifier: MIT */
#include "num/train/optimizer.h"

#include <math.h>
#include <string.h>

#include "num/simd.h"

#define SCHEDULE_PI 3.14159265358979323846

static void sgd_run(uint32_t features, const OptimizerStep *step, float *w, float *const *state,
		    const float *g, size_t n)
{
	(void)state;
	train_sgd(features, w, NULL, g, n, step->lr, 0, step->decay);
}

static void momentum_run(uint32_t features, const OptimizerStep *step, float *w,
			 float *const *state, const float *g, size_t n)
{
	train_sgd(features, w, state[0], g, n, step->lr, step->momentum, step->decay);
}

SIMD_INLINE void nesterov_body(float *restrict w, float *restrict v, const float *restrict g,
			       size_t n, OptimizerStep step)
{
	SIMD_LOOP
	for (size_t i = 0; i < n; i++) {
		float slope = g[i] + step.decay * w[i];

		v[i] = step.momentum * v[i] + slope;
		w[i] -= step.lr * (slope + step.momentum * v[i]);
	}
}
SIMD_LEVELS(nesterov,
	    (float *restrict w, float *restrict v, const float *restrict g, size_t n,
	     OptimizerStep step),
	    (w, v, g, n, step))

static void nesterov_run(uint32_t features, const OptimizerStep *step, float *w,
			 float *const *state, const float *g, size_t n)
{
	SIMD_CALL(features, nesterov, (w, state[0], g, n, *step));
}

SIMD_INLINE void rmsprop_body(float *restrict w, float *restrict v, const float *restrict g,
			      size_t n, OptimizerStep step)
{
	float keep = step.adam.beta2, gain = 1.0f - keep;

	SIMD_LOOP
	for (size_t i = 0; i < n; i++) {
		float slope = g[i] + step.decay * w[i];

		v[i] = keep * v[i] + gain * (slope * slope);
		w[i] -= step.lr * slope / (sqrtf(v[i]) + step.adam.epsilon);
	}
}
SIMD_LEVELS(rmsprop,
	    (float *restrict w, float *restrict v, const float *restrict g, size_t n,
	     OptimizerStep step),
	    (w, v, g, n, step))

static void rmsprop_run(uint32_t features, const OptimizerStep *step, float *w, float *const *state,
			const float *g, size_t n)
{
	SIMD_CALL(features, rmsprop, (w, state[0], g, n, *step));
}

SIMD_INLINE void adam_body(float *restrict w, float *restrict m, float *restrict v,
			   const float *restrict g, size_t n, OptimizerStep step)
{
	AdamStep adam = step.adam;
	float gain1 = 1.0f - adam.beta1, gain2 = 1.0f - adam.beta2;

	SIMD_LOOP
	for (size_t i = 0; i < n; i++) {
		float slope = g[i] + step.decay * w[i];

		m[i] = adam.beta1 * m[i] + gain1 * slope;
		v[i] = adam.beta2 * v[i] + gain2 * (slope * slope);
		w[i] -= adam.rate * m[i] / (sqrtf(v[i]) * adam.v_scale + adam.epsilon);
	}
}
SIMD_LEVELS(adam,
	    (float *restrict w, float *restrict m, float *restrict v, const float *restrict g,
	     size_t n, OptimizerStep step),
	    (w, m, v, g, n, step))

static void adam_run(uint32_t features, const OptimizerStep *step, float *w, float *const *state,
		     const float *g, size_t n)
{
	if (step->decay == 0)
		train_adam(features, w, state[0], state[1], g, n, &step->adam);
	else
		SIMD_CALL(features, adam, (w, state[0], state[1], g, n, *step));
}

static void adamw_run(uint32_t features, const OptimizerStep *step, float *w, float *const *state,
		      const float *g, size_t n)
{
	train_adam(features, w, state[0], state[1], g, n, &step->adam);
}

bool optimizer_find(const char *name, OptimizerKind *kind)
{
	for (int i = 0; i < OPTIMIZER_KINDS; i++)
		if (strcmp(optimizers[i].info.name, name) == 0) {
			*kind = (OptimizerKind)i;
			return true;
		}
	return false;
}

Optimizer optimizer_default(OptimizerKind kind)
{
	return (Optimizer){
		.kind = kind,
		.momentum = 0.9f,
		.beta1 = 0.9f,
		.beta2 = kind == OPTIMIZER_RMSPROP ? 0.99f : 0.999f,
		.epsilon = 1e-8f,
		.decay = kind == OPTIMIZER_ADAMW ? 0.01f : 0,
	};
}

OptimizerStep optimizer_step(const Optimizer *optimizer, float lr, uint64_t t)
{
	OptimizerStep step = {
		.lr = lr,
		.momentum = optimizer->momentum,
		.decay = optimizer->decay,
		.adam = train_adam_step(lr, optimizer->beta1, optimizer->beta2, optimizer->epsilon,
					t),
	};

	if (optimizer->kind == OPTIMIZER_ADAMW)
		step.adam.decay = (float)((double)lr * (double)optimizer->decay);
	return step;
}

bool optimizer_is_adam(const Optimizer *optimizer)
{
	return optimizer->kind == OPTIMIZER_ADAMW ||
	       (optimizer->kind == OPTIMIZER_ADAM && optimizer->decay == 0);
}

/* --- norms of gradients ----------------------------------------------------------------------- */

/* Lanes that are summed apart, whatever the level. */
#define LANES 16

SIMD_INLINE void square_lanes_body(double sum[LANES], const float *g, size_t n)
{
	size_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		SIMD_LOOP
		for (size_t lane = 0; lane < LANES; lane++) {
			double x = (double)g[i + lane];

			sum[lane] += x * x;
		}
	}
	for (size_t lane = 0; i + lane < n; lane++)
		sum[lane] += (double)g[i + lane] * (double)g[i + lane];
}
SIMD_LEVELS(square_lanes, (double sum[LANES], const float *g, size_t n), (sum, g, n))

double optimizer_square_sum(uint32_t features, const float *g, size_t n)
{
	double lanes[LANES] = { 0 }, sum = 0;

	SIMD_CALL(features, square_lanes, (lanes, g, n));
	for (size_t lane = 0; lane < LANES; lane++)
		sum += lanes[lane];
	return sum;
}

float optimizer_clip(double square_sum, float max_norm)
{
	double scale = (double)max_norm / (sqrt(square_sum) + 1e-6);

	return scale < 1 ? (float)scale : 1;
}

SIMD_INLINE void scale_body(float *g, size_t n, float scale)
{
	SIMD_LOOP
	for (size_t i = 0; i < n; i++)
		g[i] *= scale;
}
SIMD_LEVELS(scale, (float *g, size_t n, float scale), (g, n, scale))

void optimizer_scale(uint32_t features, float *g, size_t n, float scale)
{
	SIMD_CALL(features, scale, (g, n, scale));
}

/* --- schedules -------------------------------------------------------------------------------- */

bool schedule_find(const char *name, ScheduleKind *kind)
{
	for (int i = 0; i < SCHEDULE_KINDS; i++)
		if (strcmp(schedules[i].name, name) == 0) {
			*kind = (ScheduleKind)i;
			return true;
		}
	return false;
}

float schedule_lr(const Schedule *schedule, uint64_t step, uint64_t steps)
{
	double lr = (double)schedule->lr, done;

	if (step < schedule->warmup)
		return (float)(lr * (double)(step + 1) / (double)schedule->warmup);
	done = (double)(step - schedule->warmup) / (double)(steps - schedule->warmup);
	switch (schedule->kind) {
	case SCHEDULE_STEP:
		lr *= done < 1.0 / 3 ? 1 : done < 2.0 / 3 ? 0.1 : 0.01;
		break;
	case SCHEDULE_COSINE:
		lr *= 0.5 * (1 + cos(SCHEDULE_PI * done));
		break;
	case SCHEDULE_CONSTANT:
	case SCHEDULE_KINDS:
		break;
	}
	return (float)lr;
}

const OptimizerRow optimizers[OPTIMIZER_KINDS] = {
	[OPTIMIZER_SGD] = { .info = { .name = "sgd",
				      .title = "SGD",
				      .about = "Stochastic gradient descent." },
			    .lr = 0.1f,
			    .run = sgd_run },
	[OPTIMIZER_MOMENTUM] = { .info = { .name = "momentum",
					   .title = "Momentum",
					   .about = "SGD along a running sum of gradients." },
				 .lr = 0.1f,
				 .states = 1,
				 .run = momentum_run },
	[OPTIMIZER_NESTEROV] = { .info = { .name = "nesterov",
					   .title = "Nesterov",
					   .about = "Momentum that looks one step ahead." },
				 .lr = 0.1f,
				 .states = 1,
				 .run = nesterov_run },
	[OPTIMIZER_RMSPROP] = { .info = { .name = "rmsprop",
					  .title = "RMSProp",
					  .about = "SGD scaled by a running mean of squares." },
				.lr = 1e-3f,
				.states = 1,
				.run = rmsprop_run },
	[OPTIMIZER_ADAM] = { .info = { .name = "adam",
				       .title = "Adam",
				       .about = "Running means of gradients and their squares." },
			     .lr = 1e-3f,
			     .states = 2,
			     .run = adam_run },
	[OPTIMIZER_ADAMW] = { .info = { .name = "adamw",
					.title = "AdamW",
					.about = "Adam with weight decay of its own." },
			      .lr = 1e-3f,
			      .states = 2,
			      .run = adamw_run },
};

const Info schedules[SCHEDULE_KINDS] = {
	[SCHEDULE_CONSTANT] = { .name = "constant",
				.title = "Constant",
				.about = "The same learning rate throughout." },
	[SCHEDULE_STEP] = { .name = "step",
			    .title = "Step",
			    .about = "A tenth of the learning rate after each third." },
	[SCHEDULE_COSINE] = { .name = "cosine",
			      .title = "Cosine",
			      .about = "Half a cosine down to 0." },
};
