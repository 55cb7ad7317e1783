/* Tokens of Lua, and sets of runs of them.
 * SPDX-License-Identifier: MIT */
#include "app/grading/similar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What all names, numbers and texts become; keywords and signs stay what they are. */
enum { TOKEN_NAME = 1, TOKEN_NUMBER, TOKEN_TEXT };

typedef struct Lexer {
	const char *at, *end;
} Lexer;

static uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)bytes[i]) * UINT64_C(1099511628211); /* FNV-1a */
	return hash;
}

static char peek(const Lexer *lexer, size_t ahead)
{
	return (size_t)(lexer->end - lexer->at) > ahead ? lexer->at[ahead] : '\0';
}

/* The level of a long bracket that opens here, "[==[" has 2; -1: none does. */
static int long_level(const Lexer *lexer)
{
	int level = 0;
	if (peek(lexer, 0) != '[')
		return -1;
	while (peek(lexer, (size_t)level + 1) == '=')
		level++;
	return peek(lexer, (size_t)level + 1) == '[' ? level : -1;
}

/* Behind the long bracket of that level, or at the end of the file. */
static void skip_long(Lexer *lexer, int level)
{
	for (lexer->at += level + 2; lexer->at < lexer->end; lexer->at++) {
		int same = 0;
		if (*lexer->at != ']')
			continue;
		while (same < level && peek(lexer, (size_t)same + 1) == '=')
			same++;
		if (same == level && peek(lexer, (size_t)level + 1) == ']') {
			lexer->at += level + 2;
			return;
		}
	}
}

static void skip_short(Lexer *lexer)
{
	char quote = *lexer->at++;
	while (lexer->at < lexer->end && *lexer->at != quote && *lexer->at != '\n')
		lexer->at += *lexer->at == '\\' && lexer->end - lexer->at > 1 ? 2 : 1;
	lexer->at += lexer->at < lexer->end;
}

static void skip_comment(Lexer *lexer)
{
	lexer->at += 2;
	int level = long_level(lexer);
	if (level >= 0)
		skip_long(lexer, level);
	else
		while (lexer->at < lexer->end && *lexer->at != '\n')
			lexer->at++;
}

static bool is_keyword(const char *word, size_t len)
{
	static const char *const keywords[] = { "and",   "break",  "do",     "else",     "elseif",
						"end",   "false",  "for",    "function", "goto",
						"if",    "in",     "local",  "nil",      "not",
						"or",    "repeat", "return", "then",     "true",
						"until", "while" };
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (strlen(keywords[i]) == len && memcmp(keywords[i], word, len) == 0)
			return true;
	return false;
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static uint64_t word_token(Lexer *lexer)
{
	const char *from = lexer->at;
	bool number = isdigit((unsigned char)*from);
	while (lexer->at < lexer->end && (in_word(*lexer->at) || (number && *lexer->at == '.')))
		lexer->at++;
	size_t len = (size_t)(lexer->at - from);
	if (number)
		return TOKEN_NUMBER;
	return is_keyword(from, len) ? hash_bytes(0, from, len) : TOKEN_NAME;
}

/* Signs of two bytes are one token: "==" is no pair of "=". */
static uint64_t sign_token(Lexer *lexer)
{
	static const char *const pairs[] = { "==", "~=", "<=", ">=", "//", "::", "<<", ">>", ".." };
	size_t len = 1;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (peek(lexer, 0) == pairs[i][0] && peek(lexer, 1) == pairs[i][1])
			len = 2;
	uint64_t hash = hash_bytes(0, lexer->at, len);
	lexer->at += len;
	return hash;
}

/* False at the end. */
static bool next_token(Lexer *lexer, uint64_t *token)
{
	for (;;) {
		while (lexer->at < lexer->end && isspace((unsigned char)*lexer->at))
			lexer->at++;
		if (peek(lexer, 0) != '-' || peek(lexer, 1) != '-')
			break;
		skip_comment(lexer);
	}
	if (lexer->at == lexer->end)
		return false;
	int level = long_level(lexer);
	*token = TOKEN_TEXT;
	if (level >= 0)
		skip_long(lexer, level);
	else if (*lexer->at == '"' || *lexer->at == '\'')
		skip_short(lexer);
	else
		*token = in_word(*lexer->at) ? word_token(lexer) : sign_token(lexer);
	return true;
}

static int by_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static size_t sort_once(uint64_t *hash, size_t count)
{
	size_t kept = 0;
	if (count)
		qsort(hash, count, sizeof *hash, by_hash);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || hash[i] != hash[i - 1])
			hash[kept++] = hash[i];
	return kept;
}

bool shingles_make(Shingles *out, const char *text, size_t len, Err *err)
{
	Lexer lexer = { text, text + len };
	uint64_t last[SHINGLE_TOKENS], token;
	size_t tokens = 0;
	*out = (Shingles){ .hash = malloc((len + 1) * sizeof *out->hash) };
	if (!out->hash)
		return err_set(err, ERR_MEMORY, "no memory for the tokens of a file");
	for (; next_token(&lexer, &token); tokens++) {
		uint64_t hash = 0;
		last[tokens % SHINGLE_TOKENS] = token;
		if (tokens + 1 < SHINGLE_TOKENS)
			continue;
		for (size_t i = 1; i <= SHINGLE_TOKENS; i++)
			hash = hash_bytes(hash, (const char *)&last[(tokens + i) % SHINGLE_TOKENS],
					  sizeof *last);
		out->hash[out->count++] = hash;
	}
	out->count = sort_once(out->hash, out->count);
	return true;
}

/* How many of a stand in b; those that do not are moved to the front of a when keep is set. */
static size_t common(uint64_t *a, size_t a_count, const Shingles *b, bool keep)
{
	size_t found = 0, kept = 0, at = 0;
	for (size_t i = 0; i < a_count; i++) {
		while (at < b->count && b->hash[at] < a[i])
			at++;
		if (at < b->count && b->hash[at] == a[i])
			found++;
		else if (keep)
			a[kept++] = a[i];
	}
	return found;
}

void shingles_leave_out(Shingles *shingles, const Shingles *others)
{
	shingles->count -= common(shingles->hash, shingles->count, others, true);
}

double shingles_shared(const Shingles *a, const Shingles *b)
{
	size_t least = a->count < b->count ? a->count : b->count;
	return least ? (double)common(a->hash, a->count, b, false) / (double)least : 0;
}

void shingles_done(Shingles *shingles)
{
	free(shingles->hash);
	*shingles = (Shingles){ .hash = NULL };
}
