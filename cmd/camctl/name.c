/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a camera may be called. */
#include <ctype.h>
#include <string.h>

#include "camctl.h"

bool
camera_name_ok(const char *s)
{
	size_t n = strlen(s);

	for (const char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_", *p))
			return false;
	return n > 0 && n <= 32;
}
