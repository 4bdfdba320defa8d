/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor: only the kernel work that a rootless `run` of the benchmark's
 * bundles cannot do without, in the order that lets most of it overlap with
 * newuidmap and newgidmap.  It reads no config and checks little: it is a
 * yardstick, not a runtime.
 *
 * usage: floor [-b] [-s FILTER] ROOTFS SOURCES UID GID SUBUID SUBGID COUNT
 *   -b       do what bundle (b) asks for, else bundle (a)
 *   SOURCES  folder with the bind sources of bundle (b)
 *   FILTER   a compiled seccomp filter, to be loaded as it is
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOSUID (MS_NOSUID | MS_NOEXEC | MS_NODEV)
#define NEW_LATER (CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

static const char *const masked_a[] = {
	"proc/acpi",
	"proc/asound",
	"proc/kcore",
	"proc/keys",
	"proc/latency_stats",
	"proc/timer_list",
	"proc/timer_stats",
	"proc/sched_debug",
	"sys/firmware",
	"proc/scsi",
	NULL,
};
static const char *const masked_b[] = {
	"proc/acpi",
	"proc/kcore",
	"proc/keys",
	"proc/latency_stats",
	"proc/sched_debug",
	"proc/scsi",
	"proc/timer_list",
	"proc/timer_stats",
	"sys/devices/virtual/powercap",
	"sys/firmware",
	"sys/fs/selinux",
	"proc/interrupts",
	NULL,
};
static const char *const readonly_paths[] = {
	"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger", NULL,
};
static const char *const devices[] = {
	"null", "zero", "full", "tty", "urandom", "random", NULL,
};
static const char *const links[][2] = {
	{ "/proc/self/fd", "dev/fd" },       { "/proc/self/fd/0", "dev/stdin" },
	{ "/proc/self/fd/1", "dev/stdout" }, { "/proc/self/fd/2", "dev/stderr" },
	{ "pts/ptmx", "dev/ptmx" },          { NULL, NULL },
};
static const char *const bind_files[][2] = {
	{ "source-etc-hosts", "etc/hosts" },
	{ "source-run-.containerenv", "run/.containerenv" },
	{ "source-etc-hostname", "etc/hostname" },
	{ NULL, NULL },
};

static bool podman;
static const char *rootfs;
static const char *sources;
static struct sock_fprog filter;

static void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void must(int ret, const char *what)
{
	if (ret < 0)
		die(what);
}

/* ---- in the container; the working directory is its root ---- */

static void bind_path(const char *source, const char *target)
{
	must(mount(source, target, NULL, MS_BIND, NULL), target);
}

static void touch(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	must(fd, path);
	close(fd);
}

/* Mounts that need no mapped id: these run beside newuidmap. */
static void mount_early(void)
{
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "/");
	bind_path(rootfs, rootfs);
	must(chdir(rootfs), rootfs);
	must(mount("proc", "proc", "proc", NOSUID, NULL), "proc");
	must(mount("sysfs", "sys", "sysfs", NOSUID | MS_RDONLY, NULL), "sys");
	must(sethostname("bench", 5), "hostname");
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd, "socket");
	must(ioctl(fd, SIOCSIFFLAGS, &ifr), "lo");
	close(fd);
}

static void make_dev(void)
{
	char source[32];
	char target[32];

	must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"),
	     "dev");
	must(mkdir("dev/pts", 0755), "dev/pts");
	must(mkdir("dev/shm", 0755), "dev/shm");
	must(mkdir("dev/mqueue", 0755), "dev/mqueue");
	must(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		   "newinstance,ptmxmode=0666,mode=0620,gid=5"),
	     "dev/pts");
	must(mount("mqueue", "dev/mqueue", "mqueue", NOSUID, NULL), "mqueue");
	for (size_t i = 0; devices[i]; i++) {
		snprintf(source, sizeof(source), "/dev/%s", devices[i]);
		snprintf(target, sizeof(target), "dev/%s", devices[i]);
		touch(target);
		bind_path(source, target);
	}
	for (size_t i = 0; links[i][0]; i++)
		must(symlink(links[i][0], links[i][1]), links[i][1]);
}

static void mount_shm(void)
{
	char source[4096];

	if (!podman) {
		must(mount("shm", "dev/shm", "tmpfs", NOSUID, "mode=1777,size=65536k"), "shm");
		return;
	}
	snprintf(source, sizeof(source), "%s/source-dev-shm", sources);
	bind_path(source, "dev/shm");
	must(mount(NULL, "dev/shm", NULL, MS_REMOUNT | MS_BIND | NOSUID, NULL), "dev/shm");
	for (size_t i = 0; bind_files[i][0]; i++) {
		snprintf(source, sizeof(source), "%s/%s", sources, bind_files[i][0]);
		touch(bind_files[i][1]);
		bind_path(source, bind_files[i][1]);
	}
}

static void protect_paths(void)
{
	const char *const *masked = podman ? masked_b : masked_a;
	struct stat st;

	for (size_t i = 0; readonly_paths[i]; i++) {
		const char *path = readonly_paths[i];

		if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0)
			continue;
		must(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | NOSUID, NULL),
		     path);
	}
	for (size_t i = 0; masked[i]; i++) {
		if (stat(masked[i], &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			must(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, "size=0k"), masked[i]);
		else
			bind_path("/dev/null", masked[i]);
	}
}

static void enter_root(void)
{
	must((int)syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "umount");
	if (!podman)
		must(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL),
		     "read-only root");
}

static void write_sysctl(void)
{
	int fd = open("proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "0 0", 3) != 3)
		die("sysctl");
	close(fd);
}

/* Map the filter while the host's files are in reach. */
static void map_filter(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	must(fd, path);
	must(fstat(fd, &st), path);
	filter.len = (unsigned short)(st.st_size / sizeof(struct sock_filter));
	filter.filter = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (filter.filter == MAP_FAILED)
		die(path);
	close(fd);
}

static void load_filter(void)
{
	must((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter), "seccomp");
}

static void child(const int mapped[2])
{
	char *argv[] = { "/bin/true", NULL };
	char *envp[] = { "PATH=/bin", NULL };
	struct rlimit limit = { 1024, 1024 };
	char byte;

	close(mapped[1]);
	must(unshare(NEW_LATER), "unshare");
	mount_early();
	loopback_up();
	if (read(mapped[0], &byte, 1) != 1)
		die("maps");
	must(setresgid(0, 0, 0), "setgid");
	must(setresuid(0, 0, 0), "setuid");
	must(unshare(CLONE_NEWCGROUP), "cgroup namespace");
	make_dev();
	mount_shm();
	must(mount("cgroup2", "sys/fs/cgroup", "cgroup2", NOSUID | MS_RDONLY, NULL), "cgroup");
	if (podman)
		write_sysctl();
	protect_paths();
	enter_root();
	must(setrlimit(RLIMIT_NOFILE, &limit), "rlimit");
	if (podman && filter.len > 0)
		load_filter();
	else
		must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "nnp");
	execve(argv[0], argv, envp);
	die("/bin/true");
}

/* ---- the parent ---- */

static pid_t start_map(const char *prog, pid_t pid, char *const ids[3])
{
	char *envp[] = { NULL };
	char pid_text[16];
	char *argv[] = { (char *)prog, pid_text, "0", ids[0], "1", "1", ids[1], ids[2], NULL };
	pid_t helper;

	snprintf(pid_text, sizeof(pid_text), "%d", (int)pid);
	helper = vfork();
	if (helper == 0) {
		execve(prog, argv, envp);
		_exit(127);
	}
	must(helper, prog);
	return helper;
}

static void wait_for(pid_t pid, const char *what)
{
	int status;

	must(waitpid(pid, &status, 0), what);
	if (status != 0) {
		fprintf(stderr, "floor: %s failed: status %#x\n", what, (unsigned int)status);
		_exit(1);
	}
}

int main(int argc, char **argv)
{
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_NEWPID,
		.exit_signal = SIGCHLD,
	};
	int mapped[2];
	int opt;
	pid_t pid;
	pid_t helper;
	pid_t group_helper;

	while ((opt = getopt(argc, argv, "bs:")) != -1) {
		if (opt == 'b')
			podman = true;
		else
			map_filter(optarg);
	}
	if (argc - optind != 7)
		return 64;
	argv += optind;
	rootfs = argv[0];
	sources = argv[1];
	must(pipe2(mapped, O_CLOEXEC), "pipe");
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	must(pid, "clone3");
	if (pid == 0)
		child(mapped);
	helper = start_map("/usr/bin/newuidmap", pid, (char *[]){ argv[2], argv[4], argv[6] });
	group_helper =
		start_map("/usr/bin/newgidmap", pid, (char *[]){ argv[3], argv[5], argv[6] });
	wait_for(helper, "newuidmap");
	wait_for(group_helper, "newgidmap");
	if (write(mapped[1], "x", 1) != 1)
		die("maps");
	wait_for(pid, "container");
	return 0;
}
