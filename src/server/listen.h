/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_LISTEN_H
#define SERVER_LISTEN_H

/* A TCP socket that listens at an address a person wrote. */

#include <tocsin/error.h>

#define LISTEN_URL_ROOM 64

/*
 * Opens a listening socket, non-blocking and closed on exec, at "HOST:PORT": HOST is an IPv4 address, an
 * IPv6 address in brackets or "localhost"; port 0 lets the system choose one. `ret_url` is
 * "http://HOST:PORT" with the address and the port that are really listened at.
 */
enum tocsin_code listen_open(const char *address, int *ret_fd, char ret_url[LISTEN_URL_ROOM], struct tocsin_error *err);

#endif
