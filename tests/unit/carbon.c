/* Carbon: the shipped table, regions, what is refused, grams in two digits.
 * SPDX-License-Identifier: MIT */
#include "energy/carbon.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define HEAD "code,region,g_per_kwh,year,source\n"

static CarbonTable *parse(const char *text, Err *err)
{
	return carbon_table_parse(text, strlen(text), err);
}

static CarbonTable *shipped(void)
{
	char path[4096];
	const char *top = getenv("top_srcdir");
	Err err = { .code = ERR_NONE };

	snprintf(path, sizeof path, "%s/datasets/" CARBON_TABLE, top ? top : ".");
	CarbonTable *table = carbon_table_read(path, &err);
	if (!table)
		fail_msg("%s", err.text);
	return table;
}

static void the_table_that_is_shipped(void **state)
{
	CarbonTable *table = shipped();
	static const double band[CARBON_BAND] = { 56, 369, 713 };
	double least = INFINITY, most = 0;
	Err err = { .code = ERR_NONE };

	(void)state;
	for (size_t i = 0; i < CARBON_BAND; i++)
		assert_true(carbon_find(table, carbon_band[i], &err)->g_per_kwh == band[i]);
	for (size_t i = 0; i < table->count; i++) {
		least = fmin(least, table->row[i].g_per_kwh);
		most = fmax(most, table->row[i].g_per_kwh);
	}
	assert_true(least >= 20 && most <= 1306.5);
	free(table);
}

static void regions_are_found(void **state)
{
	CarbonTable *table = shipped();
	Err err = { .code = ERR_NONE };

	(void)state;
	assert_string_equal(carbon_find(table, "deu", &err)->name, "Germany");
	assert_string_equal(carbon_find(table, "south KOREA", &err)->code, "KOR");
	assert_null(carbon_find(table, "Germny", &err));
	assert_int_equal(err.code, ERR_USAGE);
	assert_non_null(strstr(err.text, "did you mean 'Germany'?"));
	assert_null(carbon_find(table, "CAF", &err)); /* 0 in the source: missing, not clean */
	assert_int_equal(err.code, ERR_NEED);
	free(table);
}

static void bad_tables_are_named(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "has no rows" },
		{ HEAD, "has no rows" },
		{ "region,code\n", "line 1: head" },
		{ HEAD "FRA,France,56,2023\n", "line 2: row has fewer" },
		{ HEAD "FRA,France,56,2023,a,b\n", "line 2: row has more" },
		{ HEAD "# x\n\nfra,France,56,2023,a\n", "line 4: code" },
		{ HEAD "FRA,,56,2023,a\n", "line 2: region" },
		{ HEAD "FRA,France,-1,2023,a\n", "line 2: g_per_kwh" },
		{ HEAD "FRA,France,nan,2023,a\n", "line 2: g_per_kwh" },
		{ HEAD "FRA,France,1e3,2023,a\n", "line 2: g_per_kwh" },
		{ HEAD "FRA,France,5001,2023,a\n", "line 2: g_per_kwh" },
		{ HEAD "FRA,France,56,2023.5,a\n", "line 2: year" },
		{ HEAD "FRA,France,56,23,a\n", "line 2: year" },
		{ HEAD "FRA,France,56,2023,\n", "line 2: source" },
		{ HEAD "FRA,France,56,2023,a\nFRA,Gaul,56,2023,a\n", "line 3: code stands twice" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		Err err = { .code = ERR_NONE };
		assert_null(parse(cases[i].text, &err));
		assert_int_equal(err.code, ERR_FORMAT);
		if (!strstr(err.text, cases[i].says))
			fail_msg("case %zu: '%s' does not say '%s'", i, err.text, cases[i].says);
	}
}

static void joules_become_grams(void **state)
{
	Joules joules = { .value = 3.6e6, .low = 3.24e6, .high = 3.96e6 };
	Grams grams = carbon_grams(&joules, 1, 369);

	(void)state;
	assert_true(fabs(grams.value - 370) < 1e-9); /* two digits */
	assert_true(fabs(grams.low - 330) < 1e-9 && fabs(grams.high - 410) < 1e-9);
	grams = carbon_grams(&joules, 1.5, 20);
	assert_true(fabs(grams.value - 30) < 1e-9);
	joules.value = joules.low = joules.high = NAN;
	grams = carbon_grams(&joules, 1, 369);
	assert_true(isnan(grams.value) && isnan(grams.low));
	/* 300 kg over 4 years: 2.4 mg a second. */
	assert_true(fabs(carbon_embodied_g(300, 4, 1) - 2.4e-3) < 1e-12);
}

static void grams_in_words(void **state)
{
	static const struct {
		double grams;
		const char *text;
	} cases[] = {
		{ 0.369, "370 mg" },    { 1, "1.0 g" },        { 0.99951, "1.0 g" },
		{ 999, "1.0 kg" },      { 1234, "1.2 kg" },    { 12.34, "12 g" },
		{ 9.96, "10 g" },       { 5.6e-10, "0.6 ng" }, { 3.4e8, "340 t" },
		{ -0.0021, "-2.1 mg" }, { 0, "0 g" },          { NAN, "-" },
	};
	char text[24];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(carbon_text(cases[i].grams, text), cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_that_is_shipped),
		cmocka_unit_test(regions_are_found),
		cmocka_unit_test(bad_tables_are_named),
		cmocka_unit_test(joules_become_grams),
		cmocka_unit_test(grams_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
