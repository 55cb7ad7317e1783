/* Peaks of the machine: which there are, and that an interruption is heard. Speeds are no verdicts.
 * SPDX-License-Identifier: MIT */
#include "num/peak.h"

#include "num/cpu.h"
#include "unit.h"

static void test_every_peak_here_is_positive(void **state)
{
	Err err = { 0 };

	(void)state;
	for (PeakKind i = 0; i < PEAK_KINDS; i++) {
		double rate = peak_measure(i, cpu_features(), NULL, &err);

		if (peaks[i].needs & ~cpu_features())
			assert_true(rate == 0);
		else
			assert_true(rate > 0);
	}
}

static void test_lacking_features_have_no_peak(void **state)
{
	Err err = { 0 };

	(void)state;
	for (PeakKind i = 0; i < PEAK_KINDS; i++)
		if (peaks[i].needs)
			assert_true(peak_measure(i, 0, NULL, &err) == 0);
	assert_true(peak_measure(PEAK_F32_SCALAR, 0, NULL, &err) > 0);
}

static void test_reads_of_any_size(void **state)
{
	static const size_t sizes[] = { 0, 1, 511, 513, 100000 };
	static const uint32_t levels[] = { 0, CPU_AVX2, CPU_AVX2 | CPU_AVX512 };
	Err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t k = 0; k < sizeof levels / sizeof *levels; k++)
			if (!(levels[k] & ~cpu_features()))
				assert_true(peak_read(sizes[i], levels[k], NULL, &err) > 0);
}

static bool refuse(Control *control, Err *err)
{
	(void)control;
	return err_set(err, ERR_INTERRUPTED, "interrupted");
}

static void test_an_interruption_is_heard(void **state)
{
	Control control = { .poll = refuse };
	Err err = { 0 };

	(void)state;
	assert_true(peak_measure(PEAK_F32_SCALAR, 0, &control, &err) < 0);
	assert_int_equal(err.code, ERR_INTERRUPTED);
	err.code = ERR_NONE;
	assert_true(peak_read(4096, 0, &control, &err) < 0);
	assert_int_equal(err.code, ERR_INTERRUPTED);
}

static void test_the_clock_runs(void **state)
{
	(void)state;
	assert_true(peak_clock_ghz(1) > 0);
	assert_true(peak_clock_ghz(0) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_peak_here_is_positive),
		cmocka_unit_test(test_lacking_features_have_no_peak),
		cmocka_unit_test(test_reads_of_any_size),
		cmocka_unit_test(test_an_interruption_is_heard),
		cmocka_unit_test(test_the_clock_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
