/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See sysctl.h. An allow-list per namespace: a key that the kernel adds
 * tomorrow is refused until it is known to be bound to a namespace. Both
 * spellings of sysctl(8) are understood: the first separator decides, so
 * "net.ipv4.conf.eth0/1.forwarding" is "net/ipv4/conf/eth0.1/forwarding".
 */
#include "plan/sysctl.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "oci/config.h"

/* A name that ends with '/' stands for all below it. */
static const struct {
	const char *name, *owner_name;
	enum oci_namespace_type owner;
} allowed[] = {
	{ "kernel/msgmax", "ipc", OCI_NS_IPC },     { "kernel/msgmnb", "ipc", OCI_NS_IPC },
	{ "kernel/msgmni", "ipc", OCI_NS_IPC },     { "kernel/sem", "ipc", OCI_NS_IPC },
	{ "kernel/shmall", "ipc", OCI_NS_IPC },     { "kernel/shmmax", "ipc", OCI_NS_IPC },
	{ "kernel/shmmni", "ipc", OCI_NS_IPC },     { "kernel/shm_rmid_forced", "ipc", OCI_NS_IPC },
	{ "fs/mqueue/", "ipc", OCI_NS_IPC },        { "net/", "network", OCI_NS_NETWORK },
	{ "kernel/domainname", "uts", OCI_NS_UTS }, { "user/", "user", OCI_NS_USER },
};

static bool has_namespace(const struct sysctl_namespaces *ns, enum oci_namespace_type owner)
{
	switch (owner) {
	case OCI_NS_IPC:
		return ns->ipc;
	case OCI_NS_NETWORK:
		return ns->network;
	case OCI_NS_UTS:
		return ns->uts;
	default:
		return ns->user;
	}
}

/* What the character `c` of a key is in the path form. */
static char path_char(char c, char separator)
{
	if (separator != '.')
		return c;
	if (c == '.')
		return '/';
	return c == '/' ? '.' : c;
}

static char separator_of(const char *key)
{
	return key[strcspn(key, "./")];
}

/* Does the key, in path form, equal `name` or lie below "name/"? */
static bool matches(const char *key, const char *name)
{
	char separator = separator_of(key);

	for (; *name; name++, key++)
		if (*key == '\0' || path_char(*key, separator) != *name)
			return false;
	return name[-1] == '/' ? *key != '\0' : *key == '\0';
}

/* Components: none empty, none "." or "..", no blank or control character. */
static bool is_well_formed(const char *key)
{
	char separator = separator_of(key);
	size_t len = 0, dots = 0;

	for (;; key++) {
		char c = path_char(*key, separator);

		if (c == '/' || c == '\0') {
			if (len == 0 || (len == dots && len <= 2))
				return false;
			len = dots = 0;
			if (c == '\0')
				return true;
			continue;
		}
		if ((unsigned char)c <= ' ' || c == 0x7f)
			return false;
		len++;
		dots += c == '.';
	}
}

int sysctl_check(const char *key, const struct sysctl_namespaces *ns, struct error *e)
{
	if (!is_well_formed(key))
		return error_msg(e, EINVAL, ".linux.sysctl: '%s' is no name of a sysctl", key);
	if (matches(key, "kernel/hostname"))
		return error_msg(e, EINVAL, ".linux.sysctl: '%s' is not taken, use 'hostname'",
				 key);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		if (!matches(key, allowed[i].name))
			continue;
		if (has_namespace(ns, allowed[i].owner))
			return 0;
		return error_msg(e, EINVAL, ".linux.sysctl: '%s' needs an own '%s' namespace", key,
				 allowed[i].owner_name);
	}
	return error_msg(e, EINVAL,
			 ".linux.sysctl: '%s' belongs to no namespace: it would be set on the host",
			 key);
}

int sysctl_check_value(const char *key, const char *value, struct error *e)
{
	/* A tab is as good as a blank: the kernel prints lists with tabs. */
	for (const char *p = value; *p; p++)
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			return error_msg(
				e, EINVAL,
				".linux.sysctl: '%s': control character 0x%02x in the value", key,
				(unsigned int)*p);
	return 0;
}

char *sysctl_path(struct arena *a, const char *key)
{
	char *ret = arena_strdup(a, key);
	char separator = separator_of(key);

	for (char *p = ret; p && *p; p++)
		*p = path_char(*p, separator);
	return ret;
}
