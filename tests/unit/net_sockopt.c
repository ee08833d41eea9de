/* SPDX-License-Identifier: ISC */
/* Tests of parsing LEVEL:NAME[=VALUE], and of setting the specified socket option. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/compat.h"
#include "net/sockopt.h"
#include "tap.h"

static void
reads(const char *text, int level, int name, const void *value, size_t length)
{
	struct sockopt option;
	struct fail fail;

	if (!ok(sockopt_parse(text, &option, &fail) == 0, "%s is accepted", text)) {
		diag("%s", fail.text);
		return;
	}
	is_int(option.level, level, "%s has the expected level", text);
	is_int(option.name, name, "%s has the expected name", text);
	is_int(option.length, length, "the value of %s has the expected length", text);
	is_mem(option.value, value, length, "%s has the expected value", text);
}

static void
reads_int(const char *text, int level, int name, int value)
{
	reads(text, level, name, &value, sizeof(value));
}

static void
refuses(const char *text, const char *why)
{
	struct sockopt option;
	struct fail fail;

	ok(sockopt_parse(text, &option, &fail) == -1, "%s is refused", text);
	if (!ok(strstr(fail.text, why) != NULL, "the error contains: %s", why))
		diag("%s", fail.text);
}

static void
test_parse(void)
{
	struct timeval time;
	struct linger linger = { 1, 5 }, off = { 0, 0 };
	char longer[1024];

	reads_int("SOL_SOCKET:SO_PASSCRED", SOL_SOCKET, SO_PASSCRED, 1);
	reads_int("sol_socket:so_passcred=0", SOL_SOCKET, SO_PASSCRED, 0);
	reads_int("SOL_SOCKET:SO_RCVMARK", SOL_SOCKET, SO_RCVMARK, 1);
	reads_int("SOL_SOCKET:SO_MARK=0xffffffff", SOL_SOCKET, SO_MARK, -1);
	reads_int("SOL_SOCKET:SO_PEEK_OFF=-1", SOL_SOCKET, SO_PEEK_OFF, -1);
	reads_int("SOL_IP:IP_RECVERR", IPPROTO_IP, 11, 1);
	reads_int("IPPROTO_IP:IP_RECVERR", IPPROTO_IP, 11, 1);
	reads_int("IPPROTO_IPV6:IPV6_RECVPKTINFO=1", IPPROTO_IPV6, 49, 1);
	reads_int("SOL_UDP:UDP_GRO", 17, 104, 1);
	reads_int("263:8", 263, 8, 1);
	reads_int("0x107:PACKET_AUXDATA=1", 263, 8, 1);
	reads_int("4242:99=7", 4242, 99, 7);
	reads_int("SOL_SOCKET:SO_TIMESTAMPING=RX_SOFTWARE|SOF_TIMESTAMPING_SOFTWARE|0x80", SOL_SOCKET, SO_TIMESTAMPING,
	    1 << 3 | 1 << 4 | 0x80);
	reads("SOL_SOCKET:SO_BINDTODEVICE=lo", SOL_SOCKET, SO_BINDTODEVICE, "lo", 2);
	reads("SOL_TCP:TCP_CONGESTION=a=b:c", 6, 13, "a=b:c", 5);
	reads("SOL_SOCKET:SO_ATTACH_BPF=text:xy", SOL_SOCKET, SO_ATTACH_BPF, "xy", 2);
	reads("0:IP_PKTINFO=hex:01aBff", 0, 8, "\x01\xab\xff", 3);
	reads("0:8=hex:", 0, 8, "", 0);
	memset(&time, 0, sizeof(time));
	time.tv_sec = 1;
	time.tv_usec = 500000;
	reads("SOL_SOCKET:SO_RCVTIMEO=1.5", SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	reads("SOL_SOCKET:SO_LINGER=5", SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	reads("SOL_SOCKET:SO_LINGER=off", SOL_SOCKET, SO_LINGER, &off, sizeof(off));

	refuses("SO_PASSCRED", "expected LEVEL:NAME[=VALUE]");
	refuses("SO_PASSCRED=1:2", "expected LEVEL:NAME[=VALUE]");
	refuses("", "expected LEVEL:NAME[=VALUE]");
	refuses("SOL_SOKET:SO_PASSCRED", "unknown level SOL_SOKET");
	refuses("SOL_SOCKET:IP_TTL", "SOL_SOCKET has no option IP_TTL");
	refuses("SOL_SOCKET:", "SOL_SOCKET has no option ");
	refuses(":SO_PASSCRED", "unknown level ");
	refuses("4242:NAME", "4242 has no option NAME");
	refuses("SOL_SOCKET:SO_PASSCRED=yes", "the value is not a number");
	refuses("SOL_SOCKET:SO_PASSCRED=", "the value is not a number");
	refuses("SOL_SOCKET:SO_MARK=4294967296", "the value is not a number");
	refuses("SOL_SOCKET:SO_MARK=0x", "the value is not a number");
	refuses("SOL_SOCKET:SO_TIMESTAMPING", "missing value");
	refuses("SOL_SOCKET:SO_TIMESTAMPING=SOFT", "unknown flag SOFT");
	refuses("SOL_SOCKET:SO_LINGER=-1", "expected seconds or \"off\"");
	refuses("SOL_SOCKET:SO_RCVTIMEO=x", "the value is not a number");
	refuses("0:8=hex:0", "pairs of hexadecimal digits");
	refuses("0:8=hex:0g", "pairs of hexadecimal digits");
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	memcpy(longer, "1:13=text:", 10);
	refuses(longer, "too long");
	longer[300] = '\0';
	refuses(longer, "the value is longer than 256 bytes");
}

static void
test_apply(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), value = 0;
	socklen_t length = sizeof(value);
	struct sockopt option;
	struct fail fail;

	ok(sockopt_parse("SOL_SOCKET:SO_PASSCRED", &option, &fail) == 0 && sockopt_apply(fd, &option, &fail) == 0,
	    "SO_PASSCRED can be set");
	(void)getsockopt(fd, SOL_SOCKET, SO_PASSCRED, &value, &length);
	is_int(value, 1, "the kernel reports that SO_PASSCRED is set");
	(void)sockopt_parse("IPPROTO_IP:IP_TTL=9", &option, &fail);
	ok(sockopt_apply(fd, &option, &fail) == -1 && fail.err == EOPNOTSUPP,
	    "setting an option of another address family fails with EOPNOTSUPP");
	ok(strstr(fail.text, "cannot set socket option IPPROTO_IP:IP_TTL=9: ") == fail.text,
	    "the error message contains the socket option");
	close(fd);
}

int
main(void)
{
	test_parse();
	test_apply();
	return tap_done();
}
