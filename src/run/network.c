/* SPDX-License-Identifier: Apache-2.0 */
/* See network.h. */
#include "run/network.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "base/spawn.h"
#include "netns/net_options.h"
#include "netns/slirp/slirp_config.h"
#include "run/create.h"
#include "run/self.h"
#include "run/sync.h"

enum {
	READY_MS = 5000,
	FOLLOW_MS = 200,
	KILL_MS = 1000,
	CONFIG_MAX = 1 << 20,
	RESOLV_MAX = 64 << 10,
	WORD_MAX = ERROR_MSG_MAX + ERROR_HINT_MAX,
};

/* --- resolv.conf --- */

/* What names are completed by stays the host's; only who is asked changes. */
static void copy_host_lines(const char *text, struct strbuf *out)
{
	static const char *const kept[] = { "search", "domain", "options" };

	while (*text) {
		size_t len = strcspn(text, "\n");

		for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
			size_t n = strlen(kept[i]);

			if (strncmp(text, kept[i], n) == 0 && (text[n] == ' ' || text[n] == '\t')) {
				strbuf_add(out, text, len);
				strbuf_addc(out, '\n');
			}
		}
		text += len + (text[len] == '\n');
	}
}

int network_prepare(struct launch *l, struct error *e)
{
	const struct net_config *c = &l->plan.net;
	cleanup_strbuf struct strbuf text = STRBUF_INIT(RESOLV_MAX * 2),
				     line = STRBUF_INIT(CONFIG_MAX);
	cleanup_free char *host = NULL;
	char address[NET_ADDRESS_TEXT];
	size_t len;
	int r = net_config_write(c, &line);

	l->network.config = r < 0 ? NULL : arena_strndup(l->arena, line.s, line.len);
	if (!l->network.config)
		return error_set(e, r < 0 ? r : -ENOMEM, "write the config of the network");
	if (!l->plan.resolv_conf)
		return 0;
	if (io_read_file_at(AT_FDCWD, "/etc/resolv.conf", RESOLV_MAX, &host, &len) == 0)
		copy_host_lines(host, &text);
	strbuf_addf(&text, "nameserver %s\n",
		    net_address_format(c->dns == NET_DNS_ADDRESS ? &c->nameserver : &c->hosts.dns,
				       address));
	r = strbuf_error(&text);
	if (r == 0)
		r = io_write_file_at(l->dir, "resolv.conf", text.s, text.len, 0644);
	return r < 0 ? error_set(e, r, "write the container's resolv.conf") : 0;
}

/* --- the start --- */

static int make_config(const struct network *n)
{
	cleanup_fd int fd = memfd_create("urun-slirp-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = fd < 0 ? -errno : io_write_all(fd, SLIRP_CONFIG_HEAD, strlen(SLIRP_CONFIG_HEAD));

	if (r == 0)
		r = io_write_all(fd, n->config, strlen(n->config));
	if (r == 0)
		r = io_write_all(fd, "\n", 1);
	if (r == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		r = -errno;
	return r < 0 ? r : take_fd(&fd);
}

/* Where the API's socket is made: the state directory, or its own. */
static int open_socket_folder(struct launch *l, struct error *e)
{
	const char *api = l->plan.net.api, *slash = api ? strrchr(api, '/') : NULL;
	const char *folder;
	int fd;

	if (!api) {
		/* Not a copy of our descriptor, which holds the lock. */
		fd = path_openat(l->dir, ".", O_PATH | O_DIRECTORY, 0);
		return fd < 0 ? error_set(e, fd, "open the state directory") : fd;
	}
	folder = slash == api ? "/" : arena_strndup(l->arena, api, (size_t)(slash - api));
	if (!folder)
		return error_set(e, ENOMEM, "open the folder of '%s'", api);
	fd = path_open(folder, O_PATH | O_DIRECTORY);
	return fd < 0 ? error_set(e, fd, "network option 'api': open the folder '%s'", folder) : fd;
}

static int find_program(struct launch *l, const char **ret, struct error *e)
{
	int r = self_program(l->arena, "urun-slirp", ret);

	if (r == 0)
		return 0;
	if (r == -ENOMEM)
		return error_set(e, r, "find urun-slirp");
	error_set(e, r, "the network 'slirp' needs the program '%s'", *ret);
	return error_hint(e, "install urun's urun-slirp; a build makes it where libslirp-dev is");
}

static int spawn_helper(struct launch *l, const int *fds, size_t n, struct error *e)
{
	char *argv[] = { (char[]){ "urun-slirp" }, NULL }, *env[] = { NULL };
	cleanup_fd int null = path_open("/dev/null", O_WRONLY);
	cleanup_fd int log = path_openat(l->dir, "net.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	struct spawn_request req = {
		.argv = argv,
		.envp = env,
		.stdout_fd = null,
		.stderr_fd = log,
		.cwd_fd = -1,
		.userns_pidfd = -1,
		.fds = fds,
		.n_fds = n,
		.new_session = true,
	};
	struct spawned s;
	int r;

	if (null < 0 || log < 0)
		return error_set(e, null < 0 ? null : log, "open the network's log");
	r = find_program(l, &req.path, e);
	if (r < 0)
		return r;
	r = spawn_start(&req, &s);
	if (r < 0)
		return error_set(e, r, "start '%s'", req.path);
	l->network.leader = s.pid;
	l->network.leader_pidfd = s.pidfd;
	return 0;
}

int network_start(struct launch *l, struct error *e)
{
	cleanup_fd int config = make_config(&l->network), folder = -EBADF, theirs = -EBADF;
	int sv[2];

	if (config < 0)
		return error_set(e, config, "write the config of the network");
	folder = open_socket_folder(l, e);
	if (folder < 0)
		return folder;
	/* A stream: what was said before it was closed is read before that is. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return error_set(e, errno, "make a socket pair");
	l->network.socket = sv[0];
	theirs = sv[1];
	return spawn_helper(l, (int[]){ config, theirs, folder }, 3, e);
}

static int hand_over(const struct launch *l, int netns, struct error *e)
{
	cleanup_fd int userns = ioctl(netns, NS_GET_USERNS);
	const int fds[SLIRP_HANDED] = {
		[SLIRP_HANDED_INIT] = l->pidfd,
		[SLIRP_HANDED_USERNS] = userns,
		[SLIRP_HANDED_NETNS] = netns,
	};

	if (userns < 0)
		return error_set(e, errno, "find whose the container's network namespace is");
	for (uint8_t i = 0; i < SLIRP_HANDED; i++) {
		int r = fd_send(l->network.socket, fds[i], &i, sizeof(i));

		/* It has ended, and told us why. */
		if (r == -EPIPE || r == -ECONNRESET)
			return 0;
		if (r < 0)
			return error_set(e, r, "hand the container to urun-slirp");
	}
	return 0;
}

int network_hand_over(struct launch *l, struct error *e)
{
	struct sync_message m;
	int r = sync_expect(l->sync, SYNC_NETWORK, &m, e);

	if (r == -ECONNRESET)
		return launch_explain_end(l, e);
	if (r < 0)
		return r;
	r = hand_over(l, m.fd, e);
	cleanup_fdp(&m.fd);
	return r;
}

/* --- its word --- */

static void reap_leader(struct network *n)
{
	if (n->leader_pidfd < 0)
		return;
	(void)pidfd_reap(n->leader_pidfd, NULL);
	close(n->leader_pidfd);
	n->leader_pidfd = -EBADF;
}

static int read_word(int fd, char *word, size_t size, struct error *e)
{
	uint64_t deadline = clock_ms() + READY_MS;
	size_t len = 0;

	for (;;) {
		uint64_t now = clock_ms();
		ssize_t n;

		if (now >= deadline || fd_wait(fd, POLLIN, (int)(deadline - now)) == -ETIMEDOUT) {
			error_msg(e, ETIMEDOUT,
				  "the network's helper urun-slirp is not ready after %d s",
				  READY_MS / 1000);
			return error_hint(e, "try again: the kernel may have been loading modules");
		}
		n = read(fd, word + len, size - 1 - len);
		/* It has ended, before it took what we have sent. */
		if (n < 0 && errno == ECONNRESET)
			n = 0;
		if (n < 0 && errno != EINTR)
			return error_set(e, errno, "hear from urun-slirp");
		if (n > 0)
			len += (size_t)n;
		if (n == 0 || len == size - 1 || (len && word[len - 1] == '\n'))
			break;
	}
	word[len] = '\0';
	return 0;
}

/* It ended without a word: what it, or its loader, has left in the log. */
static int explain_silence(struct launch *l, struct error *e)
{
	cleanup_free char *text = NULL;
	size_t len;

	if (io_read_file_at(l->dir, "net.log", WORD_MAX, &text, &len) == 0 && len > 0) {
		text[strcspn(text, "\n")] = '\0';
		return error_msg(e, EPIPE, "urun-slirp ended at its start: %s", text);
	}
	return error_msg(e, EPIPE, "urun-slirp ended at its start without a word");
}

/* "words\thint\n" */
static int take_refusal(char *word, struct error *e)
{
	char *tab;

	word[strcspn(word, "\n")] = '\0';
	tab = strchr(word, '\t');
	if (tab)
		*tab = '\0';
	error_kind(e, strncmp(word, "publish ", 8) == 0 ? KIND_PORT : KIND_NETWORK, EIO, "%s",
		   word);
	return tab ? error_hint(e, "%s", tab + 1) : -e->code;
}

/* "4.7.0" as a number that can be compared. */
static uint64_t version_number(const char *v)
{
	uint64_t number = 0, part;

	for (int i = 0; i < 3; i++) {
		part = 0;
		if (parse_u64_at(&v, &part) == 0 && *v == '.')
			v++;
		number = number * 1000 + part;
	}
	return number;
}

/* Once for each root and version: it is the host's, not the container's. */
static void warn_of_version(struct launch *l, const char *version)
{
	char mark[64];
	int fd;

	if (version_number(version) >= version_number(SLIRP_VERSION_WARN_BELOW))
		return;
	snprintf(mark, sizeof(mark), ".libslirp-%.32s", version);
	if (strchr(mark, '/'))
		return;
	fd = path_openat(l->root_fd, mark, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return;
	close(fd);
	log_warning("libslirp %s has known faults that a container could use against its own "
		    "network helper, which is confined: update it to %s or newer",
		    version, SLIRP_VERSION_WARN_BELOW);
}

int network_await(struct launch *l, struct error *e)
{
	struct network *n = &l->network;
	struct init_handle handle;
	char word[WORD_MAX + 2], *pid;
	uint64_t number;
	int r = read_word(n->socket, word, sizeof(word), e);

	if (r < 0)
		return r;
	if (!*word)
		return explain_silence(l, e);
	pid = strchr(word, ' ');
	if (word[0] != 'R')
		return take_refusal(word, e);
	word[strcspn(word, "\n")] = '\0';
	if (!pid || parse_u64(pid + 1, &number) < 0 || number == 0 || number > INT32_MAX)
		return error_msg(e, EPROTO, "urun-slirp says '%s'", word);
	*pid = '\0';
	n->pidfd = pidfd_open_pid((pid_t)number);
	r = n->pidfd < 0 ? n->pidfd : init_handle_of((pid_t)number, &handle);
	if (r == 0)
		r = store_write_handle(l->dir, STORE_NET, &handle, e);
	else
		error_set(e, r, "look at the network's helper");
	if (r < 0)
		return r;
	reap_leader(n);
	warn_of_version(l, word + 1);
	return 0;
}

/* --- the end --- */

void network_kill(struct network *n)
{
	/* Not reaped: the number of its session cannot be another's. */
	if (n->leader_pidfd >= 0)
		(void)kill(-n->leader, SIGKILL);
	reap_leader(n);
	if (n->pidfd >= 0 && pidfd_kill(n->pidfd, SIGKILL) == 0)
		(void)pidfd_wait_exit(n->pidfd, KILL_MS);
	network_done(n);
}

void network_done(struct network *n)
{
	reap_leader(n);
	cleanup_fdp(&n->socket);
	cleanup_fdp(&n->pidfd);
	n->socket = n->pidfd = -EBADF;
}

/*
 * It follows init by itself, and says when its ports are free. Its end is not waited for: the
 * kernel takes 20 ms to take the interface away.
 */
void network_end(struct network *n)
{
	if (n->pidfd >= 0 && n->socket >= 0 && fd_wait(n->socket, POLLIN, FOLLOW_MS) < 0)
		network_kill(n);
	network_done(n);
}

static int parse_config(struct arena *a, const struct state_record *record, struct net_config *ret)
{
	struct error ignored = ERROR_INIT;

	if (!record || !record->net_config)
		return -ENOENT;
	net_config_init(ret);
	net_options_begin(ret);
	if (net_options_network(a, ret, "state.json", record->net_config, &ignored) < 0 ||
	    net_config_finish(ret, record->id, &ignored) < 0)
		return -EBADMSG;
	return 0;
}

/* A pidfd of the helper, or -errno: it has ended, or there was none. */
static int open_helper(int dir, pid_t *ret)
{
	struct init_handle handle;
	int r = store_read_handle(dir, STORE_NET, &handle);

	if (r < 0)
		return r;
	*ret = handle.pid;
	return init_handle_open(&handle);
}

void network_remove(struct arena *a, int dir, const struct state_record *record)
{
	struct network n = NETWORK_INIT;
	struct net_config c;
	struct stat st;
	pid_t pid;

	/* Without a record nobody knows. */
	if (record && !record->net_config)
		return;
	n.pidfd = open_helper(dir, &pid);
	/* Who started it has heard its word; its end says the same. */
	if (n.pidfd >= 0 && pidfd_wait_exit(n.pidfd, FOLLOW_MS) < 0)
		network_kill(&n);
	network_done(&n);
	if (parse_config(a, record, &c) < 0 || !c.api)
		return;
	if (path_statat(AT_FDCWD, c.api, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(st.st_mode) &&
	    st.st_uid == geteuid())
		(void)path_unlinkat(AT_FDCWD, c.api, 0);
}

const char *network_library(char *buf, size_t len)
{
	static const char head[] = "libslirp ";
	char *argv[] = { (char[]){ "urun-slirp" }, (char[]){ "--version" }, NULL };
	char *env[] = { NULL };
	cleanup_arena struct arena a = ARENA_INIT;
	struct spawn_request req = {
		.argv = argv,
		.envp = env,
		.stdout_fd = -1,
		.stderr_fd = -1,
		.cwd_fd = -1,
		.userns_pidfd = -1,
		.timeout_ms = KILL_MS,
	};
	struct spawn_result res;

	if (self_program(&a, "urun-slirp", &req.path) < 0 || spawn_run(&req, &res) < 0 ||
	    res.status != 0 || strncmp(res.tail, head, strlen(head)) != 0)
		return NULL;
	snprintf(buf, len, "%.32s", res.tail + strlen(head));
	return buf;
}

bool network_may_ping(void)
{
	cleanup_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);

	return fd >= 0;
}

int network_look(struct arena *a, const char *root, int dir, const struct state_record *record,
		 struct network_view *ret)
{
	cleanup_fd int pidfd = -EBADF;
	int r = parse_config(a, record, &ret->config);

	if (r < 0)
		return r;
	pidfd = open_helper(dir, &ret->helper);
	if (pidfd < 0)
		ret->helper = 0;
	ret->api = ret->config.api ? ret->config.api
				   : arena_printf(a, "%s/%s/" SLIRP_SOCKET, root, record->id);
	return ret->api ? 0 : -ENOMEM;
}
