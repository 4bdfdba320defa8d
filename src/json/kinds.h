/* SPDX-License-Identifier: Apache-2.0 */
/* What the decoder must know of each enum json_kind. */
#ifndef URUN_JSON_KINDS_H
#define URUN_JSON_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#include "json/decode.h"

/* "an unsigned 32-bit integer": for messages. */
const char *json_kind_words(enum json_kind kind);

bool json_is_map(enum json_kind kind);

/* Kind and size of the elements of an array or a map. */
enum json_kind json_element_kind(const struct json_field *field);
size_t json_element_size(const struct json_field *field);

/*
 * Parses the JSON number `s` as `kind` and stores it at slot: -EINVAL, -ERANGE,
 * also where the kind is no number.
 */
int json_store_number(const char *s, enum json_kind kind, void *slot);

#endif
