/* Follows the domains of a source: counters and powers.
 * SPDX-License-Identifier: MIT */
#include "energy/track.h"

#include <errno.h>

static const struct {
	int order;
	double max_w;
	EnergyScope inside[3]; /* the next wider first; ENERGY_CORE: no more */
} scopes[] = {
	[ENERGY_SYSTEM] = { 0, 20000, { ENERGY_CORE } },
	[ENERGY_BOARD] = { 1, 4000, { ENERGY_SYSTEM } },
	[ENERGY_PKG] = { 2, 1000, { ENERGY_BOARD, ENERGY_SYSTEM } },
	[ENERGY_GPU] = { 3, 2000, { ENERGY_SYSTEM } },
	[ENERGY_DRAM] = { 4, 400, { ENERGY_SYSTEM } },
	[ENERGY_CORE] = { 5, 1000, { ENERGY_PKG, ENERGY_BOARD, ENERGY_SYSTEM } },
	[ENERGY_IGPU] = { 6, 300, { ENERGY_PKG, ENERGY_BOARD, ENERGY_SYSTEM } },
};

int track_order(EnergyScope scope)
{
	return scopes[scope].order;
}

double track_max_w(EnergyScope scope)
{
	return scopes[scope].max_w;
}

static int first_of(const Tracks *tracks, EnergyScope scope)
{
	for (int i = 0; i < tracks->count; i++)
		if (tracks->track[i].domain.scope == scope)
			return i;
	return -1;
}

void tracks_contain(Tracks *tracks)
{
	for (int i = 0; i < tracks->count; i++) {
		EnergyDomain *domain = &tracks->track[i].domain;
		const EnergyScope *inside = scopes[domain->scope].inside;
		domain->parent = -1;
		for (int k = 0; k < 3 && inside[k] != ENERGY_CORE && domain->parent < 0; k++)
			domain->parent = first_of(tracks, inside[k]);
	}
}

bool track_start(Tracks *tracks, Track *track, uint64_t raw, bool averaged, Why *why)
{
	double watts = (double)raw * track->raw_w;
	int64_t now_ns = tracks->os->now_ns(tracks->os);
	double range = track->domain.range_j;

	if (track->raw_w > 0 && watts > track->domain.max_w)
		return why_set(why, ERANGE, "", "%s says %.3g W, over the %.0f W believed",
			       track->domain.id, watts, track->domain.max_w);
	if (track->raw_w > 0)
		energy_power_start(&track->power, averaged, watts, now_ns);
	else
		energy_count_start(&track->count, raw,
				   range > 0 ? (uint64_t)(range / track->count.raw_j + 0.5) : 0, 1,
				   track->count.raw_j, now_ns);
	return true;
}

int tracks_domains(void *state, EnergyDomain *out, int max)
{
	const Tracks *tracks = state;
	int n = tracks->count < max ? tracks->count : max;

	for (int i = 0; i < n; i++)
		out[i] = tracks->track[i].domain;
	return n;
}

/* Follows one domain to its raw value. False with *why when that cannot be. */
static bool track_step(Track *track, uint64_t raw, int64_t pass_ns, Reading *out, Why *why)
{
	double watts = (double)raw * track->raw_w;

	if (track->raw_w > 0) {
		if (!energy_power_step(&track->power, &track->domain, watts, pass_ns))
			return why_set(why, ERANGE, "", "%s says %.3g W, over the %.0f W believed",
				       track->domain.id, watts, track->domain.max_w);
		energy_power_reading(&track->power, track->prov, out);
	} else {
		energy_count_step(&track->count, &track->domain, raw, out->t_ns);
		energy_count_reading(&track->count, &track->domain, out);
		out->prov = track->prov;
	}
	return true;
}

bool tracks_read(void *state, TrackValue *value, Reading *out, Err *err)
{
	Tracks *tracks = state;
	const EnergyOs *os = tracks->os;
	int64_t pass_ns = os->now_ns(os);
	int lost = 0;
	char text[192];

	for (int i = 0; i < tracks->count; i++) {
		Track *track = &tracks->track[i];
		Why why = { .error = 0 };
		int64_t before = os->now_ns(os), after;
		uint64_t raw;
		bool ok = value(state, i, &raw, &why);
		after = os->now_ns(os);
		energy_reading(&out[i], before, after);
		ok = ok && track_step(track, raw, pass_ns, &out[i], &why);
		out[i].flags |= track->flags;
		if (!ok && lost++ == 0)
			err_set(err, ERR_FILE, "%s: %s", tracks->source, why_text(&why, text));
	}
	return lost < tracks->count;
}
