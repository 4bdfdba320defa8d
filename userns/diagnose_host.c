/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why this host gives no namespaces (bubblewrap and runc users meet "No space
 * left on device" for a sysctl that is 0), and what is wrong with a runtime
 * directory.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "userns/diagnose.h"

static const struct {
	uint64_t flag;
	const char *name, *sysctl;
} namespaces[] = {
	{ CLONE_NEWUSER, "user", "user.max_user_namespaces" },
	{ CLONE_NEWNS, "mount", "user.max_mnt_namespaces" },
	{ CLONE_NEWPID, "pid", "user.max_pid_namespaces" },
	{ CLONE_NEWNET, "network", "user.max_net_namespaces" },
	{ CLONE_NEWIPC, "ipc", "user.max_ipc_namespaces" },
	{ CLONE_NEWUTS, "uts", "user.max_uts_namespaces" },
	{ CLONE_NEWCGROUP, "cgroup", "user.max_cgroup_namespaces" },
	{ CLONE_NEWTIME, "time", "user.max_time_namespaces" },
};

/* "user.max_user_namespaces" -> its value; false where there is none. */
static bool read_sysctl(const struct userns_host *h, const char *key, uint64_t *ret)
{
	cleanup_arena struct arena a = ARENA_INIT;
	char *path = arena_printf(&a, "sys/%s", key), *text;
	const char *p;

	if (!path)
		return false;
	for (char *c = path; *c; c++)
		if (*c == '.')
			*c = '/';
	if (userns_host_read(&a, h->proc, path, &text, NULL) < 0)
		return false;
	p = text;
	return parse_u64_at(&p, ret) == 0;
}

bool diagnose_apparmor_restricts(const struct userns_host *h)
{
	cleanup_arena struct arena a = ARENA_INIT;
	char *profile;
	uint64_t v;

	h = h ? h : &userns_host_default;
	if (!read_sysctl(h, "kernel.apparmor_restrict_unprivileged_userns", &v) || v == 0)
		return false;
	/* It holds for programs without a profile; one of ours may allow userns. */
	return userns_host_read(&a, h->proc, "self/attr/current", &profile, NULL) < 0 ||
	       strncmp(profile, "unconfined", 10) == 0 ||
	       strncmp(profile, "unprivileged_userns", 19) == 0;
}

int diagnose_apparmor(struct error *e, const char *what)
{
	error_kind(e, KIND_APPARMOR, EPERM,
		   "AppArmor forbids programs without a profile %s: "
		   "kernel.apparmor_restrict_unprivileged_userns is 1",
		   what);
	return error_hint(
		e, "give urun an AppArmor profile with the rule 'userns,', or type 'sudo sysctl "
		   "-w kernel.apparmor_restrict_unprivileged_userns=0'");
}

/* ENOSPC: a limit is 0, or the lowest of the limits is used up. */
static int diagnose_limit(const struct userns_host *h, int errnum, uint64_t flags, struct error *e)
{
	const char *lowest = NULL;
	uint64_t value = 0, v;

	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		if (!(flags & namespaces[i].flag) || !read_sysctl(h, namespaces[i].sysctl, &v))
			continue;
		if (v == 0) {
			error_kind(e, KIND_NAMESPACES_OFF, errnum,
				   "this host allows no %s namespaces: %s is 0", namespaces[i].name,
				   namespaces[i].sysctl);
			return error_hint(
				e,
				"type 'sudo sysctl -w %s=15000', and put '%s = 15000' into a "
				"file of /etc/sysctl.d to keep it",
				namespaces[i].sysctl, namespaces[i].sysctl);
		}
		if (!lowest || v < value) {
			lowest = namespaces[i].sysctl;
			value = v;
		}
	}
	if (!lowest)
		return error_set(e, errnum, "make namespaces");
	error_kind(
		e, KIND_NAMESPACES_USED_UP, errnum,
		"no more namespaces: %s (%llu) is used up here or in an outer user namespace, or they "
		"are nested more than 32 deep",
		lowest, (unsigned long long)value);
	return error_hint(
		e, "see 'lsns -t user' for what holds them; 'sudo sysctl -w %s=%llu' raises it",
		lowest, (unsigned long long)value * 2);
}

/* Is no mount point "/" in sight? Then our root lies inside a mount. */
static bool is_chrooted(const struct userns_host *h)
{
	cleanup_arena struct arena a = ARENA_INIT;
	char *text, *line, *save = NULL;

	if (userns_host_read(&a, h->proc, "self/mountinfo", &text, NULL) < 0)
		return false;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *p = line;

		/* 36 35 98:0 /root /mountpoint ... */
		for (int i = 0; i < 4 && p; i++) {
			p = strchr(p, ' ');
			p = p ? p + 1 : NULL;
		}
		if (p && strncmp(p, "/ ", 2) == 0)
			return false;
	}
	return true;
}

static bool is_filtered(const struct userns_host *h)
{
	cleanup_arena struct arena a = ARENA_INIT;
	const char *p;
	char *text;

	if (userns_host_read(&a, h->proc, "self/status", &text, NULL) < 0)
		return false;
	p = strstr(text, "\nSeccomp:");
	return p && strspn(p + 9, " \t") > 0 && p[9 + strspn(p + 9, " \t")] == '2';
}

/* Is our own user or group unknown to the user namespace we are in? */
static bool is_unmapped(const struct userns_host *h)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct userns_caller c = { .host = h };
	struct error e = ERROR_INIT;
	struct idmap uid, gid;

	if (userns_own_map(&a, &c, false, &uid, &e) < 0 ||
	    userns_own_map(&a, &c, true, &gid, &e) < 0)
		return false;
	return !idmap_has(&uid, geteuid()) || !idmap_has(&gid, getegid());
}

static int diagnose_no_userns(const struct userns_host *h, int errnum, struct error *e)
{
	uint64_t v;

	if (read_sysctl(h, "kernel.unprivileged_userns_clone", &v) && v == 0) {
		error_kind(
			e, KIND_USERNS_CLONE_OFF, errnum,
			"users may not make user namespaces: kernel.unprivileged_userns_clone is 0");
		return error_hint(
			e, "type 'sudo sysctl -w kernel.unprivileged_userns_clone=1', and put "
			   "'kernel.unprivileged_userns_clone = 1' into a file of /etc/sysctl.d "
			   "to keep it");
	}
	if (is_unmapped(h)) {
		error_kind(e, KIND_CALLER_UNMAPPED, errnum,
			   "our own user or group is not mapped in the user namespace we run "
			   "in, so it may not make another");
		return error_hint(e, "start the outer container with this user mapped");
	}
	if (is_chrooted(h)) {
		error_kind(e, KIND_CHROOT, errnum,
			   "a process in a chroot may not make a user namespace");
		return error_hint(
			e, "leave the chroot, or enter its folder with 'pivot_root' instead (as "
			   "'bwrap --bind DIR /' does)");
	}
	if (diagnose_apparmor_restricts(h))
		return diagnose_apparmor(e, "to make a user namespace");
	if (is_filtered(h)) {
		error_kind(e, KIND_OUTER_FILTER, errnum,
			   "a seccomp filter (of an outer container or a systemd unit) forbids "
			   "to make a user namespace");
		return error_hint(
			e, "allow clone3 and unshare outside: '--security-opt seccomp=unconfined', "
			   "or no RestrictNamespaces= in the unit");
	}
	return error_set(e, errnum, "make a user namespace");
}

int diagnose_clone(const struct userns_host *h, int errnum, uint64_t clone_flags, struct error *e)
{
	if (errnum < 0)
		errnum = -errnum;
	h = h ? h : &userns_host_default;
	switch (errnum) {
	case ENOSPC:
	case EUSERS:
		return diagnose_limit(h, errnum, clone_flags, e);
	case EPERM:
	case EACCES:
		if (clone_flags & CLONE_NEWUSER)
			return diagnose_no_userns(h, errnum, e);
		error_kind(e, KIND_NO_SYS_ADMIN, errnum,
			   "make namespaces without a user namespace: CAP_SYS_ADMIN is lacking");
		return error_hint(e, "add a 'user' namespace to linux.namespaces of the config");
	case ENOSYS:
		error_kind(e, KIND_OUTER_FILTER, errnum,
			   "clone3 is refused as unknown: a seccomp filter of an outer container, "
			   "or a kernel before 5.14");
		return error_hint(
			e, "allow clone3 outside: a newer libseccomp there, or '--security-opt "
			   "seccomp=unconfined'");
	case EINVAL:
		return error_kind(e, KIND_KERNEL_LACKS, errnum,
				  "make namespaces: this kernel is built without one of the kinds "
				  "asked for (see /proc/self/ns)");
	case EAGAIN:
		error_kind(e, KIND_TOO_MANY_PROCESSES, errnum,
			   "no more processes for this user: RLIMIT_NPROC or pids.max of the "
			   "cgroup is used up");
		return error_hint(e, "see 'ulimit -u' and 'systemctl status user-$(id -u).slice'");
	default:
		return error_set(e, errnum, "make the container's first process");
	}
}

int diagnose_runtime_dir(const char *dir, uid_t euid, struct error *e)
{
	struct stat st;
	int r;

	if (!dir || !*dir) {
		error_msg(e, ENOENT, "XDG_RUNTIME_DIR is not set");
		return error_hint(
			e,
			"log in by ssh or 'machinectl shell' instead of su or sudo, or type "
			"'export XDG_RUNTIME_DIR=/run/user/%u'",
			euid);
	}
	if (dir[0] != '/')
		return error_msg(e, EINVAL, "XDG_RUNTIME_DIR '%s' is not an absolute path", dir);
	r = path_stat(dir, &st);
	if (r == -ENOENT) {
		error_msg(e, ENOENT, "XDG_RUNTIME_DIR '%s' does not exist", dir);
		return error_hint(
			e,
			"type 'sudo loginctl enable-linger %u', or 'mkdir -m 0700' a folder "
			"and set the variable to it",
			euid);
	}
	if (r < 0)
		return error_set(e, r, "XDG_RUNTIME_DIR '%s'", dir);
	if (!S_ISDIR(st.st_mode))
		return error_msg(e, ENOTDIR, "XDG_RUNTIME_DIR '%s' is not a directory", dir);
	if (st.st_uid != euid) {
		error_msg(e, EPERM, "XDG_RUNTIME_DIR '%s' belongs to uid %u, we are uid %u", dir,
			  st.st_uid, euid);
		return error_hint(e,
				  "su and sudo keep the variable: type 'export "
				  "XDG_RUNTIME_DIR=/run/user/%u'",
				  euid);
	}
	if ((st.st_mode & 0022) || (st.st_mode & 0700) != 0700) {
		error_msg(e, EACCES, "XDG_RUNTIME_DIR '%s' has mode %04o, it should be 0700", dir,
			  st.st_mode & 07777);
		return error_hint(e, "type 'chmod 0700 %s'", dir);
	}
	return 0;
}
