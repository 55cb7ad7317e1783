/* What a person waits for while a lesson's script will not end: keys, the stop, and the kill of a
 * worker that hears nothing; the real program on a terminal of 80x24. Not a test, as the clock
 * decides: prints figures, and ends with 1 when one is over its bound; 77 when it cannot run.
 *
 * tests/bench/stop
 * SPDX-License-Identifier: MIT */
#include "wait.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "base/text.h"
#include "folder.h"

#define ROUNDS 10
#define KEYS 4 /* a round */
#define KILLS 3
/* What the design promises of a bad script. */
#define KEY_BOUND_MS 100
#define STOP_BOUND_MS 250
#define KILL_BOUND_MS 1000

static bool tell(const char *what, double *ms, size_t n, double bound_ms)
{
	tell_waits(what, ms, n);
	bool fine = ms[n - 1] <= bound_ms;
	printf("  bound %4.0f ms  %s\n", bound_ms, fine ? "ok" : "MISS");
	fflush(stdout);
	return fine;
}

/* The parent of a process, and whether that is a worker; 0: it has gone. */
static pid_t parent_of(pid_t pid, bool *worker)
{
	char path[64], line[512] = "";
	int parent = 0;
	text_format(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	if (file && fgets(line, sizeof line, file) && strrchr(line, ')'))
		sscanf(strrchr(line, ')') + 1, " %*c %d", &parent);
	if (file)
		fclose(file);
	*worker = strstr(line, "(wattle-worker)") != NULL;
	return parent;
}

/* The program's own: a child of the process that it guards. */
static pid_t find_worker(const Pty *pty)
{
	DIR *folder = opendir("/proc");
	pid_t found = 0;
	bool worker, other;
	assert_non_null(folder);
	for (struct dirent *entry; !found && (entry = readdir(folder));) {
		pid_t pid = (pid_t)atoi(entry->d_name);
		pid_t parent = pid > 0 ? parent_of(pid, &worker) : 0;
		if (parent > 0 && worker &&
		    (parent == pty->pid || parent_of(parent, &other) == pty->pid))
			found = pid;
	}
	closedir(folder);
	assert_true(found > 0);
	return found;
}

static bool measure_stops(Pty *pty)
{
	double key_ms[ROUNDS * KEYS], stop_ms[ROUNDS];
	for (int i = 0; i < ROUNDS; i++) {
		pty_type(pty, "r");
		await(pty, "s stops.", true);
		for (int k = 0; k < KEYS; k++) {
			int64_t start_ns = clock_now_ns();
			pty_type(pty, "?");
			await(pty, "Help: ", true);
			key_ms[i * KEYS + k] = ms_since(start_ns);
			pty_type(pty, "\033");
			await(pty, "Help: ", false);
		}
		int64_t start_ns = clock_now_ns();
		pty_type(pty, "s");
		await(pty, "stopped (in the script)", true);
		stop_ms[i] = ms_since(start_ns);
	}
	bool fine = tell("a key, while the script loops", key_ms, ROUNDS * KEYS, KEY_BOUND_MS);
	return tell("s, to the run stopped", stop_ms, ROUNDS, STOP_BOUND_MS) && fine;
}

/* From the second Ctrl-C on, with a worker that does not run at all. */
static bool measure_kills(Pty *pty)
{
	double kill_ms[KILLS];
	for (int i = 0; i < KILLS; i++) {
		pty_type(pty, "r");
		await(pty, "s stops.", true);
		pid_t worker = find_worker(pty);
		assert_int_equal(kill(worker, SIGSTOP), 0);
		pty_type(pty, "\003");
		int64_t start_ns = clock_now_ns();
		pty_type(pty, "\003");
		while (kill(worker, 0) == 0)
			poll(NULL, 0, 1);
		assert_int_equal(errno, ESRCH);
		kill_ms[i] = ms_since(start_ns);
		await(pty, "all else is back", true);
	}
	return tell("a worker that hangs, to its end", kill_ms, KILLS, KILL_BOUND_MS);
}

int main(void)
{
	const char *build = getenv("top_builddir"), *source = getenv("top_srcdir");
	const char *argv[] = { "wattle", "lesson", "attack.01", "--energy", "none", NULL };
	char lessons[4096];
	Pty pty;
	text_format(program, sizeof program, "%s/wattle", build ? build : ".");
	text_format(lessons, sizeof lessons, "%s/tests/bench/endless", source ? source : ".");
	if (access(program, X_OK) != 0 || access(lessons, R_OK) != 0) {
		fprintf(stderr, "no %s, or no %s\n", program, lessons);
		return 77;
	}
	char *home = folder_new();
	setenv("WATTLE_PATH", lessons, 1);
	setenv("XDG_STATE_HOME", home, 1);
	pty_open(&pty, 80, 24, run_program, argv);
	await(&pty, "A run follows", true);
	pty_type(&pty, "n");
	await(&pty, "r starts", true);
	bool fine = measure_stops(&pty);
	fine = measure_kills(&pty) && fine;
	end(&pty);
	folder_done(home);
	return !fine;
}
