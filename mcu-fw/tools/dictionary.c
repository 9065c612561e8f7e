/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the rows of core/messages.h as the JSON that hosts expect. */
#include "mcu-fw/tools/dictionary.h"

#include <string.h>
#include <zlib.h>

#include "lang/json.h"
#include "mcu-fw/core/fifo_sensor.h"
#include "mcu-fw/core/i2c.h"
#include "mcu-fw/core/messages.h"
#include "mcu-fw/core/thermocouple.h"

#define FORMAT_u      "%u"
#define FORMAT_i      "%i"
#define FORMAT_hu     "%hu"
#define FORMAT_hi     "%hi"
#define FORMAT_c      "%c"
#define FORMAT_s      "%*s"
#define FORMAT_d      "%.*s"
#define P(name, type) " " #name "=" FORMAT_##type

#define RESPONSE(name, params)	     #name params,
#define COMMAND(name, flags, params) #name params,
static const char *const responses[] = {FW_RESPONSES(RESPONSE)};
static const char *const commands[] = {FW_COMMANDS(COMMAND)};
#define N(a) (sizeof(a) / sizeof(*(a)))

#define STRING(name, text) text,
static const char *const strings[] = {FW_STRINGS(STRING)};

/*
 * identify_response is 0 and identify 1; the others follow in order.  Numbers
 * from 96 on that fit one byte look negative on the wire and here.
 */
static int64_t
wire_id(size_t index)
{
	int64_t id = (int64_t)index + (index > 0);

	return id >= 96 && id < 128 ? id - 128 : id;
}

static void
add_messages(struct json *j)
{
	json_object(j, "commands");
	json_int(j, "identify offset=%u count=%c", 1);
	for (size_t i = 0; i < N(commands); i++)
		json_int(j, commands[i], wire_id(N(responses) + i));
	json_close(j);
	json_object(j, "responses");
	for (size_t i = 0; i < N(responses); i++)
		json_int(j, responses[i], wire_id(i));
	json_close(j);
}

static void
add_ranges(struct json *j, const struct dictionary_range *r)
{
	const char *open = NULL;

	for (; r->name; r++) {
		if (!open || strcmp(open, r->enumeration) != 0) {
			if (open)
				json_close(j);
			open = r->enumeration;
			json_object(j, open);
		}
		if (r->count == 1) {
			json_int(j, r->name, r->first);
			continue;
		}
		json_array(j, r->name);
		json_int(j, NULL, r->first);
		json_int(j, NULL, r->count);
		json_close(j);
	}
	if (open)
		json_close(j);
}

/* Numbers that have names, the same on every board. */
static void
add_enumerations(struct json *j)
{
	json_object(j, "i2c_bus_status");
	json_int(j, "SUCCESS", I2C_SUCCESS);
	json_int(j, "NACK", I2C_NACK);
	json_int(j, "BUS_TIMEOUT", I2C_BUS_TIMEOUT);
	json_int(j, "START_NACK", I2C_START_NACK);
	json_int(j, "START_READ_NACK", I2C_START_READ_NACK);
	json_close(j);
	json_object(j, "thermocouple_type");
	json_int(j, "MAX31855", MAX31855);
	json_int(j, "MAX31856", MAX31856);
	json_int(j, "MAX31865", MAX31865);
	json_int(j, "MAX6675", MAX6675);
	json_close(j);
	json_object(j, "bus_oid_type");
	json_int(j, "spi", BUS_SPI);
	json_int(j, "i2c", BUS_I2C);
	json_close(j);
	json_object(j, "lis_chip_type");
	json_int(j, "LIS2DW", FIFO_LIS2DW);
	json_int(j, "LIS3DH", FIFO_LIS3DH);
	json_close(j);
	json_object(j, "static_string_id");
	for (size_t i = 0; i < N(strings); i++)
		json_int(j, strings[i], (int64_t)i + 2);
	json_close(j);
}

void
dictionary_json(struct buf *out, const struct dictionary *d)
{
	const struct dictionary_constant *c;
	struct json j;

	json_begin(&j, out);
	json_object(&j, NULL);
	json_string(&j, "app", "Gantry");
	json_string(&j, "license", "GPL-3.0-or-later");
	json_string(&j, "version", d->version);
	json_string(&j, "build_versions", "gantry " __VERSION__);
	add_messages(&j);
	json_object(&j, "config");
	for (c = d->constants; c->name; c++) {
		if (c->text)
			json_string(&j, c->name, c->text);
		else
			json_int(&j, c->name, c->number);
	}
	json_close(&j);
	json_object(&j, "enumerations");
	add_ranges(&j, d->ranges);
	add_enumerations(&j);
	json_close(&j);
	json_close(&j);
}

int
dictionary_compress(struct buf *out, const struct buf *json)
{
	uLongf size = compressBound((uLong)json->len);

	buf_grow(out, size);
	if (compress2((Bytef *)out->data + out->len, &size,
		(const Bytef *)json->data, (uLong)json->len, 9) != Z_OK)
		return -1;
	out->len += size;
	out->data[out->len] = '\0';
	return 0;
}
