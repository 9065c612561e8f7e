/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a board's data dictionary: mkdict FILE.json FILE.c, at build time. */
#include <stdio.h>

#include "config.h"
#include "io/file.h"
#include "mcu-fw/tools/dictionary.h"
#include "proto/cubic.h"

#include BOARD_DICTIONARY

static const struct dictionary_constant constants[] = {
    BOARD_CONSTANTS{CUBIC_FRACTION_CONSTANT, CUBIC_FRACTION_DEFAULT, NULL},
    {NULL, 0, NULL}};
static const struct dictionary_range ranges[] = {
    BOARD_RANGES{NULL, NULL, 0, 0}};

static void
add_source(struct buf *out, const struct buf *data)
{
	buf_addf(out,
	    "/* made by mkdict */\n"
	    "#include \"mcu-fw/core/basic.h\"\n"
	    "#include \"mcu-fw/hal.h\"\n\n"
	    "static const uint8_t dictionary[%zu] HAL_FLASH = {",
	    data->len);
	for (size_t i = 0; i < data->len; i++)
		buf_addf(out, "%s0x%02x,", i % 12 ? " " : "\n\t",
		    (unsigned char)data->data[i]);
	buf_adds(out, "\n};\n\n"
		      "const uint8_t *\n"
		      "dictionary_data(uint32_t *size)\n"
		      "{\n"
		      "\t*size = sizeof(dictionary);\n"
		      "\treturn dictionary;\n"
		      "}\n");
}

int
main(int argc, char **argv)
{
	const struct dictionary d = {
	    constants, ranges, "gantry " GANTRY_VERSION};
	struct buf json = BUF_INIT, data = BUF_INIT, source = BUF_INIT;

	if (argc != 3) {
		fprintf(stderr, "usage: mkdict FILE.json FILE.c\n");
		return 64;
	}
	dictionary_json(&json, &d);
	if (dictionary_compress(&data, &json) != 0)
		return 71;
	add_source(&source, &data);
	if (file_replace(argv[1], json.data, json.len) != 0 ||
	    file_replace(argv[2], source.data, source.len) != 0) {
		perror("mkdict");
		return 74;
	}
	printf("  dictionary: %zu bytes, %zu compressed\n", json.len, data.len);
	buf_release(&json);
	buf_release(&data);
	buf_release(&source);
	return 0;
}
