/* Peaks of arithmetic and of reads; the clock.
 * SPDX-License-Identifier: MIT */
#include "num/peak.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "num/simd.h"

#define PEAK_RUNS 15
#define PEAK_RUN_NS 2000000.0 /* of one run, about: short enough to fall between other work */
#define PEAK_FIRST 1000       /* passes of the first run */

/* --- arithmetic ------------------------------------------------------------------------------- */

/* Twelve chains: latency times units of any processor so far, and 16 registers hold them with their
 * operands. */
#define CHAINS 12
#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

/* Makes a value unknown to the compiler, where it is: chains that begin alike would become one, and
 * a product of known operands would be computed once for all. */
#define BLUR(class, x) __asm__ volatile("" : "+" class(x))

/* b and c, of the caller, are the operands; STEP(n) moves the chain a##n on, START(n) begins it. */
#define RUN_CHAINS                              \
	EACH(START)                             \
	for (uint64_t i = 0; i < passes; i++) { \
		EACH(STEP)                      \
	}                                       \
	EACH(END)

#if SIMD_X86
#define END(n) BLUR("v", a##n);

#define START(n)                           \
	__m512 a##n = _mm512_setzero_ps(); \
	BLUR("v", a##n);
static SIMD_AVX512 void run_f32_avx512(uint64_t passes)
{
	__m512 b = _mm512_set1_ps(0.5f), c = _mm512_set1_ps(1.0f);
#define STEP(n) a##n = _mm512_fmadd_ps(a##n, b, c);
	RUN_CHAINS
#undef STEP
}

static SIMD_BF16 void run_bf16(uint64_t passes)
{
	__m512bh b, c;
	memset(&b, 0, sizeof b);
	memset(&c, 0, sizeof c);
#define STEP(n) a##n = _mm512_dpbf16_ps(a##n, b, c);
	RUN_CHAINS
#undef STEP
}
#undef START

#define START(n)                               \
	__m512i a##n = _mm512_setzero_si512(); \
	BLUR("v", a##n);
static SIMD_VNNI void run_int8_vnni(uint64_t passes)
{
	__m512i b = _mm512_set1_epi8(3), c = _mm512_set1_epi8(-1);
#define STEP(n) a##n = _mm512_dpbusd_epi32(a##n, b, c);
	RUN_CHAINS
#undef STEP
}
#undef START
#undef END

#define END(n) BLUR("x", a##n);
#define START(n)                           \
	__m256 a##n = _mm256_setzero_ps(); \
	BLUR("x", a##n);
static SIMD_AVX2 void run_f32_avx2(uint64_t passes)
{
	__m256 b = _mm256_set1_ps(0.5f), c = _mm256_set1_ps(1.0f);
#define STEP(n) a##n = _mm256_fmadd_ps(a##n, b, c);
	RUN_CHAINS
#undef STEP
}
#undef START

#define START(n)                               \
	__m256i a##n = _mm256_setzero_si256(); \
	BLUR("x", a##n);
static SIMD_AVX2 void run_int8_avx2(uint64_t passes)
{
	__m256i b = _mm256_set1_epi16(3), c = _mm256_set1_epi16(-1);
#define STEP(n)       \
	BLUR("x", b); \
	a##n = _mm256_add_epi32(a##n, _mm256_madd_epi16(b, c));
	RUN_CHAINS
#undef STEP
}
#undef START
#undef END
#endif

/* Vectors of the compiler's own of 16 bytes, the width that plain code has here. */
typedef float F32x4 __attribute__((vector_size(16)));

#if defined(__x86_64__)
#define BLUR_PLAIN(x) BLUR("x", x)
#elif defined(__aarch64__)
#define BLUR_PLAIN(x) BLUR("w", x)
#else
#define BLUR_PLAIN(x) BLUR("m", x)
#endif
#define END(n) BLUR_PLAIN(a##n);
#define START(n)                     \
	F32x4 a##n = { 0, 0, 0, 0 }; \
	BLUR_PLAIN(a##n);
static void run_f32_scalar(uint64_t passes)
{
	F32x4 b = { 0.5f, 0.5f, 0.5f, 0.5f }, c = { 1, 1, 1, 1 };
#define STEP(n) a##n = a##n * b + c;
	RUN_CHAINS
#undef STEP
}

/* --- reads ------------------------------------------------------------------------------------ */

#define LINE 64
#define READ_GROUP (8 * LINE) /* what one turn of the widest loop reads */

/* Defines name: sums `bytes` bytes at x, a multiple of 8 vectors of the type, into four
 * accumulators. */
#define READ(name, target, type)                                      \
	static target void name(const void *x, size_t bytes)          \
	{                                                             \
		const type *v = x;                                    \
		type a = v[0], b = v[1], c = v[2], d = v[3];          \
		for (size_t i = 0; i < bytes / sizeof *v; i += 8) {   \
			a += v[i];                                    \
			b += v[i + 1];                                \
			c += v[i + 2];                                \
			d += v[i + 3];                                \
			a += v[i + 4];                                \
			b += v[i + 5];                                \
			c += v[i + 6];                                \
			d += v[i + 7];                                \
		}                                                     \
		a += b + c + d;                                       \
		volatile uint64_t sink = a[0] + a[sizeof *v / 8 - 1]; \
		(void)sink;                                           \
	}

typedef uint64_t U64x2 __attribute__((vector_size(16)));
READ(read_plain, , U64x2)
#if SIMD_X86
typedef uint64_t U64x4 __attribute__((vector_size(32)));
typedef uint64_t U64x8 __attribute__((vector_size(64)));
READ(read_avx2, SIMD_AVX2, U64x4)
READ(read_avx512, SIMD_AVX512, U64x8)
#endif

static void (*read_by(uint32_t features))(const void *x, size_t bytes)
{
#if SIMD_X86
	if (features & CPU_AVX512)
		return read_avx512;
	if (features & CPU_AVX2)
		return read_avx2;
#endif
	(void)features;
	return read_plain;
}

/* --- measuring -------------------------------------------------------------------------------- */

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

/* One row of peaks: how it runs and what a pass counts. */
static void (*const runs[PEAK_KINDS])(uint64_t passes) = {
#if SIMD_X86
	[PEAK_F32_AVX512] = run_f32_avx512,
	[PEAK_F32_AVX2] = run_f32_avx2,
	[PEAK_BF16] = run_bf16,
	[PEAK_INT8_VNNI] = run_int8_vnni,
	[PEAK_INT8_AVX2] = run_int8_avx2,
#endif
	[PEAK_F32_SCALAR] = run_f32_scalar,
};

/* Of one pass of all chains, a multiply-add as two. */
static const double work[PEAK_KINDS] = {
	[PEAK_F32_AVX512] = CHAINS * 32, [PEAK_F32_AVX2] = CHAINS * 16,
	[PEAK_F32_SCALAR] = CHAINS * 8,  [PEAK_BF16] = CHAINS * 64,
	[PEAK_INT8_VNNI] = CHAINS * 128, [PEAK_INT8_AVX2] = CHAINS * 32,
};

typedef struct Probe {
	void (*run)(uint64_t passes);              /* arithmetic, or */
	void (*read)(const void *x, size_t bytes); /* reads of */
	void *x;
	size_t bytes;
} Probe;

/* Seconds of so many passes. */
static double probe_run(const Probe *probe, uint64_t passes)
{
	int64_t begin_ns = clock_now_ns();
	if (probe->run)
		probe->run(passes);
	else
		for (uint64_t i = 0; i < passes; i++)
			probe->read(probe->x, probe->bytes);
	int64_t time_ns = clock_now_ns() - begin_ns;
	return (double)(time_ns > 0 ? time_ns : 1) * 1e-9;
}

/* The most passes a second of several runs; negative and *err when interrupted. */
static double probe_best(const Probe *probe, uint64_t passes, Control *control, Err *err)
{
	double best = 0, time_s = probe_run(probe, passes);
	passes = 1 + (uint64_t)((double)passes * PEAK_RUN_NS * 1e-9 / time_s);
	for (int i = 0; i < PEAK_RUNS; i++) {
		double rate = (double)passes / probe_run(probe, passes);
		best = rate > best ? rate : best;
		if (!control_poll(control, err))
			return -1;
	}
	return best;
}

double peak_read(size_t bytes, uint32_t features, Control *control, Err *err)
{
	Probe probe = { .read = read_by(features) };
	probe.bytes = (bytes ? bytes + READ_GROUP - 1 : READ_GROUP) / READ_GROUP * READ_GROUP;
	probe.x = aligned_alloc(LINE, probe.bytes);
	if (!probe.x) {
		err_set(err, ERR_MEMORY, "reading %zu bytes", probe.bytes);
		return -1;
	}
	memset(probe.x, 1, probe.bytes);
	double best = probe_best(&probe, 1, control, err);
	free(probe.x);
	return best < 0 ? best : best * (double)probe.bytes;
}

double peak_measure(PeakKind kind, uint32_t features, Control *control, Err *err)
{
	const Peak *peak = &peaks[kind];
	Probe probe = { .run = runs[kind] };
	if (peak->needs & ~features)
		return 0;
	if (peak->bytes)
		return peak_read(peak->bytes, features, control, err);
	double best = probe_best(&probe, PEAK_FIRST, control, err);
	return best < 0 ? best : best * work[kind];
}

#define CLOCK_CHAIN 10000
#define CLOCK_CYCLES 3.0

double peak_clock_ghz(double milliseconds)
{
	int64_t begin_ns = clock_now_ns(), end_ns = begin_ns + (int64_t)(milliseconds * 1e6),
		now_ns;
	uint64_t x = 3, factor = 3, count = 0;
	do {
		for (int i = 0; i < CLOCK_CHAIN; i++) {
			x *= factor;
			/* No two steps become one, and none an addition. */
			__asm__ volatile("" : "+r"(x), "+r"(factor));
		}
		count += CLOCK_CHAIN;
		now_ns = clock_now_ns();
	} while (now_ns < end_ns);
	return (double)count * CLOCK_CYCLES / (double)(now_ns - begin_ns);
}

/* --- the table -------------------------------------------------------------------------------- */

#if SIMD_X86
#define LEVEL(features) (features)
#else
#define LEVEL(features) CPU_NEVER
#endif

const Peak peaks[PEAK_KINDS] = {
	[PEAK_F32_AVX512] = { "f32-avx512", "FLOP", LEVEL(CPU_AVX512), 0 },
	[PEAK_F32_AVX2] = { "f32-avx2", "FLOP", LEVEL(CPU_AVX2), 0 },
	[PEAK_F32_SCALAR] = { "f32-scalar", "FLOP", 0, 0 },
	[PEAK_BF16] = { "bf16", "FLOP", LEVEL(CPU_BF16), 0 },
	[PEAK_INT8_VNNI] = { "int8-vnni", "op", LEVEL(CPU_VNNI), 0 },
	[PEAK_INT8_AVX2] = { "int8-avx2", "op", LEVEL(CPU_AVX2), 0 },
	[PEAK_READ_L1] = { "read-16k", "B", 0, 16 * KIB },
	[PEAK_READ_L2] = { "read-256k", "B", 0, 256 * KIB },
	[PEAK_READ_L3] = { "read-8m", "B", 0, 8 * MIB },
	[PEAK_READ_MEMORY] = { "read-256m", "B", 0, 256 * MIB },
};
