/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fault injection: linked with urun's own objects this is urun-test, which
 * breaks where its environment says. A step is named "TABLE:STEP", as
 * URUN_TEST_STEPS=list prints them all.
 *
 *   URUN_TEST_FAIL_AT=T:S    the step fails with an error
 *   URUN_TEST_DIE_AT=T:S     the process that comes to it is gone at once
 *   URUN_TEST_ORPHAN_AT=T:S  urun is killed (-9) while its child is there
 *   URUN_TEST_SEEN=FILE      appends the steps that were come to
 *   URUN_TEST_HEAP_AT=T:S    the step uses the heap, to show that this is seen:
 *   URUN_TEST_NO_HEAP=1      the child may not allocate: it ends with status 99
 */
#include "run/steps.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { STEPS_MAX = 256, NO_HEAP_STATUS = 99 };

struct step_name {
	const char *table, *name;
};

/* Made by the build out of the tables in the sources. */
static const struct step_name all_steps[] = {
#define STEP(table, name) { table, name },
#include "tests/lib/step_names.h"
#undef STEP
};

#define N_STEPS (sizeof(all_steps) / sizeof(all_steps[0]))

/* Shared with what urun clones: it cannot tell us otherwise. */
struct shared {
	volatile bool seen[STEPS_MAX];
	volatile bool kill_main;
	volatile size_t at; /* the row that was come to last */
	volatile bool began;
};

static struct shared *shared;
static pid_t main_pid;
static bool no_heap;
static const char *fail_at, *die_at, *orphan_at, *heap_at, *seen_file;

static bool in_child(void)
{
	return main_pid && getpid() != main_pid;
}

/*
 * Names repeat ("console" of init and of exec), rows are come to in order:
 * so a name is the next of that name, in the same table first.
 */
static size_t find_step(const char *name)
{
	static const char *const create_order[] = { "create", "init", "process" };
	static const char *const exec_order[] = { "exec", "join", "process" };
	const char *const *order =
		shared->began && all_steps[shared->at].table[0] == 'e' ? exec_order : create_order;

	/* The first row of each command tells which it is. */
	if (!shared->began)
		order = strcmp(name, "open-container") == 0 ? exec_order : create_order;
	for (size_t t = in_child() ? 1 : 0; t < 3; t++)
		for (size_t i = 0; i < N_STEPS; i++)
			if (strcmp(all_steps[i].table, order[t]) == 0 &&
			    strcmp(all_steps[i].name, name) == 0)
				return i;
	return N_STEPS;
}

static bool is_at(const char *where, size_t i)
{
	size_t len = strlen(all_steps[i].table);

	return where && strncmp(where, all_steps[i].table, len) == 0 && where[len] == ':' &&
	       strcmp(where + len + 1, all_steps[i].name) == 0;
}

static void wait_ms(long ms)
{
	const struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static int hook(const char *name, struct error *e)
{
	size_t i = find_step(name);

	if (i >= N_STEPS || i >= STEPS_MAX)
		return error_msg(e, ENOTSUP, "urun-test: unknown step '%s'", name);
	/* Which command it is shows in its first row, which is the parent's. */
	if (!in_child()) {
		shared->at = i;
		shared->began = true;
	}
	shared->seen[i] = true;
	if (is_at(fail_at, i))
		return error_msg(e, EIO, "injected failure at '%s'", fail_at);
	if (is_at(die_at, i)) {
		/* Process 1 of a pid namespace cannot kill itself. */
		kill(getpid(), SIGKILL);
		syscall(SYS_exit_group, 137);
	}
	if (is_at(heap_at, i)) {
		void *volatile p = malloc(1);

		free(p);
	}
	if (is_at(orphan_at, i) && in_child()) {
		shared->kill_main = true;
		/* Without a parent-death signal we would go on after this. */
		wait_ms(100);
	}
	return 0;
}

/* kill() does not reach out of a pid namespace: a process outside does it. */
static void start_killer(void)
{
	pid_t parent = getpid();

	if (fork() != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	for (int fd = 0; fd <= 2; fd++)
		close(fd);
	while (getppid() == parent && !shared->kill_main)
		wait_ms(1);
	if (getppid() == parent)
		kill(parent, SIGKILL);
	_exit(0);
}

__attribute__((destructor)) static void write_seen(void)
{
	FILE *f;

	if (!seen_file || !shared || in_child())
		return;
	f = fopen(seen_file, "ae");
	if (!f)
		return;
	for (size_t i = 0; i < N_STEPS; i++)
		if (shared->seen[i])
			fprintf(f, "%s:%s\n", all_steps[i].table, all_steps[i].name);
	fclose(f);
}

/* urun wipes the child's environment at some point. */
static char *copy_env(const char *name)
{
	const char *v = getenv(name);

	return v ? strdup(v) : NULL;
}

__attribute__((constructor)) static void set_hooks(void)
{
	const char *list = getenv("URUN_TEST_STEPS");

	if (list && strcmp(list, "list") == 0) {
		for (size_t i = 0; i < N_STEPS; i++)
			printf("%s:%s\n", all_steps[i].table, all_steps[i].name);
		exit(0);
	}
	fail_at = copy_env("URUN_TEST_FAIL_AT");
	die_at = copy_env("URUN_TEST_DIE_AT");
	heap_at = copy_env("URUN_TEST_HEAP_AT");
	orphan_at = copy_env("URUN_TEST_ORPHAN_AT");
	seen_file = copy_env("URUN_TEST_SEEN");
	no_heap = getenv("URUN_TEST_NO_HEAP") != NULL;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		abort();
	main_pid = getpid();
	if (orphan_at)
		start_killer();
	steps_test_hook = hook;
}

/* ---- the heap: glibc's, but not in the child */

#ifndef __SANITIZE_ADDRESS__

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void __libc_free(void *p);

static void check_heap(const char *what)
{
	static const char text[] = ": the child may not touch the heap\n";

	if (!no_heap || !in_child())
		return;
	(void)!write(STDERR_FILENO, what, strlen(what));
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	syscall(SYS_exit_group, NO_HEAP_STATUS);
}

void *malloc(size_t n)
{
	check_heap("malloc");
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	check_heap("calloc");
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	check_heap("realloc");
	return __libc_realloc(p, n);
}

void free(void *p)
{
	if (p)
		check_heap("free");
	__libc_free(p);
}

#endif
