/* Commands of a plan: what arms run in place of functions.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "lab/json.h"
#include "lab/plan_internal.h"

bool plan_command_add(PlanCommand *command, const char *word, Err *err)
{
	size_t len = strlen(word) + 1;

	if (command->words == PLAN_WORDS_MAX)
		return err_set(err, ERR_SCRIPT, "a command of more than %d words", PLAN_WORDS_MAX);
	if (len > sizeof command->text - command->used)
		return err_set(err, ERR_SCRIPT,
			       "a command of more than %d bytes; put it into a file and run that",
			       PLAN_COMMAND_MAX);
	memcpy(command->text + command->used, word, len);
	command->used += len;
	command->words++;
	return true;
}

void plan_command_argv(PlanCommand *command, char *argv[PLAN_WORDS_MAX + 1])
{
	char *word = command->text;

	for (size_t i = 0; i < command->words; i++, word += strlen(word) + 1)
		argv[i] = word;
	argv[command->words] = NULL;
}

/* A word that a shell would take apart stands in single quotes. */
static size_t quote(char *out, size_t cap, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./=:,@%+-";
	size_t len = 0;

	if (*word && strspn(word, plain) == strlen(word))
		return text_format(out, cap, "%s", word);
	len += text_format(out, cap, "'");
	while (*word) {
		size_t run = strcspn(word, "'");
		len += text_format(out + len, cap - len, "%.*s", (int)run, word);
		word += run;
		if (*word)
			len += text_format(out + len, cap - len, "'\\''");
		word += *word != '\0';
	}
	return len + text_format(out + len, cap - len, "'");
}

char *plan_command_text(const PlanCommand *command, char *out, size_t cap)
{
	const char *word = command->text;
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < command->words; i++, word += strlen(word) + 1) {
		if (i)
			len += text_format(out + len, cap - len, " ");
		len += quote(out + len, cap - len, word);
	}
	return out;
}

size_t plan_commands(const Plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->arms; i++)
		count += plan->command[i].words > 0;
	return count;
}

static bool check_command(const Plan *plan, size_t arm, Err *err)
{
	const PlanCommand *command = &plan->command[arm];
	const char *word = command->text;
	char what[PLAN_NAME_MAX + 32];

	if (plan->build == PLAN_BUILD_ONCE)
		return err_set(err, ERR_SCRIPT,
			       "arm '%s' is a command, which is a process of its own in each "
			       "block: build must be \"block\"",
			       plan->arm[arm]);
	if (plan->charge_build)
		return err_set(
			err, ERR_SCRIPT,
			"arm '%s' is a command, of which nobody knows what building it cost: "
			"charge_build must be \"separate\"",
			plan->arm[arm]);
	if (!*word)
		return err_set(err, ERR_SCRIPT, "the command of arm '%s' names no program",
			       plan->arm[arm]);
	text_format(what, sizeof what, "the command of arm '%s'", plan->arm[arm]);
	for (size_t i = 0; i < command->words; i++, word += strlen(word) + 1)
		if (!plan_check_text(what, word, err))
			return false;
	if (command->limit_s > 0 && command->limit_s <= PLAN_LIMIT_MAX_S)
		return true;
	return err_set(err, ERR_SCRIPT, "the limit of arm '%s' must be over 0 and at most %g s",
		       plan->arm[arm], PLAN_LIMIT_MAX_S);
}

bool plan_commands_check(const Plan *plan, Err *err)
{
	for (size_t i = 0; i < plan->arms; i++)
		if (plan->command[i].words && !check_command(plan, i, err))
			return false;
	return true;
}

json_t *plan_commands_json(const Plan *plan)
{
	json_t *all = json_object();

	for (size_t i = 0; i < plan->arms; i++) {
		const PlanCommand *command = &plan->command[i];
		const char *word = command->text;
		json_t *line = json_array();

		if (!command->words) {
			json_decref(line);
			continue;
		}
		for (size_t w = 0; w < command->words; w++, word += strlen(word) + 1)
			json_array_append_new(line, json_string(word));
		json_object_set_new(all, plan->arm[i],
				    json_pack("{s:o, s:f}", "line", line, "limit_s",
					      command->limit_s));
	}
	return all;
}

static bool take_command(PlanCommand *command, const json_t *json, Err *err)
{
	const json_t *line, *word;
	size_t i;

	command->limit_s = PLAN_LIMIT_S;
	if (!json_is_object(json))
		return err_set(err, ERR_FORMAT, "not an object");
	if (!json_take_number(json, "limit_s", 0, PLAN_LIMIT_MAX_S, &command->limit_s, err) ||
	    !json_take_array(json, "line", &line, err))
		return false;
	json_array_foreach(line, i, word)
	{
		const char *text = json_string_value(word);
		if (!text || strlen(text) != json_string_length(word))
			return err_set(err, ERR_FORMAT, "word %zu of the line is not a text",
				       i + 1);
		if (!plan_command_add(command, text, err))
			return false;
	}
	return command->words || err_set(err, ERR_FORMAT, "its line has no words");
}

bool plan_commands_take(Plan *plan, const json_t *json, Err *err)
{
	const json_t *all;
	size_t taken = 0;

	if (!json_take_object(json, "commands", &all, err))
		return false;
	for (size_t i = 0; i < plan->arms; i++) {
		const json_t *command = json_object_get(all, plan->arm[i]);
		if (command && !take_command(&plan->command[i], command, err))
			return err_prefix(err, "the command of arm '%s'", plan->arm[i]);
		taken += command != NULL;
	}
	return taken == json_object_size(all) ||
	       err_set(err, ERR_FORMAT, "a command of an arm that is not there");
}
