/* SPDX-License-Identifier: Apache-2.0 */
/* See nft.h. */
#include "netns/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/cleanup.h"
#include "netns/netlink.h"

enum { VALUE_REGISTER = NFT_REG_1 };

/* ---- bytes */

/* Room for `len` bytes, which are 0; NULL where there is none. */
static void *grow(struct nft_batch *b, size_t len)
{
	size_t at = b->len, space = NLMSG_ALIGN(len);

	if (b->error < 0)
		return NULL;
	if (len > sizeof(b->bytes) || at + space > sizeof(b->bytes)) {
		b->error = -EMSGSIZE;
		return NULL;
	}
	b->len += space;
	return memset(b->bytes + at, 0, space);
}

static struct nlmsghdr *header_of(struct nft_batch *b)
{
	return (struct nlmsghdr *)(void *)(b->bytes + b->message);
}

static void start(struct nft_batch *b, uint16_t type, uint16_t flags, uint16_t id)
{
	struct nfgenmsg *m;
	struct nlmsghdr *h;

	if (b->depth && b->error == 0)
		b->error = -EINVAL;
	h = grow(b, NLMSG_LENGTH(sizeof(*m)));
	if (!h)
		return;
	b->message = b->len - NLMSG_SPACE(sizeof(*m));
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = b->n;
	h->nlmsg_len = (uint32_t)(b->len - b->message);
	m = NLMSG_DATA(h);
	m->nfgen_family = id ? AF_UNSPEC : b->family;
	m->version = NFNETLINK_V0;
	m->res_id = htons(id);
}

void nft_begin(struct nft_batch *b, uint8_t family)
{
	memset(b, 0, sizeof(*b));
	b->family = family;
	start(b, NFNL_MSG_BATCH_BEGIN, 0, NFNL_SUBSYS_NFTABLES);
}

void nft_message(struct nft_batch *b, uint16_t type, uint16_t flags)
{
	b->n++;
	start(b, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, 0);
}

void nft_put(struct nft_batch *b, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = grow(b, NLA_HDRLEN + len);

	if (!a)
		return;
	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + len);
	if (len)
		memcpy((char *)a + NLA_HDRLEN, data, len);
	header_of(b)->nlmsg_len = (uint32_t)(b->len - b->message);
}

void nft_put_u32(struct nft_batch *b, uint16_t type, uint32_t value)
{
	uint32_t wire = htonl(value);

	nft_put(b, type, &wire, sizeof(wire));
}

void nft_put_string(struct nft_batch *b, uint16_t type, const char *s)
{
	nft_put(b, type, s, strlen(s) + 1);
}

void nft_open(struct nft_batch *b, uint16_t type)
{
	size_t at = b->len;

	if (b->depth >= NFT_DEPTH_MAX) {
		b->error = -EMSGSIZE;
		return;
	}
	nft_put(b, NLA_F_NESTED | type, NULL, 0);
	b->open[b->depth++] = at;
}

void nft_close(struct nft_batch *b)
{
	struct nlattr *a;

	if (b->error < 0)
		return;
	if (b->depth == 0) {
		b->error = -EINVAL;
		return;
	}
	a = (struct nlattr *)(void *)(b->bytes + b->open[--b->depth]);
	a->nla_len = (uint16_t)(b->len - b->open[b->depth]);
}

/* ---- objects */

void nft_add_table(struct nft_batch *b, const char *name)
{
	nft_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
	nft_put_string(b, NFTA_TABLE_NAME, name);
}

void nft_add_chain(struct nft_batch *b, const char *table, const char *name,
		   const struct nft_hook *hook)
{
	nft_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL);
	nft_put_string(b, NFTA_CHAIN_TABLE, table);
	nft_put_string(b, NFTA_CHAIN_NAME, name);
	nft_open(b, NFTA_CHAIN_HOOK);
	nft_put_u32(b, NFTA_HOOK_HOOKNUM, hook->number);
	nft_put_u32(b, NFTA_HOOK_PRIORITY, (uint32_t)hook->priority);
	nft_close(b);
	nft_put_string(b, NFTA_CHAIN_TYPE, hook->type);
}

void nft_rule_begin(struct nft_batch *b, const char *table, const char *chain)
{
	nft_message(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	nft_put_string(b, NFTA_RULE_TABLE, table);
	nft_put_string(b, NFTA_RULE_CHAIN, chain);
	nft_open(b, NFTA_RULE_EXPRESSIONS);
}

void nft_rule_end(struct nft_batch *b)
{
	nft_close(b);
}

/* ---- expressions */

void nft_expression_begin(struct nft_batch *b, const char *name)
{
	nft_open(b, NFTA_LIST_ELEM);
	nft_put_string(b, NFTA_EXPR_NAME, name);
	nft_open(b, NFTA_EXPR_DATA);
}

void nft_expression_end(struct nft_batch *b)
{
	nft_close(b);
	nft_close(b);
}

static void put_value(struct nft_batch *b, uint16_t type, const void *value, size_t len)
{
	nft_open(b, type);
	nft_put(b, NFTA_DATA_VALUE, value, len);
	nft_close(b);
}

static void compare(struct nft_batch *b, uint32_t op, const void *value, size_t len)
{
	nft_expression_begin(b, "cmp");
	nft_put_u32(b, NFTA_CMP_SREG, VALUE_REGISTER);
	nft_put_u32(b, NFTA_CMP_OP, op);
	put_value(b, NFTA_CMP_DATA, value, len);
	nft_expression_end(b);
}

static void load_meta(struct nft_batch *b, uint32_t key)
{
	nft_expression_begin(b, "meta");
	nft_put_u32(b, NFTA_META_KEY, key);
	nft_put_u32(b, NFTA_META_DREG, VALUE_REGISTER);
	nft_expression_end(b);
}

void nft_match_meta(struct nft_batch *b, uint32_t key, const void *value, size_t len)
{
	load_meta(b, key);
	compare(b, NFT_CMP_EQ, value, len);
}

void nft_match_meta_not(struct nft_batch *b, uint32_t key, const void *value, size_t len)
{
	load_meta(b, key);
	compare(b, NFT_CMP_NEQ, value, len);
}

static void load_payload(struct nft_batch *b, uint32_t base, uint32_t offset, uint32_t len)
{
	nft_expression_begin(b, "payload");
	nft_put_u32(b, NFTA_PAYLOAD_DREG, VALUE_REGISTER);
	nft_put_u32(b, NFTA_PAYLOAD_BASE, base);
	nft_put_u32(b, NFTA_PAYLOAD_OFFSET, offset);
	nft_put_u32(b, NFTA_PAYLOAD_LEN, len);
	nft_expression_end(b);
}

static void mask_value(struct nft_batch *b, const uint8_t *mask, uint32_t len)
{
	static const uint8_t zero[16];

	nft_expression_begin(b, "bitwise");
	nft_put_u32(b, NFTA_BITWISE_SREG, VALUE_REGISTER);
	nft_put_u32(b, NFTA_BITWISE_DREG, VALUE_REGISTER);
	nft_put_u32(b, NFTA_BITWISE_LEN, len);
	put_value(b, NFTA_BITWISE_MASK, mask, len);
	put_value(b, NFTA_BITWISE_XOR, zero, len);
	nft_expression_end(b);
}

void nft_match_bits_not(struct nft_batch *b, const struct nft_bits *bits)
{
	load_payload(b, bits->base, bits->offset, 1);
	mask_value(b, &bits->mask, 1);
	compare(b, NFT_CMP_NEQ, &bits->value, 1);
}

void nft_match_prefix(struct nft_batch *b, const struct nft_prefix *p)
{
	uint8_t mask[16] = { 0 }, masked[16] = { 0 };

	if (p->len > sizeof(mask) || p->bits > p->len * 8) {
		b->error = -EINVAL;
		return;
	}
	for (unsigned int i = 0; i < p->len; i++) {
		unsigned int left = p->bits > i * 8 ? p->bits - i * 8 : 0;

		mask[i] = (uint8_t)(left >= 8 ? 0xff : 0xff00 >> left);
		masked[i] = p->address[i] & mask[i];
	}
	load_payload(b, NFT_PAYLOAD_NETWORK_HEADER, p->offset, p->len);
	mask_value(b, mask, p->len);
	compare(b, NFT_CMP_EQ, masked, p->len);
}

void nft_verdict(struct nft_batch *b, int32_t verdict)
{
	nft_expression_begin(b, "immediate");
	nft_put_u32(b, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	nft_open(b, NFTA_IMMEDIATE_DATA);
	nft_open(b, NFTA_DATA_VERDICT);
	nft_put_u32(b, NFTA_VERDICT_CODE, (uint32_t)verdict);
	nft_close(b);
	nft_close(b);
	nft_expression_end(b);
}

void nft_redirect(struct nft_batch *b, uint16_t port)
{
	uint16_t wire = htons(port);

	nft_expression_begin(b, "immediate");
	nft_put_u32(b, NFTA_IMMEDIATE_DREG, VALUE_REGISTER);
	put_value(b, NFTA_IMMEDIATE_DATA, &wire, sizeof(wire));
	nft_expression_end(b);
	nft_expression_begin(b, "redir");
	nft_put_u32(b, NFTA_REDIR_REG_PROTO_MIN, VALUE_REGISTER);
	nft_expression_end(b);
}

/* ---- the kernel */

/*
 * The last message alone asks for an answer. Refusals come before it, in order, and that
 * of the batch as a whole, which bears the number of what opens it, before all.
 */
int nft_do(struct nft_batch *b, uint32_t *ret_message)
{
	cleanup_fd int sock = -EBADF;
	uint32_t number = 0;
	int s;

	*ret_message = 0;
	if (b->error == 0 && b->n)
		header_of(b)->nlmsg_flags |= NLM_F_ACK;
	start(b, NFNL_MSG_BATCH_END, 0, NFNL_SUBSYS_NFTABLES);
	if (b->error < 0)
		return b->error;
	sock = netlink_open_protocol(NETLINK_NETFILTER);
	if (sock < 0)
		return sock;
	s = netlink_send(sock, b->bytes, b->len);
	while (s == 0 && number < b->n)
		s = netlink_answer(sock, &number);
	if (s < 0)
		*ret_message = number;
	return s;
}
