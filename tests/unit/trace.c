/* Traces: what is kept, what is served, what is refused.
 * SPDX-License-Identifier: MIT */
#include "energy/trace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "energy/energy.h"
#include "unit.h"

static char folder[64], path[128];

static int folder_new(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/wattle-trace-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/lab.trace", folder);
	return 0;
}

static int folder_remove(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static json_t *key_new(int seed)
{
	return json_pack("{s:s, s:i}", "script_sha256", "abc", "seed", seed);
}

static void put(TraceOut *out, const char *text)
{
	json_t *record = json_loads(text, 0, NULL);
	Err err = { .code = ERR_NONE };

	assert_non_null(record);
	assert_true(trace_out_put(out, record, &err));
	json_decref(record);
}

#define JOULES(value, low, high)                                                        \
	"{\"value\":" value ",\"low\":" low ",\"high\":" high                           \
	",\"scale_err\":0.05,\"provenance\":\"measured\",\"scope\":\"pkg\",\"source\":" \
	"\"rapl-perf\",\"flags\":[]}"
#define WINDOW(arm, block, attempt, energy)                                            \
	"{\"v\":1,\"type\":\"window\",\"t_ns\":9,\"arm\":\"" arm "\",\"block\":" block \
	",\"attempt\":" attempt ",\"items\":10,\"energy\":" energy ",\"energy_net\":null}"

/* A file of two arms; block 0 of arm a was void at first. */
static void record(int seed)
{
	Err err = { .code = ERR_NONE };
	json_t *key = key_new(seed);
	TraceOut *out = trace_out_new(path, key, &err);

	assert_non_null(out);
	put(out, "{\"v\":1,\"type\":\"run-begin\",\"script\":\"s.lua\",\"wall\":\"w\"}");
	put(out, "{\"v\":1,\"type\":\"log\",\"text\":\"not kept\"}");
	put(out, WINDOW("a", "0", "0", "null"));
	put(out, WINDOW("a", "0", "1", JOULES("5.0", "4.0", "6.0")));
	put(out, WINDOW("b", "0", "1", JOULES("7.0", "6.0", "8.0")));
	put(out, "{\"v\":1,\"type\":\"net\",\"t_ns\":9,\"arm\":\"a\",\"block\":0,\"attempt\":1,"
		 "\"energy_net\":" JOULES("3.0", "2.0", "4.0") "}");
	assert_true(trace_out_close(out, &err));
	json_decref(key);
}

static Trace *opened(void)
{
	Err err = { .code = ERR_NONE };
	Trace *trace = trace_read(path, &err);

	if (!trace)
		fail_msg("%s", err.text);
	return trace;
}

static json_t *served(const Trace *trace, const char *arm, int block, int items)
{
	Err err = { .code = ERR_NONE };
	json_t *window = json_pack("{s:s, s:i, s:i, s:n, s:s}", "arm", arm, "block", block, "items",
				   items, "energy", "energy_why", "no source: time only");

	assert_true(trace_serve(trace, window, &err));
	return window;
}

static void joules_are_served_for_each_item(void **state)
{
	Trace *trace;
	Joules joules;
	json_t *window;

	(void)state;
	record(1);
	trace = opened();
	assert_int_equal(trace_windows(trace), 2);
	window = served(trace, "a", 0, 20); /* twice as many as there */
	assert_true(joules_from_json(&joules, json_object_get(window, "energy")));
	assert_true(joules.value == 10 && joules.low == 8 && joules.high == 12);
	assert_int_equal(joules.prov, ENERGY_MODELLED);
	assert_int_equal(joules.flags, ENERGY_REPLAYED);
	assert_int_equal(joules.scope, ENERGY_PKG);
	assert_string_equal(joules.source, "replay");
	assert_null(json_object_get(window, "energy_why"));
	assert_true(joules_from_json(&joules, json_object_get(window, "energy_net")));
	assert_true(joules.value == 6); /* of the net record behind it */
	json_decref(window);
	trace_free(trace);
}

static void what_is_not_there_is_absent(void **state)
{
	Trace *trace;
	json_t *window;

	(void)state;
	record(1);
	trace = opened();
	window = served(trace, "a", 1, 20);
	assert_true(json_is_null(json_object_get(window, "energy")));
	assert_non_null(json_string_value(json_object_get(window, "energy_why")));
	json_decref(window);
	window = served(trace, "b", 0, 20);
	assert_true(json_is_object(json_object_get(window, "energy")));
	assert_true(json_is_null(json_object_get(window, "energy_net")));
	json_decref(window);
	trace_free(trace);
}

static void only_an_equal_key_fits(void **state)
{
	Err err = { .code = ERR_NONE };
	Trace *trace;
	json_t *same = key_new(1), *other = key_new(2), *more = key_new(1);

	(void)state;
	record(1);
	trace = opened();
	assert_true(trace_fits(trace, same, &err));
	assert_false(trace_fits(trace, other, &err));
	assert_int_equal(err.code, ERR_NEED);
	assert_non_null(strstr(err.text, "seed 1, this run has 2"));
	json_object_set_new(more, "threads", json_integer(2));
	assert_false(trace_fits(trace, more, &err));
	json_object_set_new(other, "script_sha256", json_string("def"));
	assert_false(trace_fits(trace, other, &err));
	assert_non_null(strstr(err.text, "another script"));
	json_decref(same);
	json_decref(other);
	json_decref(more);
	trace_free(trace);
}

static char *file_bytes(size_t *len)
{
	FILE *file = fopen(path, "r");
	char *text = malloc(1 << 16);

	assert_non_null(file);
	*len = fread(text, 1, 1 << 16, file);
	fclose(file);
	return text;
}

/* Any byte that is another one, and any end that is too early. */
static void damage_is_seen(void **state)
{
	size_t len;
	char *text;
	Err err = { .code = ERR_NONE };

	(void)state;
	record(1);
	text = file_bytes(&len);
	for (size_t i = 0; i < len; i++) {
		text[i] ^= 1;
		assert_null(trace_parse(text, len, &err));
		assert_int_equal(err.code, ERR_FORMAT);
		text[i] ^= 1;
	}
	for (size_t cut = 0; cut < len; cut++) {
		assert_null(trace_parse(text, cut, &err));
		assert_int_equal(err.code, ERR_FORMAT);
	}
	free(text);
}

/* A run that died leaves eight zeros for a checksum. */
static void one_that_was_not_closed_is_none(void **state)
{
	size_t len;
	char *text;
	Err err = { .code = ERR_NONE };

	(void)state;
	record(1);
	text = file_bytes(&len);
	memcpy(strstr(text, "\"crc32c\":\"") + 10, "00000000", 8);
	assert_null(trace_parse(text, len, &err));
	assert_non_null(strstr(err.text, "was not closed"));
	free(text);
}

static void nothing_is_overwritten_and_nothing_left(void **state)
{
	Err err = { .code = ERR_NONE };
	json_t *key = key_new(1);
	TraceOut *out;

	(void)state;
	record(1);
	assert_null(trace_out_new(path, key, &err));
	assert_int_equal(err.code, ERR_FILE);
	unlink(path);
	out = trace_out_new(path, key, &err);
	put(out, "{\"v\":1,\"type\":\"run-begin\",\"script\":\"s.lua\",\"wall\":\"w\"}");
	assert_true(trace_out_close(out, &err)); /* without a window */
	assert_int_equal(access(path, F_OK), -1);
	json_decref(key);
	record(1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_new, folder_remove)
	const struct CMUnitTest tests[] = {
		TEST(joules_are_served_for_each_item),
		TEST(what_is_not_there_is_absent),
		TEST(only_an_equal_key_fits),
		TEST(damage_is_seen),
		TEST(one_that_was_not_closed_is_none),
		TEST(nothing_is_overwritten_and_nothing_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
