/* SPDX-License-Identifier: Apache-2.0 */
/*
 * join_steps[]: an exec'd process after its stage has joined the container's
 * namespaces. Others of the container can see it from here on: it has not been
 * dumpable since main() (CVE-2016-9962).
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "run/child.h"
#include "run/steps.h"
#include "run/sync.h"

static int new_session(void *ctx, struct error *e)
{
	(void)ctx;
	if (setsid() < 0 && errno != EPERM)
		return error_set(e, errno, "make a session");
	return 0;
}

/* The namespaces' "/": what setns() of a mount namespace set. */
static int open_root(void *ctx, struct error *e)
{
	struct child *c = ctx;

	c->root = path_open("/", O_PATH | O_DIRECTORY);
	if (c->root < 0)
		return error_set(e, c->root, "open the container's root");
	c->l->rootfs.root = c->root;
	return 0;
}

static bool wants_terminal(void *ctx)
{
	return ((struct child *)ctx)->l->plan.process.terminal;
}

static int console(void *ctx, struct error *e)
{
	struct child *c = ctx;
	cleanup_fd int master = -EBADF;
	int r;

	r = rootfs_console(&c->l->rootfs, &c->l->plan.process, &master, &c->console_peer, e);
	if (r < 0)
		return r;
	r = sync_send(c->sync, SYNC_CONSOLE, 0, master);
	return r < 0 ? error_set(e, r, "hand over the terminal") : 0;
}

static const struct step join_steps[] = {
	{ "session", new_session, NULL, NULL, KIND_NONE },
	{ "open-root", open_root, NULL, NULL, KIND_NONE },
	{ "console", console, NULL, wants_terminal, KIND_NONE },
};

int join_setup(struct child *c, struct error *e)
{
	return steps_run(join_steps, ARRAY_SIZE(join_steps), c, e);
}
