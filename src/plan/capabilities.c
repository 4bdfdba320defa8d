/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See capabilities.h. Numbers come from <linux/capability.h>, but names newer
 * than the build host's headers are in the table too: its order is the ABI.
 */
#include "plan/capabilities.h"

#include <errno.h>
#include <strings.h>

#include "base/log.h"

const char *const capability_names[CAPABILITY_COUNT] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

int capability_number(const char *name)
{
	for (int i = 0; i < CAPABILITY_COUNT; i++)
		if (strcasecmp(capability_names[i], name) == 0)
			return i;
	return -EINVAL;
}

uint64_t capability_set(const struct oci_strings *names, const char *set, unsigned int last_cap)
{
	uint64_t ret = 0;

	for (size_t i = 0; i < names->n; i++) {
		int cap = capability_number(names->v[i]);

		if (cap < 0)
			log_warning(".process.capabilities.%s: unknown capability '%s' is left out",
				    set, names->v[i]);
		else if ((unsigned int)cap > last_cap)
			log_warning(".process.capabilities.%s: '%s' is unknown to this kernel "
				    "and left out",
				    set, names->v[i]);
		else
			ret |= UINT64_C(1) << cap;
	}
	return ret;
}

static int check_set(const struct oci_strings *names, const char *set, unsigned int last_cap,
		     struct error *e)
{
	for (size_t i = 0; i < names->n; i++) {
		int cap = capability_number(names->v[i]);

		if (cap < 0)
			return error_msg(e, EINVAL,
					 ".process.capabilities.%s[%zu]: unknown capability '%s'",
					 set, i, names->v[i]);
		if ((unsigned int)cap > last_cap)
			return error_msg(e, EINVAL,
					 ".process.capabilities.%s[%zu]: '%s' is unknown to this "
					 "kernel",
					 set, i, names->v[i]);
	}
	return 0;
}

int capability_check_names(const struct oci_capabilities *c, unsigned int last_cap, struct error *e)
{
	int r;

	if (!c)
		return 0;
	r = check_set(&c->bounding, "bounding", last_cap, e);
	if (r == 0)
		r = check_set(&c->effective, "effective", last_cap, e);
	if (r == 0)
		r = check_set(&c->permitted, "permitted", last_cap, e);
	if (r == 0)
		r = check_set(&c->inheritable, "inheritable", last_cap, e);
	return r < 0 ? r : check_set(&c->ambient, "ambient", last_cap, e);
}
