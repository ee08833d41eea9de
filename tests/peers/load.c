/* SPDX-License-Identifier: ISC */
/*
 * Simulates concurrent clients that continuously send HTTP requests to a server, each request on a new connection: load
 * ADDRESS PORT CLIENTS STEP. Prints "N done" after every STEP requests. After SIGTERM, prints "N requests, N failed, N
 * ms at most, N answers", where the last number counts different answers, and exits. A request fails unless the status
 * of the response is 200. The first error is printed.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_ANSWERS 256
#define MAX_CLIENTS 64
#define LIMIT	    10 /* time limit for one request, in seconds */

static struct sockaddr_in address = { .sin_family = AF_INET };
static unsigned long step;
static volatile sig_atomic_t ending;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long done, failed, slowest;
static char answers[MAX_ANSWERS][64];
static size_t answer_count;

static void
end(int signal_number)
{
	(void)signal_number;
	ending = 1;
}

static unsigned long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (unsigned long)ts.tv_sec * 1000 + (unsigned long)ts.tv_nsec / 1000000;
}

/*
 * Makes one request and stores the body of the reply in BODY. Returns NULL, or the name of the operation that failed,
 * with errno.
 */
static const char *
request(char *body, size_t size)
{
	static const char text[] = "GET / HTTP/1.0\r\n\r\n";
	struct timeval limit = { .tv_sec = LIMIT };
	char response[4096], *at;
	const char *failure = "connect";
	size_t used = 0;
	ssize_t n = -1;
	int fd = socket(AF_INET, SOCK_STREAM, 0), saved;

	if (fd == -1)
		return "socket";
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		goto out;
	failure = "send";
	if (send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(text) - 1)
		goto out;
	failure = "receive";
	while (used < sizeof(response) - 1 && (n = recv(fd, response + used, sizeof(response) - 1 - used, 0)) > 0)
		used += (size_t)n;
	response[used] = '\0';
	if (n == -1)
		goto out;
	failure = "answer";
	errno = EPROTO;
	at = strstr(response, "\r\n\r\n");
	if (strncmp(response, "HTTP/1.", 7) != 0 || strncmp(response + 8, " 200", 4) != 0 || at == NULL ||
	    at[4] == '\0')
		goto out;
	snprintf(body, size, "%.*s", (int)size - 1, at + 4);
	failure = NULL;
out:
	saved = errno;
	close(fd);
	errno = saved;
	return failure;
}

static void
count_answer(const char *body)
{
	size_t i;

	for (i = 0; i < answer_count; i++)
		if (strcmp(answers[i], body) == 0)
			return;
	if (answer_count < MAX_ANSWERS)
		strcpy(answers[answer_count++], body);
}

static void
count(const char *failure, int error, const char *body, unsigned long took)
{
	pthread_mutex_lock(&lock);
	done++;
	if (took > slowest)
		slowest = took;
	if (failure == NULL)
		count_answer(body);
	else if (failed++ == 0)
		fprintf(stderr, "request %lu: %s: %s\n", done, failure, strerror(error));
	if (done % step == 0) {
		printf("%lu done\n", done);
		fflush(stdout);
	}
	pthread_mutex_unlock(&lock);
}

static void *
client(void *unused)
{
	char body[sizeof(answers[0])];
	const char *failure;
	unsigned long began;

	while (!ending) {
		began = now_ms();
		failure = request(body, sizeof(body));
		count(failure, errno, body, now_ms() - began);
	}
	return unused;
}

int
main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = end, .sa_flags = SA_RESTART };
	pthread_t threads[MAX_CLIENTS];
	int clients, i;

	if (argc != 5 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1 || (clients = atoi(argv[3])) < 1 ||
	    clients > MAX_CLIENTS || (step = strtoul(argv[4], NULL, 10)) == 0)
		errx(2, "usage: load ADDRESS PORT CLIENTS STEP");
	address.sin_port = htons((in_port_t)atoi(argv[2]));
	alarm(600);
	if (sigaction(SIGTERM, &action, NULL) == -1)
		err(1, "SIGTERM");
	for (i = 0; i < clients; i++)
		if ((errno = pthread_create(&threads[i], NULL, client, NULL)) != 0)
			err(1, "pthread_create");
	for (i = 0; i < clients; i++)
		pthread_join(threads[i], NULL);
	printf("%lu requests, %lu failed, %lu ms at most, %zu answers\n", done, failed, slowest, answer_count);
	return failed == 0 ? 0 : 1;
}
