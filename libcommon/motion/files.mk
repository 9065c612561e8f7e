LIB_SRCS += libcommon/motion/bed.c libcommon/motion/hull.c libcommon/motion/mesh.c libcommon/motion/mesh_fill.c libcommon/motion/mesh_grid.c libcommon/motion/planner.c libcommon/motion/reach.c
LIB_SRCS += libcommon/motion/effort.c libcommon/motion/scurve.c libcommon/motion/kinematics.c
LIB_SRCS += libcommon/motion/steps_cubic.c
LIB_SRCS += libcommon/motion/steps_curve.c
LIB_SRCS += libcommon/motion/steps_encode.c
LIB_SRCS += libcommon/motion/steps_filter.c
LIB_SRCS += libcommon/motion/steps_motor.c
LIB_SRCS += libcommon/motion/steps_piece.c
LIB_SRCS += libcommon/motion/steps_smooth.c
LIB_SRCS += libcommon/motion/steps_solve.c
LIB_SRCS += libcommon/motion/steps_queue.c
# exactly rounded in every lane: the same bits as without vectors
FILE_CFLAGS_libcommon_motion_steps_cubic.c = -O3 -fno-math-errno
FILE_CFLAGS_libcommon_motion_steps_encode.c = -O3 -fno-math-errno -fno-trapping-math
FILE_CFLAGS_libcommon_motion_steps_solve.c = -O3 -fno-math-errno
LIB_SRCS += libcommon/motion/shaper_def.c
LIB_SRCS += libcommon/motion/shaper_measure.c
LIB_SRCS += libcommon/motion/torque.c
