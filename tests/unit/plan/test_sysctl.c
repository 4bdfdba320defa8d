/* SPDX-License-Identifier: Apache-2.0 */
/* C28: which sysctls a container may set, and their paths. */
#include <errno.h>

#include "../tap.h"
#include "base/cleanup.h"
#include "plan/sysctl.h"

static struct error error;

static void test_owned(void)
{
	static const struct {
		const char *key;
		struct sysctl_namespaces needs;
	} rows[] = {
		{ "kernel.msgmax", { .ipc = true } },
		{ "kernel.msgmnb", { .ipc = true } },
		{ "kernel.msgmni", { .ipc = true } },
		{ "kernel.sem", { .ipc = true } },
		{ "kernel.shmall", { .ipc = true } },
		{ "kernel.shmmax", { .ipc = true } },
		{ "kernel.shmmni", { .ipc = true } },
		{ "kernel.shm_rmid_forced", { .ipc = true } },
		{ "fs.mqueue.msg_max", { .ipc = true } },
		{ "fs/mqueue/msg_max", { .ipc = true } },
		{ "net.ipv4.ip_forward", { .network = true } },
		{ "net/ipv4/conf/eth0.1/forwarding", { .network = true } },
		{ "kernel.domainname", { .uts = true } },
		{ "user.max_user_namespaces", { .user = true } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sysctl_namespaces others = {
			.ipc = !rows[i].needs.ipc,
			.network = !rows[i].needs.network,
			.uts = !rows[i].needs.uts,
			.user = !rows[i].needs.user,
		};

		ok(sysctl_check(rows[i].key, &rows[i].needs, &error) == 0,
		   "C28 '%s' in its namespace", rows[i].key);
		ok(sysctl_check(rows[i].key, &others, &error) == -EINVAL,
		   "C28 '%s' without its namespace", rows[i].key);
		has_str(error.msg, rows[i].key, "C28 ... is named");
	}
}

static void test_refused(void)
{
	static const struct sysctl_namespaces all = { true, true, true, true };
	static const char *const bad[] = {
		"kernel.core_pattern",
		"kernel.panic",
		"vm.swappiness",
		"fs.file-max",
		"kernel.hostname",
		"kernel/hostname",
		"kernel",
		"net",
		"net.",
		"net/",
		".net.ipv4",
		"net..ipv4",
		"",
		"net/../kernel/panic",
		"net/ipv4/../../kernel/panic",
		"net/./x",
		"/net/ipv4/x",
		"net.ipv4.x\n",
		"net.ipv4. x",
		"kernel.msgmax.x",
		"kernel.msgma",
		"kernel.msgmaxx",
		"fs.mqueue",
		"net.ipv4.//.x",
		"network.x",
		"kernel.sem+x",
		"kernel.shm_rmid_forced ",
		"net\x7f.x",
		"user",
		"kernel.domainname/x",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok(sysctl_check(bad[i], &all, &error) == -EINVAL, "C28 R3 bad key %zu is refused",
		   i);
	sysctl_check("kernel.hostname", &all, &error);
	has_str(error.msg, "use 'hostname'", "C28 the host name has its own key");
	is_int(sysctl_check_value("k", "1 2\t3", &error), 0, "C28 blanks and tabs in a value");
	is_int(sysctl_check_value("k", "", &error), 0, "C28 an empty value");
	is_int(sysctl_check_value("k", "1\n2", &error), -EINVAL, "R3 a newline in a value");
	is_int(sysctl_check_value("k", "1\x7f", &error), -EINVAL, "R3 DEL in a value");
}

static void test_path(void)
{
	cleanup_arena struct arena a = ARENA_INIT;

	is_str(sysctl_path(&a, "net.ipv4.ip_forward"), "net/ipv4/ip_forward", "C28 with dots");
	is_str(sysctl_path(&a, "net/ipv4/conf/eth0.1/x"), "net/ipv4/conf/eth0.1/x",
	       "C28 with slashes, a dot in a name");
	is_str(sysctl_path(&a, "net.ipv4.conf.eth0/1.x"), "net/ipv4/conf/eth0.1/x",
	       "C28 with dots, a slash for the dot in a name");
}

int main(void)
{
	test_owned();
	test_refused();
	test_path();
	return tap_done();
}
