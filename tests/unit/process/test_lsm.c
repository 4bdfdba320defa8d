/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L01, L02: what is written where. The files of procfs are ours here
 * (procfs.c's three functions), as most kernels have one module or none.
 */
#include "process/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"
#include "process/procfs.h"

enum { PROC = 77 };

static struct {
	bool own_folder;     /* attr/apparmor/ is there */
	const char *current; /* the caller's own profile */
	int error;           /* of a write */
	bool forgets;        /* what is written is not there afterwards */
	char path[128], value[256];
	int writes;
} kernel;

static bool is_there(const char *path)
{
	return kernel.own_folder || !strstr(path, "attr/apparmor/");
}

int procfs_open(int proc_fd, const char *path, int flags)
{
	if (proc_fd != PROC || !is_there(path))
		return -ENOENT;
	return open("/dev/null", flags | O_CLOEXEC);
}

int procfs_write(int proc_fd, const char *path, const char *value)
{
	if (proc_fd != PROC || !is_there(path))
		return -ENOENT;
	if (kernel.error)
		return kernel.error;
	kernel.writes++;
	snprintf(kernel.path, sizeof(kernel.path), "%s", path);
	snprintf(kernel.value, sizeof(kernel.value), "%s", value);
	return 0;
}

ssize_t procfs_read(int proc_fd, const char *path, char *buf, size_t size)
{
	if (proc_fd != PROC || !is_there(path))
		return -ENOENT;
	if (strstr(path, "current"))
		return snprintf(buf, size, "%s", kernel.current);
	if (kernel.forgets || strcmp(path, kernel.path) != 0)
		return snprintf(buf, size, "%s", "");
	return snprintf(buf, size, "%s", kernel.value);
}

static struct error e;

static int set(const char *apparmor, const char *selinux)
{
	const struct process_plan p = { .apparmor_profile = apparmor, .selinux_label = selinux };

	kernel.writes = 0;
	kernel.path[0] = kernel.value[0] = '\0';
	error_clear(&e);
	return process_set_lsm_label(&p, PROC, &e);
}

static void test_apparmor(void)
{
	kernel.own_folder = true;
	kernel.current = "unconfined";
	is_int(set("containers-default", NULL), 0, "L01 a profile is set");
	is_str(kernel.path, "thread-self/attr/apparmor/exec", "L01 in AppArmor's own file");
	is_str(kernel.value, "exec containers-default", "L01 for the next execve");
	kernel.own_folder = false;
	is_int(set("containers-default", NULL), 0, "L01 a profile is set on an older kernel");
	is_str(kernel.path, "thread-self/attr/exec", "L01 in the file that all share");
	kernel.own_folder = true;
	kernel.current = "docker-default (enforce)";
	is_int(set("containers-default", NULL), 0, "L01 of a confined caller");
	is_str(kernel.value, "stack containers-default", "L01 stacked: never less confined");
	kernel.current = "crun (unconfined)";
	is_int(set("containers-default", NULL), 0, "L01 of a caller with a profile in name only");
	is_str(kernel.value, "exec containers-default", "L01 nothing to stack on");
	is_int(kernel.writes, 1, "L01 one write");
}

static void test_selinux(void)
{
	const char label[] = "system_u:system_r:container_t:s0:c1,c2";

	is_int(set(NULL, label), 0, "L02 a label is set");
	is_str(kernel.path, "thread-self/attr/exec", "L02 for the next execve");
	is_str(kernel.value, label, "L02 as it is");
	is_int(set(NULL, NULL), 0, "L02 none asked for");
	is_int(kernel.writes, 0, "L02 none written");
}

static void test_failures(void)
{
	kernel.current = "unconfined";
	kernel.forgets = true;
	is_int(set(NULL, "a:b:c:d"), -EIO, "L02 what is not there when read back is an error");
	has_str(e.msg, "`/proc/thread-self/attr/exec`", "L02 named as podman looks for it");
	is_int(set("p", NULL), -EIO, "L01 also of AppArmor");
	kernel.forgets = false;
	kernel.error = -ENOENT;
	is_int(set("gone", NULL), -ENOENT, "L01 an unknown profile");
	has_str(e.msg, "'gone' is not loaded", "L01 is named");
	has_str(e.hint, "apparmor_parser", "L01 with what to type");
	kernel.error = -EINVAL;
	is_int(set("p", NULL), -EINVAL, "L01 without AppArmor");
	is_int(set("unconfined", NULL), 0, "L01 but unconfined is what it is then");
	is_int(set(NULL, "a:b:c:d"), -EINVAL, "L02 without SELinux");
	has_str(e.msg, "SELinux is not enabled", "L02 says so");
	kernel.error = -EACCES;
	is_int(set(NULL, "a:b:c:d"), -EACCES, "L02 a label that the policy refuses");
	kernel.error = 0;
}

static void put(int dir, const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ok(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "a file %s", path);
	close(fd);
}

static const char *suggest(int dir, const char *profile)
{
	error_msg(&e, ENOENT, "x");
	error_hint(&e, "load it");
	process_suggest_profiles(profile, dir, &e);
	return e.hint;
}

/* L01: the profiles that are there, in the words of the kernel's own files. */
static void test_names(void)
{
	char tmp[] = "/tmp/test_lsm.XXXXXX";
	int dir = mkdtemp(tmp) ? open(tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (!ok(dir >= 0, "a folder of our own"))
		return;
	is_str(suggest(dir, "p"), "load it", "L01 nothing can be read: the hint stays");
	ok(mkdirat(dir, "policy", 0700) == 0 && mkdirat(dir, "policy/profiles", 0700) == 0 &&
		   mkdirat(dir, "policy/profiles/usr.bin.man.7", 0700) == 0 &&
		   mkdirat(dir, "policy/profiles/containers-default-0.57.4.9", 0700) == 0,
	   "folders of the kernel's");
	put(dir, "policy/profiles/usr.bin.man.7/name", "/usr/bin/man\n");
	put(dir, "policy/profiles/containers-default-0.57.4.9/name", "containers-default-0.57.4\n");
	is_str(suggest(dir, "containers-default-0.50.1"),
	       "loaded with a similar name: 'containers-default-0.57.4'; or load it",
	       "L01 without root, from the folder");
	is_str(suggest(dir, "/usr/bin/men"),
	       "loaded with a similar name: '/usr/bin/man'; or load it", "L01 a name with slashes");
	is_str(suggest(dir, "zzz"), "load it", "L01 none is similar");
	put(dir, "profiles",
	    "docker-default (enforce)\ndocker-defaults (complain)\nlsb_release (enforce)\n"
	    "docker-defau (kill)\ndocker-default//child (enforce)\nbad\033name (enforce)\n");
	is_str(suggest(dir, "docker-defaul"),
	       "loaded with a similar name: 'docker-default', 'docker-defau', 'docker-defaults'; "
	       "or load it",
	       "L01 root's list, the nearest three");
	is_str(suggest(dir, "bad\033name"), "load it", "L01 what is not printable is not shown");
	unlinkat(dir, "profiles", 0);
	unlinkat(dir, "policy/profiles/usr.bin.man.7/name", 0);
	unlinkat(dir, "policy/profiles/containers-default-0.57.4.9/name", 0);
	unlinkat(dir, "policy/profiles/usr.bin.man.7", AT_REMOVEDIR);
	unlinkat(dir, "policy/profiles/containers-default-0.57.4.9", AT_REMOVEDIR);
	unlinkat(dir, "policy/profiles", AT_REMOVEDIR);
	unlinkat(dir, "policy", AT_REMOVEDIR);
	close(dir);
	rmdir(tmp);
}

int main(void)
{
	test_names();
	test_apparmor();
	test_selinux();
	test_failures();
	return tap_done();
}
