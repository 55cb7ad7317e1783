/* A program that is an arm: its environment, its lines, its end.
 * SPDX-License-Identifier: MIT */
#include "app/program/command_arm.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/program/command_arm_inside.h"
#include "app/program/command_environment.h"
#include "app/energy/energy_span.h"
#include "app/program/program.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/status.h"
#include "base/text.h"

#define LOG_BYTES_MAX 65536u /* of notices and of standard error, each trial */
#define LOG_LINE_MAX 4096u
#define READ_BYTES 65536

/* Lines from a pipe. */
typedef struct Lines {
	int fd; /* −1: ended */
	char *bytes;
	size_t len, cap;
} Lines;

typedef struct Running {
	Session *session;
	const CommandTrial *trial;
	const char *name; /* of the arm */
	Program program;
	int poll; /* an epoll of the two pipes and the pidfd */
	Lines out, error;
	CommandResult result;
	uint32_t next_edge;
	size_t logged;
	uint64_t own_bytes; /* of memory, when it was forked: what ru_maxrss cannot tell apart */
	bool bytes;         /* it printed what is no text; told once */
	size_t begun_read, reads; /* which read of standard output brought the begin */
	char last_words[200];     /* on standard error */
} Running;

/* --- records ---------------------------------------------------------------------------------- */

static bool put(Running *run, json_t *record, Err *err)
{
	Session *session = run->session;
	bool ok = record ? session->take(session->user, record, err)
			 : err_set(err, ERR_MEMORY, "writing a record");
	json_decref(record);
	return ok;
}

static bool put_log(Running *run, const char *text, size_t len, Err *err)
{
	char line[LOG_LINE_MAX + 128];
	json_t *record = record_new("log", run->session->origin_ns);
	bool last = run->logged + len > LOG_BYTES_MAX;
	size_t used;

	if (last)
		used = text_format(line, sizeof line, "%s: what else it prints is not shown",
				   run->name);
	else
		used = text_format(line, sizeof line, "%s: ", run->name);
	if (!last)
		text_clean(line + used, sizeof line - used, text, len);
	run->logged = last ? SIZE_MAX / 2 : run->logged + len + 1;
	json_object_set_new(record, "arm", json_string(run->name));
	json_object_set_new(record, "text", json_string(line));
	return put(run, record, err);
}

static bool is_text(const char *bytes, size_t len)
{
	uint32_t code;

	for (size_t used; len > 0; bytes += used, len -= used) {
		used = text_decode(bytes, len, &code);
		if (code == 0 || (code == 0xfffd && used == 1))
			return false;
	}
	return true;
}

/* What a person may want to read; bounded, and told when it is cut. */
static bool note_line(Running *run, const char *text, size_t len, Err *err)
{
	static const char bytes[] = "it prints what is no text, which is not shown";
	size_t cut = len < LOG_LINE_MAX ? len : LOG_LINE_MAX;

	if (len == 0 || run->logged > LOG_BYTES_MAX)
		return true;
	if (is_text(text, len))
		return put_log(run, text, cut, err);
	if (run->bytes)
		return true;
	run->bytes = true;
	return put_log(run, bytes, sizeof bytes - 1, err);
}

/* --- marks ------------------------------------------------------------------------------------ */

static int counter_index(const Counters *counters, const char *name)
{
	for (int i = 0; i < counters->count; i++)
		if (strcmp(counters->counter[i].name, name) == 0 && counters->counter[i].fd >= 0)
			return i;
	return -1;
}

static double cpu_now(const Running *run, const CounterSample *sample)
{
	int clock = counter_index(&run->result.counters, "task_clock_ns");

	if (clock >= 0 && isfinite(sample->value[clock]))
		return sample->value[clock] / CLOCK_NS_PER_S;
	return command_group_cpu(run->program.pid);
}

static bool mark_edge(Running *run, CommandMark *mark, Err *err)
{
	return edge_ask(run->session->edge_fd, run->next_edge++, ENERGY_EDGE_MS, &mark->edge, err);
}

static void mark_counters(Running *run, CommandMark *mark)
{
	counters_read(&run->result.counters, &mark->counters);
	mark->cpu_s = cpu_now(run, &mark->counters);
	mark->counters.cpu_ns = (int64_t)(mark->cpu_s * CLOCK_NS_PER_S);
}

/* The meter is asked furthest from the work, the clock is read nearest to it. */
static bool mark_begin(Running *run, Err *err)
{
	CommandMark *mark = &run->result.begin;

	if (!mark_edge(run, mark, err))
		return false;
	mark_counters(run, mark);
	mark->at_ns = clock_now_ns();
	return true;
}

static bool mark_end(Running *run, int64_t at_ns, Err *err)
{
	CommandMark *mark = &run->result.end;

	mark->at_ns = at_ns;
	mark_counters(run, mark);
	return mark_edge(run, mark, err);
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool take_out(Running *run, const char *line, size_t len, Err *err)
{
	int64_t now_ns = clock_now_ns();
	ProgramLine kind;

	if (len && line[len - 1] == '\r')
		len--;
	if (!program_report_take(&run->result.report, line, len, &kind, err))
		return false;
	switch (kind) {
	case PROGRAM_BEGIN:
		run->begun_read = run->reads;
		return mark_begin(run, err);
	case PROGRAM_END:
		if (run->begun_read == run->reads)
			return err_set(err, ERR_SCRIPT,
				       "the begin and the end of its measured region came at once: "
				       "flush standard output behind each line, as in print(…, "
				       "flush=True), and measure more than a moment");
		return mark_end(run, now_ns, err);
	case PROGRAM_NOTICE:
		return note_line(run, line, len, err);
	default:
		return true;
	}
}

static bool take_error(Running *run, const char *line, size_t len, Err *err)
{
	size_t cut = len < LOG_LINE_MAX ? len : LOG_LINE_MAX;

	if (cut)
		text_clean(run->last_words, sizeof run->last_words, line, cut);
	return note_line(run, line, len, err);
}

typedef bool (*TakeLine)(Running *, const char *, size_t, Err *);

/* Gives away the whole lines that there are; all: the rest too. */
static bool give_lines(Running *run, Lines *lines, TakeLine take, bool all, Err *err)
{
	size_t from = 0;
	const char *end;

	while ((end = memchr(lines->bytes + from, '\n', lines->len - from))) {
		size_t len = (size_t)(end - (lines->bytes + from));
		if (!take(run, lines->bytes + from, len, err))
			return false;
		from += len + 1;
	}
	bool too_long = lines->len - from > PROGRAM_LINE_MAX;
	if ((too_long || (all && lines->len > from)) &&
	    !take(run, lines->bytes + from, lines->len - from, err))
		return false;
	if (too_long || all)
		from = lines->len;
	memmove(lines->bytes, lines->bytes + from, lines->len - from);
	lines->len -= from;
	return true;
}

/* What can be read now. */
static bool read_lines(Running *run, Lines *lines, TakeLine take, Err *err)
{
	ssize_t got;

	while (lines->fd >= 0) {
		if (lines->cap - lines->len < READ_BYTES) {
			char *more = realloc(lines->bytes, lines->cap + 2 * READ_BYTES);
			if (!more)
				return err_set(err, ERR_MEMORY, "reading what it prints");
			lines->bytes = more;
			lines->cap += 2 * READ_BYTES;
		}
		got = read(lines->fd, lines->bytes + lines->len, READ_BYTES);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return true;
		run->reads++;
		if (got <= 0) {
			close(lines->fd); /* which takes it out of the epoll */
			lines->fd = -1;
			return !lines->bytes || give_lines(run, lines, take, true, err);
		}
		lines->len += (size_t)got;
		if (!give_lines(run, lines, take, false, err))
			return false;
	}
	return true;
}

static bool read_all(Running *run, Err *err)
{
	return read_lines(run, &run->out, take_out, err) &&
	       read_lines(run, &run->error, take_error, err);
}

/* --- its end ---------------------------------------------------------------------------------- */

static bool has_ended(const Running *run)
{
	struct pollfd ended = { .fd = run->program.pidfd, .events = POLLIN };

	return poll(&ended, 1, 0) > 0;
}

static void signal_group(const Running *run, int signal)
{
	kill(-run->program.pid, signal);
	kill(run->program.pid, signal);
}

/* SIGTERM, then, after SESSION_GRACE_NS or a second signal to us, SIGKILL. */
static void end_program(Running *run)
{
	Session *session = run->session;
	int64_t until_ns = clock_now_ns() + SESSION_GRACE_NS;
	int heard = session->interrupts;
	Err ignored;

	signal_group(run, SIGTERM);
	while (!has_ended(run) && clock_now_ns() < until_ns && session->interrupts == heard)
		if (!session_watch(session, run->program.pidfd, until_ns, &ignored))
			break;
}

/* What is left of its group goes with it. */
static int reap(Running *run)
{
	struct rusage usage;
	int status;

	signal_group(run, SIGKILL);
	status = program_reap(&run->program, &usage);
	if ((uint64_t)usage.ru_maxrss * 1024 > run->own_bytes)
		run->result.peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
	if (!run->result.report.begun) { /* what the kernel knows of the whole */
		CommandMark *end = &run->result.end;
		end->cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			     (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
		end->counters.cpu_ns = (int64_t)(end->cpu_s * CLOCK_NS_PER_S);
		end->counters.faults = usage.ru_minflt + usage.ru_majflt;
		end->counters.switches = usage.ru_nvcsw + usage.ru_nivcsw;
	}
	return status;
}

static bool judge_status(const Running *run, int status, Err *err)
{
	const char *words = run->last_words;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (WIFSIGNALED(status))
		return err_set(err, ERR_SCRIPT, "it was killed by signal %d (%s)%s%s",
			       WTERMSIG(status), strsignal(WTERMSIG(status)),
			       *words ? "; it last said: " : "", words);
	return err_set(err, ERR_SCRIPT, "it exited with status %d%s%s; it must exit with 0",
		       WEXITSTATUS(status), *words ? ", saying: " : "", words);
}

/* --- one run ---------------------------------------------------------------------------------- */

static bool watch_fd(int poll_fd, int fd, Err *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ||
	       err_set(err, ERR_LIMIT, "epoll_ctl: %s", strerror(errno));
}

/* The two pipes; the writing ends go to the program. */
static bool open_pipes(Running *run, int ends[2], Err *err)
{
	int out[2], error[2];

	if (pipe2(out, O_CLOEXEC) != 0)
		return err_set(err, ERR_LIMIT, "pipe: %s", strerror(errno));
	run->out.fd = out[0];
	ends[0] = out[1];
	if (pipe2(error, O_CLOEXEC) != 0)
		return err_set(err, ERR_LIMIT, "pipe: %s", strerror(errno));
	run->error.fd = error[0];
	ends[1] = error[1];
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(error[0], F_SETFL, O_NONBLOCK);
	return true;
}

static bool start(Running *run, Err *err)
{
	int ends[2] = { -1, -1 }, status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char *argv[PLAN_WORDS_MAX + 1];
	PlanCommand command = run->trial->plan->command[run->trial->job->arm];
	char **environment = command_environment(run->trial, err);

	run->own_bytes = status_bytes(status, "VmHWM:");
	if (status >= 0)
		close(status);
	plan_command_argv(&command, argv);
	bool ok = environment && open_pipes(run, ends, err);
	const ProgramStart how = { .argv = argv,
				   .environment = environment,
				   .signals = &run->session->before,
				   .apart = true,
				   .out = ends[0],
				   .error = ends[1] };
	ok = ok && program_start(&run->program, &how, err);
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	command_environment_free(environment);
	if (!ok)
		return false;
	program_counters(&run->result.counters, &run->program);
	return watch_fd(run->poll, run->program.pidfd, err) &&
	       watch_fd(run->poll, run->out.fd, err) && watch_fd(run->poll, run->error.fd, err);
}

/* Until when it may run: its own limit or the session's. */
static bool in_time(const Running *run, int64_t limit_ns, Err *err)
{
	const Session *session = run->session;
	int64_t now_ns = clock_now_ns();

	if (session->deadline_ns && now_ns >= session->deadline_ns)
		return err_set(err, ERR_LIMIT, "time limit reached while it ran");
	return now_ns < limit_ns ||
	       err_set(err, ERR_LIMIT,
		       "it ran for more than %g s and was ended; give its arm a larger limit, or "
		       "see why it hangs",
		       run->trial->plan->command[run->trial->job->arm].limit_s);
}

/* From "go" to its exit, or to what ends it: a signal, the time, or what it says. */
static bool follow(Running *run, Err *err)
{
	Session *session = run->session;
	double limit_s = run->trial->plan->command[run->trial->job->arm].limit_s;
	int64_t limit_ns, until_ns;

	if (!mark_begin(run, err))
		return false;
	limit_ns = run->result.begin.at_ns + (int64_t)(limit_s * CLOCK_NS_PER_S);
	until_ns = session->deadline_ns && session->deadline_ns < limit_ns ? session->deadline_ns
									   : limit_ns;
	program_go(&run->program);
	while (!session_interrupted(session)) {
		if (!session_watch(session, run->poll, until_ns, err))
			return false;
		int64_t now_ns = clock_now_ns();
		bool ended = has_ended(run);
		if (ended && !run->result.report.begun && !mark_end(run, now_ns, err))
			return false;
		if (!read_all(run, err))
			return false;
		if (ended)
			return true;
		if (!in_time(run, limit_ns, err))
			return false;
	}
	return true;
}

static bool needs_accuracy(const Plan *plan)
{
	for (size_t i = 0; i < plan->primaries; i++)
		if (plan->primary[i] == METRIC_ACCURACY)
			return true;
	return false;
}

/* With the program started: follows it, ends what is left of it and judges. */
static bool run_to_end(Running *run, Err *err)
{
	const Plan *plan = run->trial->plan;
	bool ok = follow(run, err);
	Err why;

	if (!has_ended(run))
		end_program(run);
	int status = reap(run);
	program_counters_close(&run->result.counters);
	if (session_interrupted(run->session))
		return ok;
	/* That its exec failed tells more than its status. */
	if (!program_ran(&run->program, plan->command[run->trial->job->arm].text, &why)) {
		*err = why;
		return false;
	}
	return ok && judge_status(run, status, err) &&
	       program_report_whole(&run->result.report, needs_accuracy(plan), err);
}

static void close_all(Running *run)
{
	Lines *const lines[] = { &run->out, &run->error };

	for (int i = 0; i < 2; i++) {
		if (lines[i]->fd >= 0)
			close(lines[i]->fd);
		free(lines[i]->bytes);
	}
	if (run->poll >= 0)
		close(run->poll);
	program_done(&run->program);
	program_report_done(&run->result.report);
}

static bool run_once(Running *run, Err *err)
{
	Session *session = run->session;
	const CommandTrial *trial = run->trial;
	bool ok;

	if (!command_idle(session, trial, &run->next_edge, &run->result.before, err))
		return false;
	run->poll = epoll_create1(EPOLL_CLOEXEC);
	if (run->poll < 0)
		return err_set(err, ERR_LIMIT, "epoll_create1: %s", strerror(errno));
	ok = start(run, err);
	if (ok)
		ok = run_to_end(run, err);
	else if (run->program.pid > 0)
		reap(run);
	if (!ok || session_interrupted(session))
		return ok;
	return command_idle(session, trial, &run->next_edge, &run->result.after, err) &&
	       command_put(session, trial, &run->result, err);
}

bool command_trial(Session *session, const CommandTrial *trial, Err *err)
{
	const Job *job = trial->job;
	Running run = { .session = session,
			.trial = trial,
			.name = trial->plan->arm[job->arm],
			.program = { .pidfd = -1, .link = -1 },
			.poll = -1,
			.out = { .fd = -1 },
			.error = { .fd = -1 } };
	json_t *begin = record_new("arm-begin", session->origin_ns);
	bool ok;

	json_object_set_new(begin, "arm", json_string(run.name));
	if (trial->plan->factors)
		json_object_set_new(begin, "condition", json_integer((json_int_t)job->condition));
	ok = put(&run, begin, err);
	if (ok && !run_once(&run, err)) {
		if (job->block < 0)
			err_prefix(err, "arm '%s', warm-up", run.name);
		else
			err_prefix(err, "arm '%s', block %d", run.name, job->block + 1);
		ok = false;
	}
	close_all(&run);
	return ok;
}
