/* SPDX-License-Identifier: Apache-2.0 */
/* tmpcopyup (M05): what is copied, with what, and what a hostile image can do. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../base/tempdir.h"
#include "../tap.h"
#include "rootfs/rootfs.h"

static void put(int dir, const char *name, const char *text, mode_t mode)
{
	const struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 2000, .tv_nsec = 5 } };
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode) < 0 ||
	    futimens(fd, times) < 0)
		abort();
	close(fd);
}

static void test_copy(int top, int from, int to)
{
	char buf[256];
	struct stat a, b;
	struct error e = ERROR_INIT;
	ssize_t n;
	int fd;

	put(from, "file", "content", 04755);
	put(from, "secret", "x", 0400);
	put(from, "empty", "", 0644);
	fd = openat(from, "file", O_RDONLY);
	(void)fsetxattr(fd, "user.test", "value", 5, 0);
	close(fd);
	mkdirat(from, "dir", 0700);
	fd = openat(from, "dir", O_RDONLY | O_DIRECTORY);
	put(fd, "inner", "in", 0644);
	temp_link("../file", fd, "back");
	fchmod(fd, 0500 | S_ISVTX);
	close(fd);
	temp_link("/etc/passwd", from, "link");
	temp_link("nowhere", from, "dangling");
	temp_link("..", from, "up");
	mkfifoat(from, "fifo", 0640);
	/* sparse, with data at both ends */
	fd = openat(from, "sparse", O_RDWR | O_CREAT, 0600);
	if (pwrite(fd, "A", 1, 0) != 1 || pwrite(fd, "Z", 1, (64LL << 20) - 1) != 1)
		abort();
	close(fd);
	alarm(60);

	is_int(tmpcopyup(from, to, &e), 0, "M05 copy");
	if (e.code)
		printf("# %s\n", e.msg);
	fstatat(from, "file", &a, 0);
	fstatat(to, "file", &b, 0);
	ok(a.st_mode == b.st_mode, "M05 mode, with setuid");
	ok(a.st_uid == b.st_uid && a.st_gid == b.st_gid, "M05 owner");
	ok(b.st_mtim.tv_sec == 2000 && b.st_mtim.tv_nsec == 5, "M05 mtime");
	fd = openat(to, "file", O_RDONLY);
	n = read(fd, buf, sizeof(buf));
	ok(n == 7 && memcmp(buf, "content", 7) == 0, "M05 content");
	n = fgetxattr(fd, "user.test", buf, sizeof(buf));
	close(fd);
	fd = openat(from, "file", O_RDONLY);
	ok(fgetxattr(fd, "user.test", buf, 0) < 0 || n == 5, "M05 xattr (where there can be one)");
	close(fd);
	fstatat(to, "secret", &b, 0);
	is_int(b.st_mode & 07777, 0400, "M05 a file nobody may write");
	fstatat(to, "empty", &b, 0);
	is_int(b.st_size, 0, "M05 an empty file");
	fstatat(to, "dir", &b, 0);
	ok(S_ISDIR(b.st_mode) && (b.st_mode & 07777) == (0500 | S_ISVTX),
	   "M05 a directory nobody may write, with what is in it");
	ok(fstatat(to, "dir/inner", &b, 0) == 0 && b.st_size == 2, "M05 below it");
	n = path_readlinkat(to, "link", buf, sizeof(buf));
	ok(n > 0 && strcmp(buf, "/etc/passwd") == 0, "M05 a link stays a link");
	ok(path_readlinkat(to, "dangling", buf, sizeof(buf)) > 0, "M05 a dangling one, too");
	ok(path_readlinkat(to, "up", buf, sizeof(buf)) == 2,
	   "M05 a link to a parent is not entered");
	ok(fstatat(to, "fifo", &b, 0) == 0 && S_ISFIFO(b.st_mode) && (b.st_mode & 0777) == 0640,
	   "M05 a FIFO, without waiting for it");
	fstatat(from, "sparse", &a, 0);
	fstatat(to, "sparse", &b, 0);
	ok(a.st_size == b.st_size, "M05 the size of a sparse file");
	ok(a.st_blocks > 1000 || b.st_blocks < 1000, "M05 its hole stays a hole");
	fd = openat(to, "sparse", O_RDONLY);
	ok(pread(fd, buf, 1, (64LL << 20) - 1) == 1 && buf[0] == 'Z', "M05 what is behind it");
	close(fd);
	alarm(0);
	(void)top;
}

static void test_skipped(int from, int to)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	struct error e = ERROR_INIT;
	struct stat st;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/socket", from);
	ok(bind(s, (struct sockaddr *)&addr, sizeof(addr)) == 0, "a socket in the image");
	if (mknodat(from, "node", S_IFCHR | 0666, 0x103) < 0)
		skip("M05 a device node", "not privileged");
	is_int(tmpcopyup(from, to, &e), 0, "M05 copy");
	ok(fstatat(to, "socket", &st, AT_SYMLINK_NOFOLLOW) < 0, "M05 a socket is left out");
	ok(fstatat(to, "node", &st, AT_SYMLINK_NOFOLLOW) < 0, "M05 so is a device node");
	close(s);
}

static void test_failures(int from, int to)
{
	struct error e = ERROR_INIT;
	int dir = dup(from);

	put(from, "there", "x", 0644);
	put(to, "there", "y", 0644);
	is_int(tmpcopyup(from, to, &e), -EEXIST, "M05 nothing is overwritten");
	has_str(e.msg, "'there'", "M05 the error names the file");
	unlinkat(from, "there", 0);
	for (int i = 0; i < 70; i++) {
		int next;

		mkdirat(dir, "d", 0755);
		next = openat(dir, "d", O_RDONLY | O_DIRECTORY);
		close(dir);
		dir = next;
	}
	close(dir);
	error_clear(&e);
	lseek(from, 0, SEEK_SET);
	is_int(tmpcopyup(from, to, &e), -ELOOP, "M05 the depth is bounded");
	has_str(e.msg, "deeper than 64", "M05 and the error says so");
}

static int fresh(int top, const char *name)
{
	mkdirat(top, name, 0755);
	return openat(top, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int main(void)
{
	int top = temp_begin();
	int fds[6];

	for (int i = 0; i < 6; i++) {
		char name[2] = { (char)('a' + i), '\0' };

		fds[i] = fresh(top, name);
	}
	umask(027);
	test_copy(top, fds[0], fds[1]);
	test_skipped(fds[2], fds[3]);
	test_failures(fds[4], fds[5]);
	/* so that everybody can remove it */
	if (fchmodat(fds[0], "dir", 0700, 0) < 0 || fchmodat(fds[1], "dir", 0700, 0) < 0)
		abort();
	for (int i = 0; i < 6; i++)
		close(fds[i]);
	temp_done(top);
	return tap_done();
}
