# LIB_SRCS += libcommon/cli/name.c
