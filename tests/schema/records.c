/* Records against the table of their fields, tests/schema/schema.json: the examples beside it, and with arguments
 * "FILE TYPE..." a stream of records ("-": standard input), in which each TYPE must occur.
 *
 * The table: "types" gives for each record type its fields, "parts" the objects inside them. A key that ends in '?'
 * may be missing. A field's form is a word (text, integer, number, flag, object, any, or a part), "=a b c" for one of
 * these texts, or a list of one form. "|null": may be null, with a sibling KEY_why. "|none": may be null, as it is.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/record.h"

#define KEY_MAX 128
#define PATH_LEN 4096

static json_t *schema; /* of the whole program; read by main */

static bool object_fits(const json_t *fields, const json_t *object, Err *err);

static const char *folder(void)
{
	static char path[PATH_LEN];
	const char *top = getenv("top_srcdir");

	snprintf(path, sizeof path, "%s/tests/schema", top ? top : ".");
	return path;
}

/* True when text is one of the words of a list, separated by spaces. */
static bool is_one_of(const char *words, const char *text)
{
	size_t len = strlen(text);

	for (const char *at = words; len && (at = strstr(at, text)); at += len)
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

static bool word_fits(const char *word, const json_t *value, Err *err)
{
	if (strcmp(word, "any") == 0)
		return true;
	if (word[0] == '=')
		return json_is_string(value) && is_one_of(word + 1, json_string_value(value));
	if (strcmp(word, "text") == 0)
		return json_is_string(value);
	if (strcmp(word, "integer") == 0)
		return json_is_integer(value);
	if (strcmp(word, "number") == 0)
		return json_is_number(value);
	if (strcmp(word, "flag") == 0)
		return json_is_boolean(value);
	if (strcmp(word, "object") == 0)
		return json_is_object(value);

	const json_t *part = json_object_get(json_object_get(schema, "parts"), word);
	if (!part)
		return err_set(err, ERR_INTERNAL, "schema.json knows no form '%s'", word);
	return json_is_object(value) && object_fits(part, value, err);
}

/* value against form, null and its reason apart. */
static bool value_fits(const json_t *form, const json_t *value, Err *err)
{
	char word[KEY_MAX];

	if (json_is_array(form)) {
		for (size_t i = 0; i < json_array_size(value); i++)
			if (!value_fits(json_array_get(form, 0), json_array_get(value, i), err))
				return false;
		return json_is_array(value);
	}
	snprintf(word, sizeof word, "%s", json_string_value(form));
	word[strcspn(word, "|")] = '\0';
	return word_fits(word, value, err);
}

static bool field_fits(const char *name, const json_t *form, const json_t *object, Err *err)
{
	char key[KEY_MAX], why[KEY_MAX + 8];
	const char *word = json_is_string(form) ? json_string_value(form) : "";

	snprintf(key, sizeof key, "%s", name);
	key[strcspn(key, "?")] = '\0';
	snprintf(why, sizeof why, "%s_why", key);

	const json_t *value = json_object_get(object, key);
	if (!value)
		return strchr(name, '?') || err_set(err, ERR_FORMAT, "%s is missing", key);
	if (json_is_null(value)) {
		if (strstr(word, "|none") || (strstr(word, "|null") && json_is_string(json_object_get(object, why))))
			return true;
		return err_set(err, ERR_FORMAT, "%s is null%s", key, strstr(word, "|null") ? " without a why" : "");
	}
	err->code = ERR_NONE;
	if (value_fits(form, value, err))
		return true;
	if (err->code == ERR_NONE)
		return err_set(err, ERR_FORMAT, "%s is not what it should be", key);
	return err_prefix(err, "%s", key);
}

static bool object_fits(const json_t *fields, const json_t *object, Err *err)
{
	const char *key;
	json_t *form;

	json_object_foreach((json_t *)fields, key, form)
		if (!field_fits(key, form, object, err))
			return false;
	return true;
}

/* Every record has v, type and t_ns; the rest is of its type. Rows of tables are no moments: they have no t_ns. */
static bool record_fits(const json_t *record, Err *err)
{
	const char *type = json_string_value(json_object_get(record, "type"));
	const json_t *fields = json_object_get(json_object_get(schema, "types"), type);

	if (!fields)
		return err_set(err, ERR_FORMAT, "no type '%s' in schema.json", type);
	return object_fits(fields, record, err) || err_prefix(err, "%s", type);
}

/* --- the examples ------------------------------------------------------------------------------- */

/* The first record of TYPE.jsonl after checking all of them; a new reference. */
static json_t *example(const char *type)
{
	char path[2 * PATH_LEN];
	char line[8192];
	json_t *first = NULL;
	Err err = { 0 };

	snprintf(path, sizeof path, "%s/%s.jsonl", folder(), type);
	FILE *file = fopen(path, "r");
	if (!file)
		fail_msg("%s has no example: %s", type, path);
	while (fgets(line, sizeof line, file)) {
		json_t *record = record_parse(line, strcspn(line, "\n"), &err);
		if (!record || !record_fits(record, &err))
			fail_msg("%s: %s", path, err.text);
		assert_string_equal(json_string_value(json_object_get(record, "type")), type);
		if (first)
			json_decref(record);
		else
			first = record;
	}
	fclose(file);
	if (!first)
		fail_msg("%s is empty", path);
	return first;
}

static void test_every_type_has_an_example(void **state)
{
	const char *type;
	json_t *fields;

	(void)state;
	json_object_foreach(json_object_get(schema, "types"), type, fields)
		json_decref(example(type));
}

static void test_every_example_has_a_type(void **state)
{
	size_t found = 0;
	DIR *dir = opendir(folder());

	(void)state;
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		char name[sizeof entry->d_name + 1];
		snprintf(name, sizeof name, "%s", entry->d_name);
		char *end = strstr(name, ".jsonl");
		if (!end)
			continue;
		*end = '\0';
		found++;
		if (!json_object_get(json_object_get(schema, "types"), name))
			fail_msg("%s.jsonl: no such type in schema.json", name);
	}
	closedir(dir);
	assert_int_equal(found, json_object_size(json_object_get(schema, "types")));
}

static void assert_refused(const json_t *record, const char *key, const char *what)
{
	Err err = { 0 };

	if (record_fits(record, &err))
		fail_msg("%s with %s %s was taken", json_string_value(json_object_get(record, "type")), key, what);
}

/* Each required field, taken away, made null or made an object of an unknown kind, must be noticed. */
static void test_damage_is_noticed(void **state)
{
	const char *type, *key;
	json_t *fields, *form;

	(void)state;
	json_object_foreach(json_object_get(schema, "types"), type, fields) {
		json_t *good = example(type);
		json_object_foreach(fields, key, form) {
			const char *word = json_is_string(form) ? json_string_value(form) : "";
			if (strchr(key, '?') || strcmp(key, "type") == 0)
				continue;
			json_t *bad = json_copy(good);
			json_object_del(bad, key);
			assert_refused(bad, key, "missing");
			json_object_set_new(bad, key, json_null());
			char why[KEY_MAX];
			snprintf(why, sizeof why, "%s_why", key);
			json_object_del(bad, why);
			if (!strstr(word, "|none"))
				assert_refused(bad, key, "null");
			json_object_set_new(bad, key, strcmp(word, "flag") == 0 ? json_integer(1) : json_false());
			if (strcmp(word, "any") != 0)
				assert_refused(bad, key, "of a wrong kind");
			json_decref(bad);
		}
		json_decref(good);
	}
}

/* --- a stream ----------------------------------------------------------------------------------- */

/* Reads records to the end; sets the types that occurred in seen. */
static bool stream_fits(FILE *file, json_t *seen, Err *err)
{
	char *line = NULL;
	size_t cap = 0, number = 0;
	bool ok = true;

	for (ssize_t len; ok && (len = getline(&line, &cap, file)) > 0;) {
		number++;
		json_t *record = record_parse(line, (size_t)len - (line[len - 1] == '\n'), err);
		ok = (record && record_fits(record, err)) || err_prefix(err, "line %zu", number);
		if (ok)
			json_object_set(seen, json_string_value(json_object_get(record, "type")), json_true());
		json_decref(record);
	}
	free(line);
	if (ok && number == 0)
		ok = err_set(err, ERR_FORMAT, "no record at all");
	return ok;
}

static int check_stream(const char *path, char **types)
{
	Err err = { 0 };
	json_t *seen = json_object();
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	bool ok = file ? stream_fits(file, seen, &err) : err_set(&err, ERR_FILE, "cannot open %s", path);

	for (; ok && *types; types++)
		if (!json_object_get(seen, *types))
			ok = err_set(&err, ERR_FORMAT, "no %s record", *types);
	if (!ok)
		fprintf(stderr, "%s: %s\n", path, err.text);
	if (file && file != stdin)
		fclose(file);
	json_decref(seen);
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_type_has_an_example),
		cmocka_unit_test(test_every_example_has_a_type),
		cmocka_unit_test(test_damage_is_noticed),
	};
	char path[2 * PATH_LEN];
	json_error_t error;

	snprintf(path, sizeof path, "%s/schema.json", folder());
	schema = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!schema) {
		fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
		return 1;
	}
	int status = argc > 1 ? check_stream(argv[1], argv + 2)
			      : cmocka_run_group_tests_name("schema", tests, NULL, NULL);
	json_decref(schema);
	return status;
}
