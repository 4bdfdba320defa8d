/* SPDX-License-Identifier: Apache-2.0 */
/* See resctrl.h. */
#include "run/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"

static const char mount_point[] = "/sys/fs/resctrl";

enum { RESCTRL_MAGIC = 0x7655821, SCHEMATA_MAX = 1 << 16, PATH_BUFFER = 640 };

int resctrl_open(int *ret_root, struct error *e)
{
	cleanup_fd int fd = path_open(mount_point, O_PATH | O_DIRECTORY);
	struct statfs st;

	if (fd >= 0 && fstatfs(fd, &st) == 0 && st.f_type == RESCTRL_MAGIC) {
		*ret_root = take_fd(&fd);
		return 0;
	}
	error_msg(e, ENOTSUP, ".linux.intelRdt: no resctrl file system is mounted on '%s'",
		  mount_point);
	return error_hint(e,
			  "as root: mount -t resctrl resctrl %s (needs a CPU with Intel RDT or "
			  "AMD QoS, and CONFIG_X86_CPU_RESCTRL)",
			  mount_point);
}

/* A group belongs to root, unless an administrator gave it away. */
static int explain(const struct rdt_plan *p, int err, const char *what, struct error *e)
{
	error_set(e, err, ".linux.intelRdt: %s '%s'", what, p->group);
	if (err == -ENOSPC)
		return error_hint(e,
				  "the hardware has no class of service left: remove a group "
				  "of %s",
				  mount_point);
	if (err != -EACCES && err != -EPERM && err != -EROFS)
		return err;
	return error_hint(e, "root can give you the group: mkdir %s/%s && chown -R %u %s/%s",
			  mount_point, p->group, geteuid(), mount_point, p->group);
}

int resctrl_make(int root, const struct rdt_plan *p, bool *ret_made, struct error *e)
{
	struct stat st;
	int r = path_statat(root, p->group, &st, AT_SYMLINK_NOFOLLOW);

	*ret_made = false;
	if (r == 0 && S_ISDIR(st.st_mode))
		return 0;
	if (r == 0)
		r = -ENOTDIR;
	if (r == -ENOENT && p->must_exist)
		return error_msg(e, ENOENT,
				 ".linux.intelRdt.closID: there is no group '%s' on %s, and no "
				 "schemata to make it with",
				 p->group, mount_point);
	if (r == -ENOENT)
		r = path_mkdirat(root, p->group, 0755);
	*ret_made = r == 0;
	return r < 0 ? explain(p, r, "make the group", e) : 0;
}

/* The kernel's own words on the last write that it refused. */
static const char *last_status(int root, char *buf, size_t len)
{
	cleanup_fd int fd = path_openat(root, "info/last_cmd_status", O_RDONLY, 0);
	ssize_t n = fd < 0 ? -1 : io_read_full(fd, buf, len - 1);

	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return strcmp(buf, "ok") == 0 ? "" : buf;
}

static int write_file(int root, const struct rdt_plan *p, const char *file, const char *text)
{
	char path[PATH_BUFFER];

	snprintf(path, sizeof(path), "%s/%s", p->group, file);
	return io_write_value_at(root, path, text);
}

/* "L3:0=ff;1=ff" or "    MB:0=50": what stands before the colon. */
static size_t resource_length(const char *line)
{
	return strcspn(line, ":\n");
}

/* Numbers are the same with zeros before them: the kernel prints masks so. */
static bool same_value(const char *a, const char *b)
{
	size_t n;

	a += strspn(a, "0 ");
	b += strspn(b, "0 ");
	n = strcspn(a, ";\n ");
	return strcspn(b, ";\n ") == n && strncasecmp(a, b, n) == 0;
}

/* The value of "ID=" in the line, or NULL. */
static const char *value_of(const char *line, const char *id, size_t len)
{
	const char *s = line + resource_length(line);

	while (*s == ':' || *s == ';') {
		s++;
		s += strspn(s, " ");
		if (strncmp(s, id, len) == 0 && s[len] == '=')
			return s + len + 1;
		s += strcspn(s, ";\n");
	}
	return NULL;
}

/* Each domain of the wanted line is in the other, with the same value. */
static bool line_is_in(const char *want, const char *have)
{
	const char *s = want + resource_length(want);

	while (*s == ':' || *s == ';') {
		const char *value;
		size_t len;

		s++;
		s += strspn(s, " ");
		len = strcspn(s, "=;\n");
		if (len == 0 && (*s == '\n' || *s == '\0'))
			break;
		value = value_of(have, s, len);
		if (s[len] != '=' || !value || !same_value(s + len + 1, value))
			return false;
		s += strcspn(s, ";\n");
	}
	return true;
}

static const char *next_line(const char *s)
{
	s += strcspn(s, "\n");
	return *s ? s + 1 : NULL;
}

static bool has_line(const char *have, const char *want)
{
	size_t len = resource_length(want);

	for (; have; have = next_line(have)) {
		have += strspn(have, " \t");
		if (resource_length(have) == len && strncmp(have, want, len) == 0)
			return line_is_in(want, have);
	}
	return false;
}

static int compare_schemata(int root, const struct rdt_plan *p, struct error *e)
{
	cleanup_free char *have = NULL;
	char path[PATH_BUFFER];
	int r;

	snprintf(path, sizeof(path), "%s/schemata", p->group);
	r = io_read_file_at(root, path, SCHEMATA_MAX, &have, NULL);
	if (r < 0)
		return explain(p, r, "read the schemata of the group", e);
	for (const char *want = p->schemata; want && *want; want = next_line(want))
		if (!has_line(have, want))
			return error_msg(e, EEXIST,
					 ".linux.intelRdt: the group '%s' is there already, but "
					 "without '%.*s'",
					 p->group, (int)strcspn(want, "\n"), want);
	return 0;
}

int resctrl_configure(int root, const struct rdt_plan *p, bool made, struct error *e)
{
	char why[256];
	int r;

	if (!p->schemata)
		return 0;
	if (!made)
		return compare_schemata(root, p, e);
	r = write_file(root, p, "schemata", p->schemata);
	if (r == 0)
		return 0;
	last_status(root, why, sizeof(why));
	if (!*why)
		return explain(p, r, "write the schemata of the group", e);
	return error_msg(e, -r, ".linux.intelRdt: write the schemata of the group '%s': %s",
			 p->group, why);
}

int resctrl_make_monitor(int root, const struct rdt_plan *p, bool *ret_made, struct error *e)
{
	char path[PATH_BUFFER];
	int r;

	*ret_made = false;
	if (!p->monitor)
		return 0;
	snprintf(path, sizeof(path), "%s/mon_groups/%s", p->group, p->monitor);
	r = path_mkdirat(root, path, 0755);
	if (r == -ENOENT)
		return error_msg(e, ENOTSUP,
				 ".linux.intelRdt.enableMonitoring: this CPU or kernel cannot "
				 "monitor the group '%s'",
				 p->group);
	*ret_made = r == 0;
	return r < 0 ? explain(p, r, "make a monitoring group in the group", e) : 0;
}

int resctrl_add(int root, const struct rdt_plan *p, pid_t pid, struct error *e)
{
	char text[16], file[PATH_BUFFER / 2];
	int r;

	snprintf(text, sizeof(text), "%d", pid);
	r = write_file(root, p, "tasks", text);
	if (r == 0 && p->monitor) {
		snprintf(file, sizeof(file), "mon_groups/%s/tasks", p->monitor);
		r = write_file(root, p, file, text);
	}
	return r < 0 ? explain(p, r, "put the process into the group", e) : 0;
}

static int remove_below(int root, const char *made)
{
	return path_unlinkat(root, made, AT_REMOVEDIR);
}

/* With a group go its monitoring groups. */
static int note_made(struct launch *l, bool group, bool monitor, struct error *e)
{
	const struct rdt_plan *p = &l->plan.rdt;

	if (group)
		l->rdt_made = p->group;
	else if (monitor)
		l->rdt_made = arena_printf(l->arena, "%s/mon_groups/%s", p->group, p->monitor);
	return (group || monitor) && !l->rdt_made ? error_set(e, ENOMEM, "note the group") : 0;
}

int resctrl_enter(struct launch *l, struct error *e)
{
	const struct rdt_plan *p = &l->plan.rdt;
	bool group = false, monitor = false;
	cleanup_fd int root = -EBADF;
	int r = resctrl_open(&root, e);

	if (r < 0)
		return r;
	r = resctrl_make(root, p, &group, e);
	if (r == 0)
		r = resctrl_configure(root, p, group, e);
	if (r == 0)
		r = resctrl_make_monitor(root, p, &monitor, e);
	if (r == 0)
		r = note_made(l, group, monitor, e);
	if (r == 0)
		r = resctrl_add(root, p, l->pid, e);
	if (r < 0 && l->rdt_made)
		(void)remove_below(root, l->rdt_made);
	else if (r < 0 && group)
		(void)remove_below(root, p->group);
	return r;
}

int resctrl_join(struct launch *l, struct error *e)
{
	cleanup_fd int root = -EBADF;
	int r = resctrl_open(&root, e);

	return r < 0 ? r : resctrl_add(root, &l->plan.rdt, l->pid, e);
}

void resctrl_remove(const char *made)
{
	cleanup_fd int root = -EBADF;
	struct error why = ERROR_INIT;
	int r;

	if (!made)
		return;
	r = resctrl_open(&root, &why);
	if (r == 0)
		r = remove_below(root, made);
	if (r < 0 && r != -ENOENT)
		log_warning("remove the resctrl group '%s': %s", made, error_words(-r));
}
