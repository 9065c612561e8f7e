# LIB_SRCS += libcommon/motion/name.c
