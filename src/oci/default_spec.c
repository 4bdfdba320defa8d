/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default config, as runc and crun give it, so that a bundle made with one
 * runtime behaves the same with another.
 */
#include "oci/default_spec.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "json/utf8.h"
#include "oci/version.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const char *const capabilities[] = {
	"CAP_AUDIT_WRITE",
	"CAP_KILL",
	"CAP_NET_BIND_SERVICE",
	NULL,
};

static const struct default_mount {
	const char *destination, *type, *source;
	const char *options[8];
} mounts[] = {
	{ "/proc", "proc", "proc", { NULL } },
	{ "/dev", "tmpfs", "tmpfs", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ "/dev/pts",
	  "devpts",
	  "devpts",
	  { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620" } },
	{ "/dev/shm", "tmpfs", "shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
	{ "/sys", "sysfs", "sysfs", { "nosuid", "noexec", "nodev", "ro" } },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

static const char *const masked_paths[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/proc/sched_debug",
	"/sys/firmware",
	"/proc/scsi",
	NULL,
};

static const char *const readonly_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL,
};

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strcspn(b, "=") == n && !memcmp(a, b, n);
}

/* Is there a later one of this name in the list? */
static bool is_replaced(const char *name, const char *const *later)
{
	for (; later && *later; later++)
		if (same_name(name, *later))
			return true;
	return false;
}

static void write_home_variable(struct json_writer *w, const char *home)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(PATH_MAX + sizeof("HOME="));

	/* Users of LDAP are in no passwd, where it would be looked up. */
	strbuf_addf(&b, "HOME=%s", home);
	jw_string(w, strbuf_error(&b) ? "HOME=/" : b.s);
}

static void write_env(struct json_writer *w, const struct oci_spec_request *req)
{
	static const char *const defaults[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm",
		NULL
	};

	jw_key(w, "env");
	jw_array_begin(w);
	for (const char *const *v = defaults; *v; v++)
		if (!is_replaced(*v, req->env))
			jw_string(w, *v);
	if (req->host_rootfs && req->home && !is_replaced("HOME", req->env))
		write_home_variable(w, req->home);
	for (const char *const *v = req->env; v && *v; v++)
		if (!is_replaced(*v, v + 1))
			jw_string(w, *v);
	jw_array_end(w);
}

static void write_process(struct json_writer *w, const struct oci_spec_request *req)
{
	bool has_args = req->args && req->args[0];

	jw_key(w, "process");
	jw_object_begin(w);
	jw_member_bool(w, "terminal", true);
	jw_key(w, "user");
	jw_object_begin(w);
	jw_member_u64(w, "uid", req->uid);
	jw_member_u64(w, "gid", req->gid);
	jw_object_end(w);
	jw_member_strings(w, "args", has_args ? req->args : LIST("sh"));
	write_env(w, req);
	jw_member_string(w, "cwd", req->host_rootfs && req->home ? req->home : "/");
	jw_key(w, "capabilities");
	jw_object_begin(w);
	jw_member_strings(w, "bounding", capabilities);
	jw_member_strings(w, "effective", capabilities);
	jw_member_strings(w, "permitted", capabilities);
	jw_object_end(w);
	jw_key(w, "rlimits");
	jw_array_begin(w);
	jw_object_begin(w);
	jw_member_string(w, "type", "RLIMIT_NOFILE");
	jw_member_u64(w, "hard", 1024);
	jw_member_u64(w, "soft", 1024);
	jw_object_end(w);
	jw_array_end(w);
	jw_member_bool(w, "noNewPrivileges", true);
	jw_object_end(w);
}

static void write_mount(struct json_writer *w, const struct default_mount *m, const char *more)
{
	jw_object_begin(w);
	jw_member_string(w, "destination", m->destination);
	jw_member_string(w, "type", m->type);
	jw_member_string(w, "source", m->source);
	if (m->options[0]) {
		jw_key(w, "options");
		jw_array_begin(w);
		for (size_t j = 0; m->options[j]; j++)
			jw_string(w, m->options[j]);
		if (more)
			jw_string(w, more);
		jw_array_end(w);
	}
	jw_object_end(w);
}

/* The container's own home; a bind is a mount apart, so it is writable. */
static void write_home(struct json_writer *w, const struct oci_spec_request *req)
{
	char uid[32], gid[32];
	struct default_mount m = {
		req->home, "tmpfs", "tmpfs", { "nosuid", "nodev", "mode=700", uid, gid }
	};

	if (req->home_mode == OCI_SPEC_HOME_READ_ONLY)
		return;
	if (req->home_mode == OCI_SPEC_HOME_WRITABLE)
		m = (struct default_mount){
			req->home, "bind", req->home, { "rbind", "nosuid", "nodev" }
		};
	snprintf(uid, sizeof(uid), "uid=%u", req->uid);
	snprintf(gid, sizeof(gid), "gid=%u", req->gid);
	write_mount(w, &m, NULL);
}

static void write_host_mounts(struct json_writer *w, const struct oci_spec_request *req)
{
	for (const char *const *v = req->private; v && *v; v++) {
		/* Every other one is for all users. */
		const char *mode = strcmp(*v, "/run") == 0 ? "mode=755" : "mode=1777";
		struct default_mount m = { *v, "tmpfs", "tmpfs", { "nosuid", "nodev", mode } };

		write_mount(w, &m, NULL);
	}
	if (req->home)
		write_home(w, req);
}

static int write_mounts(struct json_writer *w, const struct oci_spec_request *req, struct error *e)
{
	jw_key(w, "mounts");
	jw_array_begin(w);
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		bool is_devpts = strcmp(mounts[i].type, "devpts") == 0;

		/* Debian's and Fedora's tty */
		write_mount(w, &mounts[i], is_devpts && !req->rootless ? "gid=5" : NULL);
	}
	if (req->host_rootfs)
		write_host_mounts(w, req);
	for (const char *const *v = req->mounts; v && *v; v++) {
		int r = spec_mount_write(w, *v, e);

		if (r < 0)
			return r;
	}
	jw_array_end(w);
	return 0;
}

static void write_resources(struct json_writer *w)
{
	jw_key(w, "resources");
	jw_object_begin(w);
	jw_key(w, "devices");
	jw_array_begin(w);
	jw_object_begin(w);
	jw_member_bool(w, "allow", false);
	jw_member_string(w, "access", "rwm");
	jw_object_end(w);
	jw_array_end(w);
	jw_object_end(w);
}

static void write_linux(struct json_writer *w, bool rootless)
{
	static const char *const namespaces[] = {
		"pid", "network", "ipc", "uts", "cgroup", "mount"
	};

	jw_key(w, "linux");
	jw_object_begin(w);
	if (!rootless)
		write_resources(w);
	jw_key(w, "namespaces");
	jw_array_begin(w);
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		jw_object_begin(w);
		jw_member_string(w, "type", namespaces[i]);
		jw_object_end(w);
	}
	if (rootless) {
		jw_object_begin(w);
		jw_member_string(w, "type", "user");
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_member_strings(w, "maskedPaths", masked_paths);
	jw_member_strings(w, "readonlyPaths", readonly_paths);
	jw_object_end(w);
}

/* The writer would mend it, and the container get other words than were asked for. */
static int check_utf8(const char *what, const char *text, struct error *e)
{
	size_t len = strlen(text), n;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_sequence((const unsigned char *)text + i, len - i);
		if (n == 0)
			return error_msg(e, EILSEQ, "%s '%s': not UTF-8, which JSON is", what,
					 text);
	}
	return 0;
}

static int check_list(const char *what, const char *const *v, struct error *e)
{
	int r = 0;

	for (; r == 0 && v && *v; v++)
		r = check_utf8(what, *v, e);
	return r;
}

static int check_request(const struct oci_spec_request *req, struct error *e)
{
	int r = check_list("--arg", req->args, e);

	if (r == 0)
		r = check_list("--env", req->env, e);
	if (r == 0)
		r = check_list("--mount", req->mounts, e);
	if (r == 0 && req->network)
		r = check_utf8("--network", req->network, e);
	if (r == 0 && req->rootfs)
		r = check_utf8("--rootfs", req->rootfs, e);
	if (r == 0 && req->home)
		r = check_utf8("HOME", req->home, e);
	for (const char *const *v = req->env; r == 0 && v && *v; v++)
		if (**v == '=' || !strchr(*v, '='))
			r = error_msg(e, EINVAL, "--env '%s': must be NAME=VALUE", *v);
	return r;
}

int oci_default_spec(const struct oci_spec_request *req, struct strbuf *out, struct error *e)
{
	struct json_writer w;
	int r = check_request(req, e);

	if (r < 0)
		return r;
	jw_init(&w, out, true);
	jw_object_begin(&w);
	jw_member_string(&w, "ociVersion", OCI_SPEC_VERSION);
	write_process(&w, req);
	jw_key(&w, "root");
	jw_object_begin(&w);
	jw_member_string(&w, "path", req->host_rootfs ? "/" : req->rootfs ? req->rootfs : "rootfs");
	jw_member_bool(&w, "readonly", true);
	jw_object_end(&w);
	jw_member_string(&w, "hostname", "urun");
	r = write_mounts(&w, req, e);
	if (r < 0)
		return r;
	r = req->network ? spec_network_write(&w, req->network, e) : 0;
	if (r < 0)
		return r;
	write_linux(&w, req->rootless);
	jw_object_end(&w);
	r = jw_done(&w);
	return r < 0 ? error_set(e, r, "write the spec") : 0;
}
