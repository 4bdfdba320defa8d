/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's place in the hierarchy name=systemd, by the text of /proc/self/cgroup. */
#include <string.h>

#include "../tap.h"
#include "cgroup/v1.h"

static const struct {
	const char *text, *place; /* NULL: none */
} rows[] = {
	{ "9:name=systemd:/\n8:pids:/x\n0::/y\n", "/" },
	{ "8:pids:/x\n1:name=systemd:/user.slice/a b\n0::/y\n", "/user.slice/a b" },
	{ "3:cpu,name=systemd:/a:b\n", "/a:b" },
	{ "0::/y\n", NULL },
	{ "", NULL },
	{ "1:name=systemd", NULL },
	{ "1:name=systemd:\n", NULL },
	{ "1:name=systemd2:/x\n2:name=system:/x\n", NULL },
	{ "1:name=systemd:/../x\n", NULL },
	{ "name=systemd:/x:/y\n", NULL },
};

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[128];
		const char *place;

		snprintf(text, sizeof(text), "%s", rows[i].text);
		place = cgroup_v1_parse(text);
		ok(place && rows[i].place ? !strcmp(place, rows[i].place) : place == rows[i].place,
		   "A08 the place, text %zu", i);
	}
	return tap_done();
}
