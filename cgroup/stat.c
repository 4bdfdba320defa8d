/* SPDX-License-Identifier: Apache-2.0 */
/* See stat.h. */
#include "cgroup/stat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/parse.h"
#include "base/path.h"
#include "cgroup/convert.h"

/* --- grammars --- */

/* A number or "max", which ends where the word does. */
static int value_at(const char **p, uint64_t *ret)
{
	if (strncmp(*p, "max", 3) == 0) {
		*ret = LIMIT_NONE;
		*p += 3;
	} else if (parse_u64_at(p, ret) < 0) {
		return -EINVAL;
	}
	return **p == '\0' || **p == ' ' || **p == '\n' ? 0 : -EINVAL;
}

static size_t count(const char *text, char c)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

int cgroup_parse_flat(struct arena *a, const char *text, struct cgroup_keys *ret)
{
	struct cgroup_key *v = arena_calloc(a, count(text, '\n') + 1, sizeof(*v));
	size_t n = 0;

	if (!v)
		return -ENOMEM;
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t len = strcspn(line, " \n");
		const char *p = line + len + 1;

		if (len == 0 || line[len] != ' ' || value_at(&p, &v[n].value) < 0 || *p == ' ')
			continue;
		v[n].name = arena_strndup(a, line, len);
		if (!v[n++].name)
			return -ENOMEM;
	}
	*ret = (struct cgroup_keys){ v, n };
	return 0;
}

/*
 * Old kernels have devices without a number in io.stat, with the next one's name behind:
 * each word without a '=' begins a device.
 */
int cgroup_parse_nested(struct arena *a, const char *text, const struct cgroup_nested **ret,
			size_t *ret_n)
{
	size_t words = count(text, ' ') + count(text, '\n') + 1, n_rows = 0, n_keys = 0;
	struct cgroup_nested *rows = arena_calloc(a, words, sizeof(*rows));
	struct cgroup_key *keys = arena_calloc(a, words, sizeof(*keys));
	struct cgroup_nested *row = NULL;

	if (!rows || !keys)
		return -ENOMEM;
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, " \n"), name = strcspn(p, " =\n");
		const char *value = p + name + 1;

		if (name < len && name && row && value_at(&value, &keys[n_keys].value) == 0) {
			keys[n_keys].name = arena_strndup(a, p, name);
			if (!keys[n_keys].name)
				return -ENOMEM;
			row->keys.n++;
			n_keys++;
		} else if (len && name == len) {
			row = &rows[n_rows++];
			row->name = arena_strndup(a, p, len);
			row->keys.v = &keys[n_keys];
			if (!row->name)
				return -ENOMEM;
		}
		p += len;
		if (*p == '\n')
			row = NULL;
		p += *p != '\0';
	}
	*ret = rows;
	*ret_n = n_rows;
	return 0;
}

/* "0.25": 25. What is behind two decimals is dropped. */
static int hundredths_at(const char **p, uint64_t *ret)
{
	uint64_t whole, part = 0;

	if (parse_u64_at(p, &whole) < 0 || whole > 1000000)
		return -EINVAL;
	if (**p == '.') {
		uint64_t weight = 10;

		for ((*p)++; **p >= '0' && **p <= '9'; (*p)++, weight /= 10)
			part += (uint64_t)(**p - '0') * weight;
	}
	*ret = whole * 100 + part;
	return 0;
}

static bool skip_word(const char **p, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*p, word, len) != 0)
		return false;
	*p += len;
	return true;
}

static bool pressure_line(const char *p, const char *kind, struct cgroup_pressure_line *ret)
{
	return skip_word(&p, kind) && skip_word(&p, " avg10=") &&
	       hundredths_at(&p, &ret->avg10) == 0 && skip_word(&p, " avg60=") &&
	       hundredths_at(&p, &ret->avg60) == 0 && skip_word(&p, " avg300=") &&
	       hundredths_at(&p, &ret->avg300) == 0 && skip_word(&p, " total=") &&
	       parse_u64_at(&p, &ret->total) == 0;
}

void cgroup_parse_pressure(const char *text, struct cgroup_pressure *ret)
{
	const char *full = strchr(text, '\n');

	*ret = (struct cgroup_pressure){ .has = false };
	ret->has = pressure_line(text, "some", &ret->some);
	/* Old kernels have no "full" of the CPU. */
	ret->has_full = ret->has && full && pressure_line(full + 1, "full", &ret->full);
}

struct cgroup_number cgroup_key_find(const struct cgroup_keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(keys->v[i].name, name) == 0)
			return (struct cgroup_number){ true, keys->v[i].value };
	return (struct cgroup_number){ false, 0 };
}

/* --- files --- */

/* The text in the arena, or NULL where it cannot be had. */
static const char *read_text(struct arena *a, int dir, const char *name)
{
	cleanup_free char *text = NULL;
	size_t len;

	if (io_read_file_at(dir, name, CGROUP_STAT_MAX, &text, &len) < 0)
		return NULL;
	return arena_strndup(a, text, len);
}

static const char *read_word(struct arena *a, int dir, const char *name)
{
	const char *text = read_text(a, dir, name);

	return text ? arena_strndup(a, text, strcspn(text, "\n")) : NULL;
}

static struct cgroup_number read_number(struct arena *a, int dir, const char *name)
{
	const char *text = read_word(a, dir, name);
	struct cgroup_number ret = { false, 0 };

	if (text)
		ret.has = value_at(&text, &ret.value) == 0;
	return ret;
}

static struct cgroup_keys read_flat(struct arena *a, int dir, const char *name)
{
	const char *text = read_text(a, dir, name);
	struct cgroup_keys ret = { NULL, 0 };

	if (text)
		(void)cgroup_parse_flat(a, text, &ret);
	return ret;
}

static const struct cgroup_nested *read_nested(struct arena *a, int dir, const char *name,
					       size_t *ret_n)
{
	const char *text = read_text(a, dir, name);
	const struct cgroup_nested *ret = NULL;

	*ret_n = 0;
	if (text)
		(void)cgroup_parse_nested(a, text, &ret, ret_n);
	return ret;
}

/* Where the kernel does not account it, reading fails (EOPNOTSUPP). */
static void read_pressure(struct arena *a, int dir, const char *name, struct cgroup_pressure *ret)
{
	const char *text = read_text(a, dir, name);

	if (text)
		cgroup_parse_pressure(text, ret);
}

static void read_cpu(struct arena *a, int dir, struct cgroup_cpu_stats *ret)
{
	struct cgroup_keys stat = read_flat(a, dir, "cpu.stat");

	ret->usage = cgroup_key_find(&stat, "usage_usec");
	ret->user = cgroup_key_find(&stat, "user_usec");
	ret->system = cgroup_key_find(&stat, "system_usec");
	ret->periods = cgroup_key_find(&stat, "nr_periods");
	ret->throttled_periods = cgroup_key_find(&stat, "nr_throttled");
	ret->throttled = cgroup_key_find(&stat, "throttled_usec");
	read_pressure(a, dir, "cpu.pressure", &ret->pressure);
}

static void read_memory(struct arena *a, int dir, struct cgroup_memory_stats *ret)
{
	ret->current = read_number(a, dir, "memory.current");
	if (ret->current.has) {
		ret->max = read_number(a, dir, "memory.max");
		ret->peak = read_number(a, dir, "memory.peak");
		ret->swap_current = read_number(a, dir, "memory.swap.current");
		ret->swap_max = read_number(a, dir, "memory.swap.max");
		ret->stat = read_flat(a, dir, "memory.stat");
		ret->events = read_flat(a, dir, "memory.events");
		ret->swap_events = read_flat(a, dir, "memory.swap.events");
	}
	read_pressure(a, dir, "memory.pressure", &ret->pressure);
}

static int read_hugetlb_size(struct arena *a, int dir, const char *size, struct cgroup_stats *ret)
{
	struct cgroup_hugetlb_stats *h = &ret->hugetlb[ret->n_hugetlb];
	struct cgroup_keys events;
	char name[NAME_MAX + 32];

	snprintf(name, sizeof(name), "hugetlb.%s.current", size);
	h->current = read_number(a, dir, name);
	if (!h->current.has)
		return 0;
	snprintf(name, sizeof(name), "hugetlb.%s.max", size);
	h->max = read_number(a, dir, name);
	snprintf(name, sizeof(name), "hugetlb.%s.events", size);
	events = read_flat(a, dir, name);
	h->failures = cgroup_key_find(&events, "max").value;
	h->size = arena_strdup(a, size);
	ret->n_hugetlb++;
	return h->size ? 0 : -ENOMEM;
}

/* "hugetlb.2MB.current", not "hugetlb.2MB.rsvd.current". Sizes are the machine's: listed. */
static int read_hugetlb(struct arena *a, int dir, struct cgroup_stats *ret)
{
	static const char before[] = "hugetlb.", behind[] = ".current";
	cleanup_dir DIR *stream = NULL;
	struct dirent *d;
	int r = path_opendirat(dir, ".", &stream);

	if (r < 0)
		return r;
	while (r == 0 && ret->n_hugetlb < CGROUP_STAT_HUGETLB_MAX && (d = readdir(stream))) {
		char *size = d->d_name + strlen(before), *dot;

		if (d->d_type == DT_DIR || strncmp(d->d_name, before, strlen(before)) != 0)
			continue;
		dot = strchr(size, '.');
		if (!dot || strcmp(dot, behind) != 0)
			continue;
		*dot = '\0';
		r = read_hugetlb_size(a, dir, size, ret);
	}
	return r;
}

int cgroup_stats_read(struct arena *a, int dir, struct cgroup_stats *ret)
{
	int r;

	*ret = (struct cgroup_stats){ .n_io = 0 };
	read_cpu(a, dir, &ret->cpu);
	/* It is in each cgroup: one that has been removed has no files. */
	if (!ret->cpu.usage.has)
		return -ENODEV;
	ret->cpus = read_word(a, dir, "cpuset.cpus.effective");
	ret->mems = read_word(a, dir, "cpuset.mems.effective");
	read_memory(a, dir, &ret->memory);
	ret->pids_current = read_number(a, dir, "pids.current");
	ret->pids_max = read_number(a, dir, "pids.max");
	ret->io = read_nested(a, dir, "io.stat", &ret->n_io);
	read_pressure(a, dir, "io.pressure", &ret->io_pressure);
	ret->rdma = read_nested(a, dir, "rdma.current", &ret->n_rdma);
	ret->misc = read_flat(a, dir, "misc.current");
	ret->misc_max = read_flat(a, dir, "misc.max");
	r = read_hugetlb(a, dir, ret);
	return r == -ENOENT ? -ENODEV : r;
}
