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

struct json_place {
	size_t line, column; /* from 1; columns are characters */
};

/* Where byte `offset` stands. */
struct json_place json_place_at(const struct json_source *src, size_t offset);

/* Where the token begins that ends before byte `end`. */
struct json_place json_place_of_token(const struct json_source *src, size_t end);

#endif
