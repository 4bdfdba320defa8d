/* SPDX-License-Identifier: Apache-2.0 */
/* What create, run and exec share in the parent. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "cgroup/oom.h"
#include "process/lsm.h"
#include "run/child.h"
#include "run/create.h"
#include "run/filter.h"
#include "run/hooks.h"
#include "run/sync.h"
#include "run/terminal.h"
#include "userns/diagnose.h"

void launch_init(struct launch *l, const struct launch_options *opt, struct arena *a)
{
	*l = (struct launch){
		.opt = opt,
		.arena = a,
		.root_fd = -EBADF,
		.dir = -EBADF,
		.fifo = -EBADF,
		.exec_error = -EBADF,
		.console_socket = -EBADF,
		.pidfd_socket = -EBADF,
		.pidfd_receiver = -EBADF,
		.console = -EBADF,
		.bundle_fd = -EBADF,
		.listener = -EBADF,
		.sync = -EBADF,
		.child_sync = -EBADF,
		.stage_pidfd = -EBADF,
		.pidfd = -EBADF,
		.target_pidfd = -EBADF,
		.notify = NOTIFY_INIT,
		.hook_output = HOOK_OUTPUT_NONE,
		.network = NETWORK_INIT,
		.cgroup = CGROUP_INIT,
		.cgroup_v1 = CGROUP_V1_INIT,
		.rootfs = { .root = -EBADF, .proc = -EBADF, .null = -EBADF, .sys = -EBADF },
	};
}

void launch_done(struct launch *l)
{
	int *fds[] = { &l->root_fd,        &l->dir,          &l->fifo,           &l->exec_error,
		       &l->console_socket, &l->pidfd_socket, &l->console,        &l->bundle_fd,
		       &l->sync,           &l->child_sync,   &l->stage_pidfd,    &l->pidfd,
		       &l->target_pidfd,   &l->rootfs.proc,  &l->pidfd_receiver, &l->listener };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		cleanup_fdp(fds[i]);
		*fds[i] = -EBADF;
	}
	notify_done(&l->notify);
	hook_output_done(&l->hook_output);
	network_done(&l->network);
	cgroup_done(&l->cgroup);
	cgroup_v1_done(&l->cgroup_v1);
	filter_done(l);
	free(l->config_text);
	l->config_text = NULL;
}

static int connect_one(const char *path, const char *what, int *ret, struct error *e)
{
	int r;

	if (!path)
		return 0;
	r = fd_connect_unix(path, ret);
	return r < 0 ? error_set(e, r, "connect to the %s socket '%s'", what, path) : 0;
}

static const char pidfd_receiver[] = "run.oci.pidfd_receiver";

int launch_connect_sockets(struct launch *l, struct error *e)
{
	int r = connect_one(l->opt->console_socket, "console", &l->console_socket, e);

	if (r == 0)
		r = connect_one(l->opt->pidfd_socket, "pidfd", &l->pidfd_socket, e);
	if (r == 0 && !l->is_exec)
		r = connect_one(oci_annotation(l->config, pidfd_receiver), pidfd_receiver,
				&l->pidfd_receiver, e);
	return r;
}

int launch_clone(struct launch *l, uint64_t flags, struct error *e)
{
	/* The flag is the whole process's, and another thread may come here, too. */
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	bool maps = !l->is_exec && (l->plan.ns.clone_flags & CLONE_NEWUSER);
	int dumpable, pid, r;

	r = sync_pair(&l->sync, &l->child_sync);
	if (r == 0 && l->staged)
		r = sync_want_sender(l->sync);
	if (r < 0)
		return error_set(e, r, "make the sync socket");
	/*
	 * The child inherits it: newuidmap looks at the owner of /proc/PID, which
	 * is root's for a process that is not dumpable. No container sees the
	 * child before its row "hide"; exec never needs this.
	 */
	pthread_mutex_lock(&lock);
	dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	l->hides = !maps && dumpable == 1;
	if (maps && dumpable == 0)
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	pid = clone_process(flags, l->cgroup.leaf, l->staged ? &l->stage_pidfd : &l->pidfd);
	if (pid < 0 && l->is_exec && (pid == -EACCES || pid == -EBUSY || pid == -ENOENT)) {
		/* What is common to us and the container is not ours: from within (E19). */
		l->enter_cgroup = true;
		pid = clone_process(flags, -EBADF, &l->stage_pidfd);
	}
	if (pid == 0)
		child_main(l);
	if (maps && dumpable == 0)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	pthread_mutex_unlock(&lock);
	if (pid == -EAGAIN && l->cgroup.leaf >= 0)
		return error_kind(e, KIND_CGROUP, EAGAIN,
				  "the cgroup '%s' takes no more processes (pids.max there, or the "
				  "caller's RLIMIT_NPROC)",
				  l->cgroup.path);
	if (pid < 0 && l->cgroup.leaf >= 0 && pid != -EPERM && pid != -ENOSPC)
		return error_kind(e, KIND_CGROUP, -pid,
				  "clone init into the cgroup '%s' (errno %d)", l->cgroup.path,
				  -pid);
	if (pid < 0)
		return diagnose_clone(NULL, -pid, flags, e);
	if (l->staged)
		l->stage_pid = pid;
	else
		l->pid = pid;
	cleanup_fdp(&l->child_sync);
	l->child_sync = -EBADF;
	/* The child's alone: its other end sees when the child is gone. */
	cleanup_fdp(&l->listener);
	l->listener = -EBADF;
	return 0;
}

static void kill_one(int *pidfd)
{
	if (*pidfd < 0)
		return;
	(void)pidfd_kill(*pidfd, SIGKILL);
	(void)pidfd_reap(*pidfd, NULL);
	close(*pidfd);
	*pidfd = -EBADF;
}

void launch_kill(struct launch *l)
{
	/* A stage may have cloned init and not told us: it dies with its socket. */
	kill_one(&l->stage_pidfd);
	cleanup_fdp(&l->sync);
	l->sync = -EBADF;
	kill_one(&l->pidfd);
}

int launch_receive_staged_pid(struct launch *l, struct error *e)
{
	struct sync_message m;
	int r = sync_expect(l->sync, SYNC_INIT, &m, e);

	if (r < 0)
		return r;
	l->pid = m.sender;
	l->enter_cgroup = l->enter_cgroup && !m.value;
	/* Our own child (CLONE_PARENT), not reaped: the number cannot be another's. */
	l->pidfd = pidfd_open_pid(l->pid);
	if (l->pidfd < 0)
		return error_set(e, l->pidfd, "open the init process %d", l->pid);
	(void)pidfd_reap(l->stage_pidfd, NULL);
	close(l->stage_pidfd);
	l->stage_pidfd = -EBADF;
	return 0;
}

/* One byte at least goes with the fd; conmon takes the text as a name. */
static int forward_console(struct launch *l, int *master, struct error *e)
{
	static const char name[] = "/dev/ptmx";
	int r;

	if (l->console_socket < 0) {
		l->console = take_fd(master);
		terminal_fit(l->console);
		return 0;
	}
	r = fd_send(l->console_socket, *master, name, sizeof(name));
	cleanup_fdp(master);
	*master = -EBADF;
	return r < 0 ? error_set(e, r, "send the terminal to '%s'", l->opt->console_socket) : 0;
}

/* P29. Not of exec: what was killed in there before is not its own. */
static bool explain_oom(const struct launch *l, struct error *e)
{
	char words[CGROUP_OOM_WORDS_MAX];

	if (l->is_exec || !cgroup_oom_explain(l->cgroup.dir, l->cgroup.path, words))
		return false;
	error_kind(e, KIND_INIT_ENDED, ECONNRESET,
		   "the container's init was killed by the OOM killer during set-up: %s", words);
	error_hint(e, "give it a larger memory.limit (podman: --memory)");
	return true;
}

int launch_ask_child(struct launch *l, struct error *e)
{
	struct pollfd p = { .fd = l->sync, .events = POLLIN };
	struct error own = *e;

	while (poll(&p, 1, 0) > 0) {
		struct sync_message m;

		if (sync_recv(l->sync, &m, e) < 0 || m.point == SYNC_EOF)
			break;
		cleanup_fdp(&m.fd);
		if (m.point == SYNC_ERROR)
			return sync_take_error(&m, e);
		if (m.point == SYNC_LOG)
			log_line((enum log_level)m.value, m.text);
	}
	*e = own;
	if (l->pidfd >= 0 && pidfd_exited(l->pidfd))
		(void)explain_oom(l, e);
	return -e->code;
}

static int run_runtime_hooks(struct launch *l, struct error *e)
{
	const struct hook_state s = {
		.id = l->opt->id,
		.bundle = l->plan.bundle,
		.status = "creating",
		.pid = l->pid,
		.pidfd = l->pidfd,
		.annotations = &l->config->annotations,
	};
	int r = hooks_run(l->plan.hooks, HOOK_PRESTART, &s, e);

	if (r == 0)
		r = hooks_run(l->plan.hooks, HOOK_CREATE_RUNTIME, &s, e);
	if (r < 0)
		return r;
	r = sync_send(l->sync, SYNC_CONFIGURE, 0, -1);
	if (r < 0) {
		error_set(e, r, "let init go on after the hooks");
		return launch_ask_child(l, e);
	}
	return filter_is_late(l) ? filter_send(l, e) : 0;
}

int launch_explain_end(struct launch *l, struct error *e)
{
	int status = 0;

	if (l->pidfd < 0 || pidfd_wait_exit(l->pidfd, 1000) < 0)
		return error_kind(e, KIND_INIT_ENDED, ECONNRESET,
				  "the container\'s init ended during set-up");
	(void)pidfd_reap(l->pidfd, &status);
	close(l->pidfd);
	l->pidfd = -EBADF;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && explain_oom(l, e))
		return -e->code;
	if (WIFSIGNALED(status))
		return error_kind(
			e, KIND_INIT_ENDED, ECONNRESET,
			"the container\'s init was killed by signal %d (%s) during set-up",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	return error_kind(e, KIND_INIT_ENDED, ECONNRESET,
			  "the container\'s init ended with status %d during set-up",
			  WEXITSTATUS(status));
}

/* L01: what only the parent may look up, about an error that init has sent. */
static int explain_error(struct launch *l, struct error *e)
{
	const char *profile = l->plan.process.apparmor_profile;
	cleanup_fd int dir = -EBADF;

	if (e->kind != KIND_LSM || e->code != ENOENT || !profile)
		return -e->code;
	dir = path_open("/sys/kernel/security/apparmor", O_RDONLY | O_DIRECTORY);
	if (dir >= 0)
		process_suggest_profiles(profile, dir, e);
	return -e->code;
}

int launch_serve(struct launch *l, struct error *e)
{
	for (;;) {
		struct sync_message m;
		int r = sync_recv(l->sync, &m, e);

		if (r < 0)
			return r;
		switch (m.point) {
		case SYNC_READY:
			return 0;
		case SYNC_HOOKS:
			r = run_runtime_hooks(l, e);
			break;
		case SYNC_CONSOLE:
			r = forward_console(l, &m.fd, e);
			break;
		case SYNC_LOG:
			log_line((enum log_level)m.value, m.text);
			break;
		case SYNC_ERROR:
			(void)sync_take_error(&m, e);
			return explain_error(l, e);
		case SYNC_EOF:
			return launch_explain_end(l, e);
		default:
			cleanup_fdp(&m.fd);
			return error_msg(e, EPROTO, "got %s where READY was due",
					 sync_name(m.point));
		}
		if (r < 0)
			return r;
	}
}

int launch_release(struct launch *l, struct error *e)
{
	int r = sync_send(l->sync, SYNC_START, l->pid, -1);

	if (r < 0) {
		error_set(e, r, "let init go");
		return launch_ask_child(l, e);
	}
	for (;;) {
		struct sync_message m;

		r = sync_recv(l->sync, &m, e);
		if (r < 0)
			return r;
		if (m.point == SYNC_EOF)
			return 0;
		if (m.point == SYNC_ERROR)
			return sync_take_error(&m, e);
		if (m.point == SYNC_LOG)
			log_line((enum log_level)m.value, m.text);
		cleanup_fdp(&m.fd);
	}
}

int launch_write_pid_file(struct launch *l, struct error *e)
{
	char text[16];
	int n, r;

	if (!l->opt->pid_file)
		return 0;
	n = snprintf(text, sizeof(text), "%d", l->pid);
	r = io_write_file_at(AT_FDCWD, l->opt->pid_file, text, (size_t)n, 0644);
	return r < 0 ? error_set(e, r, "write the pid file '%s'", l->opt->pid_file) : 0;
}

int launch_send_pidfd(struct launch *l, struct error *e)
{
	const int socks[] = { l->pidfd_socket, l->pidfd_receiver };

	for (size_t i = 0; i < ARRAY_SIZE(socks); i++) {
		int r = socks[i] < 0 ? 0 : fd_send(socks[i], l->pidfd, "pidfd", 5);

		if (r < 0)
			return error_set(e, r, "send the pidfd to '%s'",
					 i == 0 ? l->opt->pidfd_socket
						: oci_annotation(l->config, pidfd_receiver));
	}
	return 0;
}
