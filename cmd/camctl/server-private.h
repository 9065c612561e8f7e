/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the server share: connections and their sites. */
#ifndef GANTRY_CAMCTL_SERVER_PRIVATE_H
#define GANTRY_CAMCTL_SERVER_PRIVATE_H

#include <stdatomic.h>

#include "backlog.h"
#include "http.h"
#include "loop.h"
#include "server.h"

#define MS_NS	  1000000LL
#define SECOND_NS 1000000000LL

#define BOUNDARY "boundarydonotcross"

enum {
	/* a request head must be complete so long after its first byte */
	HEAD_MS = 5000,
	IDLE_MS = 15000,  /* between requests, and before the first */
	STALL_MS = 10000, /* a response that does not move is given up */
	/* with the sweep's rhythm on top still well within a second */
	SNAPSHOT_WAIT_MS = 800,
	/* of this long no more than half while others queue for a place: they
	 * too want theirs within the second, and need time to be served */
	CROWD_WAIT_MS = 400,
	REPEAT_MS = 1000, /* at least so often a part, even if nothing new */
	AWAKE_MS = 5000,  /* the camera stays awake so long for the next one */
	LINGER_MS = 1000,
	/* bytes that a client may send while it is being served a stream */
	CHATTER_MAX = 65536,
	SWEEP_MS = 50,
	STEP_LEVEL_MAX = 3,
};

enum conn_state {
	CONN_HEAD,     /* reads a request */
	CONN_SNAPSHOT, /* waits for a picture */
	CONN_SENDING,  /* a response is under way */
	CONN_STREAM,   /* between or in parts */
	CONN_LINGER,   /* answered for good; waits for the other end to close */
	CONN_DEAD,     /* let go of at the next sweep */
};

struct site {
	char *name;
	int quality;
	struct camera *camera;
	double fps_default;
	double demand;
	int64_t wanted_ns; /* when somebody last wanted it */
	uint64_t seen_seq;
	int n_streams;
	uint64_t parts, dropped;
};

struct listener {
	struct server *server;
	struct loop_fd *watch;
	int fd;
	int camera; /* -1: none in particular, the page shows all */
	bool open;
	struct listener *next;
};

struct conn {
	struct server *server;
	struct conn *next, *prev;
	uint32_t id;
	int fd;
	struct loop_fd *watch;
	enum conn_state state;
	const struct listener *listener;
	int site;
	int64_t since_ns;    /* entered this state, or asked for it */
	int64_t crowd_ns;    /* it may have queued since then; 0: it has not */
	int64_t progress_ns; /* bytes went out, or came in where awaited */

	/* the request */
	char in[HTTP_HEAD_MAX];
	size_t in_len;
	bool read_closed, keep_alive, head_only;
	size_t chatter;
	double max_age_s;

	/* the response, or one part: head, then a frame, then the tail */
	struct buf head;
	struct frame *frame;
	const char *tail;
	size_t sent;

	/* a stream */
	double fps; /* 0: as it comes */
	bool extra_headers;
	char key[64];
	struct backlog backlog;
	uint64_t frame_seq; /* of the last part */
	int64_t part_ns, due_ns;
	uint64_t parts, dropped;
	uint64_t second_parts;
	double fps_now, age_ms;
};

struct server {
	struct loop *loop;
	struct loop_fd *wake_watch, *signal_watch;
	struct loop_timer *sweep, *watchdog;
	struct loop_signal *hangup;
	void (*hangup_call)(void *);
	void *hangup_arg;
	int wake[2];
	atomic_bool awake;
	struct site *site;
	const char **names;
	int n_sites;
	struct server_config config;
	struct listener *listeners;
	struct conn *conns;
	int n_conns, n_dead;
	uint32_t last_id;
	int64_t now_ns; /* of this round */
	/* accounts of the current second */
	int64_t second_ns, cpu_ns;
	uint64_t bytes_out, second_bytes;
	double cpu_now, bandwidth_now;
	bool printing;
	bool resting;	  /* accepts nobody for a moment */
	int64_t crowd_ns; /* somebody queues for a place since then; 0: none */
	int level, over, under;
	uint64_t accepted, refused, evicted, requests;
};

/* server.c */
void server_wake(void *);	       /* by the cameras' threads */
void server_deafen(struct listener *); /* accepts no more */

/* conn.c */
void conn_open(struct server *, const struct listener *, int fd);
/* Done with: nothing is called for it any more, conn_reap() frees it. */
void conn_drop(struct conn *);
void conn_reap(struct server *);
/* Sends what there is to send, and goes on to what follows. */
void conn_write(struct conn *);
/* Takes what there is to read. */
void conn_read(struct conn *);
/* Time passes. */
void conn_tick(struct conn *);

/* respond.c: begins the response to a request; the state says what follows. */
void respond(struct conn *, const struct http_request *);
void respond_error(struct conn *, int status);
void respond_snapshot(struct conn *, bool final);
/* Has it waited for its picture for as long as it may? */
bool respond_is_due(const struct conn *);

/* stream.c */
void stream_begin(struct conn *, const struct http_request *);
void stream_offer(struct conn *);     /* there may be a newer frame */
void stream_part_done(struct conn *); /* the part is out */

/* state.c, page.c */
void state_json(struct server *, int site, struct buf *out);
void state_metrics(struct server *, struct buf *out);
void page_html(struct server *, int site, struct buf *out);

/* budget.c: once a second */
void budget_tick(struct server *);

#endif
