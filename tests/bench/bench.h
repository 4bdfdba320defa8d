/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the two halves of the benchmark driver. */
#ifndef URUN_TESTS_BENCH_H
#define URUN_TESTS_BENCH_H

#include <stdbool.h>
#include <sys/types.h>

/* What one job used; wall time and CPU of its "cmd" steps alone. */
struct usage {
	long long wall_ns;
	long long cpu_us;
	long rss_kb;
};

/* What the tracer saw; "own" leaves out newuidmap, newgidmap and payload. */
struct counts {
	long syscalls;
	long syscalls_own;
	long processes;
	long threads;
	long execs;
	long rss_own_kb;
	long rss_all_kb;
};

struct identity {
	uid_t uid;
	gid_t gid;
	bool drop; /* false: stay who we are */
};

/*
 * Become the user in a child about to execute a program.
 * Returns 0, or -1 with errno set.
 */
int become_user(const struct identity *who);

/*
 * Run argv to its end under ptrace and add what it did to the counts; what it
 * leaves running stays traced and is served by the next call.
 * Returns the exit status (128 + N for a signal), or -1.
 */
int trace_run(char *const argv[], char *const envp[], const struct identity *who,
	      const int stdio[3], struct counts *counts);

/* Serve the tracees until the process has ended; 0 or -1. */
int trace_until_gone(pid_t pid, struct counts *counts);

#endif
