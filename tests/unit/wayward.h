/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_WAYWARD_H
#define TESTS_WAYWARD_H

/*
 * A small HTTP server in a thread of the test, that can misbehave. It takes one connection at a time, keeps
 * the bytes of the last request, and answers as the manner says. Include it behind cmocka.h.
 *
 *	wayward_start(&server);
 *	wayward_answer(&server, "HTTP/1.1 200 OK\r\n\r\n");    or    server.manner = WAYWARD_SILENT;
 *	... http://127.0.0.1:server.port/ ...
 *	wayward_stop(&server);
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum wayward_manner {
	WAYWARD_ANSWER, /* sends `answer` as it stands and closes */
	WAYWARD_ECHO, /* 200, and the request's own bytes as the body */
	WAYWARD_SILENT, /* takes the request and says nothing */
	WAYWARD_CLOSE, /* closes without an answer */
	WAYWARD_RESET, /* resets instead of answering */
	WAYWARD_RESET_IN_BODY, /* resets in the middle of the body */
	WAYWARD_SHORT_BODY, /* closes in the middle of the body */
	WAYWARD_DRIP_HEADERS, /* a byte of a header now and then, without end */
	WAYWARD_DRIP_BODY, /* a byte of the body now and then, without end */
	WAYWARD_ENDLESS_BODY, /* as fast as it can, without end */
	WAYWARD_ENDLESS_CHUNKS,
	WAYWARD_ENDLESS_HEADERS,
	WAYWARD_ENDLESS_LINE, /* of one header */
	WAYWARD_ENDLESS_CONTINUE, /* 100 Continue without end */
};

struct wayward {
	_Atomic enum wayward_manner manner;
	const char *answer;
	int listener;
	int port;
	pthread_t thread;
	atomic_bool stopped;
	atomic_int connections;
	char request[65536]; /* of the last connection */
	size_t request_length;
};

static inline bool wayward_send(int fd, const char *bytes, size_t length)
{
	while (length) {
		const ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		bytes += sent;
		length -= (size_t)sent;
	}
	return true;
}

static inline bool wayward_say(int fd, const char *text)
{
	return wayward_send(fd, text, strlen(text));
}

/* Waits; false when the client or the test has gone. */
static inline bool wayward_wait(const struct wayward *server, int fd, int ms)
{
	struct pollfd gone = {.fd = fd, .events = POLLRDHUP};

	for (; ms > 0; ms -= 20)
		if (server->stopped || poll(&gone, 1, 20) != 0)
			return false;
	return true;
}

/* Whether headers and body are there. */
static inline bool wayward_is_whole(const char *request, size_t length)
{
	const char *end = memmem(request, length, "\r\n\r\n", 4);
	const char *declared = end ? strcasestr(request, "content-length:") : NULL;
	const size_t body = declared && declared < end ? (size_t)atol(declared + 15) : 0;

	return end && length >= (size_t)(end - request) + 4 + body;
}

static inline void wayward_read(struct wayward *server, int fd)
{
	size_t length = 0;
	ssize_t got = 1;

	while (got > 0 && length < sizeof(server->request) - 1 && !wayward_is_whole(server->request, length)) {
		got = recv(fd, server->request + length, sizeof(server->request) - 1 - length, 0);
		length += got > 0 ? (size_t)got : 0;
		server->request[length] = '\0';
	}
	server->request_length = length;
}

static inline void wayward_reset(int fd)
{
	const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

static inline void wayward_repeat(struct wayward *server, int fd, const char *start, const char *text, int pause_ms)
{
	bool alive = wayward_say(fd, start);

	while (alive && !server->stopped)
		alive = wayward_say(fd, text) && (!pause_ms || wayward_wait(server, fd, pause_ms));
}

static inline void wayward_echo(const struct wayward *server, int fd)
{
	char head[128];

	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nX-Echo: %.40s\r\nContent-Length: %zu\r\n\r\n", "yes",
		 server->request_length);
	if (wayward_say(fd, head))
		wayward_send(fd, server->request, server->request_length);
}

static inline void wayward_act(struct wayward *server, int fd)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\n";
	const enum wayward_manner manner = server->manner;
	static char block[16385];

	memset(block, 'x', sizeof(block) - 1);
	switch (manner) {
	case WAYWARD_ANSWER:
		wayward_say(fd, server->answer);
		break;
	case WAYWARD_ECHO:
		wayward_echo(server, fd);
		break;
	case WAYWARD_SILENT:
		wayward_wait(server, fd, 60000);
		break;
	case WAYWARD_CLOSE:
		break;
	case WAYWARD_RESET:
		wayward_reset(fd);
		break;
	case WAYWARD_RESET_IN_BODY:
		wayward_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
		wayward_wait(server, fd, 100);
		wayward_reset(fd);
		break;
	case WAYWARD_SHORT_BODY:
		wayward_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
		break;
	case WAYWARD_DRIP_HEADERS:
		wayward_repeat(server, fd, "HTTP/1.1 200 OK\r\nX-Slow: ", "x", 60);
		break;
	case WAYWARD_DRIP_BODY:
		wayward_repeat(server, fd, "HTTP/1.1 200 OK\r\n\r\n", "x", 60);
		break;
	case WAYWARD_ENDLESS_BODY:
		wayward_repeat(server, fd, "HTTP/1.1 200 OK\r\n\r\n", block, 0);
		break;
	case WAYWARD_ENDLESS_CHUNKS:
		wayward_repeat(server, fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
			       "10\r\n0123456789abcdef\r\n", 0);
		break;
	case WAYWARD_ENDLESS_HEADERS:
		wayward_repeat(server, fd, ok, "X-Many: 0123456789012345678901234567890123456789\r\n", 0);
		break;
	case WAYWARD_ENDLESS_LINE:
		wayward_repeat(server, fd, "HTTP/1.1 200 OK\r\nX-Long: ", block, 0);
		break;
	case WAYWARD_ENDLESS_CONTINUE:
		wayward_repeat(server, fd, "", "HTTP/1.1 100 Continue\r\n\r\n", 0);
		break;
	}
}

static inline void *wayward_run(void *data)
{
	struct wayward *server = data;

	for (;;) {
		const int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0 || server->stopped) {
			if (fd >= 0)
				close(fd);
			return NULL;
		}
		server->connections++;
		wayward_read(server, fd);
		wayward_act(server, fd);
		close(fd);
	}
}

static inline void wayward_start(struct wayward *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(address);

	memset(server, 0, sizeof(*server));
	server->answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server->listener, 16), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &length), 0);
	server->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&server->thread, NULL, wayward_run, server), 0);
}

static inline void wayward_answer(struct wayward *server, const char *answer)
{
	server->answer = answer;
	server->manner = WAYWARD_ANSWER;
}

static inline void wayward_stop(struct wayward *server)
{
	server->stopped = true;
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listener);
}

#endif
