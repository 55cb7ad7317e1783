/* What this machine can do at most, measured: arithmetic of each instruction level, reads from each
 * level of memory, and the clock that a thread really gets. One thread.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_PEAK_H
#define WATTLE_NUM_PEAK_H

#include <stddef.h>
#include <stdint.h>

#include "base/control.h"
#include "base/err.h"

/* Scalar: what plain C becomes on this architecture, vectors of 16 bytes included. */
typedef enum PeakKind {
	PEAK_F32_AVX512,
	PEAK_F32_AVX2,
	PEAK_F32_SCALAR,
	PEAK_BF16,
	PEAK_INT8_VNNI,
	PEAK_INT8_AVX2,
	PEAK_READ_L1,
	PEAK_READ_L2,
	PEAK_READ_L3,
	PEAK_READ_MEMORY,
	PEAK_KINDS
} PeakKind;

typedef struct Peak {
	const char *name; /* "f32-avx512" */
	const char *unit; /* what peak_measure counts per second: "FLOP", "op", "B" */
	uint32_t needs;   /* CPU_… of cpu.h */
	size_t bytes;     /* that are read again and again; 0: arithmetic */
} Peak;

extern const Peak peaks[PEAK_KINDS];

/* Units per second, the best of several short runs: a multiply-add counts as two. Arithmetic runs
 * on registers in chains enough to hide its latency: fused multiply-add, VDPBF16PS, VPDPBUSD,
 * VPMADDWD and VPADDD; scalar: a product and a sum. Reads use the widest loads of features. Takes
 * about 30 ms, reads from memory longer; polls control. 0 where features lack what it needs;
 * negative and *err when interrupted or short of memory. */
double peak_measure(PeakKind kind, uint32_t features, Control *control, Err *err);

/* Bytes per second of reading so many bytes, rounded up to whole groups of cache lines, again and
 * again; as peak_measure. */
double peak_read(size_t bytes, uint32_t features, Control *control, Err *err);

/* The clock that this thread gets over so many milliseconds, in GHz, by a chain of dependent
 * multiplications (3 cycles each on x86-64; elsewhere the figure only compares with itself). It
 * falls when the processor throttles and when others take its time. */
double peak_clock_ghz(double milliseconds);

#endif
