/* SPDX-License-Identifier: Apache-2.0 */
/* The program "tocsin"; see cli/dispatch.c. */
#include "cli/dispatch.h"

int main(int argc, char **argv)
{
	return dispatch(argc, argv);
}
