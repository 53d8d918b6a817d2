/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker that lies. What it does is in the settings of the "start" message:
 *
 *	manifest   what it says it has loaded
 *	first      text to send instead of "ready"
 *	answer     text to answer every call with; each @ becomes the call's id
 *	how        how to send the answer, see below; "" for as it should be
 */
#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET 3

static void send_all(const char *bytes, size_t length)
{
	while (length) {
		const ssize_t put = send(SOCKET, bytes, length, MSG_NOSIGNAL);

		if (put <= 0)
			_exit(5);
		bytes += put;
		length -= (size_t)put;
	}
}

static void send_head(size_t length)
{
	const unsigned char head[4] = {(unsigned char)(length >> 24), (unsigned char)(length >> 16),
				       (unsigned char)(length >> 8), (unsigned char)length};

	send_all((const char *)head, 4);
}

static void send_frame(const char *text, size_t length)
{
	send_head(length);
	send_all(text, length);
}

/* In one write, so that nothing can come between. */
static void send_frame_at_once(const char *text, size_t length, const char *more, size_t more_length)
{
	char *bytes = malloc(4 + length + more_length);

	if (!bytes)
		_exit(6);
	bytes[0] = (char)(length >> 24);
	bytes[1] = (char)(length >> 16);
	bytes[2] = (char)(length >> 8);
	bytes[3] = (char)length;
	memcpy(bytes + 4, text, length);
	memcpy(bytes + 4 + length, more, more_length);
	send_all(bytes, 4 + length + more_length);
	free(bytes);
}

static void receive_all(char *bytes, size_t length)
{
	while (length) {
		const ssize_t got = recv(SOCKET, bytes, length, 0);

		if (got <= 0)
			_exit(0);
		bytes += got;
		length -= (size_t)got;
	}
}

static json_t *receive(void)
{
	unsigned char head[4];
	json_t *message;
	size_t length;
	char *bytes;

	receive_all((char *)head, 4);
	length = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	bytes = malloc(length);
	if (!bytes)
		_exit(6);
	receive_all(bytes, length);
	message = json_loadb(bytes, length, 0, NULL);
	free(bytes);
	return message;
}

/* The answer with the id put in. */
static char *filled(const char *answer, long long id)
{
	char *text = malloc(strlen(answer) * 2 + 32), *end = text;

	if (!text)
		_exit(6);
	for (; *answer; answer++) {
		if (*answer == '@')
			end += sprintf(end, "%lld", id);
		else
			*end++ = *answer;
	}
	*end = '\0';
	return text;
}

static void wait_forever(void)
{
	for (;;)
		pause();
}

static void give(const char *how, const char *text)
{
	const size_t length = strlen(text);

	if (!*how) {
		send_frame(text, length);
	} else if (strcmp(how, "twice") == 0) {
		send_frame_at_once(text, length, "", 0);
		send_frame(text, length);
	} else if (strcmp(how, "more") == 0) {
		send_frame_at_once(text, length, "x", 1);
	} else if (strcmp(how, "none") == 0) {
		wait_forever();
	} else if (strcmp(how, "empty") == 0) {
		send_head(0);
	} else if (strcmp(how, "huge") == 0) {
		send_head(1024 * 1024 + 1);
	} else if (strcmp(how, "most") == 0) {
		send_head(0xffffffff);
	} else if (strcmp(how, "half") == 0) {
		send_head(length);
		send_all(text, length / 2);
		wait_forever();
	} else if (strcmp(how, "half and exit") == 0) {
		send_head(length);
		send_all(text, length / 2);
		_exit(3);
	} else if (strcmp(how, "head and exit") == 0) {
		send_all("\0\0", 2);
		_exit(3);
	} else if (strcmp(how, "and exit") == 0) {
		send_frame(text, length);
		_exit(3);
	} else if (strcmp(how, "drip") == 0) {
		send_head(length);
		for (size_t i = 0; i < length; i++) {
			usleep(200);
			send_all(text + i, 1);
		}
	} else if (strcmp(how, "NUL") == 0) {
		send_frame(text, length + 1);
	} else {
		_exit(8);
	}
}

static const char *text_of(const json_t *settings, const char *key)
{
	const char *text = json_string_value(json_object_get(settings, key));

	return text ? text : "";
}

int main(void)
{
	json_t *start = receive();
	json_t *settings = json_object_get(start, "settings");
	const char *answer = text_of(settings, "answer");
	const char *how = text_of(settings, "how");
	const char *first = text_of(settings, "first");

	if (strcmp(how, "first") == 0) {
		give(text_of(settings, "first_how"), first);
		wait_forever();
	} else {
		json_t *ready =
			json_pack("{s:s, s:O}", "type", "ready", "manifest", json_object_get(settings, "manifest"));
		char *text = json_dumps(ready, JSON_COMPACT);

		if (strcmp(how, "unasked") == 0) {
			send_frame(text, strlen(text));
			send_frame("{}", 2);
			wait_forever();
		}
		send_frame(text, strlen(text));
		free(text);
		json_decref(ready);
	}
	if (strcmp(how, "no reading") == 0)
		wait_forever();
	if (strcmp(how, "before") == 0) {
		/* As soon as the first bytes of a call are there, and before the rest is read. */
		char byte;

		receive_all(&byte, 1);
		send_frame("{}", 2);
		wait_forever();
	}
	for (;;) {
		json_t *call = receive();
		char *text = filled(answer, (long long)json_integer_value(json_object_get(call, "id")));

		give(how, text);
		free(text);
		json_decref(call);
	}
}
