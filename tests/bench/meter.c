/* What measuring costs: the meter's CPU time while it samples at 10 Hz, as it tells it itself, and
 * what the two edges of a window add to the span of its joules, read by the worker from descriptors
 * and read by the meter. On the sensors of this machine where it has some, else on a made-up powercap
 * tree. Not a test: prints figures; 77 when there is no meter to run.
 *
 * tests/bench/meter [SECONDS]
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/order.h"
#include "base/record.h"
#include "energy/handles.h"

#define EDGES 200
#define WINDOWS 200
#define SPACING_NS 25000000 /* slower than the meter lets edges through */
#define SHARE_TARGET 0.002
#define EDGE_TARGET_US 50.0
#define EXIT_SKIPPED 77

static char meter_path[4096], root[64];

typedef struct Meter {
	pid_t pid;
	int edges;
	RecordIn *in;
} Meter;

/* --- a machine with two packages -------------------------------------------------------------- */

static bool put(const char *path, const char *text)
{
	char full[256];
	FILE *file;
	bool ok;

	snprintf(full, sizeof full, "%s%s", root, path);
	for (char *slash = strchr(full + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	file = fopen(full, "w");
	ok = file && fputs(text, file) >= 0;
	return file && fclose(file) == 0 && ok;
}

static bool tree_new(void)
{
	bool ok;

	snprintf(root, sizeof root, "/tmp/wattle-meter-XXXXXX");
	ok = mkdtemp(root) != NULL;
	for (int i = 0; ok && i < 2; i++) {
		char path[128], name[32];
		snprintf(name, sizeof name, "package-%d\n", i);
		snprintf(path, sizeof path, "/sys/class/powercap/intel-rapl:%d/name", i);
		ok = put(path, name);
		snprintf(path, sizeof path, "/sys/class/powercap/intel-rapl:%d/energy_uj", i);
		ok = ok && put(path, "1000000\n");
		snprintf(path, sizeof path,
			 "/sys/class/powercap/intel-rapl:%d/max_energy_range_uj", i);
		ok = ok && put(path, "262143328850\n");
	}
	return ok && put("/proc/stat", "cpu  1 2 3 4 5 6 7 8 0 0\n") &&
	       put("/sys/class/thermal/thermal_zone0/type", "x86_pkg_temp\n") &&
	       put("/sys/class/thermal/thermal_zone0/temp", "45000\n") &&
	       put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "3000000\n");
}

static void tree_remove(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", root);
	if (root[0] && system(command) != 0)
		fprintf(stderr, "cannot remove %s\n", root);
}

/* --- the meter -------------------------------------------------------------------------------- */

/* In the child: descriptors 3 and 5 as wattle gives them. */
static void exec_meter(int records, int edges, const char *tree)
{
	int kept = fcntl(edges, F_DUPFD, 10);

	dup2(records, 3);
	dup2(kept, 5);
	execl(meter_path, meter_path, "--energy", "auto", "--reader-hz", "10", "--origin-ns", "0",
	      tree ? "--sysfs-root" : (char *)NULL, tree, (char *)NULL);
	_exit(99);
}

static bool meter_start(Meter *meter, const char *tree)
{
	int edges[2], records[2];
	Err err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, edges) != 0 ||
	    pipe2(records, O_CLOEXEC) != 0)
		return false;
	meter->pid = fork();
	if (meter->pid == 0)
		exec_meter(records[1], edges[1], tree);
	close(edges[1]);
	close(records[1]);
	meter->edges = edges[0];
	meter->in = record_in_new(records[0], &err);
	return meter->pid > 0 && meter->in;
}

static void meter_end(Meter *meter)
{
	close(meter->edges);
	waitpid(meter->pid, NULL, 0);
	record_in_free(meter->in);
}

/* The next record of a type, NULL at the end. */
static json_t *next_record(const Meter *meter, const char *type)
{
	json_t *record;
	Err err;

	while (record_in_next(meter->in, &record, &err) == RECORD_GOT) {
		if (strcmp(json_string_value(json_object_get(record, "type")), type) == 0)
			return record;
		json_decref(record);
	}
	return NULL;
}

/* Starts it on the machine's own sensors, else on the tree; says on which. */
static bool meter_start_any(Meter *meter)
{
	const char *headline = NULL;
	json_t *record;

	if (!meter_start(meter, NULL))
		return false;
	record = next_record(meter, "meter");
	headline = json_string_value(json_object_get(record, "headline"));
	printf("source: %s\n", headline ? headline : "none here; a made-up powercap tree");
	json_decref(record);
	if (headline)
		return true;
	meter_end(meter);
	return tree_new() && meter_start(meter, root);
}

/* --- figures ---------------------------------------------------------------------------------- */

/* Reads for so long; the share that the last reading tells, -1 when none did. */
static double share_of(const Meter *meter, double seconds)
{
	int64_t until_ns = clock_now_ns() + (int64_t)(seconds * CLOCK_NS_PER_S);
	double share = -1;

	while (clock_now_ns() < until_ns) {
		json_t *record = next_record(meter, "reading");
		const json_t *told = json_object_get(record, "meter_share");
		if (!record)
			return -1;
		share = json_is_number(told) ? json_number_value(told) : share;
		json_decref(record);
	}
	return share;
}

/* A worker is at work between its edges. */
static void work_until(int64_t until_ns)
{
	while (clock_now_ns() < until_ns)
		;
}

/* How long an edge would take if the meter had nothing to read: its part is what is over this. */
static double bare_us(void)
{
	EdgeRequest request;
	EdgeReply reply = { .magic = EDGE_MAGIC, .headline = -1 };
	double us[EDGES];
	int ends[2];
	pid_t pid;
	Err err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		close(ends[0]);
		while (recv(ends[1], &request, sizeof request, 0) == sizeof request) {
			reply.id = request.id;
			if (send(ends[1], &reply, sizeof reply, MSG_NOSIGNAL) < 0)
				break;
		}
		_exit(0);
	}
	close(ends[1]);
	for (int i = 0; i < EDGES; i++) {
		work_until(clock_now_ns() + SPACING_NS);
		us[i] = edge_ask(ends[0], (uint32_t)i, 2000, &reply, &err)
				? (double)(reply.received_ns - reply.sent_ns) * 1e-3
				: -1;
	}
	close(ends[0]);
	waitpid(pid, NULL, 0);
	order_sort(us, EDGES);
	return us[EDGES / 2];
}

/* Where the time of edges goes: until the energy is read, until all else is, until the worker runs
 * on. */
enum { TO_ENERGY, TO_ALL, BACK, PARTS };

static bool edges_of(const Meter *meter, double us[EDGES], double parts[PARTS][EDGES])
{
	EdgeReply reply;
	Err err;

	for (int i = 0; i < EDGES; i++) {
		work_until(clock_now_ns() + SPACING_NS);
		if (!edge_ask(meter->edges, (uint32_t)i, 2000, &reply, &err)) {
			fprintf(stderr, "%s\n", err.text);
			return false;
		}
		us[i] = (double)(reply.received_ns - reply.sent_ns) * 1e-3;
		parts[TO_ENERGY][i] = (double)(reply.reading[0].t_ns - reply.sent_ns) * 1e-3;
		parts[TO_ALL][i] = (double)(reply.read_ns - reply.reading[0].t_ns) * 1e-3;
		parts[BACK][i] = (double)(reply.received_ns - reply.read_ns) * 1e-3;
	}
	order_sort(us, EDGES);
	for (int part = 0; part < PARTS; part++)
		order_sort(parts[part], EDGES);
	return true;
}

/* What one window's edges add to the span between its two readings, beyond the work. */
static bool window_add(const Meter *meter, const EdgeHandles *handles, uint32_t id, double *us)
{
	EdgeReply begin, end;
	EdgeSample first, last;
	int64_t from_ns, to_ns;
	Err err;

	work_until(clock_now_ns() + SPACING_NS);
	if (!edge_ask(meter->edges, id, 2000, &begin, &err))
		return false;
	edge_sample(handles, EDGE_BEGIN, &first);
	from_ns = clock_now_ns();
	work_until(from_ns + SPACING_NS);
	to_ns = clock_now_ns();
	edge_sample(handles, EDGE_END, &last);
	if (!edge_ask(meter->edges, id + 1, 2000, &end, &err))
		return false;
	edge_settle(&begin, &first);
	edge_settle(&end, &last);
	*us = (double)(from_ns - begin.reading[0].t_ns + end.reading[0].t_ns - to_ns) * 1e-3;
	return !(end.reading[0].flags & ENERGY_LOST);
}

static const char *verdict(bool ok)
{
	return ok ? "ok" : "MISS";
}

static bool windows_of(const Meter *meter, const EdgeHandles *handles, const char *by)
{
	double us[WINDOWS];

	for (uint32_t i = 0; i < WINDOWS; i++)
		if (!window_add(meter, handles, 2 * i, &us[i]))
			return false;
	order_sort(us, WINDOWS);
	printf("two edges add, read by %s: median %.1f us, p90 %.1f us, max %.1f us, n %d  "
	       "target %.0f us  %s\n",
	       by, (us[WINDOWS / 2 - 1] + us[WINDOWS / 2]) / 2, us[WINDOWS * 9 / 10],
	       us[WINDOWS - 1], WINDOWS, EDGE_TARGET_US,
	       verdict(us[WINDOWS / 2] <= EDGE_TARGET_US));
	return true;
}

/* Both ways, on one meter. */
static bool windows_both(const Meter *meter)
{
	const EdgeHandles none = { .count = 0 };
	EdgeHandles handles;
	Err err;
	bool ok = edge_handles_ask(meter->edges, 0, 2000, &handles, &err);

	if (ok && handles.count == 0)
		printf("this source hands no descriptor over: only the meter can read it\n");
	else
		ok = ok && windows_of(meter, &handles, "the worker");
	ok = ok && windows_of(meter, &none, "the meter");
	edge_handles_close(&handles);
	return ok;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 10, share, us[EDGES];
	double parts[PARTS][EDGES];
	const char *top = getenv("top_builddir");
	Meter meter;
	bool ok;

	snprintf(meter_path, sizeof meter_path, "%s/wattle-meter", top ? top : ".");
	if (access(meter_path, X_OK) != 0 || !meter_start_any(&meter)) {
		fprintf(stderr, "cannot run %s\n", meter_path);
		tree_remove();
		return EXIT_SKIPPED;
	}
	share = share_of(&meter, seconds);
	if (share >= 0)
		printf("sampling at 10 Hz, %.0f s: %.3f %% of a core  target %.1f %%  %s\n",
		       seconds, share * 100, SHARE_TARGET * 100, verdict(share < SHARE_TARGET));
	ok = share >= 0 && windows_both(&meter) && edges_of(&meter, us, parts);
	meter_end(&meter);
	tree_remove();
	if (!ok)
		return EXIT_SKIPPED;
	printf("the meter's answer: median %.1f us, p90 %.1f us, max %.1f us, n %d\n",
	       (us[EDGES / 2 - 1] + us[EDGES / 2]) / 2, us[EDGES * 9 / 10], us[EDGES - 1], EDGES);
	printf("  of it (medians): to the energy %.1f us, to all else %.1f us, back %.1f us\n",
	       parts[TO_ENERGY][EDGES / 2], parts[TO_ALL][EDGES / 2], parts[BACK][EDGES / 2]);
	printf("the same without sensors to read: median %.1f us\n", bare_us());
	return 0;
}
