/* RAPL counters straight from the processor's registers, where no driver shows them: --energy msr.
 * Measured; 32 bits, so that they wrap within minutes; needs CAP_SYS_RAWIO and the module msr.
 *
 * Registers and units: Intel SDM volume 4 (606h, 611h, 619h, 639h, 641h); AMD PPR (C0010299h and
 * the next two), as the kernel's intel_rapl_msr and rapl use them. The unit is 2^-ESU J (bits
 * 12:8 of the unit register), but for the memory of servers since Haswell 2^-16 J. One CPU of
 * each die is read: on AMD a package register is of its die.
 * SPDX-License-Identifier: MIT */
#include "energy/track.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "energy/sysfs.h"

#define CPU_ROOT "/sys/devices/system/cpu"
#define ABSENT_FIX "modprobe msr; a virtual machine hides these registers"
#define DENIED_FIX "needs CAP_SYS_RAWIO: start as root; better: rapl-perf with cap_perfmon"
#define DIES_MAX 8
#define CPUS_MAX 4096
#define SERVER_DRAM_J 0x1p-16

typedef struct MsrRegister {
	const char *name;
	EnergyScope scope;
	unsigned address;
} MsrRegister;

static const MsrRegister intel[] = {
	{ "package", ENERGY_PKG, 0x611 },
	{ "dram", ENERGY_DRAM, 0x619 },
	{ "core", ENERGY_CORE, 0x639 },
	{ "igpu", ENERGY_IGPU, 0x641 },
};
static const MsrRegister amd[] = { { "package", ENERGY_PKG, 0xc001029b } };
#define INTEL_UNIT 0x606
#define AMD_UNIT 0xc0010299

/* Models of family 6 whose memory counts in 2^-16 J (intel_rapl_common.c: hsw_server,
 * spr_server). */
static const unsigned server_models[] = { 0x3f, 0x4f, 0x55, 0x57, 0x6a, 0x6c, 0x85, 0x8f, 0xcf };

typedef struct Msr {
	Tracks tracks;
	int dies, fd[DIES_MAX];
	uint64_t die[DIES_MAX]; /* package · 2^32 + die */
	struct {
		int fd;
		unsigned address;
	} counter[ENERGY_DOMAINS_MAX];
} Msr;

static bool msr_read(const EnergyOs *os, int fd, unsigned address, uint64_t *out, Why *why)
{
	ssize_t n = os->pread(os, fd, out, sizeof *out, (off_t)address);

	if (n == (ssize_t)sizeof *out)
		return true;
	return why_set(why, n < 0 ? errno : ENODATA, "", "read(/dev/cpu/*/msr at 0x%x)", address);
}

static uint64_t topology(const EnergyOs *os, int cpu, const char *file)
{
	char path[96], text[24];
	uint64_t value;
	Why ignored;

	text_format(path, sizeof path, CPU_ROOT "/cpu%d/topology/%s", cpu, file);
	return sysfs_text(os, path, text, sizeof text, &ignored) && sysfs_u64(text, &value) &&
			       value < UINT32_MAX
		       ? value
		       : 0;
}

/* Opens the first CPU of each die. */
static bool dies_open(Msr *m, Why *why)
{
	const EnergyOs *os = m->tracks.os;
	int cpus[CPUS_MAX];
	char text[512], path[64];
	int count;

	if (!sysfs_text(os, CPU_ROOT "/online", text, sizeof text, why))
		return why_set(why, why->error, ABSENT_FIX, "open(" CPU_ROOT "/online)");
	count = sysfs_cpus(text, cpus, CPUS_MAX);
	if (count < 1)
		return why_set(why, EINVAL, "", "parse(" CPU_ROOT "/online)");
	for (int i = 0; i < count; i++) {
		uint64_t die = topology(os, cpus[i], "physical_package_id") << 32 |
			       topology(os, cpus[i], "die_id");
		int k = 0;
		while (k < m->dies && m->die[k] != die)
			k++;
		if (k < m->dies)
			continue;
		if (m->dies == DIES_MAX)
			return why_set(why, E2BIG, "", "more than %d dies", DIES_MAX);
		text_format(path, sizeof path, "/dev/cpu/%d/msr", cpus[i]);
		m->fd[k] = os->open(os, path, O_RDONLY);
		if (m->fd[k] < 0)
			return why_set(why, errno,
				       errno == EACCES || errno == EPERM ? DENIED_FIX : ABSENT_FIX,
				       "open(%s)", path);
		m->die[k] = die;
		m->dies++;
	}
	return true;
}

/* Joules of one count of a register. */
static double count_j(const EnergyCpu *cpu, EnergyScope scope, uint64_t unit)
{
	bool server = false;

	for (size_t i = 0; i < sizeof server_models / sizeof *server_models; i++)
		server |= cpu->family == 6 && cpu->model == server_models[i];
	if (scope == ENERGY_DRAM && server && strcmp(cpu->vendor, "GenuineIntel") == 0)
		return SERVER_DRAM_J;
	return ldexp(1, -(int)(unit >> 8 & 31));
}

/* Follows a register of a die. Only packages must be there: of the others a processor has some. */
static bool counter_add(Msr *m, const MsrRegister *reg, int die, double raw_j, Why *why)
{
	int i = m->tracks.count;
	Track *track = &m->tracks.track[i];
	uint64_t raw;

	if (!msr_read(m->tracks.os, m->fd[die], reg->address, &raw, why))
		return reg->scope != ENERGY_PKG;
	if (reg->scope != ENERGY_PKG && (raw & UINT32_MAX) == 0)
		return true; /* a register that is there and never counts */
	if (i == ENERGY_DOMAINS_MAX)
		return why_set(why, E2BIG, "", "more than %d counters", ENERGY_DOMAINS_MAX);
	*track = (Track){
		.domain = { .scope = reg->scope,
			    .parent = -1,
			    .unit_j = raw_j,
			    .range_j = raw_j * UINT32_MAX,
			    .update_s = 1e-3,
			    .max_w = track_max_w(reg->scope),
			    .scale_err = energy_rapl_scale_err(m->tracks.os) },
		.prov = ENERGY_MEASURED,
		.count.raw_j = raw_j,
	};
	text_format(track->domain.id, sizeof track->domain.id, "%s-%d", reg->name, die);
	/* The packages come first, one a die. */
	if (reg->scope == ENERGY_CORE || reg->scope == ENERGY_IGPU)
		track->domain.parent = die;
	m->counter[i].fd = m->fd[die];
	m->counter[i].address = reg->address;
	m->tracks.count++;
	return track_start(&m->tracks, track, raw & UINT32_MAX, true, why);
}

static bool counters_add(Msr *m, Why *why)
{
	EnergyCpu cpu;
	uint64_t unit;
	bool is_intel;

	m->tracks.os->cpu(m->tracks.os, &cpu);
	is_intel = strcmp(cpu.vendor, "GenuineIntel") == 0;
	if (!is_intel && !(strcmp(cpu.vendor, "AuthenticAMD") == 0 && cpu.family >= 0x17))
		return why_set(why, 0, "use another source",
			       "no registers known for a processor of vendor \"%s\", family %u",
			       cpu.vendor, cpu.family);
	if (!dies_open(m, why) ||
	    !msr_read(m->tracks.os, m->fd[0], is_intel ? INTEL_UNIT : AMD_UNIT, &unit, why))
		return false;
	for (size_t r = 0; r < (is_intel ? sizeof intel / sizeof *intel : 1); r++)
		for (int die = 0; die < m->dies; die++) {
			const MsrRegister *reg = is_intel ? &intel[r] : &amd[r];
			if (!counter_add(m, reg, die, count_j(&cpu, reg->scope, unit), why))
				return false;
		}
	*why = (Why){ .error = 0 };
	return true;
}

static void msr_close(void *state)
{
	Msr *m = state;

	for (int i = 0; m && i < m->dies; i++)
		m->tracks.os->close(m->tracks.os, m->fd[i]);
	free(m);
}

static Msr *msr_new(const EnergyOs *os, Why *why)
{
	Msr *m = calloc(1, sizeof *m);

	if (!m) {
		why_set(why, ENOMEM, "", "calloc");
		return NULL;
	}
	m->tracks = (Tracks){ .os = os, .source = "msr" };
	if (counters_add(m, why))
		return m;
	msr_close(m);
	return NULL;
}

static void *msr_open(const EnergyOs *os, const char *arg, Why *why, Err *err)
{
	Msr *m = msr_new(os, why);
	char text[192];

	(void)arg;
	if (!m)
		err_set(err, ERR_NEED, "msr: %s", why_text(why, text));
	return m;
}

static bool msr_probe(const EnergyOs *os, Why *why)
{
	Msr *m = msr_new(os, why);

	msr_close(m);
	return m != NULL;
}

static bool msr_value(void *state, int i, uint64_t *raw, Why *why)
{
	const Msr *m = state;

	if (!msr_read(m->tracks.os, m->counter[i].fd, m->counter[i].address, raw, why))
		return false;
	*raw &= UINT32_MAX;
	return true;
}

static bool msr_source_read(void *state, Reading *out, Err *err)
{
	return tracks_read(state, msr_value, out, err);
}

const EnergySource energy_msr = {
	.info = { .name = "msr",
		  .title = "RAPL (registers)",
		  .about = "Energy counters of the CPU package, cores and memory, read from the "
			   "processor's registers." },
	.place = ENERGY_IN_METER,
	.privileged = true,
	.on_request = "",
	.probe = msr_probe,
	.open = msr_open,
	.domains = tracks_domains,
	.read = msr_source_read,
	.close = msr_close,
};
