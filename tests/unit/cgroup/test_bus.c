/* SPDX-License-Identifier: Apache-2.0 */
/* D-Bus addresses, and which sockets are asked (D04). */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../base/tempdir.h"
#include "../tap.h"
#include "cgroup/bus.h"

static struct arena a = ARENA_INIT;
static struct error e = ERROR_INIT;

static const struct {
	const char *address, *path;
} addresses[] = {
	{ "unix:path=/run/user/1000/bus", "/run/user/1000/bus" },
	{ "unix:path=/run/user/1000/bus,guid=0123", "/run/user/1000/bus" },
	{ "unix:guid=0123,path=/x", "/x" },
	{ "unix:path=/a;unix:path=/b", "/a" },
	{ "tcp:host=h,port=1;unix:path=/b", "/b" },
	{ "unix:runtime=yes;unix:path=/b", "/b" },
	{ "unix:abstract=/tmp/dbus-x,guid=1", "@/tmp/dbus-x" },
	{ "unix:path=/a%20b%2Cc%3b", "/a b,c;" },
	{ "unix:path=/a%2", "/a%2" },
	{ "unix:path=/a%zz", "/a%zz" },
	{ "unix:path=", "" },
	{ "", NULL },
	{ ";;;", NULL },
	{ "unix:", NULL },
	{ "unix:path", NULL },
	{ "unix:tmpdir=/tmp", NULL },
	{ "nonsense", NULL },
	{ "autolaunch:", NULL },
	{ "unixexec:path=/bin/sh", NULL },
};

static int listen_at(const char *name, char path[static 600])
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(path, 600, "%s/%s", temp_name, name);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 4) < 0)
		abort();
	return fd;
}

static void test_order(void)
{
	struct bus_environment env = {
		.session = "unix:path=/nowhere/bus",
		.runtime_dir = temp_name,
	};
	/* An uid that has no folder in /run/user. */
	const struct bus_caller user = { .env = &env, .uid = 4000000 };
	struct bus_socket s = { .fd = -1 };
	char path[600], address[700];
	int dir = temp_begin(), one, two;

	mkdirat(dir, "systemd", 0700);
	one = listen_at("bus", path);
	two = listen_at("systemd/private", path);
	is_int(bus_connect(&a, &user, &s, &e), 0, "D04 a dead address is passed over");
	snprintf(address, sizeof(address), "%s/bus", temp_name);
	is_str(s.path, address, "D04 then $XDG_RUNTIME_DIR/bus is asked");
	ok(!s.direct, "D04 that is a bus");
	close(s.fd);
	is_int(bus_connect(&a, &user, &s, &e), 0, "D04 the one behind it on request");
	is_str(s.path, path, "D04 which is the manager's own socket");
	ok(s.direct, "D04 and no bus");
	close(s.fd);
	ok(bus_connect(&a, &user, &s, &e) < 0, "D04 and there is no other");
	ok(s.fd < 0, "D04 nothing is open then");
	s.next = 0;
	close(one);
	close(two);
	error_clear(&e);
	ok(bus_connect(&a, &user, &s, &e) < 0, "D04 sockets without a listener are none");
	has_str(e.msg, "the user bus unreachable: tried '/nowhere/bus' is not there, '",
		"D04 all are named");
	has_str(e.msg, "' refuses connections", "P08 with what each of them did");
	has_str(e.msg, path, "D04 with the last one");
	has_str(e.hint, "systemctl restart user@4000000.service", "P08 and what to type");
	s.next = 0;
	env.runtime_dir = "/nowhere";
	error_clear(&e);
	ok(bus_connect(&a, &user, &s, &e) < 0, "P08 nothing of a session");
	has_str(e.hint, "loginctl enable-linger", "P08 is another thing to mend");
	ok(!strstr(e.msg, "system_bus_socket"), "D04 never the system bus for a user");
	temp_done(dir);
}

static void test_system(void)
{
	struct bus_environment env = {
		.session = "unix:path=/nowhere/session",
		.system = "unix:path=/nowhere/system",
	};
	const struct bus_caller root = { .env = &env, .privileged = true };
	struct bus_socket s = { .fd = -1 };

	error_clear(&e);
	if (bus_connect(&a, &root, &s, &e) == 0) {
		close(s.fd);
		skip("D04 root without a system bus", "this host has a system bus");
		return;
	}
	has_str(e.msg, "the system bus unreachable: tried '/nowhere/system'",
		"D04 root's is the system's");
	ok(!strstr(e.msg, "/nowhere/session"), "D04 and no session's");
	has_str(e.hint, "--cgroup-manager=cgroupfs", "D04 with what to do instead");
}

int main(void)
{
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		is_str(bus_address_path(&a, addresses[i].address), addresses[i].path,
		       addresses[i].address);
	test_order();
	test_system();
	arena_free(&a);
	return tap_done();
}
