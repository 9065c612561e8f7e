LIB_SRCS += libcommon/lang/json.c
