/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urun spec: a config.json to start from. It never replaces a file: O_EXCL, and
 * what could not be written whole is removed again.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/path.h"
#include "cli/cli.h"

enum { CONFIG_MODE = 0644 };

struct spec_values {
	const char *bundle, *file, *home;
	const char **args, **env;
	struct urun_spec_options opt;
	const char **mounts;
	unsigned int rootless, keep_id;
};

enum {
	SWITCH_ON = 1U << 0,
	SWITCH_OFF = 1U << 1,
};

#define SPEC_STRING(member) .kind = OPT_STRING, .offset = offsetof(struct spec_values, member)
#define SPEC_LIST(member) .kind = OPT_LIST, .offset = offsetof(struct spec_values, member)
#define SPEC_SWITCH(member)                                          \
	.kind = OPT_SWITCH, .bit = SWITCH_ON, .off_bit = SWITCH_OFF, \
	.offset = offsetof(struct spec_values, member)

/* clang-format off */
static const struct option_row rows[] = {
	{ .letter = 'b', .name = "bundle", .arg = "DIR", SPEC_STRING(bundle),
	  .help = "the bundle (default: the current directory)" },
	{ .letter = 'f', .name = "config", .arg = "FILE", SPEC_STRING(file),
	  .help = "write this file of the bundle, not config.json; '-' is stdout" },
	{ .name = "rootless", SPEC_SWITCH(rootless),
	  .help = "with a user namespace (default unless root calls)" },
	{ .name = "keep-id", SPEC_SWITCH(keep_id),
	  .help = "with the caller's own uid and gid inside (default with --host-rootfs)" },
	{ .letter = 'a', .name = "arg", .arg = "WORD", SPEC_LIST(args),
	  .help = "run this, not 'sh' (repeated: the program's arguments)" },
	{ .letter = 'e', .name = "env", .arg = "NAME[=VALUE]", SPEC_LIST(env),
	  .help = "set a variable, or take the caller's (may be repeated)" },
	{ .name = "mount", .arg = "MOUNT", SPEC_LIST(mounts),
	  .help = "type=bind,source=PATH,destination=PATH[,OPTION...] (may be repeated)" },
	{ .name = "rootfs", .arg = "DIR", SPEC_STRING(opt.rootfs),
	  .help = "the root file system, from the bundle (default: rootfs)" },
	{ .name = "host-rootfs", .kind = OPT_SWITCH, .bit = URUN_SPEC_HOST_ROOTFS,
	  .offset = offsetof(struct spec_values, opt.flags),
	  .help = "the host's own tree, read-only, with a private /tmp, /run and home" },
	{ .name = "network", .arg = "NETWORK", SPEC_STRING(opt.network),
	  .help = "slirp[:KEY=VALUE,...], none or host, as annotations" },
	{ .name = "home", .kind = OPT_WORD, .arg = "MODE", .words = "private|ro|rw",
	  .offset = offsetof(struct spec_values, home),
	  .help = "with --host-rootfs: $HOME is empty, or as on the host" },
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

/* As docker and podman: NAME alone takes the caller's value. */
static int fill_env(const char **env, char **words, struct error *e)
{
	for (size_t i = 0; env && env[i]; i++) {
		const char *value;

		if (strchr(env[i], '='))
			continue;
		value = getenv(env[i]);
		if (!value)
			return error_msg(e, EINVAL, "--env '%s': is not set here", env[i]);
		if (asprintf(&words[i], "%s=%s", env[i], value) < 0) {
			words[i] = NULL;
			return error_set(e, ENOMEM, "--env '%s'", env[i]);
		}
		env[i] = words[i];
	}
	return 0;
}

/* A home that cannot be one is left out, unless it was asked for. */
static int choose_home(const struct spec_values *v, struct urun_spec_options *opt, struct error *e)
{
	const char *home = getenv("HOME");

	if (!(opt->flags & URUN_SPEC_HOST_ROOTFS))
		return v->home ? error_msg(e, EINVAL, "--home goes with --host-rootfs only") : 0;
	if (home && *home == '/' && home[1])
		opt->home = home;
	else if (v->home)
		return error_msg(e, EINVAL, "--home: HOME in the environment is no folder");
	if (v->home && !strcmp(v->home, "ro"))
		opt->flags |= URUN_SPEC_HOME_READ_ONLY;
	if (v->home && !strcmp(v->home, "rw"))
		opt->flags |= URUN_SPEC_HOME_WRITABLE;
	return 0;
}

static bool is_on(unsigned int option, bool by_default)
{
	return option ? option & SWITCH_ON : by_default;
}

static int make_spec(struct cli *cli, char **env_words, char **ret, struct error *e)
{
	struct spec_values *v = cli->values;
	struct urun_spec_options *opt = &v->opt;
	bool is_rootless = is_on(v->rootless, geteuid() != 0);
	int r = fill_env(v->env, env_words, e);

	if (r >= 0)
		r = choose_home(v, opt, e);
	if (r < 0)
		return r;
	opt->size = sizeof(*opt);
	opt->args = v->args;
	opt->env = v->env;
	opt->mounts = v->mounts;
	if (is_rootless)
		opt->flags |= URUN_SPEC_ROOTLESS;
	if (is_on(v->keep_id, is_rootless && opt->flags & URUN_SPEC_HOST_ROOTFS))
		opt->flags |= URUN_SPEC_KEEP_ID;
	return cli_library_error(cli, urun_spec(cli->ctx, opt, ret), e);
}

static int cmd_spec(struct cli *cli, struct error *e)
{
	const struct spec_values *v = cli->values;
	const char *file = v->file ? v->file : "config.json";
	size_t n = 0;
	char **env_words;
	cleanup_free char *json = NULL;
	int r;

	if (cli->n_operands) {
		if (strcmp(cli->operands[0], "-") || v->file)
			return error_msg(e, EINVAL, "'spec' does not take the argument '%s'",
					 cli->operands[0]);
		file = "-";
	}
	while (v->env && v->env[n])
		n++;
	env_words = calloc(n + 1, sizeof(*env_words));
	if (!env_words)
		return error_set(e, ENOMEM, "--env");
	r = make_spec(cli, env_words, &json, e);
	while (n)
		free(env_words[--n]);
	free(env_words);
	if (r < 0)
		return r;
	if (!strcmp(file, "-"))
		return output_text(json, e);
	return write_new(v->bundle ? v->bundle : ".", file, json, e);
}

const struct command command_spec = {
	.name = "spec",
	.operands = "[-]",
	.summary = "write a config.json to start from",
	.notes = "'-' prints it and makes no file.\n",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct spec_values),
	.max_operands = 1,
	.run = cmd_spec,
};
