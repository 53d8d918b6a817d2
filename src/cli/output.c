/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output on stdout; see output.h.
 *
 * stdio buffers, so a full disk or a closed pipe may show only at the end: output_end() asks for it, and
 * the first reason seen is kept. A command prints at most one JSON value, after all that it did.
 */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/printable.h"
#include "cli/report.h"

#define OUTPUT_CEILING ((size_t)1 << 30)

/* errno of the first write that failed; 0 while all is well. */
static int write_failure;

void output_begin(void)
{
	/* Opened the wrong way round: reading stdin, or writing to the others, fails as it did before. */
	static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};

	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
			abort();
}

static void render(const json_t *json, struct buffer *ret_text)
{
	buffer_init(ret_text, OUTPUT_CEILING);
	json_write(ret_text, json, JSON_STYLE_PAGE);
	buffer_byte(ret_text, '\n');
}

enum cli_exit output_buffer(const struct buffer *buffer)
{
	if (buffer_code(buffer))
		return report_no_memory();
	if (fwrite(buffer_text(buffer), 1, buffer->length, stdout) != buffer->length && !write_failure)
		write_failure = errno;
	return CLI_OK;
}

/* Rendered JSON, harmless for a terminal. All that needs an escape stands within text, where \uXXXX is one. */
static void make_printable(const struct buffer *text, struct buffer *ret_shown)
{
	const char *line = buffer_text(text);
	const char *end;

	buffer_init(ret_shown, OUTPUT_CEILING);
	ret_shown->code = text->code;
	for (; (end = strchr(line, '\n')); line = end + 1) {
		printable_add(ret_shown, line, (size_t)(end - line));
		buffer_byte(ret_shown, '\n');
	}
}

enum cli_exit output_json(json_t *json)
{
	struct buffer text, shown;
	enum cli_exit status;

	if (!json)
		return report_no_memory();
	render(json, &text);
	if (isatty(STDOUT_FILENO)) {
		make_printable(&text, &shown);
		buffer_release(&text);
		text = shown;
	}
	status = output_buffer(&text);
	buffer_release(&text);
	json_decref(json);
	return status;
}

/* Writes to a temporary file beside `path`, and gives it that name when everything is on disk. */
static int replace_file(const char *path, const char *temporary, int fd, const struct buffer *text)
{
	size_t done = 0;

	while (done < text->length) {
		const ssize_t written = write(fd, text->text + done, text->length - done);

		if (written < 0 && errno != EINTR)
			return -1;
		done += written > 0 ? (size_t)written : 0;
	}
	return fsync(fd) || rename(temporary, path) ? -1 : 0;
}

static bool is_no_regular_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* A pipe or a device cannot be replaced; it is written to. */
static int write_stream(const char *path, const struct buffer *text)
{
	FILE *file = fopen(path, "we");
	int failed;

	if (!file)
		return -1;
	failed = fwrite(text->text, 1, text->length, file) != text->length;
	return fclose(file) || failed ? -1 : 0;
}

static int write_file(const char *path, const struct buffer *text)
{
	struct buffer temporary;
	int fd, failed = -1;

	if (is_no_regular_file(path))
		return write_stream(path, text);
	buffer_init(&temporary, 8192);
	buffer_format(&temporary, "%s.%ld.new", path, (long)getpid());
	fd = buffer_code(&temporary) ? -1 : open(temporary.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd >= 0) {
		failed = replace_file(path, temporary.text, fd, text);
		if (failed) {
			const int reason = errno;

			unlink(temporary.text);
			errno = reason;
		}
		close(fd);
	}
	buffer_release(&temporary);
	return failed;
}

enum cli_exit output_json_file(const json_t *json, const char *path)
{
	struct buffer text;
	enum cli_exit status = CLI_OK;

	render(json, &text);
	if (buffer_code(&text))
		status = report_no_memory();
	else if (write_file(path, &text))
		status = report("cannot write %s: %s", path, strerror(errno));
	buffer_release(&text);
	return status;
}

enum cli_exit output_open(const char *path, FILE **ret_file)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return report("cannot write %s: %s", path, strerror(errno));
	*ret_file = file;
	return CLI_OK;
}

enum cli_exit output_json_close(const json_t *json, FILE *file, const char *path)
{
	struct buffer text;
	enum cli_exit status = CLI_OK;
	int failed;

	render(json, &text);
	failed = fwrite(buffer_text(&text), 1, text.length, file) != text.length;
	if (buffer_code(&text))
		status = report_no_memory();
	if ((fclose(file) || failed) && !status)
		status = report("cannot write %s: %s", path, strerror(errno));
	buffer_release(&text);
	return status;
}

enum cli_exit output_end(enum cli_exit status)
{
	if ((fflush(stdout) || ferror(stdout)) && !write_failure)
		write_failure = errno ? errno : EIO;
	if (!write_failure)
		return status;
	report("cannot write to standard output: %s", strerror(write_failure));
	return status ? status : CLI_FAILED;
}

size_t output_width(FILE *stream)
{
	struct winsize size;

	if (!isatty(fileno(stream)))
		return 0;
	if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return 80;
}
