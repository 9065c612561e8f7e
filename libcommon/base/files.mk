LIB_SRCS += libcommon/base/arena.c
LIB_SRCS += libcommon/base/buf.c
LIB_SRCS += libcommon/base/clock.c
LIB_SRCS += libcommon/base/diag.c
LIB_SRCS += libcommon/base/die.c
LIB_SRCS += libcommon/base/num.c
LIB_SRCS += libcommon/base/xalloc.c
