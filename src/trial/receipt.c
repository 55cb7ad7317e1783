/* The receipt of a run: the machine, the libraries and the switches that its figures depend on.
 * SPDX-License-Identifier: MIT */
#include "trial/receipt.h"

#include <nettle/version.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

#include "base/text.h"
#include "num/blas.h"
#include "num/cpu.h"

#ifndef WATTLE_VERSION
#define WATTLE_VERSION "unknown"
#endif

static json_t *receipt_cpu(void)
{
	char name[128], id[64], features[64];
	cpu_model_name(name, sizeof name);
	cpu_id(id, sizeof id);
	cpu_features_text(cpu_features(), features, sizeof features);
	return json_pack("{s:s, s:s, s:s, s:I}", "model", name, "id", id, "features", features,
			 "online", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN));
}

static json_t *receipt_blas(const json_t *overrides)
{
	BlasInfo blas;
	blas_info(&blas);
	json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "name", blas.name, "core", blas.core,
				 "flavour", blas.flavour, "config", blas.config);
	if (json)
		json_object_set_new(json, "overrides",
				    overrides ? json_deep_copy(overrides) : json_object());
	return json;
}

#define RECEIPT_BATCH 64

static bool kernel_exists(KernelOp op, KernelForm form)
{
	for (size_t i = 0; kernels[i]; i++)
		if (kernels[i]->op == op && kernels[i]->form == form)
			return true;
	return false;
}

/* The kernel that each form would run by, at the usual batch: "csr" of linear layers, "conv csr" of
 * convolutions. Forms without any kernel are left out. */
static json_t *receipt_kernels(const KernelWish *wish)
{
	json_t *json = json_object();
	for (int op = 0; op < KERNEL_OPS; op++) {
		for (KernelForm form = 0; form < KERNEL_FORMS; form++) {
			char name[32];
			if (!kernel_exists((KernelOp)op, form))
				continue;
			const Kernel *kernel = kernel_pick((KernelOp)op, form, RECEIPT_BATCH, wish);
			text_format(name, sizeof name, "%s%s", op == KERNEL_CONV ? "conv " : "",
				    kernel_form_name(form));
			json_object_set_new(json, name,
					    kernel ? json_string(kernel->info.name) : json_null());
		}
	}
	return json;
}

/* What else the figures may depend on: file sizes on zlib, the last digits on the C library. */
static json_t *receipt_libraries(void)
{
	json_t *json = json_object();
	char libc[64] = "unknown";
#ifdef _CS_GNU_LIBC_VERSION
	confstr(_CS_GNU_LIBC_VERSION, libc, sizeof libc);
#endif
	json_object_set_new(json, "libc", json_string(libc));
	json_object_set_new(json, "zlib", json_string(zlibVersion()));
	json_object_set_new(json, "jansson", json_string(jansson_version_str()));
	json_object_set_new(json, "nettle",
			    json_sprintf("%d.%d", nettle_version_major(), nettle_version_minor()));
	return json;
}

json_t *receipt_json(const KernelWish *wish, unsigned threads, const json_t *overrides,
		     const json_t *walls)
{
	struct utsname system;
	json_t *json = json_object();
	if (!json || uname(&system) != 0)
		return json;
	json_object_set_new(json, "version", json_string(WATTLE_VERSION));
	json_object_set_new(json, "cpu", receipt_cpu());
	json_object_set_new(json, "blas", receipt_blas(overrides));
	json_object_set_new(json, "kernels", receipt_kernels(wish));
	json_object_set_new(json, "threads", json_integer(threads));
	json_object_set_new(json, "system",
			    json_sprintf("%s %s %s", system.sysname, system.release,
					 system.machine));
	json_object_set_new(json, "compiler", json_string(__VERSION__));
	json_object_set_new(json, "libraries", receipt_libraries());
	json_object_set_new(json, "walls", walls ? json_deep_copy(walls) : json_object());
	return json;
}
