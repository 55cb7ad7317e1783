/* Direct edges: the worker reads the counters itself, so that no other process has to be woken
 * between the work and the reading.
 *
 * The meter opens the sensors, with whatever rights that takes, and hands the descriptors of the
 * counters that are summed to the worker: once, over the edge socket (SCM_RIGHTS), before the
 * worker's walls stand. A descriptor is all that the worker gets: to read that counter, as often as it
 * likes (CVE-2020-8694; wattle-energy(7) says so). It cannot open another, and holds no capability. A
 * perf event could also be stopped or reset by ioctl, which the walls refuse; the meter would see a
 * counter that stands still or was reset. What is no plain counter (an integrated power, a library, a
 * pipe, a folder that is opened anew, a file that holds every register of a processor) is not
 * handed; the meter reads it when it is asked to (edge_ask).
 *
 * An edge, at the begin of a window:   edge_ask, edge_sample, the work …
 * and at its end:                      … the work, edge_sample, edge_ask,
 * then edge_settle on both. The meter is asked outside of the span that the joules cover. Its reply
 * says how far it has followed each counter, round all wraps and resets; edge_settle adds or takes
 * off the little way between its value and the worker's, by the same arithmetic. So a window may be
 * longer than a counter takes to wrap, and the meter's limit of edges (EDGE_PER_S_MAX) holds for
 * both ways.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_HANDLES_H
#define WATTLE_ENERGY_HANDLES_H

#include "energy/edge.h"

/* What the worker holds. All zeros: nothing, and samples are empty. */
typedef struct EdgeHandles {
	const EnergyOs *os; /* by which they are read */
	int count;          /* of domains that are summed, from the headline on */
	EnergyHandle handle[ENERGY_DOMAINS_MAX];
} EdgeHandles;

/* The meter's side: answers a request of EDGE_HANDLES_MAGIC on fd. handles: of the meter's own
 * descriptors, which stay its own. False when the other end has gone. */
bool edge_handles_send(int fd, uint32_t id, const EdgeHandles *handles);

/* The worker's side. fd -1: none. False with ERR_DIED where the meter has gone, does not answer or
 * answers in another form; then, too, *out holds nothing, and edges are asked for. */
bool edge_handles_ask(int fd, uint32_t id, int timeout_ms, EdgeHandles *out, Err *err);
void edge_handles_close(EdgeHandles *handles);

/* Raw values as the worker read them. */
typedef struct EdgeSample {
	int count;
	int64_t begin_ns, end_ns; /* of the reading of all */
	struct EdgeRaw {
		uint64_t raw;
		int64_t t_ns, read_ns;
		bool lost; /* it could not be read any more */
	} of[ENERGY_DOMAINS_MAX];
} EdgeSample;

typedef enum EdgeSide { EDGE_BEGIN, EDGE_END } EdgeSide;
/* One system call for each counter; the first of the headline nearest to the work. */
void edge_sample(const EdgeHandles *handles, EdgeSide side, EdgeSample *out);

/* Puts the sample's readings in place of the meter's, which was asked just before or just after. A
 * counter that could not be read is LOST, as is one that the meter has lost. An empty sample leaves
 * the reply as it is. */
void edge_settle(EdgeReply *reply, const EdgeSample *sample);

#endif
