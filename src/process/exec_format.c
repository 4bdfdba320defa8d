/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See exec_format.h. The file is the image's and may be forged: every offset is
 * only handed to pread(2), every count is bounded, and the outcome is text for
 * a message. It decides nothing: binfmt_misc may run what looks foreign.
 */
#include "process/exec_format.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "process/words.h"

enum {
	SCRIPT_LINE_MAX = 256, /* BINPRM_BUF_SIZE */
	INTERPRETER_MAX = 256,
	PHDRS_MAX = 64,
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { NATIVE_DATA = ELFDATA2LSB };
#else
enum { NATIVE_DATA = ELFDATA2MSB };
#endif

#if defined(__x86_64__)
enum { NATIVE_MACHINE = EM_X86_64 };
#elif defined(__i386__)
enum { NATIVE_MACHINE = EM_386 };
#elif defined(__aarch64__)
enum { NATIVE_MACHINE = EM_AARCH64 };
#elif defined(__arm__)
enum { NATIVE_MACHINE = EM_ARM };
#elif defined(__riscv)
enum { NATIVE_MACHINE = EM_RISCV };
#elif defined(__s390__)
enum { NATIVE_MACHINE = EM_S390 };
#elif defined(__powerpc64__)
enum { NATIVE_MACHINE = EM_PPC64 };
#elif defined(__loongarch__)
enum { NATIVE_MACHINE = 258 };
#elif defined(__mips__)
enum { NATIVE_MACHINE = EM_MIPS };
#else
enum { NATIVE_MACHINE = EM_NONE };
#endif

static const struct {
	unsigned int number;
	const char *name;
} machines[] = {
	{ EM_386, "i386" },        { EM_X86_64, "x86_64" }, { EM_ARM, "arm" },
	{ EM_AARCH64, "aarch64" }, { EM_RISCV, "riscv" },   { EM_S390, "s390x" },
	{ EM_PPC, "ppc" },         { EM_PPC64, "ppc64" },   { EM_MIPS, "mips" },
	{ 258, "loongarch64" },
};

static const char *machine_name(unsigned int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].number == number)
			return machines[i].name;
	return "another machine";
}

/* Is there something at `path` in the container? Only then it is not the cause. */
static bool is_missing(int rootfd, const char *path)
{
	cleanup_fd int fd = -EBADF;

	if (path[0] != '/')
		return false;
	fd = path_open_in(rootfd, path, O_PATH);
	return fd == -ENOENT || fd == -ENOTDIR;
}

static void diagnose_script(char *line, int rootfd, struct process_executable *ret)
{
	char shown[WORDS_SHOWN_MAX], *interpreter;
	bool is_dos;

	line[strcspn(line, "\n")] = '\0';
	interpreter = line + 2 + strspn(line + 2, " \t");
	is_dos = strchr(interpreter, '\r') != NULL;
	interpreter[strcspn(interpreter, " \t")] = '\0';
	if (*interpreter == '\0')
		snprintf(ret->bad_format, sizeof(ret->bad_format), "its '#!' names no interpreter");
	else if (is_missing(rootfd, interpreter))
		snprintf(ret->no_entry, sizeof(ret->no_entry),
			 "its interpreter '%.300s' (first line)%s", words_shown(interpreter, shown),
			 is_dos ? ", which ends in a carriage return," : "");
}

static bool read_at(int fd, void *p, size_t len, uint64_t offset)
{
	return offset <= INT64_MAX && pread(fd, p, len, (off_t)offset) == (ssize_t)len;
}

/* Offset and length of PT_INTERP of an ELF file of either class. */
static bool find_interp(int fd, bool is_64, const void *head, uint64_t *ret_offset,
			uint64_t *ret_len)
{
	const Elf64_Ehdr *h64 = head;
	const Elf32_Ehdr *h32 = head;
	uint64_t at = is_64 ? h64->e_phoff : h32->e_phoff;
	unsigned int n = is_64 ? h64->e_phnum : h32->e_phnum;
	unsigned int step = is_64 ? h64->e_phentsize : h32->e_phentsize;

	if (step != (is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		return false;
	for (unsigned int i = 0; i < n && i < PHDRS_MAX; i++) {
		union {
			Elf64_Phdr p64;
			Elf32_Phdr p32;
		} ph;

		if (!read_at(fd, &ph, step, at + (uint64_t)i * step))
			return false;
		if ((is_64 ? ph.p64.p_type : ph.p32.p_type) != PT_INTERP)
			continue;
		*ret_offset = is_64 ? ph.p64.p_offset : ph.p32.p_offset;
		*ret_len = is_64 ? ph.p64.p_filesz : ph.p32.p_filesz;
		return true;
	}
	return false;
}

static void diagnose_elf(int fd, const unsigned char *head, int rootfd,
			 struct process_executable *ret)
{
	char interp[INTERPRETER_MAX + 1], shown[WORDS_SHOWN_MAX];
	bool is_native_order = head[EI_DATA] == NATIVE_DATA;
	unsigned int machine = head[EI_DATA] == ELFDATA2MSB ? head[18] << 8 | head[19]
							    : head[19] << 8 | head[18];
	uint64_t offset, len;

	if (machine != NATIVE_MACHINE || !is_native_order)
		snprintf(ret->bad_format, sizeof(ret->bad_format),
			 "it is a program for %s, this machine is %s", machine_name(machine),
			 machine_name(NATIVE_MACHINE));
	if (!is_native_order || !find_interp(fd, head[EI_CLASS] == ELFCLASS64, head, &offset, &len))
		return;
	if (len == 0 || len > INTERPRETER_MAX || !read_at(fd, interp, (size_t)len, offset))
		return;
	interp[len] = '\0';
	if (is_missing(rootfd, interp))
		snprintf(ret->no_entry, sizeof(ret->no_entry),
			 "its loader '%.300s' (a dynamic program, made for another libc?)",
			 words_shown(interp, shown));
}

void exec_format_diagnose(int fd, int rootfd, struct process_executable *ret)
{
	union {
		Elf64_Ehdr align;
		unsigned char bytes[SCRIPT_LINE_MAX + 1];
	} head;
	ssize_t n = pread(fd, head.bytes, SCRIPT_LINE_MAX, 0);

	if (n < 0)
		return;
	memset(head.bytes + n, 0, sizeof(head.bytes) - (size_t)n);
	if (n >= 2 && head.bytes[0] == '#' && head.bytes[1] == '!')
		diagnose_script((char *)head.bytes, rootfd, ret);
	else if ((size_t)n >= sizeof(Elf64_Ehdr) && memcmp(head.bytes, ELFMAG, SELFMAG) == 0)
		diagnose_elf(fd, head.bytes, rootfd, ret);
	else
		snprintf(ret->bad_format, sizeof(ret->bad_format), "%s",
			 n == 0 ? "it is empty" : "neither a program nor a script with '#!'");
}
