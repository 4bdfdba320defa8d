/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is ignored or blocked, whoever started us. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../tap.h"
#include "base/signals.h"

/* A mask of /proc/self/status. */
static unsigned long long mask(const char *name)
{
	unsigned long long ret = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0)
			sscanf(line + strlen(name), ": %llx", &ret);
	if (f)
		fclose(f);
	return ret;
}

int main(void)
{
	/* SIG_IGN as the kernel takes it: sigaction() leaves 32 and 33 alone. */
	const long ign[16] = { 1 };
	sigset_t all;

	for (int sig = 1; sig < NSIG; sig++)
		syscall(SYS_rt_sigaction, sig, ign, NULL, (size_t)(NSIG / 8));
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	ok((mask("SigIgn") & 0x180000000) == 0x180000000, "libc's own two are ignored");
	is_int(signals_reset(), 0, "E01 all are reset");
	is_int((long long)mask("SigIgn"), 0, "E01 none is ignored, not even libc's own two");
	is_int((long long)mask("SigBlk"), 0, "E01 none is blocked");
	return tap_done();
}
