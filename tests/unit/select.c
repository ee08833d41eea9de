/* SPDX-License-Identifier: ISC */
/*
 * Tests of SELECTOR in pid:PID:SELECTOR, and of lists of kinds. Each test checks which descriptors of a set are
 * selected.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fail.h"
#include "inspect/kind_actual.h"
#include "inspect/kind_list.h"
#include "source/select.h"
#include "must.h"
#include "tap.h"

/* The descriptors of the set. Each descriptor has one bit. */
enum {
	TCP = 1,	  /* listens on 127.0.0.1 */
	TCP_BOUND = 2,	  /* bound to 127.0.0.1, but not listening */
	TCP6 = 4,	  /* listens on [::1] */
	TCP_MAPPED = 8,	  /* listens on [::ffff:127.0.0.1] */
	UDP = 16,	  /* bound to 127.0.0.1 */
	UDP_PEER = 32,	  /* a connected UDP socket */
	PATH = 64,	  /* listens on the path "s" */
	PATH_BOUND = 128, /* bound to the path "b", but not listening */
	ABSTRACT = 256,	  /* listens on an abstract name */
	DATAGRAM = 512,	  /* bound to the path "d" */
	PAIR = 1024,	  /* SOCK_SEQPACKET without a name */
	FILE_READ = 2048, /* the file "f", for reading */
	DELETED = 4096,	  /* the deleted file "g", for writing */
	PIPE_READ = 8192,
	PIPE_WRITE = 16384,
	ALL = 32767
};

#define COUNT 15

static char home[] = "/tmp/fds.XXXXXX";
static int fds[COUNT];
static unsigned int ports[COUNT];

static size_t
index_of(int bit)
{
	size_t i;

	for (i = 0; 1 << i != bit; i++)
		;
	return i;
}

static void
put(int bit, int fd)
{
	must(fd != -1);
	fds[index_of(bit)] = fd;
}

static unsigned int
port(int bit)
{
	return ports[index_of(bit)];
}

/*
 * Binds a socket to HOST, and stores the socket and its port for BIT. If IPv6 is necessary and not available, stores
 * -1.
 */
static void
put_inet(int bit, int type, const char *host, bool listens)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	bool six = strchr(host, ':') != NULL;
	struct sockaddr *address = six ? (struct sockaddr *)&in6 : (struct sockaddr *)&in;
	socklen_t length = six ? sizeof(in6) : sizeof(in);
	int fd = socket(address->sa_family, type | SOCK_CLOEXEC, 0);

	(void)inet_pton(AF_INET6, host, &in6.sin6_addr);
	(void)inet_pton(AF_INET, host, &in.sin_addr);
	if (fd == -1 || bind(fd, address, length) == -1) {
		must(six);
		fds[index_of(bit)] = -1;
		return;
	}
	must(!listens || listen(fd, 5) == 0);
	must(getsockname(fd, address, &length) == 0);
	ports[index_of(bit)] = ntohs(six ? in6.sin6_port : in.sin_port);
	put(bit, fd);
}

static void
put_unix(int bit, int type, const char *name, size_t name_length, bool listens)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, name, name_length);
	must(bind(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name_length)) ==
	    0);
	must(!listens || listen(fd, 5) == 0);
	put(bit, fd);
}

static void
make_all(const char *abstract, size_t abstract_length)
{
	struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons(9) };
	int pair[2];

	put_inet(TCP, SOCK_STREAM, "127.0.0.1", true);
	put_inet(TCP_BOUND, SOCK_STREAM, "127.0.0.1", false);
	put_inet(TCP6, SOCK_STREAM, "::1", true);
	put_inet(TCP_MAPPED, SOCK_STREAM, "::ffff:127.0.0.1", true);
	put_inet(UDP, SOCK_DGRAM, "127.0.0.1", false);
	put_inet(UDP_PEER, SOCK_DGRAM, "127.0.0.1", false);
	(void)inet_pton(AF_INET, "127.0.0.1", &peer.sin_addr);
	must(connect(fds[index_of(UDP_PEER)], (struct sockaddr *)&peer, sizeof(peer)) == 0);
	put_unix(PATH, SOCK_STREAM, "s", 2, true);
	put_unix(PATH_BOUND, SOCK_STREAM, "b", 2, false);
	put_unix(ABSTRACT, SOCK_STREAM, abstract, abstract_length, true);
	put_unix(DATAGRAM, SOCK_DGRAM, "d", 2, false);
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	put(PAIR, pair[0]);
	put(DELETED, open("g", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	must(unlink("g") == 0);
	put(FILE_READ, open("f", O_RDONLY | O_CREAT | O_CLOEXEC, 0600));
	must(pipe2(pair, O_CLOEXEC) == 0);
	put(PIPE_READ, pair[0]);
	put(PIPE_WRITE, pair[1]);
}

/* Checks that the selector TEXT selects exactly the descriptors in the bit set WANTED. */
static void
selects(const char *text, int wanted)
{
	static struct fd_facts facts;
	struct selector *selector;
	struct fail fail;
	int i, found = 0;

	selector = selector_parse(text, &fail);
	if (!ok(selector != NULL, "%s is a selector", text)) {
		diag("%s", fail.text);
		return;
	}
	for (i = 0; i < COUNT; i++) {
		if (fds[i] == -1) {
			wanted &= ~(1 << i);
			continue;
		}
		fd_probe(fds[i], &facts);
		found |= selector_matches(selector, getpid(), &facts) ? 1 << i : 0;
	}
	is_int(found, wanted, "%s selects the expected descriptors", text);
	selector_free(selector);
}

static void
selects_port(const char *before, int of, int wanted)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s%u", before, port(of));
	if (port(of) == 0)
		skip("IPv6 is not available", "%s", before);
	else
		selects(text, wanted);
}

static void
selects_path(const char *before, const char *name, int wanted)
{
	char text[96];

	(void)snprintf(text, sizeof(text), "%s%s/%s", before, home, name);
	selects(text, wanted);
}

static void
refused(const char *text, const char *why)
{
	struct fail fail;

	ok(selector_parse(text, &fail) == NULL, "%s is not a selector", text);
	ok(strncmp(fail.text, why, strlen(why)) == 0, "the error message for %s contains the reason", text);
}

static void
test_sockets(const char *abstract)
{
	char text[64];

	selects("all", ALL);
	selects("listening", TCP | TCP6 | TCP_MAPPED | PATH | ABSTRACT);
	selects_port("tcp-listen:", TCP, TCP);
	selects_port("tcp-listen:*:", TCP, TCP);
	selects_port("tcp-listen::", TCP, TCP);
	selects_port("tcp-listen:127.0.0.1:", TCP, TCP);
	selects_port("tcp-listen:127.0.0.2:", TCP, 0);
	selects_port("tcp-listen:[::1]:", TCP, 0);
	selects_port("tcp-listen:", TCP_BOUND, 0);
	selects_port("udp-listen:", TCP, 0);
	selects_port("tcp-listen:[::1]:", TCP6, TCP6);
	selects_port("tcp-listen:", TCP6, TCP6);
	selects_port("tcp-listen:127.0.0.1:", TCP6, 0);
	selects_port("tcp-listen:127.0.0.1:", TCP_MAPPED, TCP_MAPPED);
	selects_port("udp-listen:", UDP, UDP);
	selects_port("udp-listen:127.0.0.1:", UDP, UDP);
	selects_port("tcp-listen:", UDP, 0);
	selects_port("udp-listen:", UDP_PEER, 0);
	selects("unix-listen:./s", PATH);
	selects_path("unix-listen:", "s", PATH);
	selects_path("unix-listen:", "b", 0);
	selects_path("unix-listen:", "d", DATAGRAM);
	selects_path("unix-listen:", "nothing", 0);
	(void)snprintf(text, sizeof(text), "unix-listen:@%s", abstract);
	selects(text, ABSTRACT);
	(void)snprintf(text, sizeof(text), "unix-listen:@%sx", abstract);
	selects(text, 0);
	(void)snprintf(text, sizeof(text), "unix-listen:@%.*s", (int)strlen(abstract) - 1, abstract);
	selects(text, 0);
}

static void
test_kinds(void)
{
	const int sockets = TCP | TCP_BOUND | TCP6 | TCP_MAPPED | UDP | UDP_PEER | PATH | PATH_BOUND | ABSTRACT |
	    DATAGRAM | PAIR;

	selects("file:f", FILE_READ);
	selects_path("file:", "f", FILE_READ);
	selects_path("file:", "g", DELETED);
	selects_path("file:", "g (deleted)", DELETED);
	selects_path("file:", "nothing", 0);
	selects("kind:any", ALL);
	selects("kind:socket", sockets);
	selects("kind:pipe", PIPE_READ | PIPE_WRITE);
	selects("kind:pipe,regular", PIPE_READ | PIPE_WRITE | FILE_READ | DELETED);
	selects("kind:regular:w,pipe:r", DELETED | PIPE_READ);
	selects("kind:any:r", FILE_READ | PIPE_READ);
	selects("kind:any:rw", sockets);
	selects("kind:any:path", 0);
	selects("kind:socket:listening", TCP | TCP6 | TCP_MAPPED | PATH | ABSTRACT);
	selects("kind:socket:stream:inet", TCP | TCP_BOUND);
	selects("kind:socket:inet6", TCP6 | TCP_MAPPED);
	selects("kind:socket:dgram", UDP | UDP_PEER | DATAGRAM);
	selects("kind:socket:unix:dgram", DATAGRAM);
	selects("kind:socket:seqpacket", PAIR);
	selects("kind:memfd", 0);
}

static void
test_errors(void)
{
	refused("tcp-listen:", "missing port: expected [HOST:]PORT");
	refused("udp-listen:127.0.0.1:", "missing port: expected [HOST:]PORT");
	refused("tcp-listen:127.0.0.1:no-such-service", "cannot look up 127.0.0.1 port no-such-service: ");
	refused("tcp-listen:no-such-service", "cannot look up * port no-such-service: ");
	refused("file:", "missing path after file:");
	refused("nothing", "expected a descriptor number, all, listening, tcp-listen:[HOST:]PORT, ");
	refused("kind:stream", "unknown kind 'stream'; did you mean socket:stream?");
	refused("kind:pipe,rw", "unknown kind 'rw'; did you mean any:rw?");
	refused("kind:soket", "unknown kind 'soket'; did you mean socket?");
	refused("kind:file", "unknown kind 'file'; did you mean regular?");
	refused("kind:tcp", "unknown kind 'tcp'; did you mean socket:inet?");
	refused("kind:qqqqqqqq", "unknown kind 'qqqqqqqq': fdpass(5) lists the kinds");
	refused("kind:", "unknown kind ''");
	refused("kind:pipe:r:x", "unknown property 'x'");
	refused("kind:pipe:", "unknown property ''");
}

static void
actual_is(const char *required, int bit, const char *wanted)
{
	static struct fd_facts facts;
	char text[128];

	fd_probe(fds[index_of(bit)], &facts);
	kind_actual(required, &facts, text, sizeof(text));
	is_str(text, wanted, "the error for %s describes the descriptor as %s", required, wanted);
}

static void
test_actual(void)
{
	actual_is("pipe", FILE_READ, "regular");
	actual_is("regular:w", FILE_READ, "regular:r");
	actual_is("any:path", PIPE_WRITE, "pipe:w");
	actual_is("socket:inet:stream:listening", DATAGRAM, "socket:unix:dgram, not listening");
	actual_is("socket:listening", TCP, "socket:listening");
	actual_is("pipe,socket:inet6", TCP, "socket:inet");
	actual_is("socket:seqpacket", PAIR, "socket:seqpacket");
	actual_is("socket:rw", PAIR, "socket:rw");
	actual_is("listening", PIPE_READ, "pipe");
}

int
main(void)
{
	char name[32], clean[64];
	int length;

	if (mkdtemp(home) == NULL || chdir(home) == -1)
		return 99;
	length = snprintf(name, sizeof(name), "%cfdpass-select-%ld", '\0', (long)getpid());
	make_all(name, (size_t)length);
	test_sockets(name + 1);
	test_kinds();
	test_errors();
	test_actual();
	must(chdir("/") == 0);
	(void)snprintf(clean, sizeof(clean), "rm -rf '%s'", home);
	is_int(system(clean), 0, "the temporary directory is removed");
	return tap_done();
}
