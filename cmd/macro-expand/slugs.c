/* SPDX-License-Identifier: GPL-3.0-or-later */
/* macro-expand: all that it may complain about, and the status of each. */
#include "base/die.h"
#include "cmd/macro-expand/macro-expand.h"

#include <string.h>

/* The page explains each, and the tests hold the three together. */
static const struct {
	const char *slug;
	enum cli_status status;
} diag_table[] = {
    {"unknown-section", EXIT_DONE},
    {"unknown-option", EXIT_DONE},
    {"template", EXIT_CONFIG},
    {"macro-gcode", EXIT_CONFIG},
    {"macro-name", EXIT_CONFIG},
    {"macro-file", EXIT_CONFIG},
    {"rename", EXIT_CONFIG},
    {"literal", EXIT_BAD_DATA},
    {"saved-variables", EXIT_CONFIG},
    {"undefined", EXIT_BAD_DATA},
    {"type", EXIT_BAD_DATA},
    {"divide", EXIT_BAD_DATA},
    {"value", EXIT_BAD_DATA},
    {"raised", EXIT_BAD_DATA},
    {"state", EXIT_BAD_DATA},
    {"limit", EXIT_BAD_DATA},
    {"recursion", EXIT_BAD_DATA},
    {"malformed", EXIT_BAD_DATA},
    {"parameter", EXIT_BAD_DATA},
    {"move", EXIT_BAD_DATA},
    {"heater", EXIT_BAD_DATA},
    {"range", EXIT_BAD_DATA},
    {"state-name", EXIT_BAD_DATA},
    {"mesh", EXIT_BAD_DATA},
    {"sd-file", EXIT_BAD_DATA},
    {"variable", EXIT_BAD_DATA},
    {"delayed", EXIT_BAD_DATA},
    {"shutdown", EXIT_BAD_DATA},
    {"unknown-command", EXIT_DONE},
    {"called", EXIT_DONE},
    {"state-json", EXIT_BAD_DATA},
    {"set", EXIT_BAD_USAGE},
    {"context", EXIT_BAD_DATA},
    {"eval", EXIT_DONE},
    {"m001", EXIT_NO},
    {"m002", EXIT_NO},
    {"m003", EXIT_NO},
    {"m004", EXIT_NO},
    {"m005", EXIT_NO},
    {"m006", EXIT_NO},
    {"m007", EXIT_NO},
    {"m008", EXIT_NO},
    {"cover-fails", EXIT_NO},
    {"cover-unreached", EXIT_NO},
};

enum cli_status
slug_status(const char *slug)
{
	for (size_t i = 0; i < sizeof(diag_table) / sizeof(diag_table[0]); i++)
		if (strcmp(diag_table[i].slug, slug) == 0)
			return diag_table[i].status;
	/* what printerconf(1) explains */
	if (strncmp(slug, "config-", 7) == 0)
		return EXIT_CONFIG;
	BUG("a complaint without a row: %s", slug);
}
