/* The promises of the verdicts, by simulated experiments through the code of real ones: false
 * differences, drift, coverage, power, peeking.
 *
 *     make -C build tests/bench/statistics && build/tests/bench/statistics [TRIES]
 *
 * TRIES is 20,000, which takes minutes. Exits 1 when a promise does not hold.
 * SPDX-License-Identifier: MIT */
#include "simulate.h"

#include "base/share.h"

#define TRIES 20000
#define SEED UINT64_C(20260301)

static size_t tries = TRIES;
static bool broken;

/* "4.93 % (4.64 to 5.24)" of so many tries; what: a promise, at most and at least so many percent. */
static void print_share(const char *what, size_t found, size_t of, double least, double most)
{
	double low, high, share = 100 * (double)found / (double)of;

	share_wilson((double)found, (double)of, SHARE_Z95, &low, &high);
	/* Only what chance cannot explain is a broken promise. */
	bool bad = 100 * high < least || 100 * low > most;
	printf("  %-44s %6zu of %5zu  %6.2f %%  (%.2f to %.2f)%s\n", what, found, of, share,
	       100 * low, 100 * high, bad ? "  BROKEN" : "");
	broken |= bad;
	fflush(stdout);
}

static void false_differences(void)
{
	static const double sds[] = { 0.005, 0.01, 0.017, 0.02, 0.03, 0.05 };

	printf("equal arms, 10 to 30 blocks, stopped on width (margin 2 %%)\n");
	for (size_t i = 0; i < sizeof sds / sizeof *sds; i++) {
		SimCell cell = { .sd = sds[i] };
		SimCount c = simulate(&cell, tries, SEED + i * 1000003);
		char what[64];
		snprintf(what, sizeof what, "run SD %.1f %%: interval excludes 1", 100 * sds[i]);
		print_share(what, c.tries - c.covers, c.tries, 4.5, 6.5);
		/* At 1.7 % runs end soon before the cap, where stopping on the width costs most. */
		print_share("  covers", c.covers, c.tries, i == 2 ? 93 : 94, 100);
		print_share("  better or worse", c.words[VERDICT_BETTER] + c.words[VERDICT_WORSE],
			    c.tries, 0, 6.5);
		print_share("  same", c.words[VERDICT_SAME], c.tries, i < 2 ? 75 : 0, 100);
		printf("  %-44s %.1f\n", "  blocks, mean", (double)c.blocks / (double)c.tries);
	}
}

static void drifting(void)
{
	printf("equal arms, run SD 1 %%, 20 blocks, the machine drifts: interval excludes 1\n");
	for (int percent = 1; percent <= 3; percent += 2)
		for (int blocked = 0; blocked < 2; blocked++) {
			SimCell cell = { .sd = 0.01,
					 .drift = percent / 100.0,
					 .least = 20,
					 .most = 20,
					 .blocked = blocked };
			SimCount c = simulate(&cell, tries, SEED + 17);
			char what[64];
			snprintf(what, sizeof what, "drift %d %%, %s", percent,
				 blocked ? "AAA...BBB" : "random pairs");
			print_share(what, c.tries - c.covers, c.tries,
				    blocked ? percent == 1 ? 31 : 98 : 4.0, blocked ? 100 : 6.5);
		}
}

static void at_the_margin(void)
{
	static const double sds[] = { 0.005, 0.01, 0.02, 0.05 };

	printf("true difference exactly the margin: \"same\"\n");
	for (size_t i = 0; i < 4; i++) {
		SimCell cell = { .sd = sds[i], .effect = log(1.02) };
		SimCount c = simulate(&cell, tries, SEED + 31);
		char what[64];
		snprintf(what, sizeof what, "run SD %.1f %%", 100 * sds[i]);
		print_share(what, c.words[VERDICT_SAME], c.tries, 0, 5.8);
		print_share("  covers", c.covers, c.tries, 94, 100);
	}
}

static void power(void)
{
	static const double sds[] = { 0.005, 0.01, 0.02, 0.05 },
			    effects[] = { 0.01, 0.02, 0.03, 0.05, 0.10 };
	size_t few = tries / 10;

	printf("power: share of %zu called worse, by true difference and run SD\n  %10s", few, "");
	for (size_t i = 0; i < 4; i++)
		printf("  SD %.1f %%", 100 * sds[i]);
	printf("\n");
	for (size_t e = 0; e < 5; e++) {
		printf("  %+9.0f %%", 100 * effects[e]);
		for (size_t i = 0; i < 4; i++) {
			SimCell cell = { .sd = sds[i], .effect = log1p(effects[e]) };
			SimCount c = simulate(&cell, few, SEED + 57);
			printf("  %6.1f %%", 100 * sim_share(c.words[VERDICT_WORSE], &c));
		}
		printf("\n");
	}
}

/* Whether looking at every block from the fifth on, and stopping at the first p < 0.05, claims a
 * difference between equal arms. */
static bool peeks(uint64_t seed, size_t most, size_t *first)
{
	SimCell cell = { .sd = 0.01, .least = most, .most = most };
	Random random;
	Verdict v;
	Plan plan;
	bool claimed = false;

	sim_plan(&plan, &cell);
	random_init(&random, seed, RANDOM_SCRIPT);
	Results *results = sim_begin(&plan, seed);
	for (size_t arm = 0; arm < 2; arm++)
		sim_take(results,
			 json_pack("{s:s, s:s, s:i, s:f}", "type", "trial", "arm", arm ? "B" : "A",
				   "block", 0, "accuracy", 0.9));
	for (size_t block = 0; block < most && !claimed; block++) {
		sim_time_block(results, &plan, &random, &cell, block);
		if (block + 1 < 5)
			continue;
		verdict_make(&v, results, 1, METRIC_TIME);
		claimed = !sim_covers(&v, 0);
		*first = block + 1;
	}
	results_free(results);
	return claimed;
}

static void peeking(void)
{
	size_t by_ten = 0, by_eighty = 0, few = tries / 10;

	for (size_t i = 0; i < few; i++) {
		size_t at = 0;
		bool claimed = peeks(SEED + 91 + i, 80, &at);
		by_ten += claimed && at <= 10;
		by_eighty += claimed;
	}
	printf("looking at p after each block and stopping at 0.05, which wattle never does\n");
	print_share("a false difference by 10 blocks", by_ten, few, 0, 100);
	print_share("by 80", by_eighty, few, 0, 100);
}

static void others(void)
{
	size_t few = tries / 10;
	SimCount c = simulate(&(SimCell){ .sd = 0.01, .spikes = 0.1 }, few, SEED + 5);

	printf("what costs coverage, and what does not\n");
	print_share("10 % spikes in one arm: covers", c.covers, c.tries, 0, 100);
	/* So noisy that "same", which prints a 90 % interval, is hardly ever said. */
	c = simulate(&(SimCell){ .sd = 0.05,
				 .least = PLAN_BOOTSTRAP_BLOCKS,
				 .most = PLAN_BOOTSTRAP_BLOCKS,
				 .bootstrap = true },
		     few, SEED + 6);
	print_share("bootstrap, 30 blocks: covers", c.covers, c.tries, 93, 100);
	c = simulate(&(SimCell){ .accuracy = true, .lost_pt = 1 }, few, SEED + 7);
	printf("accuracy, margin 1 point, %d test rows, seeds share them\n", SIM_ROWS);
	print_share("true loss exactly 1 point: \"kept\"", c.words[VERDICT_KEPT], c.tries, 0, 5);
	c = simulate(&(SimCell){ .accuracy = true }, few, SEED + 8);
	print_share("no loss: \"kept\"", c.words[VERDICT_KEPT], c.tries, 60, 100);
	print_share("no loss: \"lost\"", c.words[VERDICT_LOST], c.tries, 0, 1);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		tries = strtoull(argv[1], NULL, 10);
	if (argc > 2 || tries < 100) {
		fprintf(stderr, "usage: statistics [TRIES], 100 or more\n");
		return 2;
	}
	printf("%zu simulated experiments a cell; intervals: Wilson, 95 %%\n", tries);
	false_differences();
	drifting();
	at_the_margin();
	power();
	peeking();
	others();
	return broken;
}
