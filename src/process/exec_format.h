/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a program that exists does not start (P30): the kernel says ENOENT for a
 * missing loader and ENOEXEC for another machine's program, and users look for
 * the wrong file. Usable after clone.
 */
#ifndef URUN_PROCESS_EXEC_FORMAT_H
#define URUN_PROCESS_EXEC_FORMAT_H

#include "process/exec.h"

/* Fills no_entry and bad_format for the program that fd is open on. */
void exec_format_diagnose(int fd, int rootfd, struct process_executable *ret);

#endif
