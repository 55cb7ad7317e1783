/* Control: how a long loop in C hears that it should stop, pause, or that its time is over.
 *
 * Every loop that may last longer than 50 ms calls control_poll once in a while; the call costs a
 * clock read. The worker's main supplies the implementation (commands on a pipe, a deadline); tests
 * supply their own.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_CONTROL_H
#define WATTLE_BASE_CONTROL_H

#include <stdint.h>

#include "base/err.h"

typedef struct Control Control;
struct Control {
	/* False and ERR_INTERRUPTED or ERR_LIMIT when the work must end now. Waits inside while
	 * paused. */
	bool (*poll)(Control *self, Err *err);
	/* True when a "stop" asks to finish at the next whole batch, block or epoch. */
	bool (*stopping)(const Control *self);
	/* Time spent paused so far; what was measured across a pause is void. */
	int64_t waited_ns;
};

/* control may be NULL: never stops. */
static inline bool control_poll(Control *control, Err *err)
{
	return !control || control->poll(control, err);
}

static inline bool control_stopping(const Control *control)
{
	return control && control->stopping && control->stopping(control);
}

#endif
