/* SPDX-License-Identifier: Apache-2.0 */
/* See monitor.h. */
#include "run/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "process/stdio.h"
#include "run/plugins.h"

enum { LOAD_TIMEOUT_S = 10 };

static int make_conf(struct launch *l, struct plugin_conf *ret, struct error *e)
{
	cleanup_free char *root = NULL;
	int r = path_real(l->opt->root, &root);

	if (r < 0)
		return error_set(e, r, "open the state directory '%s'", l->opt->root);
	*ret = (struct plugin_conf){
		.runtime_root_path = arena_strdup(l->arena, root),
		.name = l->opt->id,
		.bundle_path = l->plan.bundle,
		/* What the container was made from, whatever became of the bundle's. */
		.oci_config_path = arena_printf(l->arena, "%s/%s/config.json", root, l->opt->id),
	};
	return ret->runtime_root_path && ret->oci_config_path
		       ? 0
		       : error_set(e, ENOMEM, "start the seccomp plugins");
}

/* --- the monitor --- */

/* Nothing of the caller's is kept open or busy. */
static int detach(int sock, struct error *e)
{
	cleanup_fd int null = path_open("/dev/null", O_RDWR);
	int r = process_reset_signals(e);

	if (r < 0)
		return r;
	if (null < 0 || path_chdir("/") < 0)
		return error_msg(e, EIO, "the seccomp monitor cannot leave the caller's files");
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(null, fd) < 0)
			return error_set(e, errno, "put the null device on fd %d", fd);
	close(take_fd(&null));
	if (sock > 3)
		(void)sys_close_range(3, (unsigned int)sock - 1, 0);
	(void)sys_close_range((unsigned int)sock + 1, UINT_MAX, 0);
	prctl(PR_SET_NAME, "urun-seccomp", 0, 0, 0);
	return 0;
}

static void monitor_main(struct launch *l, struct plugin_conf *conf, int sock)
	__attribute__((noreturn));

static void monitor_main(struct launch *l, struct plugin_conf *conf, int sock)
{
	struct plugins plugins = { .n = 0 };
	struct error e = ERROR_INIT;
	int listener = -EBADF;
	char text[2];
	int r = detach(sock, &e);

	if (r == 0)
		r = plugins_load(&plugins, l->plan.listener.plugins, conf, &e);
	if (io_write_all(sock, &e, sizeof(e)) < 0)
		r = -EPIPE;
	if (r == 0)
		r = fd_recv(sock, text, sizeof(text), &listener);
	close(sock);
	if (r == 0)
		plugins_serve(&plugins, listener);
	plugins_stop(&plugins);
	_exit(r < 0);
}

/*
 * Between the two: leads their session and process group, and ends, so that the
 * monitor is nobody's child who would have to know of it.
 */
static void leader_main(struct launch *l, struct plugin_conf *conf, int sock)
	__attribute__((noreturn));

static void leader_main(struct launch *l, struct plugin_conf *conf, int sock)
{
	struct error e = ERROR_INIT;
	pid_t pid;

	(void)setsid();
	pid = fork();
	if (pid == 0)
		monitor_main(l, conf, sock);
	if (pid < 0) {
		(void)error_set(&e, errno, "start the seccomp plugins' process");
		(void)io_write_all(sock, &e, sizeof(e));
	}
	_exit(0);
}

/* --- the parent --- */

/* The leader is not reaped before: the number of its group cannot be another's. */
static void reap_leader(pid_t pid, bool failed)
{
	if (failed)
		(void)kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int wait_for_plugins(int sock, struct error *e)
{
	struct timeval timeout = { .tv_sec = LOAD_TIMEOUT_S };
	struct error theirs;
	ssize_t n;

	if (setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0)
		return error_set(e, errno, "limit the time of the seccomp plugins");
	n = io_read_full(sock, &theirs, sizeof(theirs));
	if (n == (ssize_t)sizeof(theirs) && theirs.code == 0)
		return 0;
	if (n == (ssize_t)sizeof(theirs)) {
		*e = theirs;
		return -e->code;
	}
	if (n == -EAGAIN)
		return error_msg(e, ETIMEDOUT,
				 ".annotations[\"run.oci.seccomp.plugins\"]: the plugins did not "
				 "start within %d s",
				 LOAD_TIMEOUT_S);
	return error_msg(e, EIO,
			 ".annotations[\"run.oci.seccomp.plugins\"]: a plugin ended the process "
			 "that loaded it");
}

int monitor_start(struct launch *l, int *ret_sock, struct error *e)
{
	cleanup_fd int ours = -EBADF, theirs = -EBADF;
	struct plugin_conf conf;
	int fds[2], r;
	pid_t pid;

	r = make_conf(l, &conf, e);
	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return error_set(e, errno, "make a socket for the seccomp plugins");
	ours = fds[0];
	theirs = fds[1];
	pid = fork();
	if (pid < 0)
		return error_set(e, errno, "start the seccomp plugins' process");
	if (pid == 0)
		leader_main(l, &conf, theirs);
	close(take_fd(&theirs));
	r = wait_for_plugins(ours, e);
	reap_leader(pid, r < 0);
	if (r == 0)
		*ret_sock = take_fd(&ours);
	return r;
}
