/* What a meter tells of a span in which nothing of ours runs: idle power.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_ENERGY_SPAN_H
#define WATTLE_APP_ENERGY_SPAN_H

#include "app/session/session.h"
#include "base/err.h"
#include "energy/accounting.h"

#define ENERGY_EDGE_MS 2000 /* an edge that takes longer is none */

/* Reads the headline over a span of the machine as it is. *edge: ids of edges, counted on. A signal
 * ends it early, with what there is. */
bool energy_span(Session *session, uint32_t *edge, double seconds, IdleSpan *out, Err *err);

#endif
