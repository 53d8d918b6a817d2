/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What contracts, calls and workers cost.
 *
 * Every row is the median of several samples and stands beside a floor that was measured in the same run:
 * absolute times depend on the machine and its load, ratios much less. Prints JSON; bench/table.py makes the
 * table. No row is a test.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tocsin/host.h>

#include "base/clock.h"
#include "base/json.h"
#include "contract/manifest.h"
#include "contract/result.h"
#include "host/instance.h"
#include "host/worker.h"
#include "loader/directory.h"
#include "loader/file.h"

#define SAMPLES 15
#define MANY 1000

/* What the rows share: one adapter, as a file and loaded. */
struct bench {
	const char *path;
	const char *program; /* tocsin-worker */
	const char *many; /* directory with MANY plugins */
	void *library;
	const struct tocsin_plugin *table;
	struct tocsin_host host;
	struct plugin *plugin;
	struct tocsin_instance *instance;
	json_t *settings;
	json_t *arguments;
	struct bound_values bound_settings;
	struct bound_values bound_arguments;
	struct plugin_file file;
	struct worker *worker;
	json_t *rows;
};

typedef void bench_once(struct bench *bench);

static void must(enum tocsin_code code, const struct tocsin_error *err, const char *what)
{
	char line[TOCSIN_ERROR_ROOM];

	if (!code)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, tocsin_error_line(err, line, sizeof(line)));
	exit(1);
}

static void require(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

static int by_value(const void *one, const void *other)
{
	const double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

/* The median time of one call, in nanoseconds. */
static double measure(struct bench *bench, bench_once *once, unsigned calls)
{
	double samples[SAMPLES];

	once(bench);
	for (size_t i = 0; i < SAMPLES; i++) {
		const int64_t start = clock_monotonic_ns();

		for (unsigned n = 0; n < calls; n++)
			once(bench);
		samples[i] = (double)(clock_monotonic_ns() - start) / calls;
	}
	qsort(samples, SAMPLES, sizeof(samples[0]), by_value);
	return samples[SAMPLES / 2];
}

/* Adds a row; `floor` is the row it is compared with, NULL when it is one. */
static double row(struct bench *bench, const char *name, bench_once *once, unsigned calls, const char *floor,
		  double floor_ns)
{
	const double ns = measure(bench, once, calls);
	json_t *entry = json_pack("{s:s, s:f, s:s?}", "name", name, "ns", ns, "floor", floor);

	if (floor)
		json_put(entry, "ratio", json_real(ns / floor_ns));
	require(json_array_append_new(bench->rows, entry) == 0, "no memory");
	return ns;
}

static void read_bytes(struct bench *bench)
{
	static char bytes[256 * 1024];
	const int fd = open(bench->path, O_RDONLY | O_CLOEXEC);
	struct stat state;

	require(fd >= 0 && fstat(fd, &state) == 0 && read(fd, bytes, sizeof(bytes)) > 0, "cannot read the adapter");
	close(fd);
}

static void read_contract(struct bench *bench)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin_file file;
	struct plugin *plugin;

	must(plugin_file_open(bench->path, &file, &err), &err, "opening");
	must(plugin_file_contract(&file, &plugin, &err), &err, "reading");
	plugin_unref(plugin);
	plugin_file_close(&file);
}

static void load_library(struct bench *bench)
{
	void *library = dlopen(bench->path, RTLD_NOW | RTLD_LOCAL);

	require(library && dlsym(library, TOCSIN_PLUGIN_SYMBOL), "cannot load the adapter");
	dlclose(library);
}

static void manifest_of_many(struct bench *bench)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct registry registry = {0};
	json_t *manifest;
	char *text;

	must(loader_add_directory(&registry, bench->many, NULL, NULL, &err), &err, "reading many");
	require(registry.count == MANY, "not all plugins were read");
	manifest = registry_manifest(&registry, NULL);
	text = json_text(manifest, JSON_STYLE_PAGE);
	require(text != NULL, "no memory");
	mem_free(text);
	json_decref(manifest);
	registry_release(&registry);
}

/* The floor of all calls: the adapter's function, its arguments ready, its result thrown away. */
static void bare_call(struct bench *bench)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_result result;

	result_init(&result, NULL, NULL);
	must(bench->table->actions.items[0].run(bench->bound_settings.memory, bench->bound_arguments.memory, &result,
						&err),
	     &err, "calling");
	result_release(&result);
}

static void instance_call(struct bench *bench)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *value;

	must(instance_invoke(bench->instance, "deliver", bench->arguments, &value, &err), &err, "invoking");
	json_decref(value);
}

static void disabled_call(struct bench *bench)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *value;

	require(instance_invoke(bench->instance, "deliver", bench->arguments, &value, &err) == TOCSIN_DISABLED,
		"a disabled action ran");
}

static struct tocsin_instance *construct_in(struct bench *bench)
{
	const struct instance_options options = {.place = TOCSIN_IN_PROCESS, .secrets = SECRETS_MASK};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct problems problems = {0};
	struct tocsin_instance *instance;

	must(instance_new(&bench->host, bench->plugin, NULL, &options, &instance, &problems, &err), &err,
	     "constructing");
	return instance;
}

static void construct(struct bench *bench)
{
	instance_free(construct_in(bench));
}

static void start_worker(struct bench *bench)
{
	const struct worker_options options = {.program = bench->program,
					       .plugin_fd = bench->file.fd,
					       .plugin = bench->plugin,
					       .settings = bench->settings};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct worker *worker;

	must(worker_start(&options, &worker, &err), &err, "starting a worker");
	worker_free(worker);
}

static void round_trip(struct bench *bench)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct worker_reply reply;

	must(worker_call(bench->worker, bench->plugin->actions, bench->arguments, NULL, 1000, &reply, &err), &err,
	     "calling a worker");
	worker_reply_release(&reply);
}

static void pin(int pid, int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)cpu, &cpus);
	require(sched_setaffinity(pid, sizeof(cpus), &cpus) == 0, "cannot choose a CPU");
}

static void free_of_pins(int pid)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_ONLN); cpu++)
		CPU_SET((size_t)cpu, &cpus);
	require(sched_setaffinity(pid, sizeof(cpus), &cpus) == 0, "cannot choose CPUs");
}

/* A copy of the adapter with another name of the same length, MANY times. */
static void make_many(struct bench *bench)
{
	static char bytes[256 * 1024];
	const int fd = open(bench->path, O_RDONLY | O_CLOEXEC);
	const ssize_t length = fd >= 0 ? read(fd, bytes, sizeof(bytes)) : -1;
	char *name = length > 0 ? memmem(bytes, (size_t)length, "\0console", 9) : NULL;

	require(name != NULL, "the console adapter does not hold its name");
	close(fd);
	for (unsigned i = 0; i < MANY; i++) {
		char path[512], number[8];
		FILE *file;

		snprintf(number, sizeof(number), "c%06u", i);
		memcpy(name + 1, number, 7);
		snprintf(path, sizeof(path), "%s/%s.so", bench->many, number);
		file = fopen(path, "w");
		require(file && fwrite(bytes, 1, (size_t)length, file) == (size_t)length && fclose(file) == 0,
			"cannot write a copy");
	}
}

static void remove_many(struct bench *bench)
{
	for (unsigned i = 0; i < MANY; i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/c%06u.so", bench->many, i);
		unlink(path);
	}
	rmdir(bench->many);
}

static void set_up(struct bench *bench)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct problems problems = {0};
	const struct action *action;

	bench->library = dlopen(bench->path, RTLD_NOW | RTLD_LOCAL);
	require(bench->library != NULL, "cannot load the adapter");
	bench->table = dlsym(bench->library, TOCSIN_PLUGIN_SYMBOL);
	require(bench->table != NULL, "the adapter has no table");
	must(plugin_compile(bench->table, PLUGIN_LIVE, bench->path, &bench->plugin, &err), &err, "compiling");
	must(registry_add(&bench->host.registry, bench->plugin, &err), &err, "registering");
	action = bench->plugin->actions;
	bench->arguments = json_pack("{s:s, s:s, s:s}", "title", "Disk full", "severity", "critical", "summary",
				     "/var on db-1 has 0 bytes left");
	must(values_check(bench->plugin->fields, bench->plugin->field_count, NULL, "", &bench->settings, &problems),
	     &err, "settings");
	must(values_bind(bench->plugin->fields, bench->plugin->field_count, bench->plugin->settings_size,
			 bench->settings, &bench->bound_settings, &err),
	     &err, "binding settings");
	must(values_bind(action->parameters, action->parameter_count, action->arguments_size, bench->arguments,
			 &bench->bound_arguments, &err),
	     &err, "binding arguments");
	bench->instance = construct_in(bench);
	must(plugin_file_open(bench->path, &bench->file, &err), &err, "opening the adapter");
}

static void tear_down(struct bench *bench)
{
	worker_free(bench->worker);
	instance_free(bench->instance);
	plugin_file_close(&bench->file);
	bound_values_release(&bench->bound_settings);
	bound_values_release(&bench->bound_arguments);
	json_decref(bench->settings);
	json_decref(bench->arguments);
	plugin_unref(bench->plugin);
	host_release(&bench->host);
	json_decref(bench->rows);
	dlclose(bench->library);
}

static void measure_reading(struct bench *bench)
{
	const char *floor = "read the file's bytes";
	const double ns = row(bench, floor, read_bytes, 500, NULL, 0);

	row(bench, "read a contract, nothing executed", read_contract, 500, floor, ns);
	dlclose(bench->library); /* or dlopen() would only count references */
	row(bench, "dlopen, dlsym, dlclose", load_library, 200, floor, ns);
	bench->library = dlopen(bench->path, RTLD_NOW | RTLD_LOCAL);
	require(bench->library && dlsym(bench->library, TOCSIN_PLUGIN_SYMBOL), "cannot load the adapter again");
	make_many(bench);
	row(bench, "manifest of 1,000 plugins, from disk to text", manifest_of_many, 1, floor, ns);
	remove_many(bench);
}

static void measure_calls(struct bench *bench)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	const char *floor = "bare call of the action's function";
	const double ns = row(bench, floor, bare_call, 20000, NULL, 0);

	row(bench, "construct an instance: check, coerce, default", construct, 2000, floor, ns);
	row(bench, "recorded call", instance_call, 10000, floor, ns);
	instance_record(bench->instance, false);
	row(bench, "the same, recording off", instance_call, 10000, floor, ns);
	instance_record(bench->instance, true);
	must(switches_off(&bench->host.switches, "delivery", "console", NULL, "measuring", 0, &err), &err, "disabling");
	row(bench, "disabled call", disabled_call, 10000, floor, ns);
	must(switches_on(&bench->host.switches, "delivery", "console", NULL, &err), &err, "enabling");
}

static void measure_workers(struct bench *bench, double *ret_floor)
{
	const struct worker_options options = {.program = bench->program,
					       .plugin_fd = bench->file.fd,
					       .plugin = bench->plugin,
					       .settings = bench->settings};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	const char *floor = "bare call of the action's function";

	*ret_floor = measure(bench, bare_call, 20000);
	row(bench, "start a worker and end it", start_worker, 10, floor, *ret_floor);
	must(worker_start(&options, &bench->worker, &err), &err, "starting a worker");
	pin(0, 0);
	pin(worker_pid(bench->worker), 0);
	row(bench, "round trip to a worker, same CPU", round_trip, 2000, floor, *ret_floor);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1) {
		pin(worker_pid(bench->worker), 1);
		row(bench, "round trip to a worker, across CPUs", round_trip, 2000, floor, *ret_floor);
	}
	free_of_pins(0);
}

int main(int argc, char **argv)
{
	char many[] = "/tmp/tocsin-bench-XXXXXX";
	struct bench bench = {.many = many};
	double floor;
	char *text;

	require(argc == 3, "usage: bench CONSOLE.so TOCSIN-WORKER");
	bench.path = argv[1];
	bench.program = argv[2];
	bench.rows = json_array();
	require(bench.rows && mkdtemp(many), "cannot make a directory");
	set_up(&bench);
	measure_reading(&bench);
	measure_calls(&bench);
	measure_workers(&bench, &floor);
	text = json_text(bench.rows, JSON_STYLE_PAGE);
	require(text && puts(text) >= 0, "cannot print");
	mem_free(text);
	tear_down(&bench);
	return 0;
}
