/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An example of a program that runs containers through liburun while its other
 * threads work: a service, say. It is linked with the shared library and sees
 * nothing of urun but urun.h, and it checks what that header promises.
 *
 *   embed threads ROOT BUNDLE   four threads run, create, start, exec, wait and
 *                               delete while others use malloc, stdio, fork, the
 *                               process's ids and its signals
 *   embed signals ROOT BUNDLE   a thread of its own takes SIGTERM, NO_SIGNALS
 *   embed options ROOT BUNDLE   KEEP, DETACH, and what urun_plan_text() says of them
 *   embed children ROOT BUNDLE  what is left of a container for waitpid(-1): nothing
 *   embed errors ROOT           what is known of a failure
 *   embed sizes ROOT            options of older and newer callers
 *
 * The bundle's program is: read l; echo "got $l"; [ "$l" != stay ] || sleep 60; exit 7
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "urun.h"

enum { WORKERS = 4, ROUNDS = 3, STACK = 256 << 10 };

static const char *root, *bundle;
static char mounts_file[4200];
static atomic_int failures;
static atomic_bool over;

#define check(cond, ctx)                                                       \
	do {                                                                   \
		if (!(cond)) {                                                 \
			atomic_fetch_add(&failures, 1);                        \
			fprintf(stderr, "embed:%d: %s: %s\n", __LINE__, #cond, \
				(ctx) ? urun_error(ctx) : "");                 \
		}                                                              \
	} while (0)

static urun_ctx *new_ctx(void)
{
	urun_ctx *ctx = NULL;

	if (urun_ctx_new(&ctx) < 0 || urun_set_root(ctx, root) < 0)
		abort();
	return ctx;
}

/* Signals of libc's own (use_ids() below) interrupt poll(). */
static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

/* --- the container's stdio: two pipes --- */

struct channel {
	int in[2], out[2];
	int fds[3];
};

static void channel_open(struct channel *c, const char *input)
{
	if (pipe2(c->in, O_CLOEXEC) < 0 || pipe2(c->out, O_CLOEXEC) < 0)
		abort();
	check(write(c->in[1], input, strlen(input)) == (ssize_t)strlen(input), NULL);
	close(c->in[1]);
	c->fds[0] = c->in[0];
	c->fds[1] = c->out[1];
	c->fds[2] = -1;
}

/* Is this what comes out of it next? */
static bool channel_says(const struct channel *c, const char *want)
{
	char buf[256];
	size_t len = strlen(want), got = 0;

	while (got < len) {
		ssize_t n = is_readable(c->out[0], 20000) ? read(c->out[0], buf + got, len - got)
							  : 0;

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	return got == len && memcmp(buf, want, len) == 0;
}

static void channel_close(struct channel *c)
{
	close(c->in[0]);
	close(c->out[0]);
	close(c->out[1]);
}

/* --- what a worker does --- */

static void run_one(urun_ctx *ctx, const char *id)
{
	struct channel c;
	struct urun_create_options opt = { .size = sizeof(opt), .bundle = bundle };
	int status = -1;

	channel_open(&c, "hello\n");
	opt.stdio = c.fds;
	check(urun_run(ctx, id, &opt, &status) == 0, ctx);
	check(status == 7, ctx);
	check(channel_says(&c, "got hello\n"), ctx);
	channel_close(&c);
}

static void exec_in(urun_ctx *ctx, const char *id)
{
	const char *const argv[] = { "sh", "-c", "read a; echo exec $a; exit 9", NULL };
	struct channel c;
	struct urun_exec_options opt = { .size = sizeof(opt), .argv = argv };
	int status = -1;

	channel_open(&c, "you\n");
	opt.stdio = c.fds;
	check(urun_exec(ctx, id, &opt, &status) == 0, ctx);
	check(status == 9, ctx);
	check(channel_says(&c, "exec you\n"), ctx);
	channel_close(&c);
}

static int count_mount(void *arg, const struct urun_mounts_entry *entry)
{
	*(int *)arg += strcmp(entry->destination, "/mnt") == 0;
	return 0;
}

static void mount_in(urun_ctx *ctx, const char *id)
{
	int n = 0;

	check(urun_mounts_add(ctx, id, mounts_file) == 0, ctx);
	check(urun_mounts_list(ctx, id, count_mount, &n) == 0 && n == 1, ctx);
	check(urun_mounts_remove(ctx, id, mounts_file) == 0, ctx);
}

/* The config comes from memory, as from a program that makes one. */
static void create_one(urun_ctx *ctx, const char *id, const char *config)
{
	struct channel c;
	struct urun_create_options opt = {
		.size = sizeof(opt),
		.bundle = bundle,
		.config_json = config,
	};
	int status = 0, end = -1;

	channel_open(&c, "stay\n");
	opt.stdio = c.fds;
	check(urun_create(ctx, id, &opt) == 0, ctx);
	check(urun_wait(ctx, id, 10, &status) == -ETIMEDOUT && status == 0, ctx);
	check(urun_start(ctx, id) == 0, ctx);
	check(channel_says(&c, "got stay\n"), ctx);
	exec_in(ctx, id);
	mount_in(ctx, id);
	check(urun_pidfd(ctx, id, &end) == 0, ctx);
	check(!is_readable(end, 0), ctx);
	check(urun_kill(ctx, id, SIGKILL, 0) == 0, ctx);
	check(is_readable(end, 20000), ctx);
	close(end);
	check(urun_wait(ctx, id, -1, &status) == 0 && status == 128 + SIGKILL, ctx);
	check(urun_wait(ctx, id, -1, &status) == 0 && status == -1, ctx);
	check(urun_delete(ctx, id, 0) == 0, ctx);
	check(urun_delete(ctx, id, 0) == -ENOENT, ctx);
	check(strstr(urun_error(ctx), id) && urun_error_errno(ctx) == ENOENT, ctx);
	channel_close(&c);
}

static void count_line(void *arg, const char *level, const char *msg)
{
	if (strcmp(level, "debug") == 0 && *msg)
		++*(int *)arg;
}

struct worker {
	pthread_t thread;
	int number, lines;
	const char *config;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	urun_ctx *ctx = new_ctx();
	sigset_t before, after;

	pthread_sigmask(SIG_SETMASK, NULL, &before);
	/* Half of them log, each to itself. */
	if (w->number % 2) {
		struct urun_log_options log = {
			.size = sizeof(log),
			.level = "debug",
			.fn = count_line,
			.arg = &w->lines,
		};

		check(urun_set_log(ctx, &log) == 0, ctx);
	}
	for (int i = 0; i < ROUNDS; i++) {
		char id[32];

		snprintf(id, sizeof(id), "w%d-%d", w->number, i);
		run_one(ctx, id);
		create_one(ctx, id, w->config);
	}
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	check(memcmp(&before, &after, sizeof(before)) == 0, ctx);
	check((w->lines > 0) == (w->number % 2 == 1), ctx);
	urun_ctx_free(ctx);
	return NULL;
}

/* --- what the rest of the program does meanwhile --- */

static void *use_memory(void *arg)
{
	void *held[64] = { NULL };

	for (unsigned int i = 0; !over; i++) {
		free(held[i % 64]);
		held[i % 64] = malloc(1 + i * 2654435761U % 70000);
		if (i % 4096 == 0)
			usleep(100);
	}
	for (size_t i = 0; i < 64; i++)
		free(held[i]);
	return arg;
}

static void *use_stdio(void *arg)
{
	FILE *f = fopen("/dev/full", "w");

	for (unsigned int i = 0; !over; i++) {
		fprintf(f ? f : stdout, "%s", f ? "1\n" : "");
		if (i % 4096 == 0)
			usleep(100);
	}
	if (f)
		fclose(f);
	return arg;
}

/* libc holds its list of threads locked for this: the child must not need it. */
static void *use_ids(void *arg)
{
	while (!over) {
		for (int i = 0; i < 20; i++)
			check(setresuid((uid_t)-1, (uid_t)-1, (uid_t)-1) == 0, NULL);
		usleep(100);
	}
	return arg;
}

/* Its children are its own to wait for; they end with SIGCHLD as ours do. */
static void *use_children(void *arg)
{
	while (!over) {
		pid_t pid = fork();
		int status = 0;

		if (pid == 0)
			_exit(3);
		usleep(500);
		check(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3, NULL);
	}
	return arg;
}

static char *read_config(void)
{
	char path[4200], *text = calloc(1, 65536);
	FILE *f;

	snprintf(path, sizeof(path), "%s/config.json", bundle);
	f = fopen(path, "re");
	if (!f || !text || fread(text, 1, 65535, f) == 0)
		abort();
	fclose(f);
	return text;
}

static void write_mounts_file(void)
{
	FILE *f;

	snprintf(mounts_file, sizeof(mounts_file), "%s/mounts.json", bundle);
	f = fopen(mounts_file, "we");
	if (!f || fputs("[{\"destination\": \"/mnt\", \"type\": \"tmpfs\"}]", f) < 0 || fclose(f))
		abort();
}

static void on_usr1(int sig)
{
	(void)sig;
}

static void remember_signals(struct sigaction *out)
{
	for (int i = 1; i < NSIG; i++)
		if (sigaction(i, NULL, &out[i]) < 0)
			out[i].sa_handler = SIG_DFL;
}

static void compare_signals(const struct sigaction *before)
{
	struct sigaction now[NSIG] = { 0 };

	remember_signals(now);
	/* 32 and 33 are libc's, which set them up for use_ids(). */
	for (int i = 1; i < NSIG; i++)
		check(i == 32 || i == 33 || before[i].sa_handler == now[i].sa_handler, NULL);
}

static int threads(void)
{
	void *(*const others[])(void *) = { use_memory, use_stdio, use_ids, use_children };
	enum { OTHERS = sizeof(others) / sizeof(others[0]) };
	pthread_t other[OTHERS];
	struct worker w[WORKERS] = { 0 };
	struct sigaction before[NSIG] = { 0 };
	char *config = read_config();
	pthread_attr_t attr;

	write_mounts_file();
	signal(SIGUSR1, on_usr1);
	remember_signals(before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	for (int i = 0; i < OTHERS; i++)
		pthread_create(&other[i], NULL, others[i], NULL);
	for (int i = 0; i < WORKERS; i++) {
		w[i].number = i;
		w[i].config = config;
		pthread_create(&w[i].thread, &attr, work, &w[i]);
	}
	for (int i = 0; i < WORKERS; i++)
		pthread_join(w[i].thread, NULL);
	over = true;
	for (int i = 0; i < OTHERS; i++)
		pthread_join(other[i], NULL);
	compare_signals(before);
	check(prctl(PR_GET_DUMPABLE) == 1, NULL);
	/* Nothing of ours is left to wait for. */
	check(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, NULL);
	free(config);
	return WORKERS * ROUNDS * 2;
}

/* --- signals --- */

static bool has_status(urun_ctx *ctx, const char *id, const char *status)
{
	char *text = NULL;
	bool yes = urun_state_json(ctx, id, &text) == 0 && strstr(text, status);

	free(text);
	return yes;
}

static void *run_quietly(void *arg)
{
	struct channel c;
	struct urun_create_options opt = {
		.size = sizeof(opt),
		.flags = URUN_NO_SIGNALS,
		.bundle = bundle,
	};
	urun_ctx *ctx = new_ctx();

	channel_open(&c, "stay\n");
	opt.stdio = c.fds;
	check(urun_run(ctx, "quiet", &opt, arg) == 0, ctx);
	channel_close(&c);
	urun_ctx_free(ctx);
	return NULL;
}

static int signals(void)
{
	const struct timespec limit = { .tv_sec = 20 };
	urun_ctx *ctx = new_ctx();
	pthread_t thread;
	sigset_t term;
	int status = 0;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &term, NULL);
	pthread_create(&thread, NULL, run_quietly, &status);
	for (int i = 0; i < 1000 && !has_status(ctx, "quiet", "\"running\""); i++)
		usleep(10000);
	kill(getpid(), SIGTERM);
	usleep(100000);
	/* It is still ours to take, and the container has not got it. */
	check(sigtimedwait(&term, NULL, &limit) == SIGTERM, NULL);
	check(has_status(ctx, "quiet", "\"running\""), ctx);
	check(urun_kill(ctx, "quiet", SIGKILL, 0) == 0, ctx);
	pthread_join(thread, NULL);
	check(status == 128 + SIGKILL, ctx);
	urun_ctx_free(ctx);
	return 1;
}

/* --- options --- */

static int options(void)
{
	struct channel c;
	struct urun_create_options opt = { .size = sizeof(opt), .bundle = bundle };
	urun_ctx *ctx = new_ctx();
	char *plan = NULL;
	int status = -1;

	opt.flags = URUN_KEEP;
	channel_open(&c, "hello\n");
	opt.stdio = c.fds;
	check(urun_plan_text(ctx, "kept", &opt, &plan) == 0 && plan && *plan, ctx);
	free(plan);
	check(urun_wait(ctx, "kept", 0, &status) == -ENOENT, ctx);
	check(urun_run(ctx, "kept", &opt, &status) == 0 && status == 7, ctx);
	check(has_status(ctx, "kept", "\"stopped\""), ctx);
	check(has_status(ctx, "kept", "\"exitStatus\": 7"), ctx);
	check(urun_run(ctx, "kept", &opt, &status) == -EEXIST, ctx);
	check(urun_delete(ctx, "kept", URUN_STOPPED | URUN_FORCE) == -EINVAL, ctx);
	check(urun_delete(ctx, "kept", URUN_STOPPED) == 0, ctx);
	channel_close(&c);

	opt.flags = URUN_DETACH;
	channel_open(&c, "stay\n");
	check(urun_run(ctx, "away", &opt, &status) == 0 && status == 0, ctx);
	check(channel_says(&c, "got stay\n"), ctx);
	check(has_status(ctx, "away", "\"running\""), ctx);
	check(urun_delete(ctx, "away", URUN_STOPPED) == -EBUSY, ctx);
	check(urun_delete(ctx, "away", URUN_FORCE) == 0, ctx);
	/* What belongs to run alone. */
	check(urun_create(ctx, "away", &opt) == -EINVAL, ctx);
	channel_close(&c);
	urun_ctx_free(ctx);
	return 2;
}

/* --- children --- */

static int children(void)
{
	struct channel c;
	struct urun_create_options opt = { .size = sizeof(opt), .bundle = bundle };
	urun_ctx *ctx = new_ctx();
	int status = 0;

	for (int i = 0; i < 2; i++) {
		channel_open(&c, "hello\n");
		opt.stdio = c.fds;
		check(urun_create(ctx, "child", &opt) == 0, ctx);
		/* Init, and nobody else. */
		check(waitpid(-1, NULL, WNOHANG) == 0, ctx);
		check(i || urun_start(ctx, "child") == 0, ctx);
		check(!i || urun_kill(ctx, "child", SIGKILL, 0) == 0, ctx);
		check(urun_wait(ctx, "child", 20000, &status) == 0, ctx);
		check(status == (i ? 128 + SIGKILL : 7), ctx);
		check(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, ctx);
		check(urun_delete(ctx, "child", 0) == 0, ctx);
		channel_close(&c);
	}
	check(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, ctx);
	urun_ctx_free(ctx);
	return 2;
}

/* --- errors --- */

static int errors(void)
{
	urun_ctx *ctx = new_ctx(), *other = new_ctx();
	char *text = NULL;

	check(urun_error_code(ctx) == 0 && urun_error_errno(ctx) == 0, ctx);
	check(urun_kill(ctx, "none", SIGTERM, 0) == -ENOENT, ctx);
	check(urun_error_errno(ctx) == ENOENT && urun_error_code(ctx) == 201, ctx);
	check(strstr(urun_error(ctx), "`none` does not exist"), ctx);
	/* Another context has its own, and what was asked for is not touched. */
	check(urun_error_code(other) == 0 && !*urun_error(other), other);
	check(urun_state_json(other, "../x", &text) == -EINVAL && !text, other);
	check(urun_error_code(other) == 203 && urun_error_code(ctx) == 201, other);
	check(urun_kill(ctx, "none", SIGTERM, URUN_FORCE) == -EINVAL, ctx);
	check(urun_error_code(ctx) == 1 && !*urun_error_hint(ctx), ctx);
	/* The next call that goes well leaves none behind. */
	check(urun_list_json(ctx, &text) == 0 && text, ctx);
	check(!*urun_error(ctx) && urun_error_code(ctx) == 0 && urun_error_errno(ctx) == 0, ctx);
	free(text);
	urun_ctx_free(other);
	urun_ctx_free(ctx);
	return 1;
}

/* --- sizes --- */

struct newer_options {
	struct urun_exec_options known;
	const char *added;
};

static int sizes(void)
{
	const char *const argv[] = { "true", NULL };
	struct newer_options o = { .known = { .argv = argv } };
	struct urun_log_options log = { .size = offsetof(struct urun_log_options, fn) };
	struct urun_spec_options spec = { 0 };
	char *text = NULL;
	urun_ctx *ctx = new_ctx();
	int status;

	/* A caller who has not heard of fn; what lies behind is not his. */
	log.fn = (urun_log_fn)(void *)(uintptr_t)1;
	check(urun_set_log(ctx, &log) == 0, ctx);
	check(urun_exec(ctx, "none", &o.known, &status) == -EINVAL, ctx);
	check(strstr(urun_error(ctx), "size is not set"), ctx);
	o.known.size = sizeof(o);
	check(urun_exec(ctx, "none", &o.known, &status) == -ENOENT, ctx);
	o.added = "x";
	check(urun_exec(ctx, "none", &o.known, &status) == -EINVAL, ctx);
	check(strstr(urun_error(ctx), "does not know"), ctx);
	o.added = NULL;
	o.known.flags = 1u << 31;
	check(urun_exec(ctx, "none", &o.known, &status) == -EINVAL, ctx);
	check(urun_run(ctx, "none",
		       &(struct urun_create_options){ .size = sizeof(struct urun_create_options),
						      .config = "a",
						      .config_json = "{}" },
		       &status) == -EINVAL,
	      ctx);
	check(urun_spec(ctx, &spec, &text) == -EINVAL && !text, ctx);
	check(strstr(urun_error(ctx), "urun_spec_options: size is not set"), ctx);
	urun_ctx_free(ctx);
	return 1;
}

int main(int argc, char **argv)
{
	int done = 0;

	if (argc < 3)
		return 2;
	root = argv[2];
	bundle = argc > 3 ? argv[3] : NULL;
	if (strcmp(argv[1], "threads") == 0 && bundle)
		done = threads();
	else if (strcmp(argv[1], "signals") == 0 && bundle)
		done = signals();
	else if (strcmp(argv[1], "options") == 0 && bundle)
		done = options();
	else if (strcmp(argv[1], "children") == 0 && bundle)
		done = children();
	else if (strcmp(argv[1], "errors") == 0)
		done = errors();
	else if (strcmp(argv[1], "sizes") == 0)
		done = sizes();
	if (!done || failures)
		return 1;
	printf("%d containers\n", done);
	return 0;
}
