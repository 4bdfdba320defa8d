/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict UTF-8 (Unicode 15, table 3-7): no overlong form, no surrogate, nothing
 * above U+10FFFF. yajl lets all three through, so the decoder checks the whole
 * text itself, and the writer mends what comes from elsewhere.
 */
#ifndef URUN_JSON_UTF8_H
#define URUN_JSON_UTF8_H

#include <stddef.h>

/* Bytes of the sequence that starts at s (len >= 1 bytes left); 0: invalid. */
size_t utf8_sequence(const unsigned char *s, size_t len);

#endif
