/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configurations become machines; sensors keep their laws. */
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/num.h"
#include "machine/build.h"
#include "machine/machine.h"
#include "machine/screws.h"
#include "machine/tree.h"
#include "tests/unit/tap.h"

static struct buf said = BUF_INIT;

static void
note(struct diag_sink *s, enum diag_level level, const struct diag_place *place,
    const char *slug, const char *text)
{
	(void)s;
	(void)level;
	buf_addf(&said, "%s:%u: %s [%s]\n",
	    place && place->file ? place->file : "", place ? place->line : 0,
	    text, slug);
}

static struct diag_sink sink = {.emit = note};

static struct machine *
machine_of(const char *text)
{
	struct tree *t;
	struct machine *m;

	buf_clear(&said);
	t = tree_parse(text, strlen(text), "t", TREE_EVEN_WRONG, &sink);
	m = machine_from_tree(t);
	if (t->errors) {
		machine_free(m);
		return NULL;
	}
	return m;
}

static void
refused(const char *text, const char *want)
{
	struct machine *m = machine_of(text);

	ok(!m, "refused");
	ok(said.data && strstr(said.data, want), "it says: %s", want);
	if (!said.data || !strstr(said.data, want))
		printf("# got %s\n", said.data ? said.data : "nothing");
	machine_free(m);
}

static void
test_example(void)
{
	struct machine *m =
	    machine_load("share/machines/ender3pro.conf", &sink);
	const struct machine_heater *h;

	ok(m != NULL, "the example loads");
	if (!m)
		return;
	is_int(m->kinematics, MACHINE_KIN_CARTESIAN, "it is cartesian");
	is_int(m->n_steppers, 4, "four motors");
	is_near(m->stepper[0].step_distance, 40. / 3200, 1e-15, "12.5 um of X");
	is_near(m->stepper[2].step_distance, 8. / 3200, 1e-15, "2.5 um of Z");
	is_str(m->stepper[0].step.name, "PC2", "X steps on PC2");
	ok(m->stepper[0].enable.invert, "its enable is inverted");
	is_int(m->rail[0].endstop.pull, 1, "its switch has a pull-up");
	is_near(m->rail[0].second_homing_speed, 25, 0, "touches at half speed");
	ok(!m->rail[0].homing_positive_dir, "homes to its lower end");
	is_str(m->mcu[0].serial, "sim:", "it runs on the simulator");
	h = &m->heater[machine_heater_index(m, "extruder")];
	is_near(h->verify_check_gain_time, 20, 0, "a hotend has 20 s");
	h = &m->heater[machine_heater_index(m, "heater_bed")];
	is_near(h->verify_check_gain_time, 60, 0, "a bed has 60 s");
	is_near(m->extruder[0].max_extrude_only_velocity,
	    300 * 0.64 / (NUM_PI * 0.875 * 0.875), 1e-12,
	    "the default speed of extrusion");
	is_near(machine_get(m, "printer.minimum_cruise_ratio")->d, 0.5, 0,
	    "defaults can be asked for");
	is_near(machine_get(m, "supply.main.voltage")->d, 24, 0,
	    "named sections by dots");
	is_near(machine_get(m, "supply main.voltage")->d, 24, 0,
	    "named sections by a blank");
	ok(!machine_get(m, "printer.nothing"), "what is not there is not");
	machine_free(m);
}

#define BASE                                                                   \
	"[mcu]\nserial: /dev/null\n[printer]\nkinematics: none\n"              \
	"max_velocity: 1\nmax_accel: 1\n"

static void
test_formats(void)
{
	struct machine *a =
	    machine_of(BASE "[board_pins]\naliases: E1=PA1,\n  E2=PA2\n"
			    "[fan_generic my fan]\npin: !E2\nmax_power: 0.5\n");
	struct machine *b = machine_of(
	    "mcu: { serial = \"/dev/null\"; };\n"
	    "printer: { max_velocity = 1; max_accel = 1.0; kinematics = "
	    "\"none\"; };\n"
	    "fan_generic: { f: { name = \"my fan\"; max_power = 0.5; pin = "
	    "\"!E2\"; }; };\nboard_pins: { aliases = [\"E1=PA1\", "
	    "\"E2=PA2\"]; };\n");

	ok(a && b, "both formats load");
	if (!a || !b)
		return;
	is_str(a->fan[0].name, "fan_generic my fan", "a name with a blank");
	is_str(b->fan[0].name, "fan_generic my fan", "the same in libconfig");
	is_str(a->fan[0].pin.name, "PA2", "an alias is the pin it names");
	ok(a->fan[0].pin.invert, "and keeps its '!'");
	is_int(a->config_hash, b->config_hash, "the same values, one hash");
	is_int(a->n_macros, 1, "a printer.cfg is its own file of macros");
	machine_free(a);
	machine_free(b);
}

static void
test_errors(void)
{
	refused("printer: { max_acel = 3; };",
	    "t:1: 'max_acel' is not a key of 'printer'; 'max_accel' was "
	    "meant? [config-unknown]");
	refused("pinter: { };",
	    "t:1: there is no section 'pinter'; 'printer' was meant?");
	refused("\nprinter: {\n max_velocity = -3; };",
	    "t:3: 'max_velocity' is -3 mm/s, it must be above 0 mm/s "
	    "[config-range]");
	refused("printer: { max_velocity = \"3\"; };", "[config-type]");
	refused("printer: { max_velocity = 3\n max_accel 300; };",
	    "t:2: syntax error at 'max_accel 300; };' [config-syntax]");
	refused("mcu: {\n  serial = \"x; };\n",
	    "t:2: the string that begins here does not end");
	refused("mcu: { /* serial = 1; };\n",
	    "t:1: the comment that begins here does not end");
	refused("mcu: { baud = 3000000000; };",
	    "'baud' is 3000000000 bit/s, it must be 2400 to 4000000 bit/s");
	refused("mcu: { serial = \"x\"; };\nprinter: { kinematics = "
		"\"cartesian\"; max_velocity = 1; max_accel = 1; };",
	    "kinematics 'cartesian' lacks the section 'stepper_y'");
	refused(BASE "[fan]\npin: zoo:PA1\n",
	    "t:8: 'pin' is 'zoo:PA1', but there is no board called 'zoo' "
	    "[config-pin]");
	refused(BASE "[temperature_sensor x]\nsensor_type: Generic 3590\n"
		     "sensor_pin: PA1\n",
	    "there is no sensor 'Generic 3590'; 'Generic 3950' was meant?");
	refused("[printer]\nx\n", "[config-syntax]");
}

/* --- sensors ------------------------------------------------------------ */

static struct machine *
with_sensor(const char *type, const char *more)
{
	struct buf text = BUF_INIT;
	struct machine *m;

	buf_addf(&text,
	    BASE "[temperature_sensor x]\nsensor_type: %s\nsensor_pin: PA1\n%s",
	    type, more);
	m = machine_of(text.data);
	if (!m)
		printf("# %s\n", said.data);
	buf_release(&text);
	return m;
}

/* at these temperatures a 12-bit reading is that */
static void
law(const char *type, const char *more, int n, const double (*rows)[2],
    double within)
{
	struct machine *m = with_sensor(type, more);
	const struct machine_sensor *s;

	ok(m != NULL, "%s is known", type);
	if (!m)
		return;
	s = &m->sensor[0].sensor;
	for (int i = 0; i < n; i++) {
		double ratio = machine_sensor_ratio(s, rows[i][0]);

		is_near(ratio * 4095, rows[i][1], within, "%s at %g deg C",
		    type, rows[i][0]);
		is_near(machine_sensor_temperature(s, ratio), rows[i][0], 1e-6,
		    "%s and back", type);
	}
	machine_free(m);
}

static void
test_sensors(void)
{
	static const double epcos[][2] = {{0, 4038}, {25, 3911}, {60, 3428},
	    {100, 2352}, {150, 1060}, {200, 431}, {250, 188}, {300, 91}};
	static const double gen[][2] = {
	    {25, 3911}, {60, 3459}, {100, 2432}, {200, 451}, {300, 90}};
	static const double semitec[][2] = {
	    {100, 2218}, {200, 350}, {250, 146}, {300, 69}};
	static const double pt[][2] = {{0, 1282}, {25, 1365}, {100, 1584},
	    {200, 1821}, {300, 2012}, {400, 2169}};
	/* 100 deg C: 4.096 mV of type K, times 245.46 */
	static const double ad[][2] = {{0, 0}, {100, 4095 * 1.00542 / 5}};
	static const double amp[][2] = {{0, 4095 * 1.1111 / 5}};
	static const double own[][2] = {{10, 819}, {60, 4095 * 0.35}};

	law("EPCOS 100K B57560G104F", "", 8, epcos, 0.6);
	law("Generic 3950", "", 5, gen, 0.6);
	law("ATC Semitec 104GT-2", "", 4, semitec, 0.6);
	law("PT1000", "pullup_resistor: 2195\n", 6, pt, 0.6);
	law("PT1000", "pullup_resistor: 4700\n", 0, pt, 0);
	law("AD597", "", 2, ad, 0.1);
	law("PT100 INA826", "", 1, amp, 0.1);
	law("mine",
	    "[adc_temperature mine]\ntemperature1: 10\nvoltage1: 1\n"
	    "temperature2: 110\nvoltage2: 2.5\n",
	    2, own, 1e-6);
	law("mine",
	    "[thermistor mine]\ntemperature1: 25\nresistance1: 4700\n"
	    "beta: 4000\n",
	    1, (const double[][2]){{25, 2047.5}}, 1e-6);
}

static void
test_spi_sensors(void)
{
	struct machine *m = with_sensor(
	    "MAX31865", "rtd_nominal_r: 100\nrtd_reference_r: 430\n");
	const char *fault;

	/* 138.505 ohm is 100 deg C: 138.505 / 430 * 32768 = 10554.9 */
	is_near(machine_sensor_spi(&m->sensor[0].sensor, 10555 << 1, 0, &fault),
	    100, 0.02, "MAX31865 at 100 deg C");
	ok(isnan(machine_sensor_spi(&m->sensor[0].sensor, 0, 0x80, &fault)),
	    "a faulty one has no temperature");
	is_str(fault, "resistance too high", "but a reason");
	machine_free(m);
	m = with_sensor("MAX31855", "");
	is_near(machine_sensor_spi(
		    &m->sensor[0].sensor, (uint32_t)-40 << 18, 0, &fault),
	    -10, 0, "MAX31855 below zero");
	machine_free(m);
	m = with_sensor("MAX31856", "");
	is_near(machine_sensor_spi(
		    &m->sensor[0].sensor, (128 * 250) << 5, 0, &fault),
	    250, 0, "MAX31856 at 250 deg C");
	machine_free(m);
	m = with_sensor("MAX6675", "");
	is_near(
	    machine_sensor_spi(&m->sensor[0].sensor, 4 * 25 << 3, 0, &fault),
	    25, 0, "MAX6675 at 25 deg C");
	machine_free(m);
}

static void
test_screws(void)
{
	struct machine_screws s = {.n = 3, .pitch_mm = 0.5};
	const double z[] = {0.1, -0.2, 0.3};
	struct machine_screw_way w = machine_screw_way(&s, 0.4999);

	ok(!w.ccw && w.turns == 1 && w.minutes == 0, "60 minutes are a turn");
	w = machine_screw_way(&s, -0.625);
	ok(w.ccw && w.turns == 1 && w.minutes == 15, "down is the other way");
	s.ccw = true;
	w = machine_screw_way(&s, -0.625);
	ok(!w.ccw, "which is clockwise where those raise that are not");
	is_int(machine_screw_base(&s, z, MACHINE_SCREW_EITHER), 0,
	    "the first one stays");
	is_int(machine_screw_base(&s, z, MACHINE_SCREW_CW), 1,
	    "the lowest one when all are let down");
	is_int(machine_screw_base(&s, z, MACHINE_SCREW_CCW), 2,
	    "the highest when all are raised");
}

int
main(void)
{
	test_screws();
	test_example();
	test_formats();
	test_errors();
	test_sensors();
	test_spi_sensors();
	buf_release(&said);
	return done_testing();
}
