/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_WORKER_CHILD_H
#define HOST_WORKER_CHILD_H

/*
 * The worker's side: what main() of tocsin-worker does.
 *
 *	tocsin-worker GROUP/NAME TIER PATH
 *
 * with the host's socket as descriptor 3 and the plugin's file as 4. Returns the exit status when the host
 * closes the socket: 0, or 1 when the host sent what it must not, 2 when it was not a host that started it.
 */
int worker_child_main(int argc, char **argv);

#endif
