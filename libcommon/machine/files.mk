# LIB_SRCS += libcommon/machine/name.c
