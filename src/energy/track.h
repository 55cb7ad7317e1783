/* Tracks: the domains of a source, each followed from open, as a counter or as a power.
 *
 * A source whose state begins with a Tracks has its domains from tracks_domains, and its readings
 * from tracks_read; it only has to get the raw values.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_TRACK_H
#define WATTLE_ENERGY_TRACK_H

#include "energy/energy.h"

typedef struct Track {
	EnergyDomain domain;
	EnergyProv prov;
	uint32_t flags; /* of each reading: FILTERED, STALE */
	double raw_w;   /* watts of one raw unit; 0: raw values are of the counter */
	EnergyCount count;
	EnergyPower power;
} Track;

typedef struct Tracks {
	const EnergyOs *os;
	const char *source; /* its name, for errors */
	int count;
	Track track[ENERGY_DOMAINS_MAX];
} Tracks;

/* A counter of joules at raw now, or (raw_w > 0) a power of raw·raw_w watts; track->domain is set.
 * False with *why when that power cannot be. */
bool track_start(Tracks *tracks, Track *track, uint64_t raw, bool averaged, Why *why);

/* Makes each domain's parent the next wider one that is there: system ⊃ board ⊃ package ⊃ core and
 * graphics; memory and a GPU stand beside the package, in the system. */
void tracks_contain(Tracks *tracks);
/* The place of a scope in the order of what is summed: the widest first. */
int track_order(EnergyScope scope);
/* No more than this is believed (assumed: beyond all that is sold). */
double track_max_w(EnergyScope scope);

/* EnergySource.domains of a state that begins with a Tracks. */
int tracks_domains(void *state, EnergyDomain *out, int max);

/* The raw value of domain i; false with *why. state begins with the Tracks. */
typedef bool TrackValue(void *state, int i, uint64_t *raw, Why *why);
/* One reading for each domain; those of powers are all of one moment, so that two sensors that show
 * the same thing come to the same joules. *err names the first that is lost; false: all are. */
bool tracks_read(void *state, TrackValue *value, Reading *out, Err *err);

#endif
