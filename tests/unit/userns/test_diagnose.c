/* SPDX-License-Identifier: Apache-2.0 */
/* One cause for each broken host, and the command that mends it. */
#include <errno.h>
#include <linux/capability.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/syscalls.h"
#include "tests/unit/tap.h"
#include "tests/unit/userns/fixture.h"
#include "userns/diagnose.h"

static struct fixture f;

static struct id_mapping lines[] = { { 0, 1000, 1 }, { 1, 100000, 65536 } };
static const struct idmap map = { lines, 2 };

/* ER05: which kind a message is of; what is not here has none. */
static const struct {
	const char *part;
	enum error_kind kind;
} kinds[] = {
	{ ": not installed", KIND_HELPER_MISSING },
	{ "cannot start '", KIND_HELPER_FAILED },
	{ "timed out", KIND_HELPER_FAILED },
	{ "the setuid bit", KIND_HELPER_PRIVILEGE },
	{ "is setuid, but", KIND_HELPER_PRIVILEGE },
	{ "no_new_privs is set", KIND_NO_NEW_PRIVS },
	{ "mounted nosuid", KIND_HELPER_NOSUID },
	{ "bounding set", KIND_BOUNDING_SET },
	{ "has no sub-ids", KIND_NO_SUB_IDS },
	{ "has a line in", KIND_SUB_IDS_MALFORMED },
	{ "are not granted", KIND_SUB_IDS_NOT_GRANTED },
	{ "do not exist in the user namespace", KIND_IDS_NOT_HERE },
	{ "AppArmor forbids", KIND_APPARMOR },
	{ "newuidmap: exit status", KIND_HELPER_FAILED },
	{ "this host allows no", KIND_NAMESPACES_OFF },
	{ "no more namespaces", KIND_NAMESPACES_USED_UP },
	{ "unprivileged_userns_clone is 0", KIND_USERNS_CLONE_OFF },
	{ "is not mapped in the user namespace we run", KIND_CALLER_UNMAPPED },
	{ "in a chroot", KIND_CHROOT },
	{ "a seccomp filter (of", KIND_OUTER_FILTER },
	{ "clone3 is refused", KIND_OUTER_FILTER },
	{ "CAP_SYS_ADMIN is lacking", KIND_NO_SYS_ADMIN },
	{ "built without", KIND_KERNEL_LACKS },
	{ "no more processes", KIND_TOO_MANY_PROCESSES },
};

static void check_kind(const struct error *e, const char *name)
{
	enum error_kind want = KIND_NONE;

	for (size_t i = 0; i < ARRAY_SIZE(kinds) && !want; i++)
		if (strstr(e->msg, kinds[i].part))
			want = kinds[i].kind;
	if (!ok(e->kind == want, "ER05 %s: its code", name))
		printf("# got %d, want %d: %s\n", e->kind, want, e->msg);
}

/* Checks the message and the hint of newuidmap's failure. */
static void check_helper(const struct userns_caller *c, struct helper_failure fail,
			 const char *cause, const char *hint, const char *name)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;

	fail.map = fail.map ? fail.map : &map;
	if (!fail.errnum)
		fail.errnum = -EPROTO;
	if (!fail.status)
		fail.status = "exit status 1";
	if (!fail.output)
		fail.output = "newuidmap: write to uid_map failed: Operation not permitted";
	ok(diagnose_helper(&a, c, &fail, &e) < 0, "%s: an error", name);
	has_str(e.msg, cause, name);
	has_str(e.hint, hint, name);
	check_kind(&e, name);
	ok(!strcasestr(e.msg, "operation not permitted") && !strchr(e.msg, '\n'),
	   "%s: one line, without the engines' words", name);
}

static void test_helper_file(void)
{
	struct userns_caller c = fixture_caller(&f, 1000, 1000);
	char path[128];

	snprintf(path, sizeof(path), "%s/newuidmap", f.bin);
	check_helper(&c, (struct helper_failure){ .errnum = -ENOENT }, "newuidmap: not installed",
		     "sudo apt install uidmap", "P01 not installed");
	check_helper(&c, (struct helper_failure){ .path = path, .errnum = -EACCES },
		     "cannot start '", "", "P01 not executable");
	check_helper(&c, (struct helper_failure){ .path = path, .status = "timed out" },
		     "timed out", "", "P01 a helper that hangs");
	fixture_write(&f, "bin/newuidmap", "x", 0755);
	check_helper(&c, (struct helper_failure){ .path = path },
		     "neither the setuid bit nor the file capability cap_setuid",
		     "sudo setcap cap_setuid=ep /", "P01 neither setuid nor file capability");
	check_helper(&c, (struct helper_failure){ .path = path, .gid = true }, "newgidmap: '",
		     "sudo setcap cap_setgid=ep /", "P01 the same for newgidmap");
	c.no_new_privs = true;
	check_helper(&c, (struct helper_failure){ .path = path }, "no_new_privs is set",
		     "NoNewPrivileges=", "P01 NoNewPrivs");
	c.no_new_privs = false;
	fixture_write(&f, "bin/newuidmap", "x", 04755);
	if (geteuid() != 0)
		check_helper(&c, (struct helper_failure){ .path = path },
			     "is setuid, but belongs to uid", "sudo chown root:root",
			     "P01 setuid, but not root's");
	else
		skip("P01 setuid, but not root's", "needs a user");
}

static void test_helper_file_cap(void)
{
	struct userns_caller c = fixture_caller(&f, 1000, 1000);
	struct vfs_cap_data cap = { .magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
				    .data[0].permitted = 1U << CAP_SETUID };
	cleanup_fd int fd = -EBADF;
	char path[128];

	snprintf(path, sizeof(path), "%s/newuidmap", f.bin);
	fixture_write(&f, "bin/newuidmap", "x", 0755);
	fd = path_open(path, O_RDONLY);
	if (fsetxattr(fd, "security.capability", &cap, sizeof(cap), 0) < 0) {
		skip("P01 file capabilities", "needs root and a file system that has them");
		return;
	}
	c.bounding_setuid = false;
	check_helper(&c, (struct helper_failure){ .path = path },
		     "cap_setuid is not in our capability bounding set", "--cap-add setuid",
		     "P01 the bounding set");
	fchmod(fd, 04755);
	check_helper(&c, (struct helper_failure){ .path = path },
		     "both the setuid bit and the file capability", "sudo setcap -r /",
		     "P01 setuid and file capability");
}

/* The helper is in order: what is wrong lies in the files. */
static void test_helper_ids(const char *path)
{
	struct userns_caller c = fixture_caller(&f, 1000, 1000);
	struct helper_failure fail = { .path = path };
	struct id_mapping g[] = { { 0, 1000, 1 }, { 1, 44, 1 } };
	struct idmap gid_map = { g, 2 };

	c.initial = false;
	fixture_write(&f, "etc/passwd", "ana:x:1000:1000:::\n", 0644);
	fixture_write(&f, "etc/subuid", "bob:100000:65536\n", 0644);
	fixture_write(&f, "etc/subgid", "bob:100000:65536\nbob:200000:10\n", 0644);
	check_helper(
		&c, fail, "'ana' (uid 1000) has no sub-ids in subuid and subgid of '",
		"type 'sudo usermod --add-subuids 200010-265545 --add-subgids 200010-265545 ana'",
		"P02 no lines: a range that is free in both files");
	fixture_write(&f, "etc/subgid", "ana:100000:65536\n", 0644);
	check_helper(&c, fail, "has no sub-ids in subuid of '",
		     "type 'sudo usermod --add-subuids 165536-231071 ana'",
		     "P02 one file lacks it");
	fixture_write(&f, "etc/subuid", "ana:100000:65536\r\n", 0644);
	check_helper(&c, fail, "has a line in 'subuid' of '", "usermod --add-subuids",
		     "P02 a line with a carriage return");
	fixture_write(&f, "etc/passwd", "", 0644);
	fixture_write(&f, "etc/subuid", "", 0644);
	check_helper(&c, fail, "uid 1000 has no sub-ids",
		     "type 'echo 1000:165536:65536 | sudo tee -a /etc/subuid /etc/subgid'",
		     "I14 P02 a user that usermod does not know");
	fixture_write(&f, "etc/passwd", "ana:x:1000:1000:::\n", 0644);
	fixture_write(&f, "etc/subuid", "ana:100000:65535\n", 0644);
	fixture_write(&f, "etc/subgid", "ana:100000:65536\n", 0644);
	check_helper(&c, fail, "user ids 100000..165535 are not granted to 'ana' (uid 1000) in '",
		     "usermod --add-subuids 100000-165535 ana", "P01 a range not owned");
	fail.gid = true;
	fail.map = &gid_map;
	check_helper(&c, fail, "group ids 44..44 are not granted to 'ana'",
		     "type 'sudo usermod --add-subgids 44-44 ana'",
		     "I12 an own group: the line that grants it");
	fail = (struct helper_failure){ .path = path };
	fixture_write(&f, "etc/subuid", "ana:100000:65536\n", 0644);
	fixture_write(&f, "proc/self/uid_map", "0 1000 1\n1 100000 65536\n", 0444);
	check_helper(&c, fail,
		     "user ids 100000..165535 do not exist in the user namespace we run in "
		     "(0..0 -> 1000, 1..65536 -> 100000)",
		     "give the outer container more ids", "I09 P01 nested, ids not there");
	c.initial = true;
	fixture_write(&f, "proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", 0444);
	check_helper(&c, fail, "AppArmor forbids", "userns,", "P14 AppArmor");
	fixture_remove(&f, "proc/sys/kernel/apparmor_restrict_unprivileged_userns");
	check_helper(&c, fail,
		     "newuidmap: exit status 1: newuidmap: write to uid_map failed: not "
		     "permitted (EPERM)",
		     "", "P01 no cause is found: its own words");
}

static void test_map_write(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct userns_caller c = fixture_caller(&f, 0, 0);
	struct id_mapping root[] = { { 0, 0, 65537 } };
	struct idmap m = { root, 1 };
	struct map_write_failure fail = { .errnum = -EPERM, .file = "uid_map" };
	struct error e = ERROR_INIT;

	c.has_setid = true;
	fixture_write(&f, "proc/self/uid_map", "0 0 65537\n", 0444);
	is_int(diagnose_map_write(&a, &c, &m, &fail, &e), -EPERM, "I06 without CAP_SETFCAP");
	has_str(e.msg, "CAP_SETFCAP", "I06 is named");
	c.has_setfcap = true;
	fixture_write(&f, "proc/self/uid_map", "0 0 65536\n", 0444);
	diagnose_map_write(&a, &c, &m, &fail, &e);
	has_str(e.msg, "write 'uid_map': user ids 0..65536 do not exist", "I06 more than we have");
	fixture_write(&f, "proc/self/uid_map", "0 0 65537\n", 0444);
	diagnose_map_write(&a, &c, &m, &fail, &e);
	is_str(e.msg, "write 'uid_map': not permitted (EPERM)", "I06 no cause is found");
	c.has_setid = false;
	fail.errnum = -EACCES;
	diagnose_map_write(&a, &c, &m, &fail, &e);
	has_str(e.msg, "is it not dumpable?", "a child that is not dumpable");
}

static void check_clone(int errnum, uint64_t flags, const char *cause, const char *hint,
			const char *name)
{
	struct error e = ERROR_INIT;

	is_int(diagnose_clone(&f.host, errnum, flags, &e), errnum > 0 ? -errnum : errnum, name);
	has_str(e.msg, cause, name);
	has_str(e.hint, hint, name);
	check_kind(&e, name);
}

static void test_clone_limits(void)
{
	fixture_write(&f, "proc/sys/user/max_user_namespaces", "0\n", 0444);
	fixture_write(&f, "proc/sys/user/max_net_namespaces", "0\n", 0444);
	fixture_write(&f, "proc/sys/user/max_mnt_namespaces", "100\n", 0444);
	check_clone(ENOSPC, CLONE_NEWUSER | CLONE_NEWNS, "user.max_user_namespaces is 0",
		    "sudo sysctl -w user.max_user_namespaces=15000", "P15 user namespaces are off");
	check_clone(-ENOSPC, CLONE_NEWNET,
		    "allows no network namespaces: user.max_net_namespaces is 0",
		    "user.max_net_namespaces", "P15 network namespaces are off");
	fixture_write(&f, "proc/sys/user/max_user_namespaces", "63\n", 0444);
	check_clone(ENOSPC, CLONE_NEWUSER | CLONE_NEWNS, "user.max_user_namespaces (63) is used up",
		    "user.max_user_namespaces=126", "P15 the lowest limit, and its value");
	check_clone(EUSERS, CLONE_NEWUSER, "nested more than 32 deep", "", "P15 nested too deep");
}

static void test_clone_refused(void)
{
	char own[64];

	snprintf(own, sizeof(own), "%u 1000 1\n", geteuid());
	fixture_write(&f, "proc/self/uid_map", own, 0444);
	snprintf(own, sizeof(own), "%u 1000 1\n", getegid());
	fixture_write(&f, "proc/self/gid_map", own, 0444);
	fixture_write(&f, "proc/self/mountinfo", "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n", 0444);
	fixture_write(&f, "proc/self/status", "Name:\tx\nSeccomp:\t0\n", 0444);
	fixture_write(&f, "proc/sys/kernel/unprivileged_userns_clone", "0\n", 0444);
	check_clone(EPERM, CLONE_NEWUSER, "kernel.unprivileged_userns_clone is 0",
		    "kernel.unprivileged_userns_clone=1", "P16 Debian's switch");
	fixture_write(&f, "proc/sys/kernel/unprivileged_userns_clone", "1\n", 0444);
	check_clone(EPERM, CLONE_NEWUSER, "make a user namespace: not permitted (EPERM)", "",
		    "no cause is found");
	fixture_write(&f, "proc/self/status", "Name:\tx\nSeccomp:\t2\n", 0444);
	check_clone(EPERM, CLONE_NEWUSER, "seccomp filter", "seccomp=unconfined",
		    "a seccomp filter");
	fixture_write(&f, "proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", 0444);
	check_clone(EPERM, CLONE_NEWUSER, "AppArmor", "apparmor_restrict_unprivileged_userns=0",
		    "P14 AppArmor");
	fixture_write(&f, "proc/self/attr/current", "urun (unconfined)\n", 0444);
	check_clone(EPERM, CLONE_NEWUSER, "seccomp filter", "",
		    "P14 not for a program with a profile");
	fixture_write(&f, "proc/self/mountinfo", "21 1 8:1 / /proc rw - proc proc rw\n", 0444);
	check_clone(EPERM, CLONE_NEWUSER, "chroot", "pivot_root", "a chroot");
	fixture_write(&f, "proc/self/uid_map", "4000000 0 1\n", 0444);
	check_clone(EPERM, CLONE_NEWUSER, "is not mapped", "", "we are not mapped ourselves");
	check_clone(EPERM, CLONE_NEWNET, "CAP_SYS_ADMIN is lacking", "'user' namespace",
		    "no user namespace was asked for");
	check_clone(ENOSYS, CLONE_NEWUSER, "clone3 is refused", "seccomp", "an old outer filter");
	check_clone(EINVAL, CLONE_NEWTIME, "built without", "", "a kernel without a kind");
	check_clone(EAGAIN, CLONE_NEWUSER, "RLIMIT_NPROC", "ulimit -u", "no more processes");
	check_clone(ENOMEM, CLONE_NEWUSER, "first process", "", "anything else");
}

static void test_runtime_dir(void)
{
	struct error e = ERROR_INIT;
	char path[128];

	is_int(diagnose_runtime_dir(NULL, 1000, &e), -ENOENT, "P09 unset");
	has_str(e.hint, "/run/user/1000", "P09 what to set it to");
	is_int(diagnose_runtime_dir("", 1000, &e), -ENOENT, "P09 empty");
	is_int(diagnose_runtime_dir("run", 1000, &e), -EINVAL, "P09 not absolute");
	is_int(diagnose_runtime_dir("/nonexistent-dir", 1000, &e), -ENOENT, "P09 missing");
	has_str(e.hint, "enable-linger 1000", "P09 linger");
	is_int(diagnose_runtime_dir("/", 4000000, &e), -EPERM, "P09 another user's");
	has_str(e.msg, "belongs to uid", "P09 whose");
	snprintf(path, sizeof(path), "%s/file", f.dir);
	fixture_write(&f, "file", "", 0644);
	is_int(diagnose_runtime_dir(path, geteuid(), &e), -ENOTDIR, "P09 no directory");
	is_int(diagnose_runtime_dir(f.dir, geteuid(), &e), 0, "P09 good");
	chmod(f.dir, 0770);
	is_int(diagnose_runtime_dir(f.dir, geteuid(), &e), -EACCES, "P09 writable by others");
	has_str(e.msg, "mode 0770, it should be 0700", "P09 the mode");
	chmod(f.dir, 0700);
}

static void test_words(void)
{
	char buf[64];

	is_str(diagnose_reword("a: Permission denied", buf, sizeof(buf)),
	       "a: access denied (EACCES)", "ER reworded");
	is_str(diagnose_reword("No such file or directory!", buf, sizeof(buf)), "missing (ENOENT)!",
	       "ER at the start");
	is_str(diagnose_reword("", buf, sizeof(buf)), "", "ER nothing");
	is_str(diagnose_reword("0123456789", buf, 5), "0123", "ER cut");
}

/* A real helper that is in order, or NULL. */
static const char *good_helper(struct arena *a)
{
	const char *path = userns_host_helper(a, NULL, false);
	struct stat st;

	return path && path_stat(path, &st) == 0 && st.st_uid == 0 && (st.st_mode & S_ISUID) ? path
											     : NULL;
}

int main(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	const char *helper = good_helper(&a);

	fixture_init(&f);
	test_helper_file();
	test_helper_file_cap();
	if (helper)
		test_helper_ids(helper);
	else
		skip("P02 causes behind a good helper", "no setuid newuidmap here");
	test_map_write();
	test_clone_limits();
	test_clone_refused();
	test_runtime_dir();
	test_words();
	fixture_done(&f);
	return tap_done();
}
