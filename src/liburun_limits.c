/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls about limits: update, and what became of them. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "json/write.h"
#include "liburun.h"
#include "run/update.h"

enum { DOCUMENT_MAX = 64 << 20 };

API int urun_update(urun_ctx *ctx, const char *id, const struct urun_update_options *in)
{
	struct urun_update_options o = { .size = sizeof(o) };
	struct update_request req;
	int r;

	ctx_begin(ctx);
	if (!in)
		return error_msg(&ctx->error, EINVAL, "update needs limits");
	r = options_copy("urun_update_options", in, &o, sizeof(o), &ctx->error);
	if (r < 0)
		return r;
	if (o.resources && o.resources_json)
		return error_msg(&ctx->error, EINVAL,
				 "urun_update_options: both resources and resources_json are set");
	req = (struct update_request){
		.root = ctx->root,
		.id = id,
		.bus = &ctx->bus,
		.file = o.resources,
		.json = o.resources_json,
		.set = o.set,
		.l3_cache_schema = o.l3_cache_schema,
		.mem_bw_schema = o.mem_bw_schema,
	};
	return run_update(&req, &ctx->error);
}

/* A fact in a row of its own: the first line of its file. */
static int tell_fact(struct arena *a, const struct limits_fact *f, urun_limits_fn fn, void *arg,
		     struct error *e)
{
	struct urun_limits_entry entry = { .key = f->file, .asked = "", .inherited = "" };

	entry.inherited_from = entry.reason = "";
	entry.applied = arena_strndup(a, f->text, strcspn(f->text, "\n"));
	return entry.applied ? fn(arg, &entry) : error_set(e, ENOMEM, "tell the limits");
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

API int urun_limits_list(urun_ctx *ctx, const char *id, urun_limits_fn fn, void *arg)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct limits_report rep;
	int r;

	ctx_begin(ctx);
	r = run_limits(&a, ctx->root, id, &rep, &ctx->error);
	for (size_t i = 0; r == 0 && i < rep.n; i++) {
		const struct limits_entry *v = &rep.v[i];
		const struct urun_limits_entry entry = {
			.key = v->key,
			.asked = or_empty(v->asked),
			.applied = or_empty(v->applied),
			.inherited = or_empty(v->inherited),
			.inherited_from = or_empty(v->inherited_from),
			.reason = or_empty(v->reason),
		};

		r = fn(arg, &entry);
	}
	for (size_t i = 0; r == 0 && i < rep.n_facts; i++)
		r = tell_fact(&a, &rep.facts[i], fn, arg, &ctx->error);
	return r;
}

static void member(struct json_writer *w, const char *key, const char *value)
{
	if (value)
		jw_member_string(w, key, value);
}

static void write_entry(struct json_writer *w, const struct limits_entry *v)
{
	jw_object_begin(w);
	jw_member_string(w, "key", v->key);
	member(w, "asked", v->asked);
	member(w, "applied", v->applied);
	member(w, "inherited", v->inherited);
	member(w, "inheritedFrom", v->inherited_from);
	member(w, "reason", v->reason);
	jw_object_end(w);
}

API int urun_limits_json(urun_ctx *ctx, const char *id, char **ret)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_strbuf struct strbuf b = STRBUF_INIT(DOCUMENT_MAX);
	struct limits_report rep;
	struct json_writer w;
	int r;

	ctx_begin(ctx);
	r = run_limits(&a, ctx->root, id, &rep, &ctx->error);
	if (r < 0)
		return r;
	jw_init(&w, &b, true);
	jw_object_begin(&w);
	jw_member_string(&w, "id", id);
	member(&w, "cgroup", rep.cgroup);
	jw_key(&w, "limits");
	jw_array_begin(&w);
	for (size_t i = 0; i < rep.n; i++)
		write_entry(&w, &rep.v[i]);
	jw_array_end(&w);
	for (size_t i = 0; i < rep.n_facts; i++)
		jw_member_string(&w, rep.facts[i].file, rep.facts[i].text);
	jw_object_end(&w);
	r = jw_done(&w);
	if (r < 0)
		return error_set(&ctx->error, r, "write the limits of container `%s`", id);
	return document_take(&b, ret, &ctx->error);
}
