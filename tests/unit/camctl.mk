# what the tests of camctl look through: a camera made of a program for the
# guest of tests/camctl-v4l2.bats, and clients of camctl serve
CHECK_PROGS += tests/camera/uvc-camera
tests/camera/uvc-camera_SRCS = tests/camera/uvc-camera.c \
	cmd/camctl/jpeg.c cmd/camctl/split.c
CHECK_PROGS += tests/camera/client
tests/camera/client_SRCS = tests/camera/client.c tests/camera/parsers.c \
	tests/camera/hostile.c tests/camera/net.c
FUZZERS += http mjpeg
http_SRCS = tests/fuzz/http.c cmd/camctl/http.c cmd/camctl/route.c
mjpeg_SRCS = tests/fuzz/mjpeg.c cmd/camctl/jpeg.c cmd/camctl/split.c
UNIT_TESTS += tests/unit/test-camctl
tests/unit/test-camctl_SRCS = tests/unit/test-camctl.c $(CAMCTL_CORE)
tests/unit/test-camctl_LIBS = $(CAMCTL_LIBS)
