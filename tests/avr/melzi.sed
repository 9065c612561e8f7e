# SPDX-License-Identifier: GPL-3.0-or-later
# The Ender 3 Pro's configuration on a Melzi board with an ATmega1284P.
/^stepper_x/,/^};/{
s/step_pin = "[^"]*"/step_pin = "PD7"/
s/dir_pin = "[^"]*"/dir_pin = "!PC5"/
s/endstop_pin = "[^"]*"/endstop_pin = "^PC2"/
}
/^stepper_y/,/^};/{
s/step_pin = "[^"]*"/step_pin = "PC6"/
s/dir_pin = "[^"]*"/dir_pin = "!PC7"/
s/endstop_pin = "[^"]*"/endstop_pin = "^PC3"/
}
/^stepper_z/,/^};/{
s/step_pin = "[^"]*"/step_pin = "PB3"/
s/dir_pin = "[^"]*"/dir_pin = "PB2"/
s/endstop_pin = "[^"]*"/endstop_pin = "^PC4"/
}
/^extruder/,/^};/{
s/step_pin = "[^"]*"/step_pin = "PB1"/
s/dir_pin = "[^"]*"/dir_pin = "!PB0"/
s/heater_pin = "[^"]*"/heater_pin = "PD5"/
s/sensor_pin = "[^"]*"/sensor_pin = "PA7"/
}
/^heater_bed/,/^};/{
s/heater_pin = "[^"]*"/heater_pin = "PD4"/
s/sensor_pin = "[^"]*"/sensor_pin = "PA6"/
}
s/enable_pin = "!PC3"/enable_pin = "!PD6"/
/^fan:/,/^};/s/pin = "[^"]*"/pin = "PB4"/
