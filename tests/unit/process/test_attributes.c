/* SPDX-License-Identifier: Apache-2.0 */
/* rlimits, OOM score, scheduler, memory policy, keyring, LSM, procfs: in children. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "../tap.h"
#include "base/cleanup.h"
#include "child.h"
#include "process/keyring.h"
#include "process/lsm.h"
#include "process/mempolicy.h"
#include "process/procfs.h"
#include "process/rlimits.h"
#include "process/sched.h"
#include "process/sysctl.h"

/* As a user who may not raise a limit: all capabilities gone. */
static bool drop_resource(void)
{
	return geteuid() != 0 ||
	       (setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
}

static int rlimits_clamp(void)
{
	struct rlimit_plan r = { RLIMIT_NOFILE, "RLIMIT_NOFILE", 300, 5000 };
	struct process_plan p = { .rlimits = &r, .n_rlimits = 1 };
	const struct rlimit low = { 100, 200 };
	struct rlimit now;

	CHECK(1, setrlimit(RLIMIT_NOFILE, &low) == 0);
	CHECK(2, drop_resource());
	p.strict_rlimits = true;
	CHECK(3, process_set_rlimits(&p, &child_error) == -EPERM);
	CHECK(4, strstr(child_error.msg, "RLIMIT_NOFILE") && child_error.hint[0]);
	CHECK(5, getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_max == 200 && now.rlim_cur == 100);
	p.strict_rlimits = false;
	CHECK(6, process_set_rlimits(&p, &child_error) == 0);
	CHECK(7, getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_max == 200 && now.rlim_cur == 200);
	r.soft = 50;
	CHECK(8, process_set_rlimits(&p, &child_error) == 0);
	CHECK(9, getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_max == 200 && now.rlim_cur == 50);
	r.hard = 150;
	CHECK(10, process_set_rlimits(&p, &child_error) == 0);
	CHECK(11, getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_max == 150 && now.rlim_cur == 50);
	r.resource = 99;
	CHECK(12, process_set_rlimits(&p, &child_error) == -EINVAL);
	return 0;
}

static int read_score(void)
{
	char text[16] = "";
	int fd = open("/proc/self/oom_score_adj", O_RDONLY);

	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 ? atoi(text) : INT32_MIN;
}

static int oom_raise_and_lower(void)
{
	struct process_plan p = { .oom_score_adj = 500, .has_oom_score_adj = true };
	cleanup_fd int proc = child_proc();

	CHECK(1, drop_resource());
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	CHECK(2, process_set_oom_score_adj(&p, proc, false, &child_error) == 0);
	CHECK(3, read_score() == 500);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	p.oom_score_adj = 600;
	CHECK(4, process_set_oom_score_adj(&p, proc, true, &child_error) == 0);
	CHECK(5, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	CHECK(6, read_score() == 600);
	child_warnings[0] = '\0';
	p.oom_score_adj = -1000;
	CHECK(7, process_set_oom_score_adj(&p, proc, true, &child_error) == 0);
	CHECK(8, read_score() == 600);
	return 0;
}

static int scheduler(void)
{
	struct sched_plan s = { .policy = 3 /* SCHED_BATCH */, .nice = 7 };
	struct process_plan p = { .sched = &s, .io_priority = 3 << 13, .has_io_priority = true };
	unsigned long mask[16] = { 1 };
	cpu_set_t set;

	CHECK(1, process_set_scheduler(&p, &child_error) == 0);
	CHECK(2, sched_getscheduler(0) == 3 && getpriority(PRIO_PROCESS, 0) == 7);
	CHECK(3, process_set_io_priority(&p, &child_error) == 0);
	CHECK(4, syscall(SYS_ioprio_get, 1, 0) >> 13 == 3);
	CHECK(5, process_set_affinity(mask, sizeof(mask) * 8, &child_error) == 0);
	CHECK(6, sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) == 1);
	CHECK(7, process_set_affinity(NULL, 0, &child_error) == 0);
	s = (struct sched_plan){ .policy = 1 };
	CHECK(8, process_set_scheduler(&p, &child_error) == -EINVAL);
	CHECK(9, strstr(child_error.msg, "must be 1..99") != NULL);
	s = (struct sched_plan){ .policy = 6, .runtime = 5000, .deadline = 4000, .period = 9000 };
	CHECK(10, process_set_scheduler(&p, &child_error) == -EINVAL);
	CHECK(11, strstr(child_error.msg, "deadline must not be below runtime") != NULL);
	s = (struct sched_plan){ .policy = 3, .priority = 5 };
	CHECK(12, process_set_scheduler(&p, &child_error) == -EINVAL);
	CHECK(13, strstr(child_error.msg, "must be 0") != NULL);
	s = (struct sched_plan){ .policy = 1, .priority = 50 };
	CHECK(14, drop_resource());
	CHECK(15, process_set_scheduler(&p, &child_error) == -EPERM);
	CHECK(16, strstr(child_error.hint, "RLIMIT_RTPRIO of at least 50") != NULL);
	s = (struct sched_plan){ .policy = 0, .nice = -5 };
	CHECK(17, process_set_scheduler(&p, &child_error) == -EPERM);
	CHECK(18, strstr(child_error.hint, "RLIMIT_NICE of at least 25") != NULL);
	return 0;
}

static int memory_policy(void)
{
	unsigned long nodes[16] = { 1 };
	struct process_plan p = {
		.mempolicy_mode = 2 /* BIND */,
		.mempolicy_nodes = nodes,
		.mempolicy_maxnode = sizeof(nodes) * 8,
		.has_mempolicy = true,
		.personality = 0,
		.has_personality = true,
	};
	int mode = -1;

	if (syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) < 0)
		return 77;
	CHECK(1, process_set_memory_policy(&p, &child_error) == 0);
	CHECK(2, syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) == 0 && mode == 2);
	p.mempolicy_mode = 0;
	CHECK(3, process_set_memory_policy(&p, &child_error) == -EINVAL && child_error.hint[0]);
	p.mempolicy_nodes = NULL;
	CHECK(4, process_set_memory_policy(&p, &child_error) == 0);
	CHECK(5, process_set_personality(&p, &child_error) == 0);
	CHECK(6, personality(0xffffffff) == 0);
	return 0;
}

static long session_id(void)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
}

static int session_keyring(void)
{
	char name[32], text[128] = "";
	struct process_plan p = { .keyring = name };
	cleanup_fd int proc = child_proc();
	long own, joined;

	/* A host without keyrings, or with a full quota, is skipped: it is the warning's. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0)
		return 77;
	own = session_id();
	CHECK(1, own > 0);
	snprintf(name, sizeof(name), "urun-test-%d", getpid());
	CHECK(2, process_join_keyring(&p, proc, &child_error) == 0);
	joined = session_id();
	CHECK(3, joined > 0 && joined != own);
	CHECK(4, syscall(SYS_keyctl, KEYCTL_DESCRIBE, joined, text, sizeof(text)) > 0);
	CHECK(5, strncmp(text, "keyring;", 8) == 0 && strstr(text, name));
	/* Joined by its name the second time, as exec does, and not made anew. */
	CHECK(6, syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) > 0);
	CHECK(7, process_join_keyring(&p, proc, &child_error) == 0 && session_id() == joined);
	p.keyring = NULL;
	CHECK(8, process_join_keyring(&p, proc, &child_error) == 0 && session_id() == joined);
	return 0;
}

static bool has_lsm(const char *name)
{
	char text[256] = "";
	int fd = open("/sys/kernel/security/lsm", O_RDONLY);

	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strstr(text, name);
}

static int lsm_missing(void)
{
	struct process_plan p = { .apparmor_profile = "urun-no-such-profile" };
	cleanup_fd int proc = child_proc();

	if (has_lsm("apparmor") || has_lsm("selinux"))
		return 77;
	CHECK(1, process_set_lsm_label(&p, proc, &child_error) == -EINVAL);
	CHECK(2, strstr(child_error.msg, "AppArmor is not enabled") != NULL);
	CHECK(3, strstr(child_error.msg, "`/proc/thread-self/attr/") != NULL);
	p.apparmor_profile = "unconfined";
	CHECK(4, process_set_lsm_label(&p, proc, &child_error) == 0);
	p.apparmor_profile = NULL;
	p.selinux_label = "system_u:system_r:container_t:s0";
	CHECK(5, process_set_lsm_label(&p, proc, &child_error) == -EINVAL);
	CHECK(6, strstr(child_error.msg, "`/proc/thread-self/attr/exec`") != NULL);
	p.selinux_label = NULL;
	CHECK(7, process_set_lsm_label(&p, proc, &child_error) == 0);
	return 0;
}

static int procfs_only(void)
{
	cleanup_fd int proc = child_proc(), root = path_open("/", O_PATH | O_DIRECTORY);
	char text[64];

	CHECK(1, procfs_read(proc, "thread-self/comm", text, sizeof(text)) > 0);
	CHECK(2, procfs_open(proc, "self/comm", O_RDONLY) == -ELOOP);
	CHECK(3, procfs_open(proc, "thread-self/root/etc/passwd", O_RDONLY) == -ELOOP);
	CHECK(4, procfs_open(proc, "thread-self/cwd", O_RDONLY) == -ELOOP);
	CHECK(5, procfs_open(proc, "../etc/passwd", O_RDONLY) == -EXDEV);
	CHECK(6, procfs_open(root, "etc/passwd", O_RDONLY) == -EXDEV);
	CHECK(7, procfs_open(root, "proc/version", O_RDONLY) == -EXDEV);
	CHECK(8, procfs_read(proc, "no-such-file", text, sizeof(text)) == -ENOENT);
	CHECK(9, procfs_write(proc, "thread-self/comm", "urun-tested") == 0);
	CHECK(10, procfs_read(proc, "thread-self/comm", text, sizeof(text)) == 11);
	CHECK(11, strcmp(text, "urun-tested") == 0);
	return 0;
}

/* Own user and network namespace: all of it works without privilege. */
static int sysctls(void)
{
	struct oci_key_value kv[] = { { "net/ipv4/ip_forward", "1" },
				      { "net/ipv4/ping_group_range", "0 2147483647" } };
	struct rootfs_plan r = { .sysctls = kv, .n_sysctls = 2 };
	struct id_mapping one = { 0, getegid(), 1 };
	struct idmap map = { &one, 1 };
	cleanup_fd int proc = child_proc();
	char text[64];

	snprintf(text, sizeof(text), "0 %u 1", geteuid());
	CHECK(77, unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0);
	CHECK(2, io_write_value_at(AT_FDCWD, "/proc/self/uid_map", text) == 0);
	CHECK(3, io_write_value_at(AT_FDCWD, "/proc/self/setgroups", "deny") == 0);
	snprintf(text, sizeof(text), "0 %u 1", one.host_id);
	CHECK(4, io_write_value_at(AT_FDCWD, "/proc/self/gid_map", text) == 0);
	CHECK(5, process_write_sysctls(&r, &map, proc, &child_error) == 0);
	CHECK(6, procfs_read(proc, "sys/net/ipv4/ip_forward", text, sizeof(text)) == 1);
	CHECK(7, text[0] == '1');
	CHECK(8, procfs_read(proc, "sys/net/ipv4/ping_group_range", text, sizeof(text)) == 3);
	CHECK(9, strcmp(text, "0\t0") == 0);
	kv[0].key = "net/ipv4/no_such_key";
	CHECK(10, process_write_sysctls(&r, &map, proc, &child_error) == -ENOENT);
	CHECK(11, strstr(child_error.msg, "'net/ipv4/no_such_key'") != NULL);
	CHECK(12, !strcasestr(child_error.msg, "no such file or directory"));
	kv[0] = (struct oci_key_value){ "net/ipv4/ping_group_range", "5 9" };
	CHECK(13, process_write_sysctls(&r, &map, proc, &child_error) == -EINVAL);
	CHECK(14, strstr(child_error.msg, "must be mapped") != NULL);
	return 0;
}

static void test_narrow(void)
{
	struct id_mapping lines[] = { { 0, 1000, 1 }, { 1, 100000, 65536 } };
	struct idmap map = { lines, 2 };
	uint32_t low = 9, high = 9;

	ok(sysctl_narrow_ping_range("0 2147483647", &map, &low, &high) && low == 0 && high == 65536,
	   "P28 the whole range is cut to the map");
	ok(sysctl_narrow_ping_range("7\t 9", &map, &low, &high) && low == 7 && high == 9,
	   "P28 a mapped range stays");
	ok(!sysctl_narrow_ping_range("70000 80000", &map, &low, &high), "P28 nothing is mapped");
	ok(!sysctl_narrow_ping_range("9 7", &map, &low, &high), "P28 a range upside down");
	ok(!sysctl_narrow_ping_range("1", &map, &low, &high), "P28 one number");
	ok(!sysctl_narrow_ping_range("1 2 3", &map, &low, &high), "P28 three numbers");
	map.n = 0;
	ok(!sysctl_narrow_ping_range("0 1", &map, &low, &high), "P28 no map: nothing to narrow");
}

int main(void)
{
	child_ok(rlimits_clamp, "RLIMIT_NOFILE is 200:200 instead of 300:5000",
		 "C26 P10 limits are clamped, or refused if strict");
	child_ok(oom_raise_and_lower, "stays at 600", "C27 the OOM score is raised, not lowered");
	child_ok(scheduler, NULL, "C31 C32 C33 scheduler, I/O priority, affinity");
	child_ok(memory_policy, NULL, "C34 C30 memory policy and personality");
	child_ok(session_keyring, NULL,
		 "C06 a new session keyring of that name; a second process joins it");
	child_ok(lsm_missing, NULL, "L01 L02 a label without its module is an error");
	child_ok(procfs_only, NULL, "L03 R2 procfs lookups stay in procfs");
	child_ok(sysctls, "'0 0' instead of '0 2147483647'",
		 "C28 sysctls, ping_group_range narrowed");
	test_narrow();
	return tap_done();
}
