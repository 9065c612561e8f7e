# LIB_SRCS += libcommon/machine/name.c
LIB_SRCS += libcommon/machine/gcode_arc.c libcommon/machine/gcode_advance.c libcommon/machine/gcode_along.c libcommon/machine/gcode_carriage.c
LIB_SRCS += libcommon/machine/gcode_commands.c libcommon/machine/gcode_motor.c libcommon/machine/gcode_paper.c libcommon/machine/gcode_probe.c libcommon/machine/gcode_screws.c
LIB_SRCS += libcommon/machine/gcode_comment.c libcommon/machine/gcode_exec.c
LIB_SRCS += libcommon/machine/gcode_heat.c libcommon/machine/gcode_home.c
LIB_SRCS += libcommon/machine/gcode_modes.c libcommon/machine/gcode_motion.c
LIB_SRCS += libcommon/machine/gcode_mesh.c libcommon/machine/gcode_mesh_grid.c libcommon/machine/gcode_area.c libcommon/machine/gcode_effort.c libcommon/machine/gcode_purge.c libcommon/machine/gcode_reach.c libcommon/machine/gcode_record.c
LIB_SRCS += libcommon/machine/gcode_keys.c
LIB_SRCS += libcommon/machine/gcode_resume.c libcommon/machine/gcode_skew.c
LIB_SRCS += libcommon/machine/heater.c libcommon/machine/print_time.c libcommon/machine/screws.c libcommon/machine/twist.c
LIB_SRCS += libcommon/machine/thermal.c
LIB_SRCS += libcommon/machine/gcode_state.c
LIB_SRCS += libcommon/machine/gcode_exclude.c libcommon/machine/gcode_m486.c libcommon/machine/gcode_tune.c
# the configuration: schema, tree, machine
LIB_SRCS += libcommon/machine/schema.c libcommon/machine/schema_extra.c
LIB_SRCS += libcommon/machine/schema_heat.c libcommon/machine/schema_motion.c
LIB_SRCS += libcommon/machine/schema_probe.c libcommon/machine/schema_tmc.c
LIB_SRCS += libcommon/machine/schema_tmc_fields.c
LIB_SRCS += libcommon/machine/tree.c libcommon/machine/tree_conf.c
LIB_SRCS += libcommon/machine/tree_klipper.c libcommon/machine/tree_value.c
LIB_SRCS += libcommon/machine/build_heat.c libcommon/machine/build_kin.c libcommon/machine/build_kin_check.c
LIB_SRCS += libcommon/machine/build_advance.c
LIB_SRCS += libcommon/machine/build_kin_other.c libcommon/machine/build_motion.c
LIB_SRCS += libcommon/machine/build_output.c libcommon/machine/index.c
LIB_SRCS += libcommon/machine/load.c libcommon/machine/sensor.c
LIB_SRCS += libcommon/machine/build_probe.c libcommon/machine/drive.c libcommon/machine/build_motor.c libcommon/machine/motor_db.c
# its electrical side
LIB_SRCS += libcommon/machine/hardware.c libcommon/machine/hardware_driver.c
LIB_SRCS += libcommon/machine/homing_load.c libcommon/machine/gcode_parts.c
LIB_SRCS += libcommon/machine/hardware_heat.c libcommon/machine/hardware_motor.c
LIB_SRCS += libcommon/machine/hardware_pins.c
LIB_SRCS += libcommon/machine/hardware_supply.c
include libcommon/machine/macro.mk
