/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a frame between the tap and libslirp: the input is records of a direction, a length
 * and a frame, each in memory of just its size. Oracles: what libslirp gets is whole, of a kind
 * that it may see, and inside memory that is there; what the container gets fits its mtu, and
 * where it was cut, comes back as it was by the way that the container's own pieces take.
 */
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "netns/slirp/wire.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

enum { RECORD_HEAD = 3, OUT_MAX = ETHER_HEAD + OFFLOAD_MTU };

struct input {
	const uint8_t *p;
	size_t len;
};

static void check_for_libslirp(struct wire *w, const uint8_t *frame, size_t len)
{
	static struct fragments none;
	size_t again;

	CHECK(len >= ETHER_HEAD && len <= FRAGMENT_FRAME_MAX + 4);
	CHECK(frame_is_allowed(&w->rules, frame, len));
	CHECK(fragment_join(&none, frame, len, 1, &again) == frame && again == len);
	if (packet_word(frame + 12) == TYPE_IP4)
		CHECK(!(packet_word(frame + ETHER_HEAD + 6) & 0xbfff));
}

static void from_guest(struct wire *w, const uint8_t *p, size_t len, uint64_t now)
{
	uint8_t *data = malloc(len ? len : 1), sum = 0;
	const uint8_t *frame;
	size_t n;

	CHECK(data);
	memcpy(data, p, len);
	frame = wire_from_guest(w, data, len, now, &n);
	if (frame) {
		check_for_libslirp(w, frame, n);
		for (size_t i = 0; i < n; i++)
			sum ^= frame[i]; /* all of it can be read */
		*(volatile uint8_t *)&sum = sum;
	}
	free(data);
}

/* One frame as the tap takes it, after its header. */
static void check_write(struct wire *w, const struct iovec *iov, size_t whole)
{
	size_t len = iov[0].iov_len + iov[1].iov_len;
	struct virtio_net_hdr h;

	CHECK(iov[0].iov_len >= sizeof(h));
	memcpy(&h, iov[0].iov_base, sizeof(h));
	len -= sizeof(h);
	if (h.gso_type == VIRTIO_NET_HDR_GSO_NONE) {
		CHECK(len <= ETHER_HEAD + w->mtu);
		return;
	}
	CHECK(len == whole && h.hdr_len <= len && h.csum_start + h.csum_offset + 2U <= len);
	CHECK(h.gso_size > 0 && h.hdr_len - (unsigned int)ETHER_HEAD + h.gso_size == w->mtu);
}

static void to_guest(struct wire *w, const uint8_t *p, size_t len)
{
	static struct fragments back;
	uint8_t *data = malloc(len ? len : 1), *copy;
	const uint8_t *got = NULL;
	struct iovec iov[WIRE_IOV];
	bool cut, piece;
	size_t n = 0;

	CHECK(data);
	memcpy(data, p, len);
	wire_to_guest(w, data, len, 1);
	cut = w->way == OFFLOAD_TOO_LARGE && w->out;
	piece = cut && packet_word(data + 12) == TYPE_IP4 && w->cut.offset;
	memset(&back.slots[0].until_ms, 0, sizeof(back.slots[0].until_ms));
	while (wire_next(w, iov)) {
		check_write(w, iov, len);
		if (!cut || piece)
			continue;
		CHECK(!got);
		copy = malloc(iov[1].iov_len);
		CHECK(copy);
		memcpy(copy, iov[1].iov_base, iov[1].iov_len);
		got = fragment_join(&back, copy, iov[1].iov_len, 1, &n);
		free(copy);
	}
	/* Only what is not put together on the other way either may be missing. */
	if (got) {
		size_t head = packet_word(data + 12) == TYPE_IP4 ? IP4_HEAD : IP6_HEAD;

		CHECK(n <= len && n > ETHER_HEAD + head);
		CHECK(memcmp(got + ETHER_HEAD + head, data + ETHER_HEAD + head,
			     n - ETHER_HEAD - head) == 0);
	}
	free(data);
}

/* A frame of libslirp's is large: the record is repeated up to the size that it says. */
static void grow(struct wire *w, const struct input *r, unsigned int factor)
{
	static uint8_t large[OUT_MAX];
	size_t len = 0;

	for (unsigned int i = 0; i <= factor && r->len && len + r->len <= sizeof(large); i++) {
		memcpy(large + len, r->p, r->len);
		len += r->len;
	}
	if (len >= ETHER_HEAD + IP6_HEAD && packet_word(large + 12) == TYPE_IP4)
		packet_put_word(large + ETHER_HEAD + 2, (unsigned int)(len - ETHER_HEAD));
	if (len >= ETHER_HEAD + IP6_HEAD && packet_word(large + 12) == TYPE_IP6)
		packet_put_word(large + ETHER_HEAD + 4,
				(unsigned int)(len - ETHER_HEAD - IP6_HEAD));
	to_guest(w, large, len);
}

static void record(struct wire *w, const struct input *r, uint8_t what, uint64_t now)
{
	struct input in = *r;
	uint8_t fixed[128];

	switch (what & 3) {
	case 0:
		from_guest(w, in.p, in.len, now);
		return;
	case 1: /* with a right sum in its IPv4 header, which chance does not give */
		if (in.len > sizeof(fixed))
			in.len = sizeof(fixed);
		memcpy(fixed, in.p, in.len);
		if (in.len >= sizeof(struct virtio_net_hdr) + ETHER_HEAD + IP4_HEAD) {
			uint8_t *ip = fixed + sizeof(struct virtio_net_hdr) + ETHER_HEAD;

			packet_put_word(ip + 10, 0);
			packet_put_word(ip + 10, 0xffff & ~packet_sum(ip, IP4_HEAD, 0));
		}
		from_guest(w, fixed, in.len, now);
		return;
	case 2:
		to_guest(w, in.p, in.len);
		return;
	default:
		grow(w, &in, what * 4U);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned int mtus[] = { 1280, 1500, 9000, 65520 };
	static struct wire w;
	uint64_t now = 1000;

	if (size == 0)
		return 0;
	for (size_t i = 0; i < FRAGMENT_SLOTS; i++)
		w.fragments.slots[i].until_ms = 0;
	w.mtu = mtus[data[0] & 3];
	w.rules = (struct frame_rules){ .host_loopback = data[0] & 4, .dns = data[0] & 8 };
	for (struct input in = { data + 1, size - 1 }, r; in.len >= RECORD_HEAD;) {
		uint8_t what = in.p[0];

		r.p = in.p + RECORD_HEAD;
		r.len = packet_word(in.p + 1);
		if (r.len > in.len - RECORD_HEAD)
			r.len = in.len - RECORD_HEAD;
		now += (what & 4) ? FRAGMENT_LIFE_MS / 2 : 0;
		record(&w, &r, what, now);
		in.p = r.p + r.len;
		in.len -= RECORD_HEAD + r.len;
	}
	return 0;
}
