/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648, section 4), decoded strictly. */
#ifndef URUN_BASE_BASE64_H
#define URUN_BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Room for what `len` characters decode to. */
static inline size_t base64_room(size_t len)
{
	return len / 4 * 3;
}

/*
 * Decodes len characters to out[base64_room(len)]. -EINVAL unless there is one
 * encoding of the bytes alone, this one: no white space, all of the padding, no
 * bits behind the last byte. *ret_len is the number of bytes.
 */
int base64_decode(const char *text, size_t len, uint8_t *out, size_t *ret_len);

#endif
