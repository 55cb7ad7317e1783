/* Plans to lines and back.
 * SPDX-License-Identifier: MIT */
#include "app/run/plan_file.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/record.h"
#include "base/text.h"

#define ID_BYTES ((PLAN_ID_MAX - 1) / 2)

/* --- trials ----------------------------------------------------------------------------------- */

size_t plan_trials(const Plan *plan)
{
	return (plan->warmup + plan->blocks_max) * plan_conditions(plan) * plan->arms;
}

bool plan_walk(PlanWalk *walk)
{
	const Plan *plan = walk->plan;
	size_t at = walk->at, blocks = plan->warmup + plan->blocks_max;
	size_t conditions = plan_conditions(plan);

	if (at >= plan_trials(plan))
		return false;
	walk->at++;
	if (plan->blocked) {
		walk->condition = at / (plan->arms * blocks);
		walk->arm = at / blocks % plan->arms;
		walk->block = at % blocks;
		return true;
	}
	walk->block = at / (conditions * plan->arms);
	if (at % (conditions * plan->arms) == 0)
		plan_condition_order(plan, plan->seed[0], walk->block, walk->conditions);
	walk->condition = walk->conditions[at / plan->arms % conditions];
	if (at % plan->arms == 0)
		plan_order(plan, plan->seed[0], walk->block, walk->condition, walk->arms);
	walk->arm = walk->arms[at % plan->arms];
	return true;
}

/* A checksum of the JSON whose keys are in order. */
static bool sum_json(const json_t *json, char id[PLAN_ID_MAX])
{
	struct sha256_ctx sha;
	uint8_t digest[SHA256_DIGEST_SIZE];
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(10));

	if (!text)
		return false;
	sha256_init(&sha);
	sha256_update(&sha, strlen(text), (const uint8_t *)text);
	sha256_digest(&sha, sizeof digest, digest);
	text_hex(id, digest, ID_BYTES);
	free(text);
	return true;
}

static json_t *trial_at(const PlanWalk *walk)
{
	const Plan *plan = walk->plan;
	json_t *json = json_pack("{s:s, s:i, s:I}", "arm", plan->arm[walk->arm], "block",
				 (int)walk->block - (int)plan->warmup, "seed",
				 (json_int_t)plan_seed(plan, walk->block));

	if (plan->factors) {
		json_object_set_new(json, "condition", json_integer((json_int_t)walk->condition));
		json_object_set_new(json, "factors", plan_condition_json(plan, walk->condition));
	}
	return json;
}

json_t *plan_file_trial(const json_t *head, const PlanWalk *walk)
{
	static const char *const decides[] = { "script_sha256", "version", "settings", "datasets",
					       NULL };
	json_t *trial = trial_at(walk), *all = json_copy(trial);
	char id[PLAN_ID_MAX] = "";

	for (size_t i = 0; decides[i]; i++)
		json_object_set(all, decides[i], json_object_get(head, decides[i]));
	json_t *record = sum_json(all, id) ? json_pack("{s:i, s:s, s:s}", "v", RECORD_VERSION,
						       "type", "planned-trial", "id", id)
					   : NULL;

	json_object_update(record, trial);
	json_decref(trial);
	json_decref(all);
	return record;
}

json_t *plan_file_head(const char *script, const char *sha256, const char *version,
		       const json_t *settings, const json_t *plan_record)
{
	json_t *decides = json_copy((json_t *)(uintptr_t)settings);

	json_object_del(decides, "energy");
	json_object_del(decides, "shard");
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:o, s:O, s:O}", "v", RECORD_VERSION, "type",
			 "planned-run", "script", script, "script_sha256", sha256, "version",
			 version, "settings", decides, "datasets",
			 json_object_get(plan_record, "datasets"), "plan",
			 json_object_get(plan_record, "plan"));
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool take_head(PlanFile *file, const json_t *record, Err *err)
{
	if (strcmp(record_text(record, "type"), "planned-run") != 0)
		return err_set(err, ERR_FORMAT, "it is no plan: it has no planned-run record");
	if (!*record_text(record, "script") || !*record_text(record, "script_sha256") ||
	    !*record_text(record, "version") ||
	    !json_is_object(json_object_get(record, "settings")) ||
	    !json_is_object(json_object_get(record, "datasets")))
		return err_set(
			err, ERR_FORMAT,
			"its planned-run record lacks script, version, settings or datasets");
	file->plan = malloc(sizeof *file->plan);
	file->head = json_deep_copy(record);
	if (!file->plan || !file->head)
		return err_set(err, ERR_MEMORY, "no memory for a plan");
	file->walk = (PlanWalk){ .plan = file->plan };
	return plan_from_json(file->plan, json_object_get(record, "plan"), err);
}

bool plan_file_take(PlanFile *file, const json_t *record, Err *err)
{
	if (!file->head)
		return take_head(file, record, err);
	if (!plan_walk(&file->walk))
		return err_set(err, ERR_FORMAT, "more trials than the plan has: %zu",
			       plan_trials(file->plan));
	json_t *planned = plan_file_trial(file->head, &file->walk);
	bool same = planned && json_equal(planned, record);

	json_decref(planned);
	return same ||
	       err_set(err, ERR_FORMAT,
		       "trial %zu is not that of the plan: the file was changed; make a new "
		       "one with --plan=FILE",
		       file->walk.at);
}

bool plan_file_end(const PlanFile *file, Err *err)
{
	if (!file->head)
		return err_set(err, ERR_FORMAT, "it is empty");
	return file->walk.at == plan_trials(file->plan) ||
	       err_set(err, ERR_FORMAT, "it ends behind trial %zu of %zu", file->walk.at,
		       plan_trials(file->plan));
}

static bool take_all(PlanFile *file, RecordIn *in, Err *err)
{
	RecordGot got;
	json_t *record;
	bool fine = true;

	while (fine && (got = record_in_next(in, &record, err)) == RECORD_GOT) {
		fine = plan_file_take(file, record, err);
		json_decref(record);
	}
	return fine && got == RECORD_END && plan_file_end(file, err);
}

bool plan_file_read(PlanFile *file, const char *path, Err *err)
{
	int fd = file_open_regular(path, NULL, err);

	*file = (PlanFile){ .head = NULL };
	if (fd < 0)
		return false;
	RecordIn *in = record_in_new(fd, err);
	bool fine = in && (take_all(file, in, err) || err_prefix(err, "the plan %s", path));

	record_in_free(in);
	close(fd);
	return fine;
}

void plan_file_done(PlanFile *file)
{
	json_decref(file->head);
	free(file->plan);
	*file = (PlanFile){ .head = NULL };
}

/* --- whether it is still so ------------------------------------------------------------------- */

const char *plan_file_script(const PlanFile *file)
{
	return record_text(file->head, "script");
}

#define ANEW "; make a new plan with --plan=FILE"

bool plan_file_is_of(const PlanFile *file, const char *sha256, const char *version, Err *err)
{
	if (strcmp(record_text(file->head, "script_sha256"), sha256) != 0)
		return err_set(err, ERR_NEED, "%s has changed since it was planned" ANEW,
			       plan_file_script(file));
	return strcmp(record_text(file->head, "version"), version) == 0 ||
	       err_set(err, ERR_NEED, "this is wattle %s, but the plan was made by %s" ANEW,
		       version, record_text(file->head, "version"));
}

bool plan_file_fits(const PlanFile *file, const json_t *plan_record, Err *err)
{
	const json_t *then = json_object_get(file->head, "datasets"), *sum;
	const json_t *now = json_object_get(plan_record, "datasets");
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)then, name, sum)
	{
		if (!json_equal(sum, json_object_get(now, name)))
			return err_set(err, ERR_NEED,
				       "the dataset %s is another here than the one that was "
				       "planned with" ANEW,
				       name);
	}
	return json_equal(json_object_get(file->head, "plan"),
			  json_object_get(plan_record, "plan")) ||
	       err_set(err, ERR_NEED, "the script plans another run here than it did then" ANEW);
}
