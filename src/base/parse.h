/* SPDX-License-Identifier: Apache-2.0 */
/* The one strict number parser: decimal digits only, no sign, no blanks. */
#ifndef URUN_BASE_PARSE_H
#define URUN_BASE_PARSE_H

#include <stddef.h>
#include <stdint.h>

/* The whole of s must be the number. -EINVAL, -ERANGE. */
int parse_u64(const char *s, uint64_t *ret);
int parse_u32(const char *s, uint32_t *ret);

/* As parse_u64(), with an optional leading '-'. */
int parse_i64(const char *s, int64_t *ret);

/* Reads a number at *p and moves *p behind it (for lists). */
int parse_u64_at(const char **p, uint64_t *ret);

/* The value of a hexadecimal digit of either case; -1. */
int parse_hex_digit(char c);

/*
 * A duration as Go writes it ("5s", "1m30s", "1.5h", "500ms", "0"), in nanoseconds; below
 * one they are dropped. Not a negative one.
 */
int parse_duration(const char *s, uint64_t *ret_ns);

/* "TERM", "SIGTERM", "15", "RTMIN+3", "SIGRTMAX-1"; also "0". -EINVAL. */
int parse_signal(const char *s);

/* Name without "SIG" of a signal number, or NULL. */
const char *signal_name(int sig);

enum { PARSE_DISTANCE_MAX = 128 };

/*
 * How many letters to change, add or take away until a is b (Levenshtein), to
 * suggest what was meant; SIZE_MAX where one is longer than PARSE_DISTANCE_MAX.
 */
size_t parse_distance(const char *a, const char *b);

#endif
