/* Idle power and what is left without it.
 * SPDX-License-Identifier: MIT */
#include "energy/accounting.h"

#include <math.h>
#include <unistd.h>

#include "base/record.h"

#define SAMPLE_S 0.5 /* as long as a sample is to be, if there is time for enough of them */
#define SAMPLE_UNEVEN 0.4

static const IdlePower unknown = { .watts = NAN, .u_watts = NAN };

/* --- a span ----------------------------------------------------------------------------------- */

int idle_samples(double seconds)
{
	return (int)fmin(fmax(seconds / SAMPLE_S, IDLE_SAMPLES_MIN), IDLE_SAMPLES_MAX);
}

double idle_sample_end(int i, int n)
{
	double golden = i * 0.6180339887498949; /* spreads evenly, in no period */

	return i == n ? 1 : (i + SAMPLE_UNEVEN * (golden - floor(golden) - 0.5)) / n;
}

void idle_begin(IdleSpan *span, const EdgeReply *edge)
{
	span->count = 0;
	span->failed = edge->headline < 0;
	span->first = span->last = *edge;
	span->sample_s = span->late = 0;
}

/* When the headline was read. */
static int64_t read_at(const EdgeReply *edge)
{
	return edge->reading[edge->headline].t_ns;
}

void idle_sample(IdleSpan *span, const EdgeReply *edge)
{
	Joules joules;
	double time_s, late_w;

	edge_step(&span->last, edge, &joules);
	if (span->failed || isnan(joules.value) || span->count == IDLE_SAMPLES_MAX) {
		span->failed = true;
		return;
	}
	time_s = (double)(read_at(edge) - read_at(&span->last)) * 1e-9;
	span->watts[span->count] = joules.value / time_s;
	span->at_s[span->count] =
		(double)(read_at(edge) - read_at(&span->first)) * 1e-9 - time_s / 2;
	span->count++;
	span->sample_s += (time_s - span->sample_s) / span->count;
	late_w = hypot(joules.u.unit_j, joules.u.edges_j) / time_s;
	span->late += (late_w * late_w - span->late) / span->count;
	span->last = *edge;
}

/* Variance of the samples around their straight line, with count − 2 degrees of freedom. */
static double scatter(const IdleSpan *span)
{
	double n = span->count, mean_w = 0, mean_s = 0, tt = 0, tw = 0, ww = 0;

	for (int i = 0; i < span->count; i++) {
		mean_w += span->watts[i] / n;
		mean_s += span->at_s[i] / n;
	}
	for (int i = 0; i < span->count; i++) {
		double w = span->watts[i] - mean_w, s = span->at_s[i] - mean_s;
		tt += s * s;
		tw += s * w;
		ww += w * w;
	}
	return fmax(ww - tw * tw / tt, 0) / (n - 2);
}

void edge_idle(const EdgeReply *begin, const EdgeReply *end, IdlePower *out)
{
	Joules joules;

	*out = unknown;
	edge_joules(begin, end, &joules);
	if (isnan(joules.value))
		return;
	out->time_s = (double)(read_at(end) - read_at(begin)) * 1e-9;
	out->at_ns = read_at(begin) + (read_at(end) - read_at(begin)) / 2;
	out->watts = joules.value / out->time_s;
	out->u_watts = hypot(joules.u.unit_j, joules.u.edges_j) / out->time_s;
}

void idle_end(const IdleSpan *span, IdlePower *out)
{
	*out = unknown;
	if (span->failed || span->count == 0)
		return;
	edge_idle(&span->first, &span->last, out);
	if (span->count < 3)
		return;
	out->freedom = span->count - 2;
	out->noise = fmax(scatter(span) - span->late, 0) * span->sample_s;
	out->u_watts = hypot(out->u_watts, sqrt(out->noise / out->time_s));
}

json_t *idle_record(const IdleSpan *span, const IdlePower *idle, int64_t origin_ns)
{
	const EdgeReply *first = &span->first;
	json_t *record = record_new("idle", origin_ns);

	json_object_set_new(record, "begin_ns", json_integer(first->read_ns - origin_ns));
	json_object_set_new(record, "end_ns", json_integer(span->last.read_ns - origin_ns));
	json_object_set_new(record, "samples", json_integer(span->count));
	json_object_set_new(record, "source", json_string(first->source));
	json_object_set_new(record, "scope",
			    json_string(energy_scope_name(first->domain[first->headline].scope)));
	if (isnan(idle->watts)) {
		record_absent(record, "watts",
			      "the sensor was reset or lost, the mains changed, or the machine "
			      "slept");
		return record;
	}
	json_object_set_new(record, "watts", json_real(idle->watts));
	json_object_set_new(record, "u_watts", json_real(idle->u_watts));
	json_object_set_new(record, "noise_w2s", json_real(idle->noise));
	return record;
}

/* --- between spans ---------------------------------------------------------------------------- */

/* Of the mean of a span, by its edges alone. */
static double edges_variance(const IdlePower *idle)
{
	return fmax(idle->u_watts * idle->u_watts - idle->noise / idle->time_s, 0);
}

void idle_between(const IdlePower *before, const IdlePower *after, int64_t at_ns, IdlePower *out)
{
	double freedom = before->freedom + after->freedom, noise = 0, w, before_v, after_v;

	if (isnan(before->watts) || isnan(after->watts)) {
		*out = isnan(before->watts) ? *after : *before;
		return;
	}
	w = (double)(at_ns - before->at_ns) / (double)(after->at_ns - before->at_ns);
	w = fmin(fmax(w, 0), 1);
	if (freedom > 0)
		noise = (before->noise * before->freedom + after->noise * after->freedom) / freedom;
	before_v = edges_variance(before) + noise / before->time_s;
	after_v = edges_variance(after) + noise / after->time_s;
	*out = (IdlePower){
		.watts = (1 - w) * before->watts + w * after->watts,
		.u_watts = sqrt((1 - w) * (1 - w) * before_v + w * w * after_v),
		.time_s = before->time_s + after->time_s,
		.noise = noise,
		.freedom = freedom,
		.at_ns = at_ns,
	};
}

/* --- joules ----------------------------------------------------------------------------------- */

static void joules_absent(Joules *joules)
{
	joules->value = joules->low = joules->high = NAN;
	joules->u = (JouleParts){ .unit_j = 0 };
	joules->prov = ENERGY_NONE;
}

void joules_minus_idle(const Joules *gross, const IdlePower *idle, double time_s, Joules *out)
{
	double k = idle->freedom > 0 ? 1 + 1.21 / idle->freedom : 1;

	*out = *gross;
	out->value = gross->value - idle->watts * time_s;
	out->u.idle_j = k * hypot(time_s * idle->u_watts, sqrt(idle->noise * time_s));
	if (isnan(out->value) || isnan(out->u.idle_j)) {
		joules_absent(out);
		return;
	}
	out->u.scale_j = gross->scale_err * out->value;
	joules_bars(out);
}

void joules_attributed(const Joules *net, double own_cpu_s, double busy_cpu_s, Joules *out)
{
	double share = own_cpu_s >= 0 && busy_cpu_s > 0 ? fmin(own_cpu_s / busy_cpu_s, 1) : NAN;
	double tick_share = 1 / ((double)sysconf(_SC_CLK_TCK) * busy_cpu_s);

	*out = *net;
	out->value *= share;
	if (isnan(out->value)) {
		joules_absent(out);
		return;
	}
	out->u.unit_j *= share;
	out->u.edges_j = hypot(net->u.edges_j * share, out->value * tick_share);
	out->u.idle_j *= share;
	out->u.scale_j *= share;
	out->u.lag_j *= share;
	joules_bars(out);
	out->prov = energy_prov_min(net->prov, ENERGY_ATTRIBUTED);
}
