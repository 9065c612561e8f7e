/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan stream: records between gcode-plan and stepstream. */
#ifndef GANTRY_WIRE_PLAN_H
#define GANTRY_WIRE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"

/*
 * Layout (plan-stream(5) has the bytes):
 *
 *   magic   89 47 50 4c 0d 0a 1a 0a   ("\x89GPL\r\n\x1a\n")
 *   header  u16 header length, u16 major, u16 minor, u16 kind (1 = plan),
 *           u32 tick rate (1e9: times are seconds as doubles), u32 hash of
 *           the configuration that made the plan (0 = unknown)
 *   blocks  u32 length of the records, the records, u32 CRC-32 of them
 *   record  u8 type, u8 flags (1 = skippable), u16 payload length,
 *           u32 source line, f64 t, payload
 *
 * A MOVE leaves out what follows from the MOVE before it in the same block
 * (wire/plan_schema.h), so that half a million of them stay small.
 *
 * Everything little-endian, doubles as IEEE-754 bits.  A block is at most
 * PLAN_BLOCK_MAX bytes; an END record ends the stream, nothing follows it.
 *
 * Time: t is in seconds since the last barrier (or the start of the stream).
 * It is the moment at which the record takes effect: the start of a move, the
 * end of the motion before an event.  t never decreases between barriers.
 * After BARRIER the machine stands still and time starts again from zero; the
 * records that follow it at t = 0 (HOME, HEATER_WAIT, SET_POSITION, ...) are
 * carried out one after the other, each as long as it takes, before the clock
 * of the new group starts with the first record of t > 0 or the first MOVE.
 *
 * Positions are mm in planner coordinates, before kinematics; E is mm of
 * filament of the active extruder, counted from the last SET_POSITION/start.
 */
#define PLAN_MAJOR	    1
#define PLAN_MINOR	    2
#define PLAN_BLOCK_MAX	    65536
#define PLAN_MESH_MAX	    1000 /* points along a side */
#define PLAN_TEXT_MAX	    4000 /* longest string in a record, bytes */
#define PLAN_LONG_NAME_SIZE 128	 /* of the name of a shaper, with the NUL */

/*
 * What a plan may say at most: nothing that prints is a kilometre long, stays
 * a year, flies or creeps.  The reader refuses more; so configurations and
 * lines of G-code that would lead there are refused first, where they stand.
 */
#define PLAN_LENGTH_MAX_MM   1e6
#define PLAN_TIME_MAX_S	     3.2e7 /* between two barriers */
#define PLAN_SPEED_MIN_MM_S  1e-3
#define PLAN_SPEED_MAX_MM_S  1e6
#define PLAN_ACCEL_MIN_MM_S2 1e-3
#define PLAN_ACCEL_MAX_MM_S2 1e9
#define PLAN_RATIO_MAX	     1e6 /* of E, or of a motor that goes along */
#define PLAN_TARGET_MAX_C    2000

enum plan_type {
	PLAN_MOVE = 1,
	PLAN_DWELL,	   /* stand still for .dwell.duration */
	PLAN_BARRIER,	   /* look-ahead empty, machine at rest, time = 0 */
	PLAN_HOME,	   /* home .home.axes; then stand at .home.pos */
	PLAN_SET_POSITION, /* the machine is at .pos now (axes mask: homed) */
	PLAN_HEATER,	   /* .heater.name to .heater.target deg C */
	PLAN_HEATER_WAIT, /* wait until min <= temperature <= max, or settled */
	PLAN_FAN,	  /* .value.name to 0..1 */
	PLAN_PIN,	  /* .value.name to 0..1 */
	PLAN_MOTORS_OFF,  /* all, or .text.s names one stepper */
	PLAN_EXTRUDER,	  /* .text.s becomes the active extruder */
	PLAN_ADVANCE,	  /* pressure advance of .advance.extruder */
	PLAN_SHAPER,	  /* input shaper of one axis */
	PLAN_LAYER,	  /* layer .layer.index begins at height .layer.z */
	PLAN_PROGRESS,	  /* .progress.fraction 0..1 as the file says (M73) */
	PLAN_MESSAGE,	  /* .text.s to the operator (M117, M118) */
	PLAN_OBJECT,	  /* object .text.s begins; empty: ends */
	PLAN_REPORT,	  /* .text.s: "position", "temperature", "endstops",
			   "accelerometer" or "accelerometer NOTE"
			   (starts or ends a recording) */
	PLAN_PAUSE,	  /* wait for the operator (M0, M25, PAUSE) */
	PLAN_STOP,	  /* emergency stop (M112) */
	PLAN_SOURCE,	  /* from here on lines count in file .text.s */
	PLAN_SYNC,	  /* M400: the reader of the plan waits; no motion */
	PLAN_CARRIAGE,	  /* 1.1: which of two carriages follows an axis */
	PLAN_FOLLOW,	  /* 1.1: .follow.name turns with an extruder */
	PLAN_STEPPER,	  /* 1.1: .stepper.name moves by itself */
	PLAN_PROBE,	  /* 1.1: how high is the bed; then back up */
	PLAN_MESH,	  /* 1.1: all of it is probed, Z follows it from now;
			   without points: it does not any more */
	PLAN_MESH_OFFSET, /* 1.1: another place of the mesh counts */
	PLAN_LAW,	  /* 1.2: another law of pressure advance, at rest */
	PLAN_MESH_ROW,	  /* 1.2: heights of a mesh that the plan knows */
	PLAN_MESH_USE,	  /* 1.2: Z follows that mesh from now on; without
			   points: the plane of the machine */
	PLAN_CALIBRATED,  /* 1.2: a key of the configuration was measured */
	PLAN_ALONG,	  /* 1.2: .along.name goes along with the moves */
	PLAN_OBJECT_TOLD, /* 1.2: object .text.s may begin later; skippable */
	PLAN_SCREWS,	  /* 1.2: how are the screws to be turned? */
	PLAN_OBJECT_LEFT, /* 1.2: object .text.s is left out from here on, until
			   it is told again; skippable */
	PLAN_END = 255,
};

#define PLAN_SKIPPABLE 1 /* record flag: a reader may ignore the type */

/* axes masks */
#define PLAN_X 1u
#define PLAN_Y 2u
#define PLAN_Z 4u

/* what a carriage makes of its axis */
enum plan_carriage_mode {
	PLAN_CARRIAGE_INACTIVE, /* stands where it is */
	PLAN_CARRIAGE_PRIMARY,	/* is the head; the other one stands */
	PLAN_CARRIAGE_COPY,	/* moves as the head does */
	PLAN_CARRIAGE_MIRROR,	/* moves the other way */
};

/* what a probing is for */
enum plan_probe_for {
	PLAN_PROBE_HEIGHT,    /* to be told */
	PLAN_PROBE_ACCURACY,  /* how far the samples differ is */
	PLAN_PROBE_MESH,      /* a point of a mesh */
	PLAN_PROBE_ZERO,      /* beside the mesh, where it is to be zero */
	PLAN_PROBE_CALIBRATE, /* remembered for PLAN_CALIBRATED_PROBE */
	PLAN_PROBE_SCREW,     /* above one, .column, for PLAN_SCREWS */
	PLAN_PROBE_FORS
};

/* what the value of a key is */
enum plan_calibrated_how {
	PLAN_CALIBRATED_VALUE,	/* .calibrated.value */
	PLAN_CALIBRATED_Z,	/* Z of the nozzle, which touches the bed */
	PLAN_CALIBRATED_LESS_Z, /* .calibrated.value less that */
	PLAN_CALIBRATED_PROBE,	/* Z where the probe triggered less that */
	PLAN_CALIBRATED_HOWS
};

/* laws of pressure advance: what the speed u of the filament adds */
enum plan_law {
	PLAN_LAW_LINEAR, /* the advance of ADVANCE times u */
	PLAN_LAW_TANH,	 /* L u + N tanh(u / V) */
	PLAN_LAW_RECIPR, /* L u + N (1 - 1 / (1 + u / V)) */
	PLAN_LAWS
};

/* what a stepper does by itself */
enum plan_stepper_how {
	PLAN_STEPPER_TO,   /* goes to a position, beside what follows */
	PLAN_STEPPER_HIT,  /* towards it until its end stop triggers */
	PLAN_STEPPER_FREE, /* ... is released */
	PLAN_STEPPER_BY,   /* goes so far; the axes do not know of it */
	PLAN_STEPPER_IS,   /* stands there, says who knows */
	PLAN_STEPPER_HOWS,
	/* added to HIT or FREE: no trigger is no error; where it triggers is
	 * that position */
	PLAN_STEPPER_TRY = 16,
	PLAN_STEPPER_HOME = 32
};

/*
 * One trapezoid.  With s along the path, 0 <= s <= distance:
 *   position(s) = start + s * dir        for X, Y, Z
 *   E(s)        = start_e + s * ratio_e
 * speed rises from start_v at accel to cruise_v (accel_t), stays (cruise_t),
 * falls at accel (decel_t); a phase with time 0 is absent.  Extrude-only
 * moves have dir = 0, ratio_e = +-1 and distance = |dE|.
 *
 * A move with one ramp, of length T, may have jerk J: accel is its mean then,
 * which it has in its middle; x after its begin acceleration is
 * (+-)accel + J (x - T / 2), speed differs from that of the trapezoid by
 * J x (x - T) / 2, place by J x^2 (x / 6 - T / 4), and so the whole ramp is
 * J T^3 / 12 shorter.
 */
struct plan_move {
	double start[3];
	double start_e;
	double dir[3];
	double ratio_e;
	double distance;
	double accel_t, cruise_t, decel_t;
	double start_v, cruise_v, accel;
	double jerk;	 /* 1.2: of the ramp; see above */
	uint8_t advance; /* pressure advance applies */
};

struct plan_end {
	uint64_t records; /* before this one */
	uint64_t moves;
	uint64_t lines;	 /* of G-code read */
	double duration; /* s, sum over all groups, waits not counted */
	double filament; /* mm pushed, retractions subtracted */
	double distance; /* mm of path */
};

struct plan_doubles {
	uint32_t n;	 /* at most PLAN_MESH_MAX */
	const double *v; /* reader: valid until the next call */
};

struct plan_record {
	enum plan_type type;
	uint8_t flags;
	uint32_t line;
	double t;
	union {
		struct plan_move move;
		struct {
			double duration;
		} dwell;
		struct {
			uint32_t axes;
			double pos[3]; /* where the axes stand afterwards */
		} home;
		struct {
			uint32_t axes; /* which are homed from now on */
			double pos[3];
			double e;
		} set;
		struct {
			char name[64];
			double target;
		} heater;
		struct {
			char name[64];
			double min,
			    max; /* -inf/inf: open end; both open: settled
				    at the target as PID sees it */
		} wait;
		struct {
			char name[64];
			double value;
		} value;
		struct {
			char extruder[64];
			double advance, smooth_time;
		} advance;
		struct {
			char extruder[64];
			uint32_t law;	 /* enum plan_law */
			uint32_t shaped; /* 1: E is shaped as the head is */
			double linear, offset, velocity; /* L s, N mm, V mm/s */
			double time_offset; /* s, E is ahead of the head */
		} law;
		struct {
			uint32_t axis; /* PLAN_X, PLAN_Y or PLAN_Z */
			char type[PLAN_LONG_NAME_SIZE];
			double freq, damping;
		} shaper;
		struct {
			uint32_t index;
			double z;
		} layer;
		struct {
			double fraction;
		} progress;
		struct {
			uint32_t axis;	/* PLAN_X or PLAN_Y */
			uint32_t index; /* 0 the first, 1 the second one */
			uint32_t mode;	/* enum plan_carriage_mode */
			double pos;	/* of the head on the axis, from now */
		} carriage;
		struct {
			char name[64];	 /* of an extruder's motor */
			char motion[64]; /* extruder; "": it stands */
			/* mm a turn, below 0: the other way round; 0: as it
			 * was */
			double rotation_distance;
		} follow;
		struct {
			uint32_t what;	      /* enum plan_probe_for */
			uint32_t column, row; /* of the mesh */
			uint32_t samples, retries;
			uint32_t median; /* 1, or 0: the mean */
			double speed, lift_speed;
			double retract, tolerance, low; /* mm */
		} probe;
		struct {
			char name[64]; /* of a motor beside the axes */
			double ratio;  /* mm for a mm of path */
			double pos;    /* where it stands at the next move */
		} along;
		struct {
			uint32_t n;    /* that were probed */
			uint32_t turn; /* enum machine_screw_turn */
			double most;   /* mm apart, or it is an error; inf */
		} screws;
		struct {
			char key[64]; /* "": of none, it is told */
			uint32_t how; /* enum plan_calibrated_how */
			double value;
		} calibrated;
		struct {
			char name[64];
			uint32_t columns, rows;
			double low[2], high[2]; /* of its points, mm */
		} mesh;
		struct {
			double shift[3]; /* from the head, mm; [2]: of fade */
		} mesh_offset;
		struct {
			uint32_t row; /* from 0, rising */
			struct plan_doubles z;
		} mesh_row;
		struct {
			char name[64];
			uint32_t columns, rows;
			double low[2], high[2]; /* of its points, mm */
			double fade[3];		/* start, end, target, mm */
			double shift[3];
			double z; /* of the head, which stands still, now */
		} mesh_use;
		struct {
			char name[64];
			uint32_t how;	     /* enum plan_stepper_how */
			double pos;	     /* mm */
			double speed, accel; /* 0: at once */
		} stepper;
		struct {
			const char *s; /* reader: valid until the next call */
		} text;
		struct plan_end end;
	} u;
};

/*
 * Writing.  Records collect in the block; when it is full, and at
 * plan_writer_flush(), the finished bytes are appended to out, which the
 * caller writes and clears.  The writer fills in .records of END itself and
 * flushes after it.  Names and texts that are too long are cut.
 */
struct plan_writer {
	struct buf *out;
	struct buf block;
	uint64_t records;
	bool text;	       /* text twin instead of binary */
	struct plan_move last; /* of this block */
};

void plan_writer_init(
    struct plan_writer *, struct buf *out, uint32_t config_hash, bool text);
void plan_writer_release(struct plan_writer *);
void plan_write(struct plan_writer *, const struct plan_record *);
void plan_writer_flush(struct plan_writer *);

/*
 * Reading, binary or text twin (told by the first bytes).  Feed bytes as they
 * come, take records until PLAN_NEED_MORE.  Errors go to the sink with byte
 * offset (binary) or line (text) and are final.  What is delivered holds
 * together: numbers are finite, times do not go back, a move's phases cover
 * its distance, and a move begins where the one before it ended.
 */
enum plan_status {
	PLAN_OK,	/* *rec is filled */
	PLAN_NEED_MORE, /* feed, or plan_reader_eof() when there is no more */
	PLAN_ENDED,	/* the END record was delivered before */
	PLAN_FAILED,	/* reported */
};

struct plan_reader;
struct plan_reader *plan_reader_new(const char *name, struct diag_sink *);
void plan_reader_free(struct plan_reader *);
void plan_reader_feed(struct plan_reader *, const void *data, size_t len);
enum plan_status plan_reader_next(struct plan_reader *, struct plan_record *);
/* Says that no more bytes come: 0 if END was seen, else reports the cut. */
int plan_reader_eof(struct plan_reader *);
uint32_t plan_reader_config_hash(const struct plan_reader *);

#endif
