/* A margin of accuracy that the test rows can tell from chance.
 *
 * Two models that disagree on a share d of n test rows have accuracies whose difference has a
 * standard error of sqrt(d / n), so 1.96 of them are what n rows resolve at 95 %: with d = 2 %,
 * 1.5 points at 360 rows and 0.28 at 10,000. The mean of s set-ups resolves the sqrt(s)th part.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/author/lint.h"
#include "base/record.h"

#define DISAGREEMENT 0.02
#define CONFIDENCE 1.96

/* The dataset with the fewest test rows; NULL when none is here. */
static const json_t *smallest(const json_t *datasets)
{
	const json_t *least = NULL;
	for (size_t i = 0; i < json_array_size(datasets); i++) {
		const json_t *set = json_array_get(datasets, i);
		if (!least || json_integer_value(json_object_get(set, "test_rows")) <
				      json_integer_value(json_object_get(least, "test_rows")))
			least = set;
	}
	return least;
}

/* Set-ups that a margin is judged over: "seeds = 3" in the same table as what is at hit. */
static double seeds_of(const char *begin, const char *hit)
{
	const char *end = hit + strcspn(hit, "}");
	while (hit > begin && *hit != '{')
		hit--;
	const char *seeds = strstr(hit, "seeds");
	if (!seeds || seeds >= end)
		return 1;
	seeds += strlen("seeds");
	seeds += strspn(seeds, " \t");
	double count = *seeds == '=' ? strtod(seeds + 1, NULL) : 1;
	return count > 1 ? count : 1;
}

/* A literal margin in the file: by_pt = 3, accuracy_pt = 1, not_worse_by_pt = 1. */
static void look_at(Lint *lint, int line, const char *at, size_t len, const json_t *set)
{
	char *end;
	double rows = json_number_value(json_object_get(set, "test_rows"));
	double all = 100 * CONFIDENCE * sqrt(DISAGREEMENT / rows);
	const char *comment = strstr(at, "--");
	for (const char *hit = at; (hit = strstr(hit, "_pt")) && hit < at + len; hit += 3) {
		const char *value = hit + 3 + strspn(hit + 3, " \t");
		if (*value != '=' || (comment && comment < hit))
			continue;
		double margin = strtod(value + 1, &end);
		double least = all / sqrt(seeds_of(lint->text, hit));
		if (end > value + 1 && margin < least)
			lint_problem(lint, line,
				     "a margin of %g points: the %.0f test rows of %s resolve "
				     "%.2g at best",
				     margin, rows, record_text(set, "name"), least);
	}
}

static void margins_look(Lint *lint)
{
	const json_t *set = smallest(json_object_get(lint->source, "datasets"));
	const char *at = lint->text;
	if (!set || json_integer_value(json_object_get(set, "test_rows")) <= 0)
		return;
	for (int line = 1; *at; line++) {
		size_t len = strcspn(at, "\n");
		look_at(lint, line, at, len, set);
		at += len + (at[len] == '\n');
	}
}

const LintRule lint_margins = {
	.info = { .name = "margins",
		  .title = "Margins",
		  .about = "Margins of accuracy are at least what the test rows resolve." },
	.look = margins_look,
};
