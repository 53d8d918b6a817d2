/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOCSIN_TOCSIN_H
#define TOCSIN_TOCSIN_H

/* All that a plugin needs. Programs that host plugins include <tocsin/host.h>. */

#include <tocsin/error.h>
#include <tocsin/notification.h>
#include <tocsin/plugin.h>
#include <tocsin/result.h>

#endif
