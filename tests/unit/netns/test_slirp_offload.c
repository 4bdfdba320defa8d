/* SPDX-License-Identifier: Apache-2.0 */
/* Large TCP segments over a small mtu: checksums, the announced segment size, headers. */
#include <netinet/in.h>
#include <stdlib.h>

#include "netns/slirp/offload.h"
#include "../tap.h"

enum { MTU = 1500, ACK = 0x10, SYN = 0x02 };

static const struct virtio_net_hdr summed;

struct frame {
	uint8_t *p; /* of just that size: a sanitizer sees what is read behind it */
	size_t len, tcp;
};

/* A TCP segment with `options` bytes of options (a multiple of 4) and of data. */
static struct frame segment(bool v6, int flags, size_t options, size_t data)
{
	size_t ip = v6 ? IP6_HEAD : IP4_HEAD, tcp_len = TCP_HEAD + options + data;
	struct frame f = { .len = ETHER_HEAD + ip + tcp_len, .tcp = ETHER_HEAD + ip };
	uint8_t *p = calloc(1, f.len), *h = p + ETHER_HEAD;

	packet_put_word(p + 12, v6 ? TYPE_IP6 : TYPE_IP4);
	if (v6) {
		h[0] = 0x60;
		packet_put_word(h + 4, (unsigned int)tcp_len);
		h[6] = IPPROTO_TCP;
		for (int i = 8; i < 40; i++)
			h[i] = (uint8_t)(i * 37);
	} else {
		h[0] = 0x45;
		packet_put_word(h + 2, (unsigned int)(ip + tcp_len));
		h[9] = IPPROTO_TCP;
		memcpy(h + 12, "\x0a\x00\x02\x64\xc0\x00\x02\x01", 8);
	}
	for (size_t i = f.tcp + TCP_HEAD + options; i < f.len; i++)
		p[i] = (uint8_t)(i * 31 + 7);
	packet_put_word(p + f.tcp, 40000);
	packet_put_word(p + f.tcp + 2, 80);
	p[f.tcp + 12] = (uint8_t)((TCP_HEAD + options) / 4 << 4);
	p[f.tcp + 13] = (uint8_t)flags;
	f.p = p;
	return f;
}

/* Counted byte by byte, as RFC 1071 says it. */
static unsigned int plain_sum(const uint8_t *p, size_t len, unsigned long sum)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (unsigned int)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (unsigned int)sum;
}

/* 0xffff: the segment's sum is right. */
static unsigned int slow_sum(const struct frame *f)
{
	size_t begin = f->tcp - (f->tcp == ETHER_HEAD + IP6_HEAD ? 32 : 8);

	return plain_sum(f->p + begin, f->len - begin, IPPROTO_TCP + (f->len - f->tcp));
}

static void give_sum(struct frame *f)
{
	packet_put_word(f->p + f->tcp + 16, 0);
	packet_put_word(f->p + f->tcp + 16, 0xffff & ~slow_sum(f));
}

static struct virtio_net_hdr unsummed(struct frame *f)
{
	struct virtio_net_hdr h = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = (uint16_t)f->tcp,
		.csum_offset = 16,
	};

	packet_put_word(f->p + f->tcp + 16,
			packet_pseudo_sum(f->p + ETHER_HEAD, IPPROTO_TCP, f->len - f->tcp));
	return h;
}

/* ---- the sum */

static void test_sum_of_any_length(void)
{
	static uint8_t data[IP_LEN_MAX + 8];
	int wrong = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 + i / 251);
	for (size_t at = 0; at < 8; at++)
		for (size_t len = 0; len < 400; len++)
			wrong += packet_sum(data + at, len, 0) != plain_sum(data + at, len, 0);
	memset(data, 0xff, sizeof(data));
	for (size_t len = IP_LEN_MAX - 70; len <= IP_LEN_MAX; len++)
		wrong += packet_sum(data + 1, len, 0) != plain_sum(data + 1, len, 0);
	is_int(wrong, 0, "N01 the sum is what RFC 1071 says, for each length and place");
	is_int(packet_sum(NULL, 0, 0x1fffe), 0xffff, "N01 of nothing it is the start's");
}

/* ---- from the container */

static void test_sums(void)
{
	static const size_t sizes[] = { 0, 1, 2, 7, 8, 9, 1460, 1461, 32767, 65000 };

	for (int v6 = 0; v6 < 2; v6++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct frame f = segment(v6, ACK, 12, sizes[i]);
			struct virtio_net_hdr h = unsummed(&f);

			h.gso_type = v6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
			ok(offload_from_guest(MTU, &h, f.p, f.len) && slow_sum(&f) == 0xffff,
			   "N01 IPv%d, %zu bytes of data: the sum is completed", v6 ? 6 : 4,
			   sizes[i]);
			free(f.p);
		}
}

/* A sum of 0 says in UDP that there is none. */
static void test_zero_sum(void)
{
	struct frame f = segment(false, ACK, 0, 2);
	struct virtio_net_hdr h = unsummed(&f);

	packet_put_word(f.p + f.len - 2, 0);
	packet_put_word(f.p + f.len - 2, 0xffff & ~packet_sum(f.p + f.tcp, f.len - f.tcp, 0));
	ok(offload_from_guest(MTU, &h, f.p, f.len), "N01 data of which the sum is 0");
	is_int(packet_word(f.p + f.tcp + 16), 0xffff, "N01 it is said as 0xffff");
	free(f.p);
}

static void test_bad_heads(void)
{
	struct frame f = segment(false, ACK, 0, 100);
	struct virtio_net_hdr h = unsummed(&f);
	static const struct {
		int start, offset;
	} bad[] = { { 0, 0 },    { 13, 0 },     { 153, 0 },    { 154, 0 },      { 34, 119 },
		    { 34, 120 }, { 65535, 16 }, { 34, 65535 }, { 65535, 65535 } };
	static const int types[] = { 2, 3, 5, 0x7f, 0x83 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct virtio_net_hdr b = h;

		b.csum_start = (uint16_t)bad[i].start;
		b.csum_offset = (uint16_t)bad[i].offset;
		/* 154 bytes: 118 behind 34 is the last place for a sum. */
		ok(!offload_from_guest(MTU, &b, f.p, f.len), "N01 a sum at %d + %d is none",
		   bad[i].start, bad[i].offset);
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct virtio_net_hdr b = h;

		b.gso_type = (uint8_t)types[i];
		ok(!offload_from_guest(MTU, &b, f.p, f.len), "N01 segments of type %d", types[i]);
	}
	h.gso_type = VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN;
	ok(offload_from_guest(MTU, &h, f.p, f.len), "N01 the sum in its place is taken");
	free(f.p);
}

/* The option at `at` bytes into the options, behind what fills them up to there. */
static unsigned int announce(bool v6, bool is_summed, unsigned int mss, size_t at, int filler)
{
	struct frame f = segment(v6, SYN, 12, 0);
	uint8_t *o = f.p + f.tcp + TCP_HEAD;
	struct virtio_net_hdr h = summed;
	unsigned int ret;

	memset(o, filler, at);
	memcpy(o + at, "\2\4", 2);
	packet_put_word(o + at + 2, mss);
	if (is_summed)
		give_sum(&f);
	else
		h = unsummed(&f);
	ok(offload_from_guest(MTU, &h, f.p, f.len) && slow_sum(&f) == 0xffff,
	   "N01 a handshake, IPv%d, %s, %u: the sum is right", v6 ? 6 : 4,
	   is_summed ? "summed" : "not summed", mss);
	ret = packet_word(o + at + 2);
	free(f.p);
	return ret;
}

static void test_mss(void)
{
	for (int is_summed = 0; is_summed < 2; is_summed++) {
		is_int(announce(false, is_summed, 1460, 0, 0), 65480, "N01 IPv4's is raised");
		is_int(announce(true, is_summed, 1440, 0, 0), 65460, "N01 IPv6's is raised");
		is_int(announce(false, is_summed, 1460, 8, 1), 65480, "N01 behind other options");
		is_int(announce(false, is_summed, 1459, 0, 0), 1459, "N01 a smaller one stays");
		is_int(announce(true, is_summed, 1400, 0, 0), 1400, "N01 of IPv6, too");
		is_int(announce(false, is_summed, 65480, 0, 0), 65480, "N01 as large as can be");
		is_int(announce(false, is_summed, 65535, 0, 0), 65535, "N01 larger than it can");
		is_int(announce(false, is_summed, 1460, 1, 1), 1460, "N01 at an odd byte: stays");
		is_int(announce(false, is_summed, 1460, 4, 0), 1460, "N01 behind the end: stays");
	}
}

/* As it goes to the container: what the option says there; 0: the frame is not touched. */
static unsigned int announce_to_guest(bool v6, int flags, unsigned int mss)
{
	struct frame f = segment(v6, flags, 12, 0), g = f;
	uint8_t *o = f.p + f.tcp + TCP_HEAD, whole[OFFLOAD_HEADS_MAX];
	struct offload_head head;
	unsigned int ret = 0;

	memset(o, 1, 4);
	memcpy(o + 4, "\2\4", 2);
	packet_put_word(o + 6, mss);
	give_sum(&f);
	ok(offload_to_guest(OFFLOAD_MTU, f.p, f.len, &head) == OFFLOAD_PLAIN &&
		   head.vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE && !head.vnet.flags,
	   "N01 a handshake of libslirp's, IPv%d, %u, goes as it is", v6 ? 6 : 4, mss);
	if (head.n) {
		memcpy(whole, f.p, f.len);
		memcpy(whole, head.frame, head.n);
		g.p = whole;
		ok(head.n <= f.len && slow_sum(&g) == 0xffff,
		   "N01 but for its sum, which is right");
		ret = packet_word(whole + f.tcp + TCP_HEAD + 6);
		packet_put_word(whole + f.tcp + TCP_HEAD + 6, mss);
		give_sum(&g);
		ok(memcmp(whole, f.p, f.len) == 0, "N01 and for the one option");
	}
	free(f.p);
	return ret;
}

static void test_mss_to_guest(void)
{
	is_int(announce_to_guest(false, SYN | ACK, 65480), OFFLOAD_MSS, "N01 IPv4's is lowered");
	is_int(announce_to_guest(true, SYN, 65460), OFFLOAD_MSS, "N01 IPv6's, too");
	is_int(announce_to_guest(false, SYN, OFFLOAD_MSS + 1), OFFLOAD_MSS, "N01 by one");
	is_int(announce_to_guest(false, SYN, OFFLOAD_MSS), 0, "N01 one that is small stays");
	is_int(announce_to_guest(false, SYN, 1460), 0, "N01 a smaller one as well");
	is_int(announce_to_guest(false, ACK, 65480), 0, "N01 no handshake, no change");
}

/* Each byte of a handshake's options to each value, and cut at each length. */
static void test_any_options(void)
{
	struct frame f = segment(false, SYN, 40, 3);
	struct virtio_net_hdr none = summed;
	size_t wrong = 0;

	memcpy(f.p + f.tcp + TCP_HEAD, "\1\1\4\2\10\12abcdefgh\1\3\3\7\2\4\5\264", 22);
	for (size_t at = f.tcp + 12; at < f.tcp + 60; at++)
		for (int value = 0; value < 256; value++) {
			uint8_t *copy = malloc(f.len);
			struct frame c = { copy, f.len, f.tcp };

			memcpy(copy, f.p, f.len);
			copy[at] = (uint8_t)value;
			give_sum(&c);
			wrong += !offload_from_guest(MTU, &none, copy, f.len);
			wrong += slow_sum(&c) != 0xffff;
			free(copy);
		}
	is_int((long long)wrong, 0, "N01 whatever the options, the sum stays right");
	for (size_t len = 0; len < f.len; len++) {
		uint8_t *copy = malloc(len ? len : 1);

		memcpy(copy, f.p, len);
		wrong += !offload_from_guest(MTU, &none, copy, len);
		free(copy);
	}
	is_int((long long)wrong, 0, "N01 nothing is read behind a handshake that is cut");
	free(f.p);
}

/* ---- to the container */

static void test_segments(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct frame f = segment(v6, ACK, 12, 30001);
		struct offload_head h;
		size_t ip = v6 ? IP6_HEAD : IP4_HEAD;

		give_sum(&f);
		is_int(offload_to_guest(MTU, f.p, f.len, &h), OFFLOAD_SEGMENTS, "N01 a large one");
		is_int(h.vnet.gso_type, v6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4,
		       "N01 its type");
		is_int(h.vnet.gso_size, MTU - (int)ip - 32, "N01 a segment fills the mtu");
		is_int(h.vnet.hdr_len, (int)(ETHER_HEAD + ip + 32), "N01 all headers");
		is_int(h.vnet.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM, "N01 the sum is the kernel's");
		is_int(h.vnet.csum_start, (int)f.tcp, "N01 from here");
		is_int(h.vnet.csum_offset, 16, "N01 to there");
		is_int((long long)h.n, (int)f.tcp + 20, "N01 what replaces the frame's start");
		memcpy(f.p, h.frame, h.n);
		/* As the kernel would: what it has in the sum's place is the pseudo-header's. */
		h.vnet.gso_type = VIRTIO_NET_HDR_GSO_NONE;
		ok(offload_from_guest(MTU, &h.vnet, f.p, f.len) && slow_sum(&f) == 0xffff,
		   "N01 and the sum comes out right");
		free(f.p);
	}
}

static void test_plain(void)
{
	static const struct virtio_net_hdr empty;
	struct offload_head h;
	struct frame f = segment(false, ACK, 0, MTU - 40);

	memset(&h, 0xff, sizeof(h));
	is_int(offload_to_guest(MTU, f.p, f.len, &h), OFFLOAD_PLAIN, "N01 one that fills the mtu");
	ok(h.n == 0 && memcmp(&h.vnet, &empty, sizeof(empty)) == 0, "N01 has an empty header");
	free(f.p);
	f = segment(false, ACK, 0, MTU - 39);
	is_int(offload_to_guest(MTU, f.p, f.len, &h), OFFLOAD_SEGMENTS, "N01 one byte more");
	f.p[ETHER_HEAD + 9] = IPPROTO_UDP;
	is_int(offload_to_guest(MTU, f.p, f.len, &h), OFFLOAD_TOO_LARGE, "N01 but not of UDP");
	f.p[ETHER_HEAD + 9] = IPPROTO_TCP;
	f.p[ETHER_HEAD + 6] = 0x20;
	is_int(offload_to_guest(MTU, f.p, f.len, &h), OFFLOAD_TOO_LARGE, "N01 nor a piece");
	f.p[ETHER_HEAD + 6] = 0;
	f.p[f.tcp + 12] = 0x40;
	is_int(offload_to_guest(MTU, f.p, f.len, &h), OFFLOAD_TOO_LARGE, "N01 nor a short header");
	free(f.p);
}

int main(void)
{
	test_sum_of_any_length();
	test_sums();
	test_zero_sum();
	test_bad_heads();
	test_mss();
	test_mss_to_guest();
	test_any_options();
	test_segments();
	test_plain();
	return tap_done();
}
