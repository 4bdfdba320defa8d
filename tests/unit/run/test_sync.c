/* SPDX-License-Identifier: Apache-2.0 */
/* The dialogue's messages: what arrives is what was sent, and by whom. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"
#include "base/cleanup.h"
#include "run/sync.h"

static void test_text(void)
{
	struct error e = ERROR_INIT, sent = ERROR_INIT;
	struct sync_message m;
	int a, b;

	ok(sync_pair(&a, &b) == 0, "a pair");
	sync_send(b, SYNC_READY, 7, -1);
	is_int(sync_expect(a, SYNC_READY, &m, &e), 0, "the point that was sent");
	ok(m.value == 7 && m.fd < 0 && m.sender == 0 && m.len == 0, "its value, and nothing else");
	error_set(&sent, -ENOENT, "open '%s'", "/x");
	error_hint(&sent, "make it");
	sync_send_error(b, &sent);
	is_int(sync_expect(a, SYNC_READY, &m, &e), -ENOENT, "ER02 an error instead of the point");
	is_str(e.msg, sent.msg, "ER02 its message");
	is_str(e.hint, "make it", "ER02 its hint");
	sync_send(b, SYNC_HOOKS, 0, -1);
	is_int(sync_expect(a, SYNC_READY, &m, &e), -EPROTO, "another point is an error");
	ok(strstr(e.msg, "got HOOKS where READY was due"), "that names both");
	ok(send(b, "x", 1, 0) == 1 && sync_recv(a, &m, &e) == -EPROTO, "a stray writer is refused");
	close(b);
	is_int(sync_expect(a, SYNC_READY, &m, &e), -ECONNRESET, "the end is one, too");
	close(a);
}

/* The order of a stage: its parent sees init's own number, before all it says. */
static void test_sender(void)
{
	struct error e = ERROR_INIT;
	struct sync_message m;
	int a, b, p[2];
	pid_t pid;

	ok(sync_pair(&a, &b) == 0 && pipe(p) == 0, "a pair");
	is_int(sync_want_sender(a), 0, "C36 the sender is wanted");
	pid = fork();
	if (pid == 0) {
		pid_t init;

		/* Where it may: in a pid namespace its own number is another. */
		if (unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
			unshare(CLONE_NEWPID);
		init = fork();
		if (init == 0) {
			sync_send(b, SYNC_INIT, 0, p[0]);
			sync_send(b, SYNC_READY, 0, -1);
			_exit(0);
		}
		if (write(p[1], &init, sizeof(init)) < 0)
			_exit(1);
		waitpid(init, NULL, 0);
		_exit(0);
	}
	is_int(sync_expect(a, SYNC_INIT, &m, &e), 0, "C36 INIT comes first");
	ok(m.fd >= 0, "a descriptor comes beside the sender");
	if (read(p[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = -1;
	is_int(m.sender, pid, "C36 the sender is init, by the number that its parent knows");
	cleanup_fdp(&m.fd);
	is_int(sync_expect(a, SYNC_READY, &m, &e), 0, "READY comes after it");
	is_int(m.sender, pid, "C36 from the same");
	wait(NULL);
	close(a);
	close(b);
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	test_text();
	test_sender();
	return tap_done();
}
