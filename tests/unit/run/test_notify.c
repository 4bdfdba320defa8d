/* SPDX-License-Identifier: Apache-2.0 */
/* S02, P32: the time that READY=1 may take. The clock is real, the beginning is set back. */
#include "run/notify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "base/log.h"

static char logged[512];
static unsigned int lines;

static void keep_line(void *arg, enum log_level level, const char *msg)
{
	(void)arg;
	(void)level;
	snprintf(logged, sizeof(logged), "%s", msg);
	lines++;
}

/* As if it had begun so long ago. */
static void set_back(struct notify *n, uint64_t ms)
{
	n->began_ms -= ms;
	n->warn_ms -= ms;
	if (n->deadline_ms)
		n->deadline_ms -= ms;
}

static void test_progress(void)
{
	struct error e = ERROR_INIT;
	struct notify n = NOTIFY_INIT;
	int ms;

	n.sock = 0;
	is_int(notify_poll_ms(&n), -1, "S02 nothing to wait for before it begins");
	notify_begin_wait(&n, 0);
	ms = notify_poll_ms(&n);
	ok(ms > 29000 && ms <= 30000, "P32 the first look is after 30 s (%d)", ms);
	is_int(notify_check_time(&n, "c", &e), 0, "P32 not yet");
	is_int(lines, 0, "P32 and silent");
	set_back(&n, 30000);
	is_int(notify_poll_ms(&n), 0, "P32 it is time");
	is_int(notify_check_time(&n, "c", &e), 0, "P32 a warning is no failure");
	is_str(logged, "container `c` has not sent READY=1 for 30 s", "P32 what it says");
	is_int(notify_check_time(&n, "c", &e), 0, "P32 again at once");
	is_int(lines, 1, "P32 one line");
	set_back(&n, 29000);
	is_int(notify_check_time(&n, "c", &e), 0, "P32 after 59 s");
	is_int(lines, 1, "P32 no second line yet");
	set_back(&n, 1000);
	is_int(notify_check_time(&n, "c", &e), 0, "P32 after 60 s");
	is_str(logged, "container `c` has not sent READY=1 for 60 s", "P32 the second line");
	n.is_ready = true;
	set_back(&n, 3600000);
	is_int(notify_poll_ms(&n), -1, "S02 READY=1 has come: no clock any more");
	is_int(notify_check_time(&n, "c", &e), 0, "S02 nor a word");
	is_int(lines, 2, "S02 two lines in all");
}

static void test_deadline(void)
{
	struct error e = ERROR_INIT;
	struct notify n = NOTIFY_INIT;
	int ms;

	n.sock = 0;
	notify_begin_wait(&n, 5);
	ms = notify_poll_ms(&n);
	ok(ms > 4000 && ms <= 5000, "S02 the deadline is before the first warning (%d)", ms);
	set_back(&n, 4000);
	is_int(notify_check_time(&n, "c", &e), 0, "S02 in time");
	set_back(&n, 1000);
	is_int(notify_poll_ms(&n), 0, "S02 it is over");
	is_int(notify_check_time(&n, "c", &e), -ETIMEDOUT, "S02 too late");
	is_int(e.kind, KIND_READY_TIMEOUT, "S02 its code");
	is_str(e.msg, "container `c` has not sent READY=1 within 5 s", "S02 its words");
	n.sock = -EBADF;
	is_int(notify_check_time(&n, "c", &e), 0, "S02 no socket, no deadline");
	n.sock = 0;
	notify_begin_wait(&n, 4294967295U);
	set_back(&n, 1000);
	ok(notify_poll_ms(&n) <= 30000 && notify_check_time(&n, "c", &e) == 0,
	   "S02 136 years do not overflow");
}

int main(void)
{
	log_set_level("warning");
	log_set_sink(keep_line, NULL);
	test_progress();
	test_deadline();
	return tap_done();
}
