PROGS += macro-expand
macro-expand_SRCS = cmd/macro-expand/main.c cmd/macro-expand/expand.c \
	cmd/macro-expand/live.c cmd/macro-expand/output.c \
	cmd/macro-expand/render.c cmd/macro-expand/repl.c \
	cmd/macro-expand/show.c cmd/macro-expand/slugs.c
