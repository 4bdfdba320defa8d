/* SPDX-License-Identifier: Apache-2.0 */
/* What a program that we start must not inherit. Usable after clone. */
#ifndef URUN_BASE_SIGNALS_H
#define URUN_BASE_SIGNALS_H

/*
 * All signals to their default and none blocked: handlers go with execve(),
 * but what is ignored stays. Also libc's own two (32 and 33), which sigaction()
 * refuses to touch and posix_spawn() leaves ignored: who was started that way
 * (by make, say, or systemd) would hand them on. -errno.
 */
int signals_reset(void);

#endif
