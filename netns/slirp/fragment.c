/* SPDX-License-Identifier: Apache-2.0 */
/* See fragment.h. */
#include "netns/slirp/fragment.h"

#include <netinet/in.h>
#include <string.h>

enum {
	IP6_FRAGMENT = 44, /* the header, and its length */
	IP6_FRAGMENT_HEAD = 8,
	IP6_MORE = 1,
	IP6_OFFSET = 0xfff8,
};

/* ---- from the container: put together */

struct piece {
	uint8_t key[FRAGMENT_KEY]; /* version, protocol, id, addresses */
	const uint8_t *data;
	size_t len, offset, head; /* `head`: Ethernet's and IP's of the whole */
	bool more;
};

enum kind { WHOLE, PIECE, BAD };

static enum kind read_piece4(const uint8_t *frame, size_t len, struct piece *p)
{
	const uint8_t *ip = frame + ETHER_HEAD;
	unsigned int field;
	size_t total;

	if (len < ETHER_HEAD + IP4_HEAD)
		return WHOLE; /* not ours to judge */
	field = packet_word(ip + 6);
	if (!(field & (IP4_MORE | IP4_OFFSET)))
		return WHOLE;
	total = packet_word(ip + 2);
	if (ip[0] != 0x45 || total <= IP4_HEAD || total > len - ETHER_HEAD ||
	    packet_sum(ip, IP4_HEAD, 0) != 0xffff)
		return BAD;
	if (ip[9] != IPPROTO_UDP && ip[9] != IPPROTO_ICMP)
		return BAD;
	p->key[0] = 4;
	p->key[1] = ip[9];
	memcpy(p->key + 2, ip + 4, 2);
	memcpy(p->key + 6, ip + 12, 8);
	p->data = ip + IP4_HEAD;
	p->len = total - IP4_HEAD;
	p->offset = (size_t)(field & IP4_OFFSET) * 8;
	p->more = field & IP4_MORE;
	p->head = ETHER_HEAD + IP4_HEAD;
	return PIECE;
}

static enum kind read_piece6(const uint8_t *frame, size_t len, struct piece *p)
{
	const uint8_t *ip = frame + ETHER_HEAD, *f = ip + IP6_HEAD;
	size_t payload;

	if (len < ETHER_HEAD + IP6_HEAD || ip[6] != IP6_FRAGMENT)
		return WHOLE;
	payload = packet_word(ip + 4);
	if (ip[0] >> 4 != 6 || payload <= IP6_FRAGMENT_HEAD ||
	    payload > len - ETHER_HEAD - IP6_HEAD)
		return BAD;
	if (f[0] != IPPROTO_UDP && f[0] != IPPROTO_ICMPV6)
		return BAD;
	p->key[0] = 6;
	p->key[1] = f[0];
	memcpy(p->key + 2, f + 4, 4);
	memcpy(p->key + 6, ip + 8, 32);
	p->data = f + IP6_FRAGMENT_HEAD;
	p->len = payload - IP6_FRAGMENT_HEAD;
	p->offset = packet_word(f + 2) & IP6_OFFSET;
	p->more = packet_word(f + 2) & IP6_MORE;
	p->head = ETHER_HEAD + IP6_HEAD;
	return PIECE;
}

static enum kind read_piece(const uint8_t *frame, size_t len, struct piece *p)
{
	enum kind kind = WHOLE;

	*p = (struct piece){ .data = NULL };
	if (len < ETHER_HEAD)
		return WHOLE;
	if (packet_word(frame + 12) == TYPE_IP4)
		kind = read_piece4(frame, len, p);
	else if (packet_word(frame + 12) == TYPE_IP6)
		kind = read_piece6(frame, len, p);
	if (kind == PIECE && p->more && p->len % 8)
		return BAD;
	return kind;
}

static struct fragment_slot *find_slot(struct fragments *f, const uint8_t *key, uint64_t now_ms)
{
	for (size_t i = 0; i < FRAGMENT_SLOTS; i++) {
		struct fragment_slot *s = &f->slots[i];

		if (s->until_ms > now_ms && memcmp(s->key, key, FRAGMENT_KEY) == 0)
			return s;
	}
	return NULL;
}

/* A free one has waited longest of all. */
static struct fragment_slot *oldest_slot(struct fragments *f)
{
	struct fragment_slot *s = &f->slots[0];

	for (size_t i = 1; i < FRAGMENT_SLOTS; i++)
		if (f->slots[i].until_ms < s->until_ms)
			s = &f->slots[i];
	return s;
}

static void finish(struct fragment_slot *s, const struct piece *p)
{
	uint8_t *ip = s->frame + ETHER_HEAD;

	if (p->key[0] == 4) {
		packet_put_word(ip + 2, (unsigned int)(s->have - ETHER_HEAD));
		packet_put_word(ip + 6, 0);
		packet_put_word(ip + 10, 0);
		packet_put_word(ip + 10, 0xffff & ~packet_sum(ip, IP4_HEAD, 0));
		return;
	}
	packet_put_word(ip + 4, (unsigned int)(s->have - p->head));
	ip[6] = p->key[1];
}

const uint8_t *fragment_join(struct fragments *f, const uint8_t *frame, size_t len, uint64_t now_ms,
			     size_t *ret_len)
{
	struct fragment_slot *s;
	struct piece p;
	enum kind kind = read_piece(frame, len, &p);
	size_t max;

	*ret_len = kind == WHOLE ? len : 0;
	if (kind != PIECE)
		return kind == WHOLE ? frame : NULL;
	s = find_slot(f, p.key, now_ms);
	if (p.offset == 0) {
		s = s ? s : oldest_slot(f);
		memcpy(s->key, p.key, FRAGMENT_KEY);
		memcpy(s->frame, frame, p.head);
		s->have = p.head;
		s->until_ms = now_ms + FRAGMENT_LIFE_MS;
	}
	if (!s)
		return NULL;
	/* IPv4 counts its header, too. */
	max = (p.key[0] == 4 ? ETHER_HEAD : p.head) + (size_t)IP_LEN_MAX;
	if (p.offset != s->have - p.head || p.len > max - s->have) {
		s->until_ms = 0;
		return NULL;
	}
	memcpy(s->frame + s->have, p.data, p.len);
	s->have += p.len;
	if (p.more)
		return NULL;
	finish(s, &p);
	s->until_ms = 0;
	*ret_len = s->have;
	return s->frame;
}

/* ---- to the container: cut */

bool fragment_cut_begin(struct fragment_cut *c, const uint8_t *frame, size_t len, unsigned int mtu,
			uint32_t id)
{
	const uint8_t *ip = frame + ETHER_HEAD;
	size_t heads, total;

	if (len < ETHER_HEAD + IP4_HEAD)
		return false;
	*c = (struct fragment_cut){ .frame = frame, .id = id };
	if (packet_word(frame + 12) == TYPE_IP4) {
		c->offset = packet_word(ip + 6);
		heads = IP4_HEAD;
		total = packet_word(ip + 2);
		if (ip[0] != 0x45 || (c->offset & ~(unsigned int)(IP4_MORE | IP4_OFFSET)))
			return false; /* options, or it must not be cut */
	} else {
		heads = IP6_HEAD + IP6_FRAGMENT_HEAD;
		total = IP6_HEAD + packet_word(ip + 4);
		if (packet_word(frame + 12) != TYPE_IP6 || ip[0] >> 4 != 6 || ip[6] == IP6_FRAGMENT)
			return false;
	}
	c->head = ETHER_HEAD + (heads == IP4_HEAD ? IP4_HEAD : IP6_HEAD);
	if (total > len - ETHER_HEAD || ETHER_HEAD + total <= c->head || mtu < heads + 8)
		return false;
	c->at = c->head;
	c->end = ETHER_HEAD + total;
	c->step = (mtu - heads) & ~(size_t)7;
	/* The offset has 13 bits. */
	return (c->offset & IP4_OFFSET) * 8 + (c->end - c->head) <= IP_LEN_MAX;
}

static size_t head_of_piece(const struct fragment_cut *c, uint8_t *out, size_t n)
{
	bool last = c->at + n == c->end, v4 = c->head == ETHER_HEAD + IP4_HEAD;
	unsigned int offset = (unsigned int)(c->at - c->head);
	uint8_t *ip = out + ETHER_HEAD, *f = ip + IP6_HEAD;

	memcpy(out, c->frame, c->head);
	if (v4) {
		/* More of the whole, or more of the piece that this was. */
		packet_put_word(ip + 6, ((c->offset & IP4_OFFSET) + offset / 8) |
						(last ? c->offset & IP4_MORE : IP4_MORE));
		packet_put_word(ip + 2, (unsigned int)(IP4_HEAD + n));
		packet_put_word(ip + 10, 0);
		packet_put_word(ip + 10, 0xffff & ~packet_sum(ip, IP4_HEAD, 0));
		return c->head;
	}
	f[0] = ip[6];
	f[1] = 0;
	packet_put_word(f + 2, offset | (last ? 0 : IP6_MORE));
	memcpy(f + 4, &c->id, sizeof(c->id));
	ip[6] = IP6_FRAGMENT;
	packet_put_word(ip + 4, (unsigned int)(IP6_FRAGMENT_HEAD + n));
	return c->head + IP6_FRAGMENT_HEAD;
}

size_t fragment_cut_next(struct fragment_cut *c, uint8_t *out)
{
	size_t n = c->end - c->at < c->step ? c->end - c->at : c->step, head;

	if (n == 0)
		return 0;
	head = head_of_piece(c, out, n);
	memcpy(out + head, c->frame + c->at, n);
	c->at += n;
	return head + n;
}
