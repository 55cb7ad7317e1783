/* The plan of an experiment: defaults, checks, and the order of arms in a block.
 * SPDX-License-Identifier: MIT */
#include "lab/plan.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "lab/json.h"
#include "lab/plan_internal.h"

static const struct {
	const char *name;
	bool cost;
} metrics[METRIC_COUNT] = {
#define X(name, title, cost) [METRIC_##name] = { title, cost },
	METRIC_LIST(X)
#undef X
};

const char *const plan_gates[] = { "CONTENDED", "RESET",      "SUSPENDED", "LOST",
				   "MULTIWRAP", "AC_CHANGED", NULL };

bool plan_gated(const json_t *flags)
{
	size_t at;
	json_t *flag;

	json_array_foreach(flags, at, flag) for (size_t i = 0;
						 json_is_string(flag) && plan_gates[i];
						 i++) if (strcmp(json_string_value(flag),
								 plan_gates[i]) == 0) return true;
	return false;
}

void plan_init(Plan *plan)
{
	*plan = (Plan){
		.build = PLAN_BUILD_BLOCK,
		.warmup = 1,
		.blocks_min = 10,
		.blocks_max = 30,
		.repeats = 2,
		.window_s = 10,
		.idle_s = 10,
		.primaries = 3,
		.primary = { METRIC_TIME, METRIC_ENERGY, METRIC_ACCURACY },
		.margin_time = 0.02,
		.margin_energy = 0.04,
		.margin_accuracy_pt = 1,
	};
	for (size_t i = 0; i < METRIC_COUNT; i++)
		plan->wanted[i] = true;
}

bool plan_check_text(const char *what, const char *text, Err *err)
{
	size_t left = strlen(text);
	uint32_t code;

	while (left) {
		size_t used = text_decode(text, left, &code);
		if (code == 0xfffd && used == 1)
			return err_set(err, ERR_SCRIPT, "%s is not UTF-8", what);
		text += used;
		left -= used;
	}
	return true;
}

static bool check_arms(const Plan *plan, Err *err)
{
	if (plan->arms < 2 || plan->arms > PLAN_ARMS_MAX)
		return err_set(err, ERR_SCRIPT, "%zu arms; an experiment compares 2 to %d",
			       plan->arms, PLAN_ARMS_MAX);
	if (plan->versus >= plan->arms)
		return err_set(err, ERR_SCRIPT, "the baseline is arm %zu of %zu", plan->versus + 1,
			       plan->arms);
	for (size_t i = 0; i < plan->arms; i++) {
		if (!plan->arm[i][0])
			return err_set(err, ERR_SCRIPT, "arm %zu has no name", i + 1);
		if (!plan_check_text("the name of an arm", plan->arm[i], err))
			return false;
		if (strcmp(plan->arm[i], PLAN_SETUP) == 0)
			return err_set(err, ERR_SCRIPT,
				       "no arm can be named '" PLAN_SETUP
				       "': records call so what is made before the arms");
		for (size_t j = 0; j < i; j++)
			if (strcmp(plan->arm[i], plan->arm[j]) == 0)
				return err_set(err, ERR_SCRIPT, "two arms are named '%s'",
					       plan->arm[i]);
	}
	return true;
}

/* NaN is out of every range. */
static bool check_range(const char *what, double value, double minimum, double maximum, Err *err)
{
	if (value >= minimum && value <= maximum)
		return true;
	return err_set(err, ERR_SCRIPT, "%s is %g; it must be from %g to %g", what, value, minimum,
		       maximum);
}

static bool check_blocks(const Plan *plan, Err *err)
{
	if (plan->blocks_min < 1 || plan->blocks_min > plan->blocks_max)
		return err_set(err, ERR_SCRIPT,
			       "blocks from %zu to %zu: the minimum must be 1 or more, and no more "
			       "than the maximum",
			       plan->blocks_min, plan->blocks_max);
	if (plan->blocks_max > PLAN_SEEDS_MAX || plan->warmup > PLAN_SEEDS_MAX)
		return err_set(err, ERR_SCRIPT,
			       "%zu blocks and %zu warm-up blocks; at most %d each",
			       plan->blocks_max, plan->warmup, PLAN_SEEDS_MAX);
	if (plan->repeats > PLAN_REPEATS_MAX)
		return err_set(err, ERR_SCRIPT, "%zu repeats of a block; at most %d", plan->repeats,
			       PLAN_REPEATS_MAX);
	if (plan->seeds > PLAN_SEEDS_MAX)
		return err_set(err, ERR_SCRIPT, "%zu seeds; at most %d", plan->seeds,
			       PLAN_SEEDS_MAX);
	if (plan->build == PLAN_BUILD_BLOCK && plan->seeds < plan->blocks_max)
		return err_set(err, ERR_SCRIPT,
			       "%zu seeds for up to %zu blocks: where every block builds its arms "
			       "afresh, each needs a seed of its own",
			       plan->seeds, plan->blocks_max);
	for (size_t i = 0; i < plan->seeds; i++) {
		if (plan->seed[i] > JSON_INTEGER_MAX)
			return err_set(err, ERR_SCRIPT, "seed %zu is over 2^53", i + 1);
		for (size_t j = 0; j < i && plan->build == PLAN_BUILD_BLOCK; j++)
			if (plan->seed[i] == plan->seed[j])
				return err_set(err, ERR_SCRIPT,
					       "seed %llu twice: its blocks would repeat, not "
					       "replicate",
					       (unsigned long long)plan->seed[i]);
	}
	return check_range("window", plan->window_s, 1e-3, 86400, err) &&
	       check_range("idle", plan->idle_s, 0, 86400, err) &&
	       check_range("budget", plan->budget_s, 0, 1e9, err);
}

static bool check_metrics(const Plan *plan, Err *err)
{
	bool seen[METRIC_COUNT] = { false };

	if (plan->primaries > METRIC_COUNT)
		return err_set(err, ERR_SCRIPT, "%zu primary metrics; there are %d",
			       plan->primaries, METRIC_COUNT);
	for (size_t i = 0; i < plan->primaries; i++) {
		Metric metric = plan->primary[i];
		if ((unsigned)metric >= METRIC_COUNT)
			return err_set(err, ERR_SCRIPT, "primary metric %zu does not exist", i + 1);
		if (seen[metric])
			return err_set(err, ERR_SCRIPT, "primary metric '%s' twice",
				       metric_name(metric));
		seen[metric] = true;
	}
	return check_range("margin of time", plan->margin_time, 1e-6, 10, err) &&
	       check_range("margin of energy", plan->margin_energy, 1e-6, 10, err) &&
	       check_range("margin of accuracy (points)", plan->margin_accuracy_pt, 1e-6, 100, err);
}

static bool check_report(const PlanReport *report, Err *err)
{
	if (report->paretos > PLAN_PARETOS_MAX)
		return err_set(err, ERR_SCRIPT, "report: %zu pairs for Pareto; at most %d",
			       report->paretos, PLAN_PARETOS_MAX);
	for (size_t i = 0; i < report->paretos; i++)
		if (report->pareto[i][0] == report->pareto[i][1])
			return err_set(err, ERR_SCRIPT, "report: pareto has '%s' on both axes",
				       metric_name(report->pareto[i][0]));
	return true;
}

/* The last arm is the baseline's, by its name too. */
static bool check_twin(const Plan *plan, Err *err)
{
	char name[PLAN_NAME_MAX + 2];

	if (!plan->aa)
		return true;
	text_format(name, sizeof name, "%s'", plan->arm[plan->versus]);
	return (plan->arms > 2 && strcmp(plan->arm[plan->arms - 1], name) == 0) ||
	       err_set(err, ERR_SCRIPT, "aa: the last arm is not %s, the baseline once more", name);
}

static bool check_claim(const Plan *plan, const PlanClaim *claim, Err *err)
{
	if (!plan_check_text("the text of a claim", claim->text, err))
		return false;
	if (claim->arm >= plan->arms)
		return err_set(err, ERR_SCRIPT, "claim '%s' is on an arm that does not exist",
			       claim->text);
	if (claim->arm == plan->versus || claim->arm == plan_twin(plan))
		return err_set(err, ERR_SCRIPT, "claim '%s' compares the baseline with itself",
			       claim->text);
	if ((unsigned)claim->metric >= METRIC_COUNT)
		return err_set(err, ERR_SCRIPT, "claim '%s' is on a metric that does not exist",
			       claim->text);
	bool points = claim->kind == CLAIM_NOT_WORSE_BY_PT;
	if (points == metric_is_cost(claim->metric))
		return err_set(err, ERR_SCRIPT, "claim '%s': %s", claim->text,
			       points ? "not_worse_by_pt is for accuracy"
				      : "below and above are ratios of costs; for accuracy use "
					"not_worse_by_pt");
	if (!(claim->value > 0 && claim->value <= (points ? 100 : 1e6)))
		return err_set(err, ERR_SCRIPT, "claim '%s': %g is out of range", claim->text,
			       claim->value);
	return true;
}

bool plan_check(const Plan *plan, Err *err)
{
	if (!plan_check_text("the name", plan->name, err) ||
	    !plan_check_text("the question", plan->question, err) || !check_arms(plan, err) ||
	    !check_blocks(plan, err) || !check_metrics(plan, err) || !check_twin(plan, err) ||
	    !plan_check_factors(plan, err) || !plan_commands_check(plan, err) ||
	    !check_report(&plan->report, err))
		return false;
	if (plan->bootstrap && plan->blocks_min < PLAN_BOOTSTRAP_BLOCKS)
		return err_set(
			err, ERR_SCRIPT,
			"interval = \"bootstrap\" draws from at least %d blocks, but the least "
			"number of blocks is %zu",
			PLAN_BOOTSTRAP_BLOCKS, plan->blocks_min);
	if (plan->claims > PLAN_CLAIMS_MAX)
		return err_set(err, ERR_SCRIPT, "%zu claims; at most %d", plan->claims,
			       PLAN_CLAIMS_MAX);
	for (size_t i = 0; i < plan->claims; i++)
		if (!check_claim(plan, &plan->claim[i], err))
			return false;
	return true;
}

size_t plan_twin(const Plan *plan)
{
	return plan->aa ? plan->arms - 1 : plan->arms;
}

uint64_t plan_seed(const Plan *plan, size_t block)
{
	size_t at =
		plan->build == PLAN_BUILD_ONCE || block < plan->warmup ? 0 : block - plan->warmup;

	if (!plan->seeds) /* only a plan that no script made has none */
		return 0;
	return plan->seed[at < plan->seeds ? at : plan->seeds - 1];
}

Metric metric_find(const char *name, bool *found)
{
	for (size_t i = 0; i < METRIC_COUNT; i++)
		if (strcmp(name, metrics[i].name) == 0) {
			*found = true;
			return (Metric)i;
		}
	*found = false;
	return METRIC_TIME;
}

const char *metric_name(Metric metric)
{
	return metrics[metric].name;
}

bool metric_is_cost(Metric metric)
{
	return metrics[metric].cost;
}
