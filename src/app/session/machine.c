/* The table of what disturbs measuring here: each row looks, says what it found and how to mend it.
 * SPDX-License-Identifier: MIT */
#include "app/session/machine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "energy/sysfs.h"

#define CPU_FOLDER "/sys/devices/system/cpu"
#define WATCH_NAP_NS 50000000L
#define WATCH_LEAST_NS 500000000LL
#define WATCH_MOST_NS 3000000000LL
#define CLOCK_SPREAD 0.10 /* a window below 90 % of the best clock is not comparable */
#define CPUS_MAX 4096

void machine_watch(MachineLook *look)
{
	const EnergyOs *os = look->os;
	int fd = os->open(os, "/proc/stat", O_RDONLY);
	int64_t cpu_ns = clock_process_ns(), begin_ns = clock_now_ns(), span_ns;

	edge_machine(os, fd, &look->before);
	do {
		struct timespec nap = { .tv_nsec = WATCH_NAP_NS };
		nanosleep(&nap, NULL);
		edge_machine(os, fd, &look->after);
		span_ns = clock_now_ns() - begin_ns;
	} while (span_ns < WATCH_LEAST_NS ||
		 (look->after.capacity_ns >= 0 && !edge_judged(&look->before, &look->after) &&
		  span_ns < WATCH_MOST_NS));
	look->own_cpu_s = (double)(clock_process_ns() - cpu_ns) / CLOCK_NS_PER_S;
	if (fd >= 0)
		os->close(os, fd);
}

static bool found(MachineFinding *out, const char *state, const char *fix)
{
	out->state = state;
	text_format(out->fix, sizeof out->fix, "%s", fix);
	return true;
}

/* --- BLAS ------------------------------------------------------------------------------------- */

/* Core types of OpenBLAS that use AVX-512. */
static bool core_is_wide(const char *core)
{
	static const char *const wide[] = { "SkylakeX", "Cooperlake", "SapphireRapids" };
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
		if (strcasecmp(core, wide[i]) == 0)
			return true;
	return false;
}

static bool blas_find(const MachineLook *look, size_t at, MachineFinding *out)
{
	const json_t *receipt = json_object_get(look->record, "receipt"),
		     *blas = json_object_get(receipt, "blas"),
		     *cpu = json_object_get(receipt, "cpu");
	const char *core = record_text(blas, "core"), *flavour = record_text(blas, "flavour");
	if (at > 0)
		return false;
	int n = (int)text_format(out->cause, sizeof out->cause, "%s, core %s, %s",
				 record_text(blas, "name"), core, flavour);
	if (strcmp(flavour, "openmp") == 0)
		return found(out, "warn",
			     "apt-get install libopenblas0-pthread: the OpenMP flavour collapses "
			     "under our own threads");
	if (strcmp(flavour, "pthread") != 0)
		return found(out, "warn",
			     "apt-get install libopenblas0-pthread: this flavour may not be called "
			     "from several threads at once; until then use --threads 1");
	if (!strstr(record_text(cpu, "features"), "avx512") || core_is_wide(core))
		return found(out, "ok", "");
	text_format(out->cause + n, sizeof out->cause - (size_t)n,
		    ": a core without AVX-512, which this processor has; the dense baseline may "
		    "run at half its speed");
	return found(
		out, "warn",
		"unset OPENBLAS_CORETYPE, or set it to SkylakeX if OpenBLAS does not know this "
		"processor");
}

/* What a variable of the environment does to a run; names end with "*" where any rest fits. The
 * launcher gives workers one BLAS thread whatever the user's variables say. */
static const struct {
	const char *name, *state, *effect;
} overrides[] = {
	{ "OPENBLAS_CORETYPE", "warn",
	  "it forces a core type on the dense kernels, can halve the speed of the dense baseline "
	  "and so inflates every saving" },
	{ "OPENBLAS_L2_SIZE", "warn",
	  "it forces block sizes on the dense kernels and changes the speed of the dense "
	  "baseline" },
	{ "OPENBLAS_NUM_THREADS", "ok", "it has no effect: a worker's BLAS has one thread" },
	{ "OPENBLAS_DEFAULT_NUM_THREADS", "ok",
	  "it has no effect: a worker's BLAS has one thread" },
	{ "OPENBLAS_VERBOSE", "ok", "it has no effect on speed" },
	{ "OPENBLAS_*", "warn", "it may change the speed of the dense baseline" },
	{ "OMP_*", "ok", "it has no effect: nothing here uses OpenMP" },
};

static bool override_find(const MachineLook *look, size_t at, MachineFinding *out)
{
	json_t *blas = json_object_get(json_object_get(look->record, "receipt"), "blas"), *value;
	bool openmp = strcmp(record_text(blas, "flavour"), "openmp") == 0;
	const char *name;
	char fix[160];
	json_object_foreach(json_object_get(blas, "overrides"), name, value)
	{
		size_t i = 0;
		if (at-- > 0)
			continue;
		while (i + 1 < sizeof overrides / sizeof *overrides) {
			size_t len = strlen(overrides[i].name) - 1;
			bool any = overrides[i].name[len] == '*';
			if (any ? strncmp(name, overrides[i].name, len) == 0
				: strcmp(name, overrides[i].name) == 0)
				break;
			i++;
		}
		bool omp = openmp && strncmp(name, "OMP_", 4) == 0;
		bool warn = omp || strcmp(overrides[i].state, "warn") == 0;
		text_format(out->cause, sizeof out->cause, "%s=%s is set: %s", name,
			    json_string_value(value) ? json_string_value(value) : "",
			    omp ? "it steers the threads of an OpenMP BLAS" : overrides[i].effect);
		text_format(fix, sizeof fix, "unset %s, unless the override is what you study",
			    name);
		return found(out, warn ? "warn" : "ok", warn ? fix : "");
	}
	return false;
}

/* --- other work ------------------------------------------------------------------------------- */

static bool watched(const MachineLook *look, const char *what, MachineFinding *out)
{
	if (look->before.capacity_ns >= 0 && look->after.capacity_ns > look->before.capacity_ns)
		return true;
	text_format(out->cause, sizeof out->cause,
		    "/proc/stat cannot be read, so %s is not seen and no window is repeated for it",
		    what);
	return false;
}

static double seconds(int64_t before_ns, int64_t after_ns)
{
	return (double)(after_ns - before_ns) / CLOCK_NS_PER_S;
}

static bool busy_find(const MachineLook *look, size_t at, MachineFinding *out)
{
	char load[64] = "";
	Why why;
	if (at > 0)
		return false;
	if (!watched(look, "other work", out))
		return found(out, "no", "");
	double all_s = seconds(look->before.capacity_ns, look->after.capacity_ns);
	double busy_s = seconds(look->before.busy_ns, look->after.busy_ns) - look->own_cpu_s;
	double share = busy_s > 0 ? busy_s / all_s : 0;
	if (sysfs_text(look->os, "/proc/loadavg", load, sizeof load, &why))
		load[strcspn(load, " ")] = '\0';
	text_format(out->cause, sizeof out->cause,
		    "other processes took %.0f %% of all CPU time%s%s", 100 * share,
		    *load ? "; load average " : "", load);
	if (share > EDGE_FOREIGN_SHARE)
		return found(out, "warn",
			     "end what else runs (top shows it): blocks with more than 5 % are "
			     "repeated, and runs stay undecided");
	return found(out, "ok", "");
}

static bool steal_find(const MachineLook *look, size_t at, MachineFinding *out)
{
	if (at > 0)
		return false;
	if (!watched(look, "stolen time", out))
		return found(out, "no", "");
	double all_s = seconds(look->before.capacity_ns, look->after.capacity_ns);
	double share = seconds(look->before.steal_ns, look->after.steal_ns) / all_s;
	text_format(out->cause, sizeof out->cause, "the hypervisor took %.1f %% of all CPU time",
		    100 * share);
	if (share > EDGE_STEAL_SHARE)
		return found(
			out, "warn",
			"use a machine, or an instance, whose CPUs are not shared: blocks with "
			"more than 1 % are repeated");
	return found(out, "ok", "");
}

/* --- frequency -------------------------------------------------------------------------------- */

/* A file of a CPU's cpufreq folder; false when there is none. */
static bool cpufreq_text(const MachineLook *look, int cpu, const char *name, char *out, size_t cap)
{
	char path[128];
	Why why;
	text_format(path, sizeof path, CPU_FOLDER "/cpu%d/cpufreq/%s", cpu, name);
	return sysfs_text(look->os, path, out, cap, &why);
}

static bool cpufreq_mhz(const MachineLook *look, int cpu, const char *name, uint64_t *out)
{
	char text[32];
	if (!cpufreq_text(look, cpu, name, text, sizeof text) || !sysfs_u64(text, out))
		return false;
	*out /= 1000;
	return true;
}

/* The CPUs that are online, -1 when that cannot be read; *cpus is the caller's to free. */
static int cpus_online(const MachineLook *look, int **cpus)
{
	char text[1024];
	Why why;
	*cpus = malloc(CPUS_MAX * sizeof **cpus);
	if (!*cpus || !sysfs_text(look->os, CPU_FOLDER "/online", text, sizeof text, &why))
		return -1;
	return sysfs_cpus(text, *cpus, CPUS_MAX);
}

/* How many CPUs have another governor than performance (the first one is named), and are held below
 * their most (the first one's figures). */
typedef struct Frequency {
	int governed, held;
	char governor[32];
	uint64_t now_mhz, most_mhz;
} Frequency;

static void frequency_look(const MachineLook *look, int cpu, Frequency *out)
{
	char governor[32];
	uint64_t now, most;
	if (cpufreq_text(look, cpu, "scaling_governor", governor, sizeof governor) &&
	    strcmp(governor, "performance") != 0 && out->governed++ == 0)
		memcpy(out->governor, governor, sizeof governor);
	if (!cpufreq_mhz(look, cpu, "scaling_max_freq", &now) ||
	    !cpufreq_mhz(look, cpu, "cpuinfo_max_freq", &most) || now >= most)
		return;
	if (out->held++ == 0) {
		out->now_mhz = now;
		out->most_mhz = most;
	}
}

static bool frequency_find(const MachineLook *look, size_t at, MachineFinding *out)
{
	Frequency f = { .governor = "" };
	char text[32];
	int *cpus, count = cpus_online(look, &cpus), governed = 0;
	for (int i = 0; i < count; i++) {
		governed += cpufreq_text(look, cpus[i], "scaling_governor", text, sizeof text);
		frequency_look(look, cpus[i], &f);
	}
	free(cpus);
	if (governed == 0 && at == 0) {
		text_format(out->cause, sizeof out->cause,
			    "there is no " CPU_FOLDER "/cpu0/cpufreq, as in most virtual machines: "
			    "who sets the frequency, and how, is not seen");
		return found(out, "no", "");
	}
	if (f.governed > 0 && at-- == 0) {
		text_format(out->cause, sizeof out->cause,
			    "the governor of %d of %d CPUs is %s: the clock follows the load",
			    f.governed, governed, f.governor);
		return found(out, "warn", "as root: cpupower frequency-set -g performance");
	}
	if (f.held > 0 && at-- == 0) {
		text_format(out->cause, sizeof out->cause,
			    "%d of %d CPUs are held to %llu of %llu MHz", f.held, governed,
			    (unsigned long long)f.now_mhz, (unsigned long long)f.most_mhz);
		text_format(text, sizeof text, "%lluMHz", (unsigned long long)f.most_mhz);
		text_format(out->fix, sizeof out->fix,
			    "as root: cpupower frequency-set -u %s; a laptop on battery or too hot "
			    "holds it again",
			    text);
		out->state = "warn";
		return true;
	}
	text_format(out->cause, sizeof out->cause,
		    "all %d CPUs run by the governor performance, up to their most", governed);
	return governed > 0 && at == 0 && !f.governed && !f.held && found(out, "ok", "");
}

static bool clock_find(const MachineLook *look, size_t at, MachineFinding *out)
{
	const json_t *clock_ghz = json_object_get(look->record, "clock_ghz");
	double least = 0, most = 0;
	size_t count = json_array_size(clock_ghz);
	if (at > 0 || count == 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		double ghz = json_number_value(json_array_get(clock_ghz, i));
		least = i == 0 || ghz < least ? ghz : least;
		most = ghz > most ? ghz : most;
	}
	text_format(out->cause, sizeof out->cause,
		    "one thread got %.2f to %.2f GHz in %zu probes of 20 ms", least, most, count);
	if (least < (1 - CLOCK_SPREAD) * most)
		return found(
			out, "warn",
			"the clock throttles or other work takes its time: end what else runs, "
			"cool the machine, fix the governor; then compare only arms that took "
			"turns");
	return found(out, "ok", "");
}

/* --- the meter -------------------------------------------------------------------------------- */

void machine_meter(MachineLook *look, const char *path)
{
	struct statvfs status;
	look->capable = getxattr(path, "security.capability", NULL, 0) > 0;
	look->nosuid = statvfs(path, &status) == 0 && status.f_flag & ST_NOSUID;
}

/* The kernel passes over a capability without a word. */
static bool meter_find(const MachineLook *look, size_t at, MachineFinding *out)
{
	static const char ignored[] = "the capability of wattle-meter is ignored";
	if (at > 0 || !look->rights)
		return false;
	if (json_is_true(json_object_get(look->rights, "cap_perfmon"))) {
		text_format(out->cause, sizeof out->cause,
			    "wattle-meter holds cap_perfmon until its sensors are open");
		return found(out, "ok", "");
	}
	if (!look->capable) {
		text_format(out->cause, sizeof out->cause,
			    "wattle-meter carries no capability: it opens what this user may open");
		return found(out, "ok", "");
	}
	if (json_is_true(json_object_get(look->rights, "no_new_privs"))) {
		text_format(out->cause, sizeof out->cause, "%s: no-new-privs is set here", ignored);
		return found(out, "warn",
			     "start wattle outside of what set it: a container, a sandbox, a "
			     "service with NoNewPrivileges=");
	}
	if (look->nosuid) {
		text_format(out->cause, sizeof out->cause, "%s: its file system is mounted nosuid",
			    ignored);
		return found(out, "warn",
			     "install wattle on another file system, or mount this one with suid");
	}
	text_format(out->cause, sizeof out->cause, "%s, or is not cap_perfmon", ignored);
	return found(out, "warn",
		     "setcap cap_perfmon=ep on wattle-meter; in a user namespace it has no effect");
}

const MachineCheck machine_checks[] = {
	{ "blas", blas_find },           { "blas override", override_find },
	{ "busy", busy_find },           { "steal", steal_find },
	{ "frequency", frequency_find }, { "clock", clock_find },
	{ "meter", meter_find },         { NULL, NULL },
};
