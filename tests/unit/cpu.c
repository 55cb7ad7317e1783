/* Processor features and names.
 * SPDX-License-Identifier: MIT */
#include "num/cpu.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

static void test_features_imply_each_other(void **state)
{
	uint32_t features = cpu_features();

	(void)state;
	assert_int_equal(features, cpu_features());
	assert_false(features & CPU_NEVER);
	if (features & CPU_VNNI)
		assert_true(features & CPU_AVX512);
	if (features & CPU_AVX512)
		assert_true(features & CPU_AVX2);
}

/* The kernel's own list of flags must agree, where there is one. (An emulator of another processor
 * shows the list of the machine beneath it.) */
static void test_features_match_proc(void **state)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[8192];
	uint32_t features = cpu_features();
#if defined(__x86_64__)
	const bool x86 = true;
#else
	const bool x86 = false;
#endif

	(void)state;
	if (!file)
		return;
	while (fgets(line, sizeof line, file)) {
		if (strncmp(line, "flags", 5) != 0 || !x86)
			continue;
		assert_int_equal(!!(features & CPU_AVX2),
				 strstr(line, " avx2 ") && strstr(line, " fma "));
		assert_int_equal(!!(features & CPU_AVX512),
				 strstr(line, " avx512f ") && strstr(line, " avx512bw ") &&
					 strstr(line, " avx512dq ") && strstr(line, " avx512vl "));
		assert_int_equal(!!(features & CPU_VNNI), strstr(line, " avx512_vnni ") != NULL);
		break;
	}
	fclose(file);
}

static void test_texts(void **state)
{
	char text[64], small[5] = "xxxx";

	(void)state;
	cpu_features_text(0, text, sizeof text);
	assert_string_equal(text, "scalar");
	cpu_features_text(CPU_AVX2 | CPU_AVX512 | CPU_VNNI, text, sizeof text);
	assert_string_equal(text, "avx2 avx512 vnni");
	cpu_features_text(CPU_VNNI, text, sizeof text);
	assert_string_equal(text, "vnni");
	cpu_features_text(CPU_AVX2 | CPU_AVX512, small, sizeof small);
	assert_string_equal(small, "avx2");
}

static void test_names(void **state)
{
	char text[64], small[3];

	(void)state;
	cpu_model_name(text, sizeof text);
	assert_true(strlen(text) > 0 && text[0] != ' ' && text[strlen(text) - 1] != ' ');
	cpu_model_name(small, sizeof small);
	assert_int_equal(strlen(small), 2);
	cpu_model_name(small, 0);
	cpu_id(text, sizeof text);
	{
		char vendor[16];
		unsigned family, model, stepping;

		assert_int_equal(sscanf(text, "%15s %u %u %u", vendor, &family, &model, &stepping),
				 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_features_imply_each_other),
		cmocka_unit_test(test_features_match_proc),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
