/* An editor in the foreground, watched from behind.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/editor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

#define CANNOT_START 127 /* what a shell answers */
#define CLOSE_MS 1000    /* an editor has this long to save what it can */

static const char *editor_name(void)
{
	const char *visual = getenv("VISUAL"), *editor = getenv("EDITOR");

	if (visual && *visual)
		return visual;
	return editor && *editor ? editor : "vi";
}

/* The terminal's foreground group; from behind, that would stop us. */
static void put_in_front(pid_t group)
{
	sigset_t quiet, before;

	sigemptyset(&quiet);
	sigaddset(&quiet, SIGTTOU);
	sigprocmask(SIG_BLOCK, &quiet, &before);
	if (isatty(STDIN_FILENO))
		tcsetpgrp(STDIN_FILENO, group);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* In the child; never returns. Lines that are piped to us are no keys for an editor. */
static void run(const char *command, const char *path, pid_t parent)
{
	sigset_t none;

	setpgid(0, 0);
	put_in_front(getpid());
	prctl(PR_SET_PDEATHSIG, SIGHUP);
	if (getppid() != parent)
		_exit(CANNOT_START);
	if (!isatty(STDIN_FILENO)) {
		int null = open("/dev/null", O_RDONLY);
		dup2(null, STDIN_FILENO);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGTSTP, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
	_exit(CANNOT_START);
}

bool editor_open(Editor *editor, const char *path, Err *err)
{
	const char *name = editor_name();
	size_t room = strlen(name) + sizeof "exec  \"$1\"";
	char *command = malloc(room);
	pid_t parent = getpid();

	if (!command)
		return err_set(err, ERR_MEMORY, "opening %s", path);
	text_format(command, room, "exec %s \"$1\"", name);
	fflush(NULL);
	editor->pid = fork();
	if (editor->pid == 0)
		run(command, path, parent);
	free(command);
	if (editor->pid < 0) {
		editor->pid = 0;
		return err_set(err, ERR_LIMIT, "fork: %s", strerror(errno));
	}
	setpgid(editor->pid, editor->pid); /* whichever of us is first */
	return true;
}

/* What it ended with. */
static void tell_end(int status, Err *err)
{
	const char *name = editor_name();

	err->code = ERR_NONE;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_START)
		err_set(err, ERR_NEED, "cannot start the editor '%s'; set VISUAL or EDITOR", name);
	else if (WIFSIGNALED(status))
		err_set(err, ERR_DIED, "the editor '%s' was killed by signal %d (%s)", name,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0)
		err_set(err, ERR_DIED, "the editor '%s' ended with status %d", name,
			WEXITSTATUS(status));
}

bool editor_ended(Editor *editor, Err *err)
{
	int status;

	while (editor->pid) {
		pid_t got = waitpid(editor->pid, &status, WNOHANG | WUNTRACED);

		if (got == 0 || (got < 0 && errno == EINTR))
			return false;
		if (got > 0 && WIFSTOPPED(status)) {
			put_in_front(getpgrp());
			raise(SIGTSTP);
			put_in_front(editor->pid);
			kill(-editor->pid, SIGCONT);
			continue;
		}
		put_in_front(getpgrp());
		editor->pid = 0;
		if (got > 0)
			tell_end(status, err);
		else
			err->code = ERR_NONE;
	}
	return true;
}

void editor_close(Editor *editor)
{
	int status, waited_ms = 0;

	if (!editor->pid)
		return;
	kill(-editor->pid, SIGHUP);
	kill(-editor->pid, SIGCONT);
	while (waitpid(editor->pid, &status, WNOHANG) == 0 && waited_ms++ < CLOSE_MS)
		poll(NULL, 0, 1);
	put_in_front(getpgrp());
	editor->pid = 0;
}
