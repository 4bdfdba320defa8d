/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urun spec: a config.json to start from. It never replaces a file: O_EXCL, and
 * what could not be written whole is removed again.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/io.h"
#include "base/path.h"
#include "cli/cli.h"

enum { CONFIG_MODE = 0644 };

struct spec_values {
	const char *bundle, *file;
	unsigned int flags;
};

enum {
	SPEC_ROOTLESS = 1U << 0,
	SPEC_ROOTFUL = 1U << 1,
};

/* clang-format off */
static const struct option_row rows[] = {
	{ .letter = 'b', .name = "bundle", .kind = OPT_STRING, .arg = "DIR",
	  .help = "the bundle (default: the current directory)",
	  .offset = offsetof(struct spec_values, bundle) },
	{ .letter = 'f', .name = "config", .kind = OPT_STRING, .arg = "FILE",
	  .help = "write this file of the bundle, not config.json; '-' is stdout",
	  .offset = offsetof(struct spec_values, file) },
	{ .name = "rootless", .kind = OPT_SWITCH, .bit = SPEC_ROOTLESS, .off_bit = SPEC_ROOTFUL,
	  .help = "with a user namespace (default unless root calls)",
	  .offset = offsetof(struct spec_values, flags) },
};
/* clang-format on */

static int write_new(const char *bundle, const char *file, const char *text, struct error *e)
{
	cleanup_fd int dir = path_open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int fd = -EBADF;
	int r;

	if (dir < 0)
		return error_set(e, -dir, "open bundle '%s'", bundle);
	fd = path_openat(dir, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, CONFIG_MODE);
	if (fd == -EEXIST)
		return error_msg(e, EEXIST, "'%s' already exists in bundle '%s'", file, bundle);
	if (fd < 0)
		return error_set(e, -fd, "make '%s' in bundle '%s'", file, bundle);
	r = io_write_all(fd, text, strlen(text));
	if (r < 0) {
		path_unlinkat(dir, file, 0);
		return error_set(e, -r, "write '%s' in bundle '%s'", file, bundle);
	}
	return 0;
}

static int cmd_spec(struct cli *cli, struct error *e)
{
	const struct spec_values *v = cli->values;
	bool is_rootless = v->flags ? v->flags & SPEC_ROOTLESS : geteuid() != 0;
	const char *file = v->file ? v->file : "config.json";
	cleanup_free char *json = NULL;
	int r = urun_spec_json(cli->ctx, is_rootless, &json);

	if (r < 0)
		return cli_library_error(cli, r, e);
	if (!strcmp(file, "-"))
		return output_text(json, e);
	return write_new(v->bundle ? v->bundle : ".", file, json, e);
}

const struct command command_spec = {
	.name = "spec",
	.operands = "",
	.summary = "write a config.json to start from",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct spec_values),
	.run = cmd_spec,
};
