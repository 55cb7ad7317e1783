/* Text: decoding, cleaning, columns, nearest words, cutting.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void check_clean(const char *in, size_t len, const char *want)
{
	char out[512], again[512];

	assert_int_equal(text_clean(out, sizeof out, in, len), strlen(want));
	assert_string_equal(out, want);
	assert_int_equal(text_clean(NULL, 0, in, len), strlen(want));
	text_clean(again, sizeof again, out, strlen(out));
	assert_string_equal(again, want);
}

#define CLEAN(in, want) check_clean(in, sizeof(in) - 1, want)
#define FFFD "\xef\xbf\xbd"

static void harmless_text_stays(void **state)
{
	(void)state;
	CLEAN("", "");
	CLEAN("plain text\n\twith tab", "plain text\n\twith tab");
	CLEAN("za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87 \xe2\x82\xac \xf0\x9f\x98\x80",
	      "za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87 \xe2\x82\xac \xf0\x9f\x98\x80");
	CLEAN("e\xcc\x81 \xd7\xa9\xd7\x9c", "e\xcc\x81 \xd7\xa9\xd7\x9c"); /* combining, Hebrew */
	CLEAN(FFFD, FFFD);
	CLEAN("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"); /* U+10FFFF */
}

static void controls_become_visible(void **state)
{
	(void)state;
	CLEAN("\x1b]0;title\x07", "\\x1b]0;title\\x07");
	CLEAN("a\0b", "a\\x00b");
	CLEAN("a\rb\x08\x0b\x0c", "a\\x0db\\x08\\x0b\\x0c");
	CLEAN("\x7f", "\\x7f");
	CLEAN("\xc2\x9b"
	      "31m",
	      "\\x9b31m"); /* C1: CSI */
	CLEAN("\xc2\x80\xc2\x9f\xc2\xa0", "\\x80\\x9f\xc2\xa0");
	for (int c = 0; c < 0x20; c++) {
		char in = (char)c, out[8];

		text_clean(out, sizeof out, &in, 1);
		assert_int_equal(strlen(out), c == '\n' || c == '\t' ? 1 : 4);
	}
}

static void invisible_characters_become_visible(void **state)
{
	(void)state;
	CLEAN("\xe2\x80\xae"
	      "gpj.exe",
	      "\\u202egpj.exe");
	CLEAN("\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c",
	      "\\u202a\\u2066\\u2069\\u200e\\u200f\\u061c");
	CLEAN("\xe2\x80\x8b\xe2\x80\x8c\xe2\x80\x8d\xe2\x81\xa0\xef\xbb\xbf\xc2\xad",
	      "\\u200b\\u200c\\u200d\\u2060\\ufeff\\xad");
	CLEAN("\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029");
	CLEAN("\xf3\xa0\x81\x81", "\\U000e0041"); /* tag characters hide text */
	CLEAN("\xe2\x80\x90\xe2\x80\xa7",
	      "\xe2\x80\x90\xe2\x80\xa7"); /* neighbours of the ranges */
	assert_true(text_hidden(0x1b));
	assert_true(text_hidden('\n'));
	assert_true(text_hidden(0xe0fff));
	assert_false(text_hidden(0xe1000));
	assert_false(text_hidden(' '));
	assert_false(text_hidden(0xa0));
}

static void invalid_utf8_becomes_the_replacement(void **state)
{
	(void)state;
	CLEAN("\x80", FFFD);
	CLEAN("a\xff"
	      "b\xfe",
	      "a" FFFD "b" FFFD);
	CLEAN("\xc0\xaf", FFFD FFFD);                   /* overlong / */
	CLEAN("\xe0\x80\xaf", FFFD FFFD FFFD);          /* overlong / */
	CLEAN("\xf0\x80\x80\x9b", FFFD FFFD FFFD FFFD); /* overlong escape */
	CLEAN("\xed\xa0\x80", FFFD FFFD FFFD);          /* surrogate */
	CLEAN("\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD); /* beyond U+10FFFF */
	CLEAN("\xe2\x82", FFFD);                        /* cut off */
	CLEAN("\xf0\x9f\x98", FFFD);
	CLEAN("\xf0\x9f\x98"
	      "a",
	      FFFD "a"); /* hides nothing behind it */
	CLEAN("\xe2\x82\x1b[m", FFFD "\\x1b[m");
	CLEAN("\x9b"
	      "31m",
	      FFFD "31m");
}

static void decode_uses_what_it_should(void **state)
{
	uint32_t code;

	(void)state;
	assert_int_equal(text_decode("", 0, &code), 0);
	assert_int_equal(text_decode("\xe2\x82\xac!", 4, &code), 3);
	assert_int_equal(code, 0x20ac);
	assert_int_equal(text_decode("\xf0\x9f\x98\x80", 4, &code), 4);
	assert_int_equal(code, 0x1f600);
	assert_int_equal(text_decode("\xe2\x82\xac", 2, &code), 2);
	assert_int_equal(code, 0xfffd);
	assert_int_equal(text_decode("\xc3"
				     "A",
				     2, &code),
			 1);
	assert_int_equal(code, 0xfffd);
}

static void cuts_at_characters(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(text_clean(out, 5, "ab\xe2\x82\xac", 5), 5);
	assert_string_equal(out, "ab");
	assert_int_equal(text_clean(out, 6, "ab\xe2\x82\xac", 5), 5);
	assert_string_equal(out, "ab\xe2\x82\xac");
	/* Nothing shorter slips in behind what did not fit. */
	assert_int_equal(text_clean(out, 4,
				    "ab\xe2\x82\xac"
				    "c",
				    6),
			 6);
	assert_string_equal(out, "ab");
	assert_int_equal(text_clean(out, 1, "x", 1), 1);
	assert_string_equal(out, "");
	assert_int_equal(text_format(out, 5, "ab%s", "\xe2\x82\xac"), 2);
	assert_string_equal(out, "ab");
	assert_int_equal(text_format(out, 6, "ab%s", "\xe2\x82\xac"), 5);
	assert_int_equal(text_format(out, 7, "abc%s", "\xf0\x9f\x98\x80"), 3);
	assert_string_equal(out, "abc");
	assert_int_equal(text_format(out, 3, "%s", "abc"), 2);
	assert_int_equal(text_format(out, 4, "%s", "\xc3\xa9\xc3\xa9"), 2);
	assert_int_equal(text_format(out, 0, "%d", 1), 0);
}

static void nearest_words(void **state)
{
	static const char *const names[] = { "sparsity", "scope", "steps", "prune", "lr", NULL };
	char word[200];

	(void)state;
	assert_string_equal(text_nearest("sparsty", names), "sparsity");
	assert_string_equal(text_nearest("Sparsity", names), "sparsity");
	assert_string_equal(text_nearest("sprasity", names), "sparsity"); /* one swap */
	assert_string_equal(text_nearest("spasrtiy", names), "sparsity"); /* two swaps */
	assert_string_equal(text_nearest("rl", names), "lr");
	assert_null(text_nearest("sparsity", (const char *const[]){ "sparsity", NULL }));
	assert_null(text_nearest("quantize", names));
	assert_null(text_nearest("x", names)); /* everything short would be near */
	assert_null(text_nearest("", names));
	memset(word, 'a', sizeof word);
	word[sizeof word - 1] = '\0';
	assert_null(text_nearest(word, (const char *const[]){ word + 1, NULL }));
}

static void hints_name_the_nearest(void **state)
{
	static const char *const names[] = { "sparsity", "scope", NULL };
	char hint[TEXT_HINT_MAX];

	(void)state;
	assert_string_equal(text_did_you_mean(hint, "sparsty", names),
			    " (did you mean 'sparsity'?)");
	assert_string_equal(text_did_you_mean(hint, "quantize", names), "");
	assert_string_equal(text_did_you_mean(hint, "scope%s", (const char *const[]){ NULL }), "");
}

static void bytes_as_digits(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x9f, 0xff };
	char out[7];

	(void)state;
	assert_string_equal(text_hex(out, bytes, 3), "009fff");
	assert_string_equal(text_hex(out, bytes, 0), "");
}

static void printing_cleans(void **state)
{
	char *data = NULL, long_text[3000];
	size_t size = 0;
	FILE *to = open_memstream(&data, &size);

	(void)state;
	assert_non_null(to);
	text_printf(to, "%s %.1f %d\n", "a\x1b[31m", 0.5, 3);
	memset(long_text, 'y', sizeof long_text);
	long_text[sizeof long_text - 1] = '\0';
	text_printf(to, "%s\x7f", long_text);
	text_write(to, "\xc2\x9b\0", 3);
	fclose(to);
	assert_int_equal(size, 16 + sizeof long_text - 1 + 4 + 8);
	assert_memory_equal(data, "a\\x1b[31m 0.5 3\n", 16);
	assert_string_equal(data + size - 12, "\\x7f\\x9b\\x00");
	free(data);
}

static void columns_and_thousands(void **state)
{
	char out[32];

	(void)state;
	assert_int_equal(text_columns(""), 0);
	assert_int_equal(text_columns("abc"), 3);
	assert_string_equal(text_thousands(out, 0), "0");
	assert_string_equal(text_thousands(out, 999), "999");
	assert_string_equal(text_thousands(out, 1000), "1,000");
	assert_string_equal(text_thousands(out, 1066440), "1,066,440");
	assert_string_equal(text_thousands(out, UINT64_MAX), "18,446,744,073,709,551,615");
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return;
	assert_int_equal(text_columns("\xe2\x82\xac"), 1);
	assert_int_equal(text_columns("\xe4\xb8\xad\xe6\x96\x87"), 4); /* wide */
	assert_int_equal(text_columns("e\xcc\x81"), 1);                /* combining */
	assert_int_equal(text_columns("\xff"), 1);
}

static void words_are_counted(void **state)
{
	(void)state;
	assert_int_equal(text_words(""), 0);
	assert_int_equal(text_words(" \n\t "), 0);
	assert_int_equal(text_words("one"), 1);
	assert_int_equal(text_words(" one\ntwo, three\r\n"), 3);
}

static void endings(void **state)
{
	(void)state;
	assert_true(text_ends("ex1.lua", ".lua"));
	assert_true(text_ends("a.lua.lua", ".lua"));
	assert_false(text_ends(".lua", ".lua"));
	assert_false(text_ends("lua", ".lua"));
	assert_false(text_ends("ex1.lua.txt", ".lua"));
	assert_false(text_ends("", ".lua"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(harmless_text_stays),
		cmocka_unit_test(controls_become_visible),
		cmocka_unit_test(invisible_characters_become_visible),
		cmocka_unit_test(invalid_utf8_becomes_the_replacement),
		cmocka_unit_test(decode_uses_what_it_should),
		cmocka_unit_test(cuts_at_characters),
		cmocka_unit_test(nearest_words),
		cmocka_unit_test(hints_name_the_nearest),
		cmocka_unit_test(bytes_as_digits),
		cmocka_unit_test(printing_cleans),
		cmocka_unit_test(words_are_counted),
		cmocka_unit_test(columns_and_thousands),
		cmocka_unit_test(endings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
