/* SPDX-License-Identifier: Apache-2.0 */
/* See notify_message.h. */
#include "run/notify_message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"

enum value_kind {
	VALUE_ONE,       /* "1" */
	VALUE_WATCHDOG,  /* "1" or "trigger" */
	VALUE_NUMBER,    /* unsigned decimal */
	VALUE_TEXT,      /* any without control characters */
	VALUE_MAIN_PID,  /* a pid of the container */
	VALUE_MONOTONIC, /* a time on its clock */
};

static const struct notify_key {
	const char *name;
	enum value_kind kind;
} keys[] = {
	{ "READY", VALUE_ONE },
	{ "RELOADING", VALUE_ONE },
	{ "STOPPING", VALUE_ONE },
	{ "MONOTONIC_USEC", VALUE_MONOTONIC },
	{ "STATUS", VALUE_TEXT },
	{ "ERRNO", VALUE_NUMBER },
	{ "MAINPID", VALUE_MAIN_PID },
	{ "WATCHDOG", VALUE_WATCHDOG },
	{ "WATCHDOG_USEC", VALUE_NUMBER },
	{ "EXTEND_TIMEOUT_USEC", VALUE_NUMBER },
};

static const struct notify_key *find_key(const char *line, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strlen(keys[i].name) == len && memcmp(keys[i].name, line, len) == 0)
			return &keys[i];
	return NULL;
}

static void append(struct notify_message *m, const char *key, const char *value)
{
	size_t room = sizeof(m->text) - m->len;
	int n = snprintf(m->text + m->len, room, "%s%s=%s", m->len ? "\n" : "", key, value);

	if (n < 0 || (size_t)n >= room)
		m->text[m->len] = '\0';
	else
		m->len += (size_t)n;
}

void notify_append(struct notify_message *m, const char *key, uint64_t value)
{
	char number[24];

	snprintf(number, sizeof(number), "%" PRIu64, value);
	append(m, key, number);
}

static void take_main_pid(const struct notify_context *c, const char *value,
			  struct notify_message *ret)
{
	uint32_t inside;
	pid_t pid;

	if (parse_u32(value, &inside) < 0 || inside == 0 || inside > INT32_MAX)
		return;
	pid = c->host_pid(c->arg, (pid_t)inside);
	if (pid <= 0)
		return;
	notify_append(ret, "MAINPID", (uint64_t)pid);
	ret->has_main_pid = true;
}

static void take_value(const struct notify_context *c, const struct notify_key *key,
		       const char *value, struct notify_message *ret)
{
	bool is_one = strcmp(value, "1") == 0;
	uint64_t number;

	switch (key->kind) {
	case VALUE_ONE:
		if (!is_one)
			return;
		ret->is_ready = ret->is_ready || strcmp(key->name, "READY") == 0;
		break;
	case VALUE_WATCHDOG:
		if (!is_one && strcmp(value, "trigger") != 0)
			return;
		break;
	case VALUE_NUMBER:
		if (parse_u64(value, &number) < 0)
			return;
		break;
	case VALUE_TEXT:
		break;
	case VALUE_MAIN_PID:
		take_main_pid(c, value, ret);
		return;
	case VALUE_MONOTONIC:
		/* Of a time namespace, perhaps: when we heard of it comes close enough. */
		if (parse_u64(value, &number) == 0)
			notify_append(ret, key->name, c->now_usec);
		return;
	}
	append(ret, key->name, value);
}

static bool has_control(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return true;
	return false;
}

void notify_filter(const struct notify_context *c, const char *text, size_t len,
		   struct notify_message *ret)
{
	static const char barrier[] = "BARRIER=1";
	char line[NOTIFY_MESSAGE_MAX + 1];

	ret->len = 0;
	ret->text[0] = '\0';
	ret->is_ready = ret->has_main_pid = false;
	/* Some senders count the NUL or a last newline in. */
	while (len > 0 && (text[len - 1] == '\0' || text[len - 1] == '\n'))
		len--;
	ret->is_barrier = len == strlen(barrier) && memcmp(text, barrier, len) == 0;
	while (len > 0 && !ret->is_barrier) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		const char *eq = memchr(text, '=', n);
		const struct notify_key *key = eq ? find_key(text, (size_t)(eq - text)) : NULL;

		if (key && n < sizeof(line) && !has_control(text, n)) {
			memcpy(line, text, n);
			line[n] = '\0';
			take_value(c, key, line + (eq - text) + 1, ret);
		}
		n += end != NULL;
		text += n;
		len -= n;
	}
}
