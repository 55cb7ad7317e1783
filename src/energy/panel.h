/* The panel: all energy sources that open on this machine, read side by side by the meter, one of
 * them the headline.
 *
 * The headline is fixed when the panel opens and never switched. Order of calls: panel_open,
 * panel_read before the first panel_json of a kind, panel_close. Not for use by two threads.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_PANEL_H
#define WATTLE_ENERGY_PANEL_H

#include <jansson.h>

#include "base/err.h"
#include "energy/edge.h"
#include "energy/energy.h"

typedef struct Panel Panel;

/* wanted: "auto" (the first that measures), the name of a source, or "none" (nothing is opened).
 * Every source is tried, and its refusal kept for panel_sources_json. ERR_NEED when wanted names
 * a source that does not work, ERR_USAGE when there is none of that name; then *out is still a
 * panel, without a headline, so that it can say why. NULL in *out when memory is short. */
bool panel_open(const EnergyOs *os, const char *wanted, Panel **out, Err *err);
void panel_close(Panel *panel);

/* Opens /proc/stat, for the gates. Before this (or where it cannot be opened) edges say -1. */
void panel_machine_open(Panel *panel);

/* Reads every open source. At most panel_poll_s seconds may lie between two calls, or wraps are
 * missed. */
void panel_read(Panel *panel);
double panel_poll_s(const Panel *panel);

/* Reads the headline and the machine into a reply; meter_cpu_ns is of the calling process. */
void panel_edge(Panel *panel, uint32_t id, EdgeReply *out);

/* The source's name, NULL: nothing is measured. */
const char *panel_headline(const Panel *panel);

/* How many sources there are, and one of them: {"name","title","about","place","state":"ok" or
 * "no","step","errno", "errno_name","fix"}. New reference, NULL when memory is short. */
int panel_sources(const Panel *panel);
json_t *panel_source_json(const Panel *panel, int i);

/* The fields of a reading record of source i, or NULL (also when it is not open):
 * {"source","headline","domains":
 * [{"id","scope","parent","watts","joules","provenance","flags"}]}; watts since the read before. */
json_t *panel_reading_json(const Panel *panel, int i);

#endif
