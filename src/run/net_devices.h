/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.netDevices: the parent reads and moves the interfaces, with its power
 * over the namespace where they are; init sets them up in its own.
 */
#ifndef URUN_RUN_NET_DEVICES_H
#define URUN_RUN_NET_DEVICES_H

#include "run/launch.h"

/* Parent, before anything is made: they are there, and which addresses they have. */
int net_devices_read(struct launch *l, struct error *e);

/* Parent, once init is in its namespace; tells it of each. */
int net_devices_move(struct launch *l, struct error *e);

/* Child: waits for each and sets it up. */
int net_devices_set_up(struct launch *l, int sync, struct error *e);

#endif
