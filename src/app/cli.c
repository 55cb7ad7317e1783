/* The command line: long flags by table, `=` or a space, `--` ends them, none abbreviated.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/text.h"

#define ROW(name) extern const Command command_##name;
#include "app/commands.inc"
#undef ROW

const Command *const commands[] = {
#define ROW(name) &command_##name,
#include "app/commands.inc"
#undef ROW
	NULL,
};

const Command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->info.name, name) == 0)
			return commands[i];
	return NULL;
}

static const Param cli_common_params[] = {
	{ .name = "help",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Show the command's flags and stop." },
	{ .name = "version",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Show the version and stop." },
	{ .name = "json",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Print records, one JSON object a line." },
	{ .name = "plain",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Print plain text, never a screen." },
	{ .name = "theme",
	  .type = PARAM_CHOICE,
	  .value = "auto",
	  .choices = "auto|dark|light|mono",
	  .help = "Colours of the screen; NO_COLOR makes it mono." },
	{ .name = "ascii",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Draw with ASCII characters only." },
	{ .name = "linear",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Sentences and lines instead of a screen." },
	{ .name = "mouse",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Take the mouse, over ssh too." },
	{ .name = "no-mouse",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Leave the mouse to the terminal." },
	{ .name = "quiet",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Print results only, no progress." },
	{ 0 },
};

const Info cli_common = {
	.name = "wattle",
	.title = "wattle",
	.about = "Learn and measure what machine learning costs.",
	.params = cli_common_params,
};

static const Param *find_param(const Info *info, const char *name, size_t len)
{
	for (const Param *p = info->params; p && p->name; p++)
		if (strlen(p->name) == len && strncmp(p->name, name, len) == 0)
			return p;
	return NULL;
}

static bool unknown_flag(const Cli *cli, const char *flag, size_t len, Err *err)
{
	const char *names[2 * PARAMS_MAX + 1];
	char word[PARAM_TEXT_MAX];
	size_t n = 0;
	for (const Param *p = cli_common.params; p->name; p++)
		names[n++] = p->name;
	for (const Param *p = cli->command ? cli->command->info.params : NULL; p && p->name; p++)
		names[n++] = p->name;
	names[n] = NULL;
	text_format(word, sizeof word, "%.*s", (int)len, flag);
	const char *near = text_nearest(word, names);
	if (near)
		return err_set(err, ERR_USAGE, "unknown flag --%s (did you mean --%s?)", word,
			       near);
	return err_set(err, ERR_USAGE, "unknown flag --%s; see wattle %s%s--help", word,
		       cli->command ? cli->command->info.name : "", cli->command ? " " : "");
}

/* KEY=VALUE into pairs[flag]; a key given twice keeps the last value, unless it names an arm. */
static bool set_pair(Cli *cli, const char *flag, const char *pair, Err *err)
{
	const char *equals = strchr(pair, '=');
	if (!equals || equals == pair)
		return err_set(err, ERR_USAGE, "--%s wants KEY=VALUE, not '%s'", flag, pair);
	json_t *keys = json_object_get(cli->pairs, flag);
	if (!keys) {
		keys = json_object();
		json_object_set_new(cli->pairs, flag, keys);
	}
	char key[PARAM_TEXT_MAX];
	text_format(key, sizeof key, "%.*s", (int)(equals - pair), pair);
	/* A setting that is given again is another one; an arm that is given again would be gone. */
	if (strcmp(flag, "command") == 0 && json_object_get(keys, key))
		return err_set(err, ERR_USAGE,
			       "--command: two are called '%s'; give each a name of its own", key);
	if (json_object_set_new(keys, key, json_string(equals + 1)) != 0)
		return err_set(err, ERR_USAGE, "--%s: '%s' is not UTF-8 text", flag, pair);
	return true;
}

/* One flag at argv[*at]; moves *at on to its value when that stands apart. */
static bool parse_flag(Cli *cli, int argc, char **argv, int *at, Err *err)
{
	const char *flag = argv[*at] + 1 + (argv[*at][1] == '-');
	const char *equals = strchr(flag, '='), *value = NULL;
	size_t len = equals ? (size_t)(equals - flag) : strlen(flag);
	Params *params = &cli->common;
	const Param *param = find_param(&cli_common, flag, len);
	if (!param && cli->command) {
		params = &cli->flags;
		param = find_param(&cli->command->info, flag, len);
	}
	if (!param)
		return unknown_flag(cli, flag, len, err);
	if (equals)
		value = equals + 1;
	else if (param->type == PARAM_FLAG)
		value = "true";
	else if (param->bare) /* its value comes behind '=' only */
		value = "";
	else if (*at + 1 < argc)
		value = argv[++*at];
	else
		return err_set(err, ERR_USAGE, "--%s wants a value: %s", param->name, param->help);
	if (param->type == PARAM_PAIRS)
		return set_pair(cli, param->name, value, err);
	if (!params_set_text(params, param->name, value, err)) {
		err->code = ERR_USAGE;
		return false;
	}
	return true;
}

/* A flag of some command that stands before the command: its value would pass for the command. */
static bool flag_too_early(const char *flag, size_t len, Err *err)
{
	for (size_t i = 0; commands[i]; i++)
		if (find_param(&commands[i]->info, flag, len))
			return !err_set(err, ERR_USAGE,
					"--%.*s is a flag of wattle %s: it comes after the "
					"command, as in wattle %s --%.*s …",
					(int)len, flag, commands[i]->info.name,
					commands[i]->info.name, (int)len, flag);
	return false;
}

/* *word becomes the command, the first word that is neither a flag nor a flag's value; NULL: there
 * is none. */
static bool find_command(int argc, char **argv, const char **word, Err *err)
{
	*word = NULL;
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-') {
			*word = argv[i];
			return true;
		}
		if (strncmp(argv[i], "--", 2) != 0 || !argv[i][2])
			continue;
		const char *flag = argv[i] + 2;
		size_t len = strcspn(flag, "=");
		const Param *param = find_param(&cli_common, flag, len);
		if (!param && flag_too_early(flag, len, err))
			return false;
		if (param && param->type != PARAM_FLAG && !param->bare && !flag[len])
			i++;
	}
	return true;
}

static bool choose_command(Cli *cli, const char *word, Err *err)
{
	const char *names[64];
	size_t n = 0;
	cli->command = command_find(word);
	if (cli->command)
		return params_init(&cli->flags, &cli->command->info, err);
	for (; commands[n] && n < 63; n++)
		names[n] = commands[n]->info.name;
	names[n] = NULL;
	char hint[TEXT_HINT_MAX];
	text_did_you_mean(hint, word, names);
	return err_set(err, ERR_USAGE, "unknown command '%s'%s", word,
		       *hint ? hint : "; see wattle --help");
}

/* "-r": a flag of the command whose name is one letter. */
static bool is_letter_flag(const Cli *cli, const char *word)
{
	return word[0] == '-' && word[1] && !word[2] && cli->command &&
	       find_param(&cli->command->info, word + 1, 1);
}

static bool parse_words(Cli *cli, int argc, char **argv, Err *err)
{
	bool flags = true, command_seen = false;
	for (int i = 1; i < argc; i++) {
		if (flags && strcmp(argv[i], "--") == 0) {
			flags = false;
			if (cli->command && cli->command->takes_line) {
				cli->line = argv + i + 1;
				return true;
			}
		} else if (flags &&
			   (strncmp(argv[i], "--", 2) == 0 || is_letter_flag(cli, argv[i]))) {
			if (!parse_flag(cli, argc, argv, &i, err))
				return false;
		} else if (flags && argv[i][0] == '-' && argv[i][1]) {
			return err_set(err, ERR_USAGE,
				       "unknown flag %s: flags are long, as in --help", argv[i]);
		} else if (!command_seen) {
			command_seen = true;
		} else if (cli->operands == CLI_OPERANDS_MAX) {
			return err_set(err, ERR_USAGE, "more than %d arguments", CLI_OPERANDS_MAX);
		} else {
			cli->operand[cli->operands++] = argv[i];
		}
	}
	return true;
}

bool cli_parse(Cli *cli, int argc, char **argv, Err *err)
{
	*cli = (Cli){ .pairs = json_object() };
	if (!cli->pairs)
		return err_set(err, ERR_MEMORY, "reading the command line");
	if (!params_init(&cli->common, &cli_common, err))
		return false;
	const char *word;
	if (!find_command(argc, argv, &word, err) || (word && !choose_command(cli, word, err)))
		return false;
	if (!parse_words(cli, argc, argv, err))
		return false;
	if (!cli->command || params_get(&cli->common, "help")->flag ||
	    params_get(&cli->common, "version")->flag)
		return true;
	if (cli->operands < cli->command->operands_min ||
	    cli->operands > cli->command->operands_max)
		return err_set(err, ERR_USAGE, "usage: wattle %s %s", cli->command->info.name,
			       cli->command->synopsis);
	return true;
}

bool cli_default(Cli *cli, Err *err)
{
	return cli->command || choose_command(cli, "lesson", err);
}

void cli_done(Cli *cli)
{
	json_decref(cli->pairs);
	cli->pairs = NULL;
}

static const char *value_word(const Param *param)
{
	switch (param->type) {
	case PARAM_INT:
		return "N";
	case PARAM_NUMBER:
		return "X";
	case PARAM_CHOICE:
		return param->choices;
	case PARAM_SIZE:
		return "SIZE";
	case PARAM_TIME:
		return "TIME";
	case PARAM_PAIRS:
		return "KEY=VALUE";
	case PARAM_TEXT:
		return param->unit && *param->unit ? param->unit : "TEXT";
	default:
		return "";
	}
}

static void help_flags(const Info *info)
{
	for (const Param *p = info->params; p && p->name; p++) {
		char left[96];
		const char *word = value_word(p);
		text_format(left, sizeof left, "%s%s%s%s%s", p->name[1] ? "--" : "-", p->name,
			    p->bare ? "[="
			    : *word ? " "
				    : "",
			    word, p->bare ? "]" : "");
		text_printf(stdout, "  %-24s %s", left, p->help);
		if (p->value && p->type != PARAM_FLAG)
			text_printf(stdout, " (%s)", p->value);
		text_printf(stdout, "\n");
	}
}

void cli_help(const Command *command)
{
	if (command) {
		text_printf(stdout, "usage: wattle %s [flags] %s\n\n%s\n\n", command->info.name,
			    command->synopsis, command->info.about);
		help_flags(&command->info);
	} else {
		text_printf(stdout, "usage: wattle COMMAND [flags] …\n\n%s\n\n", cli_common.about);
		for (size_t i = 0; commands[i]; i++)
			text_printf(stdout, "  %-10s %-18s %s\n", commands[i]->info.name,
				    commands[i]->synopsis, commands[i]->info.about);
		text_printf(stdout, "\nEvery command takes:\n");
	}
	if (!command)
		help_flags(&cli_common);
	else
		text_printf(stdout, "\nand the flags of every command: wattle --help. The manual: "
				    "wattle(1).\n");
}
