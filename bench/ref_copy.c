/* SPDX-License-Identifier: ISC */
/* Reference program: copies a stream of data from descriptor 0 to descriptor 1. */
#include <sys/socket.h>
#include <unistd.h>

int
main(void)
{
	static char data[262144];
	ssize_t n;

	while ((n = recv(0, data, sizeof(data), 0)) > 0)
		if (write(1, data, (size_t)n) != n)
			return 1;
	return 0;
}
