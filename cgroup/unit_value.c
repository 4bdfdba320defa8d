/* SPDX-License-Identifier: Apache-2.0 */
/* Values of unit properties into a message. */
#include <string.h>

#include "base/cleanup.h"
#include "cgroup/systemd_internal.h"

static int append_value(const struct sdbus *api, sd_bus_message *m, const struct gvariant *v);

/* Integers and booleans: sd-bus reads as many bytes as the type has. */
static int append_number(const struct sdbus *api, sd_bus_message *m, const struct gvariant *v)
{
	const int b = v->sig[0] == 'b' ? v->b : 0;
	const uint8_t u8 = (uint8_t)v->u;
	const uint16_t u16 = (uint16_t)v->u;
	const uint32_t u32 = (uint32_t)v->u;

	switch (v->sig[0]) {
	case 'b':
		return api->sd_bus_message_append_basic(m, 'b', &b);
	case 'y':
		return api->sd_bus_message_append_basic(m, 'y', &u8);
	case 'n':
	case 'q':
		return api->sd_bus_message_append_basic(m, v->sig[0], &u16);
	case 'i':
	case 'u':
		return api->sd_bus_message_append_basic(m, v->sig[0], &u32);
	case 'd':
		return api->sd_bus_message_append_basic(m, 'd', &v->d);
	default: /* x, t */
		return api->sd_bus_message_append_basic(m, v->sig[0], &v->u);
	}
}

/* What stands between the brackets: "(st)" -> "st", "as" -> "s". */
static const char *contents(const struct gvariant *v, char buf[GVARIANT_SIGNATURE_MAX + 1])
{
	size_t len = strlen(v->sig);

	if (v->sig[0] == 'v')
		return v->kids.v[0].sig;
	if (v->sig[0] == 'a')
		return v->sig + 1;
	memcpy(buf, v->sig + 1, len - 2);
	buf[len - 2] = '\0';
	return buf;
}

static int append_container(const struct sdbus *api, sd_bus_message *m, const struct gvariant *v)
{
	char buf[GVARIANT_SIGNATURE_MAX + 1];
	const char type = v->sig[0] == '(' ? 'r' : v->sig[0] == '{' ? 'e' : v->sig[0];
	int r = api->sd_bus_message_open_container(m, type, contents(v, buf));

	for (size_t i = 0; r >= 0 && i < v->kids.n; i++)
		r = append_value(api, m, &v->kids.v[i]);
	return r < 0 ? r : api->sd_bus_message_close_container(m);
}

static int append_value(const struct sdbus *api, sd_bus_message *m, const struct gvariant *v)
{
	switch (v->sig[0]) {
	case 's':
	case 'o':
	case 'g':
		return api->sd_bus_message_append_basic(m, v->sig[0], v->s);
	case 'a':
	case '(':
	case '{':
	case 'v':
		return append_container(api, m, v);
	default:
		return append_number(api, m, v);
	}
}

int systemd_append_property(struct systemd *s, sd_bus_message *m, const struct unit_property *p)
{
	const struct sdbus *api = s->api;
	int r = api->sd_bus_message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = api->sd_bus_message_append_basic(m, 's', p->name);
	if (r >= 0)
		r = api->sd_bus_message_open_container(m, 'v', p->value->sig);
	if (r >= 0)
		r = append_value(api, m, p->value);
	if (r >= 0)
		r = api->sd_bus_message_close_container(m);
	return r < 0 ? r : api->sd_bus_message_close_container(m);
}
