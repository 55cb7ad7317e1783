/* fork and exec of the helpers, each with exactly the descriptors and the environment that it
 * should have.
 * SPDX-License-Identifier: MIT */
#include "app/session/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "energy/counters.h"

/* Room above the fixed descriptors, so that moving one never overwrites another. */
#define FD_ROOM 64
/* Where the child tells why it could not exec; closed by an exec that works. */
#define FD_FAILURE (FD_ROOM - 1)
#define ENVIRONMENT_MAX 64
/* A worker that takes nothing for so long has hung. */
#define SEND_NS (2 * CLOCK_NS_PER_S)
/* Random bytes of environment: memory layout differs from process to process, so that no arm keeps
 * a lucky one. */
#define LAYOUT_PAD_MAX 4096

extern char **environ;

/* What the child needs to know between fork and exec. */
typedef struct Start {
	char path[PATH_MAX];
	const char *argv[8];
	int records, commands, edges, script, scratch;
	int failure; /* the errno of an exec that failed is written here */
	bool counters;
} Start;

static bool keeps_variable(const char *variable)
{
	static const char *const prefixes[] = {
		"OPENBLAS_",          "ASAN_OPTIONS=",    "UBSAN_OPTIONS=",
		"TSAN_OPTIONS=",      "LSAN_OPTIONS=",    "GCOV_",
		"LLVM_PROFILE_FILE=", "LD_LIBRARY_PATH=", "LD_PRELOAD="
	};
	if (strncmp(variable, "OPENBLAS_NUM_THREADS=", 21) == 0)
		return false;
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* The worker's environment: little, the same for all, one BLAS thread, and a random pad. */
static void make_environment(const char **out, char *pad)
{
	size_t n = 0;
	uint16_t length = 0;
	if (getrandom(&length, sizeof length, GRND_NONBLOCK) < 0)
		length = (uint16_t)getpid();
	size_t used = (size_t)sprintf(pad, "WATTLE_PAD=");
	memset(pad + used, 'x', length % LAYOUT_PAD_MAX);
	pad[used + length % LAYOUT_PAD_MAX] = '\0';
	out[n++] = "PATH=/usr/bin:/bin";
	out[n++] = "LC_ALL=C.UTF-8";
	out[n++] = "OPENBLAS_NUM_THREADS=1";
	out[n++] = pad;
	for (char **variable = environ; *variable && n < ENVIRONMENT_MAX - 1; variable++)
		if (keeps_variable(*variable))
			out[n++] = *variable;
	out[n] = NULL;
}

static void move_fd(int from, int to)
{
	if (from >= 0)
		dup2(from, to);
	else
		close(to);
}

/* Moves the descriptors to their numbers, by way of high ones. Closes everything else but stdin,
 * stdout and stderr. */
static void place_fds(const Start *start)
{
	const int wanted[] = { start->records, start->commands, start->edges, start->script,
			       start->scratch };
	int high[5];
	for (int i = 0; i < 5; i++)
		high[i] = wanted[i] >= 0 ? fcntl(wanted[i], F_DUPFD_CLOEXEC, FD_ROOM) : -1;
	for (int i = 0; i < 5; i++)
		move_fd(high[i], FD_RECORDS + i);
	dup3(start->failure, FD_FAILURE, O_CLOEXEC);
	close_range(FD_COUNTERS, FD_FAILURE - 1, 0);
	close_range(FD_FAILURE + 1, ~0u, 0);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, 0);
	dup2(null, 1);
	if (null > 2)
		close(null);
}

/* Runs in the child; never returns. */
static void start_child(const Start *start, pid_t parent)
{
	static char pad[LAYOUT_PAD_MAX + 32];
	const char *environment[ENVIRONMENT_MAX], *argv[9];
	sigset_t none;
	size_t n = 0;
	setpgid(0, 0);
	signal(SIGINT, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	place_fds(start);
	for (; start->argv[n]; n++)
		argv[n] = start->argv[n];
	if (start->counters) {
		Counters counters;
		counters_open(&counters, &energy_os, FD_COUNTERS);
		json_t *json = counters_json(&counters);
		argv[n++] = json ? json_dumps(json, JSON_COMPACT) : NULL;
	}
	argv[n] = NULL;
	make_environment(environment, pad);
	execve(start->path, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
	_exit(write(FD_FAILURE, &errno, sizeof errno) > 0 ? 127 : 126);
}

static bool pipe_pair(int out[2], Err *err)
{
	if (pipe2(out, O_CLOEXEC) == 0)
		return true;
	return err_set(err, ERR_FILE, "pipe: %s", strerror(errno));
}

static bool socket_pair(int type, int out[2], Err *err)
{
	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, out) == 0)
		return true;
	return err_set(err, ERR_FILE, "socketpair: %s", strerror(errno));
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Waits for the exec: its descriptor closes, or tells why not. */
static bool await_exec(Child *child, const Start *start, int failure, Err *err)
{
	int why = 0;
	ssize_t got;
	do
		got = read(failure, &why, sizeof why);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof why)
		return true;
	child_reap(child, true);
	return err_set(err, ERR_NEED, "cannot start %s: %s; is wattle installed whole?",
		       start->path, strerror(why));
}

/* The parent's half: forks, keeps its own ends. records[0] and commands[1] are ours from now on. */
static bool start_process(Child *out, Start *start, int records, int commands, Err *err)
{
	int failure[2];
	if (!pipe_pair(failure, err))
		return false;
	start->failure = failure[1];
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid == 0)
		start_child(start, parent);
	if (pid < 0)
		err_set(err, ERR_LIMIT, "fork: %s", strerror(errno));
	close_fd(&failure[1]);
	if (pid > 0) {
		out->pid = pid;
		out->records = records;
		out->commands = commands;
		fcntl(records, F_SETFL, O_NONBLOCK);
	}
	bool ok = pid > 0 && await_exec(out, start, failure[0], err) &&
		  (out->in = record_in_new(records, err));
	close_fd(&failure[0]);
	return ok;
}

bool launch_meter(Child *out, const Paths *paths, const char *energy, int64_t origin_ns,
		  int *edge_fd, Err *err)
{
	char origin[32];
	int records[2] = { -1, -1 }, edges[2] = { -1, -1 };
	Start start = { .argv = { "wattle-meter", "--energy", energy, "--origin-ns", origin },
			.commands = -1,
			.script = -1,
			.scratch = -1 };
	snprintf(origin, sizeof origin, "%lld", (long long)origin_ns);
	*out = (Child){ .name = "meter", .records = -1, .commands = -1 };
	paths_helper(paths, "wattle-meter", start.path);
	if (!pipe_pair(records, err))
		return false;
	if (!socket_pair(SOCK_SEQPACKET, edges, err)) {
		close_fd(&records[0]);
		close_fd(&records[1]);
		return false;
	}
	start.records = records[1];
	start.edges = edges[0];
	bool ok = start_process(out, &start, records[0], -1, err);
	close_fd(&records[1]);
	close_fd(&edges[0]);
	*edge_fd = edges[1];
	if (!ok && out->records < 0)
		close_fd(&records[0]);
	return ok;
}

/* Writes to a worker that reads, or has gone. True when all was taken. */
static bool send_all(int fd, const char *bytes, size_t len)
{
	int64_t until_ns = clock_now_ns() + SEND_NS;
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	while (len > 0) {
		ssize_t put = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (put > 0) {
			bytes += put;
			len -= (size_t)put;
			continue;
		}
		if (put < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (clock_now_ns() > until_ns) {
			errno = ETIMEDOUT;
			return false;
		}
		poll(&room, 1, 10);
	}
	return true;
}

/* A line may be longer than the socket holds: the worker reads its job, and what a lesson brings
 * back, at once. A socket and no pipe: a worker that has gone must not end the reader by SIGPIPE,
 * which is kept for a closed stdout. */
static bool send_line(int fd, const json_t *json, Err *err)
{
	char *line = json_dumps(json, JSON_COMPACT);
	if (!line)
		return err_set(err, ERR_MEMORY, "writing a command");
	size_t len = strlen(line);
	line[len] = '\n';
	bool sent = send_all(fd, line, len + 1);
	int fault = errno;
	free(line);
	/* Of a worker that has gone its end tells more than this refusal. */
	if (sent || fault == EPIPE || fault == ECONNRESET)
		return true;
	return err_set(err, ERR_DIED, "the worker does not take commands: %s", strerror(fault));
}

bool launch_worker(Child *out, const Paths *paths, const json_t *job, int edge_fd, int script_fd,
		   const char *scratch, Err *err)
{
	int records[2] = { -1, -1 }, commands[2] = { -1, -1 };
	Start start = { .argv = { "wattle-worker" },
			.edges = edge_fd,
			.script = script_fd,
			.scratch = -1,
			.counters = true };
	*out = (Child){ .name = "worker", .records = -1, .commands = -1 };
	paths_helper(paths, "wattle-worker", start.path);
	if (!pipe_pair(records, err))
		return false;
	if (!socket_pair(SOCK_STREAM, commands, err)) {
		close_fd(&records[0]);
		close_fd(&records[1]);
		return false;
	}
	if (scratch)
		start.scratch = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	start.records = records[1];
	start.commands = commands[0];
	bool ok = start_process(out, &start, records[0], commands[1], err);
	close_fd(&records[1]);
	close_fd(&commands[0]);
	close_fd(&start.scratch);
	if (!ok && out->records < 0) {
		close_fd(&records[0]);
		close_fd(&commands[1]);
	}
	return ok && send_line(out->commands, job, err);
}

void child_send(const Child *child, const json_t *command)
{
	Err ignored;
	if (child->commands >= 0)
		send_line(child->commands, command, &ignored);
}

void child_hang_up(Child *child)
{
	close_fd(&child->commands);
}

void child_close(Child *child)
{
	record_in_free(child->in);
	child->in = NULL;
	close_fd(&child->records);
	close_fd(&child->commands);
}

bool child_reap(Child *child, bool block)
{
	while (child->pid) {
		pid_t got = waitpid(child->pid, &child->status, block ? 0 : WNOHANG);
		if (got == 0)
			return false;
		if (got < 0 && errno == EINTR)
			continue;
		child->pid = 0;
	}
	return true;
}

void child_fate(const Child *child, char *out, size_t cap)
{
	if (WIFSIGNALED(child->status))
		text_format(out, cap, "the %s was killed by signal %d (%s)", child->name,
			    WTERMSIG(child->status), strsignal(WTERMSIG(child->status)));
	else
		text_format(out, cap, "the %s exited with status %d", child->name,
			    WEXITSTATUS(child->status));
}

json_t *launch_overrides(void)
{
	json_t *json = json_object();
	for (char **variable = environ; *variable; variable++) {
		if (strncmp(*variable, "OPENBLAS_", 9) != 0 && strncmp(*variable, "OMP_", 4) != 0)
			continue;
		const char *equals = strchr(*variable, '=');
		if (!equals)
			continue;
		char name[128];
		text_format(name, sizeof name, "%.*s", (int)(equals - *variable), *variable);
		json_object_set_new(json, name, json_string(equals + 1));
	}
	return json;
}
