/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process itself becomes the command: its terminal, job control, signals and
 * exit status are then the command's without anybody between. Somebody outside has
 * to write the id maps, so a helper is forked for that, which is gone before exec.
 */
#include "run/unshare.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "process/credentials.h"
#include "run/sync.h"
#include "userns/diagnose.h"
#include "userns/groups.h"
#include "userns/userns.h"

enum {
	STATUS_SETUP = 1,
	STATUS_CANNOT_EXEC = 126,
	STATUS_NOT_FOUND = 127,
};

struct unshare_run {
	struct arena *arena;
	struct userns_caller caller;
	struct userns_maps maps;
	const char *map_groups; /* or NULL */
	int sync, helper_sync;
	pid_t pid; /* ours */
};

/* --- the helper, still outside --- */

static int write_maps(struct unshare_run *u, struct error *e)
{
	const struct userns_maps_request req = {
		.pid = u->pid,
		.uid = &u->maps.uid,
		.gid = &u->maps.gid,
		.deny_setgroups = u->maps.deny_setgroups,
		.try_single = !u->map_groups,
		.caller = &u->caller,
	};
	struct userns_maps_result res = { 0 };
	struct userns_writing w;
	struct sync_message m;
	int r = sync_expect(u->helper_sync, SYNC_UNSHARED, &m, e);

	if (r == 0)
		r = userns_maps_start(u->arena, &req, &w, e);
	if (r == 0)
		r = userns_maps_finish(&w, &res, e);
	if (r < 0)
		return r;
	r = sync_send(u->helper_sync, SYNC_IDMAPS, 0, -1);
	return r < 0 ? error_set(e, r, "report the id maps") : 0;
}

__attribute__((noreturn)) static void helper_main(struct unshare_run *u)
{
	struct error e = ERROR_INIT;

	/* Else we would wait for ever for one who is gone. */
	close(u->sync);
	if (write_maps(u, &e) < 0)
		(void)sync_send_error(u->helper_sync, &e);
	_exit(0);
}

/* --- ourselves --- */

static int enter(struct unshare_run *u, struct error *e)
{
	struct sync_message m;
	int r;

	/* newuidmap looks at the owner of our /proc files. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	/* The kernel makes every mount a slave of the host's: ours stay in here. */
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return diagnose_clone(NULL, errno, CLONE_NEWUSER | CLONE_NEWNS, e);
	r = sync_send(u->sync, SYNC_UNSHARED, 0, -1);
	if (r < 0)
		return error_set(e, r, "ask for the id maps");
	r = sync_expect(u->sync, SYNC_IDMAPS, &m, e);
	return r < 0 ? r : process_become(0, 0, e);
}

static int enter_with_helper(struct unshare_run *u, struct error *e)
{
	pid_t helper;
	int r;

	/* Of itself this does nothing, and it is refused where there are threads. */
	if (unshare(CLONE_THREAD) < 0 && errno == EINVAL)
		return error_msg(e, EINVAL,
				 "a program with several threads cannot enter a new "
				 "user namespace");
	r = sync_pair(&u->sync, &u->helper_sync);
	if (r < 0)
		return error_set(e, r, "make the sync socket");
	u->pid = getpid();
	helper = fork();
	if (helper == 0)
		helper_main(u);
	r = helper < 0 ? error_set(e, errno, "fork the writer of the id maps") : 0;
	close(u->helper_sync);
	if (r == 0)
		r = enter(u, e);
	/* The end of our socket ends it, wherever it is. */
	close(u->sync);
	while (helper > 0 && waitpid(helper, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

/*
 * execvp() says "permission denied" for a folder of PATH that is closed to us,
 * too. Is there such a file at all?
 */
static bool is_in_path(struct arena *a, const char *program)
{
	const char *dir = getenv("PATH");

	for (size_t len; dir && *dir; dir += len + (dir[len] == ':')) {
		struct stat st;
		char *path;

		len = strcspn(dir, ":");
		path = arena_printf(a, "%.*s/%s", (int)len, dir, program);
		if (path && len && path_stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
			return true;
	}
	return false;
}

/* The words that engines and shells know (engine-contracts.md section 2). */
static int explain_exec(const char *program, int errnum, struct error *e)
{
	if (errnum == ENOENT && strchr(program, '/'))
		return error_msg(e, errnum, "exec: \"%s\": no such file or directory", program);
	if (errnum == ENOENT)
		return error_msg(e, errnum, "exec: \"%s\": executable file not found in $PATH",
				 program);
	if (errnum == EACCES)
		return error_msg(e, errnum, "exec: \"%s\": permission denied", program);
	return error_msg(e, errnum, "exec: \"%s\": %s", program, error_words(errnum));
}

static int become_root(struct unshare_run *u, struct error *e)
{
	int r = userns_caller_init(&u->caller, e);

	if (r == 0 && u->map_groups)
		r = groups_parse(u->arena, &u->caller, u->map_groups, &u->caller.shown, e);
	if (r == 0)
		r = userns_default_maps(u->arena, &u->caller, 0, 0, &u->maps, e);
	return r < 0 ? r : enter_with_helper(u, e);
}

bool unshare_call(bool (*fn)(void *arg), void *arg)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct unshare_run u = { .arena = &a, .sync = -EBADF, .helper_sync = -EBADF };
	struct error e = ERROR_INIT;
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		if (become_root(&u, &e) == 0)
			_exit(fn(arg) ? 0 : 1);
		log_debug("become root of a user namespace: %s", e.msg);
		_exit(1);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && status == 0;
}

int run_unshare(const char *const *argv, const char *map_groups, int *ret_status, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct unshare_run u = {
		.arena = &a,
		.map_groups = map_groups,
		.sync = -EBADF,
		.helper_sync = -EBADF,
	};
	int r;

	*ret_status = STATUS_SETUP;
	r = become_root(&u, e);
	if (r < 0)
		return r;
	execvp(argv[0], (char *const *)argv);
	r = errno;
	if (r == EACCES && !strchr(argv[0], '/') && !is_in_path(&a, argv[0]))
		r = ENOENT;
	*ret_status = r == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_EXEC;
	return explain_exec(argv[0], r, e);
}
