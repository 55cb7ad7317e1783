/* 1 J more on each line, a line each 20 ms.
 * SPDX-License-Identifier: MIT */
#include "app/author/fake_meter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/paths.h"
#include "base/text.h"

#define PERIOD_NS 20000000

/* In the child; never returns. Waits for a reader, again after each. */
static void write_joules(const char *path)
{
	const struct timespec period = { .tv_nsec = PERIOD_NS };
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	for (long joules = 0;;) {
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			_exit(1);
		while (dprintf(fd, "%ld J\n", joules++) > 0)
			nanosleep(&period, NULL);
		close(fd);
	}
}

bool fake_meter_start(FakeMeter *out, Err *err)
{
	char path[PATH_MAX];
	*out = (FakeMeter){ .pid = 0 };
	if (!paths_scratch_make(out->folder, err))
		return false;
	text_format(path, sizeof path, "%s/meter", out->folder);
	text_format(out->energy, sizeof out->energy, "external:%s", path);
	if (mkfifo(path, 0600) != 0)
		return err_set(err, ERR_FILE, "cannot make %s: %s", path, strerror(errno));
	out->pid = fork();
	if (out->pid == 0)
		write_joules(path);
	return out->pid > 0 || err_set(err, ERR_LIMIT, "fork: %s", strerror(errno));
}

void fake_meter_stop(FakeMeter *meter)
{
	if (meter->pid > 0) {
		kill(meter->pid, SIGKILL);
		waitpid(meter->pid, NULL, 0);
	}
	if (*meter->folder)
		paths_scratch_remove(meter->folder);
	*meter = (FakeMeter){ .pid = 0 };
}
