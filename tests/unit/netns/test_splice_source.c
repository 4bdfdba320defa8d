/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine between two network namespaces, as in urun-slirp: its listeners in the one,
 * its thread in the other, which is a child's. Whose address the server sees, and what the
 * thread may still do. Both namespaces are the test's own.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "netns/netlink.h"
#include "netns/slirp/splice.h"
#include "../tap.h"

enum {
	WAIT_MS = 10000,
	LO_INDEX = 1,
	MARK = 0x7572,
	TABLE = 100,
	CAP_NET_ADMIN_BIT = 1 << 12,
};

#define HOST "192.0.2.7"
#define GUEST "10.0.2.100"
#define GATEWAY "10.0.2.2"

static union splice_address address(const char *ip, in_port_t port)
{
	union splice_address a = { .in = { .sin_family = AF_INET, .sin_port = port } };

	inet_pton(AF_INET, ip, &a.in.sin_addr);
	return a;
}

/* ---- the namespaces */

static bool write_file(const char *path, const char *text)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* A user namespace with ourselves in it, where we are not root, and a network's. */
static bool new_namespaces(void)
{
	uid_t uid = getuid(), gid = getgid();
	char map[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	snprintf(map, sizeof(map), "0 %u 1\n", uid);
	if (!write_file("/proc/self/uid_map", map) || !write_file("/proc/self/setgroups", "deny"))
		return false;
	snprintf(map, sizeof(map), "0 %u 1\n", gid);
	return write_file("/proc/self/gid_map", map);
}

static bool set_up_lo(const char *ip)
{
	struct ifinfomsg up = { .ifi_index = LO_INDEX, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct ifaddrmsg addr = { .ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = 1 };
	union splice_address a = address(ip, 0);
	cleanup_fd int sock = netlink_open();
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWLINK, 0, &up, sizeof(up));
	if (sock < 0 || netlink_do(sock, &r) < 0)
		return false;
	netlink_begin(&r, RTM_NEWADDR, NLM_F_CREATE, &addr, sizeof(addr));
	netlink_add(&r, IFA_LOCAL, &a.in.sin_addr, 4);
	return netlink_do(sock, &r) == 0;
}

/* As the container's network has it. */
static struct net_config config;

static void make_config(void)
{
	struct error e = ERROR_INIT;

	net_config_init(&config);
	config.mode = NET_MODE_SLIRP;
	is_int(net_config_finish(&config, "test", &e), 0, "a config");
}

/* What keep_source wants of its namespace. */
static bool route_replies(void)
{
	struct fib_rule_hdr rule = { .family = AF_INET, .table = TABLE, .action = FR_ACT_TO_TBL };
	struct rtmsg route = {
		.rtm_family = AF_INET,
		.rtm_table = TABLE,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = RT_SCOPE_HOST,
		.rtm_type = RTN_LOCAL,
	};
	const uint32_t mark = MARK, lo = LO_INDEX;
	cleanup_fd int sock = netlink_open();
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWRULE, NLM_F_CREATE, &rule, sizeof(rule));
	netlink_add(&r, FRA_FWMARK, &mark, sizeof(mark));
	if (sock < 0 || netlink_do(sock, &r) < 0)
		return false;
	netlink_begin(&r, RTM_NEWROUTE, NLM_F_CREATE, &route, sizeof(route));
	netlink_add(&r, RTA_OIF, &lo, sizeof(lo));
	return netlink_do(sock, &r) == 0 && write_file("/proc/sys/net/ipv4/tcp_fwmark_accept", "1");
}

/* Says to each client what address it has here, and lets it go when that does. */
static _Noreturn void serve(int port_pipe)
{
	union splice_address a = address(GUEST, 0);
	socklen_t len = sizeof(a.in);
	int l;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	if (!new_namespaces() || !set_up_lo(GUEST) || !route_replies())
		_exit(1);
	l = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(l, &a.any, len) < 0 || listen(l, 16) < 0 || getsockname(l, &a.any, &len) < 0 ||
	    write(port_pipe, &a.in.sin_port, sizeof(a.in.sin_port)) < 0)
		_exit(1);
	for (;;) {
		union splice_address peer = { 0 };
		int fd;

		len = sizeof(peer);
		fd = accept(l, &peer.any, &len);
		if (fd < 0 || fork() > 0) {
			close(fd);
			continue;
		}
		send(fd, &peer.in, sizeof(peer.in), MSG_NOSIGNAL);
		recv(fd, &peer, 1, 0);
		_exit(0);
	}
}

static int open_ns(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* ---- clients */

static int listener_of(struct splice *sp, in_port_t server_port, in_port_t *ret_port)
{
	struct splice_target target = {
		.to = address(GUEST, server_port),
		.keep_source = &config,
		.mark = MARK,
	};
	union splice_address a = address("0.0.0.0", 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(a.in);
	struct splice_listener *l;
	struct error e = ERROR_INIT;

	bind(fd, &a.any, len);
	getsockname(fd, &a.any, &len);
	*ret_port = a.in.sin_port;
	if (splice_listen(sp, fd, &target, &l, &e) == 0)
		return 0;
	printf("# %s\n", e.msg);
	return -1;
}

struct client {
	int fd;
	in_port_t port;             /* its own */
	char seen[INET_ADDRSTRLEN]; /* by the server */
	in_port_t seen_port;
};

/* `own`: the port to come from, 0 any. */
static struct client dial(const char *ip, in_port_t port, in_port_t own)
{
	struct client c = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	union splice_address to = address(ip, port), from = address(ip, own), seen = { 0 };
	socklen_t len = sizeof(from.in);
	int on = 1;

	setsockopt(c.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(c.fd, &from.any, len) < 0 || connect(c.fd, &to.any, len) < 0)
		printf("# connect: %s\n", strerror(errno));
	getsockname(c.fd, &from.any, &len);
	c.port = from.in.sin_port;
	if (fd_wait(c.fd, POLLIN, WAIT_MS) == 0 &&
	    recv(c.fd, &seen.in, sizeof(seen.in), MSG_WAITALL) == sizeof(seen.in)) {
		inet_ntop(AF_INET, &seen.in.sin_addr, c.seen, sizeof(c.seen));
		c.seen_port = seen.in.sin_port;
	}
	return c;
}

/* ---- the thread */

/* A number in hexadecimal of another thread's status than ours. */
static long long thread_status(const char *key)
{
	cleanup_dir DIR *d = opendir("/proc/self/task");
	long long value = -1;
	struct dirent *de;

	while (d && (de = readdir(d))) {
		char path[300], line[256];

		snprintf(path, sizeof(path), "/proc/self/task/%s/status", de->d_name);
		if (de->d_name[0] == '.' || atoi(de->d_name) == getpid())
			continue;
		cleanup_file FILE *f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f))
			if (strncmp(line, key, strlen(key)) == 0)
				value = strtoll(line + strlen(key) + 1, NULL, 16);
	}
	return value;
}

static void test_rights(long long want_caps)
{
	is_int(thread_status("CapEff"), want_caps, "the thread's capabilities");
	is_int(thread_status("CapPrm"), want_caps, "the permitted ones");
	is_int(thread_status("CapInh"), 0, "none to inherit");
	is_int(thread_status("CapBnd"), 0, "none in the bounding set");
	is_int(thread_status("CapAmb"), 0, "none is ambient");
	is_int(thread_status("NoNewPrivs"), 1, "no_new_privs");
	ok(thread_status("SigBlk") & (1 << (SIGTERM - 1)), "it takes no signals");
}

static void test_sources(struct splice *sp, in_port_t server_port)
{
	in_port_t port, other;
	struct client c, d;

	if (!ok(listener_of(sp, server_port, &port) == 0 &&
			listener_of(sp, server_port, &other) == 0,
		"two listeners"))
		return;
	c = dial(HOST, port, 0);
	is_str(c.seen, HOST, "N01 the server sees the client's address");
	is_int(ntohs(c.seen_port), ntohs(c.port), "and its port");
	/* The same once more, by the other listener, while that one stands. */
	d = dial(HOST, other, c.port);
	is_int(d.port, c.port, "another client with this address and port");
	is_str(d.seen, HOST, "is seen with its address");
	ok(d.seen_port && d.seen_port != c.port, "and another port");
	close(d.fd);
	close(c.fd);
	c = dial("127.0.0.1", port, 0);
	is_str(c.seen, GATEWAY, "N01 the host's loopback is seen as the gateway");
	is_int(ntohs(c.seen_port), ntohs(c.port), "with the client's port");
	close(c.fd);
}

static void test_without_right(struct splice *sp, in_port_t server_port)
{
	struct splice_target target = { .to = address(GUEST, server_port), .keep_source = &config };
	union splice_address a = address("0.0.0.0", 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(a.in);
	struct splice_listener *l;
	struct error e = ERROR_INIT;
	struct client c;

	bind(fd, &a.any, len);
	getsockname(fd, &a.any, &len);
	if (!ok(splice_listen(sp, fd, &target, &l, &e) == 0, "a listener"))
		return;
	c = dial(HOST, a.in.sin_port, 0);
	is_str(c.seen, GUEST, "without the right to it the engine's own address is seen");
	close(c.fd);
}

int main(void)
{
	struct splice_setup setup = { .keep_net_admin = true };
	struct error e = ERROR_INIT;
	struct splice *sp;
	in_port_t port = 0;
	int userns, fds[2];
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	make_config();
	if (!new_namespaces() || !set_up_lo(HOST)) {
		skip("N01 source addresses", "no namespaces of users here");
		return tap_done();
	}
	if (pipe(fds) < 0)
		return 1;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		serve(fds[1]);
	close(fds[1]);
	if (!ok(read(fds[0], &port, sizeof(port)) == sizeof(port), "a server in its namespace"))
		return tap_done();
	userns = open_ns(pid, "user");
	setup.netns = open_ns(pid, "net");
	if (!ok(setns(userns, CLONE_NEWUSER) == 0, "its user namespace"))
		return tap_done();

	if (ok(splice_start(&setup, &sp, &e) == 0, "an engine in its network namespace")) {
		test_rights(CAP_NET_ADMIN_BIT);
		test_sources(sp, port);
		splice_free(sp);
	} else {
		printf("# %s\n", e.msg);
	}
	setup.keep_net_admin = false;
	if (ok(splice_start(&setup, &sp, &e) == 0, "one without capabilities")) {
		test_rights(0);
		test_without_right(sp, port);
		splice_free(sp);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return tap_done();
}
