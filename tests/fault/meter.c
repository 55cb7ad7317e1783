/* The meter as a process: edges, their rate, how it ends, what it gives up, and joules from a
 * made-up powercap tree.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "meter_start.h"

/* --- tests ------------------------------------------------------------------------------------ */

static void joules_add_up(void **state)
{
	EdgeReply begin, end;
	Joules joules;
	Meter meter;
	json_t *record;

	(void)state;
	two_packages();
	meter = meter_start("auto", "0");
	record = next_record(&meter, "meter");
	assert_string_equal(json_string_value(json_object_get(record, "headline")), "powercap");
	json_decref(record);
	begin = ask(&meter, 1);
	assert_string_equal(begin.source, "powercap");
	assert_int_equal(begin.domains, 4);
	assert_int_equal(begin.headline_count, 2); /* not the duplicate, which comes last */
	put("/sys/class/powercap/intel-rapl:0/energy_uj", "000001999089\n"); /* 2 J, over the top */
	put("/sys/class/powercap/intel-rapl:0:0/energy_uj", "000001000000\n");
	put("/sys/class/powercap/intel-rapl:1/energy_uj", "000008000000\n"); /* 3 J */
	put("/sys/class/powercap/intel-rapl-mmio:0/energy_uj", "000002000000\n");
	end = ask(&meter, 2);
	edge_joules(&begin, &end, &joules);
	assert_true(fabs(joules.value - 5) < 1e-6);
	assert_int_equal(joules.prov, ENERGY_MEASURED);
	assert_int_equal(joules.scope, ENERGY_PKG);
	assert_int_equal(joules.flags & ~(uint32_t)ENERGY_STALE, ENERGY_WRAPPED);
	assert_true(end.sent_ns <= end.reading[0].t_ns && end.read_ns <= end.received_ns);
	assert_true(end.machine.busy_ns == 190000000 && end.machine.steal_ns == 80000000);
	assert_true(end.meter_cpu_ns > 0);
	assert_int_equal(meter_end(&meter), 0);
}

/* Sent at once, all are answered, in order, and no faster than the limit. */
static void edges_are_slowed_not_dropped(void **state)
{
	Meter meter;
	EdgeReply reply;
	int64_t last_ns = 0;

	(void)state;
	two_packages();
	meter = meter_start("powercap", "0");
	for (uint32_t id = 1; id <= 8; id++) {
		EdgeRequest request = { .magic = EDGE_MAGIC, .id = id };
		assert_int_equal(send(meter.edges, &request, sizeof request, 0), sizeof request);
	}
	for (uint32_t id = 1; id <= 8; id++) {
		assert_int_equal(recv(meter.edges, &reply, sizeof reply, 0), sizeof reply);
		assert_int_equal(reply.id, id);
		assert_true(reply.read_ns - last_ns >= CLOCK_NS_PER_S / EDGE_PER_S_MAX);
		last_ns = reply.reading[0].t_ns;
	}
	assert_int_equal(meter_end(&meter), 0);
}

static void garbage_is_passed_over(void **state)
{
	Meter meter;
	EdgeRequest wrong = { .magic = 1, .id = 1 };
	char much[5000] = "x";

	(void)state;
	two_packages();
	meter = meter_start("powercap", "0");
	assert_int_equal(send(meter.edges, &wrong, sizeof wrong, 0), sizeof wrong);
	assert_int_equal(send(meter.edges, much, sizeof much, 0), sizeof much);
	assert_int_equal(send(meter.edges, "x", 1, 0), 1);
	assert_int_equal(ask(&meter, 9).id, 9);
	assert_int_equal(meter_end(&meter), 0);
}

static void a_killed_meter_is_seen(void **state)
{
	EdgeReply reply;
	Meter meter;
	Err err = { 0 };

	(void)state;
	two_packages();
	meter = meter_start("powercap", "0");
	ask(&meter, 1);
	kill(meter.pid, SIGKILL);
	assert_int_equal(meter_status(&meter), -SIGKILL);
	assert_false(edge_ask(meter.edges, 2, WAIT_MS, &reply, &err));
	assert_int_equal(err.code, ERR_DIED);
	record_in_free(meter.in);
	close(meter.edges);
	close(meter.records);
}

static void a_stopped_meter_is_seen(void **state)
{
	EdgeReply reply;
	Meter meter;
	Err err = { 0 };

	(void)state;
	two_packages();
	meter = meter_start("powercap", "0");
	ask(&meter, 1);
	kill(meter.pid, SIGSTOP);
	assert_false(edge_ask(meter.edges, 2, 30, &reply, &err));
	assert_int_equal(err.code, ERR_DIED);
	kill(meter.pid, SIGCONT);
	assert_int_equal(ask(&meter, 3).id, 3); /* the late answer to 2 is passed over */
	assert_int_equal(meter_end(&meter), 0);
}

static void check_status_line(pid_t pid, const char *line)
{
	char path[64], text[8192];
	int fd;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof text - 1);
	assert_true(n > 0);
	text[n] = '\0';
	close(fd);
	if (!strstr(text, line))
		fail_msg("no '%s' in %s", line, text);
}

static void it_gives_up_its_rights(void **state)
{
	Meter meter;

	(void)state;
	two_packages();
	meter = meter_start("powercap", "0");
	ask(&meter, 1);
	check_status_line(meter.pid, "CapEff:\t0000000000000000");
	check_status_line(meter.pid, "CapPrm:\t0000000000000000");
	check_status_line(meter.pid, "CapAmb:\t0000000000000000");
	check_status_line(meter.pid, "NoNewPrivs:\t1");
	assert_int_equal(getpgid(meter.pid), meter.pid);
	kill(meter.pid, SIGINT); /* the terminal's interrupt is the reader's business */
	assert_int_equal(ask(&meter, 2).id, 2);
	assert_int_equal(meter_end(&meter), 0);
}

/* Its parent dies with the socket still open elsewhere: it must not stay behind. */
static void it_goes_with_its_parent(void **state)
{
	int edges[2], records[2], status;
	EdgeReply reply;
	Err err = { 0 };
	pid_t parent;

	(void)state;
	two_packages();
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, edges), 0);
	assert_int_equal(pipe2(records, O_CLOEXEC), 0);
	parent = fork();
	assert_true(parent >= 0);
	if (parent == 0) {
		if (fork() == 0)
			exec_meter(records[1], edges[1], "powercap", "0");
		pause();
	}
	close(edges[1]);
	assert_true(edge_ask(edges[0], 1, WAIT_MS, &reply, &err));
	kill(parent, SIGKILL);
	assert_int_equal(waitpid(parent, &status, 0), parent);
	assert_int_equal(recv(edges[0], &reply, sizeof reply, 0), 0);
	close(edges[0]);
	close(records[0]);
	close(records[1]);
}

static void readings_are_shown(void **state)
{
	json_t *record, *domain;
	Meter meter;

	(void)state;
	two_packages();
	meter = meter_start("auto", "10");
	record = next_record(&meter, "reading");
	domain = json_array_get(json_object_get(record, "domains"), 0);
	assert_true(json_is_null(json_object_get(domain, "watts"))); /* needs two */
	json_decref(record);
	record = next_record(&meter, "reading");
	assert_string_equal(json_string_value(json_object_get(record, "source")), "powercap");
	assert_true(json_is_true(json_object_get(record, "headline")));
	domain = json_array_get(json_object_get(record, "domains"), 0);
	assert_string_equal(json_string_value(json_object_get(domain, "id")), "package-0");
	assert_string_equal(json_string_value(json_object_get(domain, "provenance")), "measured");
	assert_true(json_real_value(json_object_get(domain, "watts")) == 0);
	assert_true(json_real_value(json_object_get(domain, "joules")) == 0);
	json_decref(record);
	assert_int_equal(meter_end(&meter), 0);
}

/* A reader that stops reading must not make edges wait; one that has gone ends the meter. */
static void a_slow_reader_holds_nothing_up(void **state)
{
	Meter meter;

	(void)state;
	two_packages();
	meter = meter_start("auto", "10");
	assert_true(fcntl(meter.records, F_SETPIPE_SZ, 4096) > 0);
	for (uint32_t id = 1; id <= 40; id++) /* 0.8 s: eight records, the pipe holds some */
		assert_int_equal(ask(&meter, id).id, id);
	record_in_free(meter.in);
	close(meter.records);
	assert_int_equal(meter_status(&meter), 4);
	close(meter.edges);
}

/* In a child, until it is killed: 2 J more on each line. */
static pid_t external_meter(const char *path)
{
	struct timespec wait = { .tv_nsec = 10000000 };
	pid_t pid = fork();
	int fd;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(path, O_WRONLY);
	for (int joules = 0; dprintf(fd, "%d J\n", joules) > 0; joules += 2)
		nanosleep(&wait, NULL);
	_exit(0);
}

static void paths_that_the_user_names(void **state)
{
	char wanted[128], path[96];
	EdgeReply begin, end;
	Joules joules;
	Meter meter;
	pid_t writer;

	(void)state;
	snprintf(path, sizeof path, "%s/meter", root);
	assert_int_equal(mkfifo(path, 0600), 0);
	writer = external_meter(path);
	snprintf(wanted, sizeof wanted, "external:%s", path);
	meter = meter_start(wanted, "0");
	begin = ask(&meter, 1);
	assert_string_equal(begin.source, "external");
	for (uint32_t id = 2; id < 12; id++)
		end = ask(&meter, id);
	taken_over(&meter, 0); /* a pipe has one reader */
	edge_joules(&begin, &end, &joules);
	assert_int_equal(joules.prov, ENERGY_MEASURED);
	assert_true(joules.value >= 2 && fmod(joules.value, 2) == 0);
	assert_int_equal(meter_end(&meter), 0);
	kill(writer, SIGKILL);
	assert_int_equal(waitpid(writer, NULL, 0), writer);
	/* A folder of the host, which the sysfs root does not move. */
	put("/shared/package-0.energy_uj", "000000");
	snprintf(wanted, sizeof wanted, "host:%s/shared", root);
	meter = meter_start(wanted, "0");
	begin = ask(&meter, 1);
	taken_over(&meter, 0); /* its files may be replaced */
	put("/shared/package-0.energy_uj", "700000");
	end = ask(&meter, 2);
	edge_joules(&begin, &end, &joules);
	assert_int_equal(joules.prov, ENERGY_ATTRIBUTED);
	assert_true(fabs(joules.value - 0.7) < 1e-9);
	assert_int_equal(meter_end(&meter), 0);
}

/* Returns the status; *record: the meter record, if there was one. */
static int refused(const char *energy, json_t **record)
{
	Meter meter = meter_start(energy, "0");

	*record = next_record(&meter, "meter");
	return meter_end(&meter);
}

static void a_source_that_does_not_work_is_refused(void **state)
{
	json_t *record, *row;

	(void)state;
	assert_int_equal(refused("powercap", &record), 4);
	assert_true(json_is_null(json_object_get(record, "headline")));
	assert_non_null(
		strstr(json_string_value(json_object_get(record, "headline_why")), "ENOENT"));
	row = json_array_get(json_object_get(record, "sources"), 1);
	assert_string_equal(json_string_value(json_object_get(row, "name")), "powercap");
	assert_string_equal(json_string_value(json_object_get(row, "state")), "no");
	assert_int_equal(json_integer_value(json_object_get(row, "errno")), ENOENT);
	assert_string_equal(json_string_value(json_object_get(row, "errno_name")), "ENOENT");
	assert_true(strlen(json_string_value(json_object_get(row, "fix"))) > 0);
	json_decref(record);
	assert_int_equal(refused("cold-fusion", &record), 2);
	assert_null(record);
}

/* auto without a sensor goes on, and says that nothing is measured. */
static void without_sensors_edges_carry_clocks(void **state)
{
	EdgeReply begin, end;
	Joules joules;
	json_t *record;
	Meter meter = meter_start("auto", "10");

	(void)state;
	record = next_record(&meter, "meter");
	assert_true(json_is_null(json_object_get(record, "headline")));
	json_decref(record);
	begin = ask(&meter, 1);
	end = ask(&meter, 2);
	assert_int_equal(begin.headline, -1);
	taken_over(&meter, 0);
	assert_true(end.read_ns > begin.read_ns);
	edge_joules(&begin, &end, &joules);
	assert_true(isnan(joules.value));
	assert_int_equal(joules.prov, ENERGY_NONE);
	assert_int_equal(meter_end(&meter), 0);
}

static void wrong_usage_is_refused(void **state)
{
	static const char *const wrong[] = { "",
					     "--energy",
					     "--energy auto --reader-hz 11",
					     "--energy auto --reader-hz x",
					     "--energy auto --fast",
					     "--energy auto --origin-ns soon" };
	char command[4300];

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		snprintf(command, sizeof command, "'%s' %s 2>/dev/null", meter_path, wrong[i]);
		assert_int_equal(WEXITSTATUS(system(command)), 2);
	}
}

static void probe_lists_every_source(void **state)
{
	char command[4200];
	size_t sources = 0, counters = 0, rights = 0, wanted = 0;
	json_t *record;
	RecordIn *in;
	Err err = { 0 };
	FILE *pipe;

	(void)state;
	snprintf(command, sizeof command, "'%s' --probe", meter_path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	in = record_in_new(fileno(pipe), &err);
	while (record_in_next(in, &record, &err) == RECORD_GOT) {
		const char *type = json_string_value(json_object_get(record, "type"));
		const char *ok = json_string_value(json_object_get(record, "state"));
		sources += strcmp(type, "source") == 0;
		counters += strcmp(type, "counter") == 0;
		rights += strcmp(type, "privileges") == 0;
		if (ok && strcmp(ok, "no") == 0)
			assert_true(strlen(json_string_value(json_object_get(record, "step"))) > 0);
		json_decref(record);
	}
	while (energy_sources[wanted])
		wanted++;
	assert_int_equal(sources, wanted);
	assert_int_equal(counters, 9);
	assert_int_equal(rights, 1);
	record_in_free(in);
	assert_int_equal(pclose(pipe), 0);
}

int main(void)
{
	const char *build = getenv("top_builddir");
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_new, tree_remove)
		TEST(joules_add_up),
		TEST(edges_are_slowed_not_dropped),
		TEST(garbage_is_passed_over),
		TEST(a_killed_meter_is_seen),
		TEST(a_stopped_meter_is_seen),
		TEST(it_gives_up_its_rights),
		TEST(it_goes_with_its_parent),
		TEST(readings_are_shown),
		TEST(a_slow_reader_holds_nothing_up),
		TEST(paths_that_the_user_names),
		TEST(a_source_that_does_not_work_is_refused),
		TEST(without_sensors_edges_carry_clocks),
		TEST(wrong_usage_is_refused),
		TEST(probe_lists_every_source),
#undef TEST
	};

	snprintf(meter_path, sizeof meter_path, "%s/wattle-meter", build ? build : ".");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
