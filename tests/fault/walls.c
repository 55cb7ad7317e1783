/* The worker's walls: each forbidden thing is tried from behind them, and its allowed twin must still work.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/worker/walls.h"

static char scratch[] = "/tmp/wattle-walls-XXXXXX";
static char readable[] = "/tmp/wattle-walls-XXXXXX";

static bool has(const Walls *walls, const char *wall)
{
	const json_t *value = json_object_get(walls->told, wall);
	return value && !json_is_false(value);
}

/* Runs body behind the walls in a child of its own; its return value is the child's exit status. */
static int behind_walls(int (*body)(const Walls *))
{
	pid_t pid = fork();
	if (pid == 0) {
		Walls walls;
		Err err;
		json_t *read = json_pack("[s]", readable);
		if (!walls_raise(&walls, read, scratch, 0, &err) || !walls_memory(&walls, 0, &err)) {
			fprintf(stderr, "%s\n", err.text);
			_exit(99);
		}
		_exit(body(&walls));
	}
	int status;
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define SKIPPED 77

static int try_exec(const Walls *walls)
{
	if (!has(walls, "seccomp"))
		return SKIPPED;
	execl("/bin/true", "true", (char *)NULL);
	return errno == EPERM ? 0 : 1;
}

static int try_socket(const Walls *walls)
{
	if (!has(walls, "seccomp"))
		return SKIPPED;
	return socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM ? 0 : 1;
}

static int try_ptrace(const Walls *walls)
{
	if (!has(walls, "seccomp"))
		return SKIPPED;
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 && errno == EPERM ? 0 : 1;
}

static int try_kill_parent(const Walls *walls)
{
	if (!has(walls, "seccomp"))
		return SKIPPED;
	return kill(getppid(), 0) < 0 && errno == EPERM ? 0 : 1;
}

/* Another process, by the calls that this one needs for itself. */
static int try_others(const Walls *walls)
{
	struct rlimit limit;
	if (!has(walls, "seccomp"))
		return SKIPPED;
	if (syscall(SYS_tgkill, getppid(), getppid(), 0) == 0 || errno != EPERM)
		return 1;
	if (prlimit(getppid(), RLIMIT_CORE, NULL, &limit) == 0 || errno != EPERM)
		return 2;
	if (syscall(SYS_tgkill, getpid(), gettid(), 0) != 0 || prlimit(0, RLIMIT_CORE, NULL, &limit) != 0)
		return 3;
	return 0;
}

/* By a message a descriptor may come or go; the socket's kind does not matter, it is refused first. */
static int try_descriptors(const Walls *walls)
{
	struct msghdr message = { .msg_iovlen = 0 };
	if (!has(walls, "seccomp"))
		return SKIPPED;
	if (recvmsg(0, &message, MSG_DONTWAIT) >= 0 || errno != EPERM)
		return 1;
	return sendmsg(0, &message, MSG_DONTWAIT) < 0 && errno == EPERM ? 0 : 2;
}

static int try_fork(const Walls *walls)
{
	if (!has(walls, "seccomp"))
		return SKIPPED;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid < 0 && errno == EPERM ? 0 : 1;
}

static int try_code(const Walls *walls)
{
	if (!has(walls, "seccomp"))
		return SKIPPED;
	void *data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (data == MAP_FAILED || mprotect(data, 4096, PROT_READ) != 0)
		return 1;
	if (mprotect(data, 4096, PROT_READ | PROT_EXEC) == 0 || errno != EPERM)
		return 2;
	data = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return data == MAP_FAILED && errno == EPERM ? 0 : 3;
}

static int try_capabilities(const Walls *walls)
{
	char text[8192];
	ssize_t len = pread(walls->status_fd, text, sizeof text - 1, 0);
	text[len > 0 ? len : 0] = '\0';
	return strstr(text, "CapPrm:\t0000000000000000") && strstr(text, "CapEff:\t0000000000000000") ? 0 : 1;
}

static int try_outside_read(const Walls *walls)
{
	if (!has(walls, "landlock"))
		return SKIPPED;
	return open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? 0 : 1;
}

static int try_outside_write(const Walls *walls)
{
	char path[128];
	if (!has(walls, "landlock"))
		return SKIPPED;
	snprintf(path, sizeof path, "%s/new", readable);
	return open(path, O_WRONLY | O_CREAT, 0600) < 0 && errno == EACCES ? 0 : 1;
}

static int try_allowed_files(const Walls *walls)
{
	char path[128], other[160];
	(void)walls;
	snprintf(path, sizeof path, "%s/data", readable);
	if (open(path, O_RDONLY) < 0)
		return 1;
	snprintf(path, sizeof path, "%s/model", scratch);
	snprintf(other, sizeof other, "%s/model.new", scratch);
	int fd = open(other, O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) != 0 || rename(other, path) != 0)
		return 2;
	return unlink(path) == 0 ? 0 : 3;
}

static void *add_one(void *number)
{
	++*(int *)number;
	return number;
}

static int try_thread(const Walls *walls)
{
	pthread_t thread;
	int number = 0;
	(void)walls;
	if (pthread_create(&thread, NULL, add_one, &number) != 0 || pthread_join(thread, NULL) != 0)
		return 1;
	return number == 1 ? 0 : 2;
}

static int try_many_files(const Walls *walls)
{
	int opened = 0;
	(void)walls;
	while (opened < 200 && dup(0) >= 0)
		opened++;
	return opened < 200 && errno == EMFILE ? 0 : 1;
}

static int try_memory(const Walls *walls)
{
	if (!has(walls, "address_space_bytes"))
		return SKIPPED;
	void *volatile block = malloc((size_t)1 << 40);
	void *volatile small = malloc(1 << 20);
	return !block && small ? 0 : 1;
}

static int try_peak_rss(const Walls *walls)
{
	return walls_peak_rss(walls) > 100000 ? 0 : 1;
}

/* One cmocka test for each; a wall that this kernel lacks is told by walls_raise and not tried. */
#define WALL_TEST(name)                                                                            \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		(void)state;                                                                       \
		int status = behind_walls(try_##name);                                             \
		if (status == SKIPPED)                                                             \
			print_message("not on this kernel or build: " #name "\n");                 \
		else                                                                               \
			assert_int_equal(status, 0);                                               \
	}
WALL_TEST(exec)
WALL_TEST(socket)
WALL_TEST(ptrace)
WALL_TEST(kill_parent)
WALL_TEST(others)
WALL_TEST(descriptors)
WALL_TEST(fork)
WALL_TEST(code)
WALL_TEST(capabilities)
WALL_TEST(outside_read)
WALL_TEST(outside_write)
WALL_TEST(allowed_files)
WALL_TEST(thread)
WALL_TEST(many_files)
WALL_TEST(memory)
WALL_TEST(peak_rss)

static int make_folders(void **state)
{
	char path[128];
	(void)state;
	if (!mkdtemp(scratch) || !mkdtemp(readable))
		return -1;
	snprintf(path, sizeof path, "%s/data", readable);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	return fd < 0 || close(fd) != 0;
}

static int remove_folders(void **state)
{
	char path[128];
	(void)state;
	snprintf(path, sizeof path, "%s/data", readable);
	unlink(path);
	return rmdir(readable) != 0 || rmdir(scratch) != 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exec), cmocka_unit_test(test_socket), cmocka_unit_test(test_ptrace),
		cmocka_unit_test(test_kill_parent), cmocka_unit_test(test_outside_read),
		cmocka_unit_test(test_outside_write), cmocka_unit_test(test_allowed_files),
		cmocka_unit_test(test_thread), cmocka_unit_test(test_many_files), cmocka_unit_test(test_memory),
		cmocka_unit_test(test_peak_rss), cmocka_unit_test(test_others), cmocka_unit_test(test_fork),
		cmocka_unit_test(test_code), cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_descriptors),
	};
	return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
