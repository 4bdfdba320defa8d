/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parent hears: the stage and the process that it cloned send on one
 * socket, in whichever order the scheduler lets them.
 */
#include <errno.h>
#include <unistd.h>

#include "../tap.h"
#include "run/create.h"
#include "run/sync.h"

static struct arena arena = ARENA_INIT;
static const struct launch_options opt = { .id = "test" };
static struct error e;

static int begin(struct launch *l)
{
	int other;

	launch_init(l, &opt, &arena);
	error_clear(&e);
	if (sync_pair(&l->sync, &other) < 0)
		printf("Bail out! no socket\n");
	return other;
}

static void end(struct launch *l, int other)
{
	l->pid = 0;
	launch_done(l);
	close(other);
}

static void test_in_order(void)
{
	struct launch l;
	int other = begin(&l);

	sync_send(other, SYNC_PID, getpid(), -1);
	sync_send(other, SYNC_READY, 0, -1);
	is_int(launch_receive_staged_pid(&l, &e), 0, "C36 the pid");
	is_int(l.pid, getpid(), "C36 as the stage sent it");
	is_int(launch_serve(&l, &e), 0, "C36 then READY");
	end(&l, other);
}

static void test_ready_first(void)
{
	struct launch l;
	int other = begin(&l), ends[2];
	char byte;

	if (pipe(ends) < 0)
		printf("Bail out! no pipe\n");
	sync_send_log(other, 3, "a line");
	sync_send(other, SYNC_CONSOLE, 0, ends[1]);
	sync_send(other, SYNC_READY, 0, -1);
	sync_send(other, SYNC_PID, getpid(), -1);
	close(ends[1]);
	is_int(launch_receive_staged_pid(&l, &e), 0, "C36 the pid behind READY");
	is_int(l.pid, getpid(), "C36 is the stage's");
	is_int(launch_serve(&l, &e), 0, "C36 what came early is served");
	ok(l.console >= 0, "C36 the terminal included");
	end(&l, other);
	is_int(read(ends[0], &byte, 1), 0, "C36 and closed in the end");
	close(ends[0]);
}

static void test_wrong(void)
{
	struct launch l;
	int other = begin(&l);
	struct error sent = ERROR_INIT;

	sync_send(other, SYNC_FILTER, 0, -1);
	is_int(launch_receive_staged_pid(&l, &e), -EPROTO, "C36 a point out of place");
	has_str(e.msg, "got FILTER where PID was due", "C36 names both");
	error_msg(&sent, ENOENT, "init says why");
	sync_send(other, SYNC_READY, 0, -1);
	sync_send_error(other, &sent);
	is_int(launch_receive_staged_pid(&l, &e), -ENOENT, "C36 an error in place of the pid");
	is_str(e.msg, "init says why", "C36 is the error");
	close(other);
	is_int(launch_receive_staged_pid(&l, &e), -ECONNRESET, "C36 nobody is left");
	end(&l, -1);
}

int main(void)
{
	test_in_order();
	test_ready_first();
	test_wrong();
	arena_free(&arena);
	return tap_done();
}
