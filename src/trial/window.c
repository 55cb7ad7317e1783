/* Measured windows: whole passes of a body between two edges, with time, joules and counters of
 * exactly that span. SPDX-License-Identifier: MIT */
#include <math.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "trial/trial.h"

#define EDGE_TIMEOUT_MS 2000
/* Without a meter nothing else ends a nap; the pieces keep stop and abort within 50 ms. */
#define IDLE_NAP_NS 20000000L

/* One border of a window. */
typedef struct Edge {
	EdgeReply reply;
	CounterSample counters;
	int64_t waited_ns; /* paused by the user until then */
} Edge;

static bool window_edge(Trial *trial, Edge *edge, Err *err)
{
	if (!edge_ask(trial->edge_fd, trial->next_edge++, EDGE_TIMEOUT_MS, &edge->reply, err))
		return false;
	if (trial->counters)
		counters_read(trial->counters, &edge->counters);
	edge->counters.cpu_ns = clock_process_ns();
	edge->waited_ns = trial->control ? trial->control->waited_ns : 0;
	return true;
}

bool trial_idle(Trial *trial, double seconds, Err *err)
{
	Edge begin, end;
	if (seconds <= 0)
		return true;
	if (!window_edge(trial, &begin, err))
		return false;
	if (begin.reply.headline < 0)
		return trial_log(trial, err,
				 "idle power is not measured: no sensor works here, so there is "
				 "nothing to subtract it from");
	int64_t until_ns = clock_now_ns() + (int64_t)(seconds * CLOCK_NS_PER_S);
	while (clock_now_ns() < until_ns) {
		struct timespec nap = { .tv_nsec = IDLE_NAP_NS };
		nanosleep(&nap, NULL);
		if (!control_poll(trial->control, err))
			return false;
	}
	if (!window_edge(trial, &end, err))
		return false;
	edge_idle(&begin.reply, &end.reply, &trial->idle);
	return trial_log(trial, err, "idle power %.2f W over %.1f s", trial->idle.watts,
			 trial->idle.time_s);
}

/* {key: joules} or {key: null, key_why: why}. */
static void put_joules(json_t *record, const char *key, const Joules *joules, const char *why)
{
	if (isfinite(joules->value))
		json_object_set_new(record, key, joules_json(joules));
	else
		record_absent(record, key, why);
}

static const Joules no_joules = { .value = NAN, .low = NAN, .high = NAN };

/* Gross joules by the meter, else by the model that the run chose, else none; never one in place of
 * the other. */
static bool window_gross(Trial *trial, const Edge *begin, const Edge *end, double time_s,
			 double cpu_s, Joules *gross, Err *err)
{
	*gross = no_joules;
	if (begin->reply.headline >= 0) {
		edge_joules(&begin->reply, &end->reply, gross);
		return true;
	}
	if (!trial->model)
		return true;
	EnergyWork work = {
		.time_s = time_s,
		.cpu_s = cpu_s,
		.threads = (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
		.foreign_cpu_s = NAN,
	};
	return trial->model->model(&energy_os, &work, gross, err);
}

static void window_energy(const Trial *trial, json_t *record, const Edge *begin, const Edge *end,
			  const Joules *gross, double cpu_s)
{
	put_joules(record, "energy", gross,
		   begin->reply.headline >= 0 ? "the counter was reset or the machine slept"
					      : "no source: time only");
	Joules net = no_joules, attributed = no_joules;
	if (gross->prov == ENERGY_MEASURED && isfinite(trial->idle.watts)) {
		int32_t head = begin->reply.headline;
		int64_t span_ns = end->reply.reading[head].t_ns - begin->reply.reading[head].t_ns;
		joules_minus_idle(gross, &trial->idle, (double)span_ns / CLOCK_NS_PER_S, &net);
		int64_t busy_ns = end->reply.machine.busy_ns - begin->reply.machine.busy_ns;
		joules_attributed(&net, cpu_s, (double)busy_ns / CLOCK_NS_PER_S, &attributed);
	}
	const char *why = gross->prov == ENERGY_MEASURED ? "idle power was not measured"
							 : "only for measured joules";
	put_joules(record, "energy_net", &net, why);
	put_joules(record, "energy_attributed", &attributed, why);
}

/* What the passes of one window came to. */
typedef struct Passes {
	int64_t begin_ns, end_ns;
	uint64_t items, count;
} Passes;

static bool window_passes(Trial *trial, double window_s, TrialBody body, void *user, Passes *out,
			  Err *err)
{
	*out = (Passes){ .begin_ns = clock_now_ns() };
	int64_t until_ns = out->begin_ns + (int64_t)(window_s * CLOCK_NS_PER_S);
	do {
		uint64_t items = 0;
		if (!body(user, &items, err) || !control_poll(trial->control, err))
			return false;
		out->items += items;
		out->count++;
		out->end_ns = clock_now_ns();
	} while (out->end_ns < until_ns);
	return true;
}

static bool window_put(Trial *trial, const TrialWindow *window, const Edge *begin, const Edge *end,
		       const Passes *passes, uint32_t *flags, Err *err)
{
	double time_s = (double)(passes->end_ns - passes->begin_ns) / CLOCK_NS_PER_S;
	double cpu_s = (double)(end->counters.cpu_ns - begin->counters.cpu_ns) / CLOCK_NS_PER_S;
	int64_t origin_ns = record_out_origin(trial->out);
	Joules gross;
	if (!window_gross(trial, begin, end, time_s, cpu_s, &gross, err))
		return false;
	*flags = edge_gates(&begin->reply.machine, &end->reply.machine, cpu_s) | gross.flags;
	if (end->waited_ns != begin->waited_ns)
		*flags |= ENERGY_SUSPENDED;
	json_t *record = record_new("window", origin_ns);
	json_object_set_new(record, "arm", json_string(window->arm));
	json_object_set_new(record, "block", json_integer(window->block));
	json_object_set_new(record, "attempt", json_integer(window->attempt));
	json_object_set_new(record, "begin_ns", json_integer(passes->begin_ns - origin_ns));
	json_object_set_new(record, "end_ns", json_integer(passes->end_ns - origin_ns));
	json_object_set_new(record, "items", json_integer((json_int_t)passes->items));
	json_object_set_new(record, "passes", json_integer((json_int_t)passes->count));
	json_object_set_new(record, "time_s", json_real(time_s));
	json_object_set_new(record, "cpu_s", json_real(cpu_s));
	window_energy(trial, record, begin, end, &gross, cpu_s);
	if (trial->counters)
		json_object_set_new(record, "counters",
				    counters_window_json(trial->counters, &begin->counters,
							 &end->counters));
	else
		record_absent(record, "counters", "no counters were opened");
	json_object_set_new(record, "judged",
			    json_boolean(edge_judged(&begin->reply.machine, &end->reply.machine)));
	json_object_set_new(record, "flags", energy_flags_json(*flags));
	return record_out_put(trial->out, record, err);
}

bool trial_window(Trial *trial, const TrialWindow *window, TrialBody body, void *user,
		  uint32_t *flags, Err *err)
{
	Edge begin, end;
	Passes passes;
	Err later;
	record_out_hold(trial->out);
	bool ok = window_edge(trial, &begin, err) &&
		  window_passes(trial, window->window_s, body, user, &passes, err) &&
		  window_edge(trial, &end, err) &&
		  window_put(trial, window, &begin, &end, &passes, flags, err);
	return record_out_release(trial->out, ok ? err : &later) && ok;
}
