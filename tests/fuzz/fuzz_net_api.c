/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API of published ports: a byte that says where to cut, then what a client sends, at once
 * and in two pieces. Oracles: no crash, no leak; the connection ends, without a reset and
 * without turns for nothing; each answer is a line of JSON, the same ones both times; what is
 * in the table may be there, and is in the list as often as the list says.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "json/decode.h"
#include "netns/slirp/api.h"
#include "netns/slirp/api_request.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

enum {
	TURNS_MAX = 1 << 16,
	ANSWERS_MAX = 16 << 20,
	BUSY_PORT = 98,
	AHEAD_MS = 1 << 30, /* no timer rings */
};

static const struct net_config *config(void)
{
	static struct net_config c;
	struct error e = ERROR_INIT;

	if (c.mode == NET_MODE_UNSET) {
		net_config_init(&c);
		c.mode = NET_MODE_SLIRP;
		c.forward = NET_FORWARD_SLIRP;
		CHECK(net_config_finish(&c, "id", &e) == 0);
	}
	return &c;
}

static int fake_add(void *arg, bool udp, const struct sockaddr *host, const struct sockaddr *guest)
{
	const uint8_t *port = (const uint8_t *)host + 2; /* of both families */

	(void)arg;
	(void)udp;
	CHECK(host->sa_family == guest->sa_family);
	return port[0] * 256 + port[1] == BUSY_PORT ? -EADDRINUSE : 0;
}

static int fake_remove(void *arg, bool udp, const struct sockaddr *host)
{
	(void)arg;
	(void)udp;
	CHECK(host->sa_family == AF_INET || host->sa_family == AF_INET6);
	return 0;
}

static struct api *new_api(struct ports *ports, struct sockaddr_un *ret, socklen_t *ret_len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct error e = ERROR_INIT;
	struct api *a;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	/* The kernel gives it a name that is no file. */
	CHECK(bind(fd, (struct sockaddr *)ret, sizeof(sa_family_t)) == 0 && listen(fd, 1) == 0);
	*ret_len = sizeof(*ret);
	CHECK(getsockname(fd, (struct sockaddr *)ret, ret_len) == 0);
	CHECK(api_new(fd, geteuid(), ports, &a, &e) == 0);
	return a;
}

static void hear(int fd, struct strbuf *out)
{
	char buf[4096];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		CHECK(strbuf_add(out, buf, (size_t)n) == 0);
	CHECK(n == 0 || errno == EAGAIN);
}

static void turn(struct api *a, int fd, struct strbuf *out)
{
	static uint64_t now;
	struct pollfd p = { .fd = api_fd(a), .events = POLLIN };

	if (!now)
		now = clock_ms() + AHEAD_MS;
	for (int i = 0; poll(&p, 1, 0) == 1; i++) {
		CHECK(i < TURNS_MAX);
		api_run_at(a, now);
		hear(fd, out);
	}
}

static void check_answer(char *line)
{
	static const struct json_field none[] = { { .name = "\n" } };
	static const struct json_object schema = { .size = 1, .fields = none };
	const struct json_source src = { .name = "answer", .text = line, .len = strlen(line) };
	cleanup_arena struct arena arena = ARENA_INIT;
	struct error e = ERROR_INIT;
	void *ret;

	CHECK(strncmp(line, "{\"return\":{", 11) == 0 ||
	      strncmp(line, "{\"error\":{\"desc\":\"", 18) == 0);
	CHECK(json_decode(&arena, &src, &schema, &ret, &e) == 0);
}

static void check_ports(const struct ports *ports)
{
	size_t n = 0;

	for (const struct port *p = ports_after(ports, 0); p; p = ports_after(ports, p->id), n++) {
		const struct net_hosts *own = p->host.family == AF_INET6 ? &config()->hosts6
									 : &config()->hosts;

		CHECK(p->host_port && p->guest_port && p->host_port != BUSY_PORT);
		CHECK(net_address_is_unicast(&p->host) && !net_address_is_mapped(&p->host));
		CHECK(net_address_equal(&p->guest, &own->guest));
	}
	CHECK(n == ports_count(ports));
}

/* The list, as it would be answered now. */
static void check_list(const struct ports *ports)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(ANSWERS_MAX);
	struct api_cursor c = { .where = API_LIST_BEGIN };
	size_t n = 0;

	while (c.where != API_LIST_NONE)
		api_answer_list(&b, ports, &c, b.len + 1);
	CHECK(strbuf_error(&b) == 0 && b.s[b.len - 1] == '\n');
	for (const char *p = b.s; (p = strstr(p, "{\"id\":")); p++)
		n++;
	CHECK(n == 2 * ports_count(ports));
	b.s[b.len - 1] = '\0';
	check_answer(b.s);
}

/* Sends it, with a turn between the first `cut` bytes and the rest; all the answers. */
static void converse(const uint8_t *data, size_t size, size_t cut, struct strbuf *out)
{
	static const struct ports_slirp slirp = { fake_add, fake_remove, NULL };
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct error e = ERROR_INIT;
	struct sockaddr_un name;
	struct ports *ports;
	socklen_t len;
	struct api *a;

	CHECK(ports_new(config(), &slirp, &ports, &e) == 0);
	a = new_api(ports, &name, &len);
	CHECK(connect(fd, (struct sockaddr *)&name, len) == 0);
	if (cut && cut < size) {
		CHECK(send(fd, data, cut, MSG_NOSIGNAL) == (ssize_t)cut);
		turn(a, fd, out);
		data += cut;
		size -= cut;
	}
	(void)!send(fd, data, size, MSG_NOSIGNAL); /* it may be gone already */
	shutdown(fd, SHUT_WR);
	turn(a, fd, out);
	CHECK(recv(fd, &name, 1, MSG_DONTWAIT) == 0);
	api_free(a);
	check_ports(ports);
	check_list(ports);
	ports_free(ports);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_strbuf struct strbuf once = STRBUF_INIT(ANSWERS_MAX);
	cleanup_strbuf struct strbuf twice = STRBUF_INIT(ANSWERS_MAX);
	char *save = NULL;

	if (size < 2 || size > API_REQUEST_MAX)
		return 0;
	converse(data + 1, size - 1, 0, &once);
	converse(data + 1, size - 1, data[0], &twice);
	CHECK(strcmp(once.s, twice.s) == 0);
	CHECK(!once.len || once.s[once.len - 1] == '\n');
	for (char *line = strtok_r(once.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		check_answer(line);
	return 0;
}
