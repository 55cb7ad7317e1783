/* One child, its deaths and stops, and the terminal restored after each.
 * SPDX-License-Identifier: MIT */
#include "app/screen/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/err.h"
#include "ui/term.h"

typedef struct Saved {
	bool is_terminal;
	struct termios modes;
	int in_flags, out_flags; /* O_NONBLOCK would outlive us in the shell */
	char leave[256];
	size_t leave_bytes;
} Saved;

static void save_terminal(Saved *saved)
{
	saved->is_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
			     tcgetattr(STDIN_FILENO, &saved->modes) == 0;
	saved->in_flags = fcntl(STDIN_FILENO, F_GETFL);
	saved->out_flags = fcntl(STDOUT_FILENO, F_GETFL);
	saved->leave_bytes = term_leave(saved->leave, sizeof saved->leave);
}

static bool same_modes(const Saved *saved)
{
	struct termios now;
	return tcgetattr(STDIN_FILENO, &now) == 0 && now.c_iflag == saved->modes.c_iflag &&
	       now.c_oflag == saved->modes.c_oflag && now.c_cflag == saved->modes.c_cflag &&
	       now.c_lflag == saved->modes.c_lflag &&
	       memcmp(now.c_cc, saved->modes.c_cc, sizeof now.c_cc) == 0;
}

/* A group that a dead UI left behind, such as its editor: as its subreaper we are its parent now. */
static bool is_orphan(pid_t group)
{
	return group > 1 && waitpid(-group, NULL, WNOHANG) >= 0;
}

/* False in the background: there the terminal is somebody else's, and was restored when we
 * stopped. A terminal without job control (tcgetpgrp fails) is always ours. */
static bool has_terminal(const Saved *saved, pid_t child)
{
	pid_t front = saved->is_terminal ? tcgetpgrp(STDIN_FILENO) : 0;
	return saved->is_terminal &&
	       (front < 0 || front == getpgrp() || front == child || is_orphan(front));
}

/* in_order: the UI ended by itself. It left the screen then, if its modes are gone: to leave
 * twice would put the cursor back over what it printed since. */
static void restore_terminal(const Saved *saved, bool in_order)
{
	tcsetpgrp(STDIN_FILENO, getpgrp());
	fcntl(STDIN_FILENO, F_SETFL, saved->in_flags);
	fcntl(STDOUT_FILENO, F_SETFL, saved->out_flags);
	if (in_order && same_modes(saved))
		return;
	for (size_t done = 0; done < saved->leave_bytes;) {
		ssize_t n = write(STDOUT_FILENO, saved->leave + done, saved->leave_bytes - done);
		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	/* FLUSH: mouse reports under way are no input for a shell. */
	while (tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved->modes) != 0 && errno == EINTR)
		;
}

/* The child has stopped: so does our group, as if the terminal had asked for it. In the
 * foreground of an orphaned group, where no shell could continue us, SIGTSTP does nothing and
 * the child goes on at once. A child that was stopped for want of the terminal while our own
 * group has it (a shell that hands it over late does so) only gets it. */
static void stop_too(pid_t child, int signal_number, const Saved *saved)
{
	bool front = has_terminal(saved, child);
	bool wants_terminal = (signal_number == SIGTTOU || signal_number == SIGTTIN) &&
			      tcgetpgrp(STDIN_FILENO) == getpgrp();
	sigset_t stop;
	if (front && !wants_terminal)
		restore_terminal(saved, false);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	if (!wants_terminal)
		kill(0, front ? SIGTSTP : SIGSTOP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	if (has_terminal(saved, child))
		tcsetpgrp(STDIN_FILENO, child);
	kill(-child, SIGCONT);
}

/* Returns the status of waitpid once the child has ended. */
static int watch_child(pid_t child, const sigset_t *signals, const Saved *saved)
{
	for (;;) {
		siginfo_t info;
		int status = 0;
		while (waitpid(child, &status, WNOHANG | WUNTRACED) == child) {
			if (!WIFSTOPPED(status))
				return status;
			stop_too(child, WSTOPSIG(status), saved);
		}
		if (sigwaitinfo(signals, &info) > 0 && info.si_signo != SIGCHLD)
			kill(child, info.si_signo);
	}
}

/* SIGTTOU is still blocked, or taking the foreground would stop us. */
static int run_child(int (*ui)(void *user), void *user, pid_t parent, bool front,
		     const sigset_t *mask)
{
	setpgid(0, 0);
	if (front)
		tcsetpgrp(STDIN_FILENO, getpid());
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		return 128 + SIGTERM;
	sigprocmask(SIG_SETMASK, mask, NULL);
	int status = ui(user);
	fflush(NULL);
	return status;
}

static void die_of(int signal_number)
{
	const struct rlimit none = { 0, 0 };
	sigset_t only;
	setrlimit(RLIMIT_CORE, &none); /* the child has written its own */
	signal(signal_number, SIG_DFL);
	sigemptyset(&only);
	sigaddset(&only, signal_number);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	raise(signal_number);
}

int supervise(int (*ui)(void *user), void *user)
{
	static const int watched[] = { SIGCHLD, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP };
	Saved saved;
	sigset_t signals, quiet, before;
	pid_t parent = getpid();
	save_terminal(&saved);
	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
		sigaddset(&signals, watched[i]);
	signal(SIGCHLD, SIG_DFL); /* inherited as ignored, it would hide the child's end */
	sigprocmask(SIG_BLOCK, &signals, &before);
	sigemptyset(&quiet);
	sigaddset(&quiet, SIGTTOU);
	sigprocmask(SIG_BLOCK, &quiet, NULL);
	fflush(NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	bool front = has_terminal(&saved, parent);
	pid_t child = fork();
	if (child == 0)
		exit(run_child(ui, user, parent, front, &before));
	if (child > 0)
		setpgid(child, child); /* whichever of us is first */
	int status = child > 0 ? watch_child(child, &signals, &saved) : 0;
	if (child > 0 && has_terminal(&saved, child))
		restore_terminal(&saved, WIFEXITED(status));
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (child < 0)
		return err_exit_status(ERR_DIED);
	if (WIFSIGNALED(status))
		die_of(WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
