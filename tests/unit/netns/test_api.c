/* SPDX-License-Identifier: Apache-2.0 */
/* slirp4netns' API: what is asked and answered, and clients that do not behave. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../tap.h"
#include "../base/tempdir.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "netns/slirp/api.h"
#include "netns/slirp/api_request.h"

enum { BUSY_PORT = 98, TURNS_MAX = 5000, MANY = 3000 };

static struct error e = ERROR_INIT;
static struct ports *ports;
static struct api *api;
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static char answer[2 << 20];
static size_t answer_len;

static int fake_add(void *arg, bool udp, const struct sockaddr *host, const struct sockaddr *guest)
{
	const uint8_t *port = (const uint8_t *)host + 2; /* of both families */

	(void)arg;
	(void)udp;
	(void)guest;
	return port[0] * 256 + port[1] == BUSY_PORT ? -EADDRINUSE : 0;
}

static int fake_remove(void *arg, bool udp, const struct sockaddr *host)
{
	(void)arg;
	(void)udp;
	(void)host;
	return 0;
}

/* ---- help */

static void begin(uid_t owner)
{
	static const struct ports_slirp slirp = { fake_add, fake_remove, NULL };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct net_config c;

	net_config_init(&c);
	c.mode = NET_MODE_SLIRP;
	c.forward = NET_FORWARD_SLIRP;
	unlink(address.sun_path);
	if (net_config_finish(&c, "id", &e) < 0 || ports_new(&c, &slirp, &ports, &e) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 64) < 0 ||
	    api_new(fd, owner, ports, &api, &e) < 0) {
		printf("Bail out! %s %m\n", e.msg);
		exit(1);
	}
}

static void end(void)
{
	api_free(api);
	ports_free(ports);
}

/* Until there is nothing left to do; false: it never is. */
static bool turn_at(uint64_t ahead_ms)
{
	for (int i = 0; i < TURNS_MAX; i++) {
		struct pollfd p = { .fd = api_fd(api), .events = POLLIN };

		if (poll(&p, 1, 0) == 0 && i > 0)
			return true;
		api_run_at(api, clock_ms() + ahead_ms);
	}
	return false;
}

static bool turn(void)
{
	return turn_at(0);
}

static int client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		printf("Bail out! connect: %m\n");
		exit(1);
	}
	return fd;
}

static void say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
		printf("# not all of it was sent\n");
}

/* All that is there, into `answer`; 0 at the end, -errno where there is none yet. */
static int hear(int fd)
{
	ssize_t n;

	answer_len = 0;
	do {
		n = recv(fd, answer + answer_len, sizeof(answer) - 1 - answer_len, MSG_DONTWAIT);
		if (n > 0)
			answer_len += (size_t)n;
	} while (n > 0 && answer_len < sizeof(answer) - 1);
	answer[answer_len] = '\0';
	return n < 0 ? -errno : 0;
}

/* One request as podman and rootlesskit send it: the answer is all there is to read. */
static const char *ask(const char *text)
{
	cleanup_fd int fd = client();

	say(fd, text);
	shutdown(fd, SHUT_WR);
	if (!turn() || hear(fd) < 0)
		return "no end";
	return answer;
}

#define ADD(arguments) "{\"execute\":\"add_hostfwd\",\"arguments\":{" arguments "}}"
#define REMOVE(arguments) "{\"execute\":\"remove_hostfwd\",\"arguments\":{" arguments "}}"
#define LIST "{\"execute\":\"list_hostfwd\"}"
#define EMPTY_LIST "{\"return\":{\"entries\":[]},\"entries\":[]}\n"

/* ---- what it says */

static void test_verbs(void)
{
#define ONE                                                                         \
	"{\"id\":1,\"proto\":\"tcp\",\"host_addr\":\"0.0.0.0\",\"host_port\":8080," \
	"\"guest_addr\":\"10.0.2.100\",\"guest_port\":80}"
#define TWO                                                                     \
	"{\"id\":2,\"proto\":\"udp\",\"host_addr\":\"::1\",\"host_port\":8081," \
	"\"guest_addr\":\"fd00::100\",\"guest_port\":81}"
	begin(geteuid());
	is_str(ask(LIST), EMPTY_LIST, "N01 an empty list");
	is_str(ask(ADD("\"proto\":\"tcp\",\"host_addr\":\"0.0.0.0\",\"host_port\":8080,"
		       "\"guest_addr\":\"\",\"guest_port\":80") "\n"),
	       "{\"return\":{\"id\":1}}\n", "N01 as podman adds");
	is_str(ask(ADD("\"proto\":\"udp\",\"host_addr\":\"::1\",\"host_port\":8081,"
		       "\"guest_addr\":\"fd00::100\",\"guest_port\":81")),
	       "{\"return\":{\"id\":2}}\n", "N01 of IPv6");
	is_str(ask(LIST),
	       "{\"return\":{\"entries\":[" ONE "," TWO "]},\"entries\":[" ONE "," TWO "]}\n",
	       "N01 both are in the list, in both its places");
	is_str(ask(REMOVE("\"id\":1")), "{\"return\":{}}\n", "N01 the first is ended");
	is_str(ask(LIST), "{\"return\":{\"entries\":[" TWO "]},\"entries\":[" TWO "]}\n",
	       "N01 one is left");
	end();
}

static void is_port(uint32_t id, const char *text, const char *name)
{
	const struct port *p = ports_after(ports, id - 1);
	char buf[PORTS_TEXT];

	is_str(p && p->id == id ? port_format(p, buf) : NULL, text, name);
}

static void test_defaults(void)
{
	begin(geteuid());
	ask(ADD("\"proto\":\"tcp\",\"host_port\":1,\"guest_port\":1"));
	is_port(1, "0.0.0.0:1/tcp", "N01 no address is 0.0.0.0");
	ask(ADD("\"proto\":\"udp4\",\"host_addr\":\"\",\"host_port\":2,\"guest_port\":1"));
	is_port(2, "0.0.0.0:2/udp", "N01 nor is an empty one; udp4");
	ask(ADD("\"proto\":\"tcp6\",\"host_port\":3,\"guest_port\":1"));
	is_port(3, "[::]:3/tcp", "N01 tcp6 is ::");
	ask(ADD("\"proto\":\"tcp6\",\"host_addr\":\"0.0.0.0\",\"host_port\":4,\"guest_port\":1"));
	is_port(4, "[::]:4/tcp", "N01 and with 0.0.0.0, as slirp4netns has it");
	ask("  {\"arguments\" : { \"guest_port\":\t1,\n\"host_port\":5,\"proto\":\"t\\u0063p\", "
	    "\"x\":[{\"}\":null}]}, \"y\":-1.5e3,\n\"execute\":\"add_hostfwd\"}\r\n\r\n ");
	is_port(5, "0.0.0.0:5/tcp", "N01 any lawful JSON, with members that nobody knows");
	is_int((long long)ports_count(ports), 5, "N01 five");
	end();
}

static const struct {
	const char *request, *why;
} bad[] = {
	{ "\n", NULL },
	{ "", NULL },
	{ "nonsense\n", "it does not begin with '{'" },
	{ "[]", "it does not begin with '{'" },
	{ "{}", "required key 'execute' is missing" },
	{ "{\"execute\":\"quit\"}", "unknown execute 'quit'" },
	{ "{\"execute\":\"\\u001b[2J\"}", "unknown execute '\\\\x1b[2J'" },
	{ "{\"execute\":7}", ".execute: expected a string, found 7" },
	{ "{\"execute\":null}", ".execute: expected a string, found null" },
	{ "{\"execute\":\"list_hostfwd\",\"execute\":\"list_hostfwd\"}", "duplicate key" },
	{ "{\"execute\":\"list_hostfwd\"", "its end is missing" },
	{ "{\"execute\":\"list_hostfwd", "its end is missing" },
	{ "{\"execute\":\"list_host\nfwd\"}", "a string without an end" },
	{ "{\"execute\":\"list_hostfwd\"]", "invalid JSON" },
	{ "{\"execute\":\"list_hostfwd\",}", "invalid JSON" },
	{ "{\"execute\":\"\xff\"}", "UTF-8" },
	{ "{\"execute\":\"add_hostfwd\"}", ".arguments.proto: missing" },
	{ "{\"execute\":\"add_hostfwd\",\"arguments\":[]}", "expected an object, found an array" },
	{ ADD("\"host_port\":1,\"guest_port\":1"), ".arguments.proto: missing, 'tcp' or 'udp'" },
	{ ADD("\"proto\":\"sctp\",\"host_port\":1,\"guest_port\":1"),
	  ".arguments.proto: 'sctp' is neither tcp nor udp" },
	{ ADD("\"proto\":\"TCP\",\"host_port\":1,\"guest_port\":1"), "'TCP' is neither" },
	{ ADD("\"proto\":6,\"host_port\":1,\"guest_port\":1"),
	  ".arguments.proto: expected a string, found 6" },
	{ ADD("\"proto\":\"tcp\",\"guest_port\":1"), ".arguments.host_port: missing" },
	{ ADD("\"proto\":\"tcp\",\"host_port\":1"), ".arguments.guest_port: missing" },
	{ ADD("\"proto\":\"tcp\",\"host_port\":0,\"guest_port\":1"),
	  ".arguments.host_port: 0 is not in 1..65535" },
	{ ADD("\"proto\":\"tcp\",\"host_port\":65536,\"guest_port\":1"),
	  ".arguments.host_port: 65536 is not in 1..65535" },
	{ ADD("\"proto\":\"tcp\",\"host_port\":70000,\"guest_port\":1"), "70000 is not in" },
	{ ADD("\"proto\":\"tcp\",\"host_port\":-1,\"guest_port\":1"), "-1 is not in" },
	{ ADD("\"proto\":\"tcp\",\"host_port\":4294967376,\"guest_port\":1"), "is not in" },
	{ ADD("\"proto\":\"tcp\",\"host_port\":99999999999999999999,\"guest_port\":1"),
	  "found 99999999999999999999" },
	{ ADD("\"proto\":\"tcp\",\"host_port\":80.5,\"guest_port\":1"), "found 80.5" },
	{ ADD("\"proto\":\"tcp\",\"host_port\":\"80\",\"guest_port\":1"), "found a string" },
	{ ADD("\"proto\":\"tcp\",\"host_port\":true,\"guest_port\":1"), "found true" },
	{ ADD("\"proto\":\"tcp\",\"host_port\":1,\"guest_port\":0"),
	  ".arguments.guest_port: 0 is not in 1..65535" },
	{ ADD("\"proto\":\"tcp\",\"host_addr\":\"localhost\",\"host_port\":1,\"guest_port\":1"),
	  ".arguments.host_addr: 'localhost' is no address" },
	{ ADD("\"proto\":\"tcp4\",\"host_addr\":\"::1\",\"host_port\":1,\"guest_port\":1"),
	  "'::1' is no IPv4 address" },
	{ ADD("\"proto\":\"tcp6\",\"host_addr\":\"127.0.0.1\",\"host_port\":1,\"guest_port\":1"),
	  "'127.0.0.1' is no IPv6 address" },
	{ ADD("\"proto\":\"tcp\",\"host_port\":1,\"guest_addr\":\"fd00::100\",\"guest_port\":1"),
	  ".arguments.guest_addr: 'fd00::100' is no IPv4 address, as host_addr is" },
	{ ADD("\"proto\":\"tcp\",\"host_port\":1,\"guest_addr\":\"10.0.2.2\",\"guest_port\":1"),
	  "'10.0.2.2' is not the container's address" },
	{ REMOVE(""), ".arguments.id: missing" },
	{ REMOVE("\"id\":0"), ".arguments.id: 0 is no such number" },
	{ REMOVE("\"id\":-1"), ".arguments.id: -1 is no such number" },
	{ REMOVE("\"id\":4294967297"), ".arguments.id: 4294967297 is no such number" },
	{ REMOVE("\"id\":7"), "no published port has the number 7" },
	{ REMOVE("\"id\":\"1\""), "found a string" },
};

static void test_bad(void)
{
	const char *got;

	begin(geteuid());
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		got = ask(bad[i].request);
		if (!bad[i].why) {
			is_str(got, "", "N01 nothing is answered to nothing");
			continue;
		}
		ok(strncmp(got, "{\"error\":{\"desc\":\"", 18) == 0, "N01 an error: %s",
		   bad[i].why);
		has_str(got, bad[i].why, "N01 says why");
		has_str(got,
			strstr(bad[i].why, "no published") ? ",\"errno\":2}}\n"
							   : ",\"errno\":22}}\n",
			"N01 with its number");
		ok(strchr(got, '\n') == got + strlen(got) - 1, "N01 in one line");
	}
	is_int((long long)ports_count(ports), 0, "N01 nothing was added");
	got = ask(ADD("\"proto\":\"udp\",\"host_port\":98,\"guest_port\":1"));
	has_str(got,
		"\"desc\":\"publish 0.0.0.0:98/udp: port 98 of 0.0.0.0 is in use (address "
		"already in use)\",\"errno\":98,\"hint\":\"ss -unlp",
		"N01 a busy port, with its errno");
	end();
}

static void test_size(void)
{
	static char big[API_REQUEST_MAX * 2];

	begin(geteuid());
	memset(big, ' ', sizeof(big));
	memcpy(big, LIST, strlen(LIST) - 1);
	big[API_REQUEST_MAX] = '\0';
	has_str(ask(big), "bad request: too large message, 65536 bytes are allowed",
		"N01 a byte over 64 KiB");
	big[API_REQUEST_MAX - 1] = '}';
	is_str(ask(big), EMPTY_LIST, "N01 exactly 64 KiB");
	memset(big, ' ', sizeof(big));
	strcpy(big + sizeof(big) - sizeof(LIST), LIST);
	is_str(ask(big), EMPTY_LIST, "N01 blanks before it do not count");
	memset(big, '[', API_REQUEST_MAX);
	memcpy(big, "{\"a\":", 5);
	strcpy(big + API_REQUEST_MAX, "\n");
	has_str(ask(big), "too large message", "N01 nested without an end");
	memset(big + 200, ']', 195);
	strcpy(big + 395, "}");
	has_str(ask(big), "nested deeper than 64 levels", "N01 nested deeply");
	end();
}

/* ---- how it is said */

static void test_stream(void)
{
	static const char two[] = ADD(
		"\"proto\":\"udp\",\"host_port\":1,\"guest_port\":1") "\n" LIST
								      "\n" REMOVE("\"id\":1") "\n";
	cleanup_fd int fd = -EBADF, lone = -EBADF;

	begin(geteuid());
	fd = client();
	say(fd, two);
	ok(turn() && hear(fd) == -EAGAIN, "N01 the connection stays open behind newlines");
	ok(strncmp(answer, "{\"return\":{\"id\":1}}\n{\"return\":{\"entries\":[{\"id\":1,", 47) ==
			   0 &&
		   strcmp(answer + answer_len - 14, "{\"return\":{}}\n") == 0,
	   "N01 three in one write, answered in order");
	ok(turn_at(API_LONE_MS * 2) && hear(fd) == -EAGAIN, "N01 it stays so for a while");
	for (const char *p = LIST "\n"; *p; p++) {
		send(fd, p, 1, 0);
		turn();
	}
	ok(hear(fd) == -EAGAIN, "N01 byte by byte");
	is_str(answer, EMPTY_LIST, "N01 is the same");
	say(fd, "{\"execute\":\"no\"}" LIST LIST "\n");
	turn();
	hear(fd);
	has_str(answer, "\"errno\":22}}\n" EMPTY_LIST EMPTY_LIST,
		"N01 behind one that fails, without newlines");
	ok(turn_at(API_IDLE_MS + 1) && hear(fd) == 0, "N01 it is closed when nothing comes");

	lone = client();
	say(lone, LIST);
	turn();
	ok(hear(lone) == -EAGAIN && strcmp(answer, EMPTY_LIST) == 0,
	   "N01 one request, no newline, no end: answered");
	ok(turn_at(API_LONE_MS + 1) && hear(lone) == 0, "N01 and then closed");
	close(take_fd(&lone));
	lone = client();
	say(lone, LIST);
	turn();
	say(lone, "\n");
	ok(turn() && turn_at(API_LONE_MS * 2) && hear(lone) == -EAGAIN,
	   "N01 but not where the newline comes a little later");
	say(lone, "garbage that is longer than it needs to be\n" LIST);
	turn();
	ok(hear(lone) == 0, "N01 what is no JSON ends it, not by a reset");
	has_str(answer, "does not begin with '{'", "N01 with words");
	end();
}

/* The timer by itself: a client that sends no newline gets its end in time. */
static void test_timer(void)
{
	struct pollfd p = { .events = POLLIN };
	cleanup_fd int fd = -EBADF;
	uint64_t start;
	int r = -1;

	begin(geteuid());
	fd = client();
	say(fd, LIST);
	start = clock_ms();
	p.fd = api_fd(api);
	for (int i = 0; i < 100 && r != 0 && poll(&p, 1, 5000) == 1; i++) {
		api_run(api);
		r = hear(fd);
	}
	ok(r == 0 && clock_ms() - start >= API_LONE_MS, "N01 by its own timer");
	end();
}

static void test_flood(void)
{
	static char text[API_REQUEST_MAX];
	cleanup_fd int fd = -EBADF;
	size_t len = 0, lines = 0;

	begin(geteuid());
	for (int i = 1; i <= 500; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					ADD("\"proto\":\"udp\",\"host_port\":%d,\"guest_port\":1"),
					1000 + i);
	fd = client();
	say(fd, text);
	shutdown(fd, SHUT_WR);
	ok(turn() && hear(fd) == 0, "N01 500 requests in one write");
	for (const char *p = answer; (p = strchr(p, '\n')); p++)
		lines++;
	is_int((long long)lines, 500, "N01 500 answers");
	has_str(answer, "{\"return\":{\"id\":499}}\n{\"return\":{\"id\":500}}\n", "N01 in order");
	is_int((long long)ports_count(ports), 500, "N01 500 ports");
	end();
}

/* ---- clients that do not behave */

static size_t count(const char *part)
{
	size_t n = 0;

	for (const char *p = answer; (p = strstr(p, part)); p++)
		n++;
	return n;
}

static void add_many(void)
{
	struct port p = { .protocol = NET_UDP, .host.family = AF_INET, .guest_port = 1 };

	for (int i = 0; i < MANY; i++) {
		p.host_port = (uint16_t)(1000 + i);
		if (ports_add(ports, &p, &p.id, &e) < 0)
			exit(1);
	}
}

static void test_slow(void)
{
	cleanup_fd int slow = -EBADF, dead = -EBADF;
	char *all;
	size_t len = 0;

	begin(geteuid());
	add_many();
	slow = client();
	say(slow, LIST "\n" LIST "\n" REMOVE("\"id\":1") "\n");
	ok(turn(), "N01 who does not read what he asked for lets us rest");
	has_str(ask(REMOVE("\"id\":99")), "{\"return\":{}}\n", "N01 others are answered");
	is_int((long long)ports_count(ports), MANY - 1, "N01 he is not heard before he reads");
	all = calloc(1, sizeof(answer));
	for (int i = 0; i < 1000 && turn() && hear(slow) == -EAGAIN && answer_len; i++) {
		memcpy(all + len, answer, answer_len);
		len += answer_len;
	}
	memcpy(answer, all, len + 1);
	free(all);
	answer_len = len;
	is_int((long long)count("\"id\":77,"), 4, "N01 then he gets it all, twice both lists");
	is_int((long long)count("\n"), 3, "N01 three answers");
	has_str(answer, "\n{\"return\":{}}\n", "N01 the last one, too");
	is_int((long long)count("\"id\":"), 4 * MANY - 3, "N01 no entry is lost or twice");
	is_int((long long)ports_count(ports), MANY - 2, "N01 and is heard");

	say(slow, LIST);
	turn();
	ok(turn_at(API_LONE_MS + 1) && recv(slow, answer, 9, MSG_DONTWAIT) == 9,
	   "N01 without a newline he has as much time");
	turn();
	ok(turn_at(API_IDLE_MS + 1), "N01 but not for ever");
	hear(slow);
	ok(answer_len > 1000 && count("\n") == 0, "N01 his list stops");

	dead = client();
	say(dead, LIST "\n" LIST "\n");
	turn();
	close(take_fd(&dead));
	ok(turn(), "N01 who goes away unread is no work");
	dead = client();
	close(take_fd(&dead));
	ok(turn(), "N01 nor who says nothing");
	has_str(ask(REMOVE("\"id\":2")), "{\"return\":{}}\n", "N01 and others are answered");
	end();
}

/* In pieces of any size it is the same list. */
static void test_pieces(void)
{
	cleanup_strbuf struct strbuf whole = STRBUF_INIT(1 << 20);
	cleanup_strbuf struct strbuf pieces = STRBUF_INIT(1 << 20);
	struct api_cursor c = { .where = API_LIST_BEGIN };
	int n = 0;

	begin(geteuid());
	add_many();
	api_answer_list(&whole, ports, &c, SIZE_MAX);
	is_int(c.where, API_LIST_NONE, "N01 the list at once");
	for (c.where = API_LIST_BEGIN; c.where != API_LIST_NONE; n++)
		api_answer_list(&pieces, ports, &c, pieces.len + 1);
	is_int(n, 2 * MANY + 3, "N01 entry by entry");
	is_str(pieces.s, whole.s, "N01 is the same");
	end();
}

static void test_many_clients(void)
{
	int fds[API_CLIENTS_MAX + 1];

	begin(geteuid());
	for (int i = 0; i <= API_CLIENTS_MAX; i++) {
		fds[i] = client();
		say(fds[i], i % 2 ? LIST "\n" : "{");
		turn();
	}
	ok(hear(fds[1]) == -EAGAIN && answer_len, "N01 16 clients are heard");
	ok(hear(fds[API_CLIENTS_MAX]) == -EAGAIN && !answer_len, "N01 one more waits");
	close(fds[1]);
	say(fds[API_CLIENTS_MAX], "}");
	ok(turn() && hear(fds[API_CLIENTS_MAX]) == -EAGAIN && answer_len, "N01 until one has gone");
	fds[1] = client();
	say(fds[1], LIST "\n");
	ok(turn() && hear(fds[1]) == -EAGAIN && !answer_len, "N01 and another");
	ok(turn_at(API_IDLE_MS + 1) && hear(fds[1]) == -EAGAIN && answer_len,
	   "N01 which gets the place of one that is idle");
	for (int i = 0; i <= API_CLIENTS_MAX; i++)
		close(fds[i]);
	end();
}

static void test_stranger(void)
{
	begin(geteuid() + 1);
	has_str(ask(LIST "\n"), "{\"error\":{\"desc\":\"this socket is its owner's alone\"",
		"N01 another user is turned away");
	ask(ADD("\"proto\":\"udp\",\"host_port\":1,\"guest_port\":1"));
	is_int((long long)ports_count(ports), 0, "N01 and not heard");
	end();
}

static void test_descriptors(void)
{
	struct rlimit before, few;
	cleanup_fd int fd = -EBADF;
	int lowest;

	begin(geteuid());
	fd = client();
	say(fd, LIST "\n");
	lowest = dup(0);
	close(lowest);
	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = (rlim_t)lowest;
	setrlimit(RLIMIT_NOFILE, &few);
	ok(turn(), "N01 no descriptor for a client: it waits, and we do not spin");
	setrlimit(RLIMIT_NOFILE, &before);
	ok(hear(fd) == -EAGAIN && !answer_len, "N01 unheard");
	ok(turn_at(1000) && hear(fd) == -EAGAIN && answer_len, "N01 until there is one");
	end();
}

int main(void)
{
	int dir = temp_begin();

	if (dir < 0)
		return 1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%.90s/api", temp_name);
	test_verbs();
	test_defaults();
	test_bad();
	test_size();
	test_stream();
	test_timer();
	test_flood();
	test_slow();
	test_pieces();
	test_many_clients();
	test_stranger();
	test_descriptors();
	api_free(NULL);
	temp_done(dir);
	return tap_done();
}
