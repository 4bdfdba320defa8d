/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths: the text functions, and path_*_in() in a root that an enemy has
 * filled with symlinks, FIFOs and traps (security.md P1, M3).
 */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../tap.h"
#include "base/syscalls.h"
#include "tempdir.h"

static void test_text(void)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "/a/../b//c/", "/b/c" },
		{ "/", "/" },
		{ "", "/" },
		{ "//", "/" },
		{ "/..", "/" },
		{ "/../../x", "/x" },
		{ "/a/./b/.", "/a/b" },
		{ "a/b", "/a/b" },
		{ "/a/b/..", "/a" },
		{ "/a/../..", "/" },
		{ "/...", "/..." },
		{ "/..a/b..", "/..a/b.." },
		{ "./x", "/x" },
	};
	char buf[64], small[4];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		path_clean(rows[i].in, buf, sizeof(buf));
		is_str(buf, rows[i].out, "path_clean");
	}
	is_int(path_clean("/abc", small, sizeof(small)), -ENAMETOOLONG, "path_clean: too long");
	is_int(path_clean("/ab", small, sizeof(small)), 0, "path_clean: just fits");
	is_int(path_clean("/ab/../cd", small, sizeof(small)), 0, "path_clean: what is left counts");
	ok(path_is_below("/a/b", "/a"), "below");
	ok(path_is_below("/a", "/a"), "equal is below");
	ok(path_is_below("/a", "/a/"), "a slash at the end does not matter");
	ok(path_is_below("/a", "/"), "all is below /");
	ok(!path_is_below("/ab", "/a"), "a prefix of a name is not below");
	ok(!path_is_below("/", "/a"), "the parent is not below");
	is_str(path_base("/a/b"), "b", "base");
	is_str(path_base("/"), "", "base of /");
	is_str(path_base("b"), "b", "base of a name");
}

/* "outside" lies beside the root; no function may touch it. */
static int make_hostile(int top)
{
	int root;

	mkdirat(top, "root", 0755);
	mkdirat(top, "outside", 0755);
	temp_file(top, "outside/secret", "secret");
	root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(root, "dir", 0755);
	temp_file(root, "file", "text");
	temp_link("../outside", root, "out-rel");
	temp_link("/outside", root, "out-abs");
	temp_link("/dir", root, "in-abs");
	temp_link("nowhere/deep", root, "dangling");
	temp_link("/../../../../../../..", root, "up");
	temp_link("loop", root, "loop");
	temp_link("/proc/self/root", root, "magic");
	mkfifoat(root, "fifo", 0644);
	return root;
}

static bool is_same(int fd, int dir, const char *name)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstatat(dir, name, &b, 0) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static void test_open(int top, int root)
{
	char magic[64];
	int fd;

	is_int(path_open_in(root, "out-rel/secret", O_RDONLY), -ENOENT, "P1 relative link out");
	is_int(path_open_in(root, "out-abs/secret", O_RDONLY), -ENOENT, "P1 absolute link out");
	is_int(path_open_in(root, "../outside/secret", O_RDONLY), -ENOENT, "P1 .. out");
	is_int(path_open_in(root, "loop", O_RDONLY), -ELOOP, "P1 link to itself");
	is_int(path_open_in(root, "dangling", O_RDONLY), -ENOENT, "P1 dangling link");
	fd = path_open_in(root, "up", O_PATH);
	ok(fd >= 0 && is_same(fd, root, "."), "P1 a link far up ends at the root");
	close(fd);
	fd = path_open_in(root, "/in-abs", O_PATH);
	ok(fd >= 0 && is_same(fd, root, "dir"), "P1 an absolute link is the root's");
	ok(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC), "close-on-exec");
	close(fd);
	is_int(path_open_in_resolve(root, "in-abs", O_PATH, RESOLVE_NO_SYMLINKS), -ELOOP,
	       "P1 NO_SYMLINKS");
	/* The real /proc as the root: the link itself is the kernel's magic one. */
	fd = path_open("/proc", O_PATH | O_DIRECTORY);
	snprintf(magic, sizeof(magic), "%d/fd/%d/outside", getpid(), top);
	is_int(path_open_in(fd, magic, O_PATH), -ELOOP, "P1 magic links are refused");
	close(fd);
}

static void test_make(int top, int root)
{
	const char *name = NULL;
	struct stat st;
	int fd;

	fd = path_mkdirs_in(root, "/new/a/b", 0750);
	ok(fd >= 0 && is_same(fd, root, "new/a/b"), "mkdirs");
	close(fd);
	fd = path_mkdirs_in(root, "in-abs/sub", 0755);
	ok(fd >= 0 && is_same(fd, root, "dir/sub"), "mkdirs through a link of the root");
	close(fd);
	fd = path_mkdirs_in(root, "dangling/x", 0755);
	ok(fd == -ELOOP || fd == -ENOTDIR, "M3 mkdirs: not through a dangling link");
	ok(fstatat(root, "nowhere", &st, 0) < 0, "M3 nothing was made");
	fd = path_mkdirs_in(root, "out-rel/evil", 0755);
	ok((fd == -ELOOP || fd == -ENOTDIR) && fstatat(top, "outside/evil", &st, 0) < 0,
	   "M3 mkdirs: not outside");
	is_int(path_mkdirs_in(root, "none/../../x", 0755), -EINVAL, "mkdirs: '..' of nothing");
	is_int(path_mkdirs_in(root, "file/x", 0755), -ENOTDIR, "mkdirs: below a file");
	fd = path_mkdirs_in(root, "/", 0755);
	ok(fd >= 0 && is_same(fd, root, "."), "mkdirs of the root itself");
	close(fd);

	fd = path_mkfile_in(root, "etc/hosts", 0644);
	ok(fd >= 0 && is_same(fd, root, "etc/hosts"), "mkfile with its parents");
	close(fd);
	fd = path_mkfile_in(root, "fifo", 0644);
	ok(fd >= 0 && is_same(fd, root, "fifo"), "mkfile: what is there is taken");
	close(fd);
	is_int(path_mkfile_in(root, "dangling", 0644), -ELOOP, "M3 mkfile: not at a dangling link");
	is_int(path_mkfile_in(root, "loop", 0644), -ELOOP, "M3 mkfile: not at a loop");

	is_int(path_symlink_in(root, "l/ptmx", "pts/ptmx", false), 0, "symlink with its parents");
	is_int(path_symlink_in(root, "l/ptmx", "pts/ptmx", false), 0, "symlink: the same is fine");
	is_int(path_symlink_in(root, "l/ptmx", "other", false), -EEXIST, "symlink: another is not");
	is_int(path_symlink_in(root, "l/ptmx", "other", true), 0, "symlink: replaced if asked to");
	is_int(path_symlink_in(root, "file", "x", false), -EEXIST, "symlink: not over a file");

	fd = path_open_parent_in(root, "in-abs/x", false, &name);
	ok(fd >= 0 && is_same(fd, root, "dir"), "parent through a link of the root");
	is_str(name, "x", "name of the last component");
	close(fd);
	is_int(path_open_parent_in(root, "a/..", false, &name), -EINVAL, "parent: '..' is no name");
	is_int(path_open_parent_in(root, "a/", false, &name), -EINVAL, "parent: '' is no name");
}

static void test_read(int root)
{
	char buf[16 + 1];

	alarm(20); /* a FIFO that blocks ends the test */
	is_int(path_read_in(root, "file", buf, 16), 4, "read");
	is_str(buf, "text", "with a NUL at its end");
	is_int(path_read_in(root, "file", buf, 4), 4, "read: exactly the bound");
	is_int(path_read_in(root, "file", buf, 3), -EFBIG, "read: over the bound");
	is_int(path_read_in(root, "fifo", buf, 16), -EINVAL,
	       "CVE-2024-9676 a FIFO is refused at once");
	is_int(path_read_in(root, "dir", buf, 16), -EINVAL, "read: a directory is refused");
	is_int(path_read_in(root, "out-rel/secret", buf, 16), -ENOENT, "read: not outside");
	alarm(0);
}

/* One exchanges a link and a directory, the other resolves through them. */
static void test_race(int top, int root)
{
	struct stat st;
	int escaped = 0;
	pid_t pid;

	mkdirat(root, "race", 0755);
	temp_link("../outside", root, "race-link");
	pid = fork();
	if (pid == 0)
		for (;;)
			syscall(SYS_renameat2, root, "race", root, "race-link", 2 /* EXCHANGE */);
	for (int i = 0; i < 3000; i++) {
		int fd = path_mkfile_in(root, "race/evil", 0644);

		if (fd >= 0)
			close(fd);
		fd = path_open_in(root, "race/../race/secret", O_RDONLY);
		if (fd >= 0) {
			escaped++;
			close(fd);
		}
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok(escaped == 0, "CVE-2021-30465 no race opens what is outside");
	ok(fstatat(top, "outside/evil", &st, 0) < 0, "CVE-2024-45310 and none makes a file there");
}

static void test_remove(int top)
{
	struct stat st;

	is_int(path_remove_tree(top, "none"), 0, "remove: nothing there is fine");
	is_int(path_remove_tree(top, "root"), 0, "remove the hostile tree");
	ok(fstatat(top, "root", &st, 0) < 0, "it is gone");
	ok(fstatat(top, "outside/secret", &st, 0) == 0, "no link was followed");
	temp_link("outside", top, "l");
	is_int(path_remove_tree(top, "l"), 0, "remove a link");
	ok(fstatat(top, "outside/secret", &st, 0) == 0, "its target stays");
}

int main(void)
{
	int top = temp_begin();
	int root = make_hostile(top);

	test_text();
	test_open(top, root);
	test_make(top, root);
	test_read(root);
	test_race(top, root);
	close(root);
	test_remove(top);
	temp_done(top);
	return tap_done();
}
