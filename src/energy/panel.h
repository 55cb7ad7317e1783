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
#include "energy/handles.h"

typedef struct Panel Panel;

/* wanted (borrowed): "auto", the name of a source (with NAME:ARGUMENT where it takes one), or
 * "none" (nothing is opened). Every source is tried but those on request, and its refusal kept
 * for panel_source_json. With "auto" the headline is the first that measures what the work runs
 * on: a source that knows GPUs or memory only is read beside it, and is the headline only when it
 * is asked for. ERR_NEED when wanted names a source that does not work, ERR_USAGE when there is
 * none of that name, or its argument is missing; then *out is still a panel, without a headline,
 * so that it can say why. NULL in *out when memory is short. */
bool panel_open(const EnergyOs *os, const char *wanted, Panel **out, Err *err);
/* The same in two steps, for a process that has rights to drop between them: first the sources that
 * need rights, then all others, paths that the user named among them. */
bool panel_open_privileged(const EnergyOs *os, const char *wanted, Panel **out, Err *err);
bool panel_open_rest(Panel *panel, Err *err);
void panel_close(Panel *panel);

/* Opens /proc/stat and the rest of machine.h, for the gates. Before this (or where nothing can be
 * opened) edges say that it is unknown. */
void panel_machine_open(Panel *panel);

/* Reads every open source. At most panel_poll_s seconds may lie between two calls, or wraps are
 * missed. */
void panel_read(Panel *panel);
double panel_poll_s(const Panel *panel);

/* Reads the headline and the machine into a reply; meter_cpu_ns is of the calling process. */
void panel_edge(Panel *panel, uint32_t id, EdgeReply *out);

/* The descriptors of the headline's domains that are summed, borrowed; none where only the meter can
 * read them. */
void panel_handles(const Panel *panel, EdgeHandles *out);

/* Looks at what the gates want between edges; to be called often, it takes its time only now and
 * then. */
void panel_sense(Panel *panel);

/* The source's name, NULL: nothing is measured. */
const char *panel_headline(const Panel *panel);

/* How many sources there are, and one of them: {"name","title","about","place","state":"ok" or
 * "no","step","errno","errno_name","fix","handed"}; handed: the worker reads it by descriptors. New
 * reference, NULL when memory is short. */
int panel_sources(const Panel *panel);
json_t *panel_source_json(const Panel *panel, int i);

/* The fields of a reading record of source i, or NULL (also when it is not open):
 * {"source","headline","domains":
 * [{"id","scope","parent","watts","joules","provenance","flags"}],"why"}; watts since the read
 * before; why: of the first domain that is lost, absent when none is. */
json_t *panel_reading_json(const Panel *panel, int i);

#endif
