/* Profiles as JSON, and the joules that they give.
 * SPDX-License-Identifier: MIT */
#include "energy/profile.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

#define PROFILE_VERSION 1
#define MACHINE_ERR 0.15 /* between two machines of one processor, assumed */
#define OUTSIDE_FACTOR 2
/* No rate of a machine and no price is beyond this; products of two stay finite. */
#define NUMBER_MAX 1e30

static const struct {
	const char *name, *unit;
} features[] = {
#define X(name, text, unit) [FEATURE_##name] = { text, unit },
	ENERGY_FEATURE_LIST(X)
#undef X
};

const char *energy_feature_name(EnergyFeature feature)
{
	return features[feature].name;
}

const char *energy_feature_unit(EnergyFeature feature)
{
	return features[feature].unit;
}

void energy_rates(const EnergyWork *work, unsigned threads, double rate[ENERGY_FEATURES])
{
	double busy_s = work->cpu_s + (isnan(work->foreign_cpu_s) ? 0 : work->foreign_cpu_s);
	double count[ENERGY_FEATURES] = {
		[FEATURE_CPU] = busy_s,          [FEATURE_BYTES] = work->bytes,
		[FEATURE_FAULTS] = work->faults, [FEATURE_SWITCHES] = work->switches,
		[FEATURE_CYCLES] = work->cycles, [FEATURE_CACHE_MISSES] = work->cache_misses,
	};
	double use = fmin(busy_s / (work->time_s * (threads ? threads : 1)), 1);

	for (int i = 0; i < ENERGY_MACS_KINDS; i++)
		count[FEATURE_MACS_F32 + i] = work->macs[i];
	for (int i = 0; i < ENERGY_FEATURES; i++)
		rate[i] = count[i] / work->time_s;
	rate[FEATURE_STATIC] = 1;
	rate[FEATURE_CPU_CUBED] = isnan(busy_s) ? (double)NAN : use * use * use;
}

/* --- writing ---------------------------------------------------------------------------------- */

static json_t *numbers(const double *values, int n)
{
	json_t *list = json_array();

	for (int i = 0; list && i < n; i++)
		if (json_array_append_new(list, json_real(values[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *model_json(const ProfileModel *model)
{
	json_t *names = json_array(), *rows = json_array();

	for (int i = 0; i < model->features; i++) {
		json_array_append_new(names, json_string(features[model->feature[i]].name));
		json_array_append_new(rows, numbers(model->fit.covariance[i], model->features));
	}
	return json_pack("{s:s, s:o, s:o, s:o, s:f, s:f, s:{s:f, s:f}}", "name", model->name,
			 "features", names, "coefficients",
			 numbers(model->fit.price, model->features), "covariance", rows,
			 "residual_w", model->fit.sigma, "lambda", model->fit.lambda, "left_out",
			 "kernel", model->left_kernel, "workload", model->left_workload);
}

static json_t *envelope_json(const EnergyProfile *profile)
{
	json_t *envelope = json_object();

	for (int i = FEATURE_CPU; envelope && i < ENERGY_FEATURES; i++)
		if (!isnan(profile->low[i]))
			json_object_set_new(envelope, features[i].name,
					    json_pack("[f,f]", profile->low[i], profile->high[i]));
	return envelope;
}

json_t *profile_json(const EnergyProfile *profile)
{
	const EnergyCpu *cpu = &profile->cpu;
	json_t *models = json_array();

	for (int i = 0; models && i < profile->models; i++)
		if (json_array_append_new(models, model_json(&profile->model[i])) != 0) {
			json_decref(models);
			return NULL;
		}
	return json_pack(
		"{s:i, s:{s:s, s:i, s:i, s:i}, s:i, s:s, s:s, s:s, s:s, s:i, s:f, s:o, s:o}",
		"wattle_profile", PROFILE_VERSION, "cpu", "vendor", cpu->vendor, "family",
		(int)cpu->family, "model", (int)cpu->model, "stepping", (int)cpu->stepping,
		"threads", (int)profile->threads, "governor", profile->governor, "source",
		profile->source, "scope", energy_scope_name(profile->scope), "date", profile->date,
		"windows", profile->windows, "window_s", profile->window_s, "envelope",
		envelope_json(profile), "models", models);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* A member and the path to it, for messages. */
typedef struct Key {
	const json_t *in;
	const char *where; /* "models[0]." or "" */
	Err *err;
} Key;

static bool off(const Key *key, const char *name, const char *wants)
{
	return err_set(key->err, ERR_FORMAT, "%s%s: %s, but must be %s", key->where, name,
		       json_object_get(key->in, name) ? "is something else" : "is missing", wants);
}

static bool get_text(const Key *key, const char *name, char *out, size_t cap)
{
	const char *text = json_string_value(json_object_get(key->in, name));

	if (!text || strlen(text) >= cap)
		return off(key, name, "a short text");
	memcpy(out, text, strlen(text) + 1);
	return true;
}

static bool get_whole(const Key *key, const char *name, int low, unsigned *out)
{
	const json_t *value = json_object_get(key->in, name);
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < low || number > 1000000)
		return off(key, name, "a whole number");
	*out = (unsigned)number;
	return true;
}

static bool take_number(const json_t *value, double low, double *out)
{
	*out = json_number_value(value);
	return json_is_number(value) && *out >= low && *out <= NUMBER_MAX;
}

static bool get_number(const Key *key, const char *name, double *out)
{
	return take_number(json_object_get(key->in, name), 0, out) ||
	       off(key, name, "a number from 0");
}

static bool get_numbers(const Key *key, const char *name, int n, double *out)
{
	const json_t *list = json_object_get(key->in, name);

	if (!json_is_array(list) || json_array_size(list) != (size_t)n)
		return off(key, name, "a number for each feature");
	for (int i = 0; i < n; i++)
		if (!take_number(json_array_get(list, (size_t)i), 0, &out[i]))
			return err_set(key->err, ERR_FORMAT, "%s%s[%d]: must be a number from 0",
				       key->where, name, i);
	return true;
}

static bool get_covariance(const Key *key, int n, Fit *fit)
{
	const json_t *rows = json_object_get(key->in, "covariance");

	if (!json_is_array(rows) || json_array_size(rows) != (size_t)n)
		return off(key, "covariance", "a row for each feature");
	for (int i = 0; i < n; i++) {
		const json_t *row = json_array_get(rows, (size_t)i);
		for (int j = 0; j < n; j++) {
			double low = i == j ? 0 : -NUMBER_MAX;
			if (!take_number(json_array_get(row, (size_t)j), low,
					 &fit->covariance[i][j]) ||
			    json_array_size(row) != (size_t)n)
				return err_set(key->err, ERR_FORMAT,
					       "%scovariance[%d][%d]: must be a number%s, in a row "
					       "of %d",
					       key->where, i, j, i == j ? " from 0" : "", n);
		}
	}
	return true;
}

static int feature_find(const char *name)
{
	for (int i = 0; name && i < ENERGY_FEATURES; i++)
		if (strcmp(features[i].name, name) == 0)
			return i;
	return -1;
}

static bool get_features(const Key *key, ProfileModel *out)
{
	const json_t *list = json_object_get(key->in, "features");
	size_t n = json_array_size(list);
	bool seen[ENERGY_FEATURES] = { false };

	if (!json_is_array(list) || n == 0 || n > ENERGY_FEATURES)
		return off(key, "features", "a list of features");
	for (size_t i = 0; i < n; i++) {
		int feature = feature_find(json_string_value(json_array_get(list, i)));
		if (feature < 0 || seen[feature])
			return err_set(key->err, ERR_FORMAT,
				       "%sfeatures[%zu]: must be a feature that is known, once",
				       key->where, i);
		seen[feature] = true;
		out->feature[i] = (EnergyFeature)feature;
	}
	out->features = out->fit.columns = (int)n;
	return true;
}

static bool get_model(const json_t *json, int at, ProfileModel *out, Err *err)
{
	char where[32], inner[48];
	Key key = { json, where, err };
	Key left = { json_object_get(json, "left_out"), inner, err };

	text_format(where, sizeof where, "models[%d].", at);
	text_format(inner, sizeof inner, "%sleft_out.", where);
	*out = (ProfileModel){ .features = 0 };
	return get_text(&key, "name", out->name, sizeof out->name) && get_features(&key, out) &&
	       get_numbers(&key, "coefficients", out->features, out->fit.price) &&
	       get_covariance(&key, out->features, &out->fit) &&
	       get_number(&key, "residual_w", &out->fit.sigma) &&
	       get_number(&key, "lambda", &out->fit.lambda) &&
	       get_number(&left, "kernel", &out->left_kernel) &&
	       get_number(&left, "workload", &out->left_workload);
}

static bool get_models(const Key *key, EnergyProfile *out)
{
	const json_t *list = json_object_get(key->in, "models");
	size_t n = json_array_size(list);

	if (!json_is_array(list) || n == 0 || n > PROFILE_MODELS_MAX)
		return off(key, "models", "a list of 1 to 4 models");
	out->models = (int)n;
	for (int i = 0; i < out->models; i++)
		if (!get_model(json_array_get(list, (size_t)i), i, &out->model[i], key->err))
			return false;
	return true;
}

static bool get_envelope(const Key *key, EnergyProfile *out)
{
	const json_t *envelope = json_object_get(key->in, "envelope");

	if (!json_is_object(envelope))
		return off(key, "envelope", "an object");
	out->low[FEATURE_STATIC] = out->high[FEATURE_STATIC] = 1;
	for (int i = FEATURE_CPU; i < ENERGY_FEATURES; i++) {
		const json_t *pair = json_object_get(envelope, features[i].name);
		out->low[i] = out->high[i] = NAN;
		if (pair && (json_array_size(pair) != 2 ||
			     !take_number(json_array_get(pair, 0), 0, &out->low[i]) ||
			     !take_number(json_array_get(pair, 1), out->low[i], &out->high[i])))
			return err_set(key->err, ERR_FORMAT,
				       "envelope.%s: must be the least and the greatest rate",
				       features[i].name);
	}
	return true;
}

static bool get_scope(const Key *key, EnergyScope *out)
{
	char name[16];

	if (!get_text(key, "scope", name, sizeof name))
		return false;
	for (int i = ENERGY_CORE; i <= ENERGY_SYSTEM; i++)
		if (strcmp(energy_scope_name((EnergyScope)i), name) == 0) {
			*out = (EnergyScope)i;
			return true;
		}
	return off(key, "scope", "the name of a scope");
}

bool profile_from_json(EnergyProfile *out, const json_t *json, Err *err)
{
	Key key = { json, "", err }, cpu = { json_object_get(json, "cpu"), "cpu.", err };
	unsigned version, windows;

	*out = (EnergyProfile){ .models = 0 };
	if (!get_whole(&key, "wattle_profile", 1, &version))
		return false;
	if (version != PROFILE_VERSION)
		return err_set(err, ERR_FORMAT,
			       "wattle_profile: version %u, but this program reads version %d",
			       version, PROFILE_VERSION);
	if (!get_text(&cpu, "vendor", out->cpu.vendor, sizeof out->cpu.vendor) ||
	    !get_whole(&cpu, "family", 0, &out->cpu.family) ||
	    !get_whole(&cpu, "model", 0, &out->cpu.model) ||
	    !get_whole(&cpu, "stepping", 0, &out->cpu.stepping) ||
	    !get_whole(&key, "threads", 1, &out->threads) ||
	    !get_text(&key, "governor", out->governor, sizeof out->governor) ||
	    !get_text(&key, "source", out->source, sizeof out->source) ||
	    !get_scope(&key, &out->scope) || !get_text(&key, "date", out->date, sizeof out->date) ||
	    !get_whole(&key, "windows", 1, &windows) ||
	    !get_number(&key, "window_s", &out->window_s) || !get_envelope(&key, out) ||
	    !get_models(&key, out))
		return false;
	out->windows = (int)windows;
	return true;
}

/* --- use -------------------------------------------------------------------------------------- */

char *profile_cpu_text(const EnergyCpu *cpu, char out[64])
{
	text_format(out, 64, "%s-%u-%u-%u", *cpu->vendor ? cpu->vendor : "unknown", cpu->family,
		    cpu->model, cpu->stepping);
	return out;
}

bool profile_fits(const EnergyProfile *profile, const EnergyCpu *cpu, Err *err)
{
	char theirs[64], here[64];

	if (strcmp(profile->cpu.vendor, cpu->vendor) == 0 && profile->cpu.family == cpu->family &&
	    profile->cpu.model == cpu->model && profile->cpu.stepping == cpu->stepping)
		return true;
	return err_set(
		err, ERR_NEED,
		"the profile is of another processor, %s; this one is %s: calibrate here, or "
		"on a machine of this processor that has a sensor",
		profile_cpu_text(&profile->cpu, theirs), profile_cpu_text(cpu, here));
}

/* The first model whose features are all known; NULL: none. */
static const ProfileModel *choose_model(const EnergyProfile *profile, const double *rate, double *x)
{
	for (int m = 0; m < profile->models; m++) {
		const ProfileModel *model = &profile->model[m];
		bool known = true;
		for (int i = 0; i < model->features; i++) {
			x[i] = rate[model->feature[i]];
			known = known && isfinite(x[i]);
		}
		if (known)
			return model;
	}
	return NULL;
}

/* Whether a rate that the work has lies outside what was calibrated. What the model does not price
 * counts as well: a kind of kernel that the suite never ran has no price. */
static bool outside(const EnergyProfile *profile, const double *rate)
{
	for (int i = FEATURE_CPU; i < ENERGY_FEATURES; i++) {
		if (!isfinite(rate[i]) || i == FEATURE_CPU_CUBED)
			continue;
		if (isnan(profile->low[i])
			    ? rate[i] > 0 && i < FEATURE_CYCLES
			    : rate[i] < profile->low[i] || rate[i] > profile->high[i])
			return true;
	}
	return false;
}

/* Static power that may belong to others, on fewer threads than were calibrated. */
static double foreign_static(const EnergyProfile *profile, const ProfileModel *model,
			     const EnergyWork *work)
{
	for (int i = 0; i < model->features && work->threads < profile->threads; i++)
		if (model->feature[i] == FEATURE_STATIC)
			return model->fit.price[i] * (1 - (double)work->threads / profile->threads);
	return 0;
}

bool profile_joules(const EnergyProfile *profile, const EnergyWork *work, Joules *out, Err *err)
{
	double rate[ENERGY_FEATURES], x[ENERGY_FEATURES], watts, bar;
	const ProfileModel *model;

	joules_none(out);
	energy_rates(work, profile->threads, rate);
	model = work->time_s > 0 ? choose_model(profile, rate, x) : NULL;
	if (!model)
		return err_set(err, ERR_NEED,
			       "no model of the profile can price this: its counts are not known");
	watts = fit_predict(&model->fit, x);
	bar = sqrt(model->fit.sigma * model->fit.sigma + fit_variance(&model->fit, x) +
		   MACHINE_ERR * MACHINE_ERR * watts * watts);
	out->flags = outside(profile, rate) ? ENERGY_EXTRAPOLATED : 0;
	if (out->flags)
		bar *= OUTSIDE_FACTOR;
	out->value = watts * work->time_s;
	out->low = fmax(watts - bar - foreign_static(profile, model, work), 0) * work->time_s;
	out->high = (watts + bar) * work->time_s;
	out->prov = ENERGY_MODELLED;
	out->scope = profile->scope;
	text_format(out->source, sizeof out->source, "profile");
	return true;
}
