LIB_SRCS += libcommon/lang/json.c
LIB_SRCS += libcommon/lang/gcode.c libcommon/lang/gcode_scan.c
