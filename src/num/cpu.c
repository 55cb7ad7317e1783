/* Processor features and names by CPUID.
 * SPDX-License-Identifier: MIT */
#include "num/cpu.h"

#include <stdio.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>

uint32_t cpu_features(void)
{
	uint32_t features = 0;

	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		features |= CPU_AVX2;
	if ((features & CPU_AVX2) && __builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512vl"))
		features |= CPU_AVX512;
	if ((features & CPU_AVX512) && __builtin_cpu_supports("avx512vnni"))
		features |= CPU_VNNI;
	if ((features & CPU_AVX512) && __builtin_cpu_supports("avx512bf16"))
		features |= CPU_BF16;
	return features;
}

void cpu_model_name(char *out, size_t cap)
{
	uint32_t words[12] = { 0 };
	char name[sizeof words + 1];
	char *start = name;

	if (cap == 0)
		return;
	for (unsigned i = 0; i < 3; i++) {
		uint32_t *w = words + 4 * i;

		if (!__get_cpuid(0x80000002u + i, &w[0], &w[1], &w[2], &w[3])) {
			snprintf(out, cap, "unknown x86-64 processor");
			return;
		}
	}
	memcpy(name, words, sizeof words);
	name[sizeof words] = '\0';
	while (*start == ' ')
		start++;
	for (size_t len = strlen(start); len > 0 && start[len - 1] == ' '; len--)
		start[len - 1] = '\0';
	snprintf(out, cap, "%s", start);
}

void cpu_id(char *out, size_t cap)
{
	unsigned a = 0, b = 0, c = 0, d = 0, family, model;
	char vendor[13] = "";

	__get_cpuid(0, &a, &b, &c, &d);
	memcpy(vendor, &b, 4);
	memcpy(vendor + 4, &d, 4);
	memcpy(vendor + 8, &c, 4);
	a = 0;
	__get_cpuid(1, &a, &b, &c, &d);
	family = a >> 8 & 15;
	model = a >> 4 & 15;
	if (family == 6 || family == 15)
		model |= (a >> 16 & 15) << 4;
	if (family == 15)
		family += a >> 20 & 255;
	if (cap)
		snprintf(out, cap, "%s %u %u %u", vendor, family, model, a & 15);
}

#else

uint32_t cpu_features(void)
{
	return 0;
}

void cpu_model_name(char *out, size_t cap)
{
	if (cap)
		snprintf(out, cap, "unknown processor");
}

void cpu_id(char *out, size_t cap)
{
	if (cap)
		snprintf(out, cap, "unknown 0 0 0");
}

#endif

void cpu_features_text(uint32_t features, char *out, size_t cap)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = { { CPU_AVX2, "avx2" },
		      { CPU_AVX512, "avx512" },
		      { CPU_VNNI, "vnni" },
		      { CPU_BF16, "bf16" } };
	char text[64] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (features & names[i].bit)
			used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
						 used ? " " : "", names[i].name);
	if (cap)
		snprintf(out, cap, "%s", used ? text : "scalar");
}
