LIB_SRCS += libcommon/cli/parse.c
LIB_SRCS += libcommon/cli/report.c
