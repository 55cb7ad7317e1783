/* wattle compare: commands, scripts or model files beside one another, in the same randomised
 * blocks; or one of them against itself.
 *
 * What is to be compared becomes an experiment script, which runs as any other does.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/run/compare_command.h"
#include "app/runs/compare_runs.h"
#include "app/flags.h"
#include "app/run/run_line.h"
#include "app/runs/run_store.h"
#include "base/file.h"
#include "base/text.h"

#define SCRIPT_BYTES_MAX (1u << 20) /* of all parts together, as script/script.h has it */

static const Param compare_params[] = {
	{ .name = "command",
	  .type = PARAM_PAIRS,
	  .unit = "NAME=COMMAND",
	  .help = "A program as an arm: NAME=COMMAND, run by the shell; once for each arm." },
	{ .name = "aa",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Compare one script, model or command with itself: 1 when a difference is "
		  "claimed." },
	{ .name = "on",
	  .type = PARAM_TEXT,
	  .unit = "DATASET",
	  .help = "Models: the dataset whose test rows they predict." },
	{ .name = "versus",
	  .type = PARAM_TEXT,
	  .unit = "ARM",
	  .help = "The baseline, instead of the first arm." },
	{ .name = "blocks",
	  .type = PARAM_TEXT,
	  .unit = "MIN:MAX",
	  .help = "Fewest and most blocks (10:30), or one number." },
	{ .name = "window",
	  .type = PARAM_TIME,
	  .minimum = 1e-3,
	  .maximum = 86400,
	  .help = "Length of a measurement; a program that marks no region is one run of it." },
	{ .name = "margin",
	  .type = PARAM_NUMBER,
	  .minimum = 1e-4,
	  .maximum = 1000,
	  .unit = "percent",
	  .help = "Time and energy within so many percent are the same (2 and 4)." },
	{ .name = "margin-pt",
	  .type = PARAM_NUMBER,
	  .minimum = 1e-4,
	  .maximum = 100,
	  .unit = "points",
	  .help = "Accuracy within so many points is kept (1)." },
	{ .name = "primary",
	  .type = PARAM_TEXT,
	  .unit = "METRICS",
	  .help = "Metrics with a verdict, with commas: time, energy, accuracy, bytes, macs." },
	{ .name = "format",
	  .type = PARAM_CHOICE,
	  .value = "text",
	  .choices = "text|json|csv|md|latex",
	  .help = "Stored runs: how the table is written." },
	{ .name = "pareto",
	  .type = PARAM_TEXT,
	  .unit = "X,Y",
	  .help = "Stored runs: the two metrics of the front (accuracy,energy)." },
	{ .name = "limit",
	  .type = PARAM_TIME,
	  .minimum = 0.01,
	  .maximum = 1e7,
	  .help = "Commands: a run that takes longer is an error (1h)." },
	FLAG_SEED(.help = "First seed."),
	{ .name = "set",
	  .type = PARAM_PAIRS,
	  .help = "Change a parameter that every script has, or design.KEY; may be repeated." },
	FLAG_KERNEL(.help = "Kernels, as for wattle run."),
	FLAG_THREADS(.help = "Threads of the engine; programs are told in WATTLE_THREADS."),
	FLAG_BATCH(.help = "Rows of a batch, instead of the script's."),
	FLAG_ENERGY(.help = "auto, none, or a source of wattle list sources."),
	FLAG_REQUIRE,
	FLAG_TIME_LIMIT(.help = "End the run after this time."),
	FLAG_MAX_MEMORY(.help = "Memory of a worker."),
	FLAG_OUT(.help = "Write the records to a file, too."),
	FLAG_REPORT(.help = "Write a page about the comparison, with its figures, into this "
			    "folder."),
	{ .name = "plan",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Print what would run, block by block, and run nothing." },
	{ .name = "resume",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Go on with the same comparison that was broken off." },
	{ .name = "trust",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Let the scripts, as they are now, start the programs that are their arms." },
	FLAG_NO_STORE,
	{ 0 },
};

/* What is compared. */
typedef enum Kind { KIND_COMMAND, KIND_SCRIPT, KIND_MODEL, KIND_RUN } Kind;

static const char *const kind_names[] = {
	[KIND_COMMAND] = "command",
	[KIND_SCRIPT] = "script",
	[KIND_MODEL] = "model file",
	[KIND_RUN] = "stored run",
};

typedef struct Compare {
	const Cli *cli;
	Kind kind;
	CompareAsk ask;
	size_t count;
	ComparePart part[PLAN_ARMS_MAX];
	GivenFile file[PLAN_ARMS_MAX];
	char name[PLAN_ARMS_MAX][PLAN_NAME_MAX]; /* of model files, as arms */
	RunText text;
	char of[512]; /* the scripts' names */
	char *owned;  /* the text */
} Compare;

/* --- what the command line asks --------------------------------------------------------------- */

static bool read_primary(const Cli *cli, CompareAsk *ask, Err *err)
{
	const ParamValue *flag = params_get(&cli->flags, "primary");
	char list[PARAM_TEXT_MAX], *rest = list;

	if (!flag->given)
		return true;
	text_format(list, sizeof list, "%s", flag->text);
	for (char *word; (word = strsep(&rest, ",")) != NULL;) {
		bool found;
		Metric metric = metric_find(word, &found);
		if (!found || ask->primaries == METRIC_COUNT)
			return err_set(err, ERR_USAGE,
				       "--primary %.60s: '%.20s' is no metric, or one too many; "
				       "there are time, energy, accuracy, bytes, macs",
				       flag->text, word);
		ask->primary[ask->primaries++] = metric;
	}
	return true;
}

static bool read_ask(Compare *self, Err *err)
{
	const Params *flags = &self->cli->flags;
	CompareAsk *ask = &self->ask;
	const ParamValue *versus = params_get(flags, "versus"), *limit = params_get(flags, "limit"),
			 *margin = params_get(flags, "margin"),
			 *margin_pt = params_get(flags, "margin-pt");

	ask->again = params_get(flags, "aa")->flag;
	ask->versus = versus->given ? versus->text : NULL;
	ask->margin = margin->given ? margin->number / 100 : 0;
	ask->margin_pt = margin_pt->given ? margin_pt->number : 0;
	ask->limit_s = limit->given ? limit->number : 0;
	ask->dataset = params_get(flags, "on")->given ? params_get(flags, "on")->text : NULL;
	if (ask->again && ask->versus)
		return err_set(err, ERR_USAGE, "--versus: with --aa there is one arm only");
	return read_primary(self->cli, ask, err);
}

static Kind kind_of(const char *operand)
{
	if (text_ends(operand, ".lua"))
		return KIND_SCRIPT;
	return given_file_is_model(operand) ? KIND_MODEL : KIND_RUN;
}

/* What looks like a path and is none of a file that is compared was not meant for a run. */
static bool check_path(const char *operand, Err *err)
{
	if (!strpbrk(operand, "/."))
		return true;
	if (access(operand, F_OK) != 0)
		return err_set(err, ERR_NEED, "there is no file %s", operand);
	return err_set(err, ERR_FORMAT, "%s is neither a script (A.lua) nor a model file", operand);
}

static bool read_kind(Compare *self, Err *err)
{
	const Cli *cli = self->cli;
	const json_t *typed = json_object_get(cli->pairs, "command");

	self->kind = typed ? KIND_COMMAND : kind_of(cli->operands ? cli->operand[0] : "");
	self->count = typed ? json_object_size(typed) : cli->operands;
	for (size_t i = 0; i < cli->operands; i++) {
		Kind kind = kind_of(cli->operand[i]);
		if (kind == KIND_RUN && !check_path(cli->operand[i], err))
			return false;
		if (kind != self->kind)
			return err_set(err, ERR_USAGE,
				       "%s is a %s, beside a %s: one kind at a time is compared; a "
				       "program can be an arm of a script (wattle-experiment(5))",
				       cli->operand[i], kind_names[kind], kind_names[self->kind]);
	}
	/* Few programs tell an accuracy; who wants a verdict on it says so. */
	if (self->kind == KIND_COMMAND && !self->ask.primaries) {
		self->ask.primary[self->ask.primaries++] = METRIC_TIME;
		self->ask.primary[self->ask.primaries++] = METRIC_ENERGY;
	}
	if (self->count == 0)
		return err_set(err, ERR_USAGE,
			       "give what is to be compared: --command A='…' --command B='…', "
			       "scripts (A.lua B.lua) or model files with --on DATASET");
	return true;
}

static bool check_count(const Compare *self, Err *err)
{
	bool again = self->ask.again;

	if (self->kind == KIND_RUN && self->count <= COMPARE_RUNS_MAX)
		return !again || err_set(err, ERR_USAGE,
					 "%s is no script and no model file: what is stored is not "
					 "run, and so not compared with itself",
					 self->cli->operand[0]);
	if (again && self->count != 1)
		return err_set(err, ERR_USAGE, "--aa compares one %s with itself, not %zu",
			       kind_names[self->kind], self->count);
	if (!again && self->count < 2)
		return err_set(err, ERR_USAGE,
			       "one %s alone: give another one, or --aa to compare it with itself",
			       kind_names[self->kind]);
	return self->count <= PLAN_ARMS_MAX ||
	       err_set(err, ERR_USAGE, "%zu of them; at most %d are compared", self->count,
		       PLAN_ARMS_MAX);
}

/* Most flags say how something is run, and a stored run is not. */
static bool check_stored_flags(const Cli *cli, Err *err)
{
	for (const Param *p = compare_params; p->name; p++) {
		bool given = p->type == PARAM_PAIRS ? json_object_get(cli->pairs, p->name) != NULL
						    : params_get(&cli->flags, p->name)->given;

		if (given && strcmp(p->name, "format") != 0 && strcmp(p->name, "pareto") != 0)
			return err_set(err, ERR_USAGE, "--%s is not for a %s%s", p->name,
				       kind_names[KIND_RUN],
				       strcmp(p->name, "report") == 0
					       ? "; wattle report RUN RUN writes its page"
					       : "");
	}
	return true;
}

/* Flags that only some kinds have. */
static bool check_flags(const Compare *self, Err *err)
{
	static const struct {
		const char *flag;
		bool of[KIND_RUN + 1];
	} only[] = {
		{ "on", { [KIND_MODEL] = true } },
		{ "limit", { [KIND_COMMAND] = true } },
		{ "format", { [KIND_RUN] = true } },
		{ "pareto", { [KIND_RUN] = true } },
		{ "trust", { [KIND_SCRIPT] = true } },
		{ "batch", { [KIND_SCRIPT] = true, [KIND_MODEL] = true } },
		{ "kernel", { [KIND_SCRIPT] = true, [KIND_MODEL] = true } },
	};

	if (self->kind == KIND_RUN)
		return check_stored_flags(self->cli, err);
	for (size_t i = 0; i < sizeof only / sizeof *only; i++)
		if (params_get(&self->cli->flags, only[i].flag)->given && !only[i].of[self->kind])
			return err_set(err, ERR_USAGE, "--%s is not for a %s", only[i].flag,
				       kind_names[self->kind]);
	if (self->kind == KIND_MODEL && !self->ask.dataset)
		return err_set(err, ERR_USAGE,
			       "--on DATASET: which dataset's test rows are the models to predict? "
			       "(wattle list datasets)");
	return true;
}

/* --- operands --------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* What operand i is called: its name without folder and ending, with a number where another one is
 * called so. */
static void name_operand(const Cli *cli, size_t i, const char *ending, char out[PLAN_NAME_MAX])
{
	const char *base = base_name(cli->operand[i]);
	size_t len = strlen(base), cut = strlen(ending), same = 0;

	if (len > cut && strcmp(base + len - cut, ending) == 0)
		len -= cut;
	len = len < PLAN_NAME_MAX - 8 ? len : PLAN_NAME_MAX - 8;
	for (size_t k = 0; k < i; k++)
		same += strcmp(base_name(cli->operand[k]), base) == 0;
	if (same)
		text_format(out, PLAN_NAME_MAX, "%.*s (%zu)", (int)len, base, same + 1);
	else
		text_format(out, PLAN_NAME_MAX, "%.*s", (int)len, base);
}

static bool read_part(ComparePart *part, const char *path, Err *err)
{
	size_t size, done = 0;
	ssize_t got = 1;
	int fd = file_open_regular(path, &size, err);

	part->path = path;
	if (fd < 0) {
		err->code = ERR_SCRIPT;
		return false;
	}
	size = size < SCRIPT_BYTES_MAX ? size : SCRIPT_BYTES_MAX + 1;
	part->text = malloc(size + 1);
	while (part->text && got > 0 && done < size) {
		got = read(fd, part->text + done, size - done);
		done += got > 0 ? (size_t)got : 0;
	}
	part->len = done;
	close(fd);
	if (!part->text)
		return err_set(err, ERR_MEMORY, "reading %s", path);
	return got >= 0 ||
	       err_set(err, ERR_SCRIPT, "cannot read the script %s: %s", path, strerror(errno));
}

static bool read_operand(Compare *self, size_t i, Err *err)
{
	const char *path = self->cli->operand[i];

	if (self->kind == KIND_MODEL) {
		name_operand(self->cli, i, ".model", self->name[i]);
		return given_file_open(&self->file[i], path, err);
	}
	name_operand(self->cli, i, ".lua", self->part[i].name);
	return read_part(&self->part[i], path, err);
}

/* What was asked on the command line is told in its words, not by a line of the script. */
static void mend(Err *err)
{
	static const struct {
		const char *says, *flag;
		ErrCode code;
	} asked[] = {
		{ ": versus: there is no arm ", "--versus", ERR_USAGE },
		{ ": needs: there is no dataset ", "--on", ERR_NEED },
	};
	char rest[ERR_TEXT_MAX];

	if (err->code != ERR_SCRIPT || strncmp(err->text, "compare:", 8) != 0)
		return;
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		const char *at = strstr(err->text, asked[i].says);

		if (!at)
			continue;
		text_format(rest, sizeof rest, "%s", strchr(at + 2, ':'));
		err_set(err, asked[i].code, "%s%s", asked[i].flag, rest);
		return;
	}
}

/* "the comparison of a.lua and b.lua", as they were given. */
static void name_parts(Compare *self)
{
	size_t len = text_format(self->of, sizeof self->of, "the comparison of ");

	for (size_t i = 0; i < self->cli->operands && len < sizeof self->of; i++)
		len += text_format(self->of + len, sizeof self->of - len, "%s%.60s",
				   i ? " and " : "", self->cli->operand[i]);
}

static bool make_text(Compare *self, Err *err)
{
	const CompareAsk *ask = &self->ask;
	size_t len = 0;

	for (size_t i = 0; i < self->cli->operands; i++)
		if (!read_operand(self, i, err))
			return false;
	if (self->kind == KIND_COMMAND)
		self->owned = compare_text_commands(json_object_get(self->cli->pairs, "command"),
						    ask, &len, err);
	else if (self->kind == KIND_SCRIPT)
		self->owned = compare_text_scripts(self->part, self->count, ask, &len, err);
	else
		self->owned =
			compare_text_models(self->file, self->name, self->count, ask, &len, err);
	name_parts(self);
	self->text = (RunText){ .text = self->owned,
				.len = len,
				.typed = self->kind == KIND_COMMAND,
				.files = self->file,
				.file_count = self->kind == KIND_MODEL ? self->count : 0,
				.of = self->kind == KIND_SCRIPT ? self->of : NULL,
				.mend = mend };
	return self->owned != NULL;
}

/* --- the run ---------------------------------------------------------------------------------- */

static void add_numbers(RunLine *line, const Params *flags)
{
	static const char *const whole[] = { "seed", "threads", "batch" };
	const ParamValue *value;

	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if ((value = params_get(flags, whole[i]))->given)
			run_line_add(line, "--%s=%lld", whole[i], (long long)value->integer);
	if ((value = params_get(flags, "time-limit"))->given)
		run_line_add(line, "--time-limit=%.17gs", value->number);
	if ((value = params_get(flags, "max-memory"))->given)
		run_line_add(line, "--max-memory=%llu", (unsigned long long)value->bytes);
	if ((value = params_get(flags, "blocks"))->given)
		run_line_add(line, "--set=design.blocks=%s", value->text);
	if ((value = params_get(flags, "window"))->given)
		run_line_add(line, "--set=design.window=%.17g", value->number);
}

static void fill(RunLine *line, const Cli *cli)
{
	static const char *const texts[] = { "kernel", "energy", "out", "report" };
	static const char *const words[] = { "plan", "resume", "trust", "no-store" };
	const Params *flags = &cli->flags;
	char choice[32];

	run_line_begin(line, cli);
	add_numbers(line, flags);
	run_line_set(line, json_object_get(cli->pairs, "set"));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (params_get(flags, texts[i])->given)
			run_line_add(line, "--%s=%s", texts[i], params_get(flags, texts[i])->text);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (params_get(flags, words[i])->flag)
			run_line_add(line, "--%s", words[i]);
	if (*params_choice(flags, "require", choice))
		run_line_add(line, "--require=%s", choice);
}

/* Runs that did not take turns: a table, and no word between them. */
static bool show_runs(const Compare *self, Err *err)
{
	static const TableFormat formats[] = { TABLE_TEXT, TABLE_JSON, TABLE_CSV, TABLE_MARKDOWN,
					       TABLE_LATEX };
	const Params *flags = &self->cli->flags;
	const ParamValue *pareto = params_get(flags, "pareto");
	CompareRuns ask = { .run = self->cli->operand,
			    .runs = self->count,
			    .format = formats[params_get(flags, "format")->choice] };

	if (params_get(&self->cli->common, "json")->flag)
		ask.format = TABLE_JSON;
	if (pareto->given && !pareto_pair_parse(&ask.pareto, pareto->text, err))
		return false;
	Store *store = run_store_read(err);
	bool ok = store && compare_runs(store, &ask, stdout, err);
	store_close(store);
	if (!ok && err->code == ERR_ARGUMENT) {
		err->code = ERR_USAGE;
		err_prefix(err, "neither a script (A.lua) nor a model file nor a stored run");
	}
	return ok;
}

static int run_compare(const Cli *cli, Err *err)
{
	Compare *self = calloc(1, sizeof *self);
	RunLine line = { .count = 0 };
	int status;

	if (!self) {
		err_set(err, ERR_MEMORY, "comparing");
		return err_exit_status(err->code);
	}
	self->cli = cli;
	for (size_t i = 0; i < PLAN_ARMS_MAX; i++)
		self->file[i].fd = -1;
	bool ok = read_ask(self, err) && read_kind(self, err) && check_count(self, err) &&
		  check_flags(self, err);
	bool stored = ok && self->kind == KIND_RUN;
	ok = ok && (stored ? show_runs(self, err) : make_text(self, err));
	if (stored && ok) {
		status = 0;
	} else if (ok) {
		fill(&line, cli);
		status = run_line_run(&line, cli->paths, "compare", &self->text, err);
	} else {
		status = err_exit_status(err->code);
	}
	run_line_done(&line);
	for (size_t i = 0; i < PLAN_ARMS_MAX; i++) {
		given_file_close(&self->file[i]);
		free(self->part[i].text);
	}
	free(self->owned);
	free(self);
	return status;
}

const Command command_compare = {
	.info = { .name = "compare",
		  .title = "Compare",
		  .about = "Compare commands, scripts or model files in the same randomised "
			   "blocks, or one of them with itself; stored runs as a table.",
		  .params = compare_params },
	.synopsis = "A B …",
	.operands_max = CLI_OPERANDS_MAX,
	.run = run_compare,
};
