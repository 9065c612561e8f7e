# what the tests of camctl look through: a camera made of a program for the
# guest of tests/camctl-v4l2.bats, and clients of camctl serve
CHECK_PROGS += tests/camera/uvc-camera
tests/camera/uvc-camera_SRCS = tests/camera/uvc-camera.c \
	cmd/camctl/jpeg.c cmd/camctl/split.c
CHECK_PROGS += tests/camera/client
tests/camera/client_SRCS = tests/camera/client.c tests/camera/parsers.c \
	tests/camera/hostile.c
