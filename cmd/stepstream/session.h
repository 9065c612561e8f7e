/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One print: the machine's objects, its clock, and what happens when. */
#ifndef STEPSTREAM_SESSION_H
#define STEPSTREAM_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "axes.h"
#include "events.h"
#include "exclude.h"
#include "fan.h"
#include "input.h"
#include "io/progress.h"
#include "line.h"
#include "machine/heater.h"
#include "machine/machine.h"
#include "machine/screws.h"
#include "mcu.h"

/*
 * Everything runs in one loop, session_run(): it commits motion, generates
 * steps, talks to the board until a moment or until something happens, and
 * then does what is due.  What takes time (waiting for heat, homing, coming to
 * rest) is straight code that calls it again and again and gives up when it
 * returns -1.  Why it gave up is in .stop.
 */
enum stop_reason {
	STOP_NONE,
	STOP_SIGNAL,	/* INT or TERM */
	STOP_CANCEL,	/* asked for by the control socket */
	STOP_UPSTREAM,	/* the plan was cut off, or is wrong */
	STOP_REFUSED,	/* the plan asks for what cannot be done */
	STOP_EMERGENCY, /* M112, the control socket */
	STOP_HEAT,	/* a heater does not do what it should */
	STOP_BOARD,	/* gone, or shut down by itself */
};

/* Heights of a mesh under way: see probe.h. */
struct probe_mesh {
	double *z;	/* PLAN_MESH_MAX columns a row; NULL: none yet */
	int *n;		/* readings of each */
	int rows, felt; /* points, of those of the mesh */
	double zero;	/* beside it, what is to be zero */
	bool has_zero;
};

/* How high the bed is above its screws: see screws.h. */
struct screw_heights {
	int n; /* felt, one after the other */
	double z[MACHINE_SCREWS_MAX];
};

struct session_options {
	const char *status_path, *journal_path, *control_path, *mesh_path;
	struct accel *accel; /* NULL: nobody listens */
	bool quiet;
	double max_error_s;
};

struct heater_unit {
	struct session *session;
	struct heater heater;
	struct mcu_output *pin;
	double pin_value;
	bool waited; /* M109 waits for it */
};

struct sensor_unit {
	const struct machine_temperature_sensor *config;
	double temperature;
	bool seen;
};

struct pin_unit {
	const struct machine_output *config;
	struct mcu_output *pin;
	double value;
};

/* Something to do when the machine gets there. */
struct due {
	double t;
	struct plan_record rec;
};

/* Lines of G-code whose motion ends at t. */
struct done_line {
	double t;
	uint32_t line;
	double pos[4];
};

struct session {
	const struct machine *machine;
	struct session_options options;
	struct mcu *mcu;
	struct diag_sink *sink;
	struct axes axes;
	struct line line;
	struct exclude exclude;
	struct mcu_output *probe_pin; /* of a BLTouch; NULL */
	struct probe_mesh mesh;
	struct screw_heights screws;
	struct bed bed;	  /* that Z follows; .mesh.z NULL: none */
	bool bed_known;	  /* to the plan: that comes with its points */
	struct mesh rows; /* of one to come */
	struct mesh felt; /* the one that was probed last; .z NULL: none */
	double probe_z;	  /* of the nozzle, when PROBE_CALIBRATE felt the bed */
	struct events events;
	struct input input;
	struct progress progress;
	struct control *control; /* NULL: none */

	struct heater_unit *heater;
	struct sensor_unit *sensor;
	struct fan *fan;
	struct pin_unit *pin;

	struct due *due; /* a queue in the order of time */
	size_t n_due, due_at, due_alloc;
	struct done_line *done; /* likewise */
	size_t n_done, done_at, done_alloc;
	double done_first;     /* time of the last one when it was new */
	struct done_line open; /* moves of it may follow; line 0: none */

	enum stop_reason stop;
	struct buf why; /* one sentence */
	int status;	/* the exit status that goes with it */

	double began;	    /* print time */
	int64_t began_ns;   /* host time */
	double group_moved; /* s of motion in finished groups */
	const char *state;  /* "printing", "heating" ... */
	bool paused;	    /* by the operator */
	bool lost;	    /* idle timeout: positions are unknown */
	bool unwinding;	    /* session_run() goes on in spite of .stop */
	double next_tick, next_check, next_report;
	double idle_since;

	/* what was reached, as far as events have told */
	struct done_line reached;
	/* after a failure of the board: where it stands, by its own counters */
	struct {
		bool asked, known;
		double pos[4];
		uint32_t kept;	/* axes that certainly stand there */
		struct buf why; /* not all of them */
	} left;
	char *source; /* name of the G-code file, "" if unknown */
	uint32_t layer;
	double layer_z, fraction;
	char *message, *object;
	bool generated; /* all committed motion, to its very end */
	bool no_more;	/* nothing comes before the line is empty */
	bool ended;	/* END came */
	struct plan_end end;
	int64_t written_ns; /* status and journal, last time */
	double total_s;	    /* of the whole print, 0: unknown */
};

/* Can all of the machine be driven?  0, or -1 reported. */
int session_supports(const struct machine *, struct diag_sink *);
/* Creates all objects on the board: before mcu_configure(). */
void session_init(struct session *, const struct machine *, struct mcu *,
    const struct session_options *, struct diag_sink *);
/* The board is configured: 0, or -1 with .stop. */
int session_begin(struct session *);
void session_release(struct session *);

/* Print time now; offline the end of what was committed. */
double session_now(struct session *);
/* Until that print time, or sooner when something happened (fd: input came).
 * 0, or -1: .stop. */
int session_run(struct session *, double until, int fd);
/* No sooner than `until`. */
int session_wait(struct session *, double until);
/* All that is in the line is done and the machine is at rest. */
int session_drain(struct session *);
/* At rest: the board has made every step that it was sent, or else is brought
 * to where they lead. */
int session_confirm(struct session *);
/* When motion that starts from rest can begin. */
double session_soonest(struct session *);

/* The first reason counts. */
void session_stop(struct session *, enum stop_reason, int status,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* To rest, heaters off, motors off; after .stop or at the end. */
void session_end(struct session *);
void session_emergency(struct session *);

void session_heaters_off(struct session *);
void session_set_target(struct session *, int heater, double target);
void session_set_pin(struct session *, int pin, double t, double value);
void session_state(struct session *, const char *state);
/* A straight move of X, Y, Z alone, at most at v; waits for its end. */
int session_move_to(struct session *, const double xyz[3], double v);
/* What is known of where it stands has changed: a session that ended from now
 * on would leave a wrong journal otherwise. */
void session_note_place(struct session *);

/* --- session-events.c: what the line and the due queue lead to --------- */
void session_record(void *session, const struct plan_record *, double t);
void session_do_due(struct session *, double now);
void session_forget_due(struct session *);
void session_reached(struct session *, uint32_t line);
/* Nothing more of the line under way will come. */
void session_close_line(struct session *);
struct json *session_event(struct session *, double t, const char *name);

/* --- salvage.c --------------------------------------------------------- */
/* The board failed or was stopped: finds out where it stands and which line
 * was certainly done. */
void session_salvage(struct session *);
void salvage_axes(uint32_t axes, char text[4]);
void salvage_explain(const struct axes_left *, struct buf *why);

/* --- session-tick.c ---------------------------------------------------- */
void session_tick(struct session *, double now);

/* --- exec.c ------------------------------------------------------------ */
/* The whole plan; 0 when its END was reached, else -1 with .stop. */
int session_execute(struct session *);

/* From rest to rest, straight, as fast as homing may be. */
void homing_plan(const struct session *, const double from[3],
    const double to[3], double v, struct plan_move *);

/* --- homing.c ---------------------------------------------------------- */
int session_home(struct session *, uint32_t axes, const double pos[3]);
/* A motor by itself, while all else stands. */
int session_stepper(struct session *, const struct plan_record *);

/* --- report.c ---------------------------------------------------------- */
void report_status_json(struct session *, double now, struct buf *out);
void report_write(struct session *, double now, bool last);
void report_progress(struct session *, double now);
void report_summary(struct session *);

/* --- control.c --------------------------------------------------------- */
struct control *control_open(const char *path, struct diag_sink *);
void control_close(struct control *);
void control_poll(struct control *, struct session *);

#endif
