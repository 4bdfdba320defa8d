/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls about published ports. */
#include "json/write.h"
#include "liburun.h"
#include "run/ports.h"

enum { DOCUMENT_MAX = 64 << 20 };

API int urun_port_add(urun_ctx *ctx, const char *id, const char *ports)
{
	ctx_begin(ctx);
	return ports_add(ctx->root, id, ports, &ctx->error);
}

API int urun_port_remove(urun_ctx *ctx, const char *id, const char *ports)
{
	ctx_begin(ctx);
	return ports_remove(ctx->root, id, ports, &ctx->error);
}

API int urun_port_list(urun_ctx *ctx, const char *id, urun_port_fn fn, void *arg)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct net_api_reply *list;
	int r;

	ctx_begin(ctx);
	r = ports_list(&a, ctx->root, id, &list, &ctx->error);
	for (size_t i = 0; r == 0 && i < list->n; i++) {
		const struct urun_port_entry entry = {
			.number = list->list[i].id,
			.protocol = list->list[i].protocol,
			.host_address = list->list[i].host_address,
			.container_address = list->list[i].guest_address,
			.host_port = list->list[i].host_port,
			.container_port = list->list[i].guest_port,
		};

		r = fn(arg, &entry);
	}
	return r;
}

API int urun_port_json(urun_ctx *ctx, const char *id, char **ret)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_strbuf struct strbuf b = STRBUF_INIT(DOCUMENT_MAX);
	struct net_api_reply *list;
	struct json_writer w;
	int r;

	ctx_begin(ctx);
	r = ports_list(&a, ctx->root, id, &list, &ctx->error);
	if (r < 0)
		return r;
	jw_init(&w, &b, true);
	jw_array_begin(&w);
	for (size_t i = 0; i < list->n; i++)
		net_api_write_port(&list->list[i], &w);
	jw_array_end(&w);
	r = jw_done(&w);
	if (r < 0)
		return error_set(&ctx->error, r, "write the ports of container `%s`", id);
	return document_take(&b, ret, &ctx->error);
}
