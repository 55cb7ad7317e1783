/* One source file for several instruction levels: functions are compiled for a level by
 * attribute, so that the library runs on any processor and a kernel stays one file. Private to
 * src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_SIMD_H
#define WATTLE_NUM_SIMD_H

#include "num/cpu.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define SIMD_X86 1
#include <immintrin.h>
#define SIMD_AVX2 __attribute__((target("avx2,fma")))
#define SIMD_AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define SIMD_VNNI __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define SIMD_BF16 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#else
#define SIMD_X86 0
#endif

/* For bodies that are specialised by constant arguments or compiled once for each level. */
#define SIMD_INLINE static inline __attribute__((always_inline))

/* Before a loop whose passes are independent: have it vectorised at -O2 too. A directive of the
 * compiler (-fopenmp-simd); the OpenMP library has no part in it. */
#define SIMD_LOOP _Pragma("omp simd")

/* Before a loop over registers, with a constant number of passes (8 at most): none is left. */
#ifdef __clang__
#define SIMD_UNROLL _Pragma("clang loop unroll(full)") /* before registers are assigned */
#else
#define SIMD_UNROLL _Pragma("GCC unroll 8")
#endif

/* For a plain loop that the compiler vectorises at each level: SIMD_LEVELS defines name_avx512,
 * name_avx2 and name_scalar from the SIMD_INLINE function name_body; SIMD_CALL calls the best of
 * them that features allow. */
#if SIMD_X86
#define SIMD_LEVELS(name, params, args)              \
	static SIMD_AVX512 void name##_avx512 params \
	{                                            \
		name##_body args;                    \
	}                                            \
	static SIMD_AVX2 void name##_avx2 params     \
	{                                            \
		name##_body args;                    \
	}                                            \
	static void name##_scalar params             \
	{                                            \
		name##_body args;                    \
	}
#define SIMD_CALL(features, name, args)       \
	do {                                  \
		if ((features)&CPU_AVX512)    \
			name##_avx512 args;   \
		else if ((features)&CPU_AVX2) \
			name##_avx2 args;     \
		else                          \
			name##_scalar args;   \
	} while (0)
#else
#define SIMD_LEVELS(name, params, args)  \
	static void name##_scalar params \
	{                                \
		name##_body args;        \
	}
#define SIMD_CALL(features, name, args) \
	do {                            \
		(void)(features);       \
		name##_scalar args;     \
	} while (0)
#endif

#endif
