/* Variables of a command arm; CPU time of its process group.
 * SPDX-License-Identifier: MIT */
#include "app/program/command_environment.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/program/command_arm_inside.h"
#include "base/random.h"
#include "base/text.h"

#define PAD_MAX 4096
#define VALUE_MAX 512

extern char **environ;

/* A list in the making; the last one of a name wins, which is ours. */
typedef struct Environment {
	char **list;
	size_t count, cap;
	bool failed;
} Environment;

/* Index of the variable of that name, or count. */
static size_t find(const Environment *self, const char *name, size_t len)
{
	size_t i = 0;

	while (i < self->count &&
	       !(strncmp(self->list[i], name, len) == 0 && self->list[i][len] == '='))
		i++;
	return i;
}

/* Takes the text NAME=VALUE, which was allocated. */
static void set(Environment *self, char *text)
{
	size_t len = text ? strcspn(text, "=") : 0, at = text ? find(self, text, len) : 0;

	if (!text || at + 1 >= self->cap) {
		self->failed = true;
		free(text);
		return;
	}
	if (at == self->count)
		self->count++;
	else
		free(self->list[at]);
	self->list[at] = text;
	self->list[self->count] = NULL;
}

static void set_text(Environment *self, const char *name, const char *value)
{
	size_t room = strlen(name) + strlen(value) + 2;
	char *text = malloc(room);

	if (text)
		snprintf(text, room, "%s=%s", name, value);
	set(self, text);
}

static void set_number(Environment *self, const char *name, double value)
{
	char text[64];

	snprintf(text, sizeof text, "%.15g", value);
	set_text(self, name, text);
}

/* "batch size" as WATTLE_FACTOR_BATCH_SIZE. */
static void set_factor(Environment *self, const char *key, const json_t *value)
{
	char name[VALUE_MAX] = "WATTLE_FACTOR_";
	size_t used = strlen(name);

	for (; *key && used + 1 < sizeof name; key++)
		name[used++] =
			isalnum((unsigned char)*key) ? (char)toupper((unsigned char)*key) : '_';
	name[used] = '\0';
	if (json_is_string(value))
		set_text(self, name, json_string_value(value));
	else if (json_is_number(value))
		set_number(self, name, json_number_value(value));
	else if (json_is_boolean(value))
		set_text(self, name, json_is_true(value) ? "true" : "false");
}

/* One place in a run is one stream of its seed: what came before does not matter, as after a
 * resume. */
static void set_pad(Environment *self, const CommandTrial *trial)
{
	const Job *job = trial->job;
	uint64_t place = (((uint64_t)(job->block + PLAN_SEEDS_MAX) * (PLAN_REPEATS_MAX + 1) +
			   (uint64_t)job->attempt) *
				  PLAN_ARMS_MAX +
			  job->arm) *
				 PLAN_CONDITIONS_MAX +
			 job->condition;
	char pad[PAD_MAX + 1];
	Random random;

	random_init(&random, trial->plan->seed[0], RANDOM_LAYOUT + (place << 8));
	size_t len = random_below(&random, PAD_MAX + 1);
	memset(pad, 'x', len);
	pad[len] = '\0';
	set_text(self, "WATTLE_PAD", pad);
}

static void set_trial(Environment *self, const CommandTrial *trial)
{
	static const char *const threads[] = { "WATTLE_THREADS", "OMP_NUM_THREADS",
					       "OPENBLAS_NUM_THREADS" };
	const Plan *plan = trial->plan;
	const Job *job = trial->job;
	const char *key;
	json_t *value;

	set_number(self, "WATTLE_SEED", (double)command_seed(trial));
	set_number(self, "WATTLE_BLOCK", job->block);
	set_number(self, "WATTLE_ATTEMPT", job->attempt);
	set_text(self, "WATTLE_ARM", plan->arm[job->arm]);
	set_number(self, "WATTLE_WINDOW_S", plan->window_s);
	for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
		set_number(self, threads[i], job->threads);
	json_object_foreach((json_t *)(uintptr_t)trial->factors, key, value)
		set_factor(self, key, value);
	set_pad(self, trial);
}

char **command_environment(const CommandTrial *trial, Err *err)
{
	Environment self = { .cap = 64 + json_object_size(trial->factors) };

	for (char **variable = environ; *variable; variable++)
		self.cap++;
	self.list = calloc(self.cap, sizeof *self.list);
	for (char **variable = environ; self.list && *variable; variable++)
		if (strchr(*variable, '='))
			set(&self, strdup(*variable));
	if (self.list)
		set_trial(&self, trial);
	if (self.list && !self.failed)
		return self.list;
	err_set(err, ERR_MEMORY, "making the environment of a command");
	command_environment_free(self.list);
	return NULL;
}

void command_environment_free(char **environment)
{
	for (size_t i = 0; environment && environment[i]; i++)
		free(environment[i]);
	free(environment);
}

/* Ticks of one process, if it is of the group: the fields behind the name, which may hold blanks and
 * parentheses (proc_pid_stat(5)). */
static long group_ticks(const char *pid, pid_t group)
{
	char path[64], text[1024];
	long user, system, child_user, child_system;
	int pgrp;
	const char *fields;

	text_format(path, sizeof path, "/proc/%s/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
	if (fd >= 0)
		close(fd);
	if (len <= 0)
		return 0;
	text[len] = '\0';
	fields = strrchr(text, ')');
	if (!fields ||
	    sscanf(fields + 1, " %*c %*d %d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld %ld %ld", &pgrp,
		   &user, &system, &child_user, &child_system) != 5 ||
	    pgrp != group)
		return 0;
	return user + system + child_user + child_system;
}

double command_group_cpu(pid_t group)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	long ticks = 0;

	while (processes && (entry = readdir(processes)))
		if (isdigit((unsigned char)entry->d_name[0]))
			ticks += group_ticks(entry->d_name, group);
	if (processes)
		closedir(processes);
	return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}
