/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See slirp_config.h. urun has checked the user's options already and said what is wrong
 * in the user's words; this is the other side of a border, and reads them as if it had not.
 */
#include "netns/slirp/slirp_config.h"

#include <errno.h>
#include <string.h>

#include "netns/net_options.h"

#define SHOWN "network config"

const char *slirp_socket_name(const struct net_config *c)
{
	const char *slash = c->api ? strrchr(c->api, '/') : NULL;

	return slash ? slash + 1 : SLIRP_SOCKET;
}

int slirp_config_read(struct arena *a, const char *text, struct net_config *c, struct error *e)
{
	size_t head = strlen(SLIRP_CONFIG_HEAD), len;
	char *line;
	int r;

	if (strncmp(text, SLIRP_CONFIG_HEAD, head) != 0)
		return error_msg(e, EINVAL, SHOWN ": urun and urun-slirp are not of one build");
	len = strcspn(text + head, "\n");
	if (text[head + len] != '\n' || text[head + len + 1])
		return error_msg(e, EINVAL, SHOWN ": not one line");
	line = arena_strndup(a, text + head, len);
	if (!line)
		return error_set(e, ENOMEM, SHOWN);
	net_config_init(c);
	net_options_begin(c);
	r = net_options_network(a, c, SHOWN, line, e);
	if (r < 0)
		return r;
	if (c->mode != NET_MODE_SLIRP)
		return error_msg(e, EINVAL, SHOWN ": not of the mode 'slirp'");
	/* Computed from the container's id, which is not known here. */
	if (!(c->given & 1u << NET_KEY_MAC))
		return error_msg(e, EINVAL, SHOWN ": no MAC address");
	return net_config_finish(c, "", e);
}
