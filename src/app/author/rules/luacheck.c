/* What luacheck finds in the file, where it is installed.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/author/lint.h"
#include "app/lesson/source.h"
#include "base/record.h"

extern char **environ;

/* Its output; NULL: it is not installed. */
static FILE *start(const char *path, pid_t *pid)
{
	int fds[2];
	posix_spawn_file_actions_t actions;
	/* A lesson holds one module, whether it uses all of it or not. */
	const char *argv[] = { "luacheck", "--no-config", "--no-cache", "--std",
			       "lua54",    "--ignore",    "211/w",      "--formatter",
			       "plain",    "--",          path,         NULL };
	if (pipe2(fds, O_CLOEXEC) != 0)
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	int failed =
		posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	FILE *from = failed ? NULL : fdopen(fds[0], "re");
	if (!from)
		close(fds[0]);
	return from;
}

/* "PATH:LINE:COLUMN: text"; at: the line of the lesson that names another file. */
static void tell_line(Lint *lint, const char *path, int at, const char *said)
{
	size_t len = strlen(path);
	char *end;
	if (strncmp(said, path, len) != 0 || said[len] != ':')
		return;
	long line = strtol(said + len + 1, &end, 10);
	const char *text = *end == ':' ? strstr(end, ": ") : NULL;
	if (text && at)
		lint_problem(lint, at, "%s:%ld: %s", path, line, text + 2);
	else if (text)
		lint_problem(lint, (int)line, "%s", text + 2);
}

static void look_at(Lint *lint, const char *path, int at)
{
	char said[4096];
	pid_t pid = 0;
	FILE *from = start(path, &pid);
	if (!from)
		return;
	while (fgets(said, sizeof said, from)) {
		said[strcspn(said, "\n")] = '\0';
		tell_line(lint, path, at, said);
	}
	fclose(from);
	waitpid(pid, NULL, 0);
}

static void luacheck_look(Lint *lint)
{
	static const char *const keys[] = { "file", "solution" };
	char path[PATH_MAX];
	size_t i;
	json_t *step;
	look_at(lint, lint->path, 0);
	json_array_foreach(json_object_get(lint->source, "steps"), i, step)
	{
		for (size_t k = 0; k < 2 && source_is(step, "exercise"); k++)
			look_at(lint,
				lint_file(path, lint, record_text(source_exercise(step), keys[k])),
				source_line(step));
	}
}

const LintRule lint_luacheck = {
	.info = { .name = "luacheck",
		  .title = "luacheck",
		  .about = "luacheck finds nothing in the file, its starters and solutions, where "
			   "it "
			   "is installed." },
	.look = luacheck_look,
};
