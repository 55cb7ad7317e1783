/* How kernels are chosen, and the numbers of integer requantization.
 * SPDX-License-Identifier: MIT */
#include "num/kernel.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "num/cpu.h"
#include "unit.h"

static Err err;

static const Kernel *pick(KernelForm form, const KernelWish *wish)
{
	return kernel_pick(KERNEL_LINEAR, form, 64, wish);
}

/* Kernels made for a few rows are only picked for those. */
static void test_batches(void **state)
{
	KernelWish wish = { .features = cpu_features() };

	(void)state;
	for (uint32_t level = 0; level < 2; level++, wish.features = 0) {
		for (size_t batch = 1; batch < 100; batch++) {
			for (int form = 0; form < KERNEL_FORMS; form++) {
				const Kernel *kernel =
					kernel_pick(KERNEL_LINEAR, (KernelForm)form, batch, &wish);

				assert_non_null(kernel);
				assert_true(batch >= kernel->batch_min);
				assert_true(!kernel->batch_max || batch <= kernel->batch_max);
			}
		}
	}
	assert_string_equal(kernel_pick(KERNEL_LINEAR, KERNEL_CSR, 1, &wish)->info.name,
			    "csr-row-scalar");
}

static void test_wishes(void **state)
{
	KernelWish wish;

	(void)state;
	assert_true(kernel_wish_parse(&wish, "auto", &err));
	for (int form = 0; form < KERNEL_FORMS; form++) {
		const Kernel *kernel = pick((KernelForm)form, &wish);

		assert_non_null(kernel);
		assert_false(kernel->needs & ~cpu_features());
	}
	assert_true(kernel_wish_parse(&wish, "scalar", &err));
	assert_string_equal(pick(KERNEL_DENSE, &wish)->info.name, "dense-blas");
	assert_string_equal(pick(KERNEL_BLOCK, &wish)->info.name, "block-scalar");
	assert_string_equal(pick(KERNEL_BF16, &wish)->info.name, "bf16-scalar");
	assert_string_equal(pick(KERNEL_CSR, &wish)->info.name, "csr-scalar");
	assert_string_equal(pick(KERNEL_INT8, &wish)->info.name, "int8-scalar");
	assert_true(kernel_wish_parse(&wish, "csr-scalar,dense-reference", &err));
	assert_string_equal(pick(KERNEL_CSR, &wish)->info.name, "csr-scalar");
	assert_string_equal(pick(KERNEL_DENSE, &wish)->info.name, "dense-reference");
	assert_true(kernel_fits(kernel_find("csr-scalar"), 1, &wish));
	assert_false(kernel_fits(kernel_find("csr-row-scalar"), 1, &wish));
	assert_false(kernel_fits(kernel_find("dense-blas"), 64, &wish));
	assert_true(kernel_fits(kernel_find("block-scalar"), 64, &wish));
	assert_false(kernel_wish_parse(&wish, "csr-scalr", &err));
	assert_int_equal(err.code, ERR_USAGE);
	assert_non_null(strstr(err.text, "did you mean 'csr-scalar'?"));
	assert_false(kernel_wish_parse(&wish, "csr-scalar,", &err));
	assert_false(kernel_wish_parse(&wish, "csr-scalar,csr-scalar", &err));
	assert_non_null(strstr(err.text, "both csr"));
	wish = (KernelWish){ .features = 0 };
	assert_string_equal(pick(KERNEL_INT8, &wish)->info.name, "int8-scalar");
}

/* Requantization against exact arithmetic in quad precision, ties included: floor(acc·M + ½). */
static void test_requant(void **state)
{
	static const double scales[] = { 0.5,     0.25, 1.0 / 3, 0.999999,
					 1e-3,    7e-8, 0x1p-31, 0x1p-32,
					 0x1p-33, 1,    3.7,     0x1.fffffffffffffp-1 };

	Random source;

	(void)state;
	random_init(&source, 7, RANDOM_WEIGHTS);
	for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
		Requant q = requant_from_scale(scales[s]);
		double m = ldexp((double)q.multiplier, -31 - q.shift);

		assert_true(fabs(m - scales[s]) <= scales[s] * 0x1p-31 + 0x1p-33);
		for (int i = 0; i < 2000; i++) {
			int32_t acc = (int32_t)random_below(&source, 1u << 29) - (1 << 28);
			long double exact;

			acc = i < 100 ? i - 50 : acc;
			exact = floorl((long double)acc * (long double)m + 0.5L);
			assert_true((long double)requant_apply(acc, q) == exact);
		}
	}
	assert_int_equal(requant_from_scale(1e12).multiplier, INT32_MAX);
	assert_int_equal(requant_apply(INT32_MAX, requant_from_scale(0)), 0);
	assert_int_equal(requant_apply(INT32_MIN, requant_from_scale(1e-30)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wishes),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_requant),
	};

	return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}
