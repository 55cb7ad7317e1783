/* Params: defaults, limits, units, choices, unknown keys, and the description in JSON.
 * SPDX-License-Identifier: MIT */
#include "base/info.h"

#include <math.h>
#include <string.h>

#include "unit.h"

static const Param prune_params[] = {
	{ .name = "sparsity",
	  .type = PARAM_NUMBER,
	  .value = "0.5",
	  .minimum = 0,
	  .maximum = 0.99,
	  .help = "Share of weights that become zero.",
	  .required = true },
	{ .name = "scope", .type = PARAM_CHOICE, .value = "global", .choices = "layer|global" },
	{ .name = "steps",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 1,
	  .maximum = 100,
	  .unit = "epochs" },
	{ .name = "iterative", .type = PARAM_FLAG, .value = "false" },
	{ .name = "hidden", .type = PARAM_SIZES, .value = "64,32", .minimum = 1, .maximum = 4096 },
	{ .name = "rows", .type = PARAM_OBJECT, .choices = "rows" },
	{ .name = "memory",
	  .type = PARAM_SIZE,
	  .value = "64M",
	  .minimum = 0x1p20,
	  .maximum = 0x1p34,
	  .unit = "bytes" },
	{ .name = "limit",
	  .type = PARAM_TIME,
	  .value = "5m",
	  .minimum = 0,
	  .maximum = 86400,
	  .unit = "s" },
	{ .name = "note", .type = PARAM_TEXT },
	{ .name = "kind", .type = PARAM_CHOICE, .choices = "a|b" },
	{ .name = "seed", .type = PARAM_INT },
	{ .name = NULL },
};

static const Info prune = {
	.name = "prune",
	.title = "Pruning",
	.about = "Removes weights.",
	.params = prune_params,
};

static Params params;
static Err err;

static int fresh(void **state)
{
	(void)state;
	err.code = ERR_NONE;
	return params_init(&params, &prune, &err) ? 0 : -1;
}

static void refuses(bool result, const char *text)
{
	assert_false(result);
	assert_int_equal(err.code, ERR_ARGUMENT);
	assert_string_equal(err.text, text);
}

static void defaults_are_there(void **state)
{
	char out[32];

	(void)state;
	assert_true(params_get(&params, "sparsity")->number == 0.5);
	assert_false(params_get(&params, "sparsity")->given);
	assert_string_equal(params_choice(&params, "scope", out), "global");
	assert_string_equal(params_choice(&params, "kind", out), "");
	assert_int_equal(params_get(&params, "steps")->integer, 1);
	assert_int_equal(params_get(&params, "hidden")->sizes.count, 2);
	assert_int_equal(params_get(&params, "hidden")->sizes.value[1], 32);
	assert_int_equal(params_get(&params, "memory")->bytes, 64 << 20);
	assert_true(params_get(&params, "limit")->number == 300);
	assert_null(params_get(&params, "rows")->object);
	refuses(params_complete(&params, &err),
		"prune: sparsity is missing; give a number from 0 to 0.99");
	assert_true(params_set_number(&params, "sparsity", 0.9, &err));
	assert_true(params_complete(&params, &err));
}

static void numbers_keep_their_limits(void **state)
{
	(void)state;
	assert_true(params_set_text(&params, "sparsity", "0.99", &err));
	assert_true(params_get(&params, "sparsity")->given);
	refuses(params_set_number(&params, "sparsity", 1.5, &err),
		"prune: sparsity is 1.5, but must be a number from 0 to 0.99");
	refuses(params_set_number(&params, "sparsity", (double)NAN, &err),
		"prune: sparsity is nan, but must be a number from 0 to 0.99");
	refuses(params_set_number(&params, "steps", 2.5, &err),
		"prune: steps is 2.5, but must be a whole number from 1 to 100 epochs");
	assert_false(params_set_number(&params, "steps", 0, &err));
	assert_false(params_set_number(&params, "steps", 101, &err));
	assert_true(params_set_number(&params, "steps", 100, &err));
	assert_true(params_get(&params, "sparsity")->number == 0.99); /* refusals change nothing */
	assert_true(params_set_number(&params, "seed", -0x1p53, &err));
	assert_int_equal(params_get(&params, "seed")->integer, -(INT64_C(1) << 53));
	assert_false(params_set_number(&params, "seed", 0x1p54, &err));
	assert_false(params_set_number(&params, "seed", (double)INFINITY, &err));
}

static void texts_are_scanned_strictly(void **state)
{
	static const char *const bad[] = { "",      " 1",  "1 ",    "0x1", "inf", "nan",
					   "1e999", "--1", "1.2.3", "e",   "." };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(params_set_text(&params, "seed", bad[i], &err));
	refuses(params_set_text(&params, "steps", "many", &err),
		"prune: steps is 'many', but must be a whole number from 1 to 100 epochs");
	assert_true(params_set_text(&params, "seed", "1e3", &err));
	assert_int_equal(params_get(&params, "seed")->integer, 1000);
	assert_true(params_set_text(&params, "seed", "9007199254740992", &err));
	assert_int_equal(params_get(&params, "seed")->integer, INT64_C(1) << 53);
	assert_true(params_set_text(&params, "seed", "-9007199254740991", &err));
	assert_int_equal(params_get(&params, "seed")->integer, 1 - (INT64_C(1) << 53));
	const char *const rounded[] = { "9007199254740993", "-9007199254740993", "9007199254740992.5",
					"99999999999999999999" };
	for (size_t i = 0; i < sizeof rounded / sizeof *rounded; i++) {
		assert_false(params_set_text(&params, "seed", rounded[i], &err));
		assert_int_equal(err.code, ERR_ARGUMENT);
		assert_non_null(strstr(err.text, rounded[i]));
	}
	assert_true(params_set_text(&params, "sparsity", "1e-300", &err));
}

static void units_are_read(void **state)
{
	(void)state;
	assert_true(params_set_text(&params, "memory", "2G", &err));
	assert_int_equal(params_get(&params, "memory")->bytes, UINT64_C(2) << 30);
	refuses(params_set_text(&params, "memory", "2X", &err),
		"prune: memory is '2X', but must be a size (64M, 2G) from 1048576 to "
		"17179869184 bytes");
	assert_false(params_set_text(&params, "memory", "512K", &err));
	assert_true(params_set_text(&params, "limit", "500ms", &err));
	assert_true(params_get(&params, "limit")->number == 0.5);
	assert_true(params_set_text(&params, "limit", "2h", &err));
	assert_true(params_get(&params, "limit")->number == 7200);
	assert_true(params_set_text(&params, "limit", "7", &err));
	assert_false(params_set_text(&params, "limit", "-1s", &err));
	assert_false(params_set_text(&params, "limit", "25h", &err));
}

static void choices_flags_and_texts(void **state)
{
	char out[32], note[PARAM_TEXT_MAX + 1];

	(void)state;
	assert_true(params_set_text(&params, "scope", "layer", &err));
	assert_string_equal(params_choice(&params, "scope", out), "layer");
	refuses(params_set_text(&params, "scope", "globl", &err),
		"prune: scope is 'globl', but must be one of layer, global (did you mean "
		"'global'?)");
	refuses(params_set_text(&params, "scope", "lay", &err),
		"prune: scope is 'lay', but must be one of layer, global (did you mean 'layer'?)");
	refuses(params_set_number(&params, "scope", 1, &err),
		"prune: scope is 1, but must be one of layer, global");
	assert_true(params_set_text(&params, "iterative", "yes", &err));
	assert_true(params_get(&params, "iterative")->flag);
	assert_true(params_set_flag(&params, "iterative", false, &err));
	assert_false(params_get(&params, "iterative")->flag);
	refuses(params_set_text(&params, "iterative", "maybe", &err),
		"prune: iterative is 'maybe', but must be true or false");
	refuses(params_set_flag(&params, "steps", true, &err),
		"prune: steps is true, but must be a whole number from 1 to 100 epochs");
	memset(note, 'n', sizeof note);
	note[PARAM_TEXT_MAX] = '\0';
	assert_false(params_set_text(&params, "note", note, &err));
	note[PARAM_TEXT_MAX - 1] = '\0';
	assert_true(params_set_text(&params, "note", note, &err));
	assert_string_equal(params_get(&params, "note")->text, note);
}

static void lists_and_objects(void **state)
{
	double sizes[PARAM_SIZES_MAX + 1];
	int thing;

	(void)state;
	for (int i = 0; i <= PARAM_SIZES_MAX; i++)
		sizes[i] = i + 1;
	assert_true(params_set_sizes(&params, "hidden", sizes, PARAM_SIZES_MAX, &err));
	assert_int_equal(params_get(&params, "hidden")->sizes.value[63], 64);
	refuses(params_set_sizes(&params, "hidden", sizes, PARAM_SIZES_MAX + 1, &err),
		"prune: hidden has 65 entries, but at most 64 are allowed");
	sizes[3] = 5000;
	refuses(params_set_sizes(&params, "hidden", sizes, 5, &err),
		"prune: hidden is 5000, but must be a list of whole numbers from 1 to 4096");
	assert_true(params_set_number(&params, "hidden", 16, &err));
	assert_int_equal(params_get(&params, "hidden")->sizes.count, 1);
	assert_true(params_set_text(&params, "hidden", "8,4", &err));
	assert_false(params_set_text(&params, "hidden", "8,,4", &err));
	assert_false(params_set_text(&params, "hidden", "8,", &err));
	refuses(params_set_sizes(&params, "steps", sizes, 1, &err),
		"prune: steps is a list, but must be a whole number from 1 to 100 epochs");
	assert_true(params_set_object(&params, "rows", "rows", &thing, &err));
	assert_ptr_equal(params_get(&params, "rows")->object, &thing);
	refuses(params_set_object(&params, "rows", "model", &thing, &err),
		"prune: rows is model, but must be a value of the kind rows");
}

static void unknown_keys_get_a_hint(void **state)
{
	(void)state;
	refuses(params_set_number(&params, "sparsty", 0.5, &err),
		"unknown key 'sparsty' in prune (did you mean 'sparsity'?)");
	refuses(params_set_text(&params, "colour", "red", &err), "unknown key 'colour' in prune");
}

static void bad_rows_are_our_mistake(void **state)
{
	static const Param rows[] = {
		{ .name = "a", .type = PARAM_INT, .value = "7", .minimum = 1, .maximum = 5 },
		{ .name = NULL },
	};
	static const Info bad = { .name = "bad", .params = rows }, empty = { .name = "empty" };

	(void)state;
	assert_false(params_init(&params, &bad, &err));
	assert_int_equal(err.code, ERR_INTERNAL);
	assert_true(params_init(&params, &empty, &err));
	assert_true(params_complete(&params, &err));
	assert_false(params_set_number(&params, "a", 1, &err));
}

static void description_lists_every_row(void **state)
{
	json_t *info = info_json(&prune);
	json_t *rows = json_object_get(info, "params");

	(void)state;
	assert_non_null(info);
	assert_int_equal(json_array_size(rows), 11);
	char *text = json_dumps(json_array_get(rows, 2), JSON_COMPACT);

	assert_string_equal(
		text, "{\"name\":\"steps\",\"type\":\"int\",\"default\":\"1\",\"minimum\":1.0,"
		      "\"maximum\":100.0,\"unit\":\"epochs\",\"choices\":null,\"help\":null,"
		      "\"required\":false}");
	free(text);
	assert_true(json_is_null(json_object_get(json_array_get(rows, 8), "maximum")));
	json_decref(info);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(defaults_are_there, fresh),
		cmocka_unit_test_setup(numbers_keep_their_limits, fresh),
		cmocka_unit_test_setup(texts_are_scanned_strictly, fresh),
		cmocka_unit_test_setup(units_are_read, fresh),
		cmocka_unit_test_setup(choices_flags_and_texts, fresh),
		cmocka_unit_test_setup(lists_and_objects, fresh),
		cmocka_unit_test_setup(unknown_keys_get_a_hint, fresh),
		cmocka_unit_test_setup(bad_rows_are_our_mistake, fresh),
		cmocka_unit_test(description_lists_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
