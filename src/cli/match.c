/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --regex of kill and delete, and prune. The ids are collected first: the list must not
 * be walked while its entries go away.
 */
#include <errno.h>
#include <regex.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"

enum { IDS_MAX = 16 << 20, REGEX_ERROR_MAX = 128 };

struct collect {
	const regex_t *regex;
	const char *status;
	struct strbuf ids; /* each with its NUL */
};

static int collect_id(void *arg, const struct urun_list_entry *entry)
{
	struct collect *c = arg;

	if (regexec(c->regex, entry->id, 0, NULL, 0) ||
	    (c->status && strcmp(c->status, entry->status) != 0))
		return 0;
	return strbuf_add(&c->ids, entry->id, strlen(entry->id) + 1);
}

/* fn for each id; the first failure becomes *first. Returns how many failed. */
static size_t call_each(struct cli *cli, const struct strbuf *ids, match_fn fn, struct error *first,
			size_t *ret_total)
{
	size_t failed = 0, total = 0;

	for (size_t at = 0; at < ids->len; at += strlen(ids->s + at) + 1, total++) {
		struct error one = ERROR_INIT;
		int r = fn(cli, ids->s + at);

		if (r >= 0)
			continue;
		cli_library_error(cli, r, &one);
		if (failed++)
			log_warning("%s", one.msg);
		else
			*first = one;
	}
	*ret_total = total;
	return failed;
}

static int match_all(struct cli *cli, struct collect *c, const struct match *m, struct error *e)
{
	size_t failed, total;
	int r = urun_list(cli->ctx, collect_id, c);

	if (strbuf_error(&c->ids))
		return error_set(e, -strbuf_error(&c->ids), "list of ids");
	if (r < 0)
		return cli_library_error(cli, r, e);
	failed = call_each(cli, &c->ids, m->fn, e, &total);
	if (failed)
		return error_prefix(e, "%zu of %zu containers failed, first", failed, total);
	if (!total && !m->none_ok)
		return error_msg(e, ESRCH, "no container's id matches '%s'", m->regex);
	return 0;
}

int match_each(struct cli *cli, const struct match *m, struct error *e)
{
	char why[REGEX_ERROR_MAX];
	struct collect c = { .status = m->status };
	regex_t compiled;
	int r;

	/* "delete -fr $UNSET" must not delete everything: '.' says that. */
	if (!*m->regex)
		return error_msg(e, EINVAL, "the regular expression is empty");
	r = regcomp(&compiled, m->regex, REG_EXTENDED | REG_NOSUB);
	if (r) {
		regerror(r, &compiled, why, sizeof(why));
		return error_msg(e, EINVAL, "regular expression '%s': %s", m->regex, why);
	}
	c.regex = &compiled;
	strbuf_init(&c.ids, IDS_MAX);
	r = match_all(cli, &c, m, e);
	strbuf_done(&c.ids);
	regfree(&compiled);
	return r;
}
