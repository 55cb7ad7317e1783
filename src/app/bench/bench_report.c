/* Tables of benchmarks, and the comparison with an earlier one.
 * SPDX-License-Identifier: MIT */
#include "app/bench/bench_report.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/order.h"
#include "base/record.h"
#include "base/text.h"

#define SLOWER 1.05 /* a median must be this much longer to be called slower */

/* --- tables ----------------------------------------------------------------------------------- */

static void report_head(FILE *to, const json_t *record)
{
	const json_t *receipt = json_object_get(record, "receipt"),
		     *blas = json_object_get(receipt, "blas");
	text_printf(to, "%s, %s core %s, %d thread%s\n",
		    record_text(json_object_get(receipt, "cpu"), "model"),
		    record_text(blas, "name"), record_text(blas, "core"),
		    (int)record_number(receipt, "threads"),
		    record_number(receipt, "threads") > 1 ? "s" : "");
	if (json_object_size(json_object_get(blas, "overrides")))
		text_printf(to, "! OPENBLAS_ or OMP_ variables are set: see wattle doctor\n");
}

static void report_train(FILE *to, const json_t *record)
{
	const json_t *times = json_object_get(record, "s_per_epoch"),
		     *all = json_object_get(times, "all"),
		     *accuracy = json_object_get(record, "accuracy"),
		     *loss = json_object_get(record, "loss");
	size_t n = json_array_size(all);
	text_printf(
		to,
		"%s (%.0f parameters) on %.0f rows of %s: %s %g %s, batch %.0f, %s, seed %.0f\n",
		record_text(record, "model"), record_number(record, "parameters"),
		record_number(record, "train_rows"), record_text(record, "data"),
		record_text(record, "optimizer"), record_number(record, "lr"),
		record_text(record, "schedule"), record_number(record, "batch"),
		record_text(record, "precision"), record_number(record, "seed"));
	report_head(to, record);
	text_printf(to, "\nepoch  seconds    loss  test accuracy\n");
	for (size_t i = 0; i < n; i++)
		text_printf(to, "%5zu %8.4g  %6.4f %12.2f %%\n", i + 1,
			    json_number_value(json_array_get(all, i)),
			    json_number_value(json_array_get(loss, i)),
			    100 * json_number_value(json_array_get(accuracy, i)));
	if (json_is_true(json_object_get(record, "diverged")))
		text_printf(to, "diverged: the loss is no longer a number\n");
	if (n == 0)
		return;
	text_printf(to,
		    "\nepoch: median %.4g s, least %.4g s; the first began %.2f s after the start; "
		    "peak memory %.0f MB\n",
		    record_number(times, "median"), record_number(times, "min"),
		    record_number(record, "start_s"),
		    record_number(record, "peak_rss_bytes") / 1e6);
}

static void report_infer(FILE *to, const json_t *record)
{
	size_t i;
	json_t *step;
	text_printf(to, "%s (%.0f parameters) in %s, batch %.0f, rows of %s\n",
		    record_text(record, "model"), record_number(record, "parameters"),
		    record_text(record, "precision"), record_number(record, "batch"),
		    record_text(record, "data"));
	report_head(to, record);
	text_printf(to, "\n%-16s %-20s %12s %12s\n", "step", "kernel", "mul-adds", "bytes");
	json_array_foreach(json_object_get(record, "steps"), i, step)
	{
		text_printf(to, "%-16s %-20s %12.0f %12.0f\n", record_text(step, "step"),
			    record_text(step, "kernel"), record_number(step, "macs"),
			    record_number(step, "bytes"));
	}
	text_printf(to, "\nbatch: median %.4g us, ", record_number(record, "p50_us"));
	if (isfinite(record_number(record, "p99_us")))
		text_printf(to, "99 %% within %.4g us", record_number(record, "p99_us"));
	else
		text_printf(to, "%s", record_text(record, "p99_us_why"));
	text_printf(to,
		    " (%.0f calls); %.0f items/s; test accuracy %.2f %%\n"
		    "%.0f multiply-adds an item; %.0f bytes of weights read a "
		    "batch, %.0f in a file; peak memory %.0f MB\n",
		    record_number(record, "calls") * record_number(record, "windows"),
		    record_number(record, "items_per_s"), 100 * record_number(record, "accuracy"),
		    record_number(record, "macs"), record_number(record, "bytes"),
		    record_number(record, "size_bytes"),
		    record_number(record, "peak_rss_bytes") / 1e6);
}

static void report_fit_what(FILE *to, const json_t *record)
{
	const char *key;
	json_t *value;
	text_printf(to, "%s (", record_text(record, "model"));
	json_object_foreach(json_object_get(record, "set"), key, value)
		text_printf(to, "%s=%s, ", key, json_string_value(value));
	text_printf(to, "%.0f parameters) on %.0f rows of %s x %.0f, %s",
		    record_number(record, "parameters"), record_number(record, "train_rows"),
		    record_text(record, "data"), record_number(record, "features"),
		    record_text(record, "form"));
	if (json_object_get(record, "prepare"))
		text_printf(to, ": %s", record_text(record, "prepare"));
	text_printf(to, "; seed %.0f\n", record_number(record, "seed"));
}

static void report_fit_time(FILE *to, const char *what, const json_t *times)
{
	text_printf(to, "%-9s %10.4g s, least %.4g s of %zu\n", what,
		    record_number(times, "median"), record_number(times, "min"),
		    json_array_size(json_object_get(times, "all")));
}

static void report_fit(FILE *to, const json_t *record)
{
	double score = record_number(record, "score"), macs = record_number(record, "macs"),
	       start = record_number(record, "start_rss_bytes");
	report_fit_what(to, record);
	report_head(to, record);
	text_printf(to, "\n");
	report_fit_time(to, "fit", json_object_get(record, "fit_s"));
	report_fit_time(to, "lower", json_object_get(record, "lower_s"));
	report_fit_time(to, "predict", json_object_get(record, "predict_s"));
	if (isfinite(score))
		text_printf(to, "%-9s %10.4f %s on %.0f %s rows\n", "score", score,
			    record_text(record, "score_name"), record_number(record, "test_rows"),
			    json_object_get(record, "fold") ? "held-out" : "test");
	else
		text_printf(to, "%-9s %10s %s\n", "score", "-", record_text(record, "score_why"));
	text_printf(to,
		    "%-9s %10.0f bytes as a file; %.0f multiply-adds and %.1f comparisons a row\n",
		    "model", record_number(record, "bytes"), macs,
		    record_number(record, "compares"));
	text_printf(to, "%-9s %10.1f MB at most", "memory",
		    record_number(record, "peak_rss_bytes") / 1e6);
	if (isfinite(start))
		text_printf(to, ", %.1f MB before the data was loaded", start / 1e6);
	text_printf(to, "\n");
}

static void report_kernels(FILE *to, const json_t *record)
{
	size_t i;
	json_t *row;
	report_head(to, record);
	text_printf(to, "\n");
	json_array_foreach(json_object_get(record, "peaks"), i, row)
	{
		text_printf(to, "%-12s %8.1f %s\n", record_text(row, "peak"),
			    record_number(row, "rate"), record_text(row, "unit"));
	}
	text_printf(to, "\n%-18s %-19s %6s %10s %8s %8s  %s\n", "kernel", "layer", "batch",
		    "median us", "GMAC/s", "of roof", "roof");
	json_array_foreach(json_object_get(record, "kernels"), i, row)
	{
		double share = record_number(row, "share");
		text_printf(to, "%-18s %-19s %6.0f %10.1f %8.2f ", record_text(row, "kernel"),
			    record_text(row, "layer"), record_number(row, "batch"),
			    record_number(row, "time_us"), record_number(row, "gmacs_per_s"));
		if (isfinite(share))
			text_printf(to, "%6.0f %%  %s\n", 100 * share, record_text(row, "roof"));
		else
			text_printf(to, "%8s\n", "-");
	}
}

void bench_report(FILE *to, const json_t *record)
{
	const char *type = record_text(record, "type");
	if (strcmp(type, "bench-train") == 0)
		report_train(to, record);
	else if (strcmp(type, "bench-infer") == 0)
		report_infer(to, record);
	else if (strcmp(type, "bench-fit") == 0)
		report_fit(to, record);
	else
		report_kernels(to, record);
}

/* --- the baseline ----------------------------------------------------------------------------- */

/* What two records must have in common to be compared. */
static const char *const settings[] = {
	"model",     "layers", "set",       "data",     "prepare", "train_rows", "test_rows",
	"precision", "batch",  "optimizer", "schedule", "fold",    "threads",    NULL,
};

/* The first setting that differs; NULL: none does. */
static const char *differs(const json_t *a, const json_t *b)
{
	for (size_t i = 0; settings[i]; i++) {
		const json_t *x = json_object_get(a, settings[i]),
			     *y = json_object_get(b, settings[i]);
		if ((x || y) && !(x && y && json_equal(x, y)))
			return settings[i];
	}
	return NULL;
}

/* Keeps the record in *same if its settings are those wanted, else in *other. */
static void sort_out(json_t *record, const json_t *wanted, json_t **same, json_t **other)
{
	json_t **place = differs(record, wanted) ? other : same;
	if (strcmp(record_text(record, "type"), record_text(wanted, "type")) != 0) {
		json_decref(record);
		return;
	}
	json_decref(*place);
	*place = record;
}

static void no_baseline(const char *path, const json_t *wanted, const json_t *other, Err *err)
{
	const char *key = other ? differs(other, wanted) : NULL;
	if (!other) {
		err_set(err, ERR_USAGE, "%s has no %s record to compare with", path,
			record_text(wanted, "type"));
		return;
	}
	json_t *was = json_object_get(other, key), *is = json_object_get(wanted, key);
	char *before = was ? json_dumps(was, JSON_ENCODE_ANY) : NULL,
	     *now = is ? json_dumps(is, JSON_ENCODE_ANY) : NULL;
	err_set(err, ERR_USAGE, "%s was measured with other settings: %s is %s there, and %s here",
		path, key, before ? before : "absent", now ? now : "absent");
	free(before);
	free(now);
}

json_t *bench_baseline(const char *path, const json_t *wanted, Err *err)
{
	json_t *same = NULL, *other = NULL, *record;
	RecordGot got = RECORD_GOT;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_set(err, ERR_FILE, "cannot open %s: %s", path, strerror(errno));
		return NULL;
	}
	RecordIn *in = record_in_new(fd, err);
	while (in && got == RECORD_GOT) {
		got = record_in_next(in, &record, err);
		if (got == RECORD_GOT)
			sort_out(record, wanted, &same, &other);
	}
	if (got == RECORD_BAD)
		err_prefix(err, "%s", path);
	if (got != RECORD_END) {
		json_decref(same);
		same = NULL;
	} else if (!same) {
		no_baseline(path, wanted, other, err);
	}
	json_decref(other);
	record_in_free(in);
	close(fd);
	return same;
}

typedef struct Spread {
	double median, low, high;
} Spread;

/* How many of n sorted values are left out at either end by the 95 % interval of their median: the
 * most k with 2·P(X < k) ≤ 0.05, X binomial with n tries of one half. */
static size_t left_out(size_t n)
{
	double term = pow(0.5, (double)n), below = term;
	size_t k = 0;
	while (2 * below <= 0.05) {
		k++;
		term *= (double)(n - k + 1) / (double)k;
		below += term;
	}
	return k ? k - 1 : 0;
}

static Spread spread_of(const json_t *list)
{
	size_t n = json_array_size(list);
	double *x = malloc(n * sizeof *x + 1);
	Spread spread = { NAN, NAN, NAN };
	if (x && n > 0) {
		for (size_t i = 0; i < n; i++)
			x[i] = json_number_value(json_array_get(list, i));
		order_sort(x, n);
		size_t out = left_out(n);
		spread = (Spread){ order_middle(x, n), x[out], x[n - 1 - out] };
	}
	free(x);
	return spread;
}

/* Adds one comparison to the sum {"ratio","slower"}. */
static void add_comparison(json_t *sum, const char *name, Spread now, Spread before)
{
	double ratio = now.median / before.median;
	if (!isfinite(ratio))
		return;
	if (!(record_number(sum, "ratio") >= ratio))
		json_object_set_new(sum, "ratio", json_real(ratio));
	if (ratio > SLOWER && now.low > before.high)
		json_array_append_new(json_object_get(sum, "slower"), json_string(name));
}

static Spread spread_of_kernel(const json_t *row)
{
	return (Spread){ record_number(row, "time_us"), record_number(row, "low_us"),
			 record_number(row, "high_us") };
}

static bool same_kernel(const json_t *a, const json_t *b)
{
	return strcmp(record_text(a, "kernel"), record_text(b, "kernel")) == 0 &&
	       strcmp(record_text(a, "layer"), record_text(b, "layer")) == 0 &&
	       record_number(a, "batch") == record_number(b, "batch");
}

/* One list of times in both records. */
static void compare_times(json_t *sum, const char *name, const json_t *now, const json_t *before,
			  const char *key)
{
	add_comparison(sum, name, spread_of(json_object_get(json_object_get(now, key), "all")),
		       spread_of(json_object_get(json_object_get(before, key), "all")));
}

static void compare_kernels(json_t *sum, const json_t *now, const json_t *before)
{
	size_t i, j;
	json_t *row, *old;
	char name[128];
	json_array_foreach(now, i, row)
	{
		json_array_foreach(before, j, old)
		{
			if (!same_kernel(row, old))
				continue;
			text_format(name, sizeof name, "%s %s batch %.0f",
				    record_text(row, "kernel"), record_text(row, "layer"),
				    record_number(row, "batch"));
			add_comparison(sum, name, spread_of_kernel(row), spread_of_kernel(old));
		}
	}
}

json_t *bench_compare(const json_t *record, const json_t *baseline)
{
	json_t *sum = json_pack("{s:n, s:[]}", "ratio", "slower");
	const char *type = record_text(record, "type");
	if (strcmp(type, "bench-kernels") == 0)
		compare_kernels(sum, json_object_get(record, "kernels"),
				json_object_get(baseline, "kernels"));
	else if (strcmp(type, "bench-infer") == 0)
		add_comparison(sum, "inference",
			       spread_of(json_object_get(record, "p50_us_windows")),
			       spread_of(json_object_get(baseline, "p50_us_windows")));
	else if (strcmp(type, "bench-train") == 0)
		compare_times(sum, "training", record, baseline, "s_per_epoch");
	else
		for (size_t i = 0; i < 2; i++)
			compare_times(sum, i ? "predicting" : "fitting", record, baseline,
				      i ? "predict_s" : "fit_s");
	return sum;
}
