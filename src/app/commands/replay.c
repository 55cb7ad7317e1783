/* wattle replay FILE: plays the records of a run back, at any speed, as the run was.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/screen/on_screen.h"
#include "app/run/output.h"
#include "app/runs/run_store.h"
#include "app/screen/screen.h"
#include "base/record.h"
#include "lab/results.h"
#include "lab/verdict.h"

/* No pause between two records is longer than this, whatever the run did meanwhile. */
#define REPLAY_PAUSE_MAX_S 5.0

static const Param replay_params[] = {
	{ .name = "speed",
	  .type = PARAM_NUMBER,
	  .value = "1",
	  .minimum = 0.01,
	  .maximum = 1e9,
	  .help = "Times as fast as the run was." },
	{ 0 },
};

typedef struct Replay {
	const Cli *cli;
	Screen *screen;  /* NULL: text */
	RecordOut *json; /* NULL: no */
	Results *results;
	int64_t last_ns; /* t_ns of the record before */
	int status;      /* of the run that is played */
	bool ended;      /* a run-end came, or it is a lesson, which has none */
	Request asked;
} Replay;

/* Waits as long as the run did between the record before and this one. False when the user ends it.
 */
static bool pace(Replay *replay, const json_t *record)
{
	int64_t t_ns = json_integer_value(json_object_get(record, "t_ns"));
	double wait_s = (double)(t_ns - replay->last_ns) / 1e9 /
			params_get(&replay->cli->flags, "speed")->number;
	if (t_ns > replay->last_ns)
		replay->last_ns = t_ns;
	int wait_ms = (int)(1000 * fmax(0, fmin(wait_s, REPLAY_PAUSE_MAX_S)));
	if (replay->screen)
		replay->asked = screen_wait(replay->screen, wait_ms);
	else if (wait_ms && !replay->json)
		poll(NULL, 0, wait_ms);
	return replay->asked.kind != REQUEST_QUIT;
}

static bool show(Replay *replay, const json_t *record, Err *err)
{
	const json_t *exit = json_object_get(record, "exit");
	const char *type = json_string_value(json_object_get(record, "type"));
	replay->ended |= json_is_integer(exit) || strcmp(type, "lesson") == 0;
	if (json_is_integer(exit))
		replay->status = (int)json_integer_value(exit);
	if (replay->screen)
		screen_take(replay->screen, record);
	else if (!replay->json && !params_get(&replay->cli->common, "quiet")->flag)
		output_progress(stderr, record);
	return results_take(replay->results, record, err) && output_json(replay->json, record, err);
}

/* False at the end too, without an error: when the user leaves. */
static bool play_one(void *user, const json_t *record, Err *err)
{
	Replay *replay = user;
	err->code = ERR_NONE;
	return pace(replay, record) && show(replay, record, err);
}

static bool play_file(Replay *replay, RecordIn *in, Err *err)
{
	for (;;) {
		json_t *record;
		switch (record_in_next(in, &record, err)) {
		case RECORD_GOT:
			break;
		case RECORD_BAD:
			return err_prefix(err, "%s", replay->cli->operand[0]);
		default:
			return true;
		}
		bool go_on = play_one(replay, record, err);
		json_decref(record);
		if (!go_on)
			return err->code == ERR_NONE;
	}
}

/* Records that were cut off are shown as far as they go, and said to be cut off. */
static bool check_end(Replay *replay, Err *err)
{
	Err ignored;
	if (replay->ended || replay->asked.kind == REQUEST_QUIT)
		return true;
	err_set(err, ERR_FORMAT, "%s: the records end before the run does",
		replay->cli->operand[0]);
	json_t *record = record_new("run-end", 0);
	json_object_set_new(record, "exit", json_integer(err_exit_status(err->code)));
	json_object_set_new(record, "why", json_string(err->text));
	if (replay->screen)
		screen_take(replay->screen, record);
	else
		results_take(replay->results, record, &ignored);
	json_decref(record);
	return false;
}

static bool open_and_play(Replay *replay, const char *path, Err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, ERR_FILE, "cannot open %s: %s", path, strerror(errno));
	RecordIn *in = record_in_new(fd, err);
	bool played = in && play_file(replay, in, err);
	record_in_free(in);
	close(fd);
	return played;
}

static bool find_and_play(Replay *replay, const char *meant, Err *err)
{
	char id[STORE_ID_MAX];
	Store *store = run_store_read(err);
	bool played = store && store_find(store, meant, id, err);
	if (played)
		played = store_records(store, id, play_one, replay, err) || err->code == ERR_NONE;
	store_close(store);
	return played;
}

/* What is no file is a run of the store. */
static bool play(Replay *replay, Err *err)
{
	const char *what = replay->cli->operand[0];
	if (access(what, F_OK) == 0 || strpbrk(what, "/."))
		return open_and_play(replay, what, err);
	if (find_and_play(replay, what, err))
		return true;
	if (err->code == ERR_NEED || err->code == ERR_ARGUMENT)
		err_prefix(err, "there is no file %s", what);
	/* The wrong name of a run was typed here, in no script. */
	if (err->code == ERR_ARGUMENT)
		err->code = ERR_USAGE;
	return false;
}

static int replay_with(const Cli *cli, Replay *replay, Err *err)
{
	replay->cli = cli;
	replay->results = results_new(err);
	bool played = replay->results && play(replay, err);
	bool ok = played && check_end(replay, err);
	if (played && replay->screen && replay->asked.kind != REQUEST_QUIT)
		while (screen_wait(replay->screen, -1).kind != REQUEST_QUIT)
			;
	if (played && !replay->screen && !replay->json)
		output_summary(stdout, replay->results);
	results_free(replay->results);
	return ok ? replay->status : err_exit_status(err->code);
}

static int replay_screen(const Cli *cli, Screen *screen, Err *err)
{
	Replay replay = { .screen = screen };
	return replay_with(cli, &replay, err);
}

static int replay_run(const Cli *cli, Err *err)
{
	Replay replay = { .screen = NULL };
	if (cli_wants_screen(cli))
		return cli_on_screen(cli, "lab", replay_screen);
	if (params_get(&cli->common, "json")->flag &&
	    !(replay.json = record_out_new(STDOUT_FILENO, 0, err)))
		return err_exit_status(err->code);
	int status = replay_with(cli, &replay, err);
	record_out_free(replay.json);
	return status;
}

const Command command_replay = {
	.info = { .name = "replay",
		  .title = "Replay",
		  .about = "Play the records of a run back, at any speed.",
		  .params = replay_params },
	.synopsis = "RUN | FILE",
	.operands_min = 1,
	.operands_max = 1,
	.run = replay_run,
};
