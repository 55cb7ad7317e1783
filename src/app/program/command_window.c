/* The records of a command arm: idle power, its window, its trial.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "app/program/command_arm_inside.h"
#include "app/energy/energy_span.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/share.h"
#include "base/text.h"
#include "energy/profile.h"

#define DRIFT_LEAST_S 1.0 /* shorter windows are not judged by temperature and frequency */
#define SETTLE_SHARE 0.1  /* of an idle span is let pass first */

static bool put(Session *session, json_t *record, Err *err)
{
	bool ok = record ? session->take(session->user, record, err)
			 : err_set(err, ERR_MEMORY, "writing a record");
	json_decref(record);
	return ok;
}

static void put_known(json_t *record, const char *key, double value, const char *why)
{
	if (isfinite(value))
		json_object_set_new(record, key, json_real(value));
	else
		record_absent(record, key, why);
}

static void put_joules(json_t *record, const char *key, const Joules *joules, const char *why)
{
	if (isfinite(joules->value))
		json_object_set_new(record, key, joules_json(joules));
	else
		record_absent(record, key, why);
}

/* --- idle power ------------------------------------------------------------------------------- */

bool command_idle(Session *session, const CommandTrial *trial, uint32_t *edge, IdlePower *out,
		  Err *err)
{
	double seconds = trial->plan->idle_s;
	IdleSpan span;
	EdgeReply reply;

	*out = (IdlePower){ .watts = NAN, .u_watts = NAN };
	if (seconds <= 0 || session_interrupted(session))
		return true;
	if (!edge_ask(session->edge_fd, (*edge)++, ENERGY_EDGE_MS, &reply, err))
		return false;
	if (reply.headline < 0)
		return true;
	int64_t settled_ns = clock_now_ns() + (int64_t)(SETTLE_SHARE * seconds * CLOCK_NS_PER_S);
	if (!session_watch(session, -1, settled_ns, err) || session_interrupted(session))
		return session_interrupted(session);
	if (!energy_span(session, edge, seconds, &span, err))
		return false;
	idle_end(&span, out);
	return put(session, idle_record(&span, out, session->origin_ns), err);
}

/* --- the window ------------------------------------------------------------------------------- */

/* Priced by the model where nothing measures; never one in place of the other. */
static bool price(const Job *job, const CommandResult *result, double time_s, double cpu_s,
		  Joules *out, Err *err)
{
	EnergyProfile profile;
	EnergyWork work;
	bool wanted = strcmp(job->energy, "auto") == 0 || strcmp(job->energy, "profile") == 0;
	const EnergySource *model = energy_model_find(&energy_os, job->energy);

	joules_none(out);
	if (result->begin.edge.headline >= 0) {
		edge_joules(&result->begin.edge, &result->end.edge, out);
		return true;
	}
	energy_work_init(&work);
	if (job->profile && wanted) {
		if (!profile_from_json(&profile, job->profile, err))
			return false;
		model = energy_source_find("profile");
		work.profile = &profile;
	}
	work.time_s = time_s;
	work.cpu_s = cpu_s;
	work.threads = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	return !model || model->model(&energy_os, &work, out, err);
}

static void put_net(json_t *record, const CommandResult *result, const Joules *gross, double cpu_s)
{
	const EdgeReply *begin = &result->begin.edge, *end = &result->end.edge;
	const char *why = "only for measured joules";
	IdlePower idle = result->before;
	Joules net, attributed;

	joules_none(&net);
	joules_none(&attributed);
	if (begin->headline >= 0 && gross->prov == ENERGY_MEASURED) {
		int64_t from_ns = begin->reading[begin->headline].t_ns,
			to_ns = end->reading[begin->headline].t_ns;
		double busy_s =
			(double)(end->machine.busy_ns - begin->machine.busy_ns) / CLOCK_NS_PER_S;
		double span_s = (double)(to_ns - from_ns) / CLOCK_NS_PER_S;
		why = "idle power was not measured";
		json_object_set_new(record, "energy_s", json_real(span_s));
		if (isfinite(result->after.watts))
			idle_between(&result->before, &result->after,
				     from_ns + (to_ns - from_ns) / 2, &idle);
		joules_minus_idle(gross, &idle, span_s, &net);
		joules_attributed(&net, cpu_s, busy_s, &attributed);
	}
	put_joules(record, "energy_net", &net, why);
	put_joules(record, "energy_attributed", &attributed, why);
}

/* Puts what the window was like; the flags that its difference from the arm's first one gives. */
static uint32_t put_climate(json_t *record, const CommandTrial *trial, const CommandResult *result,
			    double time_s)
{
	const Job *job = trial->job;
	const json_t *known = json_object_get(job->firsts, trial->plan->arm[job->arm]);
	EdgeClimate now, first = { record_number(known, "temperature_c"),
				   record_number(known, "frequency_hz") };

	edge_climate(&result->begin.edge.machine, &result->end.edge.machine, &now);
	put_known(record, "temperature_c", now.temperature_c,
		  "no sensor of the processor's temperature; not judged");
	put_known(record, "frequency_hz", now.frequency_hz, "cpufreq cannot be read; not judged");
	if (isfinite(now.frequency_hz))
		json_object_set_new(record, "frequency_from", json_string("cpufreq"));
	return known && job->block >= 0 && time_s >= DRIFT_LEAST_S ? edge_drift(&first, &now) : 0;
}

static void put_overhead(json_t *record, const Session *session, const CommandResult *result)
{
	const CommandMark *begin = &result->begin, *end = &result->end;
	int32_t head = begin->edge.headline;
	bool metered = head >= 0 && end->edge.headline == head;
	int64_t edges_ns = begin->at_ns - begin->edge.received_ns + end->edge.sent_ns - end->at_ns;

	if (metered)
		edges_ns = begin->at_ns - begin->edge.reading[head].t_ns +
			   end->edge.reading[head].t_ns - end->at_ns;
	json_object_set_new(record, "edges_s", json_real((double)edges_ns / CLOCK_NS_PER_S));
	json_object_set_new(record, "edges_by", json_string(metered ? "meter" : "none"));
	put_known(record, "meter_cpu_s",
		  session->edge_fd < 0
			  ? NAN
			  : (double)(end->edge.meter_cpu_ns - begin->edge.meter_cpu_ns) /
				    CLOCK_NS_PER_S,
		  "there is no meter");
}

static void put_place(json_t *record, const CommandTrial *trial)
{
	const Job *job = trial->job;

	json_object_set_new(record, "arm", json_string(trial->plan->arm[job->arm]));
	json_object_set_new(record, "block", json_integer(job->block));
	json_object_set_new(record, "attempt", json_integer(job->attempt));
	json_object_set_new(record, "by", json_string("command"));
	if (trial->plan->factors)
		json_object_set_new(record, "condition", json_integer((json_int_t)job->condition));
}

/* Nothing is known of what another program works with. */
static json_t *unknown_work(void)
{
	static const char *const keys[] = { "macs", "bytes", "faults", "switches" };
	json_t *json = json_object();

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		record_absent(json, keys[i], "a program of others ran");
	return json;
}

static bool put_window(Session *session, const CommandTrial *trial, const CommandResult *result,
		       Err *err)
{
	const CommandMark *begin = &result->begin, *end = &result->end;
	bool is_run = program_report_is_run(&result->report);
	double time_s = (double)(end->at_ns - begin->at_ns) / CLOCK_NS_PER_S;
	double cpu_s = end->cpu_s - begin->cpu_s;
	uint32_t flags = edge_gates(&begin->edge.machine, &end->edge.machine, cpu_s);
	Joules gross;
	json_t *record;

	if (!price(trial->job, result, time_s, cpu_s, &gross, err))
		return false;
	record = record_new("window", session->origin_ns);
	put_place(record, trial);
	json_object_set_new(record, "begin_ns", json_integer(begin->at_ns - session->origin_ns));
	json_object_set_new(record, "end_ns", json_integer(end->at_ns - session->origin_ns));
	json_object_set_new(record, "items",
			    json_integer(is_run ? 1 : (json_int_t)result->report.items));
	json_object_set_new(record, "passes", json_integer(1));
	json_object_set_new(record, "run", json_boolean(is_run));
	json_object_set_new(record, "time_s", json_real(time_s));
	json_object_set_new(record, "cpu_s", json_real(cpu_s));
	put_joules(record, "energy", &gross,
		   begin->edge.headline >= 0 ? "the sensor was reset or lost, the mains changed, "
					       "or the machine slept"
					     : "no source: time only");
	put_net(record, result, &gross, cpu_s);
	flags |= gross.flags | put_climate(record, trial, result, time_s);
	put_overhead(record, session, result);
	json_object_set_new(record, "counters",
			    counters_window_json(&result->counters, &begin->counters,
						 &end->counters));
	json_object_set_new(record, "work", unknown_work());
	json_object_set_new(record, "judged",
			    json_boolean(edge_judged(&begin->edge.machine, &end->edge.machine)));
	json_object_set_new(record, "flags", energy_flags_json(flags));
	session->measuring = true;
	return put(session, record, err);
}

/* --- the trial -------------------------------------------------------------------------------- */

static void put_accuracy(json_t *record, const ProgramReport *report)
{
	double rows = record_number(report->result, "test_rows"), low = NAN, high = NAN;
	double accuracy = report->result ? report->accuracy : NAN;

	if (rows > 0)
		share_wilson(accuracy * rows, rows, SHARE_Z95, &low, &high);
	put_known(record, "accuracy", accuracy, "the program told none");
	put_known(record, "accuracy_low", low, "the program told no test_rows");
	put_known(record, "accuracy_high", high, "the program told no test_rows");
}

static bool put_trial(Session *session, const CommandTrial *trial, const CommandResult *result,
		      Err *err)
{
	static const char *const told[] = { "dataset", "split", "test_rows", "rows_sha256",
					    "hits",    "macs",  "size_bytes" };
	static const char *const unknown[] = { "dataset_sha256", "batch", "weight_bytes" };
	const ProgramReport *report = &result->report;
	const Job *job = trial->job;
	json_t *record = record_new("trial", session->origin_ns);

	put_place(record, trial);
	json_object_set_new(record, "seed", json_integer((json_int_t)command_seed(trial)));
	json_object_set_new(record, "threads", json_integer(job->threads));
	if (result->peak_bytes)
		json_object_set_new(record, "peak_rss_bytes",
				    json_integer((json_int_t)result->peak_bytes));
	else
		record_absent(record, "peak_rss_bytes",
			      "under what this process held itself when it started the program");
	put_accuracy(record, report);
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		json_t *value = json_object_get(report->result, told[i]);
		if (value && !json_is_null(value))
			json_object_set(record, told[i], value);
		else
			record_absent(record, told[i], "the program told none");
	}
	if (report->result && isfinite(report->accuracy) &&
	    json_is_null(json_object_get(record, "split"))) {
		json_object_set_new(record, "split", json_string("test"));
		json_object_del(record, "split_why");
	}
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		record_absent(record, unknown[i], "not known of a program of others");
	return put(session, record, err);
}

uint64_t command_seed(const CommandTrial *trial)
{
	return plan_seed(trial->plan, (size_t)(trial->job->block + (int)trial->plan->warmup));
}

bool command_put(Session *session, const CommandTrial *trial, const CommandResult *result, Err *err)
{
	return put_window(session, trial, result, err) && put_trial(session, trial, result, err);
}
