/* Package energy from the kernel's powercap tree. Measured; wraps; read by root only
 * (CVE-2020-8694).
 * SPDX-License-Identifier: MIT */
#include "energy/energy.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "energy/sysfs.h"

#define POWERCAP_ROOT "/sys/class/powercap"
#define EACCES_FIX \
	"root only since CVE-2020-8694; none needed once rapl-perf works, else start as root"
#define ABSENT_FIX "no RAPL: a virtual machine hides it; on hardware: modprobe intel_rapl_msr"
#define UNIT_J 61e-6 /* the coarsest hardware unit, where the range does not tell it */

typedef struct Zone {
	char folder[48], name[24];
	bool secondary; /* seen through another interface than MSRs (mmio, tpmi) */
	bool duplicate; /* secondary, and its MSR twin is here too */
	int kind, fd;
	uint64_t range_uj;
	EnergyDomain domain;
	EnergyCount count;
} Zone;

typedef struct Powercap {
	const EnergyOs *os;
	int zones;
	Zone zone[ENERGY_DOMAINS_MAX];
} Powercap;

/* In headline order; the kernel may write a number behind the name. max_w is assumed: beyond all
 * that is sold. */
static const struct {
	const char *name;
	EnergyScope scope;
	double max_w;
} kinds[] = {
	{ "package", ENERGY_PKG, 1000 }, { "psys", ENERGY_BOARD, 4000 },
	{ "dram", ENERGY_DRAM, 400 },    { "core", ENERGY_CORE, 1000 },
	{ "uncore", ENERGY_IGPU, 300 },
};

static int zone_kind(const char *name)
{
	for (int i = 0; i < (int)(sizeof kinds / sizeof *kinds); i++) {
		size_t len = strlen(kinds[i].name);
		if (strncmp(name, kinds[i].name, len) == 0 && (!name[len] || name[len] == '-'))
			return i;
	}
	return -1;
}

/* "intel-rapl:0" or "intel-rapl-mmio:0:1", but not a control type such as "intel-rapl". */
static bool zone_folder(Zone *zone, const char *name, size_t len)
{
	const char *colon;

	*zone = (Zone){ .fd = -1 };
	if (len >= sizeof zone->folder)
		return false;
	memcpy(zone->folder, name, len);
	colon = strchr(zone->folder, ':');
	zone->secondary = colon != zone->folder + strlen("intel-rapl");
	return colon && strncmp(zone->folder, "intel-rapl", 10) == 0 &&
	       !strchr(zone->folder, '/') && strspn(colon, ":0123456789") == strlen(colon);
}

/* The zone that holds this one ("intel-rapl:0" of "intel-rapl:0:1"), -1 for a top zone. */
static int zone_parent(const Powercap *p, const Zone *zone)
{
	size_t len = (size_t)(strrchr(zone->folder, ':') - zone->folder);

	for (int i = 0; i < p->zones; i++)
		if (strlen(p->zone[i].folder) == len &&
		    strncmp(p->zone[i].folder, zone->folder, len) == 0)
			return i;
	return -1;
}

static EnergyHandle zone_handle(const Zone *zone)
{
	return (EnergyHandle){ .fd = zone->fd, .kind = ENERGY_HANDLE_TEXT };
}

static bool zone_read(const Powercap *p, const Zone *zone, uint64_t *uj)
{
	EnergyHandle handle = zone_handle(zone);

	return energy_handle_read(p->os, &handle, uj);
}

static bool zone_file(const Powercap *p, const Zone *zone, const char *file, char *out, size_t cap,
		      Why *why)
{
	char path[128];

	text_format(path, sizeof path, POWERCAP_ROOT "/%s/%s", zone->folder, file);
	return sysfs_text(p->os, path, out, cap, why);
}

/* Fills the zone and opens its counter. False with *why when it cannot be read; kind -1: not one
 * that we know. */
static bool zone_open(const Powercap *p, Zone *zone, Why *why)
{
	char text[64], path[128];
	uint64_t uj;
	Why ignored;

	zone->kind = -1;
	if (!zone_file(p, zone, "name", text, sizeof text, why))
		return false;
	zone->kind = zone_kind(text);
	if (zone->kind < 0)
		return true;
	text_format(zone->name, sizeof zone->name, "%s", text);
	if (!zone_file(p, zone, "max_energy_range_uj", text, sizeof text, &ignored) ||
	    !sysfs_u64(text, &zone->range_uj))
		zone->range_uj = 0;
	text_format(path, sizeof path, POWERCAP_ROOT "/%s/energy_uj", zone->folder);
	zone->fd = p->os->open(p->os, path, O_RDONLY);
	if (zone->fd < 0)
		return why_set(why, errno, errno == EACCES ? EACCES_FIX : "", "open(%s)", path);
	if (zone_read(p, zone, &uj))
		return true;
	why_set(why, errno, "", "read(%s)", path);
	p->os->close(p->os, zone->fd);
	zone->fd = -1;
	return false;
}

static void powercap_close(void *state)
{
	Powercap *p = state;

	if (!p)
		return;
	for (int i = 0; i < p->zones; i++)
		if (p->zone[i].fd >= 0)
			p->os->close(p->os, p->zone[i].fd);
	free(p);
}

/* Adds every zone of the tree. A package that cannot be read fails the whole: a sum without it
 * would be wrong. */
static bool powercap_zones(Powercap *p, Why *why)
{
	char names[8192], *at, *end;
	bool failed = false;

	if (p->os->list(p->os, POWERCAP_ROOT, names, sizeof names) != 0)
		return why_set(why, errno, ABSENT_FIX, "opendir(%s)", POWERCAP_ROOT);
	for (at = names; (end = strchr(at, '\n')); at = end + 1) {
		Zone zone;
		Why here;
		if (!zone_folder(&zone, at, (size_t)(end - at)))
			continue;
		if (!zone_open(p, &zone, &here)) {
			if (!failed)
				*why = here;
			failed = true;
			if (zone.kind == 0 && !zone.secondary)
				return false;
		} else if (zone.fd >= 0 && p->zones == ENERGY_DOMAINS_MAX) {
			p->os->close(p->os, zone.fd);
			return why_set(why, E2BIG, "", "more than %d zones in %s",
				       ENERGY_DOMAINS_MAX, POWERCAP_ROOT);
		} else if (zone.fd >= 0) {
			p->zone[p->zones++] = zone;
		}
	}
	if (p->zones == 0 && !failed)
		why_set(why, ENOENT, ABSENT_FIX, "no intel-rapl zone in %s", POWERCAP_ROOT);
	return p->zones > 0;
}

static const char *parent_name(const Powercap *p, const Zone *zone)
{
	int parent = zone_parent(p, zone);

	return parent < 0 ? "" : p->zone[parent].name;
}

/* A zone of the mmio interface counts what an MSR zone of that name counts already. */
static void mark_duplicates(Powercap *p)
{
	for (int i = 0; i < p->zones; i++)
		for (int j = 0; p->zone[i].secondary && j < p->zones; j++)
			if (!p->zone[j].secondary &&
			    strcmp(p->zone[i].name, p->zone[j].name) == 0 &&
			    strcmp(parent_name(p, &p->zone[i]), parent_name(p, &p->zone[j])) == 0)
				p->zone[i].duplicate = true;
}

static int zone_order(const void *a, const void *b)
{
	const Zone *x = a, *y = b;

	if (x->duplicate != y->duplicate)
		return x->duplicate ? 1 : -1;
	if (x->kind != y->kind)
		return x->kind - y->kind;
	return strcmp(x->folder, y->folder);
}

static bool start_count(const Powercap *p, Zone *zone)
{
	uint64_t uj;
	double unit_uj = (double)zone->range_uj / 4294967295.0; /* a 32-bit register of units */

	if (!zone_read(p, zone, &uj))
		return false;
	if (!(unit_uj >= 0.5 && unit_uj <= 1000))
		unit_uj = UNIT_J * 1e6;
	zone->domain.unit_j = unit_uj * 1e-6;
	zone->domain.range_j = (double)zone->range_uj * 1e-6;
	energy_count_start(&zone->count, uj, zone->range_uj, (uint64_t)llround(unit_uj), 1e-6,
			   p->os->now_ns(p->os));
	return true;
}

/* Names, containment (psys holds the packages, a package its cores and graphics; DRAM stands
 * beside) and limits. */
static bool describe(Powercap *p, Why *why)
{
	int psys = -1;

	for (int i = 0; i < p->zones; i++)
		if (p->zone[i].kind == 1 && !p->zone[i].duplicate)
			psys = i;
	for (int i = 0; i < p->zones; i++) {
		Zone *zone = &p->zone[i];
		EnergyDomain *domain = &zone->domain;
		const char *outer = parent_name(p, zone);
		text_format(domain->id, sizeof domain->id, "%s%s%s%s", zone->secondary ? "2:" : "",
			    outer, *outer ? "/" : "", zone->name);
		domain->scope = kinds[zone->kind].scope;
		domain->parent = -1;
		if (domain->scope == ENERGY_PKG)
			domain->parent = psys;
		else if (domain->scope == ENERGY_CORE || domain->scope == ENERGY_IGPU)
			domain->parent = zone_parent(p, zone);
		domain->update_s = 1e-3;
		domain->max_w = kinds[zone->kind].max_w;
		domain->scale_err = energy_rapl_scale_err(p->os);
		if (!start_count(p, zone))
			return why_set(why, errno, "", "read(" POWERCAP_ROOT "/%s/energy_uj)",
				       zone->folder);
	}
	return true;
}

/* *why set when NULL is returned; out of memory is ENOMEM. */
static Powercap *powercap_new(const EnergyOs *os, Why *why)
{
	Powercap *p = calloc(1, sizeof *p);

	if (!p) {
		why_set(why, ENOMEM, "", "calloc");
		return NULL;
	}
	p->os = os;
	if (!powercap_zones(p, why))
		goto fail;
	mark_duplicates(p);
	qsort(p->zone, (size_t)p->zones, sizeof p->zone[0], zone_order);
	if (describe(p, why))
		return p;
fail:
	powercap_close(p);
	return NULL;
}

static bool powercap_probe(const EnergyOs *os, Why *why)
{
	Powercap *p = powercap_new(os, why);

	powercap_close(p);
	return p != NULL;
}

static void *powercap_open(const EnergyOs *os, const char *arg, Why *why, Err *err)
{
	Powercap *p = powercap_new(os, why);
	char text[192];

	(void)arg;
	if (!p)
		err_set(err, ERR_NEED, "powercap: %s", why_text(why, text));
	return p;
}

static int powercap_domains(void *state, EnergyDomain *out, int max)
{
	const Powercap *p = state;
	int n = p->zones < max ? p->zones : max;

	for (int i = 0; i < n; i++)
		out[i] = p->zone[i].domain;
	return n;
}

static bool powercap_read(void *state, Reading *out, Err *err)
{
	Powercap *p = state;
	int lost = 0;

	for (int i = 0; i < p->zones; i++) {
		Zone *zone = &p->zone[i];
		int64_t before = p->os->now_ns(p->os), after;
		uint64_t uj;
		bool ok = zone_read(p, zone, &uj);
		int error = errno;
		after = p->os->now_ns(p->os);
		energy_reading(&out[i], before, after);
		if (ok) {
			energy_count_step(&zone->count, &zone->domain, uj, out[i].t_ns);
			energy_count_reading(&zone->count, &zone->domain, &out[i]);
		}
		if (!ok && lost++ == 0)
			err_set(err, ERR_FILE, "powercap: read(%s/energy_uj): %s (%d)",
				zone->folder, energy_errno_name(error), error);
		out[i].flags |= zone->duplicate ? ENERGY_DUPLICATE : 0;
	}
	return lost < p->zones;
}

static void powercap_handle(void *state, int i, EnergyHandle *out, EnergyCount *count)
{
	const Powercap *p = state;

	*out = zone_handle(&p->zone[i]);
	*count = p->zone[i].count;
}

const EnergySource energy_powercap = {
	.info = { .name = "powercap",
		  .title = "RAPL (powercap)",
		  .about = "Energy counters of the CPU package, memory and board, read through "
			   "sysfs." },
	.place = ENERGY_IN_METER,
	.privileged = true,
	.probe = powercap_probe,
	.open = powercap_open,
	.domains = powercap_domains,
	.read = powercap_read,
	.handle = powercap_handle,
	.close = powercap_close,
};
