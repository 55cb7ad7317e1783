/* wattle bench kernels: each kernel that runs here on a few fixed layers, beside what this machine
 * can do at most.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/order.h"
#include "base/random.h"
#include "base/text.h"
#include "num/conv/conv.h"
#include "num/cpu.h"
#include "num/peak.h"
#include "trial/bench_inside.h"

#define SAMPLE_NS 200000.0   /* of one sample, about: several calls where one is shorter */
#define SAMPLES 21           /* of a kernel on a layer; fewer when that takes longer than */
#define BUDGET_NS 80000000.0 /* this */
#define SAMPLES_MIN 5
#define SHARE_ZERO 0.9 /* of sparse weights, of sparse blocks */
#define BLOCK_COLS 16  /* outputs of a block of KERNEL_BLOCK */
#define COLS_SLICE 64  /* rows of one call in columns, as programs do it */

#define READS_MAX 64 /* sizes whose reads were measured */

static const size_t batches[] = { 1, 64, 256 };

/* A layer to run: fully connected, or a convolution. */
typedef struct BenchLayer {
	const char *name;
	size_t in, out; /* 0: a convolution */
	Conv conv;
} BenchLayer;

static const BenchLayer layers[] = {
	{ .name = "784x300", .in = 784, .out = 300 },
	{ .name = "1024x1024", .in = 1024, .out = 1024 },
	{ .name = "1x28x28 6 of 5x5", .conv = { 1, 28, 28, 6, 0, 0, 5, 5, 1, 1, 2, 2, 1 } },
	{ .name = "6x14x14 16 of 5x5", .conv = { 6, 14, 14, 16, 0, 0, 5, 5, 1, 1, 0, 0, 1 } },
	{ .name = "16x14x14 32 of 3x3", .conv = { 16, 14, 14, 32, 0, 0, 3, 3, 1, 1, 1, 1, 1 } },
};

/* Bytes a second of reading so many bytes again and again. */
typedef struct Read {
	size_t bytes;
	double rate;
} Read;

/* What all measurements share. */
typedef struct Kernels {
	Bench *bench;
	Random random;
	Arena *arena;
	double peak[PEAK_KINDS]; /* units a second; 0: not on this processor */
	Read read[READS_MAX];
	size_t reads;
} Kernels;

/* One kernel on one layer and batch. */
typedef struct Case {
	const Kernel *kernel;
	const BenchLayer *layer;
	size_t batch;
	Linear linear;
	Conv conv;
	LinearQuant quant;
	KernelPacked packed;
	size_t in, out; /* features of a row */
	void *x, *y, *scratch;
	size_t x_ld, y_ld;
	double us[SAMPLES];
	size_t samples;
} Case;

/* --- layers ----------------------------------------------------------------------------------- */

/* Weights of which SHARE_ZERO are zero for sparse forms, one by one or by blocks. */
static void fill_weights(Kernels *k, const Case *c, float *w)
{
	KernelForm form = c->kernel->form;
	size_t in = c->linear.in, out = c->linear.out;
	for (size_t i = 0; i < in; i++) {
		bool zero = false;
		for (size_t o = 0; o < out; o++) {
			if (form == KERNEL_CSR || (form == KERNEL_BLOCK && o % BLOCK_COLS == 0))
				zero = random_unit(&k->random) < SHARE_ZERO;
			w[i * out + o] = zero ? 0 : random_uniform(&k->random, -0.1f, 0.1f);
		}
	}
}

static bool fill_quant(Kernels *k, Case *c, Err *err)
{
	size_t n = c->linear.in * c->linear.out;
	int8_t *w = arena_take(k->arena, n, 1, err);
	float *scale = w ? arena_take(k->arena, c->linear.out, sizeof *scale, err) : NULL;
	if (!scale)
		return false;
	for (size_t i = 0; i < n; i++)
		w[i] = (int8_t)((int)random_below(&k->random, 255) - 127);
	for (size_t o = 0; o < c->linear.out; o++)
		scale[o] = 0.1f / 127;
	c->quant = (LinearQuant){
		.w = w, .w_scale = scale, .x_scale = 1.0f / 255, .y_scale = 0.05f, .y_zero = 7
	};
	c->linear.quant = &c->quant;
	return true;
}

static bool make_layer(Kernels *k, Case *c, Err *err)
{
	c->in = c->layer->in;
	c->out = c->layer->out;
	c->linear = (Linear){ .in = c->in, .out = c->out, .relu = true };
	if (c->kernel->form == KERNEL_ROWS_CSR)
		c->linear.entries = (1 - SHARE_ZERO) * (double)c->in;
	if (!c->in) {
		c->conv = c->layer->conv;
		if (!conv_shape(&c->conv, err))
			return false;
		c->in = conv_in(&c->conv);
		c->out = conv_out(&c->conv);
		c->linear.in = conv_taps(&c->conv);
		c->linear.out = c->conv.filters;
		c->linear.conv = &c->conv;
	}
	float *w = arena_take(k->arena, c->linear.in * c->linear.out, sizeof *w, err);
	float *b = w ? arena_take(k->arena, c->linear.out, sizeof *b, err) : NULL;
	if (!b)
		return false;
	fill_weights(k, c, w);
	c->linear.w = w;
	c->linear.b = b;
	return c->kernel->form != KERNEL_INT8 || fill_quant(k, c, err);
}

/* --- buffers ---------------------------------------------------------------------------------- */

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static size_t layout_ld(Layout layout, size_t n, size_t batch)
{
	switch (layout) {
	case LAYOUT_COLS_F32:
		return round_up(batch < COLS_SLICE ? batch : COLS_SLICE, KERNEL_COLS_ALIGN);
	case LAYOUT_ROWS_U8:
		return round_up(n, KERNEL_U8_ALIGN);
	case LAYOUT_TILES_F32:
		return n * KERNEL_TILE;
	case LAYOUT_ROWS_CSR:
		return 1;
	case LAYOUT_ROWS_F32:
		break;
	}
	return n;
}

/* Elements of a buffer of whole slices, blocks or rows. */
static size_t layout_count(Layout layout, size_t n, size_t ld, size_t batch)
{
	if (layout == LAYOUT_COLS_F32)
		return n * ld * ((batch + COLS_SLICE - 1) / COLS_SLICE);
	if (layout == LAYOUT_TILES_F32)
		return ld * ((batch + KERNEL_TILE - 1) / KERNEL_TILE);
	return ld * batch;
}

/* Compressed rows with SHARE_ZERO of their inputs missing. */
static void *take_rows(Kernels *k, size_t n, size_t batch, Err *err)
{
	SparseRow *rows = arena_take(k->arena, batch, sizeof *rows, err);
	uint32_t *column = rows ? arena_take(k->arena, batch * n, sizeof *column, err) : NULL;
	float *value = column ? arena_take(k->arena, batch * n, sizeof *value, err) : NULL;
	for (size_t r = 0; value && r < batch; r++) {
		rows[r] = (SparseRow){ .column = column, .value = value };
		for (size_t i = 0; i < n; i++) {
			if (random_unit(&k->random) < SHARE_ZERO)
				continue;
			*column++ = (uint32_t)i;
			*value++ = random_uniform(&k->random, 0, 1);
			rows[r].count++;
		}
	}
	return value ? rows : NULL;
}

static void *take_buffer(Kernels *k, Layout layout, size_t n, size_t ld, size_t batch, Err *err)
{
	size_t count = layout_count(layout, n, ld, batch);
	bool bytes = layout == LAYOUT_ROWS_U8;
	if (layout == LAYOUT_ROWS_CSR)
		return take_rows(k, n, batch, err);
	void *buffer = arena_take(k->arena, count, bytes ? 1 : sizeof(float), err);
	for (size_t i = 0; buffer && i < count; i++) {
		if (bytes)
			((uint8_t *)buffer)[i] = (uint8_t)random_below(&k->random, 256);
		else
			((float *)buffer)[i] = random_uniform(&k->random, 0, 1);
	}
	return buffer;
}

static bool make_buffers(Kernels *k, Case *c, Err *err)
{
	c->x_ld = layout_ld(c->packed.in, c->in, c->batch);
	c->y_ld = layout_ld(c->packed.out, c->out, c->batch);
	c->x = take_buffer(k, c->packed.in, c->in, c->x_ld, c->batch, err);
	c->y = c->x ? take_buffer(k, c->packed.out, c->out, c->y_ld, c->batch, err) : NULL;
	if (c->y && c->packed.scratch_bytes)
		c->scratch = arena_take(k->arena, c->packed.scratch_bytes, 1, err);
	return c->y && (c->scratch || !c->packed.scratch_bytes);
}

/* --- timing ----------------------------------------------------------------------------------- */

/* Bytes from the start of a buffer to row `at`, which begins a slice. */
static size_t layout_offset(Layout layout, size_t n, size_t ld, size_t at)
{
	switch (layout) {
	case LAYOUT_COLS_F32:
		return at / COLS_SLICE * n * ld * sizeof(float);
	case LAYOUT_TILES_F32:
		return at / KERNEL_TILE * ld * sizeof(float);
	case LAYOUT_ROWS_F32:
		return at * ld * sizeof(float);
	case LAYOUT_ROWS_CSR:
		return at * sizeof(SparseRow);
	case LAYOUT_ROWS_U8:
		break;
	}
	return at * ld;
}

/* One batch; columns slice by slice. */
static void run_once(const Case *c)
{
	const KernelPacked *packed = &c->packed;
	bool cols = packed->in == LAYOUT_COLS_F32 || packed->out == LAYOUT_COLS_F32;
	size_t slice = cols ? COLS_SLICE : c->batch;
	for (size_t at = 0; at < c->batch; at += slice)
		c->kernel->run(packed, (char *)c->x + layout_offset(packed->in, c->in, c->x_ld, at),
			       c->x_ld,
			       (char *)c->y + layout_offset(packed->out, c->out, c->y_ld, at),
			       c->y_ld, c->batch - at < slice ? c->batch - at : slice, c->scratch);
}

static double run_ns(const Case *c, size_t repeats)
{
	int64_t begin_ns = clock_now_ns();
	for (size_t i = 0; i < repeats; i++)
		run_once(c);
	return (double)(clock_now_ns() - begin_ns) / (double)repeats;
}

static bool measure(Kernels *k, Case *c, Err *err)
{
	run_once(c);
	double one_ns = fmax(run_ns(c, 1), 1);
	size_t repeats = 1 + (size_t)(SAMPLE_NS / one_ns);
	double fit = BUDGET_NS / (one_ns * (double)repeats);
	c->samples = fit > SAMPLES ? SAMPLES : fit < SAMPLES_MIN ? SAMPLES_MIN : (size_t)fit;
	for (size_t i = 0; i < c->samples; i++) {
		c->us[i] = run_ns(c, repeats) / 1e3;
		if (!control_poll(k->bench->trial->control, err))
			return false;
	}
	order_sort(c->us, c->samples);
	return true;
}

/* --- the roof --------------------------------------------------------------------------------- */

/* The peak of arithmetic that a kernel is held to; PEAK_KINDS: there is none. A library chooses its
 * instructions itself: it is held to the widest. */
static PeakKind peak_of(const Kernel *kernel)
{
	bool library = strstr(kernel->info.name, "blas") != NULL;
	uint32_t needs = library ? cpu_features() : kernel->needs;
	if (kernel->form == KERNEL_INT8)
		return needs & CPU_VNNI   ? PEAK_INT8_VNNI
		       : needs & CPU_AVX2 ? PEAK_INT8_AVX2
					  : PEAK_KINDS;
	if (kernel->form == KERNEL_BF16 && needs & CPU_BF16)
		return PEAK_BF16;
	return needs & CPU_AVX512 ? PEAK_F32_AVX512
	       : needs & CPU_AVX2 ? PEAK_F32_AVX2
				  : PEAK_F32_SCALAR;
}

/* Bytes a second at which as many bytes as the weights have can be read; negative on failure. */
static double read_peak(Kernels *k, size_t bytes, Err *err)
{
	size_t i = 0;
	while (i < k->reads && k->read[i].bytes != bytes)
		i++;
	if (i == k->reads) {
		double rate = peak_read(bytes, cpu_features(), k->bench->trial->control, err);
		if (rate < 0)
			return rate;
		i = k->reads < READS_MAX ? k->reads++ : READS_MAX - 1;
		k->read[i] = (Read){ bytes, rate };
	}
	return k->read[i].rate;
}

/* Weights that a batch reads; of compressed rows, no more than those of all its entries. */
static double read_bytes(const Case *c)
{
	double all = (double)c->packed.weight_bytes;
	if (c->kernel->form != KERNEL_ROWS_CSR)
		return all;
	return fmin(all, (double)c->packed.macs * (double)c->batch * sizeof(float));
}

/* The least time that arithmetic and the reading of weights leave, as a share of the time taken. */
static bool put_share(Kernels *k, const Case *c, json_t *json, Err *err)
{
	PeakKind peak = peak_of(c->kernel);
	double time_s = order_middle(c->us, c->samples) * 1e-6;
	if (peak == PEAK_KINDS)
		return record_absent(json, "share",
				     "no peak of plain integer arithmetic is measured");
	double bytes = read_bytes(c), rate = read_peak(k, (size_t)bytes, err);
	if (rate < 0)
		return false;
	double compute_s = 2 * (double)c->packed.macs * (double)c->batch / k->peak[peak];
	double read_s = bytes / rate;
	bool reads = read_s > compute_s;
	json_object_set_new(json, "share", json_real((reads ? read_s : compute_s) / time_s));
	json_object_set_new(json, "roof", json_string(reads ? "read" : peaks[peak].name));
	return true;
}

/* --- the record ------------------------------------------------------------------------------- */

static bool put_case(Kernels *k, const Case *c, json_t *list, Err *err)
{
	static const char *const ops[KERNEL_OPS] = {
		[KERNEL_LINEAR] = "linear", [KERNEL_CONV] = "conv"
	};
	double median_us = order_middle(c->us, c->samples);
	json_t *json = json_object();
	json_object_set_new(json, "kernel", json_string(c->kernel->info.name));
	json_object_set_new(json, "op", json_string(ops[c->kernel->op]));
	json_object_set_new(json, "form", json_string(kernel_form_name(c->kernel->form)));
	json_object_set_new(json, "layer", json_string(c->layer->name));
	json_object_set_new(json, "batch", json_integer((json_int_t)c->batch));
	json_object_set_new(json, "time_us", json_real(median_us));
	json_object_set_new(json, "low_us", json_real(c->us[0]));
	json_object_set_new(json, "high_us", json_real(c->us[c->samples - 1]));
	json_object_set_new(json, "macs", json_integer((json_int_t)c->packed.macs));
	json_object_set_new(json, "bytes", json_integer((json_int_t)c->packed.weight_bytes));
	json_object_set_new(
		json, "gmacs_per_s",
		json_real((double)c->packed.macs * (double)c->batch / median_us * 1e-3));
	bool ok = put_share(k, c, json, err);
	json_array_append_new(list, json);
	return ok;
}

/* Adds the case to the list; a layer that the kernel does not take is none. */
static bool bench_case(Kernels *k, Case *c, json_t *list, Err *err)
{
	ArenaMark mark = arena_mark(k->arena);
	bool ok = make_layer(k, c, err);
	bool taken = ok && c->kernel->pack(&c->packed, &c->linear, k->arena, err);
	if (ok && !taken && err->code == ERR_ARGUMENT) {
		arena_rewind(k->arena, mark);
		return true;
	}
	ok = taken && make_buffers(k, c, err) && measure(k, c, err) && put_case(k, c, list, err);
	arena_rewind(k->arena, mark);
	return ok;
}

static bool bench_kernel(Kernels *k, const Kernel *kernel, json_t *list, Err *err)
{
	for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
		if ((kernel->op == KERNEL_CONV) != (layers[i].in == 0))
			continue;
		for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
			Case c = { .kernel = kernel, .layer = &layers[i], .batch = batches[b] };
			if (c.batch < kernel->batch_min ||
			    (kernel->batch_max && c.batch > kernel->batch_max))
				continue;
			if (!bench_case(k, &c, list, err))
				return false;
		}
	}
	return true;
}

static bool measure_peaks(Kernels *k, json_t *list, Err *err)
{
	for (PeakKind i = 0; i < PEAK_KINDS; i++) {
		k->peak[i] = peak_measure(i, cpu_features(), k->bench->trial->control, err);
		if (k->peak[i] < 0)
			return false;
		if (k->peak[i] == 0)
			continue;
		json_t *json =
			json_pack("{s:s, s:f, s:o}", "peak", peaks[i].name, "rate",
				  k->peak[i] / 1e9, "unit", json_sprintf("G%s/s", peaks[i].unit));
		json_array_append_new(list, json);
	}
	return true;
}

/* A wish narrows the list: to a level of instructions, or to the kernels that it names. */
static bool wished(const KernelWish *wish, const Kernel *kernel)
{
	bool any = false;
	for (int op = 0; op < KERNEL_OPS; op++)
		for (int form = 0; form < KERNEL_FORMS; form++)
			any |= wish->forced[op][form] != NULL;
	return !(kernel->needs & ~wish->features) &&
	       (!any || wish->forced[kernel->op][kernel->form] == kernel);
}

bool bench_kernels(Bench *bench, Err *err)
{
	Kernels k = { .bench = bench };
	json_t *list = json_array(), *limits = json_array();
	bench->record = record_new("bench-kernels", record_out_origin(bench->trial->out));
	if (!list || !limits || !bench->record) {
		json_decref(list);
		json_decref(limits);
		return err_set(err, ERR_MEMORY, "bench");
	}
	double before = peak_clock_ghz(BENCH_CLOCK_MS);
	json_object_set_new(bench->record, "peaks", limits);
	json_object_set_new(bench->record, "kernels", list);
	random_init(&k.random, 1, RANDOM_WEIGHTS);
	k.arena = arena_new(0, err);
	bool ok = k.arena && measure_peaks(&k, limits, err);
	for (size_t i = 0; ok && kernels[i]; i++) {
		if (!wished(&bench->trial->wish, kernels[i]))
			continue;
		ok = trial_log(bench->trial, err, "%s", kernels[i]->info.name) &&
		     bench_kernel(&k, kernels[i], list, err);
	}
	bench_put_real(bench, "clock_ghz", fmin(before, peak_clock_ghz(BENCH_CLOCK_MS)), "");
	arena_free(k.arena);
	return ok;
}
