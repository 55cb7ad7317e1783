/* What this processor can do, as kernels ask for it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_CPU_H
#define WATTLE_NUM_CPU_H

#include <stddef.h>
#include <stdint.h>

/* Bits of a set of features. CPU_NEVER: the need of what was compiled for another architecture. */
enum {
	CPU_AVX2 = 1 << 0,   /* AVX2 and FMA */
	CPU_AVX512 = 1 << 1, /* AVX-512 F, BW, DQ, VL */
	CPU_VNNI = 1 << 2,   /* AVX-512 VNNI */
	CPU_BF16 = 1 << 3,   /* AVX-512 BF16 */
	CPU_NEVER = 1 << 30,
};

/* Features of this processor that the operating system also saves. Cheap: the C runtime asked
 * CPUID at start. */
uint32_t cpu_features(void);
/* "AMD EPYC" and the like; out is always ended. */
void cpu_model_name(char *out, size_t cap);
/* "AuthenticAMD 25 17 1": vendor, family, model, stepping. */
void cpu_id(char *out, size_t cap);
/* "avx2 avx512 vnni bf16", or "scalar". */
void cpu_features_text(uint32_t features, char *out, size_t cap);

#endif
