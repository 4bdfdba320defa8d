/* SPDX-License-Identifier: Apache-2.0 */
/* See apply.h. */
#include "cgroup/apply.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"
#include "cgroup/convert.h"
#include "cgroup/host.h"

/* --- reading --- */

int cgroup_read_file(struct arena *a, int dir, const char *name, const char **ret)
{
	cleanup_free char *text = NULL;
	size_t len;
	int err = io_read_file_at(dir, name, CGROUP_VALUE_MAX, &text, &len);

	if (err < 0)
		return err;
	if (len && text[len - 1] == '\n')
		len--;
	*ret = arena_strndup(a, text, len);
	return *ret ? 0 : -ENOMEM;
}

/* A file with one number, or "max". */
static int read_number(int dir, const char *name, uint64_t *ret)
{
	cleanup_arena struct arena a = ARENA_INIT;
	const char *text;
	int err = cgroup_read_file(&a, dir, name, &text);

	if (err < 0)
		return err;
	if (strcmp(text, "max") == 0) {
		*ret = LIMIT_NONE;
		return 0;
	}
	return parse_u64(text, ret);
}

void cgroup_read_present(int dir, struct cgroup_present *ret)
{
	cleanup_arena struct arena a = ARENA_INIT;
	const char *max;
	uint64_t v;

	*ret = (struct cgroup_present){ .memory_max = 0 };
	if (read_number(dir, "memory.max", &v) == 0)
		ret->memory_max = v > INT64_MAX ? -1 : (int64_t)v;
	ret->has_burst = read_number(dir, "cpu.max.burst", &ret->burst) == 0;
	if (cgroup_read_file(&a, dir, "cpu.max", &max) < 0) /* "max 100000" */
		return;
	if (strncmp(max, "max", 3) == 0) {
		ret->quota = -1;
		max += 3;
	} else if (parse_u64_at(&max, &v) == 0 && v <= INT64_MAX) {
		ret->quota = (int64_t)v;
	}
	if (*max != ' ' || parse_u64(max + 1, &ret->period) < 0)
		ret->period = 0;
}

/* The line of `have` that is of the device that `value` begins with. */
static const char *line_of(struct arena *a, const char *have, const char *value)
{
	size_t key = strcspn(value, " ");

	while (*have) {
		size_t len = strcspn(have, "\n");

		if (len > key && memcmp(have, value, key) == 0 && have[key] == ' ')
			return arena_strndup(a, have, len);
		have += len + (have[len] == '\n');
	}
	return "";
}

/* Has the file a line for each device, or for each resource? */
static bool is_keyed(const char *name, const char *value)
{
	return strchr(value, ' ') && strcmp(name, "cpu.max") != 0 &&
	       strncmp(name, "cpuset.", 7) != 0;
}

int cgroup_read_back(struct arena *a, int dir, const struct cgroup_file *f, const char **from,
		     const char **ret)
{
	const char *value = f->value;
	int err;

	*from = f->name;
	err = cgroup_read_file(a, dir, f->name, ret);
	if (err == -ENOENT && f->other_name) {
		*from = f->other_name;
		value = f->other_value;
		err = cgroup_read_file(a, dir, f->other_name, ret);
	}
	if (err == 0 && is_keyed(*from, value)) {
		*ret = line_of(a, *ret, value);
		err = *ret ? 0 : -ENOMEM;
	}
	return err;
}

static bool same_cpus(const char *l, const char *r)
{
	uint8_t lm[CPUSET_BITS_MAX / 8], rm[CPUSET_BITS_MAX / 8];

	return convert_cpuset(l, lm, sizeof(lm)) >= 0 && convert_cpuset(r, rm, sizeof(rm)) >= 0 &&
	       memcmp(lm, rm, sizeof(lm)) == 0;
}

bool cgroup_value_holds(const struct cgroup_file *f, const char *from, const char *have)
{
	const char *value = f->other_name && strcmp(from, f->other_name) == 0 ? f->other_value
									      : f->value;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), want;
	int64_t size;

	if (strcmp(have, value) == 0)
		return true;
	if (strncmp(from, "cpuset.", 7) == 0)
		return same_cpus(have, value);
	/* "default 100" for "100". */
	if (strncmp(have, "default ", 8) == 0 && !strchr(value, ' '))
		return strncmp(have + 8, value, strcspn(have + 8, "\n")) == 0;
	if (is_keyed(from, value) || strcmp(from, "cpu.max") == 0)
		return cgroup_has_words(have, value);
	if (convert_size(value, &size) < 0 || size < 0 || parse_u64(have, &want) < 0)
		return false;
	return (uint64_t)size == want ||
	       (strncmp(from, "memory.", 7) == 0 && (uint64_t)size / page * page == want);
}

/* --- writing --- */

/* What systemd lets a user manager have; its own default is a part of it. */
static const char usual_controllers[] = "cpu cpuset io memory pids";

static int missing_controller(const struct cgroup_file *f, const char *have, struct error *e)
{
	bool usual = cgroup_has_words(usual_controllers, f->controller);

	error_kind(e, KIND_KERNEL_LACKS, ENOENT,
		   ".linux.resources.%s: the controller '%s' is not available in the container's "
		   "cgroup (cgroup.controllers there: '%s')",
		   f->key, f->controller, have);
	if (geteuid() == 0)
		return error_hint(e,
				  "see whether /sys/fs/cgroup/cgroup.controllers has '%s', and add "
				  "'+%s' to cgroup.subtree_control of each cgroup above",
				  f->controller, f->controller);
	return error_hint(
		e,
		"as root: 'systemctl edit user@.service', and there '[Service]' and 'Delegate=%s%s%s'; "
		"then 'systemctl daemon-reload', and log out and in again",
		usual_controllers, usual ? "" : " ", usual ? "" : f->controller);
}

/* Neither the file nor its other one is there. */
static int missing_file(int dir, const struct cgroup_file *f, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	const char *have = "";
	int err = cgroup_read_file(&a, dir, "cgroup.controllers", &have);

	if (err == -ENOENT || err == -ENODEV)
		return error_msg(e, ENOENT,
				 ".linux.resources.%s: the container's cgroup is gone (errno %d)",
				 f->key, -err);
	if (err < 0)
		return error_set(e, err, ".linux.resources.%s: cannot read cgroup.controllers",
				 f->key);
	/* It is no limit of another kind because nothing offers it: what is asked is so. */
	if (f->is_default) {
		log_debug(".linux.resources.%s: no %s here, and nothing is asked of it", f->key,
			  f->name);
		return 0;
	}
	if (f->controller && !cgroup_has_words(have, f->controller))
		return missing_controller(f, have, e);
	if (f->optional) {
		log_warning(".linux.resources.%s: this kernel has no %s: not enforced", f->key,
			    f->name);
		return 0;
	}
	return error_kind(e, KIND_KERNEL_LACKS, ENOENT,
			  ".linux.resources.%s: this kernel offers no %s%s%s", f->key, f->name,
			  f->other_name ? " and no " : "", f->other_name ? f->other_name : "");
}

/* V11: the kernel takes CPUs that the cgroup above does not have, and ignores them. */
static int check_cpuset(int dir, const struct cgroup_file *f, struct error *e)
{
	uint8_t want[CPUSET_BITS_MAX / 8], offered[CPUSET_BITS_MAX / 8];
	bool cpus = strcmp(f->name, "cpuset.cpus") == 0;
	cleanup_arena struct arena a = ARENA_INIT;
	const char *list;
	int n;

	if (!cpus && strcmp(f->name, "cpuset.mems") != 0)
		return 0;
	n = convert_cpuset(f->value, want, sizeof(want));
	if (n == -ENOTSUP || n == 0)
		return 0;
	if (n < 0)
		return error_kind(e, KIND_CONFIG_VALUE, EINVAL,
				  ".linux.resources.%s: '%s' is not a list of %s", f->key, f->value,
				  cpus ? "CPUs" : "memory nodes");
	if (cgroup_read_file(&a, dir,
			     cpus ? "../cpuset.cpus.effective" : "../cpuset.mems.effective",
			     &list) < 0 ||
	    convert_cpuset(list, offered, sizeof(offered)) < 0)
		return 0; /* the write tells */
	for (int i = 0; i < n; i++)
		if (want[i] & ~offered[i])
			return error_kind(e, KIND_CONFIG_VALUE, EINVAL,
					  ".linux.resources.%s: '%s' is more than the cgroup above "
					  "offers: '%s'",
					  f->key, f->value, list);
	return 0;
}

static int cannot_write(int err, const struct cgroup_file *f, const char *name, struct error *e)
{
	if (err == -EBUSY && strcmp(name, "memory.max") == 0)
		return error_msg(e, EBUSY,
				 ".linux.resources.%s: '%s' is below what the container uses, and "
				 "the kernel cannot free the rest",
				 f->key, f->value);
	if (err == -EINVAL || err == -ERANGE)
		return error_kind(e, KIND_CONFIG_VALUE, EINVAL,
				  ".linux.resources.%s: the kernel does not take '%s' for %s",
				  f->key, f->value, name);
	if (err == -EACCES || err == -EPERM || err == -EROFS) {
		error_msg(e, -err,
			  ".linux.resources.%s: %s of the container's cgroup is not ours to write "
			  "(errno %d)",
			  f->key, name, -err);
		return error_hint(e, "let a cgroup manager make the cgroup (--cgroup-manager), or "
				     "give a cgroup that is delegated to you");
	}
	if (err == -ENODEV || err == -ENXIO)
		return error_kind(e, KIND_CONFIG_VALUE, -err,
				  ".linux.resources.%s: '%s' names no device of this host", f->key,
				  f->value);
	return error_set(e, err, ".linux.resources.%s: cannot write '%s' to %s", f->key, f->value,
			 name);
}

static int apply_one(int dir, const struct cgroup_file *f, struct error *e)
{
	const char *name = f->name;
	int err = check_cpuset(dir, f, e);

	if (err < 0)
		return err;
	err = io_write_value_at(dir, name, f->value);
	/* A kernel with BFQ may have it for the whole and not for this device. */
	if (f->other_name && (err == -ENOENT || err == -EOPNOTSUPP || err == -ENODEV)) {
		int other = io_write_value_at(dir, f->other_name, f->other_value);

		if (other != -ENOENT || err == -ENOENT) {
			err = other;
			name = f->other_name;
		}
	}
	if (err == 0)
		return 0;
	return err == -ENOENT ? missing_file(dir, f, e) : cannot_write(err, f, name, e);
}

int cgroup_apply(int dir, const struct cgroup_file *files, size_t n, struct error *e)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = apply_one(dir, &files[i], e);
	return ret;
}

static bool is_there(int dir, const char *name)
{
	return name && path_accessat(dir, name, F_OK) == 0;
}

int cgroup_check(int dir, const struct cgroup_file *files, size_t n, struct error *e)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < n; i++) {
		const struct cgroup_file *f = &files[i];

		ret = check_cpuset(dir, f, e);
		/* Of these two apply may say no more than a word in the log. */
		if (ret == 0 && !f->is_default && !f->optional && !is_there(dir, f->name) &&
		    !is_there(dir, f->other_name))
			ret = missing_file(dir, f, e);
	}
	return ret;
}

void cgroup_show(int dir, int own, const struct cgroup_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct cgroup_file *f = &files[i];
		char enable[64];
		int err;

		err = io_write_value_at(own, f->name, f->value);
		/* What asks for nothing may lift what was there, and needs no controller. */
		if (f->is_default)
			continue;
		if (err == -ENOENT && f->controller) {
			snprintf(enable, sizeof(enable), "+%s", f->controller);
			(void)io_write_value_at(dir, "cgroup.subtree_control", enable);
			err = io_write_value_at(own, f->name, f->value);
		}
		if (err < 0 && f->other_name)
			err = io_write_value_at(own, f->other_name, f->other_value);
		if (err < 0)
			log_debug("the container does not see %s (errno %d)", f->name, -err);
	}
}

/* --- V04 --- */

static int too_low(struct error *e, const char *key, int64_t limit, uint64_t usage)
{
	return error_kind(e, KIND_CONFIG_VALUE, EBUSY,
			  ".linux.resources.%s: %" PRId64 " is not above the %" PRIu64
			  " bytes in use (memory.checkBeforeUpdate)",
			  key, limit, usage);
}

int cgroup_check_usage(int dir, const struct limit_memory *m, struct error *e)
{
	uint64_t memory, swap = 0, sum;
	int err;

	if (!m->check_before_update ||
	    ((!m->has_limit || m->limit <= 0) && (!m->has_swap || m->swap <= 0)))
		return 0;
	err = read_number(dir, "memory.current", &memory);
	if (err < 0)
		return error_set(e, err,
				 ".linux.resources.memory.checkBeforeUpdate: cannot read "
				 "memory.current");
	/* Without an account of swap none counts. */
	err = read_number(dir, "memory.swap.current", &swap);
	if (err < 0 && err != -ENOENT)
		return error_set(e, err,
				 ".linux.resources.memory.checkBeforeUpdate: cannot read "
				 "memory.swap.current");
	if (m->has_limit && m->limit > 0 && (uint64_t)m->limit <= memory)
		return too_low(e, "memory.limit", m->limit, memory);
	/* memory.swap is the sum already: nothing is added to it. */
	sum = memory + swap;
	if (m->has_swap && m->swap > 0 && (uint64_t)m->swap <= sum)
		return too_low(e, "memory.swap", m->swap, sum);
	return 0;
}
