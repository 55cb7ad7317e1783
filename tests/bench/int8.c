/* Integer kernels beside the machine's limits: convolutions of cnn and lenet5 an image, the dense
 * layers of lenet300 a batch; interleaved medians, one thread. Not a test: prints figures.
 *
 *     tests/bench/int8 [rounds]
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/order.h"
#include "num/conv/conv.h"
#include "num/cpu.h"
#include "num/kernel.h"
#include "num/simd.h"
#include "take.h"

#define ARMS_MAX 96
#define LAYERS_MAX 3
#define ROUNDS_DEFAULT 200
#define WEIGHT_BYTES 266200 /* of lenet300 */

/* Layers of one kernel, each with its own input and output. */
typedef struct Arm {
	char name[48];
	void (*call)(const struct Arm *arm);
	size_t layers, rows;
	double work; /* multiply-adds or bytes of a call */
	const Kernel *kernel;
	KernelPacked packed[LAYERS_MAX];
	void *x[LAYERS_MAX], *y[LAYERS_MAX];
	size_t x_ld[LAYERS_MAX], y_ld[LAYERS_MAX];
	uint8_t *bytes; /* copied to the first x when given: quantization of pixels */
	void *scratch;
	size_t scratch_bytes, repeats;
	double *sample_us;
} Arm;

static Arm arms[ARMS_MAX];
static size_t arm_count;
static size_t padded(size_t n)
{
	return (n + KERNEL_U8_ALIGN - 1) / KERNEL_U8_ALIGN * KERNEL_U8_ALIGN;
}

/* --- limits ----------------------------------------------------------------------------------- */

static volatile int sink;

#if SIMD_X86

/* Reads WEIGHT_BYTES, which are in the second cache. */
static SIMD_AVX512 void call_read(const Arm *arm)
{
	const char *x = arm->x[0];
	__m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;

	for (size_t i = 0; i + 256 <= WEIGHT_BYTES; i += 256) {
		a = _mm512_or_si512(a, _mm512_loadu_si512(x + i));
		b = _mm512_or_si512(b, _mm512_loadu_si512(x + i + 64));
		c = _mm512_or_si512(c, _mm512_loadu_si512(x + i + 128));
		d = _mm512_or_si512(d, _mm512_loadu_si512(x + i + 192));
	}
	a = _mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(c, d));
	sink = _mm512_reduce_or_epi32(a);
}

#define PEAK_STEPS 20000

static SIMD_VNNI void call_peak(const Arm *arm)
{
	__m512i w = _mm512_set1_epi8(3), a = w, b = w, c = w, d = w, e = w, f = w, g = w, h = w;

	(void)arm;
	for (int i = 0; i < PEAK_STEPS / 8; i++)
		__asm__ volatile("vpdpbusd %8, %8, %0\n\tvpdpbusd %8, %8, %1\n\t"
				 "vpdpbusd %8, %8, %2\n\tvpdpbusd %8, %8, %3\n\t"
				 "vpdpbusd %8, %8, %4\n\tvpdpbusd %8, %8, %5\n\t"
				 "vpdpbusd %8, %8, %6\n\tvpdpbusd %8, %8, %7"
				 : "+v"(a), "+v"(b), "+v"(c), "+v"(d), "+v"(e), "+v"(f), "+v"(g),
				   "+v"(h)
				 : "v"(w));
	a = _mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(c, d));
	b = _mm512_or_si512(_mm512_or_si512(e, f), _mm512_or_si512(g, h));
	sink = _mm512_reduce_or_epi32(_mm512_or_si512(a, b));
}

#endif

static Arm *arm_new(const char *name, void (*call)(const Arm *arm), size_t rows)
{
	Arm *arm = &arms[arm_count++];

	snprintf(arm->name, sizeof arm->name, "%s", name);
	arm->call = call;
	arm->rows = rows;
	return arm;
}

static void add_limits(void)
{
#if SIMD_X86
	uint32_t features = cpu_features();
	Arm *arm;

	if (features & CPU_AVX512) {
		arm = arm_new("read 266 KB (GB/s)", call_read, 1);
		arm->x[0] = take(WEIGHT_BYTES, 1);
		arm->work = WEIGHT_BYTES;
	}
	if (features & CPU_VNNI) {
		arm = arm_new("VPDPBUSD", call_peak, 1);
		arm->work = PEAK_STEPS * 64.0;
	}
#endif
}

/* --- layers ----------------------------------------------------------------------------------- */

static void call_layers(const Arm *arm)
{
	if (arm->bytes)
		for (size_t r = 0; r < arm->rows; r++)
			memcpy((uint8_t *)arm->x[0] + r * arm->x_ld[0], arm->bytes + r * 784, 784);
	for (size_t l = 0; l < arm->layers; l++)
		arm->kernel->run(&arm->packed[l], arm->x[l], arm->x_ld[l], arm->y[l], arm->y_ld[l],
				 arm->rows, arm->scratch);
}

static Linear *layer_new(size_t in, size_t out, bool relu)
{
	Linear *layer = take(1, sizeof *layer);
	LinearQuant *quant = take(1, sizeof *quant);
	int8_t *w = take(in * out, 1);
	float *scale = take(out, sizeof *scale);

	for (size_t i = 0; i < in * out; i++)
		w[i] = (int8_t)((int)random_below(&source, 255) - 127);
	for (size_t o = 0; o < out; o++)
		scale[o] = 0.1f / 127;
	*quant = (LinearQuant){ .w = w,
				.w_scale = scale,
				.x_scale = 1.0f / 255,
				.y_scale = 0.05f,
				.x_zero = 7,
				.y_zero = 7 };
	*layer = (Linear){ .in = in,
			   .out = out,
			   .b = take(out, sizeof(float)),
			   .relu = relu,
			   .to_f32 = !relu,
			   .quant = quant };
	return layer;
}

static void arm_add(Arm *arm, const Linear *layer, size_t in, size_t out)
{
	size_t l = arm->layers++;
	size_t size = layer->to_f32 ? sizeof(float) : 1;
	KernelPacked *packed = &arm->packed[l];

	if (!arm->kernel->pack(packed, layer, arena, &err)) {
		fprintf(stderr, "%s: %s\n", arm->kernel->info.name, err.text);
		exit(1);
	}
	arm->x_ld[l] = padded(in);
	arm->y_ld[l] = layer->to_f32 ? out : padded(out);
	arm->x[l] = take(arm->rows, arm->x_ld[l]);
	arm->y[l] = take(arm->rows * arm->y_ld[l], size);
	for (size_t i = 0; i < arm->rows * arm->x_ld[l]; i++)
		((uint8_t *)arm->x[l])[i] = (uint8_t)random_below(&source, 256);
	if (packed->scratch_bytes > arm->scratch_bytes) {
		arm->scratch_bytes = packed->scratch_bytes;
		arm->scratch = take(packed->scratch_bytes, 1);
	}
	arm->work += (double)packed->macs * (double)arm->rows;
}

static void add_convs(const char *name, const Kernel *kernel, size_t rows, const Conv *first,
		      size_t count)
{
	char text[48];
	Arm *arm;

	snprintf(text, sizeof text, "%s x%zu, %s", name, rows, kernel->info.name);
	arm = arm_new(text, call_layers, rows);
	arm->kernel = kernel;
	for (size_t i = 0; i < count; i++) {
		Conv *conv = take(1, sizeof *conv);
		Linear *layer;

		*conv = first[i];
		if (!conv_shape(conv, &err))
			exit(1);
		layer = layer_new(conv_taps(conv), conv->filters, true);
		layer->conv = conv;
		arm_add(arm, layer, conv_in(conv), conv_out(conv));
	}
}

static void add_dense(const Kernel *kernel, size_t rows)
{
	static const size_t widths[] = { 784, 300, 100, 10 };
	char text[48];
	Arm *arm;

	snprintf(text, sizeof text, "lenet300 x%zu, %s", rows, kernel->info.name);
	arm = arm_new(text, call_layers, rows);
	arm->kernel = kernel;
	arm->bytes = take(rows, 784);
	for (size_t l = 0; l < 3; l++)
		arm_add(arm, layer_new(widths[l], widths[l + 1], l < 2), widths[l], widths[l + 1]);
}

#define IMAGE(c, side, f, k, pad)                                                          \
	{                                                                                  \
		.channels = c, .height = side, .width = side, .filters = f, .kernel_h = k, \
		.kernel_w = k, .stride_h = 1, .stride_w = 1, .pad_h = pad, .pad_w = pad,   \
		.groups = 1                                                                \
	}

static const Conv cnn[] = { IMAGE(1, 28, 16, 3, 1), IMAGE(16, 14, 32, 3, 1) };
static const Conv lenet5[] = { IMAGE(1, 28, 6, 5, 2), IMAGE(6, 14, 16, 5, 0) };

/* --- timing ----------------------------------------------------------------------------------- */

static void time_arm(Arm *arm, size_t round)
{
	int64_t begin = clock_now_ns();

	for (size_t i = 0; i < arm->repeats; i++)
		arm->call(arm);
	arm->sample_us[round] = (double)(clock_now_ns() - begin) * 1e-3 / (double)arm->repeats;
}

/* Samples of at least 100 µs, the arms in a new order each round. */
static void time_arms(size_t rounds)
{
	uint32_t order[ARMS_MAX];

	for (size_t a = 0; a < arm_count; a++) {
		arms[a].sample_us = take(rounds, sizeof(double));
		arms[a].repeats = 1;
		for (int i = 0; i < 5; i++)
			time_arm(&arms[a], 0);
		arms[a].repeats = 1 + (size_t)(100 / arms[a].sample_us[0]);
		order[a] = (uint32_t)a;
	}
	for (size_t round = 0; round < rounds; round++) {
		random_shuffle(&source, order, arm_count);
		for (size_t a = 0; a < arm_count; a++)
			time_arm(&arms[order[a]], round);
	}
	printf("%-36s %10s %10s %10s %10s\n", "", "median us", "best us", "us a row", "G/s");
	for (size_t a = 0; a < arm_count; a++) {
		const Arm *arm = &arms[a];
		double median;

		order_sort(arm->sample_us, rounds);
		median = arm->sample_us[rounds / 2];
		printf("%-36s %10.2f %10.2f %10.3f %10.1f\n", arm->name, median, arm->sample_us[0],
		       median / (double)arm->rows, arm->work / median * 1e-3);
	}
}

int main(int argc, char **argv)
{
	static const size_t batches[] = { 1, 2, 3, 5, 64, 256 };
	size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : ROUNDS_DEFAULT;
	uint32_t features = cpu_features();

	arena = arena_new(64 << 20, &err);
	if (!arena || rounds == 0) {
		fprintf(stderr, "usage: int8 [rounds]\n");
		return 2;
	}
	random_init(&source, 1, RANDOM_WEIGHTS);
	add_limits();
	for (size_t i = 0; kernels[i]; i++) {
		const Kernel *kernel = kernels[i];
		bool slow = kernel->needs == 0;

		if (kernel->form != KERNEL_INT8 || (kernel->needs & ~features))
			continue;
		if (kernel->op == KERNEL_LINEAR) {
			for (size_t b = 0; b < (slow ? 1 : sizeof batches / sizeof *batches); b++)
				add_dense(kernel, batches[b]);
			continue;
		}
		add_convs("cnn conv 1", kernel, 1, cnn, 1);
		add_convs("cnn conv 2", kernel, 1, cnn + 1, 1);
		add_convs("cnn", kernel, slow ? 1 : 16, cnn, 2);
		add_convs("lenet5 conv 1", kernel, 1, lenet5, 1);
		add_convs("lenet5 conv 2", kernel, 1, lenet5 + 1, 1);
		add_convs("lenet5", kernel, slow ? 1 : 16, lenet5, 2);
	}
	time_arms(rounds);
	arena_free(arena);
	return 0;
}
