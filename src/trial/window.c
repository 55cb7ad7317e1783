/* Measured windows: whole passes of a body between two edges, with time, joules and counters of
 * exactly that span.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "trial/trial.h"

#define EDGE_TIMEOUT_MS 2000
#define DRIFT_LEAST_S 1.0 /* shorter windows are not judged by temperature and frequency */

static bool edge_meter(Trial *trial, TrialEdge *edge, Err *err)
{
	return edge_ask(trial->edge_fd, trial->next_edge++, EDGE_TIMEOUT_MS, &edge->reply, err);
}

static void edge_counters(const Trial *trial, TrialEdge *edge)
{
	if (trial->counters)
		counters_read(trial->counters, &edge->counters);
	edge->counters.cpu_ns = clock_process_ns();
	edge->waited_ns = trial->control ? trial->control->waited_ns : 0;
}

/* The meter, another process, is asked furthest from the work, the energy counters are read nearest
 * to it: what lies between them and the work is what measuring adds to the joules. */
static bool window_begin(Trial *trial, TrialEdge *edge, Err *err)
{
	if (!edge_meter(trial, edge, err))
		return false;
	edge_counters(trial, edge);
	edge_sample(&trial->handles, EDGE_BEGIN, &edge->sample);
	return true;
}

static bool window_end(Trial *trial, const TrialEdge *begin, TrialEdge *edge, Err *err)
{
	/* A sensor of the meter's alone is read before anything else is looked at. */
	bool meter_first = begin->reply.headline >= 0 && trial->handles.count == 0;

	edge_sample(&trial->handles, EDGE_END, &edge->sample);
	if (meter_first && !edge_meter(trial, edge, err))
		return false;
	edge_counters(trial, edge);
	return meter_first || edge_meter(trial, edge, err);
}

static const Joules no_joules = { .value = NAN, .low = NAN, .high = NAN };

/* Gross joules by the meter, else by the model that the run chose, else none; never one in place of
 * the other. */
static bool window_gross(Trial *trial, const TrialEdge *begin, const TrialEdge *end,
			 const EnergyWork *work, Joules *gross, Err *err)
{
	*gross = no_joules;
	if (begin->reply.headline >= 0) {
		edge_joules(&begin->reply, &end->reply, gross);
		return true;
	}
	return !trial->model || trial->model->model(&energy_os, work, gross, err);
}

/* What the joules span: between the readings of the headline. */
static void window_span(const TrialEdge *begin, const TrialEdge *end, const Joules *gross,
			double cpu_s, TrialPending *out)
{
	int32_t head = begin->reply.headline;
	int64_t from_ns = begin->reply.reading[head].t_ns, to_ns = end->reply.reading[head].t_ns;
	int64_t busy_ns = end->reply.machine.busy_ns - begin->reply.machine.busy_ns;

	out->gross = *gross;
	out->at_ns = from_ns + (to_ns - from_ns) / 2;
	out->time_s = (double)(to_ns - from_ns) / CLOCK_NS_PER_S;
	out->cpu_s = cpu_s;
	out->busy_s = (double)busy_ns / CLOCK_NS_PER_S;
}

/* Gross joules, and those over the idle power that is known by now. */
static void window_energy(Trial *trial, json_t *record, const TrialWindow *window,
			  const TrialEdge *begin, const TrialEdge *end, const Joules *gross,
			  double cpu_s)
{
	TrialPending pending = { .block = window->block, .attempt = window->attempt };
	bool metered = begin->reply.headline >= 0;

	trial_put_joules(record, "energy", gross,
			 metered ? "the sensor was reset or lost, the mains changed, or the "
				   "machine slept"
				 : "no source: time only");
	if (gross->prov != ENERGY_MEASURED || !metered) {
		trial_put_joules(record, "energy_net", &no_joules, "only for measured joules");
		trial_put_joules(record, "energy_attributed", &no_joules,
				 "only for measured joules");
		return;
	}
	text_format(pending.arm, sizeof pending.arm, "%s", window->arm);
	window_span(begin, end, gross, cpu_s, &pending);
	json_object_set_new(record, "energy_s", json_real(pending.time_s));
	trial_put_net(record, &pending, &trial->idle);
	if (isfinite(trial->idle.watts) && trial->pendings < TRIAL_PENDING_MAX)
		trial->pending[trial->pendings++] = pending;
}

/* --- temperature and frequency ---------------------------------------------------------------- */

static int counter_index(const Counters *counters, const char *name)
{
	for (int i = 0; counters && i < counters->count; i++)
		if (strcmp(counters->counter[i].name, name) == 0)
			return i;
	return -1;
}

/* Cycles of our own work by its CPU time; NaN where the machine does not lend both. */
static double own_frequency(const Trial *trial, const TrialEdge *begin, const TrialEdge *end)
{
	int cycles = counter_index(trial->counters, "cycles");
	int clock = counter_index(trial->counters, "task_clock_ns");

	if (cycles < 0 || clock < 0 || trial->counters->counter[clock].user_only)
		return NAN;
	return counters_between(&begin->counters, &end->counters, cycles) * 1e9 /
	       counters_between(&begin->counters, &end->counters, clock);
}

/* The arm's first window, by which this one is judged; NULL when this is the first. */
static const EdgeClimate *first_climate(Trial *trial, const char *arm, const EdgeClimate *now)
{
	const json_t *known = json_object_get(trial->firsts, arm);
	TrialFirst *first = trial->first;

	for (size_t i = 0; i < trial->first_count; i++)
		if (strcmp(trial->first[i].arm, arm) == 0)
			return &trial->first[i].climate;
	if (trial->first_count == TRIAL_FIRSTS_MAX)
		return NULL;
	first += trial->first_count++;
	text_format(first->arm, sizeof first->arm, "%s", arm);
	first->climate = *now;
	if (!known)
		return NULL;
	first->climate.temperature_c = record_number(known, "temperature_c");
	first->climate.frequency_hz = record_number(known, "frequency_hz");
	return &first->climate;
}

static void put_known(json_t *record, const char *key, double value, const char *why)
{
	if (isfinite(value))
		json_object_set_new(record, key, json_real(value));
	else
		record_absent(record, key, why);
}

/* Puts what the window was like, and returns what that makes of it. */
static uint32_t window_climate(Trial *trial, json_t *record, const TrialWindow *window,
			       const TrialEdge *begin, const TrialEdge *end, double time_s)
{
	EdgeClimate now;
	double own_hz = own_frequency(trial, begin, end);
	const EdgeClimate *first = NULL;

	edge_climate(&begin->reply.machine, &end->reply.machine, &now);
	if (isfinite(own_hz))
		now.frequency_hz = own_hz;
	put_known(record, "temperature_c", now.temperature_c,
		  "no sensor of the processor's temperature; not judged");
	put_known(record, "frequency_hz", now.frequency_hz,
		  "neither cycles nor cpufreq can be read; not judged");
	if (isfinite(now.frequency_hz))
		json_object_set_new(record, "frequency_from",
				    json_string(isfinite(own_hz) ? "cycles" : "cpufreq"));
	if (window->block >= 0 && time_s >= DRIFT_LEAST_S)
		first = first_climate(trial, window->arm, &now);
	return first ? edge_drift(first, &now) : 0;
}

/* --- builds ---------------------------------------------------------------------------------- */

bool trial_build_begin(Trial *trial, TrialMark *mark, Err *err)
{
	bool ok = window_begin(trial, &mark->edge, err);

	mark->begin_ns = clock_now_ns();
	return ok;
}

/* Measured errors add up by their kinds, those of models as they are: in the worst case. */
static void sum_joules(Joules *sum, const Joules *more)
{
	sum->value += more->value;
	sum->low += more->low;
	sum->high += more->high;
	sum->u.unit_j = hypot(sum->u.unit_j, more->u.unit_j);
	sum->u.edges_j = hypot(sum->u.edges_j, more->u.edges_j);
	sum->u.scale_j += more->u.scale_j;
	sum->u.lag_j += more->u.lag_j;
	sum->flags |= more->flags;
	sum->prov = energy_prov_min(sum->prov, more->prov);
	if (sum->prov >= ENERGY_ATTRIBUTED)
		joules_bars(sum);
}

static void add_joules(TrialBuild *build, const Joules *more, const char *why)
{
	if (build->spans)
		sum_joules(&build->energy, more);
	else
		build->energy = *more;
	if (!isfinite(more->value))
		build->why = why;
}

bool trial_build_end(Trial *trial, const TrialMark *mark, TrialBuild *build, Err *err)
{
	TrialEdge begin = mark->edge, end;
	EnergyWork work;
	Joules gross;
	double time_s = (double)(clock_now_ns() - mark->begin_ns) / CLOCK_NS_PER_S;

	if (!window_end(trial, &begin, &end, err))
		return false;

	edge_settle(&begin.reply, &begin.sample);
	edge_settle(&end.reply, &end.sample);
	trial_work(trial, NULL, 0, time_s, &begin.counters, &end.counters, &work);
	if (!window_gross(trial, &begin, &end, &work, &gross, err))
		return false;
	add_joules(build, &gross,
		   begin.reply.headline >= 0
			   ? "the sensor was reset or lost, the mains changed, or the machine slept"
		   : trial->model ? "the model cannot price it"
				  : "no source: time only");
	build->time_s += time_s;
	build->spans++;
	return true;
}

/* --- windows ---------------------------------------------------------------------------------- */

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

/* What measuring has cost: CPU time of the meter, and the time that the edges put into the span of
 * the joules, before the work and behind it. */
static void put_overhead(const Trial *trial, json_t *record, const TrialEdge *begin,
			 const TrialEdge *end, const Passes *passes)
{
	int32_t head = begin->reply.headline;
	bool metered = head >= 0 && end->reply.headline == head;
	int64_t edges_ns =
		passes->begin_ns - begin->reply.received_ns + end->reply.sent_ns - passes->end_ns;

	if (metered)
		edges_ns = passes->begin_ns - begin->reply.reading[head].t_ns +
			   end->reply.reading[head].t_ns - passes->end_ns;
	json_object_set_new(record, "edges_s", json_real((double)edges_ns / CLOCK_NS_PER_S));
	json_object_set_new(record, "edges_by",
			    json_string(!metered                  ? "none"
					: begin->sample.count > 0 ? "worker"
								  : "meter"));
	put_known(record, "meter_cpu_s",
		  trial->edge_fd < 0
			  ? NAN
			  : (double)(end->reply.meter_cpu_ns - begin->reply.meter_cpu_ns) /
				    CLOCK_NS_PER_S,
		  "there is no meter");
}

static void put_place(json_t *record, const TrialWindow *window, const Passes *passes,
		      int64_t origin_ns)
{
	json_object_set_new(record, "arm", json_string(window->arm));
	json_object_set_new(record, "block", json_integer(window->block));
	json_object_set_new(record, "attempt", json_integer(window->attempt));
	json_object_set_new(record, "begin_ns", json_integer(passes->begin_ns - origin_ns));
	json_object_set_new(record, "end_ns", json_integer(passes->end_ns - origin_ns));
	json_object_set_new(record, "items", json_integer((json_int_t)passes->items));
	json_object_set_new(record, "passes", json_integer((json_int_t)passes->count));
}

static bool window_put(Trial *trial, const TrialWindow *window, const TrialEdge *begin,
		       const TrialEdge *end, const Passes *passes, uint32_t *flags, Err *err)
{
	double time_s = (double)(passes->end_ns - passes->begin_ns) / CLOCK_NS_PER_S;
	double cpu_s = (double)(end->counters.cpu_ns - begin->counters.cpu_ns) / CLOCK_NS_PER_S;
	int64_t origin_ns = record_out_origin(trial->out);
	EnergyWork work;
	Joules gross;
	trial_work(trial, window->item, passes->items, time_s, &begin->counters, &end->counters,
		   &work);
	if (!window_gross(trial, begin, end, &work, &gross, err))
		return false;
	*flags = edge_gates(&begin->reply.machine, &end->reply.machine, cpu_s) | gross.flags;
	if (end->waited_ns != begin->waited_ns)
		*flags |= ENERGY_SUSPENDED;
	trial->windows_s += time_s;
	json_t *record = record_new("window", origin_ns);
	put_place(record, window, passes, origin_ns);
	trial_put_condition(trial, record);
	json_object_set_new(record, "time_s", json_real(time_s));
	json_object_set_new(record, "cpu_s", json_real(cpu_s));
	window_energy(trial, record, window, begin, end, &gross, cpu_s);
	*flags |= window_climate(trial, record, window, begin, end, time_s);
	put_overhead(trial, record, begin, end, passes);
	if (trial->counters)
		json_object_set_new(record, "counters",
				    counters_window_json(trial->counters, &begin->counters,
							 &end->counters));
	else
		record_absent(record, "counters", "no counters were opened");
	json_object_set_new(record, "work", trial_work_json(&work));
	json_object_set_new(record, "judged",
			    json_boolean(edge_judged(&begin->reply.machine, &end->reply.machine)));
	json_object_set_new(record, "flags", energy_flags_json(*flags));
	return record_out_put(trial->out, record, err);
}

bool trial_window(Trial *trial, const TrialWindow *window, TrialBody body, void *user,
		  uint32_t *flags, Err *err)
{
	TrialEdge begin, end;
	Passes passes;
	Err later;
	record_out_hold(trial->out);
	bool ok = window_begin(trial, &begin, err) &&
		  window_passes(trial, window->window_s, body, user, &passes, err) &&
		  window_end(trial, &begin, &end, err);
	if (ok) {
		edge_settle(&begin.reply, &begin.sample);
		edge_settle(&end.reply, &end.sample);
		ok = window_put(trial, window, &begin, &end, &passes, flags, err);
	}
	return record_out_release(trial->out, ok ? err : &later) && ok;
}
