/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much of nf_tables over nfnetlink as a table of ours takes, without libnftnl and nft.
 * A batch is all or nothing: it is built first (pure; what does not fit is remembered and
 * said by nft_do()), then sent in one piece. All return -errno on failure.
 */
#ifndef URUN_NETNS_NFT_H
#define URUN_NETNS_NFT_H

#include <netinet/in.h> /* before the kernel's own */
#include <stddef.h>
#include <stdint.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

enum {
	NFT_BATCH_MAX = 8 << 10,
	NFT_DEPTH_MAX = 8, /* attributes in attributes */
};

struct nft_batch {
	union {
		struct nlmsghdr header; /* of the message that opens the batch */
		char bytes[NFT_BATCH_MAX];
	};
	size_t len;
	size_t message; /* where the last one starts */
	size_t open[NFT_DEPTH_MAX];
	uint32_t depth, n; /* n: the last message's number; they count from 1 */
	uint8_t family;    /* of what follows: NFPROTO_* */
	int error;
};

/* Where a chain hangs. */
struct nft_hook {
	const char *type; /* "nat", "filter", "route" */
	uint32_t number;  /* NF_INET_* */
	int32_t priority;
};

void nft_begin(struct nft_batch *b, uint8_t family);

/* A message: NFT_MSG_*, and NLM_F_* beside NLM_F_REQUEST. Ends the one before. */
void nft_message(struct nft_batch *b, uint16_t type, uint16_t flags);

/* Its attributes. Numbers go out in the network's order. */
void nft_put(struct nft_batch *b, uint16_t type, const void *data, size_t len);
void nft_put_u32(struct nft_batch *b, uint16_t type, uint32_t value);
void nft_put_string(struct nft_batch *b, uint16_t type, const char *s);
void nft_open(struct nft_batch *b, uint16_t type);
void nft_close(struct nft_batch *b);

/* Objects. One that is there already is -EEXIST. */
void nft_add_table(struct nft_batch *b, const char *name);
void nft_add_chain(struct nft_batch *b, const char *table, const char *name,
		   const struct nft_hook *hook);

/* A rule at the chain's end: what stands between the two are its expressions. */
void nft_rule_begin(struct nft_batch *b, const char *table, const char *chain);
void nft_rule_end(struct nft_batch *b);

/*
 * Expressions, all by one register. A comparison that fails ends the rule. `len` of
 * nft_match_prefix() is that of an address; `offset` where it stands in the IP header.
 */
struct nft_prefix {
	uint8_t offset, len, bits;
	const uint8_t *address;
};
void nft_match_meta(struct nft_batch *b, uint32_t key, const void *value, size_t len);
void nft_match_meta_not(struct nft_batch *b, uint32_t key, const void *value, size_t len);
void nft_match_prefix(struct nft_batch *b, const struct nft_prefix *p);
void nft_verdict(struct nft_batch *b, int32_t verdict);
void nft_redirect(struct nft_batch *b, uint16_t port);

/* An expression by its name, for what is not above; its attributes stand between the two. */
void nft_expression_begin(struct nft_batch *b, const char *name);
void nft_expression_end(struct nft_batch *b);

/* One byte of the packet, masked: at `offset` of NFT_PAYLOAD_NETWORK_HEADER or _TRANSPORT_. */
struct nft_bits {
	uint32_t base, offset;
	uint8_t mask, value;
};
void nft_match_bits_not(struct nft_batch *b, const struct nft_bits *bits);

/*
 * Ends the batch and sends it in the network namespace that we are in. *ret_message: the
 * number of the message that was refused, 0 where it is the batch as a whole.
 */
int nft_do(struct nft_batch *b, uint32_t *ret_message);

#endif
