/* wattle doctor: what works here, what does not, why, and how to mend it.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/command.h"
#include "app/session/launch.h"
#include "app/session/machine.h"
#include "app/run/output.h"
#include "app/session/session.h"
#include "app/energy/user_profile.h"
#include "base/record.h"
#include "base/text.h"

/* A row: ok works; warn works, but figures suffer; no does not work here; bad is required and
 * missing. */
typedef struct Doctor {
	const Cli *cli;
	RecordOut *json; /* NULL: plain text */
	bool bad;
	const Session *session;
	MachineLook look;
	json_t *rights; /* of the meter */
} Doctor;

static bool put_check(Doctor *doctor, const char *name, const char *state, const char *cause,
		      const char *fix, Err *err)
{
	if (strcmp(state, "bad") == 0)
		doctor->bad = true;
	if (!doctor->json) {
		text_printf(stdout, "%-14s %-5s %s\n", name, state, cause);
		if (fix && *fix)
			text_printf(stdout, "%-14s       fix: %s\n", "", fix);
		return true;
	}
	json_t *record = record_new("doctor", doctor->session->origin_ns);
	json_object_set_new(record, "name", json_string(name));
	json_object_set_new(record, "state", json_string(state));
	json_object_set_new(record, "cause", json_string(cause));
	json_object_set_new(record, "fix", fix && *fix ? json_string(fix) : json_null());
	return record_out_put(doctor->json, record, err);
}

static bool check_machine(Doctor *doctor, const json_t *record, Err *err)
{
	doctor->look.record = record;
	for (const MachineCheck *check = machine_checks; check->name; check++) {
		MachineFinding finding;
		for (size_t at = 0; check->find(&doctor->look, at, &finding); at++)
			if (!put_check(doctor, check->name, finding.state, finding.cause,
				       finding.fix, err))
				return false;
	}
	return true;
}

static bool check_walls(Doctor *doctor, const json_t *walls, Err *err)
{
	static const char *const names[] = { "no_new_privs", "rlimits", "landlock",
					     "capabilities", "seccomp", "address_space_bytes" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char key[64], cause[160];
		const json_t *wall = json_object_get(walls, names[i]);
		bool there = wall && !json_is_false(wall);
		text_format(key, sizeof key, "%s_why", names[i]);
		if (json_is_string(wall))
			text_format(cause, sizeof cause, "%s: %s", names[i],
				    json_string_value(wall));
		else if (json_is_integer(wall))
			text_format(cause, sizeof cause, "%s: %lld", names[i],
				    (long long)json_integer_value(wall));
		else
			text_format(cause, sizeof cause, "%s%s%s", names[i], there ? "" : ": ",
				    there ? "" : record_text(walls, key));
		if (!put_check(doctor, "wall", there ? "ok" : "warn", cause,
			       there ? "" : "scripts run with one wall less", err))
			return false;
	}
	return true;
}

static bool check_receipt(Doctor *doctor, const json_t *record, Err *err)
{
	const json_t *receipt = json_object_get(record, "receipt"),
		     *cpu = json_object_get(receipt, "cpu");
	char cause[512];
	const char *form;
	json_t *kernel;
	text_format(cause, sizeof cause, "%s (%s), %s", record_text(cpu, "model"),
		    record_text(cpu, "id"), record_text(cpu, "features"));
	if (!put_check(doctor, "cpu", "ok", cause, "", err))
		return false;
	json_object_foreach(json_object_get(receipt, "kernels"), form, kernel)
	{
		text_format(cause, sizeof cause, "%s runs by %s", form,
			    json_is_string(kernel) ? json_string_value(kernel) : "nothing");
		if (!put_check(doctor, "kernel", json_is_string(kernel) ? "ok" : "bad", cause, "",
			       err))
			return false;
	}
	return check_machine(doctor, record, err) &&
	       check_walls(doctor, json_object_get(receipt, "walls"), err);
}

static bool check_counters(Doctor *doctor, const json_t *counters, Err *err)
{
	size_t i;
	json_t *counter;
	json_array_foreach(counters, i, counter)
	{
		char cause[256];
		bool open = json_integer_value(json_object_get(counter, "fd")) >= 0;
		int error = (int)json_integer_value(json_object_get(counter, "errno"));
		if (open)
			text_format(cause, sizeof cause, "%s", record_text(counter, "name"));
		else
			text_format(cause, sizeof cause, "%s: perf_event_open: %s (%d)",
				    record_text(counter, "name"), energy_errno_name(error), error);
		if (!put_check(doctor, "counter", open ? "ok" : "no", cause,
			       open ? "" : record_text(counter, "fix"), err))
			return false;
	}
	return true;
}

static bool check_sources(Doctor *doctor, const json_t *sources, Err *err)
{
	size_t i;
	json_t *source;
	json_array_foreach(sources, i, source)
	{
		const char *state = record_text(source, "state"),
			   *step = record_text(source, "step");
		char cause[1024];
		if (strcmp(state, "ok") == 0)
			text_format(cause, sizeof cause, "%s: %s%s%s%s%s",
				    record_text(source, "name"), record_text(source, "about"),
				    *step ? " (" : "", step, *step ? ")" : "",
				    json_is_true(json_object_get(source, "handed"))
					    ? " The worker reads it itself."
					    : "");
		else if (json_integer_value(json_object_get(source, "errno")) == 0)
			text_format(cause, sizeof cause, "%s: %s", record_text(source, "name"),
				    step);
		else
			text_format(cause, sizeof cause, "%s: %s: %s (%d)",
				    record_text(source, "name"), step,
				    record_text(source, "errno_name"),
				    (int)json_integer_value(json_object_get(source, "errno")));
		if (!put_check(doctor, "energy", state, cause, record_text(source, "fix"), err))
			return false;
	}
	return true;
}

/* Its sources, with the profile of which it knows nothing, and what it may do, for
 * check_machine. */
static bool check_meter(Doctor *doctor, const json_t *record, Err *err)
{
	char path[PATH_MAX];
	json_t *sources = json_deep_copy(json_object_get(record, "sources"));
	json_decref(doctor->rights);
	doctor->rights = json_incref(json_object_get(record, "privileges"));
	doctor->look.rights = doctor->rights;
	machine_meter(&doctor->look, paths_helper(doctor->cli->paths, "wattle-meter", path));
	user_profile_tell(sources, "auto", NULL);
	bool ok = check_sources(doctor, sources, err);
	json_decref(sources);
	return ok;
}

/* A dataset is there when one of the folders has a folder of its name; reading it is what checks
 * it. */
static bool check_dataset(Doctor *doctor, const json_t *row, Err *err)
{
	json_t *folders = paths_data_folders(doctor->cli->paths), *folder;
	size_t i;
	char cause[PATH_MAX + 128];
	bool there = false;
	struct stat status;
	const char *name = record_text(row, "name");
	json_array_foreach(folders, i, folder)
	{
		char path[PATH_MAX + 64];
		text_format(path, sizeof path, "%s/%s", json_string_value(folder), name);
		if (!there && stat(path, &status) == 0) {
			there = true;
			text_format(cause, sizeof cause, "%s in %s", name, path);
		}
	}
	json_decref(folders);
	if (!there)
		text_format(cause, sizeof cause, "%s is not in any data folder", name);
	return put_check(doctor, "dataset", there ? "ok" : "no", cause,
			 there ? "" : record_text(row, "get"), err);
}

static bool take_record(void *user, const json_t *record, Err *err)
{
	Doctor *doctor = user;
	const char *type = json_string_value(json_object_get(record, "type"));
	if (strcmp(type, "receipt") == 0)
		return check_receipt(doctor, record, err) &&
		       check_counters(doctor, json_object_get(record, "counters"), err);
	if (strcmp(type, "meter") == 0)
		return check_meter(doctor, record, err);
	if (strcmp(type, "row") == 0)
		return check_dataset(doctor, record, err);
	return true;
}

static bool examine(Doctor *doctor, Err *err)
{
	Session session = { .take = take_record, .user = doctor };
	doctor->session = &session;
	json_t *data = paths_data_folders(doctor->cli->paths), *overrides = launch_overrides();
	Job job = { .kind = JOB_RECEIPT,
		    .kernel = "auto",
		    .energy = "auto",
		    .script = "doctor",
		    .threads = 1,
		    .data = data,
		    .overrides = overrides };
	machine_watch(&doctor->look); /* before anything of ours runs */
	bool ok = session_open(&session, doctor->cli->paths, "auto", 0, err);
	ok = ok && session_job(&session, &job, -1, err);
	job.kind = JOB_LIST;
	job.list = "datasets";
	ok = ok && session_job(&session, &job, -1, err);
	session_close(&session);
	json_decref(data);
	json_decref(overrides);
	return ok;
}

static int doctor_run(const Cli *cli, Err *err)
{
	Doctor doctor = { .cli = cli, .look = { .os = &energy_os } };
	bool ok = !params_get(&cli->common, "json")->flag ||
		  (doctor.json = record_out_new(STDOUT_FILENO, 0, err));
	if (doctor.json)
		record_out_wait(doctor.json, session_wait_room);
	ok = ok && examine(&doctor, err);
	record_out_free(doctor.json);
	json_decref(doctor.rights);
	if (!ok)
		return err_exit_status(err->code);
	return doctor.bad ? err_exit_status(ERR_NEED) : 0;
}

const Command command_doctor = {
	.info = { .name = "doctor",
		  .title = "Doctor",
		  .about = "Check this machine: what works, what does not, and how to mend it." },
	.synopsis = "",
	.run = doctor_run,
};
