/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pipes of the engine. A direction has one only while there is something in it, so
 * that one serves all, and one more each whose reader does not read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "netns/slirp/splice_internal.h"

enum { RETRY_MS = 1000 };

static void pipe_free(struct splice *sp, struct pipe_pair *p)
{
	close(p->in);
	close(p->out);
	free(p);
	sp->stats.pipes--;
}

/*
 * Past the pages of pipe-user-pages-soft a pipe has room for two buffers and cannot be made
 * larger: worse than no pipe.
 */
static struct pipe_pair *pipe_new(struct splice *sp)
{
	struct pipe_pair *p;
	int fds[2];

	if (sp->stats.pipes >= SPLICE_PIPES_MAX || clock_ms() < sp->no_pipes_until_ms)
		return NULL;
	sp->no_pipes_until_ms = clock_ms() + RETRY_MS;
	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0)
		return NULL;
	p = fcntl(fds[1], F_SETPIPE_SZ, SPLICE_PIPE) < 0 ? NULL : malloc(sizeof(*p));
	if (!p) {
		close(fds[0]);
		close(fds[1]);
		return NULL;
	}
	*p = (struct pipe_pair){ .out = fds[0], .in = fds[1] };
	sp->stats.pipes++;
	sp->no_pipes_until_ms = 0;
	return p;
}

struct pipe_pair *splice_pipe_get(struct splice *sp)
{
	struct pipe_pair *p = sp->idle_pipes;

	if (!p)
		return pipe_new(sp);
	sp->idle_pipes = p->next;
	sp->n_idle_pipes--;
	return p;
}

void splice_pipe_put(struct splice *sp, struct pipe_pair *p, bool empty)
{
	if (!empty || sp->n_idle_pipes >= SPLICE_PIPES_IDLE) {
		pipe_free(sp, p);
		return;
	}
	p->next = sp->idle_pipes;
	sp->idle_pipes = p;
	sp->n_idle_pipes++;
}

bool splice_pipes_trim(struct splice *sp)
{
	bool any = sp->idle_pipes;

	while (sp->idle_pipes) {
		struct pipe_pair *p = sp->idle_pipes;

		sp->idle_pipes = p->next;
		pipe_free(sp, p);
	}
	sp->n_idle_pipes = 0;
	return any;
}
