/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts the system calls, new processes and peak memory of a whole process
 * tree with ptrace.  Run by root, so that set-user-id helpers (newuidmap) keep
 * their privilege while traced, which they lose under an unprivileged strace.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TASKS_MAX 1024
#define TIMEOUT_S 20
#define TRACE_OPTIONS                                                                             \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL)

enum kind { KIND_OWN, KIND_HELPER, KIND_PAYLOAD };

struct task {
	pid_t tid;
	enum kind kind;
};

static struct task tasks[TASKS_MAX];
static size_t task_count;

static struct task *find_task(pid_t tid)
{
	for (size_t i = 0; i < task_count; i++) {
		if (tasks[i].tid == tid)
			return &tasks[i];
	}
	return NULL;
}

static struct task *add_task(pid_t tid, enum kind kind)
{
	struct task *task = find_task(tid);

	if (!task) {
		if (task_count == TASKS_MAX) {
			fprintf(stderr, "bench: too many traced tasks\n");
			exit(1);
		}
		task = &tasks[task_count++];
	}
	*task = (struct task){ .tid = tid, .kind = kind };
	return task;
}

static void drop_task(pid_t tid)
{
	struct task *task = find_task(tid);

	if (task)
		*task = tasks[--task_count];
}

/* One number of /proc/TID/status, or -1. */
static long status_value(pid_t tid, const char *key)
{
	char path[64];
	char line[256];
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	file = fopen(path, "re");
	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, strlen(key)) == 0) {
			value = strtol(line + strlen(key), NULL, 10);
			break;
		}
	}
	fclose(file);
	return value;
}

/* The kind of the program a task runs, by its name. */
static enum kind program_kind(pid_t tid)
{
	char path[64];
	char name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)tid);
	file = fopen(path, "re");
	if (!file)
		return KIND_OWN;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	name[strcspn(name, "\n")] = '\0';
	if (strcmp(name, "newuidmap") == 0 || strcmp(name, "newgidmap") == 0)
		return KIND_HELPER;
	if (strcmp(name, "true") == 0 || strcmp(name, "sleep") == 0)
		return KIND_PAYLOAD;
	return KIND_OWN;
}

/* An image is about to go, by exec or exit: note how big it became. */
static void note_memory(const struct task *task, struct counts *counts)
{
	long rss = status_value(task->tid, "VmHWM:");

	if (rss > counts->rss_all_kb)
		counts->rss_all_kb = rss;
	if (task->kind == KIND_OWN && rss > counts->rss_own_kb)
		counts->rss_own_kb = rss;
}

static void on_syscall(const struct task *task, struct counts *counts)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof(info), &info) < 0)
		return;
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	counts->syscalls++;
	if (task->kind == KIND_OWN)
		counts->syscalls_own++;
	if (info.entry.nr == SYS_execve || info.entry.nr == SYS_execveat)
		note_memory(task, counts);
}

static void on_new_task(const struct task *parent, struct counts *counts)
{
	unsigned long child = 0;

	if (ptrace(PTRACE_GETEVENTMSG, parent->tid, 0, &child) < 0)
		return;
	if (status_value((pid_t)child, "Tgid:") == (long)child)
		counts->processes++;
	else
		counts->threads++;
	add_task((pid_t)child, parent->kind);
}

/* Deal with one stop; returns the signal to pass on. */
static int on_stop(struct task *task, int status, struct counts *counts)
{
	int sig = WSTOPSIG(status);

	if (sig == (SIGTRAP | 0x80)) {
		on_syscall(task, counts);
		return 0;
	}
	switch (status >> 16) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		on_new_task(task, counts);
		return 0;
	case PTRACE_EVENT_EXEC:
		counts->execs++;
		task->kind = program_kind(task->tid);
		return 0;
	case PTRACE_EVENT_EXIT:
		note_memory(task, counts);
		return 0;
	case PTRACE_EVENT_STOP:
		return 0;
	default:
		return sig;
	}
}

/*
 * Serve all tracees until `pid` has ended; its wait status, or -1.
 * An alarm ends the wait and the process.
 */
static int serve(pid_t pid, struct counts *counts)
{
	alarm(TIMEOUT_S);
	for (;;) {
		struct task *task;
		int status;
		int sig;
		pid_t tid = waitpid(-1, &status, __WALL);

		if (tid < 0) {
			kill(pid, SIGKILL);
			return -1;
		}
		if (!WIFSTOPPED(status)) {
			drop_task(tid);
			if (tid == pid) {
				alarm(0);
				return status;
			}
			continue;
		}
		/* A new child may stop before its parent tells of it. */
		task = find_task(tid);
		if (!task)
			task = add_task(tid, KIND_OWN);
		sig = on_stop(task, status, counts);
		ptrace(PTRACE_SYSCALL, tid, 0, sig);
	}
}

static void run_child(char *const argv[], char *const envp[], const struct identity *who,
		      const int stdio[3], int gate)
{
	char byte;

	for (int fd = 0; fd < 3; fd++) {
		if (dup2(stdio[fd], fd) < 0)
			_exit(126);
	}
	if (read(gate, &byte, 1) != 1 || become_user(who) < 0)
		_exit(126);
	execve(argv[0], argv, envp);
	_exit(127);
}

int trace_run(char *const argv[], char *const envp[], const struct identity *who,
	      const int stdio[3], struct counts *counts)
{
	int gate[2];
	int status;
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0)
		run_child(argv, envp, who, stdio, gate[0]);
	add_task(pid, KIND_OWN);
	/* Until its exec only events stop it, so set-up is not counted. */
	if (ptrace(PTRACE_SEIZE, pid, 0, TRACE_OPTIONS) < 0)
		fprintf(stderr, "bench: ptrace: %s\n", strerror(errno));
	if (write(gate[1], "x", 1) != 1)
		fprintf(stderr, "bench: cannot open the gate\n");
	close(gate[0]);
	close(gate[1]);
	status = serve(pid, counts);
	if (status < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int trace_until_gone(pid_t pid, struct counts *counts)
{
	if (kill(pid, 0) < 0)
		return 0;
	return serve(pid, counts) < 0 ? -1 : 0;
}
