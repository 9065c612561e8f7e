/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the printer's commands change, for those who follow it. */
#ifndef GANTRY_MACHINE_MACRO_COMMANDS_H
#define GANTRY_MACHINE_MACRO_COMMANDS_H

struct macro_world;
struct macro_line;

/* 0, or -1: reported */
int macro_cmd_move(struct macro_world *, struct macro_line *);
int macro_cmd_arc(struct macro_world *, struct macro_line *);
int macro_cmd_mode(struct macro_world *, struct macro_line *);
int macro_cmd_g92(struct macro_world *, struct macro_line *);
int macro_cmd_factor(struct macro_world *, struct macro_line *);
int macro_cmd_offset(struct macro_world *, struct macro_line *);
int macro_cmd_save_state(struct macro_world *, struct macro_line *);
int macro_cmd_restore_state(struct macro_world *, struct macro_line *);
int macro_cmd_home(struct macro_world *, struct macro_line *);
int macro_cmd_motors_off(struct macro_world *, struct macro_line *);
int macro_cmd_kinematic_position(struct macro_world *, struct macro_line *);
int macro_cmd_dwell(struct macro_world *, struct macro_line *);
int macro_cmd_limits(struct macro_world *, struct macro_line *);
int macro_cmd_m204(struct macro_world *, struct macro_line *);
int macro_cmd_m114(struct macro_world *, struct macro_line *);
int macro_cmd_hotend(struct macro_world *, struct macro_line *);
int macro_cmd_bed(struct macro_world *, struct macro_line *);
int macro_cmd_set_heater(struct macro_world *, struct macro_line *);
int macro_cmd_heaters_off(struct macro_world *, struct macro_line *);
int macro_cmd_wait(struct macro_world *, struct macro_line *);
int macro_cmd_activate(struct macro_world *, struct macro_line *);
int macro_cmd_advance(struct macro_world *, struct macro_line *);
int macro_cmd_fan(struct macro_world *, struct macro_line *);
int macro_cmd_fan_speed(struct macro_world *, struct macro_line *);
int macro_cmd_fan_target(struct macro_world *, struct macro_line *);
int macro_cmd_pin(struct macro_world *, struct macro_line *);
int macro_cmd_servo(struct macro_world *, struct macro_line *);
int macro_cmd_led(struct macro_world *, struct macro_line *);
int macro_cmd_filament(struct macro_world *, struct macro_line *);
int macro_cmd_tmc_current(struct macro_world *, struct macro_line *);
int macro_cmd_retraction(struct macro_world *, struct macro_line *);
int macro_cmd_retract(struct macro_world *, struct macro_line *);
int macro_cmd_dual(struct macro_world *, struct macro_line *);
int macro_cmd_pause(struct macro_world *, struct macro_line *);
int macro_cmd_resume(struct macro_world *, struct macro_line *);
int macro_cmd_clear_pause(struct macro_world *, struct macro_line *);
int macro_cmd_cancel(struct macro_world *, struct macro_line *);
int macro_cmd_sd_print(struct macro_world *, struct macro_line *);
int macro_cmd_sd_reset(struct macro_world *, struct macro_line *);
int macro_cmd_m23(struct macro_world *, struct macro_line *);
int macro_cmd_m24(struct macro_world *, struct macro_line *);
int macro_cmd_m25(struct macro_world *, struct macro_line *);
int macro_cmd_stats(struct macro_world *, struct macro_line *);
int macro_cmd_m117(struct macro_world *, struct macro_line *);
int macro_cmd_display(struct macro_world *, struct macro_line *);
int macro_cmd_m73(struct macro_world *, struct macro_line *);
int macro_cmd_m118(struct macro_world *, struct macro_line *);
int macro_cmd_respond(struct macro_world *, struct macro_line *);
int macro_cmd_idle(struct macro_world *, struct macro_line *);
int macro_cmd_applied(struct macro_world *, struct macro_line *);
int macro_cmd_stop(struct macro_world *, struct macro_line *);
int macro_cmd_mesh(struct macro_world *, struct macro_line *);
int macro_cmd_mesh_clear(struct macro_world *, struct macro_line *);
int macro_cmd_mesh_profile(struct macro_world *, struct macro_line *);
int macro_cmd_define_object(struct macro_world *, struct macro_line *);
int macro_cmd_start_object(struct macro_world *, struct macro_line *);
int macro_cmd_end_object(struct macro_world *, struct macro_line *);
int macro_cmd_exclude(struct macro_world *, struct macro_line *);
int macro_cmd_set_variable(struct macro_world *, struct macro_line *);
int macro_cmd_delay(struct macro_world *, struct macro_line *);
int macro_cmd_save_variable(struct macro_world *, struct macro_line *);

#endif
