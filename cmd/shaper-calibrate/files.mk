PROGS += shaper-calibrate
shaper-calibrate_SRCS = cmd/shaper-calibrate/main.c $(SHAPER_SRCS)
shaper-calibrate_LIBS = $(SHAPER_LIBS)
SHAPER_LIBS = $(FFTW_LIBS) $(CAIRO_LIBS)
SHAPER_SRCS = \
	cmd/shaper-calibrate/advice.c \
	cmd/shaper-calibrate/analyze.c \
	cmd/shaper-calibrate/axesmap.c \
	cmd/shaper-calibrate/belts.c \
	cmd/shaper-calibrate/choose.c \
	cmd/shaper-calibrate/command.c \
	cmd/shaper-calibrate/configured.c \
	cmd/shaper-calibrate/correlate.c \
	cmd/shaper-calibrate/curves.c \
	cmd/shaper-calibrate/data-duet.c \
	cmd/shaper-calibrate/data-json.c \
	cmd/shaper-calibrate/data-stored.c \
	cmd/shaper-calibrate/data.c \
	cmd/shaper-calibrate/diag.c \
	cmd/shaper-calibrate/direction.c \
	cmd/shaper-calibrate/frf.c \
	cmd/shaper-calibrate/identify.c \
	cmd/shaper-calibrate/input.c \
	cmd/shaper-calibrate/modes.c \
	cmd/shaper-calibrate/motion.c \
	cmd/shaper-calibrate/noise.c \
	cmd/shaper-calibrate/options.c \
	cmd/shaper-calibrate/peaks.c \
	cmd/shaper-calibrate/plot-terminal.c \
	cmd/shaper-calibrate/recognise.c \
	cmd/shaper-calibrate/recording.c \
	cmd/shaper-calibrate/report.c \
	cmd/shaper-calibrate/ringdown.c \
	cmd/shaper-calibrate/score.c \
	cmd/shaper-calibrate/sides.c \
	cmd/shaper-calibrate/spectrogram.c \
	cmd/shaper-calibrate/spectrum.c \
	cmd/shaper-calibrate/sweep.c \
	cmd/shaper-calibrate/track.c \
	cmd/shaper-calibrate/vibrations-cmd.c \
	cmd/shaper-calibrate/vibrations.c \
	cmd/shaper-calibrate/welch.c
ifeq ($(CAIRO_LIBS),)
SHAPER_SRCS += cmd/shaper-calibrate/plot-nocairo.c
else
SHAPER_SRCS += cmd/shaper-calibrate/chart.c \
	cmd/shaper-calibrate/plot-analysis.c cmd/shaper-calibrate/plot-pairs.c
endif
FILE_CFLAGS_cmd_shaper-calibrate_chart.c = $(CAIRO_CPPFLAGS)
# plain loops over arrays: worth vectors
FILE_CFLAGS_cmd_shaper-calibrate_track.c = -O3
FILE_CFLAGS_cmd_shaper-calibrate_welch.c = -O3 -fno-math-errno
FILE_CFLAGS_cmd_shaper-calibrate_score.c = -O3 -fno-math-errno
