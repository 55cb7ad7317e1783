/* The table of energy sources, counters that wrap, and joules as records and badges show them.
 * SPDX-License-Identifier: MIT */
#include "energy/energy.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "energy/sysfs.h"

#define ROW(name) extern const EnergySource energy_##name;
#include "energy/sources.inc"
#undef ROW

const EnergySource *const energy_sources[] = {
#define ROW(name) &energy_##name,
#include "energy/sources.inc"
#undef ROW
	NULL,
};

static const char *const prov_names[] = {
	[ENERGY_NONE] = "none",
	[ENERGY_MODELLED] = "modelled",
	[ENERGY_ATTRIBUTED] = "attributed",
	[ENERGY_MEASURED] = "measured",
};

static const char *const scope_names[] = {
	[ENERGY_CORE] = "core",     [ENERGY_IGPU] = "igpu", [ENERGY_PKG] = "pkg",
	[ENERGY_DRAM] = "dram",     [ENERGY_GPU] = "gpu",   [ENERGY_BOARD] = "board",
	[ENERGY_SYSTEM] = "system",
};

static const char *const flag_names[] = {
#define X(name, about) [ENERGY_BIT_##name] = #name,
	ENERGY_FLAG_LIST(X)
#undef X
};
static const char *const flag_abouts[] = {
#define X(name, about) [ENERGY_BIT_##name] = about,
	ENERGY_FLAG_LIST(X)
#undef X
};

const char *const energy_macs_names[ENERGY_MACS_KINDS] = {
#define X(name, text) [ENERGY_MACS_##name] = text,
	ENERGY_MACS_LIST(X)
#undef X
};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

void energy_work_init(EnergyWork *work)
{
	*work = (EnergyWork){
		.time_s = NAN,
		.cpu_s = NAN,
		.foreign_cpu_s = NAN,
		.bytes = NAN,
		.faults = NAN,
		.switches = NAN,
		.cycles = NAN,
		.cache_misses = NAN,
	};
	for (int i = 0; i < ENERGY_MACS_KINDS; i++)
		work->macs[i] = NAN;
}

void energy_work_add(EnergyWork *work, const EnergyItem *item, double items)
{
	for (int i = 0; i < ENERGY_MACS_KINDS; i++)
		work->macs[i] = (isnan(work->macs[i]) ? 0 : work->macs[i]) + items * item->macs[i];
	work->bytes = (isnan(work->bytes) ? 0 : work->bytes) + items * item->bytes;
}

const EnergySource *energy_source_find(const char *name)
{
	for (size_t i = 0; energy_sources[i]; i++)
		if (strcmp(energy_sources[i]->info.name, name) == 0)
			return energy_sources[i];
	return NULL;
}

const EnergySource *energy_source_wanted(const char *wanted, const char **arg)
{
	size_t len = strcspn(wanted, ":");
	char name[32];

	*arg = wanted[len] ? wanted + len + 1 : "";
	if (len >= sizeof name)
		return NULL;
	memcpy(name, wanted, len);
	name[len] = '\0';
	return energy_source_find(name);
}

const EnergySource *energy_model_find(const EnergyOs *os, const char *wanted)
{
	Why why;

	for (size_t i = 0; energy_sources[i]; i++) {
		const EnergySource *source = energy_sources[i];
		bool asked = strcmp(wanted, "auto") == 0 || strcmp(wanted, source->info.name) == 0;
		if (asked && source->model && source->probe(os, &why))
			return source;
	}
	return NULL;
}

const char *energy_prov_name(EnergyProv prov)
{
	return (size_t)prov < COUNT_OF(prov_names) ? prov_names[prov] : "none";
}

const char *energy_scope_name(EnergyScope scope)
{
	return (size_t)scope < COUNT_OF(scope_names) ? scope_names[scope] : "system";
}

bool why_set(Why *why, int error, const char *fix, const char *step, ...)
{
	va_list args;

	va_start(args, step);
	vsnprintf(why->step, sizeof why->step, step, args);
	va_end(args);
	why->error = error;
	text_format(why->fix, sizeof why->fix, "%s", fix);
	return false;
}

char *why_text(const Why *why, char out[192])
{
	if (why->error)
		text_format(out, 192, "%s: %s (%d)", why->step, energy_errno_name(why->error),
			    why->error);
	else
		text_format(out, 192, "%s", why->step);
	return out;
}

const char *energy_errno_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ EPERM, "EPERM" },
		{ ENOENT, "ENOENT" },
		{ EINTR, "EINTR" },
		{ EIO, "EIO" },
		{ ENXIO, "ENXIO" },
		{ E2BIG, "E2BIG" },
		{ EBADF, "EBADF" },
		{ EAGAIN, "EAGAIN" },
		{ ENOMEM, "ENOMEM" },
		{ EACCES, "EACCES" },
		{ EFAULT, "EFAULT" },
		{ EBUSY, "EBUSY" },
		{ ENODEV, "ENODEV" },
		{ ENOTDIR, "ENOTDIR" },
		{ EISDIR, "EISDIR" },
		{ EINVAL, "EINVAL" },
		{ ENFILE, "ENFILE" },
		{ EMFILE, "EMFILE" },
		{ ENOSPC, "ENOSPC" },
		{ ESPIPE, "ESPIPE" },
		{ ERANGE, "ERANGE" },
		{ ENOSYS, "ENOSYS" },
		{ ELOOP, "ELOOP" },
		{ ENODATA, "ENODATA" },
		{ EOVERFLOW, "EOVERFLOW" },
		{ EOPNOTSUPP, "EOPNOTSUPP" },
		{ ESRCH, "ESRCH" },
		{ ETIMEDOUT, "ETIMEDOUT" },
		{ ECONNREFUSED, "ECONNREFUSED" },
		{ ENAMETOOLONG, "ENAMETOOLONG" },
		{ EROFS, "EROFS" },
		{ EFBIG, "EFBIG" },
	};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (names[i].error == error)
			return names[i].name;
	return "errno";
}

/* --- counters --------------------------------------------------------------------------------- */

void energy_count_start(EnergyCount *count, uint64_t raw, uint64_t range_raw, uint64_t unit_raw,
			double raw_j, int64_t t_ns)
{
	*count = (EnergyCount){ .raw = raw, .raw_j = raw_j, .t_ns = t_ns };
	if (range_raw && __builtin_add_overflow(range_raw, unit_raw, &count->modulo))
		count->modulo = 0;
}

void energy_count_step(EnergyCount *count, const EnergyDomain *domain, uint64_t raw, int64_t t_ns)
{
	double span_s = (double)(t_ns - count->t_ns) * 1e-9;
	double most_j = 1.5 * domain->max_w * (span_s + domain->update_s);
	uint64_t step = raw - count->raw;

	if (raw < count->raw) {
		bool known = count->modulo && count->raw < count->modulo;
		step = known ? count->modulo - count->raw + raw : UINT64_MAX;
	}
	if (count->modulo && domain->max_w * span_s >= (double)count->modulo * count->raw_j)
		count->multiwraps++;
	else if (step == UINT64_MAX || (double)step * count->raw_j > most_j)
		count->resets++;
	else {
		count->wraps += raw < count->raw;
		count->sum += step;
	}
	count->raw = raw;
	count->t_ns = t_ns;
}

void energy_reading(Reading *out, int64_t before_ns, int64_t after_ns)
{
	*out = (Reading){
		.energy_j = NAN,
		.u_j = NAN,
		.t_ns = before_ns + (after_ns - before_ns) / 2,
		.read_ns = after_ns - before_ns,
		.flags = ENERGY_LOST,
	};
}

void energy_count_reading(const EnergyCount *count, const EnergyDomain *domain, Reading *out)
{
	out->energy_j = (double)count->sum * count->raw_j;
	out->u_j = domain->unit_j / sqrt(6);
	out->prov = ENERGY_MEASURED;
	out->flags &= ~(uint32_t)ENERGY_LOST;
	out->wraps = count->wraps;
	out->multiwraps = count->multiwraps;
	out->resets = count->resets;
}

/* The way from the other's value to the count's own: what is to be taken off. */
static void count_back(EnergyCount *at, const EnergyDomain *domain, uint64_t raw, int64_t t_ns)
{
	EnergyCount way = { .raw = raw, .modulo = at->modulo, .raw_j = at->raw_j, .t_ns = t_ns };

	energy_count_step(&way, domain, at->raw, at->t_ns);
	if (way.resets || way.multiwraps || way.sum > at->sum || way.wraps > at->wraps) {
		at->resets++;
		return;
	}
	at->sum -= way.sum;
	at->wraps -= way.wraps;
}

void energy_count_at(const EnergyCount *count, const EnergyDomain *domain, uint64_t raw,
		     int64_t t_ns, Reading *out)
{
	EnergyCount at = *count;

	if (t_ns >= count->t_ns)
		energy_count_step(&at, domain, raw, t_ns);
	else
		count_back(&at, domain, raw, t_ns);
	energy_count_reading(&at, domain, out);
	/* The count meets the same event itself, after the first edge of a window: then it is in the
	 * numbers of both edges, and no difference of theirs. */
	out->flags |= at.resets != count->resets ? ENERGY_RESET : 0;
	out->flags |= at.multiwraps != count->multiwraps ? ENERGY_MULTIWRAP : 0;
}

/* Without closing white space, and nothing else. */
static bool text_read(const EnergyOs *os, int fd, uint64_t *raw)
{
	char text[32];
	ssize_t n = os->pread(os, fd, text, sizeof text - 1, 0);

	if (n < 0)
		return false;
	while (n > 0 && strchr(" \t\n", text[n - 1]))
		n--;
	text[n] = '\0';
	errno = EINVAL;
	return sysfs_u64(text, raw);
}

static bool perf_read(const EnergyOs *os, int fd, uint64_t *raw)
{
	uint64_t in[3];
	ssize_t n = os->read(os, fd, in, sizeof in);

	if (n == sizeof in && (in[2] || !in[1])) {
		*raw = in[0];
		return true;
	}
	if (n >= 0)
		errno = ENODATA;
	return false;
}

bool energy_handle_read(const EnergyOs *os, const EnergyHandle *handle, uint64_t *raw)
{
	return handle->kind == ENERGY_HANDLE_PERF ? perf_read(os, handle->fd, raw)
						  : text_read(os, handle->fd, raw);
}

#define POLL_LEAST_S 0.01

double energy_poll_s(const EnergyDomain *domain)
{
	double quarter_s = fmax(domain->range_j / (4 * domain->max_w), POLL_LEAST_S);
	double least_s = domain->poll_s > 0 ? fmin(domain->poll_s, 60) : 60;

	return domain->range_j > 0 && domain->max_w > 0 ? fmin(quarter_s, least_s) : least_s;
}

/* --- powers ----------------------------------------------------------------------------------- */

#define GAP_PERIODS 3
#define GAP_LEAST_S 1 /* a busy machine may let the meter wait */

void energy_power_start(EnergyPower *power, bool averaged, double watts, int64_t t_ns)
{
	*power = (EnergyPower){ .watts = watts,
				.t_ns = t_ns,
				.noise = sqrt(averaged ? 1.0 / 12 : 0.5) };
}

bool energy_power_step(EnergyPower *power, const EnergyDomain *domain, double watts, int64_t t_ns)
{
	double span_s = (double)(t_ns - power->t_ns) * 1e-9;
	double most_s = fmax(GAP_PERIODS * fmax(domain->poll_s, domain->update_s), GAP_LEAST_S);

	if (!(watts >= 0 && watts <= domain->max_w))
		return false;
	if (span_s > most_s)
		energy_power_gap(power);
	if (!isnan(power->watts)) {
		double step_j = power->noise * (watts - power->watts) * span_s;
		power->energy_j += (watts + power->watts) / 2 * span_s;
		power->variance += step_j * step_j;
	}
	power->watts = watts;
	power->t_ns = t_ns;
	return true;
}

void energy_power_gap(EnergyPower *power)
{
	power->gaps += !isnan(power->watts);
	power->watts = NAN;
}

void energy_power_reading(const EnergyPower *power, EnergyProv prov, Reading *out)
{
	out->energy_j = power->energy_j;
	out->u_j = sqrt(power->variance);
	out->prov = prov;
	out->flags &= ~(uint32_t)ENERGY_LOST;
	out->gaps = power->gaps;
}

double energy_rapl_scale_err(const EnergyOs *os)
{
	EnergyCpu cpu = { .vendor = "" };

	os->cpu(os, &cpu);
	return strcmp(cpu.vendor, "GenuineIntel") == 0 ? 0.05 : 0.15;
}

/* --- joules ----------------------------------------------------------------------------------- */

void joules_none(Joules *out)
{
	*out = (Joules){
		.value = NAN, .low = NAN, .high = NAN, .scope = ENERGY_SYSTEM, .source = "none"
	};
}

json_t *energy_flags_json(uint32_t flags)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < COUNT_OF(flag_names); i++)
		if (flags >> i & 1u && json_array_append_new(list, json_string(flag_names[i]))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *finite_json(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *parts_json(const JouleParts *u)
{
	return json_pack("{s:f, s:f, s:f, s:f, s:f}", "unit_j", u->unit_j, "edges_j", u->edges_j,
			 "idle_j", u->idle_j, "scale_j", u->scale_j, "lag_j", u->lag_j);
}

json_t *joules_json(const Joules *joules)
{
	json_t *json =
		json_pack("{s:o, s:o, s:o, s:f, s:s, s:s, s:s, s:o}", "value",
			  finite_json(joules->value), "low", finite_json(joules->low), "high",
			  finite_json(joules->high), "scale_err", joules->scale_err, "provenance",
			  energy_prov_name(joules->prov), "scope", energy_scope_name(joules->scope),
			  "source", joules->source, "flags", energy_flags_json(joules->flags));

	if (json && joules->prov >= ENERGY_ATTRIBUTED && isfinite(joules->value) &&
	    json_object_set_new(json, "u", parts_json(&joules->u)) != 0) {
		json_decref(json);
		json = NULL;
	}
	return json;
}

const char *energy_flag_about(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(flag_names); i++)
		if (strcmp(flag_names[i], name) == 0)
			return flag_abouts[i];
	return "";
}

static bool number_from(const json_t *json, const char *key, double *out)
{
	const json_t *number = json_object_get(json, key);

	*out = json_is_number(number) ? json_number_value(number) : NAN;
	return json_is_number(number) || json_is_null(number);
}

static void parts_from(JouleParts *out, const json_t *json)
{
	out->unit_j = json_number_value(json_object_get(json, "unit_j"));
	out->edges_j = json_number_value(json_object_get(json, "edges_j"));
	out->idle_j = json_number_value(json_object_get(json, "idle_j"));
	out->scale_j = json_number_value(json_object_get(json, "scale_j"));
	out->lag_j = json_number_value(json_object_get(json, "lag_j"));
}

/* The index of text in names, -1 when it is none. */
static int name_index(const char *const *names, size_t count, const json_t *text)
{
	const char *word = json_string_value(text);

	for (size_t i = 0; word && i < count; i++)
		if (strcmp(names[i], word) == 0)
			return (int)i;
	return -1;
}

bool joules_from_json(Joules *out, const json_t *json)
{
	Joules in;
	const char *source = json_string_value(json_object_get(json, "source"));
	int prov =
		name_index(prov_names, COUNT_OF(prov_names), json_object_get(json, "provenance"));
	int scope = name_index(scope_names, COUNT_OF(scope_names), json_object_get(json, "scope"));
	const json_t *flags = json_object_get(json, "flags"), *flag;
	size_t i;

	joules_none(&in);
	*out = in;
	if (!number_from(json, "value", &in.value) || !number_from(json, "low", &in.low) ||
	    !number_from(json, "high", &in.high) || prov < 0 || scope < 0 || !source)
		return false;
	in.scale_err = json_number_value(json_object_get(json, "scale_err"));
	parts_from(&in.u, json_object_get(json, "u"));
	in.prov = (EnergyProv)prov;
	in.scope = (EnergyScope)scope;
	text_format(in.source, sizeof in.source, "%s", source);
	json_array_foreach(flags, i, flag)
	{
		int bit = name_index(flag_names, COUNT_OF(flag_names), flag);
		if (bit >= 0)
			in.flags |= 1u << bit;
	}
	*out = in;
	return true;
}

char *joules_badge(const Joules *joules, char out[48])
{
	const char *replayed = joules->flags & ENERGY_REPLAYED ? " REPLAYED" : "";
	double bar = (joules->high - joules->low) / 2 / fabs(joules->value);
	char percent[16] = "";

	if (joules->prov == ENERGY_MEASURED)
		bar /= ENERGY_Z95;
	if (isfinite(bar) && bar < 10)
		snprintf(percent, sizeof percent, " ±%.0f %%", bar * 100);
	switch (isnan(joules->value) ? ENERGY_NONE : joules->prov) {
	case ENERGY_MEASURED:
		text_format(out, 48, "MEASURED %s%s%s", energy_scope_name(joules->scope), percent,
			    replayed);
		break;
	case ENERGY_ATTRIBUTED:
		text_format(out, 48, "ATTRIBUTED%s", replayed);
		break;
	case ENERGY_MODELLED:
		text_format(out, 48, "MODELLED%s%s", percent, replayed);
		break;
	default:
		text_format(out, 48, "NONE: time only");
	}
	return out;
}

bool energy_models(const json_t *meter)
{
	const json_t *source;
	size_t i;

	json_array_foreach(json_object_get(meter, "sources"), i, source)
	{
		if (record_is(source, "place", "worker") && record_is(source, "state", "ok"))
			return !record_is(source, "name", "none");
	}
	return false;
}
