/* Edges over a span of the machine as it is.
 * SPDX-License-Identifier: MIT */
#include "app/energy/energy_span.h"

#include "base/clock.h"
#include "energy/edge.h"

bool energy_span(Session *session, uint32_t *edge, double seconds, IdleSpan *out, Err *err)
{
	EdgeReply reply;
	int n = idle_samples(seconds);
	int64_t from_ns;

	if (!edge_ask(session->edge_fd, (*edge)++, ENERGY_EDGE_MS, &reply, err))
		return false;
	idle_begin(out, &reply);
	from_ns = clock_now_ns();
	for (int i = 1; i <= n && !session_interrupted(session); i++) {
		int64_t at_ns = (int64_t)(seconds * idle_sample_end(i, n) * CLOCK_NS_PER_S);
		if (!session_watch(session, -1, from_ns + at_ns, err) ||
		    !edge_ask(session->edge_fd, (*edge)++, ENERGY_EDGE_MS, &reply, err))
			return false;
		idle_sample(out, &reply);
	}
	return true;
}
