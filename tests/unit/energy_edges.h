/* Edges of a made-up meter, for the tests of joules and of idle power.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_ENERGY_EDGES_H
#define WATTLE_TESTS_ENERGY_EDGES_H

#include <math.h>
#include <string.h>

#include "energy/edge.h"

#define S 1000000000LL
#define near(a, b, by) assert_true(fabs((a) - (b)) <= (by))

static inline EdgeReply edge(int64_t t_ns, int domains)
{
	EdgeReply reply;

	memset(&reply, 0, sizeof reply);
	reply.magic = EDGE_MAGIC;
	reply.domains = (uint32_t)domains;
	reply.headline_count = (uint32_t)domains;
	strcpy(reply.source, "powercap");
	reply.machine.boot_minus_mono_ns = 5 * S;
	for (int i = 0; i < domains; i++) {
		reply.domain[i] = (EnergyDomain){ .scope = ENERGY_PKG,
						  .parent = -1,
						  .unit_j = 61e-6,
						  .update_s = 1e-3,
						  .max_w = 1000,
						  .scale_err = 0.05 };
		strcpy(reply.domain[i].id, "package-0");
		reply.domain[i].id[8] = (char)('0' + i);
		reply.reading[i] =
			(Reading){ .t_ns = t_ns, .read_ns = 5000, .prov = ENERGY_MEASURED };
	}
	return reply;
}

static inline Joules between(const EdgeReply *begin, const EdgeReply *end)
{
	Joules joules;

	edge_joules(begin, end, &joules);
	return joules;
}

#endif
