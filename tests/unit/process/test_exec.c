/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding and starting the command: the exact texts that engines match on
 * (C20), and the diagnosis of programs that cannot start (P30).
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../tap.h"
#include "base/cleanup.h"
#include "child.h"
#include "process/exec.h"
#include "process/words.h"

static char dir[] = "/tmp/urun-test-exec-XXXXXX";
static char path_env[256];
static struct error error;

static void put(const char *name, const void *bytes, size_t len, mode_t mode)
{
	cleanup_fd int d = open(dir, O_PATH | O_DIRECTORY);
	cleanup_fd int fd = openat(d, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (write(fd, bytes, len) != (ssize_t)len || fchmod(fd, mode) < 0)
		printf("# cannot make %s\n", name);
}

/* "dir/NAME" */
static const char *in_dir(const char *name)
{
	static char buf[4096];

	snprintf(buf, sizeof(buf), "%s/%s", dir, name);
	return buf;
}

static int find(const char *name, struct process_executable *x)
{
	char *argv[] = { (char *)(uintptr_t)name, NULL }, *env[] = { "A=PATH=/x", path_env, NULL };
	struct process_plan p = { .argv = argv, .env = env };
	cleanup_fd int root = open("/", O_PATH | O_DIRECTORY);

	error_clear(&error);
	return process_find_executable(&p, root, x, &error);
}

static void refused(const char *name, const char *fmt_first, const char *text)
{
	struct process_executable x;
	char want[8192];

	snprintf(want, sizeof(want), "exec: \"%s\": %s", name, fmt_first);
	ok(find(name, &x) < 0, "C20 %s is refused", text);
	is_str(error.msg, want, text);
}

static void test_texts(void)
{
	char want[8192];

	refused("nope", "executable file not found in $PATH", "C20 not in PATH");
	refused("", "executable file not found in $PATH", "C20 empty argv[0]");
	refused("/nope", "stat /nope: no such file or directory", "C20 absolute and missing");
	refused("./nope", "stat ./nope: no such file or directory", "C20 relative and missing");
	refused("/etc", "is a directory: permission denied", "C20 a directory");
	snprintf(want, sizeof(want), "%s", in_dir("plain"));
	refused(want, "permission denied", "C20 not executable");
	refused("/dev/null", "permission denied", "C20 a device");
	refused("/etc/passwd/x", "stat /etc/passwd/x: not a directory", "C20 below a file");
	refused("/proc/self/exe", "stat /proc/self/exe: too many levels of symbolic links",
		"C20 urun itself through a magic link (CVE-2019-5736)");
	refused("plain", "executable file not found in $PATH", "C20 in PATH, not executable");
	has_str(error.hint, "plain' is there, but is not executable", "C20 ... the hint tells");
	refused("subdir", "executable file not found in $PATH", "C20 a directory in PATH");
}

static void test_long_names(void)
{
	static char name[100000];
	struct process_executable x;

	memset(name, 'a', sizeof(name) - 1);
	is_int(find(name, &x), -ENOENT, "C20 a name of 100 kB");
	has_str(error.msg, "...\": executable file not found in $PATH", "C20 ... keeps its end");
	name[0] = '/';
	is_int(find(name, &x), -ENAMETOOLONG, "C20 a path of 100 kB");
	has_str(error.msg, ": file name too long", "C20 ... keeps its end");
	is_int(find("a\nb", &x), -ENOENT, "C20 a newline in a name");
	ok(!strchr(error.msg, '\n'), "C20 ... not in the message");
}

static void test_found(void)
{
	char *argv[] = { "sh", NULL }, *none[] = { NULL }, *empty[] = { "PATH=", NULL };
	struct process_plan p = { .argv = argv, .env = none };
	cleanup_fd int root = open("/", O_PATH | O_DIRECTORY);
	struct process_executable x;

	is_int(find("good", &x), 0, "C20 found in PATH");
	is_str(x.path, in_dir("good"), "C20 where it lies");
	ok(!x.no_entry[0] && !x.bad_format[0], "P30 nothing is wrong with it");
	is_int(find("/bin/sh", &x), 0, "C20 an absolute path");
	is_str(x.path, "/bin/sh", "C20 ... as it was given");
	is_int(process_find_executable(&p, root, &x, &error), 0, "C20 no PATH: the default");
	p.env = empty;
	is_int(process_find_executable(&p, root, &x, &error), -ENOENT, "C20 an empty PATH");
}

/* The message of the failing execve, in a child. */
static const char *failing;

static int start(void)
{
	char *argv[] = { "x", NULL }, *env[] = { path_env, NULL };
	struct process_plan p = { .argv = argv, .env = env };
	cleanup_fd int root = open("/", O_PATH | O_DIRECTORY);
	struct process_executable x;

	argv[0] = (char *)(uintptr_t)failing;
	if (process_find_executable(&p, root, &x, &child_error) == 0)
		process_execve(&p, &x, &child_error);
	return 1;
}

static void fails_with(const char *file, const char *text, const char *name)
{
	char said[4096];

	failing = in_dir(file);
	ok(run_child(start, said, sizeof(said)) == 1, "%s: does not start", name);
	has_str(said, "[exec: \"", name);
	has_str(said, text, name);
}

static void starts(const char *file, int status, const char *name)
{
	char said[4096];

	failing = file;
	is_int(run_child(start, said, sizeof(said)), status, name);
}

static size_t elf_of(unsigned char *b, int machine, const char *interp)
{
	Elf64_Ehdr h = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = (Elf64_Half)machine,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(h),
		.e_ehsize = sizeof(h),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 2,
	};
	Elf64_Phdr p[2] = {
		{ .p_type = PT_LOAD,
		  .p_flags = PF_R,
		  .p_filesz = 512,
		  .p_memsz = 512,
		  .p_align = 4096 },
		{ .p_type = PT_INTERP,
		  .p_flags = PF_R,
		  .p_offset = 256,
		  .p_filesz = strlen(interp) + 1 },
	};

	memset(b, 0, 512);
	memcpy(b, &h, sizeof(h));
	memcpy(b + sizeof(h), p, sizeof(p));
	memcpy(b + 256, interp, strlen(interp) + 1);
	return 512;
}

#if defined(__x86_64__)
enum { NATIVE = EM_X86_64, FOREIGN = EM_S390 };
#else
enum { NATIVE = EM_AARCH64, FOREIGN = EM_S390 };
#endif

static void test_diagnosis(void)
{
	static const char script[] = "#!/no/such/interpreter -x\n";
	static const char dos[] = "#!/bin/sh\r\nexit 3\r\n";
	static const char good[] = "#!/bin/sh\nexit 3\n";
	unsigned char b[512];

	put("script", script, sizeof(script) - 1, 0755);
	fails_with("script",
		   "its interpreter '/no/such/interpreter' (first line): no such file or "
		   "directory",
		   "P30 a missing interpreter");
	put("dos", dos, sizeof(dos) - 1, 0755);
	fails_with("dos", "carriage return,: no such file or directory", "P30 a DOS script");
	put("text", "echo\n", 5, 0755);
	fails_with("text", "exec format error: neither a program nor a script with '#!'",
		   "P30 text without '#!'");
	put("empty", "", 0, 0755);
	fails_with("empty", "exec format error: it is empty", "P30 an empty file");
	put("bang", "#!\n", 3, 0755);
	fails_with("bang", "exec format error: its '#!' names no interpreter", "P30 an empty '#!'");
	put("foreign", b, elf_of(b, FOREIGN, "/lib/ld64.so.1"), 0755);
	fails_with("foreign", "exec format error: it is a program for s390x, this machine is",
		   "P30 another machine's program");
	put("loader", b, elf_of(b, NATIVE, "/lib/ld-nowhere.so.1"), 0755);
	fails_with("loader", "its loader '/lib/ld-nowhere.so.1'", "P30 a missing loader");
	fails_with("loader", ": no such file or directory", "P30 ... is still 127 for engines");
	put("good", good, sizeof(good) - 1, 0755);
	starts("good", 3, "C20 a script by its name");
	starts(in_dir("good"), 3, "C20 a script by its path");
}

/* Forged headers: no crash, whatever they say (the sanitizers watch). */
static void test_forged(void)
{
	unsigned char b[512];
	unsigned int seed = 1;
	struct process_executable x;

	for (int round = 0; round < 2000; round++) {
		elf_of(b, NATIVE, "/lib/ld.so");
		for (int i = 0; i < 6; i++) {
			seed = seed * 1103515245 + 12345;
			b[4 + (seed >> 8) % 200] = (unsigned char)(seed >> 20);
		}
		if (round % 7 == 0)
			memset(b + 256, 'A', 256);
		put("forged", b, sizeof(b), 0755);
		if (find("forged", &x) != 0)
			break;
	}
	is_int(find("forged", &x), 0, "P30 2000 forged headers are survived");
}

static void test_words(void)
{
	is_str(words_user(-ENOENT), "no such file or directory",
	       "C20 ENOENT for the user's command");
	is_str(words_user(EACCES), "permission denied", "C20 EACCES for the user's command");
	ok(words_user(EIO) && *words_user(EIO), "C20 any other");
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	snprintf(path_env, sizeof(path_env), "PATH=/no/such/dir:%s::/etc/passwd", dir);
	put("plain", "x", 1, 0644);
	put("good", "#!/bin/sh\nexit 3\n", 17, 0755);
	if (mkdir(in_dir("subdir"), 0755) < 0)
		printf("# no subdir\n");
	test_texts();
	test_long_names();
	test_found();
	test_diagnosis();
	test_forged();
	test_words();
	path_remove_tree(AT_FDCWD, dir);
	return tap_done();
}
