/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may look: Basic credentials from a file that only we may read. */
#ifndef GANTRY_CAMCTL_AUTH_H
#define GANTRY_CAMCTL_AUTH_H

#include <stdbool.h>

#include "base/diag.h"

/* Lines USER:PASSWORD; empty lines and lines with # are skipped.  A file that
 * others can read is refused.  NULL: reported. */
struct auth;
struct auth *auth_load(const char *path, struct diag_sink *);
void auth_free(struct auth *);

/* header: the value of Authorization.  How long it takes tells nothing about
 * how much of it is right. */
bool auth_allows(const struct auth *, const char *header);

#endif
