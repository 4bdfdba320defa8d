/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Benchmark driver: runs the jobs of a plan round after round, the runtimes
 * interleaved, and prints one line of numbers for each.
 *
 * usage: bench [-r ROUNDS] [-w WARMUP] [-p PAUSE_US] PLAN
 *        bench -t UID:GID PLAN             (as root: count with ptrace)
 *
 * A plan is lines of tab-separated fields: CASE RUNTIME STEP ARG...
 *   env K=V       environment of the job, beside PATH
 *   do ARGV...    run it, not measured
 *   cmd ARGV...   run it and measure; several add up
 *   reap PIDFILE  wait for the container's process to end; its CPU counts
 *   wait PIDFILE  the same, but nothing counts
 *   fix ARGV...   run it after a failure only, whatever comes of it
 * The cases @up and @down are run once, before and after all others.
 *
 * Output: CASE RUNTIME ROUND WALL_NS CPU_US RSS_KB, or with -t
 *   CASE RUNTIME SYSCALLS OWN PROCESSES THREADS EXECS RSS_OWN RSS_ALL
 * A job that fails is told on stderr and left out from then on.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOBS_MAX 256
#define STEPS_MAX 12
#define ARGS_MAX 24
#define ENV_MAX 8
#define STEP_TIMEOUT_S 10

enum step_type { STEP_DO, STEP_CMD, STEP_REAP, STEP_WAIT, STEP_FIX };

struct step {
	enum step_type type;
	char *argv[ARGS_MAX];
};

struct job {
	const char *name;
	const char *runtime;
	char *env[ENV_MAX + 1];
	size_t env_count;
	struct step *steps;
	size_t step_count;
	bool failed;
};

static struct job jobs[JOBS_MAX];
static size_t job_count;
static struct identity who;
static bool tracing;
static int stdio_fds[3];

static void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int become_user(const struct identity *id)
{
	if (!id->drop)
		return 0;
	if (setgroups(0, NULL) < 0 || setgid(id->gid) < 0)
		return -1;
	return setuid(id->uid);
}

/* ---- the plan ---- */

static struct job *get_job(const char *name, const char *runtime)
{
	struct job *job;

	for (size_t i = 0; i < job_count; i++) {
		job = &jobs[i];
		if (strcmp(job->name, name) == 0 && strcmp(job->runtime, runtime) == 0)
			return job;
	}
	if (job_count == JOBS_MAX) {
		errno = E2BIG;
		die("plan: too many jobs");
	}
	job = &jobs[job_count++];
	job->name = name;
	job->runtime = runtime;
	job->steps = calloc(STEPS_MAX, sizeof(*job->steps));
	if (!job->steps)
		die("plan");
	job->env[job->env_count++] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	return job;
}

static enum step_type parse_step_type(const char *word)
{
	if (strcmp(word, "do") == 0)
		return STEP_DO;
	if (strcmp(word, "cmd") == 0)
		return STEP_CMD;
	if (strcmp(word, "reap") == 0)
		return STEP_REAP;
	if (strcmp(word, "wait") == 0)
		return STEP_WAIT;
	if (strcmp(word, "fix") == 0)
		return STEP_FIX;
	errno = EINVAL;
	die(word);
	return STEP_DO;
}

static void add_step(struct job *job, const char *type, char **save)
{
	struct step *step;
	size_t count = 0;
	char *arg = strtok_r(NULL, "\t", save);

	if (strcmp(type, "env") == 0 && arg) {
		if (job->env_count < ENV_MAX)
			job->env[job->env_count++] = arg;
		return;
	}
	if (job->step_count == STEPS_MAX || !arg) {
		errno = EINVAL;
		die("plan: steps");
	}
	step = &job->steps[job->step_count++];
	step->type = parse_step_type(type);
	while (arg && count < ARGS_MAX - 1) {
		step->argv[count++] = arg;
		arg = strtok_r(NULL, "\t", save);
	}
}

/* Read the plan; the lines live as long as the program. */
static void read_plan(const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		die(path);
	while (getline(&line, &size, file) > 0) {
		char *save = NULL;
		char *name;
		char *runtime;
		char *type;

		line[strcspn(line, "\n")] = '\0';
		name = strtok_r(line, "\t", &save);
		runtime = strtok_r(NULL, "\t", &save);
		type = strtok_r(NULL, "\t", &save);
		if (!type)
			continue;
		add_step(get_job(name, runtime), type, &save);
		line = NULL;
		size = 0;
	}
	free(line);
	fclose(file);
}

/* ---- running ---- */

/*
 * Runtimes hand their stdio to the container and may chown it, so they get
 * anonymous files and never the host's /dev/null.
 */
static void open_stdio(void)
{
	for (int i = 0; i < 3; i++) {
		stdio_fds[i] = memfd_create("bench-stdio", MFD_CLOEXEC);
		if (stdio_fds[i] < 0 || fchmod(stdio_fds[i], 0666) < 0)
			die("stdio");
	}
}

static void rewind_stdio(void)
{
	for (int i = 0; i < 3; i++) {
		if (ftruncate(stdio_fds[i], 0) < 0 || lseek(stdio_fds[i], 0, SEEK_SET) < 0)
			die("stdio");
	}
}

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void add_rusage(struct usage *usage, const struct rusage *ru)
{
	usage->cpu_us += (ru->ru_utime.tv_sec + ru->ru_stime.tv_sec) * 1000000LL +
			 ru->ru_utime.tv_usec + ru->ru_stime.tv_usec;
	if (ru->ru_maxrss > usage->rss_kb)
		usage->rss_kb = ru->ru_maxrss;
}

static pid_t spawn_as_user(char *const argv[], char *const envp[])
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	for (int fd = 0; fd < 3; fd++) {
		if (dup2(stdio_fds[fd], fd) < 0)
			_exit(126);
	}
	if (become_user(&who) < 0)
		_exit(126);
	execve(argv[0], argv, envp);
	_exit(127);
}

static pid_t spawn(char *const argv[], char *const envp[])
{
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;
	int err;

	if (who.drop)
		return spawn_as_user(argv, envp);
	posix_spawn_file_actions_init(&actions);
	for (int fd = 0; fd < 3; fd++)
		posix_spawn_file_actions_adddup2(&actions, stdio_fds[fd], fd);
	err = posix_spawn(&pid, argv[0], &actions, NULL, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	errno = err;
	return err ? -1 : pid;
}

/* Run a program to its end and add what it used; its exit status or -1. */
static int run(char *const argv[], char *const envp[], struct usage *usage)
{
	struct rusage ru;
	long long begin;
	pid_t pid;
	int status;

	alarm(STEP_TIMEOUT_S);
	begin = now_ns();
	pid = spawn(argv, envp);
	if (pid < 0)
		return -1;
	if (wait4(pid, &status, 0, &ru) != pid) {
		kill(pid, SIGKILL);
		return -1;
	}
	usage->wall_ns += now_ns() - begin;
	alarm(0);
	add_rusage(usage, &ru);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The command that failed and the end of what it printed. */
static void tell_failure(const struct job *job, char *const argv[], int status)
{
	char text[400];

	fprintf(stderr, "bench: %s with %s:", job->name, job->runtime);
	for (size_t i = 0; argv[i]; i++)
		fprintf(stderr, " %s", i ? argv[i] : base_name(argv[i]));
	fprintf(stderr, ": exit status %d\n", status);
	for (int i = 1; i < 3; i++) {
		off_t size = lseek(stdio_fds[i], 0, SEEK_END);
		off_t from = size > 400 ? size - 400 : 0;
		ssize_t len = pread(stdio_fds[i], text, sizeof(text), from);

		if (len > 0)
			fprintf(stderr, "  %.*s\n", (int)len, text);
	}
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* Wait for the process a pid file names; 0, or -1 when it stays. */
static int reap(const char *pid_file, struct usage *usage, struct counts *counts)
{
	struct rusage ru;
	int pid = 0;
	FILE *file = fopen(pid_file, "re");

	if (!file)
		return -1;
	if (fscanf(file, "%d", &pid) != 1)
		pid = 0;
	fclose(file);
	unlink(pid_file);
	if (pid <= 1)
		return -1;
	if (tracing)
		return trace_until_gone(pid, counts);
	alarm(STEP_TIMEOUT_S);
	if (wait4(pid, NULL, __WALL, &ru) == pid)
		add_rusage(usage, &ru);
	else if (errno == EINTR)
		return -1;
	alarm(0);
	return 0;
}

/* One step; 0, or -1 when it failed. */
static int run_step(struct job *job, struct step *step, struct usage *usage, struct counts *counts)
{
	struct usage ignored = { 0 };
	int status;

	rewind_stdio();
	if (step->type == STEP_REAP)
		status = reap(step->argv[0], usage, counts);
	else if (step->type == STEP_WAIT)
		status = reap(step->argv[0], &ignored, counts);
	else if (step->type == STEP_CMD && tracing)
		status = trace_run(step->argv, job->env, &who, stdio_fds, counts);
	else
		status = run(step->argv, job->env, step->type == STEP_CMD ? usage : &ignored);
	if (status == 0 || step->type == STEP_FIX)
		return 0;
	tell_failure(job, step->argv, status);
	return -1;
}

/* All steps; after a failure only the "fix" ones. */
static void run_job(struct job *job, struct usage *usage, struct counts *counts)
{
	for (size_t i = 0; i < job->step_count; i++) {
		struct step *step = &job->steps[i];

		if (job->failed != (step->type == STEP_FIX))
			continue;
		if (run_step(job, step, usage, counts) < 0)
			job->failed = true;
	}
	/* Orphans come to us, as the subreaper. */
	while (!tracing && waitpid(-1, NULL, WNOHANG | __WALL) > 0)
		;
}

static bool is_special(const struct job *job)
{
	return job->name[0] == '@';
}

static void run_special(const char *name)
{
	bool was_tracing = tracing;

	tracing = false;
	for (size_t i = 0; i < job_count; i++) {
		struct usage usage = { 0 };

		if (strcmp(jobs[i].name, name) == 0)
			run_job(&jobs[i], &usage, NULL);
	}
	tracing = was_tracing;
}

/* The jobs of one case, begun at another runtime each round. */
static void run_case(size_t first, size_t count, int round, int pause_us, bool record)
{
	for (size_t i = 0; i < count; i++) {
		struct job *job = &jobs[first + (i + round) % count];
		struct usage usage = { 0 };

		if (job->failed)
			continue;
		if (pause_us > 0)
			usleep(pause_us);
		run_job(job, &usage, NULL);
		if (!record || job->failed)
			continue;
		printf("%s\t%s\t%d\t%lld\t%lld\t%ld\n", job->name, job->runtime, round,
		       usage.wall_ns, usage.cpu_us, usage.rss_kb);
	}
}

static size_t case_length(size_t first)
{
	size_t count = 0;

	while (first + count < job_count && strcmp(jobs[first + count].name, jobs[first].name) == 0)
		count++;
	return count;
}

static void measure(int rounds, int warmup, int pause_us)
{
	for (int round = 0; round < warmup + rounds; round++) {
		for (size_t i = 0; i < job_count; i += case_length(i)) {
			if (is_special(&jobs[i]))
				continue;
			run_case(i, case_length(i), round, pause_us, round >= warmup);
		}
		fflush(stdout);
		if (isatty(2))
			fprintf(stderr, "\rround %d of %d ", round + 1, warmup + rounds);
	}
}

static void count(void)
{
	for (size_t i = 0; i < job_count; i++) {
		struct usage usage = { 0 };
		struct counts counts = { 0 };
		struct counts warm = { 0 };
		struct job *job = &jobs[i];

		if (is_special(job) || job->failed)
			continue;
		run_job(job, &usage, &warm);
		if (!job->failed)
			run_job(job, &usage, &counts);
		if (job->failed)
			continue;
		printf("%s\t%s\t%ld\t%ld\t%ld\t%ld\t%ld\t%ld\t%ld\n", job->name, job->runtime,
		       counts.syscalls, counts.syscalls_own, counts.processes, counts.threads,
		       counts.execs, counts.rss_own_kb, counts.rss_all_kb);
	}
}

static void set_user(const char *ids)
{
	unsigned int uid;
	unsigned int gid;

	if (sscanf(ids, "%u:%u", &uid, &gid) != 2) {
		errno = EINVAL;
		die(ids);
	}
	who = (struct identity){ uid, gid, true };
	tracing = true;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_alarm };
	int rounds = 50;
	int warmup = 3;
	int pause_us = 2000;
	int opt;

	while ((opt = getopt(argc, argv, "r:w:p:t:")) != -1) {
		if (opt == 'r')
			rounds = atoi(optarg);
		else if (opt == 'w')
			warmup = atoi(optarg);
		else if (opt == 'p')
			pause_us = atoi(optarg);
		else if (opt == 't')
			set_user(optarg);
		else
			return 64;
	}
	if (optind != argc - 1) {
		fprintf(stderr, "usage: bench [-r N] [-w N] [-p US] PLAN\n");
		return 64;
	}
	sigaction(SIGALRM, &action, NULL);
	read_plan(argv[optind]);
	open_stdio();
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		die("prctl");
	run_special("@up");
	if (tracing)
		count();
	else
		measure(rounds, warmup, pause_us);
	run_special("@down");
	return 0;
}
