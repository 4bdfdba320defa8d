/* SPDX-License-Identifier: Apache-2.0 */
/* See net_devices.h. */
#include "run/net_devices.h"

#include <errno.h>

#include "netns/netdev.h"
#include "run/create.h"
#include "run/sync.h"

int net_devices_read(struct launch *l, struct error *e)
{
	const struct launch_plan *p = &l->plan;

	l->net_devices = arena_calloc(l->arena, p->n_net_devices, sizeof(*l->net_devices));
	if (!l->net_devices)
		return error_set(e, ENOMEM, "read the network devices");
	for (size_t i = 0; i < p->n_net_devices; i++) {
		const char *name = p->net_devices[i].host_name;
		int r = netdev_read(l->arena, name, &l->net_devices[i]);

		if (r == -ENODEV)
			return error_msg(e, ENODEV,
					 ".linux.netDevices[\"%s\"]: there is no network interface "
					 "'%s' here",
					 name, name);
		if (r < 0)
			return error_set(e, r, ".linux.netDevices[\"%s\"]: read its addresses",
					 name);
	}
	return 0;
}

static int explain_move(const struct oci_net_device *d, int err, struct error *e)
{
	const char *name = d->name && *d->name ? d->name : d->host_name;

	if (err == -EEXIST)
		return error_msg(e, EEXIST,
				 ".linux.netDevices[\"%s\"]: the container's network namespace has "
				 "an interface '%s' already",
				 d->host_name, name);
	if (err == -EINVAL || err == -EOPNOTSUPP)
		return error_set(e, err,
				 ".linux.netDevices[\"%s\"]: this kind of interface cannot be "
				 "moved",
				 d->host_name);
	if (err != -EPERM)
		return error_set(e, err, ".linux.netDevices[\"%s\"]: move it", d->host_name);
	error_msg(e, EPERM,
		  ".linux.netDevices[\"%s\"]: moving it takes CAP_NET_ADMIN over the network "
		  "namespace that it is in, which you do not have",
		  d->host_name);
	return error_hint(e, "call urun as root, or from a user namespace that has that network "
			     "namespace (unshare -rn)");
}

int net_devices_move(struct launch *l, struct error *e)
{
	for (size_t i = 0; i < l->plan.n_net_devices; i++) {
		const struct oci_net_device *d = &l->plan.net_devices[i];
		const char *name = d->name && *d->name ? d->name : NULL;
		int index, r;

		r = netdev_move(&l->net_devices[i], name, l->pid, &index);
		if (r < 0) {
			/* Init may have ended by now, and said why. */
			(void)explain_move(d, r, e);
			return launch_ask_child(l, e);
		}
		r = sync_send(l->sync, SYNC_NET_DEVICE, index, -1);
		if (r < 0) {
			error_set(e, r, "tell init of its network devices");
			return launch_ask_child(l, e);
		}
	}
	return 0;
}

int net_devices_set_up(struct launch *l, int sync, struct error *e)
{
	for (size_t i = 0; i < l->plan.n_net_devices; i++) {
		struct sync_message m;
		int r = sync_expect(sync, SYNC_NET_DEVICE, &m, e);

		if (r < 0)
			return r;
		r = netdev_set_up((int)m.value, &l->net_devices[i]);
		if (r < 0)
			return error_set(e, r, ".linux.netDevices[\"%s\"]: bring it up",
					 l->plan.net_devices[i].host_name);
	}
	return 0;
}
