/* wattle-meter: the only program that opens energy sensors, and the only one that may carry a
 * capability.
 *
 * 	wattle-meter --energy auto|none|NAME[:ARGUMENT] [--reader-hz N] [--origin-ns N]
 * 	wattle-meter --probe
 *
 * Started by wattle with descriptor 3 (records to the reader) and 5 (edge requests of the worker,
 * edge.h, handles.h). It ends when the edge socket does. --probe writes what works here, and why
 * not, to stdout. --sysfs-root shows it another tree. Links base, energy and libpfm4 only.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/record.h"
#include "base/text.h"
#include "energy/counters.h"
#include "energy/edge.h"
#include "energy/panel.h"

#define RECORDS_FD 3
#define EDGES_FD 5
#define PROBE_COUNTERS_FD 32 /* where --probe tries the counters */
#define EDGE_SPACING_NS (CLOCK_NS_PER_S / EDGE_PER_S_MAX)
#define READER_HZ 10
#define NEVER INT64_MAX

typedef struct Options {
	const char *energy, *sysfs_root;
	double reader_hz;
	int64_t origin_ns;
	bool probe;
} Options;

typedef struct Privileges {
	bool secure, no_new_privs, perfmon; /* as they were at the start */
} Privileges;

typedef struct Meter {
	Panel *panel;
	RecordOut *out;
	Privileges privileges;
	Counters counters; /* of --probe */
	int64_t period_ns, next_reading_ns, next_poll_ns, next_edge_ns;
	int64_t begun_ns, begun_cpu_ns; /* serving */
} Meter;

/* --- command line ----------------------------------------------------------------------------- */

static bool number(const char *text, double low, double high, double *out)
{
	char *end;

	*out = text ? strtod(text, &end) : NAN;
	return text && *text && *end == '\0' && *out >= low && *out <= high;
}

static bool option(Options *options, const char *name, const char *value, Err *err)
{
	double n;

	if (strcmp(name, "--energy") == 0 && value) {
		options->energy = value;
	} else if (strcmp(name, "--sysfs-root") == 0 && value) {
		options->sysfs_root = value;
	} else if (strcmp(name, "--reader-hz") == 0) {
		if (!number(value, 0, READER_HZ, &options->reader_hz))
			return err_set(err, ERR_USAGE, "--reader-hz takes a number from 0 to %d",
				       READER_HZ);
	} else if (strcmp(name, "--origin-ns") == 0) {
		if (!number(value, -9e18, 9e18, &n))
			return err_set(err, ERR_USAGE, "--origin-ns takes monotonic nanoseconds");
		options->origin_ns = strtoll(value, NULL, 10);
	} else {
		return err_set(err, ERR_USAGE, "unknown option, or a value is missing: %s", name);
	}
	return true;
}

static bool options_parse(Options *options, int argc, char **argv, Err *err)
{
	*options = (Options){ .reader_hz = READER_HZ, .origin_ns = clock_now_ns() };
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--probe") == 0) {
			options->probe = true;
			continue;
		}
		if (!option(options, argv[i], argv[i + 1], err))
			return false;
		i++;
	}
	if (!options->energy && !options->probe)
		return err_set(
			err, ERR_USAGE,
			"usage: wattle-meter --energy auto|none|NAME [--reader-hz N], or --probe; "
			"wattle starts it");
	if (options->sysfs_root && getauxval(AT_SECURE))
		return err_set(err, ERR_USAGE, "--sysfs-root is refused to a privileged meter");
	return true;
}

/* --- privileges ------------------------------------------------------------------------------- */

static Privileges privileges_get(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { .effective = 0 } };
	Privileges p = { .secure = getauxval(AT_SECURE) != 0 };

	p.no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	if (syscall(SYS_capget, &head, data) == 0)
		p.perfmon = data[CAP_TO_INDEX(38)].effective & CAP_TO_MASK(38); /* CAP_PERFMON */
	return p;
}

/* New reference. */
static json_t *privileges_json(const Privileges *privileges)
{
	return json_pack("{s:b, s:b, s:b}", "secure", privileges->secure, "no_new_privs",
			 privileges->no_new_privs, "cap_perfmon", privileges->perfmon);
}

/* Gives up every capability for good. Descriptors that are open stay readable: rights count at
 * open only. */
static bool privileges_drop(Err *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { .effective = 0 } };

	/* These two refuse where there is nothing to drop, or no right to: capset decides. */
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (unsigned long cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
	if (syscall(SYS_capset, &head, none) != 0)
		return err_set(err, ERR_NEED, "cannot drop capabilities: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set(err, ERR_NEED, "cannot set no-new-privs: %s", strerror(errno));
	/* Nobody of the same user may attach and take more than is handed over. */
	if (getauxval(AT_SECURE) && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set(err, ERR_NEED, "cannot become undumpable: %s", strerror(errno));
	return true;
}

/* A group of its own, deaf to the terminal's interrupt (the reader decides), gone with its
 * parent. */
static bool settle(pid_t parent, Err *err)
{
	struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	setpgid(0, 0);
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0)
		return err_set(err, ERR_NEED, "prctl(PR_SET_PDEATHSIG): %s", strerror(errno));
	return getppid() == parent || err_set(err, ERR_DIED, "the reader has gone");
}

/* --- records ---------------------------------------------------------------------------------- */

/* A record of these fields (a reference that is taken; NULL: memory was short). */
static bool put_fields(RecordOut *out, const char *type, json_t *fields, Err *err)
{
	json_t *record = fields ? record_new(type, record_out_origin(out)) : NULL;

	if (record && json_object_update_missing(record, fields) != 0) {
		json_decref(record);
		record = NULL;
	}
	json_decref(fields);
	return record_out_put(out, record, err);
}

/* An array of all sources; NULL when memory is short. */
static json_t *sources_json(const Panel *panel)
{
	json_t *list = json_array();

	for (int i = 0; list && i < panel_sources(panel); i++)
		if (json_array_append_new(list, panel_source_json(panel, i)) != 0) {
			json_decref(list);
			list = NULL;
		}
	return list;
}

/* {"type":"meter","headline","sources":[…],"privileges":{…}}; why: the headline that was asked
 * for does not work. */
static bool put_meter(const Meter *meter, const char *why, Err *err)
{
	const char *headline = panel_headline(meter->panel);
	json_t *fields =
		json_pack("{s:o, s:o, s:s?}", "sources", sources_json(meter->panel), "privileges",
			  privileges_json(&meter->privileges), "headline", headline);

	if (fields && !headline)
		record_absent(fields, "headline", why ? why : "no source measures here");
	return put_fields(meter->out, "meter", fields, err);
}

/* Whether the reader takes a record now; a reader that lags must not make edges wait. */
static bool reader_ready(void)
{
	struct pollfd poller = { .fd = RECORDS_FD, .events = POLLOUT };

	return poll(&poller, 1, 0) == 1 && poller.revents & (POLLOUT | POLLERR);
}

/* What measuring costs: CPU time of this process, and its share of one core since serving began. */
static void put_cost(const Meter *meter, json_t *fields)
{
	int64_t cpu_ns = clock_process_ns(), time_ns = clock_now_ns() - meter->begun_ns;

	json_object_set_new(fields, "meter_cpu_ns", json_integer(cpu_ns));
	if (time_ns > CLOCK_NS_PER_S)
		json_object_set_new(
			fields, "meter_share",
			json_real((double)(cpu_ns - meter->begun_cpu_ns) / (double)time_ns));
}

static bool put_readings(Meter *meter, Err *err)
{
	for (int i = 0; i < panel_sources(meter->panel); i++) {
		json_t *fields = panel_reading_json(meter->panel, i);
		if (!fields)
			continue;
		put_cost(meter, fields);
		if (!reader_ready())
			json_decref(fields);
		else if (!put_fields(meter->out, "reading", fields, err))
			return false;
	}
	return true;
}

/* --- serving ---------------------------------------------------------------------------------- */

/* The worker gets the counters of the headline to read, and nothing else of what is open here. */
static bool hand_over(const Meter *meter, uint32_t id)
{
	EdgeHandles handles;

	panel_handles(meter->panel, &handles);
	return edge_handles_send(EDGES_FD, id, &handles);
}

/* Answers one request. False at the end of the socket, with err->code ERR_NONE when that was in
 * order. */
static bool answer(Meter *meter, Err *err)
{
	EdgeRequest request;
	EdgeReply reply;
	ssize_t n = recv(EDGES_FD, &request, sizeof request, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n < 0 && errno != ECONNRESET)
		return err_set(err, ERR_DIED, "edge socket: %s", strerror(errno));
	if (n <= 0)
		return false;
	if (n == sizeof request && request.magic == EDGE_HANDLES_MAGIC)
		return hand_over(meter, request.id);
	meter->next_edge_ns = clock_now_ns() + EDGE_SPACING_NS;
	if (n != sizeof request || request.magic != EDGE_MAGIC)
		return true;
	panel_edge(meter->panel, request.id, &reply);
	n = send(EDGES_FD, &reply, sizeof reply, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n != sizeof reply && errno != EAGAIN)
		return false;
	panel_sense(meter->panel); /* the worker does not wait for this */
	return true;
}

/* Reads that are due: for the display, or only so that no wrap is missed. */
static bool tick(Meter *meter, int64_t now_ns, Err *err)
{
	bool display = now_ns >= meter->next_reading_ns;

	if (!display && now_ns < meter->next_poll_ns)
		return true;
	panel_read(meter->panel);
	panel_sense(meter->panel);
	meter->next_poll_ns = now_ns + (int64_t)(panel_poll_s(meter->panel) * 1e9);
	if (!display)
		return true;
	meter->next_reading_ns = now_ns + meter->period_ns;
	return put_readings(meter, err);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until the edge socket ends. A request that comes too soon waits in the socket. */
static bool serve(Meter *meter, Err *err)
{
	for (;;) {
		struct pollfd poller = { .fd = EDGES_FD };
		int64_t now_ns = clock_now_ns(), wake_ns;
		struct timespec wait;

		if (!tick(meter, now_ns, err))
			return false;
		wake_ns = earlier(meter->next_reading_ns, meter->next_poll_ns);
		if (now_ns >= meter->next_edge_ns)
			poller.events = POLLIN;
		else
			wake_ns = earlier(wake_ns, meter->next_edge_ns);
		now_ns = earlier(clock_now_ns(), wake_ns);
		wait.tv_sec = (time_t)((wake_ns - now_ns) / CLOCK_NS_PER_S);
		wait.tv_nsec = (long)((wake_ns - now_ns) % CLOCK_NS_PER_S);
		if (ppoll(&poller, 1, &wait, NULL) < 0 && errno != EINTR)
			return err_set(err, ERR_DIED, "poll: %s", strerror(errno));
		if (poller.revents & POLLIN) {
			if (!answer(meter, err))
				return err->code == ERR_NONE;
		} else if (poller.revents) {
			return true;
		}
	}
}

static bool run(Meter *meter, const Options *options, const char *why, Err *err)
{
	int64_t now_ns = clock_now_ns();

	meter->out = record_out_new(RECORDS_FD, options->origin_ns, err);
	if (!meter->out || !put_meter(meter, why, err))
		return false;
	if (why) /* the caller says so in an error record, and ends */
		return true;
	meter->period_ns = options->reader_hz > 0 ? (int64_t)(1e9 / options->reader_hz) : NEVER;
	meter->next_reading_ns = options->reader_hz > 0 ? now_ns : NEVER;
	meter->next_poll_ns = now_ns;
	meter->begun_ns = now_ns;
	meter->begun_cpu_ns = clock_process_ns();
	return serve(meter, err);
}

/* --- probe ------------------------------------------------------------------------------------ */

/* Tries the counters that the launcher will open, and closes them. */
static void try_counters(Counters *counters)
{
	counters_open(counters, &energy_os, PROBE_COUNTERS_FD);
	for (int i = 0; i < counters->count; i++)
		if (counters->counter[i].fd >= 0)
			close(counters->counter[i].fd);
}

static bool put_counters(RecordOut *out, const Counters *counters, Err *err)
{
	bool ok = true;

	for (int i = 0; i < counters->count; i++) {
		const struct Counter *c = &counters->counter[i];
		ok = ok &&
		     put_fields(out, "counter",
				json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:b}", "name", c->name,
					  "state", c->fd >= 0 ? "ok" : "no", "step",
					  c->fd >= 0 ? "" : "perf_event_open", "errno", c->error,
					  "errno_name", c->error ? energy_errno_name(c->error) : "",
					  "fix", c->fix, "user_only", c->user_only),
				err);
	}
	return ok;
}

static bool probe(const Meter *meter, Err *err)
{
	RecordOut *out = record_out_new(STDOUT_FILENO, clock_now_ns(), err);
	bool ok = out != NULL;

	for (int i = 0; ok && i < panel_sources(meter->panel); i++)
		ok = put_fields(out, "source", panel_source_json(meter->panel, i), err);
	ok = ok && put_counters(out, &meter->counters, err);
	ok = ok && put_fields(out, "privileges", privileges_json(&meter->privileges), err);
	record_out_free(out);
	return ok;
}

/* --- main ------------------------------------------------------------------------------------- */

/* Sensors that need rights are opened with those that the program came with; all others, and paths
 * that the user named, without. */
static bool open_all(Meter *meter, const Options *options, EnergyOs *os, Err *asked, Err *err)
{
	const char *wanted = options->probe ? "auto" : options->energy;
	bool secure = getauxval(AT_SECURE) != 0;

	/* The launcher has the user's own rights: those of a meter without capabilities of its
	 * own. */
	if (options->probe && !secure)
		try_counters(&meter->counters);
	*os = energy_os;
	if (!options->sysfs_root)
		panel_open_privileged(os, wanted, &meter->panel, asked);
	if (!privileges_drop(err))
		return false;
	if (meter->panel && asked->code == ERR_NONE)
		panel_open_rest(meter->panel, asked);
	if (options->probe && secure)
		try_counters(&meter->counters);
	if (options->sysfs_root) {
		os->root = options->sysfs_root;
		panel_open(os, wanted, &meter->panel, asked);
	}
	if (!meter->panel || asked->code == ERR_USAGE) {
		*err = *asked;
		return false;
	}
	panel_machine_open(meter->panel);
	return true;
}

/* To the reader as a record, to a person who started the meter by hand on stderr. */
static void tell_error(Meter *meter, const Options *options, const Err *err)
{
	Err ignored;

	if (!meter->out && !options->probe && fcntl(RECORDS_FD, F_GETFD) >= 0)
		meter->out = record_out_new(RECORDS_FD, options->origin_ns, &ignored);
	if (!meter->out ||
	    !record_out_put(meter->out, record_error(err, options->origin_ns), &ignored))
		text_printf(stderr, "wattle-meter: %s\n", err->text);
}

int main(int argc, char **argv)
{
	pid_t parent = getppid();
	Err err = { .code = ERR_NONE }, asked = { .code = ERR_NONE };
	Meter meter = { .privileges = privileges_get() };
	Options options;
	EnergyOs os;
	bool ok = options_parse(&options, argc, argv, &err);

	clearenv();
	ok = ok && open_all(&meter, &options, &os, &asked, &err);
	if (ok && options.probe)
		ok = probe(&meter, &err);
	else if (ok)
		ok = settle(parent, &err) &&
		     run(&meter, &options, asked.code ? asked.text : NULL, &err);
	if (ok && asked.code && !options.probe) {
		err = asked;
		ok = false;
	}
	if (!ok)
		tell_error(&meter, &options, &err);
	record_out_free(meter.out);
	panel_close(meter.panel);
	return ok ? 0 : err_exit_status(err.code);
}
