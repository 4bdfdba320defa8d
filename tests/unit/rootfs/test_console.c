/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's terminal (T1, C16, C41) in a mount namespace of the test's
 * own: a devpts by fsmount_new(), and a /dev that an image may have prepared.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "../base/tempdir.h"
#include "../tap.h"
#include "base/io.h"
#include "base/syscalls.h"
#include "rootfs/rootfs.h"

static int master, peer;

static bool enter_namespace(void)
{
	char map[64];
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return false;
	snprintf(map, sizeof(map), "0 %u 1", uid);
	io_write_value_at(AT_FDCWD, "/proc/self/setgroups", "deny");
	if (io_write_value_at(AT_FDCWD, "/proc/self/uid_map", map) < 0)
		return false;
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return io_write_value_at(AT_FDCWD, "/proc/self/gid_map", map) == 0;
}

static struct mount_plan fs_mount(const char *type, const char *where)
{
	return (struct mount_plan){
		.kind = MOUNT_FS,
		.destination = where,
		.fstype = type,
		.source = type,
	};
}

static int mount_at(int root, const struct mount_plan *m)
{
	struct error e = ERROR_INIT;
	int mnt = -1, target = path_mkdirs_in(root, m->destination, 0755);

	if (fsmount_new(m, NULL, &mnt, &e) < 0) {
		printf("# %s\n", e.msg);
		return -1;
	}
	return sys_move_mount(mnt, "", target, "",
			      MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int try_console(struct rootfs *r, struct error *e)
{
	static const struct process_plan process = { .rows = 25, .cols = 80 };

	error_clear(e);
	master = peer = -1;
	return rootfs_console(r, &process, &master, &peer, e);
}

static void test_good(struct rootfs *r)
{
	struct error e = ERROR_INIT;
	struct stat st, console;
	struct winsize w;
	char buf[16] = "";

	is_int(try_console(r, &e), 0, "C16 a terminal");
	if (e.code) {
		printf("# %s\n", e.msg);
		return;
	}
	fstat(peer, &st);
	ok(S_ISCHR(st.st_mode) && major(st.st_rdev) == 136, "T1 of the devpts");
	is_int(st.st_mode & 07777, 0620, "C16 its mode");
	ioctl(peer, TIOCGWINSZ, &w);
	ok(w.ws_row == 25 && w.ws_col == 80, "C16 consoleSize");
	ok(fstatat(r->root, "dev/console", &console, AT_SYMLINK_NOFOLLOW) == 0 &&
		   console.st_rdev == st.st_rdev && S_ISCHR(console.st_mode),
	   "C41 /dev/console is the peer");
	ok((fcntl(master, F_GETFD) & FD_CLOEXEC) && (fcntl(peer, F_GETFD) & FD_CLOEXEC),
	   "close-on-exec");
	ok(write(peer, "hi", 2) == 2 && read(master, buf, sizeof(buf)) == 2 &&
		   strcmp(buf, "hi") == 0,
	   "C16 it talks");
	close(master);
	close(peer);
}

static void test_bad_devpts(struct rootfs *r)
{
	struct error e = ERROR_INIT;

	is_int(try_console(r, &e), -ENODEV, "CVE-2025-52565 no devpts at /dev/pts");
	has_str(e.msg, ".process.terminal", "names the key");
	has_str(e.hint, "\"type\": \"devpts\"", "and says what to add");
	mkdirat(r->root, "dev/pts", 0755);
	mknodat(r->root, "dev/pts/ptmx", S_IFREG | 0666, 0);
	is_int(try_console(r, &e), -ENODEV, "CVE-2025-52565 a folder of the image is none");
	unlinkat(r->root, "dev/pts/ptmx", 0);
	unlinkat(r->root, "dev/pts", AT_REMOVEDIR);
	temp_link("/proc", r->root, "dev/pts");
	ok(try_console(r, &e) < 0, "CVE-2025-52565 nor is a link");
	unlinkat(r->root, "dev/pts", 0);
}

static void test_links(struct rootfs *r, struct rootfs_plan *plan, int top)
{
	struct mount_plan dev = fs_mount("tmpfs", "/dev");
	struct error e = ERROR_INIT;
	struct statfs fs;
	struct stat st;

	temp_file(top, "victim", "untouched");
	temp_link("../../victim", r->root, "dev/console");
	is_int(try_console(r, &e), -ELOOP, "CVE-2026-88264 a link at /dev/console is refused");
	has_str(e.msg, "'/dev/console'", "by name");
	fstatat(top, "victim", &st, 0);
	ok(S_ISREG(st.st_mode), "CVE-2026-88264 what it leads to is left alone");
	plan->mounts = &dev;
	plan->n_mounts = 1;
	if (fstatfs(top, &fs) == 0 && fs.f_type == TMPFS_MAGIC)
		skip("a plan alone makes no /dev of ours", "the test's folder is a tmpfs");
	else
		is_int(try_console(r, &e), -ELOOP, "a plan alone makes no /dev of ours");
	plan->n_mounts = 0;
	unlinkat(r->root, "dev/console", 0);
}

static void test_own_dev(struct rootfs *r, struct rootfs_plan *plan)
{
	struct mount_plan dev = fs_mount("tmpfs", "/dev"), pts = fs_mount("devpts", "/dev/pts");
	struct error e = ERROR_INIT;

	if (!ok(mount_at(r->root, &dev) == 0 && mount_at(r->root, &pts) == 0, "a /dev of our own"))
		return;
	temp_link("/etc/passwd", r->root, "dev/console");
	plan->mounts = &dev;
	plan->n_mounts = 1;
	test_good(r);
	plan->has_dev_mount = true;
	sys_umount2("root/dev/console", MNT_DETACH);
	is_int(try_console(r, &e), 0, "with the host's own /dev: a terminal");
	close(master);
	close(peer);
}

/* In a child: the namespace ends with it. */
static int run_in_namespace(int top)
{
	struct mount_plan pts = fs_mount("devpts", "/dev/pts");
	struct rootfs_plan plan = { .path = "root" };
	struct rootfs r = { .plan = &plan };

	mkdirat(top, "root", 0755);
	/* By name: the fd's mount is that of the namespace we have left. */
	if (path_chdir(temp_name) < 0)
		return 1;
	r.root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	mkdirat(r.root, "dev", 0755);
	test_bad_devpts(&r);
	if (ok(mount_at(r.root, &pts) == 0, "a devpts")) {
		test_links(&r, &plan, top);
		test_good(&r);
		test_own_dev(&r, &plan);
	}
	return tap_done();
}

int main(void)
{
	int top, status = 1;
	pid_t pid;

	umask(022);
	top = temp_begin();
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (!enter_namespace()) {
			skip("T1 rootfs_console()", "no user namespaces here");
			exit(tap_done());
		}
		exit(run_in_namespace(top));
	}
	waitpid(pid, &status, 0);
	temp_done(top);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
