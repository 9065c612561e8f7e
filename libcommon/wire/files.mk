LIB_SRCS += libcommon/wire/frame.c
LIB_SRCS += libcommon/wire/dict.c libcommon/wire/dict-message.c
LIB_SRCS += libcommon/wire/msgq.c
LIB_SRCS += libcommon/wire/link.c libcommon/wire/clocksync.c
