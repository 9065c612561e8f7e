# LIB_SRCS += libcommon/base/name.c
