/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp cache: every field is in the key (crun once forgot a rule's
 * errnoRet), a damaged or foreign file is not used, and old files go.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "process/seccomp_cache.h"

enum { VARIANTS = 30 };

static char *names_a[] = { "read", "write", NULL };
static char *names_joined[] = { "readwrite", NULL };
static char *archs[] = { "SCMP_ARCH_X86_64", NULL };
static char *flags[] = { "SECCOMP_FILTER_FLAG_LOG", NULL };

/* Variants that change the profile or the options. */
static bool change_profile(int variant, struct oci_seccomp *s, struct seccomp_options *o)
{
	switch (variant) {
	case 0:
		return true;
	case 1:
		s->default_action = "SCMP_ACT_KILL";
		return true;
	case 2:
		s->default_errno_ret = 38;
		return true;
	case 3:
		s->has_default_errno_ret = false;
		return true;
	case 4:
		s->flags.n = 0;
		return true;
	case 5:
		s->flags.v = archs;
		return true;
	case 6:
		s->listener_path = NULL;
		return true;
	case 7:
		s->listener_path = "";
		return true;
	case 8:
		s->listener_path = "/k";
		return true;
	case 9:
		s->listener_metadata = NULL;
		return true;
	case 10:
		s->listener_metadata = "n";
		return true;
	case 11:
		s->architectures.n = 0;
		return true;
	case 12:
		s->architectures.v = flags;
		return true;
	case 13:
		s->n_syscalls = 1;
		return true;
	case 14:
		s->n_syscalls = 3;
		return true;
	case 28:
		o->fail_unknown = true;
		return true;
	}
	return false;
}

/* Variants that change a rule or one of its arguments. */
static bool change_rules(int variant, struct oci_seccomp_syscall *rules,
			 struct oci_seccomp_arg *args)
{
	switch (variant) {
	case 15:
		rules[0].names.n = 1;
		return true;
	case 16:
		rules[0].names = (struct oci_strings){ names_joined, 1 };
		return true;
	case 17:
		rules[0].action = "SCMP_ACT_TRACE";
		return true;
	case 18:
		rules[0].errno_ret = 38;
		return true;
	case 19:
		rules[0].has_errno_ret = false;
		return true;
	case 20:
		rules[1].errno_ret = 38;
		return true;
	case 21:
		rules[0].n_args = 0;
		return true;
	case 22:
		rules[0].n_args = 2;
		return true;
	case 23:
		args[0].index = 0;
		return true;
	case 24:
		args[0].value = 3;
		return true;
	case 25:
		args[0].value_two = 2;
		return true;
	case 26:
		args[0].op = "SCMP_CMP_GE";
		return true;
	case 27:
		args[1].value = UINT64_C(0x100000004);
		return true;
	case 29:
		rules[1].names = (struct oci_strings){ names_a + 1, 1 };
		return true;
	}
	return false;
}

/*
 * Two rules with an argument each and every field set; variant N differs from
 * variant 0 in one field. False: no such variant.
 */
static bool key_of(int variant, uint8_t key[SHA256_SIZE])
{
	struct oci_seccomp_arg args[2] = { { 1, 2, 3, "SCMP_CMP_EQ" }, { 2, 4, 5, "SCMP_CMP_NE" } };
	struct oci_seccomp_syscall rules[3] = {
		{ { names_a, 2 }, "SCMP_ACT_ERRNO", 1, true, args, 1 },
		{ { names_a, 1 }, "SCMP_ACT_ALLOW", 0, false, args + 1, 1 },
	};
	struct oci_seccomp s = {
		.default_action = "SCMP_ACT_ERRNO",
		.default_errno_ret = 1,
		.has_default_errno_ret = true,
		.flags = { flags, 1 },
		.listener_path = "/l",
		.listener_metadata = "m",
		.architectures = { archs, 1 },
		.syscalls = rules,
		.n_syscalls = 2,
	};
	struct seccomp_options o = { .fail_unknown = false };

	if (!change_profile(variant, &s, &o) && !change_rules(variant, rules, args))
		return false;
	seccomp_cache_key(&s, &o, key);
	return true;
}

static void test_keys(void)
{
	uint8_t keys[VARIANTS][SHA256_SIZE], again[SHA256_SIZE];

	for (int i = 0; i < VARIANTS; i++)
		key_of(i, keys[i]);
	ok(!key_of(VARIANTS, again), "X08 all variants are tried");
	key_of(0, again);
	ok(memcmp(keys[0], again, SHA256_SIZE) == 0, "X08 the same profile has the same key");
	for (int i = 0; i < VARIANTS; i++) {
		bool differs = true;

		for (int j = 0; j < i; j++)
			differs &= memcmp(keys[i], keys[j], SHA256_SIZE) != 0;
		ok(differs, "X08 field variant %d has a key of its own", i);
	}
}

static int files_in(int dirfd)
{
	cleanup_fd int fd = path_openat(dirfd, ".", O_RDONLY | O_DIRECTORY, 0);
	cleanup_dir DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int n = 0;

	take_fd(&fd);
	while (dir && (entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	return n;
}

static void test_round_trip(int dirfd)
{
	struct sock_filter insns[3] = { { 1, 2, 3, 4 }, { 5, 6, 7, 8 }, { 9, 10, 11, 12 } };
	struct seccomp_program p = { insns, 3, 0x25 }, back = { 0 };
	cleanup_arena struct arena a = ARENA_INIT;
	char name[SHA256_HEX_SIZE + 4];
	uint8_t key[SHA256_SIZE], other[SHA256_SIZE];
	cleanup_fd int fd = -EBADF;
	struct stat st;

	key_of(0, key);
	key_of(1, other);
	sha256_hex(key, name);
	strcat(name, ".bpf");
	is_int(seccomp_cache_load(dirfd, key, &a, &back), -ENOENT, "X08 an empty cache misses");
	is_int(seccomp_cache_store(dirfd, key, &p), 0, "X08 a program is stored");
	is_int(seccomp_cache_load(dirfd, key, &a, &back), 0, "X08 and found");
	ok(back.len == 3 && back.flags == 0x25 && memcmp(back.insns, insns, sizeof(insns)) == 0,
	   "X08 as it was");
	is_int(seccomp_cache_load(dirfd, other, &a, &back), -ENOENT, "X08 another key misses");
	fstatat(dirfd, name, &st, 0);
	is_int(st.st_mode & 07777, 0600, "X08 its mode is 0600");

	fd = openat(dirfd, name, O_RDWR);
	fstat(fd, &st);
	ok(pwrite(fd, "\1", 1, st.st_size - SHA256_SIZE - 3) == 1, "X08 (damage a byte)");
	is_int(seccomp_cache_load(dirfd, key, &a, &back), -EBADMSG,
	       "X08 a damaged file is not used");
	seccomp_cache_store(dirfd, key, &p);
	is_int(seccomp_cache_load(dirfd, key, &a, &back), 0, "X08 it is replaced");
	is_int(fchmodat(dirfd, name, 0660, 0), 0, "X08 (open it to the group)");
	is_int(seccomp_cache_load(dirfd, key, &a, &back), -EPERM, "X08 writable by the group: no");
	unlinkat(dirfd, name, 0);
	mkfifoat(dirfd, name, 0600);
	is_int(seccomp_cache_load(dirfd, key, &a, &back), -EPERM, "X08 a FIFO does not block");
	unlinkat(dirfd, name, 0);
	is_int(symlinkat("/dev/zero", dirfd, name), 0, "X08 (a symlink)");
	is_int(seccomp_cache_load(dirfd, key, &a, &back), -ELOOP, "X08 a symlink is not followed");
	unlinkat(dirfd, name, 0);
	fchmod(dirfd, 0770);
	is_int(seccomp_cache_store(dirfd, key, &p), -EPERM, "X08 a shared directory is not used");
	is_int(seccomp_cache_load(dirfd, key, &a, &back), -EPERM, "X08 ... to read either");
	fchmod(dirfd, 0700);
	is_int(files_in(dirfd), 0, "X08 nothing is left behind");
}

static void test_eviction(int dirfd)
{
	struct sock_filter insn = { 6, 0, 0, 0x7fff0000 };
	struct seccomp_program p = { &insn, 1, 0 }, back;
	cleanup_arena struct arena a = ARENA_INIT;
	uint8_t key[SHA256_SIZE] = { 0 };

	for (int i = 0; i < SECCOMP_CACHE_FILES; i++) {
		struct timespec t[2] = { { 1000 + i, 0 }, { 1000 + i, 0 } };
		char name[SHA256_HEX_SIZE + 4];

		key[0] = (uint8_t)i;
		seccomp_cache_store(dirfd, key, &p);
		sha256_hex(key, name);
		strcat(name, ".bpf");
		utimensat(dirfd, name, t, 0);
	}
	is_int(files_in(dirfd), SECCOMP_CACHE_FILES, "X08 64 files stay");
	key[0] = 32;
	is_int(seccomp_cache_load(dirfd, key, &a, &back), 0, "X08 an old file is used ...");
	key[0] = 0;
	seccomp_cache_load(dirfd, key, &a, &back);
	key[0] = 200;
	seccomp_cache_store(dirfd, key, &p);
	is_int(files_in(dirfd), SECCOMP_CACHE_FILES - 31, "X08 the 65th sends the older half away");
	is_int(seccomp_cache_load(dirfd, key, &a, &back), 0, "X08 the new one stays");
	key[0] = 1;
	is_int(seccomp_cache_load(dirfd, key, &a, &back), -ENOENT, "X08 an old one is gone");
	key[0] = 0;
	is_int(seccomp_cache_load(dirfd, key, &a, &back), 0, "X08 but not one that was used");
}

static void test_library(void)
{
	struct library_id id, other;

	seccomp_library_id(&id);
	ok(seccomp_library_is(&id), "X08 the library is itself");
	for (size_t i = 0; i < 4; i++) {
		other = id;
		*(&other.device + i) += 1;
		ok(!seccomp_library_is(&other), "X08 it is not one that differs in field %zu", i);
	}
	other = id;
	memset(other.path, 'x', sizeof(other.path));
	ok(!seccomp_library_is(&other), "X08 nor one whose path has no end");
	other = (struct library_id){ 0 };
	ok(!seccomp_library_is(&other), "X08 nor none");
}

int main(void)
{
	char dir[] = "/tmp/urun-test-cache-XXXXXX";
	struct seccomp_version version;
	cleanup_fd int fd = -EBADF;

	test_keys();
	if (!seccomp_library_version(&version)) {
		skip("X08 the seccomp cache", "no libseccomp here");
		return tap_done();
	}
	test_library();
	if (!mkdtemp(dir))
		return 1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_round_trip(fd);
	test_eviction(fd);
	path_remove_tree(AT_FDCWD, dir);
	return tap_done();
}
