/* SPDX-License-Identifier: Apache-2.0 */
/* tocsin-worker: the process in which one receiver's plugin code runs. */
#include "host/worker_child.h"

int main(int argc, char **argv)
{
	return worker_child_main(argc, argv);
}
