/* Opens, reads and shows the perf counters of one process.
 * SPDX-License-Identifier: MIT */
#include "energy/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define NAME_TASK_CLOCK "task_clock_ns"
#define NAME_FAULTS "page_faults"
#define NAME_SWITCHES "context_switches"

/* Most wanted first. pfm: what libpfm4 calls it. leader: the event whose group it joins. */
static const struct {
	const char *name, *pfm;
	uint32_t type;
	int leader;
} events[] = {
	{ NAME_TASK_CLOCK, "perf::TASK-CLOCK", PERF_TYPE_SOFTWARE, 0 },
	{ NAME_FAULTS, "perf::PAGE-FAULTS", PERF_TYPE_SOFTWARE, 0 },
	{ NAME_SWITCHES, "perf::CONTEXT-SWITCHES", PERF_TYPE_SOFTWARE, 0 },
	{ "migrations", "perf::CPU-MIGRATIONS", PERF_TYPE_SOFTWARE, 0 },
	{ "cycles", "perf::CYCLES", PERF_TYPE_HARDWARE, 4 },
	{ "instructions", "perf::INSTRUCTIONS", PERF_TYPE_HARDWARE, 4 },
	{ "cache_misses", "perf::CACHE-MISSES", PERF_TYPE_HARDWARE, 6 },
	{ "branches", "perf::BRANCH-INSTRUCTIONS", PERF_TYPE_HARDWARE, 7 },
	{ "branch_misses", "perf::BRANCH-MISSES", PERF_TYPE_HARDWARE, 8 },
};
#define EVENTS ((int)(sizeof events / sizeof *events))
_Static_assert(EVENTS <= COUNTERS_MAX, "counters fit");

static const char *fix_for(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return "sysctl kernel.perf_event_paranoid=1, or cap_perfmon for the program that "
		       "starts it";
	case ENOENT:
	case ENODEV:
	case EOPNOTSUPP:
		return "no PMU in this VM; no fix inside the guest";
	case EMFILE:
	case ENFILE:
		return "raise the limit of open files (ulimit -n)";
	case ENOSYS:
		return "the kernel or a container's system call filter has no perf_event_open";
	default:
		return "";
	}
}

/* Opens one event on this process, in the group of the descriptor `group` (-1: none); -1 with
 * errno. The encoding must be of the type asked for: with stale tables libpfm4 may give another. */
static int event_open(const EnergyOs *os, int i, const char *suffix, int group, bool grouped)
{
	struct perf_event_attr attr;
	char name[64];

	text_format(name, sizeof name, "%s%s", events[i].pfm, suffix);
	if (!os->pfm_encode(os, name, &attr) || attr.type != events[i].type) {
		errno = ENOTSUP;
		return -1;
	}
	attr.size = sizeof attr;
	attr.disabled = 1;
	attr.inherit = 1;
	attr.enable_on_exec = 1;
	attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
	if (grouped)
		attr.read_format |= PERF_FORMAT_GROUP;
	return os->perf_event_open(os, &attr, 0, -1, group, 0);
}

/* In its group, or as the leader of one, where the kernel takes that; else alone. */
static int event_open_best(const EnergyOs *os, const Counters *counters, int i, const char *suffix,
			   struct Counter *c)
{
	const struct Counter *leader = &counters->counter[events[i].leader];
	bool joins = events[i].leader != i && leader->fd >= 0 && leader->grouped;
	int fd;

	c->leader = joins ? events[i].leader : i;
	c->grouped = events[i].leader == i || joins;
	fd = event_open(os, i, suffix, joins ? leader->fd : -1, c->grouped);
	if (fd >= 0 || errno != EINVAL || !c->grouped)
		return fd;
	c->leader = i;
	c->grouped = false;
	return event_open(os, i, suffix, -1, false);
}

static int event_move(int fd, int to)
{
	int moved = fd == to ? fd : dup2(fd, to);

	if (moved != fd)
		close(fd);
	return moved;
}

void counters_open(Counters *out, const EnergyOs *os, int first_fd)
{
	*out = (Counters){ .count = EVENTS };
	for (int i = 0; i < EVENTS; i++) {
		struct Counter *c = &out->counter[i];
		text_format(c->name, sizeof c->name, "%s", events[i].name);
		c->fd = event_open_best(os, out, i, "", c);
		if (c->fd < 0 && errno == EACCES && i == 0) {
			c->fd = event_open_best(os, out, i, ":u", c);
			c->user_only = c->fd >= 0;
		}
		if (c->fd >= 0)
			c->fd = event_move(c->fd, first_fd + i);
		if (c->fd < 0) {
			c->error = errno;
			text_format(c->fix, sizeof c->fix, "%s", fix_for(c->error));
		}
	}
}

json_t *counters_json(const Counters *counters)
{
	json_t *list = json_array();

	for (int i = 0; list && i < counters->count; i++) {
		const struct Counter *c = &counters->counter[i];
		json_t *row = json_pack("{s:s, s:i, s:i, s:b, s:b, s:i, s:s}", "name", c->name,
					"fd", c->fd, "errno", c->error, "user_only", c->user_only,
					"grouped", c->grouped, "leader", c->leader, "fix", c->fix);
		if (json_array_append_new(list, row)) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* The leader of row i, whose descriptor must be a group's, and come before. */
static bool leader_from_json(Counters *out, size_t i, const json_t *row)
{
	const json_t *leader = json_object_get(row, "leader");
	json_int_t number = leader ? json_integer_value(leader) : (json_int_t)i;
	struct Counter *c = &out->counter[i];

	if ((leader && !json_is_integer(leader)) || number < 0 || number > (json_int_t)i)
		return false;
	c->leader = (int)number;
	c->grouped = json_is_true(json_object_get(row, "grouped"));
	return c->leader == (int)i ||
	       (out->counter[c->leader].grouped && out->counter[c->leader].leader == c->leader);
}

bool counters_from_json(Counters *out, const json_t *json, Err *err)
{
	const json_t *row;
	size_t i;

	*out = (Counters){ .count = 0 };
	if (!json_is_array(json) || json_array_size(json) > COUNTERS_MAX)
		return err_set(err, ERR_FORMAT, "counters: not a list of at most %d", COUNTERS_MAX);
	json_array_foreach(json, i, row)
	{
		struct Counter *c = &out->counter[i];
		const char *name = json_string_value(json_object_get(row, "name"));
		const char *fix = json_string_value(json_object_get(row, "fix"));
		const json_t *fd = json_object_get(row, "fd");
		json_int_t number = json_integer_value(fd);
		if (!name || !*name || !json_is_integer(fd) || number < -1 || number > 65535 ||
		    !leader_from_json(out, i, row))
			return err_set(err, ERR_FORMAT, "counters: row %zu is malformed", i + 1);
		text_format(c->name, sizeof c->name, "%s", name);
		text_format(c->fix, sizeof c->fix, "%s", fix ? fix : "");
		c->fd = (int)number;
		c->error = (int)json_integer_value(json_object_get(row, "errno"));
		c->user_only = json_is_true(json_object_get(row, "user_only"));
		out->count++;
	}
	return true;
}

/* Reads one descriptor: {value, enabled, running}, or of a group {count, enabled, running, values},
 * in the order in which they were opened. */
static void counter_read(const Counters *counters, int leader, CounterSample *out)
{
	uint64_t in[3 + COUNTERS_MAX];
	bool grouped = counters->counter[leader].grouped;
	size_t at = grouped ? 3 : 0, got;
	ssize_t n;

	do
		n = read(counters->counter[leader].fd, in, sizeof in);
	while (n < 0 && errno == EINTR);
	got = n > 0 ? (size_t)n / sizeof *in : 0;
	if (got < 3 || in[2] == 0)
		return;
	for (int i = leader; i < counters->count; i++) {
		const struct Counter *c = &counters->counter[i];
		if (c->leader != leader || c->fd < 0 || at >= got)
			continue;
		out->value[i] = (double)in[at++];
		out->enabled_ns[i] = (double)in[1];
		out->running_ns[i] = (double)in[2];
	}
}

void counters_read(const Counters *counters, CounterSample *out)
{
	struct rusage usage = { .ru_minflt = 0 };

	*out = (CounterSample){ .cpu_ns = 0 };
	for (int i = 0; i < COUNTERS_MAX; i++)
		out->value[i] = NAN;
	for (int i = 0; i < counters->count; i++)
		if (counters->counter[i].leader == i && counters->counter[i].fd >= 0)
			counter_read(counters, i, out);
	out->cpu_ns = clock_process_ns();
	getrusage(RUSAGE_SELF, &usage);
	out->faults = usage.ru_minflt + usage.ru_majflt;
	out->switches = usage.ru_nvcsw + usage.ru_nivcsw;
}

bool counters_scaled(const CounterSample *begin, const CounterSample *end, int i)
{
	return end->running_ns[i] - begin->running_ns[i] <
	       end->enabled_ns[i] - begin->enabled_ns[i];
}

double counters_between(const CounterSample *begin, const CounterSample *end, int i)
{
	double enabled_ns = end->enabled_ns[i] - begin->enabled_ns[i];
	double running_ns = end->running_ns[i] - begin->running_ns[i];
	double before = isnan(begin->value[i]) ? 0 : begin->value[i]; /* had not run yet */
	double value = end->value[i] - before;

	if (!counters_scaled(begin, end, i))
		return value;
	return running_ns > 0 ? value * (enabled_ns / running_ns) : NAN;
}

static bool set_text(json_t *to, const char *name, const char *suffix, const char *text)
{
	char key[64];

	text_format(key, sizeof key, "%s%s", name, suffix);
	return json_object_set_new(to, key, json_string(text)) == 0;
}

/* The reason for an absent count: "perf_event_open: ENOENT (2); no PMU in this VM; …". */
static bool set_absent(json_t *to, const struct Counter *c)
{
	char text[256];

	if (c->fd >= 0)
		text_format(text, sizeof text, "opened, but has never run");
	else
		text_format(text, sizeof text, "perf_event_open: %s (%d)%s%s",
			    energy_errno_name(c->error), c->error, *c->fix ? "; " : "", c->fix);
	return json_object_set_new(to, c->name, json_null()) == 0 &&
	       set_text(to, c->name, "_why", text);
}

static bool set_count(json_t *to, const struct Counter *c, double value, bool scaled)
{
	char key[64];

	text_format(key, sizeof key, "%s_scaled", c->name);
	return json_object_set_new(to, c->name, json_integer((json_int_t)llround(value))) == 0 &&
	       (!c->user_only || set_text(to, c->name, "_from", "user")) &&
	       (!scaled || json_object_set_new(to, key, json_true()) == 0);
}

static bool set_usage(json_t *to, const struct Counter *c, int64_t value)
{
	return json_object_set_new(to, c->name, json_integer(value)) == 0 &&
	       set_text(to, c->name, "_from", "getrusage");
}

json_t *counters_window_json(const Counters *counters, const CounterSample *begin,
			     const CounterSample *end)
{
	json_t *json = json_object();
	bool ok = json && json_object_set_new(json, "cpu_ns",
					      json_integer(end->cpu_ns - begin->cpu_ns)) == 0;

	for (int i = 0; ok && i < counters->count; i++) {
		const struct Counter *c = &counters->counter[i];
		double value = counters_between(begin, end, i);
		if (!isnan(value))
			ok = set_count(json, c, value, counters_scaled(begin, end, i));
		else if (strcmp(c->name, NAME_FAULTS) == 0)
			ok = set_usage(json, c, end->faults - begin->faults);
		else if (strcmp(c->name, NAME_SWITCHES) == 0)
			ok = set_usage(json, c, end->switches - begin->switches);
		else
			ok = set_absent(json, c);
	}
	if (!ok) {
		json_decref(json);
		json = NULL;
	}
	return json;
}
