/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for failures of the *user's* command. Unlike error_words() they are
 * strerror()'s, in lower case: engines tell 126 and 127 by them
 * (engine-contracts.md section 2).
 */
#ifndef URUN_PROCESS_WORDS_H
#define URUN_PROCESS_WORDS_H

enum { WORDS_SHOWN_MAX = 1024 };

/* "no such file or directory" of ENOENT (either sign). Never allocates. */
const char *words_user(int err);

/*
 * A name for a message: cut, so that what follows still fits, and on one line.
 * buf has WORDS_SHOWN_MAX bytes.
 */
const char *words_shown(const char *name, char *buf);

#endif
