/* The table of kernels, how one is chosen, and the numbers of integer requantization.
 * SPDX-License-Identifier: MIT */
#include "num/kernel.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "num/cpu.h"

#define KERNEL_NAME_MAX 64

enum {
	KERNELS_COUNT = 0
#define ROW(name) +1
#include "num/kernels.inc"
#undef ROW
};

static const char *const form_names[KERNEL_FORMS] = {
	[KERNEL_DENSE] = "dense", [KERNEL_CSR] = "csr",   [KERNEL_INT8] = "int8",
	[KERNEL_BLOCK] = "block", [KERNEL_BF16] = "bf16", [KERNEL_ROWS_CSR] = "rows-csr",
};

static const struct {
	const char *name;
	uint32_t needs;    /* what the processor must have */
	uint32_t features; /* what kernels may then use */
} levels[] = {
	{ "auto", 0, ~(uint32_t)CPU_NEVER },
	{ "scalar", 0, 0 },
	{ "avx2", CPU_AVX2, CPU_AVX2 },
	{ "avx512", CPU_AVX512, CPU_AVX2 | CPU_AVX512 | CPU_VNNI | CPU_BF16 },
};

#define LEVELS (sizeof levels / sizeof *levels)

const char *kernel_form_name(KernelForm form)
{
	return form_names[form];
}

bool kernel_form_find(const char *name, KernelForm *form)
{
	for (int i = 0; i < KERNEL_FORMS; i++) {
		if (strcmp(name, form_names[i]) == 0) {
			*form = (KernelForm)i;
			return true;
		}
	}
	return false;
}

const Kernel *kernel_find(const char *name)
{
	for (size_t i = 0; kernels[i]; i++)
		if (strcmp(kernels[i]->info.name, name) == 0)
			return kernels[i];
	return NULL;
}

static bool kernel_unknown(const char *name, Err *err)
{
	const char *known[KERNELS_COUNT + LEVELS + 1];
	char hint[TEXT_HINT_MAX];
	size_t count = 0;

	for (size_t i = 0; i < LEVELS; i++)
		known[count++] = levels[i].name;
	for (size_t i = 0; kernels[i]; i++)
		known[count++] = kernels[i]->info.name;
	known[count] = NULL;
	return err_set(err, ERR_USAGE, "unknown kernel '%s'%s", name,
		       text_did_you_mean(hint, name, known));
}

static bool kernel_lacking(const char *name, uint32_t missing, Err *err)
{
	char text[64];

	if (missing & (uint32_t)CPU_NEVER)
		return err_set(err, ERR_USAGE, "kernel '%s' is for another kind of processor",
			       name);
	cpu_features_text(missing, text, sizeof text);
	return err_set(err, ERR_USAGE, "kernel '%s' needs what this processor lacks: %s", name,
		       text);
}

/* One name between commas. */
static bool wish_force(KernelWish *out, const char *name, Err *err)
{
	const Kernel *kernel = kernel_find(name);
	uint32_t missing;

	if (!kernel)
		return kernel_unknown(name, err);
	missing = kernel->needs & ~out->features;
	if (missing)
		return kernel_lacking(name, missing, err);
	const Kernel **forced = &out->forced[kernel->op][kernel->form];

	if (*forced)
		return err_set(err, ERR_USAGE, "kernels '%s' and '%s' are both %s: name one",
			       (*forced)->info.name, name, form_names[kernel->form]);
	*forced = kernel;
	return true;
}

bool kernel_wish_parse(KernelWish *out, const char *text, Err *err)
{
	uint32_t here = cpu_features();

	*out = (KernelWish){ .features = here };
	for (size_t i = 0; i < LEVELS; i++) {
		if (strcmp(text, levels[i].name) != 0)
			continue;
		if (levels[i].needs & ~here)
			return kernel_lacking(text, levels[i].needs & ~here, err);
		out->features = here & levels[i].features;
		return true;
	}
	for (;;) {
		char name[KERNEL_NAME_MAX];
		size_t len = strcspn(text, ",");

		text_format(name, sizeof name, "%.*s", (int)(len < sizeof name ? len : sizeof name),
			    text);
		if (!wish_force(out, name, err))
			return false;
		if (text[len] == '\0')
			return true;
		text += len + 1;
	}
}

bool kernel_fits(const Kernel *kernel, size_t batch, const KernelWish *wish)
{
	const Kernel *forced = wish->forced[kernel->op][kernel->form];

	if (forced)
		return kernel == forced;
	return !(kernel->needs & ~wish->features) && batch >= kernel->batch_min &&
	       (!kernel->batch_max || batch <= kernel->batch_max);
}

const Kernel *kernel_pick(KernelOp op, KernelForm form, size_t batch, const KernelWish *wish)
{
	for (size_t i = 0; kernels[i]; i++) {
		const Kernel *kernel = kernels[i];

		if (kernel->op == op && kernel->form == form && kernel_fits(kernel, batch, wish))
			return kernel;
	}
	return NULL;
}

Requant requant_from_scale(double scale)
{
	Requant q = { 0, 0 };
	int exponent;
	int64_t multiplier;
	double fraction =
		frexp(scale, &exponent); /* scale = fraction · 2^exponent, fraction in [½, 1) */

	if (!(scale > 0) || exponent < -31)
		return q;
	multiplier = llround(fraction * 0x1p31);
	if (multiplier == INT64_C(1) << 31) {
		multiplier >>= 1;
		exponent++;
	}
	if (exponent > 30) {
		multiplier = INT32_MAX;
		exponent = 30;
	}
	q.multiplier = (int32_t)multiplier;
	q.shift = -exponent;
	return q;
}

#define ROW(name) extern const Kernel kernel_##name;
#include "num/kernels.inc"
#undef ROW

const Kernel *const kernels[] = {
#define ROW(name) &kernel_##name,
#include "num/kernels.inc"
#undef ROW
	NULL,
};
