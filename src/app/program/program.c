/* fork, counters, exec, wait4: a program that is measured from its first instruction to its last.
 * SPDX-License-Identifier: MIT */
#include "app/program/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNTERS_FD 200 /* the counters' descriptors go from here on */

extern char **environ;

/* In the child. */
static bool set_apart(const ProgramStart *start, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return getppid() == parent && null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
	       dup2(start->out, STDOUT_FILENO) >= 0 && dup2(start->error, STDERR_FILENO) >= 0;
}

/* In the guardian; never returns. The leader's death signal reaches the leader alone: the rest of
 * the group is killed by this one, a member, so that the group's number stays theirs. It sleeps
 * until we are gone, and holds no pipe of theirs open. */
static void guard(pid_t group, pid_t parent)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setpgid(0, group);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (syscall(SYS_close_range, 0u, ~0u, 0u) != 0)
		for (long fd = sysconf(_SC_OPEN_MAX); fd-- > 0;)
			close((int)fd);
	while (getppid() == parent)
		sigwaitinfo(&all, NULL);
	kill(-group, SIGKILL);
	_exit(0);
}

/* Returns once the guardian sleeps, or soon will, so that its beginning is not measured. */
static bool start_guard(Program *program, Err *err)
{
	int ready[2];
	char byte;
	pid_t parent = getpid();

	if (pipe2(ready, O_CLOEXEC) != 0)
		return err_set(err, ERR_LIMIT, "pipe: %s", strerror(errno));
	program->guard = fork();
	if (program->guard == 0)
		guard(program->pid, parent);
	close(ready[1]);
	while (program->guard > 0 && read(ready[0], &byte, 1) < 0 && errno == EINTR)
		;
	close(ready[0]);
	return program->guard > 0 || err_set(err, ERR_LIMIT, "fork: %s", strerror(errno));
}

static void end_guard(Program *program)
{
	if (program->guard <= 0)
		return;
	kill(program->guard, SIGKILL);
	while (waitpid(program->guard, NULL, 0) < 0 && errno == EINTR)
		;
	program->guard = 0;
}

/* In the child; never returns. */
static void child_run(const ProgramStart *start, int link, pid_t parent)
{
	char byte = 'r';
	int error;

	if (start->apart && !set_apart(start, parent))
		_exit(127);
	sigprocmask(SIG_SETMASK, start->signals, NULL);
	if (write(link, &byte, 1) != 1 || read(link, &byte, 1) != 1)
		_exit(127);
	if (start->environment)
		environ = (char **)(uintptr_t)start->environment;
	execvp(start->argv[0], start->argv);
	error = errno;
	_exit(write(link, &error, sizeof error) > 0 && error != ENOENT ? 126 : 127);
}

bool program_start(Program *program, const ProgramStart *start, Err *err)
{
	int link[2];
	char byte;
	pid_t parent = getpid();

	*program = (Program){ .pidfd = -1, .link = -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link) != 0)
		return err_set(err, ERR_LIMIT, "socketpair: %s", strerror(errno));
	fflush(NULL);
	program->pid = fork();
	if (program->pid == 0) {
		close(link[0]);
		child_run(start, link[1], parent);
	}
	close(link[1]);
	program->link = link[0];
	if (program->pid < 0)
		return err_set(err, ERR_LIMIT, "fork: %s", strerror(errno));
	program->pidfd = (int)syscall(SYS_pidfd_open, program->pid, 0);
	if (program->pidfd < 0)
		err_set(err, ERR_NEED, "pidfd_open: %s", strerror(errno));
	else if (read(program->link, &byte, 1) != 1)
		err_set(err, ERR_DIED, "%s ended before it began", start->argv[0]);
	else if (!start->apart || start_guard(program, err))
		return true;
	kill(program->pid, SIGKILL);
	waitpid(program->pid, NULL, 0);
	program->pid = 0;
	return false;
}

/* Opens counters on the child that waits; user is its process id. */
static int open_on_child(const EnergyOs *os, struct perf_event_attr *attr, pid_t pid, int cpu,
			 int group, unsigned long flags)
{
	const pid_t *child = os->user;

	(void)pid;
	return energy_os.perf_event_open(&energy_os, attr, *child, cpu, group,
					 flags | 8 /* PERF_FLAG_FD_CLOEXEC */);
}

void program_counters(Counters *out, const Program *program)
{
	EnergyOs os = energy_os;
	pid_t pid = program->pid;

	os.perf_event_open = open_on_child;
	os.user = &pid;
	counters_open(out, &os, COUNTERS_FD);
	for (int i = 0; i < out->count; i++)
		if (out->counter[i].fd >= 0)
			fcntl(out->counter[i].fd, F_SETFD, FD_CLOEXEC);
}

void program_counters_close(const Counters *counters)
{
	for (int i = 0; i < counters->count; i++)
		if (counters->counter[i].fd >= 0)
			close(counters->counter[i].fd);
}

void program_go(const Program *program)
{
	/* It has gone, or hears this: program_reap tells. */
	(void)!send(program->link, "g", 1, MSG_NOSIGNAL);
}

int program_reap(Program *program, struct rusage *usage)
{
	int status = 0;

	while (wait4(program->pid, &status, 0, usage) < 0 && errno == EINTR)
		;
	program->pid = 0;
	end_guard(program);
	return status;
}

bool program_ran(const Program *program, const char *name, Err *err)
{
	int error = 0;

	if (recv(program->link, &error, sizeof error, MSG_DONTWAIT) != (ssize_t)sizeof error)
		return true;
	return err_set(err, ERR_NEED, "cannot run %s: %s", name, strerror(error));
}

void program_done(Program *program)
{
	if (program->pidfd >= 0)
		close(program->pidfd);
	if (program->link >= 0)
		close(program->link);
	program->pidfd = program->link = -1;
}
