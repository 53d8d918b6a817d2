/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

/*
 * SIGINT and SIGTERM as a question that a long command asks between its steps, so that it can still say
 * what it did. The second signal ends the program at once.
 */

#include <stdbool.h>
#include <stdint.h>

/* From now on. A signal that is ignored, as of programs in the background, stays ignored. */
void interrupt_catch(void);
bool interrupt_came(void);

/* Sleeps until this moment of the monotonic clock, or for as long as no signal comes. */
void interrupt_sleep(int64_t until_ns);

#endif
