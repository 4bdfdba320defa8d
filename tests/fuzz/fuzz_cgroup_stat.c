/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a cgroup, and the line of JSON that is made of them: what is read has a
 * name and stays within the text, and the line is one document.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>

#include "base/arena.h"
#include "cgroup/stat.h"
#include "oci/events_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_keys(const struct cgroup_keys *k, const char *text)
{
	for (size_t i = 0; i < k->n; i++)
		if (!*k->v[i].name || strpbrk(k->v[i].name, " \n") || !strstr(text, k->v[i].name))
			abort();
}

static void check_line(struct cgroup_stats *s)
{
	struct strbuf b = STRBUF_INIT(1 << 24);
	char *end;

	if (oci_event_stats("id", s, &b) < 0)
		abort();
	end = strchr(b.s, '\n');
	if (!end || end != b.s + b.len - 1)
		abort();
	yajl_tree_free(yajl_tree_parse(b.s, NULL, 0));
	strbuf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_INIT;
	struct cgroup_stats s = { .n_io = 0 };
	char *text;

	/* Large ones find nothing more. */
	if (size > 4096)
		return 0;
	text = arena_strndup(&a, (const char *)data, size);
	if (cgroup_parse_flat(&a, text, &s.memory.stat) < 0 ||
	    cgroup_parse_nested(&a, text, &s.io, &s.n_io) < 0)
		abort();
	check_keys(&s.memory.stat, text);
	for (size_t i = 0; i < s.n_io; i++)
		check_keys(&s.io[i].keys, text);
	cgroup_parse_pressure(text, &s.cpu.pressure);
	s.cpu.usage = cgroup_key_find(&s.memory.stat, "usage_usec");
	s.memory.current = s.memory.max = s.memory.swap_current = s.memory.swap_max = s.cpu.usage;
	s.memory.events = s.misc = s.misc_max = s.memory.stat;
	s.rdma = s.io;
	s.n_rdma = s.n_io;
	s.cpus = s.mems = text;
	check_line(&s);
	arena_free(&a);
	return 0;
}
