/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urun-slirp: a network for one container, without privileges. urun starts it by
 * the descriptors of slirp_config.h, hands it the container when there is one, and waits
 * for its word.
 *
 * Order: sockets belong to the network namespace in which they are made, so this
 * thread stays in the host's for ever. What takes the caller's rights comes first (ports
 * below 1024 are root's); then the container's user namespace gives it the capabilities
 * to make the interface (in a process of a moment, inside.c) and its own root; then it
 * gives up all of that, before it has seen one frame.
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "base/signals.h"
#include "base/syscalls.h"
#include "netns/slirp/api.h"
#include "netns/slirp/egress.h"
#include "netns/slirp/inside.h"
#include "netns/slirp/loop.h"
#include "netns/slirp/outbound.h"
#include "netns/slirp/published.h"
#include "netns/slirp/sandbox.h"
#include "netns/slirp/slirp_config.h"
#include "netns/slirp/socket.h"

enum {
	OVERFLOW_ID = 65534,
	CONFIG_MAX = 1 << 20,
	LOG_MAX = 64 << 10, /* bytes of what is said after the start */
};

/* What lives as long as the process. */
struct helper {
	struct arena arena;
	struct net_config config;
	struct outbound outbound;
	struct loop *loop;
	struct ports *ports;
	struct api *api;
	struct inside inside;
	int handed[SLIRP_HANDED];
	int socket;
	uid_t owner; /* who may speak to us, as our user namespace has him */
};

/* ---- what was handed over */

static int check_descriptors(struct error *e)
{
	static const char *const names[] = { "config", "socket to urun",
					     "directory of the API's socket" };

	for (int fd = SLIRP_FD_CONFIG; fd < SLIRP_FD_FREE; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			return error_msg(e, EBADF,
					 "descriptor %d (%s) is not open: urun starts this program",
					 fd, names[fd - SLIRP_FD_CONFIG]);
		(void)fd_set_cloexec(fd, true);
	}
	return 0;
}

static int receive_container(struct helper *h, struct error *e)
{
	const int *fds = h->handed;

	for (uint8_t i = 0, number; i < SLIRP_HANDED; i++) {
		int r = fd_recv(SLIRP_FD_URUN, &number, sizeof(number), &h->handed[i]);

		/* Who started us is gone, and nothing is to be made for anybody. */
		if (r == -ECONNRESET)
			_exit(1);
		if (r < 0)
			return error_set(e, r, "receive the container's namespaces");
		if (number != i)
			return error_msg(e, EPROTO, "got descriptor %d, due is %d", number, i);
	}
	/* EPERM, ESRCH: it is one. */
	if (pidfd_kill(fds[SLIRP_HANDED_INIT], 0) == -EBADF)
		return error_msg(e, EBADF, "what was handed over for init is no pidfd");
	if (ioctl(fds[SLIRP_HANDED_USERNS], NS_GET_NSTYPE) != CLONE_NEWUSER)
		return error_msg(e, EBADF, "what was handed over is no user namespace");
	if (ioctl(fds[SLIRP_HANDED_NETNS], NS_GET_NSTYPE) != CLONE_NEWNET)
		return error_msg(e, EBADF, "what was handed over is no network namespace");
	return 0;
}

static int read_config(struct helper *h, struct error *e)
{
	cleanup_free char *text = NULL;
	struct stat st;
	size_t len;
	int r;

	if (fstat(SLIRP_FD_CONFIG, &st) < 0 || !S_ISREG(st.st_mode))
		return error_msg(e, EINVAL, "network config: not a file");
	if (lseek(SLIRP_FD_CONFIG, 0, SEEK_SET) < 0)
		return error_set(e, errno, "read the network config");
	r = io_read_all(SLIRP_FD_CONFIG, CONFIG_MAX, &text, &len);
	if (r < 0)
		return error_set(e, r, "read the network config");
	if (strlen(text) != len)
		return error_msg(e, EINVAL, "network config: not a text");
	return slirp_config_read(&h->arena, text, &h->config, e);
}

/* ---- the user namespace */

static bool is_ours(int userns)
{
	cleanup_fd int own = path_open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	struct stat a, b;

	return own >= 0 && fstat(own, &a) == 0 && fstat(userns, &b) == 0 && stat_is_same(&a, &b);
}

static int enter_userns(struct helper *h, struct error *e)
{
	int userns = h->handed[SLIRP_HANDED_USERNS];

	/* Not of root's container without one. */
	if (!is_ours(userns) && setns(userns, CLONE_NEWUSER) < 0)
		return error_set(e, errno, "enter the container's user namespace");
	h->owner = geteuid();
	/* Its maps may leave us out; then nothing could be made in a file system of its. */
	if (geteuid() == OVERFLOW_ID)
		(void)sys_setresuid(0);
	if (getegid() == OVERFLOW_ID)
		(void)sys_setresgid(0);
	return 0;
}

/* ---- all of it */

static int set_up_process(struct error *e)
{
	int s, null;

	/* Nothing of the caller's: its variables speak to glib, its signals are its own. */
	clearenv();
	s = signals_reset();
	if (s < 0)
		return error_set(e, s, "reset the signals");
	/* EPIPE and EFBIG tell as much. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return error_set(e, errno, "ignore SIGPIPE");
	umask(077);
	if (prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) < 0)
		return error_set(e, errno, "PR_SET_DUMPABLE");
	if (sys_close_range(SLIRP_FD_FREE, UINT32_MAX, 0) < 0)
		return error_set(e, errno, "close_range");
	/* An engine waits until nobody holds its pipes. */
	null = path_open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0) {
		error_set(e, null < 0 ? null : errno, "'/dev/null' as stdin and stdout");
		s = -e->code;
	}
	if (null > 2)
		close(null);
	return s;
}

/* A connection is a descriptor; and what is said has an end. */
static int set_limits(struct error *e)
{
	struct rlimit files = { 0 }, none = { 0 }, log = { LOG_MAX, LOG_MAX };

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return error_set(e, errno, "read RLIMIT_NOFILE");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0 || setrlimit(RLIMIT_CORE, &none) < 0 ||
	    setrlimit(RLIMIT_FSIZE, &log) < 0)
		return error_set(e, errno, "set the limits");
	return 0;
}

/* With the caller's rights, and in his namespaces. */
static int set_up_outside(struct helper *h, struct error *e)
{
	int r = read_config(h, e);

	if (r == 0)
		r = set_limits(e);
	if (r == 0)
		r = outbound_find(&h->config, &h->outbound, e);
	if (r == 0)
		r = loop_new(&h->config, &h->outbound, &h->loop, e);
	return r < 0 ? r : published_bind(&h->config, h->loop, &h->ports, e);
}

static int set_up_inside(struct helper *h, struct error *e)
{
	int r = receive_container(h, e);

	if (r < 0)
		return r;
	h->socket = socket_make(&h->config, h->handed[SLIRP_HANDED_INIT], e);
	if (h->socket < 0)
		return h->socket;
	r = enter_userns(h, e);
	if (r == 0)
		r = inside_make(&h->config, h->handed[SLIRP_HANDED_NETNS], &h->inside, e);
	/* The janitor's end is nobody's business. */
	if (r == 0 && signal(SIGCHLD, SIG_IGN) == SIG_ERR)
		r = error_set(e, errno, "ignore SIGCHLD");
	return r;
}

/* Threads share the root of who starts them, and drop their own capabilities. */
static int start_threads(struct helper *h, struct error *e)
{
	int r = published_serve(&h->config, h->handed[SLIRP_HANDED_NETNS], h->ports, e);

	if (r == 0 && h->config.egress == NET_EGRESS_REDIRECT)
		r = egress_start(&h->config, &h->outbound, &h->inside, e);
	if (r == 0)
		r = api_new(h->socket, h->owner, h->ports, &h->api, e);
	if (r < 0)
		return r;
	loop_watch(h->loop, api_fd(h->api), (void (*)(void *))api_run, h->api);
	close(SLIRP_FD_CONFIG);
	close(SLIRP_FD_SOCKET_DIR);
	close(h->handed[SLIRP_HANDED_USERNS]);
	close(h->handed[SLIRP_HANDED_NETNS]);
	return 0;
}

static int set_up(struct helper *h, struct error *e)
{
	int r = set_up_process(e);

	if (r == 0)
		r = check_descriptors(e);
	if (r == 0)
		r = set_up_outside(h, e);
	if (r == 0)
		r = set_up_inside(h, e);
	if (r == 0)
		r = sandbox_mounts(h->config.dns != NET_DNS_NONE, e);
	if (r == 0)
		r = start_threads(h, e);
	if (r == 0)
		r = sandbox_process(e);
	return r < 0 ? r : sandbox_seccomp(e);
}

/* One line, where there is somebody to read it, else on stderr. */
static void say(int fd, const struct error *e)
{
	char line[sizeof(e->msg) + sizeof(e->hint) + 2];
	int n = snprintf(line, sizeof(line), "%s%s%s\n", e->msg, e->hint[0] ? "\t" : "", e->hint);

	if (io_write_all(fd, line, (size_t)n) < 0 && fd != STDERR_FILENO)
		(void)io_write_all(STDERR_FILENO, line, (size_t)n);
}

/* urun waits for the process it has started, and has no child that it would have to reap. */
static int leave_parent(void)
{
	pid_t pid = fork();

	if (pid > 0)
		_exit(0);
	return pid;
}

/*
 * What the loader and the start have looked at of programs and libraries, most of which the loop
 * never looks at again: what it does comes back from the page cache.
 */
static int drop_pages(struct dl_phdr_info *object, size_t size, void *arg)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;

	(void)size;
	(void)arg;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &object->dlpi_phdr[i];
		uintptr_t at = object->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_LOAD && !(p->p_flags & PF_W))
			(void)madvise((void *)(at & ~page), p->p_memsz + (at & page),
				      MADV_DONTNEED);
	}
	return 0;
}

/* For `urun features`. */
static int show_version(void)
{
	struct error e = ERROR_INIT;

	if (loop_open_library(&e) < 0) {
		say(STDERR_FILENO, &e);
		return 1;
	}
	printf("libslirp %s\n", loop_version());
	return fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct helper h = { .arena = ARENA_INIT, .inside = INSIDE_INIT, .socket = -EBADF };
	struct error e = ERROR_INIT;
	char ready[64];
	int n;

	if (argc > 1 && strcmp(argv[1], "--version") == 0)
		return show_version();
	if (fd_sanitize_stdio() < 0 || leave_parent() < 0)
		return 1;
	if (set_up(&h, &e) < 0) {
		say(SLIRP_FD_URUN, &e);
		return 1;
	}
	n = snprintf(ready, sizeof(ready), "R%s %d\n", loop_version(), (int)getpid());
	if (io_write_all(SLIRP_FD_URUN, ready, (size_t)n) < 0)
		return 1; /* who asked for it is gone */
	(void)dl_iterate_phdr(drop_pages, NULL);
	n = loop_run(h.loop, h.inside.tap, h.handed[SLIRP_HANDED_INIT], &e);
	if (n < 0)
		say(STDERR_FILENO, &e);
	/* The end takes the kernel some 20 ms, for the interface. The ports are free before. */
	ports_free(h.ports);
	close(SLIRP_FD_URUN);
	return n < 0;
}
