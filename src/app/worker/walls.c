/* rlimits, Landlock, capabilities and seccomp, in the order of the header.
 * SPDX-License-Identifier: MIT */
#include "app/worker/walls.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>
#endif
#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

#include "base/status.h"
#include "base/text.h"

#define FILE_BYTES_MAX (UINT64_C(4) << 30)
#define FILES_MAX 64
#define ADDRESS_SPACE_DEFAULT_MAX (UINT64_C(4) << 30)
/* CPU seconds beyond the time limit, so that the limit itself reports first. */
#define CPU_SLACK_S 5

static void tell(Walls *walls, const char *wall, const char *state)
{
	json_object_set_new(walls->told, wall, json_string(state));
}

static void tell_absent(Walls *walls, const char *wall, const char *why)
{
	char key[64];
	text_format(key, sizeof key, "%s_why", wall);
	json_object_set_new(walls->told, wall, json_false());
	json_object_set_new(walls->told, key, json_string(why));
}

static bool limit(int resource, uint64_t value, Err *err, const char *name)
{
	struct rlimit now;
	if (getrlimit(resource, &now) == 0 && now.rlim_max < value)
		value = now.rlim_max;
	struct rlimit both = { .rlim_cur = value, .rlim_max = value };
	if (setrlimit(resource, &both) == 0)
		return true;
	return err_set(err, ERR_INTERNAL, "setrlimit(%s, %llu): %s", name,
		       (unsigned long long)value, strerror(errno));
}

static bool raise_limits(Walls *walls, double time_limit_s, unsigned threads, Err *err)
{
	if (!limit(RLIMIT_CORE, 0, err, "RLIMIT_CORE") ||
	    !limit(RLIMIT_FSIZE, FILE_BYTES_MAX, err, "RLIMIT_FSIZE") ||
	    !limit(RLIMIT_NOFILE, FILES_MAX, err, "RLIMIT_NOFILE"))
		return false;
	if (time_limit_s > 0 &&
	    !limit(RLIMIT_CPU, (uint64_t)(time_limit_s * threads) + CPU_SLACK_S, err, "RLIMIT_CPU"))
		return false;
	json_object_set_new(walls->told, "rlimits", json_true());
	return true;
}

#ifdef HAVE_LINUX_LANDLOCK_H
#define LANDLOCK_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define LANDLOCK_V1 ((UINT64_C(1) << 13) - 1)
#define LANDLOCK_REFER_BIT (UINT64_C(1) << 13)    /* ABI 2 */
#define LANDLOCK_TRUNCATE_BIT (UINT64_C(1) << 14) /* ABI 3 */
#define LANDLOCK_IOCTL_BIT (UINT64_C(1) << 15)    /* ABI 5 */

static uint64_t landlock_rights(int abi)
{
	uint64_t rights = LANDLOCK_V1;
	if (abi >= 2)
		rights |= LANDLOCK_REFER_BIT;
	if (abi >= 3)
		rights |= LANDLOCK_TRUNCATE_BIT;
	if (abi >= 5)
		rights |= LANDLOCK_IOCTL_BIT;
	return rights;
}

static bool landlock_allow(int ruleset, const char *path, uint64_t rights, Err *err)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights };
	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return err_set(err, ERR_FILE, "cannot open %s for the sandbox: %s", path,
			       strerror(errno));
	/* Rights of folders are refused for a file. */
	struct stat status;
	if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
		rule.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE;
	long got = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
	return got == 0 ||
	       err_set(err, ERR_INTERNAL, "landlock_add_rule(%s): %s", path, strerror(errno));
}

static bool landlock_rules(int ruleset, uint64_t rights, const json_t *read, const char *scratch,
			   Err *err)
{
	size_t i;
	json_t *folder;
	json_array_foreach((json_t *)(uintptr_t)read, i,
			   folder) if (!landlock_allow(ruleset, json_string_value(folder),
						       LANDLOCK_READ, err)) return false;
	return !scratch || landlock_allow(ruleset, scratch, rights & ~LANDLOCK_REFER_BIT, err);
}

static bool raise_landlock(Walls *walls, const json_t *read, const char *scratch, Err *err)
{
	char state[32];
	int abi =
		(int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi <= 0) {
		tell_absent(walls, "landlock", "this kernel has none");
		return true;
	}
	struct landlock_ruleset_attr attr = { .handled_access_fs = landlock_rights(abi) };
	int ruleset =
		(int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr.handled_access_fs, 0);
	if (ruleset < 0)
		return err_set(err, ERR_INTERNAL, "landlock_create_ruleset: %s", strerror(errno));
	bool ok = landlock_rules(ruleset, attr.handled_access_fs, read, scratch, err);
	if (ok && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		ok = err_set(err, ERR_INTERNAL, "landlock_restrict_self: %s", strerror(errno));
	close(ruleset);
	snprintf(state, sizeof state, "ABI %d", abi);
	if (ok)
		tell(walls, "landlock", state);
	return ok;
}
#else
static bool raise_landlock(Walls *walls, const json_t *read, const char *scratch, Err *err)
{
	(void)read;
	(void)scratch;
	(void)err;
	tell_absent(walls, "landlock", "built without linux/landlock.h");
	return true;
}
#endif

/* Root's rights, or a capability that the program was given, are none of a script's. */
static bool drop_capabilities(Walls *walls, Err *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	if (syscall(SYS_capset, &header, none) != 0)
		return err_set(err, ERR_INTERNAL, "capset: %s", strerror(errno));
	tell(walls, "capabilities", "none");
	return true;
}

#ifdef HAVE_SECCOMP
/* Everything that computing, reading allowed files, threads and the open descriptors need; all else
 * is refused: recvmsg and sendmsg too, by which descriptors would come and go. */
static const int walls_calls[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(statx),
	SCMP_SYS(openat),
	SCMP_SYS(open),
	SCMP_SYS(openat2),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(fcntl),
	SCMP_SYS(dup),
	SCMP_SYS(fsync),
	SCMP_SYS(fdatasync),
	SCMP_SYS(ftruncate),
	SCMP_SYS(rename),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	SCMP_SYS(getdents64),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(fadvise64),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(futex),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getrusage),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getppid),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(sendto),
	SCMP_SYS(recvfrom),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(getrlimit),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(getrandom),
	SCMP_SYS(membarrier),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(arch_prctl),
	SCMP_SYS(getcpu),
};

static bool allow_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp condition)
{
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &condition) == 0;
}

/* Allowed for some arguments only: threads, but no processes; signals (abort) to ourselves; limits
 * of ourselves; memory, but none that could be run. setrlimit only lowers from here; it is how the
 * address-space limit is set later. */
static bool allow_conditions(scmp_filter_ctx filter)
{
	const uint64_t thread = CLONE_THREAD | CLONE_VM, own = (uint64_t)getpid();
	const struct scmp_arg_cmp a_thread = { 0, SCMP_CMP_MASKED_EQ, thread, thread };
	const struct scmp_arg_cmp to_us = { 0, SCMP_CMP_EQ, own, 0 };
	const struct scmp_arg_cmp of_us = { 0, SCMP_CMP_EQ, 0, 0 };
	const struct scmp_arg_cmp not_run = { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 };
	return allow_if(filter, SCMP_SYS(clone), a_thread) &&
	       allow_if(filter, SCMP_SYS(tgkill), to_us) &&
	       allow_if(filter, SCMP_SYS(prlimit64), of_us) &&
	       allow_if(filter, SCMP_SYS(mmap), not_run) &&
	       allow_if(filter, SCMP_SYS(mprotect), not_run);
}

static bool raise_seccomp(Walls *walls, Err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return err_set(err, ERR_MEMORY, "building the system call filter");
	bool ok = allow_conditions(filter);
	/* A call that this architecture does not have is none to allow. */
	for (size_t i = 0; ok && i < sizeof walls_calls / sizeof *walls_calls; i++)
		if (walls_calls[i] >= 0)
			ok = seccomp_rule_add(filter, SCMP_ACT_ALLOW, walls_calls[i], 0) == 0;
	/* EPERM from clone3 would break pthread_create, which falls back to clone on ENOSYS only.
	 */
	ok = ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
	/* Not a terminal, says isatty through it; nothing else is asked of a descriptor. */
	ok = ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0) == 0;
	ok = ok && seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0;
	int got = ok ? seccomp_load(filter) : -EINVAL;
	seccomp_release(filter);
	if (got == 0)
		tell(walls, "seccomp", "on");
	else if (got == -ENOSYS || got == -EINVAL)
		tell_absent(walls, "seccomp", "this kernel refuses a filter");
	else
		return err_set(err, ERR_INTERNAL, "seccomp_load: %s", strerror(-got));
	return true;
}
#else
static bool raise_seccomp(Walls *walls, Err *err)
{
	(void)err;
	tell_absent(walls, "seccomp", "built without libseccomp");
	return true;
}
#endif

bool walls_raise(Walls *out, const json_t *read, const char *scratch, double time_limit_s, Err *err)
{
	*out = (Walls){ .told = json_object(),
			.status_fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC) };
	if (!out->told)
		return err_set(err, ERR_MEMORY, "raising the walls");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set(err, ERR_INTERNAL, "prctl(PR_SET_NO_NEW_PRIVS): %s",
			       strerror(errno));
	json_object_set_new(out->told, "no_new_privs", json_true());
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	return raise_limits(out, time_limit_s, cpus > 0 ? (unsigned)cpus : 1, err) &&
	       raise_landlock(out, read, scratch, err) && drop_capabilities(out, err) &&
	       raise_seccomp(out, err);
}

bool walls_memory(Walls *walls, uint64_t bytes, Err *err)
{
#ifdef WITH_SANITIZER
	(void)bytes;
	(void)err;
	tell_absent(walls, "address_space_bytes",
		    "a sanitizer build needs all of the address space");
	return true;
#else
	struct sysinfo system;
	if (bytes == 0) {
		bytes = ADDRESS_SPACE_DEFAULT_MAX;
		if (sysinfo(&system) == 0 &&
		    (uint64_t)system.totalram * system.mem_unit / 2 < bytes)
			bytes = (uint64_t)system.totalram * system.mem_unit / 2;
	}
	uint64_t now = status_bytes(walls->status_fd, "VmSize:");
	if (!now) {
		tell_absent(walls, "address_space_bytes", "/proc/self/status cannot be read");
		return true;
	}
	if (!limit(RLIMIT_AS, now + bytes, err, "RLIMIT_AS"))
		return false;
	json_object_set_new(walls->told, "address_space_bytes", json_integer((json_int_t)bytes));
	return true;
#endif
}

uint64_t walls_peak_rss(const Walls *walls)
{
	return status_bytes(walls->status_fd, "VmHWM:");
}

void walls_done(Walls *walls)
{
	json_decref(walls->told);
	if (walls->status_fd >= 0)
		close(walls->status_fd);
}
