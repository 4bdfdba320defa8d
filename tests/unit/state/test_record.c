/* SPDX-License-Identifier: Apache-2.0 */
/* state.json: what is written is what is read, and what is not known is not in it (K02, T02). */
#include "state/record.h"

#include <errno.h>
#include <stdlib.h>

#include "../tap.h"
#include "base/cleanup.h"

static const struct state_record plain = {
	.id = "c1",
	.pid = 42,
	.start_time = 7,
	.boot_id = "b",
	.bundle = "/b",
	.rootfs = "/b/rootfs",
	.created = "2026-11-22T01:02:05.094349533Z",
	.owner = "ana",
	.oci_version = "1.3.0",
	.namespaces = 1ULL << 40,
};

/* Into the arena, by way of its text, which is handed out, too. */
static struct state_record *there_and_back(struct arena *a, const struct state_record *r,
					   char **text)
{
	struct error e = ERROR_INIT;
	struct state_record *ret = NULL;
	size_t len;

	if (!is_int(state_record_format(r, text, &len, &e), 0, "T02 written") ||
	    !is_int(state_record_parse(a, *text, len, &ret, &e), 0, "T02 read")) {
		printf("Bail out! %s\n", e.msg);
		exit(1);
	}
	return ret;
}

static void test_plain(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_free char *text = NULL;
	struct state_record *r = there_and_back(&a, &plain, &text);

	ok(r->pid == 42 && r->start_time == 7 && r->namespaces == 1ULL << 40, "T02 the numbers");
	is_str(r->owner, "ana", "T02 the words");
	ok(!strstr(text, "exitStatus") && !strstr(text, "oom"), "K02 no end that is not known");
	ok(!r->has_exit_status && !r->has_oom, "K02 nor is one read");
}

static void test_end(void)
{
	for (int oom = 0; oom < 2; oom++) {
		cleanup_arena struct arena a = ARENA_INIT;
		cleanup_free char *text = NULL;
		struct state_record in = plain, *r;

		in.has_exit_status = in.has_oom = true;
		in.exit_status = 137;
		in.oom = oom == 1;
		r = there_and_back(&a, &in, &text);
		ok(r->has_exit_status && r->exit_status == 137, "K02 the exit status");
		ok(r->has_oom && r->oom == (oom == 1), "K02 the OOM killer: %d", oom);
	}
}

static void test_format(void)
{
	static const char newer[] = "{\"format\":2,\"id\":\"c\",\"pid\":1,\"startTime\":1,"
				    "\"bootID\":\"b\",\"bundle\":\"/\",\"rootfs\":\"/\","
				    "\"created\":\"\",\"owner\":\"\",\"ociVersion\":\"1\","
				    "\"namespaces\":0}";
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct state_record *r = NULL;

	is_int(state_record_parse(&a, newer, strlen(newer), &r, &e), -EPROTO,
	       "T02 of another urun");
	has_str(e.msg, "format 2", "T02 is said so");
}

int main(void)
{
	test_plain();
	test_end();
	test_format();
	return tap_done();
}
