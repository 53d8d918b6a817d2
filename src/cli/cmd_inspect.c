/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tocsin inspect: what one plugin file is, before it is installed anywhere.
 *
 * The file is opened as a host would, digested and read through one descriptor. Nothing of it is mapped or
 * run. What a host would refuse is refused here, with the reason.
 */
#include "cli/commands.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/printable.h"
#include "cli/output.h"
#include "cli/report.h"
#include "contract/manifest.h"
#include "loader/file.h"

/* The processor that the file is for, from its header, which plugin_file_contract() has checked by now. */
static enum tocsin_code read_machine(const struct plugin_file *file, const char **ret_machine, struct tocsin_error *err)
{
	Elf64_Ehdr header;

	if (pread(file->fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return tocsin_fail(err, TOCSIN_IO, "cannot read the header of %s: %s", file->path, strerror(errno));
	*ret_machine = header.e_machine == EM_AARCH64 ? "aarch64" : "x86_64";
	return TOCSIN_OK;
}

static json_t *describe(const struct plugin_file *file, const char *path, const char *digest, const char *machine,
			const struct plugin *plugin)
{
	json_t *json = json_object();

	if (json_put(json, "path", printable_json(path)) || json_put(json, "sha256", json_string(digest)) ||
	    json_put(json, "bytes", json_integer((json_int_t)file->size)) ||
	    json_put(json, "machine", json_string(machine)) || json_put(json, "plugin", plugin_manifest(plugin))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static enum cli_exit run(const struct call *call)
{
	const char *path = call->operands[0];
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin_file file = {.fd = -1};
	struct plugin *plugin = NULL;
	const char *machine = NULL;
	char digest[PLUGIN_DIGEST_ROOM];
	enum cli_exit status = CLI_FAILED;

	if (plugin_file_open(path, &file, &err))
		return report_error(&err);
	if (plugin_file_digest(&file, digest, &err) || plugin_file_contract(&file, &plugin, &err) ||
	    read_machine(&file, &machine, &err))
		status = report_error(&err);
	else
		status = output_json(describe(&file, path, digest, machine, plugin));
	plugin_unref(plugin);
	plugin_file_close(&file);
	return status;
}

const struct command cmd_inspect = {
	.name = "inspect",
	.summary = "print the contract of a plugin file without loading it",
	.description = "Prints the file's SHA-256, which $sha256 in a configuration pins, its size, the processor it "
		       "is for, and the contract in it. The file is read, not loaded: none of its code runs. A "
		       "file that a host would refuse is refused here too, with the reason.",
	.operands =
		(const struct command_operand[]){
			{.name = "FILE", .completes = COMPLETES_FILES, .help = "the shared object (.so) of a plugin"},
			{.name = NULL},
		},
	.examples = (const char *const[]){"tocsin inspect ./build/adapters/webhook.so", NULL},
	.run = run,
};
