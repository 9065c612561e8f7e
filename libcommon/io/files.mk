LIB_SRCS += libcommon/io/file.c
LIB_SRCS += libcommon/io/progress.c
LIB_SRCS += libcommon/io/signals.c
LIB_SRCS += libcommon/io/serial.c
LIB_SRCS += libcommon/io/pty.c
LIB_SRCS += libcommon/io/crew.c
