UNIT_TESTS += tests/unit/test-picture
tests/unit/test-picture_SRCS = tests/unit/test-picture.c $(PICTURE_SRCS)
tests/unit/test-picture_LIBS = $(CAIRO_LIBS)
