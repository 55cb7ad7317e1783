/* The small editor of a reflection: lines, the cursor, characters of several bytes, words, what
 * ends it and what is refused.
 * SPDX-License-Identifier: MIT */
#include "ui/views/lesson/reflection.h"

#include <locale.h>
#include <string.h>

#include "base/text.h"
#include "canvas_sound.h"
#include "unit.h"

#define COLUMNS 20

static Request asked;

static bool press(Reflection *text, Action action, uint32_t key)
{
	request_done(&asked);
	return reflection_key(text, action, &(KeyEvent){ .key = key }, COLUMNS, &asked);
}

static void type(Reflection *text, const char *letters)
{
	uint32_t code;

	for (size_t at = 0, len = strlen(letters); at < len;) {
		at += text_decode(letters + at, len - at, &code);
		press(text, ACTION_NONE, code == '\n' ? KEY_RETURN : code);
	}
}

static Reflection *begin(int min_words)
{
	Reflection *text = reflection_new();
	json_t *record = json_pack("{s:s, s:i, s:s, s:i, s:n}", "type", "prompt", "step", 3, "ask",
				   "Why?", "min_words", min_words, "locked");

	assert_non_null(text);
	assert_non_null(record);
	reflection_take(text, record);
	json_decref(record);
	return text;
}

static void end(Reflection *text)
{
	request_done(&asked);
	reflection_free(text);
}

static void letters_go_in_at_the_cursor(void **state)
{
	Reflection *text = begin(0);

	(void)state;
	type(text, "nahr");
	press(text, ACTION_NONE, KEY_ARROW_LEFT);
	press(text, ACTION_NONE, KEY_BACK);
	type(text, "\xc3\xb6\xe6\xbc\xa2");
	assert_string_equal(text->text, "na\xc3\xb6\xe6\xbc\xa2r");
	press(text, ACTION_NONE, KEY_ARROW_LEFT);
	press(text, ACTION_NONE, KEY_BACK); /* the whole ö */
	assert_string_equal(text->text, "na\xe6\xbc\xa2r");
	press(text, ACTION_TOP, KEY_TOP);
	press(text, ACTION_NONE, KEY_BACK); /* nothing before the begin */
	press(text, ACTION_NONE, KEY_ARROW_LEFT);
	type(text, "x");
	press(text, ACTION_BOTTOM, KEY_BOTTOM);
	press(text, ACTION_NONE, KEY_ARROW_RIGHT); /* nor behind the end */
	type(text, "y");
	assert_string_equal(text->text, "xna\xe6\xbc\xa2ry");
	/* What a terminal could obey never comes in. */
	assert_false(press(text, ACTION_NONE, 0x1b));
	assert_false(press(text, ACTION_NONE, 0x202e));
	assert_false(press(text, ACTION_NONE, KEY_CLICK));
	assert_string_equal(text->text, "xna\xe6\xbc\xa2ry");
	end(text);
}

static void up_and_down_follow_the_lines_drawn(void **state)
{
	Reflection *text = begin(0);

	(void)state;
	type(text, "0123456789 abcdefghij\nsecond"); /* breaks behind 9: 21 columns */
	press(text, ACTION_UP, KEY_ARROW_UP);
	type(text, "|");
	assert_string_equal(text->text, "0123456789 abcdef|ghij\nsecond");
	press(text, ACTION_UP, KEY_ARROW_UP);
	type(text, "|");
	assert_string_equal(text->text, "0123456|789 abcdef|ghij\nsecond");
	press(text, ACTION_UP, KEY_ARROW_UP); /* stays */
	type(text, "|");
	press(text, ACTION_DOWN, KEY_ARROW_DOWN);
	press(text, ACTION_DOWN, KEY_ARROW_DOWN);
	press(text, ACTION_DOWN, KEY_ARROW_DOWN);
	type(text, "!");
	assert_string_equal(text->text, "0123456||789 abcdef|ghij\nsecond!");
	end(text);
}

static void it_is_locked_with_words_enough(void **state)
{
	Reflection *text = begin(3);

	(void)state;
	type(text, "one  two");
	assert_int_equal(text_words(text->text), 2);
	assert_true(press(text, ACTION_LOCK, KEY_CTRL_D));
	assert_int_equal(asked.kind, REQUEST_NONE);
	assert_false(text->locked);
	type(text, "\nthree");
	assert_true(press(text, ACTION_LOCK, KEY_CTRL_D));
	assert_int_equal(asked.kind, REQUEST_COMMAND);
	assert_string_equal(asked.text, "answer");
	assert_string_equal(json_string_value(json_object_get(asked.value, "text")),
			    "one  two\nthree");
	assert_int_equal(json_integer_value(json_object_get(asked.value, "step")), 3);
	assert_true(text->locked);
	assert_false(press(text, ACTION_NONE, 'x'));
	reflection_refused(text); /* by the worker: it can be gone on with */
	assert_false(text->locked);
	type(text, "!");
	assert_string_equal(text->text, "one  two\nthree!");
	end(text);
}

static void a_dot_alone_ends_it(void **state)
{
	Reflection *text = begin(2);

	(void)state;
	type(text, "one.\n.\n"); /* too few: the dot is gone, the text is open */
	assert_string_equal(text->text, "one.");
	assert_false(text->locked);
	type(text, " two.\n"); /* a dot behind words is none alone */
	assert_false(text->locked);
	type(text, ".\n");
	assert_true(text->locked);
	assert_string_equal(json_string_value(json_object_get(asked.value, "text")), "one. two.");
	end(text);
	text = begin(0);
	type(text, ".\n");
	assert_false(text->locked); /* an empty text is none */
	assert_string_equal(text->text, "");
	end(text);
}

static void a_full_text_takes_no_more(void **state)
{
	Reflection *text = begin(0);
	char hint[256];

	(void)state;
	for (int i = 0; i < 2 * REFLECTION_MAX; i++)
		press(text, ACTION_NONE, i % 7 ? 0xe9 : ' ');
	assert_in_range(strlen(text->text), REFLECTION_MAX - 3, REFLECTION_MAX - 1);
	reflection_hint(text, hint, sizeof hint);
	assert_non_null(strstr(hint, "full"));
	end(text);
}

static void a_draft_is_taken_up_once(void **state)
{
	Reflection *text = begin(2), *later = begin(2);
	json_t *draft;

	(void)state;
	assert_null(reflection_draft(text));
	type(text, " \n");
	assert_null(reflection_draft(text)); /* no word */
	type(text, "where memory");
	draft = reflection_draft(text);
	assert_non_null(draft);
	reflection_resume(later, draft);
	assert_string_equal(later->text, text->text);
	type(later, " ends"); /* behind it */
	assert_int_equal(text_words(later->text), 3);
	reflection_resume(later, draft);
	assert_int_equal(text_words(later->text), 3);
	press(later, ACTION_LOCK, KEY_CTRL_D);
	assert_null(reflection_draft(later));
	json_decref(draft);
	reflection_free(later);
	end(text);
}

/* Whatever is written or was locked, at any size. */
static void drawings_stay_in_their_pane(void **state)
{
	json_t *record = json_pack("{s:s, s:{s:s}}", "type", "prompt", "locked", "text",
				   "a\x1b[2J\n\n\xe6\xbc\xa2\xe5\xad\x97 e\xcc\x81 "
				   "averyveryverylongwordthatnolineholds\n");
	Reflection *text = begin(0);
	Canvas canvas;
	Err err;

	(void)state;
	assert_non_null(record);
	for (int locked = 0; locked < 2; locked++) {
		for (int width = 1; width < 40; width++) {
			size_t columns, most;

			assert_true(canvas_init(&canvas, width, 1 + width % 9,
						(Glyphs)(width % 3), &err));
			reflection_draw(text, &canvas, &(Pane){ 0, 0, width, 1 + width % 9 }, true,
					(size_t)width, &columns, &most);
			assert_true(canvas_sound(&canvas));
			assert_in_range(columns, 1, width);
			canvas_done(&canvas);
		}
		reflection_take(text, record);
	}
	assert_true(text->locked);
	json_decref(record);
	end(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_go_in_at_the_cursor),
		cmocka_unit_test(up_and_down_follow_the_lines_drawn),
		cmocka_unit_test(it_is_locked_with_words_enough),
		cmocka_unit_test(a_dot_alone_ends_it),
		cmocka_unit_test(a_full_text_takes_no_more),
		cmocka_unit_test(a_draft_is_taken_up_once),
		cmocka_unit_test(drawings_stay_in_their_pane),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
