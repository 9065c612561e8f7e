# LIB_SRCS += libcommon/io/name.c
