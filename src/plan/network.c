/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in network (N01): run.urun.net and its options, then --network and --publish,
 * which override them. What they say of namespaces is as if the config had said it; a config
 * without any of them is untouched.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/syscalls.h"
#include "netns/net_options.h"
#include "plan/mount_list.h"
#include "plan/plan.h"

static const char prefix[] = "run.urun.net";
static const char resolv_conf[] = "/etc/resolv.conf";

/* run.urun.net, or run.urun.net.KEY: *ret_key is behind the dot. */
static bool is_ours(const char *annotation, const char **ret_key)
{
	size_t len = strlen(prefix);

	if (strncmp(annotation, prefix, len) != 0 || (annotation[len] && annotation[len] != '.'))
		return false;
	*ret_key = annotation[len] ? annotation + len + 1 : NULL;
	return true;
}

static int read_annotations(struct arena *a, const struct oci_map *m, struct net_config *c,
			    struct error *e)
{
	net_options_begin(c);
	for (size_t i = 0; i < m->n; i++) {
		struct net_option o = { .value = m->v[i].value };
		int r;

		if (!is_ours(m->v[i].key, &o.key))
			continue;
		o.shown = arena_printf(a, ".annotations[\"%s\"]", m->v[i].key);
		if (!o.shown)
			return error_set(e, ENOMEM, "plan the network");
		r = o.key ? net_options_set(a, c, &o, e) : net_options_mode(c, o.shown, o.value, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_flags(struct arena *a, const struct plan_options *opt, struct net_config *c,
		      struct error *e)
{
	int r = 0;

	net_options_begin(c);
	if (opt->network)
		r = net_options_network(a, c, "--network", opt->network, e);
	for (size_t i = 0; r == 0 && opt->publish && opt->publish[i]; i++) {
		const struct net_option o = { "--publish", "publish", opt->publish[i] };

		r = net_options_set(a, c, &o, e);
	}
	return r;
}

static int set_namespace(struct launch_plan *p, struct error *e)
{
	struct namespace_plan *ns = &p->ns;
	const char *path = ns->join[OCI_NS_NETWORK];
	bool host = p->net.mode == NET_MODE_HOST;

	/* A pod's member: the network is there, made by who has made the namespace. */
	if (path && p->net.mode == NET_MODE_SLIRP && !p->net.publish.n) {
		p->net.mode = NET_MODE_UNSET;
		p->net_is_joined = true;
		return 0;
	}
	if (path && p->net.mode == NET_MODE_SLIRP)
		return error_msg(
			e, EINVAL,
			"network option 'publish': .linux.namespaces joins the network "
			"namespace '%s': ports are published by who made it (urun port add)",
			path);
	if (path)
		return error_msg(e, EINVAL,
				 "the network '%s' is asked for, and .linux.namespaces joins the "
				 "network namespace '%s'",
				 net_mode_name(p->net.mode), path);
	ns->host[OCI_NS_NETWORK] = host;
	ns->loopback = !host;
	if (host)
		ns->clone_flags &= ~(uint64_t)CLONE_NEWNET;
	else
		ns->clone_flags |= CLONE_NEWNET;
	return 0;
}

int plan_network(struct arena *a, const struct oci_config *c, const struct plan_options *opt,
		 struct launch_plan *ret, struct error *e)
{
	int r;

	net_config_init(&ret->net);
	r = read_annotations(a, &c->annotations, &ret->net, e);
	if (r == 0)
		r = read_flags(a, opt, &ret->net, e);
	if (r == 0)
		r = net_config_finish(&ret->net, opt->id, e);
	if (r < 0 || ret->net.mode == NET_MODE_UNSET)
		return r;
	return set_namespace(ret, e);
}

/* An engine that brings the file knows what is in it; who asks for ours gets ours. */
static bool is_brought(const struct rootfs_plan *r)
{
	for (size_t i = 0; i < r->n_mounts; i++)
		if (strcmp(r->mounts[i].destination, resolv_conf) == 0)
			return true;
	return false;
}

int plan_resolv_conf(struct arena *a, const struct plan_options *opt, struct launch_plan *ret,
		     struct error *e)
{
	const struct net_config *c = &ret->net;
	bool asked = c->given & 1u << NET_KEY_DNS;
	struct mount_plan m = {
		.kind = MOUNT_BIND,
		.index = SIZE_MAX,
		.destination = resolv_conf,
		.flags.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		.flags.propagation = MS_PRIVATE,
		.dest_nofollow = true,
		.dest_create = true,
	};

	if (c->mode != NET_MODE_SLIRP || c->dns == NET_DNS_KEEP || c->dns == NET_DNS_NONE ||
	    (!asked && is_brought(&ret->rootfs)))
		return 0;
	m.source = ret->resolv_conf = arena_printf(a, "%s/%s/resolv.conf", opt->root, opt->id);
	if (!m.source)
		return error_set(e, ENOMEM, "plan '%s'", resolv_conf);
	return mount_list_add(a, &ret->rootfs, &m, e);
}
