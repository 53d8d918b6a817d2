/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_ADDRESS_H
#define DELIVERY_ADDRESS_H

/*
 * Internet addresses and what they are for.
 *
 * An IPv6 address that carries an IPv4 one (mapped, translated, NAT64, 6to4) is that IPv4 address here:
 * that is where the packets end.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <tocsin/error.h>

struct address {
	bool is_v6;
	uint8_t bytes[16]; /* four of them for IPv4 */
};

struct network {
	struct address address;
	unsigned prefix; /* bits that count */
};

enum address_use {
	ADDRESS_PUBLIC, /* reachable from anywhere */
	ADDRESS_LOOPBACK, /* this machine */
	ADDRESS_CLOSED, /* private, link-local, reserved, ... */
	ADDRESS_NEVER, /* metadata, multicast, unspecified, broadcast: no request may go there */
};

/* False when it is no IPv4 or IPv6 address. */
bool address_of_socket(const struct sockaddr *socket_address, struct address *ret_address);
bool address_parse(const char *text, struct address *ret_address);
bool address_is_same(const struct address *one, const struct address *other);

#define ADDRESS_TEXT_ROOM 48
const char *address_text(const struct address *address, char buffer[ADDRESS_TEXT_ROOM]);

/* What it is for, and in `*ret_name` what it is called, such as "a private address". Static text. */
enum address_use address_judge(const struct address *address, const char **ret_name);

/* Reads "10.0.0.0/8", "fd00::/8" or one address. The sentence names what was written. */
enum tocsin_code network_read(const char *text, struct network *ret_network, struct tocsin_error *err);
bool network_holds(const struct network *network, const struct address *address);

#endif
