/* What a person at the screen waits for, and what the screen takes from a race: the real program on
 * a terminal of 80x24. Not a test: prints figures; 77 when it cannot run.
 *
 * tests/bench/latency
 * SPDX-License-Identifier: MIT */
#include "wait.h"

#include <time.h>

#include "base/text.h"

#define STARTS 20
#define KEYS 48 /* half of them open help, half close it */
#define SHARE_S 12
#define FRAME_TARGET_MS 50
#define KEY_TARGET_MS 30
#define SHARE_TARGET 0.01

/* A race on a terminal, and the records that it writes meanwhile. */
typedef struct Race {
	Pty pty;
	char path[64];
	FILE *records;
} Race;

static char script[4096];

static void tell(const char *what, double *ms, size_t n, double target_ms)
{
	double median = tell_waits(what, ms, n);
	if (target_ms > 0)
		printf("  target %2.0f ms  %s", target_ms, median <= target_ms ? "ok" : "MISS");
	printf("\n");
	fflush(stdout);
}

/* --- exec to first frame -------------------------------------------------------------------------
 */

static void measure_starts(void)
{
	const char *argv[] = { "wattle", "lesson", NULL };
	double frame_ms[STARTS], list_ms[STARTS];
	for (int i = 0; i < STARTS; i++) {
		Pty pty;
		int64_t start_ns = clock_now_ns();
		pty_open(&pty, 80, 24, run_program, argv);
		await(&pty, "q quit", true); /* the footer is drawn last */
		frame_ms[i] = ms_since(start_ns);
		await(&pty, "int8", true); /* a title */
		list_ms[i] = ms_since(start_ns);
		end(&pty);
	}
	tell("exec to first frame", frame_ms, STARTS, FRAME_TARGET_MS);
	tell("exec to the list of lessons", list_ms, STARTS, 0);
}

/* --- a race ------------------------------------------------------------------------------------ */

static void race_open(Race *race, const char *epochs)
{
	const char *argv[] = { "wattle", "run",   script,        "--threads", "2",        "--set",
			       epochs,   "--set", "fine_tune=1", "--out",     race->path, NULL };
	text_format(race->path, sizeof race->path, "/tmp/wattle-latency-%d.jsonl", (int)getpid());
	unlink(race->path);
	pty_open(&race->pty, 80, 24, run_program, argv);
	await(&race->pty, "q quit", true);
	race->records = fopen(race->path, "re");
	while (!race->records && pty_pump(&race->pty, -1))
		race->records = fopen(race->path, "re");
	assert_non_null(race->records);
}

/* True if a record of the type has come since the last call. */
static bool race_wrote(Race *race, const char *type)
{
	char wanted[64], *line = NULL;
	size_t room = 0;
	bool found = false;
	text_format(wanted, sizeof wanted, "\"type\":\"%s\"", type);
	clearerr(race->records);
	while (getline(&line, &room, race->records) > 0)
		found |= strstr(line, wanted) != NULL;
	free(line);
	return found;
}

static void race_await(Race *race, const char *type)
{
	while (!race_wrote(race, type))
		if (!pty_pump(&race->pty, -1))
			fail_msg("the race ended before a record '%s'; it said last: %.*s", type,
				 (int)race->pty.said_bytes, race->pty.said);
}

static void race_close(Race *race)
{
	end(&race->pty);
	fclose(race->records);
	unlink(race->path);
}

/* Help on, help off. Closing it takes the time in which an Esc could still be a sequence's begin. */
static void measure_keys(Race *race, const char *when)
{
	double open_ms[KEYS / 2], close_ms[KEYS / 2];
	char what[64];
	for (int i = 0; i < KEYS / 2; i++) {
		int64_t start_ns = clock_now_ns();
		pty_type(&race->pty, "?");
		await(&race->pty, "Help: ", true);
		open_ms[i] = ms_since(start_ns);
		start_ns = clock_now_ns();
		pty_type(&race->pty, "\033");
		await(&race->pty, "Help: ", false);
		close_ms[i] = ms_since(start_ns);
	}
	text_format(what, sizeof what, "? to help shown, %s", when);
	tell(what, open_ms, KEYS / 2, KEY_TARGET_MS);
	text_format(what, sizeof what, "Esc to help gone, %s", when);
	tell(what, close_ms, KEYS / 2, KEY_TARGET_MS);
}

static double cpu_s(clockid_t clock)
{
	struct timespec used;
	assert_int_equal(clock_gettime(clock, &used), 0);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* The screen's process alone: it leads the terminal's foreground group. */
static void measure_share(Race *race)
{
	clockid_t clock;
	assert_int_equal(clock_getcpuclockid(tcgetpgrp(race->pty.master), &clock), 0);
	int64_t start_ns = clock_now_ns();
	double before_s = cpu_s(clock), span_s = 0, share;
	int windows = 0;
	while (span_s < SHARE_S) {
		assert_true(pty_pump(&race->pty, -1));
		windows += race_wrote(race, "window");
		span_s = ms_since(start_ns) / 1e3;
	}
	share = (cpu_s(clock) - before_s) / span_s;
	printf("%-44s %.2f %% of a core over %.1f s, %d windows  target %.0f %%  %s\n",
	       "the screen's process while windows run", 100 * share, span_s, windows,
	       100 * SHARE_TARGET, share <= SHARE_TARGET ? "ok" : "MISS");
	fflush(stdout);
}

static void measure_race(void)
{
	Race race;
	race_open(&race, "epochs=1000");
	race_await(&race, "epoch");
	measure_keys(&race, "in training");
	race_close(&race);
	race_open(&race, "epochs=1");
	race_await(&race, "window");
	measure_share(&race);
	measure_keys(&race, "in windows");
	race_close(&race);
}

int main(void)
{
	const char *build = getenv("top_builddir"), *source = getenv("top_srcdir");
	text_format(program, sizeof program, "%s/wattle", build ? build : ".");
	text_format(script, sizeof script, "%s/scripts/race.lua", source ? source : ".");
	if (access(program, X_OK) != 0 || access(script, R_OK) != 0) {
		fprintf(stderr, "no %s, or no %s\n", program, script);
		return 77;
	}
	measure_starts();
	measure_race();
	return 0;
}
