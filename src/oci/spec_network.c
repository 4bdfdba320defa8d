/* SPDX-License-Identifier: Apache-2.0 */
/* See default_spec.h: `urun spec --network`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "netns/net_options.h"
#include "oci/default_spec.h"

#define PREFIX "run.urun.net"

/* What create would refuse is refused here. */
static int check(struct arena *a, const char *text, struct error *e)
{
	struct net_config c;
	int r;

	net_config_init(&c);
	net_options_begin(&c);
	r = net_options_network(a, &c, "--network", text, e);
	return r < 0 ? r : net_config_finish(&c, "id", e);
}

/* "KEY=VALUE": the annotation of KEY; ports, of which there may be several, in the end. */
static void write_option(struct json_writer *w, char *word, struct strbuf *ports)
{
	char key[64], *value = strchr(word, '=');

	*value++ = '\0';
	if (strcmp(word, net_key_name(NET_KEY_PUBLISH)) == 0) {
		strbuf_addf(ports, "%s%s", ports->len ? "," : "", value);
		return;
	}
	snprintf(key, sizeof(key), PREFIX ".%s", word);
	jw_member_string(w, key, value);
}

int spec_network_write(struct json_writer *w, const char *text, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_strbuf struct strbuf ports = STRBUF_INIT(1 << 20);
	char *words = arena_strdup(&a, text), *save = NULL;
	int r = words ? check(&a, text, e) : error_set(e, ENOMEM, "write the spec");

	if (r < 0)
		return r;
	jw_key(w, "annotations");
	jw_object_begin(w);
	jw_member_string(w, PREFIX, strtok_r(words, ":", &save));
	for (char *p = strtok_r(NULL, ",", &save); p; p = strtok_r(NULL, ",", &save))
		write_option(w, p, &ports);
	r = strbuf_error(&ports);
	if (ports.len)
		jw_member_string(w, PREFIX ".publish", ports.s);
	jw_object_end(w);
	return r < 0 ? error_set(e, r, "write the spec") : 0;
}
