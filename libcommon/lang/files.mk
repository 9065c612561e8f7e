LIB_SRCS += libcommon/lang/json.c
LIB_SRCS += libcommon/lang/gcode.c libcommon/lang/gcode_scan.c
LIB_SRCS += libcommon/lang/klippercfg.c libcommon/lang/klippercfg_file.c
LIB_SRCS += libcommon/lang/klippercfg_read.c libcommon/lang/klippercfg_value.c
include libcommon/lang/jinja.mk
LIB_SRCS += libcommon/lang/utf8.c libcommon/lang/conftext.c
