LIB_SRCS += libcommon/wire/frame.c
