/* Parameters written as words of a line: "conv2d 16 kernel=3".
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/info.h"
#include "base/text.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

bool params_word(const char **line, char word[PARAM_WORD_MAX], Err *err)
{
	size_t len = 0;

	while (is_blank(**line))
		++*line;
	while ((*line)[len] && !is_blank((*line)[len]))
		len++;
	if (len >= PARAM_WORD_MAX)
		return err_set(err, ERR_ARGUMENT, "'%.20s…' is too long", *line);
	memcpy(word, *line, len);
	word[len] = '\0';
	*line += len;
	return true;
}

/* "NAME=VALUE", or the value of the first parameter. */
static bool params_set_word(Params *params, const char *word, bool first, Err *err)
{
	const Param *row = params->info->params;
	const char *equals = strchr(word, '=');
	char name[PARAM_WORD_MAX];

	if (equals) {
		text_format(name, sizeof name, "%.*s", (int)(equals - word), word);
		return params_set_text(params, name, equals + 1, err);
	}
	if (!first || !row || !row->name)
		return err_set(err, ERR_ARGUMENT, "'%s' has no name; write NAME=VALUE", word);
	return params_set_text(params, row->name, word, err);
}

bool params_set_words(Params *params, const char *line, Err *err)
{
	char word[PARAM_WORD_MAX];

	for (bool first = true;; first = false) {
		if (!params_word(&line, word, err))
			return false;
		if (!*word)
			return params_complete(params, err);
		if (!params_set_word(params, word, first, err))
			return false;
	}
}
