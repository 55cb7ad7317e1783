/* The meter as a process, on a made-up powercap tree.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_METER_START_H
#define WATTLE_TESTS_METER_START_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/record.h"
#include "energy/handles.h"
#include "unit.h"

#define WAIT_MS 20000 /* a guard against hanging, no verdict */

static char meter_path[4096], root[64];

typedef struct Meter {
	pid_t pid;
	int edges, records;
	RecordIn *in;
} Meter;

/* --- a powercap tree -------------------------------------------------------------------------- */

/* Writes in place, as the kernel's file would change under an open descriptor. */
static void put(const char *path, const char *text)
{
	char full[256];
	int fd;

	snprintf(full, sizeof full, "%s%s", root, path);
	for (char *slash = strchr(full + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	fd = open(full, O_WRONLY | O_CREAT, 0644);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, text, strlen(text), 0), (ssize_t)strlen(text));
	close(fd);
}

static void zone(const char *folder, const char *name, const char *energy_uj)
{
	char path[128];

	snprintf(path, sizeof path, "/sys/class/powercap/%s/name", folder);
	put(path, name);
	snprintf(path, sizeof path, "/sys/class/powercap/%s/max_energy_range_uj", folder);
	put(path, "262143328850\n");
	snprintf(path, sizeof path, "/sys/class/powercap/%s/energy_uj", folder);
	put(path, energy_uj);
}

static void two_packages(void)
{
	zone("intel-rapl:0", "package-0\n", "262143328000\n");
	zone("intel-rapl:0:0", "core\n", "000000000000\n");
	zone("intel-rapl:1", "package-1\n", "000005000000\n");
	zone("intel-rapl-mmio:0", "package-0\n", "000000000000\n");
	put("/proc/stat", "cpu  1 2 3 4 5 6 7 8 0 0\n");
}

static int tree_new(void **state)
{
	(void)state;
	snprintf(root, sizeof root, "/tmp/wattle-meter-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int tree_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", root);
	return system(command);
}

/* --- starting and ending ---------------------------------------------------------------------- */

/* In the child: descriptors 3 and 5 as wattle gives them. */
static void exec_meter(int records, int edges, const char *energy, const char *hz)
{
	int kept = fcntl(edges, F_DUPFD, 10);

	dup2(records, 3);
	dup2(kept, 5);
	close(4);
	for (int fd = 6; fd < 64; fd++)
		close(fd);
	execl(meter_path, meter_path, "--sysfs-root", root, "--energy", energy, "--reader-hz", hz,
	      "--origin-ns", "0", (char *)NULL);
	_exit(99);
}

static Meter meter_start(const char *energy, const char *hz)
{
	Meter meter;
	int edges[2], records[2];
	Err err = { 0 };

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, edges), 0);
	assert_int_equal(pipe2(records, O_CLOEXEC), 0);
	meter.pid = fork();
	assert_true(meter.pid >= 0);
	if (meter.pid == 0)
		exec_meter(records[1], edges[1], energy, hz);
	close(edges[1]);
	close(records[1]);
	meter.edges = edges[0];
	meter.records = records[0];
	meter.in = record_in_new(records[0], &err);
	assert_non_null(meter.in);
	return meter;
}

/* The next record of a type; NULL at the end. */
static inline json_t *next_record(const Meter *meter, const char *type)
{
	json_t *record;
	Err err = { 0 };

	while (record_in_next(meter->in, &record, &err) == RECORD_GOT) {
		if (strcmp(json_string_value(json_object_get(record, "type")), type) == 0)
			return record;
		json_decref(record);
	}
	return NULL;
}

/* Waits for its death; the exit status, or the signal below 0. */
static int meter_status(const Meter *meter)
{
	int status;

	assert_int_equal(waitpid(meter->pid, &status, 0), meter->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int meter_end(Meter *meter)
{
	int status;

	close(meter->edges);
	status = meter_status(meter);
	record_in_free(meter->in);
	close(meter->records);
	return status;
}

static EdgeReply ask(const Meter *meter, uint32_t id)
{
	EdgeReply reply;
	Err err = { 0 };

	if (!edge_ask(meter->edges, id, WAIT_MS, &reply, &err))
		fail_msg("%s", err.text);
	return reply;
}

/* What a worker holds: the two packages, not the core and not the duplicate. */
static EdgeHandles taken_over(const Meter *meter, int count)
{
	EdgeHandles handles;
	Err err = { 0 };

	if (!edge_handles_ask(meter->edges, 77, WAIT_MS, &handles, &err))
		fail_msg("%s", err.text);
	assert_int_equal(handles.count, count);
	return handles;
}

#endif
