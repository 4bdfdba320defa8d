/* SPDX-License-Identifier: Apache-2.0 */
/* See signals.h. */
#include "base/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int signals_reset(void)
{
	/* The kernel's sigaction, larger than on any machine: SIG_DFL, no flags, no mask. */
	static const long dfl[16];
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			(void)syscall(SYS_rt_sigaction, sig, dfl, NULL, (size_t)(NSIG / 8));
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}
