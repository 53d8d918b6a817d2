/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses; see address.h.
 *
 * The tables follow the IANA registries of special-purpose addresses (RFC 6890 and its successors), and add
 * the metadata services of the cloud providers, which hand credentials to whoever asks. The first row that
 * holds an address decides, so rows of one address stand before the networks around them. What no row
 * names is public for IPv4; for IPv6 only 2000::/3 is, the rest is not given out.
 */
#include "delivery/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct special {
	uint8_t bytes[16];
	uint8_t prefix;
	enum address_use use;
	const char *name;
};

static const char metadata[] = "a cloud metadata service";

static const struct special special_v4[] = {
	{{169, 254, 169, 254}, 32, ADDRESS_NEVER, metadata}, /* AWS, Azure, Google, Oracle and others */
	{{169, 254, 170, 2}, 32, ADDRESS_NEVER, metadata}, /* AWS ECS */
	{{169, 254, 170, 23}, 32, ADDRESS_NEVER, metadata}, /* AWS EKS */
	{{169, 254, 0, 23}, 32, ADDRESS_NEVER, metadata}, /* Tencent */
	{{169, 254, 42, 42}, 32, ADDRESS_NEVER, metadata}, /* Scaleway */
	{{100, 100, 100, 200}, 32, ADDRESS_NEVER, metadata}, /* Alibaba */
	{{168, 63, 129, 16}, 32, ADDRESS_NEVER, metadata}, /* Azure's wire server */
	{{192, 0, 0, 192}, 32, ADDRESS_NEVER, metadata}, /* Oracle */
	{{0}, 8, ADDRESS_NEVER, "an unspecified address"},
	{{255, 255, 255, 255}, 32, ADDRESS_NEVER, "the broadcast address"},
	{{224}, 4, ADDRESS_NEVER, "a multicast address"},
	{{127}, 8, ADDRESS_LOOPBACK, "a loopback address"},
	{{10}, 8, ADDRESS_CLOSED, "a private address"},
	{{172, 16}, 12, ADDRESS_CLOSED, "a private address"},
	{{192, 168}, 16, ADDRESS_CLOSED, "a private address"},
	{{169, 254}, 16, ADDRESS_CLOSED, "a link-local address"},
	{{100, 64}, 10, ADDRESS_CLOSED, "a shared address (carrier-grade NAT)"},
	{{192, 0, 0}, 24, ADDRESS_CLOSED, "an address for protocol assignments"},
	{{192, 0, 2}, 24, ADDRESS_CLOSED, "an address for documentation"},
	{{198, 51, 100}, 24, ADDRESS_CLOSED, "an address for documentation"},
	{{203, 0, 113}, 24, ADDRESS_CLOSED, "an address for documentation"},
	{{192, 88, 99}, 24, ADDRESS_CLOSED, "a 6to4 relay address"},
	{{198, 18}, 15, ADDRESS_CLOSED, "an address for benchmarks"},
	{{240}, 4, ADDRESS_CLOSED, "a reserved address"},
};

static const struct special special_v6[] = {
	{{0xfd, 0, 0x0e, 0xc2, [14] = 0x02, 0x54}, 128, ADDRESS_NEVER, metadata}, /* AWS */
	{{0xfd, 0, 0x0e, 0xc2, [15] = 0x23}, 128, ADDRESS_NEVER, metadata}, /* AWS EKS */
	{{0xfd, 0x20, 0, 0xce, [14] = 0x02, 0x54}, 128, ADDRESS_NEVER, metadata}, /* Google */
	{{0xfd, 0, 0, 0x42, [15] = 0x42}, 128, ADDRESS_NEVER, metadata}, /* Scaleway */
	{{0}, 128, ADDRESS_NEVER, "an unspecified address"},
	{{0xff}, 8, ADDRESS_NEVER, "a multicast address"},
	{{[15] = 1}, 128, ADDRESS_LOOPBACK, "a loopback address"},
	{{0xfc}, 7, ADDRESS_CLOSED, "a unique local address"},
	{{0xfe, 0x80}, 10, ADDRESS_CLOSED, "a link-local address"},
	{{0xfe, 0xc0}, 10, ADDRESS_CLOSED, "a site-local address"},
	{{0, 0x64, 0xff, 0x9b, 0, 1}, 48, ADDRESS_CLOSED, "a local address for translation to IPv4"},
	{{0x20, 0x01}, 23, ADDRESS_CLOSED, "an address for protocol assignments"},
	{{0x20, 0x01, 0x0d, 0xb8}, 32, ADDRESS_CLOSED, "an address for documentation"},
	{{0x3f, 0xff}, 20, ADDRESS_CLOSED, "an address for documentation"},
	{{0x20}, 3, ADDRESS_PUBLIC, "a public address"},
	{{0}, 0, ADDRESS_CLOSED, "a reserved address"},
};

/* IPv6 networks whose addresses carry an IPv4 one, and where. */
static const struct {
	uint8_t bytes[12];
	uint8_t prefix;
	uint8_t offset;
} carriers[] = {
	{{[10] = 0xff, 0xff}, 96, 12}, /* ::ffff:0:0/96, mapped */
	{{[8] = 0xff, 0xff}, 96, 12}, /* ::ffff:0:0:0/96, translated */
	{{0, 0x64, 0xff, 0x9b}, 96, 12}, /* 64:ff9b::/96, NAT64 */
	{{0, 0x64, 0xff, 0x9b, 0, 1}, 96, 12}, /* 64:ff9b:1::/96, NAT64 as it is mostly used locally */
	{{0x20, 0x02}, 16, 2}, /* 2002::/16, 6to4 */
	{{0}, 96, 12}, /* ::/96, compatible; :: and ::1 are none */
};

static bool same_bits(const uint8_t *one, const uint8_t *other, unsigned bits)
{
	const unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(one, other, whole) != 0)
		return false;
	return !rest || ((one[whole] ^ other[whole]) >> (8 - rest)) == 0;
}

/* Makes an IPv6 address that carries an IPv4 one into the latter. */
static void unwrap(struct address *address)
{
	static const uint8_t none[15];

	if (!address->is_v6 || (memcmp(address->bytes, none, sizeof(none)) == 0 && address->bytes[15] < 2))
		return;
	for (size_t i = 0; i < COUNT_OF(carriers); i++)
		if (same_bits(address->bytes, carriers[i].bytes, carriers[i].prefix)) {
			struct address inner = {.is_v6 = false};

			memcpy(inner.bytes, address->bytes + carriers[i].offset, 4);
			*address = inner;
			return;
		}
}

bool address_of_socket(const struct sockaddr *socket_address, struct address *ret_address)
{
	struct address address = {0};

	if (socket_address->sa_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, socket_address, sizeof(v4));
		memcpy(address.bytes, &v4.sin_addr, 4);
	} else if (socket_address->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;

		memcpy(&v6, socket_address, sizeof(v6));
		address.is_v6 = true;
		memcpy(address.bytes, &v6.sin6_addr, 16);
	} else {
		return false;
	}
	unwrap(&address);
	*ret_address = address;
	return true;
}

/* Without unwrapping. */
static bool parse_plain(const char *text, struct address *ret_address)
{
	struct address address = {.is_v6 = strchr(text, ':') != NULL};

	if (inet_pton(address.is_v6 ? AF_INET6 : AF_INET, text, address.bytes) != 1)
		return false;
	*ret_address = address;
	return true;
}

bool address_parse(const char *text, struct address *ret_address)
{
	if (!parse_plain(text, ret_address))
		return false;
	unwrap(ret_address);
	return true;
}

bool address_is_same(const struct address *one, const struct address *other)
{
	return one->is_v6 == other->is_v6 && memcmp(one->bytes, other->bytes, sizeof(one->bytes)) == 0;
}

const char *address_text(const struct address *address, char buffer[ADDRESS_TEXT_ROOM])
{
	if (!inet_ntop(address->is_v6 ? AF_INET6 : AF_INET, address->bytes, buffer, ADDRESS_TEXT_ROOM))
		snprintf(buffer, ADDRESS_TEXT_ROOM, "?");
	return buffer;
}

enum address_use address_judge(const struct address *address, const char **ret_name)
{
	const struct special *table = address->is_v6 ? special_v6 : special_v4;
	const size_t count = address->is_v6 ? COUNT_OF(special_v6) : COUNT_OF(special_v4);

	for (size_t i = 0; i < count; i++)
		if (same_bits(address->bytes, table[i].bytes, table[i].prefix)) {
			*ret_name = table[i].name;
			return table[i].use;
		}
	*ret_name = "a public address";
	return ADDRESS_PUBLIC;
}

/* Whether bits are set behind the prefix. */
static bool has_more_bits(const struct network *network)
{
	const unsigned size = network->address.is_v6 ? 128 : 32;

	for (unsigned bit = network->prefix; bit < size; bit++)
		if (network->address.bytes[bit / 8] & (0x80u >> bit % 8))
			return true;
	return false;
}

enum tocsin_code network_read(const char *text, struct network *ret_network, struct tocsin_error *err)
{
	const char *slash = strchr(text, '/');
	const size_t length = slash ? (size_t)(slash - text) : strlen(text);
	const int shown = (int)text_prefix(text, 64);
	struct network network = {0};
	struct address carried;
	char plain[ADDRESS_TEXT_ROOM];
	int64_t prefix;

	if (length >= sizeof(plain))
		return tocsin_fail(err, TOCSIN_INVALID, "\"%.*s\" is no network such as 10.0.0.0/8 or fd00::/8", shown,
				   text);
	memcpy(plain, text, length);
	plain[length] = '\0';
	if (!parse_plain(plain, &network.address))
		return tocsin_fail(err, TOCSIN_INVALID, "\"%.*s\" is no network such as 10.0.0.0/8 or fd00::/8", shown,
				   text);
	network.prefix = network.address.is_v6 ? 128 : 32;
	if (slash) {
		if (slash[1] < '0' || slash[1] > '9' || !text_to_integer(slash + 1, &prefix) || prefix > network.prefix)
			return tocsin_fail(err, TOCSIN_INVALID, "the prefix of \"%.*s\" is no number from 0 to %u",
					   shown, text, network.prefix);
		network.prefix = (unsigned)prefix;
	}
	if (has_more_bits(&network))
		return tocsin_fail(err, TOCSIN_INVALID, "the address of \"%.*s\" has more bits than its prefix", shown,
				   text);
	carried = network.address;
	unwrap(&carried);
	if (network.address.is_v6 && !carried.is_v6)
		return tocsin_fail(err, TOCSIN_INVALID,
				   "\"%.*s\" is IPv4 inside IPv6, which is judged as IPv4: name the IPv4 network",
				   shown, text);
	*ret_network = network;
	return TOCSIN_OK;
}

bool network_holds(const struct network *network, const struct address *address)
{
	return network->address.is_v6 == address->is_v6 &&
	       same_bits(network->address.bytes, address->bytes, network->prefix);
}
