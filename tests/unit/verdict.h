/* What the tests of verdicts share: a plan, a verdict, and how they are compared.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_VERDICT_H
#define WATTLE_TESTS_VERDICT_H

#include "lab/verdict.h"

#include <math.h>

#include "unit.h"

#include "lab.h"

static Plan plan;
static Verdict v;

static inline int fresh(void **state)
{
	(void)state;
	lab_plan(&plan);
	return 0;
}

static inline void assert_close(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9))
		fail_msg("%.17g is not %.17g", got, want);
}

static inline void assert_word(VerdictWord word)
{
	if (v.word != word)
		fail_msg("%s instead of %s: %s", verdict_name(v.word), verdict_name(word),
			 v.sentence);
	assert_null(strstr(v.sentence, "nan"));
}

#endif
