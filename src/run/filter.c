/* SPDX-License-Identifier: Apache-2.0 */
/* See filter.h. */
#include "run/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "process/seccomp_cache.h"
#include "run/sync.h"

struct filter_slot {
	size_t len;
	unsigned int flags;
	uint8_t key[SHA256_SIZE]; /* in the cache */
	struct sock_filter insns[BPF_MAXINSNS];
};

static struct seccomp_options options_of(const struct launch *l)
{
	return (struct seccomp_options){ .fail_unknown = l->plan.seccomp_fail_unknown };
}

/* An id cannot begin with a dot. */
int launch_open_cache(const struct launch *l)
{
	int fd = path_openat(l->root_fd, ".cache", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	if (fd == -ENOENT && path_mkdirat(l->root_fd, ".cache", 0700) == 0)
		fd = path_openat(l->root_fd, ".cache", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	return fd;
}

/* A05: ready as it is; the profile's flags count. */
static int use_raw_filter(struct launch *l, struct error *e)
{
	struct process_plan *p = &l->plan.process;
	unsigned int flags;
	int r = seccomp_parse_flags(l->plan.seccomp, &flags, e);

	if (r < 0)
		return r;
	p->filter = l->plan.raw_filter;
	p->filter_len = l->plan.raw_filter_len;
	p->filter_flags = seccomp_load_flags(flags, l->plan.listener.wanted);
	return 0;
}

int filter_look_up(struct launch *l, struct error *e)
{
	const struct seccomp_options opt = options_of(l);
	struct process_plan *p = &l->plan.process;
	cleanup_fd int cache = -EBADF;
	struct seccomp_program program;
	uint8_t key[SHA256_SIZE];
	void *slot;
	int r;

	if (!p->argv)
		return 0;
	if (l->plan.raw_filter)
		return use_raw_filter(l, e);
	if (!l->plan.seccomp)
		return 0;
	cache = launch_open_cache(l);
	seccomp_cache_key(l->plan.seccomp, &opt, key);
	r = cache < 0 ? cache : seccomp_cache_load(cache, key, l->arena, &program);
	if (r == 0) {
		p->filter = program.insns;
		p->filter_len = program.len;
		p->filter_flags = seccomp_load_flags(program.flags, l->plan.listener.wanted);
		return 0;
	}
	if (r != -ENOENT)
		log_debug("the cached seccomp filter is not used: %s", error_words(-r));
	slot = mmap(NULL, sizeof(*l->filter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
	if (slot == MAP_FAILED)
		return error_set(e, errno, "make room for the seccomp filter");
	l->filter = slot;
	memcpy(l->filter->key, key, sizeof(key));
	return 0;
}

bool filter_is_late(const struct launch *l)
{
	return l->filter != NULL;
}

int filter_send(struct launch *l, struct error *e)
{
	int r = sync_send(l->sync, SYNC_FILTER, (int64_t)l->filter->len, -1);

	/* Init may have failed by now: its own message says why. */
	if (r < 0 && r != -EPIPE && r != -ECONNRESET)
		return error_set(e, r, "hand the seccomp filter to init");
	return 0;
}

int filter_compile_and_send(struct launch *l, struct error *e)
{
	const struct seccomp_options opt = options_of(l);
	cleanup_fd int cache = launch_open_cache(l);
	struct seccomp_program program;
	int r;

	r = seccomp_compile(l->arena, l->plan.seccomp, &opt, &program, e);
	if (r < 0)
		return r;
	if (program.len > BPF_MAXINSNS)
		return error_msg(e, E2BIG,
				 ".linux.seccomp: the filter has %zu instructions, the kernel "
				 "takes %d",
				 program.len, BPF_MAXINSNS);
	memcpy(l->filter->insns, program.insns, program.len * sizeof(*program.insns));
	l->filter->len = program.len;
	l->filter->flags = seccomp_load_flags(program.flags, l->plan.listener.wanted);
	/* Init waits for CONFIGURE before, where there are runtime hooks. */
	r = l->has_runtime_hooks ? 0 : filter_send(l, e);
	if (r < 0)
		return r;
	if (cache >= 0) {
		r = seccomp_cache_store(cache, l->filter->key, &program);
		if (r < 0)
			log_debug("seccomp filter is not cached: %s", error_words(-r));
	}
	return 0;
}

int filter_receive(struct launch *l, int sync, struct process_plan *p, struct error *e)
{
	struct sync_message m;
	int r = sync_expect(sync, SYNC_FILTER, &m, e);

	if (r < 0)
		return r;
	p->filter = l->filter->insns;
	p->filter_len = l->filter->len;
	p->filter_flags = l->filter->flags;
	return 0;
}

void filter_done(struct launch *l)
{
	if (l->filter)
		munmap(l->filter, sizeof(*l->filter));
	l->filter = NULL;
}
