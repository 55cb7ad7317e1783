/* Payback by Fieller's theorem.
 * SPDX-License-Identifier: MIT */
#include "lab/payback.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "lab/stats.h"

#define PAYBACK_ALPHA 0.05

static const char *const names[] = {
	[PAYBACK_UNKNOWN] = "unknown",
	[PAYBACK_AT_ONCE] = "at once",
	[PAYBACK_AFTER] = "after",
	[PAYBACK_NEVER] = "never",
	[PAYBACK_NOT_RESOLVED] = "not resolved",
};

const char *payback_name(PaybackWord word)
{
	return names[word];
}

static Payback unknown(const char *why)
{
	return (Payback){
		PAYBACK_UNKNOWN, why, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0, false
	};
}

/* The roots of a·ρ² − 2·b·ρ + c with a > 0. b² ≥ a·c holds by the Cauchy-Schwarz inequality; rounding
 * may miss it by a little. */
static void roots(double a, double b, double c, double *low, double *high)
{
	double root = sqrt(fmax(0, b * b - a * c));
	/* The one with the larger magnitude first, the other by their product: no cancellation. */
	double far = b >= 0 ? (b + root) / a : (b - root) / a;
	double near = far != 0 ? c / a / far : 0;

	*low = fmin(far, near);
	*high = fmax(far, near);
}

static PaybackWord word_of(const Payback *p)
{
	if (p->extra_high <= 0)
		return PAYBACK_AT_ONCE;
	if (p->saving_low > 0)
		return p->extra > 0 ? PAYBACK_AFTER : PAYBACK_AT_ONCE;
	return p->saving_high <= 0 ? PAYBACK_NEVER : PAYBACK_NOT_RESOLVED;
}

/* One value has no spread, which is not a spread of 0. */
static double half_width(double t, double variance)
{
	return isinf(t) ? INFINITY : t * sqrt(variance);
}

Payback payback_of_means(const PaybackMeans *means, double alpha)
{
	double t = stats_t_quantile(1 - alpha / 2, means->df), x = means->saving, y = means->extra;
	double low, high;
	Payback out = unknown(NULL);

	if (!isfinite(x) || !isfinite(y))
		return unknown("what making the models cost, or a prediction, is not known");
	if (!isfinite(means->var_extra) || !isfinite(means->var_saving) ||
	    !isfinite(means->covariance) || isnan(t))
		t = INFINITY;
	out.extra = y;
	out.extra_low = y - half_width(t, means->var_extra);
	out.extra_high = y + half_width(t, means->var_extra);
	out.saving = x;
	out.saving_low = x - half_width(t, means->var_saving);
	out.saving_high = x + half_width(t, means->var_saving);
	out.word = word_of(&out);
	if (out.word != PAYBACK_AFTER && out.word != PAYBACK_AT_ONCE)
		return out;
	out.value = out.low = out.high = 0;
	if (out.extra_high > 0) {
		out.value = fmax(0, y / x);
		roots(x * x - t * t * means->var_saving, x * y - t * t * means->covariance,
		      y * y - t * t * means->var_extra, &low, &high);
		out.low = fmax(0, low);
		out.high = fmax(0, high);
	}
	return out;
}

Payback payback_of_pairs(const double *extra, const double *saving, size_t n, double alpha)
{
	Paired y = stats_paired(extra, n), x = stats_paired(saving, n);
	double sum = 0, count = (double)n;
	PaybackMeans means = { .extra = y.mean, .saving = x.mean, .df = count - 1 };

	if (n == 0)
		return unknown("no whole block");
	for (size_t i = 0; i < n; i++)
		sum += (extra[i] - y.mean) * (saving[i] - x.mean);
	means.var_extra = n > 1 ? y.se * y.se : 0;
	means.var_saving = n > 1 ? x.se * x.se : 0;
	means.covariance = n > 1 ? sum / (count - 1) / count : 0;
	Payback out = payback_of_means(&means, alpha);

	out.n = n;
	return out;
}

/* One prediction's cost alone, whatever the plan charges it with. */
static double cost_of(const Cell *cell, Metric metric)
{
	double total = metric == METRIC_ENERGY ? cell->energy_j : cell->time_s;

	return cell->items ? total / (double)cell->items : NAN;
}

static double build_of(const Cell *cell, Metric metric)
{
	return metric == METRIC_ENERGY ? cell->build_j : cell->build_s;
}

static bool can_pay(const Results *results, size_t arm, size_t versus)
{
	const ArmResult *b = results_arm(results, arm), *a = results_arm(results, versus);

	return a && b && !a->diverged && !b->diverged;
}

Payback payback_make(const Results *results, size_t arm, size_t versus, Metric metric)
{
	double extra[PLAN_SEEDS_MAX], saving[PLAN_SEEDS_MAX];
	size_t n = 0;

	if (metric != METRIC_TIME && metric != METRIC_ENERGY)
		return unknown("only seconds and joules pay back");
	if (!can_pay(results, arm, versus) || arm == versus)
		return unknown(arm == versus ? "the baseline" : "an arm diverged");
	if (metric == METRIC_ENERGY && results_mixed_energy(results))
		return unknown("the source of the joules changed within the run");
	if (isnan(results_build_cost(results, arm, metric).value) ||
	    isnan(results_build_cost(results, versus, metric).value))
		return unknown("what making the models cost was not recorded");
	for (size_t i = 0; i < results_blocks(results); i++) {
		const Cell *b = &results_arm(results, arm)->cells[i],
			   *a = &results_arm(results, versus)->cells[i];

		extra[n] = build_of(b, metric) - build_of(a, metric);
		saving[n] = cost_of(a, metric) - cost_of(b, metric);
		n += isfinite(extra[n]) && isfinite(saving[n]);
	}
	Payback out = payback_of_pairs(extra, saving, n, PAYBACK_ALPHA);

	/* The one build stands in every block: their spread is 0, the build's own is not known. */
	out.once = results_plan(results)->build == PLAN_BUILD_ONCE;
	if (out.once)
		out.low = out.high = out.extra_low = out.extra_high = NAN;
	return out;
}

/* --- the sentence ----------------------------------------------------------------------------- */

/* Three digits are more than such an interval carries. */
static void count_text(char out[48], double count)
{
	char digits[32];
	double unit = count >= 1000 ? pow(10, floor(log10(count)) - 2) : 1;

	if (count < 1e15)
		text_format(out, 48, "%s",
			    text_thousands(digits, (uint64_t)(round(count / unit) * unit)));
	else
		text_format(out, 48, "%.3g", count);
}

static void say_after(char *out, size_t cap, const Payback *p, const PaybackAbout *about,
		      const char *in)
{
	char value[48], low[48], high[48], interval[160] = "";

	count_text(value, p->value);
	if (p->once)
		text_format(interval, sizeof interval, " (one build: no interval)");
	else if (isfinite(p->low) && isfinite(p->high)) {
		count_text(low, p->low);
		count_text(high, p->high);
		text_format(interval, sizeof interval, " (95 %% interval %s to %s)", low, high);
	}
	text_format(out, cap,
		    about->modelled ? "%s pays back%s after (%s) predictions%s."
				    : "%s pays back%s after %s predictions%s.",
		    about->arm, in, value, interval);
}

/* Who costs less to make and more to use is overtaken. */
static void say_at_once(char *out, size_t cap, const Payback *p, const PaybackAbout *about,
			const char *in)
{
	char late[48], latest[96] = "";
	size_t len;

	if (p->once) {
		text_format(latest, sizeof latest, " (one build: no interval)");
	} else if (p->high > 0) {
		count_text(late, p->high);
		text_format(latest, sizeof latest, " (95 %% interval to %s predictions)", late);
	}
	len = text_format(out, cap, "%s pays back%s at once%s: making it costs no more than %s.",
			  about->arm, in, latest, about->versus);
	if (p->saving_high >= 0 || isnan(about->overtaken))
		return;
	count_text(late, about->overtaken);
	text_format(out + len, cap - len,
		    " But each prediction costs more: after %s of them %s has cost less.", late,
		    about->versus);
}

void payback_sentence(char *out, size_t cap, const Payback *payback, const PaybackAbout *about)
{
	const char *in = !about->energy    ? " in time"
			 : about->modelled ? " in joules that were not measured"
					   : " in joules";

	*out = '\0';
	switch (payback->word) {
	case PAYBACK_AFTER:
		say_after(out, cap, payback, about, in);
		break;
	case PAYBACK_AT_ONCE:
		say_at_once(out, cap, payback, about, in);
		break;
	case PAYBACK_NEVER:
		text_format(out, cap, "%s never pays back%s: its predictions save nothing.",
			    about->arm, in);
		break;
	case PAYBACK_NOT_RESOLVED:
		text_format(
			out, cap,
			payback->extra_low > 0 || (payback->once && payback->extra > 0)
				? "Whether %s pays back%s is not resolved: it costs more to "
				  "make, and the interval of what its predictions save covers 0."
				: "Whether %s pays back%s is not resolved: the intervals of what "
				  "it costs more to make and of what its predictions save cover 0.",
			about->arm, in);
		break;
	case PAYBACK_UNKNOWN:
		break;
	}
}
