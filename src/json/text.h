/* SPDX-License-Identifier: Apache-2.0 */
/* Checks on JSON text as bytes, before the parser sees it. */
#ifndef URUN_JSON_TEXT_H
#define URUN_JSON_TEXT_H

#include <stddef.h>

#include "base/error.h"
#include "json/decode.h"

/*
 * Size, strict UTF-8, and \u escapes that are no Unicode character. -EFBIG,
 * -EINVAL.
 */
int json_check_text(const struct json_source *src, struct error *e);

/* The line (from 1) in which byte `offset` stands. */
size_t json_line(const struct json_source *src, size_t offset);

#endif
