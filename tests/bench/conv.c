/* Convolution on one thread: GFLOP/s of each pass in f32 and in bfloat16, interleaved; the tenth
 * fastest of a hundred. Not a test: prints figures.
 *
 *     env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE tests/bench/conv [rounds [images]]
 *
 * Multiply-adds with padding are not counted. "peak" is a chain of multiply-adds in registers, of
 * f32; bfloat16 has twice that.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/order.h"
#include "num/conv/conv.h"
#include "num/conv/conv_bf16.h"
#include "num/cpu.h"
#include "num/simd.h"
#include "take.h"

#define SHAPES (sizeof shapes / sizeof *shapes)
#define ROUNDS_DEFAULT 60
#define SAMPLE_NS 400000 /* a sample repeats a call for at least so long */

typedef struct Shape {
	const char *name;
	Conv conv;
} Shape;

typedef struct Bench {
	Conv conv;
	size_t blocks;
	float *x, *y, *w, *b, *grad_x, *grad_w;
	void *scratch;
	uint32_t features;
} Bench;

typedef struct Arm {
	const char *name;
	void (*call)(const Bench *b);
} Arm;

static const Shape shapes[] = {
	{ "lenet5 1: 1-6 5x5 pad 2, 28x28",
	  { .channels = 1,
	    .height = 28,
	    .width = 28,
	    .filters = 6,
	    .kernel_h = 5,
	    .kernel_w = 5,
	    .pad_h = 2,
	    .pad_w = 2 } },
	{ "lenet5 2: 6-16 5x5, 14x14",
	  { .channels = 6,
	    .height = 14,
	    .width = 14,
	    .filters = 16,
	    .kernel_h = 5,
	    .kernel_w = 5 } },
	{ "cnn 1: 1-16 3x3 pad 1, 28x28",
	  { .channels = 1,
	    .height = 28,
	    .width = 28,
	    .filters = 16,
	    .kernel_h = 3,
	    .kernel_w = 3,
	    .pad_h = 1,
	    .pad_w = 1 } },
	{ "cnn 2: 16-32 3x3 pad 1, 14x14",
	  { .channels = 16,
	    .height = 14,
	    .width = 14,
	    .filters = 32,
	    .kernel_h = 3,
	    .kernel_w = 3,
	    .pad_h = 1,
	    .pad_w = 1 } },
	{ "64-64 3x3 pad 1, 14x14",
	  { .channels = 64,
	    .height = 14,
	    .width = 14,
	    .filters = 64,
	    .kernel_h = 3,
	    .kernel_w = 3,
	    .pad_h = 1,
	    .pad_w = 1 } },
	{ "32-32 3x3 pad 1 stride 2, 14x14",
	  { .channels = 32,
	    .height = 14,
	    .width = 14,
	    .filters = 32,
	    .kernel_h = 3,
	    .kernel_w = 3,
	    .pad_h = 1,
	    .pad_w = 1,
	    .stride_h = 2,
	    .stride_w = 2 } },
	{ "32-64 1x1, 14x14",
	  { .channels = 32,
	    .height = 14,
	    .width = 14,
	    .filters = 64,
	    .kernel_h = 1,
	    .kernel_w = 1 } },
	{ "32 depthwise 3x3 pad 1, 14x14",
	  { .channels = 32,
	    .height = 14,
	    .width = 14,
	    .filters = 32,
	    .kernel_h = 3,
	    .kernel_w = 3,
	    .pad_h = 1,
	    .pad_w = 1,
	    .groups = 32 } },
};

static float *numbers(size_t count)
{
	float *p = take(count, sizeof *p);

	for (size_t i = 0; i < count; i++)
		p[i] = random_uniform(&source, -1, 1);
	return p;
}

static Bench bench_new(const Shape *shape, size_t images)
{
	Bench b = { .conv = shape->conv, .blocks = (images + 15) / 16, .features = cpu_features() };

	b.conv.groups += !b.conv.groups;
	b.conv.stride_h += !b.conv.stride_h;
	b.conv.stride_w += !b.conv.stride_w;
	if (!conv_shape(&b.conv, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	b.x = numbers(b.blocks * conv_in(&b.conv) * KERNEL_TILE);
	b.y = numbers(b.blocks * conv_out(&b.conv) * KERNEL_TILE);
	b.grad_x = numbers(b.blocks * conv_in(&b.conv) * KERNEL_TILE);
	b.w = numbers(conv_taps(&b.conv) * b.conv.filters);
	b.grad_w = numbers(conv_taps(&b.conv) * b.conv.filters);
	b.b = numbers(b.conv.filters);
	b.scratch = take(1, conv_grad_input_scratch(&b.conv) + conv_grad_weights_scratch(&b.conv) +
				    conv_bf16_scratch(&b.conv) +
				    conv_bf16_weights_scratch(&b.conv));
	return b;
}

static void call_forward(const Bench *b)
{
	conv_forward(b->features, &b->conv, b->w, b->b, true, b->x, b->y, b->blocks);
}

static void call_grad_input(const Bench *b)
{
	conv_grad_input(b->features, &b->conv, b->w, b->y, b->grad_x, b->blocks, b->scratch);
}

static void call_grad_weights(const Bench *b)
{
	conv_grad_weights(b->features, &b->conv, b->x, b->y, b->grad_w, b->blocks, 0, 1,
			  b->scratch);
}

static void call_forward_bf16(const Bench *b)
{
	conv_bf16_forward(b->features, &b->conv, b->w, b->b, true, b->x, b->y, b->blocks,
			  b->scratch);
}

static void call_grad_input_bf16(const Bench *b)
{
	conv_bf16_grad_input(b->features, &b->conv, b->w, b->y, b->grad_x, b->blocks, b->scratch);
}

static void call_grad_weights_bf16(const Bench *b)
{
	conv_bf16_grad_weights(b->features, &b->conv, b->x, b->y, b->grad_w, b->blocks, 0, 1,
			       b->scratch);
}

static const Arm arms[] = {
	{ "forward", call_forward },
	{ "bf16", call_forward_bf16 },
	{ "grad_input", call_grad_input },
	{ "bf16", call_grad_input_bf16 },
	{ "grad_weights", call_grad_weights },
	{ "bf16", call_grad_weights_bf16 },
};
#define ARMS (sizeof arms / sizeof *arms)

/* Nanoseconds of a call. */
static double once(const Arm *arm, const Bench *b, size_t repeats)
{
	int64_t begin = clock_now_ns();

	for (size_t i = 0; i < repeats; i++)
		arm->call(b);
	return (double)(clock_now_ns() - begin) / (double)repeats;
}

#if SIMD_X86
static SIMD_AVX512 float peak_avx512(size_t n)
{
	__m512 k = _mm512_set1_ps(0.9f), sum[8], total = _mm512_setzero_ps();

	SIMD_UNROLL
	for (int c = 0; c < 8; c++) /* chains that differ, or the compiler makes them one */
		sum[c] = _mm512_set1_ps((float)c);
	for (size_t i = 0; i < n; i++) {
		SIMD_UNROLL
		for (int c = 0; c < 8; c++)
			sum[c] = _mm512_fmadd_ps(sum[c], k, k);
	}
	SIMD_UNROLL
	for (int c = 0; c < 8; c++)
		total = _mm512_add_ps(total, sum[c]);
	return _mm512_reduce_add_ps(total);
}
#endif

/* GFLOP/s of AVX-512 multiply-adds now; 0 without them. */
static double peak_now(void)
{
#if SIMD_X86
	static volatile float sink;
	const size_t n = 40000;
	int64_t begin = clock_now_ns();

	if (!(cpu_features() & CPU_AVX512))
		return 0;
	sink = peak_avx512(n);
	(void)sink;
	return (double)n * 8 * 32 / (double)(clock_now_ns() - begin);
#else
	return 0;
#endif
}

/* Multiply-adds of an image without those on padding. */
static uint64_t executed(const Conv *c)
{
	uint64_t high = 0, wide = 0;

	for (size_t i = 0; i < c->out_height * c->kernel_h; i++)
		high += i / c->kernel_h * c->stride_h + i % c->kernel_h - c->pad_h < c->height;
	for (size_t i = 0; i < c->out_width * c->kernel_w; i++)
		wide += i / c->kernel_w * c->stride_w + i % c->kernel_w - c->pad_w < c->width;
	return high * wide * (c->channels / c->groups) * c->filters;
}

static void bench_shape(const Shape *shape, size_t rounds, size_t images)
{
	ArenaMark mark = arena_mark(arena);
	Bench b = bench_new(shape, images);
	double *sample[ARMS], *peak = take(rounds, sizeof *peak);
	double flop = 2.0 * (double)executed(&b.conv) * 16 * (double)b.blocks;
	size_t repeats[ARMS];

	for (size_t a = 0; a < ARMS; a++) {
		sample[a] = take(rounds, sizeof *sample[a]);
		once(&arms[a], &b, 1);
		repeats[a] = 1 + (size_t)(SAMPLE_NS / once(&arms[a], &b, 1));
	}
	for (size_t r = 0; r < rounds; r++) {
		peak[r] = peak_now();
		for (size_t a = 0; a < ARMS; a++)
			sample[a][r] = once(&arms[a], &b, repeats[a]);
	}
	order_sort(peak, rounds);
	printf("%-34s peak %5.1f", shape->name, peak[rounds / 2]);
	for (size_t a = 0; a < ARMS; a++) {
		order_sort(sample[a], rounds);
		printf("  %s %6.1f us %5.1f (%3.0f %%)", arms[a].name, sample[a][rounds / 10] / 1e3,
		       flop / sample[a][rounds / 10],
		       100 * flop / sample[a][rounds / 10] / peak[rounds / 2]);
	}
	putchar('\n');
	fflush(stdout);
	arena_rewind(arena, mark);
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : ROUNDS_DEFAULT;
	size_t images = argc > 2 ? strtoul(argv[2], NULL, 10) : 64;

	random_init(&source, 1, RANDOM_WEIGHTS);
	arena = arena_new(1 << 20, &err);
	if (!arena || rounds < 1 || images < 1)
		return 1;
	for (size_t s = 0; s < SHAPES; s++)
		bench_shape(&shapes[s], rounds, images);
	arena_free(arena);
	return 0;
}
