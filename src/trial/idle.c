/* Idle power before, between and after windows, and what windows used over it.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <time.h>

#include "base/clock.h"
#include "trial/trial.h"

#define EDGE_TIMEOUT_MS 2000
/* Without a meter nothing else ends a nap; the pieces keep stop and abort within 50 ms. */
#define IDLE_NAP_NS 20000000L
#define SETTLE_SHARE 0.1 /* of a span is let pass first: the work before it still shows */
#define DUE_SPANS 10     /* windows may take so many times as long as a span */

static const IdlePower unknown = { .watts = NAN, .u_watts = NAN };

static bool idle_edge(Trial *trial, EdgeReply *out, Err *err)
{
	return edge_ask(trial->edge_fd, trial->next_edge++, EDGE_TIMEOUT_MS, out, err);
}

static bool nap_until(Trial *trial, int64_t until_ns, Err *err)
{
	for (int64_t left_ns; (left_ns = until_ns - clock_now_ns()) > 0;) {
		struct timespec nap = { .tv_nsec = left_ns < IDLE_NAP_NS ? (long)left_ns
									 : IDLE_NAP_NS };
		nanosleep(&nap, NULL);
		if (!control_poll(trial->control, err))
			return false;
	}
	return true;
}

/* A span, its record and a line for people. */
static bool idle_put(Trial *trial, const IdleSpan *span, const IdlePower *idle, Err *err)
{
	json_t *record = idle_record(span, idle, record_out_origin(trial->out));

	return record_out_put(trial->out, record, err) &&
	       (isnan(idle->watts) ||
		trial_log(trial, err, "idle power %.2f W over %.1f s", idle->watts, idle->time_s));
}

static bool idle_measure(Trial *trial, double seconds, IdlePower *out, Err *err)
{
	int n = idle_samples(seconds);
	IdleSpan span;
	EdgeReply edge;
	int64_t from_ns = clock_now_ns() + (int64_t)(SETTLE_SHARE * seconds * CLOCK_NS_PER_S);

	*out = unknown;
	if (!idle_edge(trial, &edge, err))
		return false;
	if (edge.headline < 0)
		return trial_log(trial, err,
				 "idle power is not measured: no sensor works here, so there is "
				 "nothing to subtract it from");
	if (!nap_until(trial, from_ns, err) || !idle_edge(trial, &edge, err))
		return false;
	idle_begin(&span, &edge);
	from_ns = clock_now_ns();
	for (int i = 1; i <= n; i++) {
		double at_s = seconds * idle_sample_end(i, n);
		if (!nap_until(trial, from_ns + (int64_t)(at_s * CLOCK_NS_PER_S), err) ||
		    !idle_edge(trial, &edge, err))
			return false;
		idle_sample(&span, &edge);
	}
	idle_end(&span, out);
	return idle_put(trial, &span, out, err);
}

static void idle_set(Trial *trial, const IdlePower *idle)
{
	trial->idle = *idle;
	trial->pendings = 0;
	trial->windows_s = 0;
}

bool trial_idle(Trial *trial, double seconds, Err *err)
{
	IdlePower idle = unknown;
	bool ok = seconds <= 0 || idle_measure(trial, seconds, &idle, err);

	if (ok && seconds > 0)
		idle_set(trial, &idle);
	return ok;
}

void trial_put_joules(json_t *record, const char *key, const Joules *joules, const char *why)
{
	if (isfinite(joules->value))
		json_object_set_new(record, key, joules_json(joules));
	else
		record_absent(record, key, why);
}

void trial_put_net(json_t *record, const TrialPending *window, const IdlePower *idle)
{
	Joules net, attributed;
	const char *why = "idle power was not measured";

	joules_minus_idle(&window->gross, idle, window->time_s, &net);
	joules_attributed(&net, window->cpu_s, window->busy_s, &attributed);
	trial_put_joules(record, "energy_net", &net, why);
	trial_put_joules(record, "energy_attributed", &attributed,
			 isfinite(net.value) ? "busy CPU time is not known" : why);
}

/* What a window was to have, now that the idle power behind it is known too. */
static bool put_net(Trial *trial, const TrialPending *window, const IdlePower *after, Err *err)
{
	json_t *record = record_new("net", record_out_origin(trial->out));
	IdlePower idle;

	idle_between(&trial->idle, after, window->at_ns, &idle);
	json_object_set_new(record, "arm", json_string(window->arm));
	trial_put_condition(trial, record);
	json_object_set_new(record, "block", json_integer(window->block));
	json_object_set_new(record, "attempt", json_integer(window->attempt));
	trial_put_net(record, window, &idle);
	return record_out_put(trial->out, record, err);
}

bool trial_idle_again(Trial *trial, double seconds, Err *err)
{
	IdlePower after;
	bool ok = true;

	if (seconds <= 0 || isnan(trial->idle.watts) || trial->pendings == 0)
		return true;
	if (!idle_measure(trial, seconds, &after, err))
		return false;
	if (isnan(after.watts))
		return true;
	for (size_t i = 0; ok && i < trial->pendings; i++)
		ok = put_net(trial, &trial->pending[i], &after, err);
	idle_set(trial, &after);
	return ok;
}

bool trial_idle_due(const Trial *trial, double seconds)
{
	return trial->pendings >= TRIAL_PENDING_MAX / 2 ||
	       (trial->pendings > 0 && trial->windows_s >= DUE_SPANS * seconds);
}
