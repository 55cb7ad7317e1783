/* The receipt of a run: the machine, the libraries and the switches that its figures depend on.
 * SPDX-License-Identifier: MIT */
#include "trial/receipt.h"

#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

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

/* The kernel that each form would run by. */
static json_t *receipt_kernels(const KernelWish *wish)
{
	json_t *json = json_object();
	for (KernelForm form = 0; form < KERNEL_FORMS; form++) {
		const Kernel *kernel = kernel_pick(form, wish);
		json_object_set_new(json, kernel_form_name(form),
				    kernel ? json_string(kernel->info.name) : json_null());
	}
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
	json_object_set_new(json, "walls", walls ? json_deep_copy(walls) : json_object());
	return json;
}
