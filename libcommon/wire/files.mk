LIB_SRCS += libcommon/wire/frame.c
LIB_SRCS += libcommon/wire/dict.c libcommon/wire/dict-message.c
LIB_SRCS += libcommon/wire/msgq.c
LIB_SRCS += libcommon/wire/link.c libcommon/wire/clocksync.c
LIB_SRCS += libcommon/wire/plan_check.c libcommon/wire/plan_read.c
LIB_SRCS += libcommon/wire/plan_schema.c libcommon/wire/plan_text.c
LIB_SRCS += libcommon/wire/plan_write.c
