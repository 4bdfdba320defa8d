/* SPDX-License-Identifier: Apache-2.0 */
/* Our own executable, which a container must not get to write. */
#ifndef URUN_RUN_SELF_H
#define URUN_RUN_SELF_H

#include "base/arena.h"
#include "base/error.h"

/*
 * CVE-2019-5736: a process of the container can get hold of the runtime's
 * executable through /proc/PID/exe and write to it, if an id that is mapped in
 * there may. Where that cannot be (self.c says why), 0 at once; else the program
 * starts anew from a sealed copy in memory and does not return.
 */
int self_protect(char *const argv[], struct error *e);

/*
 * The path of another program of ours: beside us (a build tree), in ../libexec/urun of where
 * we are (an install anywhere), or in the configured folder, which *ret names where it is in
 * none of them (-ENOENT, -EACCES).
 */
int self_program(struct arena *a, const char *name, const char **ret);

#endif
