/* Fuzzes text_clean: what comes out is valid UTF-8 without anything that a terminal obeys or hides.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* Written apart from text_hidden on purpose: the characters that do harm, by their names. */
static bool harmful(uint32_t c)
{
	return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || /* C0, DEL, C1 */
	       (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) ||              /* embeddings, isolates */
	       c == 0x061c || c == 0x200e || c == 0x200f || /* direction marks */
	       (c >= 0x200b && c <= 0x200d) || c == 0x2060 || c == 0xfeff || /* zero width */
	       (c >= 0xe0000 && c <= 0xe007f) || c == 0xad;                  /* tags, soft hyphen */
}

static void check_characters(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t used = text_decode(text + i, len - i, &code);

		require(used > 0 && used <= 4);
		require(code != 0xfffd || (used == 3 && memcmp(text + i, "\xef\xbf\xbd", 3) == 0));
		require(!harmful(code));
		i += used;
	}
}

/* Any smaller room holds a beginning that ends at a character. */
static void check_cut(const char *whole, size_t need, const uint8_t *data, size_t size)
{
	size_t cap = need / 2 + 1;
	char *cut = malloc(cap);

	require(cut && text_clean(cut, cap, (const char *)data, size) == need);
	require(strlen(cut) < cap && memcmp(cut, whole, strlen(cut)) == 0);
	check_characters(cut, strlen(cut));
	free(cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "sparsity", "scope", "steps", NULL };
	size_t need = text_clean(NULL, 0, (const char *)data, size);
	char *out = malloc(need + 1), *again = malloc(need + 1);

	require(out && again);
	require(text_clean(out, need + 1, (const char *)data, size) == need);
	require(strlen(out) == need);
	check_characters(out, need);
	check_cut(out, need, data, size);
	require(text_clean(again, need + 1, out, need) == need);
	require(memcmp(again, out, need) == 0);
	require(text_columns(out) <= 2 * need);
	text_nearest(out, names);
	size_t cut = text_format(again, need / 3 + 1, "%s", out);

	check_characters(again, cut);
	free(again);
	free(out);
	return 0;
}
