/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process table of `urun ps` from /proc: no fork, and no ps(1) needed on
 * the host. What a container's process may choose (its name, its arguments) is
 * only printed; output_table() disarms control characters. User names come
 * from /etc/passwd alone: NSS would load libraries for ids that are
 * subordinate ones in most cases and have no name.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/io.h"
#include "base/parse.h"
#include "base/path.h"
#include "cli/cli.h"

enum {
	PROC_FILE_MAX = 1 << 20,
	PASSWD_MAX = 4 << 20,
	PS_ARENA_MAX = 32 << 20,
	STAT_UTIME = 14, /* fields of proc_pid_stat(5) */
	STAT_STIME = 15,
	STAT_STARTTIME = 22,
};

struct ps_host {
	struct arena *arena;
	char *passwd;
	double uptime;
	double ticks; /* per second */
};

struct ps_process {
	pid_t pid;
	char *status, *stat, *cmdline; /* contents of its files */
	size_t cmdline_len;
};

typedef const char *(*column_fn)(const struct ps_host *h, const struct ps_process *p);

/* The n-th word (from 0) of the line "KEY:..." of /proc/PID/status; SIZE_MAX: the last one. */
static const char *status_word(const struct ps_host *h, const struct ps_process *p, const char *key,
			       size_t n)
{
	size_t key_len = strlen(key);
	const char *line = p->status;
	const char *word, *end;

	while (line && (strncmp(line, key, key_len) || line[key_len] != ':')) {
		line = strchr(line, '\n');
		line += line != NULL;
	}
	if (!line)
		return "-";
	word = line + key_len + 1 + strspn(line + key_len + 1, "\t ");
	end = word + strcspn(word, "\t \n");
	while (n-- && *end != '\n' && *end) {
		word = end + strspn(end, "\t ");
		end = word + strcspn(word, "\t \n");
	}
	return arena_strndup(h->arena, word, (size_t)(end - word));
}

/* A numeric field of /proc/PID/stat, counted from 1; the name may hold blanks. */
static uint64_t stat_field(const struct ps_process *p, int field)
{
	const char *s = strrchr(p->stat, ')');
	uint64_t value = 0;

	for (int i = 2; s && i < field; i++) {
		s = strchr(s, ' ');
		s += s != NULL;
	}
	if (!s || parse_u64_at(&s, &value) < 0)
		return 0;
	return value;
}

static const char *column_pid(const struct ps_host *h, const struct ps_process *p)
{
	return arena_printf(h->arena, "%d", (int)p->pid);
}

static const char *column_nspid(const struct ps_host *h, const struct ps_process *p)
{
	return status_word(h, p, "NSpid", SIZE_MAX);
}

static const char *column_ppid(const struct ps_host *h, const struct ps_process *p)
{
	return status_word(h, p, "PPid", 0);
}

static const char *column_uid(const struct ps_host *h, const struct ps_process *p)
{
	return status_word(h, p, "Uid", 1); /* the effective one */
}

static const char *column_gid(const struct ps_host *h, const struct ps_process *p)
{
	return status_word(h, p, "Gid", 1);
}

static const char *column_user(const struct ps_host *h, const struct ps_process *p)
{
	const char *uid = column_uid(h, p);
	size_t uid_len = uid ? strlen(uid) : 0;

	for (const char *line = h->passwd; uid && line && *line;) {
		size_t name_len = strcspn(line, ":\n");
		const char *id = line + name_len + (line[name_len] == ':');

		id += strcspn(id, ":\n");
		if (*id == ':' && !strncmp(id + 1, uid, uid_len) && id[1 + uid_len] == ':')
			return arena_strndup(h->arena, line, name_len);
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return uid;
}

static const char *column_state(const struct ps_host *h, const struct ps_process *p)
{
	return status_word(h, p, "State", 0);
}

static double cpu_seconds(const struct ps_host *h, const struct ps_process *p)
{
	return (double)(stat_field(p, STAT_UTIME) + stat_field(p, STAT_STIME)) / h->ticks;
}

static const char *column_cpu(const struct ps_host *h, const struct ps_process *p)
{
	double age = h->uptime - (double)stat_field(p, STAT_STARTTIME) / h->ticks;

	return arena_printf(h->arena, "%.1f", age > 0 ? 100 * cpu_seconds(h, p) / age : 0.0);
}

static const char *column_rss(const struct ps_host *h, const struct ps_process *p)
{
	const char *kib = status_word(h, p, "VmRSS", 0); /* a zombie has none */

	return kib && !strcmp(kib, "-") ? "0" : kib;
}

static const char *column_time(const struct ps_host *h, const struct ps_process *p)
{
	unsigned long s = (unsigned long)cpu_seconds(h, p);

	return arena_printf(h->arena, "%02lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
}

static const char *column_comm(const struct ps_host *h, const struct ps_process *p)
{
	const char *open = strchr(p->stat, '(');
	const char *close = strrchr(p->stat, ')');

	if (!open || !close || close < open)
		return "-";
	return arena_strndup(h->arena, open + 1, (size_t)(close - open - 1));
}

static const char *column_cmd(const struct ps_host *h, const struct ps_process *p)
{
	size_t len = p->cmdline_len;
	char *cmd;

	while (len && !p->cmdline[len - 1])
		len--;
	if (!len) /* a zombie, or a kernel thread */
		return arena_printf(h->arena, "[%s]", column_comm(h, p));
	cmd = arena_alloc(h->arena, len + 1);
	for (size_t i = 0; cmd && i < len; i++)
		cmd[i] = p->cmdline[i] ? p->cmdline[i] : ' ';
	return cmd;
}

static const struct {
	const char *name, *header;
	column_fn get;
} columns_known[] = {
	{ "pid", "PID", column_pid },    { "nspid", "NSPID", column_nspid },
	{ "ppid", "PPID", column_ppid }, { "uid", "UID", column_uid },
	{ "gid", "GID", column_gid },    { "user", "USER", column_user },
	{ "s", "S", column_state },      { "%cpu", "%CPU", column_cpu },
	{ "rss", "RSS", column_rss },    { "time", "TIME", column_time },
	{ "comm", "COMM", column_comm }, { "cmd", "CMD", column_cmd },
};

/* Resolves "pid,rss" to indices of columns_known[]. Returns how many, or 0. */
static size_t find_columns(const char *list, size_t ret[OUTPUT_COLUMNS_MAX])
{
	size_t n = 0;

	for (;; list++) {
		size_t len = strcspn(list, ",");
		size_t i = 0;

		while (i < ARRAY_SIZE(columns_known) &&
		       (strncmp(columns_known[i].name, list, len) || columns_known[i].name[len]))
			i++;
		if (i == ARRAY_SIZE(columns_known) || n == OUTPUT_COLUMNS_MAX)
			return 0;
		ret[n++] = i;
		list += len;
		if (!*list)
			return n;
	}
}

int ps_check_columns(const char *columns, struct error *e)
{
	size_t found[OUTPUT_COLUMNS_MAX];

	if (find_columns(columns, found))
		return 0;
	error_msg(e, EINVAL, "unknown columns '%s'", columns);
	return error_hint(e, "see 'urun ps --help'");
}

static void free_process(struct ps_process *p)
{
	free(p->status);
	free(p->stat);
	free(p->cmdline);
}

/* Reads what a column may want; a process that is gone by now is -ENOENT or -ESRCH. */
static int read_process(int proc, pid_t pid, struct ps_process *p)
{
	char name[32];
	cleanup_fd int dir = -EBADF;
	int r;

	p->pid = pid;
	snprintf(name, sizeof(name), "%d", (int)pid);
	dir = path_openat(proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (dir < 0)
		return dir;
	r = io_read_file_at(dir, "status", PROC_FILE_MAX, &p->status, NULL);
	if (r >= 0)
		r = io_read_file_at(dir, "stat", PROC_FILE_MAX, &p->stat, NULL);
	if (r >= 0)
		r = io_read_file_at(dir, "cmdline", PROC_FILE_MAX, &p->cmdline, &p->cmdline_len);
	return r;
}

static int read_host(int proc, struct ps_host *h)
{
	cleanup_free char *uptime = NULL;
	uint64_t seconds = 0;
	const char *at;
	int r = io_read_file_at(proc, "uptime", PROC_FILE_MAX, &uptime, NULL);

	if (r < 0)
		return r;
	at = uptime;
	parse_u64_at(&at, &seconds);
	h->uptime = (double)seconds;
	h->ticks = (double)sysconf(_SC_CLK_TCK);
	/* No such file is no names. */
	io_read_file_at(AT_FDCWD, "/etc/passwd", PASSWD_MAX, &h->passwd, NULL);
	return 0;
}

/* Appends one row of cells; 0 rows for a process that has gone. */
static int add_process(const struct ps_host *h, int proc, pid_t pid, const size_t *columns,
		       const char **cells)
{
	struct ps_process p = { .pid = 0 };
	int r = read_process(proc, pid, &p);

	for (size_t i = 0; r >= 0 && columns[i] != SIZE_MAX; i++) {
		cells[i] = columns_known[columns[i]].get(h, &p);
		if (!cells[i])
			r = -ENOMEM;
	}
	free_process(&p);
	return r;
}

int ps_table(const pid_t *pids, size_t n, const char *columns, struct strbuf *out, struct error *e)
{
	cleanup_arena struct arena arena = { .limit = PS_ARENA_MAX };
	size_t found[OUTPUT_COLUMNS_MAX + 1], n_columns, rows = 1;
	struct ps_host h = { .arena = &arena };
	cleanup_fd int proc = path_open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char **cells;
	int r;

	n_columns = find_columns(columns, found);
	found[n_columns] = SIZE_MAX;
	cells = arena_calloc(&arena, (n + 1) * n_columns, sizeof(*cells));
	r = proc < 0 ? proc : read_host(proc, &h);
	if (!cells)
		r = -ENOMEM;
	for (size_t i = 0; r >= 0 && i < n_columns; i++)
		cells[i] = columns_known[found[i]].header;
	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = add_process(&h, proc, pids[i], found, cells + rows * n_columns);
		rows += r >= 0;
		if (r == -ENOENT || r == -ESRCH)
			r = 0;
	}
	if (r >= 0)
		output_table(out, cells, n_columns, rows);
	free(h.passwd);
	return r < 0 ? error_set(e, -r, "read '/proc'") : 0;
}
