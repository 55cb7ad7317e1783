/* wattle energy -- COMMAND: joules, seconds and counters of another program, as perf stat tells its
 * counts.
 *
 * The child stops before exec; then come the first edge, its run, the last edge when it has ended,
 * and wait4. Its counters are opened on it while it waits, so that all its threads and children are
 * counted from exec on. COMMAND owns stdin, stdout and the terminal's signals.
 * SPDX-License-Identifier: MIT */
#include "app/energy/energy_command.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/energy/energy_line.h"
#include "app/energy/energy_span.h"
#include "app/program/program.h"
#include "app/energy/user_profile.h"
#include "base/clock.h"
#include "base/text.h"

#define IDLE_S 5

/* --- one run ---------------------------------------------------------------------------------- */

static bool line_edge(Line *line, EdgeReply *out, Err *err)
{
	return edge_ask(line->session.edge_fd, line->next_edge++, ENERGY_EDGE_MS, out, err);
}

/* Until the child has ended. What the terminal sends it hears itself; what ends us ends it. */
static bool line_wait(Line *line, const Program *child, Err *err)
{
	struct pollfd ended = { .fd = child->pidfd, .events = POLLIN };
	bool told = false;

	for (;;) {
		if (!session_watch(&line->session, child->pidfd, INT64_MAX, err))
			return false;
		if (poll(&ended, 1, 0) > 0)
			return true;
		if (line->session.terminated && !told) {
			told = true;
			kill(child->pid, line->session.terminated);
		}
	}
}

/* Priced by the model where nothing measures; never one in place of the other. */
static bool line_gross(const Line *line, const EdgeReply *begin, const EdgeReply *end, LineRun *run,
		       Err *err)
{
	joules_none(&run->gross);
	if (begin->headline >= 0) {
		edge_joules(begin, end, &run->gross);
		return true;
	}
	if (!line->model)
		return true;
	EnergyWork work;
	energy_work_init(&work);
	work.time_s = run->time_s;
	work.cpu_s = run->cpu_s;
	work.threads = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	work.profile = line->model == energy_source_find("profile") ? &line->profile : NULL;
	return line->model->model(&energy_os, &work, &run->gross, err);
}

static bool line_account(const Line *line, const EdgeReply *begin, const EdgeReply *end,
			 LineRun *run, Err *err)
{
	int head = begin->headline;
	int64_t busy_ns = end->machine.busy_ns - begin->machine.busy_ns;

	if (!line_gross(line, begin, end, run, err))
		return false;
	joules_none(&run->net);
	joules_none(&run->attributed);
	if (head >= 0 && isfinite(run->gross.value) && isfinite(line->idle.watts)) {
		int64_t span_ns = end->reading[head].t_ns - begin->reading[head].t_ns;
		joules_minus_idle(&run->gross, &line->idle, (double)span_ns / CLOCK_NS_PER_S,
				  &run->net);
		joules_attributed(&run->net, run->cpu_s, (double)busy_ns / CLOCK_NS_PER_S,
				  &run->attributed);
	}
	run->judged = edge_judged(&begin->machine, &end->machine);
	run->flags = edge_gates(&begin->machine, &end->machine, run->cpu_s) | run->gross.flags;
	return true;
}

static double seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

/* Reaps the child; what the kernel counted for it and its children. */
static void line_reap(const Line *line, Program *child, LineRun *run)
{
	const Counters *counters = &line->counters;
	CounterSample begin = { .cpu_ns = 0 }, end;
	struct rusage usage;
	int status = program_reap(child, &usage);

	run->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	run->cpu_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
	counters_read(counters, &end);
	end.cpu_ns = (int64_t)(run->cpu_s * CLOCK_NS_PER_S);
	end.faults = usage.ru_minflt + usage.ru_majflt;
	end.switches = usage.ru_nvcsw + usage.ru_nivcsw;
	run->counters = counters_window_json(counters, &begin, &end);
}

/* Between its two edges. An edge that fails spoils the figures; the child is waited for all the
 * same. */
static bool line_between(Line *line, Program *child, LineRun *run, Err *err)
{
	EdgeReply begin, end;
	int64_t begin_ns;
	bool ok;

	program_counters(&line->counters, child);
	ok = line_edge(line, &begin, err);
	begin_ns = clock_now_ns();
	program_go(child);
	ok = ok && line_wait(line, child, err);
	run->time_s = (double)(clock_now_ns() - begin_ns) / CLOCK_NS_PER_S;
	ok = ok && line_edge(line, &end, err);
	line_reap(line, child, run);
	program_counters_close(&line->counters);
	return program_ran(child, line->cli->line[0], err) && ok &&
	       line_account(line, &begin, &end, run, err);
}

static bool line_run(Line *line, LineRun *run, Err *err)
{
	Program child;
	const ProgramStart start = { .argv = line->cli->line, .signals = &line->session.before };
	bool ok = program_start(&child, &start, err);

	ok = ok && line_between(line, &child, run, err);
	program_done(&child);
	return ok;
}

/* --- all -------------------------------------------------------------------------------------- */

static bool take_record(void *user, const json_t *record, Err *err)
{
	(void)user;
	(void)record;
	(void)err;
	return true;
}

/* Idle power, where there is a sensor: a model has none, and nothing is waited for. */
static bool line_idle(Line *line, Err *err)
{
	const ParamValue *flag = params_get(&line->cli->flags, "idle");
	double seconds = flag->given ? flag->number : IDLE_S;
	IdleSpan span;
	EdgeReply edge;

	line->idle = (IdlePower){ .watts = NAN };
	if (!line_edge(line, &edge, err))
		return false;
	line->measures = edge.headline >= 0;
	if (!line->measures || seconds <= 0)
		return true;
	if (!params_get(&line->cli->common, "quiet")->flag && !line->json)
		text_printf(stderr, "wattle: idle power for %.3g s …\n", seconds);
	if (!energy_span(&line->session, &line->next_edge, seconds, &span, err))
		return false;
	idle_end(&span, &line->idle);
	return !session_interrupted(&line->session) ||
	       err_set(err, ERR_INTERRUPTED, "interrupted before %s began", line->cli->line[0]);
}

/* What prices COMMAND where nothing measures: a profile goes before what knows the processor only
 * by its name. */
static bool line_model(Line *line, const char *energy, Err *err)
{
	json_t *json;
	if (!user_profile_find(energy, params_get(&line->cli->flags, "profile")->text,
			       &line->profile, &json, err))
		return false;
	bool wanted = strcmp(energy, "auto") == 0 || strcmp(energy, "profile") == 0;
	line->model = json && wanted ? energy_source_find("profile")
				     : energy_model_find(&energy_os, energy);
	json_decref(json);
	return true;
}

static bool line_begin(Line *line, Err *err)
{
	const Params *flags = &line->cli->flags;
	const char *energy = params_get(flags, "energy")->text;
	char required[32];

	line->session.take = take_record;
	line->opened = true;
	if (!session_open(&line->session, line->cli->paths, energy, 0, err))
		return false;
	if (!line_model(line, energy, err))
		return false;
	if (*params_choice(flags, "require", required) &&
	    !session_require(&line->session, ENERGY_MEASURED, "--require measured", err))
		return false;
	return line_idle(line, err);
}

/* All runs; after an interrupt no other begins. */
static bool line_all(Line *line, Err *err)
{
	size_t wanted = (size_t)params_get(&line->cli->flags, "r")->integer;

	line->run = calloc(wanted, sizeof *line->run);
	if (!line->run)
		return err_set(err, ERR_MEMORY, "measuring %s", line->cli->line[0]);
	while (line->runs < wanted && !session_interrupted(&line->session)) {
		LineRun *run = &line->run[line->runs];
		bool ok = line_run(line, run, err);
		line->status = run->status;
		if (!ok) {
			json_decref(run->counters);
			return false;
		}
		line->runs++;
		if (!line_report_run(line, run, err))
			return false;
	}
	return line_report(line, err);
}

static bool line_output(Line *line, Err *err)
{
	const ParamValue *out = params_get(&line->cli->flags, "out");

	line->to = stderr;
	if (out->given && !(line->to = fopen(out->text, "wxe")))
		return err_set(err, ERR_FILE, "cannot create %s: %s", out->text, strerror(errno));
	if (!params_get(&line->cli->common, "json")->flag)
		return true;
	line->json = record_out_new(fileno(line->to), 0, err);
	return line->json != NULL;
}

static bool line_close(Line *line, Err *err)
{
	bool ok = true;

	if (line->opened)
		session_close(&line->session);
	for (size_t i = 0; i < line->runs; i++)
		json_decref(line->run[i].counters);
	free(line->run);
	record_out_free(line->json);
	footprint_close(&line->footprint);
	if (line->to && line->to != stderr && fclose(line->to) != 0)
		ok = err_set(err, ERR_FILE, "cannot write %s: %s",
			     params_get(&line->cli->flags, "out")->text, strerror(errno));
	return ok;
}

int energy_line(const Cli *cli, Err *err)
{
	Line line = { .cli = cli };
	Err late = { .code = ERR_NONE };
	bool ok;

	if (!cli->line[0] || cli->operands) {
		err_set(err, ERR_USAGE, "usage: wattle energy [flags] -- COMMAND [ARGUMENT …]");
		return err_exit_status(err->code);
	}
	ok = footprint_open(&line.footprint, cli, err) && line_output(&line, err) &&
	     line_begin(&line, err) && line_all(&line, err);
	if (!line_close(&line, &late) && ok) {
		*err = late;
		ok = false;
	}
	if (ok || line.status)
		return line.status;
	if (line.session.terminated)
		return 128 + line.session.terminated;
	return err_exit_status(err->code);
}
