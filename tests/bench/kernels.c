/* Kernels beside bare sgemm: interleaved medians in one process, one thread. Not a test: prints
 * figures.
 *
 *     env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE tests/bench/kernels [rounds]
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/order.h"
#include "num/blas.h"
#include "num/cpu.h"
#include "num/dense/gemm.h"
#include "num/dense/gemm_bf16.h"
#include "num/kernel.h"
#include "num/train/loss.h"
#include "num/train/train.h"
#include "take.h"

#define ARMS_MAX 24
#define LAYERS 3
#define ROUNDS_DEFAULT 200

/* Something to time; work: multiply-adds of one call, 0 when the time alone matters. */
typedef struct Arm {
	char name[40];
	void (*call)(const struct Arm *arm);
	const void *subject;
	size_t rows;
	double work;
	size_t repeats; /* calls in one sample */
	double *sample_us;
} Arm;

typedef struct Net {
	Linear layer[LAYERS];
	LinearQuant quant[LAYERS];
	float *x; /* (rows, ld) f32 by rows */
	uint8_t *bytes;
	uint8_t table[256];
	void *between[LAYERS + 1]; /* results of the steps, large enough for any layout */
	size_t between_bytes;
} Net;

/* A net lowered to one kernel; first: the layers used. */
typedef struct Lowered {
	Net *net;
	const Kernel *kernel;
	KernelPacked packed[LAYERS];
	size_t layers;
	bool convert; /* from bytes, timed */
	void *scratch;
} Lowered;

static const size_t lenet300[LAYERS + 1] = { 784, 300, 100, 10 };
static uint32_t features;
static size_t padded(size_t n, size_t align)
{
	return (n + align - 1) / align * align;
}

/* zero_share: of the weights, or of the blocks of 1 x `block` of them. */
static Net *net_new(size_t rows, double zero_share, size_t block)
{
	Net *net = take(1, sizeof *net);
	size_t ld = padded(rows, KERNEL_COLS_ALIGN);

	net->x = take(784 * ld, sizeof *net->x);
	net->bytes = take(784 * rows, 1);
	net->between_bytes = 1024 * (ld > rows ? ld : rows) * sizeof(float);
	for (int i = 0; i <= LAYERS; i++)
		net->between[i] = take(1, net->between_bytes);
	for (size_t i = 0; i < 784 * rows; i++) {
		net->bytes[i] = (uint8_t)random_below(&source, 256);
		net->x[i] = (float)net->bytes[i] / 255;
	}
	for (int i = 0; i < 256; i++)
		net->table[i] = (uint8_t)i;
	for (int l = 0; l < LAYERS; l++) {
		size_t in = lenet300[l], out = lenet300[l + 1];
		float *w = take(in * out, sizeof *w), *b = take(out, sizeof *b),
		      *scale = take(out, sizeof *scale);
		int8_t *w_q = take(in * out, 1);

		for (size_t i = 0, kept = 0; i < in * out; i++) {
			if (i % out % block == 0)
				kept = random_unit(&source) >= zero_share;
			w[i] = kept ? random_uniform(&source, -0.1f, 0.1f) : 0;
			w_q[i] = (int8_t)((int)random_below(&source, 255) - 127);
		}
		for (size_t o = 0; o < out; o++)
			scale[o] = 0.1f / 127;
		net->quant[l] = (LinearQuant){ .w = w_q,
					       .w_scale = scale,
					       .x_scale = 1.0f / 255,
					       .y_scale = 0.05f,
					       .x_zero = l ? 7 : 0,
					       .y_zero = 7 };
		net->layer[l] = (Linear){ .in = in,
					  .out = out,
					  .w = w,
					  .b = b,
					  .relu = l < LAYERS - 1,
					  .to_f32 = l == LAYERS - 1,
					  .quant = &net->quant[l] };
	}
	return net;
}

static size_t net_ld(Layout layout, size_t rows, size_t n)
{
	if (layout == LAYOUT_COLS_F32)
		return padded(rows, KERNEL_COLS_ALIGN);
	return layout == LAYOUT_ROWS_U8 ? padded(n, KERNEL_U8_ALIGN) : n;
}

static void convert_input(const Lowered *lowered, size_t rows)
{
	const Net *net = lowered->net;
	Layout layout = lowered->packed[0].in;
	size_t ld = net_ld(layout, rows, 784);

	if (layout == LAYOUT_ROWS_F32)
		convert_bytes_to_rows(features, net->bytes, 784, net->between[0], ld, rows, 784,
				      1.0f / 255);
	else if (layout == LAYOUT_COLS_F32)
		convert_bytes_to_cols(features, net->bytes, 784, net->between[0], ld, rows, 784,
				      1.0f / 255);
	else
		convert_bytes_to_u8(features, net->bytes, 784, net->between[0], ld, rows, 784,
				    net->table);
}

static void call_net(const Arm *arm)
{
	const Lowered *lowered = arm->subject;
	const Net *net = lowered->net;

	if (lowered->convert)
		convert_input(lowered, arm->rows);
	for (size_t l = 0; l < lowered->layers; l++) {
		const KernelPacked *packed = &lowered->packed[l];
		size_t in = lenet300[l], out = lenet300[l + 1];

		lowered->kernel->run(packed, net->between[l], net_ld(packed->in, arm->rows, in),
				     net->between[l + 1], net_ld(packed->out, arm->rows, out),
				     arm->rows, lowered->scratch);
	}
	if (lowered->convert && lowered->packed[0].in == LAYOUT_COLS_F32)
		convert_cols_to_rows(features, net->between[LAYERS],
				     net_ld(LAYOUT_COLS_F32, arm->rows, 10), net->between[0], 10,
				     arm->rows, 10);
}

static void call_sgemm(const Arm *arm)
{
	const Lowered *lowered = arm->subject;
	const Net *net = lowered->net;

	for (size_t l = 0; l < lowered->layers; l++) {
		size_t in = lenet300[l], out = lenet300[l + 1];

		blas_gemm(false, false, arm->rows, out, in, net->between[l], in, net->layer[l].w,
			  out, 0, net->between[l + 1], out);
	}
}

static void call_convert(const Arm *arm)
{
	convert_input(arm->subject, arm->rows);
}

static Lowered *lower(Net *net, const char *name, size_t layers, bool convert)
{
	Lowered *lowered = take(1, sizeof *lowered);

	*lowered = (Lowered){
		.net = net, .kernel = kernel_find(name), .layers = layers, .convert = convert
	};
	size_t scratch_bytes = 0;

	for (size_t l = 0; l < LAYERS; l++) {
		if (!lowered->kernel->pack(&lowered->packed[l], &net->layer[l], arena, &err)) {
			fprintf(stderr, "%s: %s\n", name, err.text);
			exit(1);
		}
		if (lowered->packed[l].scratch_bytes > scratch_bytes)
			scratch_bytes = lowered->packed[l].scratch_bytes;
	}
	lowered->scratch = take(1, scratch_bytes);
	return lowered;
}

static void time_arm(Arm *arm, size_t round)
{
	int64_t begin = clock_now_ns();

	for (size_t i = 0; i < arm->repeats; i++)
		arm->call(arm);
	arm->sample_us[round] = (double)(clock_now_ns() - begin) * 1e-3 / (double)arm->repeats;
}

/* Samples of at least 100 µs, the arms in a new order each round; prints the medians and the
 * ratio of the first arm to each. */
static void time_arms(const char *title, Arm *arms, size_t count, size_t rounds)
{
	double first = 0;
	uint32_t order[ARMS_MAX];

	for (size_t a = 0; a < count; a++) {
		arms[a].sample_us = take(rounds, sizeof(double));
		arms[a].repeats = 1;
		for (int i = 0; i < 5; i++)
			time_arm(&arms[a], 0);
		arms[a].repeats = 1 + (size_t)(100 / arms[a].sample_us[0]);
		order[a] = (uint32_t)a;
	}
	for (size_t round = 0; round < rounds; round++) {
		random_shuffle(&source, order, count);
		for (size_t a = 0; a < count; a++)
			time_arm(&arms[order[a]], round);
	}
	printf("\n%s\n%-28s %10s %10s %10s %8s\n", title, "", "median us", "best us", "GMAC/s",
	       "speed");
	for (size_t a = 0; a < count; a++) {
		double median;

		order_sort(arms[a].sample_us, rounds);
		median = arms[a].sample_us[rounds / 2];
		first = a ? first : median;
		printf("%-28s %10.2f %10.2f %10.1f %8.2f\n", arms[a].name, median,
		       arms[a].sample_us[0], arms[a].work / median * 1e-3, first / median);
	}
}

static void add(Arm *arms, size_t *count, const char *name, void (*call)(const Arm *arm),
		const void *subject, size_t rows, double work)
{
	Arm *arm = &arms[(*count)++];

	*arm = (Arm){ .call = call, .subject = subject, .rows = rows, .work = work };
	snprintf(arm->name, sizeof arm->name, "%s", name);
}

/* Worth a line beside dense-blas, which comes first: made for such a batch here, and no check. */
static bool kernel_benched(const Kernel *kernel, size_t rows)
{
	return kernel->op == KERNEL_LINEAR && !(kernel->needs & ~features) &&
	       rows >= kernel->batch_min && (!kernel->batch_max || rows <= kernel->batch_max) &&
	       strcmp(kernel->info.name, "dense-blas") != 0 &&
	       strcmp(kernel->info.name, "dense-reference") != 0;
}

/* One layer, or all when layers is LAYERS (then conversions from bytes are in the time). */
static void bench_net(size_t rows, size_t layers, double zero_share, size_t rounds)
{
	ArenaMark mark = arena_mark(arena);
	Net *dense = net_new(rows, 0, 1), *sparse = net_new(rows, zero_share, 1);
	Net *blocks = net_new(rows, zero_share, 16);
	bool whole = layers == LAYERS;
	double macs = 0;
	Arm arms[ARMS_MAX];
	size_t count = 0;
	char title[80];

	for (size_t l = 0; l < layers; l++)
		macs += (double)(rows * lenet300[l] * lenet300[l + 1]);
	add(arms, &count, "dense-blas", call_net, lower(dense, "dense-blas", layers, whole), rows,
	    macs);
	add(arms, &count, "bare sgemm", call_sgemm, arms[0].subject, rows, macs);
	for (size_t i = 0; kernels[i]; i++) {
		const Kernel *kernel = kernels[i];
		bool skips = kernel->form == KERNEL_CSR || kernel->form == KERNEL_BLOCK;
		Net *net = kernel->form == KERNEL_BLOCK ? blocks : skips ? sparse : dense;

		if (!kernel_benched(kernel, rows))
			continue;
		add(arms, &count, kernel->info.name, call_net,
		    lower(net, kernel->info.name, layers, whole), rows,
		    skips ? macs * (1 - zero_share) : macs);
		if (whole && kernel == kernel_pick(kernel->op, kernel->form, rows,
						   &(KernelWish){ .features = features }))
			add(arms, &count, "  its conversion", call_convert, arms[count - 1].subject,
			    rows, 0);
	}
	snprintf(title, sizeof title, "%s, batch %zu, sparse: %.0f %% zero",
		 whole ? "784-300-100-10 from bytes" : "784-300", rows, zero_share * 100);
	time_arms(title, arms, count, rounds);
	arena_rewind(arena, mark);
}

/* --- products of a training step ----------------------------------------------------- */

/* c (m,n) = a · b of one shape in f32 and in bf16; adam: x'·grad with the update. */
typedef struct Product {
	size_t m, n, k;
	bool a_transposed, b_transposed;
	float *a, *b, *c, *mean, *square, *block;
	uint32_t *a_words, *b_words;
} Product;

static void call_product(const Arm *arm)
{
	const Product *p = arm->subject;

	gemm_run(features, p->a_transposed, p->b_transposed, p->m, p->n, p->k, p->a,
		 p->a_transposed ? p->m : p->k, p->b, p->b_transposed ? p->k : p->n, 0, p->c, p->n);
}

static void call_product_blas(const Arm *arm)
{
	const Product *p = arm->subject;

	blas_gemm(p->a_transposed, p->b_transposed, p->m, p->n, p->k, p->a,
		  p->a_transposed ? p->m : p->k, p->b, p->b_transposed ? p->k : p->n, 0, p->c,
		  p->n);
}

static void product_pack(const Product *p)
{
	GemmBf16Operand a = { p->a, p->a_transposed ? p->m : p->k, p->a_transposed };
	GemmBf16Operand b = { p->b, p->b_transposed ? p->k : p->n, p->b_transposed };

	gemm_bf16_pack_a(features, p->m, p->k, a, p->a_words);
	gemm_bf16_pack_b(features, p->n, p->k, b, p->b_words);
}

static void call_product_bf16(const Arm *arm)
{
	const Product *p = arm->subject;

	product_pack(p);
	gemm_bf16_run(features, &(GemmBf16){ .m = p->m,
					     .n = p->n,
					     .k = p->k,
					     .a = p->a_words,
					     .b = p->b_words,
					     .a_rows = p->m,
					     .a_transposed = p->a_transposed,
					     .c = p->c,
					     .ldc = p->n });
}

static void call_product_adam(const Arm *arm)
{
	const Product *p = arm->subject;
	AdamStep step = train_adam_step(1e-6f, 0.9f, 0.999f, 1e-8f, 10);

	gemm_adam(features, p->m, p->n, p->k, p->a, p->m, p->b, p->c, p->mean, p->square, &step,
		  p->block);
}

static void call_product_adam_bf16(const Arm *arm)
{
	const Product *p = arm->subject;
	AdamStep step = train_adam_step(1e-6f, 0.9f, 0.999f, 1e-8f, 10);

	product_pack(p);
	gemm_bf16_adam(features, 0, p->m, p->m, p->n, p->k, p->a_words, p->b_words, p->c, p->mean,
		       p->square, &step, p->block);
}

static void bench_product(const char *name, size_t m, size_t n, size_t k, bool a_transposed,
			  bool b_transposed, size_t rounds)
{
	ArenaMark mark = arena_mark(arena);
	Product p = { m, n, k, a_transposed, b_transposed, .a = take(m * k, sizeof(float)) };
	double work = (double)(m * n * k);
	Arm arms[ARMS_MAX];
	size_t count = 0;

	p.b = take(n * k, sizeof *p.b);
	p.c = take(m * n, sizeof *p.c);
	p.mean = take(m * n, sizeof *p.mean);
	p.square = take(m * n, sizeof *p.square);
	p.block = take(16 * n, sizeof *p.block);
	p.a_words = take(gemm_bf16_a_words(m, k), sizeof *p.a_words);
	p.b_words = take(gemm_bf16_b_words(n, k), sizeof *p.b_words);
	for (size_t i = 0; i < m * k; i++)
		p.a[i] = random_uniform(&source, -1, 1);
	for (size_t i = 0; i < n * k; i++)
		p.b[i] = random_uniform(&source, -1, 1);
	add(arms, &count, "f32, OpenBLAS", call_product_blas, &p, 0, work);
	add(arms, &count, "f32", call_product, &p, 0, work);
	add(arms, &count, "bf16, with rounding", call_product_bf16, &p, 0, work);
	if (a_transposed) {
		add(arms, &count, "f32 and Adam", call_product_adam, &p, 0, work);
		add(arms, &count, "bf16 and Adam", call_product_adam_bf16, &p, 0, work);
	}
	time_arms(name, arms, count, rounds);
	arena_rewind(arena, mark);
}

/* --- training ------------------------------------------------------------------------- */

#define PARAMETERS 266610

typedef struct Train {
	float *w, *m, *v, *g;
	uint16_t labels[64];
} Train;

static void call_adam(const Arm *arm)
{
	const Train *t = arm->subject;
	AdamStep step = train_adam_step(1e-3f, 0.9f, 0.999f, 1e-8f, 10);

	train_adam(features, t->w, t->m, t->v, t->g, PARAMETERS, &step);
}

static void call_sgd(const Arm *arm)
{
	const Train *t = arm->subject;

	train_sgd(features, t->w, NULL, t->g, PARAMETERS, 1e-6f, 0, 0);
}

static void call_momentum(const Arm *arm)
{
	const Train *t = arm->subject;

	train_sgd(features, t->w, t->v, t->g, PARAMETERS, 1e-6f, 0.9f, 0);
}

static void call_softmax(const Arm *arm)
{
	const Loss xent = loss_default(LOSS_XENT);
	const Train *t = arm->subject;
	size_t right = 0;

	loss_run(features, &xent, t->m, t->w, t->labels, NULL, 64, 10, &right);
}

static void call_bias_act(const Arm *arm)
{
	const Train *t = arm->subject;

	train_bias_act(features, t->m, t->g, 64, 300, true);
}

static void call_bias_grad(const Arm *arm)
{
	const Train *t = arm->subject;

	train_bias_grad(features, t->v, t->w, 64, 300);
}

static void bench_train(size_t rounds)
{
	ArenaMark mark = arena_mark(arena);
	Train t = { .w = take(PARAMETERS, sizeof(float)),
		    .m = take(PARAMETERS, sizeof(float)),
		    .v = take(PARAMETERS, sizeof(float)),
		    .g = take(PARAMETERS, sizeof(float)) };
	Arm arms[ARMS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < PARAMETERS; i++) {
		t.w[i] = random_uniform(&source, -0.1f, 0.1f);
		t.g[i] = random_uniform(&source, -0.1f, 0.1f);
	}
	add(arms, &count, "Adam, 266,610", call_adam, &t, 0, 0);
	add(arms, &count, "SGD", call_sgd, &t, 0, 0);
	add(arms, &count, "SGD with momentum", call_momentum, &t, 0, 0);
	add(arms, &count, "softmax 64 x 10", call_softmax, &t, 0, 0);
	add(arms, &count, "bias and ReLU 64 x 300", call_bias_act, &t, 0, 0);
	add(arms, &count, "bias gradient 64 x 300", call_bias_grad, &t, 0, 0);
	time_arms("training", arms, count, rounds);
	arena_rewind(arena, mark);
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : ROUNDS_DEFAULT;
	BlasInfo blas;
	char model[64], text[64];

	arena = arena_new(64 << 20, &err);
	if (!arena || rounds == 0) {
		fprintf(stderr, "usage: kernels [rounds]\n");
		return 2;
	}
	features = cpu_features();
	random_init(&source, 1, RANDOM_WEIGHTS);
	blas_prepare(NULL);
	blas_info(&blas);
	cpu_model_name(model, sizeof model);
	cpu_features_text(features, text, sizeof text);
	printf("%s (%s); %s, %s, %s; overrides: %s\n", model, text, blas.name, blas.core,
	       blas.flavour, blas.overrides);
	bench_net(64, LAYERS, 0.9, rounds);
	bench_net(1, LAYERS, 0.9, rounds);
	bench_net(256, LAYERS, 0.9, rounds);
	bench_net(64, 1, 0.9, rounds);
	bench_net(256, 1, 0.9, rounds);
	bench_product("x (64,784) · W (784,300)", 64, 300, 784, false, false, rounds);
	bench_product("x (64,300) · W (300,784)", 64, 784, 300, false, false, rounds);
	bench_product("x' (784,64) · grad (64,300)", 784, 300, 64, true, false, rounds);
	bench_product("grad (64,100) · W' (100,300)", 64, 300, 100, false, true, rounds);
	bench_train(rounds);
	arena_free(arena);
	return 0;
}
