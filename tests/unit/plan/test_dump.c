/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as text: one decision a line whatever the strings hold, no secrets. */
#include <errno.h>

#include "load.h"

static char *args[] = { (char *)"sh", (char *)"", (char *)"a b", (char *)"new\nline\\\"\xff",
			NULL };
static char *env[] = { (char *)"PATH=/bin", (char *)"TOKEN=hunter2", NULL };

static void dump(const struct launch_plan *p, struct strbuf *b)
{
	strbuf_reset(b);
	plan_dump(p, b);
}

int main(void)
{
	static const struct oci_hooks no_hooks;
	struct launch_plan p = {
		.id = "id",
		.bundle = "/b",
		.hooks = &no_hooks,
		.rootfs = { .path = "/root fs" },
		.process = { .argv = args,
			     .env = env,
			     .cwd = "/",
			     .caps.bounding = 3ULL | 1ULL << 63 },
	};
	struct strbuf b, again;

	strbuf_init(&b, 1 << 20);
	strbuf_init(&again, 1 << 20);
	dump(&p, &b);
	is_int(strbuf_error(&b), 0, "it fits");
	has_str(b.s, "\nargs sh \"\" \"a b\" \"new\\x0aline\\\\\\\"\\xff\"\n", "words are quoted");
	has_str(b.s, "\nroot \"/root fs\" rw pivot\n", "paths, too");
	has_str(b.s, "\nenv 2 PATH TOKEN\n", "names of the environment");
	ok(!strstr(b.s, "hunter2"), "but no values");
	has_str(b.s, "caps bounding 0x8000000000000003 CAP_CHOWN CAP_DAC_OVERRIDE 63\n",
		"capabilities in hex and by name, unknown ones by number");
	has_str(b.s, "\nseccomp no\n", "no filter");
	dump(&p, &again);
	is_str(again.s, b.s, "twice the same");

	p.process.argv = NULL;
	dump(&p, &b);
	has_str(b.s, "\nprocess none\n", "C49 no process");
	strbuf_done(&b);
	strbuf_init(&b, 64);
	plan_dump(&p, &b);
	is_int(strbuf_error(&b), -E2BIG, "a full buffer is an error, not a crash");
	strbuf_done(&b);
	strbuf_done(&again);
	return tap_done();
}
