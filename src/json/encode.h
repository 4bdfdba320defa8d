/* SPDX-License-Identifier: Apache-2.0 */
/* The way back of json/decode.h: a struct written by the table that reads it. */
#ifndef URUN_JSON_ENCODE_H
#define URUN_JSON_ENCODE_H

#include "json/decode.h"
#include "json/write.h"

/*
 * Writes one object of shape `schema`, with what is set alone: a member with a `has` that
 * is on, a text that is not NULL, a list or an object that is not empty; and what has no
 * `has`, where it is not 0. Decoded again it is the same struct.
 */
void json_encode(struct json_writer *w, const struct json_object *schema, const void *v);

#endif
