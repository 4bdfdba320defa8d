/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of mountinfo as the kernel writes them, and such as it does not. */
#include <errno.h>
#include <string.h>

#include "../tap.h"
#include "base/mountinfo.h"

static int parse(const char *text, char *buf, struct mountinfo *ret)
{
	strcpy(buf, text);
	return mountinfo_parse(buf, ret);
}

static void test_lines(void)
{
	struct mountinfo m;
	char buf[512];

	is_int(parse("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:2 - ext3 /dev/root "
		     "rw,errors=continue",
		     buf, &m),
	       0, "N14 the line of the manual");
	is_int((long long)m.id, 36, "N14 its id");
	is_int((long long)m.parent, 35, "N14 its parent");
	is_str(m.root, "/mnt1", "N14 its root");
	is_str(m.destination, "/mnt2", "N14 its place");
	is_str(m.options, "rw,noatime", "N14 its options");
	is_str(m.propagation, "master:1 shared:2", "N14 its propagation");
	is_str(m.type, "ext3", "N14 its type");
	is_str(m.source, "/dev/root", "N14 its source");
	is_str(m.super_options, "rw,errors=continue", "N14 its file system's options");

	is_int(parse("1 2 0:5 / /a\\040b\\134\\011c ro - tmpfs a\\012b rw", buf, &m), 0,
	       "N14 escapes");
	is_str(m.destination, "/a b\\\tc", "N14 blank, backslash, tab");
	is_str(m.source, "a\nb", "N14 newline");
	is_str(m.propagation, "", "N14 private");
	is_int(parse("1 2 0:5 / /x\\04 ro - tmpfs \\ rw", buf, &m), 0, "N14 no whole escape");
	is_str(m.destination, "/x\\04", "N14 stays");
	is_str(m.source, "\\", "N14 stays");
	is_int(parse("1 2 0:5 / /x ro - tmpfs  rw", buf, &m), 0, "N14 an empty source");
	is_str(m.source, "", "N14 is empty");
	is_str(m.super_options, "rw", "N14 and the rest is there");
}

static void test_bad(void)
{
	static const char *const lines[] = {
		"",
		" ",
		"1",
		"1 2",
		"1 2 0:5 / /x ro",
		"1 2 0:5 / /x ro -",
		"1 2 0:5 / /x ro - tmpfs",
		"1 2 0:5 / /x ro shared:1",
		"x 2 0:5 / /x ro - tmpfs t rw",
		"1 y 0:5 / /x ro - tmpfs t rw",
		"-1 2 0:5 / /x ro - tmpfs t rw",
	};
	struct mountinfo m;
	char buf[128];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		is_int(parse(lines[i], buf, &m), -EINVAL, lines[i]);
}

int main(void)
{
	test_lines();
	test_bad();
	return tap_done();
}
