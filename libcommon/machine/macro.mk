# macros: the world that templates look at
LIB_SRCS += libcommon/machine/macro_bed.c libcommon/machine/macro_builtin.c
LIB_SRCS += libcommon/machine/macro_context.c libcommon/machine/macro_delta.c
LIB_SRCS += libcommon/machine/macro_free.c libcommon/machine/macro_heat.c
LIB_SRCS += libcommon/machine/macro_line.c libcommon/machine/macro_load.c
LIB_SRCS += libcommon/machine/macro_clock.c
LIB_SRCS += libcommon/machine/macro_machine.c libcommon/machine/macro_motion.c
LIB_SRCS += libcommon/machine/macro_objects.c libcommon/machine/macro_print.c
LIB_SRCS += libcommon/machine/macro_run.c libcommon/machine/macro_settings.c
LIB_SRCS += libcommon/machine/macro_set.c libcommon/machine/macro_snapshot.c
LIB_SRCS += libcommon/machine/macro_status.c libcommon/machine/macro_vars.c
LIB_SRCS += libcommon/machine/macro_eval.c
LIB_SRCS += libcommon/machine/macro_inspect.c
LIB_SRCS += libcommon/machine/macro_check.c
LIB_SRCS += libcommon/machine/macro_check_names.c
LIB_SRCS += libcommon/machine/macro_check_run.c
LIB_SRCS += libcommon/machine/macro_check_use.c
LIB_SRCS += libcommon/machine/macro_cover.c libcommon/machine/macro_script.c
