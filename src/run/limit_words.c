/* SPDX-License-Identifier: Apache-2.0 */
/* See limit_words.h. */
#include "run/limit_words.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "cgroup/convert.h"

enum word_kind {
	WORD_SIZE, /* int64_t: "512M", "max", "-1" */
	WORD_I64,  /* "max" is -1 */
	WORD_U64,
	WORD_U16,
	WORD_TEXT,
};

struct word_row {
	const char *key;
	enum word_kind kind;
	size_t offset, has; /* of struct limits; WORD_TEXT has no `has` */
};

#define ROW(key, kind, path, group, m)                                                  \
	{                                                                               \
		key, kind, offsetof(struct limits, path) + offsetof(struct group, m),   \
			offsetof(struct limits, path) + offsetof(struct group, has_##m) \
	}
#define TEXT_ROW(key, m)                                                                        \
	{                                                                                       \
		key, WORD_TEXT, offsetof(struct limits, cpu) + offsetof(struct limit_cpu, m), 0 \
	}

static const struct word_row rows[] = {
	ROW("memory.limit", WORD_SIZE, memory, limit_memory, limit),
	ROW("memory.reservation", WORD_SIZE, memory, limit_memory, reservation),
	ROW("memory.swap", WORD_SIZE, memory, limit_memory, swap),
	ROW("memory.kernel", WORD_SIZE, memory, limit_memory, kernel),
	ROW("memory.kernelTCP", WORD_SIZE, memory, limit_memory, kernel_tcp),
	ROW("cpu.shares", WORD_U64, cpu, limit_cpu, shares),
	ROW("cpu.quota", WORD_I64, cpu, limit_cpu, quota),
	ROW("cpu.period", WORD_U64, cpu, limit_cpu, period),
	ROW("cpu.burst", WORD_U64, cpu, limit_cpu, burst),
	ROW("cpu.idle", WORD_I64, cpu, limit_cpu, idle),
	ROW("cpu.realtimePeriod", WORD_U64, cpu, limit_cpu, realtime_period),
	ROW("cpu.realtimeRuntime", WORD_I64, cpu, limit_cpu, realtime_runtime),
	TEXT_ROW("cpu.cpus", cpus),
	TEXT_ROW("cpu.mems", mems),
	ROW("pids.limit", WORD_I64, pids, limit_pids, limit),
	ROW("blockIO.weight", WORD_U16, io, limit_io, weight),
};

static const char unified[] = "unified.";

static int bad_word(const struct word_row *row, const char *value, struct error *e)
{
	static const char *const words[] = {
		[WORD_SIZE] = "a size such as 512M, a number of bytes, 'max' or -1",
		[WORD_I64] = "a number, 'max' or -1",
		[WORD_U64] = "a number",
		[WORD_U16] = "a number up to 65535",
		[WORD_TEXT] = "a list such as 0-3,8",
	};

	return error_msg(e, EINVAL, ".linux.resources.%s: '%s' is not %s", row->key, value,
			 words[row->kind]);
}

static int store_word(const struct word_row *row, char *l, const char *value)
{
	void *slot = l + row->offset;
	uint32_t small;
	int r = 0;

	switch (row->kind) {
	case WORD_SIZE:
		r = convert_size(value, slot);
		break;
	case WORD_I64:
		if (strcmp(value, "max") == 0)
			*(int64_t *)slot = -1;
		else
			r = parse_i64(value, slot);
		break;
	case WORD_U64:
		r = parse_u64(value, slot);
		break;
	case WORD_U16:
		r = parse_u32(value, &small);
		if (r == 0 && small > UINT16_MAX)
			r = -ERANGE;
		if (r == 0)
			*(uint16_t *)slot = (uint16_t)small;
		break;
	case WORD_TEXT:
		*(const char **)slot = value;
		return *value ? 0 : -EINVAL;
	}
	if (r == 0)
		*(bool *)(void *)(l + row->has) = true;
	return r;
}

/* One more of the list; the same key again is the last word on it. */
static int add_unified(struct arena *a, struct limits *l, const char *key, const char *value,
		       struct error *e)
{
	struct limit_unified *grown;
	size_t i = 0;

	while (i < l->n_unified && strcmp(l->unified[i].key, key) != 0)
		i++;
	if (i == l->n_unified) {
		grown = arena_calloc(a, i + 1, sizeof(*grown));
		if (!grown)
			return error_set(e, ENOMEM, ".linux.resources.unified");
		if (i)
			memcpy(grown, l->unified, i * sizeof(*grown));
		l->unified = grown;
		l->n_unified++;
	}
	l->unified[i] = (struct limit_unified){ .key = key, .value = value };
	return 0;
}

int limit_word_set(struct arena *a, struct limits *l, const char *word, struct error *e)
{
	const char *equals = strchr(word, '=');
	const char *key = equals ? arena_strndup(a, word, (size_t)(equals - word)) : word;

	if (!key)
		return error_set(e, ENOMEM, "read the limits");
	if (!equals || equals == word)
		return error_msg(e, EINVAL, "'%s' is not KEY=VALUE", word);
	if (strncmp(key, unified, strlen(unified)) == 0 && key[strlen(unified)])
		return add_unified(a, l, key + strlen(unified), equals + 1, e);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].key, key) == 0)
			return store_word(&rows[i], (char *)l, equals + 1) < 0
				       ? bad_word(&rows[i], equals + 1, e)
				       : 0;
	return error_msg(e, EINVAL, "there is no limit '%s' that can be given by a word", key);
}
