/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams of a container's NOTIFY_SOCKET: what is passed on has allow-listed
 * keys and printable values only, and comes out unchanged when filtered again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "run/notify_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pid_t same_pid(void *arg, pid_t inside)
{
	(void)arg;
	return inside;
}

static int is_allowed(const char *line)
{
	static const char *const keys[] = {
		"READY=1",          "RELOADING=1",    "STOPPING=1",
		"STATUS=",          "ERRNO=",         "MAINPID=",
		"WATCHDOG=",        "WATCHDOG_USEC=", "EXTEND_TIMEOUT_USEC=",
		"MONOTONIC_USEC=9",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strncmp(line, keys[i], strlen(keys[i])) == 0)
			return 1;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct notify_context c = { .host_pid = same_pid, .now_usec = 9 };
	static struct notify_message m, again;
	const char *line;

	if (size > NOTIFY_MESSAGE_MAX)
		return 0;
	notify_filter(&c, (const char *)data, size, &m);
	if (m.len > NOTIFY_MESSAGE_MAX || m.text[m.len] || strlen(m.text) != m.len)
		abort();
	for (size_t i = 0; i < m.len; i++)
		if ((unsigned char)m.text[i] < ' ' && m.text[i] != '\n')
			abort();
	for (line = m.text; m.len && line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (!is_allowed(line))
			abort();
	notify_filter(&c, m.text, m.len, &again);
	if (again.len != m.len || memcmp(again.text, m.text, m.len) != 0)
		abort();
	return 0;
}
