# LIB_SRCS += libcommon/lang/name.c
