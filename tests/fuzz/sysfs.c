/* Fuzzes the grammars of sysfs: event texts, CPU lists, numbers, scales. What is taken is in its
 * limits.
 * SPDX-License-Identifier: MIT */
#include "energy/sysfs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define CPUS 8

static void check_cpus(const char *text)
{
	int cpus[CPUS + 1], count;

	cpus[CPUS] = -7;
	count = sysfs_cpus(text, cpus, CPUS);
	require(count == -1 || (count >= 1 && count <= CPUS));
	require(cpus[CPUS] == -7);
	for (int i = 0; i < count; i++) {
		require(cpus[i] >= 0 && cpus[i] < SYSFS_CPU_MAX);
		require(i == 0 || cpus[i] > cpus[i - 1]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	uint64_t config, number;
	double scale;

	require(text != NULL);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	check_cpus(text);
	if (sysfs_event(text, &config) && !strstr(text, "config="))
		require(config <= 0xffff);
	if (sysfs_u64(text, &number)) {
		/* A number is a list of one CPU, or too large for that. */
		int cpu;
		require((sysfs_cpus(text, &cpu, 1) == 1) == (number < SYSFS_CPU_MAX));
	}
	if (sysfs_scale(text, &scale))
		require(isfinite(scale) && scale > 0);
	free(text);
	return 0;
}
