/* NVIDIA GPUs through the driver's library, loaded when the program runs. Measured: the energy
 * counter since the driver was loaded (Volta and newer), else the power, integrated at the meter's
 * polls.
 *
 * What we call of NVML is declared here; its interface is stable (nvml.h of the CUDA toolkit). The
 * sensor updates each 20 to 100 ms; that of A100, H100 and their kin sees about a quarter of the
 * time (arXiv 2312.02741), so that their readings are FILTERED. The library is loaded after the
 * meter has dropped its rights: it needs none.
 * SPDX-License-Identifier: MIT */
#include "energy/track.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define NVML_LIBRARY "libnvidia-ml.so.1"
#define DRIVER_FIX "load NVIDIA's driver: modprobe nvidia; nvidia-smi must work"
#define RIGHTS_FIX "ask for read and write rights on /dev/nvidiactl and /dev/nvidia0"

typedef struct NvmlDevice NvmlDevice;
typedef int NvmlVoid(void);
typedef int NvmlCount(unsigned *count);
typedef int NvmlByIndex(unsigned index, NvmlDevice **device);
typedef int NvmlName(NvmlDevice *device, char *name, unsigned size);
typedef int NvmlEnergy(NvmlDevice *device, unsigned long long *millijoules);
typedef int NvmlPower(NvmlDevice *device, unsigned *milliwatts);

typedef struct Nvml {
	Tracks tracks;
	void *lib;
	bool running;
	NvmlVoid *init, *shutdown;
	NvmlCount *count;
	NvmlByIndex *by_index;
	NvmlName *name;
	NvmlEnergy *energy;
	NvmlPower *power;
	NvmlDevice *device[ENERGY_DOMAINS_MAX];
} Nvml;

enum { NVML_SUCCESS = 0, NVML_NOT_SUPPORTED = 3 };

/* nvmlReturn_t of nvml.h. */
static const struct {
	int code;
	const char *name, *fix;
} errors[] = {
	{ 1, "UNINITIALIZED", "" },
	{ 2, "INVALID_ARGUMENT", "" },
	{ NVML_NOT_SUPPORTED, "NOT_SUPPORTED", "this GPU has no sensor that can be read" },
	{ 4, "NO_PERMISSION", RIGHTS_FIX },
	{ 5, "ALREADY_INITIALIZED", "" },
	{ 6, "NOT_FOUND", "" },
	{ 7, "INSUFFICIENT_SIZE", "" },
	{ 8, "INSUFFICIENT_POWER", "plug in the GPU's power cables" },
	{ 9, "DRIVER_NOT_LOADED", DRIVER_FIX },
	{ 10, "TIMEOUT", "" },
	{ 11, "IRQ_ISSUE", "" },
	{ 12, "LIBRARY_NOT_FOUND", DRIVER_FIX },
	{ 13, "FUNCTION_NOT_FOUND", "install a newer driver" },
	{ 14, "CORRUPTED_INFOROM", "" },
	{ 15, "GPU_IS_LOST", "the GPU fell off the bus: start the machine again" },
	{ 16, "RESET_REQUIRED", "nvidia-smi --gpu-reset, or start the machine again" },
	{ 17, "OPERATING_SYSTEM", "" },
	{ 18, "LIB_RM_VERSION_MISMATCH",
	  "library and kernel module differ: start the machine again" },
	{ 19, "IN_USE", "" },
	{ 20, "MEMORY", "" },
	{ 21, "NO_DATA", "" },
	{ 22, "VGPU_ECC_NOT_SUPPORTED", "" },
	{ 23, "INSUFFICIENT_RESOURCES", "" },
	{ 24, "FREQ_NOT_SUPPORTED", "" },
	{ 25, "ARGUMENT_VERSION_MISMATCH", "" },
	{ 26, "DEPRECATED", "" },
	{ 27, "NOT_READY", "" },
	{ 28, "GPU_NOT_FOUND", "no GPU is visible here" },
	{ 29, "INVALID_STATE", "" },
	{ 999, "UNKNOWN", "" },
};

static bool nvml_why(Why *why, int code, const char *call, unsigned index)
{
	const char *name = "a code that nvml.h did not know", *fix = "";

	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].code == code) {
			name = errors[i].name;
			fix = errors[i].fix;
		}
	return why_set(why, 0, fix, "%s(gpu %u): NVML_ERROR %s (%d)", call, index, name, code);
}

static bool nvml_find(Nvml *n, Why *why)
{
	static const char *const names[] = {
		"nvmlInit_v2",
		"nvmlShutdown",
		"nvmlDeviceGetCount_v2",
		"nvmlDeviceGetHandleByIndex_v2",
		"nvmlDeviceGetName",
		"nvmlDeviceGetPowerUsage",
		"nvmlDeviceGetTotalEnergyConsumption",
	};
	EnergyFunction *found[7];
	const EnergyOs *os = n->tracks.os;

	n->lib = os->lib_open(os, NVML_LIBRARY);
	if (!n->lib)
		return why_set(why, ENOENT,
			       "only for NVIDIA GPUs: install their driver (libnvidia-ml1)",
			       "dlopen(" NVML_LIBRARY ")");
	for (int i = 0; i < 7; i++) {
		found[i] = os->lib_find(os, n->lib, names[i]);
		if (!found[i] && i < 6) /* the energy counter came last, with driver 384 */
			return why_set(why, ENOSYS, "install a newer driver", "dlsym(%s)",
				       names[i]);
	}
	n->init = (NvmlVoid *)found[0];
	n->shutdown = (NvmlVoid *)found[1];
	n->count = (NvmlCount *)found[2];
	n->by_index = (NvmlByIndex *)found[3];
	n->name = (NvmlName *)found[4];
	n->power = (NvmlPower *)found[5];
	n->energy = (NvmlEnergy *)found[6];
	return true;
}

/* Sees a part of the time only. */
static bool filtered(const char *name)
{
	static const char *const kin[] = { "A100", "A800", "H100", "H800", "H200", "GH200" };

	for (size_t i = 0; i < sizeof kin / sizeof *kin; i++)
		if (strstr(name, kin[i]))
			return true;
	return false;
}

/* The counter, or where there is none the power. */
static int nvml_raw(const Nvml *n, int i, bool power, uint64_t *raw)
{
	unsigned long long mj = 0;
	unsigned mw = 0;
	int code = power ? n->power(n->device[i], &mw) : n->energy(n->device[i], &mj);

	*raw = power ? mw : mj;
	return code;
}

static bool device_start(Nvml *n, int i, Why *why)
{
	Track *track = &n->tracks.track[i];
	char name[96] = "";
	uint64_t raw;
	int code = n->by_index((unsigned)i, &n->device[i]);
	bool power = !n->energy;

	if (code != NVML_SUCCESS)
		return nvml_why(why, code, "nvmlDeviceGetHandleByIndex_v2", (unsigned)i);
	if (n->name(n->device[i], name, sizeof name) != NVML_SUCCESS)
		name[0] = '\0';
	name[sizeof name - 1] = '\0';
	code = nvml_raw(n, i, power, &raw);
	if (code == NVML_NOT_SUPPORTED && !power) {
		power = true;
		code = nvml_raw(n, i, power, &raw);
	}
	if (code != NVML_SUCCESS)
		return nvml_why(why, code,
				power ? "nvmlDeviceGetPowerUsage"
				      : "nvmlDeviceGetTotalEnergyConsumption",
				(unsigned)i);
	track->domain = (EnergyDomain){
		.scope = ENERGY_GPU,
		.parent = -1,
		.unit_j = 1e-3,
		.update_s = 0.1,
		.max_w = track_max_w(ENERGY_GPU),
		.scale_err = 0.05, /* "within 5 %" of nvidia-smi's manual */
		.poll_s = power ? 0.1 : 0,
	};
	text_format(track->domain.id, sizeof track->domain.id, "gpu-%d", i);
	track->prov = ENERGY_MEASURED;
	track->flags = filtered(name) ? ENERGY_FILTERED : 0;
	track->raw_w = power ? 1e-3 : 0;
	track->count.raw_j = 1e-3;
	why_set(why, 0, "", "%s, %s", *name ? name : "a GPU without a name",
		power ? "power integrated" : "energy counter");
	return track_start(&n->tracks, track, raw, false, why);
}

static bool devices_start(Nvml *n, Why *why)
{
	unsigned count = 0;
	int code = n->init();

	if (code != NVML_SUCCESS)
		return nvml_why(why, code, "nvmlInit_v2", 0);
	n->running = true;
	code = n->count(&count);
	if (code != NVML_SUCCESS)
		return nvml_why(why, code, "nvmlDeviceGetCount_v2", 0);
	if (count == 0)
		return why_set(why, ENODEV, "no NVIDIA GPU is visible here",
			       "nvmlDeviceGetCount_v2: 0 GPUs");
	if (count > ENERGY_DOMAINS_MAX)
		return why_set(why, E2BIG, "", "more than %d GPUs", ENERGY_DOMAINS_MAX);
	for (n->tracks.count = 0; n->tracks.count < (int)count; n->tracks.count++)
		if (!device_start(n, n->tracks.count, why))
			return false; /* a sum without one of them would be wrong */
	return true;
}

static void nvml_close(void *state)
{
	Nvml *n = state;

	if (!n)
		return;
	if (n->running)
		n->shutdown();
	if (n->lib)
		n->tracks.os->lib_close(n->tracks.os, n->lib);
	free(n);
}

static Nvml *nvml_new(const EnergyOs *os, Why *why)
{
	Nvml *n = calloc(1, sizeof *n);

	if (!n) {
		why_set(why, ENOMEM, "", "calloc");
		return NULL;
	}
	n->tracks.os = os;
	n->tracks.source = "nvml";
	if (nvml_find(n, why) && devices_start(n, why))
		return n;
	nvml_close(n);
	return NULL;
}

static bool nvml_probe(const EnergyOs *os, Why *why)
{
	Nvml *n = nvml_new(os, why);

	nvml_close(n);
	return n != NULL;
}

static void *nvml_open(const EnergyOs *os, const char *arg, Why *why, Err *err)
{
	Nvml *n = nvml_new(os, why);
	char text[192];

	(void)arg;
	if (!n)
		err_set(err, ERR_NEED, "nvml: %s", why_text(why, text));
	return n;
}

static bool nvml_value(void *state, int i, uint64_t *raw, Why *why)
{
	const Nvml *n = state;
	bool power = n->tracks.track[i].raw_w > 0;
	int code = nvml_raw(n, i, power, raw);

	return code == NVML_SUCCESS ||
	       nvml_why(why, code,
			power ? "nvmlDeviceGetPowerUsage" : "nvmlDeviceGetTotalEnergyConsumption",
			(unsigned)i);
}

static bool nvml_read(void *state, Reading *out, Err *err)
{
	return tracks_read(state, nvml_value, out, err);
}

const EnergySource energy_nvml = {
	.info = { .name = "nvml",
		  .title = "NVIDIA GPU (NVML)",
		  .about = "What NVIDIA GPUs use, board and memory, read through their driver's "
			   "library." },
	.place = ENERGY_IN_METER,
	.probe = nvml_probe,
	.open = nvml_open,
	.domains = tracks_domains,
	.read = nvml_read,
	.close = nvml_close,
};
