/* Figures: those of fixed records against those of tests/unit/fixtures/figures, and any odd run:
 * no block, one block, no energy, an arm that diverged, sixteen arms, hostile names.
 *
 * figures --update writes the files anew; the diff is to be read.
 * SPDX-License-Identifier: MIT */
#include "lab/figures/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/figures/svg.h"
#include "alloc_fail.h"
#include "unit.h"

#include "lab.h"
#include "xml_sound.h"

/* A run, and the figures of it. */
typedef struct Set {
	Results *results;
	Story *story;
	FigureList list;
} Set;

static bool update;

static void set_init(Set *set)
{
	Err err;

	*set = (Set){ .results = results_new(&err), .story = story_new(&err) };
	assert_true(set->results && set->story);
}

static void set_done(Set *set)
{
	figures_done(&set->list);
	results_free(set->results);
	story_free(set->story);
}

static void set_take(Set *set, const char *line)
{
	Err err = { .code = ERR_NONE };
	json_t *record = json_loads(line, 0, NULL);

	assert_non_null(record);
	if (!results_take(set->results, record, &err) || !story_take(set->story, record, &err))
		fail_msg("%s: %s", err.text, line);
	json_decref(record);
}

static void set_draw(Set *set)
{
	Err err = { .code = ERR_NONE };
	const FigureSubject subject = { set->results, set->story, "", 0, "" };

	assert_true(figures_draw(&set->list,
				 &(FigureAsk){ .scope = FIGURE_COMPARISON,
					       .subject = &subject,
					       .subjects = 1,
					       .prefix = "" },
				 &err));
}

/* To be freed. */
static char *svg_of(const Figure *figure)
{
	char *bytes;
	size_t len;
	FILE *to = open_memstream(&bytes, &len);

	figure_write(to, figure, FIGURE_FILE);
	fclose(to);
	return bytes;
}

static const Figure *figure_named(const Set *set, const char *name)
{
	for (size_t i = 0; i < set->list.n; i++)
		if (strcmp(set->list.figure[i].name, name) == 0)
			return &set->list.figure[i];
	return NULL;
}

/* What every figure has, whatever is on it. */
static void check_sound(const Set *set)
{
	for (size_t i = 0; i < set->list.n; i++) {
		const Figure *figure = &set->list.figure[i];
		const char *where = "", *fault;
		char *svg = svg_of(figure);

		fault = xml_sound(svg, &where);
		if (fault)
			fail_msg("%s: %s at %.80s", figure->name, fault, where);
		assert_non_null(strstr(svg, "class=\"badge\""));
		assert_non_null(strstr(svg, "class=\"title\""));
		assert_non_null(strstr(svg, "class=\"tick\""));
		assert_null(strstr(svg, "\"nan"));
		assert_null(strstr(svg, ">nan"));
		assert_null(strstr(svg, "inf\""));
		assert_true(*figure->about);
		free(svg);
	}
}

/* --- fixed records ---------------------------------------------------------------------------- */

static void path_of(const char *name, const char *ending, char out[512])
{
	const char *top = getenv("top_srcdir");

	snprintf(out, 512, "%s/tests/unit/fixtures/figures/%s%s", top ? top : ".", name, ending);
}

static void read_records(Set *set, const char *name)
{
	char path[512], *line = NULL;
	size_t room = 0;

	path_of(name, ".jsonl", path);
	FILE *from = fopen(path, "r");

	if (!from)
		fail_msg("%s cannot be read", path);
	while (getline(&line, &room, from) > 0)
		set_take(set, line);
	free(line);
	fclose(from);
}

static void check_file(const char *records, const Figure *figure)
{
	char name[160], path[512], *svg = svg_of(figure), *want = calloc(1, 1 << 20);

	snprintf(name, sizeof name, "%s-%s", records, figure->name);
	path_of(name, ".svg", path);
	FILE *file = fopen(path, update ? "w" : "r");

	if (!file)
		fail_msg("%s cannot be opened", path);
	if (update)
		fputs(svg, file);
	else
		fread(want, 1, (1 << 20) - 1, file);
	fclose(file);
	if (!update && strcmp(svg, want) != 0)
		fail_msg("%s is not what is drawn; tests/unit/figures --update", path);
	free(want);
	free(svg);
}

static void check_records(const char *name, const char *const *wanted)
{
	Set set;

	set_init(&set);
	read_records(&set, name);
	set_draw(&set);
	check_sound(&set);
	for (size_t i = 0; i < set.list.n; i++)
		check_file(name, &set.list.figure[i]);
	for (size_t i = 0; wanted[i]; i++)
		if (!figure_named(&set, wanted[i]))
			fail_msg("%s has no figure %s", name, wanted[i]);
	set_done(&set);
}

static void fixed_records_give_fixed_figures(void **state)
{
	(void)state;
	check_records("measured",
		      (const char *[]){ "bars", "pareto-energy", "pareto-time", "pareto-bytes",
					"breakeven", "curves", "power", "drift", NULL });
	check_records("modelled", (const char *[]){ "bars", "sweep-energy", "sweep-time", NULL });
	check_records("pairs",
		      (const char *[]){ "before-after-energy", "before-after-time", NULL });
}

static void check_has(const Set *set, const char *name, const char *text, bool want)
{
	const Figure *figure = figure_named(set, name);

	if (!figure)
		fail_msg("no figure %s", name);
	char *svg = svg_of(figure);

	if ((strstr(svg, text) != NULL) != want)
		fail_msg("%s: '%s' is %sthere", name, text, want ? "not " : "");
	free(svg);
}

static void figures_say_where_joules_come_from(void **state)
{
	Set set;

	(void)state;
	set_init(&set);
	read_records(&set, "measured");
	set_draw(&set);
	check_has(&set, "bars", ">measured, package, rapl-perf<", true);
	check_has(&set, "bars", "class=\"hatch\"", false);
	check_has(&set, "bars", "class=\"err\"", true);
	check_has(&set, "pareto-energy", "class=\"err\"", true);
	check_has(&set, "pareto-energy", ">Energy of 10,000 predictions (mJ)<", true);
	check_has(&set, "pareto-energy", ">Test accuracy (%)<", true);
	check_has(&set, "power", ">power (W)<", true);
	check_has(&set, "pareto-bytes", ">counted, exact<", true);
	check_has(&set, "breakeven", "pruned pays back in joules after", true);
	set_done(&set);
	set_init(&set);
	read_records(&set, "modelled");
	set_draw(&set);
	check_has(&set, "bars", ">modelled ±60 %, whole machine, cpu-table<", true);
	check_has(&set, "bars", "class=\"hatch\"", true);
	check_has(&set, "pareto-energy", "glyph hollow", true);
	check_has(&set, "pareto-time", "glyph hollow", false);
	set_done(&set);
}

/* The same run under the names of conditions: batch is numbers and has more levels than dataset. */
static void conditions_are_swept(void **state)
{
	static const char *const names[] = { "batch=1 dataset=digits",  "batch=8 dataset=digits",
					     "batch=64 dataset=digits", "batch=1 dataset=a b",
					     "batch=8 dataset=a b",     "batch=64 dataset=a b" };
	FigureSubject subject[6];
	Err err = { .code = ERR_NONE };
	Set set;

	(void)state;
	set_init(&set);
	read_records(&set, "measured");
	for (size_t i = 0; i < 6; i++)
		subject[i] =
			(FigureSubject){ set.results, set.story, names[i], (int64_t)i, names[i] };
	assert_true(figures_draw(&set.list,
				 &(FigureAsk){ .scope = FIGURE_CONDITIONS,
					       .subject = subject,
					       .subjects = 6,
					       .prefix = "" },
				 &err));
	check_sound(&set);
	check_has(&set, "sweep-energy", ">Energy by batch<", true);
	check_has(&set, "sweep-energy", ">dataset a b<", true);
	check_has(&set, "sweep-energy", ">dataset digits<", true);
	check_file("conditions", figure_named(&set, "sweep-energy"));
	set_done(&set);
}

static void runs_are_set_side_by_side(void **state)
{
	FigureSubject subject[2];
	Err err = { .code = ERR_NONE };
	Set set;

	(void)state;
	set_init(&set);
	read_records(&set, "measured");
	for (size_t i = 0; i < 2; i++)
		subject[i] = (FigureSubject){ set.results, set.story, "", 0, i ? "2" : "1" };
	assert_true(figures_draw(
		&set.list,
		&(FigureAsk){
			.scope = FIGURE_RUNS, .subject = subject, .subjects = 2, .prefix = "all-" },
		&err));
	check_sound(&set);
	check_has(&set, "all-pareto-energy", ">2: int8<", true);
	check_has(&set, "all-pareto-energy", "did not take turns", true);
	set_done(&set);
}

/* --- odd runs --------------------------------------------------------------------------------- */

static void begin_run(Set *set, size_t arms, const char *const *names)
{
	Plan *plan = calloc(1, sizeof *plan);
	Err err = { .code = ERR_NONE };

	plan_init(plan);
	snprintf(plan->name, sizeof plan->name, "odd");
	plan->arms = arms;
	for (size_t i = 0; i < arms; i++)
		snprintf(plan->arm[i], sizeof plan->arm[i], "%s", names[i]);
	plan->seeds = plan->blocks_max;
	for (size_t i = 0; i < plan->seeds; i++)
		plan->seed[i] = i + 1;
	json_t *record = json_pack("{s:i, s:s, s:i, s:o}", "v", 1, "type", "run-begin", "seed", 42,
				   "plan", plan_json(plan));

	assert_non_null(record);
	if (!results_take(set->results, record, &err) || !story_take(set->story, record, &err))
		fail_msg("%s", err.text);
	json_decref(record);
	free(plan);
}

/* A whole block of an arm. */
static void block(Set *set, const char *arm, int number, double time_s, const char *accuracy)
{
	json_t *record = json_pack("{s:i, s:s, s:s, s:i, s:i, s:i, s:f, s:n, s:[]}", "v", 1, "type",
				   "window", "arm", arm, "block", number, "attempt", 0, "items",
				   1000, "time_s", time_s, "energy", "flags");
	char *line = json_dumps(record, 0);

	set_take(set, line);
	free(line);
	json_decref(record);
	record = json_pack("{s:i, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:o}", "v", 1, "type",
			   "trial", "arm", arm, "block", number, "attempt", 0, "seed", number + 1,
			   "test_rows", 100, "macs", 10, "size_bytes", 1000, "accuracy",
			   accuracy ? json_real(atof(accuracy)) : json_null());
	if (!accuracy)
		json_object_set_new(record, "diverged", json_true());
	line = json_dumps(record, 0);
	set_take(set, line);
	free(line);
	json_decref(record);
}

static void no_block_gives_no_figure(void **state)
{
	Set set;

	(void)state;
	set_init(&set);
	begin_run(&set, 2, (const char *[]){ "A", "B" });
	set_draw(&set);
	assert_int_equal(set.list.n, 0);
	assert_true(set.list.missings >= 6);
	set_done(&set);
}

/* Curves tell on which rows the accuracy is: the first that was told, of test rows, those that the
 * script watched, validation rows and training rows. */
static void curves_name_their_rows(void **state)
{
	static const char *const keys[] = { "accuracy", "valid_accuracy", "watch_accuracy",
					    "test_accuracy" };
	static const char *const rows[] = { "training", "validation", "watched", "test" };

	(void)state;
	for (size_t told = 0; told < 4; told++) {
		char line[512], title[64];
		size_t len = (size_t)snprintf(line, sizeof line,
					      "{\"v\":1,\"type\":\"epoch\",\"arm\":\"A\",\"what\":"
					      "\"fit\",\"epoch\":1,\"epochs\":1,\"loss\":1");
		Set set;

		for (size_t i = 0; i <= told; i++)
			len += (size_t)snprintf(line + len, sizeof line - len, ",\"%s\":0.%zu",
						keys[i], i + 5);
		snprintf(line + len, sizeof line - len, "}");
		set_init(&set);
		begin_run(&set, 2, (const char *[]){ "A", "B" });
		set_take(&set, line);
		set_take(&set,
			 "{\"v\":1,\"type\":\"epoch\",\"arm\":\"B\",\"what\":\"fit\",\"epoch\":1,"
			 "\"epochs\":1,\"loss\":1,\"accuracy\":0.5}");
		set_draw(&set);
		snprintf(title, sizeof title, ">accuracy on %s rows (%%)<", rows[told]);
		check_has(&set, "curves", title, true);
		check_has(&set, "curves", "Test rows were watched only", told == 3);
		check_has(&set, "curves", "was not scored on those rows", told > 0);
		set_done(&set);
	}
}

static void epoch(Set *set, const char *arm, const char *what, const char *model, int behind,
		  int number, const char *loss)
{
	char line[512];

	snprintf(line, sizeof line,
		 "{\"v\":1,\"type\":\"epoch\",\"arm\":\"%s\",\"what\":\"%s\",\"model\":\"%s\","
		 "\"behind\":%d,\"epoch\":%d,\"epochs\":2%s%s}",
		 arm, what, model, behind, number, *loss ? ",\"loss\":" : "", loss);
	set_take(set, line);
}

/* Two trainings before the arms are two lines, not one line or a mean of both; a training that told
 * nothing is none. An arm begins behind the model that it is a copy of. */
static void trainings_before_the_arms(void **state)
{
	for (int second = 0; second < 2; second++) {
		Set set;

		(void)state;
		set_init(&set);
		begin_run(&set, 2, (const char *[]){ "A", "B" });
		set_take(&set, "{\"v\":1,\"type\":\"arm-begin\",\"arm\":\"setup\"}");
		epoch(&set, "setup", "fit", "forest", 0, 1, "");
		epoch(&set, "setup", "fit", "forest", 0, 2, "");
		epoch(&set, "setup", "fit", "mlp", 0, 1, "0.8");
		epoch(&set, "setup", "fit", "mlp", 0, 2, "0.6");
		if (second)
			epoch(&set, "setup", "fit", "mlp", 0, 1, "0.4");
		set_take(&set, "{\"v\":1,\"type\":\"arm-begin\",\"arm\":\"B\"}");
		epoch(&set, "B", "prune", "mlp", 2, 1, "0.5");
		set_draw(&set);
		check_sound(&set);
		check_has(&set, "curves", ">what they share<", !second);
		check_has(&set, "curves", "what all arms go on from", !second);
		check_has(&set, "curves", ">mlp<", second);
		check_has(&set, "curves", ">mlp 2<", second);
		check_has(&set, "curves", ">forest<", false);
		check_has(&set, "curves", "were trained before the arms", second);
		check_has(&set, "curves", "Each arm was trained once", true);
		/* B's only epoch is the third: behind the two of the model that it copies. */
		check_has(&set, "curves", ">3<", true);
		check_has(&set, "curves", ">5<", false);
		set_done(&set);
	}
}

static void one_block_has_no_interval(void **state)
{
	Set set;

	(void)state;
	set_init(&set);
	begin_run(&set, 2, (const char *[]){ "A", "B" });
	block(&set, "A", 0, 0.5, "0.9");
	block(&set, "B", 0, 0.25, "0.8");
	set_draw(&set);
	check_sound(&set);
	check_has(&set, "bars", ">time only<", true);
	check_has(&set, "pareto-time", ">measured, clock<", true);
	assert_null(figure_named(&set, "pareto-energy"));
	assert_null(figure_named(&set, "power"));
	set_done(&set);
}

static void an_arm_that_diverged_is_left_out(void **state)
{
	Set set;

	(void)state;
	set_init(&set);
	begin_run(&set, 2, (const char *[]){ "A", "B" });
	for (int i = 0; i < 3; i++) {
		block(&set, "A", i, 0.5, "0.9");
		block(&set, "B", i, 0.25, NULL);
	}
	set_draw(&set);
	check_sound(&set);
	assert_non_null(figure_named(&set, "bars"));
	assert_null(figure_named(&set, "pareto-time"));
	set_done(&set);
}

static void hostile_names_are_text(void **state)
{
	static const char *const names[] = {
		"<script>alert(1)</script>",
		"\"'&<>\x1b[31mred\x7f",
		"\xe2\x80\xae\xef\xbf\xbe\xff\xfe ]]> before",
		"a name that goes on and on and on and on and on and on and on",
	};
	Set set;

	(void)state;
	set_init(&set);
	begin_run(&set, 2, (const char *[]){ names[0], names[3] });
	for (int i = 0; i < 3; i++) {
		block(&set, names[0], i, 0.5 + 0.01 * i, "0.9");
		block(&set, names[3], i, 0.25, "0.8");
	}
	set_draw(&set);
	check_sound(&set);
	check_has(&set, "bars", "&lt;script&gt;", true);
	check_has(&set, "bars", "…</text>", true);
	set_done(&set);

	char *bytes;
	size_t len;
	FILE *to = open_memstream(&bytes, &len);

	svg_text(to, names[1]);
	svg_text(to, names[2]);
	fclose(to);
	assert_string_equal(
		bytes, "&quot;&#39;&amp;&lt;&gt;\\x1b[31mred\\x7f\\u202e\xef\xbf\xbd\xef\xbf\xbd"
		       "\xef\xbf\xbd ]]&gt; before");
	free(bytes);
}

static void sixteen_arms_fit(void **state)
{
	char name[PLAN_ARMS_MAX][PLAN_NAME_MAX];
	const char *names[PLAN_ARMS_MAX];
	Set set;

	(void)state;
	for (int i = 0; i < PLAN_ARMS_MAX; i++) {
		snprintf(name[i], sizeof name[i], "arm %d", i);
		names[i] = name[i];
	}
	set_init(&set);
	begin_run(&set, PLAN_ARMS_MAX, names);
	for (int b = 0; b < 2; b++)
		for (int i = 0; i < PLAN_ARMS_MAX; i++)
			block(&set, names[i], b, 0.5 * (i + 1) + 0.01 * b, "0.9");
	set_draw(&set);
	check_sound(&set);
	check_has(&set, "bars", "class=\"core\"", true); /* the glyphs of the second eight */
	check_has(&set, "sweep-time", ">arm<", true);
	set_done(&set);
}

/* Either all figures are there, or memory was short and is said to have been. */
static bool drawn_after(Set *set, size_t calls, size_t wanted)
{
	Err err = { .code = ERR_NONE };
	const FigureSubject subject = { set->results, set->story, "", 0, "" };

	alloc_fail_after(calls);
	bool fine = figures_draw(&set->list,
				 &(FigureAsk){ .scope = FIGURE_COMPARISON,
					       .subject = &subject,
					       .subjects = 1,
					       .prefix = "" },
				 &err);

	alloc_fail_never();
	if (fine)
		assert_int_equal(set->list.n, wanted);
	else
		assert_int_equal(err.code, ERR_MEMORY);
	figures_done(&set->list);
	return fine;
}

static void short_memory_is_an_error(void **state)
{
	Set set;
	size_t wanted, calls = 0;

	(void)state;
	set_init(&set);
	read_records(&set, "measured");
	set_draw(&set);
	wanted = set.list.n;
	figures_done(&set.list);
	while (!drawn_after(&set, calls, wanted))
		calls++;
	assert_true(calls > 10);
	set_done(&set);
}

static void check_written(double value, const char *want)
{
	char *bytes;
	size_t len;
	FILE *to = open_memstream(&bytes, &len);

	svg_rect(to, "c", value, -value, 1, -1);
	fclose(to);
	assert_string_equal(bytes, want);
	free(bytes);
}

static void numbers_are_short_and_finite(void **state)
{
	(void)state;
	check_written(1.25,
		      "<rect class=\"c\" x=\"1.3\" y=\"-1.3\" width=\"1.0\" height=\"0.0\"/>\n");
	check_written(NAN,
		      "<rect class=\"c\" x=\"0.0\" y=\"0.0\" width=\"1.0\" height=\"0.0\"/>\n");
	check_written(-0.01,
		      "<rect class=\"c\" x=\"0.0\" y=\"0.0\" width=\"1.0\" height=\"0.0\"/>\n");
	check_written(INFINITY, "<rect class=\"c\" x=\"100000.0\" y=\"-100000.0\" width=\"1.0\" "
				"height=\"0.0\"/>\n");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_records_give_fixed_figures),
		cmocka_unit_test(figures_say_where_joules_come_from),
		cmocka_unit_test(conditions_are_swept),
		cmocka_unit_test(runs_are_set_side_by_side),
		cmocka_unit_test(no_block_gives_no_figure),
		cmocka_unit_test(curves_name_their_rows),
		cmocka_unit_test(trainings_before_the_arms),
		cmocka_unit_test(one_block_has_no_interval),
		cmocka_unit_test(an_arm_that_diverged_is_left_out),
		cmocka_unit_test(hostile_names_are_text),
		cmocka_unit_test(sixteen_arms_fit),
		cmocka_unit_test(short_memory_is_an_error),
		cmocka_unit_test(numbers_are_short_and_finite),
	};

	update = argc > 1 && strcmp(argv[1], "--update") == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
