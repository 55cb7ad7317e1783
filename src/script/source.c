/* Finding the line of a key in a script's text, so that a message names it instead of the line of
 * the whole table.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "script/inside.h"

typedef struct Source {
	const char *at, *end;
	int line;
} Source;

static char peek(const Source *s, size_t ahead)
{
	return s->at + ahead < s->end ? s->at[ahead] : '\0';
}

static void next(Source *s)
{
	if (s->at < s->end) {
		s->line += *s->at == '\n';
		s->at++;
	}
}

/* At "[[" or "[=[": skips to behind its end; otherwise skips nothing. */
static bool skip_long(Source *s)
{
	size_t level = 0;

	while (peek(s, 1 + level) == '=')
		level++;
	if (peek(s, 0) != '[' || peek(s, 1 + level) != '[')
		return false;
	while (s->at < s->end) {
		next(s);
		if (peek(s, 0) != ']')
			continue;
		size_t n = 0;

		while (peek(s, 1 + n) == '=')
			n++;
		if (n == level && peek(s, 1 + n) == ']') {
			for (n = level + 2; n > 0; n--)
				next(s);
			break;
		}
	}
	return true;
}

static void skip_string(Source *s)
{
	char quote = peek(s, 0);

	next(s);
	while (s->at < s->end && *s->at != quote && *s->at != '\n') {
		if (*s->at == '\\')
			next(s);
		next(s);
	}
	next(s);
}

/* Skips comments and strings; false when there is none here. */
static bool skip_text(Source *s)
{
	char c = peek(s, 0);

	if (c == '-' && peek(s, 1) == '-') {
		next(s);
		next(s);
		if (peek(s, 0) != '[' || !skip_long(s))
			while (s->at < s->end && *s->at != '\n')
				next(s);
		return true;
	}
	if (c == '"' || c == '\'') {
		skip_string(s);
		return true;
	}
	return c == '[' && skip_long(s);
}

bool source_in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* At a word: skips it, and tells whether it is the key, followed by '=' and not by "==". */
static bool skip_word(Source *s, const char *key)
{
	const char *begin = s->at;

	while (s->at < s->end && source_in_word(*s->at))
		next(s);
	if ((size_t)(s->at - begin) != strlen(key) || memcmp(begin, key, strlen(key)) != 0)
		return false;
	const char *p = s->at;

	while (p < s->end && isspace((unsigned char)*p))
		p++;
	return p < s->end && *p == '=' && !(p + 1 < s->end && p[1] == '=');
}

size_t source_mark(const char *text, size_t len)
{
	return len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

const char *source_line_begin(const char *text, size_t len, int line)
{
	const char *at = text, *end = text + len;

	for (int i = 1; i < line && at; i++) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (at)
			at++;
	}
	return at;
}

int source_text_line(const char *text, size_t len, int from, const char *wanted, size_t wanted_len)
{
	const char *at = source_line_begin(text, len, from), *end = text + len, *found;
	int line = from;

	found = at ? memmem(at, (size_t)(end - at), wanted, wanted_len) : NULL;
	for (const char *p = at; found && p < found; p++)
		line += *p == '\n';
	return line;
}

int source_key_line(const char *text, size_t len, int from, const char *key)
{
	Source s = { text, text + len, 1 };
	int depth = 0;

	if (!*key)
		return 0;
	while (s.at < s.end && s.line < from) {
		if (!skip_text(&s))
			next(&s);
	}
	while (s.at < s.end && (depth > 0 || s.line == from)) {
		int line = s.line;

		if (skip_text(&s))
			continue;
		if (source_in_word(*s.at)) {
			if (skip_word(&s, key) && depth > 0)
				return line;
			continue;
		}
		depth += *s.at == '{';
		depth -= *s.at == '}';
		next(&s);
	}
	return 0;
}

int source_item_line(const char *text, size_t len, int from, const char *key, size_t item)
{
	int line = source_key_line(text, len, from, key), depth = -1;
	Source s = { text, text + len, 1 };
	size_t seen = 0;

	/* depth: -1 before the key, 0 before its list, 1 in the list. */
	while (line > 0 && s.at < s.end) {
		if (s.line < line || depth < 0) {
			if (skip_text(&s))
				continue;
			if (s.line == line && source_in_word(*s.at))
				depth = skip_word(&s, key) ? 0 : depth;
			else
				next(&s);
			continue;
		}
		if (skip_text(&s))
			continue;
		if (*s.at == '{' && depth++ == 1 && ++seen == item)
			return s.line;
		if (*s.at == '}' && --depth <= 0)
			return 0;
		next(&s);
	}
	return 0;
}
