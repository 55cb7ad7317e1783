/* Losses. Sums over elements are in double and in order; gradients are plain loops, compiled once
 * for each instruction level.
 * SPDX-License-Identifier: MIT */
#include "num/train/loss.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "num/train/activation.h"
#include "num/train/vecmath.h"

/* What every loss gets. */
typedef struct LossCall {
	uint32_t features;
	const Loss *loss;
	float *grad;
	const float *logits, *teacher;
	const uint16_t *labels; /* NULL: targets */
	const float *targets;
	size_t rows, n;
} LossCall;

/* --- softmax cross-entropy -------------------------------------------------------------------- */

/* −Σ q_j·z_j of one row of logits, shifted or not. */
static double xent_cross(const float *z, size_t n, size_t label, double smoothing)
{
	double sum = 0;

	if (smoothing <= 0)
		return -(double)z[label];
	for (size_t j = 0; j < n; j++)
		sum += (double)z[j];
	return -(1 - smoothing) * (double)z[label] - smoothing / (double)n * sum;
}

static double xent_run(const LossCall *call, size_t *right)
{
	float smoothing = call->loss->smoothing, *grad = call->grad, rows = (float)call->rows;
	float rest = smoothing / ((float)call->n * rows), own = (1.0f - smoothing) / rows;
	size_t n = call->n;
	double loss = 0;

	for (size_t r = 0; r < call->rows; r++) {
		float *row = grad + r * n;

		*right += act_shift(row, call->logits + r * n, n) == call->labels[r];
		loss += xent_cross(row, n, call->labels[r], (double)smoothing);
	}
	act_exp_low(call->features, grad, call->rows * n);
	for (size_t r = 0; r < call->rows; r++) {
		float *row = grad + r * n;
		float sum = 0, scale;

		for (size_t j = 0; j < n; j++)
			sum += row[j];
		loss += log((double)sum);
		scale = 1.0f / (sum * rows);
		for (size_t j = 0; j < n; j++)
			row[j] = row[j] * scale - rest;
		row[call->labels[r]] -= own;
	}
	return loss;
}

/* --- losses of single elements ---------------------------------------------------------------- */

/* Right predictions by the greatest logit, or where it is above the border. Before grad is written:
 * it may be logits. */
static size_t count_right(const LossCall *call, float border)
{
	size_t right = 0, n = call->n;

	for (size_t r = 0; call->labels && r < call->rows; r++) {
		const float *row = call->logits + r * n;
		size_t best = 0;

		for (size_t j = 1; j < n; j++)
			if (row[j] > row[best])
				best = j;
		if (n == 1)
			best = row[0] > border;
		right += best == call->labels[r];
	}
	return right;
}

/* 1 for the label, or what the label says when n is 1. */
static inline bool is_label(const LossCall *call, size_t r, size_t j)
{
	return call->n == 1 ? call->labels[r] : call->labels[r] == j;
}

static inline float wanted(const LossCall *call, size_t r, size_t j)
{
	return call->labels ? (float)is_label(call, r, j) : call->targets[r];
}

/* grad = the logistic function of the logits; each call site takes its target away. */
SIMD_INLINE void logistic_body(float *y, const float *x, size_t count, float scale)
{
	SIMD_LOOP
	for (size_t i = 0; i < count; i++)
		y[i] = vec_logistic(x[i]) * scale;
}
SIMD_LEVELS(logistic, (float *y, const float *x, size_t count, float scale), (y, x, count, scale))

static double bce_run(const LossCall *call, size_t *right)
{
	size_t n = call->n, count = call->rows * n;
	float scale = 1.0f / (float)count;
	double sum = 0;

	*right += count_right(call, 0);
	for (size_t r = 0; r < call->rows; r++)
		for (size_t j = 0; j < n; j++) {
			double x = (double)call->logits[r * n + j];

			sum += (x < 0 ? 0 : x) + log1p(exp(-fabs(x)));
			if (is_label(call, r, j))
				sum -= x;
		}
	SIMD_CALL(call->features, logistic, (call->grad, call->logits, count, scale));
	for (size_t r = 0; r < call->rows; r++)
		for (size_t j = 0; j < n; j++)
			if (is_label(call, r, j))
				call->grad[r * n + j] -= scale;
	return sum / (double)n;
}

static double hinge_run(const LossCall *call, size_t *right)
{
	size_t n = call->n;
	float scale = 1.0f / (float)call->rows;
	double sum = 0;

	*right += count_right(call, 0);
	for (size_t r = 0; r < call->rows; r++)
		for (size_t j = 0; j < n; j++) {
			float t = is_label(call, r, j) ? 1 : -1;
			float margin = 1.0f - t * call->logits[r * n + j];

			sum += margin < 0 ? 0 : (double)margin;
			call->grad[r * n + j] = margin > 0 ? -t * scale : 0;
		}
	return sum;
}

static double mse_run(const LossCall *call, size_t *right)
{
	size_t n = call->n;
	float scale = 2.0f / (float)(call->rows * n);
	double sum = 0;

	*right += count_right(call, 0.5f);
	for (size_t r = 0; r < call->rows; r++)
		for (size_t j = 0; j < n; j++) {
			float d = call->logits[r * n + j] - wanted(call, r, j);

			sum += (double)d * (double)d;
			call->grad[r * n + j] = d * scale;
		}
	return sum / (double)n;
}

static double huber_run(const LossCall *call, size_t *right)
{
	size_t n = call->n;
	float scale = 1.0f / (float)(call->rows * n), delta = call->loss->delta;
	double sum = 0;

	*right += count_right(call, 0.5f);
	for (size_t r = 0; r < call->rows; r++)
		for (size_t j = 0; j < n; j++) {
			float d = call->logits[r * n + j] - wanted(call, r, j);
			double a = fabs((double)d), top = (double)delta;

			sum += a > top ? top * (a - 0.5 * top) : 0.5 * a * a;
			d = d > delta ? delta : d < -delta ? -delta : d;
			call->grad[r * n + j] = d * scale;
		}
	return sum / (double)n;
}

/* --- distillation ----------------------------------------------------------------------------- */

#define DISTILL_BLOCK 64

/* y = e^((x − shift)·scale), up to DISTILL_BLOCK of them. */
SIMD_INLINE void soft_body(float *restrict y, const float *x, size_t count, float shift,
			   float scale)
{
	SIMD_LOOP
	for (size_t i = 0; i < count; i++)
		y[i] = vec_exp_low((x[i] - shift) * scale);
}
SIMD_LEVELS(soft, (float *restrict y, const float *x, size_t count, float shift, float scale),
	    (y, x, count, shift, scale))

/* One row: its greatest logits and the sums of its exponentials. */
typedef struct DistillRow {
	const float *student, *teacher;
	float student_max, teacher_max;
	float sum, student_sum, teacher_sum; /* at T = 1, and at T */
	double divergence;                   /* KL at T */
} DistillRow;

static float row_max(const float *x, size_t n)
{
	float max = x[0];

	for (size_t j = 1; j < n; j++)
		max = x[j] > max ? x[j] : max;
	return max;
}

static void distill_sums(const LossCall *call, DistillRow *row)
{
	float cold = 1.0f / call->loss->temperature;
	float one[DISTILL_BLOCK], student[DISTILL_BLOCK], teacher[DISTILL_BLOCK];
	double cross = 0;

	for (size_t at = 0; at < call->n; at += DISTILL_BLOCK) {
		size_t n = call->n - at < DISTILL_BLOCK ? call->n - at : DISTILL_BLOCK;
		const float *s = row->student + at, *t = row->teacher + at;

		SIMD_CALL(call->features, soft, (one, s, n, row->student_max, 1));
		SIMD_CALL(call->features, soft, (student, s, n, row->student_max, cold));
		SIMD_CALL(call->features, soft, (teacher, t, n, row->teacher_max, cold));
		for (size_t j = 0; j < n; j++) {
			row->sum += one[j];
			row->student_sum += student[j];
			row->teacher_sum += teacher[j];
			cross += (double)teacher[j] * ((double)(t[j] - row->teacher_max) -
						       (double)(s[j] - row->student_max));
		}
	}
	row->divergence = cross * (double)cold / (double)row->teacher_sum -
			  log((double)row->teacher_sum) + log((double)row->student_sum);
}

/* grad from the sums; it may be the row of logits. */
static void distill_grad(const LossCall *call, const DistillRow *row, float *grad)
{
	const Loss *loss = call->loss;
	float cold = 1.0f / loss->temperature, share = 1.0f / (float)call->rows;
	float hard = (1.0f - loss->alpha) * share, soft = loss->alpha * loss->temperature * share;
	float rest = hard * loss->smoothing / (float)call->n;
	float one[DISTILL_BLOCK], student[DISTILL_BLOCK], teacher[DISTILL_BLOCK];

	for (size_t at = 0; at < call->n; at += DISTILL_BLOCK) {
		size_t n = call->n - at < DISTILL_BLOCK ? call->n - at : DISTILL_BLOCK;
		const float *s = row->student + at, *t = row->teacher + at;

		SIMD_CALL(call->features, soft, (one, s, n, row->student_max, 1));
		SIMD_CALL(call->features, soft, (student, s, n, row->student_max, cold));
		SIMD_CALL(call->features, soft, (teacher, t, n, row->teacher_max, cold));
		for (size_t j = 0; j < n; j++)
			grad[at + j] = hard / row->sum * one[j] - rest +
				       soft * (student[j] / row->student_sum -
					       teacher[j] / row->teacher_sum);
	}
}

static double distill_run(const LossCall *call, size_t *right)
{
	double alpha = (double)call->loss->alpha, t = (double)call->loss->temperature;
	double smoothing = (double)call->loss->smoothing, sum = 0;
	size_t n = call->n;

	assert(call->teacher);
	*right += count_right(call, 0);
	for (size_t r = 0; r < call->rows; r++) {
		DistillRow row = { .student = call->logits + r * n,
				   .teacher = call->teacher + r * n };
		float *grad = call->grad + r * n;
		double hard;

		row.student_max = row_max(row.student, n);
		row.teacher_max = row_max(row.teacher, n);
		distill_sums(call, &row);
		hard = xent_cross(row.student, n, call->labels[r], smoothing) +
		       (double)row.student_max + log((double)row.sum);
		sum += (1 - alpha) * hard + alpha * t * t * row.divergence;
		distill_grad(call, &row, grad);
		grad[call->labels[r]] -= (1.0f - call->loss->alpha) *
					 (1.0f - call->loss->smoothing) / (float)call->rows;
	}
	return sum;
}

/* --- the table -------------------------------------------------------------------------------- */

double loss_run(uint32_t features, const Loss *loss, float *grad, const float *logits,
		const uint16_t *labels, const float *teacher, size_t rows, size_t n, size_t *right)
{
	static double (*const runs[LOSS_KINDS])(const LossCall *, size_t *) = {
		[LOSS_XENT] = xent_run, [LOSS_BCE] = bce_run,     [LOSS_HINGE] = hinge_run,
		[LOSS_MSE] = mse_run,   [LOSS_HUBER] = huber_run, [LOSS_DISTILL] = distill_run,
	};
	LossCall call = { features, loss, grad, logits, teacher, labels, NULL, rows, n };

	return runs[loss->kind](&call, right);
}

double loss_run_numbers(uint32_t features, const Loss *loss, float *grad, const float *outputs,
			const float *targets, size_t rows)
{
	LossCall call = { features, loss, grad, outputs, NULL, NULL, targets, rows, 1 };
	size_t right = 0;

	assert(loss->kind == LOSS_MSE || loss->kind == LOSS_HUBER);
	return loss->kind == LOSS_MSE ? mse_run(&call, &right) : huber_run(&call, &right);
}

Loss loss_default(LossKind kind)
{
	return (Loss){ .kind = kind, .delta = 1, .alpha = 0.7f, .temperature = 4 };
}

bool loss_find(const char *name, LossKind *kind)
{
	for (int i = 0; i < LOSS_KINDS; i++)
		if (strcmp(losses[i].name, name) == 0) {
			*kind = (LossKind)i;
			return true;
		}
	return false;
}

const Info losses[LOSS_KINDS] = {
	[LOSS_XENT] = { .name = "xent",
			.title = "Cross-entropy",
			.about = "Softmax cross-entropy, with label smoothing if asked." },
	[LOSS_BCE] = { .name = "bce",
		       .title = "Binary cross-entropy",
		       .about = "Logistic loss of each class against the rest." },
	[LOSS_HINGE] = { .name = "hinge",
			 .title = "Hinge",
			 .about = "Linear SVMs, one for each class against the rest." },
	[LOSS_MSE] = { .name = "mse",
		       .title = "Mean squared error",
		       .about = "Squared distance from the class as 0 and 1." },
	[LOSS_HUBER] = { .name = "huber",
			 .title = "Huber",
			 .about = "Squared up to delta, linear beyond." },
	[LOSS_DISTILL] = { .name = "distill",
			   .title = "Distillation",
			   .about = "Cross-entropy mixed with the distance from a teacher." },
};
