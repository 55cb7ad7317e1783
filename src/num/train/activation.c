/* Activations: for each kind one expression for the value and one for the gradient.
 * SPDX-License-Identifier: MIT */
#include "num/train/activation.h"

#include "num/train/vecmath.h"

#define ACT_LEAK 0.01f

SIMD_INLINE float relu_value(float x)
{
	return x < 0 ? 0 : x; /* not a number stays so */
}

SIMD_INLINE float relu_slope(float dy, float y)
{
	return y > 0 ? dy : 0;
}

SIMD_INLINE float tanh_value(float x)
{
	return vec_tanh(x);
}

SIMD_INLINE float tanh_slope(float dy, float y)
{
	return dy * (1.0f - y * y);
}

SIMD_INLINE float sigmoid_value(float x)
{
	return vec_logistic(x);
}

SIMD_INLINE float sigmoid_slope(float dy, float y)
{
	return dy * (y * (1.0f - y));
}

SIMD_INLINE float gelu_value(float x)
{
	return x * vec_normal(x);
}

SIMD_INLINE float gelu_slope(float dy, float x)
{
	float power = -0.5f * x * x;
	float density = power < -87.0f ? 0 : 0.398942280f * vec_exp_low(power);

	return dy * (vec_normal(x) + x * density);
}

#define ACT(name)                                                                                 \
	SIMD_INLINE void name##_body(float *y, const float *x, size_t count)                      \
	{                                                                                         \
		SIMD_LOOP                                                                         \
		for (size_t i = 0; i < count; i++)                                                \
			y[i] = name##_value(x[i]);                                                \
	}                                                                                         \
	SIMD_LEVELS(name, (float *y, const float *x, size_t count), (y, x, count))                \
	static void name##_run(uint32_t features, float *y, const float *x, size_t count)         \
	{                                                                                         \
		SIMD_CALL(features, name, (y, x, count));                                         \
	}                                                                                         \
	SIMD_INLINE void name##_back_body(float *dx, const float *dy, const float *kept,          \
					  size_t count)                                           \
	{                                                                                         \
		SIMD_LOOP                                                                         \
		for (size_t i = 0; i < count; i++)                                                \
			dx[i] = name##_slope(dy[i], kept[i]);                                     \
	}                                                                                         \
	SIMD_LEVELS(name##_back, (float *dx, const float *dy, const float *kept, size_t count),   \
		    (dx, dy, kept, count))                                                        \
	static void name##_grad(uint32_t features, float *dx, const float *dy, const float *kept, \
				size_t count)                                                     \
	{                                                                                         \
		SIMD_CALL(features, name##_back, (dx, dy, kept, count));                          \
	}
ACT(relu)
ACT(tanh)
ACT(sigmoid)
ACT(gelu)

SIMD_INLINE void leaky_body(float *y, const float *x, size_t count, float slope)
{
	SIMD_LOOP
	for (size_t i = 0; i < count; i++)
		y[i] = x[i] < 0 ? slope * x[i] : x[i];
}
SIMD_LEVELS(leaky, (float *y, const float *x, size_t count, float slope), (y, x, count, slope))

void act_leaky(uint32_t features, float slope, float *y, const float *x, size_t count)
{
	SIMD_CALL(features, leaky, (y, x, count, slope));
}

SIMD_INLINE void leaky_back_body(float *dx, const float *dy, const float *y, size_t count,
				 float slope)
{
	SIMD_LOOP
	for (size_t i = 0; i < count; i++)
		dx[i] = y[i] > 0 ? dy[i] : slope * dy[i];
}
SIMD_LEVELS(leaky_back, (float *dx, const float *dy, const float *y, size_t count, float slope),
	    (dx, dy, y, count, slope))

void act_leaky_grad(uint32_t features, float slope, float *dx, const float *dy, const float *y,
		    size_t count)
{
	SIMD_CALL(features, leaky_back, (dx, dy, y, count, slope));
}

/* --- by kind ---------------------------------------------------------------------------------- */

static void leaky_run(uint32_t features, float *y, const float *x, size_t count)
{
	act_leaky(features, ACT_LEAK, y, x, count);
}

static void leaky_grad(uint32_t features, float *dx, const float *dy, const float *y, size_t count)
{
	act_leaky_grad(features, ACT_LEAK, dx, dy, y, count);
}

void act_run(uint32_t features, ActKind kind, float *y, const float *x, size_t count)
{
	static void (*const runs[ACT_KINDS])(uint32_t, float *, const float *, size_t) = {
		[ACT_RELU] = relu_run,       [ACT_LEAKY] = leaky_run, [ACT_TANH] = tanh_run,
		[ACT_SIGMOID] = sigmoid_run, [ACT_GELU] = gelu_run,
	};

	runs[kind](features, y, x, count);
}

bool act_of_x(ActKind kind)
{
	return kind == ACT_GELU;
}

void act_grad(uint32_t features, ActKind kind, float *dx, const float *dy, const float *kept,
	      size_t count)
{
	static void (*const grads[ACT_KINDS])(uint32_t, float *, const float *, const float *,
					      size_t) = {
		[ACT_RELU] = relu_grad,       [ACT_LEAKY] = leaky_grad, [ACT_TANH] = tanh_grad,
		[ACT_SIGMOID] = sigmoid_grad, [ACT_GELU] = gelu_grad,
	};

	grads[kind](features, dx, dy, kept, count);
}

/* --- softmax ---------------------------------------------------------------------------------- */

SIMD_INLINE void exp_low_body(float *x, size_t count)
{
	SIMD_LOOP
	for (size_t i = 0; i < count; i++)
		x[i] = vec_exp_low(x[i]);
}
SIMD_LEVELS(exp_low, (float *x, size_t count), (x, count))

void act_exp_low(uint32_t features, float *x, size_t count)
{
	SIMD_CALL(features, exp_low, (x, count));
}

size_t act_shift(float *shifted, const float *x, size_t n)
{
	size_t best = 0;
	float max;

	for (size_t j = 1; j < n; j++)
		if (x[j] > x[best])
			best = j;
	max = x[best];
	for (size_t j = 0; j < n; j++)
		shifted[j] = x[j] - max;
	return best;
}

void act_softmax(uint32_t features, float *y, const float *x, size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r++)
		act_shift(y + r * n, x + r * n, n);
	act_exp_low(features, y, rows * n);
	for (size_t r = 0; r < rows; r++) {
		float *row = y + r * n;
		float sum = 0;

		for (size_t j = 0; j < n; j++)
			sum += row[j];
		sum = 1.0f / sum;
		for (size_t j = 0; j < n; j++)
			row[j] *= sum;
	}
}

void act_softmax_grad(uint32_t features, float *dx, const float *dy, const float *y, size_t rows,
		      size_t n)
{
	(void)features; /* rows are short, and their sums have one order */
	for (size_t at = 0; at < rows * n; at += n) {
		float sum = 0;

		for (size_t j = 0; j < n; j++)
			sum += dy[at + j] * y[at + j];
		for (size_t j = 0; j < n; j++)
			dx[at + j] = y[at + j] * (dy[at + j] - sum);
	}
}
