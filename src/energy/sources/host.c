/* Energy that the host of a virtual machine shares as files: --energy host:DIR. Attributed: the
 * host decided what of its energy is this machine's.
 *
 * DIR holds files NAME.energy_uj: a decimal count of microjoules that grows. NAME says the scope:
 * package, dram, core, gpu, board or system, with anything behind a "-" ("package-1"). Where the
 * count goes back to 0, NAME.max_energy_range_uj holds the largest value it shows. The files are
 * opened anew for each reading, since a host may replace them. A count that stands still for longer
 * than 3 s is STALE, and LOST after 10 s: something always uses energy.
 * SPDX-License-Identifier: MIT */
#include "energy/track.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "energy/sysfs.h"

#define SUFFIX ".energy_uj"
#define FORM_FIX                                                                            \
	"DIR holds files NAME.energy_uj; NAME: package, dram, core, gpu, board or system; " \
	"wattle-energy(7)"
#define DENIED_FIX "let this user read it: chmod a+r, or share it so"
#define UPDATE_S 1.0 /* assumed */
#define STALE_NS (3 * 1000000000LL)
#define LOST_NS (10 * 1000000000LL)

typedef struct HostFile {
	char path[256];
	uint64_t last;
	int64_t moved_ns; /* when it last grew */
} HostFile;

typedef struct Host {
	Tracks tracks;
	HostFile file[ENERGY_DOMAINS_MAX];
} Host;

static const struct {
	const char *name;
	EnergyScope scope;
} names[] = {
	{ "package", ENERGY_PKG }, { "dram", ENERGY_DRAM },   { "core", ENERGY_CORE },
	{ "gpu", ENERGY_GPU },     { "board", ENERGY_BOARD }, { "system", ENERGY_SYSTEM },
};

static bool scope_of(const char *name, size_t len, EnergyScope *out)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = strlen(names[i].name);
		if (n <= len && memcmp(name, names[i].name, n) == 0 &&
		    (n == len || name[n] == '-')) {
			*out = names[i].scope;
			return true;
		}
	}
	return false;
}

static bool count_read(const EnergyOs *os, const char *path, uint64_t *out, Why *why)
{
	char text[32];

	if (!sysfs_text(os, path, text, sizeof text, why))
		return why_set(why, why->error, why->error == EACCES ? DENIED_FIX : "",
			       "open(%.96s)", path);
	return sysfs_u64(text, out) || why_set(why, EINVAL, "", "parse(%.96s)", path);
}

/* Adds a file; its name is known to end in SUFFIX. */
static bool host_add(Host *h, const char *folder, const char *file, Why *why)
{
	const EnergyOs *os = h->tracks.os;
	size_t len = strlen(file) - strlen(SUFFIX);
	HostFile *at = &h->file[h->tracks.count];
	Track *track = &h->tracks.track[h->tracks.count];
	char range_path[300];
	uint64_t range = 0;
	EnergyScope scope;

	if (!scope_of(file, len, &scope))
		return why_set(why, EINVAL, FORM_FIX, "what is %.64s?", file);
	if (h->tracks.count == ENERGY_DOMAINS_MAX || len >= sizeof track->domain.id)
		return why_set(why, E2BIG, "", "more than %d files, or a name of over %d bytes",
			       ENERGY_DOMAINS_MAX, (int)sizeof track->domain.id - 1);
	text_format(at->path, sizeof at->path, "%s/%s", folder, file);
	text_format(range_path, sizeof range_path, "%s/%.*s.max_energy_range_uj", folder, (int)len,
		    file);
	if (!count_read(os, at->path, &at->last, why) ||
	    (!count_read(os, range_path, &range, why) && why->error != ENOENT))
		return false;
	*why = (Why){ .error = 0 };
	*track = (Track){
		.domain = { .scope = scope,
			    .parent = -1,
			    .unit_j = 61e-6,
			    .range_j = (double)range * 1e-6,
			    .update_s = UPDATE_S,
			    .max_w = track_max_w(scope),
			    .scale_err = energy_rapl_scale_err(os),
			    .poll_s = UPDATE_S },
		.prov = ENERGY_ATTRIBUTED,
		.count.raw_j = 1e-6,
	};
	text_format(track->domain.id, sizeof track->domain.id, "%.*s", (int)len, file);
	h->tracks.count++;
	return true;
}

static int track_compare(const Host *h, int i, int j)
{
	const EnergyDomain *a = &h->tracks.track[i].domain, *b = &h->tracks.track[j].domain;

	return a->scope == b->scope ? strcmp(a->id, b->id)
				    : track_order(a->scope) - track_order(b->scope);
}

/* The widest scope first; there are 16 at most. */
static void host_sort(Host *h)
{
	for (int i = 1; i < h->tracks.count; i++)
		for (int j = i; j > 0 && track_compare(h, j - 1, j) > 0; j--) {
			Track track = h->tracks.track[j];
			HostFile file = h->file[j];
			h->tracks.track[j] = h->tracks.track[j - 1];
			h->file[j] = h->file[j - 1];
			h->tracks.track[j - 1] = track;
			h->file[j - 1] = file;
		}
}

static bool host_files(Host *h, const char *folder, Why *why)
{
	const EnergyOs *os = h->tracks.os;
	char files[8192], *end;

	if (!*folder)
		return why_set(why, EINVAL, "--energy host:DIR", "no folder was named");
	if (strlen(folder) > 128)
		return why_set(why, ENAMETOOLONG, "", "opendir(%.64s...)", folder);
	if (os->list(os, folder, files, sizeof files) != 0)
		return why_set(why, errno, FORM_FIX, "opendir(%.96s)", folder);
	for (char *at = files; (end = strchr(at, '\n')); at = end + 1) {
		size_t len = (size_t)(end - at);
		*end = '\0';
		if (len > strlen(SUFFIX) && strcmp(end - strlen(SUFFIX), SUFFIX) == 0 &&
		    !host_add(h, folder, at, why))
			return false;
	}
	return h->tracks.count > 0 ||
	       why_set(why, ENOENT, FORM_FIX, "no file " SUFFIX " in %.96s", folder);
}

static void *host_open(const EnergyOs *os, const char *arg, Why *why, Err *err)
{
	Host *h = calloc(1, sizeof *h);
	char text[192];
	bool ok = h || why_set(why, ENOMEM, "", "calloc");

	if (h)
		h->tracks = (Tracks){ .os = os, .source = "host" };
	ok = ok && host_files(h, arg, why);
	if (ok)
		host_sort(h);
	for (int i = 0; ok && i < h->tracks.count; i++) {
		ok = track_start(&h->tracks, &h->tracks.track[i], h->file[i].last, true, why);
		h->file[i].moved_ns = h->tracks.track[i].count.t_ns;
	}
	if (ok) {
		tracks_contain(&h->tracks);
		return h;
	}
	err_set(err, ERR_NEED, "host: %s", why_text(why, text));
	free(h);
	return NULL;
}

static bool host_probe(const EnergyOs *os, Why *why)
{
	(void)os;
	return why_set(why, 0, "--energy host:DIR, with a folder that the host shares",
		       "only when it is asked for");
}

static bool host_value(void *state, int i, uint64_t *raw, Why *why)
{
	Host *h = state;
	HostFile *file = &h->file[i];
	const EnergyOs *os = h->tracks.os;
	int64_t now_ns = os->now_ns(os);

	h->tracks.track[i].flags = 0;
	if (!count_read(os, file->path, raw, why))
		return false;
	if (*raw != file->last)
		file->moved_ns = now_ns;
	file->last = *raw;
	if (now_ns - file->moved_ns > STALE_NS)
		h->tracks.track[i].flags = ENERGY_STALE;
	if (now_ns - file->moved_ns > LOST_NS)
		return why_set(why, ETIMEDOUT, "", "%s has not grown for 10 s",
			       h->tracks.track[i].domain.id);
	return true;
}

static bool host_read(void *state, Reading *out, Err *err)
{
	return tracks_read(state, host_value, out, err);
}

static void host_close(void *state)
{
	free(state);
}

const EnergySource energy_host = {
	.info = { .name = "host",
		  .title = "shared by the host",
		  .about = "Energy that the host of a virtual machine attributes to it, as files "
			   "in a folder." },
	.place = ENERGY_IN_METER,
	.on_request = "DIR",
	.probe = host_probe,
	.open = host_open,
	.domains = tracks_domains,
	.read = host_read,
	.close = host_close,
};
