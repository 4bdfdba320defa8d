/* SPDX-License-Identifier: Apache-2.0 */
/* urun events: what a container uses, and what happens to it, as lines of JSON (K19). */
#include <errno.h>
#include <limits.h>
#include <stddef.h>

#include "base/parse.h"
#include "cli/cli.h"

enum { FLAG_STATS = 1 << 0, NSEC_PER_MSEC = 1000000 };

struct events_values {
	const char *interval;
	unsigned int flags;
};

/* clang-format off */
static const struct option_row rows[] = {
	{ .name = "interval", .kind = OPT_STRING, .arg = "TIME",
	  .help = "between two lines of stats: 5s (default), 500ms, 1m30s",
	  .offset = offsetof(struct events_values, interval) },
	{ .name = "stats", .kind = OPT_SWITCH, .bit = FLAG_STATS,
	  .help = "one line of stats, and no more",
	  .offset = offsetof(struct events_values, flags) },
};
/* clang-format on */

static int read_interval(const char *text, unsigned int *ret_ms, struct error *e)
{
	uint64_t ns;

	if (parse_duration(text, &ns) < 0)
		return error_msg(e, EINVAL,
				 "--interval: '%s' is not a time such as 5s, 500ms or 1m30s", text);
	if (ns < NSEC_PER_MSEC || ns / NSEC_PER_MSEC > INT_MAX)
		return error_msg(e, ERANGE, "--interval: '%s' is not between 1ms and %dms", text,
				 INT_MAX);
	*ret_ms = (unsigned int)(ns / NSEC_PER_MSEC);
	return 0;
}

/* Where it goes wrong: the stream ends, and `arg` says why. */
static int print_line(void *arg, const char *line)
{
	return output_text(line, arg) < 0;
}

static int cmd_events(struct cli *cli, struct error *e)
{
	const struct events_values *v = cli->values;
	cleanup_free char *line = NULL;
	unsigned int interval_ms;
	int r = read_interval(v->interval ? v->interval : "5s", &interval_ms, e);

	if (r < 0)
		return r;
	if (v->flags & FLAG_STATS) {
		r = urun_stats_json(cli->ctx, cli->operands[0], &line);
		return r < 0 ? cli_library_error(cli, r, e) : output_text(line, e);
	}
	r = urun_events(cli->ctx, cli->operands[0], interval_ms, print_line, e);
	if (r < 0)
		return cli_library_error(cli, r, e);
	return -e->code;
}

const struct command command_events = {
	.name = "events",
	.operands = "ID",
	.summary = "show what a container uses and what happens to it",
	.notes = "Lines of JSON: stats at once and each interval, oom when the OOM killer was in\n"
		 "it, exit when it has ended, which ends this command, too.\n",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct events_values),
	.min_operands = 1,
	.max_operands = 1,
	.takes_id = true,
	.operand = { OPERAND_ID },
	.run = cmd_events,
};
