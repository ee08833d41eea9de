/* SPDX-License-Identifier: ISC */
/*
 * A 32-bit x86 program without a C library, used to test watch. The program passes its standard input to itself, with a
 * timestamp, once with socketcall(2) and once with sendmsg(2) and recvmsg(2). On success, it exits with status 32.
 *
 * gcc -m32 -O1 -nostdlib -static -ffreestanding -fno-pic -fno-stack-protector -o passer32 passer32.c
 */
#define NR_exit	       1
#define NR_close       6
#define NR_socketcall  102
#define NR_setsockopt  366
#define NR_sendmsg     370
#define NR_recvmsg     372
#define SYS_SOCKETPAIR 8
#define SYS_SENDMSG    16
#define SYS_RECVMSG    17

struct iovec {
	void *base;
	unsigned int length;
};

struct msghdr {
	void *name;
	int name_length;
	struct iovec *buffers;
	unsigned int buffer_count;
	void *control;
	unsigned int control_length;
	unsigned int flags;
};

struct rights {
	unsigned int length;
	int level, type, fd;
};

static int
call(int number, int a, int b, int c, int d, int e)
{
	int result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
	return result;
}

static void
end(int status)
{
	call(NR_exit, status, 0, 0, 0, 0);
}

/*
 * Sends descriptor 0 from one end of the socket pair and receives it at the other end, with or without socketcall(2).
 */
static void
pass(int *pair, int with_socketcall)
{
	char data[3] = "32";
	unsigned char room[64];
	struct iovec buffer = { data, 2 };
	struct rights rights = { 16, 1, 1, 0 };
	struct msghdr m = { 0, 0, &buffer, 1, &rights, sizeof(rights), 0 };
	int args[4] = { pair[0], (int)&m, 0, 0 }, n;

	n = with_socketcall ? call(NR_socketcall, SYS_SENDMSG, (int)args, 0, 0, 0) :
			      call(NR_sendmsg, pair[0], (int)&m, 0, 0, 0);
	if (n != 2)
		end(1);
	m.control = room;
	m.control_length = sizeof(room);
	args[0] = pair[1];
	n = with_socketcall ? call(NR_socketcall, SYS_RECVMSG, (int)args, 0, 0, 0) :
			      call(NR_recvmsg, pair[1], (int)&m, 0, 0, 0);
	if (n != 2 || m.control_length < 16)
		end(2);
}

void
_start(void)
{
	int pair[2], on = 1, args[4] = { 1, 2, 0, (int)pair };

	if (call(NR_socketcall, SYS_SOCKETPAIR, (int)args, 0, 0, 0) != 0)
		end(3);
	pass(pair, 1);
	/* SO_TIMESTAMP: for a 32-bit program, a timestamp consists of two 32-bit numbers. */
	if (call(NR_setsockopt, pair[1], 1, 29, (int)&on, sizeof(on)) != 0)
		end(4);
	pass(pair, 0);
	end(32);
}
