/* Scripts that must run (tests/lua/api), and scripts with mistakes and the messages they must give
 * (tests/lua/errors).
 * SPDX-License-Identifier: MIT */
#include "host.h"

static bool check(const char *folder, const char *name)
{
	static Host host;
	char path[8192];
	Expect expect;
	Err err;
	int null = open("/tmp", O_RDWR | O_TMPFILE, 0600);

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (!host_begin(&host, getenv("RECORDS") ? 1 : null) || !host_read(&host, path))
		return false;
	expect_read(&expect, host.text);
	host_script(&host, name, &expect, 0, &err);
	bool fine = expect_met(&expect, &err);

	printf("%s %s%s%s\n", fine ? "ok  " : "FAIL", name, err.text[0] ? ": " : "", err.text);
	json_decref(expect.set);
	host_end(&host);
	close(null);
	return fine;
}

int main(int argc, char **argv)
{
	static const char *const folders[] = { "tests/lua/api", "tests/lua/errors" };
	char folder[4096];
	int failed = 0, ran = 0;

	for (int i = 1; i < argc; i++, ran++)
		failed += !check(".", argv[i]);
	for (int f = 0; f < 2 && argc == 1; f++) {
		struct dirent **names;
		int n = scandir(host_path(folder, sizeof folder, folders[f]), &names, host_filter,
				alphasort);

		for (int i = 0; i < n; i++, ran++) {
			failed += !check(folder, names[i]->d_name);
			free(names[i]);
		}
		if (n >= 0)
			free(names);
	}
	printf("%d scripts, %d failed\n", ran, failed);
	return failed > 0 || ran == 0;
}
