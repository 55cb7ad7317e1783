/* wattle energy: every energy source of this machine, what the headline measures now (watch: live),
 * and what another program costs (-- COMMAND).
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "app/command.h"
#include "app/energy/energy_command.h"
#include "app/energy/energy_span.h"
#include "app/flags.h"
#include "app/energy/footprint.h"
#include "app/run/output.h"
#include "app/session/session.h"
#include "app/energy/user_profile.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "energy/edge.h"
#include "energy/energy.h"
#include "lab/stats.h"

#define LIST_S 10 /* power is measured for so long, if --idle does not say */
#define FEEDS_MAX 64

static const Param energy_params[] = {
	FLAG_ENERGY(.help = "auto, none, or a source of wattle list sources."),
	FLAG_REQUIRE,
	{ .name = "idle",
	  .type = PARAM_TIME,
	  .minimum = 0,
	  .maximum = 3600,
	  .help = "Measure power for so long: of the machine as it is (10s), or before COMMAND "
		  "(5s)." },
	{ .name = "r",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 1,
	  .maximum = 1000,
	  .help = "Run COMMAND so often and show means." },
	FOOTPRINT_PARAMS,
	{ .name = "out",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "Write COMMAND's figures, or the calibrated profile, to a new file." },
	{ .name = "profile",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "Price COMMAND by this profile where no sensor measures, instead of the "
		  "user's." },
	{ .name = "fast",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "calibrate: short windows, no large networks; a try." },
	{ 0 },
};

/* A domain of a source, as its readings showed it. Watts are taken from change to change: a counter
 * that is slower than the readings shows none in between. */
typedef struct Feed {
	char source[32], id[32];
	double mean, m2; /* Welford's, of watts */
	size_t n;
	double joules; /* of the last change; NaN: none yet */
	int64_t t_ns;
} Feed;

typedef struct Watch {
	const Cli *cli;
	RecordOut *json; /* NULL: text */
	Session session;
	uint32_t next_edge;
	json_t *meter;     /* its record */
	bool pass_reading; /* readings are printed */
	size_t feeds;
	Feed feed[FEEDS_MAX];
	double meter_share; /* of one core, by the last reading; NaN: not told yet */
} Watch;

/* --- records of the meter --------------------------------------------------------------------- */

static Feed *feed_of(Watch *watch, const char *source, const char *id)
{
	Feed *feed = watch->feed;

	for (; feed < watch->feed + watch->feeds; feed++)
		if (strcmp(feed->source, source) == 0 && strcmp(feed->id, id) == 0)
			return feed;
	if (watch->feeds == FEEDS_MAX)
		return NULL;
	watch->feeds++;
	*feed = (Feed){ .joules = NAN };
	text_format(feed->source, sizeof feed->source, "%s", source);
	text_format(feed->id, sizeof feed->id, "%s", id);
	return feed;
}

static void feed_add(Feed *feed, double joules, int64_t t_ns)
{
	double watts = (joules - feed->joules) / ((double)(t_ns - feed->t_ns) / CLOCK_NS_PER_S);
	double step = watts - feed->mean;

	if (joules == feed->joules)
		return;
	if (watts >= 0) {
		feed->mean += step / (double)++feed->n;
		feed->m2 += step * (watts - feed->mean);
	}
	feed->joules = joules;
	feed->t_ns = t_ns;
}

static void take_reading(Watch *watch, const json_t *record)
{
	const char *source = record_text(record, "source");
	int64_t t_ns = json_integer_value(json_object_get(record, "t_ns"));
	json_t *domain;
	size_t i;
	const json_t *share = json_object_get(record, "meter_share");

	if (json_is_number(share))
		watch->meter_share = json_number_value(share);
	json_array_foreach(json_object_get(record, "domains"), i, domain)
	{
		const json_t *joules = json_object_get(domain, "joules");
		Feed *feed = feed_of(watch, source, record_text(domain, "id"));
		if (feed && json_is_number(joules))
			feed_add(feed, json_number_value(joules), t_ns);
		else if (feed)
			feed->joules = NAN; /* it was lost */
	}
}

/* With the profile that would be used, of which the meter knows nothing. */
static bool take_meter(Watch *watch, const json_t *record, Err *err)
{
	const Params *flags = &watch->cli->flags;

	watch->meter = json_deep_copy(record);
	if (!watch->meter)
		return err_set(err, ERR_MEMORY, "listing the energy sources");
	user_profile_tell(json_object_get(watch->meter, "sources"),
			  params_get(flags, "energy")->text, params_get(flags, "profile")->text);
	return output_json(watch->json, watch->meter, err);
}

static bool take_record(void *user, const json_t *record, Err *err)
{
	Watch *watch = user;
	const char *type = record_text(record, "type");

	if (strcmp(type, "meter") == 0)
		return take_meter(watch, record, err);
	if (strcmp(type, "reading") != 0)
		return true;
	take_reading(watch, record);
	return !watch->pass_reading || output_json(watch->json, record, err);
}

/* Opens the session and, where asked for, refuses without a sensor. */
static bool watch_open(Watch *watch, const Cli *cli, Err *err)
{
	char required[32];

	if (params_get(&cli->common, "json")->flag &&
	    !(watch->json = record_out_new(STDOUT_FILENO, 0, err)))
		return false;
	if (watch->json)
		record_out_wait(watch->json, session_wait_room);
	watch->session.take = take_record;
	watch->session.user = watch;
	return session_open(&watch->session, cli->paths, params_get(&cli->flags, "energy")->text, 0,
			    err) &&
	       (!*params_choice(&cli->flags, "require", required) ||
		session_require(&watch->session, ENERGY_MEASURED, "--require measured", err));
}

static void watch_close(Watch *watch)
{
	if (watch->session.take)
		session_close(&watch->session);
	record_out_free(watch->json);
	json_decref(watch->meter);
}

/* --- the list --------------------------------------------------------------------------------- */

/* What the domains of a source show, on one line. */
static void show_feeds(const Watch *watch, const char *source)
{
	const char *before = "             ";

	for (size_t i = 0; i < watch->feeds; i++) {
		const Feed *feed = &watch->feed[i];
		if (strcmp(feed->source, source) != 0)
			continue;
		if (feed->n > 1)
			text_printf(stdout, "%s%s %.4g W (SD %.2g)", before, feed->id, feed->mean,
				    sqrt(feed->m2 / (double)(feed->n - 1)));
		else if (feed->n == 1)
			text_printf(stdout, "%s%s %.4g W", before, feed->id, feed->mean);
		else
			text_printf(stdout, "%s%s %s", before, feed->id,
				    isnan(feed->joules) ? "no reading" : "stands still");
		before = ", ";
	}
	if (*before == ',')
		text_printf(stdout, "\n");
}

static void show_source(const Watch *watch, const json_t *source)
{
	const char *name = record_text(source, "name"), *step = record_text(source, "step");
	bool works = strcmp(record_text(source, "state"), "ok") == 0;
	bool model =
		strcmp(record_text(source, "place"), "worker") == 0 && strcmp(name, "none") != 0;
	int error = (int)json_integer_value(json_object_get(source, "errno"));

	text_printf(stdout, "%-12s %-5s  %s", name,
		    !works  ? "no"
		    : model ? "model"
			    : "ok",
		    works && !*step ? record_text(source, "about") : step);
	if (error)
		text_printf(stdout, ": %s (%d)", record_text(source, "errno_name"), error);
	text_printf(stdout, "\n");
	if (!works && *record_text(source, "fix"))
		text_printf(stdout, "               fix: %s\n", record_text(source, "fix"));
	show_feeds(watch, name);
}

/* What prices a program where nothing measures. */
static void show_none(const Watch *watch)
{
	const Params *flags = &watch->cli->flags;
	const char *energy = params_get(flags, "energy")->text;
	const EnergySource *model = energy_model_find(&energy_os, energy);
	json_t *profile;
	Err why;

	if (!user_profile_find(energy, params_get(flags, "profile")->text, NULL, &profile, &why)) {
		text_printf(stdout,
			    "headline: none measures here, and nothing is priced while the profile "
			    "is refused\n");
		return;
	}
	if (profile && (strcmp(energy, "auto") == 0 || strcmp(energy, "profile") == 0))
		model = energy_source_find("profile");
	json_decref(profile);
	if (model && strcmp(model->info.name, "none") != 0)
		text_printf(stdout,
			    "headline: none measures here; programs are priced by %s: MODELLED\n",
			    model->info.name);
	else
		text_printf(stdout, "headline: NONE: time only\n");
}

/* Power of the headline over a span, with its 95 % interval, and what the samples scattered. */
typedef struct Power {
	Joules watts; /* joules of one second */
	double sd_w, time_s;
	size_t samples;
} Power;

static void power_of(const IdleSpan *span, Power *out)
{
	double time_s;

	*out = (Power){ .sd_w = NAN };
	edge_joules(&span->first, &span->last, &out->watts);
	if (span->failed || isnan(out->watts.value)) {
		out->watts.value = out->watts.low = out->watts.high = NAN;
		return;
	}
	time_s = (double)(span->last.reading[span->last.headline].t_ns -
			  span->first.reading[span->first.headline].t_ns) *
		 1e-9;
	out->watts.value /= time_s;
	out->watts.low /= time_s;
	out->watts.high /= time_s;
	out->time_s = time_s;
	out->samples = (size_t)span->count;
	out->sd_w = stats_sd(span->watts, out->samples);
}

static bool put_power(const Watch *watch, const Power *power, const char *source, Err *err)
{
	json_t *record;
	double share = watch->meter_share;
	const Joules *watts = &power->watts;

	if (!watch->json)
		return true;
	record = record_new("energy-power", watch->session.origin_ns);
	json_object_set_new(record, "source", json_string(source));
	json_object_set_new(record, "scope", json_string(energy_scope_name(watts->scope)));
	json_object_set_new(record, "provenance", json_string(energy_prov_name(watts->prov)));
	if (isfinite(watts->value))
		json_object_set_new(record, "watts",
				    record_estimate(watts->value, watts->low, watts->high,
						    power->samples, "edges"));
	else
		record_absent(record, "watts", "void: see the flags");
	if (isfinite(power->sd_w))
		json_object_set_new(record, "sd_w", json_real(power->sd_w));
	else
		record_absent(record, "sd_w", "fewer than two samples");
	json_object_set_new(record, "time_s", json_real(power->time_s));
	if (isfinite(share))
		json_object_set_new(record, "meter_share", json_real(share));
	else
		record_absent(record, "meter_share", "too short to tell");
	json_object_set_new(record, "flags", energy_flags_json(watts->flags));
	return record_out_put(watch->json, record, err);
}

static void show_power(const Watch *watch, const Power *power, const char *source)
{
	char badge[48];
	size_t i;
	json_t *flags = energy_flags_json(power->watts.flags), *flag;

	joules_badge(&power->watts, badge);
	if (isfinite(power->watts.value))
		text_printf(stdout,
			    "headline: %s, %.4g W (%.4g to %.4g) over %.3g s, SD %.2g W: %s",
			    source, power->watts.value, power->watts.low, power->watts.high,
			    power->time_s, power->sd_w, badge);
	else
		text_printf(stdout, "headline: %s, void:", source);
	json_array_foreach(flags, i, flag) text_printf(stdout, " %s", json_string_value(flag));
	text_printf(stdout, "\n");
	json_decref(flags);
	if (isfinite(watch->meter_share))
		text_printf(stdout, "sampling: %.2f %% of one core\n", 100 * watch->meter_share);
}

/* How the headline is read at the edges of a window. */
static void show_edges(const Watch *watch, const char *headline)
{
	json_t *source;
	size_t i;

	json_array_foreach(json_object_get(watch->meter, "sources"), i,
			   source) if (strcmp(record_text(source, "name"), headline) == 0)
		text_printf(stdout, "edges of windows: %s\n",
			    json_is_true(json_object_get(source, "handed"))
				    ? "read by the worker itself"
				    : "read by the meter when it is asked");
}

static bool list_power(Watch *watch, Power *power, Err *err)
{
	const ParamValue *idle = params_get(&watch->cli->flags, "idle");
	double seconds = idle->given ? idle->number : LIST_S;
	IdleSpan span;

	*power = (Power){ .sd_w = NAN };
	joules_none(&power->watts);
	if (seconds <= 0 || json_is_null(json_object_get(watch->meter, "headline")))
		return true;
	if (!watch->json && !params_get(&watch->cli->common, "quiet")->flag)
		text_printf(stderr, "wattle: power for %.3g s …\n", seconds);
	if (!energy_span(&watch->session, &watch->next_edge, seconds, &span, err))
		return false;
	power_of(&span, power);
	return !session_interrupted(&watch->session) ||
	       err_set(err, ERR_INTERRUPTED, "interrupted");
}

static bool energy_list(Watch *watch, Err *err)
{
	const char *headline = record_text(watch->meter, "headline");
	Power power;
	json_t *source;
	size_t i;

	if (!list_power(watch, &power, err))
		return false;
	if (watch->json)
		return !*headline || put_power(watch, &power, headline, err);
	json_array_foreach(json_object_get(watch->meter, "sources"), i, source)
		show_source(watch, source);
	if (!*headline)
		show_none(watch);
	else if (power.time_s > 0 || power.watts.flags)
		show_power(watch, &power, headline);
	else
		text_printf(stdout, "headline: %s\n", headline);
	if (*headline)
		show_edges(watch, headline);
	return true;
}

/* --- watch ------------------------------------------------------------------------------------ */

static bool show_second(Watch *watch, const Power *power, const char *source, Err *err)
{
	char badge[48];
	json_t *flags, *flag;
	size_t i;

	if (watch->json)
		return put_power(watch, power, source, err);
	text_printf(stdout, "%6.0f s  ",
		    (double)(clock_now_ns() - watch->session.origin_ns) / CLOCK_NS_PER_S);
	if (isfinite(power->watts.value))
		text_printf(stdout, "%8.4g W  %s", power->watts.value,
			    joules_badge(&power->watts, badge));
	else
		text_printf(stdout, "       - W  void");
	flags = energy_flags_json(power->watts.flags);
	json_array_foreach(flags, i, flag) text_printf(stdout, " %s", json_string_value(flag));
	json_decref(flags);
	for (i = 0; i < watch->feeds; i++) {
		Feed *feed = &watch->feed[i];
		if (feed->n)
			text_printf(stdout, "  %s/%s %.4g", feed->source, feed->id, feed->mean);
		feed->mean = feed->m2 = 0;
		feed->n = 0;
	}
	text_printf(stdout, "\n");
	return fflush(stdout) == 0 || err_set(err, ERR_FILE, "nobody reads: %s", strerror(errno));
}

/* A line each second until a signal. */
static bool energy_watch(Watch *watch, Err *err)
{
	const char *headline = record_text(watch->meter, "headline");
	int64_t next_ns = clock_now_ns();
	EdgeReply edge;
	IdleSpan span;
	Power power;

	if (!*headline)
		return err_set(err, ERR_NEED, "no sensor measures here; wattle energy tells why");
	watch->pass_reading = true;
	if (!edge_ask(watch->session.edge_fd, watch->next_edge++, ENERGY_EDGE_MS, &edge, err))
		return false;
	for (;;) {
		idle_begin(&span, &edge);
		next_ns += CLOCK_NS_PER_S;
		if (!session_watch(&watch->session, -1, next_ns, err))
			return false;
		if (session_interrupted(&watch->session))
			return true;
		if (!edge_ask(watch->session.edge_fd, watch->next_edge++, ENERGY_EDGE_MS, &edge,
			      err))
			return false;
		idle_sample(&span, &edge);
		power_of(&span, &power);
		if (!show_second(watch, &power, headline, err))
			return false;
	}
}

/* --- the command ------------------------------------------------------------------------------ */

static int show_sources(const Cli *cli, bool (*show)(Watch *, Err *), Err *err)
{
	Watch watch = { .cli = cli, .meter_share = NAN };
	bool ok = watch_open(&watch, cli, err) && show(&watch, err);
	int terminated = watch.session.terminated;

	watch_close(&watch);
	if (terminated)
		return 128 + terminated;
	return ok ? 0 : err_exit_status(err->code);
}

static int energy_run(const Cli *cli, Err *err)
{
	if (cli->line)
		return energy_line(cli, err);
	if (cli->operands == 0)
		return show_sources(cli, energy_list, err);
	if (strcmp(cli->operand[0], "watch") == 0)
		return show_sources(cli, energy_watch, err);
	if (strcmp(cli->operand[0], "calibrate") == 0)
		return energy_calibrate(cli, err);
	static const char *const words[] = { "watch", "calibrate", NULL };
	char hint[TEXT_HINT_MAX];
	err_set(err, ERR_USAGE,
		"wattle energy knows no '%s'%s; another program is measured behind --, as in "
		"wattle energy -- %s",
		cli->operand[0], text_did_you_mean(hint, cli->operand[0], words), cli->operand[0]);
	return err_exit_status(err->code);
}

const Command command_energy = {
	.info = { .name = "energy",
		  .title = "Energy",
		  .about = "Show what this machine measures energy with, live, or what another "
			   "program costs; calibrate a model of it.",
		  .params = energy_params },
	.synopsis = "[watch|calibrate] or -- COMMAND",
	.operands_max = 1,
	.takes_line = true,
	.run = energy_run,
};
