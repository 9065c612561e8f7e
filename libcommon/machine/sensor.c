/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The laws of temperature sensors, both ways. */
#include <math.h>
#include <stddef.h>

#include "machine/machine.h"

#define KELVIN 273.15

/* --- platinum: Callendar-Van Dusen, IEC 60751 -------------------------- */

#define CVD_A 3.9083e-3
#define CVD_B (-5.775e-7)
#define CVD_C (-4.183e-12)

static double
cvd_ratio(double t)
{
	double r = 1 + t * (CVD_A + t * CVD_B);

	return t < 0 ? r + CVD_C * t * t * t * (t - 100) : r;
}

static double
cvd_temperature(double ratio)
{
	double root = CVD_A * CVD_A - 4 * CVD_B * (1 - ratio);
	double t = root < 0 ? 850 : (-CVD_A + sqrt(root)) / (2 * CVD_B);

	/* the cubic term below 0 deg C: Newton, from a start that is near */
	for (int i = 0; ratio < 1 && i < 4; i++) {
		double slope = CVD_A + 2 * CVD_B * t +
			       CVD_C * (4 * t * t * t - 300 * t * t);

		t -= (cvd_ratio(t) - ratio) / slope;
	}
	return t;
}

/* --- thermocouples of type K, ITS-90, millivolts ------------------------ */

static double
poly(const double *c, int n, double x)
{
	double sum = 0;

	while (n-- > 0)
		sum = sum * x + c[n];
	return sum;
}

static double
type_k_mv(double t)
{
	static const double cold[] = {0, 0.394501280250e-1, 0.236223735980e-4,
	    -0.328589067840e-6, -0.499048287770e-8, -0.675090591730e-10,
	    -0.574103274280e-12, -0.310888728940e-14, -0.104516093650e-16,
	    -0.198892668780e-19, -0.163226974860e-22};
	static const double hot[] = {-0.176004136860e-1, 0.389212049750e-1,
	    0.185587700320e-4, -0.994575928740e-7, 0.318409457190e-9,
	    -0.560728448890e-12, 0.560750590590e-15, -0.320207200030e-18,
	    0.971511471520e-22, -0.121047212750e-25};
	double d = t - 126.9686;

	if (t < 0)
		return poly(cold, 11, t);
	return poly(hot, 10, t) + 0.1185976 * exp(-0.1183432e-3 * d * d);
}

/* rises with t everywhere in its range */
static double
type_k_temperature(double mv)
{
	double low = -270, high = 1372;

	for (int i = 0; i < 60; i++) {
		double mid = (low + high) / 2;

		if (type_k_mv(mid) < mv)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* --- thermistors --------------------------------------------------------- */

static double
thermistor_temperature(const struct machine_sensor *s, double ohm)
{
	double ln = log(ohm);

	return 1 / (s->a + s->b * ln + s->c * ln * ln * ln) - KELVIN;
}

/* the cubic in ln R has one real root when c > 0 */
static double
thermistor_ohm(const struct machine_sensor *s, double t)
{
	double inv = 1 / (t + KELVIN), y, root;

	if (s->c == 0)
		return exp((inv - s->a) / s->b);
	y = (s->a - inv) / (2 * s->c);
	root = sqrt(pow(s->b / (3 * s->c), 3) + y * y);
	return exp(cbrt(root - y) - cbrt(root + y));
}

/* --- points ----------------------------------------------------------------
 */

/* Linear between the points, and beyond them as at the ends. */
static double
along(const struct machine_sensor *s, int from, int to, double x)
{
	int i = 0;
	double(*p)[2] = s->point;
	bool rising = p[s->n_points - 1][from] > p[0][from];

	while (i + 2 < s->n_points &&
	       (rising ? x > p[i + 1][from] : x < p[i + 1][from]))
		i++;
	return p[i][to] + (x - p[i][from]) * (p[i + 1][to] - p[i][to]) /
			      (p[i + 1][from] - p[i][from]);
}

/* --- from and to the reading ------------------------------------------- */

static double
pullup_ohm(const struct machine_sensor *s, double ratio)
{
	ratio = ratio < 1e-5 ? 1e-5 : ratio > 0.99999 ? 0.99999 : ratio;
	return s->pullup_resistor * ratio / (1 - ratio) - s->inline_resistor;
}

static double
pullup_ratio(const struct machine_sensor *s, double ohm)
{
	ohm += s->inline_resistor;
	return ohm / (ohm + s->pullup_resistor);
}

double
machine_sensor_temperature(const struct machine_sensor *s, double ratio)
{
	double volt = ratio * s->adc_voltage + s->voltage_offset;
	double ohm = pullup_ohm(s, ratio);

	switch (s->kind) {
	case MACHINE_SENSOR_THERMISTOR:
		return thermistor_temperature(s, ohm > 1e-3 ? ohm : 1e-3);
	case MACHINE_SENSOR_PT1000:
		return cvd_temperature(ohm / 1000);
	case MACHINE_SENSOR_RESISTANCE:
		return along(s, 1, 0, ohm);
	case MACHINE_SENSOR_VOLTAGE:
		return along(s, 1, 0, volt);
	case MACHINE_SENSOR_PT100_AMP:
		/* 10 x the share of the PT100 in a divider of 4.4 k at 5 V */
		return cvd_temperature(volt * 44 / (50 - volt));
	case MACHINE_SENSOR_TYPE_K_AMP:
		return type_k_temperature(
		    (volt / s->gain - s->offset_v) * 1000);
	default:
		return (double)NAN;
	}
}

double
machine_sensor_ratio(const struct machine_sensor *s, double t)
{
	double volt, r;

	switch (s->kind) {
	case MACHINE_SENSOR_THERMISTOR:
		return pullup_ratio(s, thermistor_ohm(s, t));
	case MACHINE_SENSOR_PT1000:
		return pullup_ratio(s, 1000 * cvd_ratio(t));
	case MACHINE_SENSOR_RESISTANCE:
		return pullup_ratio(s, along(s, 0, 1, t));
	case MACHINE_SENSOR_VOLTAGE:
		volt = along(s, 0, 1, t);
		break;
	case MACHINE_SENSOR_PT100_AMP:
		r = 100 * cvd_ratio(t);
		volt = 50 * r / (r + 4400);
		break;
	case MACHINE_SENSOR_TYPE_K_AMP:
		volt = s->gain * (type_k_mv(t) / 1000 + s->offset_v);
		break;
	default:
		return (double)NAN;
	}
	return (volt - s->voltage_offset) / s->adc_voltage;
}

/* --- chips on SPI --------------------------------------------------------- */

/* bits of a number that is signed */
static double
signed_bits(uint32_t value, int bits)
{
	uint32_t sign = (uint32_t)1 << (bits - 1);

	value &= (sign << 1) - 1;
	return (double)(int32_t)(value ^ sign) - (double)sign;
}

static const char *
max31856_fault(uint8_t bits)
{
	static const char *const text[8] = {"open circuit",
	    "over- or undervoltage at the input", "temperature too low",
	    "temperature too high", "cold junction too cold",
	    "cold junction too warm", "temperature out of range",
	    "cold junction out of range"};

	for (int i = 0; i < 8; i++)
		if (bits >> i & 1)
			return text[i];
	return NULL;
}

static const char *
max31865_fault(uint8_t bits)
{
	static const char *const text[8] = {NULL, NULL, "over- or undervoltage",
	    "RTDIN- too low", "REFIN- too low", "REFIN- too high",
	    "resistance too low", "resistance too high"};

	for (int i = 7; i >= 2; i--)
		if (bits >> i & 1)
			return text[i];
	return NULL;
}

double
machine_sensor_spi(const struct machine_sensor *s, uint32_t value,
    uint8_t fault_bits, const char **fault)
{
	*fault = NULL;
	switch (s->kind) {
	case MACHINE_SENSOR_MAX6675:
		if (value & 0x04)
			*fault = "open circuit";
		else
			return (double)((value & 0x7fff) >> 3) * 0.25;
		break;
	case MACHINE_SENSOR_MAX31855:
		if (value & 0x01)
			*fault = "open circuit";
		else if (value & 0x02)
			*fault = "short to ground";
		else if (value & 0x04)
			*fault = "short to supply";
		else
			return signed_bits(value >> 18, 14) * 0.25;
		break;
	case MACHINE_SENSOR_MAX31856:
		*fault = max31856_fault(fault_bits);
		if (!*fault)
			return signed_bits(value >> 5, 19) / 128;
		break;
	case MACHINE_SENSOR_MAX31865:
		*fault = max31865_fault(fault_bits);
		if (!*fault)
			return cvd_temperature((double)(value >> 1 & 0x7fff) *
					       s->reference_r /
					       (32768 * s->nominal_r));
		break;
	default:
		break;
	}
	return (double)NAN;
}
