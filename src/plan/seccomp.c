/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is decided of seccomp before anything is done: whose filter (the
 * profile's, or the ready one of an annotation), and who is asked where it says
 * SCMP_ACT_NOTIFY. A filter that asks nobody would stop each such call with
 * ENOSYS: an error here.
 */
#include <errno.h>
#include <linux/filter.h>
#include <string.h>

#include "base/base64.h"
#include "plan/bpf_check.h"
#include "plan/plan.h"

#define BPF_DATA_KEY "run.oci.seccomp_bpf_data"
#define PLUGINS_KEY "run.oci.seccomp.plugins"
#define RECEIVER_KEY "run.oci.seccomp.receiver"

static bool is_notify(const char *action)
{
	return action && strcmp(action, "SCMP_ACT_NOTIFY") == 0;
}

/* A05. The profile's rules, if any, are not used then; its flags are. */
static int plan_raw_filter(struct arena *a, const char *text, struct launch_plan *ret,
			   struct error *e)
{
	static const char key[] = ".annotations[\"" BPF_DATA_KEY "\"]";
	size_t len = strlen(text), size = 0, at;
	uint8_t *insns = arena_alloc(a, base64_room(len) + 1);
	const char *why;

	if (!insns)
		return error_set(e, ENOMEM, "%s", key);
	if (base64_decode(text, len, insns, &size) < 0)
		return error_msg(e, EINVAL, "%s: this is not base64 (padded, without blanks)", key);
	if (size % sizeof(struct sock_filter) != 0)
		return error_msg(e, EINVAL, "%s: %zu bytes are not a number of instructions of %zu",
				 key, size, sizeof(struct sock_filter));
	ret->raw_filter = insns;
	ret->raw_filter_len = size / sizeof(struct sock_filter);
	if (ret->raw_filter_len == 0 || ret->raw_filter_len > BPF_MAXINSNS)
		return error_msg(e, EINVAL, "%s: %zu instructions are not in 1..%d", key,
				 ret->raw_filter_len, BPF_MAXINSNS);
	if (bpf_check(ret->raw_filter, ret->raw_filter_len, &at, &why) < 0)
		return error_msg(e, EINVAL, "%s: instruction %zu %s", key, at, why);
	return 0;
}

static int plan_receiver(const struct oci_config *c, const struct plan_host *host,
			 struct listener_plan *n, struct error *e)
{
	const struct oci_seccomp *s = c->linux->seccomp;

	if (s && s->listener_path) {
		n->receiver = s->listener_path;
		n->receiver_key = ".linux.seccomp.listenerPath";
	} else if (oci_annotation(c, RECEIVER_KEY)) {
		n->receiver = oci_annotation(c, RECEIVER_KEY);
		n->receiver_key = ".annotations[\"" RECEIVER_KEY "\"]";
	} else if (host->seccomp_receiver && *host->seccomp_receiver) {
		n->receiver = host->seccomp_receiver;
		n->receiver_key = "RUN_OCI_SECCOMP_RECEIVER";
	}
	if (n->receiver && n->receiver[0] != '/')
		return error_msg(e, EINVAL, "%s: '%s' is not an absolute path", n->receiver_key,
				 n->receiver);
	n->metadata = s ? s->listener_metadata : NULL;
	return 0;
}

/* ':' between them; those that are empty do not count. */
static int plan_plugins(struct arena *a, const char *text, struct listener_plan *n, struct error *e)
{
	static const char key[] = ".annotations[\"" PLUGINS_KEY "\"]";
	size_t count = 0, max = 2;

	if (n->receiver)
		return error_msg(e, EINVAL, "%s: does not go with %s: one of them is asked", key,
				 n->receiver_key);
	for (const char *p = text; *p; p++)
		max += *p == ':';
	n->plugins = arena_calloc(a, max, sizeof(*n->plugins));
	if (!n->plugins)
		return error_set(e, ENOMEM, "%s", key);
	while (*text) {
		size_t len = strcspn(text, ":");
		char *name = arena_strndup(a, text, len);

		if (!name)
			return error_set(e, ENOMEM, "%s", key);
		if (strchr(name, '/') && name[0] != '/')
			return error_msg(e, EINVAL,
					 "%s: '%s' is neither an absolute path nor a bare name",
					 key, name);
		if (len > 0)
			n->plugins[count++] = name;
		text += len + (text[len] == ':');
	}
	return count ? 0 : error_msg(e, EINVAL, "%s: names no plugin", key);
}

static int lacks_listener(const char *what, struct error *e)
{
	error_msg(e, EINVAL, "%s: there is nobody to ask", what);
	return error_hint(e, "give the socket of an agent in .linux.seccomp.listenerPath, in the "
			     "annotation " RECEIVER_KEY " or in RUN_OCI_SECCOMP_RECEIVER, or a "
			     "plugin in the annotation " PLUGINS_KEY);
}

/* Does the filter ask? If so, there must be somebody. */
static int plan_wanted(const struct launch_plan *p, bool *ret_wanted, struct error *e)
{
	bool somebody = p->listener.receiver || p->listener.plugins;
	const struct oci_seccomp *s = p->seccomp;

	*ret_wanted = false;
	if (p->raw_filter) {
		*ret_wanted = bpf_notifies(p->raw_filter, p->raw_filter_len, somebody);
		if (*ret_wanted && !somebody)
			return lacks_listener(".annotations[\"" BPF_DATA_KEY
					      "\"]: it answers SECCOMP_RET_USER_NOTIF",
					      e);
		return 0;
	}
	if (!s)
		return 0;
	*ret_wanted = is_notify(s->default_action);
	if (*ret_wanted && !somebody)
		return lacks_listener(".linux.seccomp.defaultAction: SCMP_ACT_NOTIFY", e);
	for (size_t i = 0; i < s->n_syscalls; i++) {
		if (!is_notify(s->syscalls[i].action))
			continue;
		*ret_wanted = true;
		if (somebody)
			return 0;
		lacks_listener("SCMP_ACT_NOTIFY", e);
		return error_prefix(e, ".linux.seccomp.syscalls[%zu].action", i);
	}
	return 0;
}

int plan_seccomp(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		 struct launch_plan *ret, struct error *e)
{
	const char *bpf = oci_annotation(c, BPF_DATA_KEY);
	const char *plugins = oci_annotation(c, PLUGINS_KEY);
	int r;

	ret->seccomp = c->linux->seccomp;
	ret->seccomp_fail_unknown = oci_annotation_is_on(c, "run.oci.seccomp_fail_unknown_syscall");
	r = bpf ? plan_raw_filter(a, bpf, ret, e) : 0;
	if (r == 0)
		r = plan_receiver(c, host, &ret->listener, e);
	if (r == 0 && plugins)
		r = plan_plugins(a, plugins, &ret->listener, e);
	return r < 0 ? r : plan_wanted(ret, &ret->listener.wanted, e);
}
