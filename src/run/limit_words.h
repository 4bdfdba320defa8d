/* SPDX-License-Identifier: Apache-2.0 */
/* Limits as people type them: "memory.limit=512M" (U02, U04, U05). */
#ifndef URUN_RUN_LIMIT_WORDS_H
#define URUN_RUN_LIMIT_WORDS_H

#include "base/arena.h"
#include "base/error.h"
#include "cgroup/limits.h"

/*
 * Sets one "KEY=VALUE" in `l`: KEY is a path below linux.resources ("cpu.quota"), or
 * "unified.FILE". Sizes and "max" are as of convert_size(). `word` is referred to.
 */
int limit_word_set(struct arena *a, struct limits *l, const char *word, struct error *e);

#endif
