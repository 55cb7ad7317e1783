/* Scripts at their limits: memory refused at every single place, small caps, a user who aborts, a
 * file that is too long, a load that takes too long.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/clock.h"
#include "script/script.h"

static const char small_script[] =
	"local w = require 'wattle'\n"
	"local m = w.model.mlp { layers = { 4, 3, 2 } }\n"
	"local less = m:with(w.technique.prune { sparsity = 0.5, epochs = 0 })\n"
	"local text = {}\n"
	"for i = 1, 20 do text[i] = ('x'):rep(i * 100) end\n"
	"for word in table.concat(text, ' '):gmatch '%w+' do assert(#word > 0) end\n"
	"assert(less:nonzero() < m:clone():nonzero() and coroutine.wrap(function() return 1 end)() "
	"== 1)\n"
	"return w.experiment { api = 1, name = 'x', build = 'once', params = { a = 1 },\n"
	"  arms = { { 'a', print }, { 'b', print } }, design = { blocks = 1 } }\n";

static Script *open_text(const char *text, size_t memory_bytes, Err *err)
{
	ScriptOptions options = {
		.name = "limits.lua",
		.text = text,
		.len = strlen(text),
		.memory_bytes = memory_bytes,
	};

	err->code = ERR_NONE;
	err->text[0] = '\0';
	return script_open(&options, err);
}

static void test_allocations(void **state)
{
	size_t n = 0;
	Script *script = NULL;
	Err err;

	(void)state;
	for (; !script; n++) {
		assert_true(n < 100000);
		alloc_fail_after(n);
		script = open_text(small_script, 0, &err);
		alloc_fail_never();
		if (!script && (err.code != ERR_MEMORY || !err.text[0]))
			fail_msg("allocation %zu: %s: %s", n, err_name(err.code), err.text);
	}
	assert_true(n > 500);
	script_close(script);
}

static void test_memory_cap(void **state)
{
	Script *script = NULL;
	Err err;

	(void)state;
	for (size_t bytes = 1000; !script; bytes += 501) {
		assert_true(bytes < 4000000);
		script = open_text(small_script, bytes, &err);
		if (!script && err.code != ERR_LIMIT && err.code != ERR_MEMORY)
			fail_msg("%zu bytes: %s: %s", bytes, err_name(err.code), err.text);
	}
	script_close(script);
}

/* Says no at the third poll. */
typedef struct Abort {
	Control control;
	int polls;
} Abort;

static bool abort_poll(Control *self, Err *err)
{
	Abort *user = (Abort *)self;

	return ++user->polls < 3 || err_set(err, ERR_INTERRUPTED, "stopped by the user");
}

static void test_abort(void **state)
{
	static const char text[] = "while true do pcall(function() while true do end end) end\n";
	Abort user = { .control = { .poll = abort_poll } };
	Trial trial = { .control = &user.control, .edge_fd = -1 };
	ScriptOptions options = {
		.name = "abort.lua",
		.text = text,
		.len = sizeof text - 1,
		.trial = &trial,
	};
	Err err;

	(void)state;
	assert_null(script_open(&options, &err));
	assert_int_equal(err.code, ERR_INTERRUPTED);
	assert_string_equal(err.text, "stopped by the user");
	assert_int_equal(user.polls, 3);
}

static void test_load_limit(void **state)
{
	static const char text[] = "while true do end\n";
	ScriptOptions options = {
		.name = "slow.lua",
		.text = text,
		.len = sizeof text - 1,
		.load_limit_ns = 20000000,
		.deadline_ns = clock_now_ns() + INT64_C(3600000000000),
	};
	Err err;

	(void)state;
	assert_null(script_open(&options, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_string_equal(err.text, "slow.lua:1: time limit reached (in the script)");
}

static void test_length(void **state)
{
	char *text = calloc(1, SCRIPT_BYTES_MAX + 2);
	Err err;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', SCRIPT_BYTES_MAX + 1);
	assert_null(open_text(text, 0, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	text[SCRIPT_BYTES_MAX] = '\0';
	assert_null(open_text(text, 0, &err));
	assert_int_equal(err.code, ERR_SCRIPT); /* it returns no experiment */
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allocations), cmocka_unit_test(test_memory_cap),
		cmocka_unit_test(test_abort),       cmocka_unit_test(test_load_limit),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
