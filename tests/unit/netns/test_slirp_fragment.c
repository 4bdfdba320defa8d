/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams in pieces, both ways; and the whole way of a frame (wire.h). */
#include <netinet/in.h>
#include <stdlib.h>

#include "netns/slirp/wire.h"
#include "../tap.h"

enum { MTU = 1500, PIECES = 64, NOW = 1000 };

static struct fragments *table;

struct frame {
	uint8_t *p;
	size_t len;
};

static struct frame datagram(bool v6, unsigned int id, size_t data)
{
	size_t ip = v6 ? IP6_HEAD : IP4_HEAD;
	struct frame f = { calloc(1, ETHER_HEAD + ip + data), ETHER_HEAD + ip + data };
	uint8_t *h = f.p + ETHER_HEAD;

	memcpy(f.p, "\x52\x55\x0a\0\2\2\2\0\0\0\0\1", 12);
	packet_put_word(f.p + 12, v6 ? TYPE_IP6 : TYPE_IP4);
	if (v6) {
		h[0] = 0x60;
		packet_put_word(h + 4, (unsigned int)data);
		h[6] = IPPROTO_UDP;
		memset(h + 8, 0xfd, 32);
	} else {
		h[0] = 0x45;
		packet_put_word(h + 2, (unsigned int)(ip + data));
		packet_put_word(h + 4, id);
		h[9] = IPPROTO_UDP;
		memcpy(h + 12, "\x0a\x00\x02\x64\xc0\x00\x02\x01", 8);
		packet_put_word(h + 10, 0xffff & ~packet_sum(h, IP4_HEAD, 0));
	}
	for (size_t i = ETHER_HEAD + ip; i < f.len; i++)
		f.p[i] = (uint8_t)(i * 31 + i / 256);
	return f;
}

/* Cut for `mtu`: how many pieces. Each is checked as the kernel would. */
static size_t cut(const struct frame *f, unsigned int mtu, uint32_t id, struct frame *pieces)
{
	struct fragment_cut c;
	size_t n = 0;

	if (!fragment_cut_begin(&c, f->p, f->len, mtu, id))
		return 0;
	for (;;) {
		uint8_t *p = malloc(ETHER_HEAD + mtu);
		size_t len = fragment_cut_next(&c, p);

		if (len == 0) {
			free(p);
			return n;
		}
		pieces[n++] = (struct frame){ realloc(p, len), len };
	}
}

static void drop(struct frame *pieces, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(pieces[i].p);
}

static const uint8_t *join(const struct frame *f, uint64_t now, size_t *len)
{
	return fragment_join(table, f->p, f->len, now, len);
}

/* Is what came out, at the last piece and not before, what was cut? */
static bool comes_back(const struct frame *whole, const struct frame *pieces, size_t n)
{
	const uint8_t *got = NULL;
	size_t len;

	for (size_t i = 0; i < n; i++) {
		if (got)
			return false;
		got = join(&pieces[i], NOW, &len);
	}
	return got && len == whole->len && memcmp(got, whole->p, len) == 0;
}

static void test_there_and_back(void)
{
	static const size_t sizes[] = { 1481, 1488, 2960, 2961, 4008, 9000, 65515 };
	struct frame pieces[PIECES];

	for (int v6 = 0; v6 < 2; v6++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct frame f = datagram(v6, 77, sizes[i]);
			size_t step = v6 ? 1448 : 1480, want = (sizes[i] + step - 1) / step;
			size_t n = cut(&f, MTU, 5, pieces), wrong = 0;

			is_int((long long)n, (long long)want, "N01 as many pieces as it needs");
			for (size_t k = 0; k < n; k++) {
				const uint8_t *h = pieces[k].p + ETHER_HEAD;

				wrong += pieces[k].len > ETHER_HEAD + MTU;
				wrong += !v6 && packet_sum(h, IP4_HEAD, 0) != 0xffff;
				wrong += packet_word(h + (v6 ? 4 : 2)) !=
					 pieces[k].len - ETHER_HEAD - (v6 ? IP6_HEAD : 0);
			}
			is_int((long long)wrong, 0, "N01 each of them as the mtu and IP want it");
			ok(comes_back(&f, pieces, n), "N01 IPv%d, %zu bytes come back whole",
			   v6 ? 6 : 4, sizes[i]);
			drop(pieces, n);
			free(f.p);
		}
}

/* libslirp cuts what is larger than its own mtu: a piece is cut into pieces again. */
static void test_twice(void)
{
	struct frame f = datagram(false, 9, 65515), first[2], pieces[PIECES];
	size_t n = cut(&f, OFFLOAD_MTU, 0, first), m;

	is_int((long long)n, 2, "N01 the largest there is, cut for libslirp's mtu");
	m = cut(&first[0], MTU, 0, pieces);
	m += cut(&first[1], MTU, 0, pieces + m);
	ok(m > 40 && comes_back(&f, pieces, m), "N01 and for the interface's, comes back");
	drop(first, n);
	drop(pieces, m);
	free(f.p);
}

static void test_whole(void)
{
	struct frame f = datagram(false, 1, 100), pieces[2];
	size_t len;

	ok(join(&f, NOW, &len) == f.p && len == f.len, "N01 a whole one is not touched");
	is_int((long long)cut(&f, MTU, 0, pieces), 1, "N01 and would be one piece");
	ok(comes_back(&f, pieces, 1), "N01 which is the same");
	drop(pieces, 1);
	f.p[ETHER_HEAD + 6] = 0x40;
	is_int((long long)cut(&f, MTU, 0, pieces), 0, "N01 what must not be cut is not");
	f.p[ETHER_HEAD + 6] = 0;
	f.p[ETHER_HEAD] = 0x46;
	is_int((long long)cut(&f, MTU, 0, pieces), 0, "N01 nor what has options");
	f.p[ETHER_HEAD] = 0x45;
	packet_put_word(f.p + ETHER_HEAD + 2, 121);
	is_int((long long)cut(&f, MTU, 0, pieces), 0, "N01 nor what is longer than it is");
	packet_put_word(f.p + ETHER_HEAD + 2, 20);
	is_int((long long)cut(&f, MTU, 0, pieces), 0, "N01 nor nothing");
	packet_put_word(f.p + 12, TYPE_ARP);
	is_int((long long)cut(&f, MTU, 0, pieces), 0, "N01 nor ARP");
	free(f.p);
}

/* Pieces a, b, c of one datagram: in any other order, twice, or with another between. */
static void test_order(bool v6)
{
	static const struct {
		const char *order, *why;
		bool whole;
	} cases[] = {
		{ "abc", "in order", true },
		{ "acb", "the last too early", false },
		{ "bac", "the second first", false },
		{ "cba", "backwards", false },
		{ "abbc", "one twice", false },
		{ "aabc", "the first twice: begun anew", true },
		{ "ab", "the last is lost", false },
		{ "ac", "the second is lost", false },
		{ "bc", "the first is lost", false },
		{ "abxc", "with one of another between", true },
		{ "abTc", "the last too late", false },
		{ "axbc", "another before the second", true },
	};
	struct frame f = datagram(v6, 20, 4000), g = datagram(v6, 21, 4000), a[8], x[8], one;
	size_t n = cut(&f, MTU, 20, a), m = cut(&g, MTU, 21, x), len;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint8_t *got = NULL;
		uint64_t now = NOW;

		memset(table, 0, sizeof(*table));
		for (const char *o = cases[i].order; *o; o++) {
			if (*o == 'T') {
				now += FRAGMENT_LIFE_MS;
				continue;
			}
			one = *o == 'x' ? x[0] : a[*o - 'a'];
			got = join(&one, now, &len);
		}
		ok(!!got == cases[i].whole, "N01 IPv%d: %s", v6 ? 6 : 4, cases[i].why);
	}
	drop(a, n);
	drop(x, m);
	free(f.p);
	free(g.p);
}

static void refuses(struct frame *f, const char *why)
{
	size_t len = 1;

	memset(table, 0, sizeof(*table));
	ok(!join(f, NOW, &len) && len == 0 && table->slots[0].until_ms == 0, "N01 %s", why);
}

static void fix_sum(struct frame *f)
{
	uint8_t *h = f->p + ETHER_HEAD;

	packet_put_word(h + 10, 0);
	packet_put_word(h + 10, 0xffff & ~packet_sum(h, IP4_HEAD, 0));
}

/* Not kept: no slot is taken for it. */
static void test_refused(void)
{
	struct frame f = datagram(false, 3, 3000), g = datagram(true, 3, 3000), a[4], b[4];
	size_t n = cut(&f, MTU, 0, a), m = cut(&g, MTU, 0, b);
	uint8_t *h = a[0].p + ETHER_HEAD, *h6 = b[0].p + ETHER_HEAD;

	h[10] ^= 1;
	refuses(&a[0], "a header with a wrong sum");
	h[9] = IPPROTO_TCP;
	fix_sum(&a[0]);
	refuses(&a[0], "a piece of TCP");
	h[9] = IPPROTO_UDP;
	packet_put_word(h + 2, MTU - 1);
	fix_sum(&a[0]);
	refuses(&a[0], "a length that the next cannot follow");
	packet_put_word(h + 2, MTU + 1);
	fix_sum(&a[0]);
	refuses(&a[0], "longer than it is");
	packet_put_word(h + 2, IP4_HEAD);
	fix_sum(&a[0]);
	refuses(&a[0], "a piece of nothing");
	h[0] = 0x46;
	packet_put_word(h + 2, MTU);
	fix_sum(&a[0]);
	refuses(&a[0], "options");
	refuses(&a[1], "the second without a first");
	h6[40] = IPPROTO_TCP;
	refuses(&b[0], "IPv6: a piece of TCP");
	h6[40] = 44;
	refuses(&b[0], "IPv6: pieces of a piece");
	h6[40] = IPPROTO_UDP;
	packet_put_word(h6 + 4, 8);
	refuses(&b[0], "IPv6: a piece of nothing");
	drop(a, n);
	drop(b, m);
	free(f.p);
	free(g.p);
}

/* One byte more than IP can say: all that has come is forgotten. */
static void test_too_long(void)
{
	struct frame f = datagram(false, 4, 65515), pieces[PIECES];
	size_t n = cut(&f, MTU, 0, pieces), len;
	struct frame *last = &pieces[n - 1];

	memset(table, 0, sizeof(*table));
	for (size_t i = 0; i + 1 < n; i++)
		join(&pieces[i], NOW, &len);
	last->p = realloc(last->p, last->len + 8);
	packet_put_word(last->p + ETHER_HEAD + 2, (unsigned int)(last->len - ETHER_HEAD + 1));
	last->len += 1;
	fix_sum(last);
	ok(!join(last, NOW, &len), "N01 a datagram longer than IP's longest");
	is_int((long long)table->slots[0].until_ms, 0, "N01 is given up");
	drop(pieces, n);
	free(f.p);
}

/* More at once than there is room for: the oldest goes, the newest come through. */
static void test_many(void)
{
	enum { MANY = 3 * FRAGMENT_SLOTS };
	struct frame f[MANY], a[MANY][4];
	size_t len, n = 0, got = 0;

	memset(table, 0, sizeof(*table));
	for (unsigned int i = 0; i < MANY; i++) {
		f[i] = datagram(false, i, 2000);
		n = cut(&f[i], MTU, 0, a[i]);
		join(&a[i][0], NOW + i, &len);
	}
	for (unsigned int i = 0; i < MANY; i++)
		got += join(&a[i][1], NOW + MANY, &len) ? i >= 2 * FRAGMENT_SLOTS : 0;
	is_int((long long)got, FRAGMENT_SLOTS, "N01 as many at once as there are slots");
	for (unsigned int i = 0; i < MANY; i++) {
		drop(a[i], n);
		free(f[i].p);
	}
}

/* ---- all of it */

static void feed(struct wire *w, const struct frame *f, const uint8_t **ret, size_t *ret_len)
{
	uint8_t *data = calloc(1, sizeof(struct virtio_net_hdr) + f->len);

	memcpy(data + sizeof(struct virtio_net_hdr), f->p, f->len);
	*ret = wire_from_guest(w, data, f->len + sizeof(struct virtio_net_hdr), NOW, ret_len);
	free(data);
}

static void test_wire(unsigned int mtu, const char *to, bool allowed)
{
	struct wire *w = calloc(1, sizeof(*w));
	struct frame f = datagram(false, 3, 65000), a[PIECES];
	struct iovec iov[WIRE_IOV];
	const uint8_t *got = NULL;
	size_t n, len, wrong = 0;

	w->mtu = mtu;
	memcpy(f.p + ETHER_HEAD + 16, to, 4);
	fix_sum(&f);
	n = cut(&f, MTU, 0, a);
	for (size_t i = 0; i < n; i++)
		feed(w, &a[i], &got, &len);
	ok(!!got == allowed && (!got || (len == f.len && memcmp(got, f.p, len) == 0)),
	   "N01 mtu %u: a datagram in pieces is %s", mtu, allowed ? "let through" : "dropped");
	wire_to_guest(w, f.p, f.len, 1);
	for (n = 0; wire_next(w, iov); n++)
		wrong += iov[0].iov_len + iov[1].iov_len >
			 sizeof(struct virtio_net_hdr) + ETHER_HEAD + mtu;
	ok(n == (mtu < OFFLOAD_MTU ? 44 : 1) && wrong == 0, "N01 and the other way");
	for (size_t i = 0; i < sizeof(struct virtio_net_hdr); i++)
		wrong += wire_from_guest(w, f.p, i, NOW, &len) != NULL;
	is_int((long long)wrong, 0, "N01 less than a header is nothing");
	drop(a, 44);
	free(f.p);
	free(w);
}

int main(void)
{
	table = calloc(1, sizeof(*table));
	test_there_and_back();
	test_twice();
	test_whole();
	test_order(false);
	test_order(true);
	test_refused();
	test_too_long();
	test_many();
	test_wire(1500, "\xc0\0\2\1", true);
	test_wire(65520, "\xc0\0\2\1", true);
	test_wire(1500, "\x7f\0\0\1", false);
	free(table);
	return tap_done();
}
