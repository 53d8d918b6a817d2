/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the contract of each file that is named, as any program of tocsin does, and prints one line of JSON for
 * each: {"manifest": ...} or {"code": ..., "error": [...]}. It does nothing else, so that a trace of its system
 * calls shows what reading a contract takes.
 */
#include <stdio.h>

#include "base/json.h"
#include "contract/manifest.h"
#include "loader/file.h"

static json_t *read_contract(const char *path)
{
	struct plugin_file file;
	struct plugin *plugin = NULL;
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *line = json_object(), *sentences = json_array();
	enum tocsin_code code = plugin_file_open(path, &file, &err);

	if (!code) {
		code = plugin_file_contract(&file, &plugin, &err);
		plugin_file_close(&file);
	}
	if (!code) {
		json_put(line, "manifest", plugin_manifest(plugin));
		plugin_unref(plugin);
		json_decref(sentences);
		return line;
	}
	for (size_t i = 0; i < err.count; i++)
		json_array_append_new(sentences, json_string(tocsin_error_at(&err, i)));
	json_put(line, "code", json_string(tocsin_code_name(err.code)));
	json_put(line, "error", sentences);
	return line;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		json_t *line = read_contract(argv[i]);
		char *text = json_text(line, JSON_STYLE_LINE);

		if (!text || puts(text) < 0)
			return 1;
		mem_free(text);
		json_decref(line);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
