/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default config, as runc and crun give it, so that a bundle made with one
 * runtime behaves the same with another.
 */
#include "oci/default_spec.h"

#include <stddef.h>
#include <string.h>

#include "json/write.h"
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

static void write_process(struct json_writer *w)
{
	jw_key(w, "process");
	jw_object_begin(w);
	jw_member_bool(w, "terminal", true);
	jw_key(w, "user");
	jw_object_begin(w);
	jw_member_u64(w, "uid", 0);
	jw_member_u64(w, "gid", 0);
	jw_object_end(w);
	jw_member_strings(w, "args", LIST("sh"));
	jw_member_strings(w, "env",
			  LIST("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			       "TERM=xterm"));
	jw_member_string(w, "cwd", "/");
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

static void write_mounts(struct json_writer *w, bool rootless)
{
	jw_key(w, "mounts");
	jw_array_begin(w);
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		const struct default_mount *m = &mounts[i];
		bool is_devpts = strcmp(m->type, "devpts") == 0;

		jw_object_begin(w);
		jw_member_string(w, "destination", m->destination);
		jw_member_string(w, "type", m->type);
		jw_member_string(w, "source", m->source);
		if (m->options[0]) {
			jw_key(w, "options");
			jw_array_begin(w);
			for (size_t j = 0; m->options[j]; j++)
				jw_string(w, m->options[j]);
			if (is_devpts && !rootless)
				jw_string(w, "gid=5"); /* Debian's and Fedora's tty */
			jw_array_end(w);
		}
		jw_object_end(w);
	}
	jw_array_end(w);
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

int oci_default_spec(bool rootless, struct strbuf *out)
{
	struct json_writer w;

	jw_init(&w, out, true);
	jw_object_begin(&w);
	jw_member_string(&w, "ociVersion", OCI_SPEC_VERSION);
	write_process(&w);
	jw_key(&w, "root");
	jw_object_begin(&w);
	jw_member_string(&w, "path", "rootfs");
	jw_member_bool(&w, "readonly", true);
	jw_object_end(&w);
	jw_member_string(&w, "hostname", "urun");
	write_mounts(&w, rootless);
	write_linux(&w, rootless);
	jw_object_end(&w);
	return jw_done(&w);
}
