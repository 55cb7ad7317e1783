/* Scripts that try to hang, crash or leave the sandbox, each in a process of its own, and a benign
 * twin of each that must run. What stops an attack has to be the sandbox: a process that must be
 * killed from outside is a failure.
 *
 * How long the stop took is judged by CPU time, so that a busy machine does not decide. Arguments:
 * files to run instead.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "host.h"

#ifdef WITH_SANITIZER
#define SLOWER 8
#else
#define SLOWER 1
#endif
#define LIMIT_NS (300000000LL * SLOWER)
#define LIMIT_OTHER_NS \
	(8000000000LL * SLOWER) /* where another error must come first, however busy the machine */
#define STOP_NS (250000000LL * SLOWER)
#define KILL_S (20 * SLOWER)
#define ADDRESS_SPACE ((rlim_t)2 << 30)

typedef struct Answer {
	Err err;
	int64_t wall_ns, cpu_ns;
} Answer;

static int64_t limit_ns(const Expect *expect)
{
	return strstr(expect->text, "time limit") ? LIMIT_NS : LIMIT_OTHER_NS;
}

static void attack(const char *path, int to)
{
	static Answer answer;
	static Host host;
	Expect expect;
	int null = open("/tmp", O_RDWR | O_TMPFILE, 0600);

	alarm(KILL_S);
#ifndef WITH_SANITIZER
	struct rlimit limit = { ADDRESS_SPACE, ADDRESS_SPACE };

	setrlimit(RLIMIT_AS, &limit);
#endif
	if (!host_begin(&host, null) || !host_read(&host, path))
		exit(1);
	expect_read(&expect, host.text);
	int64_t begin_ns = clock_now_ns(), cpu_ns = clock_process_ns();

	host_script(&host, "attack.lua", &expect, begin_ns + limit_ns(&expect), &answer.err);
	answer.wall_ns = clock_now_ns() - begin_ns;
	answer.cpu_ns = clock_process_ns() - cpu_ns;
	json_decref(expect.set);
	host_end(&host);
	exit(write(to, &answer, sizeof answer) == sizeof answer ? 0 : 1);
}

/* False when the process did not answer; *status says how it ended. */
static bool fork_attack(const char *path, Answer *answer, int *status)
{
	int fds[2];

	if (pipe(fds) != 0)
		return false;
	fflush(stdout);
	pid_t child = fork();

	if (child == 0) {
		close(fds[0]);
		attack(path, fds[1]);
	}
	close(fds[1]);
	size_t got = 0;
	ssize_t n = 1;

	while (child > 0 && got < sizeof *answer && n > 0) {
		n = read(fds[0], (char *)answer + got, sizeof *answer - got);
		got += n > 0 ? (size_t)n : 0;
	}
	close(fds[0]);
	return child > 0 && waitpid(child, status, 0) == child && got == sizeof *answer;
}

static bool check(const char *path, int64_t *slowest_ns)
{
	static Host host;
	static Answer answer;
	Expect expect;
	int status = 0;

	if (!host_read(&host, path))
		return false;
	expect_read(&expect, host.text);
	json_decref(expect.set);
	if (!fork_attack(path, &answer, &status)) {
		printf("FAIL %s: ended by signal %d, status %d\n", path,
		       WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		       WIFEXITED(status) ? WEXITSTATUS(status) : 0);
		return false;
	}
	int64_t over_ns = answer.cpu_ns - limit_ns(&expect);

	if (over_ns > *slowest_ns)
		*slowest_ns = over_ns;
	bool fine = expect_met(&expect, &answer.err) && over_ns <= STOP_NS;

	printf("%s %s: %s, %lld ms (%lld ms CPU)%s%s\n", fine ? "ok  " : "FAIL", path,
	       err_name(answer.err.code), (long long)answer.wall_ns / 1000000,
	       (long long)answer.cpu_ns / 1000000, fine ? "" : ": ", fine ? "" : answer.err.text);
	free(host.text);
	host.text = NULL;
	return fine;
}

int main(int argc, char **argv)
{
	char folder[4096], path[8192];
	struct dirent **names;
	int failed = 0, ran = 0;
	int64_t slowest_ns = 0;

	for (int i = 1; i < argc; i++, ran++)
		failed += !check(argv[i], &slowest_ns);
	int n = argc > 1 ? 0
			 : scandir(host_path(folder, sizeof folder, "tests/lua/attacks"), &names,
				   host_filter, alphasort);

	for (int i = 0; i < n; i++, ran++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		failed += !check(path, &slowest_ns);
		free(names[i]);
	}
	if (n > 0)
		free(names);
	printf("%d scripts, %d failed; slowest stop %lld ms of CPU after the limit\n", ran, failed,
	       (long long)slowest_ns / 1000000);
	return failed > 0 || ran == 0;
}
