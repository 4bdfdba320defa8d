/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See seccomp_cache.h. The key is a hash over a serialization in which every
 * string and list carries its length and every optional value its presence, so
 * no two profiles can look the same (crun's key lacked the rules' errnoRet and
 * served the wrong filter).
 *
 * Who can write the file can run what the container may not: it is used only
 * if it is a regular file of our own uid that no one else can write, in a
 * directory of which the same is true.
 */
#include "process/seccomp_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"

enum {
	CACHE_FORMAT = 4, /* change it with the compiler or the file */
	NAME_SIZE = SHA256_HEX_SIZE + 4,
	SCAN_MAX = 1024,
	TOUCH_AFTER = 24 * 3600, /* seconds */
};

struct cache_head {
	char magic[8];
	uint32_t format, flags;
	uint64_t len; /* instructions; they follow, then the SHA-256 of all before */
	uint8_t key[SHA256_SIZE];
	struct library_id library;
};

static const char cache_magic[8] = "urunbpf";

/*
 * A field that is new in the config must get into the key: this fails to
 * compile until someone has looked.
 */
#ifdef __LP64__
_Static_assert(sizeof(struct oci_seccomp) == 80, "seccomp_cache_key() must cover each field");
_Static_assert(sizeof(struct oci_seccomp_syscall) == 48, "seccomp_cache_key(): each field");
_Static_assert(sizeof(struct oci_seccomp_arg) == 32, "seccomp_cache_key(): each field");
_Static_assert(sizeof(struct seccomp_options) == 1, "seccomp_cache_key(): each field");
#endif

static void put_u64(struct sha256 *h, uint64_t v)
{
	uint8_t b[8];

	for (int i = 0; i < 8; i++)
		b[i] = (uint8_t)(v >> (8 * i));
	sha256_update(h, b, sizeof(b));
}

static void put_string(struct sha256 *h, const char *s)
{
	size_t len = s ? strlen(s) : 0;

	put_u64(h, s ? 1 : 0);
	put_u64(h, len);
	sha256_update(h, s ? s : "", len);
}

static void put_strings(struct sha256 *h, const struct oci_strings *s)
{
	put_u64(h, s->n);
	for (size_t i = 0; i < s->n; i++)
		put_string(h, s->v[i]);
}

static void put_rule(struct sha256 *h, const struct oci_seccomp_syscall *r)
{
	put_strings(h, &r->names);
	put_string(h, r->action);
	put_u64(h, r->has_errno_ret);
	put_u64(h, r->errno_ret);
	put_u64(h, r->n_args);
	for (size_t i = 0; i < r->n_args; i++) {
		put_u64(h, r->args[i].index);
		put_u64(h, r->args[i].value);
		put_u64(h, r->args[i].value_two);
		put_string(h, r->args[i].op);
	}
}

/* What else the program depends on, but for the library: that is in the head. */
static void put_world(struct sha256 *h)
{
	struct utsname u;

	put_u64(h, CACHE_FORMAT);
	if (uname(&u) < 0)
		memset(&u, 0, sizeof(u));
	put_string(h, u.release);
	put_string(h, u.machine);
	put_u64(h, sizeof(void *));
}

void seccomp_cache_key(const struct oci_seccomp *s, const struct seccomp_options *o,
		       uint8_t ret[SHA256_SIZE])
{
	struct sha256 h;

	sha256_init(&h);
	put_world(&h);
	put_u64(&h, o->fail_unknown);
	put_string(&h, s->default_action);
	put_u64(&h, s->has_default_errno_ret);
	put_u64(&h, s->default_errno_ret);
	put_strings(&h, &s->flags);
	put_string(&h, s->listener_path);
	put_string(&h, s->listener_metadata);
	put_strings(&h, &s->architectures);
	put_u64(&h, s->n_syscalls);
	for (size_t i = 0; i < s->n_syscalls; i++)
		put_rule(&h, &s->syscalls[i]);
	sha256_final(&h, ret);
}

static bool is_ours_alone(const struct stat *st, mode_t type)
{
	return (st->st_mode & S_IFMT) == type && st->st_uid == geteuid() &&
	       (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static bool is_dir_ours(int dirfd)
{
	struct stat st;

	return fstat(dirfd, &st) == 0 && is_ours_alone(&st, S_IFDIR);
}

static void file_name(const uint8_t key[SHA256_SIZE], char ret[NAME_SIZE])
{
	sha256_hex(key, ret);
	memcpy(ret + SHA256_HEX_SIZE - 1, ".bpf", 5);
}

static void checksum(const void *head, const void *insns, size_t size, uint8_t ret[SHA256_SIZE])
{
	struct sha256 h;

	sha256_init(&h);
	sha256_update(&h, head, sizeof(struct cache_head));
	sha256_update(&h, insns, size);
	sha256_final(&h, ret);
}

static int read_program(int fd, const struct stat *st, const uint8_t key[SHA256_SIZE],
			struct arena *a, struct seccomp_program *ret)
{
	uint8_t want[SHA256_SIZE], got[SHA256_SIZE];
	struct sock_filter *insns;
	struct cache_head head;
	size_t size;

	if (io_read_full(fd, &head, sizeof(head)) != (ssize_t)sizeof(head) ||
	    memcmp(head.magic, cache_magic, sizeof(cache_magic)) != 0 ||
	    head.format != CACHE_FORMAT || memcmp(head.key, key, SHA256_SIZE) != 0 ||
	    head.len == 0 || head.len > BPF_MAXINSNS)
		return -EBADMSG;
	if (!seccomp_library_is(&head.library))
		return -ESTALE;
	size = (size_t)head.len * sizeof(*insns);
	if ((uint64_t)st->st_size != sizeof(head) + size + SHA256_SIZE)
		return -EBADMSG;
	insns = arena_alloc(a, size);
	if (!insns)
		return -ENOMEM;
	if (io_read_full(fd, insns, size) != (ssize_t)size ||
	    io_read_full(fd, got, sizeof(got)) != (ssize_t)sizeof(got))
		return -EBADMSG;
	checksum(&head, insns, size, want);
	if (memcmp(want, got, sizeof(got)) != 0)
		return -EBADMSG;
	*ret = (struct seccomp_program){ insns, (size_t)head.len, head.flags };
	return 0;
}

int seccomp_cache_load(int dirfd, const uint8_t key[SHA256_SIZE], struct arena *a,
		       struct seccomp_program *ret)
{
	cleanup_fd int fd = -EBADF;
	char name[NAME_SIZE];
	struct stat st;
	int r;

	if (!is_dir_ours(dirfd))
		return -EPERM;
	file_name(key, name);
	fd = path_openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!is_ours_alone(&st, S_IFREG))
		return -EPERM;
	r = read_program(fd, &st, key, a, ret);
	/* Used: it goes later. Once a day is enough, and spares the write. */
	if (r == 0 && time(NULL) - st.st_mtime > TOUCH_AFTER)
		futimens(fd, NULL);
	return r;
}

struct cached_file {
	char name[NAME_SIZE];
	struct timespec mtime;
};

static int older_first(const void *a, const void *b)
{
	const struct timespec *x = &((const struct cached_file *)a)->mtime;
	const struct timespec *y = &((const struct cached_file *)b)->mtime;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? -1 : 1;
	return x->tv_nsec < y->tv_nsec ? -1 : x->tv_nsec > y->tv_nsec;
}

static bool is_cache_name(const char *name)
{
	return strlen(name) == NAME_SIZE - 1 &&
	       strspn(name, "0123456789abcdef") == SHA256_HEX_SIZE - 1 &&
	       strcmp(name + SHA256_HEX_SIZE - 1, ".bpf") == 0;
}

static size_t list_files(int dirfd, struct cached_file *files)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	size_t n = 0;

	if (path_opendirat(dirfd, ".", &dir) < 0)
		return 0;
	while (n < SCAN_MAX && (entry = readdir(dir)) != NULL) {
		struct stat st;

		if (!is_cache_name(entry->d_name) ||
		    path_statat(dirfd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		memcpy(files[n].name, entry->d_name, NAME_SIZE);
		files[n++].mtime = st.st_mtim;
	}
	return n;
}

static void make_room(int dirfd)
{
	cleanup_free struct cached_file *files = calloc(SCAN_MAX, sizeof(*files));
	size_t n = files ? list_files(dirfd, files) : 0;

	if (n <= SECCOMP_CACHE_FILES)
		return;
	qsort(files, n, sizeof(*files), older_first);
	for (size_t i = 0; i < n / 2; i++)
		path_unlinkat(dirfd, files[i].name, 0);
}

int seccomp_cache_store(int dirfd, const uint8_t key[SHA256_SIZE],
			const struct seccomp_program *program)
{
	size_t size = program->len * sizeof(*program->insns);
	size_t total = sizeof(struct cache_head) + size + SHA256_SIZE;
	cleanup_free uint8_t *file = NULL;
	char name[NAME_SIZE];
	struct cache_head head = {
		.format = CACHE_FORMAT,
		.flags = program->flags,
		.len = program->len,
	};
	int r;

	if (!is_dir_ours(dirfd))
		return -EPERM;
	file = malloc(total);
	if (!file)
		return -ENOMEM;
	memcpy(head.magic, cache_magic, sizeof(head.magic));
	memcpy(head.key, key, SHA256_SIZE);
	seccomp_library_id(&head.library);
	memcpy(file, &head, sizeof(head));
	memcpy(file + sizeof(head), program->insns, size);
	checksum(&head, program->insns, size, file + sizeof(head) + size);
	file_name(key, name);
	r = io_write_file_at(dirfd, name, file, total, 0600);
	if (r == 0)
		make_room(dirfd);
	return r;
}
