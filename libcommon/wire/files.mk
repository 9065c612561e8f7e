# LIB_SRCS += libcommon/wire/name.c
