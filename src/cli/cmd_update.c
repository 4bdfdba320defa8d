/* SPDX-License-Identifier: Apache-2.0 */
/* urun update: other limits for a running container (U01 to U05). */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "cli/cli.h"

enum { WORDS = 16 };

struct update_values {
	const char *resources;
	const char *words[WORDS]; /* as keys[] below */
	const char **unified;
	const char *l3_cache_schema, *mem_bw_schema;
};

/* What each of the options sets. */
static const char *const keys[WORDS] = {
	"blockIO.weight",
	"cpu.period",
	"cpu.quota",
	"cpu.realtimePeriod",
	"cpu.realtimeRuntime",
	"cpu.shares",
	"cpu.burst",
	"cpu.idle",
	"cpu.cpus",
	"cpu.mems",
	"memory.kernel",
	"memory.kernelTCP",
	"memory.limit",
	"memory.reservation",
	"memory.swap",
	"pids.limit",
};

/* clang-format off */
#define WORD(i, name_, arg_, help_)                                        \
	{ .name = (name_), .kind = OPT_STRING, .arg = (arg_), .help = (help_), \
	  .offset = offsetof(struct update_values, words) + (i) * sizeof(char *) }

static const struct option_row rows[] = {
	{ .letter = 'r', .name = "resources", .kind = OPT_STRING, .arg = "FILE",
	  .help = "a JSON object as linux.resources of config.json; '-' is stdin",
	  .offset = offsetof(struct update_values, resources) },
	WORD(0, "blkio-weight", "N", "weight of its IO, 10 to 1000"),
	WORD(1, "cpu-period", "USEC", "the period that --cpu-quota is of"),
	WORD(2, "cpu-quota", "USEC", "time on all CPUs in each period; -1: unlimited"),
	WORD(3, "cpu-rt-period", "USEC", "of realtime scheduling, which cgroup v2 has not"),
	WORD(4, "cpu-rt-runtime", "USEC", "the same"),
	WORD(5, "cpu-share", "N", "weight of its CPU time, 2 to 262144; 1024 is usual"),
	WORD(6, "cpu-burst", "USEC", "time left over that may be used on top of the quota"),
	WORD(7, "cpu-idle", "N", "1: run when nothing else wants to; 0: as usual"),
	WORD(8, "cpuset-cpus", "LIST", "the CPUs that it may use: 0-3,8"),
	WORD(9, "cpuset-mems", "LIST", "the memory nodes that it may use"),
	WORD(10, "kernel-memory", "SIZE", "of kernel memory alone, which cgroup v2 has not"),
	WORD(11, "kernel-memory-tcp", "SIZE", "of TCP buffers alone, which cgroup v2 has not"),
	WORD(12, "memory", "SIZE", "the most memory: bytes, 512M, 1G, max or -1"),
	WORD(13, "memory-reservation", "SIZE", "memory that is taken from it last"),
	WORD(14, "memory-swap", "SIZE", "memory and swap together"),
	WORD(15, "pids-limit", "N", "the most processes and threads; max or -1: unlimited"),
	{ .name = "unified", .kind = OPT_LIST, .arg = "FILE=VALUE",
	  .help = "any file of the cgroup: memory.high=1G; can be given again",
	  .offset = offsetof(struct update_values, unified) },
	{ .name = "l3-cache-schema", .kind = OPT_STRING, .arg = "TEXT",
	  .help = "schemata of its resctrl group: L3:0=f",
	  .offset = offsetof(struct update_values, l3_cache_schema) },
	{ .name = "mem-bw-schema", .kind = OPT_STRING, .arg = "TEXT",
	  .help = "the same for the memory's bandwidth: MB:0=50",
	  .offset = offsetof(struct update_values, mem_bw_schema) },
};
/* clang-format on */

/* "KEY=VALUE" of all that were given, NULL-terminated. */
static int collect(struct arena *a, const struct update_values *v, const char *const **ret)
{
	size_t n = 0, n_unified = 0;
	const char **set;

	while (v->unified && v->unified[n_unified])
		n_unified++;
	set = arena_calloc(a, WORDS + n_unified + 1, sizeof(*set));
	if (!set)
		return -ENOMEM;
	for (size_t i = 0; i < WORDS; i++)
		if (v->words[i] && !(set[n++] = arena_printf(a, "%s=%s", keys[i], v->words[i])))
			return -ENOMEM;
	for (size_t i = 0; i < n_unified; i++)
		if (!(set[n++] = arena_printf(a, "unified.%s", v->unified[i])))
			return -ENOMEM;
	*ret = set;
	return 0;
}

static int cmd_update(struct cli *cli, struct error *e)
{
	const struct update_values *v = cli->values;
	cleanup_arena struct arena a = ARENA_INIT;
	struct urun_update_options o = {
		.size = sizeof(o),
		.resources = v->resources,
		.l3_cache_schema = v->l3_cache_schema,
		.mem_bw_schema = v->mem_bw_schema,
	};

	for (size_t i = 0; v->unified && v->unified[i]; i++)
		if (!strchr(v->unified[i], '='))
			return error_msg(e, EINVAL, "--unified '%s': FILE=VALUE is expected",
					 v->unified[i]);
	if (collect(&a, v, &o.set) < 0)
		return error_set(e, ENOMEM, "options of 'update'");
	if (!v->resources && !o.set[0] && !v->l3_cache_schema && !v->mem_bw_schema) {
		error_msg(e, EINVAL, "'update' needs a limit to change");
		return error_hint(e, "see 'urun update --help'");
	}
	return cli_library_error(cli, urun_update(cli->ctx, cli->operands[0], &o), e);
}

const struct command command_update = {
	.name = "update",
	.operands = "ID",
	.summary = "change the limits of a running container",
	.notes =
		"What is not given stays as it is. Options are laid over the object of --resources.\n",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct update_values),
	.min_operands = 1,
	.max_operands = 1,
	.takes_id = true,
	.operand = { OPERAND_ID },
	.run = cmd_update,
};
