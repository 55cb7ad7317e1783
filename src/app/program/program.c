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
	else if (read(program->link, &byte, 1) == 1)
		return true;
	else
		err_set(err, ERR_DIED, "%s ended before it began", start->argv[0]);
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
