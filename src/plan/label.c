/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.mountLabel (M21, A01): new file systems get it as an option of SELinux,
 * mqueue as an attribute. What exists already (binds, the root, cgroups) is
 * labelled by who owns it: engines do that before they call.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan/plan.h"

static const char annotation[] = "run.oci.mount_context_type";
static const char *const context_types[] = { "context", "fscontext", "defcontext", "rootcontext" };

static int context_type(const struct oci_config *c, const char **ret, struct error *e)
{
	const char *type = oci_annotation(c, annotation);

	*ret = context_types[0];
	if (!type)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(context_types); i++)
		if (strcmp(context_types[i], type) == 0) {
			*ret = context_types[i];
			return 0;
		}
	return error_msg(e, EINVAL,
			 ".annotations[\"%s\"]: '%s' is not context, fscontext, defcontext or "
			 "rootcontext",
			 annotation, type);
}

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

/* In a user namespace SELinux takes these options for four types alone. */
static bool takes_context(const char *fstype, bool userns)
{
	static const char *const never[] = { "proc", "sysfs", "mqueue", NULL };
	static const char *const in_userns[] = { "tmpfs", "ramfs", "devpts", "overlay", NULL };

	return userns ? is_one_of(fstype, in_userns) : !is_one_of(fstype, never);
}

/* A mount with a context of its own in the options keeps that. */
static bool has_context(char *const *data)
{
	for (; data && *data; data++) {
		size_t len = strcspn(*data, "=");

		for (size_t i = 0; (*data)[len] && i < ARRAY_SIZE(context_types); i++)
			if (strlen(context_types[i]) == len &&
			    memcmp(context_types[i], *data, len) == 0)
				return true;
	}
	return false;
}

static int append_data(struct arena *a, struct mount_plan *m, char *word, struct error *e)
{
	size_t n = 0;
	char **data;

	while (m->data && m->data[n])
		n++;
	data = arena_calloc(a, n + 2, sizeof(*data));
	if (!data)
		return error_set(e, ENOMEM, "plan the mounts");
	if (n)
		memcpy(data, m->data, n * sizeof(*data));
	data[n] = word;
	m->data = data;
	return 0;
}

int plan_mount_label(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		     struct launch_plan *ret, struct error *e)
{
	bool userns = (ret->ns.clone_flags & CLONE_NEWUSER) || ret->ns.join[OCI_NS_USER] ||
		      !host->initial_userns;
	const char *label = c->linux->mount_label, *type;
	char *option;
	int r = context_type(c, &type, e);

	if (r < 0 || !label || !*label)
		return r;
	if (!host->selinux)
		return error_msg(e, EINVAL,
				 ".linux.mountLabel: '%s' is asked for, but SELinux is not enabled "
				 "here",
				 label);
	option = arena_printf(a, "%s=%s", type, label);
	if (!option)
		return error_set(e, ENOMEM, "plan the mounts");
	ret->rootfs.mask_option = option;
	for (size_t i = 0; r == 0 && i < ret->rootfs.n_mounts; i++) {
		struct mount_plan *m = &ret->rootfs.mounts[i];

		if (m->kind != MOUNT_FS || has_context(m->data))
			continue;
		if (takes_context(m->fstype, userns))
			r = append_data(a, m, option, e);
		else if (strcmp(m->fstype, "mqueue") == 0)
			m->label = label;
	}
	return r;
}
