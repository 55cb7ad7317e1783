/* What `wattle energy -- COMMAND` prints: one run, or the mean of several.
 *
 * The interval of a mean holds what scattered from run to run (t·s/√n) and what all runs share: the
 * error of the sensor's scale and of the idle power, or the whole bar of a model; the two are added
 * as squares. Nothing that was not measured is shown as 0.
 * SPDX-License-Identifier: MIT */
#include "app/energy/energy_line.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lab/results.h"
#include "lab/stats.h"

#define ALPHA 0.05
#define SHORT_S 1 /* windows shorter than this hardly tell */

/* --- means ------------------------------------------------------------------------------------ */

/* Mean of n ≥ 1 values and its interval, which one value alone has none of. */
static Estimate mean_of(const double *x, size_t n)
{
	Paired paired = stats_paired(x, n);
	double half = n > 1 ? stats_half_width(&paired, ALPHA) : NAN;

	return (Estimate){ paired.mean, paired.mean - half, paired.mean + half, n };
}

typedef double RunValue(const LineRun *run);

static double run_time(const LineRun *run)
{
	return run->time_s;
}

static double run_cpu(const LineRun *run)
{
	return run->cpu_s;
}

static Estimate mean_value(const Line *line, RunValue *value)
{
	double x[LINE_RUNS_MAX] = { 0 };

	for (size_t i = 0; i < line->runs; i++)
		x[i] = value(&line->run[i]);
	return mean_of(x, line->runs);
}

typedef const Joules *RunJoules(const LineRun *run);

static const Joules *run_gross(const LineRun *run)
{
	return &run->gross;
}

static const Joules *run_net(const LineRun *run)
{
	return &run->net;
}

static const Joules *run_attributed(const LineRun *run)
{
	return &run->attributed;
}

/* Makes the mean of n joules, which summed up to sum: what they share stays, what scatters
 * narrows. */
static void joules_mean(Joules *mean, const Joules *sum, const double *x, size_t n)
{
	Estimate estimate = mean_of(x, n);
	double scatter = (estimate.high - estimate.low) / 2, bar = (sum->high - sum->low) / 2;

	mean->value = estimate.value;
	mean->u = (JouleParts){
		.edges_j = scatter / ENERGY_Z95,
		.idle_j = sum->u.idle_j / (double)n,
		.scale_j = sum->u.scale_j / (double)n,
	};
	if (mean->prov > ENERGY_MODELLED)
		bar = ENERGY_Z95 * hypot(mean->u.idle_j, mean->u.scale_j);
	else
		bar /= (double)n;
	mean->low = estimate.value - hypot(scatter, bar);
	mean->high = estimate.value + hypot(scatter, bar);
}

/* The runs' mean as joules, of the *count that have any; watts: for each second of its run. */
static Joules mean_joules(const Line *line, RunJoules *of, bool watts, size_t *count)
{
	double x[LINE_RUNS_MAX];
	Joules mean = *of(&line->run[0]), sum = { .value = 0 };
	uint32_t flags = 0;

	*count = 0;
	for (size_t i = 0; i < line->runs; i++) {
		Joules joules = *of(&line->run[i]);
		double per = watts ? line->run[i].time_s : 1;
		flags |= joules.flags;
		if (isnan(joules.value))
			continue;
		joules.value /= per;
		joules.low /= per;
		joules.high /= per;
		sum.low += joules.low;
		sum.high += joules.high;
		sum.u.idle_j += joules.u.idle_j / per;
		sum.u.scale_j += joules.u.scale_j / per;
		x[(*count)++] = joules.value;
		mean = joules;
	}
	if (*count > 1)
		joules_mean(&mean, &sum, x, *count);
	mean.flags = flags;
	return mean;
}

/* --- words ------------------------------------------------------------------------------------ */

#define LABEL "  %-18s"

static void put_value(const Line *line, const char *label, Estimate value, const char *unit,
		      const char *note)
{
	text_printf(line->to, LABEL " %10.4g %s", label, value.value, unit);
	if (isfinite(value.low) && isfinite(value.high))
		text_printf(line->to, "   %.4g to %.4g", value.low, value.high);
	text_printf(line->to, "%s%s\n", *note ? "  " : "", note);
}

static Estimate estimate_of(const Joules *joules, size_t n)
{
	return (Estimate){ joules->value, joules->low, joules->high, n };
}

/* Why there are no joules over idle power. */
static const char *net_why(const Line *line)
{
	if (!line->measures)
		return "only for measured joules";
	return isnan(line->idle.watts) ? "idle power was not measured" : "no joules were measured";
}

static const char *gross_why(const Line *line)
{
	return line->measures ? "void: see the flags" : "no source: time only";
}

static void put_joules(const Line *line, const char *label, RunJoules *of, const char *note,
		       const char *why)
{
	size_t n;
	Joules mean = mean_joules(line, of, false, &n);
	char text[96] = "";

	if (n == 0) {
		text_printf(line->to, LABEL "          -     %s\n", label, why);
		return;
	}
	if (n < line->runs)
		text_format(text, sizeof text, "%s%sof %zu runs", note, *note ? "; " : "", n);
	put_value(line, label, estimate_of(&mean, n), "J", *text ? text : note);
}

static void put_energy(const Line *line)
{
	size_t n;
	Joules gross = mean_joules(line, run_gross, false, &n);
	Joules power = mean_joules(line, run_gross, true, &n);
	char badge[48], idle[96] = "";

	joules_badge(&gross, badge);
	if (n == 0) {
		joules_none(&gross);
		text_printf(line->to, LABEL "          -     %s%s\n", "gross",
			    line->measures ? "" : joules_badge(&gross, badge),
			    line->measures ? gross_why(line) : "");
		return;
	}
	if (isfinite(line->idle.watts))
		text_format(idle, sizeof idle, "idle %.4g W ±%.2g for %.3g s before",
			    line->idle.watts, ENERGY_Z95 * line->idle.u_watts, line->idle.time_s);
	put_joules(line, "gross", run_gross, badge, "");
	put_joules(line, "idle-subtracted", run_net, idle, net_why(line));
	put_joules(line, "attributed", run_attributed, "", net_why(line));
	put_value(line, "power", estimate_of(&power, n), "W", gross.source);
}

/* Mean of a count over all runs; NaN when a run has none. */
static double count_mean(const Line *line, const char *name)
{
	double sum = 0;

	for (size_t i = 0; i < line->runs; i++) {
		const json_t *count = json_object_get(line->run[i].counters, name);
		sum += json_is_integer(count) ? json_number_value(count) : NAN;
	}
	return sum / (double)line->runs;
}

/* Counts, then those that this machine does not lend, by the first one's reason. */
static void put_counters(const Line *line)
{
	const char *name, *why = NULL;
	char digits[32], missing[256] = "";
	size_t used = 0;
	json_t *value;

	json_object_foreach(line->run[0].counters, name, value)
	{
		if (json_is_null(value)) {
			char key[RECORD_KEY_MAX];
			text_format(key, sizeof key, "%s_why", name);
			if (!why)
				why = json_string_value(
					json_object_get(line->run[0].counters, key));
			used += text_format(missing + used, sizeof missing - used, "%s%s",
					    used ? ", " : "", name);
		}
		if (!json_is_integer(value) || strcmp(name, "cpu_ns") == 0 ||
		    isnan(count_mean(line, name)))
			continue;
		text_thousands(digits, (uint64_t)llround(fmax(count_mean(line, name), 0)));
		text_printf(line->to, LABEL " %10s\n", name, digits);
	}
	if (used)
		text_printf(line->to, "  not counted: %s (%s)\n", missing, why ? why : "unknown");
}

static uint32_t all_flags(const Line *line)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < line->runs; i++)
		flags |= line->run[i].flags;
	return flags;
}

/* What spoils the figures, once each. */
static void put_flags(const Line *line)
{
	size_t i;
	json_t *list = energy_flags_json(all_flags(line)), *flag;

	json_array_foreach(list, i, flag)
		text_printf(line->to, "  ! %s: %s\n", json_string_value(flag),
			    energy_flag_about(json_string_value(flag)));
	json_decref(list);
	if (line->measures && mean_value(line, run_time).value < SHORT_S)
		text_printf(line->to,
			    "  ! shorter than 1 s: edges and updates of the counter weigh; "
			    "let COMMAND repeat its work\n");
}

static void put_text(const Line *line)
{
	char carbon[512];
	size_t n;
	Joules gross = mean_joules(line, run_gross, false, &n);
	Estimate time = mean_value(line, run_time);

	text_printf(line->to, "wattle energy:");
	for (char **word = line->cli->line; *word; word++)
		text_printf(line->to, " %s", *word);
	if (line->runs > 1)
		text_printf(line->to, " (%zu runs; means with 95 %% intervals)", line->runs);
	text_printf(line->to, "\n");
	put_energy(line);
	put_value(line, "time", time, "s", "");
	put_value(line, "CPU time", mean_value(line, run_cpu), "s", "");
	put_counters(line);
	footprint_text(&line->footprint, &gross, time.value, carbon, sizeof carbon);
	text_printf(line->to, LABEL " %s\n", "carbon", carbon);
	put_flags(line);
	fflush(line->to);
}

/* --- records ---------------------------------------------------------------------------------- */

static void set_joules(json_t *record, const char *key, const Joules *joules, const char *why)
{
	if (isfinite(joules->value))
		json_object_set_new(record, key, joules_json(joules));
	else
		record_absent(record, key, why);
}

static void set_estimate(json_t *record, const char *key, Estimate value)
{
	json_object_set_new(record, key,
			    record_estimate(value.value, value.low, value.high, value.n, "t"));
}

/* What both types of records begin and end with. */
static json_t *record_of(const Line *line, const char *type, const Joules *gross, uint32_t flags,
			 double time_s)
{
	json_t *record = record_new(type, line->session.origin_ns), *words = json_array();
	json_t *carbon = footprint_json(&line->footprint, gross);

	for (char **word = line->cli->line; *word; word++) {
		char clean[256];
		text_clean(clean, sizeof clean, *word, strlen(*word));
		json_array_append_new(words, json_string(clean));
	}
	json_object_set_new(record, "command", words);
	json_object_set_new(record, "flags", energy_flags_json(flags));
	if (carbon)
		json_object_set_new(record, "carbon", carbon);
	else
		record_absent(record, "carbon",
			      line->footprint.table ? "there are no joules" : line->footprint.why);
	if (line->footprint.embodied_kg > 0)
		json_object_set_new(record, "embodied_g",
				    json_real(carbon_embodied_g(line->footprint.embodied_kg,
								line->footprint.embodied_years,
								time_s)));
	return record;
}

bool line_report_run(const Line *line, const LineRun *run, Err *err)
{
	json_t *record;

	if (!line->json)
		return true;
	record = record_of(line, "energy-run", &run->gross, run->flags, run->time_s);
	json_object_set_new(record, "run", json_integer(run - line->run));
	json_object_set_new(record, "exit", json_integer(run->status));
	json_object_set_new(record, "time_s", json_real(run->time_s));
	json_object_set_new(record, "cpu_s", json_real(run->cpu_s));
	set_joules(record, "energy", &run->gross, gross_why(line));
	set_joules(record, "energy_net", &run->net, net_why(line));
	set_joules(record, "energy_attributed", &run->attributed, net_why(line));
	if (isfinite(line->idle.watts))
		json_object_set_new(record, "idle_w", json_real(line->idle.watts));
	else
		record_absent(record, "idle_w", "idle power was not measured");
	json_object_set(record, "counters", run->counters);
	json_object_set_new(record, "judged", json_boolean(run->judged));
	return record_out_put(line->json, record, err);
}

static bool put_mean(const Line *line, Err *err)
{
	size_t n, runs;
	Joules gross = mean_joules(line, run_gross, false, &n);
	Joules net = mean_joules(line, run_net, false, &runs);
	Joules attributed = mean_joules(line, run_attributed, false, &runs);
	Joules power = mean_joules(line, run_gross, true, &runs);
	Estimate time = mean_value(line, run_time);
	json_t *record = record_of(line, "energy-mean", &gross, all_flags(line), time.value);

	json_object_set_new(record, "runs", json_integer((json_int_t)line->runs));
	json_object_set_new(record, "with_joules", json_integer((json_int_t)n));
	set_estimate(record, "time_s", time);
	set_estimate(record, "cpu_s", mean_value(line, run_cpu));
	set_joules(record, "energy", &gross, gross_why(line));
	set_joules(record, "energy_net", &net, net_why(line));
	set_joules(record, "energy_attributed", &attributed, net_why(line));
	if (n)
		set_estimate(record, "power_w", estimate_of(&power, n));
	else
		record_absent(record, "power_w", gross_why(line));
	return record_out_put(line->json, record, err);
}

bool line_report(const Line *line, Err *err)
{
	if (line->runs == 0)
		return err_set(err, ERR_INTERRUPTED, "interrupted before %s began",
			       line->cli->line[0]);
	if (line->json)
		return line->runs == 1 || put_mean(line, err);
	put_text(line);
	return true;
}
