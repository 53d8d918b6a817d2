/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP socket that listens at an address a person wrote; see listen.h.
 *
 * Names are not looked up: what a program listens at must not depend on a name server. Failures are the
 * caller's to report; nothing is left open.
 */
#include "server/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

#define BACKLOG 128

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static bool parse_port(const char *text, in_port_t *ret_port)
{
	int64_t port;

	if (!text_to_integer(text, &port) || port < 0 || port > UINT16_MAX || *text == '+' || *text == '-')
		return false;
	*ret_port = htons((uint16_t)port);
	return true;
}

/* Splits "HOST:PORT" at the last colon; brackets around the host are dropped. */
static bool split(const char *address, char ret_host[INET6_ADDRSTRLEN], bool *ret_brackets, const char **ret_port)
{
	const char *colon = strrchr(address, ':');
	size_t length = colon ? (size_t)(colon - address) : 0;
	const bool brackets = length > 1 && address[0] == '[' && colon[-1] == ']';

	if (brackets) {
		address++;
		length -= 2;
	}
	if (!length || length >= INET6_ADDRSTRLEN)
		return false;
	memcpy(ret_host, address, length);
	ret_host[length] = '\0';
	*ret_brackets = brackets;
	*ret_port = colon + 1;
	return true;
}

static enum tocsin_code parse(const char *text, union address *ret_address, socklen_t *ret_length,
			      struct tocsin_error *err)
{
	char host[INET6_ADDRSTRLEN];
	union address address = {0};
	bool brackets = false;
	const char *port_text;
	in_port_t port;

	if (!split(text, host, &brackets, &port_text))
		return tocsin_fail(err, TOCSIN_INVALID, "\"%s\" is not HOST:PORT, such as 127.0.0.1:9199", text);
	if (!parse_port(port_text, &port))
		return tocsin_fail(err, TOCSIN_INVALID, "the port in \"%s\" is not a number from 0 to 65535", text);
	if (brackets && inet_pton(AF_INET6, host, &address.six.sin6_addr) == 1) {
		address.six.sin6_family = AF_INET6;
		address.six.sin6_port = port;
		*ret_length = sizeof(address.six);
	} else if (!brackets &&
		   inet_pton(AF_INET, strcmp(host, "localhost") ? host : "127.0.0.1", &address.four.sin_addr) == 1) {
		address.four.sin_family = AF_INET;
		address.four.sin_port = port;
		*ret_length = sizeof(address.four);
	} else {
		return tocsin_fail(
			err, TOCSIN_INVALID,
			"the host in \"%s\" is not an IPv4 address, an IPv6 address in brackets or localhost", text);
	}
	*ret_address = address;
	return TOCSIN_OK;
}

static int open_socket(const union address *address, socklen_t length)
{
	const int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const int on = 1;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) || bind(fd, &address->any, length) ||
	    listen(fd, BACKLOG)) {
		const int reason = errno;

		close(fd);
		errno = reason;
		return -1;
	}
	return fd;
}

static int describe(int fd, char ret_url[LISTEN_URL_ROOM])
{
	union address address = {0};
	socklen_t length = sizeof(address);
	char host[INET6_ADDRSTRLEN];

	if (getsockname(fd, &address.any, &length))
		return -1;
	if (address.any.sa_family == AF_INET6 && inet_ntop(AF_INET6, &address.six.sin6_addr, host, sizeof(host)))
		snprintf(ret_url, LISTEN_URL_ROOM, "http://[%s]:%u", host, ntohs(address.six.sin6_port));
	else if (inet_ntop(AF_INET, &address.four.sin_addr, host, sizeof(host)))
		snprintf(ret_url, LISTEN_URL_ROOM, "http://%s:%u", host, ntohs(address.four.sin_port));
	else
		return -1;
	return 0;
}

enum tocsin_code listen_open(const char *address, int *ret_fd, char ret_url[LISTEN_URL_ROOM], struct tocsin_error *err)
{
	union address parsed = {0};
	socklen_t length = 0;
	enum tocsin_code code = parse(address, &parsed, &length, err);
	char url[LISTEN_URL_ROOM];
	int fd;

	if (code)
		return code;
	fd = open_socket(&parsed, length);
	if (fd < 0)
		return tocsin_fail(err, TOCSIN_IO, "cannot listen at %s: %s", address, strerror(errno));
	if (describe(fd, url)) {
		code = tocsin_fail(err, TOCSIN_IO, "cannot tell where %s listens: %s", address, strerror(errno));
		close(fd);
		return code;
	}
	memcpy(ret_url, url, sizeof(url));
	*ret_fd = fd;
	return TOCSIN_OK;
}
