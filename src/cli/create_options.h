/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options that create and run have in common (features.md 1.2).
 * --no-subreaper is among them because go-runc sends it to both; create never
 * is a subreaper, so there it asks for what is so anyhow.
 */
#ifndef URUN_CLI_CREATE_OPTIONS_H
#define URUN_CLI_CREATE_OPTIONS_H

#include <stddef.h>

#include "cli/cli.h"

struct create_values {
	struct urun_create_options opt;
	unsigned int preserve_fds;
	const char **pass_fds;
	const char **publish;
	int *fds; /* the same as numbers */
	unsigned int dry_run;
	unsigned int ready_timeout; /* run */
};

#define CREATE_STRING(member) \
	.kind = OPT_STRING, .offset = offsetof(struct create_values, opt.member)
#define CREATE_SWITCH(bit_) \
	.kind = OPT_SWITCH, .bit = (bit_), .offset = offsetof(struct create_values, opt.flags)

/* clang-format off */
#define CREATE_OPTION_ROWS \
	{ .letter = 'b', .name = "bundle", .arg = "DIR", CREATE_STRING(bundle), \
	  .help = "the bundle (default: the current directory)" }, \
	{ .letter = 'f', .name = "config", .arg = "FILE", CREATE_STRING(config), \
	  .help = "read this instead of config.json in the bundle; '-' is stdin" }, \
	{ .name = "console-socket", .arg = "SOCKET", CREATE_STRING(console_socket), \
	  .help = "send the terminal to this UNIX socket" }, \
	{ .name = "pidfd-socket", .arg = "SOCKET", CREATE_STRING(pidfd_socket), \
	  .help = "send a pidfd of the container's init to this UNIX socket" }, \
	{ .name = "pid-file", .arg = "FILE", CREATE_STRING(pid_file), \
	  .help = "write the pid of the container's init there" }, \
	{ .name = "preserve-fds", .kind = OPT_UINT, .arg = "N", \
	  .offset = offsetof(struct create_values, preserve_fds), \
	  .help = "pass file descriptors 3 to 2+N and those of LISTEN_FDS" }, \
	{ .name = "pass-fd", .kind = OPT_LIST, .arg = "N", \
	  .offset = offsetof(struct create_values, pass_fds), \
	  .help = "pass this file descriptor, by its number (may be repeated)" }, \
	{ .name = "userns", .kind = OPT_WORD, .arg = "MAPS", \
	  .words = "auto|keep-id|nomap|host-root", \
	  .offset = offsetof(struct create_values, opt.userns), \
	  .help = "id maps in place of the config's" }, \
	{ .name = "keep-groups", CREATE_SWITCH(URUN_KEEP_GROUPS), \
	  .help = "keep the caller's groups, also in exec" }, \
	{ .name = "map-groups", .arg = "GROUPS", CREATE_STRING(map_groups), \
	  .help = "groups of the caller to have by their own numbers: 27,video" }, \
	{ .name = "network", .arg = "NETWORK", CREATE_STRING(network), \
	  .help = "slirp[:KEY=VALUE,...], none or host, in place of the config's" }, \
	{ .letter = 'p', .name = "publish", .kind = OPT_LIST, .arg = "PORTS", \
	  .offset = offsetof(struct create_values, publish), \
	  .help = "[ADDRESS:]HOST[-HOST]:PORT[-PORT][/udp] (may be repeated)" }, \
	{ .name = "no-pivot", CREATE_SWITCH(URUN_NO_PIVOT), \
	  .help = "change the root by MS_MOVE and chroot, not pivot_root" }, \
	{ .name = "no-new-keyring", CREATE_SWITCH(URUN_NO_NEW_KEYRING), \
	  .help = "keep the caller's session keyring" }, \
	{ .name = "strict-rlimits", CREATE_SWITCH(URUN_STRICT_RLIMITS), \
	  .help = "fail where an rlimit cannot be had, do not lower it" }, \
	{ .name = "strict", CREATE_SWITCH(URUN_STRICT), \
	  .help = "the same, and fail on a capability that is not known" }, \
	{ .name = "dry-run", .kind = OPT_SWITCH, .bit = 1, \
	  .offset = offsetof(struct create_values, dry_run), \
	  .help = "print what would be done, and do nothing" }
/* clang-format on */

/* Completes v->opt: size, global flags, fds to pass. create_options_done() in the end. */
int create_options_prepare(struct cli *cli, struct create_values *v, struct error *e);

void create_options_done(struct create_values *v);

/* --dry-run: prints the plan (N16). */
int create_options_dry_run(struct cli *cli, const struct urun_create_options *opt, struct error *e);

#endif
