/* SPDX-License-Identifier: Apache-2.0 */
/* S02: what a container may tell the service manager, and in which form. */
#include "run/notify_message.h"

#include "../tap.h"

/* Process 7 of the container is 4007 out here; no other is its own. */
static pid_t host_pid(void *arg, pid_t inside)
{
	(*(int *)arg)++;
	return inside == 7 ? 4007 : 0;
}

static const struct {
	const char *in, *out;
} rows[] = {
	{ "READY=1", "READY=1" },
	{ "READY=1\n", "READY=1" },
	{ "READY=0", "" },
	{ "READY=11", "" },
	{ " READY=1", "" },
	{ "READY", "" },
	{ "", "" },
	{ "\n\n=\n", "" },
	{ "STATUS=50 % of a = b\nREADY=1", "STATUS=50 % of a = b\nREADY=1" },
	{ "STATUS=", "STATUS=" },
	{ "STATUS=a\tb", "" },
	{ "STATUS=\x1b[31m\nREADY=1", "READY=1" },
	{ "MAINPID=7", "MAINPID=4007" },
	{ "MAINPID=1", "" },
	{ "MAINPID=0", "" },
	{ "MAINPID=-7", "" },
	{ "MAINPID=7 ", "" },
	{ "MAINPID=4294967303", "" },
	{ "WATCHDOG=1", "WATCHDOG=1" },
	{ "WATCHDOG=trigger", "WATCHDOG=trigger" },
	{ "WATCHDOG=x", "" },
	{ "WATCHDOG_USEC=20000000", "WATCHDOG_USEC=20000000" },
	{ "WATCHDOG_USEC=2s", "" },
	{ "EXTEND_TIMEOUT_USEC=5", "EXTEND_TIMEOUT_USEC=5" },
	{ "RELOADING=1\nMONOTONIC_USEC=5", "RELOADING=1\nMONOTONIC_USEC=123456" },
	{ "STOPPING=1\nERRNO=2", "STOPPING=1\nERRNO=2" },
	{ "FDSTORE=1\nFDNAME=x\nREADY=1", "READY=1" },
	{ "FDSTOREREMOVE=1", "" },
	{ "NOTIFYACCESS=all", "" },
	{ "MAINPIDFDID=1", "" },
	{ "BARRIER=1\nREADY=1", "READY=1" },
	{ "X_OWN=1", "" },
};

static void test_rows(void)
{
	int asked = 0;
	const struct notify_context c = { host_pid, &asked, 123456 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct notify_message m;

		notify_filter(&c, rows[i].in, strlen(rows[i].in), &m);
		is_str(m.text, rows[i].out, "S02 filtered");
		is_int((long long)m.len, (long long)strlen(rows[i].out), "S02 its length");
		ok(m.is_ready == (strstr(rows[i].out, "READY=1") != NULL), "S02 is_ready");
		ok(m.has_main_pid == (strstr(rows[i].out, "MAINPID") != NULL), "S02 has_main_pid");
		ok(!m.is_barrier, "S02 no barrier");
	}
	is_int(asked, 2, "S02 pids are looked up where they are numbers of processes only");
}

static void test_barrier(void)
{
	const struct notify_context c = { host_pid, NULL, 0 };
	struct notify_message m;

	notify_filter(&c, "BARRIER=1", 9, &m);
	ok(m.is_barrier && m.len == 0, "S02 BARRIER=1 alone is one, and is not passed on as text");
	notify_filter(&c, "BARRIER=1\n", 10, &m);
	ok(m.is_barrier, "S02 also with a newline");
	notify_filter(&c, "BARRIER=11", 10, &m);
	ok(!m.is_barrier && m.len == 0, "S02 BARRIER=11 is none");
}

static void test_limits(void)
{
	int asked = 0;
	const struct notify_context c = { host_pid, &asked, UINT64_MAX };
	char big[NOTIFY_MESSAGE_MAX];
	struct notify_message m;
	size_t len = 0;

	/* Each line grows: what does not fit is left out whole. */
	while (len + 10 <= sizeof(big)) {
		memcpy(big + len, "MAINPID=7\n", 10);
		len += 10;
	}
	notify_filter(&c, big, len, &m);
	ok(m.len <= NOTIFY_MESSAGE_MAX && m.len % 13 == 12, "S02 whole lines only");
	memset(big, 'x', sizeof(big));
	memcpy(big, "STATUS=", 7);
	notify_filter(&c, big, sizeof(big), &m);
	is_int((long long)m.len, NOTIFY_MESSAGE_MAX, "S02 the longest line fits");
	notify_filter(&c, "READY=1\0STATUS=x", 16, &m);
	is_int((long long)m.len, 0, "S02 a NUL within is no line");
	notify_filter(&c, "READY=1", 7, &m);
	notify_append(&m, "MAINPID", 42);
	is_str(m.text, "READY=1\nMAINPID=42", "S02 a line of ours");
}

int main(void)
{
	test_rows();
	test_barrier();
	test_limits();
	return tap_done();
}
