/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Families that talk to chips: drivers, thermocouples, sensors, lights. */
#include <stdio.h>
#include <string.h>

#include "mcu-fw/board/sim/sim.h"
#include "tests/unit/fw-chips.h"
#include "tests/unit/fw-host.h"
#include "tests/unit/tap.h"

static void
begin(uint32_t freq, const char *config)
{
	fw_freq = freq;
	fw_begin();
	fw_say(config);
	fw_forget();
}

static void
end(void)
{
	fw_end();
	sim_spi_exchange = NULL;
	sim_i2c_transfer = NULL;
}

/* --- TMC UART ------------------------------------------------------------ */

static void
test_tmcuart(const char *what)
{
	static struct uart_chip chip;

	memset(&chip, 0, sizeof(chip));
	chip.reg[2] = 7;
	uart_chip_on(&chip, "PA1");
	begin(1000000,
	    "allocate_oids count=1\nconfig_tmcuart oid=0 rx_pin=PA1 "
	    "pull_up=1 tx_pin=PA1 bit_time=100\nfinalize_config crc=1");
	fw_say("tmcuart_send oid=0 write=ea034820e4 read=10");
	fw_run(30000);
	is_str(fw_answer("tmcuart_response"),
	    "tmcuart_response oid=0 read=0afa4f20800002e820f1",
	    "%s: the count of a driver's writes", what);
	is_int(chip.bit_ticks, 100, "%s: at the speed asked for", what);
	fw_forget();
	fw_say("tmcuart_send oid=0 write=ea03083080000208b8dc read=0\n"
	       "tmcuart_send oid=0 write=ea034820e4 read=10");
	fw_run(60000);
	is_str(fw_answer("tmcuart_response"),
	    "tmcuart_response oid=0 read=", "%s: a write has no answer", what);
	is_int(fw_answers("tmcuart_response"), 1,
	    "%s: what comes while it is busy is dropped", what);
	fw_say("tmcuart_send oid=0 write=ea034820e4 read=10");
	fw_run(90000);
	is_int(chip.reg[0], 0xc0, "%s: a register is written", what);
	is_int(chip.reg[2], 8, "%s: the driver counted it", what);
	is_int(chip.n_bad, 0, "%s: nothing was garbled", what);
	fw_forget();
	chip.mute = true;
	fw_say("tmcuart_send oid=0 write=ea034820e4 read=10");
	fw_run(120000);
	is_str(fw_answer("tmcuart_response"), "tmcuart_response oid=0 read=",
	    "%s: silence ends in an empty answer", what);
	fw_say("tmcuart_send oid=0 write=ea034820e4 read=11");
	is_str(sim_shutdown_reason(), "tmcuart data too large",
	    "%s: more than a register", what);
	ok(!sim_pin("PA1")->is_output, "%s: the line is let go in a shutdown",
	    what);
	end();
	sim_pin("PA1")->read = NULL;
}

/* Two wires are joined by a resistor outside: the driver sees what is sent. */
static void
test_tmcuart_wires(void)
{
	static struct uart_chip chip;

	memset(&chip, 0, sizeof(chip));
	chip.reg[6] = 0x21000040;
	uart_chip_on(&chip, "PA1");
	sim_pin("PA2")->read = sim_pin("PA1")->read;
	sim_pin("PA2")->read_ctx = &chip;
	begin(16000000,
	    "allocate_oids count=1\nconfig_tmcuart oid=0 rx_pin=PA2 "
	    "pull_up=0 tx_pin=PA1 bit_time=1777\nfinalize_config crc=1");
	/* f5 00 06 and its CRC */
	fw_say("tmcuart_send oid=0 write=ea03c82094 read=10");
	fw_run(16000000);
	is_int(chip.n_bad, 0, "two wires: a request");
	is_str(fw_answer("tmcuart_response"),
	    "tmcuart_response oid=0 read=0afacfa090000208a8a7",
	    "two wires: its answer");
	end();
	sim_pin("PA1")->read = sim_pin("PA2")->read = NULL;
}

/* --- thermocouples ------------------------------------------------------- */

static void
test_thermocouple(const char *type, bool is_stream, const char *registers,
    const char *answer, const char *bad)
{
	static struct reg_chip chip;
	char line[300];
	unsigned at, v;
	int n;

	memset(&chip, 0, sizeof(chip));
	chip.is_stream = is_stream;
	for (const char *p = registers; sscanf(p, "%u:%x %n", &at, &v, &n) == 2;
	     p += n)
		chip.reg[at] = (uint8_t)v;
	reg_chip_on_spi(&chip, "PB0");
	snprintf(line, sizeof(line),
	    "allocate_oids count=2\nconfig_spi oid=0 pin=PB0 "
	    "cs_active_high=0\nspi_set_bus oid=0 spi_bus=spi1 mode=1 "
	    "rate=1000000\nconfig_thermocouple oid=1 spi_oid=0 "
	    "thermocouple_type=%s\nfinalize_config crc=1",
	    type);
	begin(1000000, line);
	fw_say("query_thermocouple oid=1 clock=10000 rest_ticks=300000 "
	       "min_value=0 max_value=4294967294 max_invalid_count=2");
	fw_run(20000);
	snprintf(line, sizeof(line),
	    "thermocouple_result oid=1 next_clock=310000 %s", answer);
	is_str(fw_answer("thermocouple_result"), line, "%s: a reading", type);
	sscanf(bad, "%u:%x %n", &at, &v, &n);
	chip.reg[at] = (uint8_t)v;
	fw_forget();
	fw_run(320000);
	snprintf(line, sizeof(line),
	    "thermocouple_result oid=1 next_clock=610000 %s", bad + n);
	is_str(fw_answer("thermocouple_result"), line, "%s: a fault", type);
	ok(!sim_is_shutdown(), "%s: one is borne", type);
	fw_run(620000);
	is_str(sim_shutdown_reason(), "Thermocouple reader fault",
	    "%s: two are not", type);
	end();
}

static void
test_thermocouple_errors(void)
{
	begin(1000000, "allocate_oids count=2\nconfig_spi_without_cs oid=0");
	fw_say("config_thermocouple oid=1 spi_oid=1 "
	       "thermocouple_type=MAX6675");
	is_str(sim_shutdown_reason(), "Invalid oid type", "no bus");
	end();
}

/* --- counters ------------------------------------------------------------ */

static bool
square(void *ctx)
{
	(void)ctx;
	return sim_clock / 1500 & 1;
}

static void
test_counter(void)
{
	sim_pin("PC1")->read = square;
	begin(1000000, "allocate_oids count=1\nconfig_counter oid=0 pin=PC1 "
		       "pull_up=1\nfinalize_config crc=1");
	fw_say("query_counter oid=0 clock=10000 poll_ticks=500 "
	       "sample_ticks=100000");
	fw_run(10001);
	fw_forget();
	fw_run(110001);
	is_str(fw_answer("counter_state"),
	    "counter_state oid=0 next_clock=110500 count=67 "
	    "count_clock=109500",
	    "edges of 100 ms, and when the last was");
	fw_forget();
	fw_say("query_counter oid=0 clock=0 poll_ticks=0 sample_ticks=0");
	fw_run(900000);
	is_int(fw_answers("counter_state"), 0, "until it is told to stop");
	end();
	sim_pin("PC1")->read = NULL;
}

/* --- lights -------------------------------------------------------------- */

static const char lights[] =
    "allocate_oids count=2\n"
    "config_neopixel oid=0 pin=PC2 data_size=6 bit_max_ticks=64 "
    "reset_min_ticks=800\n"
    "config_stepper oid=1 step_pin=PA0 dir_pin=PA1 invert_step=0 "
    "step_pulse_ticks=2\n"
    "finalize_config crc=1";

static void
test_neopixel(void)
{
	struct fw_pin *pin;
	uint8_t got[6] = {0};
	bool good = true;

	begin(16000000, lights);
	pin = fw_watch("PC2");
	fw_say("neopixel_update oid=0 pos=0 data=8001ff\n"
	       "neopixel_update oid=0 pos=3 data=55aa00\n"
	       "neopixel_send oid=0");
	is_str(fw_answer("neopixel_result"), "neopixel_result oid=0 success=1",
	    "lights: sent");
	is_int((long long)pin->n, 96, "lights: a pulse a bit");
	for (size_t i = 0; i + 1 < pin->n && i / 16 < 6; i += 2) {
		uint64_t high = pin->tick[i + 1] - pin->tick[i];

		good &= high == 4 || high == 13;
		if (i > 0)
			good &= pin->tick[i] - pin->tick[i - 2] >= 20;
		got[i / 16] = (uint8_t)(got[i / 16] << 1 | (high > 8));
	}
	ok(good, "lights: 250 or 812 ns high, 1250 ns or more in all");
	ok(memcmp(got, "\x80\x01\xff\x55\xaa\x00", 6) == 0,
	    "lights: the first bit is the highest");
	fw_say("neopixel_update oid=0 pos=4 data=000000");
	is_str(sim_shutdown_reason(), "Invalid neopixel update command",
	    "lights: more than there are");
	end();
	begin(16000000, "allocate_oids count=1");
	fw_say("config_neopixel oid=0 pin=PC2 data_size=40000 "
	       "bit_max_ticks=64 reset_min_ticks=800");
	is_str(sim_shutdown_reason(), "Invalid neopixel data_size",
	    "lights: too many");
	end();
}

/* --- accelerometers ------------------------------------------------------ */

static void
count_samples(struct reg_chip *c)
{
	size_t n = c->fifo_n / 6;

	c->reg[0x2f] = (uint8_t)(n > 31 ? 31 : n);
	if (n > 31)
		c->reg[0x2f] |= 0x40;
}

static void
count_bytes_big(struct reg_chip *c)
{
	c->reg[0x72] = (uint8_t)(c->fifo_n >> 8);
	c->reg[0x73] = (uint8_t)c->fifo_n;
	c->reg[0x3a] = c->fifo_n >= 510 ? 0x10 : 0;
}

static void
count_bytes_little(struct reg_chip *c)
{
	c->reg[0x22] = (uint8_t)c->fifo_n;
	c->reg[0x23] = (uint8_t)(c->fifo_n >> 8);
}

static void
fill(struct reg_chip *c, size_t samples)
{
	for (c->fifo_n = 0; c->fifo_n < samples * 6; c->fifo_n++)
		c->fifo[c->fifo_n] = (uint8_t)c->fifo_n;
}

/* 21 samples are two messages; the five behind them wait for the next. */
static void
test_fifo(struct reg_chip *chip, const char *config, const char *name,
    size_t too_many)
{
	char line[300];

	snprintf(line, sizeof(line),
	    "allocate_oids count=2\n%s\nfinalize_config crc=1", config);
	begin(1000000, line);
	fill(chip, 21);
	snprintf(line, sizeof(line), "query_%s oid=1 rest_ticks=2000", name);
	fw_say(line);
	fw_run(10000);
	is_int(fw_answers("sensor_bulk_data"), 2, "%s: two messages", name);
	is_str(fw_answer("sensor_bulk_data oid=1 sequence=1"),
	    "sensor_bulk_data oid=1 sequence=1 data="
	    "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f"
	    "505152535455565758595a5b5c5d5e5f",
	    "%s: samples in their order", name);
	fill(chip, 3);
	fw_forget();
	snprintf(line, sizeof(line), "query_%s_status oid=1", name);
	fw_say(line);
	ok(strstr(fw_answer("sensor_bulk_status"),
	       "next_sequence=2 buffered=48 possible_overflows=0"),
	    "%s: five samples here and three in the chip", name);
	fill(chip, too_many);
	fw_run(60000);
	fw_forget();
	fw_say(line);
	ok(!strstr(fw_answer("sensor_bulk_status"), "possible_overflows=0"),
	    "%s: an overflow is counted", name);
	fw_forget();
	snprintf(line, sizeof(line), "query_%s oid=1 rest_ticks=0", name);
	fw_say(line);
	fill(chip, 20);
	fw_run(200000);
	is_int(fw_answers("sensor_bulk_data"), 0, "%s: it can stop", name);
	ok(!sim_is_shutdown(), "%s: no complaint", name);
	end();
}

#define SPI                                                                    \
	"config_spi oid=0 pin=PB0 cs_active_high=0\n"                          \
	"spi_set_bus oid=0 spi_bus=spi1 mode=3 rate=1000000\n"
#define I2C                                                                    \
	"config_i2c oid=0\n"                                                   \
	"i2c_set_bus oid=0 i2c_bus=i2c1 rate=400000 address=104\n"

static void
test_accelerometers(void)
{
	static struct reg_chip chip;

	memset(&chip, 0, sizeof(chip));
	chip.fifo_at = 0x28;
	chip.fifo_wrap = 6;
	chip.count = count_samples;
	reg_chip_on_spi(&chip, "PB0");
	test_fifo(&chip,
	    SPI "config_lis2dw oid=1 bus_oid=0 bus_oid_type=spi "
		"lis_chip_type=LIS2DW",
	    "lis2dw", 32);
	/* over I2C the LIS3DH wants a bit for the next register */
	chip.fifo_at = 0xa8;
	reg_chip_on_i2c(&chip);
	memset(chip.reg, 0, sizeof(chip.reg));
	chip.count = NULL;
	begin(1000000, "allocate_oids count=2\n" I2C
		       "config_lis2dw oid=1 bus_oid=0 bus_oid_type=i2c "
		       "lis_chip_type=LIS3DH\nfinalize_config crc=1");
	fill(&chip, 9);
	chip.reg[0xaf] = 8;
	fw_say("query_lis2dw oid=1 rest_ticks=2000");
	fw_run(2000 + 2000); /* the bus takes 1.8 ms */
	ok(strstr(fw_answer("sensor_bulk_data"),
	       "sequence=0 data=000102030405060708"),
	    "lis3dh: over I2C");
	end();
	chip.fifo_at = 0x74;
	chip.fifo_wrap = 255;
	chip.count = count_bytes_big;
	reg_chip_on_i2c(&chip);
	test_fifo(&chip, I2C "config_mpu9250 oid=1 i2c_oid=0", "mpu9250", 85);
	chip.fifo_at = 0x24;
	chip.count = count_bytes_little;
	reg_chip_on_spi(&chip, "PB0");
	test_fifo(&chip, SPI "config_bmi160 oid=1 bus_oid=0 bus_oid_type=spi",
	    "bmi160", 170);
	begin(1000000, "allocate_oids count=2\n" I2C
		       "config_mpu9250 oid=1 i2c_oid=0\nfinalize_config crc=1");
	chip.absent = true;
	reg_chip_on_i2c(&chip);
	fw_say("query_mpu9250_status oid=1");
	is_str(sim_shutdown_reason(), "I2C START NACK", "a sensor is away");
	end();
	begin(1000000, "allocate_oids count=2\nconfig_i2c oid=0");
	fw_say("config_lis2dw oid=1 bus_oid=0 bus_oid_type=i2c "
	       "lis_chip_type=LIS2DW\nconfig_bmi160 oid=1 bus_oid=0 "
	       "bus_oid_type=i2c");
	is_str(sim_shutdown_reason(), "Can't assign oid", "an oid twice");
	end();
}

static void
test_config_reset(void)
{
	begin(1000000, "allocate_oids count=2\nfinalize_config crc=77");
	fw_say("config_reset");
	is_str(sim_shutdown_reason(),
	    "config_reset only available when shutdown",
	    "a configuration is not reset while it runs");
	fw_say("config_reset");
	fw_next_sequence = 0;
	is_str(fw_answer("starting"), "starting", "in a shutdown it is");
	fw_say("get_config");
	is_str(fw_answer("config"),
	    "config is_config=0 crc=0 is_shutdown=0 move_count=0",
	    "and nothing is left of it");
	end();
}

int
main(void)
{
	test_tmcuart("one wire");
	test_tmcuart_wires();
	test_thermocouple("MAX31855", true, "0:01 1:90 2:19 3:00",
	    "value=26220800 fault=0", "3:01 value=26220801 fault=1");
	test_thermocouple("MAX6675", true, "0:0c 1:80", "value=3200 fault=0",
	    "1:84 value=3204 fault=4");
	test_thermocouple("MAX31856", false, "12:01 13:90 14:20",
	    "value=102432 fault=0", "15:01 value=102432 fault=1");
	test_thermocouple("MAX31865", false, "1:40 2:20 7:00",
	    "value=16416 fault=0", "7:84 value=16416 fault=132");
	test_thermocouple_errors();
	test_counter();
	test_neopixel();
	test_accelerometers();
	test_config_reset();
	return done_testing();
}
