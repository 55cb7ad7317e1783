/* wattle energy calibrate: the suite beside a sensor, what was fitted to it, the profile.
 * SPDX-License-Identifier: MIT */
#include "app/energy/energy_command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/session/launch.h"
#include "app/outlet.h"
#include "app/run/output.h"
#include "app/session/session.h"
#include "app/energy/user_profile.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "energy/calibrate.h"
#include "energy/profile_file.h"
#include "num/pool.h"

#define GOVERNOR "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"

typedef struct Calibrate {
	const Cli *cli;
	RecordOut *json; /* NULL: text */
	Outlet progress;
	Session session;
	Calibration *windows;
	EnergyProfile profile;
	bool measures; /* the meter has a headline */
	char why[256]; /* else: why not */
} Calibrate;

/* --- the suite -------------------------------------------------------------------------------- */

/* The first source that was tried in vain tells most: it is the best there could be. */
static void take_meter(Calibrate *self, const json_t *record)
{
	const json_t *source = json_array_get(json_object_get(record, "sources"), 0);
	self->measures = json_is_string(json_object_get(record, "headline"));
	text_format(self->why, sizeof self->why, "%s: %s: %s", record_text(source, "name"),
		    record_text(source, "step"), record_text(source, "errno_name"));
}

static bool take_window(Calibrate *self, const json_t *record, Err *err)
{
	Joules joules;
	double time_s = json_number_value(json_object_get(record, "time_s"));
	if (!calibrate_take(self->windows, record, err))
		return false;
	joules_from_json(&joules, json_object_get(record, "energy"));
	if (self->progress.stream)
		text_printf(self->progress.stream, "%3zu  %-32s %8.2f W%s\n", self->windows->count,
			    record_text(record, "arm"), joules.value / time_s,
			    json_array_size(json_object_get(record, "flags")) ? "  flagged" : "");
	return true;
}

static bool take_record(void *user, const json_t *record, Err *err)
{
	Calibrate *self = user;
	const char *type = record_text(record, "type");
	if (strcmp(type, "meter") == 0)
		take_meter(self, record);
	else if (strcmp(type, "window") == 0 && !take_window(self, record, err))
		return false;
	else if (strcmp(type, "log") == 0 && self->progress.stream)
		text_printf(self->progress.stream, "     %s\n", record_text(record, "text"));
	return output_json(self->json, record, err) && outlet_alive(&self->progress, err);
}

static unsigned hardware_threads(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	return online < 1 ? 1 : online > POOL_THREADS_MAX ? POOL_THREADS_MAX : (unsigned)online;
}

static bool run_suite(Calibrate *self, Err *err)
{
	const Params *flags = &self->cli->flags;
	const char *energy = params_get(flags, "energy")->text;
	Job job = { .kind = JOB_CALIBRATE,
		    .kernel = "auto",
		    .energy = energy,
		    .script = "calibrate",
		    .threads = hardware_threads(),
		    .fast = params_get(flags, "fast")->flag };
	json_t *data = json_array(), *overrides = launch_overrides();
	job.data = data;
	job.overrides = overrides;
	self->session.take = take_record;
	self->session.user = self;
	bool ok = session_open(&self->session, self->cli->paths, energy, 0, err);
	if (ok && !self->measures)
		ok = err_set(err, ERR_NEED,
			     "calibration needs a sensor that measures joules, and none does here "
			     "(%s); wattle doctor tells of each why",
			     strcmp(energy, "none") == 0 ? "--energy none" : self->why);
	ok = ok && session_job(&self->session, &job, -1, err);
	session_close(&self->session);
	json_decref(data);
	json_decref(overrides);
	return ok;
}

/* --- the report ------------------------------------------------------------------------------- */

/* "2.31 pJ per multiply-add" */
static void price_text(double value, const char *unit, char *out, size_t cap)
{
	static const char *const prefixes[] = { "", "m", "u", "n", "p", "f" };
	size_t i = 0;
	while (value > 0 && value < 1 && i + 1 < sizeof prefixes / sizeof *prefixes) {
		value *= 1000;
		i++;
	}
	text_format(out, cap, "%.3g %s%s", value, prefixes[i], unit);
}

static void print_prices(const ProfileModel *model)
{
	text_printf(stdout, "\n%s\n", model->name);
	for (int i = 0; i < model->features; i++) {
		char price[64], error[64];
		const char *unit = energy_feature_unit(model->feature[i]);
		double variance = model->fit.covariance[i][i];
		price_text(model->fit.price[i], unit, price, sizeof price);
		price_text(sqrt(variance), "", error, sizeof error);
		text_printf(stdout, "  %-14s %-28s", energy_feature_name(model->feature[i]), price);
		if (model->fit.price[i] > 0)
			text_printf(stdout, " ± %s\n", error);
		else
			text_printf(stdout, " held at 0\n");
	}
	text_printf(stdout, "  residual       %.3g W\n", model->fit.sigma);
}

/* A left-out error is the root mean square of a logarithm. */
static double percent(double log_error)
{
	return 100 * expm1(log_error);
}

static void print_errors(const EnergyProfile *profile)
{
	static const char *const names[] = { "counters", "counts", "linear", "cubic" };
	static const char *const titles[] = { "work and counters", "work", "linear utilisation",
					      "cubic utilisation" };
	text_printf(stdout, "\nleft-out error      a kernel  a workload\n");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const ProfileModel *model = profile_model_find(profile, names[i]);
		if (!model)
			text_printf(stdout, "%-18s  not fitted: its counters do not open here\n",
				    titles[i]);
		else
			text_printf(stdout, "%-18s %8.2g %% %8.2g %%%s\n", titles[i],
				    percent(model->left_kernel), percent(model->left_workload),
				    model == &profile->model[0] ? "  best" : "");
	}
}

static bool prices_work(const ProfileModel *model)
{
	return strncmp(model->name, "count", 5) == 0;
}

static void print_report(const Calibrate *self)
{
	const EnergyProfile *profile = &self->profile;
	char cpu[64];
	text_printf(stdout, "%s, %u threads, %s, by %s (%s): %d windows of %.2g s",
		    profile_cpu_text(&profile->cpu, cpu), profile->threads,
		    *profile->governor ? profile->governor : "no governor told", profile->source,
		    energy_scope_name(profile->scope), profile->windows, profile->window_s);
	if (self->windows->disturbed + self->windows->unmeasured)
		text_printf(stdout, "; set aside: %zu CONTENDED, %zu without joules",
			    self->windows->disturbed, self->windows->unmeasured);
	text_printf(stdout, "\n");
	for (int i = 0; i < profile->models; i++)
		print_prices(&profile->model[i]);
	print_errors(profile);
	text_printf(
		stdout, "\nOn this machine %s.\n",
		prices_work(&profile->model[0])
			? "pricing work beats utilisation"
			: "pricing work does not beat utilisation: the profile uses utilisation");
}

/* --- the profile ------------------------------------------------------------------------------ */

static void read_governor(char *out, size_t cap)
{
	char line[32] = "";
	int fd = energy_os.open(&energy_os, GOVERNOR, O_RDONLY);
	ssize_t n = fd >= 0 ? energy_os.pread(&energy_os, fd, line, sizeof line - 1, 0) : -1;
	if (fd >= 0)
		energy_os.close(&energy_os, fd);
	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	text_clean(out, cap, line, strlen(line));
}

static bool fit_profile(Calibrate *self, Err *err)
{
	EnergyProfile *profile = &self->profile;
	if (!calibrate_fit(self->windows, profile, err))
		return false;
	energy_os.cpu(&energy_os, &profile->cpu);
	read_governor(profile->governor, sizeof profile->governor);
	clock_wall(profile->date);
	return true;
}

/* Where it goes: a new file of that name, or over the user's last one; "" when it is only a try. */
static bool keep_profile(const Calibrate *self, char *path, Err *err)
{
	const Params *flags = &self->cli->flags;
	const ParamValue *out = params_get(flags, "out");
	*path = '\0';
	if (out->given)
		text_format(path, PATH_MAX, "%s", out->text);
	else if (!params_get(flags, "fast")->flag)
		user_profile_path(true, path);
	return !*path || profile_write(&self->profile, path, !out->given, err);
}

static bool put_calibration(const Calibrate *self, const char *path, Err *err)
{
	json_t *record = record_new("calibration", self->session.origin_ns);
	json_object_set_new(record, "best", json_string(self->profile.model[0].name));
	json_object_set_new(record, "work_beats_utilisation",
			    json_boolean(prices_work(&self->profile.model[0])));
	json_object_set_new(record, "disturbed",
			    json_integer((json_int_t)self->windows->disturbed));
	json_object_set_new(record, "unmeasured",
			    json_integer((json_int_t)self->windows->unmeasured));
	if (*path)
		json_object_set_new(record, "path", json_string(path));
	else
		record_absent(record, "path", "not kept");
	json_object_set_new(record, "profile", profile_json(&self->profile));
	return record_out_put(self->json, record, err);
}

static bool report(const Calibrate *self, Err *err)
{
	char path[PATH_MAX];
	bool kept = keep_profile(self, path, err);
	Err later;
	if (self->json)
		return put_calibration(self, kept ? path : "", kept ? err : &later) && kept;
	print_report(self);
	if (kept)
		text_printf(stdout, "%s%s\n", *path ? "Profile: " : "Not kept: ",
			    *path ? path : "a fast calibration is a try; --out FILE keeps it");
	return kept;
}

static bool calibrate(Calibrate *self, Err *err)
{
	bool quiet = params_get(&self->cli->common, "quiet")->flag;
	const ParamValue *out = params_get(&self->cli->flags, "out");
	if (out->given && access(out->text, F_OK) == 0) /* told before minutes are spent */
		return err_set(err, ERR_FILE, "cannot write the profile %s: %s", out->text,
			       strerror(EEXIST));
	if (params_get(&self->cli->common, "json")->flag) {
		self->json = record_out_new(STDOUT_FILENO, 0, err);
		if (!self->json)
			return false;
		record_out_wait(self->json, session_wait_room);
	} else if (!quiet && !outlet_open(&self->progress, STDERR_FILENO, err)) {
		return false;
	}
	self->windows = malloc(sizeof *self->windows);
	if (!self->windows)
		return err_set(err, ERR_MEMORY, "calibrating");
	calibrate_begin(self->windows, hardware_threads());
	return run_suite(self, err) && fit_profile(self, err) && report(self, err);
}

int energy_calibrate(const Cli *cli, Err *err)
{
	Calibrate *self = calloc(1, sizeof *self);
	bool ok = false;
	if (!self)
		err_set(err, ERR_MEMORY, "calibrating");
	else {
		self->cli = cli;
		ok = calibrate(self, err);
		outlet_close(&self->progress);
		record_out_free(self->json);
		free(self->windows);
	}
	free(self);
	return ok ? 0 : err_exit_status(err->code);
}
