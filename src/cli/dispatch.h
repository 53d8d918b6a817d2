/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_DISPATCH_H
#define CLI_DISPATCH_H

/* The program: finds the command, runs it, and gives what the process exits with. */
int dispatch(int argc, char **argv);

#endif
