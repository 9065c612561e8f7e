# LIB_SRCS += libcommon/machine/name.c
LIB_SRCS += libcommon/machine/gcode_arc.c libcommon/machine/gcode_commands.c
LIB_SRCS += libcommon/machine/gcode_comment.c libcommon/machine/gcode_exec.c
LIB_SRCS += libcommon/machine/gcode_heat.c libcommon/machine/gcode_home.c
LIB_SRCS += libcommon/machine/gcode_modes.c libcommon/machine/gcode_motion.c
LIB_SRCS += libcommon/machine/gcode_record.c libcommon/machine/gcode_state.c
LIB_SRCS += libcommon/machine/gcode_tune.c
