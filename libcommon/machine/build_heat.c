/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sensors, heaters, fans, outputs. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/build.h"

#define KELVIN 273.15

/* --- sensors ----------------------------------------------------------- */

/* the documented thermistors: three points, or one and a beta value */
static const struct {
	const char *name;
	double t1, r1, t2, r2, t3, r3, beta;
} thermistors[] = {
    {"EPCOS 100K B57560G104F", 25, 100000, 150, 1641.9, 250, 226.15, 0},
    {"ATC Semitec 104GT-2", 20, 126800, 150, 1360, 300, 80.65, 0},
    {"ATC Semitec 104NT-4-R025H42G", 25, 100000, 160, 1074, 300, 82.78, 0},
    {"Generic 3950", 25, 100000, 150, 1770, 250, 230, 0},
    {"SliceEngineering 450", 25, 500000, 200, 3734, 400, 240, 0},
    {"TDK NTCG104LH104JT1", 25, 100000, 50, 31230, 125, 2066, 0},
    {"Honeywell 100K 135-104LAG-J01", 25, 100000, 0, 0, 0, 0, 3974},
    {"NTC 100K MGB18-104F39050L32", 25, 100000, 0, 0, 0, 0, 4100},
};

static const struct {
	const char *name;
	enum machine_sensor_kind kind;
	double gain, offset_v;
} fixed[] = {
    {"PT1000", MACHINE_SENSOR_PT1000, 0, 0},
    {"PT100 INA826", MACHINE_SENSOR_PT100_AMP, 0, 0},
    /* gains and offsets of the data sheets */
    {"AD595", MACHINE_SENSOR_TYPE_K_AMP, 247.3, 11e-6},
    {"AD597", MACHINE_SENSOR_TYPE_K_AMP, 245.46, 0},
    {"AD8495", MACHINE_SENSOR_TYPE_K_AMP, 122.4, 1.25e-3 / 122.4},
    {"MAX6675", MACHINE_SENSOR_MAX6675, 0, 0},
    {"MAX31855", MACHINE_SENSOR_MAX31855, 0, 0},
    {"MAX31856", MACHINE_SENSOR_MAX31856, 0, 0},
    {"MAX31865", MACHINE_SENSOR_MAX31865, 0, 0},
    {"temperature_mcu", MACHINE_SENSOR_MCU, 0, 0},
    {"temperature_host", MACHINE_SENSOR_HOST, 0, 0},
    {"rpi_temperature", MACHINE_SENSOR_HOST, 0, 0},
    {"AD8494", MACHINE_SENSOR_OTHER, 0, 0},
    {"AD8496", MACHINE_SENSOR_OTHER, 0, 0},
    {"AD8497", MACHINE_SENSOR_OTHER, 0, 0},
    {"temperature_combined", MACHINE_SENSOR_OTHER, 0, 0},
    {"BME280", MACHINE_SENSOR_OTHER, 0, 0},
    {"BMP180", MACHINE_SENSOR_OTHER, 0, 0},
    {"BMP388", MACHINE_SENSOR_OTHER, 0, 0},
    {"AHT10", MACHINE_SENSOR_OTHER, 0, 0},
    {"AHT1X", MACHINE_SENSOR_OTHER, 0, 0},
    {"AHT2X", MACHINE_SENSOR_OTHER, 0, 0},
    {"AHT3X", MACHINE_SENSOR_OTHER, 0, 0},
    {"HTU21D", MACHINE_SENSOR_OTHER, 0, 0},
    {"SI7013", MACHINE_SENSOR_OTHER, 0, 0},
    {"SI7020", MACHINE_SENSOR_OTHER, 0, 0},
    {"SI7021", MACHINE_SENSOR_OTHER, 0, 0},
    {"SHT21", MACHINE_SENSOR_OTHER, 0, 0},
    {"SHT3X", MACHINE_SENSOR_OTHER, 0, 0},
    {"LM75", MACHINE_SENSOR_OTHER, 0, 0},
    {"DS18B20", MACHINE_SENSOR_OTHER, 0, 0},
};

/* Steinhart and Hart from three points; 0, or -1 if they are not a curve. */
static int
three_points(struct machine_sensor *s, const double t[3], const double r[3])
{
	double l[3], y[3], d12, d13, det;

	for (int i = 0; i < 3; i++) {
		l[i] = log(r[i]);
		y[i] = 1 / (t[i] + KELVIN);
	}
	d12 = l[0] - l[1];
	d13 = l[0] - l[2];
	det = pow(l[0], 3) - pow(l[1], 3) -
	      (pow(l[0], 3) - pow(l[2], 3)) * d12 / d13;
	s->c = (y[0] - y[1] - (y[0] - y[2]) * d12 / d13) / det;
	s->b = (y[0] - y[1] - s->c * (pow(l[0], 3) - pow(l[1], 3))) / d12;
	s->a = y[0] - s->b * l[0] - s->c * pow(l[0], 3);
	return isfinite(s->a) && isfinite(s->b) && isfinite(s->c) && s->c > 0
		   ? 0
		   : -1;
}

static void
beta_law(struct machine_sensor *s, double t, double r, double beta)
{
	s->a = 1 / (t + KELVIN) - log(r) / beta;
	s->b = 1 / beta;
	s->c = 0;
}

static bool
known_thermistor(struct machine_sensor *s)
{
	for (size_t i = 0; i < sizeof(thermistors) / sizeof(thermistors[0]);
	     i++) {
		if (strcmp(s->type, thermistors[i].name) != 0)
			continue;
		s->kind = MACHINE_SENSOR_THERMISTOR;
		if (thermistors[i].beta > 0)
			beta_law(s, thermistors[i].t1, thermistors[i].r1,
			    thermistors[i].beta);
		else
			three_points(s,
			    (double[]){thermistors[i].t1, thermistors[i].t2,
				thermistors[i].t3},
			    (double[]){thermistors[i].r1, thermistors[i].r2,
				thermistors[i].r3});
		return true;
	}
	return false;
}

static bool
known_fixed(struct machine_sensor *s)
{
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (strcmp(s->type, fixed[i].name) != 0)
			continue;
		s->kind = fixed[i].kind;
		s->gain = fixed[i].gain;
		s->offset_v = fixed[i].offset_v;
		return true;
	}
	return false;
}

/* Points that no curve meets: the outer two give a beta value. */
static void
two_points(struct tree *t, struct tree_section *own, struct machine_sensor *s,
    const double temp[3], const double ohm[3])
{
	double beta = (log(ohm[0]) - log(ohm[2])) /
		      (1 / (temp[0] + KELVIN) - 1 / (temp[2] + KELVIN));

	if (isfinite(beta) && beta > 0) {
		beta_law(s, temp[0], ohm[0], beta);
		tree_warning(t, own, NULL, "config-range",
		    "the points of '%s' lie on no thermistor's curve; a beta "
		    "of %.0f K is used",
		    own->name, beta);
	} else {
		tree_error(t, own, NULL, "config-range",
		    "the points of '%s' are no thermistor's", own->name);
	}
}

/* [thermistor NAME] */
static void
own_thermistor(
    struct tree *t, struct tree_section *own, struct machine_sensor *s)
{
	double beta = tree_double(own, "beta", 0), temp[3], ohm[3];

	s->kind = MACHINE_SENSOR_THERMISTOR;
	for (int i = 0; i < (beta > 0 ? 1 : 3); i++) {
		char key[32];

		snprintf(key, sizeof(key), "temperature%d", i + 1);
		temp[i] = tree_double(own, key, (double)NAN);
		snprintf(key, sizeof(key), "resistance%d", i + 1);
		ohm[i] = tree_double(own, key, (double)NAN);
		if (isnan(temp[i]) || isnan(ohm[i])) {
			tree_error(t, own, NULL, "config-missing",
			    "'%s' lacks temperature%d or resistance%d",
			    own->name, i + 1, i + 1);
			return;
		}
	}
	if (beta > 0)
		beta_law(s, temp[0], ohm[0], beta);
	else if (three_points(s, temp, ohm))
		two_points(t, own, s, temp, ohm);
}

static int
by_temperature(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return x[0] < y[0] ? -1 : x[0] > y[0];
}

/* [adc_temperature NAME]: voltages or resistances */
static void
own_points(struct tree *t, struct tree_section *own, struct machine_sensor *s)
{
	bool volts = tree_entry(own, "voltage1") != NULL;
	int n = 0;

	s->kind = volts ? MACHINE_SENSOR_VOLTAGE : MACHINE_SENSOR_RESISTANCE;
	s->point = build_alloc(t, own->n_entries + 1, sizeof(*s->point));
	for (;; n++) {
		char key[32];
		double temp, value;

		snprintf(key, sizeof(key), "temperature%d", n + 1);
		temp = tree_double(own, key, (double)NAN);
		snprintf(key, sizeof(key), volts ? "voltage%d" : "resistance%d",
		    n + 1);
		value = tree_double(own, key, (double)NAN);
		if (isnan(temp) || isnan(value))
			break;
		s->point[n][0] = temp;
		s->point[n][1] = value;
	}
	s->n_points = n;
	qsort(s->point, (size_t)n, sizeof(*s->point), by_temperature);
	for (int i = 1; i < n; i++)
		if (s->point[i][0] <= s->point[i - 1][0] ||
		    (s->point[i][1] > s->point[i - 1][1]) !=
			(s->point[1][1] > s->point[0][1]) ||
		    s->point[i][1] == s->point[i - 1][1])
			n = 0;
	if (n < 2)
		tree_error(t, own, NULL, "config-range",
		    "'%s' needs two points or more that rise or fall",
		    own->name);
}

static void
find_law(struct tree *t, struct tree_section *sec, struct machine_sensor *s)
{
	char name[256];
	struct tree_section *own;

	snprintf(name, sizeof(name), "thermistor %s", s->type);
	own = tree_section(t, name);
	if (own) {
		own_thermistor(t, own, s);
		return;
	}
	snprintf(name, sizeof(name), "adc_temperature %s", s->type);
	own = tree_section(t, name);
	if (own)
		own_points(t, own, s);
	else if (!known_thermistor(s) && !known_fixed(s))
		machine_unknown_sensor(t, sec, s->type);
}

/* One error with the nearest of all names. */
void
machine_unknown_sensor(
    struct tree *t, const struct tree_section *sec, const char *type)
{
	const char *names[64], *near;
	int n = 0;

	for (size_t i = 0; i < sizeof(thermistors) / sizeof(thermistors[0]);
	     i++)
		names[n++] = thermistors[i].name;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		names[n++] = fixed[i].name;
	near = diag_nearest(type, names, n);
	tree_error(t, sec, "sensor_type", "config-unknown",
	    near ? "there is no sensor '%s'; '%s' was meant?"
		 : "there is no sensor '%s'",
	    type, near);
}

void
build_sensor(struct tree *t, struct tree_section *sec, struct machine_sensor *s)
{
	s->type = build_strdup(t, tree_string(sec, "sensor_type", NULL));
	s->pullup_resistor = tree_double(sec, "pullup_resistor", 4700);
	s->inline_resistor = tree_double(sec, "inline_resistor", 0);
	s->adc_voltage = tree_double(sec, "adc_voltage", 5);
	s->voltage_offset = tree_double(sec, "voltage_offset", 0);
	s->min_temp = tree_double(sec, "min_temp", -KELVIN);
	s->max_temp = tree_double(sec, "max_temp", 99999999.9);
	s->nominal_r = tree_double(sec, "rtd_nominal_r", 100);
	s->reference_r = tree_double(sec, "rtd_reference_r", 430);
	s->wires = tree_int(sec, "rtd_num_of_wires", 2);
	s->tc_type = build_strdup(t, tree_string(sec, "tc_type", "K"));
	s->averaging = tree_int(sec, "tc_averaging_count", 1);
	s->filter_50_hz = tree_bool(sec, "rtd_use_50Hz_filter", false) ||
			  tree_bool(sec, "tc_use_50Hz_filter", false);
	s->path = build_strdup(t, tree_string(sec, "sensor_path",
				      "/sys/class/thermal/thermal_zone0/temp"));
	s->report_time = 0.3;
	build_pin(t, sec, "sensor_pin", &s->pin);
	if (!s->type) {
		tree_error(t, sec, NULL, "config-missing",
		    "'%s' lacks 'sensor_type'", sec->name);
		return;
	}
	find_law(t, sec, s);
	if (s->kind <= MACHINE_SENSOR_MAX31865 && !s->pin.name)
		tree_error(t, sec, NULL, "config-missing",
		    "'%s' lacks 'sensor_pin'", sec->name);
	if (s->max_temp <= s->min_temp)
		tree_error(t, sec, "max_temp", "config-range",
		    "'max_temp' is %g deg C, it must be above 'min_temp' (%g "
		    "deg C)",
		    s->max_temp, s->min_temp);
	if (s->kind >= MACHINE_SENSOR_MAX6675 &&
	    s->kind <= MACHINE_SENSOR_MAX31865) {
		build_spi(t, sec, &s->spi);
		s->spi.cs = s->pin;
	}
}

/* --- heaters ------------------------------------------------------------- */

static double
must(struct tree *t, struct tree_section *s, const char *key)
{
	if (!tree_entry(s, key))
		tree_error(t, s, NULL, "config-missing", "'%s' lacks '%s'",
		    s->name, key);
	return tree_double(s, key, 0);
}

static void
verify(struct tree *t, struct machine_heater *h)
{
	char name[300];
	struct tree_section *s;
	const char *heater = h->name;
	bool bed = strcmp(h->name, "heater_bed") == 0;

	if (strncmp(heater, "heater_generic ", 15) == 0)
		heater += 15;
	snprintf(name, sizeof(name), "verify_heater %s", heater);
	s = tree_section(t, name);
	if (s)
		tree_default(t, s, "check_gain_time", bed ? 60 : 20);
	h->verify_max_error = tree_double(s, "max_error", 120);
	h->verify_check_gain_time =
	    tree_double(s, "check_gain_time", bed ? 60 : 20);
	h->verify_hysteresis = tree_double(s, "hysteresis", 5);
	h->verify_heating_gain = tree_double(s, "heating_gain", 2);
}

static void
build_heater(struct tree *t, struct machine *m, struct tree_section *s)
{
	struct machine_heater *h = &m->heater[m->n_heaters++];
	bool extruder = strncmp(s->name, "extruder", 8) == 0;

	h->name = build_strdup(t, s->name);
	if (!build_pin(t, s, "heater_pin", &h->pin))
		tree_error(t, s, NULL, "config-missing",
		    "'%s' lacks 'heater_pin'", s->name);
	build_sensor(t, s, &h->sensor);
	must(t, s, "min_temp");
	must(t, s, "max_temp");
	if (!tree_entry(s, "control"))
		must(t, s, "control");
	h->control = strcmp(tree_string(s, "control", "pid"), "pid") == 0
			 ? MACHINE_PID
			 : MACHINE_WATERMARK;
	if (h->control == MACHINE_PID && tree_entry(s, "control")) {
		h->pid_kp = must(t, s, "pid_Kp");
		h->pid_ki = must(t, s, "pid_Ki");
		h->pid_kd = must(t, s, "pid_Kd");
	}
	if (h->control == MACHINE_WATERMARK)
		tree_default(t, s, "max_delta", 2);
	h->max_delta = tree_double(s, "max_delta", 2);
	h->max_power = tree_double(s, "max_power", 1);
	h->pwm_cycle_time = tree_double(s, "pwm_cycle_time", 0.1);
	h->smooth_time = tree_double(s, "smooth_time", 1);
	h->min_extrude_temp =
	    extruder ? tree_double(s, "min_extrude_temp", 170) : -HUGE_VAL;
	if (extruder && (h->min_extrude_temp < h->sensor.min_temp ||
			    h->min_extrude_temp > h->sensor.max_temp))
		tree_error(t, s, "min_extrude_temp", "config-range",
		    "'min_extrude_temp' is %g deg C, it must be %g to %g deg C",
		    h->min_extrude_temp, h->sensor.min_temp,
		    h->sensor.max_temp);
	verify(t, h);
}

/* Extruders first, so that heater 0 is what most jobs heat. */
void
build_heaters(struct tree *t, struct machine *m)
{
	struct tree_section *s = NULL;

	m->heater = build_alloc(t, t->n_sections, sizeof(*m->heater));
	while ((s = tree_next(t, s, "extruder")))
		if (!tree_entry(s, "shared_heater"))
			build_heater(t, m, s);
	s = tree_section(t, "heater_bed");
	if (s)
		build_heater(t, m, s);
	s = NULL;
	while ((s = tree_next(t, s, "heater_generic")))
		build_heater(t, m, s);
	m->sensor = build_alloc(t, t->n_sections, sizeof(*m->sensor));
	s = NULL;
	while ((s = tree_next(t, s, "temperature_sensor"))) {
		struct machine_temperature_sensor *ts =
		    &m->sensor[m->n_sensors++];

		ts->name = build_strdup(t, s->name);
		build_sensor(t, s, &ts->sensor);
	}
}
