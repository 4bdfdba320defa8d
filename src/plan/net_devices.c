/* SPDX-License-Identifier: Apache-2.0 */
/* linux.netDevices (C38): which interface goes in, and what it is called there. */
#include <errno.h>
#include <string.h>

#include "plan/plan.h"

static const char *name_inside(const struct oci_net_device *d)
{
	return d->name && *d->name ? d->name : d->host_name;
}

/* Only the kernel's own template; any other '%' would be taken for it half-way. */
static int check_template(const struct oci_net_device *d, struct error *e)
{
	const char *percent = d->name ? strchr(d->name, '%') : NULL;

	if (!percent || (percent[1] == 'd' && !strchr(percent + 1, '%')))
		return 0;
	return error_msg(e, EINVAL,
			 ".linux.netDevices[\"%s\"].name: '%s': the template is one '%%d'",
			 d->host_name, d->name);
}

static int check_device(const struct oci_net_device *all, size_t i, struct error *e)
{
	const struct oci_net_device *d = &all[i];
	const char *name = name_inside(d);

	if (strcmp(d->host_name, "lo") == 0 || strcmp(name, "lo") == 0)
		return error_msg(e, EINVAL,
				 ".linux.netDevices[\"%s\"]: 'lo' cannot be moved, and every "
				 "namespace has its own",
				 d->host_name);
	for (size_t j = 0; j < i; j++)
		if (!strchr(name, '%') && strcmp(name_inside(&all[j]), name) == 0)
			return error_msg(e, EINVAL,
					 ".linux.netDevices[\"%s\"]: '%s' is the name of "
					 "[\"%s\"] already",
					 d->host_name, name, all[j].host_name);
	return check_template(d, e);
}

int plan_net_devices(const struct oci_config *c, struct launch_plan *ret, struct error *e)
{
	const struct oci_linux *l = c->linux;

	if (l->n_net_devices == 0)
		return 0;
	if (ret->ns.host[OCI_NS_NETWORK])
		return error_msg(
			e, EINVAL,
			".linux.netDevices: needs a 'network' namespace of the container's "
			"own, there is nowhere to move '%s' to",
			l->net_devices[0].host_name);
	for (size_t i = 0; i < l->n_net_devices; i++) {
		int r = check_device(l->net_devices, i, e);

		if (r < 0)
			return r;
	}
	ret->net_devices = l->net_devices;
	ret->n_net_devices = l->n_net_devices;
	return 0;
}
